package desk

import (
	"plectica/internal/gesture"
	"plectica/internal/layout"
	"plectica/internal/picture"
	"plectica/internal/sysmap"
)

// Phases of a drag.
const (
	DragStart  = 0
	DragMove   = 1
	DragDrop   = 2
	DragCancel = 3
)

// Modifiers of a drag.
const (
	ModStay = 1 // no reparenting
	ModFree = 2 // no snapping
)

// Sizes on the screen, in px.
const (
	dragSlack  = 4 // less is a click
	snapReach  = 6
	grabReach  = 8 // around what a drag starts on
	dropMargin = 4 // of the line between siblings
)

// dragKind is what a drag does.
type dragKind uint8

const (
	dragNone dragKind = iota
	dragCards
	dragRelate
	dragEnd
	dragResize
	dragBend
)

// drag is one in progress.
type drag struct {
	kind   dragKind
	num    int32 // card or relationship it started on
	handle int32
	x, y   int32 // where it started
	dx, dy int32 // how far it is, after snapping
	moved  bool
	moving []int32 // cards, those in others left out
	place  int32   // target: number of a card or 0
	before int32
	into   bool // the whole changes
	ghosts []picture.Rect
	drop   picture.Drop
	band   picture.Band
}

// Drag starts, moves, ends or cancels a drag. A drop is a command with its answer;
// seed is its randomness.
func (d *Desk) Drag(phase, x, y, mods int32, seed [gesture.EntropySize]byte) Answer {
	d.fresh()
	switch phase {
	case DragStart:
		d.startDrag(x, y)
	case DragMove:
		d.moveDrag(x, y, mods)
	case DragDrop:
		d.moveDrag(x, y, mods)
		out := d.drop(seed)
		d.endDrag()
		return out
	case DragCancel:
		d.endDrag()
	}
	return Answer{Made: -1}
}

func (d *Desk) endDrag() {
	d.drag = drag{moving: d.drag.moving[:0], ghosts: d.drag.ghosts[:0]}
	d.over.Dragging, d.over.Ghosts, d.over.Drop, d.over.Band, d.over.Guides = false, nil, nil, nil, nil
}

// startDrag decides by what lies at the point what the drag will do.
func (d *Desk) startDrag(x, y int32) {
	d.endDrag()
	h := d.Hit(x, y, d.scene.Camera.World(grabReach))
	d.drag.num, d.drag.handle, d.drag.x, d.drag.y = h.Num, h.Handle, x, y
	if !d.edits() || h.Num == 0 {
		return
	}
	switch h.Part {
	case picture.Handle:
		d.drag.kind = dragRelate
		switch h.Handle {
		case picture.HandleEndA, picture.HandleEndB:
			d.drag.kind = dragEnd
		case picture.HandleResize:
			d.drag.kind = dragResize
		}
	case picture.Line, picture.LineMiddle:
		d.drag.kind = dragBend
	case picture.Body, picture.Title, picture.EyeSign, picture.FoldToggle, picture.Link:
		d.startCards(h.Num)
	case picture.Nothing:
	}
	d.over.Dragging = d.drag.kind != dragNone
}

// startCards takes up the selection, or the card alone if it is not in it. A label
// bends its relationship instead, since it can lie nowhere else on it.
func (d *Desk) startCards(num int32) {
	p := &d.layout.Plan
	d.drag.kind = dragCards
	list := []int32{num}
	for _, s := range d.over.Selected {
		if s == num {
			list = d.over.Selected
			break
		}
	}
	d.drag.moving = d.drag.moving[:0]
	for _, s := range list {
		if i := p.Box(s); i >= 0 && !d.coveredBy(i, list) {
			d.drag.moving = append(d.drag.moving, s)
		}
	}
	if i := p.Box(num); len(d.drag.moving) == 1 && i >= 0 && p.Boxes[i].Link >= 0 {
		d.drag.kind, d.drag.num = dragBend, p.Links[p.Boxes[i].Link].Num
	}
}

// coveredBy reports whether a box lies in another card of a list.
func (d *Desk) coveredBy(i int32, list []int32) bool {
	p := &d.layout.Plan
	for i = p.Boxes[i].Parent; i >= 0; i = p.Boxes[i].Parent {
		for _, s := range list {
			if p.Boxes[i].Num == s {
				return true
			}
		}
	}
	return false
}

func (d *Desk) moveDrag(x, y, mods int32) {
	g := &d.drag
	slack := d.scene.Camera.World(dragSlack)
	g.dx, g.dy = x-g.x, y-g.y
	if !g.moved && max(g.dx, -g.dx) < slack && max(g.dy, -g.dy) < slack {
		return
	}
	g.moved = true
	d.over.Drop, d.over.Band, d.over.Ghosts, d.over.Guides = nil, nil, nil, nil
	switch g.kind {
	case dragNone:
	case dragCards:
		d.moveCards(x, y, mods)
	case dragRelate:
		d.stretchBand(g.num, x, y)
	case dragEnd:
		d.moveEnd(x, y)
	case dragResize:
		d.resize()
	case dragBend:
		d.bendBand(x, y)
	}
}

// moveCards finds where the moved cards would go.
func (d *Desk) moveCards(x, y, mods int32) {
	p, g := &d.layout.Plan, &d.drag
	g.place, g.before, g.into = 0, 0, false
	home, one := d.home()
	target := home
	if mods&ModStay == 0 {
		target = d.edge(d.scene.At(x, y, func(i int32) bool { return !d.isMoving(p.Boxes[i].Num) }), x, y)
		g.into = !one || target != home
	}
	free := target < 0 || p.Boxes[target].Layout == sysmap.LayoutFreehand && p.Boxes[target].Flags&layout.Whole != 0
	if target >= 0 {
		g.place = p.Boxes[target].Num
	}
	if mods&ModFree == 0 && free {
		d.snap(target)
	}
	switch {
	case target >= 0 && !free && p.Boxes[target].Flags&(layout.Whole|layout.Folded) == layout.Whole:
		g.into = true
		d.between(target, x, y)
	case target >= 0: // home too: where nothing is marked, they come to lie on the map
		b := &p.Boxes[target]
		g.drop = picture.Drop{Kind: picture.DropInto, X: b.X, Y: b.Y, W: b.W, H: b.H, Num: b.Num}
		d.over.Drop = &g.drop
	}
	g.ghosts = g.ghosts[:0]
	for _, num := range g.moving {
		if i := p.Box(num); i >= 0 {
			b := &p.Boxes[i]
			g.ghosts = append(g.ghosts, picture.Rect{X: b.X + g.dx, Y: b.Y + g.dy, W: b.W, H: b.H})
		}
	}
	d.over.Ghosts = g.ghosts
}

// edge returns the ordered whole around a part when the point is near the border
// that the part shares with its neighbours, else the part itself: there the cards
// go between, in the middle they go in.
func (d *Desk) edge(i, x, y int32) int32 {
	p := &d.layout.Plan
	if i < 0 || p.Boxes[i].Parent < 0 || p.Boxes[i].Link >= 0 {
		return i
	}
	b, w := &p.Boxes[i], &p.Boxes[p.Boxes[i].Parent]
	at, size := y-b.Y, b.H
	switch w.Layout {
	case sysmap.LayoutFreehand:
		return i
	case sysmap.LayoutRow, sysmap.LayoutGrid:
		at, size = x-b.X, b.W
	}
	const most = 16 * 64
	if zone := min(size/3, most); at < zone || at > size-zone {
		return b.Parent
	}
	return i
}

// home returns the box of the whole that all moved cards lie in, -1 for the map; false
// when they lie in several.
func (d *Desk) home() (at int32, one bool) {
	p := &d.layout.Plan
	home, any := int32(-1), false
	for _, num := range d.drag.moving {
		i := p.Box(num)
		if i < 0 {
			continue
		}
		if any && p.Boxes[i].Parent != home {
			return -1, false
		}
		home, any = p.Boxes[i].Parent, true
	}
	return home, true
}

func (d *Desk) isMoving(num int32) bool {
	for _, m := range d.drag.moving {
		if m == num {
			return true
		}
	}
	return false
}

// between finds the gap between the parts of an ordered whole that is nearest to
// a point.
func (d *Desk) between(target, x, y int32) {
	p, g := &d.layout.Plan, &d.drag
	w := &p.Boxes[target]
	across := w.Layout == sysmap.LayoutRow || w.Layout == sysmap.LayoutGrid
	var last *layout.Box
	var next *layout.Box
	for i := target + 1; i < w.End; i = p.Boxes[i].End {
		b := &p.Boxes[i]
		if b.Link >= 0 || d.isMoving(b.Num) {
			continue
		}
		after := y > b.Y+b.H/2
		if across {
			after = y > b.Y+b.H || y > b.Y && x > b.X+b.W/2
		}
		if !after {
			next = b
			break
		}
		last = b
	}
	g.before = 0
	if next != nil {
		g.before = next.Num
	}
	line := d.scene.Camera.World(dropMargin) / 2
	r := picture.Rect{X: w.OX, Y: w.OY, W: max(w.X+w.W-w.OX-(w.OX-w.X), line), H: line}
	switch {
	case across && next != nil:
		r = picture.Rect{X: next.X - 2*line, Y: next.Y, W: line, H: next.H}
	case across && last != nil:
		r = picture.Rect{X: last.X + last.W + line, Y: last.Y, W: line, H: last.H}
	case next != nil:
		r = picture.Rect{X: next.X, Y: next.Y - 2*line, W: next.W, H: line}
	case last != nil:
		r = picture.Rect{X: last.X, Y: last.Y + last.H + line, W: last.W, H: line}
	}
	g.drop = picture.Drop{Kind: picture.DropBetween, X: r.X, Y: r.Y, W: r.W, H: r.H, Num: w.Num}
	d.over.Drop = &g.drop
}

// stretchBand draws a relationship from a card to the pointer.
func (d *Desk) stretchBand(from, x, y int32) {
	p, g := &d.layout.Plan, &d.drag
	i := p.Box(from)
	if i < 0 {
		return
	}
	b := &p.Boxes[i]
	g.band = picture.Band{X1: b.X + b.W/2, Y1: b.Y + b.H/2, X2: x, Y2: y}
	switch g.handle {
	case picture.HandleTop:
		g.band.Y1 = b.Y
	case picture.HandleRight:
		g.band.X1 = b.X + b.W
	case picture.HandleBottom:
		g.band.Y1 = b.Y + b.H
	case picture.HandleLeft:
		g.band.X1 = b.X
	}
	d.over.Band = &g.band
	d.aim(x, y)
}

// aim notes the card under the pointer as the target.
func (d *Desk) aim(x, y int32) {
	p, g := &d.layout.Plan, &d.drag
	g.place = 0
	if t := d.scene.At(x, y, func(int32) bool { return true }); t >= 0 {
		b := &p.Boxes[t]
		g.place = b.Num
		g.drop = picture.Drop{Kind: picture.DropInto, X: b.X, Y: b.Y, W: b.W, H: b.H, Num: b.Num}
		d.over.Drop = &g.drop
	}
}

func (d *Desk) moveEnd(x, y int32) {
	p, g := &d.layout.Plan, &d.drag
	i := p.Link(g.num)
	if i < 0 {
		return
	}
	k := &p.Links[i]
	g.band = picture.Band{X1: k.X2, Y1: k.Y2, X2: x, Y2: y, Style: int32(k.Colour)}
	if g.handle == picture.HandleEndB {
		g.band.X1, g.band.Y1 = k.X1, k.Y1
	}
	d.over.Band = &g.band
	d.aim(x, y)
}

func (d *Desk) resize() {
	p, g := &d.layout.Plan, &d.drag
	i := p.Box(g.num)
	if i < 0 {
		return
	}
	b := &p.Boxes[i]
	w, h := layout.Least()
	g.ghosts = append(g.ghosts[:0], picture.Rect{X: b.X, Y: b.Y, W: max(b.W+g.dx, w), H: max(b.H+g.dy, h)})
	d.over.Ghosts = g.ghosts
}

func (d *Desk) bendBand(x, y int32) {
	p, g := &d.layout.Plan, &d.drag
	i := p.Link(g.num)
	if i < 0 {
		return
	}
	k := &p.Links[i]
	g.ghosts = append(g.ghosts[:0], picture.Rect{X: x, Y: y})
	g.band = picture.Band{X1: k.X1, Y1: k.Y1, X2: x, Y2: y, Style: int32(k.Colour)}
	d.over.Band = &g.band
}
