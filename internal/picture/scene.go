// Package picture says what to draw of a plan: which cards, lines and letters a
// camera sees and how coarsely, what lies over them, and what is under a finger.
// It works in integers, writes into buffers it keeps, and never paints, changes
// a map or looks at a clock. A Scene belongs to one goroutine.
package picture

import (
	"plectica/internal/layout"
	"plectica/internal/typeset"
)

const px = typeset.Px

// Sizes on the screen at which detail comes and goes, in px.
const (
	leastBox    = 2  // smaller: not drawn, with all in it
	leastBar    = 4  // size of letters that become bars
	leastText   = 6  // size of letters that are drawn
	leastImage  = 24 // the longer side of an image whose content is wanted
	rootText    = 7  // a root whole's title grows when its letters get smaller
	grownText   = 13 // and to this size, less if it does not fit
	grownLeast  = 9
	grownMargin = 6
	leastLine   = 10 // length of relationships seen from far
	edgeMargin  = 8  // of shadows and arrows beyond the bounds of what casts them
)

// Zooms, in 1/65536, at which detail comes and goes.
const (
	one          = 1 << 16
	zoomCorners  = one / 4
	zoomStrokes  = one * 12 / 100
	zoomCurves   = one / 5
	zoomArrows   = one / 5
	zoomBadges   = one * 35 / 100
	zoomBarbs    = one / 2
	zoomHandles  = one / 4
	zoomSmallest = one / 2000
	zoomLargest  = one * 64
)

// Camera is what the viewport shows.
type Camera struct {
	X, Y, W, H int32 // world, 1/64 px
	zoom       int64 // 1/65536
}

// NewCamera returns the camera of a viewport: its top left in the world, its size
// in CSS px, and how many of those a px of the world takes.
func NewCamera(x, y, w, h int32, zoom float32) Camera {
	c := Camera{X: x, Y: y, zoom: zoomLargest}
	if zoom < float32(zoomLargest)/one {
		c.zoom = int64(zoom * one)
	}
	c.zoom = max(c.zoom, zoomSmallest)
	c.W, c.H = c.World(w), c.World(h)
	return c
}

// World returns how long in the world something is that takes n CSS px.
func (c *Camera) World(n int32) int32 {
	return int32(min(int64(n)*px*one/max(c.zoom, zoomSmallest), 1<<30))
}

// sees reports whether an area, with a margin, is in the viewport.
func (c *Camera) sees(l, t, r, b, margin int32) bool {
	return l-margin < c.X+c.W && r+margin > c.X && t-margin < c.Y+c.H && b+margin > c.Y
}

// Scene draws one plan.
type Scene struct {
	Plan   *layout.Plan
	Camera Camera
	Titles func(num int32) string // for titles that are broken anew far out
	Sights []Sight                // of open eyes
	Lit    []int32                // cards that do not recede, whoever looks at them
	Lens   Lens
	Marks  []Mark // of a comparison

	static, over list
	lines        []typeset.Line
	// Thresholds of the camera, as lengths in the world.
	box, bar, text, root, margin, line int32
	quiet                              int32   // boxes before this one show no letters
	grown                              int32   // the root whose title comes when it is done, or -1
	levels                             []level // by box, of the open eyes and the lens; empty without
	parts                              []part  // by box, of the lens; empty without
	strokes                            []bool  // by link: the lens names it
	removed                            []bool  // by link, of a comparison; empty without
	marked                             []uint8 // by box, while marks are drawn
	alpha                              int32
}

// Frame returns the static layer. It is valid until the next call.
func (s *Scene) Frame() []int32 {
	s.static.w = s.static.w[:0]
	c := &s.Camera
	s.box, s.bar, s.text = c.World(leastBox), c.World(leastBar), c.World(leastText)
	s.root, s.margin, s.line = c.World(rootText), c.World(edgeMargin), c.World(leastLine)
	s.quiet, s.grown, s.alpha = 0, -1, opaque
	p := s.Plan
	batch := 0
	for i := int32(0); i < int32(len(p.Boxes)); {
		for batch < len(p.Batches) && p.Batches[batch].At <= i {
			s.links(&p.Batches[batch])
			batch++
		}
		if s.grown >= 0 && p.Boxes[s.grown].End <= i {
			s.grow()
		}
		b := &p.Boxes[i]
		if max(b.R-b.L, b.B-b.T) < s.box || !c.sees(b.L, b.T, b.R, b.B, s.margin) || s.level(i) == hidden {
			for batch < len(p.Batches) && p.Batches[batch].At <= b.End && p.Batches[batch].Owner >= i {
				batch++
			}
			i = b.End
			continue
		}
		if c.sees(b.X, b.Y, b.X+b.W, b.Y+b.H, s.margin) && max(b.W, b.H) >= s.box {
			s.card(i, b)
		}
		i++
	}
	for ; batch < len(p.Batches); batch++ {
		s.links(&p.Batches[batch])
	}
	if s.grown >= 0 {
		s.grow()
	}
	s.fade(opaque)
	s.sights()
	return s.static.w
}

// card draws a card without its parts.
func (s *Scene) card(i int32, b *layout.Box) {
	flags, radius := int32(0), int32(0)
	if b.Flags&layout.Placeholder != 0 {
		flags |= CardPlaceholder
	}
	if b.Flags&layout.Root != 0 {
		flags |= CardRoot
	}
	if b.Flags&layout.Whole != 0 {
		flags |= CardWhole
	}
	if b.Flags&layout.Folded != 0 {
		flags |= CardFolded
	}
	if s.Camera.zoom < zoomStrokes {
		flags |= CardFlat
	}
	if s.Camera.zoom >= zoomCorners {
		radius = b.Radius()
	}
	lv := s.level(i)
	s.fade(alphas[lv])
	flags |= lv.flags()
	s.static.op(OpCard, b.Num, b.X, b.Y, b.W, b.H, int32(b.Colour), radius, flags)
	if i < s.quiet {
		return
	}
	const openWhole = layout.Whole | layout.Folded | layout.Root
	if b.Flags&openWhole == layout.Whole|layout.Root && b.TitleSize < s.root {
		s.quiet, s.grown = b.End, i
		return
	}
	s.letters(b)
	s.image(b)
	if s.Camera.zoom >= zoomBadges {
		s.badges(b)
	}
}

// letters draws a card's texts, or bars in their stead.
func (s *Scene) letters(b *layout.Box) {
	style := int32(StyleTitle)
	switch {
	case b.Flags&layout.Placeholder != 0:
		style = StylePlaceholder
	case b.Flags&layout.Chip != 0:
		style = StyleLabel
	case b.Flags&layout.Whole != 0:
		style = StyleWhole
	}
	y := b.TY
	for _, l := range b.TitleLines {
		x := b.TX
		if b.Flags&layout.Centred != 0 {
			x += (b.TW - l.W) / 2
		}
		s.run(b.Num, 1, b.TitleRev, l, x, y, b.TitleSize, b.LineHeight, style)
		y += b.LineHeight
	}
	y = b.BodyY
	for _, l := range b.BodyLines {
		s.run(b.Num, 2, b.BodyRev, l, b.TX, y, layout.BodySize, layout.BodyHeight, StyleBody)
		y += layout.BodyHeight
	}
}

// image draws a card's image; one that is too small to be seen is a flat box, which
// a number of 0 says.
func (s *Scene) image(b *layout.Box) {
	m := s.Plan.MediaOf(b)
	if m == nil || m.W == 0 || !s.Camera.sees(m.X, m.Y, m.X+m.W, m.Y+m.H, 0) {
		return
	}
	rev := m.Rev
	if max(m.W, m.H) < s.Camera.World(leastImage) {
		rev = 0
	}
	s.static.op(OpImage, b.Num, m.X, m.Y, m.W, m.H, rev)
}

// run draws one line of text whose box starts at x, y.
func (s *Scene) run(num, field, rev int32, l typeset.Line, x, y, size, height, style int32) {
	if size < s.bar || l.W == 0 || !s.Camera.sees(x, y, x+l.W, y+height, 0) {
		return
	}
	if size < s.text {
		s.static.op(OpBar, num, x, y+height/2-size/4, l.W, size/2)
		return
	}
	if l.Shaped {
		style |= StyleShaped
	}
	s.static.op(OpText, num, rev, field, l.Start16, l.End16, x, Baseline(y, size, height), l.W, size, style)
}

// Baseline returns where letters of a size stand in a line of a height.
func Baseline(y, size, height int32) int32 {
	const capHeight = 727 // thousandths of the size, in Inter
	return y + (height+size*capHeight/1000)/2
}

// badges draws the small signs at a card's border.
func (s *Scene) badges(b *layout.Box) {
	if x, y, ok := b.Toggle(); ok {
		if b.Flags&layout.Folded != 0 {
			s.static.op(OpBadge, b.Num, x, y, BadgeFolded, b.Parts)
		} else {
			s.static.op(OpBadge, b.Num, x, y, BadgeOpen, b.Parts)
		}
	}
	if b.Views > 0 {
		x, y := Eye(b)
		kind := int32(BadgeShut)
		if s.open(b.Num) {
			kind = BadgeEye
		}
		s.static.op(OpBadge, b.Num, x, y, kind, b.Views)
	}
	x, y := LinkSign(b)
	if b.Flags&layout.HasLink != 0 {
		kind := int32(BadgeLink)
		if b.Flags&layout.ToMap != 0 {
			kind = BadgeMap
		}
		s.static.op(OpBadge, b.Num, x, y, kind, 0)
		x -= 16 * px
	}
	if b.Flags&layout.HasBody != 0 {
		s.static.op(OpBadge, b.Num, x, y, BadgeBody, 0)
		x -= 18 * px
	}
	if m := s.Plan.MediaOf(b); m != nil && m.More > 0 {
		s.static.op(OpBadge, b.Num, x, y, BadgeFiles, m.More)
	}
}

// LinkSign returns the middle of the sign of a card that leads to an address or a map.
func LinkSign(b *layout.Box) (x, y int32) { return b.X + b.W - 14*px, b.Y + b.H - 10*px }

// Eye returns the middle of the eye of a card that is a point.
func Eye(b *layout.Box) (x, y int32) { return b.X + b.W - 12*px, b.Y }

// grow draws the title of a root whole over its parts, large enough to be read.
func (s *Scene) grow() {
	b := &s.Plan.Boxes[s.grown]
	s.fade(alphas[s.level(s.grown)])
	s.grown, s.quiet = -1, 0
	c := &s.Camera
	text := s.Titles(b.Num)
	width, height := b.W-2*c.World(grownMargin), b.H-c.World(grownMargin)
	if text == "" || width < c.World(3*grownLeast) || height < c.World(grownLeast) {
		return
	}
	size, all := c.World(grownText), false
	for {
		line := size * 5 / 4
		limit := min(int(height/line), 4)
		s.lines, all = typeset.Wrap(s.lines[:0], text, typeset.Semibold, size, width, limit)
		if all && len(s.lines) > 0 || size <= c.World(grownLeast) {
			break
		}
		size = max(size*7/8, c.World(grownLeast))
	}
	line := size * 5 / 4
	y := b.Y + (b.H-line*int32(len(s.lines)))/2
	for _, l := range s.lines {
		style := int32(StyleWhole)
		if l.Shaped {
			style |= StyleShaped
		}
		s.static.op(OpText, b.Num, b.TitleRev, 1, l.Start16, l.End16, b.X+(b.W-l.W)/2, Baseline(y, size, line), l.W, size, style)
		y += line
	}
}
