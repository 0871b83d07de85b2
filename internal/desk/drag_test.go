package desk

import (
	"testing"

	"plectica/internal/gesture"
	"plectica/internal/picture"
	"plectica/internal/sysmap"
)

// move drags from one point to another, in px.
func (p *page) move(x1, y1, x2, y2 int32) Answer {
	p.t.Helper()
	p.seed++
	seed := [gesture.EntropySize]byte{p.seed, 99}
	p.d.Drag(DragStart, x1*64, y1*64, 0, seed)
	p.d.Drag(DragMove, (x1+x2)*32, (y1+y2)*32, 0, seed)
	p.d.Drag(DragMove, x2*64, y2*64, ModFree, seed)
	if p.d.over.Dragging {
		p.d.Overlay()
	}
	a := p.d.Drag(DragDrop, x2*64, y2*64, ModFree, seed)
	if a.Fault != 0 {
		p.t.Fatalf("drop: fault %d", a.Fault)
	}
	return a
}

func (p *page) place(num int32) sysmap.Place {
	p.t.Helper()
	o := p.d.object(num)
	if o == nil {
		p.t.Fatalf("object %d is gone", num)
	}
	return o.Place
}

func TestDragMovesAndReparents(t *testing.T) {
	p := newPage(t)
	a, b := p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b")
	p.move(60, 24, 160, 224)
	if at := p.place(a); at.X != 100*64 || at.Y != 200*64 {
		t.Errorf("moved to %+v, want 100, 200", at)
	}
	p.move(160, 224, 460, 24) // onto b
	if at := p.place(a); at.Parent != p.d.Ident(b) {
		t.Errorf("lies in %v, want in b", at.Parent)
	}
	if o := p.d.object(b); o.Int(sysmap.Layout) != sysmap.LayoutList {
		t.Error("a card with its first part is no list")
	}
	c := p.card(b, 0, 0, "c")
	box := p.d.fresh().Boxes[p.d.layout.Plan.Box(c)]
	first := p.d.layout.Plan.Boxes[p.d.layout.Plan.Box(a)]
	p.move(box.X/64+20, box.Y/64+20, first.X/64+20, first.Y/64+2) // before a
	if p.place(c).Order >= p.place(a).Order {
		t.Error("c does not stand before a")
	}
	p.cmd(cmdUndo)
	if p.place(c).Order <= p.place(a).Order {
		t.Error("undo did not take the drop back")
	}
}

func TestDragHandleRelates(t *testing.T) {
	p := newPage(t)
	a, b := p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b")
	p.d.Select([]int32{a})
	h := p.d.Hit((120+handlePx)*64, 24*64, 64)
	if h.Part != picture.Handle || h.Handle != picture.HandleRight || h.Num != a {
		t.Fatalf("at the right handle lies %+v", h)
	}
	line := p.move(120+handlePx, 24, 460, 24).Made
	if o := p.d.object(line); o == nil || o.A != p.d.Ident(a) || o.B != p.d.Ident(b) {
		t.Fatalf("made %d, want a relationship from a to b", line)
	}
	made := p.move(120+handlePx, 24, 60, 400).Made
	if o := p.d.object(made); o == nil || o.Type != sysmap.Card {
		t.Fatalf("made %d, want a card where nothing was", made)
	}
	sibling := p.move(120+handlePx, 24, 120+handlePx, 24).Made
	if o := p.d.object(sibling); o == nil || o.Place.Parent != p.place(a).Parent {
		t.Fatalf("made %d, want a sibling", sibling)
	}
}

// handlePx is how far a handle lies from its card at zoom 1.
const handlePx = 14

func TestCaretFollowsUndo(t *testing.T) {
	p := newPage(t)
	a := p.card(0, 0, 0, "water")
	p.cmd(cmdSplice, a, byte(1), uint(0), uint(0), "the ")
	p.d.CaretMark(a, 1, 6, 6)
	p.cmd(cmdUndo)
	if start, end := p.d.Caret(); start != 2 || end != 2 {
		t.Errorf("caret at %d, %d, want 2", start, end)
	}
	if got := p.d.Text(a, 1); got != "water" {
		t.Errorf("title %q", got)
	}
}

func TestTypingIsOneStep(t *testing.T) {
	p := newPage(t)
	a := p.card(0, 0, 0, "")
	for i, c := range []string{"a", "b", "c"} {
		p.cmd(cmdSplice, a, byte(1), uint(i), uint(0), c)
	}
	p.cmd(cmdBreakGroup)
	p.cmd(cmdSplice, a, byte(1), uint(3), uint(0), "d")
	p.cmd(cmdUndo)
	if got := p.d.Text(a, 1); got != "abc" {
		t.Errorf("after one undo %q, want abc", got)
	}
	p.cmd(cmdUndo)
	if got := p.d.Text(a, 1); got != "" {
		t.Errorf("after two %q, want nothing", got)
	}
}

// TestPerspectiveOnCard: a view set on a card makes its perspective, and is told
// by numbers.
func TestPerspectiveOnCard(t *testing.T) {
	p := newPage(t)
	a, b := p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b")
	p.cmd(cmdSet, []int32{a}, byte(sysmap.View), "2", byte(1), 1)
	if b != 2 {
		t.Fatalf("b is number %d", b)
	}
	v := p.d.r.View().PerspectiveOf(p.d.Ident(a))
	k := p.d.Ident(b)
	if v == nil || v.GetEntry(sysmap.View, string(k[:])).N != 1 {
		t.Error("a does not look at b")
	}
	if plan := p.d.fresh(); plan.Boxes[plan.Box(a)].Views != 1 {
		t.Error("a has no eye")
	}
}

// TestMalformedCommands are refused, whatever their bytes.
func TestMalformedCommands(t *testing.T) {
	p := newPage(t)
	p.card(0, 0, 0, "a")
	for kind := range 25 {
		for n := range 40 {
			b := make([]byte, n)
			for i := range b {
				b[i] = byte(i*7 + n)
			}
			if len(b) > 0 {
				b[0] = byte(kind)
			}
			p.d.Command(b)
		}
	}
	if err := p.d.r.View().Check(); err != nil {
		t.Fatal(err)
	}
}
