package desk

import (
	"plectica/internal/id"
	"plectica/internal/insight"
	"plectica/internal/picture"
	"plectica/internal/snap"
	"plectica/internal/varint"
)

// Bits of how a lens is set.
const (
	lensFocus  = 1 // on what is near some cards
	lensFilter = 2 // on what fits
	lensHide   = 4 // the rest is not shown
)

// lens is what this viewer looks at alone.
type lens struct {
	flags  byte
	from   []int32
	steps  int
	way    insight.Way
	filter insight.Filter
	found  []int32 // what it singles out, in the order of the map or by distance
}

// Lens singles out, for this viewer, what is near some cards, what fits a filter, or
// what does both. Bytes that are not whole change nothing.
func (d *Desk) Lens(b []byte) error {
	rd := varint.NewReader(b)
	l := lens{flags: rd.Byte(), found: d.lens.found[:0]}
	if l.flags&lensFocus != 0 {
		l.steps, l.way = int(min(rd.Uint(), insight.MaxReach)), insight.Way(rd.Byte())
		l.from = make([]int32, rd.Count(maxList))
		for i := range l.from {
			l.from[i] = int32(min(rd.Uint(), 1<<31-1))
		}
	}
	if l.flags&lensFilter != 0 {
		l.filter = insight.ReadFilter(rd)
	}
	if l.way > insight.Downstream || l.flags > lensFocus|lensFilter|lensHide {
		rd.Fail()
	}
	if err := rd.Done(); err != nil {
		return err
	}
	d.lens, d.blurred = l, true
	return nil
}

// Found returns what the lens singles out, itself empty without one.
func (d *Desk) Found() []int32 {
	d.fresh()
	return d.lens.found
}

// Find returns what a filter would single out.
func (d *Desk) Find(b []byte) ([]int32, error) {
	rd := varint.NewReader(b)
	f := insight.ReadFilter(rd)
	if err := rd.Done(); err != nil {
		return nil, err
	}
	d.nums = d.numbered(d.nums[:0], insight.Find(d.shown(), &f))
	return d.nums, nil
}

func (d *Desk) numbered(out []int32, list []id.Object) []int32 {
	for _, k := range list {
		out = append(out, d.numbers().Of(k))
	}
	return out
}

// refract tells the scene what the lens singles out. With nothing left to start
// from, or nothing asked, there is no lens.
func (d *Desk) refract() {
	l, m := &d.lens, d.shown()
	s := &d.scene.Lens
	*s = picture.Lens{Hide: l.flags&lensHide != 0, Cards: s.Cards[:0]}
	l.found = l.found[:0]
	near := d.near()
	wants := l.flags&lensFilter != 0 && !l.filter.Empty()
	switch {
	case wants:
		list := insight.Find(m, &l.filter)
		if near != nil {
			list = insight.Within(m, list, near)
		}
		l.found = d.numbered(l.found, list)
	case near != nil:
		l.found = d.numbered(l.found, near)
	default:
		return
	}
	s.On, s.Cards = true, append(s.Cards, l.found...)
	if !wants || !l.filter.Untyped {
		return
	}
	s.Only, s.Lines, s.Cards = true, l.found, s.Cards[:0]
	for _, num := range l.found { // a relationship stays with its ends
		if o := d.object(num); o != nil {
			s.Cards = append(s.Cards, d.numbers().Of(o.A), d.numbers().Of(o.B))
		}
	}
}

// near returns the cards within reach of those the lens is on, nil without any.
func (d *Desk) near() []id.Object {
	if d.lens.flags&lensFocus == 0 {
		return nil
	}
	var from []id.Object
	for _, num := range d.lens.from {
		if o := d.object(num); o != nil {
			from = append(from, o.ID)
		}
	}
	return insight.Reach(d.shown(), from, d.lens.steps, d.lens.way)
}

// Facets tells what the map can be filtered by.
func (d *Desk) Facets() []byte {
	f := insight.Tally(d.shown())
	d.out = f.Append(d.out[:0])
	return d.out
}

// Mini returns the map as a few areas.
func (d *Desk) Mini() []int32 {
	d.fresh()
	d.nums = d.scene.Mini(d.nums[:0])
	return d.nums
}

// snap pulls the moved cards into line with those that are in sight in the place
// they would lie in.
func (d *Desk) snap(target int32) {
	g := &d.drag
	me, ok := d.scene.Around(g.moving)
	if !ok {
		return
	}
	me.At[0], me.At[1] = me.At[0]+g.dx, me.At[1]+g.dy
	by, guides := snap.To(me, d.scene.Beside(target, d.isMoving), d.scene.Camera.World(snapReach))
	g.dx, g.dy = g.dx+by[0], g.dy+by[1]
	d.over.Guides = guides
}
