// Package cable is a bad network inside one process: a TCP proxy that passes
// bytes until it is told to cut connections, hold them up in one or both
// directions, leave them half open, or delay them. It knows nothing of what it
// passes. Only tools and tests use it. Safe for concurrent use.
package cable

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"plectica/internal/fault"
)

// Bounds of one cable.
const (
	chunkSize   = 16 << 10 // bytes passed at once
	chunks      = 16       // that wait in one direction; then the sender waits
	maxLinks    = 4096
	dialTimeout = 5 * time.Second
)

// Fault is what happens to a connection.
type Fault uint8

// The faults. All but Cut last until Heal.
const (
	Cut      Fault = iota // reset on both sides
	HoldUp                // nothing passes to the server
	HoldDown              // nothing passes to the client
	HoldBoth
	HalfOpen // the client's side is reset; the server hears of it, after the bytes still under way, at Heal
	Delay    // every chunk is late
	Faults   // how many there are
)

// Cable is the proxy.
type Cable struct {
	l net.Listener

	mu     sync.Mutex
	to     string
	links  map[*link]struct{}
	closed bool
}

// Open listens on a port of this machine and passes connections on to an address.
func Open(ctx context.Context, to string) (*Cable, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "open a cable", err)
	}
	c := &Cable{to: to, l: l, links: make(map[*link]struct{})}
	go c.accept(ctx)
	return c, nil
}

// Addr is where clients connect.
func (c *Cable) Addr() string { return c.l.Addr().String() }

// Lead makes new connections go to another address.
func (c *Cable) Lead(to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.to = to
}

func (c *Cable) target() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.to
}

// Close cuts everything and ends the cable.
func (c *Cable) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	_ = c.l.Close() // nobody can be told
	c.Hurt(Cut, func() bool { return true }, 0)
}

func (c *Cable) accept(ctx context.Context) {
	for {
		near, err := c.l.Accept()
		if err != nil {
			return // closed
		}
		go c.connect(ctx, near.(*net.TCPConn))
	}
}

// connect dials the server for one client.
func (c *Cable) connect(ctx context.Context, near *net.TCPConn) {
	d := net.Dialer{Timeout: dialTimeout}
	far, err := d.DialContext(ctx, "tcp", c.target())
	if err != nil {
		reset(near)
		return
	}
	k := newLink(near, far.(*net.TCPConn))
	c.mu.Lock()
	ok := !c.closed && len(c.links) < maxLinks
	if ok {
		c.links[k] = struct{}{}
	}
	c.mu.Unlock()
	if !ok {
		k.cut()
		return
	}
	k.run()
	c.mu.Lock()
	delete(c.links, k)
	c.mu.Unlock()
}

// Hurt does a fault to every connection that choose picks, and returns how many
// those are. A connection suffers one fault at a time: the last.
func (c *Cable) Hurt(f Fault, choose func() bool, delay time.Duration) int {
	n := 0
	for _, k := range c.list() {
		if choose() {
			k.hurt(f, delay)
			n++
		}
	}
	return n
}

// Heal lets everything pass again. Connections that were left half open end.
func (c *Cable) Heal() {
	for _, k := range c.list() {
		k.heal()
	}
}

func (c *Cable) list() []*link {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]*link, 0, len(c.links))
	for k := range c.links {
		out = append(out, k)
	}
	return out
}

// link is one connection: the client's half and the server's.
type link struct {
	near, far *net.TCPConn
	up, down  *gate

	mu     sync.Mutex
	orphan bool // the client's half is gone, the server's lives on
}

func newLink(near, far *net.TCPConn) *link {
	return &link{near: near, far: far, up: newGate(), down: newGate()}
}

// run passes bytes both ways until both have ended.
func (k *link) run() {
	var both sync.WaitGroup
	both.Go(func() { k.pass(k.near, k.far, k.up) })
	both.Go(func() { k.pass(k.far, k.near, k.down) })
	both.Wait()
	k.cut()
}

// pass reads ahead a little, so that there are bytes under way while the gate is
// shut, and writes what the gate lets through.
func (k *link) pass(from, to *net.TCPConn, g *gate) {
	ahead := make(chan []byte, chunks)
	go func() {
		defer close(ahead)
		for {
			b := make([]byte, chunkSize)
			n, err := from.Read(b)
			if n > 0 {
				ahead <- b[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	broken := false
	for b := range ahead {
		g.wait()
		if broken {
			continue // somebody has to take what still comes
		}
		if _, err := to.Write(b); err != nil {
			broken = true
			if !k.isOrphan() {
				k.cut()
			}
		}
	}
	g.wait()
	if to == k.far && k.isOrphan() {
		_ = to.Close() // only now does the server hear; what is under way still arrives
		return
	}
	_ = to.CloseWrite() // it may be gone
}

func (k *link) isOrphan() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.orphan
}

func (k *link) hurt(f Fault, delay time.Duration) {
	switch f {
	case Cut:
		k.cut()
	case HoldUp:
		k.up.shut()
	case HoldDown:
		k.down.shut()
	case HoldBoth:
		k.up.shut()
		k.down.shut()
	case HalfOpen:
		k.up.shut()
		k.mu.Lock()
		k.orphan = true
		k.mu.Unlock()
		reset(k.near)
	case Delay:
		k.up.slow(delay)
		k.down.slow(delay)
	case Faults:
	}
}

func (k *link) heal() {
	k.up.open()
	k.down.open()
}

// cut resets both sides at once.
func (k *link) cut() {
	reset(k.near)
	reset(k.far)
	k.heal() // nobody may wait for a gate any more
}

// reset closes a connection so that the other side gets a reset, not an end.
func reset(c *net.TCPConn) {
	if err := c.SetLinger(0); err != nil && !errors.Is(err, net.ErrClosed) {
		return // closing is all that is left, and the caller's other half does it
	}
	_ = c.Close() // it may be closed already
}

// gate lets bytes through, late, or not at all.
type gate struct {
	mu      sync.Mutex
	shutC   chan struct{} // nil: open; closed when it opens
	late    time.Duration
	waiting bool // somebody stands before it
}

func newGate() *gate { return &gate{} }

// wait returns once bytes may pass.
func (g *gate) wait() {
	g.mu.Lock()
	c, late := g.shutC, g.late
	g.waiting = c != nil
	g.mu.Unlock()
	if late > 0 {
		time.Sleep(late)
	}
	if c != nil {
		<-c
	}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shutC == nil {
		g.shutC = make(chan struct{})
	}
}

func (g *gate) slow(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.late = d
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.late = 0
	if g.shutC != nil {
		close(g.shutC)
		g.shutC = nil
	}
}
