package layout

import (
	"plectica/internal/elbow"
	"plectica/internal/sysmap"
)

// route runs a link between its ends and puts its card in its middle, all
// relative to where the owner's content starts. It returns what they cover.
func (l *Layout) route(i int32) rect {
	k := &l.Plan.Links[i]
	a, b := l.rectIn(k.na, k.owner), l.rectIn(k.nb, k.owner)
	switch {
	case k.na == k.nb:
		k.Curve = loop(a, k.nth)
	case k.Inner:
		k.Curve = l.inner(k, a, b)
	default:
		k.Curve = l.between(k, a, b)
	}
	k.Way = nil
	if l.elbows {
		l.angle(k, a, b)
	} else {
		bow(&k.Curve, k.bend)
	}
	trim(k)
	area := k.covered()
	k.L, k.T, k.R, k.Bot = area.l, area.t, area.r, area.b
	if k.card != none {
		n := &l.nodes[k.card]
		x, y := k.At(4)
		n.x, n.y = clamp(x-n.fw/2, maxExtent), clamp(y-n.fh/2, maxExtent)
		area.add(rect{n.x, n.y, n.x + n.fw, n.y + n.fh})
	}
	return area
}

// rectIn returns where a node lies, from where the owner's content starts.
func (l *Layout) rectIn(i, owner int32) rect {
	n := &l.nodes[i]
	if i == owner {
		return rect{-n.ox, -n.oy, n.fw - n.ox, n.fh - n.oy}
	}
	x, y := n.x, n.y
	for p := n.parent; p != owner; p = l.nodes[p].parent {
		w := &l.nodes[p]
		x, y = clamp(x+w.x+w.ox, maxExtent), clamp(y+w.y+w.oy, maxExtent)
	}
	return rect{x, y, x + n.fw, y + n.fh}
}

// top returns the part of owner that is, or holds, node i; ok is false if that is
// a card on a relationship, which has no rank.
func (l *Layout) top(i, owner int32) (n *node, ok bool) {
	for l.nodes[i].parent != owner {
		i = l.nodes[i].parent
	}
	n = &l.nodes[i]
	return n, n.link == none
}

// between routes a link of two cards of which none holds the other.
func (l *Layout) between(k *Link, a, b rect) Curve {
	ta, ok := l.top(k.na, k.owner)
	tb, ok2 := l.top(k.nb, k.owner)
	count := l.bundles[k.pair]
	if !ok || !ok2 {
		return free(a, b, k.nth, count)
	}
	apart := ta.order - tb.order
	if apart < 0 {
		apart = -apart
	}
	lane := laneStart + laneWidth*(min(apart-1, maxLanes)+k.nth)
	var card *node
	if k.card != none {
		card = &l.nodes[k.card]
	}
	switch l.nodes[k.owner].layout {
	case sysmap.LayoutList, sysmap.LayoutRight:
		if card != nil {
			lane = max(lane, card.fw/2+labelMargin/2)
		}
		return arc(a, b, max(ta.x+ta.fw, tb.x+tb.fw)+lane, 1)
	case sysmap.LayoutLeft:
		if card != nil {
			lane = max(lane, card.fw/2+labelMargin/2)
		}
		return arc(a, b, min(ta.x, tb.x)-lane, -1)
	case sysmap.LayoutRow:
		if apart > 1 {
			if card != nil {
				lane = max(lane, card.fh/2+labelMargin/2)
			}
			return arc(a.turned(), b.turned(), l.nodes[k.owner].bottom+lane, 1).turned()
		}
	}
	return free(a, b, k.nth, count)
}

// turned exchanges x and y.
func (a rect) turned() rect { return rect{a.t, a.l, a.b, a.r} }

func (c Curve) turned() Curve {
	return Curve{c.Y1, c.X1, c.CY1, c.CX1, c.CY2, c.CX2, c.Y2, c.X2, c.DY1, c.DX1, c.DY2, c.DX2}
}

// arc runs beside a column: out of one side of a and back into the same side of
// b, with its middle at x.
func arc(a, b rect, x, dir int32) Curve {
	x1, x2 := a.r, b.r
	if dir < 0 {
		x1, x2 = a.l, b.l
	}
	y1, y2 := (a.t+a.b)/2, (b.t+b.b)/2
	da, db := min((a.b-a.t)/4, sideMargin), min((b.b-b.t)/4, sideMargin)
	if y1 < y2 {
		y1, y2 = y1+da, y2-db
	} else {
		y1, y2 = y1-da, y2+db
	}
	c := int32((8*int64(x) - int64(x1) - int64(x2)) / 6)
	return Curve{x1, y1, c, y1, c, y2, x2, y2, dir, 0, dir, 0}
}

// loop leaves a card at its top and comes back at its right.
func loop(a rect, nth int32) Curve {
	size := loopSize + nth*loopStep
	in := min((a.r-a.l)/3, (a.b-a.t)/2, 20*px)
	return Curve{a.r - in, a.t, a.r - in, a.t - size, a.r + size, a.t + in, a.r, a.t + in, 0, -1, 1, 0}
}

// inner runs from a whole's right border to a card in it, or back.
func (l *Layout) inner(k *Link, a, b rect) Curve {
	in, whole := b, a
	if k.owner == k.nb {
		in, whole = a, b
	}
	edge := whole.r
	if l.nodes[k.owner].fw == 0 { // its size is not known yet
		edge = in.r + innerRoom
	}
	y := (in.t+in.b)/2 + fan(k.nth, l.bundles[k.pair], fanStep, (in.b-in.t)/2-arrowLength)
	mid := (edge + in.r) / 2
	c := Curve{edge, y, mid, y, mid, y, in.r, y, -1, 0, 1, 0}
	if k.owner == k.nb {
		c = Curve{in.r, y, mid, y, mid, y, edge, y, 1, 0, -1, 0}
	}
	return c
}

// fan returns how far the nth of count parallels lies off the middle.
func fan(nth, count, step, most int32) int32 {
	return max(min((2*nth-count+1)*step, most), -max(most, 0))
}

// free joins the sides that face each other.
func free(a, b rect, nth, count int32) Curve {
	gapX := max(b.l-a.r, a.l-b.r)
	gapY := max(b.t-a.b, a.t-b.b)
	if gapX >= gapY {
		return across(a, b, nth, count)
	}
	return across(a.turned(), b.turned(), nth, count).turned()
}

// across joins facing sides left and right.
func across(a, b rect, nth, count int32) Curve {
	dir := int32(1)
	x1, x2 := a.r, b.l
	if a.l+a.r > b.l+b.r {
		dir, x1, x2 = -1, a.l, b.r
	}
	if a.t > b.t || a.t == b.t && a.l > b.l { // one order for both directions, or opposite lines would cross
		nth = count - 1 - nth
	}
	y1 := (a.t+a.b)/2 + fan(nth, count, fanStep, (a.b-a.t)/2-sideMargin)
	y2 := (b.t+b.b)/2 + fan(nth, count, fanStep, (b.b-b.t)/2-sideMargin)
	pull := (x2 - x1) * dir / 2
	pull = max(min(pull, maxPull), min(minPull, max(pull*4/3, laneStart)))
	bowed := (2*nth - count + 1) * fanBow
	return Curve{x1, y1, x1 + dir*pull, y1 + bowed, x2 - dir*pull, y2 + bowed, x2, y2, dir, 0, -dir, 0}
}

// bow bends a curve sideways in its middle.
func bow(c *Curve, bend int32) {
	if bend == 0 {
		return
	}
	dx, dy := int64(c.X2-c.X1), int64(c.Y2-c.Y1)
	length := Sqrt(dx*dx + dy*dy)
	if length == 0 {
		return
	}
	x, y := int32(-dy*int64(bend)*4/3/length), int32(dx*int64(bend)*4/3/length)
	c.CX1, c.CX2, c.CY1, c.CY2 = c.CX1+x, c.CX2+x, c.CY1+y, c.CY2+y
}

// trim makes room for arrows.
func trim(k *Link) {
	far := max(abs(k.X2-k.X1), abs(k.Y2-k.Y1))
	if k.na == k.nb {
		far = loopSize
	}
	room := min(arrowGap+arrowLength, far/3)
	first, last := room, room
	if n := len(k.Way); n > 0 { // never past the first corner
		first = min(room, int32(span(k.Way[0], k.Way[1])/2))
		last = min(room, int32(span(k.Way[n-2], k.Way[n-1])/2))
	}
	if k.HeadA {
		k.X1, k.Y1 = k.X1+k.DX1*first, k.Y1+k.DY1*first
	}
	if k.HeadB {
		k.X2, k.Y2 = k.X2+k.DX2*last, k.Y2+k.DY2*last
	}
	if n := len(k.Way); n > 0 {
		k.Way[0], k.Way[n-1] = elbow.Point{X: k.X1, Y: k.Y1}, elbow.Point{X: k.X2, Y: k.Y2}
	}
}

// Tip returns where the arrow at an end points, and its direction.
func (c *Curve) Tip(second bool) (x, y, dx, dy int32) {
	if second {
		return c.X2 - c.DX2*arrowLength, c.Y2 - c.DY2*arrowLength, -c.DX2, -c.DY2
	}
	return c.X1 - c.DX1*arrowLength, c.Y1 - c.DY1*arrowLength, -c.DX1, -c.DY1
}

// bounds returns what a curve covers, to the precision of sixteen points.
func (c *Curve) bounds() rect {
	r := rect{min(c.X1, c.X2), min(c.Y1, c.Y2), max(c.X1, c.X2), max(c.Y1, c.Y2)}
	for t := int32(1); t < 8; t++ {
		x, y := c.At(t)
		r.add(rect{x, y, x, y})
	}
	return r
}

func abs(v int32) int32 {
	if v < 0 {
		return -v
	}
	return v
}

// Sqrt returns the integer square root of v.
func Sqrt(v int64) int64 {
	if v <= 0 {
		return 0
	}
	x, bit := int64(0), int64(1)<<62
	for bit > v {
		bit >>= 2
	}
	for ; bit != 0; bit >>= 2 {
		if v >= x+bit {
			v -= x + bit
			x = x>>1 + bit
		} else {
			x >>= 1
		}
	}
	return x
}
