package sim

import (
	"context"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// server is one server process: the sequencer and its queue as the room drives
// them, without goroutines.
type server struct {
	w        *world
	up       bool
	life     int // rises with each crash, so that late events know
	room     *seq.Room
	queue    seq.Queue
	links    map[seq.Conn]*link
	nextConn seq.Conn
	epoch    uint64
	snaps    map[string][]byte
	applied  map[id.Account]authz.Role // by events the room has taken
	mayEdit  map[id.Account]bool       // at some time in the last run
}

// snapshotPrefix starts the address of a snapshot.
const snapshotPrefix = "/snapshot/"

func (s *server) boot() {
	s.up = true
	s.load()
}

// load is the one recovery path: acquire, and fold the log.
func (s *server) load() {
	ctx := context.Background()
	rec, err := s.w.store.Acquire(ctx, s.w.mapID, "sim")
	if err != nil {
		s.w.fail("acquire: %v", err)
		return
	}
	if rec.Epoch <= s.epoch {
		s.w.fail("the epoch did not rise: %d after %d", rec.Epoch, s.epoch)
	}
	s.epoch = rec.Epoch
	s.room = seq.New(seq.Config{Map: s.w.mapID, Fresh: s.w.w.fresh, Delta: s.w.w.delta}, rec.Epoch)
	rows, err := s.w.store.Read(ctx, s.w.mapID, 0, 1<<30)
	if err != nil {
		s.w.fail("read: %v", err)
		return
	}
	for _, row := range rows {
		if err := s.room.Load(row); err != nil {
			s.w.fail("fold: %v", err)
			return
		}
	}
	if s.room.Head() != rec.Head || s.room.State().Hash().Bytes() != rec.Hash {
		s.w.fail("the log folds to another state than the stored hash")
	}
	s.queue = seq.Queue{Snapshot: s.snapshot}
	s.links = make(map[seq.Conn]*link)
	s.snaps = make(map[string][]byte)
	s.applied = make(map[id.Account]authz.Role)
}

func (s *server) snapshot(r *seq.Room) (uint64, string) {
	s.w.stats.Snapshots++
	url := snapshotPrefix + id.Format(id.Object(r.State().Hash().Bytes()))
	s.snaps[url] = r.State().AppendSnapshot(varint.Uint(nil, r.Head()))
	return r.Head(), url
}

// drop forgets the room and its connections and starts again from the store.
func (s *server) drop() {
	for _, l := range s.links {
		l.cut()
	}
	s.life++
	s.load()
}

// crash ends the process at once.
func (s *server) crash() {
	if !s.up {
		return
	}
	s.w.store.Crash(s.w.rng.IntN(2) == 0)
	for _, l := range s.links {
		if s.w.rng.IntN(3) > 0 { // the others are half open and find out by themselves
			l.cut()
		} else {
			l.dead = true
		}
	}
	s.up, s.room, s.links = false, nil, nil
	s.life++
	s.w.after(50+s.w.rng.Int64N(3000), func() {
		if !s.up {
			s.boot()
		}
	})
}

// accept takes a new connection, or refuses it.
func (s *server) accept(l *link) bool {
	role := s.w.roles[l.account]
	if !s.up || !authz.Allowed(role, authz.OpenMap) {
		return false
	}
	s.nextConn++
	l.conn = s.nextConn
	s.links[l.conn] = l
	s.add(seq.Event{Kind: seq.Enter, Conn: l.conn, Account: l.account, Role: role})
	return true
}

func (s *server) grant(a id.Account, role authz.Role) {
	s.w.roles[a] = role
	if s.up {
		s.add(seq.Event{Kind: seq.Granted, Account: a, Role: role})
	}
}

// receive takes a message from a link.
func (s *server) receive(l *link, msg []byte) {
	if !s.up || s.links[l.conn] != l {
		return
	}
	rd := varint.NewReader(msg)
	for rd.Len() > 0 {
		f, err := wire.Next(rd)
		if err != nil {
			s.w.fail("a client sent a malformed frame: %v", err)
			return
		}
		switch f := f.(type) {
		case *wire.Hello:
			s.add(seq.Event{Kind: seq.Greet, Conn: l.conn, Hello: f})
		case *wire.Push:
			s.add(seq.Event{Kind: seq.Pushed, Conn: l.conn, Push: f})
		case *wire.Ping:
			crc := uint64(s.room.State().Hash().CRC())
			l.toClient(wire.Append(nil, &wire.Pong{T: f.T, Head: s.room.Head(), CRC: crc}))
		case *wire.Presence:
		default:
			s.w.fail("a client sent a server's frame")
		}
	}
}

// gone tells that a link was closed.
func (s *server) gone(l *link) {
	if s.up && s.links[l.conn] == l {
		delete(s.links, l.conn)
		s.add(seq.Event{Kind: seq.Leave, Conn: l.conn})
	}
}

func (s *server) add(e seq.Event) {
	s.queue.Add(e)
	s.run()
}

func (s *server) run() {
	if !s.up {
		return
	}
	out, batch, ok := s.take()
	s.deliver(out)
	if !ok {
		return
	}
	s.append(batch)
}

// append makes a batch durable, with whatever the disk has in store.
func (s *server) append(batch store.Batch) {
	w := s.w
	s.checkRoles(batch)
	life := s.life
	if err := w.store.Write(batch); err != nil {
		w.fail("append refused: %v", err)
		return
	}
	w.after(1+w.rng.Int64N(10), func() {
		if s.life != life || !s.up {
			return
		}
		var err error
		if w.chance(w.w.storeFault) { // EIO, ENOSPC, a lost answer: the outcome is unknown
			w.stats.StoreFaults++
			w.store.Crash(w.rng.IntN(2) == 0)
			err = fault.New(fault.Busy, "the disk failed")
		} else {
			w.store.Sync()
		}
		out, lost := s.queue.Appended(s.room, err)
		if lost {
			s.drop()
			return
		}
		s.deliver(out)
		s.run()
	})
}

// checkRoles is invariant (e): no row of an account that may not edit. All that
// was taken since the last batch was taken under one of the roles the account had
// in that time, the change among the events having its place.
func (s *server) checkRoles(batch store.Batch) {
	for _, row := range batch.Rows {
		if row.OpID.Client() != (id.Client{}) && !s.mayEdit[row.Actor] {
			s.w.fail("a transaction of an account without the role was admitted")
		}
	}
}

// take runs the queue and notes who might edit at some time in it.
func (s *server) take() (out []seq.Effect, batch store.Batch, ok bool) {
	s.mayEdit = make(map[id.Account]bool)
	note := func() {
		for a, role := range s.applied {
			s.mayEdit[a] = s.mayEdit[a] || authz.Allowed(role, authz.EditMap)
		}
	}
	note()
	left := s.queue.Events()
	out, batch, ok = s.queue.Run(s.room, s.w.now)
	for _, e := range left[:len(left)-s.queue.Len()] {
		if e.Kind == seq.Granted || e.Kind == seq.Enter {
			s.applied[e.Account] = e.Role
			note()
		}
	}
	return out, batch, ok
}

func (s *server) deliver(out []seq.Effect) {
	for _, e := range out {
		if e.To == 0 {
			for _, c := range s.w.clients { // in a fixed order
				for _, l := range c.links() {
					if s.links[l.conn] == l && s.room.Joined(l.conn) {
						l.toClient(e.Frame)
					}
				}
			}
			continue
		}
		l := s.links[e.To]
		if l == nil {
			continue
		}
		if e.Frame == nil {
			delete(s.links, e.To)
			l.closeFromServer(e.Close)
			continue
		}
		l.toClient(e.Frame)
	}
}
