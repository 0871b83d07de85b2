package room

import (
	"context"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/seq"
	"plectica/internal/store"
)

// did counts what a connection did that is recorded when it goes.
type did struct {
	since            int64
	txns, ops        uint64
	presences, pings uint64
}

// pushes are the records of a batch that was cut: one for each connection that has a part
// in it, with counts of it.
func (r *room) pushes() []*audit.Event {
	if r.rooms.cfg.Audit == nil {
		return nil
	}
	var out []*audit.Event
	for _, s := range r.seq.Shares() {
		e := audit.Event{By: audit.Who{Kind: audit.Server}}
		if m := r.members[s.Conn]; m != nil {
			e = m.record
			m.did.txns += s.Txns
			m.did.ops += s.Ops
		} else if was, ok := r.parting[s.Conn]; ok {
			e = was
		}
		e.Act, e.On = audit.MapPush, audit.Of("map", r.id)
		e.Counts = append([]audit.Count(nil), e.Counts...) // which others have too
		e.Add("changes", s.Txns)
		e.Add("deleted", s.Deleted)
		e.Add("made", s.Made)
		e.Add("ops", s.Ops)
		out = append(out, &e)
	}
	return out
}

// append makes a batch durable together with its records.
func (r *room) append(ctx context.Context, b store.Batch, events []*audit.Event) (err error) {
	log := r.rooms.cfg.Audit
	if log == nil {
		return r.rooms.cfg.Append(ctx, b)
	}
	if b.Note, err = log.Note(ctx, events...); err != nil {
		return fault.Wrap(fault.Lost, "record a commit", err)
	}
	return log.Append(ctx, b)
}

// tell records something of a connection that is done already, within a second.
func (r *room) tell(m *member, act audit.Act, code string, counts ...audit.Count) {
	if r.rooms.cfg.Audit == nil {
		return
	}
	e := m.record
	e.Act, e.On, e.Code, e.Counts = act, audit.Of("map", r.id), code, append([]audit.Count(nil), e.Counts...)
	for _, c := range counts {
		e.Add(c.Name, c.N)
	}
	if e.Result = audit.OK; code != "" {
		e.Result = audit.Refused
	}
	r.rooms.cfg.Audit.Tally(&e)
}

// opened and gone record that a connection was let in, and that it went.
func (r *room) opened(m *member) {
	m.did.since = r.rooms.cfg.Now().UnixMilli()
	r.tell(m, audit.MapOpen, "")
}

func (r *room) wentAway(c seq.Conn, m *member) {
	if !m.welcomed {
		return
	}
	if !r.queue.Idle() { // what it sent last may be on its way
		r.parting[c] = m.record
	}
	r.tell(m, audit.MapClose, "",
		audit.Count{Name: "changes", N: m.did.txns}, audit.Count{Name: "ops", N: m.did.ops},
		audit.Count{Name: "pings", N: m.did.pings}, audit.Count{Name: "presences", N: m.did.presences},
		audit.Count{Name: "seconds", N: uint64(max(0, r.rooms.cfg.Now().UnixMilli()-m.did.since) / 1000)}) // it is not negative
}
