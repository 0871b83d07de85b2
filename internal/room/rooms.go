package room

import (
	"bytes"
	"compress/gzip"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/peer"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// MaxRooms is how many maps may be open at once.
const MaxRooms = 20_000

// Config is what rooms are made of.
type Config struct {
	Store  store.Log
	Append func(context.Context, store.Batch) error // group commit
	Node   string                                   // this process, in the ownership record
	Now    func() time.Time
	Log    *slog.Logger
	// Load folds a map's log into a room, as history.Source.Open does; nil folds all of it.
	Load func(ctx context.Context, c seq.Config, rec store.Room) (*seq.Room, error)

	Cards     int           // limit of living cards; 0: seq.DefaultCards
	IdleAfter time.Duration // 0: a minute
	// Count, when set, hears of each broadcast: to how many, how many bytes.
	Count func(peers, bytes int)
	// Audit, when set, is where what people do is recorded.
	Audit *audit.Log
	// Links, when set, is told which cards lead to other maps.
	Links Links
}

func (c *Config) count(peers, n int) {
	if c.Count != nil {
		c.Count(peers, n)
	}
}

// Rooms are all open maps of this process.
type Rooms struct {
	cfg  Config
	ctx  context.Context
	stop context.CancelFunc
	next atomic.Uint64 // connections

	checks chan struct{} // a place for each room that looks up rights

	mu      sync.Mutex
	open    map[id.Map]*room
	bad     map[id.Map]time.Time // maps that could not be opened, until when
	drained bool
}

// New returns rooms, none open.
func New(c Config) *Rooms {
	if c.IdleAfter == 0 {
		c.IdleAfter = time.Minute
	}
	if c.Load == nil {
		c.Load = func(ctx context.Context, sc seq.Config, rec store.Room) (*seq.Room, error) {
			return history.Replay(ctx, c.Store, sc, rec)
		}
	}
	// The rooms' own life: they end by Drain, not with any one request.
	ctx, stop := context.WithCancel(context.Background())
	return &Rooms{cfg: c, ctx: ctx, stop: stop, open: make(map[id.Map]*room), bad: make(map[id.Map]time.Time), checks: make(chan struct{}, maxChecks)}
}

// get returns the open room of a map, opening it if need be.
func (rs *Rooms) get(m id.Map) (*room, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.drained {
		return nil, fault.New(fault.Busy, "the server is stopping")
	}
	if r := rs.open[m]; r != nil {
		return r, nil
	}
	if until, ok := rs.bad[m]; ok && rs.cfg.Now().Before(until) {
		return nil, fault.New(fault.Internal, "the map could not be opened a moment ago")
	}
	if len(rs.open) >= MaxRooms {
		return nil, fault.New(fault.Busy, "too many maps are open")
	}
	r := &room{
		rooms: rs, id: m, inbox: make(chan *event, inboxSize), quit: make(chan struct{}), done: make(chan struct{}),
		snaps: &shelf{}, orders: newOrders(), members: make(map[seq.Conn]*member), parting: make(map[seq.Conn]audit.Event), appended: make(chan error, 1),
	}
	rs.open[m] = r
	go r.run(rs.ctx)
	return r, nil
}

// retire takes an idle room off the list, unless somebody is on the way in.
func (rs *Rooms) retire(r *room) bool {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if len(r.inbox) > 0 {
		return false
	}
	if rs.open[r.id] == r {
		delete(rs.open, r.id)
	}
	return true
}

func (rs *Rooms) forget(r *room) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.open[r.id] == r {
		delete(rs.open, r.id)
	}
}

// Open returns how many maps are open.
func (rs *Rooms) Open() int {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return len(rs.open)
}

// send puts an event into the room's inbox; it waits while that is full.
func (r *room) send(e event) error {
	ended := fault.New(fault.Lost, "the room has ended")
	select {
	case <-r.done: // or the buffered inbox of a room that ended might take it
		return ended
	default:
	}
	select {
	case r.inbox <- &e:
		return nil
	case <-r.done:
		return ended
	}
}

// Guest is who comes to a map.
type Guest struct {
	Account id.Account // what they do carries it
	Name    string
	Key     store.Ref // by what they came: a sign-in, a visit, a token
	Also    store.Ref // what else gives them their role; none: nothing
	Role    authz.Role
	// Record is how what they do is recorded: by whom, from where, by which sign-in.
	Record audit.Event
	// Recheck returns the role now. It is asked once the room knows the guest, so
	// that no change between the first check and then is missed, and whenever their
	// rights may have changed; what the guest sends waits for the answer. An error,
	// such as an ended sign-in, closes the connection.
	Recheck func(context.Context) (authz.Role, error)
}

// Serve lets a connection take part in a map until it ends.
func (rs *Rooms) Serve(m id.Map, g Guest, p *peer.Peer) error {
	s, err := rs.Enter(m, g, p)
	if err != nil {
		return err
	}
	done := make(chan struct{})
	s.Start(func() { close(done) })
	<-done
	return nil
}

// Seat is a connection's place in a map.
type Seat struct {
	room *room
	conn seq.Conn
	peer *peer.Peer
}

// Enter finds the connection's place in a map, or closes it.
func (rs *Rooms) Enter(m id.Map, g Guest, p *peer.Peer) (*Seat, error) {
	c := seq.Conn(rs.next.Add(1))
	r, err := rs.enter(m, g, c, p)
	if err != nil {
		if fault.Is(err, fault.Internal) {
			p.Close(closeBroken)
		}
		p.Close(closeRestart)
		return nil, err
	}
	return &Seat{room: r, conn: c, peer: p}, nil
}

// Start takes the connection's frames until it ends and calls ended then.
func (s *Seat) Start(ended func()) {
	s.peer.Start(s.take, func() {
		s.leave()
		ended()
	})
}

func (s *Seat) take(f wire.Frame) error {
	err := s.room.frame(s.conn, f)
	if err != nil { // the room has ended, and may not have come to say so yet
		s.peer.Close(closeRestart)
	}
	return err
}

func (s *Seat) leave() {
	s.peer.Close(closeRestart) // unless it has been closed with a better word
	// A room that ended has forgotten it.
	_ = s.room.send(event{Event: seq.Event{Kind: seq.Leave, Conn: s.conn}})
}

// enter finds the room and goes in; a room that just ended is opened again once.
func (rs *Rooms) enter(m id.Map, g Guest, c seq.Conn, p *peer.Peer) (*room, error) {
	const tries = 2
	var last error
	for range tries {
		r, err := rs.get(m)
		if err != nil {
			return nil, err
		}
		last = r.send(event{
			Event: seq.Event{Kind: seq.Enter, Conn: c, Account: g.Account, Role: g.Role},
			peer:  p, name: g.Name, key: g.Key, also: g.Also, recheck: g.Recheck, record: g.Record,
		})
		if last == nil {
			return r, nil
		}
	}
	return nil, last
}

// frame turns a client's frame into an event.
func (r *room) frame(c seq.Conn, f wire.Frame) error {
	e := event{Event: seq.Event{Conn: c}}
	switch f := f.(type) {
	case *wire.Hello:
		e.Kind, e.Hello = seq.Greet, f
	case *wire.Push:
		e.Kind, e.Push = seq.Pushed, f
	case *wire.Presence:
		e.kind, e.presence = toPresence, f
	case *wire.Ping:
		e.kind, e.ping = toPing, f
	default:
		return fault.New(fault.Invalid, "not a client's frame")
	}
	return r.send(e)
}

// each calls f for every open room.
func (rs *Rooms) each(f func(*room)) {
	rs.mu.Lock()
	list := make([]*room, 0, len(rs.open))
	for _, r := range rs.open {
		list = append(list, r)
	}
	rs.mu.Unlock()
	for _, r := range list {
		f(r)
	}
}

// broken remembers a map whose log could not be read, so that it is not folded
// again at every attempt, and returns the code to close with.
func (rs *Rooms) broken(m id.Map, err error) int {
	if !fault.Is(err, fault.Internal) || rs.ctx.Err() != nil {
		return closeRestart
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for k, until := range rs.bad {
		if rs.cfg.Now().After(until) {
			delete(rs.bad, k)
		}
	}
	rs.bad[m] = rs.cfg.Now().Add(brokenFor)
	return closeBroken
}

// Copy returns ops that make the living map anew, with its discussions unless names,
// which says who spoke, is nil. It is called on the room's goroutine and must not
// block.
func (rs *Rooms) Copy(ctx context.Context, m id.Map, names func(id.Account) string) ([]sysmap.Op, error) {
	r, err := rs.get(m)
	if err != nil {
		return nil, err
	}
	out := make(chan []sysmap.Op, 1)
	if err := r.send(event{kind: toCopy, copyTo: out, names: names}); err != nil {
		return nil, err
	}
	select {
	case ops, ok := <-out:
		if !ok {
			return nil, fault.New(fault.Lost, "the map could not be opened")
		}
		return ops, nil
	case <-r.done:
		return nil, fault.New(fault.Lost, "the room has ended")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Drain stops all rooms: what was taken is made durable and answered, everyone is
// asked to come back. It returns early when ctx ends.
func (rs *Rooms) Drain(ctx context.Context) error {
	rs.mu.Lock()
	was := rs.drained
	rs.drained = true
	rs.mu.Unlock()
	if was {
		return nil
	}
	defer rs.stop()
	rs.each(func(r *room) { close(r.quit) })
	var err error
	rs.each(func(r *room) {
		select {
		case <-r.done:
		case <-ctx.Done():
			err = ctx.Err()
		}
	})
	return err
}

// Snapshot returns a snapshot's bytes, gzipped, while its room keeps it.
func (rs *Rooms) Snapshot(m id.Map, name string) ([]byte, bool) {
	rs.mu.Lock()
	r := rs.open[m]
	rs.mu.Unlock()
	if r == nil {
		return nil, false
	}
	s := r.snaps.find(name)
	if s == nil {
		return nil, false
	}
	return s.packed(), true
}

// shelfSize is how many snapshots a room keeps: who was told of the last one may
// still be fetching it.
const shelfSize = 3

// shelf holds a room's snapshots. It is safe for concurrent use.
type shelf struct {
	mu   sync.Mutex
	list []*snapshot
}

type snapshot struct {
	name string
	seq  uint64
	raw  []byte
	once sync.Once
	gz   []byte
}

func (s *shelf) newest() *snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == 0 {
		return nil
	}
	return s.list[len(s.list)-1]
}

func (s *shelf) add(n *snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == shelfSize {
		s.list = append(s.list[:0], s.list[1:]...)
	}
	s.list = append(s.list, n)
}

func (s *shelf) find(name string) *snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.list {
		if n.name == name {
			return n
		}
	}
	return nil
}

// packed compresses the snapshot when the first one asks, outside the room.
func (n *snapshot) packed() []byte {
	n.once.Do(func() {
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is valid
		_, _ = w.Write(n.raw)                           // a Buffer takes everything
		_ = w.Close()
		n.gz, n.raw = b.Bytes(), nil
	})
	return n.gz
}
