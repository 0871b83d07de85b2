package gesture_test

import (
	"testing"

	"pgregory.net/rapid"

	"plectica/internal/fault"
	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/layout"
	"plectica/internal/sysmap"
)

// stage is a map with its layout, on which gestures are made.
type stage struct {
	m    *sysmap.Map
	l    *layout.Layout
	n    uint64
	objs []id.Object
}

func newStage() *stage {
	return &stage{m: sysmap.New(), l: layout.New(layout.NewNumbers(0))}
}

func (s *stage) context() *gesture.Context {
	plan := s.l.Update(s.m)
	s.n++
	var seed [gesture.EntropySize]byte
	for i := range 8 {
		seed[i], seed[15-i] = byte(s.n>>(8*i)), byte(s.n>>(8*i))
	}
	return &gesture.Context{
		Map: s.m, Random: gesture.NewRandom(seed), Inset: layout.Inset, Size: layout.NewCard,
		Spot: func(k id.Object) (gesture.Spot, bool) {
			i := plan.Box(s.l.Numbers.Find(k))
			if i < 0 {
				return gesture.Spot{}, false
			}
			b := &plan.Boxes[i]
			return gesture.Spot{X: b.AtX, Y: b.AtY, W: b.W, H: b.H, OX: b.OX, OY: b.OY,
				DX: b.AtX - b.X, DY: b.AtY - b.Y}, true
		},
	}
}

// typed reports whether an error is one that a person can be told.
func typed(err error) bool { return err == nil || fault.KindOf(err) != fault.Internal }

// apply makes the transaction and remembers what it made.
func (s *stage) apply(t interface{ Fatalf(string, ...any) }, ops []sysmap.Op, err error) bool {
	if !typed(err) {
		t.Fatalf("refusal without a kind: %v", err)
	}
	if err != nil || len(ops) == 0 {
		return false
	}
	if err := s.m.Apply(ops, sysmap.Stamp{}); err != nil {
		if !typed(err) {
			t.Fatalf("refusal without a kind: %v", err)
		}
		return false
	}
	for i := range ops {
		if ops[i].Kind == sysmap.OpPut || ops[i].Kind == sysmap.OpRelate {
			s.objs = append(s.objs, ops[i].ID)
		}
	}
	return true
}

// step makes one random gesture.
func (s *stage) step(t *rapid.T) {
	pick := func(label string) id.Object {
		if len(s.objs) == 0 || rapid.IntRange(0, 9).Draw(t, label+"Root") == 0 {
			return id.Root
		}
		return rapid.SampledFrom(s.objs).Draw(t, label)
	}
	several := func() []id.Object {
		list := make([]id.Object, rapid.IntRange(0, 4).Draw(t, "n"))
		for i := range list {
			list[i] = pick("of")
		}
		return list
	}
	coordinate := func(label string) int32 { return int32(rapid.Int32Range(-1<<31, 1<<31-1).Draw(t, label)) >> 14 }
	c := s.context()
	switch rapid.IntRange(0, 17).Draw(t, "gesture") {
	case 0, 1, 2:
		ops, _, err := c.Create(pick("place"), pick("before"), coordinate("x"), coordinate("y"), "card")
		s.apply(t, ops, err)
	case 3, 4:
		ops, _, err := c.CreateNear(pick("near"), rapid.IntRange(-1, 4).Draw(t, "where"))
		s.apply(t, ops, err)
	case 5, 6:
		ops, _, err := c.Relate(pick("a"), pick("b"), int64(rapid.IntRange(0, 3).Draw(t, "way")))
		s.apply(t, ops, err)
	case 7:
		ops, _, err := c.CardOn(pick("line"), "on")
		s.apply(t, ops, err)
	case 8, 9:
		ops, err := c.Move(several(), pick("place"), pick("before"), coordinate("dx"), coordinate("dy"))
		s.apply(t, ops, err)
	case 10:
		ops, err := c.Delete(several())
		s.apply(t, ops, err)
	case 11:
		ops, _, err := c.Wrap(several())
		s.apply(t, ops, err)
	case 12:
		ops, err := c.Unwrap(pick("whole"))
		s.apply(t, ops, err)
	case 13:
		ops, _, err := c.Duplicate(several())
		s.apply(t, ops, err)
	case 14:
		ops, _, err := c.Paste(pick("place"), coordinate("x"), coordinate("y"), c.Copy(several()))
		s.apply(t, ops, err)
	case 15:
		ops, err := c.Ends(pick("line"), pick("a"), pick("b"))
		s.apply(t, ops, err)
	case 16:
		ops, err := c.Reorder(pick("card"), rapid.IntRange(-3, 3).Draw(t, "delta"))
		s.apply(t, ops, err)
	case 17:
		f := rapid.SampledFrom([]sysmap.Field{sysmap.Layout, sysmap.Collapsed, sysmap.Colour, sysmap.Width, sysmap.Is}).Draw(t, "field")
		entry := ""
		if f == sysmap.Is {
			entry = "k"
		}
		ops, err := c.Set(several(), f, entry, sysmap.IntValue(int64(rapid.IntRange(0, 6).Draw(t, "value"))))
		s.apply(t, ops, err)
	}
}

// TestAnyGesture holds that whatever is done to whatever map, the result is a map,
// and that layout takes it.
func TestAnyGesture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStage()
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			s.step(t)
		}
		if err := s.m.Check(); err != nil {
			t.Fatal(err)
		}
		s.l.Update(s.m)
	})
}

func must(t *testing.T, s *stage, ops []sysmap.Op, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(ops) > 0 && !s.apply(t, ops, err) {
		t.Fatal("refused")
	}
}

func (s *stage) card(t *testing.T, place id.Object, x, y int32, title string) id.Object {
	t.Helper()
	ops, k, err := s.context().Create(place, id.Root, x*64, y*64, title)
	must(t, s, ops, err)
	return k
}

func (s *stage) spot(t *testing.T, k id.Object) gesture.Spot {
	t.Helper()
	p, ok := s.context().Spot(k)
	if !ok {
		t.Fatal("a card is not shown")
	}
	return p
}

// TestReparentKeepsPosition: a card dropped into a freehand whole stays where it
// is on the screen, and so does one that leaves it.
func TestReparentKeepsPosition(t *testing.T) {
	s := newStage()
	whole := s.card(t, id.Root, 100, 50, "whole")
	s.card(t, whole, 0, 0, "part")
	ops, err := s.context().Set([]id.Object{whole}, sysmap.Layout, "", sysmap.IntValue(sysmap.LayoutFreehand))
	must(t, s, ops, err)
	card := s.card(t, id.Root, 300, 400, "card")
	was := s.spot(t, card)
	ops, err = s.context().Move([]id.Object{card}, whole, id.Root, 640, -640)
	must(t, s, ops, err)
	if now := s.spot(t, card); now.X != was.X+640 || now.Y != was.Y-640 {
		t.Errorf("moved from %+v to %+v, want a shift by 640, -640", was, now)
	}
	ops, err = s.context().Move([]id.Object{card}, id.Root, id.Root, 0, 0)
	must(t, s, ops, err)
	if now := s.spot(t, card); now.X != was.X+640 || now.Y != was.Y-640 {
		t.Errorf("back at %+v, want a shift by 640, -640 from %+v", now, was)
	}
}

// TestFreehandKeepsArrangement: parts of a list stay where they are, relative to
// each other, when their whole becomes freehand.
func TestFreehandKeepsArrangement(t *testing.T) {
	s := newStage()
	whole := s.card(t, id.Root, 0, 0, "whole")
	var parts []id.Object
	for _, title := range []string{"one", "two", "three"} {
		parts = append(parts, s.card(t, whole, 0, 0, title))
	}
	var was []gesture.Spot
	for _, k := range parts {
		was = append(was, s.spot(t, k))
	}
	ops, err := s.context().Set([]id.Object{whole}, sysmap.Layout, "", sysmap.IntValue(sysmap.LayoutFreehand))
	must(t, s, ops, err)
	for i, k := range parts {
		if now := s.spot(t, k); now.X != was[i].X || now.Y != was[i].Y {
			t.Errorf("part %d is at %d, %d, was at %d, %d", i, now.X, now.Y, was[i].X, was[i].Y)
		}
	}
}

// TestMultiDragAttachesToNoMember: several cards are never moved into one of them.
func TestMultiDragAttachesToNoMember(t *testing.T) {
	s := newStage()
	a, b := s.card(t, id.Root, 0, 0, "a"), s.card(t, id.Root, 200, 0, "b")
	if _, err := s.context().Move([]id.Object{a, b}, a, id.Root, 0, 0); !fault.Is(err, fault.Cycle) {
		t.Errorf("error %v, want a cycle", err)
	}
}

// TestSiblingGetsFreeSpot: Enter on the map puts the new card below, past what is
// in the way.
func TestSiblingGetsFreeSpot(t *testing.T) {
	s := newStage()
	a, b := s.card(t, id.Root, 0, 0, "a"), s.card(t, id.Root, 20, 90, "b")
	ops, k, err := s.context().CreateNear(a, gesture.After)
	must(t, s, ops, err)
	pa, pb, pk := s.spot(t, a), s.spot(t, b), s.spot(t, k)
	if pk.X != pa.X || pk.Y < pb.Y+pb.H {
		t.Errorf("the new card is at %+v, want below %+v", pk, pb)
	}
}

func TestPasteOutline(t *testing.T) {
	s := newStage()
	ops, roots, err := s.context().PasteOutline(id.Root, 0, 0, "# Head\n- one\n\t- in\tside\n- two\n\nlast\n  2) x")
	must(t, s, ops, err)
	var got string
	var walk func(k id.Object, depth int)
	walk = func(k id.Object, depth int) {
		s.m.Parts(k, func(o *sysmap.Object) bool {
			for range depth {
				got += "."
			}
			got += o.Title + "\n"
			walk(o.ID, depth+1)
			return true
		})
	}
	walk(id.Root, 0)
	if want := "Head\n.one\n..in side\n.two\n.last\n..x\n"; got != want {
		t.Errorf("made\n%swant\n%s", got, want)
	}
	if len(roots) != 1 {
		t.Errorf("%d roots, want 1", len(roots))
	}
}

// TestCopyKeepsLines: a pasted pair keeps the relationship between them and the
// card on it.
func TestCopyKeepsLines(t *testing.T) {
	s := newStage()
	a, b := s.card(t, id.Root, 0, 0, "a"), s.card(t, id.Root, 200, 0, "b")
	ops, line, err := s.context().Relate(a, b, 1)
	must(t, s, ops, err)
	ops, _, err = s.context().CardOn(line, "on")
	must(t, s, ops, err)
	ops, roots, err := s.context().Paste(id.Root, 0, 6400, s.context().Copy([]id.Object{a, b}))
	must(t, s, ops, err)
	lines := 0
	s.m.Lines(roots[0], func(l *sysmap.Object) bool {
		if l.B == roots[1] && s.m.CardOn(l.ID) != nil {
			lines++
		}
		return true
	})
	if len(roots) != 2 || lines != 1 {
		t.Errorf("%d roots and %d lines with cards, want 2 and 1", len(roots), lines)
	}
}
