package layout_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"plectica/internal/id"
	"plectica/internal/layout"
	"plectica/internal/layout/layouttest"
	"plectica/internal/sysmap"
)

// rightAngled lets a map's relationships run in right angles.
func rightAngled(b *layouttest.Builder) {
	b.Do(sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Sheet, ID: sysmap.SheetID,
		Regs: []sysmap.Reg{{Field: sysmap.Routing, Value: sysmap.IntValue(sysmap.RoutingOrthogonal)}}})
}

// TestRightAngles: LI-2. On a map that says so, every relationship runs in right
// angles, its middle lies on it, and what was remembered is what would be found anew.
func TestRightAngles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawMap(t)
		rightAngled(b)
		l := layout.New(layout.NewNumbers(0))
		for range 2 { // the second time much is remembered
			p := l.Update(b.M)
			for i := range p.Links {
				k := &p.Links[i]
				if len(k.Way) < 2 {
					t.Fatalf("relationship %d has no corners", k.Num)
				}
				for n := 1; n < len(k.Way); n++ {
					if k.Way[n].X != k.Way[n-1].X && k.Way[n].Y != k.Way[n-1].Y {
						t.Fatalf("relationship %d is slanted: %v", k.Num, k.Way)
					}
				}
				for eighths := int32(1); eighths < 8; eighths++ {
					if x, y := k.At(eighths); x < k.L || x > k.R || y < k.T || y > k.Bot {
						t.Fatalf("relationship %d: %d eighths along lies outside", k.Num, eighths)
					}
				}
			}
			fresh := layout.New(l.Numbers).Update(b.M)
			if diff := cmp.Diff(fresh, p, cmpopts.IgnoreUnexported(layout.Plan{}, layout.Link{}), cmpopts.EquateEmpty()); diff != "" {
				t.Fatal(diff)
			}
			if len(p.Boxes) > 0 {
				k, _ := l.Numbers.ID(p.Boxes[0].Num)
				b.Set(k, sysmap.Width, 300*64)
			}
		}
	})
}

// TestRightAnglesGoAround: LI-1. Between cards that stand free and apart, relationships
// run through none of the others.
func TestRightAnglesGoAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &layouttest.Builder{M: sysmap.New()}
		rightAngled(b)
		const step = 260 * 64
		for y := range int32(4) {
			for x := range int32(4) {
				b.Card(id.Root, x*step+rapid.Int32Range(0, 2000).Draw(t, "x"), y*step+rapid.Int32Range(0, 2000).Draw(t, "y"), 0)
			}
		}
		l := layout.New(layout.NewNumbers(0))
		boxes := l.Update(b.M).Boxes
		for range rapid.IntRange(1, 12).Draw(t, "relationships") {
			i, j := rapid.IntRange(0, len(boxes)-1).Draw(t, "a"), rapid.IntRange(0, len(boxes)-1).Draw(t, "b")
			if i == j {
				continue
			}
			one, _ := l.Numbers.ID(boxes[i].Num)
			two, _ := l.Numbers.ID(boxes[j].Num)
			b.Relate(one, two, 1)
		}
		p := l.Update(b.M)
		for i := range p.Links {
			k := &p.Links[i]
			for j := range p.Boxes {
				c := &p.Boxes[j]
				if int32(j) == k.A || int32(j) == k.B {
					continue
				}
				for n := 1; n < len(k.Way); n++ {
					p, q := k.Way[n-1], k.Way[n]
					if min(p.X, q.X) < c.X+c.W && max(p.X, q.X) > c.X && min(p.Y, q.Y) < c.Y+c.H && max(p.Y, q.Y) > c.Y {
						t.Fatalf("a relationship runs through a card: %v", k.Way)
					}
				}
			}
		}
	})
}

func BenchmarkRightAngles(b *testing.B) {
	m := layouttest.Map(1000)
	l := layouttest.Builder{M: m}
	rightAngled(&l)
	b.Run("anew", func(b *testing.B) {
		for b.Loop() {
			layout.New(layout.NewNumbers(0)).Update(m)
		}
	})
	b.Run("remembered", func(b *testing.B) {
		known := layout.New(layout.NewNumbers(0))
		known.Update(m)
		for b.Loop() {
			known.Update(m)
		}
	})
}
