package account

import (
	"context"
	"encoding/json"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/risk"
	"plectica/internal/store"
)

const (
	// SecondLife is how long a sign-in waits for its second factor.
	SecondLife = 5 * time.Minute
	// maxSecond is how often a second factor may be tried for one sign-in.
	maxSecond = 8
)

// Way is how a sign-in can be finished.
type Way string

// The ways, as the API names them.
const (
	WayCode     Way = "code"     // of an authenticator
	WayRecovery Way = "recovery" // a code that works once
	WayPasskey  Way = "passkey"
	WayMail     Way = "mail" // a code that was mailed
)

// Pending is a sign-in that waits for a second factor, or a code by mail. Secret goes into
// a cookie of the browser for as long as Life: it alone can go on.
type Pending struct {
	Secret string
	Ways   []Way
	Life   time.Duration
}

// pending is what its ticket holds.
type pending struct {
	Proven store.Proof `json:"proven"`
	Tries  int         `json:"tries"`
	Mailed string      `json:"mailed,omitempty"` // of the code that it waits for, see codeSum
}

// SignIn checks a password. Whether the account is unknown or the password is
// wrong cannot be told from the answer or from how long it takes.
func (s *Service) SignIn(ctx context.Context, from Client, email, password string) (SignedIn, error) {
	wrong := fault.New(fault.Auth, "the e-mail or the password is wrong")
	email, err := CleanEmail(email)
	if err != nil {
		email = "" // counts and costs as an unknown account
	}
	audit.In(ctx).On(audit.OfEmail(email))
	refund, err := s.guess(ctx, from, email)
	if err != nil {
		return SignedIn{}, err
	}
	a, cred, err := s.st.AccountByEmail(ctx, email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return SignedIn{}, err
	}
	ok, err := s.fits(ctx, password, cred)
	if err != nil {
		return SignedIn{}, err
	}
	// That took its time: the password may be another by now, and what it opened ended.
	_, now, err := s.st.AccountByEmail(ctx, email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return SignedIn{}, err
	}
	if !ok || now != cred {
		return SignedIn{}, wrong
	}
	refund()
	if err := s.rehash(audit.Apart(ctx), a.ID, password, cred); err != nil {
		return SignedIn{}, err
	}
	v, err := s.weigh(ctx, from, a)
	if err != nil {
		return SignedIn{}, err
	}
	return s.enter(ctx, from, a, store.ByPassword, v)
}

// fits reports whether a password is the one. No password at all, of nobody or of an
// account that has none, costs as much and fits nothing.
func (s *Service) fits(ctx context.Context, password string, cred store.Credential) (bool, error) {
	none := cred.Hash == ""
	if none {
		cred = s.hash.dummy()
	}
	ok, err := s.hash.check(ctx, password, cred)
	return ok && !none, err
}

// rehash keeps a password that fits as it would be kept today.
func (s *Service) rehash(ctx context.Context, a id.Account, password string, cred store.Credential) error {
	if !s.hash.outdated(cred) {
		return nil
	}
	fresh, err := s.hash.make(ctx, password)
	if err == nil {
		err = s.st.SetCredential(ctx, a, fresh)
	}
	if fault.Is(err, fault.Busy) {
		return nil // at the next sign-in
	}
	return err
}

func errLocked() error {
	return &Barred{IsLocked, fault.New(fault.Permission, "this account is locked; ask whoever runs the site")}
}

// enter lets somebody in who has shown one thing, or asks for more: for the second factor
// if there is one, else for a code by mail if v says that it may not be them.
func (s *Service) enter(ctx context.Context, from Client, a store.Account, by store.Proof, v risk.Verdict) (SignedIn, error) {
	if a.Locked != 0 {
		return SignedIn{}, errLocked()
	}
	if v.Percent > 0 {
		audit.In(ctx).Count("risk", uint64(v.Percent))
	}
	if by.Strong() {
		return s.open(ctx, from, a, by)
	}
	f, err := s.factors(ctx, a.ID)
	if err != nil {
		return SignedIn{}, err
	}
	switch {
	case f.any():
		return s.waitForSecond(ctx, from, a, by, f)
	case v.Risky && s.canMail(a):
		return s.waitForMail(ctx, from, a, by)
	}
	return s.open(ctx, from, a, by)
}

// waitForSecond keeps a sign-in until the second factor comes.
func (s *Service) waitForSecond(ctx context.Context, from Client, a store.Account, by store.Proof, f factors) (SignedIn, error) {
	ways, err := f.ways(s, from)
	if err != nil {
		return SignedIn{}, err
	}
	audit.In(ctx).By(a.ID)
	audit.In(ctx).Count("waits", 1)
	secret, err := s.ticket(ctx, store.ForSecond, a.ID, pending{Proven: by}, SecondLife)
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Account: a, Pending: &Pending{Secret: secret, Ways: ways, Life: SecondLife}}, nil
}

// open makes a sign-in of somebody who has shown who they are.
func (s *Service) open(ctx context.Context, from Client, a store.Account, by store.Proof) (SignedIn, error) {
	if a.Locked != 0 {
		return SignedIn{}, errLocked()
	}
	token, h := newSecret()
	now := s.now()
	v := store.Session{
		Hash: h, ID: newID[store.SessionID](), Account: a.ID, Created: now, Seen: now,
		Proven: by, Proved: now, Agent: from.agent(), Place: from.place(),
	}
	en := audit.In(ctx)
	en.By(a.ID)
	en.Key(store.OfSession(v.ID))
	en.Count("proven", uint64(by))
	if s.met(ctx, from, a.ID) {
		en.Count("met", 1)
	}
	if err := s.st.CreateSession(ctx, v); err != nil {
		return SignedIn{}, err
	}
	if err := s.endEarlier(ctx, from); err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Token: token, Account: a, Device: s.meet(ctx, from, a, by)}, nil
}

// endEarlier ends the sign-in that a browser had before: nobody could reach it again.
func (s *Service) endEarlier(ctx context.Context, from Client) error {
	h, ok := parseSecret(from.Token)
	if !ok {
		return nil
	}
	v, _, err := s.st.Session(ctx, h)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.changed(ctx, s.st.EndSession(ctx, v.ID, s.now()))
}

// ticket makes a secret that is used once and holds some data.
func (s *Service) ticket(ctx context.Context, kind store.TicketKind, a id.Account, data any, life time.Duration) (string, error) {
	secret, h := newSecret()
	return secret, s.putTicket(ctx, h, kind, a, data, s.c.Now().Add(life).UnixMilli())
}

func (s *Service) putTicket(ctx context.Context, h store.Hash, kind store.TicketKind, a id.Account, data any, expires int64) error {
	b, err := json.Marshal(data)
	if err != nil {
		return fault.Wrap(fault.Internal, "write a ticket", err)
	}
	return s.st.CreateTicket(ctx, store.Ticket{Hash: h, Kind: kind, Account: a, Data: b, Expires: expires}, maxTickets)
}

// openTicket reads what a ticket holds.
func openTicket[T any](t store.Ticket) (T, error) {
	var v T
	if err := json.Unmarshal(t.Data, &v); err != nil {
		return v, fault.Wrap(fault.Internal, "read a ticket", err)
	}
	return v, nil
}

func errOver() error {
	return fault.New(fault.Gone, "this sign-in took too long, or was tried too often; begin anew")
}

// peekPending returns whose sign-in waits.
func (s *Service) peekPending(ctx context.Context, secret string) (store.Ticket, error) {
	return s.byTicket(ctx, s.st.Ticket, secret, store.ForSecond, errOver())
}

// reading is how a ticket is looked up: to stay, or to be spent.
type reading func(ctx context.Context, h store.Hash, kind store.TicketKind, now int64) (store.Ticket, error)

// byTicket looks up what a secret is for. One that is none, that was spent or has
// expired, is the error gone.
func (s *Service) byTicket(ctx context.Context, read reading, secret string, kind store.TicketKind, gone error) (store.Ticket, error) {
	h, ok := parseSecret(secret)
	if !ok {
		return store.Ticket{}, gone
	}
	t, err := read(ctx, h, kind, s.now())
	if fault.Is(err, fault.NotFound) {
		err = gone
	}
	return t, err
}

// finish checks a second factor for a sign-in that waits, and opens it. While it is
// checked the ticket is taken: nobody tries two at once.
func (s *Service) finish(ctx context.Context, from Client, secret string, check func(a store.Account, p pending) (store.Proof, error)) (SignedIn, error) {
	refund, err := s.limits.second(s.c.Now(), from)
	if err != nil {
		return SignedIn{}, err
	}
	// Each is no sign-in yet, or none any more.
	apart := audit.Apart(ctx)
	t, err := s.byTicket(apart, s.st.TakeTicket, secret, store.ForSecond, errOver())
	if err != nil {
		return SignedIn{}, err
	}
	p, err := openTicket[pending](t)
	if err != nil {
		return SignedIn{}, err
	}
	a, err := s.st.Account(ctx, t.Account)
	if err != nil {
		return SignedIn{}, errOver()
	}
	audit.In(ctx).On(audit.OfAccount(a.ID))
	by, err := check(a, p)
	if err == nil {
		refund()
		return s.open(ctx, from, a, p.Proven|by)
	}
	if p.Tries++; p.Tries < maxSecond {
		// Who gives up in the middle has not tried less often.
		s.report(ctx, s.putTicket(context.WithoutCancel(apart), t.Hash, store.ForSecond, a.ID, p, t.Expires))
	}
	return SignedIn{}, err
}

// SecondCode finishes a sign-in with an authenticator's code.
func (s *Service) SecondCode(ctx context.Context, from Client, secret, code string) (SignedIn, error) {
	return s.finish(ctx, from, secret, func(a store.Account, _ pending) (store.Proof, error) {
		return store.ByCode, s.useCode(audit.Apart(ctx), a.ID, code)
	})
}

// SecondRecovery finishes a sign-in with a code that works once.
func (s *Service) SecondRecovery(ctx context.Context, from Client, secret, code string) (SignedIn, error) {
	return s.finish(ctx, from, secret, func(a store.Account, _ pending) (store.Proof, error) {
		return store.ByRecovery, s.useRecovery(audit.Apart(ctx), from, a, code)
	})
}

// factors are what an account has beside its password.
type factors struct {
	code     bool
	keys     []store.Passkey
	recovery int
}

// any reports whether there is a second factor. Recovery codes alone are none: they
// stand in for one that was lost.
func (f factors) any() bool { return f.code || len(f.keys) > 0 }

func (s *Service) factors(ctx context.Context, a id.Account) (f factors, err error) {
	t, err := s.st.TOTP(ctx, a)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return f, err
	}
	f.code = err == nil && t.Confirmed != 0
	if f.keys, err = s.st.Passkeys(ctx, a); err != nil {
		return f, err
	}
	f.recovery, err = s.st.CountRecovery(ctx, a)
	return f, err
}

// noteLast lets the record say that a second factor which goes is the last there is.
func (s *Service) noteLast(ctx context.Context, a id.Account) error {
	f, err := s.factors(ctx, a)
	n := len(f.keys)
	if f.code {
		n++
	}
	if n == 1 {
		audit.In(ctx).Count("last", 1)
	}
	return err
}

// ways are how a sign-in from somewhere can be finished.
func (f factors) ways(s *Service, from Client) ([]Way, error) {
	var ways []Way
	if site, err := s.site(from); err == nil {
		o, err := owner(store.Account{}, f.keys)
		if err != nil {
			return nil, err
		}
		for _, k := range o.Keys {
			if k.RP == site.RP {
				ways = append(ways, WayPasskey)
				break
			}
		}
	}
	if f.code {
		ways = append(ways, WayCode)
	}
	if f.recovery > 0 {
		ways = append(ways, WayRecovery)
	}
	if len(ways) == 0 {
		return nil, fault.New(fault.Permission, "the passkeys of this account work only at another address of this site; open it there")
	}
	return ways, nil
}
