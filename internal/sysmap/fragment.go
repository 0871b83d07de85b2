package sysmap

import (
	"slices"

	"plectica/internal/id"
)

// Copy returns ops that make the living cards of set and all in them anew: with
// every relationship, view and distinction whose ends are all inside. A card
// that lies on a relationship brings the relationship and its ends along. The
// ids are the old ones; Renew gives new ones. What is said about them, and the
// presentation, belong to the map and are not copied.
func (m *Map) Copy(set []id.Object) []Op {
	c := copier{m: m, in: make(map[id.Object]bool)}
	c.all(set)
	return c.ops
}

// all emits the cards of a set with all that goes with them.
func (c *copier) all(set []id.Object) {
	for _, k := range c.m.roots(set) {
		c.card(c.m.Get(k))
	}
	for i := 0; i < len(c.cards); i++ { // grows while cards on lines are found
		c.lines(c.cards[i])
	}
	for _, k := range c.cards {
		c.dependents(k)
	}
}

// roots returns the cards of set that lie in no other, in a stable order, with
// the ends of relationships whose cards were chosen.
func (m *Map) roots(set []id.Object) []id.Object {
	want := make(map[id.Object]bool, len(set))
	var list []id.Object
	add := func(k id.Object) {
		if o := m.GetLive(k); o != nil && o.Type == Card && !want[k] {
			want[k] = true
			list = append(list, k)
		}
	}
	for _, k := range set {
		add(k)
	}
	for i := 0; i < len(list); i++ {
		if l := m.Get(m.Get(list[i]).Place.Parent); l != nil && l.Type == Relationship {
			add(l.A)
			add(l.B)
		}
	}
	return slices.DeleteFunc(list, func(k id.Object) bool { return m.inside(k, want) })
}

// inside reports whether k lies in a card of set, or on a relationship, which
// brings it along with its ends.
func (m *Map) inside(k id.Object, set map[id.Object]bool) bool {
	for k = m.Get(k).Place.Parent; k != id.Root; {
		o := m.Get(k)
		if set[k] || o.Type == Relationship {
			return true
		}
		k = o.Place.Parent
	}
	return false
}

type copier struct {
	m     *Map
	in    map[id.Object]bool
	cards []id.Object
	ops   []Op
}

// card emits a card and its parts.
func (c *copier) card(o *Object) {
	c.in[o.ID] = true
	c.cards = append(c.cards, o.ID)
	c.ops = append(c.ops, Op{Kind: OpPut, ID: o.ID, Type: Card, Place: o.Place,
		Title: o.Title, Body: o.Body, Regs: slices.Clone(o.regs)})
	c.m.Parts(o.ID, func(p *Object) bool { c.card(p); return true })
}

// lines emits the relationships at a card whose ends are both there, and their
// cards.
func (c *copier) lines(card id.Object) {
	for _, k := range c.m.Deps(card) {
		l := c.m.Get(k)
		if !l.live || l.Type != Relationship || c.in[k] || !c.in[l.A] || !c.in[l.B] {
			continue
		}
		c.in[k] = true
		c.ops = append(c.ops, Op{Kind: OpRelate, ID: k, A: l.A, B: l.B, Regs: slices.Clone(l.regs)})
		if on := c.m.CardOn(k); on != nil {
			c.card(on)
		}
	}
}

// dependents emits the perspective and distinctions of a card, with the entries
// that name cards inside.
func (c *copier) dependents(card id.Object) {
	for _, k := range c.m.Deps(card) {
		o := c.m.Get(k)
		if o.live && (o.Type == Perspective || o.Type == Distinction) {
			c.object(o)
		}
	}
}

// object emits what stands on something, with the entries that name cards inside.
func (c *copier) object(o *Object) {
	c.in[o.ID] = true
	op := Op{Kind: OpPut, ID: o.ID, Type: o.Type, A: o.A}
	for _, g := range o.regs {
		if s, ok := specOf(g.Field); ok && s.entries == byCard && !c.in[id.Object([]byte(g.Entry))] {
			continue
		}
		op.Regs = append(op.Regs, g)
	}
	c.ops = append(c.ops, op)
}

// CopyAll returns ops that make the whole living map anew: its cards and all Copy
// takes along, its sheet and its presentation; and its discussions, unless name is
// nil. Since whoever makes them anew did not say what is in them, each message is
// quoted: with when it was said, and the name of who said it.
func (m *Map) CopyAll(name func(id.Account) string) []Op {
	c := copier{m: m, in: make(map[id.Object]bool)}
	c.all(m.Kids(id.Root))
	for _, k := range m.ids() {
		o := m.Get(k)
		if !o.live {
			continue
		}
		switch o.Type {
		case Stop, Sheet:
			c.object(o)
		case Thread:
			if name != nil {
				c.thread(o, name)
			}
		case Card, Relationship, Perspective, Distinction, Message:
		}
	}
	return c.ops
}

// thread emits a discussion and its messages.
func (c *copier) thread(o *Object, name func(id.Account) string) {
	c.object(o)
	for _, k := range c.m.Deps(o.ID) {
		s := c.m.Get(k)
		if !s.live {
			continue
		}
		quote := &Object{ID: s.ID, Type: Message, A: s.A}
		for _, g := range s.regs {
			if g.Field != Mention { // accounts mean nothing elsewhere
				quote.put(g.Field, g.Entry, g.Value)
			}
		}
		if s.Get(QuotedAt).Kind == None {
			quote.put(QuotedName, "", TextValue(name(s.Created.By)))
			quote.put(QuotedAt, "", IntValue(s.Created.At))
		}
		c.object(quote)
	}
}

// Renew gives every object that ops make a new id, and changes what refers to
// it. Places outside become place.
func Renew(ops []Op, fresh func() id.Object, place func(Place) Place) []Op {
	to := make(map[id.Object]id.Object, len(ops))
	for i := range ops {
		if ops[i].ID != SheetID { // there is one in each map
			to[ops[i].ID] = fresh()
		} else {
			to[SheetID] = SheetID
		}
	}
	out := slices.Clone(ops)
	for i := range out {
		op := &out[i]
		op.ID = to[op.ID]
		if op.Type == Card {
			if parent, ok := to[op.Place.Parent]; ok {
				op.Place.Parent = parent
			} else {
				op.Place = place(op.Place)
			}
		} else {
			op.A, op.B = to[op.A], to[op.B]
		}
		op.Regs = renewRegs(op.Regs, to)
	}
	return out
}

// renewRegs returns registers with entries that name the new cards. An entry that
// names a card outside is left out.
func renewRegs(regs []Reg, to map[id.Object]id.Object) []Reg {
	out := make([]Reg, 0, len(regs))
	for _, g := range regs {
		if s, ok := specOf(g.Field); ok && s.entries == byCard && len(g.Entry) == id.Size {
			k, inside := to[id.Object([]byte(g.Entry))]
			if !inside {
				continue
			}
			g.Entry = string(k[:])
		}
		out = append(out, g)
	}
	sortRegs(out)
	return out
}

// sortRegs is Shell's sort: a generic one would cost the browser's core 20 KB.
func sortRegs(regs []Reg) {
	for gap := len(regs) / 2; gap > 0; gap /= 2 {
		for i := gap; i < len(regs); i++ {
			for j := i; j >= gap && regLess(regs[j], regs[j-gap]); j -= gap {
				regs[j], regs[j-gap] = regs[j-gap], regs[j]
			}
		}
	}
}
