// Package org is organisations: who belongs to them, their teams and folders, the
// roles given in them, their rules, and invitations into them and to what lies in them.
// It decides by authz's table, never reads what is in a map, and knows neither drivers
// nor HTTP. A Service is safe for concurrent use.
package org

import (
	"context"
	"crypto/rand"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/store"
)

const (
	// maxNameRunes bounds the names of organisations, teams and folders.
	maxNameRunes = 100
	// maxOrgs is how many organisations one account can be in.
	maxOrgs = 100
	// maxPeople, maxTeams, maxFolders and maxDepth bound one organisation.
	maxPeople  = 10_000
	maxTeams   = 500
	maxFolders = 2000
	maxDepth   = 8
	// maxGrants is how many parties can have roles in one folder or organisation.
	maxGrants = 1000
	// maxReasons bounds a list of roles.
	maxReasons = 2000
	// maxNetworks and maxEmbeds bound the rules.
	maxNetworks = 100
	maxEmbeds   = 50
)

func bounds() store.OrgBounds {
	return store.OrgBounds{People: maxPeople, Teams: maxTeams, Folders: maxFolders, Depth: maxDepth}
}

// Store is what a Service needs of an engine.
type Store interface {
	store.Orgs
	store.Access
	store.Invitations
	Account(ctx context.Context, a id.Account) (store.Account, error)
	AccountByEmail(ctx context.Context, email string) (store.Account, store.Credential, error)
	Map(ctx context.Context, m id.Map) (store.Map, error)
	Membership(ctx context.Context, m id.Map, a id.Account) (store.Membership, error)
}

// Config is what a Service is made of.
type Config struct {
	Store Store
	// Changed passes on the notices of what changed before it was called. May be nil.
	Changed func(ctx context.Context) error
	// Mail sends an invitation. Nil: none is sent, and links are for whoever invites to
	// pass on.
	Mail func(ctx context.Context, lang mail.Language, v Invite) error
	// OnError hears of faults in the background. May be nil.
	OnError func(error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what people do with organisations.
type Service struct {
	c  Config
	st Store
}

// New returns a service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{c: c, st: c.Store}
}

func (s *Service) now() int64 { return s.c.Now().UnixMilli() }

func newID[T ~[id.Size]byte]() T {
	var v T
	rand.Read(v[:]) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	return v
}

// changed passes on what a write that succeeded has changed for others. Should that
// fail, they hear of it a moment later.
func (s *Service) changed(ctx context.Context, err error) error {
	if err != nil || s.c.Changed == nil {
		return err
	}
	if err := s.c.Changed(ctx); err != nil && s.c.OnError != nil {
		s.c.OnError(err)
	}
	return nil
}

func noOrg() error { return fault.New(fault.NotFound, "there is no such organisation") }

// cleanName returns a name fit for a list.
func cleanName(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxNameRunes {
		return "", fault.New(fault.Invalid, "a name has 1 to 100 characters")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", fault.New(fault.Invalid, "a name holds characters that cannot be seen")
	}
	return s, nil
}

// Need returns somebody's role in a folder or an organisation if they may do
// something there. What is none of theirs and what does not exist look the same.
func (s *Service) Need(ctx context.Context, a gate.Asker, thing store.Ref, act authz.Action) (authz.Role, store.Rules, error) {
	role, rules, err := s.st.RoleIn(ctx, thing, a.Account)
	if err != nil {
		return authz.None, rules, err
	}
	if err := s.whose(ctx, thing); err != nil {
		return authz.None, rules, err
	}
	role = a.Cap(role)
	belongs := false
	if role == authz.None && thing.Sort == store.SortOrg {
		// Who belongs to an organisation sees it, whatever else they may do there.
		if belongs, err = s.st.Belongs(ctx, store.OrgID(thing.ID), a.Account); err != nil {
			return authz.None, rules, err
		}
	}
	if role == authz.None && !belongs {
		if thing.Sort == store.SortFolder {
			return authz.None, rules, fault.New(fault.NotFound, "there is no such folder")
		}
		return authz.None, rules, noOrg()
	}
	if err := gate.Meets(rules, a); err != nil {
		return authz.None, rules, err
	}
	if !authz.Allowed(role, act) && (!belongs || act != authz.SeePeople && act != authz.SeeFolder) {
		return authz.None, rules, fault.New(fault.Permission, "your role here does not allow this")
	}
	return role, rules, nil
}

// whose lets the request's record say which organisation something is in.
func (s *Service) whose(ctx context.Context, thing store.Ref) error {
	switch thing.Sort {
	case store.SortOrg:
		audit.In(ctx).Org(store.OrgID(thing.ID))
	case store.SortFolder:
		f, err := s.st.Folder(ctx, store.FolderID(thing.ID))
		if fault.Is(err, fault.NotFound) {
			return nil // which is told below
		}
		audit.In(ctx).Org(f.Org)
		return err
	}
	return nil
}

func (s *Service) manages(ctx context.Context, a gate.Asker, o store.OrgID) error {
	_, _, err := s.Need(ctx, a, store.OfOrg(o), authz.ManageOrg)
	return err
}

// Create makes an organisation of which the asker is the first owner. Everyone is what
// all who belong to it may do in it.
func (s *Service) Create(ctx context.Context, a gate.Asker, name string, everyone authz.Role) (store.OrgSeen, error) {
	name, err := cleanName(name)
	if err != nil {
		return store.OrgSeen{}, err
	}
	if a.Cap(authz.Own) < authz.Own {
		return store.OrgSeen{}, fault.New(fault.Permission, "this token does not allow to make organisations")
	}
	if everyone > authz.Edit {
		return store.OrgSeen{}, fault.New(fault.Invalid, "not everybody can own an organisation")
	}
	have, err := s.st.ListOrgs(ctx, a.Account, maxOrgs)
	if err != nil {
		return store.OrgSeen{}, err
	}
	if len(have) >= maxOrgs {
		return store.OrgSeen{}, fault.New(fault.Limit, "you are in as many organisations as you can be")
	}
	o := store.Org{ID: newID[store.OrgID](), Name: name, Created: s.now(), Rules: store.Rules{Passes: authz.Edit, Guests: true}}
	o.Rules.Org = o.ID
	if err := s.st.CreateOrg(ctx, o, a.Account); err != nil {
		return store.OrgSeen{}, err
	}
	if everyone != authz.None {
		g := store.Grant{Object: store.OfOrg(o.ID), Subject: store.OfOrg(o.ID), Role: everyone, Added: o.Created}
		if err := s.st.SetGrant(ctx, g, maxGrants); err != nil {
			return store.OrgSeen{}, err
		}
	}
	return store.OrgSeen{Org: o, Role: authz.Own, People: 1}, nil
}

// List returns the organisations that somebody is in or has a role in.
func (s *Service) List(ctx context.Context, a gate.Asker) ([]store.OrgSeen, error) {
	list, err := s.st.ListOrgs(ctx, a.Account, maxOrgs)
	for i := range list {
		list[i].Role = a.Cap(list[i].Role)
	}
	return list, err
}

// All returns all organisations, for the operator.
func (s *Service) All(ctx context.Context, limit int) ([]store.OrgSeen, error) {
	return s.st.ListOrgs(ctx, id.Account{}, limit)
}

// Get returns one organisation as the asker sees it.
func (s *Service) Get(ctx context.Context, a gate.Asker, o store.OrgID) (store.OrgSeen, error) {
	role, _, err := s.Need(ctx, a, store.OfOrg(o), authz.SeePeople)
	if err != nil {
		return store.OrgSeen{}, err
	}
	v, err := s.st.Org(ctx, o)
	return store.OrgSeen{Org: v, Role: role}, err
}

// weaker reports whether rules ask for less than others in any way.
func weaker(was, now store.Rules) bool {
	more := func(was, now []string) bool {
		return slices.ContainsFunc(now, func(v string) bool { return !slices.Contains(was, v) })
	}
	networks := len(was.Networks) > 0 && (len(now.Networks) == 0 || more(was.Networks, now.Networks))
	return was.Second && !now.Second || !was.Guests && now.Guests || now.Passes > was.Passes || networks || more(was.Embeds, now.Embeds)
}

// Set changes an organisation's name and rules. Rules that would shut out who sets
// them are refused.
func (s *Service) Set(ctx context.Context, a gate.Asker, o store.OrgID, name string, r store.Rules) (store.OrgSeen, error) {
	if err := s.manages(ctx, a, o); err != nil {
		return store.OrgSeen{}, err
	}
	name, err := cleanName(name)
	if err != nil {
		return store.OrgSeen{}, err
	}
	r.Org = o
	if r, err = cleanRules(r); err != nil {
		return store.OrgSeen{}, err
	}
	// Nobody shuts themselves out.
	if !gate.From(r, a.Addr) {
		return store.OrgSeen{}, fault.New(fault.Invalid, "these networks would shut you out yourself: be in one of them to ask for them")
	}
	if err := gate.Meets(r, a); err != nil {
		return store.OrgSeen{}, err
	}
	was, err := s.st.Org(ctx, o)
	if err != nil {
		return store.OrgSeen{}, err
	}
	if weaker(was.Rules, r) {
		audit.In(ctx).Count("weaker", 1)
	}
	if err := s.changed(ctx, s.st.SetOrg(ctx, store.Org{ID: o, Name: name, Rules: r}, s.now())); err != nil {
		return store.OrgSeen{}, err
	}
	return s.Get(ctx, a, o)
}

// cleanRules returns rules in the one form in which they are kept.
func cleanRules(r store.Rules) (store.Rules, error) {
	if r.Passes > authz.Edit {
		return r, fault.New(fault.Invalid, "a link lets people view, comment or edit")
	}
	if len(r.Networks) > maxNetworks || len(r.Embeds) > maxEmbeds {
		return r, fault.New(fault.Limit, "too many networks or pages")
	}
	networks := make([]string, 0, len(r.Networks))
	for _, text := range r.Networks {
		p, err := parseNetwork(text)
		if err != nil {
			return r, err
		}
		networks = append(networks, p.String())
	}
	embeds := make([]string, 0, len(r.Embeds))
	for _, text := range r.Embeds {
		o, err := parseOrigin(text)
		if err != nil {
			return r, err
		}
		embeds = append(embeds, o)
	}
	r.Networks, r.Embeds = slices.Compact(networks), slices.Compact(embeds)
	return r, nil
}

// parseNetwork reads a prefix, or one address.
func parseNetwork(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	p, err := netip.ParsePrefix(text)
	if a, aerr := netip.ParseAddr(text); err != nil && aerr == nil {
		p, err = a.Prefix(a.BitLen())
	}
	if err != nil || p.Addr().Zone() != "" || p.Addr().Is4In6() {
		return p, fault.New(fault.Invalid, "a network is written as 192.0.2.0/24 or 2001:db8::/32")
	}
	return p.Masked(), nil
}

// parseOrigin reads the origin of a page that may show maps.
func parseOrigin(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" ||
		strings.ContainsAny(u.Host, " *;,'\"") {
		return "", fault.New(fault.Invalid, "a page is named by its origin, as https://www.example.org")
	}
	return "https://" + strings.ToLower(u.Host), nil
}

// Delete ends an organisation that holds no maps any more.
func (s *Service) Delete(ctx context.Context, a gate.Asker, o store.OrgID) error {
	if err := s.manages(ctx, a, o); err != nil {
		return err
	}
	return s.changed(ctx, s.st.DeleteOrg(ctx, o, s.now()))
}

// People lists who belongs to an organisation, and its guests. Who is neither sees
// neither.
func (s *Service) People(ctx context.Context, a gate.Asker, o store.OrgID) ([]store.Belonging, error) {
	if _, _, err := s.Need(ctx, a, store.OfOrg(o), authz.SeePeople); err != nil {
		return nil, err
	}
	return s.st.Belongings(ctx, o, maxPeople)
}

// Remove takes somebody out of an organisation, or oneself.
func (s *Service) Remove(ctx context.Context, a gate.Asker, o store.OrgID, who id.Account) error {
	if who == a.Account {
		if _, _, err := s.Need(ctx, a, store.OfOrg(o), authz.SeePeople); err != nil {
			return err
		}
	} else if err := s.manages(ctx, a, o); err != nil {
		return err
	}
	return s.changed(ctx, s.st.DropBelonging(ctx, o, who, s.now()))
}

// Reasons lists every role given in a folder or organisation and on what it lies in.
func (s *Service) Reasons(ctx context.Context, a gate.Asker, thing store.Ref) ([]store.Reason, error) {
	act := authz.SeeFolder
	if thing.Sort == store.SortOrg {
		act = authz.SeePeople
	}
	if _, _, err := s.Need(ctx, a, thing, act); err != nil {
		return nil, err
	}
	return s.st.Reasons(ctx, thing, maxReasons)
}

// Give gives somebody, a team, or all who belong, a role in a folder or organisation.
func (s *Service) Give(ctx context.Context, a gate.Asker, thing, to store.Ref, r authz.Role) error {
	_, rules, err := s.Need(ctx, a, thing, authz.GiveRoles)
	if err != nil {
		return err
	}
	if r == authz.None || r > authz.Own {
		return fault.New(fault.Invalid, "a role is view, comment, edit or own")
	}
	if to.Sort == store.SortOrg && r == authz.Own {
		return fault.New(fault.Invalid, "not everybody can own it")
	}
	if to.Sort == store.SortAccount {
		if err := s.mayCome(ctx, thing, rules, id.Account(to.ID)); err != nil {
			return err
		}
	}
	return s.changed(ctx, s.st.SetGrant(ctx, store.Grant{Object: thing, Subject: to, Role: r, Added: s.now()}, maxGrants))
}

// mayCome refuses roles for people outside: in the organisation itself always, in its
// folders where it has no guests.
func (s *Service) mayCome(ctx context.Context, thing store.Ref, rules store.Rules, who id.Account) error {
	in, err := s.st.Belongs(ctx, rules.Org, who)
	if err != nil || in {
		return err
	}
	if thing.Sort == store.SortOrg {
		return fault.New(fault.Permission, "they do not belong to the organisation; invite them first")
	}
	if !rules.Guests {
		return fault.New(fault.Permission, "the organisation gives roles only to people who belong to it")
	}
	return nil
}

// Take takes a role in a folder or organisation away; everybody may give up their own.
func (s *Service) Take(ctx context.Context, a gate.Asker, thing, from store.Ref) error {
	act := authz.GiveRoles
	if from == store.OfAccount(a.Account) {
		act = authz.SeeFolder
	}
	if _, _, err := s.Need(ctx, a, thing, act); err != nil {
		return err
	}
	return s.changed(ctx, s.st.DropGrant(ctx, thing, from, s.now()))
}
