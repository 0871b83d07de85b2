package sim

import (
	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// spy is a connection that breaks a rule: what it must be told, and nothing else.
type spy struct {
	w     *world
	name  string
	code  int  // the close it has to get
	joins bool // it may be welcomed first
	ended bool
}

func (s *spy) told(msg []byte) {
	f, err := wire.Next(varint.NewReader(msg))
	if _, pong := f.(*wire.Pong); err != nil || pong {
		return
	}
	if s.ended || !s.joins {
		s.w.fail("an intruder (%s) was told of the map", s.name)
	}
}

func (s *spy) closed(code int) {
	if s.ended = true; code != s.code {
		s.w.fail("an intruder (%s) was closed with %d, want %d", s.name, code, s.code)
	}
}

// intrude lets somebody speak to the server who is not a tab of ours.
func (w *world) intrude() {
	s := w.server
	victim := w.clients[w.rng.IntN(len(w.clients))]
	hello := func() *wire.Hello {
		return &wire.Hello{
			Proto: wire.Protocol, Schema: sysmap.Version, Map: w.mapID, Client: id.Client(w.id()), NextCSN: 1,
		}
	}
	own := id.Account(w.id())
	w.roles[own] = authz.Edit
	put := []sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Card, ID: id.Object(w.id()), Place: sysmap.Place{Order: "m"}}}
	switch w.rng.IntN(6) {
	case 0:
		h := hello()
		h.Schema++
		s.visit(&spy{w: w, name: "another schema", code: wire.CloseTooOld}, own, h)
	case 1:
		h := hello()
		if victim.sockets == 0 || !w.store.Knows(w.mapID, victim.queue) {
			return
		}
		h.Client = victim.queue
		s.visit(&spy{w: w, name: "a stranger's queue", code: wire.CloseForbidden}, own, h)
	case 2:
		s.visit(&spy{w: w, name: "a push before Hello", code: wire.CloseProtocol}, own, nil, &wire.Push{CSN: 1, Ops: put})
	case 3:
		s.visit(&spy{w: w, name: "a gap in numbers", code: wire.CloseProtocol, joins: true}, own, hello(), &wire.Push{CSN: 3, Ops: put})
	case 4:
		s.visit(&spy{w: w, name: "a base beyond the head", code: wire.CloseProtocol, joins: true}, own, hello(),
			&wire.Push{CSN: 1, BaseSeq: 1 << 40, Ops: put})
	case 5:
		h := hello()
		h.Map[0]++
		s.visit(&spy{w: w, name: "another map", code: wire.CloseProtocol}, own, h)
	}
}

// visit opens a connection for a spy and says what it has to say.
func (s *server) visit(p *spy, a id.Account, h *wire.Hello, pushes ...*wire.Push) {
	l := &link{w: s.w, account: a, actor: theWorld, spy: p}
	if !s.accept(l) {
		return
	}
	if h != nil {
		s.add(seq.Event{Kind: seq.Greet, Conn: l.conn, Hello: h})
	}
	for _, push := range pushes {
		if s.room != nil && s.links[l.conn] == l {
			s.add(seq.Event{Kind: seq.Pushed, Conn: l.conn, Push: push})
		}
	}
	life := s.life
	s.w.after(intruderStays, func() {
		if s.life == life && !s.stopped && !p.ended && s.queue.Idle() {
			s.w.fail("an intruder (%s) was not turned away", p.name)
		}
		s.gone(l)
	})
}

// intruderStays is the time in milliseconds after which an intruder must be gone.
const intruderStays = 2000
