// Package account is who people are: accounts, passwords and second factors, sign-ins
// and the devices they are on, invitations, one-time links, and the tokens of programs.
// It never stores or logs a password or a secret, never says to strangers whether an
// e-mail has an account, never lets a second factor be gone around, and knows neither
// drivers nor HTTP. A Service is safe for concurrent use; Run is its background work.
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"plectica/internal/audit"
	"plectica/internal/factor"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/keyfile"
	"plectica/internal/mail"
	"plectica/internal/store"
	"plectica/internal/throttle"
)

const (
	// SessionIdle and SessionLife bound a sign-in: since its last use, and in all.
	SessionIdle = 30 * 24 * time.Hour
	SessionLife = 90 * 24 * time.Hour
	// touchEvery is how exactly a sign-in's last use is known.
	touchEvery = time.Hour
	// moveEvery is how often a change of where it is used from is noted.
	moveEvery = time.Minute
	// secretBytes is the length of every token and one-time secret.
	secretBytes = 32
	// maxAgent bounds what is kept of a browser's name for itself, in bytes.
	maxAgent = 200
	// mostJobs bounds what waits to be done beside the requests.
	mostJobs = 1000
)

// Mail is what sends the site's letters; *mail.Service is.
type Mail interface {
	Enabled() bool
	Send(ctx context.Context, lang mail.Language, to string, l mail.Letter) error
}

// Config is what a Service is made of.
type Config struct {
	Store store.People
	// PepperFile keeps the passwords' pepper, outside the database.
	PepperFile string
	// SealFile keeps the key to what is sealed in the database; empty: beside the pepper.
	SealFile string
	// SiteName is what the site calls itself.
	SiteName string
	// Origins returns the exact origins of the server's own pages. Nil: there are none,
	// and so no passkeys.
	Origins func() []string
	// Mail sends letters. Nil: this site sends none.
	Mail Mail
	// SignUp is the policy until the operator sets one.
	SignUp Policy
	// Breached reports whether a password was stolen elsewhere. Nil: nobody is asked.
	Breached func(ctx context.Context, password string) (bool, error)
	// Changed passes on the notices of what changed before it was called. May be nil.
	Changed func(ctx context.Context) error
	// Forget destroys what tells which records are about an account. May be nil.
	Forget func(ctx context.Context, a id.Account) error
	// Brake slows down networks from which others' sign-ins are tried. May be nil.
	Brake *throttle.Brake
	// OnError hears of faults in the background. May be nil.
	OnError func(error)
	// Bcrypt hashes passwords; the zero value is the real one.
	Bcrypt Bcrypt
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what people do with their accounts.
type Service struct {
	c      Config
	st     store.People
	hash   *hasher
	limits limits
	sealer factor.Sealer
	jobs   chan func(ctx context.Context) error // what is done beside the requests

	ways   sync.Mutex // held while a way in is removed: the last one stays
	habits sync.Mutex // held while what an account is known by is read and kept anew
	mu     sync.Mutex
	first  firstLink
}

// New reads or makes the pepper. It refuses to make one when accounts exist:
// their passwords would all be wrong.
func New(ctx context.Context, c Config) (*Service, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	any, err := c.Store.AnyAccount(ctx)
	if err != nil {
		return nil, err
	}
	peppers, err := keyfile.Load(c.PepperFile, "pepper", "no password fits", !any)
	if err != nil {
		return nil, err
	}
	stored, err := c.Store.Setting(ctx, settingCost)
	if err != nil {
		return nil, err
	}
	cost, _ := strconv.Atoi(stored) // unset or odd: the least
	sealer, err := newSealer(ctx, c)
	if err != nil {
		return nil, err
	}
	return &Service{
		c: c, st: c.Store, hash: newHasher(peppers, cost, c.Bcrypt), limits: newLimits(), sealer: sealer,
		jobs: make(chan func(context.Context) error, mostJobs),
	}, nil
}

// newSealer reads or makes the key to what is sealed. It refuses to make one when
// something was sealed already.
func newSealer(ctx context.Context, c Config) (factor.Sealer, error) {
	file := c.SealFile
	if file == "" {
		file = c.PepperFile + ".seal"
	}
	used, err := c.Store.Setting(ctx, settingSealed)
	if err != nil {
		return factor.Sealer{}, err
	}
	keys, err := keyfile.Load(file, "sealing key", "no authenticator's code fits", used == "")
	return factor.NewSealer(keys), err
}

// Client is where a request comes from.
type Client struct {
	Addr     netip.Addr
	Agent    string // what the browser calls itself
	Origin   string // of the page; empty: it said none
	Device   string // what its device cookie says; empty: it has none
	Token    string // of the sign-in it has, which ends when another begins; empty: none
	Language mail.Language
}

// place is the network a client counts as.
func (c Client) place() string { return prefix(c.Addr) }

// agent is a client's agent, fit to be kept and shown.
func (c Client) agent() string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(c.Agent[:min(len(c.Agent), maxAgent)], ""))
}

// Who is a signed-in person, or a program that acts for one.
type Who struct {
	Account store.Account
	Session store.Session
	Token   store.Token // of a program; the zero one: a person, by Session
}

// Program reports whether a program came by a token.
func (w Who) Program() bool { return !id.IsZero(w.Token.ID) }

// Key is by what they came.
func (w Who) Key() store.Ref {
	if w.Program() {
		return store.Ref{Sort: store.SortToken, ID: w.Token.ID}
	}
	return store.OfSession(w.Session.ID)
}

// SignedIn is what became of a sign-in. Token goes into the cookie and nowhere else.
type SignedIn struct {
	Token   string
	Account store.Account
	// Device goes into the device's cookie; empty: that one stays as it is.
	Device string
	// Pending, if set, is what has still to be shown; nobody is signed in yet.
	Pending *Pending
	// Linking, if set, is a provider's word that waits: who it is about has an account
	// with this address, signs in to it and calls LinkPending. Nobody is signed in yet.
	Linking string
}

// newSecret returns a secret's text and what is stored of it.
func newSecret() (string, store.Hash) {
	b := make([]byte, secretBytes)
	rand.Read(b) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b), sha256.Sum256(b)
}

// parseSecret returns what would be stored of a secret.
func parseSecret(text string) (store.Hash, bool) {
	if len(text) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return store.Hash{}, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != secretBytes { // the decoder passes over line ends
		return store.Hash{}, false
	}
	return sha256.Sum256(b), true
}

func newID[T ~[id.Size]byte]() T {
	var v T
	rand.Read(v[:]) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	return v
}

func (s *Service) now() int64 { return s.c.Now().UnixMilli() }

// Authenticate returns who holds a token, or fault.Auth.
func (s *Service) Authenticate(ctx context.Context, from Client, token string) (Who, error) {
	h, ok := parseSecret(token)
	if !ok {
		return Who{}, errNotSignedIn()
	}
	v, a, err := s.st.Session(ctx, h)
	if fault.Is(err, fault.NotFound) {
		return Who{}, errNotSignedIn()
	}
	if err != nil {
		return Who{}, err
	}
	now := s.now()
	if !s.holds(v, a) {
		return Who{}, errNotSignedIn() // the row goes with the next sweep
	}
	place, unseen := from.place(), now-v.Seen
	if unseen >= touchEvery.Milliseconds() || place != v.Place && unseen >= moveEvery.Milliseconds() {
		// On a full disk people still read: their sign-in only looks less used.
		s.report(ctx, s.st.TouchSession(audit.Apart(ctx), h, place, now))
	}
	return Who{Account: a, Session: v}, nil
}

// holds reports whether a sign-in still counts.
func (s *Service) holds(v store.Session, a store.Account) bool {
	now := s.now()
	return now-v.Seen < SessionIdle.Milliseconds() && now-v.Created < SessionLife.Milliseconds() && a.Locked == 0
}

// Still returns who a sign-in is of now, or fault.Auth when it is over.
func (s *Service) Still(ctx context.Context, v store.SessionID) (Who, error) {
	now, a, err := s.st.SessionByID(ctx, v)
	if fault.Is(err, fault.NotFound) || err == nil && !s.holds(now, a) {
		return Who{}, errNotSignedIn()
	}
	return Who{Account: a, Session: now}, err
}

func errNotSignedIn() error { return fault.New(fault.Auth, "not signed in") }

// SignOut ends a sign-in.
func (s *Service) SignOut(ctx context.Context, w Who) error {
	return s.changed(ctx, s.st.EndSession(ctx, w.Session.ID, s.now()))
}

// changed passes on what a write that succeeded has changed for others. Should that
// fail, they hear of it a moment later.
func (s *Service) changed(ctx context.Context, err error) error {
	if err == nil && s.c.Changed != nil {
		s.report(ctx, s.c.Changed(ctx))
	}
	return err
}
