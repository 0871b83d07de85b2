package gesture_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/layout"
	"plectica/internal/sysmap"
)

// scatter makes cards of several sizes anywhere, some with parts, and relationships
// between them.
func scatter(t *rapid.T) *stage {
	s := newStage()
	n := rapid.IntRange(2, 24).Draw(t, "cards")
	for i := range n {
		x, y := rapid.Int32Range(-60000, 60000).Draw(t, "x"), rapid.Int32Range(-60000, 60000).Draw(t, "y")
		title := rapid.SampledFrom([]string{"", "short", "a title that is long enough to be broken into two lines or more"}).Draw(t, "title")
		ops, k, err := s.context().Create(id.Root, id.Root, x, y, title)
		s.apply(t, ops, err)
		if rapid.IntRange(0, 3).Draw(t, "whole") == 0 {
			ops, _, err = s.context().Create(k, id.Root, rapid.Int32Range(-9000, 9000).Draw(t, "px"), 0, "part")
			s.apply(t, ops, err)
		}
		if i > 0 && rapid.Bool().Draw(t, "related") {
			ops, _, err = s.context().Relate(k, rapid.SampledFrom(s.objs).Draw(t, "other"), rapid.Int64Range(0, 3).Draw(t, "way"))
			s.apply(t, ops, err)
		}
	}
	return s
}

// free returns the cards on the map itself.
func (s *stage) free() []id.Object {
	var out []id.Object
	s.m.Parts(id.Root, func(o *sysmap.Object) bool { out = append(out, o.ID); return true })
	return out
}

func (s *stage) boxOf(k id.Object) layout.Box {
	p := s.l.Update(s.m)
	return p.Boxes[p.Box(s.l.Numbers.Of(k))]
}

// TestTidy: VW-3. Whatever is chosen is arranged without overlaps, its corner stays, the
// rest of the map does not move, and doing it again does nothing.
func TestTidy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scatter(t)
		all := s.free()
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 2, len(all), rapid.ID).Draw(t, "chosen")
		how := rapid.IntRange(gesture.TidyTree, gesture.TidyLayers).Draw(t, "how")
		corner := func() (x, y int32) {
			x, y = 1<<30, 1<<30
			for _, k := range chosen {
				b := s.boxOf(k)
				x, y = min(x, b.X), min(y, b.Y)
			}
			return x, y
		}
		in := make(map[id.Object]bool)
		for _, k := range chosen {
			in[k] = true
		}
		was := make(map[id.Object]sysmap.Place)
		for _, k := range all {
			was[k] = s.m.Get(k).Place
		}
		x, y := corner()
		ops, err := s.context().Tidy(chosen, how)
		if err != nil {
			t.Fatal(err)
		}
		s.apply(t, ops, err)
		if nx, ny := corner(); nx != x || ny != y {
			t.Errorf("the corner went from %d,%d to %d,%d", x, y, nx, ny)
		}
		for i, k := range all {
			if p := s.m.Get(k).Place; !in[k] && p != was[k] {
				t.Error("a card outside moved")
			}
			for _, o := range all[i+1:] {
				a, b := s.boxOf(k), s.boxOf(o)
				if in[k] && in[o] && a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
					t.Errorf("two cards overlap: %v %v", a, b)
				}
			}
		}
		if again, err := s.context().Tidy(chosen, how); err != nil || len(again) != 0 {
			t.Errorf("the second time moves %d cards, %v", len(again), err)
		}
	})
}

func TestTidyTreeFollowsRelationships(t *testing.T) {
	s := newStage()
	var k [4]id.Object
	for i := range k {
		ops, made, err := s.context().Create(id.Root, id.Root, int32(i)*64, int32(3-i)*64, "")
		k[i] = made
		s.apply(t, ops, err)
	}
	for _, b := range k[1:3] {
		ops, _, err := s.context().Relate(k[0], b, sysmap.DirectionAB)
		s.apply(t, ops, err)
	}
	ops, _, err := s.context().Relate(k[3], k[2], sysmap.DirectionBA) // k2 leads to k3
	s.apply(t, ops, err)
	ops, err = s.context().Tidy(k[:], gesture.TidyTree)
	s.apply(t, ops, err)
	a, b, c, d := s.boxOf(k[0]), s.boxOf(k[1]), s.boxOf(k[2]), s.boxOf(k[3])
	if b.X <= a.X+a.W || c.X != b.X || d.X <= c.X+c.W || d.Y != c.Y {
		t.Errorf("not a tree from left to right: %v %v %v %v", a, b, c, d)
	}
	if mid := (b.Y + c.Y) / 2; mid != a.Y {
		t.Errorf("the root stands at %d, the middle of its branches is %d", a.Y, mid)
	}
}

func TestAlign(t *testing.T) {
	at := [][2]int32{{0, 0}, {20000, 5000}, {70000, 1000}}
	for how, want := range map[int][][2]int32{
		gesture.AlignLeft:    {{0, 0}, {0, 5000}, {0, 1000}},
		gesture.AlignTop:     {{0, 0}, {20000, 0}, {70000, 0}},
		gesture.AlignBottom:  {{0, 5000}, {20000, 5000}, {70000, 5000}},
		gesture.AlignMiddle:  {{0, 2500}, {20000, 2500}, {70000, 2500}},
		gesture.SpreadAcross: {{0, 0}, {35000, 5000}, {70000, 1000}},
		gesture.SpreadDown:   {{0, 0}, {20000, 5000}, {70000, 2500}},
	} {
		s := newStage()
		var k []id.Object
		for _, p := range at {
			ops, made, err := s.context().Create(id.Root, id.Root, p[0], p[1], "same")
			k = append(k, made)
			s.apply(t, ops, err)
		}
		ops, err := s.context().Align(k, how)
		if err != nil {
			t.Fatal(err)
		}
		s.apply(t, ops, err)
		var got [][2]int32
		for _, c := range k {
			p := s.m.Get(c).Place
			got = append(got, [2]int32{p.X, p.Y})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("how %d:\n%s", how, diff)
		}
	}
}

func TestArrangedPartsStay(t *testing.T) {
	s := newStage()
	ops, whole, err := s.context().Create(id.Root, id.Root, 0, 0, "")
	s.apply(t, ops, err)
	for range 3 { // in a list
		ops, _, err = s.context().Create(whole, id.Root, 0, 0, "")
		s.apply(t, ops, err)
	}
	if ops, err := s.context().Tidy([]id.Object{whole}, gesture.TidyGrid); err == nil || ops != nil {
		t.Errorf("parts of a list were moved by %d ops", len(ops))
	}
}

// BenchmarkTidyTree arranges as many cards as may be arranged, of a chain with
// branches.
func BenchmarkTidyTree(b *testing.B) {
	s := newStage()
	var list []id.Object
	for i := range gesture.MaxTidy {
		k := id.Object{1, byte(i), byte(i >> 8)}
		op := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: k, Title: "card",
			Place: sysmap.Place{Order: sysmap.Between("", "", uint64(i)), X: int32(i) * 640}}
		ops := []sysmap.Op{op}
		if i > 0 {
			ops = append(ops, sysmap.Op{Kind: sysmap.OpRelate, ID: id.Object{2, byte(i), byte(i >> 8)}, A: list[(i-1)/2], B: k,
				Regs: []sysmap.Reg{{Field: sysmap.Direction, Value: sysmap.IntValue(sysmap.DirectionAB)}}})
		}
		if err := s.m.Apply(ops, sysmap.Stamp{}); err != nil {
			b.Fatal(err)
		}
		list = append(list, k)
	}
	c := s.context()
	for b.Loop() {
		if _, err := c.Tidy(list, gesture.TidyTree); err != nil {
			b.Fatal(err)
		}
	}
}
