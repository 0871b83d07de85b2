// Package room keeps open maps: one goroutine for each, which feeds events to
// the sequencer, makes its batches durable, and hands the answers to the peers.
// It decides nothing about edits and knows neither HTTP nor a driver. After any
// error of an append the room is dropped and opened again from the log: nothing
// else resolves doubt. Rooms is safe for concurrent use.
package room

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/peer"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// Bounds of one room.
const (
	inboxSize     = 256                    // events that wait; a full inbox slows the sockets
	MaxWriters    = 200                    // connections that may edit
	MaxReaders    = 2000                   // connections that may not
	maxQueued     = 4096                   // events taken in while an append runs
	appendTimeout = 10 * time.Second       // after which an append's outcome counts as unknown
	presenceEvery = 100 * time.Millisecond // at most this often others' presence is sent
	snapshotAge   = 1000                   // seqs a snapshot may be behind and still be served
	closeRestart  = 1012                   // the socket close code for "come back soon"
	closeBroken   = 1011                   // the one for "this map cannot be opened"
	brokenFor     = time.Minute            // a map that cannot be opened is not tried again
)

// event is what reaches a room's goroutine.
type event struct {
	seq.Event
	kind     eventKind
	peer     *peer.Peer     // enter
	name     string         // enter
	key      store.Ref      // enter
	also     store.Ref      // enter
	recheck  check          // enter
	record   audit.Event    // enter
	presence *wire.Presence // presence
	ping     *wire.Ping
	copyTo   chan<- []sysmap.Op
	names    func(id.Account) string
}

type eventKind uint8

const (
	toSequencer eventKind = iota
	toPresence
	toPing
	toCopy
)

// member is one connection as the room keeps it.
type member struct {
	peer     *peer.Peer
	account  id.Account
	name     string
	key      store.Ref // by what they came: a sign-in, a visit, a token
	also     store.Ref // what else gives them their role
	recheck  check
	checking int     // the last check that was asked for; 0: none is under way
	held     []event // what came during it
	role     authz.Role
	writer   bool
	welcomed bool
	presence wire.Presence
	dirty    bool
	news     bool        // others have not heard its name
	record   audit.Event // how what it does is recorded
	did      did
}

// room is one open map. All fields but inbox, done and snaps belong to run.
type room struct {
	rooms  *Rooms
	id     id.Map
	inbox  chan *event
	quit   chan struct{} // closed to drain
	done   chan struct{} // closed when run has ended
	snaps  *shelf
	orders *orders

	seq      *seq.Room
	queue    seq.Queue
	members  map[seq.Conn]*member
	appended chan error
	checks   int                      // look-ups of rights that were asked for
	gone     []uint64                 // authors whose leaving others have not heard
	parting  map[seq.Conn]audit.Event // how is recorded what those sent last who left
	ticking  bool
	tick     *time.Timer
	idle     *time.Timer
	pace     pace
	links    links
}

// run opens the map and serves it until it is idle, drained, or in doubt.
func (r *room) run(ctx context.Context) {
	defer close(r.done)
	defer r.rooms.forget(r)
	if err := r.open(ctx); err != nil {
		r.rooms.cfg.Log.LogAttrs(ctx, slog.LevelError, "map not opened", slog.String("kind", fault.KindOf(err).String()),
			slog.String("error", err.Error()))
		r.turnAway(r.rooms.broken(r.id, err))
		return
	}
	r.tick = time.NewTimer(presenceEvery)
	r.tick.Stop()
	r.idle = time.NewTimer(r.rooms.cfg.IdleAfter)
	r.pace.timer = time.NewTimer(paceMax)
	defer r.pace.timer.Stop()
	defer r.tick.Stop()
	defer r.idle.Stop()
	r.startLinks(ctx)
	defer r.endLinks()
	r.serve(ctx)
}

// serve takes events until the room ends.
func (r *room) serve(ctx context.Context) {
	quit := r.quit
	for {
		inbox := r.inbox
		if r.queue.Len() >= maxQueued {
			inbox = nil // the disk is slow: the sockets wait
		}
		select {
		case e := <-inbox:
			r.take(*e)
			r.drainInbox()
		case <-r.orders.poke:
			r.obey()
		case err := <-r.appended:
			out, lost := r.queue.Appended(r.seq, err)
			if lost {
				r.doubt(ctx, err)
				return
			}
			r.deliver(out)
			r.noteLinks()
			if r.queue.Idle() {
				clear(r.parting)
			}
		case <-r.links.timer.C:
			r.tellLinks()
		case err := <-r.links.told:
			r.linksTold(ctx, err)
		case <-r.tick.C:
			r.ticking = false
			r.sendPresence()
		case <-r.idle.C:
			if len(r.members) == 0 && r.queue.Idle() && r.rooms.retire(r) {
				return
			}
			r.idle.Reset(r.rooms.cfg.IdleAfter)
		case <-r.pace.timer.C:
		case <-quit:
			quit = nil
			r.sayGoodbye()
		}
		r.step(ctx, quit == nil)
		if quit == nil && r.queue.Idle() {
			r.closeAll(closeRestart)
			return
		}
	}
}

// drainInbox takes what else is there already, so that it shares a batch.
func (r *room) drainInbox() {
	for range seq.MaxBatch {
		select {
		case e := <-r.inbox:
			r.take(*e)
		default:
			return
		}
	}
}

// step runs the sequencer's queue and starts an append when there is a batch,
// unless everyone was told so much just now that the next one waits.
func (r *room) step(ctx context.Context, hurry bool) {
	now := r.rooms.cfg.Now()
	if !r.queue.Ready() {
		return
	}
	if wait := r.pace.wait(now); wait > 0 && !hurry {
		r.pace.timer.Reset(wait)
		return
	}
	out, batch, ok := r.queue.Run(r.seq, now.UnixMilli())
	r.deliver(out)
	if !ok {
		return
	}
	r.pace.spend(len(r.members), len(batch.Rows))
	events := r.pushes()
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendTimeout)
		defer cancel()
		r.appended <- r.append(ctx, batch, events)
	}()
}

// open acquires the map and loads its log.
func (r *room) open(ctx context.Context) error {
	rec, err := r.rooms.cfg.Store.Acquire(ctx, r.id, r.rooms.cfg.Node)
	if err != nil {
		return fault.Wrap(fault.Lost, "acquire the map", err) // says nothing about the log: come back
	}
	r.seq, err = r.rooms.cfg.Load(ctx, seq.Config{Map: r.id, Cards: r.rooms.cfg.Cards}, rec)
	r.queue.Snapshot = r.snapshot
	return err
}

// take sorts an event to where it belongs. Orders go first: what is done after a
// change of rights was told of must not count on the old ones.
func (r *room) take(e event) {
	select {
	case <-r.orders.poke:
		r.obey()
	default:
	}
	switch e.kind {
	case toSequencer:
		r.takeSeq(e)
	case toPresence:
		r.takePresence(e)
	case toPing:
		r.pong(e)
	case toCopy:
		e.copyTo <- r.seq.State().CopyAll(e.names)
	}
}

func (r *room) takeSeq(e event) {
	if r.hold(e) {
		return
	}
	switch e.Kind {
	case seq.Enter:
		r.enter(e)
		return
	case seq.Leave:
		r.leave(e.Conn)
		return
	case seq.Granted:
		m := r.members[e.Conn]
		if m == nil {
			return
		}
		m.role, m.writer = e.Role, authz.Allowed(e.Role, authz.EditMap)
	case seq.Greet, seq.Pushed:
	}
	r.queue.Add(e.Event)
}

// enter takes a connection in, unless there are too many.
func (r *room) enter(e event) {
	m := &member{peer: e.peer, account: e.Account, name: e.name, key: e.key, also: e.also, recheck: e.recheck, role: e.Role, news: true, record: e.record}
	m.writer = authz.Allowed(e.Role, authz.EditMap)
	writers := 0
	for _, o := range r.members {
		if o.writer {
			writers++
		}
	}
	if m.writer && writers >= MaxWriters || !m.writer && len(r.members)-writers >= MaxReaders {
		r.tell(m, audit.MapOpen, fault.Limit.String())
		e.peer.Close(wire.CloseRate)
		return
	}
	r.members[e.Conn] = m
	r.queue.Add(e.Event)
	r.lookUp([]seq.Conn{e.Conn})
}

func (r *room) leave(c seq.Conn) {
	m := r.members[c]
	if m == nil {
		return
	}
	delete(r.members, c)
	r.wentAway(c, m)
	r.queue.Add(seq.Event{Kind: seq.Leave, Conn: c})
	if !m.news {
		r.gone = append(r.gone, uint64(c))
		r.schedulePresence()
	}
	if len(r.members) == 0 {
		r.idle.Reset(r.rooms.cfg.IdleAfter)
	}
}

// deliver hands the sequencer's answers to the peers. A commit is one message for
// everyone, prepared once.
func (r *room) deliver(out []seq.Effect) {
	for _, e := range out {
		if e.To != 0 {
			r.deliverOne(e)
			continue
		}
		msg := peer.NewMessage(e.Frame)
		for c, m := range r.members {
			if r.seq.Joined(c) {
				m.peer.Send(msg)
			}
		}
		r.rooms.cfg.count(len(r.members), len(e.Frame))
	}
}

func (r *room) deliverOne(e seq.Effect) {
	m := r.members[e.To]
	if m == nil {
		return
	}
	if e.Frame == nil {
		r.tell(m, audit.MapDeny, fault.Invalid.String())
		m.peer.Close(e.Close)
		r.leave(e.To)
		return
	}
	m.peer.Send(peer.NewMessage(e.Frame))
	if e.Nack {
		r.tell(m, audit.MapDeny, e.Code.String())
	}
	if !m.welcomed && r.seq.Joined(e.To) {
		m.welcomed = true
		r.opened(m)
		r.introduce(e.To, m)
	}
}

// doubt ends the room after an append that failed or may have: the log alone
// knows, and whoever comes back opens it again.
func (r *room) doubt(ctx context.Context, err error) {
	level := slog.LevelError
	if errors.Is(err, context.Canceled) {
		level = slog.LevelInfo
	}
	r.rooms.cfg.Log.LogAttrs(ctx, level, "append failed, map dropped", slog.String("kind", fault.KindOf(err).String()),
		slog.String("error", err.Error()))
	r.closeAll(closeRestart)
}

func (r *room) sayGoodbye() {
	msg := peer.NewMessage(wire.Append(nil, &wire.Drain{AfterMS: 200, JitterMS: 1500}))
	for _, m := range r.members {
		m.peer.Send(msg)
	}
}

func (r *room) closeAll(code int) {
	r.rooms.forget(r) // nobody new may find it
	for c, m := range r.members {
		r.wentAway(c, m)
		m.peer.End(code)
	}
	r.turnAway(code)
}

// turnAway closes whoever waits for a room that has ended or cannot be opened.
func (r *room) turnAway(code int) {
	r.rooms.forget(r)
	for {
		select {
		case e := <-r.inbox:
			if e.peer != nil {
				e.peer.Close(code)
			}
			if e.copyTo != nil {
				close(e.copyTo)
			}
		default:
			return
		}
	}
}

func (r *room) pong(e event) {
	m := r.members[e.Conn]
	if m == nil {
		return
	}
	m.did.pings++
	crc := uint64(r.seq.State().Hash().CRC())
	m.peer.Send(peer.NewMessage(wire.Append(nil, &wire.Pong{T: e.ping.T, Head: r.seq.Head(), CRC: crc})))
}

// snapshot returns a snapshot recent enough to be completed from memory.
func (r *room) snapshot(s *seq.Room) (uint64, string) {
	if old := r.snaps.newest(); old != nil && s.Completes(old.seq) && s.Head()-old.seq <= snapshotAge {
		return old.seq, r.url(old.name)
	}
	b := s.State().AppendSnapshot(varint.Uint(nil, s.Head()))
	// The number too: a state may come back later, and the joiner asked for one of them.
	name := strconv.FormatUint(s.Head(), 10) + "/" + id.Format(id.Object(s.State().Hash().Bytes()))
	r.snaps.add(&snapshot{name: name, seq: s.Head(), raw: b})
	return s.Head(), r.url(name)
}

func (r *room) url(name string) string { return "/maps/" + r.id.String() + "/snapshot/" + name }
