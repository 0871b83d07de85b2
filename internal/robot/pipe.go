package robot

import (
	"io"
	"sync"
	"time"

	"plectica/internal/peer"
)

// pipeSize is how many messages a pipe holds in each direction.
const pipeSize = 1024

// Pipe returns the two ends of a connection in memory.
func Pipe() (Socket, *PipeConn) {
	p := &PipeConn{up: make(chan []byte, pipeSize), down: make(chan []byte, pipeSize), end: make(chan struct{})}
	return pipeSocket{p}, p
}

// PipeConn is the server's end. It implements peer.Conn.
type PipeConn struct {
	up, down chan []byte
	end      chan struct{}
	once     sync.Once
	mu       sync.Mutex
	code     int
}

// Read implements peer.Conn.
func (p *PipeConn) Read(deadline time.Time) ([]byte, error) {
	t := time.NewTimer(time.Until(deadline))
	defer t.Stop()
	select {
	case b := <-p.up:
		return b, nil
	case <-p.end:
		return nil, io.EOF
	case <-t.C:
		return nil, io.ErrNoProgress
	}
}

// Write implements peer.Conn.
func (p *PipeConn) Write(m *peer.Message, deadline time.Time) error {
	t := time.NewTimer(time.Until(deadline))
	defer t.Stop()
	select {
	case p.down <- m.Bytes:
		return nil
	case <-p.end:
		return io.ErrClosedPipe
	case <-t.C:
		return io.ErrNoProgress
	}
}

// Close implements peer.Conn.
func (p *PipeConn) Close(code int) {
	p.once.Do(func() {
		p.mu.Lock()
		p.code = code
		p.mu.Unlock()
		close(p.end)
	})
}

// Code returns the close code, 0 while open.
func (p *PipeConn) Code() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.code
}

// Done is closed when the connection has ended.
func (p *PipeConn) Done() <-chan struct{} { return p.end }

type pipeSocket struct{ p *PipeConn }

func (s pipeSocket) Read() ([]byte, error) {
	select {
	case b := <-s.p.down:
		return b, nil
	default:
	}
	select {
	case b := <-s.p.down:
		return b, nil
	case <-s.p.end:
		return nil, io.EOF
	}
}

func (s pipeSocket) Write(b []byte) error {
	select {
	case s.p.up <- b:
		return nil
	case <-s.p.end:
		return io.ErrClosedPipe
	}
}

func (s pipeSocket) Close() { s.p.Close(1000) }
