package gesture

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// duplicateShift is how far a duplicate lies from what it was made of.
const duplicateShift = 24 * 64

// Copy returns cards and what belongs to them as bytes. The places of the
// outermost are positions on the screen, so that they keep their arrangement
// wherever they came from.
func (c *Context) Copy(list []id.Object) []byte {
	ops := c.Map.Copy(list)
	in := made(ops)
	for i := range ops {
		op := &ops[i]
		if s, ok := c.Spot(op.ID); ok && op.Type == sysmap.Card && !in[op.Place.Parent] {
			op.Place.X, op.Place.Y = bounded(int64(s.X)), bounded(int64(s.Y))
		}
	}
	return sysmap.AppendOps(nil, ops)
}

// made returns the objects that ops make.
func made(ops []sysmap.Op) map[id.Object]bool {
	in := make(map[id.Object]bool, len(ops))
	for i := range ops {
		in[ops[i].ID] = true
	}
	return in
}

// Paste makes the cards of a fragment anew in a place, the top left of them at
// x, y.
func (c *Context) Paste(place id.Object, x, y int32, fragment []byte) ([]sysmap.Op, []id.Object, error) {
	if place != id.Root {
		if _, err := c.card(place); err != nil {
			return nil, nil, err
		}
	}
	if len(fragment) > MaxFragment {
		return nil, nil, errMany
	}
	r := varint.NewReader(fragment)
	old, err := sysmap.ReadOps(r, sysmap.MaxLargeOps)
	if err != nil {
		return nil, nil, err
	}
	if r.Done() != nil {
		return nil, nil, errBroken
	}
	in := made(old)
	left, top, roots := int32(0), int32(0), 0
	for i := range old {
		op := &old[i]
		if op.Kind != sysmap.OpPut && op.Kind != sysmap.OpRelate {
			return nil, nil, errBroken
		}
		if op.Type != sysmap.Card || in[op.Place.Parent] {
			continue
		}
		if roots == 0 {
			left, top = op.Place.X, op.Place.Y
		}
		left, top = min(left, op.Place.X), min(top, op.Place.Y)
		roots++
	}
	keys := c.keys(place, id.Root, roots)
	n := 0
	ops := sysmap.Renew(old, c.Random.Object, func(p sysmap.Place) sysmap.Place {
		n++
		return sysmap.Place{Parent: place, Order: keys[n-1],
			X: bounded(int64(p.X) - int64(left) + int64(x)), Y: bounded(int64(p.Y) - int64(top) + int64(y))}
	})
	return append(c.arrange(nil, place), ops...), outermost(ops), nil
}

// outermost returns the cards of ops that lie in no other of them.
func outermost(ops []sysmap.Op) []id.Object {
	in := made(ops)
	var out []id.Object
	for i := range ops {
		if ops[i].Type == sysmap.Card && !in[ops[i].Place.Parent] {
			out = append(out, ops[i].ID)
		}
	}
	return out
}

// Duplicate makes cards anew beside themselves.
func (c *Context) Duplicate(list []id.Object) ([]sysmap.Op, []id.Object, error) {
	var cards []id.Object
	for _, o := range c.roots(list) {
		cards = append(cards, o.ID)
	}
	old := c.Map.Copy(cards)
	in := made(old)
	var froms []id.Object // the outermost, in the order Renew asks for their places
	for i := range old {
		if old[i].Type == sysmap.Card && !in[old[i].Place.Parent] {
			froms = append(froms, old[i].ID)
		}
	}
	n := 0
	ops := sysmap.Renew(old, c.Random.Object, func(p sysmap.Place) sysmap.Place {
		o := c.Map.Get(froms[n])
		n++
		p.Order = c.keys(p.Parent, c.next(o), 1)[0]
		p.X, p.Y = bounded(int64(p.X)+duplicateShift), bounded(int64(p.Y)+duplicateShift)
		return p
	})
	return ops, outermost(ops), nil
}
