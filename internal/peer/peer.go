// Package peer is one live connection: frames in, messages out through a bounded
// queue. A peer that does not keep up loses presence first and is then cut; it
// never makes its room wait. It knows nothing of maps or roles. A Peer's methods
// are safe for concurrent use; Read or Start is called once.
package peer

import (
	"runtime/debug"
	"sync"
	"time"

	"plectica/internal/fault"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// Bounds of one connection.
const (
	MaxQueued       = 1 << 20         // bytes waiting before the peer is cut
	MaxBehind       = 5 * time.Second // age of the oldest waiting message before it is cut
	presenceQueued  = MaxQueued / 4   // bytes waiting above which presence is dropped
	keptRoom        = 4               // messages; what a peer that keeps up needs
	writeTimeout    = 5 * time.Second
	idleTimeout     = 90 * time.Second // a hidden page pings every 30 s
	handshake       = wire.HandshakeMS * time.Millisecond
	maxSlow         = 2 * time.Second       // that a change of somebody who is slowed down waits
	busyGap         = 50 * time.Millisecond // between the messages of a busy connection
	maxFramesPerMsg = 256
	txnRate         = 60 // a second
	txnBurst        = 200
	frameRate       = 400 // a second, of all kinds
	frameBurst      = 2000
	presenceRate    = 30
	presenceBurst   = 60
)

// Conn is the socket below. Writes come from one goroutine at a time.
type Conn interface {
	// Read returns the next binary message, at most wire.MaxMessage long. The
	// deadline bounds the wait.
	Read(deadline time.Time) ([]byte, error)
	Write(m *Message, deadline time.Time) error
	// Close sends a close code, as far as that still goes, and ends the
	// connection. It may be called at any time, by any goroutine.
	Close(code int)
}

// Peer is one connection.
type Peer struct {
	conn Conn
	now  func() time.Time

	run func() // write; a go statement with a method would make one each time

	mu      sync.Mutex
	queue   []waiting
	sent    int // of queue
	bytes   int
	writing bool
	closed  bool
	ending  int    // close code for when the queue is written; 0: none
	cutOff  func() // metrics
	rescue  func(stack []byte)
	slow    func() time.Duration
	free    bool // no rates
}

type waiting struct {
	m     *Message
	since time.Time
}

// Config is what a peer is made of.
type Config struct {
	Conn  Conn
	Now   func() time.Time // nil: time.Now
	OnCut func()           // called when a slow peer is cut; may be nil
	// OnPanic, when set, hears of a panic while a frame was taken, with its stack;
	// the connection ends. Without it the program does.
	OnPanic func(stack []byte)
	// Slow is asked for each change, and says how long that has to wait. May be nil.
	Slow func() time.Duration
	// Unlimited lifts the rates; for measuring.
	Unlimited bool
}

// New returns a peer. Nothing runs until something is sent or read.
func New(c Config) *Peer {
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &Peer{conn: c.Conn, now: c.Now, cutOff: c.OnCut, rescue: c.OnPanic, slow: c.Slow, free: c.Unlimited}
	p.run = p.write
	return p
}

// Send queues a message and never blocks. A peer too far behind is cut.
func (p *Peer) Send(m *Message) {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.ending != 0 || m.Presence && p.bytes > presenceQueued {
		return
	}
	waits := len(p.queue) > p.sent
	if waits && (p.bytes+len(m.Bytes) > MaxQueued || now.Sub(p.queue[p.sent].since) > MaxBehind) {
		p.drop()
		if p.cutOff != nil {
			p.cutOff()
		}
		go p.conn.Close(wire.CloseSlow) // it may block on the very socket that is slow
		return
	}
	p.queue = append(p.queue, waiting{m, now})
	p.bytes += len(m.Bytes)
	if !p.writing { // a writer runs only while there is something to write
		p.writing = true
		go p.run()
	}
}

// drop forgets what waits; nothing more is taken.
func (p *Peer) drop() {
	p.closed, p.queue, p.sent, p.bytes = true, nil, 0, 0
}

// pop takes out what was just sent, and keeps room for a few more.
func (p *Peer) pop() {
	if p.closed {
		return // it was dropped meanwhile
	}
	p.bytes -= len(p.queue[p.sent].m.Bytes)
	p.queue[p.sent] = waiting{}
	if p.sent++; 2*p.sent < len(p.queue) {
		return
	}
	left := copy(p.queue, p.queue[p.sent:])
	clear(p.queue[left:])
	p.queue, p.sent = p.queue[:left], 0
	if left == 0 && cap(p.queue) > keptRoom {
		p.queue = nil
	}
}

// write sends what is queued and ends when there is nothing left.
func (p *Peer) write() {
	for {
		p.mu.Lock()
		if len(p.queue) == p.sent || p.closed {
			p.writing = false
			code := p.ending
			p.mu.Unlock()
			if code != 0 {
				p.Close(code)
			}
			return
		}
		m := p.queue[p.sent].m
		p.mu.Unlock()

		err := p.conn.Write(m, p.now().Add(writeTimeout))

		p.mu.Lock()
		p.pop()
		p.mu.Unlock()
		if err != nil {
			p.Close(wire.CloseNormal)
		}
	}
}

// End closes the connection once what is queued is written, or cannot be.
func (p *Peer) End(code int) {
	p.mu.Lock()
	p.ending = code
	idle := !p.writing
	p.mu.Unlock()
	if idle {
		p.Close(code)
	}
}

// Close ends the connection with a code and does not wait for it: a socket that
// is stuck would make its room wait. What is queued is not sent.
func (p *Peer) Close(code int) {
	p.mu.Lock()
	was := p.closed
	p.drop()
	p.mu.Unlock()
	if !was {
		go p.conn.Close(code)
	}
}

// Read takes frames off the connection until it ends. The first must be a Hello
// and come soon. take may block, which slows the sender; an error from it, or a
// frame that is malformed or not a client's, ends the connection. Pushes beyond
// the rate are slowed, presence beyond it is dropped.
func (p *Peer) Read(take func(wire.Frame) error) {
	done := make(chan struct{})
	p.Start(take, func() { close(done) })
	<-done
}

// Start is Read that does not wait: ended is called at the end.
func (p *Peer) Start(take func(wire.Frame) error, ended func()) {
	in := &intake{peer: p, take: take, ended: ended, limits: newLimits(p.now), wait: handshake}
	go in.next()
}

// intake is what a connection's reader knows from one message to the next.
type intake struct {
	peer    *Peer
	take    func(wire.Frame) error
	ended   func()
	limits  *limits
	greeted bool
	wait    time.Duration
}

// next waits for messages. To inflate and to decode one takes 8 KB of stack, to
// wait for one half of that, a goroutine never gives back what it once needed, and
// ten thousand may wait: so each message of a quiet connection has a goroutine of
// its own. One that is busy keeps its goroutine.
func (in *intake) next() {
	goOn := false
	defer func() {
		if goOn {
			go in.next()
			return
		}
		in.peer.Close(wire.CloseNormal)
		in.ended()
	}()
	if in.peer.rescue != nil {
		defer func() {
			if recover() != nil { // one connection, not everyone's
				goOn = false
				in.peer.rescue(debug.Stack())
			}
		}()
	}
	for start := in.peer.now(); ; {
		msg, err := in.peer.conn.Read(start.Add(in.wait))
		in.wait = idleTimeout
		greeting := !in.greeted // soon there, and often the last for a while
		goOn = err == nil && in.message(msg)
		now := in.peer.now()
		if !goOn || greeting || now.Sub(start) > busyGap {
			return
		}
		start = now
	}
}

// message takes the frames of one message and reports whether to go on.
func (in *intake) message(msg []byte) bool {
	p := in.peer
	rd := varint.NewReader(msg)
	for n := 0; rd.Len() > 0; n++ {
		f, err := wire.Next(rd)
		if err != nil || n >= maxFramesPerMsg {
			p.Close(codeFor(err))
			return false
		}
		if _, hello := f.(*wire.Hello); hello == in.greeted || !fromClient(f) {
			p.Close(wire.CloseProtocol)
			return false
		}
		in.greeted = true
		if _, push := f.(*wire.Push); push && p.slow != nil {
			time.Sleep(min(p.slow(), maxSlow)) // nothing more is taken meanwhile
		}
		ok, drop := true, false
		if !p.free {
			ok, drop = in.limits.admit(f)
		}
		if !ok {
			p.Close(wire.CloseRate)
			return false
		}
		if !drop && in.take(f) != nil {
			return false
		}
	}
	return true
}

// codeFor maps a decoding error to a close code.
func codeFor(err error) int {
	if fault.Is(err, fault.Schema) {
		return wire.CloseTooOld
	}
	return wire.CloseProtocol
}

func fromClient(f wire.Frame) bool {
	switch f.(type) {
	case *wire.Hello, *wire.Push, *wire.Presence, *wire.Ping:
		return true
	}
	return false
}
