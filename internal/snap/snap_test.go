package snap

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const reach = 6

// area is one by x, y, w, h.
func area(v [4]int32) Rect { return Rect{[2]int32{v[0], v[1]}, [2]int32{v[2], v[3]}} }

// TestTo: FI-4. Areas are x, y, w, h.
func TestTo(t *testing.T) {
	for name, c := range map[string]struct {
		me     [4]int32
		others [][4]int32
		dx, dy int32
		guides []Guide
	}{
		"nothing around":      {[4]int32{0, 0, 100, 40}, nil, 0, 0, nil},
		"too far":             {[4]int32{0, 0, 100, 40}, [][4]int32{{7, 107, 60, 26}}, 0, 0, nil},
		"left":                {[4]int32{0, 0, 100, 40}, [][4]int32{{6, 107, 60, 26}}, 6, 0, []Guide{{6, 0, 6, 133}}},
		"right":               {[4]int32{0, 0, 100, 40}, [][4]int32{{-50, 107, 145, 26}}, -5, 0, []Guide{{95, 0, 95, 133}}},
		"centre":              {[4]int32{0, 0, 100, 40}, [][4]int32{{33, 107, 30, 26}}, -2, 0, []Guide{{48, 0, 48, 133}}},
		"top":                 {[4]int32{0, 0, 100, 40}, [][4]int32{{307, 3, 60, 90}}, 0, 3, []Guide{{0, 3, 367, 3}}},
		"middle":              {[4]int32{0, 0, 100, 40}, [][4]int32{{307, -100, 60, 236}}, 0, -2, []Guide{{0, 18, 367, 18}}},
		"bottom":              {[4]int32{0, 0, 100, 40}, [][4]int32{{307, -100, 60, 144}}, 0, 4, []Guide{{0, 44, 367, 44}}},
		"the nearest of two":  {[4]int32{0, 0, 100, 40}, [][4]int32{{5, 107, 60, 26}, {-3, 207, 61, 26}}, -3, 0, []Guide{{-3, 0, -3, 233}}},
		"both axes":           {[4]int32{0, 0, 100, 40}, [][4]int32{{5, 107, 60, 26}, {307, 4, 60, 96}}, 5, 4, []Guide{{5, 4, 5, 133}, {5, 4, 367, 4}}},
		"all edges that meet": {[4]int32{0, 0, 100, 40}, [][4]int32{{2, 107, 100, 26}}, 2, 0, []Guide{{2, 0, 2, 133}, {52, 0, 52, 133}, {102, 0, 102, 133}}},
		"between two": {[4]int32{118, 13, 100, 40}, [][4]int32{{0, 0, 100, 40}, {240, -7, 80, 90}}, 2, 5,
			[]Guide{{100, 29, 120, 29}, {220, 38, 240, 38}, {118 + 2, 38, 320, 38}}},
		"after a row": {[4]int32{242, 13, 100, 40}, [][4]int32{{0, 30, 100, 95}, {120, -100, 95, 130}}, -7 + 7, 0, nil},
		"after two": {[4]int32{232, 11, 101, 40}, [][4]int32{{0, 30, 100, 95}, {120, -100, 95, 130}}, 3, 0,
			[]Guide{{100, 30, 120, 30}, {215, 20, 235, 20}}},
		"before two": {[4]int32{-124, 11, 101, 40}, [][4]int32{{0, 30, 100, 95}, {120, -100, 95, 130}}, 3, 0,
			[]Guide{{-20, 40, 0, 40}, {100, 30, 120, 30}}},
	} {
		var others []Rect
		for _, o := range c.others {
			others = append(others, area(o))
		}
		by, guides := To(area(c.me), others, reach)
		if by != [2]int32{c.dx, c.dy} {
			t.Errorf("%s: moved by %v, want %d, %d", name, by, c.dx, c.dy)
		}
		if diff := cmp.Diff(c.guides, guides); diff != "" && c.guides != nil {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func anyRect(t *rapid.T, name string) Rect {
	at, size := rapid.Int32Range(-60, 60), rapid.Int32Range(1, 40)
	return area([4]int32{at.Draw(t, name+" x"), at.Draw(t, name+" y"), size.Draw(t, name+" w"), size.Draw(t, name+" h")})
}

// TestSnapIsShort: FI-4. Whatever lies around, it moves by no more than the reach; each
// guide is straight; and what snapped to an edge stays there.
func TestSnapIsShort(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		me := anyRect(rt, "me")
		var others []Rect
		for range rapid.IntRange(0, 6).Draw(rt, "others") {
			others = append(others, anyRect(rt, "other"))
		}
		by, guides := To(me, others, reach)
		for _, d := range by {
			if max(d, -d) > reach {
				rt.Fatalf("moved by %v", by)
			}
		}
		for _, g := range guides {
			if g[0] != g[2] && g[1] != g[3] || g[0] > g[2] || g[1] > g[3] {
				rt.Fatalf("a guide %v", g)
			}
		}
		if len(others) == 0 && (by != [2]int32{} || len(guides) > 0) {
			rt.Fatal("it snapped to nothing")
		}
		moved := me
		for axis := range by {
			before := scene{me: me, others: others, axis: axis, reach: reach}
			before.pull()
			moved.At[axis] += by[axis]
			if !before.ok || before.gap {
				continue // who lies beside may differ once it moved, edges do not
			}
			after := scene{me: moved, others: others, axis: axis, reach: reach}
			if after.pull(); after.by != 0 {
				rt.Fatalf("snapped by %v, it would go on by %d", by, after.by)
			}
		}
		again, same := To(me, others, reach)
		if again != by || cmp.Diff(same, guides) != "" {
			rt.Fatal("the same input gave another answer")
		}
	})
}

// TestOthersAreBounded: no more than MaxOthers are looked at.
func TestOthersAreBounded(t *testing.T) {
	others := make([]Rect, MaxOthers+1)
	for i := range others {
		others[i] = area([4]int32{1000, 1000, 10, 10})
	}
	others[MaxOthers] = area([4]int32{3, 107, 60, 26})
	me := area([4]int32{0, 0, 100, 40})
	if by, _ := To(me, others, reach); by[0] != 0 {
		t.Errorf("moved by %v to one beyond the bound", by)
	}
	if by, _ := To(me, others[1:], reach); by[0] != 3 {
		t.Errorf("moved by %v, want 3", by)
	}
}

func BenchmarkTo(b *testing.B) {
	others := make([]Rect, MaxOthers)
	for i := range others {
		others[i] = area([4]int32{int32(i%16) * 13000, int32(i/16) * 7000, 7680, 3072})
	}
	for b.Loop() {
		To(area([4]int32{40000, 30000, 7680, 3072}), others, 384)
	}
}
