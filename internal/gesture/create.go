package gesture

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Where a new card goes, seen from another.
const (
	AsPart   = 0
	After    = 1
	Before   = 2
	AsWhole  = 3
	lastNear = AsWhole
)

// Create makes a card in a place, before a sibling or at the end. x, y count from
// where the place's content starts, where the place is freehand.
func (c *Context) Create(place, sibling id.Object, x, y int32, title string) ([]sysmap.Op, id.Object, error) {
	if place != id.Root {
		p := c.Map.GetLive(place)
		if p == nil {
			return nil, id.Root, errGone
		}
		if p.Type == sysmap.Relationship {
			return c.CardOn(place, title)
		}
		if p.Type != sysmap.Card {
			return nil, id.Root, errKind
		}
	}
	ops := c.arrange(nil, place)
	p := sysmap.Place{Parent: place, Order: c.keys(place, sibling, 1)[0], X: bounded(int64(x)), Y: bounded(int64(y))}
	ops, k := c.addPut(ops, &p, title, nil)
	return ops, k, nil
}

// MaxContent is how many registers a card can be made with.
const MaxContent = 64

// CreateWith makes a card with registers: a file or an address comes with its card
// in one step.
func (c *Context) CreateWith(place, sibling id.Object, x, y int32, title string, regs []sysmap.Reg) ([]sysmap.Op, id.Object, error) {
	ops, k, err := c.Create(place, sibling, x, y, title)
	if err != nil {
		return nil, id.Root, err
	}
	for i := range regs {
		ops = addSet(ops, k, regs[i].Field, regs[i].Entry, regs[i].Value)
	}
	return ops, k, nil
}

// CardOn returns the card on a relationship, and the ops that make it if there is
// none.
func (c *Context) CardOn(line id.Object, title string) ([]sysmap.Op, id.Object, error) {
	o := c.Map.GetLive(line)
	if o == nil {
		return nil, id.Root, errGone
	}
	if o.Type != sysmap.Relationship {
		return nil, id.Root, errKind
	}
	if card := c.Map.CardOn(line); card != nil {
		return nil, card.ID, nil
	}
	p := sysmap.Place{Parent: line, Order: c.keys(line, id.Root, 1)[0]}
	ops, k := c.addPut(nil, &p, title, nil)
	return ops, k, nil
}

// CreateNear makes a card as a part of another, beside it, or around it. It finds
// a free spot where the place is freehand.
func (c *Context) CreateNear(near id.Object, where int) ([]sysmap.Op, id.Object, error) {
	if where < 0 || where > lastNear {
		return nil, id.Root, errKind
	}
	if near == id.Root {
		x, y := c.below(id.Root)
		return c.Create(id.Root, id.Root, x, y, "")
	}
	if o := c.Map.GetLive(near); o != nil && o.Type == sysmap.Relationship {
		return c.CardOn(near, "")
	}
	o, err := c.card(near)
	if err != nil {
		return nil, id.Root, err
	}
	switch where {
	case AsPart:
		x, y := int32(0), int32(0)
		if c.freehand(near) {
			x, y = c.below(near)
		}
		return c.Create(near, id.Root, x, y, "")
	case AsWhole:
		return c.Wrap([]id.Object{near})
	}
	place := o.Place.Parent
	if p := c.Map.GetLive(place); p != nil && p.Type == sysmap.Relationship {
		return nil, id.Root, errLine
	}
	sibling := near
	if where == After {
		sibling = c.next(o)
	}
	x, y := o.Place.X, o.Place.Y
	if c.freehand(place) {
		x, y = c.beside(o, where)
	}
	return c.Create(place, sibling, x, y, "")
}

// below returns a place under all parts of a freehand whole, in line with the
// last one.
func (c *Context) below(place id.Object) (x, y int32) {
	ox, oy := c.origin(place)
	_, _, gap := c.Size(place == id.Root)
	bottom, any := int32(0), false
	c.Map.Parts(place, func(o *sysmap.Object) bool {
		if s, ok := c.Spot(o.ID); ok {
			x = s.X - ox
			if end := s.Y + s.H - oy; !any || end > bottom {
				bottom, any = end, true
			}
		}
		return true
	})
	if any {
		y = bottom + gap
	}
	return x, y
}

// beside returns the nearest free spot under a card, or above it, of its freehand
// whole. It goes on in the same direction past what stands in the way.
func (c *Context) beside(o *sysmap.Object, where int) (x, y int32) {
	s, ok := c.Spot(o.ID)
	if !ok {
		return o.Place.X, o.Place.Y
	}
	ox, oy := c.origin(o.Place.Parent)
	w, h, gap := c.Size(o.Place.Parent == id.Root)
	x, y = s.X-ox, s.Y-oy+s.H+gap
	if where == Before {
		y = s.Y - oy - h - gap
	}
	for range maxObstacles {
		hit, found := c.obstacle(o.Place.Parent, x+ox, y+oy, w, h, gap/2)
		if !found {
			break
		}
		if where == Before {
			y = hit.Y - oy - h - gap
		} else {
			y = hit.Y - oy + hit.H + gap
		}
	}
	return x, y
}

// maxObstacles bounds the search for a free spot.
const maxObstacles = 64

// obstacle returns a part of a place that overlaps an area.
func (c *Context) obstacle(place id.Object, x, y, w, h, margin int32) (hit Spot, found bool) {
	c.Map.Parts(place, func(o *sysmap.Object) bool {
		s, ok := c.Spot(o.ID)
		if ok && s.X < x+w+margin && x < s.X+s.W+margin && s.Y < y+h+margin && y < s.Y+s.H+margin {
			hit, found = s, true
		}
		return !found
	})
	return hit, found
}

// Relate joins two cards. A relationship as an end stands for its card, which is
// made if there is none.
func (c *Context) Relate(a, b id.Object, direction int64) ([]sysmap.Op, id.Object, error) {
	var ops []sysmap.Op
	for _, end := range [2]*id.Object{&a, &b} {
		var err error
		if ops, *end, err = c.cardOf(ops, *end); err != nil {
			return nil, id.Root, err
		}
	}
	ops, k := c.addRelate(ops, a, b, direction)
	return ops, k, nil
}

// RelateNew makes a card and a relationship from another to it.
func (c *Context) RelateNew(a, place id.Object, x, y int32, direction int64) ([]sysmap.Op, id.Object, error) {
	if _, err := c.card(a); err != nil {
		return nil, id.Root, err
	}
	ops, card, err := c.Create(place, id.Root, x, y, "")
	if err != nil {
		return nil, id.Root, err
	}
	ops, _ = c.addRelate(ops, a, card, direction)
	return ops, card, nil
}

// Ends moves the ends of a relationship.
func (c *Context) Ends(line, a, b id.Object) ([]sysmap.Op, error) {
	o := c.Map.GetLive(line)
	if o == nil {
		return nil, errGone
	}
	if o.Type != sysmap.Relationship {
		return nil, errKind
	}
	if o.A == a && o.B == b {
		return nil, nil
	}
	for _, k := range [2]id.Object{a, b} {
		if _, err := c.card(k); err != nil {
			return nil, err
		}
	}
	ops, op := grow(nil, sysmap.OpEnds, line)
	op.A, op.B = a, b
	return ops, nil
}
