package gesture

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Shift moves cards by a distance, where their wholes are freehand.
func (c *Context) Shift(list []id.Object, dx, dy int32) ([]sysmap.Op, error) {
	var ops []sysmap.Op
	for _, o := range c.roots(list) {
		if !c.freehand(o.Place.Parent) || dx == 0 && dy == 0 {
			continue
		}
		p := o.Place
		p.X, p.Y = bounded(int64(p.X)+int64(dx)), bounded(int64(p.Y)+int64(dy))
		ops = addPlace(ops, o.ID, &p)
	}
	return ops, nil
}

// Move puts cards into a place, before a sibling or at the end. In a freehand
// place they keep their positions on the screen, shifted by dx, dy. Nothing is
// moved into itself or into another of the moved.
func (c *Context) Move(list []id.Object, place, sibling id.Object, dx, dy int32) ([]sysmap.Op, error) {
	if place != id.Root {
		if _, err := c.card(place); err != nil {
			return nil, err
		}
	}
	cards := c.roots(list)
	for _, o := range cards {
		if place != id.Root && c.holds(o.ID, place) {
			return nil, errCycle
		}
		if o.ID == sibling { // it would stand before itself
			sibling = c.next(o)
		}
	}
	if len(cards) == 0 {
		return nil, nil
	}
	var ops []sysmap.Op
	fresh := c.unarranged(place)
	if fresh && len(cards) == 1 {
		ops = c.arrange(ops, place)
	}
	ox, oy := c.origin(place)
	if fresh { // their arrangement starts at the whole's corner
		ox, oy = c.corner(cards, dx, dy)
	}
	sibling = c.notMoved(cards, sibling)
	keys := c.keys(place, sibling, len(cards))
	for i, o := range cards {
		p := sysmap.Place{Parent: place, Order: keys[i], X: o.Place.X, Y: o.Place.Y}
		if s, ok := c.Spot(o.ID); ok {
			p = at(place, keys[i], &s, int64(ox)-int64(dx), int64(oy)-int64(dy))
		}
		if place == o.Place.Parent && c.freehand(place) && sibling == id.Root {
			p.Order = o.Place.Order // it only shifts
		}
		ops = addPlace(ops, o.ID, &p)
	}
	return ops, nil
}

// notMoved returns the first sibling at or after k that stays where it is.
func (c *Context) notMoved(cards []*sysmap.Object, k id.Object) id.Object {
	for k != id.Root {
		moved := false
		for _, o := range cards {
			moved = moved || o.ID == k
		}
		o := c.Map.Get(k)
		if !moved || o == nil {
			return k
		}
		k = c.next(o)
	}
	return k
}

// corner returns the top left of cards as they are shown.
func (c *Context) corner(cards []*sysmap.Object, dx, dy int32) (x, y int32) {
	any := false
	for _, o := range cards {
		s, ok := c.Spot(o.ID)
		if !ok {
			continue
		}
		if !any {
			x, y, any = s.X+dx, s.Y+dy, true
		}
		x, y = min(x, s.X+dx), min(y, s.Y+dy)
	}
	return x, y
}

// Reorder moves a card among its living siblings.
func (c *Context) Reorder(k id.Object, delta int) ([]sysmap.Op, error) {
	o, err := c.card(k)
	if err != nil {
		return nil, err
	}
	var list []id.Object
	at := 0
	c.Map.Parts(o.Place.Parent, func(s *sysmap.Object) bool {
		if s.ID == k {
			at = len(list)
		} else {
			list = append(list, s.ID)
		}
		return true
	})
	to := max(0, min(at+max(min(delta, len(list)), -len(list)), len(list)))
	if to == at {
		return nil, nil
	}
	sibling := id.Root
	if to < len(list) {
		sibling = list[to]
	}
	p := o.Place
	p.Order = c.keys(p.Parent, sibling, 1)[0]
	return addPlace(nil, k, &p), nil
}

// Set writes a register of objects. A whole that becomes freehand keeps its parts
// where they are shown.
func (c *Context) Set(list []id.Object, f sysmap.Field, entry string, v sysmap.Value) ([]sysmap.Op, error) {
	var ops []sysmap.Op
	for _, k := range list {
		o := c.Map.GetLive(k)
		if o == nil {
			continue // another deleted it meanwhile; the rest still counts
		}
		if t := standing(f); o.Type == sysmap.Card && t != 0 {
			ops = c.setOn(ops, o, t, f, entry, v)
			continue
		}
		if f == sysmap.Layout && o.Type == sysmap.Card && v.N == sysmap.LayoutFreehand &&
			o.Int(sysmap.Layout) != sysmap.LayoutFreehand {
			ops = c.keepPlaces(ops, o)
			ops = addSet(ops, k, f, entry, sysmap.IntValue(sysmap.LayoutFreehand))
			continue
		}
		if o.GetEntry(f, entry) != v {
			ops = addSet(ops, k, f, entry, v)
		}
	}
	return ops, nil
}

// standing returns the type of object on a card that has a field, or 0.
func standing(f sysmap.Field) sysmap.Type {
	switch {
	case sysmap.Name <= f && f <= sysmap.Open:
		return sysmap.Perspective
	case sysmap.Other <= f && f <= sysmap.IsNot:
		return sysmap.Distinction
	}
	return 0
}

// setOn writes a register of the perspective or distinction that stands on a card,
// which is made if there is none.
func (c *Context) setOn(ops []sysmap.Op, o *sysmap.Object, t sysmap.Type, f sysmap.Field, entry string,
	v sysmap.Value,
) []sysmap.Op {
	if e := c.on(o.ID, t); e != nil {
		return addSet(ops, e.ID, f, entry, v)
	}
	if v.Kind == sysmap.None {
		return ops
	}
	ops, op := grow(ops, sysmap.OpPut, c.Random.Object())
	op.Type, op.A, op.Regs = t, o.ID, []sysmap.Reg{{Field: f, Entry: entry, Value: v}}
	return ops
}

// on returns the perspective or distinction that stands on a card, or nil.
func (c *Context) on(card id.Object, t sysmap.Type) *sysmap.Object {
	for _, k := range c.Map.Deps(card) {
		if e := c.Map.GetLive(k); e != nil && e.Type == t {
			return e
		}
	}
	return nil
}

// keepPlaces writes where the parts of a whole are shown into their places.
func (c *Context) keepPlaces(ops []sysmap.Op, whole *sysmap.Object) []sysmap.Op {
	var parts []*sysmap.Object
	c.Map.Parts(whole.ID, func(o *sysmap.Object) bool { parts = append(parts, o); return true })
	x, y := c.corner(parts, 0, 0)
	for _, o := range parts {
		s, ok := c.Spot(o.ID)
		if !ok {
			continue
		}
		p := at(whole.ID, o.Place.Order, &s, int64(x), int64(y))
		ops = addPlace(ops, o.ID, &p)
	}
	return ops
}

// Delete deletes objects. What lies in them goes along.
func (c *Context) Delete(list []id.Object) ([]sysmap.Op, error) {
	in := make(map[id.Object]bool, len(list))
	for _, k := range list {
		in[k] = true
	}
	var ops []sysmap.Op
	for _, k := range list {
		o := c.Map.GetLive(k)
		if o == nil || !in[k] || o.Type == sysmap.Card && c.inside(k, in) {
			continue
		}
		if l := c.Map.Get(o.Place.Parent); o.Type == sysmap.Card && l != nil && in[l.ID] {
			continue
		}
		in[k] = false
		ops, _ = grow(ops, sysmap.OpDel, k)
	}
	return ops, nil
}

// Wrap makes a whole around cards, in the place of the first of them.
func (c *Context) Wrap(list []id.Object) ([]sysmap.Op, id.Object, error) {
	cards := c.roots(list)
	if len(cards) == 0 {
		return nil, id.Root, errGone
	}
	first := cards[0]
	place := first.Place.Parent
	if p := c.Map.GetLive(place); p != nil && p.Type == sysmap.Relationship {
		if len(cards) > 1 {
			return nil, id.Root, errLine
		}
		return c.wrapOnLine(first)
	}
	x, y := c.corner(cards, 0, 0)
	ox, oy := c.origin(place)
	insetX, insetY := c.Inset(place == id.Root)
	keep := c.freehand(place) && len(cards) > 1
	var regs []sysmap.Reg
	if !keep {
		regs = number(sysmap.Layout, sysmap.LayoutList)
	}
	p := at(place, c.keys(place, c.next(first), 1)[0], &Spot{X: x, Y: y}, int64(ox)+int64(insetX), int64(oy)+int64(insetY))
	ops, whole := c.addPut(nil, &p, "", regs)
	for i, key := range c.keys(whole, id.Root, len(cards)) {
		s, ok := c.Spot(cards[i].ID)
		if !ok {
			s = Spot{X: x, Y: y}
		}
		p = at(whole, key, &s, int64(x), int64(y))
		ops = addPlace(ops, cards[i].ID, &p)
	}
	return ops, whole, nil
}

// wrapOnLine makes a whole around the card on a relationship. The relationship
// holds one card at a time, so the old one steps aside first.
func (c *Context) wrapOnLine(o *sysmap.Object) ([]sysmap.Op, id.Object, error) {
	line := o.Place
	ops := addPlace(nil, o.ID, &sysmap.Place{Order: c.keys(id.Root, id.Root, 1)[0]})
	ops, whole := c.addPut(ops, &line, "", number(sysmap.Layout, sysmap.LayoutList))
	return addPlace(ops, o.ID, &sysmap.Place{Parent: whole, Order: line.Order}), whole, nil
}

// Unwrap deletes a whole and leaves its parts in its place.
func (c *Context) Unwrap(k id.Object) ([]sysmap.Op, error) {
	o, err := c.card(k)
	if err != nil {
		return nil, err
	}
	place := o.Place.Parent
	if p := c.Map.GetLive(place); p != nil && p.Type == sysmap.Relationship {
		return nil, errLine
	}
	var parts []*sysmap.Object
	c.Map.Parts(k, func(p *sysmap.Object) bool { parts = append(parts, p); return true })
	ox, oy := c.origin(place)
	var ops []sysmap.Op
	for i, key := range c.keys(place, c.next(o), len(parts)) {
		p := sysmap.Place{Parent: place, Order: key, X: o.Place.X, Y: o.Place.Y}
		if s, ok := c.Spot(parts[i].ID); ok {
			p = at(place, key, &s, int64(ox), int64(oy))
		}
		ops = addPlace(ops, parts[i].ID, &p)
	}
	ops, _ = grow(ops, sysmap.OpDel, k)
	return ops, nil
}
