package desk

import (
	"plectica/internal/id"
	"plectica/internal/insight"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// Loops lists the feedback loops: whether these are all, then each with its sign,
// its delay, and its cards and relationships in turn.
func (d *Desk) Loops(most int) []byte {
	loops, all := insight.Loops(d.shown(), most)
	b := varint.Uint(varint.Bool(d.out[:0], all), uint64(len(loops)))
	for i := range loops {
		l := &loops[i]
		b = varint.Bool(append(b, byte(l.Sign)), l.Delay)
		b = varint.Uint(b, uint64(len(l.Cards)))
		for j := range l.Cards {
			b = d.num(d.num(b, l.Cards[j]), l.Lines[j])
		}
	}
	d.out = b
	return b
}

// Gaps lists what the map could be asked.
func (d *Desk) Gaps() []byte {
	list := insight.Gaps(d.shown())
	b := varint.Uint(d.out[:0], uint64(len(list)))
	for _, g := range list {
		b = d.num(d.num(append(b, byte(g.Kind)), g.A), g.B)
	}
	d.out = b
	return b
}

// Counts returns how much of each pattern there is, and for a card how it stands in
// the map.
func (d *Desk) Counts(num int32) []byte {
	c := insight.Count(d.shown())
	list := []int{c.Distinctions, c.Systems, c.Relationships, c.Perspectives, c.RelationshipIdeas,
		c.RelationshipSystems, c.PerspectiveSystems, c.AdvancedDistinctions}
	if o := d.object(num); o != nil && o.Type == sysmap.Card {
		p := insight.PlaceOf(d.shown(), o.ID)
		list = append(list, p.DistinctFrom, p.SetAgainst, p.Levels, p.Parts, p.Related, p.LooksAt, p.LookedAtFrom)
	}
	b := varint.Uint(d.out[:0], uint64(len(list)))
	for _, n := range list {
		b = varint.Uint(b, uint64(n))
	}
	d.out = b
	return b
}

// Cards lists every living card in the order of the map, wholes before their parts:
// its number, that of its place, its depth by wholes, bits of what it is, and its
// title and body, for what searches and reads the map whole.
func (d *Desk) Cards() []byte {
	d.fresh()
	m := d.shown()
	depth := make(map[id.Object]int)
	b := varint.Uint(d.out[:0], uint64(m.Living()))
	m.Walk(func(o *sysmap.Object) bool {
		place, role := o.Place.Parent, byte(0)
		if l := m.Get(place); l != nil && l.Type == sysmap.Relationship {
			place, role = d.whole(place), roleOnLine
		}
		m.Parts(o.ID, func(*sysmap.Object) bool { role |= roleParts; return false })
		if role&roleParts != 0 && d.layout.Folded(d.numbers().Of(o.ID), o) {
			role |= roleFolded
		}
		in := 0
		if place != id.Root {
			in = depth[place] + 1
		}
		depth[o.ID] = in
		b = d.num(d.num(b, o.ID), o.Place.Parent)
		b = append(varint.Uint(b, uint64(in)), role)
		b = varint.String(varint.String(b, o.Title), o.Body)
		return true
	})
	d.out = b
	return b
}

// Links to a card from elsewhere: who looks at it, and what is set against it.
const (
	backView  = 1
	backOther = 2
)

// Back lists the points that look at a card and the cards that it is set against
// from.
func (d *Desk) Back(num int32) []byte {
	o := d.object(num)
	if o == nil {
		return nil
	}
	m := d.shown()
	var list []byte
	n := 0
	m.Walk(func(c *sysmap.Object) bool {
		for _, k := range m.Deps(c.ID) {
			e := m.GetLive(k)
			if e == nil || e.A != c.ID || e.Type == sysmap.Relationship {
				continue
			}
			if v := e.GetEntry(sysmap.View, string(o.ID[:])); v.Kind == sysmap.Int {
				list = varint.Uint(d.num(append(list, backView), c.ID), uint64(v.N))
				n++
			}
			if v := e.GetEntry(sysmap.Other, string(o.ID[:])); v.Kind == sysmap.Int {
				list = varint.Uint(d.num(append(list, backOther), c.ID), 0)
				n++
			}
		}
		return true
	})
	return append(varint.Uint(nil, uint64(n)), list...)
}
