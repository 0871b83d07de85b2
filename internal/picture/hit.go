package picture

import "plectica/internal/layout"

// Part says what of an object is under a finger.
type Part int32

// The parts.
const (
	Nothing Part = iota
	Body
	Title
	FoldToggle
	Handle
	Line
	LineMiddle
	EyeSign
	Link
)

// Hit is what lies at a point.
type Hit struct {
	Num    int32
	Part   Part
	Handle int32 // its kind, for Handle
}

// Radii on the screen, in px.
const (
	signSize   = 12 // around a toggle or eye
	middleSize = 8  // around a relationship's middle
)

// linkSize is how far from its middle the sign of an address is hit, in the world:
// it must leave the card beside it to the hand.
const linkSize = 9 * px

// Hit returns what is at a point of the world, or within tol of it. Handles come
// first, then what is painted last; a relationship must be hit precisely where it
// runs over a card that is none of its ends.
func (s *Scene) Hit(x, y, tol int32, o *Over) Hit {
	if h, ok := s.hitHandle(x, y, tol, o); ok {
		return h
	}
	p := s.Plan
	var hit Hit
	leaf := false
	batch := 0
	for i := int32(0); i < int32(len(p.Boxes)); {
		for batch < len(p.Batches) && p.Batches[batch].At <= i {
			s.hitLinks(&p.Batches[batch], x, y, tol, &hit, &leaf)
			batch++
		}
		b := &p.Boxes[i]
		if x < b.L-tol || x > b.R+tol || y < b.T-tol || y > b.B+tol || s.level(i) == hidden {
			for batch < len(p.Batches) && p.Batches[batch].At <= b.End && p.Batches[batch].Owner >= i {
				batch++
			}
			i = b.End
			continue
		}
		if part := s.hitBox(b, x, y, tol); part != Nothing {
			hit = Hit{Num: b.Num, Part: part}
			leaf = b.Flags&layout.Whole == 0 || b.Flags&layout.Folded != 0
		}
		i++
	}
	for ; batch < len(p.Batches); batch++ {
		s.hitLinks(&p.Batches[batch], x, y, tol, &hit, &leaf)
	}
	return hit
}

// hitBox returns what of a card is at a point.
func (s *Scene) hitBox(b *layout.Box, x, y, tol int32) Part {
	if s.Camera.zoom >= zoomBadges {
		near := min(max(s.Camera.World(signSize), 12*px), 22*px)
		if tx, ty, ok := b.Toggle(); ok && within(x, y, tx, ty, near) {
			return FoldToggle
		}
		if ex, ey := Eye(b); b.Views > 0 && within(x, y, ex, ey, near) {
			return EyeSign
		}
	}
	if !b.Contains(x, y) {
		return Nothing
	}
	if lx, ly := LinkSign(b); b.Flags&layout.HasLink != 0 && s.Camera.zoom >= zoomBadges && within(x, y, lx, ly, linkSize) {
		return Link
	}
	lines := int32(max(len(b.TitleLines), 1))
	if x >= b.TX-tol && x <= b.TX+b.TW+tol && y >= b.TY && y <= b.TY+lines*b.LineHeight {
		return Title
	}
	return Body
}

func within(x, y, cx, cy, r int32) bool {
	return x >= cx-r && x <= cx+r && y >= cy-r && y <= cy+r
}

// hitLinks looks for the nearest relationship of one whole.
func (s *Scene) hitLinks(b *layout.Batch, x, y, tol int32, hit *Hit, leaf *bool) {
	reach := tol
	if *leaf {
		reach = tol / 3
	}
	best := int64(reach)*int64(reach) + 1
	for i := b.Lo; i < b.Hi; i++ {
		k := &s.Plan.Links[i]
		if x < k.L-tol || x > k.R+tol || y < k.T-tol || y > k.Bot+tol || s.linkLevel(k) == hidden {
			continue
		}
		mx, my := k.At(4)
		if k.Card < 0 && within(x, y, mx, my, max(tol, s.Camera.World(middleSize))) && !*leaf {
			*hit, best = Hit{Num: k.Num, Part: LineMiddle}, 0
			continue
		}
		if d := distance(k, x, y); d < best {
			*hit, best = Hit{Num: k.Num, Part: Line}, d
		}
	}
}

// distance returns the square of the distance from a point to a relationship.
func distance(k *layout.Link, x, y int32) int64 {
	const parts = 16
	best := int64(1) << 62
	if len(k.Way) > 0 {
		for i := 1; i < len(k.Way); i++ {
			p, q := k.Way[i-1], k.Way[i]
			best = min(best, toSegment(int64(x), int64(y), int64(p.X), int64(p.Y), int64(q.X), int64(q.Y)))
		}
		return best
	}
	c := &k.Curve
	px, py := int64(c.X1), int64(c.Y1)
	for t := int64(1); t <= parts; t++ {
		u := parts - t
		b0, b1, b2, b3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		qx := (b0*int64(c.X1) + b1*int64(c.CX1) + b2*int64(c.CX2) + b3*int64(c.X2)) / (parts * parts * parts)
		qy := (b0*int64(c.Y1) + b1*int64(c.CY1) + b2*int64(c.CY2) + b3*int64(c.Y2)) / (parts * parts * parts)
		best = min(best, toSegment(int64(x), int64(y), px, py, qx, qy))
		px, py = qx, qy
	}
	return best
}

// toSegment returns the square of the distance from a point to a segment.
func toSegment(x, y, ax, ay, bx, by int64) int64 {
	dx, dy := bx-ax, by-ay
	ex, ey := x-ax, y-ay
	if length := dx*dx + dy*dy; length > 0 {
		const parts = 1 << 10
		along := min(max((ex*dx+ey*dy)/max(length/parts, 1), 0), parts)
		ex, ey = ex-dx*along/parts, ey-dy*along/parts
	}
	return ex*ex + ey*ey
}

// hitHandle looks for a handle that the overlay shows.
func (s *Scene) hitHandle(x, y, tol int32, o *Over) (Hit, bool) {
	if o == nil || !o.Handles || s.Camera.zoom < zoomHandles {
		return Hit{}, false
	}
	near := max(tol, s.Camera.World(handleSize))
	only := int32(0)
	if len(o.Selected) == 1 {
		only = o.Selected[0]
	}
	if i := s.Plan.Link(only); only != 0 && i >= 0 {
		k := &s.Plan.Links[i]
		if within(x, y, k.X1, k.Y1, near) {
			return Hit{k.Num, Handle, HandleEndA}, true
		}
		if within(x, y, k.X2, k.Y2, near) {
			return Hit{k.Num, Handle, HandleEndB}, true
		}
	}
	for _, num := range [2]int32{only, o.Hover} {
		i := s.Plan.Box(num)
		if num == 0 || i < 0 || num != only && !s.offers(i, only) || !s.hasHandles(&s.Plan.Boxes[i]) {
			continue
		}
		b := &s.Plan.Boxes[i]
		for kind := int32(HandleTop); kind <= HandleLeft; kind++ {
			if hx, hy := s.handleAt(b, kind); within(x, y, hx, hy, near) {
				return Hit{num, Handle, kind}, true
			}
		}
		if num == only && b.Flags&layout.Chip == 0 && within(x, y, b.X+b.W, b.Y+b.H, near) {
			return Hit{num, Handle, HandleResize}, true
		}
	}
	return Hit{}, false
}

// Lasso appends the cards that lie wholly inside an area and in no other that
// does.
func (s *Scene) Lasso(out []int32, x1, y1, x2, y2 int32) []int32 {
	l, t, r, b := min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
	for i := int32(0); i < int32(len(s.Plan.Boxes)); {
		k := &s.Plan.Boxes[i]
		switch {
		case k.R < l || k.L > r || k.B < t || k.T > b || s.level(i) == hidden:
			i = k.End
		case k.X >= l && k.Y >= t && k.X+k.W <= r && k.Y+k.H <= b:
			out = append(out, k.Num)
			i = k.End
		default:
			i++
		}
	}
	return out
}

// At returns the box of the innermost card at a point for which ok holds, or -1.
// A card for which it does not hold is passed over with all in it.
func (s *Scene) At(x, y int32, ok func(box int32) bool) int32 {
	found := int32(-1)
	p := s.Plan
	for i := int32(0); i < int32(len(p.Boxes)); {
		b := &p.Boxes[i]
		if x < b.L || x > b.R || y < b.T || y > b.B || s.level(i) == hidden || !ok(i) {
			i = b.End
			continue
		}
		if b.Contains(x, y) {
			found = i
		}
		i++
	}
	return found
}

// Directions for Near.
const (
	Left  = 0
	Up    = 1
	Right = 2
	Down  = 3
)

// Near returns the number of the card next to an object in a direction, or 0.
// Cards of the same whole are nearer than they look, so that arrows walk along a
// list before they leave it.
func (s *Scene) Near(num int32, dir int32) int32 {
	p := s.Plan
	self := p.Stand(num)
	if self < 0 {
		return s.nearLink(num, dir)
	}
	from := &p.Boxes[self]
	best, found := int64(1)<<62, int32(0)
	for i := range p.Boxes {
		b := &p.Boxes[i]
		at := int32(i)
		if at >= self && at < from.End || at <= self && b.End > self || s.level(at) == hidden { // in it or around it
			continue
		}
		ahead, aside := apart(from, b, dir)
		if ahead <= 0 {
			continue
		}
		score := ahead + 2*aside
		if b.Parent != from.Parent {
			const strange = 160 * px
			score = score*3/2 + strange
		}
		if score < best {
			best, found = score, b.Num
		}
	}
	return found
}

// apart returns how far b lies ahead of a in a direction, and how far beside it.
// It lies ahead when its middle does; the distance is that of the borders, with a
// little of that of the middles to tell apart what overlaps.
func apart(a, b *layout.Box, dir int32) (ahead, aside int64) {
	const little = 8
	switch dir {
	case Left:
		ahead, aside = int64(a.X+a.W/2-b.X-b.W/2), gap(a.Y, a.H, b.Y, b.H)
	case Up:
		ahead, aside = int64(a.Y+a.H/2-b.Y-b.H/2), gap(a.X, a.W, b.X, b.W)
	case Right:
		ahead, aside = int64(b.X+b.W/2-a.X-a.W/2), gap(a.Y, a.H, b.Y, b.H)
	default:
		ahead, aside = int64(b.Y+b.H/2-a.Y-a.H/2), gap(a.X, a.W, b.X, b.W)
	}
	if ahead <= 0 {
		return ahead, aside
	}
	if dir == Left || dir == Right {
		return gap(a.X, a.W, b.X, b.W) + ahead/little + 1, aside
	}
	return gap(a.Y, a.H, b.Y, b.H) + ahead/little + 1, aside
}

// gap returns the distance of two stretches, 0 when they overlap.
func gap(a, w, b, v int32) int64 { return int64(max(b-a-w, a-b-v, 0)) }

// nearLink returns the end of a relationship that lies in a direction.
func (s *Scene) nearLink(num, dir int32) int32 {
	i := s.Plan.Link(num)
	if i < 0 {
		return 0
	}
	k := &s.Plan.Links[i]
	a, b := &s.Plan.Boxes[k.A], &s.Plan.Boxes[k.B]
	if ahead, _ := apart(a, b, dir); ahead > 0 {
		return b.Num
	}
	return a.Num
}
