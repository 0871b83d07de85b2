package account

import (
	"context"

	"plectica/internal/audit"
	"plectica/internal/factor"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/mail"
	"plectica/internal/store"
)

// Passkey is a passkey as its owner sees it.
type Passkey struct {
	store.Passkey
	RP string // the name of the site that it works for
}

// Profile is what a person sees of their own account.
type Profile struct {
	Account    store.Account
	Password   bool // there is one
	Codes      bool // there is an authenticator
	Passkeys   []Passkey
	Recovery   int // codes that are left
	Identities []store.Identity
	Mail       bool // the site sends mail
	Recent     bool // they have just shown who they are
}

// Profile returns what a person sees of their own account.
func (s *Service) Profile(ctx context.Context, w Who) (Profile, error) {
	p := Profile{Account: w.Account, Mail: s.MailOn()}
	if w.Program() {
		return Profile{}, errProgram()
	}
	err := s.NeedRecent(ctx, w)
	p.Recent = err == nil
	if _, lacks := err.(*gate.Lacking); err != nil && !lacks {
		return Profile{}, err
	}
	_, cred, err := s.st.AccountByEmail(ctx, w.Account.Email)
	if fault.Is(err, fault.NotFound) {
		return Profile{}, errNotSignedIn() // the address has changed since
	}
	if err != nil {
		return Profile{}, err
	}
	p.Password = cred.Hash != ""
	f, err := s.factors(ctx, w.Account.ID)
	if err != nil {
		return Profile{}, err
	}
	p.Codes, p.Recovery = f.code, f.recovery
	for _, k := range f.keys {
		v, err := factor.DecodePasskey(k.Data)
		if err != nil {
			return Profile{}, err
		}
		p.Passkeys = append(p.Passkeys, Passkey{k, v.RP})
	}
	p.Identities, err = s.st.Identities(ctx, w.Account.ID)
	return p, err
}

// Rename changes what a person is called.
func (s *Service) Rename(ctx context.Context, w Who, name string) (store.Account, error) {
	if w.Program() {
		return store.Account{}, errProgram()
	}
	name, err := cleanName(name)
	if err != nil {
		return store.Account{}, err
	}
	if err := s.st.SetName(ctx, w.Account.ID, name); err != nil {
		return store.Account{}, err
	}
	w.Account.Name = name
	return w.Account, nil
}

// ChangePassword sets another password. Who has one shows it; who has none has just
// shown otherwise who they are. All other sign-ins end, and this one gets another
// secret.
func (s *Service) ChangePassword(ctx context.Context, from Client, w Who, current, fresh string) (SignedIn, error) {
	if err := s.allowPassword(ctx, from, w, current); err != nil {
		return SignedIn{}, err
	}
	if err := s.checkPassword(ctx, fresh, w.Account.Email, w.Account.Name); err != nil {
		return SignedIn{}, err
	}
	cred, err := s.hash.make(ctx, fresh)
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.st.SetCredential(ctx, w.Account.ID, cred); err != nil {
		return SignedIn{}, err
	}
	if err := s.dropOpen(ctx, w.Account.ID); err != nil {
		return SignedIn{}, err
	}
	if err := s.changed(ctx, s.st.EndSessions(ctx, w.Account.ID, w.Session.ID, s.now())); err != nil {
		return SignedIn{}, err
	}
	s.tell(ctx, from, w.Account.Email, mail.PasswordChanged{Event: s.event(from)})
	return s.rotate(ctx, w, store.ByPassword)
}

// allowPassword says whether somebody may set another password.
func (s *Service) allowPassword(ctx context.Context, from Client, w Who, current string) error {
	if w.Program() {
		return errProgram()
	}
	_, cred, err := s.st.AccountByEmail(ctx, w.Account.Email)
	if fault.Is(err, fault.NotFound) {
		return errNotSignedIn()
	}
	if err != nil {
		return err
	}
	if cred.Hash == "" {
		return s.NeedRecent(ctx, w)
	}
	if err := s.password(ctx, from, w, current); err != nil {
		return err
	}
	w.Session.Proved = s.now() // the password was just shown
	return s.NeedRecent(ctx, w)
}

// Delete ends an account. What the store refuses says why.
func (s *Service) Delete(ctx context.Context, from Client, w Who) error {
	if err := s.NeedRecent(ctx, w); err != nil {
		return err
	}
	if err := s.changed(ctx, s.st.DeleteAccount(ctx, w.Account.ID, s.now())); err != nil {
		return err
	}
	if s.c.Forget != nil {
		s.report(ctx, s.c.Forget(audit.Apart(ctx), w.Account.ID))
	}
	s.tell(ctx, from, w.Account.Email, mail.AccountDeleted{Event: s.event(from)})
	return nil
}
