package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
)

const (
	// shortly is a timeout that a test waits for; generous one that must not be reached.
	shortly  = 300 * time.Millisecond
	generous = 20 * time.Second
)

func newSMTP(t *testing.T, c SMTPConfig) *SMTP {
	t.Helper()
	if c.Host == "" {
		c.Host = "127.0.0.1"
	}
	d, err := NewSMTP(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustOpen(t *testing.T, d *SMTP) Carrier {
	t.Helper()
	c, err := d.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestDelivery, over each way to encrypt and each to sign in.
func TestDelivery(t *testing.T) {
	ca := newAuthority(t)
	later := time.Now().Add(time.Hour)
	for _, c := range []struct {
		name     string
		security Security
		mechs    []string
		want     string
	}{
		{"STARTTLS, PLAIN", StartTLS, []string{"PLAIN", "LOGIN"}, "PLAIN"},
		{"STARTTLS, LOGIN", StartTLS, []string{"LOGIN"}, "LOGIN"},
		{"STARTTLS, SCRAM", StartTLS, []string{"PLAIN", "LOGIN", "SCRAM-SHA-256"}, "SCRAM-SHA-256"},
		{"STARTTLS, nobody signs in", StartTLS, nil, ""},
		{"TLS, PLAIN", ImplicitTLS, []string{"PLAIN"}, "PLAIN"},
		{"TLS, LOGIN", ImplicitTLS, []string{"LOGIN"}, "LOGIN"},
		{"this machine, nobody signs in", Plain, nil, ""},
		{"this machine, PLAIN", Plain, []string{"PLAIN"}, "PLAIN"},
		{"this machine, LOGIN", Plain, []string{"LOGIN"}, "LOGIN"},
		{"this machine, SCRAM", Plain, []string{"PLAIN", "SCRAM-SHA-256"}, "SCRAM-SHA-256"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &mailServer{Mechs: c.mechs, Implicit: c.security == ImplicitTLS, Insecure: c.security == Plain}
			if c.security != Plain {
				s.TLS = ca.server(t, "127.0.0.1", later)
			}
			conf := SMTPConfig{Port: s.start(t), Security: c.security, Roots: ca.pool(), Hello: "maps.example.org"}
			var names []string
			if c.want != "" {
				conf.Username, conf.Password = testUser, testPassword
				names = []string{c.want + " " + testUser}
			}
			carrier := mustOpen(t, newSMTP(t, conf))
			first, second := testMessage(), testMessage()
			second.To.Local, second.Subject, second.Text = "bob", "Größe", "a\n.\n..\nQUIT\n"
			for _, m := range []Message{first, second} {
				if err := carrier.Send(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			got := s.got()
			if len(got) != 2 || got[0].From != "plectica@maps.example.org" || got[0].To != "ada@example.org" || got[1].To != "bob@example.org" {
				t.Fatalf("the server took %+v", got)
			}
			wantSame(t, first, got[0].Data)
			wantSame(t, second, got[1].Data)
			if d := cmp.Diff(names, s.tried()); d != "" {
				t.Errorf("signed in:\n%s", d)
			}
			if len(s.conns) != 1 {
				t.Errorf("%d connections for two mails", len(s.conns))
			}
		})
	}
}

// TestRefusesToSend: what is wrong with the server is said, and nothing is told to it.
func TestRefusesToSend(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	later := time.Now().Add(time.Hour)
	member := []string{"PLAIN", "LOGIN"}
	for _, c := range []struct {
		name   string
		server *mailServer
		conf   SMTPConfig
		want   string
		names  []string
	}{
		{
			"no STARTTLS offered", &mailServer{Mechs: member, Insecure: true},
			SMTPConfig{Security: StartTLS, Username: testUser, Password: testPassword}, "offers no encryption", nil,
		},
		{
			"a certificate of somebody else's authority", &mailServer{TLS: other.server(t, "127.0.0.1", later), Mechs: member},
			SMTPConfig{Security: StartTLS, Username: testUser, Password: testPassword}, "certificate that is not trusted: certificate signed by unknown", nil,
		},
		{
			"the same with TLS first", &mailServer{TLS: other.server(t, "127.0.0.1", later), Mechs: member, Implicit: true},
			SMTPConfig{Security: ImplicitTLS, Username: testUser, Password: testPassword}, "certificate that is not trusted", nil,
		},
		{
			"a certificate for another address", &mailServer{TLS: ca.server(t, "192.0.2.1", later), Mechs: member},
			SMTPConfig{Security: StartTLS, Username: testUser, Password: testPassword}, "not 127.0.0.1", nil,
		},
		{
			"a certificate that is too old", &mailServer{TLS: ca.server(t, "127.0.0.1", time.Now().Add(-time.Hour)), Mechs: member},
			SMTPConfig{Security: StartTLS, Username: testUser, Password: testPassword}, "expired", nil,
		},
		{
			"nobody can sign in", &mailServer{TLS: ca.server(t, "127.0.0.1", later)},
			SMTPConfig{Security: StartTLS, Username: testUser, Password: testPassword}, "offers no way to sign in", nil,
		},
		{
			"no way to sign in that is known", &mailServer{TLS: ca.server(t, "127.0.0.1", later), Mechs: []string{"X-OTHER"}},
			SMTPConfig{Security: StartTLS, Username: testUser, Password: testPassword}, "offers no way to sign in", nil,
		},
		{
			"a wrong password", &mailServer{TLS: ca.server(t, "127.0.0.1", later), Mechs: member},
			SMTPConfig{Security: StartTLS, Username: testUser, Password: "wrong"}, "refuses the username or the password (535)", []string{"PLAIN " + testUser},
		},
		{
			"a wrong password by SCRAM", &mailServer{TLS: ca.server(t, "127.0.0.1", later), Mechs: []string{"SCRAM-SHA-256"}},
			SMTPConfig{Security: StartTLS, Username: testUser, Password: "wrong"}, "refuses the username or the password (535)", nil,
		},
		{
			"TLS first where there is none", &mailServer{Mechs: member},
			SMTPConfig{Security: ImplicitTLS, Username: testUser, Password: testPassword}, "does not speak TLS", nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.conf.Port, c.conf.Roots = c.server.start(t), ca.pool()
			k := newDesk(t, newMemory(), newSMTP(t, c.conf))
			err := k.Probe(t.Context())
			if !fault.Is(err, fault.Lost) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			for _, secret := range []string{testUser, testPassword} {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("%v tells %q", err, secret)
				}
			}
			if d := cmp.Diff(c.names, c.server.tried()); d != "" {
				t.Errorf("told to the server:\n%s", d)
			}
			k.send(t, "ada@example.org")
			k.round(t.Context())
			if n := len(c.server.got()); n != 0 {
				t.Errorf("%d mails were sent", n)
			}
			if n, _, _ := k.Waiting(t.Context()); n != 1 {
				t.Error("the mail does not wait")
			}
		})
	}
}

func TestProbe(t *testing.T) {
	ca := newAuthority(t)
	s := &mailServer{TLS: ca.server(t, "127.0.0.1", time.Now().Add(time.Hour)), Mechs: []string{"PLAIN"}}
	k := newDesk(t, newMemory(), newSMTP(t, SMTPConfig{Port: s.start(t), Security: StartTLS, Roots: ca.pool(), Username: testUser, Password: testPassword}))
	if err := k.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	if n := len(s.tried()); n != 1 || len(s.got()) != 0 {
		t.Errorf("%d signed in, %d mails", n, len(s.got()))
	}
}

func TestUnreachable(t *testing.T) {
	l := listenLocal(t)
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		conf SMTPConfig
		want string
	}{
		"refused":       {SMTPConfig{Port: port, Security: StartTLS}, "takes no connections"},
		"silent":        {SMTPConfig{Port: script(t, func(string) string { return "-" }), Security: StartTLS}, "did not answer in time"},
		"silent to TLS": {SMTPConfig{Port: script(t, func(string) string { return "-" }), Security: ImplicitTLS}, "did not answer in time"},
		"silent after the greeting": {SMTPConfig{Port: script(t, func(line string) string {
			if line == "connect" {
				return "220 mail.test"
			}
			return "-"
		}), Security: StartTLS}, "did not answer in time"},
		"hangs up": {SMTPConfig{Port: script(t, func(string) string { return "" }), Security: StartTLS}, "ended the connection"},
		"too busy": {SMTPConfig{Port: script(t, func(string) string { return "421 too many of you, a@b.c" }), Security: StartTLS}, "(421): too many of you, …"},
	} {
		t.Run(name, func(t *testing.T) {
			c.conf.OpenTimeout, c.conf.SendTimeout = shortly, generous
			began := time.Now()
			_, err := newSMTP(t, c.conf).Open(t.Context())
			if !fault.Is(err, fault.Lost) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), fmt.Sprintf("127.0.0.1:%d", c.conf.Port)) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if took := time.Since(began); took > generous/2 {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestAnswers: what becomes of a mail for each answer of the server, at each point.
func TestAnswers(t *testing.T) {
	say := func(code int, text string) error { return &gosmtp.SMTPError{Code: code, Message: text} }
	for _, c := range []struct {
		name  string
		err   error
		kind  fault.Kind
		want  string
		again error // what the next mail over the same connection meets
	}{
		{"greylisted", say(451, "come back later"), fault.Busy, "451", nil},
		{"mailbox full", say(452, "no room"), fault.Busy, "452", nil},
		{"no such mailbox", say(550, "user ada unknown, <ada@example.org>: see https://x.test/?u=ada"), fault.Invalid, "550", nil},
		{"too large", say(552, "too large"), fault.Invalid, "552", nil},
		{"not signed in", say(530, "sign in first"), fault.Busy, "530", nil},
	} {
		for _, at := range []string{"MAIL", "RCPT", "DATA"} {
			t.Run(c.name+" at "+at, func(t *testing.T) {
				s := &mailServer{}
				var once atomic.Bool
				answer := func() error {
					if once.Swap(true) {
						return nil
					}
					return c.err
				}
				switch at {
				case "MAIL":
					s.onMail = func(string) error { return answer() }
				case "RCPT":
					s.onRcpt = func(string) error { return answer() }
				case "DATA":
					s.onData = func(*gosmtp.Conn) error { return answer() }
				}
				carrier := mustOpen(t, newSMTP(t, SMTPConfig{Port: s.start(t), Security: Plain}))
				m := testMessage()
				err := carrier.Send(t.Context(), m)
				if !fault.Is(err, c.kind) || !strings.Contains(err.Error(), "the mail server answered "+c.want) {
					t.Errorf("error %v, want kind %v with %q", err, c.kind, c.want)
				}
				for _, secret := range []string{"ada", "x.test", m.ID} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("%v tells %q", err, secret)
					}
				}
				if len(s.got()) != 0 {
					t.Error("it was taken all the same")
				}
				m.To.Local = "bob" // the connection is as good as new
				if err := carrier.Send(t.Context(), m); err != nil {
					t.Errorf("the next mail: %v", err)
				}
				if got := s.got(); len(got) != 1 || got[0].To != "bob@example.org" {
					t.Errorf("taken: %+v", got)
				}
			})
		}
	}
}

// TestRetryReachesTheServer: 4xx, then yes, by the service itself.
func TestRetryReachesTheServer(t *testing.T) {
	var no atomic.Bool
	no.Store(true)
	s := &mailServer{onRcpt: func(string) error {
		if no.Load() {
			return &gosmtp.SMTPError{Code: 450, Message: "greylisted"}
		}
		return nil
	}}
	box := newMemory()
	k := newDesk(t, box, newSMTP(t, SMTPConfig{Port: s.start(t), Security: Plain}))
	now := time.Now()
	k.c.Now = func() time.Time { return now }
	k.send(t, "ada@example.org")
	if !k.round(t.Context()) || len(s.got()) != 0 || !strings.Contains(k.said(), "450 4.0.0 greylisted") {
		t.Errorf("the first try: %s", k.said())
	}
	no.Store(false)
	k.round(t.Context())
	if len(s.got()) != 0 {
		t.Error("tried again at once")
	}
	now = now.Add(firstWait)
	k.round(t.Context())
	if got := s.got(); len(got) != 1 || len(box.all()) != 0 {
		t.Fatalf("taken %d, waiting %d: %s", len(got), len(box.all()), k.said())
	}
	if id := parse(t, s.got()[0].Data).Headers["Message-Id"]; len(id) != 1 || !strings.HasSuffix(id[0], "@example.org>") {
		t.Errorf("Message-ID %q", id)
	}
}

func TestBreaksInTheMidst(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	for name, c := range map[string]struct {
		onData func(*gosmtp.Conn) error
		want   string
	}{
		"the connection drops in DATA": {func(c *gosmtp.Conn) error { _ = c.Conn().Close(); return errDropped }, "ended the connection"},
		"no answer to the mail":        {func(*gosmtp.Conn) error { <-hang; return errDropped }, "did not answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &mailServer{onData: c.onData}
			carrier, err := newSMTP(t, SMTPConfig{Port: s.start(t), Security: Plain, SendTimeout: shortly}).Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			err = carrier.Send(t.Context(), testMessage())
			if !fault.Is(err, fault.Lost) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if err := carrier.Send(t.Context(), testMessage()); !fault.Is(err, fault.Lost) {
				t.Errorf("over what is left of it: %v", err)
			}
			carrier.Close()
			if took := time.Since(began); took > generous/2 {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestHangUpAnnounced: 421 says that the server goes away, at whatever point.
func TestHangUpAnnounced(t *testing.T) {
	port := script(t, func(line string) string {
		if strings.HasPrefix(line, "RCPT") {
			return "421 shutting down"
		}
		return polite(line)
	})
	carrier := mustOpen(t, newSMTP(t, SMTPConfig{Port: port, Security: Plain}))
	if err := carrier.Send(t.Context(), testMessage()); !fault.Is(err, fault.Lost) || !strings.Contains(err.Error(), "421 shutting down") {
		t.Errorf("error %v", err)
	}
}

// TestRefusedBeforeItsText: a server that says no to DATA still has the mail before it
// in mind; the next one must not be taken for a part of it.
func TestRefusedBeforeItsText(t *testing.T) {
	var open, refused atomic.Bool
	port := script(t, func(line string) string {
		switch verb, _, _ := strings.Cut(line, " "); verb {
		case "MAIL":
			if open.Swap(true) {
				return "503 one at a time"
			}
		case "RSET", "mail":
			open.Store(false)
		case "DATA":
			if !refused.Swap(true) {
				return "451 not now"
			}
		}
		return polite(line)
	})
	carrier := mustOpen(t, newSMTP(t, SMTPConfig{Port: port, Security: Plain}))
	if err := carrier.Send(t.Context(), testMessage()); !fault.Is(err, fault.Busy) {
		t.Errorf("the first: %v", err)
	}
	if err := carrier.Send(t.Context(), testMessage()); err != nil {
		t.Errorf("the second: %v", err)
	}
}

// TestYesIsYes: what breaks after the server took a mail does not send it again.
func TestYesIsYes(t *testing.T) {
	var taken atomic.Int32
	port := script(t, func(line string) string {
		switch {
		case strings.HasPrefix(line, "mail "):
			taken.Add(1)
			return "250 ok"
		case taken.Load() > 0:
			return "" // hangs up at whatever comes after
		}
		return polite(line)
	})
	carrier := mustOpen(t, newSMTP(t, SMTPConfig{Port: port, Security: Plain}))
	if err := carrier.Send(t.Context(), testMessage()); err != nil {
		t.Errorf("a mail that was taken: %v", err)
	}
	if err := carrier.Send(t.Context(), testMessage()); !fault.Is(err, fault.Lost) {
		t.Errorf("the next: %v", err)
	}
	if n := taken.Load(); n != 1 {
		t.Errorf("taken %d times", n)
	}
}

func TestEndedContextCutsTheConnection(t *testing.T) {
	asked := make(chan struct{})
	port := script(t, func(line string) string {
		if strings.HasPrefix(line, "RCPT") {
			close(asked)
			return "-"
		}
		return polite(line)
	})
	carrier := mustOpen(t, newSMTP(t, SMTPConfig{Port: port, Security: Plain}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	began := time.Now()
	if err := carrier.Send(ctx, testMessage()); !fault.Is(err, fault.Lost) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(began); took > generous {
		t.Errorf("took %v", took)
	}
}

// TestOtherLetters: addresses that are not ASCII need a server that says it takes
// them; for others nothing special is asked.
func TestOtherLetters(t *testing.T) {
	for _, able := range []bool{true, false} {
		s := &mailServer{UTF8: able}
		carrier := mustOpen(t, newSMTP(t, SMTPConfig{Port: s.start(t), Security: Plain}))
		m := testMessage()
		if err := carrier.Send(t.Context(), m); err != nil {
			t.Error(err)
		}
		m.To.Local = "jürgen"
		err := carrier.Send(t.Context(), m)
		if !able {
			if !fault.Is(err, fault.Invalid) || len(s.got()) != 1 {
				t.Errorf("a server that does not take them: %v", err)
			}
			continue
		}
		got := s.got()
		if err != nil || len(got) != 2 || got[0].UTF8 || !got[1].UTF8 || got[1].To != "jürgen@example.org" {
			t.Errorf("taken %+v, %v", got, err)
		}
	}
}

func TestNewSMTPRefuses(t *testing.T) {
	for name, c := range map[string]SMTPConfig{
		"plain to another machine":       {Host: "mail.example.org", Security: Plain},
		"plain to another address":       {Host: "192.0.2.1", Security: Plain},
		"plain to a name like localhost": {Host: "localhost.example.org", Security: Plain},
		"no such security":               {Host: "127.0.0.1", Security: "ssl"},
		"no security":                    {Host: "127.0.0.1"},
		"no host":                        {Security: StartTLS},
		"a username alone":               {Host: "a.example", Security: StartTLS, Username: "x"},
		"a password alone":               {Host: "a.example", Security: StartTLS, Password: "x"},
	} {
		if _, err := NewSMTP(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, host := range []string{"localhost", "127.0.0.1", "127.8.8.8", "::1"} {
		if _, err := NewSMTP(SMTPConfig{Host: host, Security: Plain}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// TestNameThatLeadsElsewhere: localhost is what a table of names says, so where it led
// is looked at before a word is said.
func TestNameThatLeadsElsewhere(t *testing.T) {
	d := newSMTP(t, SMTPConfig{Security: Plain, Port: script(t, polite)})
	d.c.Host = "0.0.0.0" // leads to this machine by an address that is not loopback's
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			d.c.Host = n.IP.String()
		}
	}
	if d.c.Host == "0.0.0.0" {
		t.Skip("this machine has no other address")
	}
	l, err := net.Listen("tcp", net.JoinHostPort(d.c.Host, "0"))
	if err != nil {
		t.Skip("cannot listen there: ", err)
	}
	defer func() { _ = l.Close() }()
	said := make(chan []byte, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			said <- nil
			return
		}
		b := make([]byte, 100)
		n, _ := c.Read(b) // until it is closed
		said <- b[:n]
		_ = c.Close()
	}()
	d.c.Port = l.Addr().(*net.TCPAddr).Port
	if _, err := d.Open(t.Context()); !fault.Is(err, fault.Lost) || !strings.Contains(err.Error(), "not on this machine") {
		t.Errorf("error %v", err)
	}
	if b := <-said; len(b) != 0 {
		t.Errorf("it was told %q", b)
	}
}

func TestScrub(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"5.1.1 user ada unknown", "5.1.1 user … unknown"},
		{"<Ada@example.org> no, \"ADA\" no", "… no, … no"},
		{"blocked: https://maps.example.org/reset#secret", "blocked: …"},
		{"content c2VjcmV0LXNlY3JldC1zZWNyZXQ listed", "content … listed"},
		{"Secret c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYw!", "Secret …"},
		{"a=b maps-relay x", "… … x"},
		{"two\r\nlines\tand \x1b[31m red", "two lines and … red"},
		{strings.Repeat("long ", 100), strings.Repeat("long ", 39) + "long…"},
		{"", ""},
	} {
		if got := scrub(c.in, "maps-relay", "ada"); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestExplainHidesWhatItDoesNotKnow(t *testing.T) {
	d := newSMTP(t, SMTPConfig{Security: StartTLS})
	if got := d.explain(t.Context(), errors.New("secret of "+testUser)).Error(); got != "the mail server 127.0.0.1:587 ended the connection" {
		t.Error(got)
	}
	if got := d.explain(t.Context(), &net.DNSError{Err: "no such host", Name: "x"}).Error(); !strings.Contains(got, "was not found by its name") {
		t.Error(got)
	}
}
