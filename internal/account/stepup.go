package account

import (
	"context"
	"time"

	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/store"
)

const (
	// RecentFor is how long somebody counts as just having shown who they are.
	RecentFor = 10 * time.Minute
	// Recent is what somebody lacks who has to show it again.
	Recent gate.Need = "recent"
)

// NeedRecent asks that a person has just shown who they are: with a second factor, at
// some time in this sign-in, if the account has one. Programs never have. The error is
// *gate.Lacking.
func (s *Service) NeedRecent(ctx context.Context, w Who) error {
	if w.Program() {
		return errProgram()
	}
	lacking := &gate.Lacking{Need: Recent, Err: fault.New(fault.Permission, "confirm that it is you, and try again")}
	if s.now()-w.Session.Proved >= RecentFor.Milliseconds() {
		return lacking
	}
	if w.Session.Proven.Strong() {
		return nil
	}
	f, err := s.factors(ctx, w.Account.ID)
	if err == nil && f.any() {
		return lacking
	}
	return err
}

func errProgram() error {
	return fault.New(fault.Permission, "a token is for maps and organisations, not for the account")
}

// ConfirmPassword shows again who somebody is. The sign-in gets another secret.
func (s *Service) ConfirmPassword(ctx context.Context, from Client, w Who, password string) (SignedIn, error) {
	if err := s.password(ctx, from, w, password); err != nil {
		return SignedIn{}, err
	}
	if err := s.needStrong(ctx, w); err != nil {
		return SignedIn{}, err
	}
	return s.rotate(ctx, w, store.ByPassword)
}

// password checks a signed-in person's password.
func (s *Service) password(ctx context.Context, from Client, w Who, password string) error {
	if w.Program() {
		return errProgram()
	}
	refund, err := s.guess(ctx, from, w.Account.Email)
	if err != nil {
		return err
	}
	a, cred, err := s.st.AccountByEmail(ctx, w.Account.Email)
	if fault.Is(err, fault.NotFound) || err == nil && a.ID != w.Account.ID {
		return errNotSignedIn() // the address has changed since
	}
	if err != nil {
		return err
	}
	ok, err := s.fits(ctx, password, cred)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Invalid, "the password is wrong")
	}
	refund()
	return nil
}

// ConfirmCode shows again who somebody is, with an authenticator's code.
func (s *Service) ConfirmCode(ctx context.Context, w Who, code string) (SignedIn, error) {
	if w.Program() {
		return SignedIn{}, errProgram()
	}
	if err := s.useCode(ctx, w.Account.ID, code); err != nil {
		return SignedIn{}, err
	}
	return s.rotate(ctx, w, store.ByCode)
}

// rotate notes what somebody has shown and gives the sign-in another secret: one that
// was stolen before is worth nothing after.
func (s *Service) rotate(ctx context.Context, w Who, by store.Proof) (SignedIn, error) {
	token, h := newSecret()
	v := w.Session
	v.Hash, v.Seen, v.Proved = h, s.now(), s.now()
	v.Proven |= by
	err := s.st.RotateSession(ctx, w.Session.Hash, v)
	if fault.Is(err, fault.NotFound) {
		return SignedIn{}, errNotSignedIn()
	}
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Token: token, Account: w.Account}, nil
}
