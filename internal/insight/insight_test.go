package insight

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// draft is a map being written down: objects are named by small numbers.
type draft struct {
	t testing.TB
	m *sysmap.Map
	n uint64
}

func newDraft(t testing.TB) *draft { return &draft{t: t, m: sysmap.New()} }

func obj(n int) id.Object { return id.Object{byte(n >> 8), byte(n)} }

func (d *draft) do(op sysmap.Op) *draft {
	d.t.Helper()
	if err := d.m.Apply([]sysmap.Op{op}, sysmap.Stamp{}); err != nil {
		d.t.Fatal(err)
	}
	return d
}

// card makes a card in another, or on a relationship; 0 is the map.
func (d *draft) card(n, in int) *draft {
	d.t.Helper()
	d.n++
	order := sysmap.Between("", "", 0)
	if kids := d.m.Kids(obj(in)); len(kids) > 0 {
		order = sysmap.Between(d.m.Get(kids[len(kids)-1]).Place.Order, "", 0)
	}
	return d.do(sysmap.Op{Kind: sysmap.OpPut, ID: obj(n), Type: sysmap.Card, Place: sysmap.Place{Parent: obj(in), Order: order}})
}

// line relates two cards; way and polarity are the model's.
func (d *draft) line(n, a, b int, way, polarity int64) *draft {
	d.t.Helper()
	return d.do(sysmap.Op{Kind: sysmap.OpRelate, ID: obj(n), A: obj(a), B: obj(b), Regs: []sysmap.Reg{
		{Field: sysmap.Direction, Value: sysmap.IntValue(way)}, {Field: sysmap.Polarity, Value: sysmap.IntValue(polarity)},
	}})
}

// entry writes an entry that names a card into what stands on another.
func (d *draft) entry(n, on int, t sysmap.Type, f sysmap.Field, cards ...int) *draft {
	d.t.Helper()
	op := sysmap.Op{Kind: sysmap.OpPut, ID: obj(n), Type: t, A: obj(on)}
	for _, c := range cards {
		k := obj(c)
		op.Regs = append(op.Regs, sysmap.Reg{Field: f, Entry: string(k[:]), Value: sysmap.IntValue(1)})
	}
	return d.do(op)
}

const (
	ab   = sysmap.DirectionAB
	ba   = sysmap.DirectionBA
	both = sysmap.DirectionBoth
	plus = 1
	less = 2
)

func TestLoops(t *testing.T) {
	cards := func(d *draft, n int) *draft {
		for i := range n {
			d.card(i+1, 0)
		}
		return d
	}
	loop := func(sign Sign, delay bool, path ...int) Loop {
		l := Loop{Sign: sign, Delay: delay}
		for i, n := range path {
			if i%2 == 0 {
				l.Cards = append(l.Cards, obj(n))
			} else {
				l.Lines = append(l.Lines, obj(n))
			}
		}
		return l
	}
	delayed := cards(newDraft(t), 2).line(11, 1, 2, ab, plus).line(12, 2, 1, ab, less)
	delayed.do(sysmap.Op{Kind: sysmap.OpSet, ID: obj(12), Reg: sysmap.Reg{Field: sysmap.Delay, Value: sysmap.IntValue(1)}})
	for name, c := range map[string]struct {
		d    *draft
		want []Loop
	}{
		"none":                   {cards(newDraft(t), 3).line(11, 1, 2, ab, plus).line(12, 2, 3, ab, plus), nil},
		"without direction":      {cards(newDraft(t), 2).line(11, 1, 2, 0, plus).line(12, 2, 1, ab, plus), nil},
		"one line both ways":     {cards(newDraft(t), 2).line(11, 1, 2, both, plus), nil},
		"to itself":              {cards(newDraft(t), 1).line(11, 1, 1, both, plus), []Loop{loop(Reinforcing, false, 1, 11)}},
		"two, one minus, delay":  {delayed, []Loop{loop(Balancing, true, 1, 11, 2, 12)}},
		"backwards arrows":       {cards(newDraft(t), 3).line(11, 2, 1, ba, less).line(12, 3, 2, ba, less).line(13, 1, 3, ba, plus), []Loop{loop(Reinforcing, false, 1, 11, 2, 12, 3, 13)}},
		"a polarity is missing":  {cards(newDraft(t), 2).line(11, 1, 2, ab, less).line(12, 2, 1, ab, 0), []Loop{loop(Unsigned, false, 1, 11, 2, 12)}},
		"parallels are two":      {cards(newDraft(t), 2).line(11, 1, 2, ab, plus).line(12, 1, 2, ab, less).line(13, 2, 1, ab, plus), []Loop{loop(Reinforcing, false, 1, 11, 2, 13), loop(Balancing, false, 1, 12, 2, 13)}},
		"short ones first":       {cards(newDraft(t), 3).line(11, 1, 2, ab, plus).line(12, 2, 3, ab, plus).line(13, 3, 1, ab, plus).line(14, 3, 2, ab, plus), []Loop{loop(Reinforcing, false, 2, 12, 3, 14), loop(Reinforcing, false, 1, 11, 2, 12, 3, 13)}},
		"a deleted line is none": {cards(newDraft(t), 2).line(11, 1, 2, ab, plus).line(12, 2, 1, ab, plus).do(sysmap.Op{Kind: sysmap.OpDel, ID: obj(12)}), nil},
	} {
		got, all := Loops(c.d.m, MaxLoopLength)
		if diff := cmp.Diff(c.want, got); diff != "" || !all {
			t.Errorf("%s: all %v\n%s", name, all, diff)
		}
	}
}

// TestLoopsAreBounded: in a map where everything leads to everything, the search
// ends and says that there is more.
func TestLoopsAreBounded(t *testing.T) {
	d := newDraft(t)
	for i := range 40 {
		d.card(i+1, 0)
	}
	n := 1000
	for i := range 40 {
		for j := range 40 {
			if n++; i != j {
				d.line(n, i+1, j+1, ab, plus)
			}
		}
	}
	loops, all := Loops(d.m, MaxLoopLength)
	if all || len(loops) != MaxLoops {
		t.Errorf("%d loops, all %v", len(loops), all)
	}
}

// practitioner is a map of 550 cards and 1,100 relationships, as large as people
// draw them by hand.
func practitioner(t testing.TB) *draft {
	rng := rand.New(rand.NewPCG(1, 2))
	d := newDraft(t)
	for i := range 550 {
		d.card(i+1, 0)
	}
	for i := range 1100 {
		d.line(1000+i, 1+rng.IntN(550), 1+rng.IntN(550), ab, 1+rng.Int64N(2))
	}
	return d
}

func BenchmarkLoops(b *testing.B) {
	d := practitioner(b)
	found := 0
	for b.Loop() {
		loops, _ := Loops(d.m, MaxLoopLength)
		found = len(loops)
	}
	b.ReportMetric(float64(found), "loops")
}

func TestGaps(t *testing.T) {
	d := newDraft(t).card(1, 0).card(2, 1).card(3, 1).card(4, 1).line(11, 2, 3, ab, 0)
	d.entry(12, 1, sysmap.Perspective, sysmap.View, 2).entry(13, 2, sysmap.Distinction, sysmap.Other, 3)
	want := []Gap{
		{GapUnnamed, obj(11), id.Root},
		{GapNeighbours, obj(3), obj(4)},
		{GapOneEye, obj(2), id.Root},
		{GapLeaf, obj(2), id.Root}, {GapLeaf, obj(3), id.Root}, {GapLeaf, obj(4), id.Root},
		{GapRoot, obj(1), id.Root},
		{GapIdentity, obj(1), id.Root}, {GapIdentity, obj(3), id.Root}, {GapIdentity, obj(4), id.Root},
		{GapUnseen, obj(1), id.Root}, {GapUnseen, obj(3), id.Root}, {GapUnseen, obj(4), id.Root},
	}
	if diff := cmp.Diff(want, Gaps(d.m)); diff != "" {
		t.Error(diff)
	}
}

func TestGapsOfWholesPointsAndRelationshipCards(t *testing.T) {
	d := newDraft(t).card(1, 0).card(2, 1).card(3, 1).line(11, 1, 2, ab, 0).card(5, 11)
	d.entry(12, 3, sysmap.Perspective, sysmap.View)
	got := make(map[Gap]bool)
	for _, g := range Gaps(d.m) {
		got[g] = true
	}
	for _, want := range []Gap{{GapUnrelated, obj(1), id.Root}, {GapBlind, obj(3), id.Root}, {GapSimple, obj(5), id.Root}} {
		if !got[want] {
			t.Errorf("not asked: %v", want)
		}
	}
	for _, not := range []Gap{{GapUnnamed, obj(11), id.Root}, {GapNeighbours, obj(2), obj(3)}, {GapLeaf, obj(5), id.Root}} {
		if got[not] {
			t.Errorf("asked: %v", not)
		}
	}
}

func TestGapsOfEmptyMap(t *testing.T) {
	if got := Gaps(sysmap.New()); len(got) != 0 {
		t.Error(got)
	}
}

func TestCounts(t *testing.T) {
	d := newDraft(t).card(1, 0).card(2, 1).card(3, 1).line(11, 2, 3, ab, 0).card(4, 11).card(5, 4).card(6, 0)
	d.entry(12, 1, sysmap.Perspective, sysmap.View, 2, 6).entry(13, 2, sysmap.Distinction, sysmap.Other, 3, 6)
	want := Counts{Distinctions: 6, Systems: 2, Relationships: 1, Perspectives: 1, RelationshipIdeas: 1,
		RelationshipSystems: 1, PerspectiveSystems: 1, AdvancedDistinctions: 2}
	if diff := cmp.Diff(want, Count(d.m)); diff != "" {
		t.Error(diff)
	}
	for card, want := range map[int]Place{
		1: {Parts: 4, LooksAt: 2},
		2: {Levels: 1, Related: 1, DistinctFrom: 2, LookedAtFrom: 1},
		3: {Levels: 1, Related: 1, SetAgainst: 1},
		5: {Levels: 2},
		6: {SetAgainst: 1, LookedAtFrom: 1},
	} {
		if diff := cmp.Diff(want, PlaceOf(d.m, obj(card))); diff != "" {
			t.Errorf("card %d:\n%s", card, diff)
		}
	}
}
