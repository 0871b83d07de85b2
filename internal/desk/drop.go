package desk

import (
	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/layout"
	"plectica/internal/picture"
	"plectica/internal/sysmap"
)

// drop does what the drag came to.
func (d *Desk) drop(seed [gesture.EntropySize]byte) Answer {
	g := &d.drag
	d.group = 0
	cmd := command{d: d, c: d.context(seed), out: Answer{Made: -1}}
	err := error(nil)
	switch {
	case g.kind == dragNone:
	case !g.moved && g.kind == dragRelate:
		err = cmd.clickHandle(g)
	case !g.moved:
	case g.kind == dragCards:
		err = cmd.dropCards(g)
	case g.kind == dragRelate:
		err = cmd.dropBand(g)
	case g.kind == dragEnd:
		err = cmd.dropEnd(g)
	case g.kind == dragResize:
		err = cmd.dropSize(g)
	case g.kind == dragBend:
		err = cmd.dropBend(g)
	}
	if err == nil {
		err = cmd.finish(0)
	}
	cmd.out.Fault = Kind(err)
	return cmd.out
}

// clickHandle makes a sibling on the handle's side, or a part below.
func (m *command) clickHandle(g *drag) (err error) {
	where := gesture.After
	if g.handle == picture.HandleTop || g.handle == picture.HandleLeft {
		where = gesture.Before
	}
	if g.handle == picture.HandleBottom {
		where = gesture.AsPart
	}
	var k id.Object
	m.ops, k, err = m.c.CreateNear(m.d.Ident(g.num), where)
	m.made, m.one = []id.Object{k}, true
	return err
}

func (m *command) dropCards(g *drag) (err error) {
	list := make([]id.Object, len(g.moving))
	for i, num := range g.moving {
		list[i] = m.d.Ident(num)
	}
	if !g.into {
		m.ops, err = m.c.Shift(list, g.dx, g.dy)
		return err
	}
	m.ops, err = m.c.Move(list, m.d.Ident(g.place), m.d.Ident(g.before), g.dx, g.dy)
	return err
}

// dropBand relates to what is under the pointer, or to a new card where nothing is.
func (m *command) dropBand(g *drag) (err error) {
	var k id.Object
	if g.place != 0 {
		m.ops, k, err = m.c.Relate(m.d.Ident(g.num), m.d.Ident(g.place), sysmap.DirectionAB)
	} else {
		w, h, _ := layout.NewCard(true)
		m.ops, k, err = m.c.RelateNew(m.d.Ident(g.num), id.Root, g.x+g.dx-w/2, g.y+g.dy-h/2, sysmap.DirectionAB)
	}
	m.made, m.one = []id.Object{k}, true
	return err
}

func (m *command) dropEnd(g *drag) (err error) {
	l := m.d.object(g.num)
	if l == nil || g.place == 0 {
		return nil
	}
	a, b := l.A, l.B
	if g.handle == picture.HandleEndA {
		a = m.d.Ident(g.place)
	} else {
		b = m.d.Ident(g.place)
	}
	m.ops, err = m.c.Ends(l.ID, a, b)
	return err
}

func (m *command) dropSize(g *drag) error {
	if len(g.ghosts) == 0 { // the card went while it was held
		return nil
	}
	k := []id.Object{m.d.Ident(g.num)}
	r := g.ghosts[0]
	w, err := m.c.Set(k, sysmap.Width, "", sysmap.IntValue(int64(r.W)))
	if err != nil {
		return err
	}
	h, err := m.c.Set(k, sysmap.Height, "", sysmap.IntValue(int64(r.H)))
	m.ops = append(w, h...)
	return err
}

// dropBend bends a relationship by the distance of the pointer from the straight
// line between its ends.
func (m *command) dropBend(g *drag) (err error) {
	i := m.d.layout.Plan.Link(g.num)
	if i < 0 {
		return nil
	}
	k := &m.d.layout.Plan.Links[i]
	ax, ay := int64(k.X2-k.X1), int64(k.Y2-k.Y1)
	px, py := int64(g.x+g.dx-k.X1), int64(g.y+g.dy-k.Y1)
	length := layout.Sqrt(ax*ax + ay*ay)
	if length == 0 {
		return nil
	}
	bend := max(-bendMost, min((ax*py-ay*px)/length, bendMost))
	m.ops, err = m.c.Set([]id.Object{m.d.Ident(g.num)}, sysmap.Curve, "", sysmap.IntValue(bend))
	return err
}

// bendMost bounds the bend of a relationship, in 1/64 px.
const bendMost = 4000 * 64
