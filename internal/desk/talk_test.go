package desk

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// told is a discussion as a page reads it.
type told struct {
	Num, On int32
	Settled bool
	X, Y    int32
	Said    []string
	nums    []int32
}

func (p *page) threads() []told {
	p.t.Helper()
	rd := varint.NewReader(p.d.Threads())
	var out []told
	for range rd.Count(maxThreads) {
		e := told{Num: int32(rd.Uint()), On: int32(rd.Uint()), Settled: rd.Bool(), X: rd.Int32(), Y: rd.Int32()}
		for range rd.Count(1000) {
			e.nums = append(e.nums, int32(rd.Uint()))
			_, at, edited := varint.ReadID[id.Account](rd), rd.Int(), rd.Bool()
			e.Said = append(e.Said, rd.String(sysmap.MaxText))
			name, quoted := rd.String(sysmap.MaxText), rd.Bool()
			if at != 0 || edited || name != "" || quoted {
				p.t.Errorf("a word just said has %d %v %q %v", at, edited, name, quoted)
			}
			var who []string
			for range rd.Count(100) {
				who = append(who, rd.String(sysmap.MaxEntry))
			}
			if len(who) > 0 {
				e.Said[len(e.Said)-1] += " @" + strings.Join(who, " @")
			}
		}
		out = append(out, e)
	}
	if err := rd.Done(); err != nil {
		p.t.Fatal(err)
	}
	return out
}

func (p *page) people(who ...string) []any {
	list := []any{uint(len(who))}
	for _, w := range who {
		list = append(list, w)
	}
	return list
}

// TestDiscussions: a discussion of a card, a relationship, a perspective and a spot;
// answers, other words, settled and opened again, taken away.
func TestDiscussions(t *testing.T) {
	p := newPage(t)
	a := p.card(0, 100, 100, "A")
	b := p.card(0, 600, 100, "B")
	line := p.relate(a, b, 0)
	p.cmd(cmdLook, a, []int32{b}, byte(1))
	eye := p.d.numbers().Of(p.d.r.View().PerspectiveOf(p.d.Ident(a)).ID)
	undo := p.d.Status().Undo
	discuss := func(on int32, x, y int, text string) int32 {
		return p.cmd(cmdDiscuss, append([]any{on, x * 64, y * 64, text}, p.people()...)...).Made
	}
	spot := discuss(0, -50, 70, "what is here?")
	onA := discuss(a, 0, 0, "why this?")
	onEye := discuss(eye, 10, 5, "is this how A sees it?")
	onLine := discuss(line, 0, 0, "how strong?")
	p.cmd(cmdAnswer, append([]any{onA, "because"}, p.people("bob")...)...)
	if p.d.Status().Undo != undo {
		t.Error("what was said is a step of undo")
	}
	ax, ay, aw, _ := p.d.Bounds(a)
	midX, midY := p.d.layout.Plan.Links[p.d.layout.Plan.Link(line)].At(4)
	want := []told{
		{Num: spot, X: -50 * 64, Y: 70 * 64, Said: []string{"what is here?"}},
		{Num: onA, On: a, X: ax + aw, Y: ay, Said: []string{"why this?", "because @bob"}},
		{Num: onEye, On: a, X: ax + 640, Y: ay + 320, Said: []string{"is this how A sees it?"}},
		{Num: onLine, On: line, X: midX, Y: midY, Said: []string{"how strong?"}},
	}
	byNum := func(list []told) map[int32]told {
		out := make(map[int32]told)
		for _, e := range list {
			e.nums = nil
			out[e.Num] = e
		}
		return out
	}
	if diff := cmp.Diff(byNum(want), byNum(p.threads()), cmp.AllowUnexported(told{})); diff != "" {
		t.Error(diff)
	}

	find := func(num int32) told {
		for _, e := range p.threads() {
			if e.Num == num {
				return e
			}
		}
		return told{}
	}
	p.cmd(cmdRephrase, append([]any{find(onA).nums[1], "because I say so"}, p.people("eve")...)...)
	p.cmd(cmdSettle, onA, byte(1))
	if got := find(onA); !got.Settled || got.Said[1] != "because I say so @eve" {
		t.Errorf("settled with other words: %+v", got)
	}
	p.cmd(cmdAnswer, append([]any{onA, "no"}, p.people()...)...)
	if find(onA).Settled {
		t.Error("an answer leaves a settled discussion settled")
	}
	p.cmd(cmdUnsay, find(onA).nums[0])
	if got := find(onA); len(got.Said) != 2 || got.Num == 0 {
		t.Errorf("after the first word was taken away: %+v", got)
	}
	p.cmd(cmdUnsay, find(spot).nums[0])
	if find(spot).Num != 0 {
		t.Error("a discussion without words is left")
	}
	if a := p.try(cmdDiscuss, append([]any{a, 0, 0, ""}, p.people()...)...); a.Fault == 0 {
		t.Error("nothing was said and taken for a word")
	}
	p.cmd(cmdDelete, []int32{a})
	if n := len(p.threads()); n != 0 {
		t.Errorf("%d discussions of what is gone", n)
	}
	p.cmd(cmdUndo)
	if n := len(p.threads()); n != 3 {
		t.Errorf("%d discussions came back", n)
	}
}

// TestDiscussionInFoldedWhole: it is shown at the whole that stands for its card.
func TestDiscussionInFoldedWhole(t *testing.T) {
	p := newPage(t)
	whole := p.card(0, 0, 0, "whole")
	part := p.card(whole, 0, 0, "part")
	twin := p.card(whole, 0, 0, "twin")
	line := p.relate(part, twin, 0)
	p.cmd(cmdDiscuss, append([]any{part, 0, 0, "hm"}, p.people()...)...)
	p.cmd(cmdDiscuss, append([]any{line, 0, 0, "hm"}, p.people()...)...)
	p.d.Fold(whole, 1)
	x, y, w, _ := p.d.Bounds(whole)
	for _, e := range p.threads() {
		if e.X != x+w || e.Y != y {
			t.Errorf("a discussion is shown at %d, %d; the whole's corner is %d, %d", e.X, e.Y, x+w, y)
		}
	}
}

// TestMergedRelationships: what runs as one line while a whole is folded can be listed.
func TestMergedRelationships(t *testing.T) {
	p := newPage(t)
	whole := p.card(0, 0, 0, "whole")
	a, b := p.card(whole, 0, 0, "a"), p.card(whole, 0, 0, "b")
	other := p.card(0, 600, 0, "other")
	one, two := p.relate(a, other, 1), p.relate(b, other, 1)
	if list := p.d.Merged(one); len(list) != 0 {
		t.Errorf("each has its own line, and yet: %v", list)
	}
	p.d.Fold(whole, 1)
	for _, num := range []int32{one, two} {
		if diff := cmp.Diff([]int32{one, two}, p.d.Merged(num)); diff != "" {
			t.Error(diff)
		}
	}
}
