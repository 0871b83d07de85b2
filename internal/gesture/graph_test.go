package gesture_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

func (s *stage) relate(t *testing.T, a, b id.Object, direction int64) {
	t.Helper()
	ops, _, err := s.context().Relate(a, b, direction)
	must(t, s, ops, err)
}

// TestGraph: AR-1. Cards and what leads from one to another, also from part to part;
// not what leads out, or from a card to itself.
func TestGraph(t *testing.T) {
	s := newStage()
	a, b, c := s.card(t, id.Root, 0, 0, "a"), s.card(t, id.Root, 500, 0, "b"), s.card(t, id.Root, 1000, 0, "c")
	out, part := s.card(t, id.Root, 2000, 0, "outside"), s.card(t, b, 0, 0, "part")
	s.relate(t, a, part, sysmap.DirectionAB)
	s.relate(t, a, c, sysmap.DirectionBA)
	s.relate(t, a, a, sysmap.DirectionAB)
	s.relate(t, a, out, sysmap.DirectionAB)
	g, err := s.context().Graph([]id.Object{a, b, c})
	if err != nil {
		t.Fatal(err)
	}
	rank := make(map[id.Object]int)
	for i, e := range g.Boxes {
		rank[e.ID] = i
	}
	got := make(map[[2]int]bool)
	for _, l := range g.Lines {
		got[l] = true
	}
	if diff := cmp.Diff(map[[2]int]bool{{rank[a], rank[b]}: true, {rank[c], rank[a]}: true}, got); diff != "" {
		t.Error(diff)
	}
	spot := s.boxOf(a)
	ops, err := s.context().Shift([]id.Object{a}, 640, 6400)
	must(t, s, ops, err)
	again, err := s.context().Graph([]id.Object{c, b, a})
	if diff := cmp.Diff(g, again); err != nil || diff != "" || s.boxOf(a).X == spot.X {
		t.Errorf("the graph depends on where its cards lie: %v\n%s", err, diff)
	}
}

// TestArrange: AR-1. An arrangement is taken as it is: its corner stays, nothing else
// moves, and taking it again changes nothing.
func TestArrange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scatter(t)
		all := s.free()
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 2, len(all), rapid.ID).Draw(t, "chosen")
		in := make(map[id.Object]bool)
		x, y := int32(1<<30), int32(1<<30)
		shapes := make([]gesture.Shape, len(chosen))
		for i, k := range chosen {
			in[k] = true
			b := s.boxOf(k)
			x, y = min(x, b.X), min(y, b.Y)
			shapes[i] = gesture.Shape{Card: k, X: int32(i) * 64 * 700, Y: rapid.Int32Range(0, 9000).Draw(t, "y")}
		}
		was := make(map[id.Object]sysmap.Place)
		for _, k := range all {
			was[k] = s.m.Get(k).Place
		}
		ops, err := s.context().Arrange(shapes)
		if err != nil {
			t.Fatal(err)
		}
		s.apply(t, ops, err)
		for _, e := range shapes {
			if b := s.boxOf(e.Card); b.X != x+e.X || b.Y != y+e.Y {
				t.Fatalf("a card lies at %d,%d, not %d,%d", b.X, b.Y, x+e.X, y+e.Y)
			}
		}
		for _, k := range all {
			if !in[k] && s.m.Get(k).Place != was[k] {
				t.Fatal("a card outside moved")
			}
		}
	})
}
