package cable

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// soon is when something has to have come, never how long something must not.
const soon = 10 * time.Second

// server says back each line it gets, and keeps them all.
type server struct {
	l     net.Listener
	lines chan string
}

func newServer(t *testing.T) *server {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &server{l: l, lines: make(chan string, 100)}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.echo(c)
		}
	}()
	return s
}

func (s *server) echo(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			s.lines <- "end"
			_ = c.Close()
			return
		}
		s.lines <- strings.TrimSpace(line)
		_, _ = io.WriteString(c, line)
	}
}

// heard waits for a line at the server.
func (s *server) heard(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-s.lines:
		if got != want {
			t.Errorf("the server heard %q, want %q", got, want)
		}
	case <-time.After(soon):
		t.Errorf("the server did not hear %q", want)
	}
}

type client struct {
	net.Conn
	r *bufio.Reader
}

// plug connects a client through the cable and says hello.
func plug(t *testing.T, s *server) (*Cable, client) {
	t.Helper()
	c, err := Open(t.Context(), s.l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	var d net.Dialer
	n, err := d.DialContext(t.Context(), "tcp", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	k := client{n, bufio.NewReader(n)}
	k.say(t, "hello")
	s.heard(t, "hello")
	k.hear(t, "hello")
	return c, k
}

func (k client) say(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(k, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

func (k client) hear(t *testing.T, want string) {
	t.Helper()
	if err := k.SetReadDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	if got, err := k.r.ReadString('\n'); err != nil || strings.TrimSpace(got) != want {
		t.Errorf("the client heard %q, %v; want %q", got, err, want)
	}
}

func all() bool { return true }

func TestCut(t *testing.T) {
	s := newServer(t)
	c, k := plug(t, s)
	if n := c.Hurt(Cut, all, 0); n != 1 {
		t.Errorf("%d connections", n)
	}
	if _, err := k.r.ReadByte(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client saw %v", err)
	}
	s.heard(t, "end")
}

func TestHoldUp(t *testing.T) {
	s := newServer(t)
	c, k := plug(t, s)
	c.Hurt(HoldUp, all, 0)
	k.say(t, "one")
	if len(s.lines) != 0 {
		t.Error("it came through")
	}
	c.Heal()
	s.heard(t, "one")
	k.hear(t, "one")
}

func TestHoldDown(t *testing.T) {
	s := newServer(t)
	c, k := plug(t, s)
	c.Hurt(HoldDown, all, 0)
	k.say(t, "one")
	s.heard(t, "one")
	c.Heal()
	k.hear(t, "one")
}

// TestHalfOpen: the client is gone at once; what it had sent still arrives, later.
func TestHalfOpen(t *testing.T) {
	s := newServer(t)
	c, k := plug(t, s)
	c.Hurt(HoldBoth, all, 0)
	k.say(t, "late")
	for len(c.list()) == 1 && !ahead(c.list()[0]) {
		time.Sleep(time.Millisecond) // until the proxy has it; bounded by the test's own timeout
	}
	c.Hurt(HalfOpen, all, 0)
	if _, err := k.r.ReadByte(); err == nil {
		t.Error("the client's half lives on")
	}
	if len(s.lines) != 0 {
		t.Error("the server heard of it")
	}
	c.Heal()
	s.heard(t, "late")
	s.heard(t, "end")
}

// ahead reports whether a chunk waits at the gate.
func ahead(k *link) bool {
	k.up.mu.Lock()
	defer k.up.mu.Unlock()
	return k.up.waiting
}

func TestDelay(t *testing.T) {
	s := newServer(t)
	c, k := plug(t, s)
	const late = 20 * time.Millisecond
	c.Hurt(Delay, all, late)
	began := time.Now()
	k.say(t, "one")
	k.hear(t, "one")
	if took := time.Since(began); took < 2*late {
		t.Errorf("there and back in %v", took)
	}
}

// TestLead: what is connected stays, what comes later goes elsewhere.
func TestLead(t *testing.T) {
	s, other := newServer(t), newServer(t)
	c, k := plug(t, s)
	c.Lead(other.l.Addr().String())
	var d net.Dialer
	n, err := d.DialContext(t.Context(), "tcp", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	client{n, bufio.NewReader(n)}.say(t, "new")
	other.heard(t, "new")
	k.say(t, "old")
	s.heard(t, "old")
}

func TestNobodyThere(t *testing.T) {
	s := newServer(t)
	c, _ := plug(t, s)
	_ = s.l.Close()
	var d net.Dialer
	n, err := d.DialContext(t.Context(), "tcp", c.Addr())
	if err != nil {
		return // refused at once is as good
	}
	if _, err := n.Read(make([]byte, 1)); err == nil {
		t.Error("bytes from nowhere")
	}
}
