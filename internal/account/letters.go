package account

import (
	"context"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/risk"
	"plectica/internal/store"
)

const (
	// ForgotLife is how long the link in a mail sets a password anew.
	ForgotLife = time.Hour
	// VerifyLife and EmailLife are how long a link proves an address.
	VerifyLife = 3 * 24 * time.Hour
	EmailLife  = 24 * time.Hour

	// The pages that links in mails lead to. Secrets follow in the fragment, which no
	// server gets to see.
	resetPage  = "/reset#"
	verifyPage = "/verify#"
	emailPage  = "/email#"
)

// MailOn reports whether this site sends mail.
func (s *Service) MailOn() bool { return s.c.Mail != nil && s.c.Mail.Enabled() }

func (s *Service) needMail() error {
	if !s.MailOn() {
		return fault.New(fault.Invalid, "this site sends no mail; ask whoever runs it")
	}
	return nil
}

// MayInvite counts a mail that invites an address: the error is *SlowDown when too many
// go there, or come from one account. Where no mail is sent nothing is counted.
func (s *Service) MayInvite(w Who, to string) error {
	if !s.MailOn() {
		return nil
	}
	return s.limits.invite(s.c.Now(), w.Account.ID, to)
}

// later does something beside the requests: how long it takes tells nobody anything.
func (s *Service) later(f func(ctx context.Context) error) error {
	select {
	case s.jobs <- f:
		return nil
	default:
		return fault.New(fault.Busy, "too much is going on at once; try again in a moment")
	}
}

// event is that something happens now, from somewhere.
func (s *Service) event(from Client) mail.Event {
	return mail.Event{When: s.c.Now(), Device: mail.Name(DeviceName(from.agent())), Address: from.Addr}
}

func (s *Service) factorChange(from Client, f mail.Factor, label string) mail.FactorChange {
	return mail.FactorChange{Event: s.event(from), Factor: f, Label: mail.Name(label)}
}

// tell sends a notice of what has happened. That it cannot be sent changes nothing.
func (s *Service) tell(ctx context.Context, from Client, to string, l mail.Letter) {
	if s.MailOn() {
		s.report(ctx, s.c.Mail.Send(context.WithoutCancel(ctx), from.Language, to, l))
	}
}

// Forgot sends a link that sets a password anew, if there is an account. It is looked
// for after the answer.
func (s *Service) Forgot(ctx context.Context, from Client, email string) error {
	if err := s.needMail(); err != nil {
		return err
	}
	email, err := CleanEmail(email)
	if err != nil {
		return err
	}
	if err := s.limits.mail(s.c.Now(), from, email); err != nil {
		return err
	}
	return s.later(func(ctx context.Context) error {
		a, _, err := s.st.AccountByEmail(ctx, email)
		if fault.Is(err, fault.NotFound) || err == nil && a.Locked != 0 {
			return nil
		}
		if err != nil {
			return err
		}
		return s.sendReset(ctx, from, a, ForgotLife)
	})
}

func (s *Service) sendReset(ctx context.Context, from Client, a store.Account, life time.Duration) error {
	secret, err := s.ticket(ctx, store.ForReset, a.ID, address{a.Email}, life)
	if err != nil {
		return err
	}
	return s.c.Mail.Send(ctx, from.Language, a.Email, mail.ResetPassword{Link: s.link(resetPage, secret, life)})
}

func (s *Service) link(page, secret string, life time.Duration) mail.Link {
	return mail.Link{Path: page + secret, Until: s.c.Now().Add(life)}
}

// NewReset makes the secret with which an account's password is set anew, and
// ends its sign-ins. It is for the operator's terminal.
func (s *Service) NewReset(ctx context.Context, email string) (string, error) {
	email, err := CleanEmail(email)
	if err != nil {
		return "", err
	}
	a, _, err := s.st.AccountByEmail(ctx, email)
	if err != nil {
		return "", err
	}
	return s.newReset(ctx, a.ID)
}

func (s *Service) newReset(ctx context.Context, a id.Account) (string, error) {
	secret, err := s.ticket(ctx, store.ForReset, a, address{}, ResetLife)
	if err != nil {
		return "", err
	}
	return secret, s.changed(ctx, s.st.EndSessions(ctx, a, store.SessionID{}, s.now()))
}

func errLink() error { return fault.New(fault.NotFound, "the link is unknown, expired or was used") }

// Reset spends such a secret, sets the password and signs in. A second factor is asked
// for as ever.
func (s *Service) Reset(ctx context.Context, from Client, secret, password string) (SignedIn, error) {
	if err := s.limits.signUp(s.c.Now(), from); err != nil {
		return SignedIn{}, err
	}
	h, ok := parseSecret(secret)
	if !ok {
		return SignedIn{}, errLink()
	}
	// Before the hash is made: a stranger must not cost us one.
	r, err := s.st.Ticket(ctx, h, store.ForReset, s.now())
	if err != nil {
		return SignedIn{}, err
	}
	a, err := s.st.Account(ctx, r.Account)
	if err != nil {
		return SignedIn{}, err
	}
	audit.In(ctx).On(audit.OfAccount(a.ID))
	mailed, err := openTicket[address](r)
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.checkPassword(ctx, password, a.Email, a.Name); err != nil {
		return SignedIn{}, err
	}
	cred, err := s.hash.make(ctx, password)
	if err != nil {
		return SignedIn{}, err
	}
	_, err = s.st.UseReset(ctx, h, cred, mailed.Email != "" && mailed.Email == a.Email, s.now())
	if err := s.changed(ctx, err); err != nil {
		return SignedIn{}, err
	}
	if err := s.dropOpen(ctx, a.ID); err != nil {
		return SignedIn{}, err
	}
	s.tell(ctx, from, a.Email, mail.PasswordChanged{Event: s.event(from)})
	by := store.ByPassword
	if mailed.Email != "" {
		by |= store.ByMail
	}
	// Whoever has the link has it by mail, or from the operator: that is more than a code.
	return s.enter(ctx, from, a, by, risk.Verdict{})
}

// dropOpen forgets what was begun by whoever knew an account's password or address
// until now.
func (s *Service) dropOpen(ctx context.Context, a id.Account) error {
	for _, k := range []store.TicketKind{store.ForSecond, store.ForReset, store.ForEmail, store.ForPasskey, store.ForLinking} {
		if err := s.st.DropTickets(ctx, a, k); err != nil {
			return err
		}
	}
	return nil
}

// address is what the ticket of a mail to an address holds.
type address struct {
	Email string `json:"email"`
}

// welcome follows a sign-up: who signed up is asked whether the address is theirs, who
// has it already is told.
func (s *Service) welcome(ctx context.Context, from Client, email string, made bool) error {
	if !made {
		return s.c.Mail.Send(ctx, from.Language, email, mail.AccountExists{Event: s.event(from)})
	}
	a, _, err := s.st.AccountByEmail(ctx, email)
	if err != nil || a.Verified != 0 { // a mailed invitation has proven it
		return err
	}
	return s.sendVerify(ctx, from, a)
}

func (s *Service) sendVerify(ctx context.Context, from Client, a store.Account) error {
	secret, err := s.ticket(ctx, store.ForVerify, a.ID, address{a.Email}, VerifyLife)
	if err != nil {
		return err
	}
	return s.c.Mail.Send(ctx, from.Language, a.Email, mail.VerifyAddress{Link: s.link(verifyPage, secret, VerifyLife)})
}

// ResendVerify sends the link that proves one's address once more.
func (s *Service) ResendVerify(ctx context.Context, from Client, w Who) error {
	if w.Program() {
		return errProgram()
	}
	if err := s.needMail(); err != nil {
		return err
	}
	if w.Account.Verified != 0 {
		return fault.New(fault.Conflict, "this address is proven already")
	}
	if err := s.limits.mail(s.c.Now(), from, w.Account.Email); err != nil {
		return err
	}
	return s.sendVerify(ctx, from, w.Account)
}

// take spends the ticket of a link in a mail.
func (s *Service) take(ctx context.Context, from Client, secret string, kind store.TicketKind) (store.Account, address, error) {
	if err := s.limits.signUp(s.c.Now(), from); err != nil {
		return store.Account{}, address{}, err
	}
	h, ok := parseSecret(secret)
	if !ok {
		return store.Account{}, address{}, errLink()
	}
	t, err := s.st.TakeTicket(ctx, h, kind, s.now())
	if err != nil {
		return store.Account{}, address{}, err
	}
	v, err := openTicket[address](t)
	if err != nil {
		return store.Account{}, address{}, err
	}
	a, err := s.st.Account(ctx, t.Account)
	if fault.Is(err, fault.NotFound) {
		err = errLink()
	}
	return a, v, err
}

// Verify spends such a secret: whoever has it reads mail to that address.
func (s *Service) Verify(ctx context.Context, from Client, secret string) error {
	a, v, err := s.take(ctx, from, secret, store.ForVerify)
	if err != nil {
		return err
	}
	if v.Email != a.Email {
		return errLink() // it is another by now
	}
	return s.st.SetVerified(ctx, a.ID, s.now())
}

// ChangeEmail asks another address whether it is the person's, and tells the one they
// have. Whether somebody else has it is looked for after the answer.
func (s *Service) ChangeEmail(ctx context.Context, from Client, w Who, email string) error {
	if err := s.NeedRecent(ctx, w); err != nil {
		return err
	}
	if err := s.needMail(); err != nil {
		return err
	}
	email, err := CleanEmail(email)
	if err != nil {
		return err
	}
	if email == w.Account.Email {
		return fault.New(fault.Conflict, "this is the account's address already")
	}
	if err := s.limits.mail(s.c.Now(), from, w.Account.Email); err != nil {
		return err
	}
	return s.later(func(ctx context.Context) error {
		s.tell(ctx, from, w.Account.Email, mail.AddressChange{Event: s.event(from)})
		_, _, err := s.st.AccountByEmail(ctx, email)
		if err == nil {
			return s.c.Mail.Send(ctx, from.Language, email, mail.AccountExists{Event: s.event(from)})
		}
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		secret, err := s.ticket(ctx, store.ForEmail, w.Account.ID, address{email}, EmailLife)
		if err != nil {
			return err
		}
		return s.c.Mail.Send(ctx, from.Language, email, mail.ChangeAddress{Link: s.link(emailPage, secret, EmailLife)})
	})
}

// ConfirmEmail spends such a secret: the account has the new address from now on.
func (s *Service) ConfirmEmail(ctx context.Context, from Client, secret string) error {
	a, v, err := s.take(ctx, from, secret, store.ForEmail)
	if err != nil {
		return err
	}
	if err := s.st.SetEmail(ctx, a.ID, v.Email, s.now()); err != nil {
		return err
	}
	// Links that went to the old address are worth nothing now.
	for _, k := range []store.TicketKind{store.ForReset, store.ForVerify} {
		if err := s.st.DropTickets(ctx, a.ID, k); err != nil {
			return err
		}
	}
	s.tell(ctx, from, a.Email, mail.AddressChange{Event: s.event(from), Done: true})
	return nil
}
