package layers

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const px = 64

var gaps = Gaps{80 * px, 28 * px}

func overlap(a, b Place, x, y Box) bool {
	return a.X < b.X+y.W && b.X < a.X+x.W && a.Y < b.Y+y.H && b.Y < a.Y+x.H
}

// TestLayersKeepApart: AR-1. Whatever the graph, no box overlaps another, none lies left
// of or above the corner, and the same graph gives the same places.
func TestLayersKeepApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		boxes := make([]Box, rapid.IntRange(1, 30).Draw(t, "boxes"))
		for i := range boxes {
			boxes[i] = Box{rapid.Int32Range(1, 400*px).Draw(t, "w"), rapid.Int32Range(1, 300*px).Draw(t, "h")}
		}
		lines := make([]Line, rapid.IntRange(0, 60).Draw(t, "lines"))
		for i := range lines {
			lines[i] = Line{rapid.IntRange(0, len(boxes)-1).Draw(t, "from"), rapid.IntRange(0, len(boxes)-1).Draw(t, "to")}
		}
		first := Arrange(boxes, lines, gaps)
		for i, p := range first {
			if p.X < 0 || p.Y < 0 {
				t.Fatalf("box %d lies at %v", i, p)
			}
			for j, q := range first[:i] {
				if overlap(p, q, boxes[i], boxes[j]) {
					t.Fatalf("box %d at %v overlaps box %d at %v", i, p, j, q)
				}
			}
		}
		if diff := cmp.Diff(first, Arrange(boxes, lines, gaps)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestLayersFollowLines: what leads to something lies before it, a chain is straight, and
// a circle is cut once.
func TestLayersFollowLines(t *testing.T) {
	boxes := []Box{{100 * px, 40 * px}, {120 * px, 40 * px}, {80 * px, 60 * px}, {100 * px, 40 * px}}
	chain := Arrange(boxes, []Line{{2, 0}, {0, 1}, {1, 3}}, gaps)
	order := []int{2, 0, 1, 3}
	for i, k := range order[1:] {
		before := order[i]
		if chain[k].X <= chain[before].X {
			t.Errorf("the chain goes back: %v", chain)
		}
		if chain[k].Y+boxes[k].H/2 != chain[before].Y+boxes[before].H/2 {
			t.Errorf("the chain is not straight: %v", chain)
		}
	}
	circle := Arrange(boxes[:3], []Line{{0, 1}, {1, 2}, {2, 0}}, gaps)
	if circle[0].X >= circle[1].X || circle[1].X >= circle[2].X {
		t.Errorf("the circle: %v", circle)
	}
	fan := Arrange(boxes, []Line{{0, 1}, {0, 2}, {0, 3}}, gaps)
	if fan[1].X != fan[2].X || fan[2].X != fan[3].X {
		t.Errorf("what one leads to stands in several columns: %v", fan)
	}
}

// TestFewCross: two rows joined crosswise are put in an order in which no line crosses.
func TestFewCross(t *testing.T) {
	boxes := make([]Box, 8)
	for i := range boxes {
		boxes[i] = Box{100 * px, 40 * px}
	}
	lines := []Line{{0, 7}, {1, 6}, {2, 5}, {3, 4}, {0, 6}, {1, 5}, {2, 4}}
	at := Arrange(boxes, lines, gaps)
	for _, a := range lines {
		for _, b := range lines {
			if (at[a.From].Y-at[b.From].Y > 0) == (at[a.To].Y-at[b.To].Y < 0) && a.From != b.From && a.To != b.To {
				t.Errorf("the line from %d to %d crosses that from %d to %d", a.From, a.To, b.From, b.To)
			}
		}
	}
}

// BenchmarkHardest is a chain with lines across it, which pass the most columns.
func BenchmarkHardest(b *testing.B) {
	boxes, lines := make([]Box, MaxBoxes), make([]Line, 0, MaxLines)
	for i := range boxes {
		boxes[i] = Box{100 * px, 40 * px}
		if i > 0 {
			lines = append(lines, Line{i - 1, i})
		}
	}
	for i := 0; len(lines) < MaxLines; i++ {
		lines = append(lines, Line{i * 7 % MaxBoxes, (i*13 + 1) % MaxBoxes})
	}
	for b.Loop() {
		Arrange(boxes, lines, gaps)
	}
}
