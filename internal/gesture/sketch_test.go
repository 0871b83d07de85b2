package gesture_test

import (
	"testing"

	"plectica/internal/fault"
	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// create makes a card on the map and applies it.
func (s *stage) create(t *testing.T, x, y int32) id.Object {
	t.Helper()
	ops, k, err := s.context().Create(id.Root, id.Root, x, y, "X")
	if !s.apply(t, ops, err) {
		t.Fatal("no card was made")
	}
	return k
}

func (s *stage) look(t *testing.T, point id.Object, views []id.Object, emphasis int64) {
	t.Helper()
	ops, err := s.context().Look(point, views, emphasis)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.m.Apply(ops, sysmap.Stamp{}); err != nil {
		t.Fatal(err)
	}
}

func views(s *stage, point id.Object) map[id.Object]int64 {
	out := make(map[id.Object]int64)
	if p := s.m.PerspectiveOf(point); p != nil {
		p.Entries(sysmap.View, func(card string, v sysmap.Value) bool {
			out[id.Object([]byte(card))] = v.N
			return true
		})
	}
	return out
}

func TestLook(t *testing.T) {
	s := newStage()
	point, a, b := s.create(t, 0, 0), s.create(t, 30000, 0), s.create(t, 60000, 0)
	s.look(t, point, []id.Object{a, b}, sysmap.EmphasisNormal)
	p := s.m.PerspectiveOf(point)
	if p.Int(sysmap.Open) != 1 || p.Int(sysmap.Mode) != sysmap.ModeBoth || len(views(s, point)) != 2 {
		t.Fatalf("a new eye is not open, or sees %v", views(s, point))
	}
	s.look(t, point, []id.Object{a}, sysmap.EmphasisHigh)
	s.look(t, point, []id.Object{b}, 0)
	s.look(t, point, []id.Object{point}, sysmap.EmphasisNormal) // itself
	if got := views(s, point); len(got) != 2 || got[a] != sysmap.EmphasisHigh || got[point] != sysmap.EmphasisNormal {
		t.Errorf("it sees %v", got)
	}
	if s.m.PerspectiveOf(point) != p && s.m.PerspectiveOf(point).ID != p.ID {
		t.Error("a second perspective was made")
	}
	if ops, err := s.context().Look(b, []id.Object{a}, 0); err != nil || len(ops) != 0 {
		t.Errorf("looking away from what was never looked at: %d ops, %v", len(ops), err)
	}
}

// TestLookAtRelationship: a relationship is looked at, and looks, by its card, which
// is made on demand.
func TestLookAtRelationship(t *testing.T) {
	s := newStage()
	a, b := s.create(t, 0, 0), s.create(t, 30000, 0)
	ops, line, err := s.context().Relate(a, b, sysmap.DirectionAB)
	s.apply(t, ops, err)
	s.look(t, a, []id.Object{b, line, line}, sysmap.EmphasisNormal)
	card := s.m.CardOn(line)
	if card == nil || len(views(s, a)) != 2 || views(s, a)[card.ID] != sysmap.EmphasisNormal {
		t.Fatalf("it sees %v", views(s, a))
	}
	s.look(t, line, []id.Object{line}, sysmap.EmphasisNormal)
	if views(s, card.ID)[card.ID] != sysmap.EmphasisNormal {
		t.Error("the relationship does not look at itself")
	}
}

// barbell is two cards, a relationship with a card of two parts on it.
func barbell() []gesture.Item {
	return []gesture.Item{
		{Kind: gesture.ItemCard, Title: "A", Layout: -1, Blank: true},
		{Kind: gesture.ItemCard, Title: "B", Layout: -1, X: 40000, Blank: true},
		{Kind: gesture.ItemLine, A: 0, B: 1, N: sysmap.DirectionAB},
		{Kind: gesture.ItemCard, A: 3, Title: "relationship", Layout: sysmap.LayoutList},
		{Kind: gesture.ItemCard, A: 4, Title: "p", Layout: -1},
		{Kind: gesture.ItemCard, A: 4, Title: "q", Layout: -1},
		{Kind: gesture.ItemView, A: 0, B: 3, N: sysmap.EmphasisNormal},
		{Kind: gesture.ItemOther, A: 0, B: 1},
		{Kind: gesture.ItemIs, A: 0, N: 3},
		{Kind: gesture.ItemIsNot, A: 0, N: 2},
	}
}

func TestSketch(t *testing.T) {
	s := newStage()
	ops, roots, err := s.context().Sketch(id.Root, 1000, 2000, barbell())
	if !s.apply(t, ops, err) {
		t.Fatal("nothing was made")
	}
	if err := s.m.Check(); err != nil {
		t.Fatal(err)
	}
	if len(roots) != 2 {
		t.Fatalf("%d roots", len(roots))
	}
	a, b := s.m.Get(roots[0]), s.m.Get(roots[1])
	if a.Place.X != 1000 || b.Place.X != 41000 || a.Place.Y != 2000 || a.Int(sysmap.Placeholder) != 1 {
		t.Errorf("A lies at %v, B at %v", a.Place, b.Place)
	}
	var line, card *sysmap.Object
	s.m.Lines(a.ID, func(l *sysmap.Object) bool { line = l; return false })
	if card = s.m.CardOn(line.ID); card == nil || len(s.m.Kids(card.ID)) != 2 || views(s, a.ID)[card.ID] == 0 {
		t.Error("the relationship's card, its parts or the view of it are missing")
	}
	is, isNot, others := 0, 0, 0
	for _, k := range s.m.Deps(a.ID) {
		if d := s.m.Get(k); d.Type == sysmap.Distinction {
			count := func(n *int) func(string, sysmap.Value) bool {
				return func(string, sysmap.Value) bool { *n++; return true }
			}
			d.Entries(sysmap.Is, count(&is))
			d.Entries(sysmap.IsNot, count(&isNot))
			d.Entries(sysmap.Other, count(&others))
		}
	}
	if is != 3 || isNot != 2 || others != 1 {
		t.Errorf("is %d, is not %d, others %d", is, isNot, others)
	}
}

// TestSketchAroundCard: a structure takes up the card that was chosen, keeps what
// it has, and steps aside for what lies there.
func TestSketchAroundCard(t *testing.T) {
	s := newStage()
	x := s.create(t, 0, 0)
	wall := s.create(t, 40000, 0)
	items := barbell()
	items[0] = gesture.Item{Kind: gesture.ItemCard, Card: x}
	before := s.m.Get(x).Place
	ops, roots, err := s.context().Sketch(id.Root, 99999, 99999, items)
	if !s.apply(t, ops, err) {
		t.Fatal("nothing was made")
	}
	if s.m.Get(x).Place != before || s.m.Get(x).Title != "X" || len(roots) != 1 {
		t.Error("the chosen card changed, or was made again")
	}
	b, w := s.boxOf(roots[0]), s.boxOf(wall)
	if b.X < w.X+w.W && w.X < b.X+b.W && b.Y < w.Y+w.H && w.Y < b.Y+b.H {
		t.Errorf("B lies on another card: %v %v", b, w)
	}
	ops, _, err = s.context().Sketch(id.Root, 0, 0, items) // its distinction and perspective are there now
	if !s.apply(t, ops, err) {
		t.Fatal("the second time nothing was made")
	}
	if err := s.m.Check(); err != nil {
		t.Fatal(err)
	}
	if n := len(views(s, x)); n != 2 {
		t.Errorf("it looks at %d cards, want 2", n)
	}
}

func TestBadSketchesAreRefused(t *testing.T) {
	s := newStage()
	x := s.create(t, 0, 0)
	for name, items := range map[string][]gesture.Item{
		"in what comes later": {{Kind: gesture.ItemCard, A: 1}},
		"a line to nothing":   {{Kind: gesture.ItemCard}, {Kind: gesture.ItemLine, A: 0, B: 1}},
		"a negative rank":     {{Kind: gesture.ItemCard}, {Kind: gesture.ItemView, A: 0, B: -1}},
		"an unknown kind":     {{Kind: 99}},
		"too many texts":      {{Kind: gesture.ItemCard, Card: x}, {Kind: gesture.ItemIs, N: 1000}},
		"a card that is gone": {{Kind: gesture.ItemCard, Card: id.Object{9, 9}}},
		"too much":            make([]gesture.Item, gesture.MaxSketch+1),
	} {
		ops, _, err := s.context().Sketch(id.Root, 0, 0, items)
		if err == nil || ops != nil || fault.KindOf(err) == fault.Internal {
			t.Errorf("%s: %d ops, %v", name, len(ops), err)
		}
	}
}

// TestSketchTakesCardIntoWhole: zooming out puts a new whole in a card's place and
// the card into it.
func TestSketchTakesCardIntoWhole(t *testing.T) {
	s := newStage()
	x := s.create(t, 6400, 3200)
	ops, roots, err := s.context().Sketch(id.Root, 0, 0, []gesture.Item{
		{Kind: gesture.ItemCard, Title: "W", Layout: sysmap.LayoutList, Blank: true},
		{Kind: gesture.ItemCard, A: 1, Card: x},
	})
	if !s.apply(t, ops, err) || len(roots) != 1 {
		t.Fatal("nothing was made")
	}
	w := s.m.Get(roots[0])
	if s.m.Get(x).Place.Parent != w.ID || w.Place.X != 6400 || w.Place.Y != 3200 {
		t.Errorf("the card lies in %v, its whole at %v", s.m.Get(x).Place.Parent, w.Place)
	}
}

// TestSketchFindsRoom: a second structure at the same spot does not lie on the first.
func TestSketchFindsRoom(t *testing.T) {
	s := newStage()
	for range 3 {
		ops, _, err := s.context().Sketch(id.Root, 0, 0, barbell())
		if !s.apply(t, ops, err) {
			t.Fatal("nothing was made")
		}
	}
	all := s.free()
	for i, k := range all {
		for _, o := range all[i+1:] {
			a, b := s.boxOf(k), s.boxOf(o)
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("two cards overlap: %v %v", a, b)
			}
		}
	}
}
