package account

import (
	"context"
	"crypto/subtle"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/risk"
	"plectica/internal/store"
)

// Policy says who may create an account.
type Policy string

// The policies.
const (
	Invitation Policy = "invitation"
	Open       Policy = "open"
	Closed     Policy = "closed"
)

const (
	settingPolicy = "signup"
	settingDecoy  = "signup_decoy"
	settingCost   = "bcrypt_cost"
	settingSealed = "sealed"

	// FirstLife is how long the link for the first account works.
	FirstLife = 24 * time.Hour
	// InvitationLife is how long an invitation works.
	InvitationLife = 7 * 24 * time.Hour
	// ResetLife is how long a reset link works.
	ResetLife = 24 * time.Hour
	// MaxInvitationUses bounds how many people one link lets in.
	MaxInvitationUses = 100
	// maxInvitations is how many can be open at once in one place.
	maxInvitations = 500
	// maxTickets is how many secrets of one kind wait to be used.
	maxTickets = 100_000
)

// ParsePolicy reads a policy's name. The error has kind fault.Invalid.
func ParsePolicy(s string) (Policy, error) {
	switch p := Policy(s); p {
	case Invitation, Open, Closed:
		return p, nil
	}
	return "", fault.New(fault.Invalid, "the policy is invitation, open or closed")
}

// firstLink is the secret that makes the first account; the zero value fits nothing.
type firstLink struct {
	hash    store.Hash
	expires time.Time
}

// Person is what somebody fills in to get an account.
type Person struct {
	Email    string
	Name     string
	Password string
}

// clean normalises p and says what is wrong with it, the password aside.
func (p Person) clean() (Person, error) {
	var err error
	if p.Email, err = CleanEmail(p.Email); err != nil {
		return p, err
	}
	p.Name, err = cleanName(p.Name)
	return p, err
}

// NewFirst makes the secret for the operator's account, or returns "" when there is one:
// strangers who sign up before it is used keep nobody from it. An earlier secret stops
// working.
func (s *Service) NewFirst(ctx context.Context) (string, error) {
	any, err := s.st.AnyOperator(ctx)
	if err != nil || any {
		return "", err
	}
	text, h := newSecret()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first = firstLink{hash: h, expires: s.c.Now().Add(FirstLife)}
	return text, nil
}

// isFirst reports whether a secret is the one for the first account.
func (s *Service) isFirst(secret string) bool {
	h, ok := parseSecret(secret)
	s.mu.Lock()
	defer s.mu.Unlock()
	return ok && subtle.ConstantTimeCompare(h[:], s.first.hash[:]) == 1 && s.c.Now().Before(s.first.expires)
}

// First creates the first operator's account.
func (s *Service) First(ctx context.Context, from Client, secret string, p Person) (SignedIn, error) {
	if err := s.limits.signUp(s.c.Now(), from); err != nil {
		return SignedIn{}, err
	}
	if !s.isFirst(secret) {
		return SignedIn{}, fault.New(fault.Permission, "the link is wrong, was used, or is older than a day; the server prints a new one when it starts")
	}
	p, err := p.clean()
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.checkPassword(ctx, p.Password, p.Email, p.Name); err != nil {
		return SignedIn{}, err
	}
	cred, err := s.hash.make(ctx, p.Password)
	if err != nil {
		return SignedIn{}, err
	}
	a := store.Account{ID: newID[id.Account](), Email: p.Email, Name: p.Name, Operator: true, Created: s.now()}
	audit.In(ctx).By(a.ID)
	if err := s.st.CreateAccount(ctx, store.NewAccount{Account: a, Credential: cred, First: true, Now: a.Created}); err != nil {
		return SignedIn{}, err
	}
	s.mu.Lock()
	s.first = firstLink{}
	s.mu.Unlock()
	if s.MailOn() {
		s.report(ctx, s.later(func(ctx context.Context) error { return s.welcome(ctx, from, p.Email, true) }))
	}
	return s.enter(ctx, from, a, store.ByPassword, risk.Verdict{})
}

// SignUp creates an account, unless there is one with that e-mail: then nothing
// happens, in the same time and with the same answer. Whoever signed up signs in
// afterwards; only the right password, or a mail, shows what became of it.
func (s *Service) SignUp(ctx context.Context, from Client, p Person, invitation string) error {
	p, err := p.clean()
	if err != nil {
		return err
	}
	// Strangers must not cost us much before they are counted; that they look for a
	// better password is not counted against the address.
	if err := s.limits.signUp(s.c.Now(), from); err != nil {
		return err
	}
	n, err := s.admit(ctx, p.Email, invitation)
	if err != nil {
		return err
	}
	if err := s.checkPassword(ctx, p.Password, p.Email, p.Name); err != nil {
		return err
	}
	if err := s.limits.signUpAs(s.c.Now(), p.Email); err != nil {
		return err
	}
	if n.Credential, err = s.hash.make(ctx, p.Password); err != nil {
		return err
	}
	n.Account = store.Account{ID: newID[id.Account](), Email: p.Email, Name: p.Name, Created: n.Now}
	err = s.st.CreateAccount(ctx, n)
	made := err == nil
	if fault.Is(err, fault.Conflict) {
		// A write that reaches the disk, as the one that did not happen would.
		text, _ := newSecret()
		err = s.st.SetSetting(ctx, settingDecoy, text)
	}
	if err != nil || !s.MailOn() {
		return err
	}
	// There is an account or there was; a mail that waits its turn is no reason to say
	// otherwise, and can be asked for again.
	s.report(ctx, s.later(func(ctx context.Context) error { return s.welcome(ctx, from, p.Email, made) }))
	return nil
}

// admit says whether the policy lets somebody new in, before anything depends on
// whether their address is known. An invitation counts wherever people may sign up: it
// may lead somewhere.
func (s *Service) admit(ctx context.Context, email, invitation string) (store.NewAccount, error) {
	n := store.NewAccount{Now: s.now()}
	policy, err := s.Policy(ctx)
	if err != nil {
		return n, err
	}
	switch {
	case policy == Closed:
		return n, &Barred{NoSignUp, fault.New(fault.Permission, "nobody can sign up here")}
	case policy == Invitation || invitation != "":
		n.Invitation, err = s.invited(ctx, email, invitation)
	}
	return n, err
}

// invited returns an invitation's hash while an address can use it.
func (s *Service) invited(ctx context.Context, email, secret string) (store.Hash, error) {
	refused := &Barred{NoSignUp, fault.New(fault.Permission, "the invitation is unknown, expired, used up or for another address")}
	h, ok := parseSecret(secret)
	if !ok {
		return store.Hash{}, refused
	}
	v, err := s.st.Invitation(ctx, h)
	if fault.Is(err, fault.NotFound) {
		return store.Hash{}, refused
	}
	if err != nil {
		return store.Hash{}, err
	}
	if v.Expires <= s.now() || v.Used >= v.Uses || v.Email != "" && v.Email != email {
		return store.Hash{}, refused
	}
	return h, nil
}

// Site is what anybody may know of this server.
type Site struct {
	SignUp Policy
	First  bool // there is no account yet
}

// Site returns what anybody may know.
func (s *Service) Site(ctx context.Context) (Site, error) {
	p, err := s.Policy(ctx)
	if err != nil {
		return Site{}, err
	}
	any, err := s.st.AnyAccount(ctx)
	return Site{SignUp: p, First: !any}, err
}

// Policy returns who may create an account.
func (s *Service) Policy(ctx context.Context) (Policy, error) {
	v, err := s.st.Setting(ctx, settingPolicy)
	if err != nil {
		return "", err
	}
	if p, err := ParsePolicy(v); err == nil {
		return p, nil
	}
	if p, err := ParsePolicy(string(s.c.SignUp)); err == nil {
		return p, nil
	}
	return Closed, nil
}

// OperatorOnly refuses everybody but operators, and programs that act for them.
func OperatorOnly(w Who) error {
	if !w.Account.Operator || w.Program() {
		return fault.New(fault.Permission, "only the operator can do this")
	}
	return nil
}

// SetPolicy changes who may create an account.
func (s *Service) SetPolicy(ctx context.Context, w Who, p Policy) error {
	if err := OperatorOnly(w); err != nil {
		return err
	}
	return s.st.SetSetting(ctx, settingPolicy, string(p))
}

// Invite makes an invitation and returns it with its secret, which is not kept.
func (s *Service) Invite(ctx context.Context, w Who, uses int) (store.Invitation, string, error) {
	if err := OperatorOnly(w); err != nil {
		return store.Invitation{}, "", err
	}
	if uses < 1 || uses > MaxInvitationUses {
		return store.Invitation{}, "", fault.New(fault.Invalid, "an invitation is used from 1 to 100 times")
	}
	secret, h := newSecret()
	now := s.c.Now()
	v := store.Invitation{
		ID: newID[store.InvitationID](), Hash: h, By: w.Account.ID,
		Created: now.UnixMilli(), Expires: now.Add(InvitationLife).UnixMilli(), Uses: uses,
	}
	if err := s.st.CreateInvitation(ctx, v, maxInvitations); err != nil {
		return store.Invitation{}, "", err
	}
	return v, secret, nil
}

// Invitations lists those that can still be used.
func (s *Service) Invitations(ctx context.Context, w Who) ([]store.Invitation, error) {
	if err := OperatorOnly(w); err != nil {
		return nil, err
	}
	return s.st.ListInvitations(ctx, store.Ref{}, s.now(), maxInvitations)
}

// Uninvite deletes an invitation.
func (s *Service) Uninvite(ctx context.Context, w Who, v store.InvitationID) error {
	if err := OperatorOnly(w); err != nil {
		return err
	}
	return s.st.DeleteInvitation(ctx, v, store.Ref{})
}
