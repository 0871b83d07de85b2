package mail

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
)

// post is a driver whose mail server does as the test says.
type post struct {
	mu     sync.Mutex
	answer func(m Message) error // nil takes everything
	slow   time.Duration
	down   error // of Open
	opened int
	closed int
	got    []Message
	at     []time.Time
	sent   chan struct{} // if set, hears of each
}

func (*post) Enabled() bool { return true }
func (*post) Name() string  { return "post" }

func (p *post) Open(ctx context.Context) (Carrier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened++
	if p.down != nil {
		return nil, p.down
	}
	return p, ctx.Err()
}

func (p *post) Send(ctx context.Context, m Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-ctx.Done():
		return fault.New(fault.Lost, "cut off")
	case <-time.After(p.slow):
	}
	p.got, p.at = append(p.got, m), append(p.at, time.Now())
	if p.sent != nil {
		p.sent <- struct{}{}
	}
	if p.answer == nil {
		return nil
	}
	return p.answer(m)
}

func (p *post) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed++
}

func (p *post) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// tries returns how often it was opened and how many mails came.
func (p *post) tries() (opened, mails int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened, len(p.got)
}

// came returns when mails came, since start, and to whom.
func (p *post) came(start time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for i, m := range p.got {
		out = append(out, fmt.Sprintf("%v %s", p.at[i].Sub(start), m.To.Local))
	}
	return out
}

// desk is a service with what it reports.
type desk struct {
	*Service
	box    store.Outbox
	post   *post
	start  time.Time
	mu     sync.Mutex
	errs   []error
	counts map[Outcome]int
}

func newDesk(t testing.TB, box store.Outbox, d Driver) *desk {
	t.Helper()
	k := &desk{box: box, start: time.Now(), counts: map[Outcome]int{}}
	k.post, _ = d.(*post)
	var err error
	k.Service, err = New(Config{
		Outbox: box, Driver: d, From: "maps@example.org", SiteName: "Plectica", Origin: func() string { return testOrigin },
		Random: func() float64 { return 0 },
		OnError: func(err error) {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.errs = append(k.errs, err)
		},
		Count: func(o Outcome) {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.counts[o]++
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// run starts the work in the background, until the test ends.
func (k *desk) run(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { k.Run(ctx); close(done) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func (k *desk) send(t testing.TB, to string) {
	t.Helper()
	if err := k.Send(t.Context(), English, to, PasswordChanged{Event{When: time.Now()}}); err != nil {
		t.Fatal(err)
	}
}

func (k *desk) wantCame(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	if d := cmp.Diff(want, k.post.came(k.start)); d != "" {
		t.Errorf("came:\n%s", d)
	}
}

func (k *desk) wantState(t *testing.T, waiting int, counts map[Outcome]int) {
	t.Helper()
	synctest.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	if d := cmp.Diff(counts, k.counts); d != "" {
		t.Errorf("outcomes:\n%s\n%v", d, k.errs)
	}
	if n, _, err := k.Waiting(t.Context()); err != nil || n != waiting {
		t.Errorf("%d wait, %v; want %d", n, err, waiting)
	}
}

func (k *desk) said() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []string
	for _, err := range k.errs {
		all = append(all, err.Error())
	}
	return strings.Join(all, "\n")
}

func TestFreshMailGoesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, newMemory(), &post{})
		k.run(t)
		time.Sleep(lookEvery / 3)
		k.send(t, "ada@example.org")
		k.wantCame(t, "5s ada")
		k.wantState(t, 0, map[Outcome]int{Sent: 1})
		m := k.post.got[0]
		if m.From.Name != "Plectica" || !strings.HasSuffix(m.ID, "@example.org") || !m.Date.Equal(k.start.Add(lookEvery/3)) || m.Check() != nil {
			t.Errorf("mail %+v", m)
		}
		if k.post.opened != k.post.closed {
			t.Errorf("%d opened, %d closed", k.post.opened, k.post.closed)
		}
		k.send(t, "bob@example.org")
		k.wantCame(t, "5s ada", "5s bob")
		if m.ID == k.post.got[1].ID {
			t.Error("two mails have one Message-ID")
		}
	})
}

// TestTemporaryFailuresAreTriedAgain: later each time, with one Message-ID, for two
// days.
func TestTemporaryFailuresAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{answer: func(Message) error { return fault.New(fault.Busy, "the mail server answered 451 later") }}
		k := newDesk(t, newMemory(), p)
		k.run(t)
		k.send(t, "ada@example.org")
		time.Sleep(giveUpAfter + longestWait + lookEvery)
		k.wantState(t, 0, map[Outcome]int{PutOff: 19, GivenUp: 1})
		var waits []time.Duration
		for i := range p.at[1:] {
			waits = append(waits, p.at[i+1].Sub(p.at[i]))
		}
		want := []time.Duration{}
		for _, m := range []int{1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240} {
			want = append(want, time.Duration(m)*time.Minute)
		}
		if d := cmp.Diff(want, waits); d != "" {
			t.Errorf("waits:\n%s", d)
		}
		for _, m := range p.got {
			if m.ID != p.got[0].ID || !m.Date.Equal(p.got[0].Date) {
				t.Error("another try is another mail")
			}
		}
		if said := k.said(); strings.Contains(said, "ada") || !strings.Contains(said, "…@example.org") || !strings.Contains(said, "two days") {
			t.Error(said)
		}
	})
}

func TestWaitsAreSpread(t *testing.T) {
	for _, c := range []struct {
		tries int
		r     float64
		want  time.Duration
	}{
		{0, 0, time.Minute}, {0, 1, 75 * time.Second}, {3, 0.5, 9 * time.Minute}, {7, 0, 128 * time.Minute}, {8, 0, 4 * time.Hour},
		{1 << 40, 1, 5 * time.Hour},
	} {
		if got := waitAfter(c.tries, c.r); got != c.want {
			t.Errorf("after %d tries at %v: %v, want %v", c.tries, c.r, got, c.want)
		}
	}
}

func TestRefusedMailIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{answer: func(m Message) error {
			if m.To.Local == "ada" {
				return fault.New(fault.Invalid, "the mail server answered 550 unknown")
			}
			return nil
		}}
		k := newDesk(t, newMemory(), p)
		k.send(t, "ada@example.org")
		k.run(t)
		k.send(t, "bob@example.org")
		time.Sleep(24 * time.Hour)
		k.wantState(t, 0, map[Outcome]int{Refused: 1, Sent: 1})
		if len(p.got) != 2 {
			t.Errorf("%d tries", len(p.got))
		}
		if said := k.said(); strings.Contains(said, "ada") || !strings.Contains(said, "password_changed to …@example.org") || !strings.Contains(said, "550") {
			t.Error(said)
		}
	})
}

// TestServerOutOfReach: what is due waits, no connection is tried more than once a
// minute, and all goes when the server is back.
func TestServerOutOfReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{down: fault.New(fault.Lost, "the mail server takes no connections")}
		k := newDesk(t, newMemory(), p)
		for i := range 3 * batch {
			k.send(t, fmt.Sprintf("p%d@example.org", i))
		}
		k.run(t)
		synctest.Wait()
		for range 10 {
			k.Poke() // does not shorten the rest
			synctest.Wait()
		}
		if n, _ := p.tries(); n != 1 {
			t.Errorf("%d connections tried at once", n)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n, _ := p.tries(); n > 11 {
			t.Errorf("%d connections tried in ten minutes", n)
		}
		p.set(func() { p.down = nil })
		time.Sleep(time.Hour)
		k.wantState(t, 0, map[Outcome]int{Sent: 3 * batch})
		if p.opened != p.closed+strings.Count(k.said(), "takes no connections") {
			t.Errorf("%d opened, %d closed", p.opened, p.closed)
		}
	})
}

// TestLostConnectionIsReplaced: one mail that breaks the connection does not keep
// the others, and a server that breaks all is left alone.
func TestLostConnectionIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := fault.New(fault.Lost, "the mail server ended the connection")
		p := &post{answer: func(m Message) error {
			if m.To.Local == "b" {
				return lost
			}
			return nil
		}}
		box := newMemory()
		k := newDesk(t, box, p)
		for _, to := range []string{"a", "b", "c"} {
			k.send(t, to+"@example.org")
			time.Sleep(time.Millisecond) // one after another
		}
		k.run(t)
		k.wantState(t, 1, map[Outcome]int{Sent: 2, PutOff: 1})
		if p.opened != 2 || p.opened != p.closed {
			t.Errorf("%d opened, %d closed", p.opened, p.closed)
		}
		p.set(func() { p.answer = func(Message) error { return lost }; p.got = nil })
		before := newDesk(t, box, p) // it does not run
		for i := range 10 {
			before.send(t, fmt.Sprintf("p%d@example.org", i))
		}
		k.Poke()
		synctest.Wait()
		if _, n := p.tries(); n != maxLost {
			t.Errorf("%d tries over connections that break", n)
		}
		for _, m := range box.all() {
			if m.Tries == 0 {
				t.Error("a mail behind those that broke is not put off")
			}
		}
	})
}

func TestExpiredLinksAreNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{down: fault.New(fault.Lost, "away")}
		k := newDesk(t, newMemory(), p)
		if err := k.Send(t.Context(), English, "ada@example.org", ResetPassword{Link{Path: "/reset#x", Until: time.Now().Add(time.Hour)}}); err != nil {
			t.Fatal(err)
		}
		k.run(t)
		time.Sleep(time.Hour)
		p.set(func() { p.down = nil })
		time.Sleep(time.Hour)
		k.wantState(t, 0, map[Outcome]int{Expired: 1})
		if _, n := p.tries(); n != 0 {
			t.Error("a link that no longer works was sent")
		}
		if said := k.said(); strings.Contains(said, "ada") || strings.Contains(said, "/reset") || !strings.Contains(said, "no longer works") {
			t.Error(said)
		}
	})
}

// TestTheTryIsNotedFirst: when the store cannot be written nothing is sent, else it
// would be sent again and again.
func TestTheTryIsNotedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newMemory()
		k := newDesk(t, box, &post{})
		k.send(t, "ada@example.org")
		box.err = fault.New(fault.Internal, "the disk is full")
		k.run(t)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if _, n := k.post.tries(); n != 0 {
			t.Errorf("sent %d times while nothing could be noted", n)
		}
	})
}

// TestCrashAfterDelivery: a mail that was delivered but not dropped goes again, a
// minute later at the earliest and as the same mail.
func TestCrashAfterDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newMemory()
		p := &post{}
		p.answer = func(Message) error { box.err = fault.New(fault.Internal, "everything stops"); return nil }
		k := newDesk(t, box, p)
		k.send(t, "ada@example.org")
		k.round(t.Context())
		box.err, p.answer = nil, nil
		again := newDesk(t, box, p)
		again.run(t)
		time.Sleep(firstWait - time.Second)
		synctest.Wait()
		if _, n := p.tries(); n != 1 {
			t.Errorf("%d deliveries within a minute", n)
		}
		time.Sleep(lookEvery + time.Second)
		again.wantState(t, 0, map[Outcome]int{Sent: 1})
		if len(p.got) != 2 || p.got[0].ID != p.got[1].ID {
			t.Errorf("got %d mails", len(p.got))
		}
	})
}

func TestDamagedMailIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newMemory()
		k := newDesk(t, box, &post{})
		if err := box.AddMail(t.Context(), store.Mail{ID: store.MailID{1}, Data: []byte(`{"to":"zoe@example.org"}`), Created: time.Now().UnixMilli()}, 9); err != nil {
			t.Fatal(err)
		}
		k.run(t)
		k.wantState(t, 0, map[Outcome]int{Damaged: 1})
		if strings.Contains(k.said(), "zoe") {
			t.Error(k.said())
		}
	})
}

// TestStopFinishesTheMailOnItsWay: cut off, it would go twice.
func TestStopFinishesTheMailOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{slow: lastMoment / 2}
		k := newDesk(t, newMemory(), p)
		k.send(t, "ada@example.org")
		k.send(t, "bob@example.org")
		stop := k.run(t)
		synctest.Wait()
		began := time.Now()
		stop()
		if took := time.Since(began); took != lastMoment/2 {
			t.Errorf("stopping took %v", took)
		}
		k.wantState(t, 1, map[Outcome]int{Sent: 1})
	})
}

// TestStopDoesNotWaitForLong: what takes longer is cut off, and goes again later.
func TestStopDoesNotWaitForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, newMemory(), &post{slow: time.Hour})
		k.send(t, "ada@example.org")
		stop := k.run(t)
		synctest.Wait()
		began := time.Now()
		stop()
		if took := time.Since(began); took != lastMoment {
			t.Errorf("stopping took %v", took)
		}
		k.wantState(t, 1, map[Outcome]int{PutOff: 1})
	})
}

func TestNoMoreThanSoManyWait(t *testing.T) {
	box := newMemory()
	k := newDesk(t, box, &post{})
	for i := range MaxWaiting - 1 {
		m := store.Mail{ID: store.MailID{14: byte(i >> 8), 15: byte(i), 0: byte(i >> 16)}}
		if err := box.AddMail(t.Context(), m, MaxWaiting); err != nil {
			t.Fatal(err)
		}
	}
	k.send(t, "ada@example.org")
	err := k.Send(t.Context(), English, "bob@example.org", Test{})
	if !fault.Is(err, fault.Limit) {
		t.Errorf("one mail too many: %v", err)
	}
	if n, _, _ := k.Waiting(t.Context()); n != MaxWaiting {
		t.Errorf("%d wait", n)
	}
}

func TestSendRefuses(t *testing.T) {
	box := newMemory()
	k := newDesk(t, box, &post{})
	soon := time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		to string
		l  Letter
	}{
		"no address":              {"ada", Test{}},
		"two addresses":           {"ada@example.org, b@c.d", Test{}},
		"a header":                {"ada@example.org\r\nBcc: b@c.d", Test{}},
		"a link elsewhere":        {"ada@example.org", ResetPassword{Link{"https://evil.example/", soon}}},
		"a link to another host":  {"ada@example.org", ResetPassword{Link{"//evil.example/", soon}}},
		"a link with a line":      {"ada@example.org", ResetPassword{Link{"/a\nb", soon}}},
		"a link with a quote":     {"ada@example.org", ResetPassword{Link{`/a"b`, soon}}},
		"no link":                 {"ada@example.org", ResetPassword{Link{"", soon}}},
		"a long link":             {"ada@example.org", ResetPassword{Link{"/" + strings.Repeat("x", maxLinkBytes), soon}}},
		"a link without an end":   {"ada@example.org", ResetPassword{Link{Path: "/a"}}},
		"a link that has ended":   {"ada@example.org", InviteMap{Link: Link{"/a", time.Now().Add(-time.Second)}}},
		"a notice without a time": {"ada@example.org", PasswordChanged{}},
		"no such factor":          {"ada@example.org", FactorAdded{FactorChange{Event: testEvent()}}},
	} {
		if err := k.Send(t.Context(), English, c.to, c.l); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all := box.all(); len(all) != 0 {
		t.Errorf("%d wait", len(all))
	}
}

func TestNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newMemory()
		k := newDesk(t, box, None{})
		if k.Enabled() {
			t.Error("enabled")
		}
		soon := Link{Path: "/reset#x", Until: time.Now().Add(time.Hour)}
		for _, l := range []Letter{ResetPassword{soon}, Test{}} {
			if err := k.Send(t.Context(), English, "ada@example.org", l); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", l.kind(), err)
			}
		}
		k.send(t, "ada@example.org") // a notice: nothing is lost
		if err := k.Probe(t.Context()); !fault.Is(err, fault.Invalid) {
			t.Errorf("probe: %v", err)
		}
		if len(box.all()) != 0 {
			t.Error("mail waits for nothing")
		}
		// What waited from earlier is kept for a while, not for ever.
		newDesk(t, box, &post{}).send(t, "bob@example.org")
		k.run(t)
		time.Sleep(giveUpAfter - time.Hour)
		k.wantState(t, 1, map[Outcome]int{})
		time.Sleep(3 * time.Hour)
		k.wantState(t, 0, map[Outcome]int{GivenUp: 1})
	})
}

func TestNewRefusesASenderThatIsNone(t *testing.T) {
	_, err := New(Config{Outbox: newMemory(), Driver: &post{}, From: "maps", SiteName: "x", Origin: func() string { return testOrigin }})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("error %v", err)
	}
}

// TestOutboxIsKeptOverARestart, on a disk.
func TestOutboxIsKeptOverARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plectica.db")
	open := func() store.Store {
		st, err := sqlite.Open(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	st := open()
	k := newDesk(t, st, &post{})
	link := Link{Path: "/reset#secret", Until: time.Now().Add(time.Hour)}
	if err := k.Send(t.Context(), German, "jürgen@größe.example", ResetPassword{link}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	st = open()
	p := &post{sent: make(chan struct{}, 1)}
	again := newDesk(t, st, p)
	stop := again.run(t)
	<-p.sent
	stop()
	m := p.got[0]
	if m.To.String() != "jürgen@xn--gre-6ka8i.example" || m.Subject != "Ein neues Passwort für Plectica setzen" || m.Link != testOrigin+"/reset#secret" || !strings.Contains(m.Text, m.Link) {
		t.Errorf("mail %+v", m)
	}
	if n, _, err := again.Waiting(t.Context()); n != 0 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

// TestLogTellsNoSecret: the terminal has the link or the code, the log only that there was a mail.
func TestLogTellsNoSecret(t *testing.T) {
	var logged, out strings.Builder
	d := NewLog(slog.New(slog.NewJSONHandler(&logged, nil)), &out)
	m := testMessage()
	m.Link, m.Code = "https://maps.example.org/reset#secret", "04711816"
	c, err := d.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), m.Link) || !strings.Contains(out.String(), m.Code) || !strings.Contains(out.String(), "ada@example.org") {
		t.Errorf("out: %s", out.String())
	}
	if s := logged.String(); !strings.Contains(s, `"kind":"test"`) || strings.Contains(s, "secret") || strings.Contains(s, m.Code) || strings.Contains(s, "ada") || strings.Contains(s, "example") {
		t.Errorf("log: %s", s)
	}
	m.Subject = "\x1b[2J"
	if err := c.Send(t.Context(), m); !fault.Is(err, fault.Invalid) {
		t.Errorf("control characters for the terminal: %v", err)
	}
	if err := NewLog(slog.New(slog.DiscardHandler), failing{}).Send(t.Context(), testMessage()); !fault.Is(err, fault.Busy) {
		t.Errorf("a terminal that is gone: %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
