package snap

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const reach = 6

// TestTo: FI-4. Areas are x, y, w, h.
func TestTo(t *testing.T) {
	for name, c := range map[string]struct {
		me     Rect
		others []Rect
		dx, dy int32
		guides []Guide
	}{
		"nothing around":      {Rect{0, 0, 100, 40}, nil, 0, 0, nil},
		"too far":             {Rect{0, 0, 100, 40}, []Rect{{7, 107, 60, 26}}, 0, 0, nil},
		"left":                {Rect{0, 0, 100, 40}, []Rect{{6, 107, 60, 26}}, 6, 0, []Guide{{6, 0, 6, 133}}},
		"right":               {Rect{0, 0, 100, 40}, []Rect{{-50, 107, 145, 26}}, -5, 0, []Guide{{95, 0, 95, 133}}},
		"centre":              {Rect{0, 0, 100, 40}, []Rect{{33, 107, 30, 26}}, -2, 0, []Guide{{48, 0, 48, 133}}},
		"top":                 {Rect{0, 0, 100, 40}, []Rect{{307, 3, 60, 90}}, 0, 3, []Guide{{0, 3, 367, 3}}},
		"middle":              {Rect{0, 0, 100, 40}, []Rect{{307, -100, 60, 236}}, 0, -2, []Guide{{0, 18, 367, 18}}},
		"bottom":              {Rect{0, 0, 100, 40}, []Rect{{307, -100, 60, 144}}, 0, 4, []Guide{{0, 44, 367, 44}}},
		"the nearest of two":  {Rect{0, 0, 100, 40}, []Rect{{5, 107, 60, 26}, {-3, 207, 61, 26}}, -3, 0, []Guide{{-3, 0, -3, 233}}},
		"both axes":           {Rect{0, 0, 100, 40}, []Rect{{5, 107, 60, 26}, {307, 4, 60, 96}}, 5, 4, []Guide{{5, 4, 5, 133}, {5, 4, 367, 4}}},
		"all edges that meet": {Rect{0, 0, 100, 40}, []Rect{{2, 107, 100, 26}}, 2, 0, []Guide{{2, 0, 2, 133}, {52, 0, 52, 133}, {102, 0, 102, 133}}},
		"between two": {Rect{118, 13, 100, 40}, []Rect{{0, 0, 100, 40}, {240, -7, 80, 90}}, 2, 5,
			[]Guide{{100, 29, 120, 29}, {220, 38, 240, 38}, {118 + 2, 38, 320, 38}}},
		"after a row": {Rect{242, 13, 100, 40}, []Rect{{0, 30, 100, 95}, {120, -100, 95, 130}}, -7 + 7, 0, nil},
		"after two": {Rect{232, 11, 101, 40}, []Rect{{0, 30, 100, 95}, {120, -100, 95, 130}}, 3, 0,
			[]Guide{{100, 30, 120, 30}, {215, 20, 235, 20}}},
		"before two": {Rect{-124, 11, 101, 40}, []Rect{{0, 30, 100, 95}, {120, -100, 95, 130}}, 3, 0,
			[]Guide{{-20, 40, 0, 40}, {100, 30, 120, 30}}},
	} {
		dx, dy, guides := To(c.me, c.others, reach)
		if dx != c.dx || dy != c.dy {
			t.Errorf("%s: moved by %d, %d, want %d, %d", name, dx, dy, c.dx, c.dy)
		}
		if diff := cmp.Diff(c.guides, guides); diff != "" && c.guides != nil {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func anyRect(t *rapid.T, name string) Rect {
	at, size := rapid.Int32Range(-60, 60), rapid.Int32Range(1, 40)
	return Rect{at.Draw(t, name+" x"), at.Draw(t, name+" y"), size.Draw(t, name+" w"), size.Draw(t, name+" h")}
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
		dx, dy, guides := To(me, others, reach)
		if max(dx, -dx, dy, -dy) > reach {
			rt.Fatalf("moved by %d, %d", dx, dy)
		}
		for _, g := range guides {
			if g.X1 != g.X2 && g.Y1 != g.Y2 || g.X1 > g.X2 || g.Y1 > g.Y2 {
				rt.Fatalf("a guide from %d, %d to %d, %d", g.X1, g.Y1, g.X2, g.Y2)
			}
		}
		if len(others) == 0 && (dx != 0 || dy != 0 || len(guides) > 0) {
			rt.Fatal("it snapped to nothing")
		}
		edge := func(p pulled) bool { return p.ok && !p.gap }
		byX, byY := edge(pull(across(me), spans(others, across), reach)), edge(pull(down(me), spans(others, down), reach))
		me.X, me.Y = me.X+dx, me.Y+dy
		p, q := pull(across(me), spans(others, across), reach), pull(down(me), spans(others, down), reach)
		if byX && p.by != 0 || byY && q.by != 0 { // who lies beside may differ once it moved, edges do not
			rt.Fatalf("snapped by %d, %d, it would go on by %d, %d", dx, dy, p.by, q.by)
		}
		again, onward, same := To(Rect{me.X - dx, me.Y - dy, me.W, me.H}, others, reach)
		if again != dx || onward != dy || cmp.Diff(same, guides) != "" {
			rt.Fatal("the same input gave another answer")
		}
	})
}

func spans(list []Rect, of func(Rect) span) (out []span) {
	for _, r := range list {
		out = append(out, of(r))
	}
	return out
}

// TestOthersAreBounded: no more than MaxOthers are looked at.
func TestOthersAreBounded(t *testing.T) {
	others := make([]Rect, MaxOthers+1)
	for i := range others {
		others[i] = Rect{1000, 1000, 10, 10}
	}
	others[MaxOthers] = Rect{3, 107, 60, 26}
	if dx, _, _ := To(Rect{0, 0, 100, 40}, others, reach); dx != 0 {
		t.Errorf("moved by %d to one beyond the bound", dx)
	}
	if dx, _, _ := To(Rect{0, 0, 100, 40}, others[1:], reach); dx != 3 {
		t.Errorf("moved by %d, want 3", dx)
	}
}

func BenchmarkTo(b *testing.B) {
	others := make([]Rect, MaxOthers)
	for i := range others {
		others[i] = Rect{int32(i%16) * 13000, int32(i/16) * 7000, 7680, 3072}
	}
	for b.Loop() {
		To(Rect{40000, 30000, 7680, 3072}, others, 384)
	}
}
