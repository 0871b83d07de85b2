package desk

import (
	"math/rand/v2"
	"strings"
	"testing"

	"plectica/internal/id"
	"plectica/internal/media"
	"plectica/internal/picture"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// entry is a register as Describe tells it.
type entry struct {
	field sysmap.Field
	entry string
	n     int64
	s     string
}

// about is what Describe tells of an object, as far as tests look.
type about struct {
	kind         sysmap.Type
	parts, depth int
	place, whole int32
	folded       bool
	regs         []entry
	a, b, cardOn int32
	related      []int32
}

func (p *page) about(num int32) about {
	p.t.Helper()
	b := p.d.Describe(num)
	if b == nil {
		p.t.Fatalf("object %d is gone", num)
	}
	rd := varint.NewReader(b)
	var o about
	o.kind = sysmap.Type(rd.Byte())
	o.folded = rd.Byte()&roleFolded != 0
	o.place, o.whole, o.parts = int32(rd.Uint()), int32(rd.Uint()), int(rd.Uint())
	rd.Uint()
	rd.Uint()
	o.depth = int(rd.Uint())
	for range rd.Uint() {
		e := entry{field: sysmap.Field(rd.Byte()), entry: rd.String(100)}
		if rd.Byte() == byte(sysmap.Int) {
			e.n = rd.Int()
		} else {
			e.s = rd.String(sysmap.MaxText)
		}
		o.regs = append(o.regs, e)
	}
	o.a, o.b, o.cardOn = int32(rd.Uint()), int32(rd.Uint()), int32(rd.Uint())
	varint.ReadID[id.Account](rd)
	rd.Int()
	if rd.Len() > 0 {
		for range rd.Uint() {
			rd.Uint()
			o.related = append(o.related, int32(rd.Uint()))
			rd.Byte()
		}
	}
	if err := rd.Done(); err != nil {
		p.t.Fatal(err)
	}
	return o
}

func (o about) count(f sysmap.Field) (n int) {
	for _, e := range o.regs {
		if e.field == f {
			n++
		}
	}
	return n
}

func (p *page) cardOn(line int32, title string) int32 {
	p.t.Helper()
	return p.cmd(cmdCardOn, line, title).Made
}

func (p *page) part(of int32, title string) int32 {
	p.t.Helper()
	made := p.cmd(cmdCreateNear, of, byte(0)).Made
	p.cmd(cmdSplice, made, byte(1), uint(0), uint(0), title)
	return made
}

func (p *page) look(point int32, views ...int32) {
	p.t.Helper()
	p.cmd(cmdLook, point, views, byte(sysmap.EmphasisNormal))
}

func (p *page) note(num int32, f sysmap.Field, key, text string) {
	p.t.Helper()
	p.cmd(cmdSet, []int32{num}, byte(f), key, byte(2), text)
}

func digits(num int32) string {
	if num < 10 {
		return string(rune('0' + num))
	}
	return digits(num/10) + string(rune('0'+num%10))
}

// TestRubric: the rubric by which tools for systems thinking are graded, row by row;
// docs/rubric.md says whose rows these are, and where the others are tested.
func TestRubric(t *testing.T) {
	rows := map[string]func(*testing.T, *page){
		"Di":          rubricDi,
		"Dio":         rubricDio,
		"R":           rubricR,
		"Rar":         rubricRar,
		"Self R":      rubricSelfR,
		"RD1":         rubricRD1,
		"RD2":         rubricRD2,
		"RDS":         rubricRDS,
		"R confusion": rubricRConfusion,
		"Spw":         rubricSpw,
		"Spw-n":       rubricSpwN,
		"S-zoom":      rubricSZoom,
		"S-lump":      rubricSLump,
		"S-R":         rubricSR,
		"S-of-R":      rubricSOfR,
		"S confusion": rubricSConfusion,
		"Ppv":         rubricPpv,
		"P-any":       rubricPAny,
		"P-S":         rubricPS,
		"Self P":      rubricSelfP,
		"P confusion": rubricPConfusion,
		"DSRP-rec":    rubricDSRPRec,
		"Content":     rubricContent,
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) { row(t, newPage(t)) })
	}
}

// Identify objects: a card is made, titled, found.
func rubricDi(t *testing.T, p *page) {
	num := p.card(0, 0, 0, "rain")
	if p.d.Text(num, 1) != "rain" || p.d.Lookup(p.d.Ident(num)) != num {
		t.Error("the card is not found by what it is called")
	}
}

// Contrast with others: a card lists what it is, is not, and is set against; each of
// those knows.
func rubricDio(t *testing.T, p *page) {
	a, b := p.card(0, 0, 0, "dog"), p.card(0, 300, 0, "wolf")
	p.note(a, sysmap.Is, "k", "lives with people")
	p.note(a, sysmap.IsNot, "k", "wild")
	p.cmd(cmdSet, []int32{a}, byte(sysmap.Other), digits(b), byte(1), 1)
	o := p.about(a)
	if o.count(sysmap.Is) != 1 || o.count(sysmap.IsNot) != 1 || o.count(sysmap.Other) != 1 {
		t.Errorf("it lists %v", o.regs)
	}
	rd := varint.NewReader(p.d.Back(b))
	if n := rd.Uint(); n != 1 || rd.Byte() != backOther || int32(rd.Uint()) != a {
		t.Error("the other does not know what is set against it")
	}
}

// Relate: a line joins any two cards.
func rubricR(t *testing.T, p *page) {
	a, b := p.card(0, 0, 0, "a"), p.card(0, 300, 0, "b")
	line := p.relate(a, b, 1)
	if o := p.about(line); o.kind != sysmap.Relationship || o.a != a || o.b != b || len(p.about(b).related) != 1 {
		t.Errorf("%+v", o)
	}
}

// Variables at both ends. That a file keeps them: exchange.TestRubric/Rar.
func rubricRar(t *testing.T, p *page) {
	line := p.relate(p.card(0, 0, 0, "sun"), p.card(0, 400, 0, "soil"), 1)
	p.note(line, sysmap.Action, "", "shines")
	p.note(line, sysmap.Reaction, "", "dries")
	texts := 0
	for _, d := range p.frame() {
		if d.op == picture.OpText && d.num == line {
			texts++
		}
	}
	if texts != 2 || p.d.Text(line, int32(sysmap.Action)) != "shines" {
		t.Errorf("%d texts are drawn at its ends", texts)
	}
}

// Relate to itself: it draws and can be hit. That a file keeps it:
// exchange.TestRubric/Self R.
func rubricSelfR(t *testing.T, p *page) {
	a := p.card(0, 0, 0, "habit")
	line := p.relate(a, a, 1)
	x, y, w, h := p.d.Bounds(line)
	if alpha, _ := p.shown(line); alpha != 255 || w <= 0 || h <= 0 {
		t.Error("it is not drawn")
	}
	found := false
	for dx := x; dx <= x+w; dx += 64 {
		for dy := y; dy <= y+h; dy += 64 {
			found = found || p.d.Hit(dx, dy, 256).Num == line
		}
	}
	if !found {
		t.Error("it is under no finger")
	}
}

// Label a line: its words are edited in place.
func rubricRD1(t *testing.T, p *page) {
	line := p.relate(p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b"), 1)
	before := p.d.TitleBox(line)
	label := p.cardOn(line, "feeds")
	after := p.d.TitleBox(label)
	if before.W == 0 || after.W == 0 || p.d.Text(label, 1) != "feeds" {
		t.Errorf("no place to write: %+v, %+v", before, after)
	}
}

// The same kind of object on a line: its card has every command of a card.
func rubricRD2(t *testing.T, p *page) {
	a, b := p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b")
	on := p.cardOn(p.relate(a, b, 1), "idea")
	p.set(on, sysmap.Colour, 4)
	p.cmd(cmdSplice, on, byte(2), uint(0), uint(0), "a body")
	p.part(on, "part")
	p.relate(on, a, 1)
	p.look(on, b)
	p.look(b, on)
	p.note(on, sysmap.Is, "k", "text")
	p.note(on, sysmap.Attribute, "k", "text")
	if a := p.cmd(cmdDuplicate, []int32{on}); len(a.Reply) == 0 {
		t.Error("it cannot be duplicated")
	}
	if a := p.cmd(cmdWrap, []int32{on}); a.Made <= 0 || p.about(on).whole != a.Made {
		t.Error("it cannot be put into a whole")
	}
}

// Part-whole set on a line: its card nests three deep and folds.
func rubricRDS(t *testing.T, p *page) {
	on := p.cardOn(p.relate(p.card(0, 0, 0, "a"), p.card(0, 600, 0, "b"), 1), "idea")
	deep := on
	for range 3 {
		deep = p.part(deep, "part")
	}
	if alpha, _ := p.shown(deep); alpha != 255 {
		t.Error("what lies deepest is not shown")
	}
	p.d.Fold(on, 1)
	if alpha, _ := p.shown(deep); alpha != -1 || !p.about(on).folded {
		t.Error("it does not fold")
	}
}

// R confusion: lines never mean belonging. Deleting all of them moves no card.
func rubricRConfusion(t *testing.T, p *page) {
	water, soil, line := system(p)
	type at struct{ x, y, w, h int32 }
	where := func(num int32) (a at) {
		a.x, a.y, a.w, a.h = p.d.Bounds(num)
		return a
	}
	places, wholes := map[int32]at{}, map[int32]int32{}
	for _, num := range []int32{water, soil} {
		places[num], wholes[num] = where(num), p.about(num).whole
	}
	p.cmd(cmdDelete, []int32{line})
	for num, was := range places {
		if now := where(num); now.x != was.x || now.y != was.y || p.about(num).whole != wholes[num] {
			t.Errorf("%q went from %v to %v", p.d.Text(num, 1), was, now)
		}
	}
}

// Part-whole is containment, with no line involved.
func rubricSpw(t *testing.T, p *page) {
	whole := p.card(0, 0, 0, "forest")
	part := p.part(whole, "tree")
	if o := p.about(part); o.whole != whole || len(o.related) != 0 || p.about(whole).parts != 1 {
		t.Errorf("%+v", o)
	}
}

// Eight levels deep, and a part has every command of a card.
func rubricSpwN(t *testing.T, p *page) {
	deep := p.card(0, 0, 0, "level 1")
	for range 7 {
		deep = p.part(deep, "deeper")
	}
	if d := p.about(deep).depth; d != 7 {
		t.Fatalf("depth %d", d)
	}
	p.part(deep, "a ninth")
	p.relate(deep, 1, 1)
	p.look(deep, 1)
	p.cmd(cmdDuplicate, []int32{deep})
	p.set(deep, sysmap.Layout, sysmap.LayoutRow)
}

// Fold and unfold; far out, the titles of the large parts are still letters.
func rubricSZoom(t *testing.T, p *page) {
	whole := p.card(0, 0, 0, "the whole")
	var part int32
	for range 30 {
		part = p.part(whole, "part with some words")
	}
	p.set(whole, sysmap.Layout, sysmap.LayoutGrid)
	p.d.Fold(whole, 1)
	if alpha, _ := p.shown(part); alpha != -1 {
		t.Error("folded, its parts are shown")
	}
	p.d.Fold(whole, 0)
	p.d.View(-6400, -6400, 1400, 900, 0.12)
	large, small := false, false
	for _, d := range p.frame() {
		large = large || d.op == picture.OpText && d.num == whole
		small = small || d.op == picture.OpText && d.num == part
	}
	if !large || small {
		t.Errorf("far out: the whole's title in letters %v, a part's %v", large, small)
	}
}

// Group, split, and move between wholes; lines stay.
func rubricSLump(t *testing.T, p *page) {
	a, b, c := p.card(0, 0, 0, "a"), p.card(0, 300, 0, "b"), p.card(0, 600, 0, "c")
	line := p.relate(a, c, 1)
	whole := p.cmd(cmdWrap, []int32{a, b}).Made
	if p.about(a).whole != whole || p.about(line).a != a {
		t.Error("grouping lost a part or a line")
	}
	p.cmd(cmdMove, []int32{a}, c, int32(0), 0, 0, byte(1))
	if p.about(a).whole != c || p.about(line).b != c {
		t.Error("moving between wholes lost a line")
	}
	p.cmd(cmdUnwrap, whole)
	if p.about(b).whole != 0 || p.d.Describe(whole) != nil {
		t.Error("splitting kept the whole, or lost a part")
	}
}

// A line joins parts of different wholes and levels.
func rubricSR(t *testing.T, p *page) {
	a, b := p.card(0, 0, 0, "a"), p.card(0, 600, 0, "b")
	deep := p.part(p.part(a, "part"), "deep")
	line := p.relate(deep, p.part(b, "part"), 1)
	if alpha, _ := p.shown(line); alpha != 255 {
		t.Error("it is not drawn")
	}
}

// W{a-(x)-b} counts x as W's part, and W folds with it.
func rubricSOfR(t *testing.T, p *page) {
	w := p.card(0, 0, 0, "W")
	a, b := p.part(w, "a"), p.part(w, "b")
	x := p.cardOn(p.relate(a, b, 0), "x")
	if p.about(x).whole != w {
		t.Error("its whole is another")
	}
	rd := varint.NewReader(p.d.Counts(w))
	var n []uint64
	for range rd.Uint() {
		n = append(n, rd.Uint())
	}
	if parts := n[8+3]; parts != 3 {
		t.Errorf("W has %d parts", parts)
	}
	p.d.Fold(w, 1)
	if alpha, _ := p.shown(x); alpha != -1 {
		t.Error("W folds without it")
	}
}

// S confusion: overlap on the screen never changes what lies in what.
func rubricSConfusion(t *testing.T, p *page) {
	a, b := p.card(0, 0, 0, "a"), p.card(0, 600, 0, "b")
	p.cmd(cmdMove, []int32{b}, int32(0), int32(0), -600*64, 0, byte(0))
	ax, ay, _, _ := p.d.Bounds(a)
	bx, by, _, _ := p.d.Bounds(b)
	if ax != bx || ay != by || p.about(b).whole != 0 || p.about(a).parts != 0 {
		t.Error("a card that lies over another became its part, or did not move")
	}
}

// Point and view are stored, not a filter of the moment.
func rubricPpv(t *testing.T, p *page) {
	point, view := p.card(0, 0, 0, "point"), p.card(0, 300, 0, "view")
	p.look(point, view)
	p.note(point, sysmap.ViewNote, digits(view), "what it sees")
	o := p.about(point)
	if o.count(sysmap.View) != 1 || o.count(sysmap.ViewNote) != 1 {
		t.Errorf("%v", o.regs)
	}
	again := sysmap.New()
	if err := again.Apply(p.d.r.View().Copy([]id.Object{p.d.Ident(point), p.d.Ident(view)}), sysmap.Stamp{}); err != nil || again.PerspectiveOf(p.d.Ident(point)) == nil {
		t.Error("it does not outlive the viewer")
	}
}

// Part, whole and line card work as point and as view.
func rubricPAny(t *testing.T, p *page) {
	whole := p.card(0, 0, 0, "whole")
	part := p.part(whole, "part")
	on := p.cardOn(p.relate(whole, p.card(0, 600, 0, "other"), 1), "line card")
	all := []int32{whole, part, on}
	for _, point := range all {
		p.look(point, all...)
		if n := p.about(point).count(sysmap.View); n != 3 {
			t.Errorf("%q has %d views", p.d.Text(point, 1), n)
		}
	}
}

// A view of three parts; a point with three parts.
func rubricPS(t *testing.T, p *page) {
	point, view := p.card(0, 0, 0, "point"), p.card(0, 600, 0, "view")
	for _, w := range []int32{point, view} {
		for range 3 {
			p.part(w, "part")
		}
	}
	p.look(point, view)
	rd := varint.NewReader(p.d.Counts(0))
	var n []uint64
	for range rd.Uint() {
		n = append(n, rd.Uint())
	}
	if points, systems := n[3], n[6]; points != 1 || systems != 1 {
		t.Errorf("%d points, %d of them with parts", points, systems)
	}
	if alpha, _ := p.shown(view); alpha != 255 {
		t.Error("the view recedes")
	}
}

// The point is its own view.
func rubricSelfP(t *testing.T, p *page) {
	a := p.card(0, 0, 0, "I")
	p.look(a, a)
	if p.about(a).count(sysmap.View) != 1 || p.sights(a) != 1 {
		t.Error("it does not look at itself, or the look is not drawn")
	}
}

// P confusion: looks and lines differ by more than colour: in what they are, where
// they begin, and how they are drawn.
func rubricPConfusion(t *testing.T, p *page) {
	a, b := p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b")
	line := p.relate(a, b, 1)
	p.look(a, b)
	kinds := map[picture.Op]int{}
	for _, d := range p.frame() {
		if d.op == picture.OpSight || d.op == picture.OpCurve && d.num == line {
			kinds[d.op]++
		}
	}
	if kinds[picture.OpSight] != 1 || kinds[picture.OpCurve] != 1 || len(p.about(b).related) != 1 {
		t.Errorf("%v; it is related to %v", kinds, p.about(b).related)
	}
}

// A line's card is at once a whole, an end, a point and an identity.
func rubricDSRPRec(t *testing.T, p *page) {
	a, b := p.card(0, 0, 0, "a"), p.card(0, 600, 0, "b")
	on := p.cardOn(p.relate(a, b, 1), "on")
	p.part(on, "part")
	p.relate(on, a, 1)
	p.look(on, b)
	p.cmd(cmdSet, []int32{on}, byte(sysmap.Other), digits(b), byte(1), 1)
	o := p.about(on)
	if o.parts != 1 || len(o.related) != 1 || o.count(sysmap.View) != 1 || o.count(sysmap.Other) != 1 {
		t.Errorf("%+v", o)
	}
	if err := p.d.r.View().Check(); err != nil {
		t.Error(err)
	}
}

// Text, link, image, file and video on any card: a part, and the card of a line.
func rubricContent(t *testing.T, p *page) {
	part := p.part(p.card(0, 0, 0, "whole"), "part")
	p.cmd(cmdSplice, part, byte(2), uint(0), uint(0), "# A body\n\nwith *words*")
	p.note(part, sysmap.Link, "", "https://example.org")
	if p.d.Text(part, 2) == "" || p.about(part).count(sysmap.Link) != 1 {
		t.Error("a part holds no text or link")
	}
	on := p.cmd(cmdCardOn, p.relate(part, p.card(0, 600, 0, "other"), 0), "between").Made
	for _, num := range []int32{part, on} {
		p.note(num, sysmap.Media, hashOf("a"), "image/png|640|480|12345|2|sketch.png|A sketch")
		p.note(num, sysmap.Media, hashOf("b"), "application/pdf|0|0|12345|3|plan.pdf|")
		p.note(num, sysmap.Media, hashOf("c"), "video/mp4|0|0|12345|4|film.mp4|")
		if p.about(num).count(sysmap.Media) != 3 || p.d.Text(num, int32(sysmap.Media)) != hashOf("a") {
			t.Error("a card holds no files, or does not show its image")
		}
		if !painted(p.d.Frame(), picture.OpImage, num, -1) || !painted(p.d.Frame(), picture.OpBadge, num, 2) {
			t.Error("the image is not drawn, or not how many more files there are")
		}
	}
}

func hashOf(c string) string { return strings.Repeat(c, media.HashLen) }

// painted reports whether an instruction for an object is in a list; its last word is n,
// unless that is negative.
func painted(list []int32, op picture.Op, num, n int32) bool {
	for ; len(list) > 0; list = list[list[0]>>8:] {
		if picture.Op(list[0]&0xff) == op && list[1] == num && (n < 0 || list[list[0]>>8-1] == n) {
			return true
		}
	}
	return false
}

// TestContentComesWithItsCard: ME-5. A card made with a file and an address is one step,
// and far out its image is a flat box.
func TestContentComesWithItsCard(t *testing.T) {
	p := newPage(t)
	num := p.cmd(cmdContent, int32(0), int32(0), 64, 64, "sketch", uint(2), byte(sysmap.Media), hashOf("a"),
		"image/png|640|480|12345|2|sketch.png|A sketch", byte(sysmap.Link), "", "https://example.org/").Made
	if o := p.about(num); o.count(sysmap.Media) != 1 || o.count(sysmap.Link) != 1 || p.d.Text(num, 1) != "sketch" {
		t.Errorf("%+v", o)
	}
	x, y, w, h := p.d.Bounds(num)
	if hit := p.d.Hit(x+w-14*64, y+h-10*64, 64); hit.Num != num || hit.Part != picture.Link {
		t.Errorf("at the sign of the address lies %+v", hit)
	}
	p.d.View(0, 0, 1400, 900, 0.05)
	if !painted(p.d.Frame(), picture.OpImage, num, 0) {
		t.Error("far out the image is not a flat box")
	}
	p.d.View(0, 0, 1400, 900, 1)
	if painted(p.d.Frame(), picture.OpImage, num, 0) {
		t.Error("near by the image is a flat box")
	}
	p.cmd(cmdUndo)
	if p.d.Lookup(p.d.Ident(num)) != 0 {
		t.Error("one undo leaves the card")
	}
	for _, bad := range []string{"", "n"} { // an attribute of a card is no link's; a link has no entry
		if a := p.try(cmdContent, int32(0), int32(0), 0, 0, "x", uint(1), byte(sysmap.Direction), bad, "text"); a.Fault == 0 {
			t.Error("a card was made with what no card holds")
		}
	}
}

// TestFoldingNeverChangesTheMap: VW-1. A thousand folds and unfolds at random leave the
// document as it was, to the byte.
func TestFoldingNeverChangesTheMap(t *testing.T) {
	p := newPage(t)
	system(p)
	rng := rand.New(rand.NewPCG(4, 2))
	before, entries := p.d.r.View().Hash(), string(p.d.Checkpoint())
	for range 1000 {
		p.d.Fold(rng.Int32N(20), rng.IntN(3)-1)
		p.d.Frame()
	}
	if p.d.r.View().Hash() != before || string(p.d.Checkpoint()) != entries {
		t.Error("folding changed the map, or what is to be sent")
	}
}
