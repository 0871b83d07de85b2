package account

import (
	"context"
	"encoding/json"
	"fmt"

	"plectica/internal/factor"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/risk"
	"plectica/internal/store"
)

const (
	// maxPasskeys is how many passkeys an account can have.
	maxPasskeys = 20
	// maxLabelRunes bounds what people call their passkeys and tokens.
	maxLabelRunes = 60
)

// purpose is what a passkey was asked for. An answer counts for nothing else.
type purpose string

const (
	toAdd     purpose = "add"
	toSignIn  purpose = "signin"
	toFinish  purpose = "second"
	toConfirm purpose = "confirm"
)

// asked is what the ticket of a challenge holds.
type asked struct {
	For       purpose          `json:"for"`
	Challenge factor.Challenge `json:"challenge"`
	Session   string           `json:"session,omitempty"` // of who is signed in
}

// Challenge is what a page hands to the browser for a passkey. Secret goes into a
// cookie, and comes back with the answer.
type Challenge struct {
	Secret  string
	Options json.RawMessage
}

// site is where a client's page came from.
func (s *Service) site(from Client) (factor.Site, error) {
	var own []string
	if s.c.Origins != nil {
		own = s.c.Origins()
	}
	return factor.SiteOf(s.siteName(), from.Origin, own)
}

// PasskeysAt reports whether passkeys work where a client's page came from.
func (s *Service) PasskeysAt(from Client) bool {
	_, err := s.site(from)
	return err == nil
}

// owner is whose passkeys they are, as passkeys know them.
func owner(a store.Account, keys []store.Passkey) (factor.Owner, error) {
	o := factor.Owner{Email: a.Email, Name: a.Name}
	for _, k := range keys {
		p, err := factor.DecodePasskey(k.Data)
		if err != nil {
			return factor.Owner{}, err
		}
		o.Handle, o.Keys = p.Handle, append(o.Keys, p)
	}
	return o, nil
}

// challenge keeps what was asked until the answer comes.
func (s *Service) challenge(ctx context.Context, a id.Account, v asked, options json.RawMessage) (Challenge, error) {
	secret, err := s.ticket(ctx, store.ForPasskey, a, v, factor.PasskeyTime)
	return Challenge{Secret: secret, Options: options}, err
}

// answered takes a challenge: whatever the answer is, it is the only one.
func (s *Service) answered(ctx context.Context, secret string, p purpose, a id.Account, v store.SessionID) (asked, error) {
	gone := fault.New(fault.Gone, "that took too long, or was answered already; begin anew")
	t, err := s.byTicket(ctx, s.st.TakeTicket, secret, store.ForPasskey, gone)
	if err != nil {
		return asked{}, err
	}
	q, err := openTicket[asked](t)
	if err != nil {
		return asked{}, err
	}
	if q.For != p || t.Account != a || q.Session != sessionText(v) {
		return asked{}, gone
	}
	return q, nil
}

func sessionText(v store.SessionID) string {
	if id.IsZero(v) {
		return ""
	}
	return id.Format(v)
}

// BeginPasskey asks a device for a new passkey.
func (s *Service) BeginPasskey(ctx context.Context, from Client, w Who) (Challenge, error) {
	if err := s.NeedRecent(ctx, w); err != nil {
		return Challenge{}, err
	}
	site, err := s.site(from)
	if err != nil {
		return Challenge{}, err
	}
	keys, err := s.st.Passkeys(ctx, w.Account.ID)
	if err != nil {
		return Challenge{}, err
	}
	o, err := owner(w.Account, keys)
	if err != nil {
		return Challenge{}, err
	}
	options, c, err := site.Register(o)
	if err != nil {
		return Challenge{}, err
	}
	return s.challenge(ctx, w.Account.ID, asked{For: toAdd, Challenge: c, Session: sessionText(w.Session.ID)}, options)
}

// FinishPasskey keeps the new passkey under a name.
func (s *Service) FinishPasskey(ctx context.Context, from Client, w Who, secret, name string, body []byte) (Added, error) {
	if err := s.NeedRecent(ctx, w); err != nil {
		return Added{}, err
	}
	name, err := cleanLabel(name)
	if err != nil {
		return Added{}, err
	}
	q, err := s.answered(ctx, secret, toAdd, w.Account.ID, w.Session.ID)
	if err != nil {
		return Added{}, err
	}
	p, err := q.Challenge.Registered(body)
	if err != nil {
		return Added{}, err
	}
	data, err := p.Encode()
	if err != nil {
		return Added{}, err
	}
	err = s.st.AddPasskey(ctx, store.Passkey{ID: p.Hash(), Account: w.Account.ID, Data: data, Name: name, Created: s.now()}, maxPasskeys)
	if err != nil {
		return Added{}, err
	}
	return s.added(ctx, from, w, store.ByPasskey, mail.Passkey, name)
}

// cleanLabel returns a name fit for a list of one's own.
func cleanLabel(name string) (string, error) {
	name, err := cleanName(name)
	if err != nil || len([]rune(name)) > maxLabelRunes {
		return "", fault.New(fault.Invalid, fmt.Sprintf("a name has 1 to %d characters that can be seen", maxLabelRunes))
	}
	return name, nil
}

// NamePasskey changes what a passkey is called.
func (s *Service) NamePasskey(ctx context.Context, w Who, p store.PasskeyID, name string) error {
	if w.Program() {
		return errProgram()
	}
	name, err := cleanLabel(name)
	if err != nil {
		return err
	}
	return s.st.NamePasskey(ctx, w.Account.ID, p, name)
}

// DropPasskey removes a passkey, unless it is the last way in.
func (s *Service) DropPasskey(ctx context.Context, from Client, w Who, p store.PasskeyID) error {
	if err := s.NeedRecent(ctx, w); err != nil {
		return err
	}
	s.ways.Lock()
	defer s.ways.Unlock()
	v, err := s.st.Passkey(ctx, p)
	if err == nil && v.Account != w.Account.ID {
		err = fault.New(fault.NotFound, "there is no such passkey")
	}
	if err != nil {
		return err
	}
	if err := s.another(ctx, w.Account); err != nil {
		return err
	}
	if err := s.noteLast(ctx, w.Account.ID); err != nil {
		return err
	}
	if err := s.st.DropPasskey(ctx, w.Account.ID, p); err != nil {
		return err
	}
	s.tell(ctx, from, w.Account.Email, mail.FactorRemoved{FactorChange: s.factorChange(from, mail.Passkey, v.Name)})
	return s.tidyRecovery(ctx, w.Account.ID)
}

// another refuses to remove the last way in: a password, a passkey or a provider.
func (s *Service) another(ctx context.Context, a store.Account) error {
	_, cred, err := s.st.AccountByEmail(ctx, a.Email)
	if err != nil {
		return err
	}
	keys, err := s.st.Passkeys(ctx, a.ID)
	if err != nil {
		return err
	}
	providers, err := s.st.Identities(ctx, a.ID)
	if err != nil {
		return err
	}
	n := len(keys) + len(providers)
	if cred.Hash != "" {
		n++
	}
	if n <= 1 {
		return fault.New(fault.Conflict, "this is the last way into the account; set a password or add another way first")
	}
	return nil
}

// BeginPasskeySignIn asks for a passkey: of the account whose sign-in waits for a
// second factor, or of anybody if pending is empty.
func (s *Service) BeginPasskeySignIn(ctx context.Context, from Client, pending string) (Challenge, error) {
	if err := s.limits.ask(s.c.Now(), from); err != nil {
		return Challenge{}, err
	}
	site, err := s.site(from)
	if err != nil {
		return Challenge{}, err
	}
	if pending == "" {
		options, c, err := site.Ask(factor.Owner{})
		if err != nil {
			return Challenge{}, err
		}
		return s.challenge(ctx, id.Account{}, asked{For: toSignIn, Challenge: c}, options)
	}
	t, err := s.peekPending(ctx, pending)
	if err != nil {
		return Challenge{}, err
	}
	return s.askOwner(ctx, site, t.Account, asked{For: toFinish})
}

// askOwner asks for one of an account's passkeys.
func (s *Service) askOwner(ctx context.Context, site factor.Site, a id.Account, v asked) (Challenge, error) {
	keys, err := s.st.Passkeys(ctx, a)
	if err != nil {
		return Challenge{}, err
	}
	if len(keys) == 0 {
		return Challenge{}, fault.New(fault.NotFound, "this account has no passkey")
	}
	o, err := owner(store.Account{}, keys)
	if err != nil {
		return Challenge{}, err
	}
	options, c, err := site.Ask(o)
	if err != nil {
		return Challenge{}, err
	}
	v.Challenge = c
	return s.challenge(ctx, a, v, options)
}

// SecondPasskey finishes a sign-in with a passkey's answer.
func (s *Service) SecondPasskey(ctx context.Context, from Client, waiting, secret string, body []byte) (SignedIn, error) {
	return s.finish(ctx, from, waiting, func(a store.Account, _ pending) (store.Proof, error) {
		q, err := s.answered(ctx, secret, toFinish, a.ID, store.SessionID{})
		if err != nil {
			return 0, err
		}
		_, err = s.usePasskey(ctx, from, q, body, a.ID)
		return store.ByPasskey, err
	})
}

// PasskeySignIn signs in whoever a passkey's answer is of. It is two factors in
// itself.
func (s *Service) PasskeySignIn(ctx context.Context, from Client, secret string, body []byte) (SignedIn, error) {
	refund, err := s.limits.second(s.c.Now(), from)
	if err != nil {
		return SignedIn{}, err
	}
	q, err := s.answered(ctx, secret, toSignIn, id.Account{}, store.SessionID{})
	if err != nil {
		return SignedIn{}, err
	}
	a, err := s.usePasskey(ctx, from, q, body, id.Account{})
	if err != nil {
		return SignedIn{}, err
	}
	refund()
	return s.enter(ctx, from, a, store.ByPasskey, risk.Verdict{})
}

// BeginConfirmPasskey asks somebody signed in for one of their passkeys.
func (s *Service) BeginConfirmPasskey(ctx context.Context, from Client, w Who) (Challenge, error) {
	if w.Program() {
		return Challenge{}, errProgram()
	}
	site, err := s.site(from)
	if err != nil {
		return Challenge{}, err
	}
	return s.askOwner(ctx, site, w.Account.ID, asked{For: toConfirm, Session: sessionText(w.Session.ID)})
}

// ConfirmPasskey shows again who somebody is.
func (s *Service) ConfirmPasskey(ctx context.Context, from Client, w Who, secret string, body []byte) (SignedIn, error) {
	if w.Program() {
		return SignedIn{}, errProgram()
	}
	q, err := s.answered(ctx, secret, toConfirm, w.Account.ID, w.Session.ID)
	if err != nil {
		return SignedIn{}, err
	}
	if _, err := s.usePasskey(ctx, from, q, body, w.Account.ID); err != nil {
		return SignedIn{}, err
	}
	return s.rotate(ctx, w, store.ByPasskey)
}

// usePasskey checks an answer and returns whose passkey it is: of one account, or of
// anybody for the zero one.
func (s *Service) usePasskey(ctx context.Context, from Client, q asked, body []byte, of id.Account) (store.Account, error) {
	unknown := fault.New(fault.Invalid, "this site does not know the passkey, or no longer")
	answer, err := factor.ParseAnswer(body)
	if err != nil {
		return store.Account{}, err
	}
	v, err := s.st.Passkey(ctx, answer.Hash())
	if fault.Is(err, fault.NotFound) || err == nil && !id.IsZero(of) && v.Account != of {
		return store.Account{}, unknown
	}
	if err != nil {
		return store.Account{}, err
	}
	a, err := s.st.Account(ctx, v.Account)
	if err != nil {
		return store.Account{}, unknown
	}
	p, err := factor.DecodePasskey(v.Data)
	if err != nil {
		return store.Account{}, err
	}
	now, copied, err := q.Challenge.Check(answer, p)
	if copied {
		s.tell(ctx, from, a.Email, mail.PasskeyRefused{FactorChange: s.factorChange(from, mail.Passkey, v.Name)})
	}
	if err != nil {
		return store.Account{}, err
	}
	data, err := now.Encode()
	if err != nil {
		return store.Account{}, err
	}
	return a, s.st.UsePasskey(ctx, v.ID, data, s.now())
}
