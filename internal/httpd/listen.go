package httpd

import (
	"net"
	"sync"
	"sync/atomic"
)

// Limit returns a listener with at most n open connections; more wait in the
// system's own, bounded, queue.
func Limit(l net.Listener, n int) net.Listener {
	return &limited{Listener: l, slots: make(chan struct{}, n), done: make(chan struct{})}
}

type limited struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
	once  sync.Once
}

// Accept waits for a connection and for room for it.
func (l *limited) Accept() (net.Conn, error) {
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
	return &slotted{Conn: c, l: l}, nil
}

// Close stops accepting; connections stay.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

// slotted gives its slot back when it is closed, once.
type slotted struct {
	net.Conn
	l      *limited
	closed atomic.Bool
}

// Close closes the connection.
func (c *slotted) Close() error {
	if c.closed.CompareAndSwap(false, true) {
		<-c.l.slots
	}
	return c.Conn.Close()
}
