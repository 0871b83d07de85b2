package desk

import (
	"slices"
	"testing"

	"plectica/internal/gesture"
	"plectica/internal/insight"
	"plectica/internal/picture"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// filterOf writes a filter as a page does.
func filterOf(b []byte, f insight.Filter) []byte {
	flags := byte(0)
	for i, on := range []bool{f.Linked, f.Unlinked, f.Untyped} {
		if on {
			flags |= 1 << i
		}
	}
	b = varint.Uint(append(b, flags), uint64(f.Colours))
	b = varint.Uint(b, uint64(len(f.Attributes)))
	for _, t := range f.Attributes {
		b = varint.String(append(varint.String(b, t.Key), byte(t.How)), t.Text)
	}
	return b
}

// lens sets one: on cards, on what fits, or both.
func (p *page) lens(flags byte, steps int, way insight.Way, from []int32, f insight.Filter) []int32 {
	p.t.Helper()
	b := []byte{flags}
	if flags&lensFocus != 0 {
		b = append(varint.Uint(b, uint64(steps)), byte(way))
		b = varint.Uint(b, uint64(len(from)))
		for _, num := range from {
			b = varint.Uint(b, uint64(num))
		}
	}
	if flags&lensFilter != 0 {
		b = filterOf(b, f)
	}
	if err := p.d.Lens(b); err != nil {
		p.t.Fatal(err)
	}
	return slices.Clone(p.d.Found())
}

func (p *page) alphas(want map[int32]int32) {
	p.t.Helper()
	for num, alpha := range want {
		if got, _ := p.shown(num); got != alpha {
			p.t.Errorf("%d %q is drawn with %d, want %d", num, p.d.Text(num, 1), got, alpha)
		}
	}
}

// TestFocus: FI-1. What is near stays, its wholes are readable, the rest recedes or is
// gone, and nothing of it is in the map.
func TestFocus(t *testing.T) {
	p := newPage(t)
	a, whole, far := p.card(0, 0, 0, "a"), p.card(0, 300, 0, "whole"), p.card(0, 600, 0, "far")
	b, c := p.card(whole, 0, 0, "b"), p.card(whole, 0, 80, "c")
	near, away := p.relate(a, b, 1), p.relate(b, far, 1)
	label := p.try(cmdCardOn, near, "leads").Made
	before := p.d.r.View().Hash()
	if got := p.lens(lensFocus, 1, insight.Downstream, []int32{a}, insight.Filter{}); !slices.Equal(got, []int32{a, b, label}) {
		t.Errorf("within one step lie %v", got)
	}
	p.alphas(map[int32]int32{a: 255, b: 255, whole: 255, near: 255, label: 255, c: 64, far: 64, away: 64})
	p.lens(lensFocus|lensHide, 1, insight.Downstream, []int32{a}, insight.Filter{})
	p.alphas(map[int32]int32{a: 255, b: 255, whole: 255, near: 255, c: -1, far: -1, away: -1})
	x, y, w, h := p.d.Bounds(far)
	if hit := p.d.Hit(x+w/2, y+h/2, 0); hit.Num == far {
		t.Error("what is not shown is under the finger")
	}
	p.d.Select([]int32{far})
	p.alphas(map[int32]int32{far: 255})
	p.d.Select(nil)
	p.lens(lensFocus, 2, insight.Downstream, []int32{a}, insight.Filter{})
	p.alphas(map[int32]int32{c: 64, far: 255, away: 255})
	if p.d.r.View().Hash() != before {
		t.Error("a lens changed the map")
	}
	p.cmd(cmdDelete, []int32{a})
	p.alphas(map[int32]int32{whole: 255, c: 255, far: 255})
	if got := p.d.Found(); len(got) != 0 {
		t.Errorf("with nothing to start from %v is found", got)
	}
	p.cmd(cmdUndo)
	p.alphas(map[int32]int32{c: 64})
	p.lens(0, 0, 0, nil, insight.Filter{})
	p.alphas(map[int32]int32{a: 255, c: 255, far: 255})
}

// TestLensAndEyes: FI-1. What an open eye makes of a card stays as it is in the lens.
func TestLensAndEyes(t *testing.T) {
	p := newPage(t)
	point, view, rest := p.card(0, 0, 0, "point"), p.card(0, 300, 0, "view"), p.card(0, 600, 0, "rest")
	p.cmd(cmdLook, point, []int32{view}, byte(sysmap.EmphasisDim))
	p.set(view, sysmap.Colour, 5)
	p.set(rest, sysmap.Colour, 5)
	p.lens(lensFilter, 0, 0, nil, insight.Filter{Colours: 1 << 5})
	p.alphas(map[int32]int32{point: 64, view: 140, rest: 64})
	p.d.Look(point, 0)
	p.alphas(map[int32]int32{point: 64, view: 255, rest: 255})
}

// TestFilter: FI-3, and a folded whole shows what it holds.
func TestFilter(t *testing.T) {
	p := newPage(t)
	a, whole, far := p.card(0, 0, 0, "a"), p.card(0, 300, 0, "whole"), p.card(0, 600, 0, "far")
	b := p.card(whole, 0, 0, "b")
	line, named := p.relate(a, far, 1), p.relate(a, whole, 1)
	p.try(cmdCardOn, named, "leads")
	p.set(b, sysmap.Colour, 7)
	p.cmd(cmdSet, []int32{far}, byte(sysmap.Attribute), "team", byte(2), "River")
	if got := p.lens(lensFilter, 0, 0, nil, insight.Filter{Colours: 1 << 7}); !slices.Equal(got, []int32{b}) {
		t.Errorf("%v fit the colour", got)
	}
	p.alphas(map[int32]int32{a: 64, b: 255, whole: 255, far: 64, line: 64})
	p.d.Fold(whole, 1)
	p.alphas(map[int32]int32{a: 64, whole: 255})
	p.d.Fold(whole, 0)
	if got := p.lens(lensFilter, 0, 0, nil, insight.Filter{Untyped: true}); !slices.Equal(got, []int32{line}) {
		t.Errorf("%v are without a word", got)
	}
	p.alphas(map[int32]int32{a: 255, far: 255, line: 255, named: 64, b: 64})
	river := insight.Filter{Attributes: []insight.Test{{Key: "team", How: insight.Contains, Text: "RIV"}}}
	if got := p.lens(lensFilter|lensFocus, 1, insight.AllWays, []int32{whole}, river); len(got) != 0 {
		t.Errorf("%v are near and fit", got)
	}
	p.alphas(map[int32]int32{a: 64, far: 64})
	if got := p.lens(lensFilter|lensFocus, 2, insight.AllWays, []int32{whole}, river); !slices.Equal(got, []int32{far}) {
		t.Errorf("%v are near and fit", got)
	}
	if got, err := p.d.Find(filterOf(nil, river)); err != nil || !slices.Equal(got, []int32{far}) {
		t.Errorf("%v found, %v", got, err)
	}
	p.set(a, sysmap.Colour, 7)
	if got := p.lens(lensFilter, 0, 0, nil, insight.Filter{Colours: 1 << 7}); !slices.Equal(got, []int32{a, b}) {
		t.Errorf("after a change %v fit", got)
	}
	rd := varint.NewReader(p.d.Facets())
	if n := rd.Uint(); n != 5 {
		t.Errorf("%d cards", n)
	}
}

// TestMalformedLenses change nothing.
func TestMalformedLenses(t *testing.T) {
	p := newPage(t)
	a, far := p.card(0, 0, 0, "a"), p.card(0, 600, 0, "far")
	p.lens(lensFocus, 1, insight.AllWays, []int32{a}, insight.Filter{})
	for _, b := range [][]byte{nil, {8}, {lensFocus}, {lensFocus, 1, 3, 0}, {lensFocus, 1, 0, 200}, {lensFilter, 0}, {0, 0},
		{lensFilter, 0, 0, 1, 1, 'k', 3, 0}, {lensFocus, 1, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}} {
		if p.d.Lens(b) == nil {
			t.Errorf("%v is taken", b)
		}
	}
	if _, err := p.d.Find([]byte{0}); err == nil {
		t.Error("half a filter is taken")
	}
	p.alphas(map[int32]int32{a: 255, far: 64})
}

// TestMini: FI-8. The map itself and what lies in it, no deeper, no more than so many.
func TestMini(t *testing.T) {
	p := newPage(t)
	a, b := p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b")
	part := p.card(a, 0, 0, "part")
	deep := p.card(part, 0, 0, "deep")
	p.try(cmdCardOn, p.relate(a, b, 1), "label")
	p.set(b, sysmap.Colour, 3)
	var want []int32
	for _, c := range []struct{ num, colour, flags int32 }{{a, 0, 1}, {b, 3, 1}, {part, 0, 0}} {
		x, y, w, h := p.d.Bounds(c.num)
		want = append(want, x, y, w, h, c.colour, c.flags)
	}
	if got := p.d.Mini(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	p.lens(lensFocus, 0, insight.AllWays, []int32{deep}, insight.Filter{})
	if got := p.d.Mini(); got[5] != 1 || got[11] != 3 || got[17] != 0 {
		t.Errorf("in a lens on a part of a part: %v", got)
	}
	p.lens(lensFocus|lensHide, 0, insight.AllWays, []int32{deep}, insight.Filter{})
	if got := p.d.Mini(); len(got) != 12 {
		t.Errorf("with the rest hidden: %v", got)
	}
	p.lens(0, 0, 0, nil, insight.Filter{})
	p.cmd(cmdPasteOutline, int32(0), 0, 600*64, outline(picture.MaxMini+10))
	if got := p.d.Mini(); len(got) != 6*picture.MaxMini {
		t.Errorf("%d areas, want %d", len(got)/6, picture.MaxMini)
	}
}

func outline(n int) string {
	b := make([]byte, 0, 2*n)
	for range n {
		b = append(b, 'x', '\n')
	}
	return string(b)
}

// guides are the lines that the overlay draws.
func (p *page) guides() (out [][]int32) {
	for l := p.d.Overlay(); len(l) > 0; l = l[l[0]>>8:] {
		if picture.Op(l[0]&255) == picture.OpGuide {
			out = append(out, slices.Clone(l[2:6]))
		}
	}
	return out
}

// TestDragSnaps: FI-4. A drag near the edge of a card that is in sight goes there and
// shows it; not with the key that switches it off, nor to what is out of sight.
func TestDragSnaps(t *testing.T) {
	for name, c := range map[string]struct {
		zoom    float32
		toX     int32 // px, from card b at 300, 200 towards a at 0, 0
		mods    int32
		wantX   int32
		guiding bool
	}{
		"near enough":       {1, -294, 0, 0, true},
		"on the other side": {1, -305, 0, 0, true},
		"too far":           {1, -280, 0, 20, false},
		"switched off":      {1, -294, ModFree, 6, false},
		"from far out":      {0.5, -289, 0, 0, true},
		"from near":         {2, -296, 0, 4, false},
	} {
		p := newPage(t)
		a, b := p.card(0, 0, 0, "a"), p.card(0, 300, 200, "b")
		p.card(0, 20000, 7, "out of sight")
		p.d.View(-100*64, -100*64, 1400, 900, c.zoom)
		seed := [gesture.EntropySize]byte{1}
		p.d.Drag(DragStart, 340*64, 220*64, 0, seed)
		p.d.Drag(DragMove, (340+c.toX)*64, 220*64, c.mods, seed)
		if got := len(p.guides()) > 0; got != c.guiding {
			t.Errorf("%s: guides %v", name, p.guides())
		}
		p.d.Drag(DragDrop, (340+c.toX)*64, 220*64, c.mods, seed)
		if at := p.place(b); at.X != c.wantX*64 || at.Y != 200*64 {
			t.Errorf("%s: dropped at %d, %d px, want %d, 200", name, at.X/64, at.Y/64, c.wantX)
		}
		if p.place(a).X != 0 || len(p.guides()) > 0 {
			t.Errorf("%s: another card moved, or a guide stayed", name)
		}
	}
}

// TestMapSign: FI-6. A card that is linked to a map has another sign than one that is
// linked to an address; both can be hit.
func TestMapSign(t *testing.T) {
	p := newPage(t)
	a := p.card(0, 0, 0, "a")
	sign := func() (kind int32) {
		for _, d := range p.frame() {
			if d.op == picture.OpBadge {
				kind = d.words[2]
			}
		}
		return kind
	}
	at := func() picture.Part {
		x, y, w, h := p.d.Bounds(a)
		return p.d.Hit(x+w-14*64, y+h-10*64, 64).Part
	}
	p.cmd(cmdSet, []int32{a}, byte(sysmap.Link), "", byte(2), "https://example.org")
	if sign() != 8 || at() != picture.Link {
		t.Errorf("a web link has the sign %d, part %d", sign(), at())
	}
	p.cmd(cmdSet, []int32{a}, byte(sysmap.Link), "", byte(2), "map:"+p.d.Ident(a).String())
	if sign() != 11 || at() != picture.Link {
		t.Errorf("a link to a map has the sign %d, part %d", sign(), at())
	}
}
