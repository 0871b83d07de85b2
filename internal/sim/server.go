package sim

import (
	"context"
	"strconv"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/sim/disk"
	"plectica/internal/store"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// server is one server process: the sequencer and its queue as the room drives
// them, without goroutines.
type server struct {
	w        *world
	down     bool
	stopped  bool     // frozen; what should happen is held
	held     []func() // in order
	life     int      // rises when the room is dropped, so that late events know
	room     *seq.Room
	queue    seq.Queue
	links    map[seq.Conn]*link
	nextConn seq.Conn
	epoch    uint64
	skew     int64 // of its clock
	shelf    []byte
	shelfAt  uint64
	shelfURL string
	overdue  int   // batches since there were few enough lifeless objects
	settled  bool  // a new owner's acquire decided how our append ended
	outcome  error // and this is how

	// What the rules of access say, worked out from the order of events alone.
	roleOf   map[seq.Conn]authz.Role
	clientOf map[seq.Conn]id.Client
	may      map[key]bool
	owns     map[key]bool
	pushed   map[key]*wire.Push // as they had their turn
}

// snapshotPrefix starts the address of a snapshot.
const snapshotPrefix = "/snapshot/"

// longestStall is how long a disk may take, in milliseconds, and do well: the
// server's, or a tab's storage.
const longestStall = 4000

var errDisk = fault.New(fault.Busy, "the disk failed")

// when runs f now, or once the process is thawed; never if it dies before.
func (s *server) when(f func()) {
	switch {
	case s.down:
	case s.stopped:
		s.held = append(s.held, f)
	default:
		f()
	}
}

func (s *server) clock() int64 { return s.w.now + s.skew }

// load is the one recovery path: acquire, and fold the log.
func (s *server) load() {
	w := s.w
	w.turn(theServer)
	s.life++
	s.room = nil
	s.links = make(map[seq.Conn]*link)
	rec, err := w.store.Acquire(context.Background(), w.mapID, "sim")
	if err != nil {
		w.fail("acquire: %v", err)
		return
	}
	w.stats.Checks[CheckOnce]++
	if rec.Epoch <= s.epoch {
		w.fail("the epoch did not rise: %d after %d", rec.Epoch, s.epoch)
	}
	s.epoch = rec.Epoch
	if w.befalls(w.w.crash) { // between two calls of the store
		s.crash()
		return
	}
	if w.befalls(w.w.readFault) {
		w.fault(FaultRead)
		s.again()
		return
	}
	rows, err := w.store.Read(context.Background(), w.mapID, 0, 1<<30)
	if err != nil {
		w.fail("read: %v", err)
		return
	}
	w.turn(theServer)
	if len(rows) > 0 && w.befalls(w.w.flip) {
		w.fault(FaultFlip)
		row := &rows[w.rng.IntN(len(rows))]
		row.Data = disk.Flip(w.rng, row.Data)
		s.foldDamaged(rec, rows)
		s.again()
		return
	}
	w.turn(theServer)
	if len(rows) > 0 && w.befalls(w.w.flip) {
		w.fault(FaultTorn)
		s.foldDamaged(rec, disk.Tear(w.rng, rows))
		s.again()
		return
	}
	if s.room, err = s.fold(rec, rows); err != nil {
		w.fail("fold: %v", err)
		return
	}
	s.queue = seq.Queue{Snapshot: s.snapshot}
	s.shelf, s.settled, s.overdue = nil, false, 0
	s.roleOf = make(map[seq.Conn]authz.Role)
	s.clientOf, s.may, s.owns = make(map[seq.Conn]id.Client), make(map[key]bool), make(map[key]bool)
	s.pushed = make(map[key]*wire.Push)
}

// again tries to open the map a little later.
func (s *server) again() {
	life := s.life
	s.w.after(50+s.w.rng.Int64N(500), func() {
		if s.life == life && !s.down && s.w.server == s {
			s.load()
		}
	})
}

func (s *server) fold(rec store.Room, rows []store.Row) (*seq.Room, error) {
	w := s.w.w
	room := seq.New(seq.Config{
		Map: s.w.mapID, Fresh: w.fresh, Delta: w.delta, Splices: w.splices, Dead: w.dead, Cards: w.cards, Crowded: w.crowded,
	}, rec.Epoch)
	for _, row := range rows {
		if err := room.Load(row); err != nil {
			return nil, err
		}
	}
	return room, room.Loaded(rec)
}

// foldDamaged folds a log that is not what was written: that must be noticed, or
// change nothing.
func (s *server) foldDamaged(rec store.Room, rows []store.Row) {
	room, err := s.fold(rec, rows)
	if err == nil && (room.State().Hash().Bytes() != rec.Hash || room.Head() != rec.Head) {
		s.w.fail("a damaged log was not noticed")
	}
}

// snapshot serves the one made last as long as it can be completed.
func (s *server) snapshot(r *seq.Room) (uint64, string) {
	if s.shelf == nil || !r.Completes(s.shelfAt) {
		s.w.stats.Snapshots++
		s.shelf = r.State().AppendSnapshot(varint.Uint(nil, r.Head()))
		s.shelfAt = r.Head()
		s.shelfURL = snapshotPrefix + strconv.FormatUint(r.Head(), 10) + "/" + id.Format(id.Object(r.State().Hash().Bytes()))
	}
	return s.shelfAt, s.shelfURL
}

// cutAll ends every connection.
func (s *server) cutAll() {
	for _, l := range s.all() {
		l.cut()
	}
}

// all returns the links in order of their numbers.
func (s *server) all() []*link {
	var out []*link
	for c := seq.Conn(1); c <= s.nextConn; c++ {
		if l := s.links[c]; l != nil {
			out = append(out, l)
		}
	}
	return out
}

// drop forgets the room and its connections and starts again from the store, if
// it is still this server's.
func (s *server) drop() {
	s.cutAll()
	if s.w.server != s {
		s.end()
		return
	}
	s.load()
}

// end is the end of a server that was replaced.
func (s *server) end() {
	s.cutAll()
	s.down, s.held, s.room, s.links = true, nil, nil, nil
	s.life++
}

// crash ends the process at once.
func (s *server) crash() {
	if s.down {
		return
	}
	w := s.w
	w.fault(FaultCrash)
	w.store.Crash(w.rng.IntN(2) == 0)
	for _, l := range s.all() {
		if w.rng.IntN(3) > 0 { // the others are half open and find out by themselves
			l.cut()
		} else {
			l.dead = true
		}
	}
	s.down, s.stopped, s.held, s.room, s.links = true, false, nil, nil, nil
	s.life++
	w.after(50+w.rng.Int64N(3000), s.revive)
}

// revive starts the process again, unless another has the map by now.
func (s *server) revive() {
	if s.down && s.w.server == s {
		s.down = false
		s.load()
	}
}

// stop freezes the process for a while; now and then another takes the map over.
func (s *server) stop() {
	if s.down || s.stopped {
		return
	}
	w := s.w
	w.fault(FaultThaw)
	s.stopped = true
	life, d := s.life, 200+w.rng.Int64N(6000)
	if w.rng.IntN(2) == 0 {
		w.after(w.rng.Int64N(d), func() {
			if s.stopped && s.life == life && w.server == s {
				s.replace()
			}
		})
	}
	w.after(d, func() {
		if s.life == life {
			s.thaw()
		}
	})
}

// replace lets another process acquire the map while this one is frozen. What was
// on its way to disk is there or not from now on.
func (s *server) replace() {
	w := s.w
	w.turn(theServer)
	w.fault(FaultTwoOwners)
	kept := w.rng.IntN(2) == 0
	w.store.Crash(kept)
	if s.settled = true; !kept {
		s.outcome = errDisk
	}
	w.server = &server{w: w, skew: s.skew, epoch: s.epoch}
	w.server.load()
}

func (s *server) thaw() {
	s.stopped = false
	held := s.held
	s.held = nil
	for _, f := range held {
		s.when(f)
	}
	if s.w.server != s { // the new owner's word reaches it sooner or later
		s.w.after(s.w.rng.Int64N(1000), s.end)
	}
}

// wake ends what holds the server up.
func (s *server) wake() {
	if s.down {
		s.down = false
		s.load()
	}
	if s.stopped {
		s.thaw()
	}
	if s.room == nil {
		s.load()
	}
}

// evict closes the map while nobody has it open.
func (s *server) evict() {
	if s.down || s.stopped || s.room == nil || len(s.links) > 0 || !s.queue.Idle() {
		return
	}
	s.w.fault(FaultEvict)
	s.room = nil
	s.life++
}

// accept takes a new connection, or refuses it.
func (s *server) accept(l *link) bool {
	role := s.w.roles[l.account]
	if s.down || s.stopped || !authz.Allowed(role, authz.OpenMap) {
		return false
	}
	if s.room == nil {
		if s.load(); s.room == nil {
			return false
		}
	}
	s.nextConn++
	l.srv, l.conn = s, s.nextConn
	s.links[l.conn] = l
	s.add(seq.Event{Kind: seq.Enter, Conn: l.conn, Account: l.account, Role: role})
	return true
}

// receive takes a message from a link.
func (s *server) receive(l *link, msg []byte) {
	if s.room == nil || s.links[l.conn] != l {
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
		if s.room == nil || s.links[l.conn] != l {
			return
		}
	}
}

// gone tells that a link was closed.
func (s *server) gone(l *link) {
	s.when(func() {
		if s.room != nil && s.links[l.conn] == l {
			delete(s.links, l.conn)
			s.add(seq.Event{Kind: seq.Leave, Conn: l.conn})
		}
	})
}

func (s *server) add(e seq.Event) {
	s.queue.Add(e)
	s.run()
}

func (s *server) run() {
	if s.down || s.room == nil {
		return
	}
	out, batch, ok := s.take()
	s.deliver(out)
	if ok {
		s.append(batch)
	}
}

// append makes a batch durable, with whatever the disk has in store.
func (s *server) append(batch store.Batch) {
	w := s.w
	w.turn(theServer)
	s.checkRights(batch)
	s.checkBounds()
	life := s.life
	refused := w.store.Write(batch)
	if refused != nil && w.server == s {
		w.fail("append refused: %v", refused)
		return
	}
	if refused == nil {
		for _, row := range batch.Rows {
			k := key{row.OpID.Client(), row.OpID.CSN()}
			w.wit.pushed[k] = s.pushed[k]
		}
	}
	failing, keep := w.befalls(w.w.storeFault), w.rng.IntN(2) == 0
	took := 1 + w.rng.Int64N(10)
	if w.turn(theServer); w.befalls(w.w.stall) {
		w.fault(FaultStall)
		took = w.rng.Int64N(longestStall)
	}
	w.after(took, func() {
		s.when(func() {
			if s.life == life {
				s.appended(batch, refused, failing, keep)
			}
		})
	})
}

// appended is the end of an append: refused, failed with the rows on disk or not,
// or durable.
func (s *server) appended(batch store.Batch, refused error, failing, keep bool) {
	w := s.w
	err := refused
	switch {
	case refused != nil:
	case s.settled:
		err, s.settled, s.outcome = s.outcome, false, nil
	case failing: // EIO, ENOSPC, a lost answer: the outcome is unknown
		w.fault(FaultLostWrite)
		if keep {
			w.fault(FaultDoubt)
		}
		w.store.Crash(keep)
		err = errDisk
	default:
		w.store.Sync()
	}
	out, lost := s.queue.Appended(s.room, err)
	if lost {
		s.drop()
		return
	}
	s.checkRefused(batch)
	s.deliver(out)
	s.run()
}

// noteOrder remembers what is said to whom in which order: there is one, or the
// same seed runs differently another time.
func (s *server) noteOrder(out []seq.Effect) {
	const prime = 1_099_511_628_211 // of FNV-1a
	closes := 0
	for _, e := range out {
		for _, v := range [...]int{int(e.To), e.Close, len(e.Frame)} {
			s.w.told = (s.w.told ^ uint64(v)) * prime
		}
		if e.Frame == nil {
			closes++
		}
	}
	s.w.choice = s.w.choice || closes > 1
}

func (s *server) deliver(out []seq.Effect) {
	s.noteOrder(out)
	for _, e := range out {
		if s.room == nil {
			return
		}
		if e.To == 0 {
			for _, l := range s.all() {
				if s.room.Joined(l.conn) {
					s.checkMayHear(l)
					l.toClient(e.Frame)
				}
			}
			continue
		}
		s.noteRefusal(e)
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
