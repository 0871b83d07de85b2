package room

import (
	"plectica/internal/peer"
	"plectica/internal/seq"
	"plectica/internal/wire"
)

// takePresence notes where somebody is; others hear of it with the next tick.
func (r *room) takePresence(e event) {
	m := r.members[e.Conn]
	if m == nil || !m.welcomed {
		return
	}
	m.presence, m.dirty = *e.presence, true
	m.did.presences++
	r.schedulePresence()
}

// schedulePresence starts the timer; none runs while nobody moves.
func (r *room) schedulePresence() {
	if !r.ticking {
		r.ticking = true
		r.tick.Reset(presenceEvery)
	}
}

// introduce tells a newcomer who is there, and marks it for the others to hear.
func (r *room) introduce(c seq.Conn, m *member) {
	var f wire.Presences
	for o, other := range r.members {
		if o != c && other.welcomed && len(f.List) < wire.MaxPresences {
			f.List = append(f.List, wire.Entry{Author: uint64(o), Name: other.name, Presence: other.presence})
		}
	}
	if len(f.List) > 0 {
		m.peer.Send(peer.NewMessage(wire.Append(nil, &f)))
	}
	m.dirty = true
	r.schedulePresence()
}

// sendPresence tells everyone what changed since the last tick: one message.
func (r *room) sendPresence() {
	var f wire.Presences
	for c, m := range r.members {
		if !m.dirty || len(f.List) >= wire.MaxPresences {
			continue
		}
		e := wire.Entry{Author: uint64(c), Presence: m.presence}
		if m.news {
			e.Name = m.name
		}
		m.dirty, m.news = false, false
		f.List = append(f.List, e)
	}
	n := min(len(r.gone), wire.MaxPresences-len(f.List))
	for _, a := range r.gone[:n] {
		f.List = append(f.List, wire.Entry{Author: a, Gone: true})
	}
	r.gone = append(r.gone[:0], r.gone[n:]...)
	if len(f.List) == 0 {
		return
	}
	msg := peer.NewMessage(wire.Append(nil, &f))
	msg.Presence = true
	for _, e := range f.List { // a first or last word about somebody is not dropped
		if e.Gone || e.Name != "" {
			msg.Presence = false
		}
	}
	for _, m := range r.members {
		if m.welcomed {
			m.peer.Send(msg)
		}
	}
	if len(f.List) == wire.MaxPresences {
		r.schedulePresence() // the rest with the next tick
	}
}
