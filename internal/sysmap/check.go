package sysmap

import (
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
)

func broken(text string) error { return fault.New(fault.Invalid, text) }

// Check tests every invariant of the model on the whole map, living and dead. A
// nil error means they hold; else it has kind fault.Invalid and names the rule.
func (m *Map) Check() error {
	living, alive, dead := 0, 0, 0
	var types [lastType + 1]int
	var hash Hash
	ids := m.ids()
	for _, k := range ids {
		o := m.Get(k)
		if err := m.checkObject(o); err != nil {
			return err
		}
		hash.add(hashObject(o))
		if o.Dead {
			dead++
		}
		if o.live && o.Type == Card {
			living++
		}
		if o.live {
			alive++
			types[o.Type]++
		}
		if o.live != (!o.Dead && m.footing(o)) {
			return broken("an object's life does not follow from what it depends on")
		}
	}
	if living != m.living || alive != m.alive || types != m.types || dead != m.dead || len(ids) != m.count || hash != m.hash {
		return broken("the counts or the hash do not match the objects")
	}
	return nil
}

func (m *Map) checkObject(o *Object) error {
	if o.ID == id.Root {
		return broken("an object has no id")
	}
	for i, g := range o.regs {
		if !fits(o.Type, g) || g.Value.Kind == None {
			return broken("a register does not fit its object")
		}
		if i > 0 && !regLess(o.regs[i-1], g) {
			return broken("registers are out of order")
		}
	}
	switch o.Type {
	case Card:
		return m.checkCard(o)
	case Relationship:
		if !m.isCard(o.A) || !m.isCard(o.B) {
			return broken("a relationship's end is not a card")
		}
		return nil
	case Perspective, Distinction, Stop, Thread, Message, Sheet:
		var on Type
		if o.A != id.Root {
			if a := m.Get(o.A); a != nil {
				on = a.Type
			} else {
				on = lastType + 1
			}
		}
		if !standsOn(o.Type, on) || o.B != id.Root || (o.Type == Sheet) != (o.ID == SheetID) {
			return broken("an object stands on what it cannot")
		}
		if o.Type == Perspective && !o.Dead && m.isPoint(o.A, o.ID) {
			return broken("a card has two perspectives")
		}
		return nil
	}
	return broken("an object has no known type")
}

func (m *Map) checkCard(o *Object) error {
	if !validPlace(o.Place) || len(o.Title) > MaxTitle || len(o.Body) > MaxBody ||
		!clean(o.Title, false) || !clean(o.Body, true) {
		return broken("a card's place or text is malformed")
	}
	if o.Place.Parent == id.Root {
		return nil
	}
	p := m.Get(o.Place.Parent)
	if p == nil || p.Type != Card && p.Type != Relationship {
		return broken("a card lies nowhere")
	}
	if !o.Dead && m.occupied(p.ID, o.ID) {
		return broken("a relationship has two cards")
	}
	return nil
}

func (m *Map) isCard(k id.Object) bool {
	o := m.Get(k)
	return o != nil && o.Type == Card
}

func regLess(a, b Reg) bool {
	return a.Field < b.Field || a.Field == b.Field && a.Entry < b.Entry
}

// acyclic tests that dependence has no circle and no way longer than MaxDepth,
// without recursion, since it runs on what others sent. It peels off objects all
// of whose footing is settled, layer by layer.
func (m *Map) acyclic(list []*Object) error {
	depth := make(map[id.Object]int, len(list))
	settled := func(k id.Object) bool {
		_, ok := depth[k]
		return ok || k == id.Root
	}
	ready := func(o *Object) (int, bool) {
		if o.Type == Card {
			return depth[o.Place.Parent] + 1, settled(o.Place.Parent)
		}
		return max(depth[o.A], depth[o.B]) + 1, settled(o.A) && settled(o.B)
	}
	work := slices.Concat(m.kids[id.Root], m.deps[id.Root])
	for len(work) > 0 {
		k := work[len(work)-1]
		work = work[:len(work)-1]
		o := m.objs[k]
		d, ok := ready(o)
		if !ok || settled(k) {
			continue
		}
		if d > MaxDepth+1 {
			return broken("cards are nested too deep")
		}
		depth[k] = d
		work = append(work, m.kids[k]...)
		work = append(work, m.deps[k]...)
	}
	if len(depth) != len(list) {
		return broken("an object lies nowhere or inside itself")
	}
	return nil
}
