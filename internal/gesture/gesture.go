// Package gesture turns what a person does on the canvas or the keyboard into the
// ops of one transaction. It decides where things go and what comes along; whether
// the ops hold is Apply's to say. It takes the map, the places on the screen and
// randomness as arguments, changes none of them, and looks at no clock. A Context
// belongs to one goroutine.
package gesture

import (
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Spot is where a card is shown, in 1/64 px of the world.
type Spot struct {
	X, Y   int32 // the point its place's x, y stand for
	W, H   int32
	OX, OY int32 // where x, y of its parts start
	DX, DY int32 // from its corner to X, Y: parts left of the origin push the corner out
}

// Context is what a gesture knows beside its own arguments.
type Context struct {
	Map    *sysmap.Map
	Random *Random
	Spot   func(id.Object) (Spot, bool)      // false for what is not shown
	Inset  func(root bool) (x, y int32)      // from a whole's corner to its content
	Size   func(root bool) (w, h, gap int32) // of a new card, and the room around it
}

// Bounds of what one gesture may make.
const (
	MaxOutline      = 5000    // lines of an outline
	MaxFragment     = 8 << 20 // bytes of a fragment
	coordinateBound = sysmap.MaxCoordinate
)

// The refusals.
var (
	errGone     = fault.New(fault.Gone, "it was deleted")
	errCycle    = fault.New(fault.Cycle, "a card cannot come to lie inside itself")
	errKind     = fault.New(fault.Schema, "this cannot be done to it")
	errLine     = fault.New(fault.Conflict, "a card on a relationship has no neighbours")
	errMany     = fault.New(fault.Limit, "too much at once")
	errPlaces   = fault.New(fault.Conflict, "they lie in different wholes")
	errArranged = fault.New(fault.Conflict, "there is nothing to arrange: their whole does it, or they are fewer than two")
	errBroken   = fault.New(fault.Invalid, "the fragment is damaged")
)

// card returns a living card.
func (c *Context) card(k id.Object) (*sysmap.Object, error) { return c.living(k, sysmap.Card) }

// living returns a living object of a type.
func (c *Context) living(k id.Object, t sysmap.Type) (*sysmap.Object, error) {
	o := c.Map.GetLive(k)
	if o == nil {
		return nil, errGone
	}
	if o.Type != t {
		return nil, errKind
	}
	return o, nil
}

// freehand reports whether parts of a place lie where their x, y say.
func (c *Context) freehand(place id.Object) bool {
	if place == id.Root {
		return true
	}
	o := c.Map.GetLive(place)
	return o != nil && o.Type == sysmap.Card && o.Int(sysmap.Layout) == sysmap.LayoutFreehand
}

// unarranged reports whether a card has no parts and nobody chose a layout yet.
func (c *Context) unarranged(place id.Object) bool {
	o := c.Map.GetLive(place)
	if o == nil || o.Type != sysmap.Card || o.Get(sysmap.Layout).Kind != sysmap.None {
		return false
	}
	empty := true
	c.Map.Parts(place, func(*sysmap.Object) bool { empty = false; return false })
	return empty
}

// origin returns where the content of a place starts.
func (c *Context) origin(place id.Object) (x, y int32) {
	if s, ok := c.Spot(place); ok && place != id.Root {
		return s.OX, s.OY
	}
	return 0, 0
}

// roots returns the living cards of a set that lie in no other of the set, once
// each; those of one whole in their order.
func (c *Context) roots(set []id.Object) []*sysmap.Object {
	in := make(map[id.Object]bool, len(set))
	for _, k := range set {
		in[k] = true
	}
	var list []*sysmap.Object
	for _, k := range set {
		o := c.Map.GetLive(k)
		if o == nil || o.Type != sysmap.Card || !in[k] || c.inside(k, in) {
			continue
		}
		in[k] = false // seen
		list = append(list, o)
	}
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && before(list[j], list[j-1]); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
		if i > insertionBound {
			break // a large selection keeps the order it came in
		}
	}
	return list
}

// insertionBound is the number of cards that are worth being put in order.
const insertionBound = 500

// before reports whether a comes before b in the same whole.
func before(a, b *sysmap.Object) bool {
	return a.Place.Parent == b.Place.Parent &&
		(a.Place.Order < b.Place.Order || a.Place.Order == b.Place.Order && id.Compare(a.ID, b.ID) < 0)
}

// inside reports whether k lies in a card of the set, or on a relationship that
// has both ends in one.
func (c *Context) inside(k id.Object, set map[id.Object]bool) bool {
	for {
		o := c.Map.Get(k)
		if o == nil || o.Type != sysmap.Card {
			return false
		}
		k = o.Place.Parent
		if k == id.Root {
			return false
		}
		if _, ok := set[k]; ok {
			return true
		}
		if l := c.Map.Get(k); l != nil && l.Type == sysmap.Relationship {
			return c.within(l.A, set) && c.within(l.B, set)
		}
	}
}

func (c *Context) within(k id.Object, set map[id.Object]bool) bool {
	if _, ok := set[k]; ok {
		return true
	}
	return c.inside(k, set)
}

// holds reports whether place is k or lies in it.
func (c *Context) holds(k, place id.Object) bool {
	return c.within(place, map[id.Object]bool{k: true})
}

// keys returns n order keys in a place, before a sibling or at the end.
func (c *Context) keys(place, sibling id.Object, n int) []string {
	kids := c.Map.Kids(place)
	low, high := "", ""
	if len(kids) > 0 {
		low = c.Map.Get(kids[len(kids)-1]).Place.Order
	}
	for i, k := range kids {
		if k != sibling {
			continue
		}
		high, low = c.Map.Get(k).Place.Order, ""
		for j := i - 1; j >= 0 && low == ""; j-- { // skip twins: no key fits between equals
			if o := c.Map.Get(kids[j]).Place.Order; o < high {
				low = o
			}
		}
		break
	}
	out := make([]string, n)
	for i := range out {
		low = sysmap.Between(low, high, c.Random.Jitter())
		out[i] = low
	}
	return out
}

// next returns the living sibling after a card, or id.Root.
func (c *Context) next(o *sysmap.Object) id.Object {
	kids := c.Map.Kids(o.Place.Parent)
	for i, k := range kids {
		if k != o.ID {
			continue
		}
		for _, n := range kids[i+1:] {
			if c.Map.GetLive(n) != nil {
				return n
			}
		}
		break
	}
	return id.Root
}

// arrange appends what a card needs before it gets its first part: parts stand in
// a list until somebody says otherwise.
func (c *Context) arrange(ops []sysmap.Op, place id.Object) []sysmap.Op {
	if place == id.Root || !c.unarranged(place) {
		return ops
	}
	return addSet(ops, place, sysmap.Layout, "", sysmap.IntValue(sysmap.LayoutList))
}

// grow appends an empty op and returns it. An op is large; filling it in place
// keeps the browser's core small.
func grow(ops []sysmap.Op, kind sysmap.OpKind, k id.Object) ([]sysmap.Op, *sysmap.Op) {
	ops = append(ops, sysmap.Op{})
	op := &ops[len(ops)-1]
	op.Kind, op.ID = kind, k
	return ops, op
}

func addSet(ops []sysmap.Op, k id.Object, f sysmap.Field, entry string, v sysmap.Value) []sysmap.Op {
	ops, op := grow(ops, sysmap.OpSet, k)
	op.Reg.Field, op.Reg.Entry, op.Reg.Value = f, entry, v
	return ops
}

func addPlace(ops []sysmap.Op, k id.Object, p *sysmap.Place) []sysmap.Op {
	ops, op := grow(ops, sysmap.OpPlace, k)
	op.Place = *p
	return ops
}

// addPut makes a card; regs may be nil.
func (c *Context) addPut(ops []sysmap.Op, p *sysmap.Place, title string, regs []sysmap.Reg) ([]sysmap.Op, id.Object) {
	ops, op := grow(ops, sysmap.OpPut, c.Random.Object())
	op.Type, op.Title, op.Regs, op.Place = sysmap.Card, title, regs, *p
	return ops, op.ID
}

// addRelate makes a relationship.
func (c *Context) addRelate(ops []sysmap.Op, a, b id.Object, direction int64) ([]sysmap.Op, id.Object) {
	ops, op := grow(ops, sysmap.OpRelate, c.Random.Object())
	op.A, op.B = a, b
	if direction != 0 {
		op.Regs = number(sysmap.Direction, direction)
	}
	return ops, op.ID
}

// number returns one number register.
func number(f sysmap.Field, n int64) []sysmap.Reg {
	return []sysmap.Reg{{Field: f, Value: sysmap.IntValue(n)}}
}

// at returns a place for a card shown at s when the place's content starts at x, y.
func at(parent id.Object, order string, s *Spot, x, y int64) sysmap.Place {
	return sysmap.Place{Parent: parent, Order: order, X: bounded(int64(s.X) - x), Y: bounded(int64(s.Y) - y)}
}

// bounded keeps a coordinate within the model's.
func bounded(v int64) int32 {
	return int32(max(-coordinateBound, min(v, coordinateBound)))
}
