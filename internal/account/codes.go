package account

import (
	"context"

	"plectica/internal/factor"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/store"
)

func errCode() error { return fault.New(fault.Invalid, "this code is wrong, or was used already") }

// useCode checks an authenticator's code and spends it.
func (s *Service) useCode(ctx context.Context, a id.Account, code string) error {
	refund, err := s.limits.code(s.c.Now(), a)
	if err != nil {
		return err
	}
	t, err := s.st.TOTP(ctx, a)
	if fault.Is(err, fault.NotFound) || err == nil && t.Confirmed == 0 {
		return errCode()
	}
	if err != nil {
		return err
	}
	if err := s.spend(ctx, t, code, t.Confirmed); err != nil {
		return err
	}
	refund()
	return nil
}

// spend checks a code against a secret and notes its step.
func (s *Service) spend(ctx context.Context, t store.TOTP, code string, confirmed int64) error {
	secret, err := s.sealer.Open(t.Secret, t.Account[:])
	if err != nil {
		return err
	}
	step, ok, err := factor.FitsCode(secret, code, s.c.Now(), t.Step)
	if err != nil {
		return err
	}
	if !ok {
		return errCode()
	}
	err = s.st.UseTOTP(ctx, t.Account, step, confirmed)
	if fault.Is(err, fault.Conflict) {
		return errCode()
	}
	return err
}

// NewCodes is a new authenticator's secret: as text to be typed, and as the address
// that an authenticator reads.
type NewCodes struct{ Secret, URI string }

// BeginCodes makes the secret of a new authenticator. It counts once a code of it was
// shown to ConfirmCodes.
func (s *Service) BeginCodes(ctx context.Context, w Who) (NewCodes, error) {
	if err := s.NeedRecent(ctx, w); err != nil {
		return NewCodes{}, err
	}
	f, err := s.factors(ctx, w.Account.ID)
	if err != nil {
		return NewCodes{}, err
	}
	if f.code {
		return NewCodes{}, fault.New(fault.Conflict, "this account has an authenticator; remove it before you set up another")
	}
	secret := factor.NewCodes()
	sealed, err := s.sealer.Seal(secret, w.Account.ID[:])
	if err != nil {
		return NewCodes{}, err
	}
	// From now on the key must not be lost.
	if err := s.st.SetSetting(ctx, settingSealed, "1"); err != nil {
		return NewCodes{}, err
	}
	if err := s.st.SetTOTP(ctx, store.TOTP{Account: w.Account.ID, Secret: sealed}); err != nil {
		return NewCodes{}, err
	}
	text, uri := factor.CodesText(secret, s.siteName(), w.Account.Email)
	return NewCodes{Secret: text, URI: uri}, nil
}

func (s *Service) siteName() string {
	if s.c.SiteName == "" {
		return "Plectica"
	}
	return s.c.SiteName
}

// Added is what became of a new second factor. Recovery are the account's first codes
// for when it is lost; they are shown once.
type Added struct {
	SignedIn
	Recovery []string
}

// ConfirmCodes takes a new authenticator's first code. From then on it is asked for.
func (s *Service) ConfirmCodes(ctx context.Context, from Client, w Who, code string) (Added, error) {
	if err := s.NeedRecent(ctx, w); err != nil {
		return Added{}, err
	}
	refund, err := s.limits.code(s.c.Now(), w.Account.ID)
	if err != nil {
		return Added{}, err
	}
	t, err := s.st.TOTP(ctx, w.Account.ID)
	if err == nil && t.Confirmed != 0 {
		err = fault.New(fault.Conflict, "this authenticator was confirmed already")
	}
	if err == nil {
		err = s.spend(ctx, t, code, s.now())
	}
	if err != nil {
		return Added{}, err
	}
	refund()
	return s.added(ctx, from, w, store.ByCode, mail.App, "")
}

// added tells of a new second factor, makes the codes for when it is lost if there are
// none, and notes that this sign-in has shown it.
func (s *Service) added(ctx context.Context, from Client, w Who, by store.Proof, f mail.Factor, label string) (Added, error) {
	s.tell(ctx, from, w.Account.Email, mail.FactorAdded{FactorChange: s.factorChange(from, f, label)})
	var out Added
	n, err := s.st.CountRecovery(ctx, w.Account.ID)
	if err != nil {
		return Added{}, err
	}
	if n == 0 {
		if out.Recovery, err = s.newRecovery(ctx, w.Account.ID); err != nil {
			return Added{}, err
		}
	}
	out.SignedIn, err = s.rotate(ctx, w, by)
	return out, err
}

// DropCodes removes the authenticator.
func (s *Service) DropCodes(ctx context.Context, from Client, w Who) error {
	if err := s.NeedRecent(ctx, w); err != nil {
		return err
	}
	t, err := s.st.TOTP(ctx, w.Account.ID)
	if err != nil {
		return err
	}
	if err := s.noteLast(ctx, w.Account.ID); err != nil {
		return err
	}
	if err := s.st.DropTOTP(ctx, w.Account.ID); err != nil {
		return err
	}
	if t.Confirmed == 0 {
		return nil // it never was one
	}
	s.tell(ctx, from, w.Account.Email, mail.FactorRemoved{FactorChange: s.factorChange(from, mail.App, "")})
	return s.tidyRecovery(ctx, w.Account.ID)
}

// tidyRecovery forgets the codes for what was lost when there is nothing to lose.
func (s *Service) tidyRecovery(ctx context.Context, a id.Account) error {
	f, err := s.factors(ctx, a)
	if err != nil || f.any() || f.recovery == 0 {
		return err
	}
	return s.st.SetRecovery(ctx, a, nil)
}

func (s *Service) newRecovery(ctx context.Context, a id.Account) ([]string, error) {
	texts, sums := factor.NewRecovery()
	hashes := make([]store.Hash, len(sums))
	for i := range sums {
		hashes[i] = sums[i]
	}
	return texts, s.st.SetRecovery(ctx, a, hashes)
}

// NewRecovery replaces the codes for when a second factor is lost. They are shown once.
func (s *Service) NewRecovery(ctx context.Context, from Client, w Who) ([]string, error) {
	if err := s.NeedRecent(ctx, w); err != nil {
		return nil, err
	}
	f, err := s.factors(ctx, w.Account.ID)
	if err != nil {
		return nil, err
	}
	if !f.any() {
		return nil, fault.New(fault.Conflict, "recovery codes stand in for a second factor; add one first")
	}
	texts, err := s.newRecovery(ctx, w.Account.ID)
	if err != nil {
		return nil, err
	}
	s.tell(ctx, from, w.Account.Email, mail.FactorAdded{FactorChange: s.factorChange(from, mail.RecoveryCodes, "")})
	return texts, nil
}

// useRecovery checks a code that works once and spends it.
func (s *Service) useRecovery(ctx context.Context, from Client, a store.Account, code string) error {
	refund, err := s.limits.code(s.c.Now(), a.ID)
	if err != nil {
		return err
	}
	h, ok := factor.ParseRecovery(code)
	if !ok {
		return errCode()
	}
	left, err := s.st.UseRecovery(ctx, a.ID, h)
	if fault.Is(err, fault.NotFound) {
		return errCode()
	}
	if err != nil {
		return err
	}
	refund()
	s.tell(ctx, from, a.Email, mail.RecoveryCodeUsed{Event: s.event(from), Left: left})
	return nil
}
