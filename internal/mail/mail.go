// Package mail writes the site's own mail to people and sends it: one letter to one
// address, in the language of whoever reads it, plain and as HTML without anything
// that is fetched. A letter is written at once and waits in the outbox, so it is not
// lost when the mail server or this one is away; Run carries it there. It never logs
// an address's local part, a link or a password, never tracks who opened a mail, and
// sends nothing on behalf of a person. A crash between the mail server's yes and
// forgetting the mail sends it twice, with the same Message-ID. A Service and the
// drivers are safe for concurrent use; Run is its background work.
package mail

import (
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	// MaxWaiting bounds how many mails wait.
	MaxWaiting = 10_000
	// probeTimeout bounds how long a probe takes.
	probeTimeout = 20 * time.Second
)

// Driver is a way out for mail.
type Driver interface {
	// Name is what the configuration calls it.
	Name() string
	// Enabled reports whether mail leaves at all.
	Enabled() bool
	// Open makes ready to send. Its error is a sentence for the operator that says
	// why nothing can be sent now; no mail is the worse for it.
	Open(ctx context.Context) (Carrier, error)
}

// Carrier takes mails one after another. It is for one goroutine.
type Carrier interface {
	// Send hands a mail over. The error has kind fault.Invalid when it will never be
	// taken, fault.Lost when the carrier is spent too, else it may be taken later. Its
	// text has no local part of an address and no link.
	Send(ctx context.Context, m Message) error
	Close()
}

// Outcome is what became of a try to send a mail.
type Outcome string

// The outcomes. A mail that was put off waits; all others are the last of a mail.
const (
	Sent    Outcome = "sent"
	PutOff  Outcome = "put_off"
	Refused Outcome = "refused"  // for good, by the mail server
	Expired Outcome = "expired"  // its link no longer works
	GivenUp Outcome = "given_up" // it waited too long
	Damaged Outcome = "damaged"  // what was stored of it cannot be sent
)

// Outcomes returns all of them.
func Outcomes() []Outcome { return []Outcome{Sent, PutOff, Refused, Expired, GivenUp, Damaged} }

// Config is what a Service is made of.
type Config struct {
	Outbox store.Outbox
	Driver Driver
	// From is the address mail is from, with or without a name; see ParseSender.
	// Without one it has SiteName. Unused when the driver is not enabled.
	From string
	// SiteName is what the site calls itself.
	SiteName string
	// Origin returns the site's address, as https://maps.example.org.
	Origin func() string
	// OnError hears of faults in the background and of mail that was not taken. May
	// be nil.
	OnError func(error)
	// Count hears what became of each try. May be nil.
	Count func(Outcome)
	// Random returns numbers from 0 up to 1, to spread tries; nil is math/rand's.
	Random func() float64
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service writes mail and sends it.
type Service struct {
	c    Config
	from Address
	lib  *library
	poke chan struct{}
}

// New reads the words of all letters.
func New(c Config) (*Service, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = mathrand.Float64
	}
	c.SiteName = Name(c.SiteName).String()
	s := &Service{c: c, poke: make(chan struct{}, 1)}
	var err error
	if c.Driver.Enabled() {
		if s.from, err = ParseSender(c.From); err != nil {
			return nil, err
		}
		if s.from.Name == "" {
			s.from.Name = c.SiteName
		}
	}
	s.lib, err = newLibrary()
	return s, err
}

// Enabled reports whether this site sends mail. If not, callers show the link that a
// mail would have had.
func (s *Service) Enabled() bool { return s.c.Driver.Enabled() }

// Name is what the configuration calls the way out.
func (s *Service) Name() string { return s.c.Driver.Name() }

// From is the address that mail is from; empty: none is sent.
func (s *Service) From() string {
	if !s.Enabled() {
		return ""
	}
	return s.from.String()
}

// Send writes a letter and puts it in the outbox, from where it goes at once if it
// can; it does not wait for that. It returns fault.Invalid for an address or letter
// that cannot be sent, and fault.Limit when too many wait. Where no mail is sent a
// letter that has a link, or is a test, is refused, and any other silently left out:
// notices only tell what has happened anyway.
func (s *Service) Send(ctx context.Context, lang Language, to string, l Letter) error {
	path, until := l.link()
	if !s.Enabled() {
		if path == "" && l.kind() != KindTest {
			return nil
		}
		return fault.New(fault.Invalid, "this site sends no mail; pass the link on yourself")
	}
	address, err := ParseAddress(to)
	if err != nil {
		return err
	}
	now := s.c.Now()
	if err := l.check(now); err != nil {
		return err
	}
	m, err := s.write(lang, address, l, path)
	if err != nil {
		return err
	}
	m.Until = until
	return s.put(ctx, m, now)
}

// write renders a letter.
func (s *Service) write(lang Language, to Address, l Letter, path string) (Message, error) {
	p := page{Site: s.c.SiteName, Origin: strings.TrimSuffix(s.c.Origin(), "/"), D: l}
	if path != "" {
		p.Link = p.Origin + path
	}
	r, err := s.lib.render(lang, p)
	if err != nil {
		return Message{}, err
	}
	m := Message{Kind: l.kind(), From: s.from, To: to, Subject: r.subject, Text: r.text, HTML: r.html, Link: p.Link}
	if c, ok := l.(SignInCode); ok {
		m.Code = c.Code
	}
	return m, nil
}

// put stores a mail that waits from now on. The name it waits under is its Message-ID,
// which so is the same at every try.
func (s *Service) put(ctx context.Context, m Message, now time.Time) error {
	var v store.MailID
	rand.Read(v[:]) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	m.ID = id.Format(v) + "@" + s.from.Domain
	m.Date = now
	if err := m.Check(); err != nil {
		return err
	}
	data, err := m.encode()
	if err != nil {
		return err
	}
	at := now.UnixMilli()
	if err := s.c.Outbox.AddMail(ctx, store.Mail{ID: v, Data: data, Created: at, Due: at}, MaxWaiting); err != nil {
		return err
	}
	s.Poke()
	return nil
}

// Poke lets Run look at the outbox now.
func (s *Service) Poke() {
	select {
	case s.poke <- struct{}{}:
	default: // it will look anyway
	}
}

// Waiting returns how many mails wait, and when the oldest was written: the zero
// time when none does.
func (s *Service) Waiting(ctx context.Context) (n int, oldest time.Time, err error) {
	n, at, err := s.c.Outbox.CountMail(ctx)
	if err != nil || n == 0 {
		return 0, time.Time{}, err
	}
	return n, time.UnixMilli(at), nil
}

// Probe tries whether mail could be sent, without sending any. The error is a
// sentence for the operator.
func (s *Service) Probe(ctx context.Context) error {
	if !s.Enabled() {
		return fault.New(fault.Invalid, "this site sends no mail: mail.driver is none")
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	c, err := s.c.Driver.Open(ctx)
	if err != nil {
		return err
	}
	c.Close()
	return nil
}
