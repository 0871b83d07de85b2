package insight

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Way says in which direction relationships are followed. The numbers are known to
// pages.
type Way uint8

// The ways.
const (
	AllWays    Way = 0 // whatever it points at, or at nothing
	Upstream   Way = 1 // to what leads to a card
	Downstream Way = 2 // to what a card leads to
)

// MaxReach is how many relationships away Reach looks.
const MaxReach = 9

// reach is one search outwards.
type reach struct {
	m     *sysmap.Map
	way   Way
	has   map[id.Object]bool
	cards []id.Object
}

// Reach returns the cards that are at most so many relationships away from some
// objects, nearest first. The parts of a card belong to it, so that what relates to
// a part relates to its whole; but a whole is not reached by its part, or everything
// would be near. A relationship's card is as far as its other end, and comes along
// wherever both ends are there. From a relationship the search starts at its ends.
func Reach(m *sysmap.Map, from []id.Object, steps int, way Way) []id.Object {
	r := &reach{m: m, way: way, has: make(map[id.Object]bool)}
	for _, k := range from {
		if l := m.GetLive(k); l != nil && l.Type == sysmap.Relationship {
			r.cross(l, l.A)
			k = l.B
		}
		r.add(k)
	}
	at := 0
	for range min(steps, MaxReach) {
		for to := len(r.cards); at < to; at++ {
			r.leave(r.cards[at])
		}
	}
	for i := 0; i < len(r.cards); i++ { // it grows
		r.between(r.cards[i])
	}
	return r.cards
}

// add takes in a card and all in it.
func (r *reach) add(k id.Object) {
	o := r.m.GetLive(k)
	if o == nil || o.Type != sysmap.Card || r.has[k] {
		return
	}
	r.has[k] = true
	r.cards = append(r.cards, k)
	r.m.Parts(k, func(part *sysmap.Object) bool {
		r.add(part.ID)
		return true
	})
}

// cross takes in one end of a relationship, and its card.
func (r *reach) cross(l *sysmap.Object, end id.Object) {
	r.add(end)
	if card := r.m.CardOn(l.ID); card != nil {
		r.add(card.ID)
	}
}

// leave follows the relationships of a card, and the one that it lies on.
func (r *reach) leave(k id.Object) {
	for _, d := range r.m.Deps(k) {
		l := r.m.GetLive(d)
		if l == nil || l.Type != sysmap.Relationship {
			continue
		}
		if l.A == k && r.leads(l, true) {
			r.cross(l, l.B)
		}
		if l.B == k && r.leads(l, false) {
			r.cross(l, l.A)
		}
	}
	l := r.m.Get(r.m.Get(k).Place.Parent)
	if l == nil || l.Type != sysmap.Relationship {
		return
	}
	if r.leads(l, true) {
		r.add(l.B)
	}
	if r.leads(l, false) {
		r.add(l.A)
	}
}

// leads reports whether a relationship is followed from its first end to its second,
// or back.
func (r *reach) leads(l *sysmap.Object, forward bool) bool {
	if r.way == AllWays {
		return true
	}
	way := l.Int(sysmap.Direction)
	along := int64(sysmap.DirectionAB)
	if forward != (r.way == Downstream) {
		along = sysmap.DirectionBA
	}
	return way == along || way == sysmap.DirectionBoth
}

// between takes in the cards of relationships whose ends are both there.
func (r *reach) between(k id.Object) {
	for _, d := range r.m.Deps(k) {
		if l := r.m.GetLive(d); l != nil && l.Type == sysmap.Relationship && r.has[l.A] && r.has[l.B] {
			r.cross(l, k)
		}
	}
}

// Within keeps, in its order, what of a list is among some cards: a relationship when
// both its ends are. It reuses the list.
func Within(m *sysmap.Map, list, cards []id.Object) []id.Object {
	has := make(map[id.Object]bool, len(cards))
	for _, k := range cards {
		has[k] = true
	}
	out := list[:0]
	for _, k := range list {
		if o := m.Get(k); has[k] || o.Type == sysmap.Relationship && has[o.A] && has[o.B] {
			out = append(out, k)
		}
	}
	return out
}
