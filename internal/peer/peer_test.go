package peer

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// fakeConn is a socket in memory: what the client sends is in, what the server
// writes is counted, slowly if asked.
type fakeConn struct {
	in    chan []byte
	end   chan struct{}
	once  sync.Once
	slow  time.Duration
	mu    sync.Mutex
	code  int
	wrote int
	news  int // messages that were not presence
}

func newFake() *fakeConn { return &fakeConn{in: make(chan []byte, 10_000), end: make(chan struct{})} }

func (c *fakeConn) Read(deadline time.Time) ([]byte, error) {
	t := time.NewTimer(time.Until(deadline))
	defer t.Stop()
	select {
	case b := <-c.in:
		return b, nil
	case <-c.end:
		return nil, io.EOF
	case <-t.C:
		return nil, errors.New("timeout")
	}
}

func (c *fakeConn) Write(m *Message, _ time.Time) error {
	c.mu.Lock()
	slow := c.slow
	c.mu.Unlock()
	select {
	case <-c.end:
		return io.ErrClosedPipe
	case <-time.After(slow):
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrote++
	if !m.Presence {
		c.news++
	}
	return nil
}

func (c *fakeConn) Close(code int) {
	c.once.Do(func() {
		c.mu.Lock()
		c.code = code
		c.mu.Unlock()
		close(c.end)
	})
}

func (c *fakeConn) closed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code
}

func hello() []byte { return wire.Append(nil, &wire.Hello{Proto: 1, Schema: 1}) }

func push(n int) []byte {
	var b []byte
	for i := range n {
		b = wire.Append(b, &wire.Push{CSN: uint64(i) + 1, Ops: []sysmap.Op{{Kind: sysmap.OpDel}}})
	}
	return b
}

// TestBadInput: HS-1, LM-1. What is not the protocol ends the connection, and
// only that.
func TestBadInput(t *testing.T) {
	good := push(1)
	for _, c := range []struct {
		name string
		msgs [][]byte
		code int
		took int
	}{
		{"a push before Hello", [][]byte{good}, wire.CloseProtocol, 0},
		{"two Hellos", [][]byte{hello(), hello()}, wire.CloseProtocol, 1},
		{"nothing at all", nil, wire.CloseNormal, 0},
		{"a truncated frame", [][]byte{hello(), good[:len(good)-1]}, wire.CloseProtocol, 1},
		{"a frame of the server", [][]byte{hello(), wire.Append(nil, &wire.Role{Role: 3})}, wire.CloseProtocol, 1},
		{"noise", [][]byte{hello(), bytes.Repeat([]byte{0xfe}, 100)}, wire.CloseProtocol, 1},
		{"more frames than a message may hold", [][]byte{hello(), push(maxFramesPerMsg + 1)}, wire.CloseProtocol, 1 + maxFramesPerMsg},
		{"ops of a newer schema", [][]byte{hello(), {byte(wire.KindPush), 1, 0, 0, 99}}, wire.CloseTooOld, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := newFake()
				for _, m := range c.msgs {
					conn.in <- m
				}
				took := 0
				New(Config{Conn: conn}).Read(func(wire.Frame) error { took++; return nil })
				synctest.Wait()
				if conn.closed() != c.code || took != c.took {
					t.Errorf("closed with %d after %d frames, want %d after %d", conn.closed(), took, c.code, c.took)
				}
			})
		})
	}
}

// TestRates: LM-3. Pushes are slowed, presence dropped, a flood closed.
func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := newFake()
		conn.in <- hello()
		for range 5 {
			conn.in <- push(100)
		}
		began := time.Now()
		took := 0
		p := New(Config{Conn: conn})
		p.Read(func(wire.Frame) error {
			if took++; took == 501 {
				p.Close(wire.CloseNormal)
			}
			return nil
		})
		if d := time.Since(began); took != 501 || d < 4500*time.Millisecond || d > 6*time.Second {
			t.Errorf("%d frames in %v, want 501 in about 5 s", took, d)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		conn := newFake()
		conn.in <- hello()
		presence := wire.Append(nil, &wire.Presence{})
		for range frameBurst + 10 {
			conn.in <- presence
		}
		took := 0
		New(Config{Conn: conn}).Read(func(wire.Frame) error { took++; return nil })
		synctest.Wait()
		if conn.closed() != wire.CloseRate || took > presenceBurst+1 {
			t.Errorf("closed with %d after %d frames", conn.closed(), took)
		}
	})
}

// TestSlowedDown: AU-10. Nothing more is read of somebody who is slowed down until what was read
// has waited, for a bounded time.
func TestSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := newFake()
		conn.in <- hello()
		for range 5 {
			conn.in <- push(1)
		}
		waits := []time.Duration{0, time.Second, time.Hour, 0, 0} // of the changes alone
		began := time.Now()
		var at []time.Duration
		p := New(Config{Conn: conn, Slow: func() time.Duration {
			w := waits[0]
			waits = waits[1:]
			return w
		}})
		p.Read(func(wire.Frame) error {
			at = append(at, time.Since(began))
			if len(at) == 6 {
				p.Close(wire.CloseNormal)
			}
			return nil
		})
		if want := []time.Duration{0, 0, time.Second, 3 * time.Second, 3 * time.Second, 3 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("%v, want %v", at, want)
		}
	})
}

// TestPresenceIsDroppedFirst: LM-4. A slow peer loses presence before news, and
// is cut when it is too far behind.
func TestPresenceIsDroppedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := newFake()
		conn.slow = 2 * time.Millisecond
		cut := 0
		p := New(Config{Conn: conn, OnCut: func() { cut++ }})
		body := make([]byte, 1000)
		for range 400 {
			p.Send(&Message{Bytes: body, Presence: true})
			p.Send(&Message{Bytes: body})
		}
		time.Sleep(5 * time.Second)
		conn.mu.Lock()
		defer conn.mu.Unlock()
		if conn.news != 400 || conn.wrote >= 800 || cut != 0 {
			t.Errorf("%d news and %d in all written, %d cuts", conn.news, conn.wrote, cut)
		}
		conn.slow = time.Minute
		conn.mu.Unlock()
		for range 1200 {
			p.Send(&Message{Bytes: body})
		}
		synctest.Wait()
		conn.mu.Lock()
		if cut != 1 || conn.code != wire.CloseSlow {
			t.Errorf("%d cuts, closed with %d", cut, conn.code)
		}
	})
}

// TestNoWriterWhileIdle: a connection with nothing to say has no goroutine.
func TestNoWriterWhileIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := newFake()
		p := New(Config{Conn: conn})
		p.Send(&Message{Bytes: []byte{1}})
		synctest.Wait()
		time.Sleep(time.Second)
		p.mu.Lock()
		defer p.mu.Unlock()
		conn.mu.Lock()
		defer conn.mu.Unlock()
		if p.writing || conn.wrote != 1 {
			t.Errorf("writing %v, wrote %d", p.writing, conn.wrote)
		}
	})
}

// TestEndWritesWhatIsQueued: a last word is not lost to the close after it, and a
// stuck socket makes nobody wait.
func TestEndWritesWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := newFake()
		conn.slow = time.Millisecond
		p := New(Config{Conn: conn})
		for range 5 {
			p.Send(&Message{Bytes: []byte{1}})
		}
		p.End(1012)
		p.Send(&Message{Bytes: []byte{1}})
		time.Sleep(time.Second)
		conn.mu.Lock()
		defer conn.mu.Unlock()
		if conn.wrote != 5 || conn.code != 1012 {
			t.Errorf("wrote %d, closed with %d", conn.wrote, conn.code)
		}
	})
}

// TestPanicEndsOneConnection: a broken invariant met while a frame is taken ends
// its connection and is reported, nothing more.
func TestPanicEndsOneConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := newFake()
		conn.in <- hello()
		var stack []byte
		ended := 0
		p := New(Config{Conn: conn, OnPanic: func(s []byte) { stack = s }})
		p.Start(func(wire.Frame) error { panic("broken") }, func() { ended++ })
		synctest.Wait()
		if len(stack) == 0 || ended != 1 || conn.closed() != wire.CloseNormal {
			t.Errorf("stack of %d bytes, ended %d times, closed with %d", len(stack), ended, conn.closed())
		}
	})
}

// counted is a connection that takes everything and says so.
type counted struct {
	Conn
	wrote chan bool
}

func (c counted) Write(*Message, time.Time) error {
	c.wrote <- true
	return nil
}

// TestDeliveryAllocatesNothing: what goes to many costs memory once, not once for
// each of them.
func TestDeliveryAllocatesNothing(t *testing.T) {
	c := counted{wrote: make(chan bool)}
	p := New(Config{Conn: c})
	m := NewMessage([]byte("for everyone"))
	for _, many := range []int{1, keptRoom} {
		n := testing.AllocsPerRun(1000, func() {
			for range many {
				p.Send(m)
			}
			for range many {
				<-c.wrote
			}
		})
		if n > 0 {
			t.Errorf("%d at once: %v allocations", many, n)
		}
	}
}

// TestQueueStaysSmall: a peer that is never quite done keeps no more room than what
// waits needs.
func TestQueueStaysSmall(t *testing.T) {
	c := counted{wrote: make(chan bool)}
	p := New(Config{Conn: c})
	m := NewMessage([]byte("x"))
	p.Send(m)
	for range 10_000 {
		p.Send(m)
		<-c.wrote
	}
	defer func() { <-c.wrote }() // the last one
	p.mu.Lock()
	defer p.mu.Unlock()
	if cap(p.queue) > 4*keptRoom || p.bytes > 3 {
		t.Errorf("room for %d messages, %d bytes counted", cap(p.queue), p.bytes)
	}
}
