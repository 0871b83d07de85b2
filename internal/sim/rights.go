package sim

import (
	"maps"
	"slices"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// grant changes what an account may do, on each of its connections.
func (s *server) grant(a id.Account, role authz.Role) {
	s.w.roles[a] = role
	s.when(func() {
		if s.room != nil {
			conns := slices.Collect(maps.Keys(s.links))
			if !(mutant.On && mutant.Is(mutant.MapIterationOrder)) {
				slices.Sort(conns)
			}
			for _, c := range conns {
				if s.links[c].account == a {
					s.add(seq.Event{Kind: seq.Granted, Conn: c, Role: role})
				}
			}
		}
	})
}

// take runs the queue, and works out from the order of the events which pushes
// were allowed when they had their turn.
func (s *server) take() (out []seq.Effect, batch store.Batch, ok bool) {
	left := s.queue.Events()
	out, batch, ok = s.queue.Run(s.room, s.clock())
	for _, e := range left[:len(left)-s.queue.Len()] {
		switch e.Kind {
		case seq.Enter:
			s.roleOf[e.Conn] = e.Role
		case seq.Greet:
			s.clientOf[e.Conn] = e.Hello.Client
		case seq.Granted:
			s.roleOf[e.Conn] = e.Role
		case seq.Pushed:
			k := key{s.clientOf[e.Conn], e.Push.CSN}
			s.pushed[k] = e.Push
			s.may[k] = s.may[k] || authz.Allowed(s.roleOf[e.Conn], authz.EditMap)
			s.owns[k] = s.owns[k] || s.roleOf[e.Conn] == authz.Own
		case seq.Leave:
		}
	}
	return out, batch, ok
}

// checkRights is invariant (e): no row of somebody who may not edit at that time.
func (s *server) checkRights(batch store.Batch) {
	for _, row := range batch.Rows {
		s.w.stats.Checks[CheckRights]++
		if c := row.OpID.Client(); c != (id.Client{}) && !s.may[key{c, row.OpID.CSN()}] {
			s.w.fail("a transaction of an account without the role was admitted")
		}
		s.checkWords(row)
	}
}

// checkWords is invariant (e) for what was said: it is changed by its author alone,
// and taken away or brought back by the author or whoever owns the map.
func (s *server) checkWords(row store.Row) {
	ops, err := seq.DecodeRow(row.Data)
	if err != nil {
		s.w.fail("decode: %v", err)
	}
	for _, op := range ops {
		if op.Kind == sysmap.OpPut && op.Type == sysmap.Message {
			s.w.wit.said[op.ID] = row.Actor
		}
		author, said := s.w.wit.said[op.ID]
		if !said || author == row.Actor {
			continue
		}
		takes := op.Kind == sysmap.OpDel || op.Kind == sysmap.OpUndel
		if !takes || !s.owns[key{row.OpID.Client(), row.OpID.CSN()}] {
			s.w.fail("somebody changed what another had said")
		}
	}
}

// checkMayHear is invariant (e) for what is told.
func (s *server) checkMayHear(l *link) {
	s.w.stats.Checks[CheckRights]++
	if !authz.Allowed(s.roleOf[l.conn], authz.OpenMap) {
		s.w.fail("somebody without the right to look was told of a change")
	}
}

// checkBounds is invariant (f) for what the server keeps in memory.
func (s *server) checkBounds() {
	s.w.stats.Checks[CheckBounded]++
	splices, recent := s.room.Kept()
	limit := s.w.w.splices
	if limit == 0 {
		limit = seq.MaxSplices
	}
	if splices > 2*limit+slack {
		s.w.fail("%d text edits are kept, limit %d", splices, limit)
	}
	if recent > 2*seq.MaxRecent+seq.MaxBatch {
		s.w.fail("%d transactions are kept", recent)
	}
	state := s.room.State()
	if limit := s.w.w.cards; limit > 0 && state.Living() > limit {
		s.w.fail("%d cards live, limit %d", state.Living(), limit)
	}
	s.checkPurged(state.Lifeless())
}

// checkPurged is invariant (f) for what was deleted. Much may be deleted at once and
// is then forgotten in parts, with each batch.
func (s *server) checkPurged(lifeless int) {
	limit := s.w.w.dead
	if s.overdue++; limit == 0 || lifeless <= limit {
		s.overdue = 0
	}
	if s.overdue > purges {
		s.w.fail("%d lifeless objects are kept, limit %d", lifeless, limit)
	}
}

// purges is in how many batches all is forgotten that the simulator's people can
// have deleted at once.
const purges = 16

// slack is how many text edits one batch of the simulator's people may hold.
const slack = 512

// noteRefusal remembers whom the server told that a transaction is refused.
func (s *server) noteRefusal(e seq.Effect) {
	if e.Frame == nil {
		return
	}
	f, err := wire.Next(varint.NewReader(e.Frame))
	if nack, ok := f.(*wire.Nack); err == nil && ok {
		s.w.wit.refused[key{s.clientOf[e.To], nack.CSN}] = s.epoch
	}
}

// checkRefused is invariant (b): a refused transaction stays refused.
func (s *server) checkRefused(batch store.Batch) {
	for _, row := range batch.Rows {
		s.w.stats.Checks[CheckOnce]++
		if s.w.wit.refused[key{row.OpID.Client(), row.OpID.CSN()}] == s.epoch {
			s.w.fail("a refused transaction was applied after all")
		}
	}
}
