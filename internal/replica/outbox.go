package replica

import (
	"slices"

	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// beat watches the connection's life. A connection is dead when a ping was not
// answered, not when it was silent: a hidden page may sleep.
type beat struct {
	last   int64 // when something came
	pinged int64 // when the unanswered ping was sent; 0: none
}

func (b *beat) heard(now int64) {
	b.last = now
	b.pinged = 0
}

func (b *beat) ponged() { b.pinged = 0 }

// Dead reports whether the connection has not answered for too long.
func (r *Replica) Dead(now int64) bool {
	return r.phase != Offline && r.beat.pinged != 0 && now-r.beat.pinged >= wire.DeadAfterMS
}

// Persisted tells that the journal is durable up to entry n.
func (r *Replica) Persisted(n uint64) { r.persisted = max(r.persisted, n) }

// Outbox returns the message to send now, empty when there is nothing.
func (r *Replica) Outbox(now int64) []byte {
	if r.phase == Offline {
		return nil
	}
	var msg []byte
	if r.phase == Live {
		msg = r.pushes(msg)
		msg = r.presence.send(msg, now)
	}
	if r.beat.pinged == 0 && now-r.beat.last >= wire.PingAfterMS {
		r.beat.pinged = now
		msg = wire.Append(msg, &wire.Ping{T: uint64(now), HaveSeq: r.head})
	}
	return msg
}

// pushes appends what may be sent: in order, once it is in the journal, at most
// one undecided edit of a text at a time, so that the server never has to carry a
// client's edits past its own.
func (r *Replica) pushes(msg []byte) []byte {
	var busy []sysmap.Where
	flying := 0
	for _, p := range r.pending {
		at := texts(nil, p.ops)
		if !p.sent {
			blocked := slices.ContainsFunc(at, func(w sysmap.Where) bool { return slices.Contains(busy, w) })
			if blocked || p.n > r.persisted || flying >= wire.MaxInFlight || len(msg) > wire.MaxMessage/2 {
				return msg
			}
			p.sent, p.sealed = true, true
			msg = wire.Append(msg, &wire.Push{CSN: p.csn, BaseSeq: r.head, Group: p.group, Ops: p.ops})
		}
		flying++
		busy = append(busy, at...)
	}
	return msg
}
