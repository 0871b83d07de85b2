// Package share is whose map it is: the list of maps, their titles, who takes
// part in them and in which role, deletion and the way back. It decides by
// authz's table, never reads what is in a map, and knows neither drivers nor
// HTTP. A Service is safe for concurrent use; Run is its one background goroutine.
package share

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

const (
	// KeepDeleted is how long a deleted map can be brought back.
	KeepDeleted = 30 * 24 * time.Hour
	// maxTitleRunes and maxTitleBytes bound a map's title.
	maxTitleRunes = 200
	maxTitleBytes = 800
)

// Store is what a Service needs of an engine.
type Store interface {
	store.Maps
	LinksTo(ctx context.Context, to id.Map, a id.Account, limit int) ([]store.Backlink, error)
	AccountByEmail(ctx context.Context, email string) (store.Account, store.Credential, error)
}

// Config is what a Service is made of.
type Config struct {
	Store Store
	// OnRoleChange hears of every role that changed, also of those that ended
	// (authz.None), after the store did. It must not block. May be nil.
	OnRoleChange func(m id.Map, a id.Account, r authz.Role)
	// CopyLog fills a new map with another's content. Nil: nothing is duplicated.
	CopyLog func(ctx context.Context, from, to id.Map, actor id.Account) error
	// Fill makes the content of a new map. Nil: nothing is imported.
	Fill func(ctx context.Context, to id.Map, actor id.Account, ops []sysmap.Op) error
	// OnError hears of faults in the background. May be nil.
	OnError func(error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// MapsPerAccount and MembersPerMap are limits; both are needed.
	MapsPerAccount int
	MembersPerMap  int
}

// Service is what people do with maps as a whole.
type Service struct {
	c       Config
	st      Store
	telling sync.Mutex // held while a role is read and passed on
}

// New returns a service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{c: c, st: c.Store}
}

func (s *Service) now() int64 { return s.c.Now().UnixMilli() }

func noMap() error { return fault.New(fault.NotFound, "there is no such map") }

// Role returns what an account may do with a map: authz.None when the map is
// unknown, deleted, or none of theirs.
func (s *Service) Role(ctx context.Context, m id.Map, a id.Account) (authz.Role, error) {
	v, err := s.st.Membership(ctx, m, a)
	if fault.Is(err, fault.NotFound) {
		return authz.None, nil
	}
	if err != nil || v.Map.Deleted > 0 {
		return authz.None, err
	}
	return v.Role, nil
}

// need returns a map as the asker sees it, if they may do an action. A map that
// is not theirs and one that does not exist look the same.
func (s *Service) need(ctx context.Context, m id.Map, a id.Account, act authz.Action) (store.Membership, error) {
	v, err := s.st.Membership(ctx, m, a)
	if fault.Is(err, fault.NotFound) {
		return store.Membership{}, noMap()
	}
	if err != nil {
		return store.Membership{}, err
	}
	if v.Map.Deleted > 0 {
		return store.Membership{}, noMap()
	}
	if !authz.Allowed(v.Role, act) {
		return store.Membership{}, fault.New(fault.Permission, "your role in this map does not allow this")
	}
	return v, nil
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
// bring back.
func (s *Service) List(ctx context.Context, a id.Account, deleted bool) ([]store.Membership, error) {
	return s.st.ListMaps(ctx, a, deleted, s.c.MapsPerAccount)
}

// Get returns one map.
func (s *Service) Get(ctx context.Context, a id.Account, m id.Map) (store.Membership, error) {
	return s.need(ctx, m, a, authz.OpenMap)
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

// Create makes an empty map.
func (s *Service) Create(ctx context.Context, a id.Account, title string) (store.Membership, error) {
	title, err := cleanTitle(title)
	if err != nil {
		return store.Membership{}, err
	}
	return s.create(ctx, a, title, 0)
}

func (s *Service) create(ctx context.Context, a id.Account, title string, deleted int64) (store.Membership, error) {
	if err := s.room(ctx, a); err != nil {
		return store.Membership{}, err
	}
	now := s.now()
	m := store.Map{Title: title, Created: now, Updated: now, Deleted: deleted}
	rand.Read(m.ID[:]) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	if err := s.st.CreateMap(ctx, m, a); err != nil {
		return store.Membership{}, err
	}
	return s.st.Membership(ctx, m.ID, a)
}

// Rename changes a map's title.
func (s *Service) Rename(ctx context.Context, a id.Account, m id.Map, title string) (store.Membership, error) {
	if _, err := s.need(ctx, m, a, authz.Rename); err != nil {
		return store.Membership{}, err
	}
	title, err := cleanTitle(title)
	if err != nil {
		return store.Membership{}, err
	}
	if err := s.st.SetTitle(ctx, m, title, s.now()); err != nil {
		return store.Membership{}, err
	}
	return s.st.Membership(ctx, m, a)
}

// Delete takes a map out of sight; for KeepDeleted its owners can bring it back.
func (s *Service) Delete(ctx context.Context, a id.Account, m id.Map) error {
	if _, err := s.need(ctx, m, a, authz.DeleteMap); err != nil {
		return err
	}
	if err := s.st.DeleteMap(ctx, m, s.now()); err != nil {
		return err
	}
	members, err := s.st.Members(ctx, m, s.c.MembersPerMap) // now nobody can be added
	if err != nil {
		return err
	}
	for _, v := range members {
		s.tell(ctx, m, v.Account)
	}
	return nil
}

// Restore brings a deleted map back.
func (s *Service) Restore(ctx context.Context, a id.Account, m id.Map) (store.Membership, error) {
	v, err := s.st.Membership(ctx, m, a)
	if err != nil {
		return store.Membership{}, err
	}
	if v.Map.Deleted == 0 || !authz.Allowed(v.Role, authz.DeleteMap) {
		return store.Membership{}, noMap()
	}
	if err := s.st.RestoreMap(ctx, m, s.now()-KeepDeleted.Milliseconds(), s.now()); err != nil {
		return store.Membership{}, err
	}
	return s.st.Membership(ctx, m, a)
}

// Duplicate makes a map of the asker's own with the same content. It appears
// only once it is complete.
func (s *Service) Duplicate(ctx context.Context, a id.Account, m id.Map, title string) (store.Membership, error) {
	v, err := s.need(ctx, m, a, authz.Duplicate)
	if err != nil {
		return store.Membership{}, err
	}
	if s.c.CopyLog == nil {
		return store.Membership{}, fault.New(fault.Busy, "maps cannot be duplicated now")
	}
	if title == "" {
		title = copyTitle(v.Map.Title)
	}
	return s.whole(ctx, a, title, func(to id.Map) error { return s.c.CopyLog(ctx, m, to, a) })
}

// Import makes a map of the asker's own of ops, and of what and brings to it; nil is
// nothing. It appears only once it is complete. The error has the kind with which ops
// that do not hold are refused, or is and's.
func (s *Service) Import(ctx context.Context, a id.Account, title string, ops []sysmap.Op, and func(to id.Map) error) (store.Membership, error) {
	if s.c.Fill == nil {
		return store.Membership{}, fault.New(fault.Busy, "maps cannot be imported now")
	}
	return s.whole(ctx, a, title, func(to id.Map) error {
		if err := s.c.Fill(ctx, to, a, ops); err != nil || and == nil {
			return err
		}
		return and(to)
	})
}

// whole makes a map and fills it before anyone sees it.
func (s *Service) whole(ctx context.Context, a id.Account, title string, fill func(to id.Map) error) (store.Membership, error) {
	title, err := cleanTitle(title)
	if err != nil {
		return store.Membership{}, err
	}
	// A copy that a crash left half done counts as deleted long ago: no list of
	// deleted maps should offer it for long.
	made, err := s.create(ctx, a, title, s.c.Now().Add(time.Hour-KeepDeleted).UnixMilli())
	if err != nil {
		return store.Membership{}, err
	}
	if err := fill(made.Map.ID); err != nil {
		return store.Membership{}, err
	}
	if err := s.st.RestoreMap(ctx, made.Map.ID, s.now()-KeepDeleted.Milliseconds(), s.now()); err != nil {
		return store.Membership{}, err
	}
	return s.st.Membership(ctx, made.Map.ID, a)
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

// tell passes on what an account's role is now. One at a time, and read from the
// store each time: of two changes at once the room hears the later one last.
func (s *Service) tell(ctx context.Context, m id.Map, a id.Account) {
	if s.c.OnRoleChange == nil {
		return
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	role, err := s.Role(context.WithoutCancel(ctx), m, a)
	if err != nil {
		role = authz.None // deny what cannot be known
	}
	s.c.OnRoleChange(m, a, role)
}
