package share

import (
	"context"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Members lists who takes part, by whatever way, each with the role they have.
func (s *Service) Members(ctx context.Context, a gate.Asker, m id.Map) ([]store.Person, error) {
	if _, err := s.Need(ctx, m, a, authz.ListMembers); err != nil {
		return nil, err
	}
	return s.st.People(ctx, store.OfMap(m), maxPeople)
}

// Names are what those are called who take part: enough to read who said what.
func (s *Service) Names(ctx context.Context, a gate.Asker, m id.Map) (map[id.Account]string, error) {
	if _, err := s.Need(ctx, m, a, authz.OpenMap); err != nil {
		return nil, err
	}
	list, err := s.st.People(ctx, store.OfMap(m), maxPeople)
	names := make(map[id.Account]string, len(list))
	for i := range list {
		names[list[i].Account] = list[i].Name
	}
	return names, err
}

// maxPeople and maxReasons bound lists of who can see a map and why.
const (
	maxPeople  = 5000
	maxReasons = 2000
)

// Reasons lists every role that leads to the map: given on it, on the folders around
// it and on the organisation.
func (s *Service) Reasons(ctx context.Context, a gate.Asker, m id.Map) ([]store.Reason, error) {
	if _, err := s.Need(ctx, m, a, authz.ListMembers); err != nil {
		return nil, err
	}
	return s.st.Reasons(ctx, store.OfMap(m), maxReasons)
}

// MayGive checks what a role may be given to whom in a thing of an organisation.
func MayGive(ctx context.Context, st interface {
	Belongs(ctx context.Context, o store.OrgID, a id.Account) (bool, error)
}, rules store.Rules, subject store.Ref) error {
	if rules.Org == (store.OrgID{}) {
		if subject.Sort != store.SortAccount {
			return fault.New(fault.Invalid, "only people can be given roles in a map that lies in no organisation")
		}
		return nil
	}
	if subject.Sort != store.SortAccount || rules.Guests {
		return nil
	}
	in, err := st.Belongs(ctx, rules.Org, id.Account(subject.ID))
	if err == nil && !in {
		return fault.New(fault.Permission, "the organisation gives roles only to people who belong to it")
	}
	return err
}

// Find returns the account with an address, as account cleans it. Where addresses can be
// proven it has to be: anybody can sign up with another's and wait for what they are
// given. An invitation by mail finds whoever it is.
func (s *Service) Find(ctx context.Context, email string) (store.Account, error) {
	who, _, err := s.st.AccountByEmail(ctx, email)
	if fault.Is(err, fault.NotFound) || err == nil && who.Verified == 0 && s.c.Proven {
		return store.Account{}, fault.New(fault.NotFound, "nobody here has this e-mail; invite them first")
	}
	return who, err
}

// Give gives a person, a team or all of the organisation a role in the map itself.
func (s *Service) Give(ctx context.Context, a gate.Asker, m id.Map, to store.Ref, r authz.Role) error {
	v, err := s.Need(ctx, m, a, authz.ManageMembers)
	if err != nil {
		return err
	}
	if r == authz.None || r > authz.Own {
		return fault.New(fault.Invalid, "a role is view, comment, edit or own")
	}
	if err := MayGive(ctx, s.st, v.Rules, to); err != nil {
		return err
	}
	g := store.Grant{Object: store.OfMap(m), Subject: to, Role: r, Added: s.now()}
	return s.changed(ctx, s.st.SetGrant(ctx, g, s.c.MembersPerMap))
}

// Take takes a role in the map itself away; everybody may give up their own.
func (s *Service) Take(ctx context.Context, a gate.Asker, m id.Map, from store.Ref) error {
	act := authz.ManageMembers
	if from == store.OfAccount(a.Account) {
		act = authz.Leave
	}
	if _, err := s.Need(ctx, m, a, act); err != nil {
		return err
	}
	return s.changed(ctx, s.st.DropGrant(ctx, store.OfMap(m), from, s.now()))
}
