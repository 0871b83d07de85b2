package picture

import (
	"plectica/internal/layout"
	"plectica/internal/snap"
)

// Drop says where what is dragged would go.
type Drop struct {
	Kind       int32 // DropInto or DropBetween
	X, Y, W, H int32
	Num        int32 // the place
}

// Kinds of Drop.
const (
	DropInto    = 0
	DropBetween = 1
)

// Band is a relationship being drawn.
type Band struct{ X1, Y1, X2, Y2, Style int32 }

// Peer is another person on the map.
type Peer struct {
	Author    uint64
	Colour    uint8
	HasCursor bool
	X, Y      int32
	Selection []int32
	Editing   int32
}

// Over is what lies over a plan: this viewer's selection and drag, and others.
type Over struct {
	Selected []int32
	Hover    int32 // a card under the pointer, or 0
	Handles  bool  // this viewer may edit
	Dragging bool
	Ghosts   []Rect
	Drop     *Drop
	Band     *Band
	Guides   []snap.Guide
	Peers    []Peer
	Marks    []Mark
}

// Rect is an area of the world.
type Rect struct{ X, Y, W, H int32 }

// Sizes of the overlay on the screen, in px.
const (
	handleGap  = 14 // from a card's border to a handle's middle
	handleSize = 10 // around a handle's middle where it is hit
	leastHost  = 36 // a card smaller than this has no handles
)

// Overlay returns the layer above the static one. It is valid until the next call.
func (s *Scene) Overlay(o *Over) []int32 {
	s.over.w = s.over.w[:0]
	for i := range o.Peers {
		s.peer(&o.Peers[i])
	}
	for _, num := range o.Selected {
		s.selected(num, 0)
	}
	s.marks(o.Marks)
	if !o.Dragging && o.Handles {
		s.handles(o)
	}
	if d := o.Drop; d != nil {
		s.over.op(OpDrop, d.Num, d.X, d.Y, d.W, d.H, d.Kind)
	}
	for _, g := range o.Ghosts {
		s.over.op(OpGhost, 0, g.X, g.Y, g.W, g.H)
	}
	for _, g := range o.Guides {
		s.over.op(OpGuide, 0, g[:]...)
	}
	if b := o.Band; b != nil {
		s.over.op(OpBand, 0, b.X1, b.Y1, b.X2, b.Y2, b.Style)
	}
	for i := range o.Peers {
		if p := &o.Peers[i]; p.HasCursor && s.Camera.sees(p.X, p.Y, p.X, p.Y, s.Camera.World(200)) {
			s.over.op(OpCursor, 0, p.X, p.Y, int32(p.Colour), int32(p.Author))
		}
	}
	return s.over.w
}

// peer draws what another person has selected and where they type.
func (s *Scene) peer(p *Peer) {
	for _, num := range p.Selection {
		if num != p.Editing {
			s.selected(num, int32(p.Colour))
		}
	}
	if i := s.Plan.Box(p.Editing); p.Editing != 0 && i >= 0 {
		b := &s.Plan.Boxes[i]
		s.over.op(OpEditing, p.Editing, b.X, b.Y, b.W, b.H, int32(p.Colour), int32(p.Author))
	}
}

// selected draws an outline around a card, or over a relationship.
func (s *Scene) selected(num, colour int32) {
	if i := s.Plan.Stand(num); i >= 0 {
		b := &s.Plan.Boxes[i]
		if s.Camera.sees(b.X, b.Y, b.X+b.W, b.Y+b.H, s.Camera.World(edgeMargin)) {
			s.over.op(OpSelect, num, b.X, b.Y, b.W, b.H, colour, b.Radius())
		}
		return
	}
	if i := s.Plan.Link(num); i >= 0 {
		k := &s.Plan.Links[i]
		if len(k.Way) > 0 {
			s.over.op(OpSelWay, num, corners([]int32{colour}, k.Way)...)
			return
		}
		s.over.op(OpSelLine, num, k.X1, k.Y1, k.CX1, k.CY1, k.CX2, k.CY2, k.X2, k.Y2, colour)
	}
}

// handles draws the handles of the card under the pointer or the only selected
// one, and the ends of a selected relationship.
func (s *Scene) handles(o *Over) {
	if s.Camera.zoom < zoomHandles {
		return
	}
	only := int32(0)
	if len(o.Selected) == 1 {
		only = o.Selected[0]
	}
	if i := s.Plan.Link(only); only != 0 && i >= 0 {
		s.linkHandles(&s.Plan.Links[i])
	}
	if i := s.Plan.Box(only); only != 0 && i >= 0 {
		s.cardHandles(&s.Plan.Boxes[i], true)
	}
	if i := s.Plan.Box(o.Hover); o.Hover != only && s.offers(i, only) {
		s.cardHandles(&s.Plan.Boxes[i], false)
	}
}

// offers reports whether a card under the pointer shows handles beside those of
// the only selected one: not when it is a whole around it, or both sets mingle.
func (s *Scene) offers(i, only int32) bool {
	if i < 0 {
		return false
	}
	k := s.Plan.Box(only)
	return only == 0 || k < i || k >= s.Plan.Boxes[i].End
}

func (s *Scene) cardHandles(b *layout.Box, resize bool) {
	if !s.hasHandles(b) {
		return
	}
	for kind := int32(HandleTop); kind <= HandleLeft; kind++ {
		x, y := s.handleAt(b, kind)
		s.over.op(OpHandle, b.Num, x, y, kind)
	}
	if resize && b.Flags&layout.Chip == 0 {
		s.over.op(OpHandle, b.Num, b.X+b.W, b.Y+b.H, HandleResize)
	}
}

func (s *Scene) hasHandles(b *layout.Box) bool {
	least := s.Camera.World(leastHost)
	return s.Camera.zoom >= zoomHandles && b.W >= least && b.H >= least/2
}

// handleAt returns the middle of one of a card's four handles.
func (s *Scene) handleAt(b *layout.Box, kind int32) (x, y int32) {
	gap := s.Camera.World(handleGap)
	switch kind {
	case HandleTop:
		return b.X + b.W/2, b.Y - gap
	case HandleRight:
		return b.X + b.W + gap, b.Y + b.H/2
	case HandleBottom:
		return b.X + b.W/2, b.Y + b.H + gap
	}
	return b.X - gap, b.Y + b.H/2
}

func (s *Scene) linkHandles(k *layout.Link) {
	s.over.op(OpHandle, k.Num, k.X1, k.Y1, HandleEndA)
	s.over.op(OpHandle, k.Num, k.X2, k.Y2, HandleEndB)
	if k.Card < 0 {
		x, y := k.At(4)
		s.over.op(OpHandle, k.Num, x, y, HandleMiddle)
	}
}
