package desk

import (
	"plectica/internal/id"
	"plectica/internal/insight"
	"plectica/internal/layout"
	"plectica/internal/picture"
	"plectica/internal/snap"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// Bits of how a lens is set.
const (
	lensFocus  = 1 // on what is near some cards
	lensFilter = 2 // on what fits
	lensHide   = 4 // the rest is not shown
)

// Bits of a filter.
const (
	filterLinked   = 1
	filterUnlinked = 2
	filterUntyped  = 4
)

// maxTests bounds the attributes a filter asks for.
const maxTests = 64

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
		l.filter = readFilter(rd)
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

// readFilter reads what is looked for.
func readFilter(rd *varint.Reader) insight.Filter {
	flags, colours := rd.Byte(), rd.Uint()
	f := insight.Filter{Colours: uint16(colours & (1<<insight.Colours - 1)), Linked: flags&filterLinked != 0,
		Unlinked: flags&filterUnlinked != 0, Untyped: flags&filterUntyped != 0}
	f.Attributes = make([]insight.Test, rd.Count(maxTests))
	for i := range f.Attributes {
		t := &f.Attributes[i]
		t.Key, t.How, t.Text = rd.String(sysmap.MaxEntry), insight.How(rd.Byte()), rd.String(sysmap.MaxText)
		if t.How > insight.Equals {
			rd.Fail()
		}
	}
	return f
}

// Found returns what the lens singles out, itself empty without one.
func (d *Desk) Found() []int32 {
	d.fresh()
	return d.lens.found
}

// Find returns what a filter would single out.
func (d *Desk) Find(b []byte) ([]int32, error) {
	rd := varint.NewReader(b)
	f := readFilter(rd)
	if err := rd.Done(); err != nil {
		return nil, err
	}
	d.nums = d.numbered(d.nums[:0], insight.Find(d.r.View(), &f))
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
	l, m := &d.lens, d.r.View()
	s := &d.scene.Lens
	*s = picture.Lens{Hide: l.flags&lensHide != 0, Cards: s.Cards[:0]}
	l.found = l.found[:0]
	near := d.near()
	wants := l.flags&lensFilter != 0 && !l.filter.Empty()
	switch {
	case wants:
		list := insight.Find(m, &l.filter)
		if near != nil {
			list = within(m, list, near)
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
	return insight.Reach(d.r.View(), from, d.lens.steps, d.lens.way)
}

// within keeps what is among some cards: a relationship when both its ends are.
func within(m *sysmap.Map, list, cards []id.Object) []id.Object {
	has := make(map[id.Object]bool, len(cards))
	for _, k := range cards {
		has[k] = true
	}
	out := list[:0]
	for _, k := range list {
		if o := m.Get(k); has[k] || o.Type == sysmap.Relationship && has[o.A] && has[o.B] {
			out = append(out, k)
		}
	}
	return out
}

// Facets tells what the map can be filtered by.
func (d *Desk) Facets() []byte {
	f := insight.Tally(d.r.View())
	b := varint.Uint(d.out[:0], uint64(f.Cards))
	for _, n := range f.Colours {
		b = varint.Uint(b, uint64(n))
	}
	b = varint.Uint(varint.Uint(b, uint64(f.Linked)), uint64(f.Untyped))
	b = varint.Uint(b, uint64(len(f.Keys)))
	for i := range f.Keys {
		k := &f.Keys[i]
		b = varint.Uint(varint.String(b, k.Name), uint64(k.Cards))
		b = varint.Uint(b, uint64(len(k.Values)))
		for _, v := range k.Values {
			b = varint.Uint(varint.String(b, v.Text), uint64(v.Cards))
		}
	}
	d.out = b
	return b
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
	p, g := &d.layout.Plan, &d.drag
	var me snap.Rect
	for n, num := range g.moving {
		i := p.Box(num)
		if i < 0 {
			return
		}
		r := rectOf(&p.Boxes[i])
		if n == 0 {
			me = r
		}
		for axis := range 2 {
			far := max(me.At[axis]+me.Size[axis], r.At[axis]+r.Size[axis])
			me.At[axis] = min(me.At[axis], r.At[axis])
			me.Size[axis] = far - me.At[axis]
		}
	}
	me.At[0], me.At[1] = me.At[0]+g.dx, me.At[1]+g.dy
	by, guides := snap.To(me, d.beside(target), d.scene.Camera.World(snapReach))
	g.dx, g.dy = g.dx+by[0], g.dy+by[1]
	d.over.Guides = guides
}

// beside returns the areas of the cards in a place that are in sight and do not move,
// as many as are looked at.
func (d *Desk) beside(target int32) (out []snap.Rect) {
	p := &d.layout.Plan
	from, to := int32(0), int32(len(p.Boxes))
	if target >= 0 {
		from, to = target+1, p.Boxes[target].End
	}
	for k := from; k < to && len(out) < snap.MaxOthers; k = p.Boxes[k].End {
		if b := &p.Boxes[k]; b.Link < 0 && d.scene.InSight(k) && !d.isMoving(b.Num) {
			out = append(out, rectOf(b))
		}
	}
	return out
}

func rectOf(b *layout.Box) snap.Rect {
	return snap.Rect{At: [2]int32{b.X, b.Y}, Size: [2]int32{b.W, b.H}}
}
