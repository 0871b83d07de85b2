package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/robot"
)

// fleet is all clients of a run.
type fleet struct {
	cfg     Config
	began   time.Time
	maps    []*mapState
	clients []*client
	writers []*client
	from    atomic.Int64 // ops sent before count for nothing but losses
	closing atomic.Bool
	driving atomic.Bool // without a rate: an answer makes the next op

	ack, cast                      histogram
	deliveries, messages, dup, cut atomic.Int64
	answered, unsent               atomic.Int64
}

// mapState numbers a map's ops and knows when each was sent.
type mapState struct {
	next    atomic.Uint32
	sent    []atomic.Int64 // nanoseconds since began, negative while it does not count
	clients int
}

// client is one socket. Its reader is one goroutine; whoever writes holds mu.
type client struct {
	f      *fleet
	m      *mapState
	conn   *websocket.Conn
	line   Line
	writes bool
	seen   bitset // ops that arrived; the reader's

	mu      sync.Mutex
	mine    bitset   // ops it made
	own     []uint32 // those not answered yet, oldest first
	scratch []byte
	mark    []byte
	kind    int
}

func newFleet(c Config) *fleet {
	f := &fleet{cfg: c, began: time.Now()}
	f.from.Store(1 << 62)
	room := maxOpsOfMap / c.Maps
	if c.Rate > 0 {
		room = int(1.5*c.Rate*(c.Seconds+warmUp.Seconds()))/c.Maps + 1000
	}
	for range c.Maps {
		f.maps = append(f.maps, &mapState{sent: make([]atomic.Int64, room+c.Writers), clients: c.Writers + c.Readers})
	}
	return f
}

func (f *fleet) now() int64 { return int64(time.Since(f.began)) }

// connect opens all connections, a few at once.
func (f *fleet) connect(ctx context.Context) error {
	each := f.cfg.Writers + f.cfg.Readers
	f.clients = make([]*client, f.cfg.Maps*each)
	var next atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, dialers)
	for range dialers {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(f.clients) || len(failed) > 0 {
					return
				}
				// Maps take turns, so that none is crowded before the others.
				c, err := f.dial(ctx, i%f.cfg.Maps, i/f.cfg.Maps)
				if err != nil {
					failed <- fmt.Errorf("client %d of %d: %w", i, len(f.clients), err)
					return
				}
				f.clients[i] = c
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return err
	default:
	}
	for _, c := range f.clients {
		if c.writes {
			f.writers = append(f.writers, c)
		}
		go c.read()
	}
	go f.ping(ctx)
	return nil
}

func (f *fleet) dial(ctx context.Context, m, n int) (*client, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	writes := n < f.cfg.Writers
	conn, line, err := f.cfg.Protocol.Dial(ctx, m, n, writes)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(maxMessage)
	c := &client{f: f, m: f.maps[m], conn: conn, line: line, writes: writes, kind: websocket.BinaryMessage}
	if line.Text() {
		c.kind = websocket.TextMessage
	}
	return c, nil
}

// prepare lets every writer make its own key, which is not measured.
func (f *fleet) prepare(ctx context.Context) error {
	for i, w := range f.writers {
		if err := w.send(f.now()); err != nil {
			return err
		}
		if i%dialers == dialers-1 { // a gentle start
			if !robot.Pause(ctx, time.Millisecond) {
				return ctx.Err()
			}
		}
	}
	return f.await(ctx, int64(len(f.writers)))
}

// await waits until so many ops are answered.
func (f *fleet) await(ctx context.Context, n int64) error {
	for deadline := time.Now().Add(settleLimit + time.Duration(n)*time.Millisecond); f.answered.Load() < n; {
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d ops were answered", f.answered.Load(), n)
		}
		if !robot.Pause(ctx, 5*time.Millisecond) {
			return ctx.Err()
		}
	}
	return nil
}

// measure drives the writers: a while to warm up, then what counts.
func (f *fleet) measure(ctx context.Context, res *Result) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var drivers sync.WaitGroup
	f.drive(ctx, &drivers)
	if !robot.Pause(ctx, warmUp) {
		return ctx.Err()
	}
	cpu, err := f.cfg.cpu()
	if err != nil {
		return err
	}
	start, first := time.Now(), f.deliveries.Load()
	messages, ops := f.messages.Load(), f.ops()
	f.from.Store(f.now())
	if !robot.Pause(ctx, time.Duration(f.cfg.Seconds*float64(time.Second))) {
		return ctx.Err()
	}
	after, err := f.cfg.cpu()
	if err != nil {
		return err
	}
	took := time.Since(start)
	delivered := f.deliveries.Load() - first
	res.Seconds = took.Seconds()
	res.Ops, res.Deliveries, res.Messages = f.ops()-ops, int(delivered), int(f.messages.Load()-messages)
	res.CPU = millis(after-cpu) / took.Seconds()
	if delivered > 0 {
		res.CPUPer = float64((after - cpu).Microseconds()) / float64(delivered)
	}
	if after > cpu {
		res.PerCPU = float64(delivered) / (after - cpu).Seconds()
	}
	f.driving.Store(false)
	stop()
	drivers.Wait()
	f.rest()
	return nil
}

func (f *fleet) ops() int {
	n := 0
	for _, m := range f.maps {
		n += int(m.next.Load())
	}
	return n
}

// drive starts the ops: by a schedule that waits for nobody, or one after the
// other's answer.
func (f *fleet) drive(ctx context.Context, all *sync.WaitGroup) {
	if len(f.writers) == 0 {
		return
	}
	if f.cfg.Rate == 0 {
		f.driving.Store(true)
		for range f.cfg.Window {
			for _, w := range f.writers {
				w.sendNow()
			}
		}
		return
	}
	const perDriver = 2000 // ops a second that one goroutine sends easily
	n := min(len(f.writers), 1+int(f.cfg.Rate/perDriver))
	for i := range n {
		all.Go(func() { f.schedule(ctx, i, n) })
	}
}

// schedule sends the ops of every n-th writer at random moments, as people do.
// An op that is late because a socket did not take the one before counts from
// when it was due: a slow server cannot hide.
func (f *fleet) schedule(ctx context.Context, at, n int) {
	rng := rand.New(rand.NewPCG(f.cfg.Seed, uint64(at)))
	gap := float64(n) / f.cfg.Rate * float64(time.Second)
	due := time.Now()
	for i := at; ctx.Err() == nil; i += n {
		due = due.Add(time.Duration(rng.ExpFloat64() * gap))
		from := due
		if wait := time.Until(due); wait > 0 {
			if !robot.Pause(ctx, wait) {
				return
			}
			from = time.Now() // timers are a little late: not the server's doing
		}
		w := f.writers[i%len(f.writers)]
		if w.send(int64(from.Sub(f.began))) != nil {
			f.unsent.Add(1)
		}
	}
}

// rest waits for what is under way, until it is all there or nothing more comes.
func (f *fleet) rest() {
	last, since := int64(-1), time.Now()
	for time.Since(since) < quietLimit {
		if f.deliveries.Load() >= f.due() && int(f.answered.Load()) >= f.ops() {
			return
		}
		if now := f.deliveries.Load() + f.answered.Load(); now != last {
			last, since = now, time.Now()
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// due returns how many deliveries all ops so far make: one to everyone else.
func (f *fleet) due() int64 {
	n := int64(0)
	for _, m := range f.maps {
		n += int64(m.next.Load()) * int64(m.clients-1)
	}
	return n
}

// count says what is missing at the end.
func (f *fleet) count(res *Result) {
	res.Ack, res.Cast = f.ack.latency(), f.cast.latency()
	res.Lost = int(f.due() - f.deliveries.Load())
	res.Duplicates = int(f.dup.Load())
	res.Unanswered = f.ops() - int(f.answered.Load())
	res.Cut = int(f.cut.Load())
}

// ping shows now and then that every client is still there.
func (f *fleet) ping(ctx context.Context) {
	for robot.Pause(ctx, pingEvery) {
		for _, c := range f.clients {
			c.mu.Lock()
			if c.scratch = c.line.Ping(c.scratch[:0]); len(c.scratch) > 0 {
				_ = c.write(c.scratch) // its reader finds out
			}
			c.mu.Unlock()
		}
	}
}

func (f *fleet) close() {
	f.closing.Store(true)
	for _, c := range f.clients {
		if c != nil {
			_ = c.conn.Close() // it is gone either way
		}
	}
}

var errFull = errors.New("the run has no room for more ops")

// send sends the client's next op, due at a moment.
func (c *client) send(due int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.m.next.Add(1) - 1
	if int(n) >= len(c.m.sent) {
		c.m.next.Add(^uint32(0))
		return errFull
	}
	c.m.sent[n].Store(due)
	c.mine.set(n)
	c.own = append(c.own, n)
	c.mark = appendMark(c.mark[:0], n)
	c.scratch = c.line.Op(c.scratch[:0], c.mark)
	return c.write(c.scratch)
}

func (c *client) sendNow() {
	if c.send(c.f.now()) != nil {
		c.f.unsent.Add(1)
	}
}

// write sends one message; its caller holds mu.
func (c *client) write(b []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	return c.conn.WriteMessage(c.kind, b)
}

// read takes messages until the connection ends.
func (c *client) read() {
	buf := make([]byte, 0, readBuffer)
	for {
		_, r, err := c.conn.NextReader()
		if err == nil {
			buf, err = readInto(buf[:0], r)
		}
		if err != nil {
			if !c.f.closing.Load() {
				c.f.cut.Add(1)
			}
			return
		}
		c.take(buf, c.f.now())
	}
}

func readInto(buf []byte, r io.Reader) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// take notes what a message brought.
func (c *client) take(msg []byte, now int64) {
	c.f.messages.Add(1)
	news := int64(0)
	for n, rest, ok := nextMark(msg); ok; n, rest, ok = nextMark(rest) {
		if int(n) >= len(c.m.sent) {
			continue
		}
		if !c.seen.set(n) {
			c.f.dup.Add(1)
			continue
		}
		if c.writes && c.echo(n, now) {
			continue
		}
		news++
		c.f.note(&c.f.cast, c.m, n, now)
	}
	c.f.deliveries.Add(news)
	if !c.writes {
		return
	}
	for range c.line.Acks(msg) {
		c.answerOldest(now)
	}
}

func (f *fleet) note(h *histogram, m *mapState, n uint32, now int64) {
	if sent := m.sent[n].Load(); sent >= f.from.Load() {
		h.add(time.Duration(now - sent))
	}
}

// echo reports whether an op is the client's own; the first sign of it from the
// server is its answer.
func (c *client) echo(n uint32, now int64) bool {
	c.mu.Lock()
	if !c.mine.has(n) {
		c.mu.Unlock()
		return false
	}
	i := slices.Index(c.own, n)
	if i >= 0 {
		c.own = slices.Delete(c.own, i, i+1)
	}
	c.mu.Unlock()
	if i >= 0 {
		c.done(n, now)
	}
	return true
}

// answerOldest is an answer that does not name its op: they come in order.
func (c *client) answerOldest(now int64) {
	c.mu.Lock()
	if len(c.own) == 0 {
		c.mu.Unlock()
		return
	}
	n := c.own[0]
	c.own = slices.Delete(c.own, 0, 1)
	c.mu.Unlock()
	c.done(n, now)
}

func (c *client) done(n uint32, now int64) {
	c.f.note(&c.f.ack, c.m, n, now)
	c.f.answered.Add(1)
	if c.f.driving.Load() {
		c.sendNow()
	}
}

// bitset is a growing set of small numbers.
type bitset []uint64

// set adds n and reports whether it was not there.
func (b *bitset) set(n uint32) bool {
	for int(n/64) >= len(*b) {
		*b = append(*b, 0)
	}
	bit := uint64(1) << (n % 64)
	was := (*b)[n/64]&bit != 0
	(*b)[n/64] |= bit
	return !was
}

func (b bitset) has(n uint32) bool {
	return int(n/64) < len(b) && b[n/64]&(1<<(n%64)) != 0
}
