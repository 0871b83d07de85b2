// Package elbow runs lines between two cards in right angles, around the cards in
// between. It is pure and works in whole numbers, so that every replica draws the
// same. A Router keeps buffers between calls and belongs to one goroutine; a route is
// the caller's.
package elbow

// Bounds and distances, in 1/64 px.
const (
	px = 64
	// MaxAround is how many cards a line goes around; those further on the list are
	// taken for air.
	MaxAround = 40

	stub     = 14 * px // a line leaves this straight before it bends
	pad      = 6 * px  // it keeps this far from cards it passes
	bendCost = 60 * px // of a bend, as length
	maxSteps = 6000    // of one search
	unknown  = 1 << 62 // no way known yet
	straight = 24 * px // sides that share so much are joined without a bend
)

// Rect is an area.
type Rect struct{ L, T, R, B int32 }

// Point is a place.
type Point struct{ X, Y int32 }

// End is where a line begins or ends: at a card, which may lie in another that the
// line has to leave first.
type End struct {
	Card  Rect
	Clear Rect // the card itself, or what is around it
}

// Router finds routes.
type Router struct {
	// Budget is how many steps searches may take in all; without any left, lines run
	// straight through what is in between.
	Budget int
	blocks []Rect
	xs, ys []int32
	cost   []int64
	from   []int32
	seen   []int32 // in which search cost and from were written
	search int32
	heap   []item
	exits  [2][4]exit
}

// item waits in the heap.
type item struct {
	rank  int64
	state int32
}

// exit is one side of a card.
type exit struct {
	from, out Point
	dx, dy    int32
}

// Route returns the corners of a line from a to b, both ends included. Parallel lines
// differ by off, their distance from the middle of the sides. It goes around the cards
// of around as far as it finds a way, and straight through them otherwise.
func (r *Router) Route(a, b End, off int32, around []Rect) []Point {
	r.blocks = r.blocks[:0]
	for _, c := range around[:min(len(around), MaxAround)] {
		r.blocks = append(r.blocks, grown(c, pad))
	}
	direct := r.direct(a, b, off)
	if r.freeWay(direct, a, b) {
		return direct
	}
	if way := r.find(a, b, off); way != nil {
		return way
	}
	return direct
}

func grown(c Rect, by int32) Rect { return Rect{c.L - by, c.T - by, c.R + by, c.B + by} }

// direct joins the sides that face each other: straight, or with one step in the
// middle of the gap.
func (r *Router) direct(a, b End, off int32) []Point {
	gapX := max(b.Clear.L-a.Clear.R, a.Clear.L-b.Clear.R)
	gapY := max(b.Clear.T-a.Clear.B, a.Clear.T-b.Clear.B)
	if gapX < gapY {
		way := r.across(turnedEnd(a), turnedEnd(b), off)
		for i, p := range way {
			way[i] = Point{p.Y, p.X}
		}
		return way
	}
	return r.across(a, b, off)
}

func turned(c Rect) Rect { return Rect{c.T, c.L, c.B, c.R} }

func turnedEnd(e End) End { return End{turned(e.Card), turned(e.Clear)} }

// across joins facing left and right sides.
func (r *Router) across(a, b End, off int32) []Point {
	x1, x2, c1, c2 := a.Card.R, b.Card.L, a.Clear.R, b.Clear.L
	if a.Card.L+a.Card.R > b.Card.L+b.Card.R {
		x1, x2, c1, c2 = a.Card.L, b.Card.R, a.Clear.L, b.Clear.R
	}
	if t, bot := max(a.Card.T, b.Card.T), min(a.Card.B, b.Card.B); bot-t >= straight {
		y := (t+bot)/2 + within(off, (bot-t)/2-straight/2)
		return []Point{{x1, y}, {x2, y}}
	}
	y1 := (a.Card.T+a.Card.B)/2 + within(off, (a.Card.B-a.Card.T)/2-straight/2)
	y2 := (b.Card.T+b.Card.B)/2 + within(off, (b.Card.B-b.Card.T)/2-straight/2)
	x := (c1+c2)/2 + off
	return []Point{{x1, y1}, {x, y1}, {x, y2}, {x2, y2}}
}

// within keeps v at most most from 0.
func within(v, most int32) int32 {
	most = max(most, 0)
	return max(-most, min(v, most))
}

// freeWay reports whether a way passes no card, and leaves its own ones for good.
func (r *Router) freeWay(way []Point, a, b End) bool {
	for i := 1; i < len(way); i++ {
		if r.blocked(way[i-1], way[i]) {
			return false
		}
		if i > 1 && cuts(a.Clear, way[i-1], way[i]) || i < len(way)-1 && cuts(b.Clear, way[i-1], way[i]) {
			return false
		}
	}
	return true
}

func (r *Router) blocked(p, q Point) bool {
	for i := range r.blocks {
		if cuts(r.blocks[i], p, q) {
			return true
		}
	}
	return false
}

// cuts reports whether a level or upright line runs through an area.
func cuts(c Rect, p, q Point) bool {
	return min(p.X, q.X) < c.R && max(p.X, q.X) > c.L && min(p.Y, q.Y) < c.B && max(p.Y, q.Y) > c.T
}

// exitsOf returns the four sides of an end.
func exitsOf(e End, off int32) [4]exit {
	c, o := e.Card, e.Clear
	x := (c.L+c.R)/2 + within(off, (c.R-c.L)/2-straight/2)
	y := (c.T+c.B)/2 + within(off, (c.B-c.T)/2-straight/2)
	far := int32(stub)
	if off > 0 { // parallel lines bend apart
		far += off
	} else {
		far -= off
	}
	return [4]exit{
		{Point{c.R, y}, Point{o.R + far, y}, 1, 0},
		{Point{c.L, y}, Point{o.L - far, y}, -1, 0},
		{Point{x, c.B}, Point{x, o.B + far}, 0, 1},
		{Point{x, c.T}, Point{x, o.T - far}, 0, -1},
	}
}
