// Package snap pulls what is dragged into line with what lies around it: edges and
// middles that meet, gaps that are equal. It is arithmetic on rectangles in 1/64
// px: the same input gives the same answer everywhere. It knows neither maps nor
// cameras and keeps nothing; everything here is a value.
package snap

// MaxOthers is how many neighbours are looked at.
const MaxOthers = 256

// Rect is an area.
type Rect struct{ X, Y, W, H int32 }

// Guide is a line that shows why something snapped.
type Guide struct{ X1, Y1, X2, Y2 int32 }

// span is a rectangle along one axis, and across it.
type span struct {
	at, size    int32
	side, width int32
}

func (s span) end() int32 { return s.at + s.size }

// beside reports whether two lie side by side: each would be met by the other when
// moved along the axis.
func (s span) beside(o span) bool { return s.side < o.side+o.width && o.side < s.side+s.width }

func across(r Rect) span { return span{r.X, r.W, r.Y, r.H} }
func down(r Rect) span   { return span{r.Y, r.H, r.X, r.W} }

// turn gives a guide along one axis its coordinates.
func turn(vertical bool, along1, side1, along2, side2 int32) Guide {
	if vertical {
		return Guide{side1, along1, side2, along2}
	}
	return Guide{along1, side1, along2, side2}
}

// To returns how far to move a rectangle, by at most reach each way, so that it is in
// line with others, and the lines that say with which. Of several ways the shortest
// counts; edges and middles come before gaps. Of the others the first MaxOthers are
// looked at.
func To(me Rect, others []Rect, reach int32) (dx, dy int32, guides []Guide) {
	others = others[:min(len(others), MaxOthers)]
	xs, ys := make([]span, len(others)), make([]span, len(others))
	for i, r := range others {
		xs[i], ys[i] = across(r), down(r)
	}
	x, y := pull(across(me), xs, reach), pull(down(me), ys, reach)
	at := Rect{me.X + x.by, me.Y + y.by, me.W, me.H}
	guides = explain(nil, across(at), xs, x, false)
	return x.by, y.by, explain(guides, down(at), ys, y, true)
}

// pulled is what one axis comes to.
type pulled struct {
	by  int32
	ok  bool
	gap bool // the gaps are equal, and no edges meet
}

// pull finds the shortest way into line along an axis.
func pull(me span, others []span, reach int32) pulled {
	best := pulled{}
	try := func(by int32, gap bool) {
		if a := max(by, -by); a <= reach && (!best.ok || a < max(best.by, -best.by)) {
			best = pulled{by, true, gap}
		}
	}
	for _, o := range others {
		try(o.at-me.at, false)
		try(middle(o)-middle(me), false)
		try(o.end()-me.end(), false)
	}
	g := neighbours(me, others, reach)
	if g.l1 >= 0 && g.r1 >= 0 {
		l, r := others[g.l1], others[g.r1]
		if room := r.at - l.end() - me.size; room > 0 {
			try(l.end()+room/2-me.at, true)
		}
	}
	if g.l1 >= 0 && g.l2 >= 0 {
		try(others[g.l1].end()+gapOf(others[g.l2], others[g.l1])-me.at, true)
	}
	if g.r1 >= 0 && g.r2 >= 0 {
		try(others[g.r1].at-gapOf(others[g.r1], others[g.r2])-me.end(), true)
	}
	return best
}

func middle(s span) int32          { return s.at + s.size/2 }
func gapOf(left, right span) int32 { return right.at - left.end() }

// row is who lies beside a rectangle along an axis: the nearest and the next on
// either side, -1 for none.
type row struct{ l1, l2, r1, r2 int }

func neighbours(me span, others []span, reach int32) row {
	g := row{-1, -1, -1, -1}
	g.l1 = before(others, me, me.at+reach)
	if g.l1 >= 0 {
		g.l2 = before(others, me, others[g.l1].at)
	}
	g.r1 = after(others, me, me.end()-reach)
	if g.r1 >= 0 {
		g.r2 = after(others, me, others[g.r1].end())
	}
	return g
}

// before returns the last beside me that ends before a point, or -1.
func before(others []span, me span, at int32) int {
	found := -1
	for i, o := range others {
		if o.beside(me) && o.end() <= at && (found < 0 || o.end() > others[found].end()) {
			found = i
		}
	}
	return found
}

// after returns the first beside me that begins after a point, or -1.
func after(others []span, me span, at int32) int {
	found := -1
	for i, o := range others {
		if o.beside(me) && o.at >= at && (found < 0 || o.at < others[found].at) {
			found = i
		}
	}
	return found
}

// explain appends the lines for one axis: one for each edge or middle that meets
// others', from the first to the last of them, or one in each of the equal gaps.
func explain(out []Guide, me span, others []span, p pulled, vertical bool) []Guide {
	if !p.ok {
		return out
	}
	if p.gap {
		return gaps(out, me, others, vertical)
	}
	for _, edge := range [3]func(span) int32{func(s span) int32 { return s.at }, middle, span.end} {
		at, from, to, any := edge(me), me.side, me.side+me.width, false
		for _, o := range others {
			if edge(o) == at {
				from, to, any = min(from, o.side), max(to, o.side+o.width), true
			}
		}
		if any {
			out = append(out, turn(vertical, at, from, at, to))
		}
	}
	return out
}

// gaps appends a line in each gap that is as wide as that beside me.
func gaps(out []Guide, me span, others []span, vertical bool) []Guide {
	g := neighbours(me, others, 0)
	line := func(left, right span) {
		side := (max(left.side, right.side) + min(left.side+left.width, right.side+right.width)) / 2
		out = append(out, turn(vertical, left.end(), side, right.at, side))
	}
	const rounding = 1 // half a unit is lost where a gap is halved
	same := func(a, b int32) bool { return a-b <= rounding && b-a <= rounding }
	switch {
	case g.l1 >= 0 && g.r1 >= 0 && same(gapOf(others[g.l1], me), gapOf(me, others[g.r1])):
		line(others[g.l1], me)
		line(me, others[g.r1])
	case g.l1 >= 0 && g.l2 >= 0 && same(gapOf(others[g.l2], others[g.l1]), gapOf(others[g.l1], me)):
		line(others[g.l2], others[g.l1])
		line(others[g.l1], me)
	case g.r1 >= 0 && g.r2 >= 0 && same(gapOf(me, others[g.r1]), gapOf(others[g.r1], others[g.r2])):
		line(me, others[g.r1])
		line(others[g.r1], others[g.r2])
	}
	return out
}
