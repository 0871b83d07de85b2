package replica

import (
	"slices"

	"plectica/internal/mutant"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// beat watches the connection's life. A connection is dead when a ping was not
// answered, not when it was silent: a hidden page may sleep.
type beat struct {
	last   int64 // when something came
	pinged int64 // when the unanswered ping was sent; 0: none
	asked  int64 // since when something sent has had no answer; 0: nothing has
}

// setBack follows a clock that was set back: the time until then must not count.
func (b *beat) setBack(now int64) {
	if mutant.On && mutant.Is(mutant.ClockSetBack) {
		return
	}
	b.last = min(b.last, now)
	if b.pinged != 0 {
		b.pinged = min(b.pinged, now)
	}
	if b.asked != 0 {
		b.asked = min(b.asked, now)
	}
}

func (b *beat) heard(now int64) {
	b.last = now
	b.pinged = 0
}

func (b *beat) ponged() { b.pinged = 0 }

// Dead reports whether the connection has not answered for too long: a ping, or
// what was pushed. A push that went astray on the way is sent again on the next
// connection.
func (r *Replica) Dead(now int64) bool {
	if r.phase == Offline {
		return false
	}
	r.beat.setBack(now)
	return r.beat.pinged != 0 && now-r.beat.pinged >= wire.DeadAfterMS ||
		r.beat.asked != 0 && now-r.beat.asked >= wire.AnswerAfterMS && !(mutant.On && mutant.Is(mutant.AnswerNeverAwaited))
}

// waits reports whether the server owes an answer: to a Hello or a push.
func (r *Replica) waits() bool {
	return r.phase == Joining && !r.loading || len(r.pending) > 0 && r.pending[0].sent
}

// Persisted tells that the journal is durable up to entry n.
func (r *Replica) Persisted(n uint64) { r.persisted = max(r.persisted, n) }

// Outbox returns the message to send now, empty when there is nothing.
func (r *Replica) Outbox(now int64) []byte {
	if r.phase == Offline {
		return nil
	}
	r.beat.setBack(now)
	var msg []byte
	if r.phase == Live {
		msg = r.pushes(msg)
		msg = r.presence.send(msg, now)
	}
	if r.beat.pinged == 0 && now-r.beat.last >= wire.PingAfterMS {
		r.beat.pinged = now
		msg = wire.Append(msg, &wire.Ping{T: uint64(now), HaveSeq: r.head})
	}
	if !r.waits() {
		r.beat.asked = 0
	} else if r.beat.asked == 0 {
		r.beat.asked = now
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
		at := sysmap.Texts(nil, p.ops)
		if !p.sent {
			if mutant.On && mutant.Is(mutant.TwoSplicesInFlight) {
				busy = nil
			}
			blocked := slices.ContainsFunc(at, func(w sysmap.Where) bool { return slices.Contains(busy, w) })
			stored := p.n <= r.persisted || mutant.On && mutant.Is(mutant.SentBeforeStored)
			if blocked || !stored || flying >= wire.MaxInFlight || len(msg) > wire.MaxMessage/2 {
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
