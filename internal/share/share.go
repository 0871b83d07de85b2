// Package share is whose map it is: the list of maps, their titles, who takes
// part in them and in which role, deletion and the way back. It decides by
// authz's table, never reads what is in a map, and knows neither drivers nor
// HTTP. A Service is safe for concurrent use; Run is its one background goroutine.
package share

import (
	"context"
	"crypto/rand"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

const (
	// KeepDeleted is how long a deleted map can be brought back.
	KeepDeleted = 30 * 24 * time.Hour
	// maxTitleRunes and maxTitleBytes bound a map's title.
	maxTitleRunes = 200
	// maxListed bounds a list of maps: organisations may have more than one account.
	maxListed     = 5000
	maxTitleBytes = 800
)

// Store is what a Service needs of an engine.
type Store interface {
	store.Maps
	store.Access
	store.Passes
	store.Invitations
	store.Tickets
	RoleIn(ctx context.Context, thing store.Ref, a id.Account) (authz.Role, store.Rules, error)
	Belongs(ctx context.Context, o store.OrgID, a id.Account) (bool, error)
	MoveMap(ctx context.Context, m id.Map, home store.Ref, now int64) error
	LinksTo(ctx context.Context, to id.Map, a id.Account, limit int) ([]store.Backlink, error)
	AccountByEmail(ctx context.Context, email string) (store.Account, store.Credential, error)
	Folder(ctx context.Context, f store.FolderID) (store.Folder, error)
}

// Passwords makes and checks what is kept of the passwords of links, in a bounded
// queue.
type Passwords interface {
	Hash(ctx context.Context, password string) (store.Credential, error)
	Fits(ctx context.Context, password string, c store.Credential) (bool, error)
}

// Config is what a Service is made of.
type Config struct {
	Store     Store
	Passwords Passwords
	// Changed passes on the notices of what changed before it was called. May be nil.
	Changed func(ctx context.Context) error
	// CopyLog fills a new map with another's content. Nil: nothing is duplicated.
	CopyLog func(ctx context.Context, from, to id.Map, actor id.Account) error
	// Fill makes the content of a new map. Nil: nothing is imported.
	Fill func(ctx context.Context, to id.Map, actor id.Account, ops []sysmap.Op) error
	// OnError hears of faults in the background. May be nil.
	OnError func(error)
	// Proven asks that an address is proven before its account is found by it: for sites
	// that send mail.
	Proven bool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// MapsPerAccount and MembersPerMap are limits; both are needed.
	MapsPerAccount int
	MembersPerMap  int
}

// Service is what people do with maps as a whole.
type Service struct {
	c        Config
	st       Store
	attempts attempts
}

// New returns a service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{c: c, st: c.Store, attempts: newAttempts()}
}

func (s *Service) now() int64 { return s.c.Now().UnixMilli() }

func noMap() error { return fault.New(fault.NotFound, "there is no such map") }

// Seen is a map as an asker sees it. Role is by whatever way; ByPass is as far as the
// link goes by which they came.
type Seen struct {
	store.Membership
	ByPass authz.Role
	Visit  store.Visit // zero: they came by no link
}

// May reports whether the asker may do something: by their own role, or by the link's
// as far as links go.
func (v *Seen) May(act authz.Action) bool {
	return authz.Allowed(v.Membership.Role, act) || authz.Allowed(v.ByPass, act) && authz.ByLink(act)
}

// Most is the highest role the asker has.
func (v *Seen) Most() authz.Role { return max(v.Membership.Role, v.ByPass) }

// see returns a map as the asker sees it. A map that is none of theirs and one that
// does not exist look the same; who has a role but does not meet the organisation's
// rules gets gate.Lacking.
func (s *Service) see(ctx context.Context, m id.Map, a gate.Asker) (*Seen, error) {
	v, err := s.st.Membership(ctx, m, a.Account)
	if fault.Is(err, fault.NotFound) || err == nil && v.Map.Deleted > 0 {
		return nil, noMap()
	}
	if err != nil {
		return nil, err
	}
	audit.In(ctx).Org(v.Map.Org)
	out := &Seen{Membership: v}
	out.Membership.Role, out.Direct = a.Cap(v.Role), a.Cap(v.Direct)
	if a.Visit != (store.VisitID{}) {
		if err := s.visited(ctx, out, a); err != nil {
			return nil, err
		}
	}
	if !authz.Allowed(out.Most(), authz.OpenMap) {
		return nil, noMap()
	}
	return out, gate.Meets(v.Rules, a)
}

// Role returns the highest role somebody has in a map: authz.None when the map is
// unknown, deleted, or none of theirs. The error is gate.Lacking when they do not meet
// the organisation's rules.
func (s *Service) Role(ctx context.Context, m id.Map, a gate.Asker) (authz.Role, error) {
	v, err := s.see(ctx, m, a)
	if fault.Is(err, fault.NotFound) {
		return authz.None, nil
	}
	if err != nil {
		return authz.None, err
	}
	return v.Most(), nil
}

// Need returns a map as the asker sees it, if they may do something with it.
func (s *Service) Need(ctx context.Context, m id.Map, a gate.Asker, act authz.Action) (*Seen, error) {
	v, err := s.see(ctx, m, a)
	if err != nil {
		return nil, err
	}
	if !v.May(act) {
		return nil, fault.New(fault.Permission, "your role in this map does not allow this")
	}
	return v, nil
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

// cleanTitle returns a title fit for a list.
func cleanTitle(s string) (string, error) {
	if len(s) > maxTitleBytes || !utf8.ValidString(s) {
		return "", fault.New(fault.Invalid, "a title has at most 200 characters")
	}
	s = strings.Join(strings.Fields(s), " ")
	if s == "" || utf8.RuneCountInString(s) > maxTitleRunes {
		return "", fault.New(fault.Invalid, "a title has 1 to 200 characters")
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return "", fault.New(fault.Invalid, "a title holds characters that cannot be seen")
	}
	return s, nil
}

// List returns an account's maps, the latest first; or those it deleted and may
// bring back. Those of organisations whose rules the asker does not meet are left out.
func (s *Service) List(ctx context.Context, a gate.Asker, deleted bool) ([]Seen, error) {
	list, err := s.st.ListMaps(ctx, a.Account, deleted, maxListed)
	if err != nil {
		return nil, err
	}
	out := make([]Seen, 0, len(list))
	for _, v := range list {
		if gate.Meets(v.Rules, a) == nil {
			v.Role = a.Cap(v.Role)
			out = append(out, Seen{Membership: v})
		}
	}
	return out, nil
}

// Get returns one map.
func (s *Service) Get(ctx context.Context, a gate.Asker, m id.Map) (*Seen, error) {
	return s.Need(ctx, m, a, authz.OpenMap)
}

// room refuses an account that has as many maps as it can have.
func (s *Service) room(ctx context.Context, a id.Account) error {
	have, err := s.st.CountMaps(ctx, a)
	if err != nil {
		return err
	}
	if have >= s.c.MapsPerAccount {
		return fault.New(fault.Limit, "you have as many maps as you can have; delete one first")
	}
	return nil
}

// mayAdd refuses who may not make or bring maps to a place. A zero place is the
// asker's own.
func (s *Service) mayAdd(ctx context.Context, a gate.Asker, home store.Ref) error {
	if a.Cap(authz.Edit) < authz.Edit {
		return fault.New(fault.Permission, "this token does not allow to make maps")
	}
	if home == (store.Ref{}) {
		return nil
	}
	role, rules, err := s.st.RoleIn(ctx, home, a.Account)
	if err == nil {
		err = s.places(ctx, home)
	}
	switch {
	case err != nil:
		return err
	case !authz.Allowed(role, authz.SeeFolder):
		return fault.New(fault.NotFound, "there is no such place")
	case !authz.Allowed(a.Cap(role), authz.AddHere):
		return fault.New(fault.Permission, "your role in this place does not allow this")
	}
	return gate.Meets(rules, a)
}

// places lets the request's record say in which organisation a place is.
func (s *Service) places(ctx context.Context, home store.Ref) error {
	if home.Sort != store.SortFolder {
		audit.In(ctx).Org(store.OrgID(home.ID))
		return nil
	}
	f, err := s.st.Folder(ctx, store.FolderID(home.ID))
	audit.In(ctx).Org(f.Org)
	return err
}

// Create makes an empty map.
func (s *Service) Create(ctx context.Context, a gate.Asker, title string, home store.Ref) (*Seen, error) {
	title, err := cleanTitle(title)
	if err != nil {
		return nil, err
	}
	return s.create(ctx, a, title, home, 0)
}

func (s *Service) create(ctx context.Context, a gate.Asker, title string, home store.Ref, deleted int64) (*Seen, error) {
	if err := s.mayAdd(ctx, a, home); err != nil {
		return nil, err
	}
	if err := s.room(ctx, a.Account); err != nil {
		return nil, err
	}
	now := s.now()
	m := store.Map{ID: newID[id.Map](), Title: title, Created: now, Updated: now, Deleted: deleted, Home: home}
	audit.In(ctx).Made(audit.Of("map", m.ID))
	if err := s.st.CreateMap(ctx, m, a.Account); err != nil {
		return nil, err
	}
	return s.made(ctx, a, m.ID)
}

// made returns a map that the asker just made, hidden or not.
func (s *Service) made(ctx context.Context, a gate.Asker, m id.Map) (*Seen, error) {
	v, err := s.st.Membership(ctx, m, a.Account)
	if err != nil {
		return nil, err
	}
	v.Role = a.Cap(v.Role)
	return &Seen{Membership: v}, nil
}

func newID[T ~[id.Size]byte]() T {
	var v T
	rand.Read(v[:]) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	return v
}

// Rename changes a map's title.
func (s *Service) Rename(ctx context.Context, a gate.Asker, m id.Map, title string) (*Seen, error) {
	if _, err := s.Need(ctx, m, a, authz.Rename); err != nil {
		return nil, err
	}
	title, err := cleanTitle(title)
	if err != nil {
		return nil, err
	}
	if err := s.st.SetTitle(ctx, m, title, s.now()); err != nil {
		return nil, err
	}
	return s.see(ctx, m, a)
}

// Move takes a map to a folder or an organisation, or out of any (a zero place). Who
// has a role on the map itself keeps it; who takes it out of its organisation owns it.
func (s *Service) Move(ctx context.Context, a gate.Asker, m id.Map, home store.Ref) (*Seen, error) {
	v, err := s.Need(ctx, m, a, authz.MoveMap)
	if err != nil {
		return nil, err
	}
	if err := s.mayAdd(ctx, a, home); err != nil {
		return nil, err
	}
	if home == (store.Ref{}) && v.Direct != authz.Own {
		g := store.Grant{Object: store.OfMap(m), Subject: store.OfAccount(a.Account), Role: authz.Own, Added: s.now()}
		if err := s.st.SetGrant(ctx, g, s.c.MembersPerMap); err != nil {
			return nil, err
		}
	}
	if err := s.changed(ctx, s.st.MoveMap(ctx, m, home, s.now())); err != nil {
		return nil, err
	}
	return s.see(ctx, m, a)
}

// Delete takes a map out of sight; for KeepDeleted its owners can bring it back.
func (s *Service) Delete(ctx context.Context, a gate.Asker, m id.Map) error {
	if _, err := s.Need(ctx, m, a, authz.DeleteMap); err != nil {
		return err
	}
	return s.changed(ctx, s.st.DeleteMap(ctx, m, s.now()))
}

// Restore brings a deleted map back.
func (s *Service) Restore(ctx context.Context, a gate.Asker, m id.Map) (*Seen, error) {
	v, err := s.st.Membership(ctx, m, a.Account)
	if err != nil {
		return nil, err
	}
	if v.Map.Deleted == 0 || !authz.Allowed(a.Cap(v.Role), authz.DeleteMap) {
		return nil, noMap()
	}
	if err := gate.Meets(v.Rules, a); err != nil {
		return nil, err
	}
	if err := s.st.RestoreMap(ctx, m, s.now()-KeepDeleted.Milliseconds(), s.now()); err != nil {
		return nil, err
	}
	return s.see(ctx, m, a)
}

// Duplicate makes a map of the asker's own with the same content. It appears
// only once it is complete.
func (s *Service) Duplicate(ctx context.Context, a gate.Asker, m id.Map, title string) (*Seen, error) {
	v, err := s.Need(ctx, m, a, authz.Duplicate)
	if err != nil {
		return nil, err
	}
	if s.c.CopyLog == nil {
		return nil, fault.New(fault.Busy, "maps cannot be duplicated now")
	}
	if title == "" {
		title = copyTitle(v.Map.Title)
	}
	// Beside the original where the asker may, else at home.
	home := v.Map.Home
	if home != (store.Ref{}) && s.mayAdd(ctx, a, home) != nil {
		home = store.Ref{}
	}
	return s.whole(ctx, a, title, home, func(to id.Map) error { return s.c.CopyLog(ctx, m, to, a.Account) })
}

// Import makes a map of the asker's own of ops, and of what and brings to it; nil is
// nothing. It appears only once it is complete. The error has the kind with which ops
// that do not hold are refused, or is and's.
func (s *Service) Import(ctx context.Context, a gate.Asker, title string, home store.Ref, ops []sysmap.Op, and func(to id.Map) error) (*Seen, error) {
	if s.c.Fill == nil {
		return nil, fault.New(fault.Busy, "maps cannot be imported now")
	}
	return s.whole(ctx, a, title, home, func(to id.Map) error {
		if err := s.c.Fill(ctx, to, a.Account, ops); err != nil || and == nil {
			return err
		}
		return and(to)
	})
}

// whole makes a map and fills it before anyone sees it.
func (s *Service) whole(ctx context.Context, a gate.Asker, title string, home store.Ref, fill func(to id.Map) error) (*Seen, error) {
	title, err := cleanTitle(title)
	if err != nil {
		return nil, err
	}
	// A copy that a crash left half done counts as deleted long ago: no list of
	// deleted maps should offer it for long.
	made, err := s.create(ctx, a, title, home, s.c.Now().Add(time.Hour-KeepDeleted).UnixMilli())
	if err != nil {
		return nil, err
	}
	if err := fill(made.Map.ID); err != nil {
		return nil, err
	}
	if err := s.st.RestoreMap(ctx, made.Map.ID, s.now()-KeepDeleted.Milliseconds(), s.now()); err != nil {
		return nil, err
	}
	return s.made(ctx, a, made.Map.ID)
}

// copyTitle names a copy, cutting what would be too long.
func copyTitle(title string) string {
	const suffix = " (copy)"
	runes := []rune(title)
	if keep := maxTitleRunes - len(suffix); len(runes) > keep {
		runes = runes[:keep]
	}
	return string(runes) + suffix
}
