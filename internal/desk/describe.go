package desk

import (
	"plectica/internal/id"
	"plectica/internal/layout"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// Bits of what describe and tree say of a card.
const (
	roleParts  = 1
	roleFolded = 2
	roleOnLine = 4
	rowSelect  = 4
)

// Directions of a relationship as seen from a card.
const (
	wayNone     = 0
	wayOutgoing = 1
	wayIncoming = 2
	wayBoth     = 3
)

// namesCard reports whether a field's entries are cards. The page writes them as
// numbers.
func namesCard(f sysmap.Field) bool {
	return f == sysmap.View || f == sysmap.ViewNote || f == sysmap.ViewOrder || f == sysmap.Other
}

// entryOf turns a page's entry into the model's.
func (d *Desk) entryOf(f sysmap.Field, entry string) (string, bool) {
	if !namesCard(f) {
		return entry, true
	}
	num := 0
	for i := range len(entry) {
		if entry[i] < '0' || entry[i] > '9' || num >= d.numbers().Len() {
			return "", false
		}
		num = num*10 + int(entry[i]-'0')
	}
	if num == 0 || num >= d.numbers().Len() {
		return "", false
	}
	k, _ := d.numbers().ID(int32(num))
	return string(k[:]), true
}

// pageEntry turns the model's entry into a page's.
func (d *Desk) pageEntry(f sysmap.Field, entry string) string {
	if !namesCard(f) || len(entry) != id.Size {
		return entry
	}
	return sysmap.Decimal(int64(d.numbers().Of(id.Object([]byte(entry)))))
}

// Describe returns everything about one object, nothing when it is gone.
func (d *Desk) Describe(num int32) []byte {
	o := d.object(num)
	if o == nil {
		return nil
	}
	plan := d.fresh()
	m := d.shown()
	role := byte(0)
	parts, index, siblings, depth := 0, 0, 0, 0
	m.Parts(o.ID, func(*sysmap.Object) bool { parts++; return true })
	var place, whole id.Object
	if o.Type == sysmap.Card {
		if parts > 0 {
			role |= roleParts
		}
		place = o.Place.Parent
		whole = d.whole(place)
		if l := m.Get(place); l != nil && l.Type == sysmap.Relationship {
			role |= roleOnLine
		}
		m.Parts(place, func(s *sysmap.Object) bool {
			if s.ID == o.ID {
				index = siblings
			}
			siblings++
			return true
		})
	}
	if i := plan.Box(num); i >= 0 {
		depth = int(plan.Boxes[i].Depth)
		if plan.Boxes[i].Flags&layout.Folded != 0 {
			role |= roleFolded
		}
	}
	b := append(d.out[:0], byte(o.Type), role)
	b = d.num(d.num(b, place), whole)
	for _, n := range [...]int{parts, index, siblings, depth} {
		b = varint.Uint(b, uint64(n))
	}
	b = d.registers(b, o)
	cardOn := id.Root
	if o.Type == sysmap.Relationship {
		if c := m.CardOn(o.ID); c != nil {
			cardOn = c.ID
		}
	}
	b = d.num(d.num(d.num(b, o.A), o.B), cardOn)
	last := d.touched(o)
	b = varint.Int(varint.ID(b, last.By), last.At)
	if o.Type == sysmap.Card {
		b = d.neighbours(b, o)
	}
	d.out = b
	return b
}

func (d *Desk) num(b []byte, k id.Object) []byte {
	return varint.Uint(b, uint64(d.numbers().Of(k)))
}

// whole returns the nearest card around a place: for a relationship, what holds
// its first end.
func (d *Desk) whole(place id.Object) id.Object { return wholeIn(d.shown(), place) }

func wholeIn(m *sysmap.Map, place id.Object) id.Object {
	for range sysmap.MaxDepth {
		o := m.Get(place)
		switch {
		case o == nil:
			return id.Root
		case o.Type == sysmap.Card:
			return place
		}
		a := m.Get(o.A)
		if a == nil {
			return id.Root
		}
		place = a.Place.Parent
	}
	return id.Root
}

// registers lists an object's registers, a card's with those of its perspective
// and distinction.
func (d *Desk) registers(b []byte, o *sysmap.Object) []byte {
	var list []byte
	n := 0
	write := func(o *sysmap.Object) {
		for f := 1; f < 256; f++ {
			o.Entries(sysmap.Field(f), func(entry string, v sysmap.Value) bool {
				if v.Kind != sysmap.Int && v.Kind != sysmap.Text {
					return true
				}
				list = varint.String(append(list, byte(f)), d.pageEntry(sysmap.Field(f), entry))
				if list = append(list, byte(v.Kind)); v.Kind == sysmap.Int {
					list = varint.Int(list, v.N)
				} else {
					list = varint.String(list, v.S)
				}
				n++
				return true
			})
		}
	}
	write(o)
	if o.Type == sysmap.Card {
		for _, k := range d.shown().Deps(o.ID) {
			e := d.shown().GetLive(k)
			if e != nil && (e.Type == sysmap.Perspective || e.Type == sysmap.Distinction) {
				write(e)
			}
		}
	}
	return append(varint.Uint(b, uint64(n)), list...)
}

// touched returns who changed an object last, or what it looks at, is and is not.
func (d *Desk) touched(o *sysmap.Object) sysmap.Stamp {
	last := o.Updated
	for _, k := range d.shown().Deps(o.ID) {
		e := d.shown().Get(k)
		if trait := e.Type == sysmap.Perspective || e.Type == sysmap.Distinction; trait && e.Updated.At > last.At && last.At > 0 {
			last = e.Updated
		}
	}
	return last
}

// neighbours lists what a card is related to.
func (d *Desk) neighbours(b []byte, o *sysmap.Object) []byte {
	m := d.shown()
	var list []byte
	n := 0
	for _, k := range m.Deps(o.ID) {
		l := m.GetLive(k)
		if l == nil || l.Type != sysmap.Relationship {
			continue
		}
		other, way := l.B, byte(l.Int(sysmap.Direction))
		if l.B == o.ID && l.A != o.ID {
			other = l.A
			switch way {
			case wayOutgoing:
				way = wayIncoming
			case wayIncoming:
				way = wayOutgoing
			}
		}
		list = append(d.num(d.num(list, k), other), way)
		n++
	}
	return append(varint.Uint(b, uint64(n)), list...)
}

// Tree returns at most most rows around a card in the order of reading, led by the
// wholes around it.
func (d *Desk) Tree(num int32, most int) []byte {
	p := d.fresh()
	at := int(max(p.Stand(num), 0))
	from := max(0, min(at-most/3, len(p.Boxes)-most))
	var path []int32
	if len(p.Boxes) > 0 {
		for i := p.Boxes[min(from, len(p.Boxes)-1)].Parent; i >= 0; i = p.Boxes[i].Parent {
			path = append(path, i)
		}
	}
	to := min(len(p.Boxes), from+max(most-len(path), 0))
	b := varint.Uint(d.out[:0], uint64(len(path)+to-from))
	for i := len(path) - 1; i >= 0; i-- {
		b = d.row(b, &p.Boxes[path[i]])
	}
	for i := from; i < to; i++ {
		b = d.row(b, &p.Boxes[i])
	}
	d.out = b
	return b
}

func (d *Desk) row(b []byte, k *layout.Box) []byte {
	b = varint.Uint(varint.Uint(b, uint64(k.Num)), uint64(k.Depth))
	flags := byte(0)
	if k.Flags&layout.Whole != 0 {
		flags |= roleParts
	}
	if k.Flags&layout.Folded != 0 {
		flags |= roleFolded
	}
	for _, num := range d.over.Selected {
		if num == k.Num {
			flags |= rowSelect
		}
	}
	return varint.Uint(varint.Uint(append(b, flags), uint64(k.Order)), uint64(k.Siblings))
}

// Peers returns who else is here.
func (d *Desk) Peers() []byte {
	list := d.r.Peers()
	b := varint.Uint(d.out[:0], uint64(len(list)))
	for i := range list {
		p := &list[i]
		b = varint.String(varint.Uint(b, p.Author), p.Name)
		b = varint.Uint(b, uint64(p.Colour))
		b = varint.Bool(b, p.Presence.HasCursor)
		b = varint.Int(varint.Int(b, int64(p.Presence.X)), int64(p.Presence.Y))
		b = varint.Uint(b, uint64(len(p.Presence.Selection)))
		for _, k := range p.Presence.Selection {
			b = d.num(b, k)
		}
		b = d.num(b, p.Presence.Editing)
		for _, v := range p.Presence.View {
			b = varint.Int(b, int64(v))
		}
		b = d.num(varint.Bool(b, p.Presence.Laser), p.Presence.Stop)
	}
	d.out = b
	return b
}
