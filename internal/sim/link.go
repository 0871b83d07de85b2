package sim

import (
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/wire"
)

// link is one socket: two directions, each in order, each with its own delay.
type link struct {
	w       *world
	c       *client // nil: an intruder's
	srv     *server
	actor   uint32
	account id.Account
	conn    seq.Conn
	since   int64
	remote  bool // held by another node: messages travel over the bus
	closed  bool
	words   bool // what a killed tab had sent still arrives
	dead    bool // half open: nothing arrives any more, and nobody is told
	up      int64
	down    int64
	held    [][]byte // arrived while the tab was frozen
	spy     *spy
}

func (l *link) delay(last *int64) int64 {
	at := max(*last, l.w.now+1+l.w.rng.Int64N(l.w.w.latency))
	*last = at
	return at - l.w.now
}

// times returns how often a message arrives that the bus carries: it may lose or
// double what is pushed and what is published. Greetings are asked and answered.
func (l *link) times(msg []byte) int {
	w := l.w
	if !l.remote || len(msg) == 0 {
		return 1
	}
	switch wire.Kind(msg[0]) {
	case wire.KindPush, wire.KindCommit, wire.KindNack:
	default:
		return 1
	}
	if w.befalls(w.w.lose) {
		w.fault(FaultLost)
		return 0
	}
	if w.befalls(w.w.twice) {
		w.fault(FaultDoubled)
		return 2
	}
	return 1
}

func (l *link) toServer(msg []byte) {
	w := l.w
	w.turn(l.actor)
	if w.befalls(w.w.halfOpen) {
		w.fault(FaultHalfOpen)
		l.dead = true
	}
	for range l.times(msg) {
		w.after(l.delay(&l.up), func() {
			if l.closed && !l.words || l.dead {
				return
			}
			l.srv.when(func() { l.srv.receive(l, msg) })
		})
	}
}

func (l *link) toClient(msg []byte) {
	if l.spy != nil {
		l.spy.told(msg)
		return
	}
	w := l.w
	w.turn(l.actor)
	if w.befalls(w.w.cut) {
		w.fault(FaultCut)
		w.after(l.delay(&l.down), l.cut)
		return
	}
	if w.befalls(w.w.slow) {
		w.fault(FaultSlow)
		l.dead = true
		w.after(slowLimit, func() { l.closeFromServer(wire.CloseSlow) })
		return
	}
	for range l.times(msg) {
		w.after(l.delay(&l.down), func() {
			if !l.closed && !l.dead {
				l.c.receive(l, msg)
			}
		})
	}
}

// slowLimit is how far behind a reader may be, in milliseconds.
const slowLimit = 5000

// cut breaks the socket: both sides hear of it, the server perhaps late.
func (l *link) cut() {
	if l.closed {
		return
	}
	w := l.w
	l.closed = true
	if l.c != nil {
		l.c.lost(l)
	}
	d := int64(1)
	if l.words {
		d = max(d, l.up-w.now+1)
	}
	w.turn(l.actor)
	if w.befalls(w.w.late) {
		w.fault(FaultLateClose)
		d += 4000
	}
	w.after(d, func() { l.srv.gone(l) })
}

// closeFromServer is a close with a code; the server has forgotten the link.
func (l *link) closeFromServer(code int) {
	if l.spy != nil {
		l.spy.closed(code)
		return
	}
	l.w.after(l.delay(&l.down), func() {
		if !l.closed {
			l.closed = true
			l.c.closedBy(l, code)
		}
	})
}
