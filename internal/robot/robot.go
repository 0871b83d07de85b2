// Package robot is a client without a page: a replica and a socket, for the
// torture and load tools and for tests of the server. It keeps no journal: what
// it has not sent when it ends is gone. A Robot's methods are safe for concurrent
// use.
package robot

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// Bounds of one robot.
const (
	tick       = 10 * time.Millisecond
	maxBackoff = 200 * time.Millisecond
	minBackoff = 20 * time.Millisecond
	inboxSize  = 64
)

// Socket is the connection below.
type Socket interface {
	Read() ([]byte, error)
	Write(b []byte) error
	Close()
}

// Ack is a transaction the server said is saved.
type Ack struct {
	Client id.Client
	CSN    uint64
	Seq    uint64
}

// Config is what a robot is made of.
type Config struct {
	Account id.Account
	Map     id.Map
	Client  id.Client // zero: a fresh one
	Dial    func(context.Context) (Socket, error)
	// Fetch gets a snapshot from an address of the server.
	Fetch func(ctx context.Context, url string) ([]byte, error)
	OnAck func(Ack)              // may be nil; must not call the robot
	OnErr func(error)            // connection errors; may be nil
	OnMsg func(frame wire.Frame) // every frame that came; may be nil
	Trace Trace                  // may be nil
}

// Trace hears of what goes over the wire: of what is sent before it is, of what
// came before anything is made of it. It keeps the messages and must not call the
// robot.
type Trace interface {
	Hello()
	Pushed(csn uint64)
	Received(msg []byte)
}

// Robot is one client.
type Robot struct {
	cfg    Config
	mu     sync.Mutex
	rep    *replica.Replica
	author uint64
	wake   chan struct{}
	fault  error
}

// New returns a robot that does nothing until Run.
func New(c Config) *Robot {
	if id.IsZero(c.Client) {
		c.Client = NewID[id.Client]()
	}
	return &Robot{
		cfg:  c,
		rep:  replica.New(replica.Config{Client: c.Client, Account: c.Account, Map: c.Map}),
		wake: make(chan struct{}, 1),
	}
}

// NewID returns a random identifier.
func NewID[T ~[id.Size]byte]() T {
	var v T
	_, _ = rand.Read(v[:]) // never fails
	return v
}

// Do makes a local transaction from what the view holds now. The error is the
// replica's refusal.
func (r *Robot) Do(group uint64, make func(view *sysmap.Map) []sysmap.Op) error {
	r.mu.Lock()
	_, n, err := r.rep.Do(group, make(r.rep.View()))
	if err == nil {
		r.rep.Persisted(n)
	}
	r.mu.Unlock()
	r.nudge()
	return err
}

// Replica calls f with the replica, which must not be kept.
func (r *Robot) Replica(f func(*replica.Replica)) {
	r.mu.Lock()
	f(r.rep)
	r.mu.Unlock()
	r.nudge()
}

// Err returns the first message from the server that was not understood, or nil.
func (r *Robot) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}

func (r *Robot) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Settled reports whether the robot is connected and nothing waits to be saved.
func (r *Robot) Settled() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	st := r.rep.Status()
	return st.Phase == replica.Live && st.Unsaved == 0
}

// Run stays connected until ctx ends.
func (r *Robot) Run(ctx context.Context) {
	backoff := minBackoff
	for ctx.Err() == nil {
		began := time.Now()
		err := r.connect(ctx)
		if err != nil && r.cfg.OnErr != nil {
			r.cfg.OnErr(err)
		}
		if time.Since(began) > time.Second {
			backoff = minBackoff
		}
		select {
		case <-ctx.Done():
		case <-time.After(backoff):
		}
		backoff = min(2*backoff, maxBackoff)
	}
}

// connect is one connection from Hello to its end.
func (r *Robot) connect(ctx context.Context) error {
	s, err := r.cfg.Dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	r.mu.Lock()
	hello := r.rep.Hello(NewID[id.Nonce](), millis())
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.rep.Lost()
		r.mu.Unlock()
	}()
	if r.cfg.Trace != nil {
		r.cfg.Trace.Hello()
	}
	if err := s.Write(hello); err != nil {
		return err
	}
	in := make(chan []byte, inboxSize)
	failed := make(chan error, 1)
	stop := make(chan struct{})
	defer close(stop)
	go read(s, in, failed, stop)
	return r.converse(ctx, s, in, failed)
}

func read(s Socket, in chan<- []byte, failed chan<- error, stop <-chan struct{}) {
	for {
		b, err := s.Read()
		if err != nil {
			failed <- err
			return
		}
		select {
		case in <- b:
		case <-stop:
			return
		}
	}
}

func (r *Robot) converse(ctx context.Context, s Socket, in <-chan []byte, failed <-chan error) error {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		var res replica.Result
		var err error
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case b := <-in:
			res, err = r.receive(b)
		case <-r.wake:
		case <-t.C:
		}
		if err == nil {
			err = r.heed(ctx, res)
		}
		if err != nil || res.Close {
			return err
		}
		r.mu.Lock()
		dead := r.rep.Dead(millis())
		msg := r.rep.Outbox(millis())
		r.mu.Unlock()
		if dead {
			return context.DeadlineExceeded
		}
		if len(msg) > 0 {
			r.tracePushes(msg)
			if err := s.Write(msg); err != nil {
				return err
			}
		}
	}
}

func millis() int64 { return time.Now().UnixMilli() }

// heed fetches a snapshot where one is wanted.
func (r *Robot) heed(ctx context.Context, res replica.Result) error {
	for _, n := range res.Notices {
		if n.Kind != replica.NoticeSnapshot {
			continue
		}
		b, err := r.cfg.Fetch(ctx, n.URL)
		if err != nil {
			return err
		}
		r.mu.Lock()
		_, err = r.rep.Snapshot(b)
		r.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// tracePushes names the transactions in a message that is about to be sent.
func (r *Robot) tracePushes(msg []byte) {
	if r.cfg.Trace == nil {
		return
	}
	for rd := varint.NewReader(msg); rd.Len() > 0; {
		f, err := wire.Next(rd)
		if err != nil {
			return // the server will say so
		}
		if p, ok := f.(*wire.Push); ok {
			r.cfg.Trace.Pushed(p.CSN)
		}
	}
}

func (r *Robot) receive(b []byte) (replica.Result, error) {
	if r.cfg.Trace != nil {
		r.cfg.Trace.Received(b)
	}
	r.mu.Lock()
	r.note(b)
	res, err := r.rep.Remote(b, millis())
	if err != nil && r.fault == nil {
		r.fault = err
	}
	r.mu.Unlock()
	return res, err
}

// note reports what a message says is saved.
func (r *Robot) note(b []byte) {
	rd := varint.NewReader(b)
	for rd.Len() > 0 {
		f, err := wire.Next(rd)
		if err != nil {
			return
		}
		if r.cfg.OnMsg != nil {
			r.cfg.OnMsg(f)
		}
		switch f := f.(type) {
		case *wire.Welcome:
			r.author = f.Author
		case *wire.Commit:
			for i, t := range f.Txns {
				if t.Author == r.author && t.Author != 0 && r.cfg.OnAck != nil {
					r.cfg.OnAck(Ack{r.cfg.Client, t.CSN, f.FromSeq + uint64(i)})
				}
			}
		}
	}
}

// Pause waits and reports whether ctx is still alive.
func Pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
