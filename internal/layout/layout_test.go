package layout_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"plectica/internal/id"
	"plectica/internal/layout"
	"plectica/internal/layout/layouttest"
	"plectica/internal/media"
	"plectica/internal/sysmap"
)

func BenchmarkUpdate(b *testing.B) {
	for _, c := range []struct {
		name  string
		cards int
	}{{"1k", 1000}, {"10k", 10_000}, {"50k", 50_000}} {
		b.Run(c.name, func(b *testing.B) {
			m := layouttest.Map(c.cards)
			l := layout.New(layout.NewNumbers(0))
			l.Update(m)
			b.ReportAllocs()
			for b.Loop() {
				l.Update(m)
			}
		})
	}
}

// drawMap makes a random map: wholes of all layouts, folded or not, cards on
// relationships, and relationships that end inside those.
func drawMap(t *rapid.T) *layouttest.Builder {
	b := &layouttest.Builder{M: sysmap.New()}
	var cards, lines []id.Object
	coordinate := rapid.Int32Range(-2000*64, 2000*64)
	for range rapid.IntRange(1, 40).Draw(t, "objects") {
		switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
		case kind >= 7 && len(cards) > 0:
			a := rapid.SampledFrom(cards).Draw(t, "a")
			z := rapid.SampledFrom(cards).Draw(t, "b")
			lines = append(lines, b.Relate(a, z, rapid.IntRange(0, 3).Draw(t, "way")))
		case kind == 6 && len(lines) > 0:
			i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
			cards = append(cards, b.Card(lines[i], 0, 0, 0))
			lines = append(lines[:i:i], lines[i+1:]...)
		default:
			in := id.Root
			if len(cards) > 0 && rapid.Bool().Draw(t, "part") {
				in = rapid.SampledFrom(cards).Draw(t, "in")
			}
			k := b.Card(in, coordinate.Draw(t, "x"), coordinate.Draw(t, "y"), rapid.IntRange(0, 5).Draw(t, "layout"))
			if rapid.IntRange(0, 5).Draw(t, "fold") == 0 {
				b.Set(k, sysmap.Collapsed, 1)
			}
			if rapid.IntRange(0, 5).Draw(t, "sized") == 0 {
				b.Set(k, sysmap.Width, int64(rapid.IntRange(0, 500).Draw(t, "w"))*64)
				b.Set(k, sysmap.Height, int64(rapid.IntRange(0, 500).Draw(t, "h"))*64)
			}
			if rapid.IntRange(0, 3).Draw(t, "media") == 0 {
				drawMedia(t, b, k)
			}
			cards = append(cards, k)
		}
	}
	return b
}

// drawMedia gives a card files: images of any shape, others, and what is no file.
func drawMedia(t *rapid.T, b *layouttest.Builder, k id.Object) {
	for range rapid.IntRange(1, 3).Draw(t, "files") {
		hash := strings.Repeat(rapid.StringMatching("[0-9a-f]").Draw(t, "hash"), media.HashLen)
		text := "application/pdf|0|0|1|1|a|"
		switch rapid.IntRange(0, 3).Draw(t, "file") {
		case 0, 1:
			side := rapid.IntRange(1, 1_000_000)
			text = "image/png|" + strconv.Itoa(side.Draw(t, "pxw")) + "|" + strconv.Itoa(side.Draw(t, "pxh")) + "|1|" +
				strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "rank")) + "|a|"
		case 2:
			text = rapid.StringMatching(`[a-z0-9|/]{0,20}`).Draw(t, "text")
		}
		b.Do(sysmap.Op{Kind: sysmap.OpSet, ID: k, Reg: sysmap.Reg{Field: sysmap.Media, Entry: hash, Value: sysmap.TextValue(text)}})
	}
}

func boxes() cmp.Option { return cmpopts.IgnoreUnexported(layout.Link{}) }

// TestPlanProperties holds what any plan of any map must: parts in their wholes,
// no overlap in ordered wholes, each card shown once or standing in a folded
// whole, and the same plan again from scratch.
func TestPlanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawMap(t)
		l := layout.New(layout.NewNumbers(0))
		p := l.Update(b.M)
		checkPlan(t, b.M, l, p)
		again := layout.New(layout.NewNumbers(0)).Update(b.M)
		if d := cmp.Diff(p.Boxes, again.Boxes, boxes()); d != "" {
			t.Fatalf("another plan of the same map:\n%s", d)
		}
		if d := cmp.Diff(p.Links, again.Links, boxes()); d != "" {
			t.Fatalf("other links of the same map:\n%s", d)
		}
		first := append([]layout.Box(nil), p.Boxes...)
		if d := cmp.Diff(first, l.Update(b.M).Boxes, boxes()); d != "" {
			t.Fatalf("a second update moved something:\n%s", d)
		}
	})
}

func checkPlan(t *rapid.T, m *sysmap.Map, l *layout.Layout, p *layout.Plan) {
	for i := range p.Boxes {
		b := &p.Boxes[i]
		if b.W <= 0 || b.H <= 0 || b.End <= int32(i) {
			t.Fatalf("box %d is %+v", i, b)
		}
		if b.Parent >= 0 {
			w := &p.Boxes[b.Parent]
			if !(b.Parent < int32(i) && b.End <= w.End) {
				t.Fatalf("box %d is not inside %d", i, b.Parent)
			}
			if b.Link < 0 && (b.X < w.X || b.Y < w.Y || b.X+b.W > w.X+w.W || b.Y+b.H > w.Y+w.H) {
				t.Fatalf("part %+v escapes its whole %+v", b, w)
			}
			if b.L < w.L || b.T < w.T || b.R > w.R || b.B > w.B {
				t.Fatalf("bounds of %d are not in those of %d", i, b.Parent)
			}
		}
		if b.Flags&layout.Whole != 0 && b.Flags&layout.Folded == 0 && b.Layout != sysmap.LayoutFreehand {
			noOverlap(t, p, int32(i))
		}
		lines := int32(len(b.TitleLines))
		if b.TY < b.Y || b.TY+lines*b.LineHeight > b.Y+b.H {
			t.Fatalf("title of %+v is outside", b)
		}
		checkMedia(t, p, b)
		for _, line := range b.TitleLines {
			if b.TX < b.X || b.TX+line.W > b.X+b.W {
				t.Fatalf("line %+v of %+v is outside", line, b)
			}
		}
	}
	m.Walk(func(o *sysmap.Object) bool {
		num := l.Numbers.Find(o.ID)
		if p.Stand(num) < 0 {
			t.Fatalf("card %d is nowhere", num)
		}
		return true
	})
	for i := range p.Links {
		k := &p.Links[i]
		if k.A < 0 || k.B < 0 || int(k.A) >= len(p.Boxes) || int(k.B) >= len(p.Boxes) || k.Count < 1 {
			t.Fatalf("link %+v", k)
		}
		if k.X1 < k.L || k.X2 > k.R || k.Y1 < k.T || k.Y2 > k.Bot {
			t.Fatalf("bounds of %+v", k)
		}
	}
	checkBatches(t, p)
}

// checkMedia: ME-4. A card's image lies in it, under its title and beside none of its
// parts.
func checkMedia(t *rapid.T, p *layout.Plan, b *layout.Box) {
	m := p.MediaOf(b)
	if m == nil {
		return
	}
	if (m.W > 0) != (m.Hash != "") || m.More < 0 || m.W == 0 && m.More == 0 {
		t.Fatalf("%+v", m)
	}
	if m.W == 0 {
		return
	}
	if m.X < b.X || m.Y < b.Y || m.X+m.W > b.X+b.W || m.Y+m.H > b.Y+b.H {
		t.Fatalf("the image %+v is outside of %+v", m, b)
	}
	if lines := int32(len(b.TitleLines)); lines > 0 && m.Y < b.TY+lines*b.LineHeight {
		t.Fatalf("the image %+v covers the title of %+v", m, b)
	}
	if len(b.BodyLines) > 0 && b.BodyY < m.Y+m.H {
		t.Fatalf("the image %+v covers the text of %+v", m, b)
	}
	for i := range p.Boxes {
		k := &p.Boxes[i]
		if k.Parent >= 0 && &p.Boxes[k.Parent] == b && k.Link < 0 &&
			k.X < m.X+m.W && k.X+k.W > m.X && k.Y < m.Y+m.H && k.Y+k.H > m.Y {
			t.Fatalf("the image %+v covers the part %+v", m, k)
		}
	}
}

// TestImageOfACard: ME-4. The image of the lowest rank is shown, no larger than it is,
// and what cannot be read is a plain file that breaks nothing.
func TestImageOfACard(t *testing.T) {
	b := &layouttest.Builder{M: sysmap.New()}
	k := b.Named(id.Root, "Rain", 0, 0, 0)
	l := layout.New(layout.NewNumbers(0))
	bare := l.Update(b.M).Boxes[0]
	set := func(c, text string) {
		b.Do(sysmap.Op{Kind: sysmap.OpSet, ID: k, Reg: sysmap.Reg{Field: sysmap.Media, Entry: strings.Repeat(c, media.HashLen), Value: sysmap.TextValue(text)}})
	}
	set("a", "image/png|4000|1000|9|7|late.png|")
	set("b", "image/png|100|50|9|3|first.png|")
	set("c", "video/mp4|0|0|9|1|film.mp4|")
	set("d", "no file at all")
	p := l.Update(b.M)
	m := p.MediaOf(&p.Boxes[0])
	if m == nil || m.Hash != strings.Repeat("b", media.HashLen) || m.More != 3 || m.W != 100*64 || m.H != 50*64 {
		t.Fatalf("%+v", m)
	}
	if grown := p.Boxes[0].H - bare.H; grown < m.H || grown > m.H+20*64 {
		t.Errorf("the card grew by %d for an image of %d", grown, m.H)
	}
	set("b", "")
	p = l.Update(b.M)
	if m := p.MediaOf(&p.Boxes[0]); m.Hash != strings.Repeat("a", media.HashLen) || m.W != 4*m.H || m.W > 300*64 {
		t.Errorf("%+v", m)
	}
}

// checkBatches: every link is in one batch, and batches come in painting order.
func checkBatches(t *rapid.T, p *layout.Plan) {
	next, at := int32(0), int32(0)
	for _, b := range p.Batches {
		if b.Lo != next || b.Hi < b.Lo || b.At < at {
			t.Fatalf("batches %+v", p.Batches)
		}
		next, at = b.Hi, b.At
	}
	if int(next) != len(p.Links) {
		t.Fatalf("%d of %d links are painted", next, len(p.Links))
	}
}

func noOverlap(t *rapid.T, p *layout.Plan, whole int32) {
	var parts []*layout.Box
	for i := whole + 1; i < p.Boxes[whole].End; i = p.Boxes[i].End {
		if p.Boxes[i].Link < 0 {
			parts = append(parts, &p.Boxes[i])
		}
	}
	for i, a := range parts {
		for _, b := range parts[i+1:] {
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Fatalf("parts overlap: %+v, %+v", a, b)
			}
		}
	}
}

// TestFolding: what is folded away is stood for by the nearest visible whole, and
// relationships that come to run between the same cards merge with a count.
func TestFolding(t *testing.T) {
	b := &layouttest.Builder{M: sysmap.New()}
	whole := b.Named(id.Root, "whole", 0, 0, sysmap.LayoutList)
	other := b.Named(id.Root, "other", 640*64, 0, 0)
	one := b.Named(whole, "one", 0, 0, sysmap.LayoutList)
	two := b.Named(whole, "two", 0, 0, 0)
	deep := b.Named(one, "deep", 0, 0, 0)
	lines := []id.Object{b.Relate(deep, other, 1), b.Relate(other, two, 1), b.Relate(one, two, 1)}
	on := b.Named(lines[0], "on", 0, 0, 0)
	l := layout.New(layout.NewNumbers(0))
	p := l.Update(b.M)
	num := l.Numbers.Find
	if len(p.Links) != 3 || p.Box(num(deep)) < 0 || p.Box(num(on)) < 0 {
		t.Fatalf("%d links before folding", len(p.Links))
	}
	l.Fold(num(one), 1)
	p = l.Update(b.M)
	if p.Stand(num(deep)) != p.Box(num(one)) || p.Box(num(deep)) >= 0 || p.Box(num(on)) < 0 {
		t.Error("the inner whole does not stand for its part")
	}
	l.Fold(num(whole), 1)
	p = l.Update(b.M)
	if len(p.Links) != 1 || p.Links[0].Count != 2 || !p.Links[0].HeadA || !p.Links[0].HeadB {
		t.Errorf("links %+v, want one that stands for two, with both heads", p.Links)
	}
	if p.Box(num(on)) >= 0 || p.Link(num(lines[1])) != 0 || p.Link(num(lines[2])) != -1 {
		t.Error("a label of a merged relationship is shown, or a number is lost")
	}
	l.Fold(num(whole), -1)
	if p = l.Update(b.M); len(p.Links) != 3 {
		t.Errorf("%d links after opening, want 3", len(p.Links))
	}
}
