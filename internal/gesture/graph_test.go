package gesture_test

import (
	"testing"

	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// TestLayers: AR-1. Cards follow what leads to them, also from part to part and against
// the direction in which a relationship was drawn; what leads out, or to the card itself,
// does not count.
func TestLayers(t *testing.T) {
	s := newStage()
	a, b, c := s.card(t, id.Root, 0, 0, "a"), s.card(t, id.Root, 500, 0, "b"), s.card(t, id.Root, 1000, 0, "c")
	out, part := s.card(t, id.Root, 2000, 0, "outside"), s.card(t, b, 0, 0, "part")
	relate := func(from, to id.Object, way int64) {
		ops, _, err := s.context().Relate(from, to, way)
		must(t, s, ops, err)
	}
	relate(a, part, sysmap.DirectionAB)
	relate(a, c, sysmap.DirectionBA)
	relate(a, a, sysmap.DirectionAB)
	relate(out, c, sysmap.DirectionAB)
	before := s.boxOf(out).X
	ops, err := s.context().Tidy([]id.Object{a, b, c}, gesture.TidyLayers)
	must(t, s, ops, err)
	if x, y, z := s.boxOf(c).X, s.boxOf(a).X, s.boxOf(b).X; x >= y || y >= z || s.boxOf(out).X != before {
		t.Errorf("c at %d, a at %d, b at %d, outside at %d", x, y, z, s.boxOf(out).X)
	}
}
