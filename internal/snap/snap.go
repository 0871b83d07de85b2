// Package snap pulls what is dragged into line with what lies around it: edges and
// middles that meet, gaps that are equal. It is arithmetic on rectangles in 1/64
// px: the same input gives the same answer everywhere. It knows neither maps nor
// cameras and keeps nothing; everything here is a value.
package snap

// MaxOthers is how many neighbours are looked at.
const MaxOthers = 256

// Rect is an area: its left and top, its width and height.
type Rect struct{ At, Size [2]int32 }

// Guide is a line that shows why something snapped: x, y of either end.
type Guide [4]int32

// The edges along an axis, in halves of the size.
const (
	start = iota
	middle
	end
	edges
)

func (r *Rect) edge(axis, which int) int32 { return r.At[axis] + r.Size[axis]*int32(which)/end }

// beside reports whether two would meet when one is moved along an axis.
func (r *Rect) beside(o *Rect, axis int) bool {
	side := 1 - axis
	return r.At[side] < o.edge(side, end) && o.At[side] < r.edge(side, end)
}

// scene is one rectangle among others, along one axis.
type scene struct {
	me     Rect
	others []Rect
	axis   int
	reach  int32
	by     int32 // how far to move, if at all
	ok     bool
	gap    bool // to equal gaps, not to an edge
}

// To returns how far to move a rectangle, by at most reach each way, so that it is in
// line with others, and the lines that say with which. Of several ways the shortest
// counts; edges and middles come before gaps. Of the others the first MaxOthers are
// looked at.
func To(me Rect, others []Rect, reach int32) (by [2]int32, guides []Guide) {
	var s [2]scene
	for axis := range s {
		s[axis] = scene{me: me, others: others[:min(len(others), MaxOthers)], axis: axis, reach: reach}
		s[axis].pull()
		by[axis] = s[axis].by
	}
	me.At[0], me.At[1] = me.At[0]+by[0], me.At[1]+by[1]
	for axis := range s {
		s[axis].me = me
		guides = s[axis].explain(guides)
	}
	return by, guides
}

// try takes a way into line if it is the shortest so far.
func (s *scene) try(by int32, gap bool) {
	if a := max(by, -by); a <= s.reach && (!s.ok || a < max(s.by, -s.by)) {
		s.by, s.ok, s.gap = by, true, gap
	}
}

// pull finds the shortest way into line.
func (s *scene) pull() {
	for i := range s.others {
		for which := range edges {
			s.try(s.others[i].edge(s.axis, which)-s.me.edge(s.axis, which), false)
		}
	}
	from, to := s.me.edge(s.axis, start), s.me.edge(s.axis, end)
	l, r := s.row(-1, from+s.reach), s.row(1, to-s.reach)
	if l[0] != nil && r[0] != nil {
		if room := s.gapOf(l[0], r[0]) - s.me.Size[s.axis]; room > 0 {
			s.try(l[0].edge(s.axis, end)+room/2-from, true)
		}
	}
	if l[1] != nil {
		s.try(l[0].edge(s.axis, end)+s.gapOf(l[1], l[0])-from, true)
	}
	if r[1] != nil {
		s.try(r[0].edge(s.axis, start)-s.gapOf(r[0], r[1])-to, true)
	}
}

func (s *scene) gapOf(left, right *Rect) int32 {
	return right.edge(s.axis, start) - left.edge(s.axis, end)
}

// row returns who lies beside on one side of a point, -1 or 1: the nearest, and the
// next beyond that, nil where there is none.
func (s *scene) row(way, at int32) (out [2]*Rect) {
	for n := range out {
		var best int32
		for i := range s.others {
			o := &s.others[i]
			near := o.edge(s.axis, end) // the larger, the nearer
			if way > 0 {
				near = -o.edge(s.axis, start)
			}
			if near <= -way*at && o.beside(&s.me, s.axis) && (out[n] == nil || near > best) {
				out[n], best = o, near
			}
		}
		if out[n] == nil {
			break
		}
		at = out[n].edge(s.axis, 1+int(way)) // its far edge: start or end
	}
	return out
}

// explain appends the lines for what was found: one for each edge or middle that
// meets others', from the first to the last of them, or one in each of the equal
// gaps.
func (s *scene) explain(out []Guide) []Guide {
	side := 1 - s.axis
	if s.ok && s.gap {
		return s.gaps(out)
	}
	for which := 0; s.ok && which < edges; which++ {
		at, from, to, any := s.me.edge(s.axis, which), s.me.At[side], s.me.edge(side, end), false
		for i := range s.others {
			if o := &s.others[i]; o.edge(s.axis, which) == at {
				from, to, any = min(from, o.At[side]), max(to, o.edge(side, end)), true
			}
		}
		if any {
			out = append(out, s.guide(at, from, at, to))
		}
	}
	return out
}

// guide is a line by its places along the axis and across it.
func (s *scene) guide(along, across, along2, across2 int32) (g Guide) {
	side := 1 - s.axis
	g[s.axis], g[side], g[2+s.axis], g[2+side] = along, across, along2, across2
	return g
}

// gaps appends a line in each gap that is as wide as that beside me.
func (s *scene) gaps(out []Guide) []Guide {
	l, r := s.row(-1, s.me.edge(s.axis, start)), s.row(1, s.me.edge(s.axis, end))
	for _, three := range [3][3]*Rect{{l[0], &s.me, r[0]}, {l[1], l[0], &s.me}, {&s.me, r[0], r[1]}} {
		if three[0] == nil || three[1] == nil || three[2] == nil {
			continue
		}
		const rounding = 1 // half a unit is lost where a gap is halved
		if d := s.gapOf(three[0], three[1]) - s.gapOf(three[1], three[2]); max(d, -d) <= rounding {
			return append(out, s.between(three[0], three[1]), s.between(three[1], three[2]))
		}
	}
	return out
}

// between is the line from one to the next.
func (s *scene) between(a, b *Rect) Guide {
	side := 1 - s.axis
	across := (max(a.At[side], b.At[side]) + min(a.edge(side, end), b.edge(side, end))) / 2
	return s.guide(a.edge(s.axis, end), across, b.edge(s.axis, start), across)
}
