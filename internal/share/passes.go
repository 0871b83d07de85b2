package share

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/throttle"
)

const (
	// secretBytes is the length of every link's and visit's secret.
	secretBytes = 32
	// maxPasses is how many links a map can have.
	maxPasses = 50
	// maxPassName and maxVisitName bound names, in characters.
	maxPassName  = 80
	maxVisitName = 60
	// minPassPassword and maxPassPassword bound a link's password: the link itself is
	// a secret already. In characters and bytes.
	minPassPassword = 4
	maxPassPassword = 200
	// VisitIdle is how long a visit that nobody uses goes on.
	VisitIdle = 30 * 24 * time.Hour
	// visitTouch is how exactly a visit's last use is known.
	visitTouch = time.Hour
	// maxPassLife bounds how far ahead a link's end may be.
	maxPassLife = 10 * 366 * 24 * time.Hour
)

// attempts bound guessing at links and at their passwords.
type attempts struct {
	byPrefix, byPass *throttle.Limiter
}

func newAttempts() attempts {
	return attempts{
		byPrefix: throttle.New(throttle.Rate{Burst: 60, Every: 2 * time.Second}),
		byPass:   throttle.New(throttle.Rate{Burst: 20, Every: 10 * time.Second}),
	}
}

// SlowDown is the error of an attempt that came too soon.
type SlowDown struct {
	Err  *fault.Error
	Wait time.Duration
}

// Error returns the sentence.
func (e *SlowDown) Error() string { return e.Err.Error() }

// Unwrap makes the kind visible.
func (e *SlowDown) Unwrap() error { return e.Err }

// RetryAfter says how long to wait.
func (e *SlowDown) RetryAfter() time.Duration { return e.Wait }

func (s *Service) attempt(l *throttle.Limiter, key string) error {
	if wait := l.Take(s.c.Now(), key); wait > 0 {
		return &SlowDown{Err: fault.New(fault.Limit, "too many attempts; wait a little"), Wait: wait}
	}
	return nil
}

// newSecret returns a secret's text and what is stored of it.
func newSecret() (string, store.Hash) {
	var b [secretBytes]byte
	rand.Read(b[:]) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:]), sha256.Sum256(b[:])
}

// hashOf returns what is stored of a secret.
func hashOf(text string) (store.Hash, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != secretBytes || len(text) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return store.Hash{}, false
	}
	return sha256.Sum256(b), true
}

// cleanLine returns a short text fit to be shown in one line; it may be empty.
func cleanLine(s string, most int) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > most {
		return "", fault.New(fault.Invalid, "this name is too long")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", fault.New(fault.Invalid, "a name holds characters that cannot be seen")
	}
	return s, nil
}

// NewPass is what somebody chooses for a link.
type NewPass struct {
	Role     authz.Role
	Name     string
	Password string    // empty: none is asked
	Expires  time.Time // zero: never
}

// CreatePass makes a link and returns it with its secret, which is not kept.
func (s *Service) CreatePass(ctx context.Context, a gate.Asker, m id.Map, n NewPass) (store.Pass, string, error) {
	v, err := s.Need(ctx, m, a, authz.ManageMembers)
	if err != nil {
		return store.Pass{}, "", err
	}
	switch {
	case n.Role == authz.None || n.Role > authz.Edit:
		return store.Pass{}, "", fault.New(fault.Invalid, "a link lets people view, comment or edit")
	case n.Role > v.Rules.Passes:
		return store.Pass{}, "", fault.New(fault.Permission, "the organisation does not allow such links")
	}
	now := s.c.Now()
	p := store.Pass{ID: newID[store.PassID](), Map: m, Role: n.Role, By: a.Account, Created: now.UnixMilli()}
	if p.Name, err = cleanLine(n.Name, maxPassName); err != nil {
		return store.Pass{}, "", err
	}
	if !n.Expires.IsZero() {
		if !n.Expires.After(now) || n.Expires.Sub(now) > maxPassLife {
			return store.Pass{}, "", fault.New(fault.Invalid, "the end of a link lies ahead, and within ten years")
		}
		p.Expires = n.Expires.UnixMilli()
	}
	if n.Password != "" {
		if utf8.RuneCountInString(n.Password) < minPassPassword || len(n.Password) > maxPassPassword || !utf8.ValidString(n.Password) {
			return store.Pass{}, "", fault.New(fault.Invalid, "a link's password has 4 to 200 characters")
		}
		if p.Password, err = s.c.Passwords.Hash(ctx, n.Password); err != nil {
			return store.Pass{}, "", err
		}
	}
	secret, h := newSecret()
	p.Hash = h
	return p, secret, s.st.CreatePass(ctx, p, maxPasses)
}

// Passes lists a map's links.
func (s *Service) Passes(ctx context.Context, a gate.Asker, m id.Map) ([]store.Pass, error) {
	if _, err := s.Need(ctx, m, a, authz.ManageMembers); err != nil {
		return nil, err
	}
	return s.st.ListPasses(ctx, m, maxPasses)
}

// DropPass withdraws a link and ends all visits by it.
func (s *Service) DropPass(ctx context.Context, a gate.Asker, m id.Map, p store.PassID) error {
	if _, err := s.Need(ctx, m, a, authz.ManageMembers); err != nil {
		return err
	}
	return s.changed(ctx, s.st.DropPass(ctx, m, p, s.now()))
}

func noPass() error {
	return fault.New(fault.NotFound, "this link is unknown, has ended or was withdrawn")
}

// Welcome is what somebody learns who comes by a link.
type Welcome struct {
	Map      id.Map
	Title    string
	Role     authz.Role
	Password bool   // one is asked for before anything else is told
	Secret   string // the visit's, for the cookie
	Visit    store.VisitID
}

// UsePass lets somebody in by a link's secret. Without the password that is asked for
// it tells only that one is.
func (s *Service) UsePass(ctx context.Context, a gate.Asker, secret, password, name string) (Welcome, error) {
	if err := s.attempt(s.attempts.byPrefix, place(a.Addr)); err != nil {
		return Welcome{}, err
	}
	h, ok := hashOf(secret)
	if !ok {
		return Welcome{}, noPass()
	}
	p, err := s.st.Pass(ctx, h)
	if fault.Is(err, fault.NotFound) {
		return Welcome{}, noPass()
	}
	if err != nil {
		return Welcome{}, err
	}
	v, err := s.st.Membership(ctx, p.Map, a.Account)
	if fault.Is(err, fault.NotFound) || err == nil && (v.Map.Deleted > 0 || s.passRole(p, v.Rules) == authz.None) {
		return Welcome{}, noPass()
	}
	if err != nil {
		return Welcome{}, err
	}
	if err := gate.Meets(v.Rules, a); err != nil {
		return Welcome{}, err
	}
	if asked, err := s.unlock(ctx, p, password); asked || err != nil {
		return Welcome{Password: asked}, err
	}
	if name, err = cleanLine(name, maxVisitName); err != nil {
		return Welcome{}, err
	}
	text, vh := newSecret()
	visit := store.Visit{Hash: vh, ID: newID[store.VisitID](), Pass: p.ID, Name: name, Created: s.now(), Seen: s.now()}
	if err := s.st.CreateVisit(ctx, visit); err != nil {
		return Welcome{}, err
	}
	return Welcome{Map: p.Map, Title: v.Map.Title, Role: max(s.passRole(p, v.Rules), a.Cap(v.Role)), Secret: text, Visit: visit.ID}, nil
}

// unlock checks a link's password; asked says that it is still to be given.
func (s *Service) unlock(ctx context.Context, p store.Pass, password string) (asked bool, err error) {
	if p.Password.Hash == "" {
		return false, nil
	}
	if password == "" {
		return true, nil
	}
	if err := s.attempt(s.attempts.byPass, string(p.ID[:])); err != nil {
		return false, err
	}
	ok, err := s.c.Passwords.Fits(ctx, password, p.Password)
	if err == nil && !ok {
		return false, fault.New(fault.Auth, "the link's password is wrong")
	}
	s.attempts.byPass.Give(string(p.ID[:]))
	return false, err
}

// passRole is what a link gives now: nothing past its end, and no more than the
// organisation lets links give.
func (s *Service) passRole(p store.Pass, rules store.Rules) authz.Role {
	if p.Expires > 0 && p.Expires <= s.now() || p.Role > authz.Edit {
		return authz.None
	}
	return min(p.Role, rules.Passes)
}

// Visitor returns the visit that a secret is of, or fault.Auth.
func (s *Service) Visitor(ctx context.Context, secret string) (store.Visit, error) {
	gone := fault.New(fault.Auth, "this visit is over")
	h, ok := hashOf(secret)
	if !ok {
		return store.Visit{}, gone
	}
	v, _, err := s.st.Visit(ctx, h)
	if fault.Is(err, fault.NotFound) || err == nil && s.now()-v.Seen >= VisitIdle.Milliseconds() {
		return store.Visit{}, gone
	}
	if err == nil && s.now()-v.Seen >= visitTouch.Milliseconds() {
		err = s.st.TouchVisit(ctx, v.ID, s.now())
	}
	return v, err
}

// NameVisit changes what a visitor is called.
func (s *Service) NameVisit(ctx context.Context, v store.VisitID, name string) error {
	name, err := cleanLine(name, maxVisitName)
	if err != nil {
		return err
	}
	return s.st.NameVisit(ctx, v, name)
}

// visited adds to what somebody sees what the link gives by which they came. A visit
// that is over adds nothing.
func (s *Service) visited(ctx context.Context, to *Seen, a gate.Asker) error {
	v, p, err := s.st.VisitByID(ctx, a.Visit)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || p.Map != to.Map.ID || s.now()-v.Seen >= VisitIdle.Milliseconds() {
		return err
	}
	to.Visit, to.ByPass = v, s.passRole(p, to.Rules)
	if a.Framed {
		to.ByPass = framed(to.ByPass, to.Rules, a.Seal)
	}
	return nil
}

// place is the network that counts as one that tries.
func place(a netip.Addr) string {
	const bits4, bits6 = 24, 64
	return throttle.Prefix(a, bits4, bits6)
}
