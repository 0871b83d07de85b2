package account

import (
	"context"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	// PeoplePage is how many accounts one look shows.
	PeoplePage = 50
	// maxSearchBytes bounds what is searched for.
	maxSearchBytes = 200
)

// manage asks that somebody is the operator, and has just shown it.
func (s *Service) manage(ctx context.Context, w Who) error {
	if err := OperatorOnly(w); err != nil {
		return err
	}
	return s.NeedRecent(ctx, w)
}

// Manages asks the same for what operators do elsewhere.
func (s *Service) Manages(ctx context.Context, w Who) error { return s.manage(ctx, w) }

// Somebody is an account as the operator sees it.
type Somebody struct {
	store.Account
	Strong bool // there is a second factor
}

// People lists accounts whose name or address contains a text, in the order of their
// addresses, after one. more says that there are others after these.
func (s *Service) People(ctx context.Context, w Who, with, after string) (list []Somebody, more bool, err error) {
	if err := OperatorOnly(w); err != nil {
		return nil, false, err
	}
	if len(with) > maxSearchBytes || len(after) > maxEmailBytes {
		return nil, false, fault.New(fault.Invalid, "this is too long to be searched for")
	}
	found, err := s.st.ListAccounts(ctx, with, after, PeoplePage+1)
	if err != nil {
		return nil, false, err
	}
	for _, a := range found[:min(len(found), PeoplePage)] {
		f, err := s.factors(ctx, a.ID)
		if err != nil {
			return nil, false, err
		}
		list = append(list, Somebody{a, f.any()})
	}
	return list, len(found) > PeoplePage, nil
}

// Lock keeps somebody out: their sign-ins and tokens end. Unlock lets them in again.
func (s *Service) Lock(ctx context.Context, w Who, a id.Account) error {
	if err := s.manage(ctx, w); err != nil {
		return err
	}
	if a == w.Account.ID {
		return fault.New(fault.Conflict, "you would lock yourself out; another operator can do this")
	}
	return s.changed(ctx, s.st.SetLocked(ctx, a, s.now(), s.now()))
}

// Unlock is Lock's opposite.
func (s *Service) Unlock(ctx context.Context, w Who, a id.Account) error {
	if err := s.manage(ctx, w); err != nil {
		return err
	}
	return s.st.SetLocked(ctx, a, 0, s.now())
}

// NameOf is what an account calls itself; empty: there is none.
func (s *Service) NameOf(ctx context.Context, a id.Account) string {
	v, err := s.st.Account(ctx, a)
	if err != nil {
		return ""
	}
	return v.Name
}

// SetOperator makes somebody an operator, or none.
func (s *Service) SetOperator(ctx context.Context, w Who, a id.Account, on bool) error {
	if err := s.manage(ctx, w); err != nil {
		return err
	}
	return s.st.SetOperator(ctx, a, on)
}

// SignOutOther ends all of somebody's sign-ins.
func (s *Service) SignOutOther(ctx context.Context, w Who, a id.Account) error {
	if err := s.manage(ctx, w); err != nil {
		return err
	}
	if _, err := s.st.Account(ctx, a); err != nil {
		return err
	}
	return s.changed(ctx, s.st.EndSessions(ctx, a, store.SessionID{}, s.now()))
}

// StepUp is SignOutOther that forgets by what devices and places somebody is known, too:
// their next sign-in has to show more than a password, see Doubt.
func (s *Service) StepUp(ctx context.Context, w Who, whom id.Account) error {
	if err := s.manage(ctx, w); err != nil {
		return err
	}
	return s.Doubt(ctx, whom)
}

// ResetOther lets somebody set a password anew, by a mail to them or by a path that is
// returned to be passed on. Their sign-ins end.
func (s *Service) ResetOther(ctx context.Context, from Client, w Who, a id.Account, byMail bool) (path string, err error) {
	if err := s.manage(ctx, w); err != nil {
		return "", err
	}
	v, err := s.st.Account(ctx, a)
	if err != nil {
		return "", err
	}
	if v.Locked != 0 {
		return "", fault.New(fault.Conflict, "the account is locked; unlock it first")
	}
	if !byMail {
		secret, err := s.newReset(ctx, a)
		return resetPage + secret, err
	}
	if err := s.needMail(); err != nil {
		return "", err
	}
	if err := s.sendReset(ctx, from, v, ResetLife); err != nil {
		return "", err
	}
	return "", s.changed(ctx, s.st.EndSessions(ctx, a, store.SessionID{}, s.now()))
}
