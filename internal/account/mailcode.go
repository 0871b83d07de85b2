package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/store"
)

const (
	// MailCodeLife is how long a sign-in waits for a code by mail.
	MailCodeLife = 10 * time.Minute
	// MailCodeDigits is the length of one. Of each sign-in so few may be tried, and so few
	// sign-ins begun in an hour, that guessing takes centuries.
	MailCodeDigits = 8
)

// canMail reports whether a code can be mailed to an account's owner. An address that
// nobody has proven may be a stranger's.
func (s *Service) canMail(a store.Account) bool { return s.MailOn() && a.Verified != 0 }

// waitForMail keeps a sign-in until the code comes that is mailed to the account's owner.
func (s *Service) waitForMail(ctx context.Context, from Client, a store.Account, by store.Proof) (SignedIn, error) {
	if err := s.limits.mailCode(s.c.Now(), a.ID); err != nil {
		return SignedIn{}, err
	}
	en := audit.In(ctx)
	en.By(a.ID)
	en.Count("waits", 1)
	secret, h := newSecret()
	t := store.Ticket{Hash: h, Account: a.ID}
	if err := s.mailCode(ctx, from, a, t, secret, pending{Proven: by}); err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Account: a, Pending: &Pending{Secret: secret, Ways: []Way{WayMail}, Life: MailCodeLife}}, nil
}

// mailCode mails a new code for a sign-in that waits, whose ticket is then kept for as long.
func (s *Service) mailCode(ctx context.Context, from Client, a store.Account, t store.Ticket, secret string, p pending) error {
	code, until := newCode(), s.c.Now().Add(MailCodeLife)
	p.Mailed = codeSum(secret, code)
	if err := s.putTicket(ctx, t.Hash, store.ForSecond, a.ID, p, until.UnixMilli()); err != nil {
		return err
	}
	return s.c.Mail.Send(ctx, from.Language, a.Email, mail.SignInCode{Event: s.event(from), Code: code, Until: until})
}

func newCode() string {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(MailCodeDigits), nil)
	n, _ := rand.Int(rand.Reader, most) // it never fails: crypto/rand ends the program instead
	return fmt.Sprintf("%0*d", MailCodeDigits, n)
}

// codeSum is what is kept of a code. The secret of its sign-in, which only a browser has, is
// in it: who reads the database cannot try all codes, and one of another sign-in fits nothing.
func codeSum(secret, code string) string {
	h := sha256.Sum256([]byte("mailed code:" + secret + ":" + code))
	return base64.RawStdEncoding.EncodeToString(h[:])
}

// SecondMail finishes a sign-in with a code that was mailed.
func (s *Service) SecondMail(ctx context.Context, from Client, secret, code string) (SignedIn, error) {
	return s.finish(ctx, from, secret, func(a store.Account, p pending) (store.Proof, error) {
		return store.ByMail, s.useMailed(audit.Apart(ctx), a.ID, p, secret, code)
	})
}

// useMailed checks a code that was mailed. It is no way around a second factor that the
// account has got since.
func (s *Service) useMailed(ctx context.Context, a id.Account, p pending, secret, code string) error {
	refund, err := s.limits.code(s.c.Now(), a)
	if err != nil {
		return err
	}
	sum := codeSum(secret, strings.Join(strings.Fields(code), ""))
	if p.Mailed == "" || subtle.ConstantTimeCompare([]byte(sum), []byte(p.Mailed)) != 1 {
		return errCode()
	}
	f, err := s.factors(ctx, a)
	if err != nil {
		return err
	}
	if f.any() {
		return errOver()
	}
	refund()
	return nil
}

// MailCodeAgain mails another code for a sign-in that waits for one; the one before is worth
// nothing then. What was tried counts on.
func (s *Service) MailCodeAgain(ctx context.Context, from Client, secret string) (SignedIn, error) {
	t, err := s.peekPending(ctx, secret)
	if err != nil {
		return SignedIn{}, err
	}
	a, err := s.st.Account(ctx, t.Account)
	if err != nil {
		return SignedIn{}, errOver()
	}
	audit.In(ctx).On(audit.OfAccount(a.ID))
	if p, err := openTicket[pending](t); err != nil || p.Mailed == "" || a.Locked != 0 || !s.canMail(a) {
		return SignedIn{}, fault.New(fault.Conflict, "this sign-in does not wait for a mail")
	}
	if err := s.limits.mailCode(s.c.Now(), a.ID); err != nil {
		return SignedIn{}, err
	}
	// Taken, so that nobody tries a code at the same time without its being counted.
	if t, err = s.byTicket(audit.Apart(ctx), s.st.TakeTicket, secret, store.ForSecond, errOver()); err != nil {
		return SignedIn{}, err
	}
	p, err := openTicket[pending](t)
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.mailCode(ctx, from, a, t, secret, p); err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Account: a, Pending: &Pending{Secret: secret, Ways: []Way{WayMail}, Life: MailCodeLife}}, nil
}
