package sim

import (
	"plectica/internal/id"
	"plectica/internal/seq"
)

// link is one socket: two directions, each in order, each with its own delay.
type link struct {
	w       *world
	c       *client
	account id.Account
	conn    seq.Conn
	closed  bool
	dead    bool // half open: nothing arrives any more, and nobody is told
	up      int64
	down    int64
	held    [][]byte // arrived while the tab was frozen
}

func (l *link) delay(last *int64) int64 {
	at := max(*last, l.w.now+1+l.w.rng.Int64N(l.w.w.latency))
	*last = at
	return at - l.w.now
}

func (l *link) toServer(msg []byte) {
	if l.w.chance(l.w.w.halfOpen) {
		l.dead = true
	}
	l.w.after(l.delay(&l.up), func() {
		if !l.closed && !l.dead {
			l.w.server.receive(l, msg)
		}
	})
}

func (l *link) toClient(msg []byte) {
	if l.w.chance(l.w.w.cut) {
		l.w.stats.Cuts++
		l.w.after(l.delay(&l.down), l.cut)
		return
	}
	l.w.after(l.delay(&l.down), func() {
		if !l.closed && !l.dead {
			l.c.receive(l, msg)
		}
	})
}

// cut breaks the socket: both sides hear of it, the server perhaps late.
func (l *link) cut() {
	if l.closed {
		return
	}
	l.closed = true
	l.c.lost(l)
	d := int64(1)
	if l.w.chance(300) {
		d = 4000
	}
	l.w.after(d, func() { l.w.server.gone(l) })
}

func (l *link) closeFromServer(code int) {
	l.w.after(l.delay(&l.down), func() {
		if !l.closed {
			l.closed = true
			l.c.closedBy(l, code)
		}
	})
}
