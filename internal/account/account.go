// Package account is who people are: accounts, passwords, sign-ins, invitations
// and one-time links. It never stores or logs a password or a secret, never says
// whether an e-mail has an account, and knows neither drivers nor HTTP. A Service
// is safe for concurrent use; Run is its background work.
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	// SessionIdle and SessionLife bound a sign-in: since its last use, and in all.
	SessionIdle = 30 * 24 * time.Hour
	SessionLife = 90 * 24 * time.Hour
	// touchEvery is how exactly a sign-in's last use is known.
	touchEvery = time.Hour
	// secretBytes is the length of every token and one-time secret.
	secretBytes = 32
)

// Config is what a Service is made of.
type Config struct {
	Store store.People
	// PepperFile keeps the passwords' pepper, outside the database.
	PepperFile string
	// SignUp is the policy until the operator sets one.
	SignUp Policy
	// OnSessionEnd hears of each sign-in that ended, whoever ended it, also twice.
	// It must not block. May be nil.
	OnSessionEnd func(session [32]byte, a id.Account)
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
	ended  int64 // the last sign-in that had ended at the start

	mu    sync.Mutex
	first firstLink
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
	peppers, err := loadPeppers(c.PepperFile, !any)
	if err != nil {
		return nil, err
	}
	stored, err := c.Store.Setting(ctx, settingCost)
	if err != nil {
		return nil, err
	}
	ended, err := c.Store.LastEnded(ctx)
	if err != nil {
		return nil, err
	}
	cost, _ := strconv.Atoi(stored) // unset or odd: the least
	return &Service{c: c, st: c.Store, hash: newHasher(peppers, cost, c.Bcrypt), limits: newLimits(), ended: ended}, nil
}

// Client is where a request comes from.
type Client struct{ Addr netip.Addr }

// Who is a signed-in person.
type Who struct {
	Account store.Account
	Session store.Hash
}

// SignedIn is a new sign-in. Token goes into the cookie and nowhere else.
type SignedIn struct {
	Token   string
	Account store.Account
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
func (s *Service) Authenticate(ctx context.Context, token string) (Who, error) {
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
	if now-v.Seen >= SessionIdle.Milliseconds() || now-v.Created >= SessionLife.Milliseconds() {
		return Who{}, errNotSignedIn() // the row goes with the next sweep
	}
	if now-v.Seen >= touchEvery.Milliseconds() {
		// On a full disk people still read: their sign-in only looks less used.
		s.report(ctx, s.st.TouchSession(ctx, h, now))
	}
	return Who{Account: a, Session: h}, nil
}

func errNotSignedIn() error { return fault.New(fault.Auth, "not signed in") }

// open makes a sign-in.
func (s *Service) open(ctx context.Context, a store.Account) (SignedIn, error) {
	token, h := newSecret()
	now := s.now()
	if err := s.st.CreateSession(ctx, store.Session{Hash: h, Account: a.ID, Created: now, Seen: now}); err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Token: token, Account: a}, nil
}

// SignOut ends a sign-in.
func (s *Service) SignOut(ctx context.Context, w Who) error {
	ended, err := s.st.EndSession(ctx, w.Session, s.now())
	s.tell(ended)
	return err
}

// SignIn checks a password. Whether the account is unknown or the password is
// wrong cannot be told from the answer or from how long it takes.
func (s *Service) SignIn(ctx context.Context, from Client, email, password string) (SignedIn, error) {
	wrong := fault.New(fault.Auth, "the e-mail or the password is wrong")
	email, err := cleanEmail(email)
	if err != nil {
		email = "" // counts and costs as an unknown account
	}
	refund, err := s.limits.signIn(s.c.Now(), from, email)
	if err != nil {
		return SignedIn{}, err
	}
	a, cred, err := s.st.AccountByEmail(ctx, email)
	known := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return SignedIn{}, err
	}
	if !known {
		cred = s.hash.dummy()
	}
	ok, err := s.hash.check(ctx, password, cred)
	if err != nil {
		return SignedIn{}, err
	}
	if !ok || !known {
		return SignedIn{}, wrong
	}
	refund()
	if s.hash.outdated(cred) {
		fresh, err := s.hash.make(ctx, password)
		if err == nil {
			err = s.st.SetCredential(ctx, a.ID, fresh)
		}
		if err != nil && !fault.Is(err, fault.Busy) { // busy: at the next sign-in
			return SignedIn{}, err
		}
	}
	return s.open(ctx, a)
}

// tell passes on which sign-ins are over.
func (s *Service) tell(ended []store.Ended) {
	if s.c.OnSessionEnd == nil {
		return
	}
	for _, e := range ended {
		s.c.OnSessionEnd(e.Hash, e.Account)
	}
}
