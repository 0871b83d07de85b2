package layout

import (
	"plectica/internal/sysmap"
)

// pads are the distances that depend on whether a card lies on the map itself.
type pads struct{ x, y, inner, size, height int32 }

func padsOf(n *node) pads {
	switch {
	case n.flags&Chip != 0:
		return pads{chipPadX, chipPadY, 0, labelSize, labelHeight}
	case n.flags&Root != 0:
		return pads{rootPadX, rootPadY, rootPad, rootTitleSize, rootTitleHeight}
	}
	return pads{padX, padY, wholePad, titleSize, titleHeight}
}

// rect is an area.
type rect struct{ l, t, r, b int32 }

func (a *rect) add(b rect) {
	a.l, a.t = min(a.l, b.l), min(a.t, b.t)
	a.r, a.b = max(a.r, b.r), max(a.b, b.b)
}

// measure finds the natural size of a node from what lies in it, parts first.
func (l *Layout) measure(i int32) {
	n := &l.nodes[i]
	for c := n.first; c != none; c = l.nodes[c].next {
		l.measure(c)
	}
	for c := n.firstOn; c != none; c = l.nodes[c].next {
		l.measure(c)
	}
	if n.first == none {
		l.measureLeaf(n)
		return
	}
	size := l.arrange(i)
	n.bottom = size.b
	l.spread(i)
	area := l.routed(i, size)
	if i == 0 {
		return
	}
	l.frame(n, area)
	n.w, n.h = min(n.w, maxExtent), min(n.h, maxExtent)
}

// routed runs the links of a node and returns what its content covers, from
// where the content starts.
func (l *Layout) routed(i int32, area rect) rect {
	n := &l.nodes[i]
	for k := n.firstLink; k != none; k = l.Plan.Links[k].next {
		area.add(l.route(k))
	}
	return area
}

// measureLeaf sizes a card whose parts are not shown, or that has none.
func (l *Layout) measureLeaf(n *node) {
	if n.obj == nil {
		return
	}
	body := n.obj.Body
	minW, minH := explicit(n.obj)
	if n.link != none && n.flags&Whole == 0 && body == "" && minW == 0 && minH == 0 && n.media == 0 {
		n.flags |= Chip
	}
	p := padsOf(n)
	extra := int32(0)
	if n.flags&Folded != 0 {
		extra = countRoom
	}
	most := max(maxTitle, minW-2*p.x-extra)
	least := int32(minWidth)
	if n.flags&Chip != 0 {
		most, least = maxLabel, minChip
	}
	t := l.title(n, p, most)
	w, h := t.width, max(int32(len(t.lines)), 1)*p.height
	iw, ih := l.image(n, max(w, minW-2*p.x-extra))
	if ih > 0 {
		if n.obj.Title == "" {
			h, ih = 0, ih-mediaGap // nothing stands above it
		}
		w, h, n.mediaY = max(w, iw), h+ih, p.y+h+ih-l.Plan.Media[n.media-1].H
	}
	n.bodyY = p.y + h
	if body != "" {
		l.bodies = grow(l.bodies, int(n.num)+1)
		b := &l.bodies[n.num]
		excerpt(b, body, max(minBody, w, minW-2*p.x))
		w = max(w, b.width)
		if len(b.lines) > 0 {
			n.bodyY += bodyGap
			h += bodyGap + int32(len(b.lines))*BodyHeight
		}
		if !b.all {
			n.flags |= HasBody
		}
	}
	h += l.signs(n, ih > 0)
	n.w = max(w+2*p.x+extra, least, minW)
	n.h = max(h+2*p.y, minH)
	n.mediaX = p.x
	n.tx, n.ty, n.tw, n.inH = p.x, p.y, n.w-2*p.x-extra, h
}

func explicit(o *sysmap.Object) (w, h int32) {
	return min(int32(o.Int(sysmap.Width)), maxPlace), min(int32(o.Int(sysmap.Height)), maxPlace)
}

func clamp(v, most int32) int32 { return max(-most, min(v, most)) }

// title breaks a card's title into lines.
func (l *Layout) title(n *node, p pads, most int32) *broken {
	l.titles = grow(l.titles, int(n.num)+1)
	t := &l.titles[n.num]
	lineBreaks(t, n.obj.Title, titleWeight(n.flags), p.size, most, maxTitleLines)
	return t
}

// frame sizes a whole around its content.
func (l *Layout) frame(n *node, in rect) {
	p := padsOf(n)
	minW, minH := explicit(n.obj)
	in = rect{max(in.l, -maxExtent), max(in.t, -maxExtent), min(in.r, maxExtent), min(in.b, maxExtent)}
	left, top := -min(in.l, 0), -min(in.t, 0)
	n.sx, n.sy = left, top
	if n.obj.Body != "" {
		n.flags |= HasBody
	}
	inW, inH := left+in.r, top+in.b
	if n.layout == sysmap.LayoutLeft || n.layout == sysmap.LayoutRight {
		t := l.title(n, p, maxSideTitle)
		th := max(int32(len(t.lines)), 1) * p.height
		iw, ih := l.image(n, t.width)
		n.tw = max(t.width, iw)
		th += ih
		n.needW = p.x + n.tw + toggleRoom + sideGap + inW + p.inner
		n.w = max(n.needW, minW)
		n.h = max(max(inH, th)+2*p.inner, minH)
		n.oy = p.inner + top
		if n.layout == sysmap.LayoutRight {
			n.tx, n.ox = p.x, p.x+n.tw+toggleRoom+sideGap+left
		} else {
			n.ox, n.tx = p.inner+left, n.w-p.x-n.tw-toggleRoom
		}
		n.ty = (n.h - th) / 2
		n.mediaX, n.mediaY = n.tx, n.ty+th-ih+mediaGap
		return
	}
	n.needW = inW + 2*p.inner
	body := max(n.needW, minWhole, minW)
	t := l.title(n, p, max(maxTitle, body-2*p.x-toggleRoom))
	iw, ih := l.image(n, body-2*p.inner)
	n.w = max(body, t.width+2*p.x+toggleRoom, iw+2*p.inner)
	n.tx, n.ty, n.tw = p.x, p.y, n.w-2*p.x-toggleRoom
	header := p.y + max(int32(len(t.lines)), 1)*p.height
	n.mediaX, n.mediaY = p.inner, header+mediaGap
	header += ih + headerGap
	n.ox, n.oy = p.inner+left, header+top
	n.h = max(header+inH+p.inner, minH)
}

// arrange puts a node's parts where its layout wants them and returns what they
// cover; the start of the content is always in it.
func (l *Layout) arrange(i int32) rect {
	n := &l.nodes[i]
	switch n.layout {
	case sysmap.LayoutList, sysmap.LayoutLeft, sysmap.LayoutRight:
		n.columns = 1
		return l.grid(i, 1, listGap, listGap)
	case sysmap.LayoutRow:
		n.columns = n.parts
		x, _ := l.gaps(n)
		return l.grid(i, n.parts, x, listGap)
	case sysmap.LayoutGrid:
		n.columns = 2
		for n.columns*n.columns < n.parts {
			n.columns++
		}
		n.columns = min(n.columns, n.parts)
		x, y := l.gaps(n)
		return l.grid(i, n.columns, x, y)
	}
	var area rect
	for c := n.first; c != none; c = l.nodes[c].next {
		k := &l.nodes[c]
		at := k.obj.Place
		k.x, k.y = clamp(at.X, maxPlace)-k.sx, clamp(at.Y, maxPlace)-k.sy
		area.add(rect{k.x, k.y, k.x + k.w, k.y + k.h})
	}
	return area
}

// gaps returns the room between a row's or grid's parts: more where relationships
// run, and enough for their labels.
func (l *Layout) gaps(n *node) (x, y int32) {
	if !n.bonded {
		return gridGap, gridGap
	}
	x, y = linkedGap, linkedGapY
	for c := n.firstOn; c != none; c = l.nodes[c].next {
		k := &l.nodes[c]
		x, y = max(x, k.w+2*labelMargin), max(y, k.h+2*labelMargin)
	}
	return x, y
}

// grid arranges parts in columns of their widest and rows of their highest part.
func (l *Layout) grid(i, columns, gapX, gapY int32) rect {
	n := &l.nodes[i]
	l.widths = grow(l.widths, int(columns))
	widths := l.widths[:columns]
	clear(widths)
	for c := n.first; c != none; c = l.nodes[c].next {
		k := &l.nodes[c]
		widths[k.order%columns] = max(widths[k.order%columns], k.w)
	}
	x, y, high := int32(0), int32(0), int32(0)
	right := int32(0)
	for c := n.first; c != none; c = l.nodes[c].next {
		k := &l.nodes[c]
		col := k.order % columns
		if col == 0 && k.order > 0 {
			x, y, high = 0, y+high+gapY, 0
		}
		x, y = min(x, maxExtent), min(y, maxExtent)
		k.x, k.y = x, y
		k.fw = widths[col]
		right = max(right, x+widths[col])
		high = max(high, k.h)
		x += widths[col] + gapX
	}
	return rect{0, 0, right, y + high}
}

// spread gives the parts of a node their size before stretching.
func (l *Layout) spread(i int32) {
	n := &l.nodes[i]
	free := n.layout == sysmap.LayoutFreehand
	for c := n.first; c != none; c = l.nodes[c].next {
		k := &l.nodes[c]
		if free {
			k.fw = k.w
		}
		k.fh = k.h
	}
	if n.layout == sysmap.LayoutRow || n.layout == sysmap.LayoutGrid {
		l.level(n)
	}
	for c := n.firstOn; c != none; c = l.nodes[c].next {
		k := &l.nodes[c]
		k.fw, k.fh = k.w, k.h
	}
}

// level makes the wholes of each row equally high, and its other cards among
// themselves: a short title in a tall box would look lost.
func (l *Layout) level(n *node) {
	for c := n.first; c != none; {
		row, high, leaf, end := l.nodes[c].y, int32(0), int32(0), c
		for ; end != none && l.nodes[end].y == row; end = l.nodes[end].next {
			k := &l.nodes[end]
			high = max(high, k.h)
			if k.first == none {
				leaf = max(leaf, k.h)
			}
		}
		for ; c != end; c = l.nodes[c].next {
			k := &l.nodes[c]
			k.fh = high
			if k.first == none {
				k.fh = leaf
			}
		}
	}
}

// settle stretches what lies in a node to the node's final size, parts before the
// links between them.
func (l *Layout) settle(i int32) {
	n := &l.nodes[i]
	if n.first == none {
		l.settleLeaf(n)
		return
	}
	if i != 0 {
		l.stretch(n)
	}
	for c := n.first; c != none; c = l.nodes[c].next {
		l.settle(c)
	}
	for c := n.firstOn; c != none; c = l.nodes[c].next {
		l.settle(c)
	}
	for k := n.firstLink; k != none; k = l.Plan.Links[k].next {
		l.route(k)
	}
}

// stretch shares out the room that a whole has beyond what its parts need.
func (l *Layout) stretch(n *node) {
	switch n.layout {
	case sysmap.LayoutLeft:
		n.tx += n.fw - n.w
		n.mediaX += n.fw - n.w
		n.ty += (n.fh - n.h) / 2
		n.mediaY += (n.fh - n.h) / 2
	case sysmap.LayoutRight:
		n.ty += (n.fh - n.h) / 2
		n.mediaY += (n.fh - n.h) / 2
	default:
		n.tw += n.fw - n.w
	}
	room := n.fw - n.needW
	if n.layout == sysmap.LayoutFreehand || room <= 0 {
		return
	}
	share := room / n.columns
	for c := n.first; c != none; c = l.nodes[c].next {
		k := &l.nodes[c]
		k.x += share * (k.order % n.columns)
		k.fw += share
	}
}

// settleLeaf centres a leaf's text in its final size.
func (l *Layout) settleLeaf(n *node) {
	if n.obj == nil {
		return
	}
	n.tw += n.fw - n.w
	down := (n.fh-n.inH)/2 - n.ty
	n.ty += down
	n.bodyY += down
	n.mediaY += down
}

// centred reports whether a card's title stands in its middle: in a leaf that
// stands free or is a label, where there is nothing to line up with.
func (l *Layout) centred(n *node) bool {
	if n.flags&(Whole|Folded) != 0 || n.obj.Body != "" {
		return false
	}
	if n.link != none {
		return true
	}
	switch l.nodes[n.parent].layout {
	case sysmap.LayoutList, sysmap.LayoutLeft, sysmap.LayoutRight:
		return false
	}
	return true
}
