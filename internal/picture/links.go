package picture

import "plectica/internal/layout"

// links draws the relationships of one whole.
func (s *Scene) links(b *layout.Batch) {
	for i := b.Lo; i < b.Hi; i++ {
		k := &s.Plan.Links[i]
		if !s.Camera.sees(k.L, k.T, k.R, k.Bot, s.margin) {
			continue
		}
		lv := s.linkLevel(k)
		if lv == hidden {
			continue
		}
		s.fade(alphas[lv])
		s.link(k)
	}
}

func (s *Scene) link(k *layout.Link) {
	colour, weight, dash := int32(k.Colour), int32(k.Weight), int32(k.Dash)
	if s.Camera.zoom < zoomCurves {
		if max(k.R-k.L, k.Bot-k.T) < s.line {
			return
		}
		s.static.op(OpLine, k.Num, k.X1, k.Y1, k.X2, k.Y2, colour, weight, dash)
		return
	}
	if len(k.Way) > 0 {
		s.static.op(OpWay, k.Num, corners([]int32{colour, weight, dash}, k.Way)...)
	} else {
		s.static.op(OpCurve, k.Num, k.X1, k.Y1, k.CX1, k.CY1, k.CX2, k.CY2, k.X2, k.Y2, colour, weight, dash)
	}
	if s.Camera.zoom >= zoomArrows {
		if k.HeadA {
			x, y, dx, dy := k.Tip(false)
			s.static.op(OpArrow, k.Num, x, y, dx, dy, colour, weight)
		}
		if k.HeadB {
			x, y, dx, dy := k.Tip(true)
			s.static.op(OpArrow, k.Num, x, y, dx, dy, colour, weight)
		}
	}
	if s.Camera.zoom >= zoomBadges {
		s.signs(k)
	}
	if s.Camera.zoom >= zoomBarbs {
		s.barbs(k)
	}
}

// signs draws what a relationship says by small signs along it.
func (s *Scene) signs(k *layout.Link) {
	if k.Count > 1 {
		x, y := k.At(4)
		s.static.op(OpBadge, k.Num, x, y, BadgeCount, k.Count)
	}
	if k.Polarity != 0 {
		x, y := k.At(6)
		kind := int32(BadgePlus)
		if k.Polarity == 2 {
			kind = BadgeMinus
		}
		s.static.op(OpBadge, k.Num, x, y, kind, 0)
	}
	if k.Delay {
		x, y := k.At(2)
		s.static.op(OpBadge, k.Num, x, y, BadgeDelay, 0)
	}
}

// barbs draws the texts at a relationship's ends.
func (s *Scene) barbs(k *layout.Link) {
	if k.Action.Line.W > 0 {
		s.barb(k, k.X1, k.Y1, k.DX1, k.DY1, k.Action)
	}
	if k.Reaction.Line.W > 0 {
		s.barb(k, k.X2, k.Y2, k.DX2, k.DY2, k.Reaction)
	}
}

// barb draws a text beside the end at x, y, outside the card.
func (s *Scene) barb(k *layout.Link, x, y, dx, dy int32, t layout.Barb) {
	const off, above = 10 * px, 6 * px
	l := t.Line
	switch {
	case dx > 0:
		x, y = x+off, y-above
	case dx < 0:
		x, y = x-off-l.W, y-above
	case dy > 0:
		x, y = x+above, y+off+layout.BarbSize
	default:
		x, y = x+above, y-off
	}
	style := int32(StyleLabel)
	if l.Shaped {
		style |= StyleShaped
	}
	s.static.op(OpText, k.Num, t.Rev, t.Field, l.Start16, l.End16, x, y, l.W, layout.BarbSize, style)
}
