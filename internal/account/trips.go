package account

import (
	"context"
	"encoding/json"
	"time"

	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	// TripLife is how long somebody may take at a provider.
	TripLife = 10 * time.Minute
	// maxThenBytes bounds the path that somebody wanted to.
	maxThenBytes = 512
)

// Errand is why somebody goes to a provider.
type Errand string

// The errands.
const (
	ToSignIn  Errand = "signin"
	ToLink    Errand = "link"
	ToConfirm Errand = "confirm"
)

// Trip is a person's way to a provider and back.
type Trip struct {
	For        Errand          `json:"for"`
	Then       string          `json:"then"` // a path of ours, where they wanted to
	Invitation string          `json:"invitation,omitempty"`
	Session    string          `json:"session,omitempty"` // whose errand it is, once signed in
	Flow       json.RawMessage `json:"flow"`              // what the provider's answer is checked with
}

// Leave notes a trip until its person is back. The secret goes into a cookie: only the
// browser that left can come back. who is the zero one for nobody signed in.
func (s *Service) Leave(ctx context.Context, from Client, who Who, t Trip) (string, error) {
	if t.For != ToSignIn && id.IsZero(who.Session.ID) {
		return "", errNotSignedIn()
	}
	if len(t.Then) > maxThenBytes || t.Invitation != "" && !isSecret(t.Invitation) {
		return "", fault.New(fault.Invalid, "this is nowhere to go to")
	}
	if err := s.limits.ask(s.c.Now(), from); err != nil {
		return "", err
	}
	t.Session = sessionText(who.Session.ID)
	return s.ticket(ctx, store.ForProvider, id.Account{}, t, TripLife)
}

func isSecret(text string) bool {
	_, ok := parseSecret(text)
	return ok
}

// Return ends a trip: whatever the provider says, it says it once. who is who is signed
// in now; one that is not signed in as when they left comes back in vain.
func (s *Service) Return(ctx context.Context, who Who, secret string) (Trip, error) {
	over := fault.New(fault.Auth, "this sign-in was not begun in this browser, or too long ago; begin again")
	ticket, err := s.byTicket(ctx, s.st.TakeTicket, secret, store.ForProvider, over)
	if err != nil {
		return Trip{}, err
	}
	t, err := openTicket[Trip](ticket)
	if err == nil && t.For != ToSignIn && t.Session != sessionText(who.Session.ID) {
		err = over
	}
	return t, err
}

// ConfirmProvider shows again who somebody is, by a provider that knows them. A second
// factor is not replaced by it.
func (s *Service) ConfirmProvider(ctx context.Context, w Who, v Identity) (SignedIn, error) {
	if w.Program() {
		return SignedIn{}, errProgram()
	}
	known, err := s.st.Identity(ctx, v.key())
	if fault.Is(err, fault.NotFound) || err == nil && known.Account != w.Account.ID {
		return SignedIn{}, &Barred{Taken, fault.New(fault.Permission, "the provider knows you as somebody else than who is signed in here")}
	}
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.needStrong(ctx, w); err != nil {
		return SignedIn{}, err
	}
	return s.rotate(ctx, w, store.ByProvider)
}

// needStrong asks somebody whose account has a second factor to have shown one: who
// has only the first must not get around one that was added after they signed in.
func (s *Service) needStrong(ctx context.Context, w Who) error {
	if w.Strong() {
		return nil
	}
	f, err := s.factors(ctx, w.Account.ID)
	if err == nil && f.any() {
		return &gate.Lacking{
			Need: gate.SecondFactor,
			Err:  fault.New(fault.Permission, "this account has a second factor; confirm with a code or a passkey"),
		}
	}
	return err
}

// Why says why somebody whom a provider vouches for is not let in.
type Why string

// The reasons, as the page names them.
const (
	Unverified Why = "unverified" // the provider has not verified the address
	NoSignUp   Why = "closed"     // nobody new is let in, or not so
	IsLocked   Why = "locked"
	Taken      Why = "linked" // the provider's account belongs to another here
)

// Barred is the error of somebody who is not let in, and why.
type Barred struct {
	Why Why
	Err *fault.Error
}

// Error returns the sentence.
func (b *Barred) Error() string { return b.Err.Error() }

// Unwrap makes the kind visible.
func (b *Barred) Unwrap() error { return b.Err }

// waysOf are how the sign-in of a ticket can be finished.
func (s *Service) waysOf(ctx context.Context, from Client, t store.Ticket) ([]Way, error) {
	p, err := openTicket[pending](t)
	if err != nil {
		return nil, err
	}
	if p.Mailed != "" {
		return []Way{WayMail}, nil
	}
	f, err := s.factors(ctx, t.Account)
	if err != nil {
		return nil, err
	}
	return f.ways(s, from)
}

// Waits says what a sign-in in a browser still waits for: the ways to finish it, or
// that a provider's word waits for the account's owner.
func (s *Service) Waits(ctx context.Context, from Client, pending, linking string) (ways []Way, links bool, err error) {
	if t, err := s.peekPending(ctx, pending); err == nil {
		if ways, err = s.waysOf(ctx, from, t); err != nil {
			return nil, false, err
		}
	} else if !fault.Is(err, fault.Gone) {
		return nil, false, err
	}
	_, err = s.byTicket(ctx, s.st.Ticket, linking, store.ForLinking, errOver())
	if fault.Is(err, fault.Gone) {
		return ways, false, nil
	}
	return ways, err == nil, err
}
