package account

import (
	"context"
	"errors"
	"strings"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/risk"
	"plectica/internal/store"
)

const (
	// LinkingLife is how long a provider's word waits for the account's owner.
	LinkingLife = 15 * time.Minute
	// maxIdentities is how many providers one account can be linked to.
	maxIdentities = 10
	// maxIssuerBytes and maxSubjectBytes bound what names somebody at a provider; the
	// standard has 255 characters for a subject.
	maxIssuerBytes  = 500
	maxSubjectBytes = 255
)

// Identity is what a provider has said of somebody, after its word was verified.
type Identity struct {
	Issuer, Subject string
	Email           string // as the provider writes it
	EmailVerified   bool
	Name            string
	Provider        string // what people call the provider
}

func (v Identity) key() store.IdentityKey {
	return store.IdentityKey{Issuer: v.Issuer, Subject: v.Subject}
}

func (v Identity) check() error {
	if v.Issuer == "" || v.Subject == "" || len(v.Issuer) > maxIssuerBytes || len(v.Subject) > maxSubjectBytes {
		return fault.New(fault.Invalid, "the provider did not say who somebody is")
	}
	return nil
}

// email is the address as we compare it, if the provider vouches for it.
func (v Identity) email() string {
	email, err := CleanEmail(v.Email)
	if err != nil || !v.EmailVerified {
		return ""
	}
	return email
}

// ByProvider signs in whom a provider knows. Somebody new gets an account as the site's
// policy has it. An account that only has the same address is never taken over: the
// provider's word waits as SignedIn.Linking until its owner has signed in.
func (s *Service) ByProvider(ctx context.Context, from Client, v Identity, invitation string) (SignedIn, error) {
	if err := v.check(); err != nil {
		return SignedIn{}, err
	}
	if err := s.limits.signUp(s.c.Now(), from); err != nil {
		return SignedIn{}, err
	}
	known, err := s.st.Identity(ctx, v.key())
	if fault.Is(err, fault.NotFound) {
		return s.newcomer(ctx, from, v, invitation)
	}
	if err != nil {
		return SignedIn{}, err
	}
	a, err := s.st.Account(ctx, known.Account)
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.st.UseIdentity(ctx, v.key(), shown(v.Email), s.now()); err != nil {
		return SignedIn{}, err
	}
	verdict, err := s.doubted(ctx, a.ID)
	if err != nil {
		return SignedIn{}, err
	}
	return s.enter(ctx, from, a, store.ByProvider, verdict)
}

// shown is an address as far as it is fit to be shown.
func shown(email string) string {
	clean, err := CleanEmail(email)
	if err != nil {
		return ""
	}
	return clean
}

// newcomer is ByProvider for somebody we do not know by it.
func (s *Service) newcomer(ctx context.Context, from Client, v Identity, invitation string) (SignedIn, error) {
	email := v.email()
	if email == "" {
		return SignedIn{}, &Barred{Unverified, fault.New(fault.Permission, "the provider has not verified your e-mail address; verify it there, or sign up here")}
	}
	a, _, err := s.st.AccountByEmail(ctx, email)
	if err == nil {
		secret, err := s.ticket(ctx, store.ForLinking, a.ID, v, LinkingLife)
		return SignedIn{Linking: secret}, err
	}
	if !fault.Is(err, fault.NotFound) {
		return SignedIn{}, err
	}
	n, err := s.admit(ctx, email, invitation)
	if err != nil {
		return SignedIn{}, err
	}
	n.Account = store.Account{ID: newID[id.Account](), Email: email, Name: nameFor(v, email), Created: n.Now, Verified: n.Now}
	if err := s.st.CreateAccount(ctx, n); err != nil {
		return SignedIn{}, err
	}
	if err := s.addIdentity(ctx, n.Account.ID, v); err != nil {
		// Nobody could sign in to it.
		return SignedIn{}, errors.Join(err, s.st.DeleteAccount(ctx, n.Account.ID, s.now()))
	}
	return s.enter(ctx, from, n.Account, store.ByProvider, risk.Verdict{})
}

// nameFor is what somebody is called until they say otherwise.
func nameFor(v Identity, email string) string {
	if name, err := cleanName(v.Name); err == nil {
		return name
	}
	name, _, _ := strings.Cut(email, "@")
	return name
}

func (s *Service) addIdentity(ctx context.Context, a id.Account, v Identity) error {
	err := s.st.AddIdentity(ctx, store.Identity{
		IdentityKey: v.key(), Account: a, Email: shown(v.Email), Created: s.now(), Used: s.now(),
	}, maxIdentities)
	if fault.Is(err, fault.Conflict) {
		return &Barred{Taken, fault.New(fault.Conflict, "this sign-in belongs to an account here already")}
	}
	return err
}

// Link lets a signed-in person sign in by a provider too.
func (s *Service) Link(ctx context.Context, from Client, w Who, v Identity) error {
	if err := v.check(); err != nil {
		return err
	}
	if err := s.NeedRecent(ctx, w); err != nil {
		return err
	}
	return s.linked(ctx, from, w, v)
}

// LinkPending is Link with a provider's word that waited for the person.
func (s *Service) LinkPending(ctx context.Context, from Client, w Who, secret string) error {
	if err := s.NeedRecent(ctx, w); err != nil {
		return err
	}
	gone := fault.New(fault.Gone, "that took too long; sign in by the provider again")
	t, err := s.byTicket(ctx, s.st.Ticket, secret, store.ForLinking, gone)
	if err != nil {
		return err
	}
	if t.Account != w.Account.ID {
		return fault.New(fault.Permission, "you are signed in to another account than the one with the provider's address")
	}
	v, err := openTicket[Identity](t)
	if err != nil {
		return err
	}
	if _, err := s.st.TakeTicket(ctx, t.Hash, store.ForLinking, s.now()); err != nil {
		return gone
	}
	return s.linked(ctx, from, w, v)
}

// linked ties an account to who its owner is at a provider, and tells them.
func (s *Service) linked(ctx context.Context, from Client, w Who, v Identity) error {
	if err := s.addIdentity(ctx, w.Account.ID, v); err != nil {
		return err
	}
	s.tell(ctx, from, w.Account.Email, mail.LoginAdded{LoginChange: mail.LoginChange{Event: s.event(from), Provider: mail.Name(v.Provider)}})
	return nil
}

// Unlink ends that, unless it is the last way in. provider is what people call it.
func (s *Service) Unlink(ctx context.Context, from Client, w Who, k store.IdentityKey, provider string) error {
	if err := s.NeedRecent(ctx, w); err != nil {
		return err
	}
	s.ways.Lock()
	defer s.ways.Unlock()
	v, err := s.st.Identity(ctx, k)
	if err == nil && v.Account != w.Account.ID {
		err = fault.New(fault.NotFound, "the account is not linked to this")
	}
	if err != nil {
		return err
	}
	if err := s.another(ctx, w.Account); err != nil {
		return err
	}
	if err := s.st.DropIdentity(ctx, w.Account.ID, k); err != nil {
		return err
	}
	s.tell(ctx, from, w.Account.Email, mail.LoginRemoved{LoginChange: mail.LoginChange{Event: s.event(from), Provider: mail.Name(provider)}})
	return nil
}
