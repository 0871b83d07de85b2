// Package intake is how many connections a port takes, in all and of each address: who has
// too many is closed before a handshake costs anything. What Limit returns is safe for
// concurrent use.
package intake

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"plectica/internal/throttle"
)

// burstSeconds is how many seconds' worth of new connections may come at once.
const burstSeconds = 8

// How many bits of an address count as one place. Behind one address of version 4
// may be an office; of version 6 every household has a whole network.
const addressBits4, addressBits6 = 32, 64

// Bounds are how many connections a listener takes.
type Bounds struct {
	Open     int // at once; more wait in the system's own, bounded, queue
	OpenEach int // at once from one address; more are closed. 0: no bound
	NewEach  int // from one address, a second; more are closed. 0: no bound
	// Exempt, when set, says which addresses have no bound of their own: a proxy's
	// connections are many people's.
	Exempt func(from netip.Addr) bool
	// Refused, when set, hears of each connection that was closed at once.
	Refused func()
}

// Limit returns a listener that takes connections within bounds. Who is refused
// costs no handshake.
func Limit(l net.Listener, b Bounds) net.Listener {
	var rate throttle.Rate
	if b.NewEach > 0 {
		rate = throttle.Rate{Burst: burstSeconds * b.NewEach, Every: time.Second / time.Duration(b.NewEach)}
	}
	return &limited{
		Listener: l, bounds: b, slots: make(chan struct{}, b.Open), done: make(chan struct{}),
		rate: throttle.New(rate), open: make(map[string]int),
	}
}

type limited struct {
	net.Listener
	bounds Bounds
	slots  chan struct{}
	done   chan struct{}
	once   sync.Once
	rate   *throttle.Limiter

	mu   sync.Mutex
	open map[string]int // connections of each address
}

// Accept waits for a connection and for room for it.
func (l *limited) Accept() (net.Conn, error) {
	for {
		select {
		case l.slots <- struct{}{}:
		case <-l.done:
			return nil, net.ErrClosed
		}
		c, err := l.Listener.Accept()
		if err != nil {
			<-l.slots
			return nil, err
		}
		from, exempt := l.address(c)
		if exempt || l.enter(from) {
			if exempt {
				from = "" // is in no count
			}
			return &slotted{Conn: c, l: l, from: from}, nil
		}
		<-l.slots
		_ = c.Close() // nothing was sent
		if l.bounds.Refused != nil {
			l.bounds.Refused()
		}
	}
}

// enter counts a connection in, unless its address has too many.
func (l *limited) enter(from string) bool {
	if l.rate.Take(time.Now(), from) > 0 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bounds.OpenEach > 0 && l.open[from] >= l.bounds.OpenEach {
		return false
	}
	l.open[from]++
	return true
}

func (l *limited) leave(from string) {
	if from == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from]--; l.open[from] <= 0 {
		delete(l.open, from)
	}
}

// Close stops accepting; connections stay.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

// address is what counts as one place that connections come from.
func (l *limited) address(c net.Conn) (from string, exempt bool) {
	var ip netip.Addr
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		ip = a.AddrPort().Addr().Unmap()
	}
	return throttle.Prefix(ip, addressBits4, addressBits6), l.bounds.Exempt != nil && l.bounds.Exempt(ip)
}

// slotted gives its slot back when it is closed, once.
type slotted struct {
	net.Conn
	l      *limited
	from   string
	closed atomic.Bool
}

// NetConn returns the connection within.
func (c *slotted) NetConn() net.Conn { return c.Conn }

// Close closes the connection.
func (c *slotted) Close() error {
	if c.closed.CompareAndSwap(false, true) {
		c.l.leave(c.from)
		<-c.l.slots
	}
	return c.Conn.Close()
}
