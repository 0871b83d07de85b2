package desk

import (
	"math/rand/v2"
	"slices"
	"testing"

	"plectica/internal/gesture"
	"plectica/internal/layout"
	"plectica/internal/picture"
	"plectica/internal/sysmap"
)

// thicket is a map of cards in one another, in every layout, some folded.
func thicket(p *page, rng *rand.Rand) {
	layouts := []int{sysmap.LayoutFreehand, sysmap.LayoutList, sysmap.LayoutRow, sysmap.LayoutGrid, sysmap.LayoutLeft, sysmap.LayoutRight}
	nums := []int32{0}
	for range 16 {
		whole := nums[rng.IntN(len(nums))]
		num := p.card(whole, rng.IntN(900), rng.IntN(600), "card")
		p.set(num, sysmap.Layout, layouts[rng.IntN(len(layouts))])
		nums = append(nums, num)
	}
	for _, num := range nums[1:] {
		if rng.IntN(6) == 0 {
			p.d.Fold(num, 1)
		}
	}
}

// shown is what a drag that goes on shows.
type shown struct {
	drop   picture.Drop
	ghosts []picture.Rect
	moving []int32
	wholes []int32 // that they lie in; 0 is the map
	stay   bool
	before []layout.Box
}

func (p *page) boxOf(num int32) *layout.Box {
	p.d.fresh()
	i := p.d.layout.Plan.Box(num)
	if i < 0 {
		return nil
	}
	return &p.d.layout.Plan.Boxes[i]
}

func (p *page) wholeOf(num int32) int32 { return p.d.Lookup(p.place(num).Parent) }

// TestDropIsWhatWasShown: VW-5. What a drag shows is what the drop does: cards come to
// lie in the whole that is marked, between the siblings the line stands between, and
// where their outlines were.
func TestDropIsWhatWasShown(t *testing.T) {
	const maps, drags = 120, 8
	counts := map[string]int{}
	for seed := range uint64(maps) {
		rng := rand.New(rand.NewPCG(seed, 1))
		p := newPage(t)
		thicket(p, rng)
		for range drags {
			s, ok := p.startDrag(rng)
			if !ok {
				continue
			}
			counts[p.checkDrop(s, seed)]++
		}
	}
	for _, kind := range []string{"into", "between", "on the map", "staying"} {
		if counts[kind] < maps/4 {
			t.Errorf("%q was tried %d times", kind, counts[kind])
		}
	}
}

// startDrag drags a card, or several that are selected, from somewhere to somewhere.
func (p *page) startDrag(rng *rand.Rand) (shown, bool) {
	p.d.fresh()
	boxes := p.d.layout.Plan.Boxes
	var picked []int32
	for range 1 + rng.IntN(2) {
		picked = append(picked, boxes[rng.IntN(len(boxes))].Num)
	}
	p.d.Select(picked)
	b := boxes[p.d.layout.Plan.Box(picked[0])]
	onto := boxes[rng.IntN(len(boxes))]
	x, y := b.X+10*64, b.Y+6*64
	tx, ty := onto.X+rng.Int32N(onto.W+1), onto.Y+rng.Int32N(onto.H+1)
	if rng.IntN(4) == 0 {
		tx, ty = rng.Int32N(2000*64)-300*64, rng.Int32N(1200*64)-300*64
	}
	mods := []int32{0, 0, ModFree, ModStay}[rng.IntN(4)]
	p.seed++
	seed := [gesture.EntropySize]byte{p.seed, 99}
	p.d.Drag(DragStart, x, y, 0, seed)
	p.d.Drag(DragMove, tx, ty, mods, seed)
	g := &p.d.drag
	if g.kind != dragCards || !g.moved {
		p.d.Drag(DragCancel, tx, ty, mods, seed)
		return shown{}, false
	}
	s := shown{moving: slices.Clone(g.moving), ghosts: slices.Clone(p.d.over.Ghosts), before: slices.Clone(p.d.layout.Plan.Boxes)}
	if p.d.over.Drop != nil {
		s.drop = *p.d.over.Drop
	}
	s.stay = mods&ModStay != 0
	for _, num := range s.moving {
		s.wholes = append(s.wholes, p.wholeOf(num))
	}
	if a := p.d.Drag(DragDrop, tx, ty, mods, seed); a.Fault != 0 {
		p.t.Fatalf("drop: fault %d", a.Fault)
	}
	return s, true
}

// checkDrop compares what was shown with what there is now; the answer is its kind.
func (p *page) checkDrop(s shown, seed uint64) string {
	p.t.Helper()
	kind := "into"
	switch {
	case s.stay:
		kind = "staying"
	case s.drop.Num == 0:
		kind = "on the map"
	case s.drop.Kind == picture.DropBetween:
		kind = "between"
	}
	for i, num := range s.moving {
		at, want := p.wholeOf(num), s.drop.Num
		if s.stay {
			want = s.wholes[i]
		}
		if at != want {
			p.t.Errorf("map %d: %s: card %d lies in %d, shown was %d", seed, kind, num, at, want)
		}
		if s.drop.Kind == picture.DropInto || at == 0 {
			p.checkPlace(s, kind, num, at, s.ghosts[i], seed)
		}
	}
	if s.drop.Kind == picture.DropBetween {
		p.checkBetween(s, seed)
	}
	return kind
}

// checkBetween holds the order against the line that was shown.
func (p *page) checkBetween(s shown, seed uint64) {
	p.t.Helper()
	moved := p.place(s.moving[0]).Order
	across := s.drop.H > s.drop.W
	for _, b := range s.before {
		if b.Num == 0 || b.Link >= 0 || slices.Contains(s.moving, b.Num) || p.wholeOf(b.Num) != s.drop.Num {
			continue
		}
		earlier := b.Y+b.H/2 < s.drop.Y
		if across {
			earlier = b.Y+b.H <= s.drop.Y || b.Y < s.drop.Y+s.drop.H && b.X+b.W/2 < s.drop.X
		}
		if (p.place(b.Num).Order < moved) != earlier {
			p.t.Errorf("map %d: card %d at %d, %d is earlier: %v; the line was at %d, %d", seed, b.Num, b.X/64, b.Y/64, !earlier, s.drop.X/64, s.drop.Y/64)
		}
	}
}

// checkPlace holds where a card lies against its outline: where parts lie freely it is
// there, counted from where its whole's parts start, which may have moved.
func (p *page) checkPlace(s shown, kind string, num, whole int32, ghost picture.Rect, seed uint64) {
	p.t.Helper()
	b := p.boxOf(num)
	if b == nil {
		return // in a folded whole
	}
	want := ghost
	if whole != 0 {
		at := slices.IndexFunc(s.before, func(b layout.Box) bool { return b.Num == whole })
		was, is := s.before[at], p.boxOf(whole)
		if was.Layout != sysmap.LayoutFreehand || was.Flags&layout.Whole == 0 {
			return
		}
		want.X, want.Y = ghost.X+is.OX-was.OX, ghost.Y+is.OY-was.OY
	}
	if b.X != want.X || b.Y != want.Y {
		p.t.Errorf("map %d: %s: card %d lies at %d, %d, its outline at %d, %d", seed, kind, num, b.X/64, b.Y/64, want.X/64, want.Y/64)
	}
}
