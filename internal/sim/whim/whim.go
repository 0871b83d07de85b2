// Package whim makes random changes of a map, such as people make and such as none
// would make.
package whim

import (
	"math/rand/v2"

	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Whim is what random changes are made of.
type Whim struct {
	Rng    *rand.Rand
	ID     func() id.Object            // a fresh one
	Made   map[sysmap.Type][]id.Object // all that were made, by anyone; those made here are added
	View   *sysmap.Map                 // what is seen by whom it is
	Nested bool                        // everybody at one place
	Jitter uint64                      // how many keys there are in one gap
	Dead   bool                        // deleted objects are meant too at times
}

// Pick returns a random object of a type, mostly living and often one of the
// first few, so that people meet; or the zero id.
func (w Whim) Pick(t sysmap.Type) id.Object {
	const tries = 12
	made := w.Made[t]
	for range tries {
		n := len(made)
		if n == 0 {
			break
		}
		if w.Rng.IntN(2) == 0 {
			n = min(n, Hot)
		}
		k := made[w.Rng.IntN(n)]
		if o := w.View.Get(k); o != nil && (o.Live() || w.Dead && w.Rng.IntN(10) == 0) {
			return k
		}
	}
	return id.Root
}

// Hot is how many objects of each type get half of all edits.
const Hot = 4

// fresh returns a new id of a type and remembers it.
func (w Whim) fresh(t sysmap.Type) id.Object {
	k := w.ID()
	w.Made[t] = append(w.Made[t], k)
	return k
}

func (w Whim) place() sysmap.Place {
	p := sysmap.Place{X: int32(w.Rng.IntN(1 << 20)), Y: int32(w.Rng.IntN(1 << 20))}
	switch w.Rng.IntN(4) {
	case 0:
	case 1:
		p.Parent = w.Pick(sysmap.Relationship)
	default:
		p.Parent = w.Pick(sysmap.Card)
	}
	kids := w.View.Kids(p.Parent)
	before, after := "", ""
	if len(kids) > 0 {
		i := w.Rng.IntN(len(kids) + 1)
		if w.Nested {
			i = min(1, len(kids)) // everybody at one place: keys grow long
		}
		if i > 0 {
			before = w.View.Get(kids[i-1]).Place.Order
		}
		if i < len(kids) {
			after = w.View.Get(kids[i]).Place.Order
		}
	}
	p.Order = sysmap.Between(before, after, w.Rng.Uint64()%w.Jitter)
	return p
}

// Change returns one random change.
func (w Whim) Change() []sysmap.Op {
	switch w.Rng.IntN(14) {
	case 0, 1, 2:
		k := w.fresh(sysmap.Card)
		ops := []sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Card, ID: k, Place: w.place(), Title: w.Words()}}
		if w.Rng.IntN(3) == 0 {
			p := sysmap.Place{Parent: k, Order: sysmap.Between("", "", w.Rng.Uint64())}
			ops = append(ops, sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: w.fresh(sysmap.Card), Place: p})
		}
		return ops
	case 3, 4:
		return []sysmap.Op{{Kind: sysmap.OpPlace, ID: w.Pick(sysmap.Card), Place: w.place()}}
	case 5, 6:
		return []sysmap.Op{{Kind: sysmap.OpRelate, ID: w.fresh(sysmap.Relationship), A: w.Pick(sysmap.Card), B: w.Pick(sysmap.Card)}}
	case 7:
		return []sysmap.Op{{Kind: sysmap.OpEnds, ID: w.Pick(sysmap.Relationship), A: w.Pick(sysmap.Card), B: w.Pick(sysmap.Card)}}
	case 8:
		t := sysmap.Type(1 + w.Rng.IntN(int(sysmap.Sheet)))
		return []sysmap.Op{{Kind: sysmap.OpDel, ID: w.Pick(t)}}
	case 9:
		return []sysmap.Op{{Kind: sysmap.OpUndel, ID: w.Pick(sysmap.Card)}}
	case 10:
		t := sysmap.Type(3 + w.Rng.IntN(2))
		return []sysmap.Op{{Kind: sysmap.OpPut, Type: t, ID: w.fresh(t), A: w.Pick(sysmap.Card)}}
	case 11:
		return w.say()
	case 12:
		return w.present()
	}
	return w.set()
}

// say returns something said, or a change of what was said, by whomever.
func (w Whim) say() []sysmap.Op {
	said := sysmap.Reg{Field: sysmap.Said, Value: sysmap.TextValue(w.Words())}
	put := func(t sysmap.Type, on id.Object, regs ...sysmap.Reg) sysmap.Op {
		return sysmap.Op{Kind: sysmap.OpPut, Type: t, ID: w.fresh(t), A: on, Regs: regs}
	}
	switch w.Rng.IntN(5) {
	case 0, 1:
		on := w.Pick([]sysmap.Type{sysmap.Card, sysmap.Relationship, sysmap.Perspective}[w.Rng.IntN(3)])
		thread := put(sysmap.Thread, on)
		return []sysmap.Op{thread, put(sysmap.Message, thread.ID, said)}
	case 2:
		return []sysmap.Op{put(sysmap.Message, w.Pick(sysmap.Thread), said)}
	case 3:
		g := sysmap.Reg{Field: sysmap.Resolved, Value: sysmap.IntValue(w.Rng.Int64N(2))}
		return []sysmap.Op{{Kind: sysmap.OpSet, ID: w.Pick(sysmap.Thread), Reg: g}}
	}
	if w.Rng.IntN(2) == 0 {
		return []sysmap.Op{{Kind: sysmap.OpUndel, ID: w.Pick(sysmap.Message)}}
	}
	return []sysmap.Op{{Kind: sysmap.OpSet, ID: w.Pick(sysmap.Message), Reg: said}}
}

// present returns a change of the presentation, or of what is said of the map.
func (w Whim) present() []sysmap.Op {
	switch w.Rng.IntN(4) {
	case 0:
		return []sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Stop, ID: w.fresh(sysmap.Stop), A: w.Pick(sysmap.Card)}}
	case 1:
		card := w.Pick(sysmap.Card)
		g := sysmap.Reg{Field: sysmap.StopFold, Entry: string(card[:]), Value: sysmap.IntValue(w.Rng.Int64N(2))}
		return []sysmap.Op{{Kind: sysmap.OpSet, ID: w.Pick(sysmap.Stop), Reg: g}}
	case 2:
		if w.View.Get(sysmap.SheetID) == nil {
			w.Made[sysmap.Sheet] = []id.Object{sysmap.SheetID}
			return []sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Sheet, ID: sysmap.SheetID}}
		}
		return []sysmap.Op{{Kind: sysmap.OpUndel, ID: sysmap.SheetID}}
	}
	g := sysmap.Reg{Field: sysmap.Routing, Value: sysmap.IntValue(w.Rng.Int64N(2))}
	return []sysmap.Op{{Kind: sysmap.OpSet, ID: sysmap.SheetID, Reg: g}}
}

// set returns a random register write.
func (w Whim) set() []sysmap.Op {
	var k id.Object
	var g sysmap.Reg
	switch w.Rng.IntN(5) {
	case 4: // of a program newer than this one
		k, g = w.Pick(sysmap.Card), sysmap.Reg{Field: newerField, Value: sysmap.Value{Kind: sysmap.Raw, S: w.Words()}}
	case 0:
		k, g = w.Pick(sysmap.Card), sysmap.Reg{Field: sysmap.Colour, Value: sysmap.IntValue(w.Rng.Int64N(18))}
	case 1:
		key := string(rune('a' + w.Rng.IntN(4)))
		k, g = w.Pick(sysmap.Card), sysmap.Reg{Field: sysmap.Attribute, Entry: key, Value: sysmap.TextValue(w.Words())}
	case 2:
		k, g = w.Pick(sysmap.Relationship), sysmap.Reg{Field: sysmap.Direction, Value: sysmap.IntValue(w.Rng.Int64N(4))}
	default:
		target := w.Pick(sysmap.Card)
		k = w.Pick(sysmap.Perspective)
		g = sysmap.Reg{Field: sysmap.View, Entry: string(target[:]), Value: sysmap.IntValue(1 + w.Rng.Int64N(4))}
	}
	if w.Rng.IntN(6) == 0 {
		g.Value = sysmap.Value{}
	}
	return []sysmap.Op{{Kind: sysmap.OpSet, ID: k, Reg: g}}
}

// newerField is one that this program does not know.
const newerField sysmap.Field = 200

// Words returns a few random letters, maybe none.
func (w Whim) Words() string {
	const letters = "abcdefgh äöü€𝄞"
	r := []rune(letters)
	out := make([]rune, w.Rng.IntN(6))
	for i := range out {
		out[i] = r[w.Rng.IntN(len(r))]
	}
	return string(out)
}
