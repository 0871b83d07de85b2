package layout

import (
	"plectica/internal/sysmap"
)

// emit writes the boxes in the order of painting, with places on the plane.
func (l *Layout) emit() {
	p := &l.Plan
	p.boxOf = cleared(p.boxOf, l.Numbers.Len())
	p.shownIn = cleared(p.shownIn, l.Numbers.Len())
	p.linkOf = grow(p.linkOf, l.Numbers.Len())
	area, any := rect{}, false
	links := len(p.Links)
	l.inside(0, none, 0, 0, &area, &any)
	p.L, p.T, p.R, p.B = area.l, area.t, area.r, area.b
	for num, n := range l.where {
		if n > 0 && num < len(p.shownIn) {
			p.shownIn[num] = l.nodes[n-1].box + 1
		}
	}
	l.order(links)
}

func cleared(list []int32, n int) []int32 {
	list = grow(list, n)
	clear(list)
	return list
}

// box emits a node whose parent's content starts at x, y, and all in it.
func (l *Layout) box(i, parent, x, y int32) rect {
	n := &l.nodes[i]
	p := &l.Plan
	at := int32(len(p.Boxes))
	n.box = at
	if l.centred(n) {
		n.flags |= Centred
	}
	s := padsOf(n)
	b := Box{Num: n.num, Parent: parent, Link: n.link, X: clamp(x+n.x, maxExtent), Y: clamp(y+n.y, maxExtent), W: n.fw, H: n.fh,
		TitleSize: s.size, LineHeight: s.height, Parts: n.parts, Views: n.views, Depth: n.depth - 1,
		Colour: uint8(n.obj.Int(sysmap.Colour)), Layout: n.layout, Flags: n.flags, TW: n.tw,
		Order: n.order, Siblings: 1, Media: n.media}
	if n.link == none {
		b.Siblings = l.nodes[n.parent].parts
	}
	b.AtX, b.AtY = b.X+n.sx, b.Y+n.sy
	b.OX, b.OY = clamp(b.X+n.ox, maxExtent), clamp(b.Y+n.oy, maxExtent)
	b.TX, b.TY, b.BodyY = b.X+n.tx, b.Y+n.ty, b.Y+n.bodyY
	l.placeImage(n, &b)
	t := &l.titles[n.num]
	b.TitleLines, b.TitleRev = t.lines, t.rev
	if n.obj.Body != "" && n.first == none {
		b.BodyLines, b.BodyRev = l.bodies[n.num].lines, l.bodies[n.num].rev
	}
	p.Boxes = append(p.Boxes, b)
	p.boxOf[n.num] = at + 1
	area, any := rect{b.X, b.Y, b.X + b.W, b.Y + b.H}, true
	l.inside(i, at, b.OX, b.OY, &area, &any)
	done := &p.Boxes[at]
	done.End = int32(len(p.Boxes))
	done.L, done.T, done.R, done.B = area.l, area.t, area.r, area.b
	return area
}

// inside emits what lies in a node: parts, then links, then the cards on them.
func (l *Layout) inside(i, box, x, y int32, area *rect, any *bool) {
	p := &l.Plan
	cover := func(r rect) {
		if !*any {
			*area, *any = r, true
			return
		}
		area.add(r)
	}
	for c := l.nodes[i].first; c != none; c = l.nodes[c].next {
		cover(l.box(c, box, x, y))
	}
	if first := l.nodes[i].firstLink; first != none {
		batch := Batch{Owner: box, At: int32(len(p.Boxes)), Lo: first}
		for k := first; k != none; k = p.Links[k].next {
			e := &p.Links[k]
			e.shift(x, y)
			e.L, e.T, e.R, e.Bot = e.L+x, e.T+y, e.R+x, e.Bot+y
			cover(rect{e.L, e.T, e.R, e.Bot})
		}
		p.Batches = append(p.Batches, batch)
	}
	for c := l.nodes[i].firstOn; c != none; c = l.nodes[c].next {
		cover(l.box(c, box, x, y))
	}
}

// order sorts the links by owner, so that each batch is a run.
func (l *Layout) order(n int) {
	p := &l.Plan
	l.sorted = l.sorted[:0]
	for i := range p.Batches {
		b := &p.Batches[i]
		k := b.Lo
		b.Lo = int32(len(l.sorted))
		for k != none {
			e := p.Links[k]
			e.A, e.B = l.nodes[e.na].box, l.nodes[e.nb].box
			if e.card != none {
				e.Card = l.nodes[e.card].box
				p.Boxes[e.Card].Link = int32(len(l.sorted))
			}
			k = e.next
			l.sorted = append(l.sorted, e)
		}
		b.Hi = int32(len(l.sorted))
	}
	l.renumber = cleared(l.renumber, n)
	for i := range l.sorted {
		l.renumber[at(p.linkOf, l.sorted[i].Num)] = int32(i) + 1
	}
	for num, k := range p.linkOf {
		if k > 0 {
			p.linkOf[num] = l.renumber[k-1]
		}
	}
	p.Links, l.sorted = l.sorted, p.Links
}
