package picture

import (
	"plectica/internal/layout"
	"plectica/internal/snap"
)

// Around returns the area that some cards take together; ok is false when one is not
// shown.
func (s *Scene) Around(nums []int32) (all snap.Rect, ok bool) {
	for n, num := range nums {
		i := s.Plan.Box(num)
		if i < 0 {
			return all, false
		}
		r := rectOf(&s.Plan.Boxes[i])
		if n == 0 {
			all = r
		}
		for axis := range 2 {
			far := max(all.At[axis]+all.Size[axis], r.At[axis]+r.Size[axis])
			all.At[axis] = min(all.At[axis], r.At[axis])
			all.Size[axis] = far - all.At[axis]
		}
	}
	return all, len(nums) > 0
}

// Beside returns the areas of the cards in a place, -1 for the map, that are in sight
// and do not move, as many as snapping looks at.
func (s *Scene) Beside(place int32, moves func(num int32) bool) (out []snap.Rect) {
	p := s.Plan
	from, to := int32(0), int32(len(p.Boxes))
	if place >= 0 {
		from, to = place+1, p.Boxes[place].End
	}
	for k := from; k < to && len(out) < snap.MaxOthers; k = p.Boxes[k].End {
		b := &p.Boxes[k]
		seen := s.Camera.sees(b.X, b.Y, b.X+b.W, b.Y+b.H, 0) && s.level(k) != hidden
		if seen && b.Link < 0 && !moves(b.Num) {
			out = append(out, rectOf(b))
		}
	}
	return out
}

func rectOf(b *layout.Box) snap.Rect {
	return snap.Rect{At: [2]int32{b.X, b.Y}, Size: [2]int32{b.W, b.H}}
}
