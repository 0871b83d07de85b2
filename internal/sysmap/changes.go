package sysmap

import "plectica/internal/id"

// ChangeKind is what somebody would say has become of an object. The numbers are known
// to the page and must not change.
type ChangeKind uint8

// The kinds of changes.
const (
	Added     ChangeKind = 1 // a card with all in it, or a stop
	Removed   ChangeKind = 2
	Moved     ChangeKind = 3 // into another whole
	Shifted   ChangeKind = 4 // to another spot or rank in its whole
	Renamed   ChangeKind = 5
	Rewritten ChangeKind = 6 // the text beneath the title
	Related   ChangeKind = 7
	Unrelated ChangeKind = 8
	Rejoined  ChangeKind = 9  // a relationship that has other ends
	Altered   ChangeKind = 10 // a property, of the map too
	Talked    ChangeKind = 11 // messages came, changed or went
)

// Change is one difference between two states, as people speak of it.
type Change struct {
	Kind  ChangeKind
	ID    id.Object // what changed: a card, relationship or stop, or the map itself (id.Root)
	Field Field     // Altered
	Entry string    // Altered, of a field with entries
	Count int       // Added, Removed: cards with those in it; Talked: messages
}

// Changes lists what lives in b but not in a, the other way round, and what differs in
// between, in the order of the map. What comes and goes with a card is part of that: a
// branch is one change. Of a card's perspective and distinctions, what changed is the
// card's.
func Changes(a, b *Map) []Change {
	c := comparison{a: a, b: b}
	b.Walk(func(o *Object) bool {
		if was := a.GetLive(o.ID); was != nil {
			c.card(was, o)
		} else if c.begins(b, a, o) {
			c.add(Change{Kind: Added, ID: o.ID, Count: size(b, a, o)})
		}
		return true
	})
	a.Walk(func(o *Object) bool {
		if b.GetLive(o.ID) == nil && c.begins(a, b, o) {
			c.add(Change{Kind: Removed, ID: o.ID, Count: size(a, b, o)})
		}
		return true
	})
	c.lines()
	c.stops()
	c.register(id.Root, regsOf(a.GetLive(SheetID)), regsOf(b.GetLive(SheetID)))
	c.talk()
	return c.list
}

type comparison struct {
	a, b *Map
	list []Change
}

func (c *comparison) add(x Change) { c.list = append(c.list, x) }

// begins reports whether a card that is in one state only is not part of what is: it
// lies on the map, or in something that is in both.
func (c *comparison) begins(in, other *Map, o *Object) bool {
	on := in.Get(o.Place.Parent)
	if on != nil && on.Type == Relationship && other.GetLive(on.ID) == nil {
		return false // the relationship tells of it
	}
	return on == nil || other.GetLive(on.ID) != nil
}

// size counts a card and all in it that the other state has not.
func size(m, other *Map, o *Object) int {
	n := 1
	m.walk(o.ID, func(p *Object) bool {
		if other.GetLive(p.ID) == nil {
			n++
		}
		return true
	})
	return n
}

// card compares a card that is in both.
func (c *comparison) card(was, is *Object) {
	switch p, q := was.Place, is.Place; {
	case p.Parent != q.Parent:
		c.add(Change{Kind: Moved, ID: is.ID})
	case p != q:
		c.add(Change{Kind: Shifted, ID: is.ID})
	}
	if was.Title != is.Title {
		c.add(Change{Kind: Renamed, ID: is.ID})
	}
	if was.Body != is.Body {
		c.add(Change{Kind: Rewritten, ID: is.ID})
	}
	c.register(is.ID, c.a.traits(was), c.b.traits(is))
}

// traits returns a card's registers with those of its living perspective and
// distinctions.
func (m *Map) traits(o *Object) []Reg {
	list := o.regs[:len(o.regs):len(o.regs)]
	for _, k := range m.Deps(o.ID) {
		if t := m.Get(k); t.live && trait(t) {
			list = append(list, t.regs...)
		}
	}
	return list
}

func regsOf(o *Object) []Reg {
	if o == nil {
		return nil
	}
	return o.regs
}

// register compares registers, each field and entry once. Those which others follow
// from, and which nobody sees, are left out.
func (c *comparison) register(k id.Object, was, is []Reg) {
	type name struct {
		f     Field
		entry string
	}
	old := make(map[name]Value, len(was))
	for _, r := range was {
		old[name{r.Field, r.Entry}] = r.Value
	}
	for _, r := range is {
		n := name{r.Field, r.Entry}
		if old[n] != r.Value {
			c.alter(k, r)
		}
		delete(old, n)
	}
	for _, r := range was {
		if _, gone := old[name{r.Field, r.Entry}]; gone {
			c.alter(k, r)
		}
	}
}

func (c *comparison) alter(k id.Object, r Reg) {
	if r.Field != Placeholder && r.Field != ViewOrder && r.Field != StopOrder {
		c.add(Change{Kind: Altered, ID: k, Field: r.Field, Entry: r.Entry})
	}
}

// lines compares relationships. One between cards that both came or went is part of
// that.
func (c *comparison) lines() {
	each := func(m *Map, f func(*Object)) {
		m.Walk(func(o *Object) bool {
			m.Lines(o.ID, func(l *Object) bool { f(l); return true })
			return true
		})
	}
	each(c.b, func(l *Object) {
		was := c.a.GetLive(l.ID)
		if was == nil {
			if c.a.GetLive(l.A) != nil || c.a.GetLive(l.B) != nil {
				c.add(Change{Kind: Related, ID: l.ID})
			}
			return
		}
		if was.A != l.A || was.B != l.B {
			c.add(Change{Kind: Rejoined, ID: l.ID})
		}
		c.register(l.ID, was.regs, l.regs)
	})
	each(c.a, func(l *Object) {
		if c.b.GetLive(l.ID) == nil && (c.b.GetLive(l.A) != nil || c.b.GetLive(l.B) != nil) {
			c.add(Change{Kind: Unrelated, ID: l.ID})
		}
	})
}

// stops compares the presentation.
func (c *comparison) stops() {
	c.b.Each(func(o *Object) {
		if o.Type != Stop || !o.live {
			return
		}
		if was := c.a.GetLive(o.ID); was != nil {
			c.register(o.ID, was.regs, o.regs)
		} else {
			c.add(Change{Kind: Added, ID: o.ID})
		}
	})
	c.a.Each(func(o *Object) {
		if o.Type == Stop && o.live && c.b.GetLive(o.ID) == nil {
			c.add(Change{Kind: Removed, ID: o.ID})
		}
	})
}

// talk counts what was said, by what it is about.
func (c *comparison) talk() {
	var about []id.Object
	count := make(map[id.Object]int)
	note := func(m *Map, o *Object) {
		k := m.Get(o.A).A
		if on := m.Get(k); on != nil && on.Type == Perspective {
			k = on.A
		}
		if count[k]++; count[k] == 1 {
			about = append(about, k)
		}
	}
	c.b.Each(func(o *Object) {
		if o.Type == Message && o.live {
			if was := c.a.GetLive(o.ID); was == nil || was.Get(Said) != o.Get(Said) {
				note(c.b, o)
			}
		}
	})
	c.a.Each(func(o *Object) {
		if o.Type == Message && o.live && c.b.GetLive(o.ID) == nil {
			note(c.a, o)
		}
	})
	for _, k := range about {
		c.add(Change{Kind: Talked, ID: k, Count: count[k]})
	}
}
