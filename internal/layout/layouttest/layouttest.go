// Package layouttest makes maps for tests and benchmarks of what shows them. It
// is used by tests alone; everything in it is deterministic.
package layouttest

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// ID returns the nth object's identifier.
func ID(n int) id.Object {
	var k id.Object
	for i := range 8 {
		k[15-i] = byte(n >> (8 * i))
	}
	k[0] = 1
	return k
}

const words = "water cycle soil river evaporation feedback policy people trust food price energy delay stock flow city forest habit learning attention"

// Map returns cards in wholes of all layouts, up to four deep, with a
// relationship for every fourth card, some with cards of their own.
func Map(cards int) *sysmap.Map {
	m := sysmap.New()
	b := Builder{M: m}
	const perRoot = 25
	roots := (cards + perRoot - 1) / perRoot
	columns := 1
	for columns*columns < roots {
		columns++
	}
	for r := 0; b.N < cards; r++ {
		x, y := int32(r%columns)*64*900, int32(r/columns)*64*700
		root := b.Card(id.Root, x, y, r%6)
		var all []id.Object
		for w := 0; w < 4 && b.N < cards; w++ {
			whole := b.Card(root, int32(w%2)*64*380, int32(w/2)*64*260, (r+w)%6)
			all = append(all, whole)
			for p := 0; p < 5 && b.N < cards; p++ {
				part := b.Card(whole, int32(p%2)*64*170, int32(p/2)*64*70, 0)
				all = append(all, part)
			}
		}
		for i := 0; i+3 < len(all); i += 4 {
			line := b.Relate(all[i], all[(i*7+5)%len(all)], i%4)
			if i%3 == 0 && b.N < cards {
				b.Card(line, 0, 0, 0)
			}
		}
	}
	return m
}

// Builder makes objects with rising identifiers.
type Builder struct {
	M    *sysmap.Map
	N    int // cards so far
	next int
}

// Do applies one op and panics if it is refused.
func (b *Builder) Do(op sysmap.Op) {
	if err := b.M.Apply([]sysmap.Op{op}, sysmap.Stamp{}); err != nil {
		panic(err)
	}
}

// Fresh returns the next identifier.
func (b *Builder) Fresh() id.Object {
	b.next++
	return ID(b.next)
}

// Card makes a card with a title of some words.
func (b *Builder) Card(in id.Object, x, y int32, layout int) id.Object {
	title := ""
	for i := range 1 + b.N%4 {
		if i > 0 {
			title += " "
		}
		title += word(b.N*3 + i*5)
	}
	return b.Named(in, title, x, y, layout)
}

// Named makes a card.
func (b *Builder) Named(in id.Object, title string, x, y int32, layout int) id.Object {
	k := b.Fresh()
	kids := b.M.Kids(in)
	last := ""
	if len(kids) > 0 {
		last = b.M.Get(kids[len(kids)-1]).Place.Order
	}
	op := sysmap.Op{Kind: sysmap.OpPut, ID: k, Type: sysmap.Card, Title: title,
		Place: sysmap.Place{Parent: in, Order: sysmap.Between(last, "", uint64(b.next)), X: x, Y: y}}
	if layout != 0 {
		op.Regs = []sysmap.Reg{{Field: sysmap.Layout, Value: sysmap.IntValue(int64(layout))}}
	}
	if b.N%11 == 3 {
		op.Body = "# Notes\nA longer text about " + title + ", with more than fits on two lines of a card."
	}
	b.Do(op)
	b.N++
	return k
}

// Relate joins two cards.
func (b *Builder) Relate(a, z id.Object, direction int) id.Object {
	k := b.Fresh()
	op := sysmap.Op{Kind: sysmap.OpRelate, ID: k, A: a, B: z}
	if direction != 0 {
		op.Regs = []sysmap.Reg{{Field: sysmap.Direction, Value: sysmap.IntValue(int64(direction))}}
	}
	b.Do(op)
	return k
}

// Set writes a number register.
func (b *Builder) Set(k id.Object, f sysmap.Field, v int64) {
	b.Do(sysmap.Op{Kind: sysmap.OpSet, ID: k, Reg: sysmap.Reg{Field: f, Value: sysmap.IntValue(v)}})
}

func word(n int) string {
	count, start := 0, 0
	total := 0
	for i := range len(words) {
		if words[i] == ' ' {
			total++
		}
	}
	n %= total + 1
	for i := 0; i <= len(words); i++ {
		if i == len(words) || words[i] == ' ' {
			if count == n {
				return words[start:i]
			}
			count, start = count+1, i+1
		}
	}
	return words
}
