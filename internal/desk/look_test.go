package desk

import (
	"slices"
	"testing"

	"plectica/internal/picture"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// drawn is one instruction of a list.
type drawn struct {
	op    picture.Op
	num   int32
	alpha int32 // how much of it shows
	words []int32
}

// frame returns what is drawn, with the strength it is drawn with.
func (p *page) frame() []drawn {
	var out []drawn
	alpha := int32(255)
	for l := p.d.Frame(); len(l) > 0; {
		n := l[0] >> 8
		d := drawn{op: picture.Op(l[0] & 255), num: l[1], words: slices.Clone(l[2:n])}
		if d.op == picture.OpAlpha {
			alpha = d.words[0]
		}
		d.alpha = alpha
		out = append(out, d)
		l = l[n:]
	}
	return out
}

// shown returns with which strength a card or relationship is drawn, -1 if it is not,
// and a card's flags.
func (p *page) shown(num int32) (alpha, flags int32) {
	for _, d := range p.frame() {
		if d.num == num && d.op == picture.OpCard {
			return d.alpha, d.words[6]
		}
		if d.num == num && d.op == picture.OpCurve {
			return d.alpha, 0
		}
	}
	return -1, 0
}

func (p *page) sights(num int32) (n int) {
	for _, d := range p.frame() {
		if d.op == picture.OpSight && d.num == num {
			n++
		}
	}
	return n
}

const flagSeen, flagHigh = 64, 128

// TestPEffect: rubric P-effect. An open eye lets what it looks at stand out, with
// its parts and the relationships between, while the rest recedes; it is this
// viewer's alone and changes no map.
func TestPEffect(t *testing.T) {
	p := newPage(t)
	point, view, rest := p.card(0, 0, 0, "point"), p.card(0, 300, 0, "view"), p.card(0, 600, 0, "rest")
	part := p.card(view, 0, 0, "part")
	near, away := p.relate(point, view, 1), p.relate(view, rest, 1)
	p.cmd(cmdLook, point, []int32{view}, byte(sysmap.EmphasisHigh))
	before := p.d.r.View().Hash()
	for num, want := range map[int32][2]int32{
		point: {255, flagSeen}, view: {255, flagSeen | flagHigh}, part: {255, flagSeen | flagHigh}, rest: {64, 0}, near: {255, 0}, away: {64, 0},
	} {
		if alpha, flags := p.shown(num); alpha != want[0] || flags&(flagSeen|flagHigh) != want[1] {
			t.Errorf("%q is drawn with %d and flags %d, want %v", p.d.Text(num, 1), alpha, flags, want)
		}
	}
	if n := p.sights(point); n != 1 {
		t.Errorf("%d lines from the eye, want 1", n)
	}
	p.d.Look(point, 0)
	if alpha, flags := p.shown(rest); alpha != 255 || flags&flagSeen != 0 || p.sights(point) != 0 {
		t.Error("the eye is shut and the rest recedes all the same")
	}
	p.d.Look(point, -1)
	if alpha, _ := p.shown(rest); alpha != 64 {
		t.Error("the saved default is not what counts")
	}
	if p.d.r.View().Hash() != before {
		t.Error("looking changed the map")
	}
}

// TestSelectedDoesNotRecede: what a person has in hand is seen, whoever looks where.
func TestSelectedDoesNotRecede(t *testing.T) {
	p := newPage(t)
	point, view, rest := p.card(0, 0, 0, "point"), p.card(0, 300, 0, "view"), p.card(0, 600, 0, "rest")
	p.cmd(cmdLook, point, []int32{view}, byte(sysmap.EmphasisDim))
	p.d.Select([]int32{rest, view})
	if alpha, flags := p.shown(rest); alpha != 255 || flags&flagSeen != 0 {
		t.Errorf("in hand it is drawn with %d, flags %d", alpha, flags)
	}
	if alpha, _ := p.shown(view); alpha != 255 {
		t.Errorf("a view in hand is drawn with %d", alpha)
	}
	p.d.Select(nil)
	if alpha, _ := p.shown(rest); alpha != 64 {
		t.Errorf("let go it is drawn with %d", alpha)
	}
}

// TestPerspectiveModes: lines alone let nothing recede, a spotlight alone draws no
// line.
func TestPerspectiveModes(t *testing.T) {
	for mode, want := range map[int][2]int{sysmap.ModeLines: {255, 1}, sysmap.ModeSpotlight: {64, 0}, sysmap.ModeBoth: {64, 1}} {
		p := newPage(t)
		point, view, rest := p.card(0, 0, 0, "point"), p.card(0, 300, 0, "view"), p.card(0, 600, 0, "rest")
		p.cmd(cmdLook, point, []int32{view}, byte(1))
		p.set(point, sysmap.Mode, mode)
		if alpha, _ := p.shown(rest); alpha != int32(want[0]) || p.sights(point) != want[1] {
			t.Errorf("mode %d: the rest is drawn with %d, %d lines", mode, alpha, p.sights(point))
		}
	}
}

// TestHiddenViews: a view can be taken away while the eye is open. What is not drawn
// is not under a finger either.
func TestHiddenViews(t *testing.T) {
	p := newPage(t)
	point, view, other := p.card(0, 0, 0, "point"), p.card(0, 300, 0, "view"), p.card(0, 600, 0, "other")
	line := p.relate(view, other, 1)
	p.cmd(cmdLook, point, []int32{view}, byte(sysmap.EmphasisHidden))
	x, y, w, h := p.d.Bounds(view)
	if alpha, _ := p.shown(view); alpha != -1 {
		t.Error("it is drawn")
	}
	if alpha, _ := p.shown(line); alpha != -1 {
		t.Error("its relationship is drawn")
	}
	if hit := p.d.Hit(x+w/2, y+h/2, 0); hit.Num != 0 {
		t.Errorf("%d is under the finger", hit.Num)
	}
	if got := p.d.Near(point, picture.Right); got != other {
		t.Errorf("the arrow goes to %d", got)
	}
	p.d.Look(point, 0)
	if hit := p.d.Hit(x+w/2, y+h/2, 0); hit.Num != view {
		t.Error("with the eye shut it does not come back")
	}
}

// TestPN: rubric P-n and Self P. Five points on one view, one point on five views,
// itself among them.
func TestPN(t *testing.T) {
	p := newPage(t)
	var cards []int32
	for i := range 5 {
		cards = append(cards, p.card(0, i*300, 0, "card"))
	}
	for _, c := range cards {
		p.cmd(cmdLook, c, []int32{cards[0]}, byte(1))
	}
	p.cmd(cmdLook, cards[4], cards, byte(1))
	rd := varint.NewReader(p.d.Points())
	n := rd.Uint()
	for range n {
		rd.Uint()
		if !rd.Bool() {
			t.Error("an eye is shut")
		}
	}
	if n != 5 || rd.Done() != nil {
		t.Errorf("%d points, %v", n, rd.Err())
	}
	if got := p.sights(cards[4]); got != 5 {
		t.Errorf("the last point has %d lines, want 5", got)
	}
	back := varint.NewReader(p.d.Back(cards[0]))
	if n := back.Uint(); n != 5 {
		t.Errorf("%d look at the first card, want 5", n)
	}
}

// TestLastViewTakesTheEyeAway: without views there is no eye.
func TestLastViewTakesTheEyeAway(t *testing.T) {
	eyes := func(p *page) (n int) {
		for _, d := range p.frame() {
			if d.op == picture.OpBadge && (d.words[2] == 6 || d.words[2] == 10) {
				n++
			}
		}
		return n
	}
	p := newPage(t)
	point, a, b := p.card(0, 0, 0, "point"), p.card(0, 300, 0, "a"), p.card(0, 600, 0, "b")
	p.cmd(cmdLook, point, []int32{a, b}, byte(1))
	p.cmd(cmdLook, point, []int32{a}, byte(0))
	if eyes(p) != 1 {
		t.Fatal("one view is left, and no eye")
	}
	p.cmd(cmdDelete, []int32{b})
	if eyes(p) != 0 {
		t.Error("the last view is gone, the eye is not")
	}
	if alpha, _ := p.shown(a); alpha != 255 {
		t.Error("an eye that is gone lets others recede")
	}
	p.cmd(cmdUndo)
	if eyes(p) != 1 {
		t.Error("undo does not bring it back")
	}
}

// TestFoldedViewsShowInTheirWhole: what looks, or is looked at, inside a folded
// whole is seen in that.
func TestFoldedViewsShowInTheirWhole(t *testing.T) {
	p := newPage(t)
	point, whole, rest := p.card(0, 0, 0, "point"), p.card(0, 300, 0, "whole"), p.card(0, 600, 0, "rest")
	part := p.card(whole, 0, 0, "part")
	p.cmd(cmdLook, point, []int32{part}, byte(1))
	if alpha, _ := p.shown(whole); alpha != 64 {
		t.Errorf("the whole around a view is drawn with %d", alpha)
	}
	p.d.Fold(whole, 1)
	if alpha, _ := p.shown(whole); alpha != 255 || p.sights(point) != 1 {
		t.Errorf("folded it is drawn with %d, %d lines", alpha, p.sights(point))
	}
	if alpha, _ := p.shown(rest); alpha != 64 {
		t.Error("the rest does not recede")
	}
}
