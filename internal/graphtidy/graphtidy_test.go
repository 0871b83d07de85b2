package graphtidy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/fault"
)

// TestLayersKeepApart: AR-1. Whatever the graph, no box overlaps another, none lies left
// of or above the corner, and the same graph gives the same places.
func TestLayersKeepApart(t *testing.T) {
	var tidier Tidier
	rapid.Check(t, func(t *rapid.T) {
		boxes := make([]Box, rapid.IntRange(1, 25).Draw(t, "boxes"))
		for i := range boxes {
			boxes[i] = Box{rapid.IntRange(1, 400).Draw(t, "w"), rapid.IntRange(1, 300).Draw(t, "h")}
		}
		lines := make([]Line, rapid.IntRange(0, 40).Draw(t, "lines"))
		for i := range lines {
			lines[i] = Line{rapid.IntRange(0, len(boxes)-1).Draw(t, "from"), rapid.IntRange(0, len(boxes)-1).Draw(t, "to")}
		}
		down := rapid.Bool().Draw(t, "down")
		first, err := tidier.Layers(t.Context(), boxes, lines, down)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range first {
			if p.X < 0 || p.Y < 0 {
				t.Fatalf("box %d lies at %v", i, p)
			}
			for j, q := range first[:i] {
				if p.X < q.X+boxes[j].W && q.X < p.X+boxes[i].W && p.Y < q.Y+boxes[j].H && q.Y < p.Y+boxes[i].H {
					t.Fatalf("box %d at %v overlaps box %d at %v", i, p, j, q)
				}
			}
		}
		again, err := tidier.Layers(t.Context(), boxes, lines, down)
		if diff := cmp.Diff(first, again); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})
}

// TestLayersFollowLines: what leads to something lies before it.
func TestLayersFollowLines(t *testing.T) {
	var tidier Tidier
	boxes := []Box{{100, 40}, {100, 40}, {100, 40}}
	lines := []Line{{2, 0}, {0, 1}}
	across, err := tidier.Layers(t.Context(), boxes, lines, false)
	if err != nil {
		t.Fatal(err)
	}
	if across[2].X >= across[0].X || across[0].X >= across[1].X {
		t.Errorf("from left to right: %v", across)
	}
	down, err := tidier.Layers(t.Context(), boxes, lines, true)
	if err != nil {
		t.Fatal(err)
	}
	if down[2].Y >= down[0].Y || down[0].Y >= down[1].Y {
		t.Errorf("from the top down: %v", down)
	}
}

func TestNoGraph(t *testing.T) {
	var tidier Tidier
	for name, c := range map[string]struct {
		boxes []Box
		lines []Line
		want  fault.Kind
	}{
		"no size":        {[]Box{{0, 10}}, nil, fault.Invalid},
		"too large":      {[]Box{{MaxSide + 1, 10}}, nil, fault.Invalid},
		"a line nowhere": {[]Box{{10, 10}}, []Line{{0, 1}}, fault.Invalid},
		"too many":       {make([]Box, MaxBoxes+1), nil, fault.Limit},
		"too many lines": {[]Box{{1, 1}}, make([]Line, MaxLines+1), fault.Limit},
	} {
		if _, err := tidier.Layers(t.Context(), c.boxes, c.lines, false); fault.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if out, err := tidier.Layers(t.Context(), nil, nil, false); err != nil || len(out) != 0 {
		t.Errorf("nothing at all: %v, %v", out, err)
	}
	tidier.busy.Lock()
	if _, err := tidier.Layers(t.Context(), []Box{{1, 1}}, nil, false); fault.KindOf(err) != fault.Busy {
		t.Errorf("while it works: %v", err)
	}
}

func BenchmarkLargest(b *testing.B) {
	var tidier Tidier
	boxes, lines := make([]Box, MaxBoxes), make([]Line, MaxLines)
	for i := range boxes {
		boxes[i] = Box{80 + i%7*20, 40}
	}
	for i := range lines {
		lines[i] = Line{i * 7 % MaxBoxes, (i*13 + 1) % MaxBoxes}
	}
	for b.Loop() {
		if _, err := tidier.Layers(b.Context(), boxes, lines, false); err != nil {
			b.Fatal(err)
		}
	}
}
