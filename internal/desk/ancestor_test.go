package desk

import (
	"testing"

	"plectica/internal/fault"
	"plectica/internal/picture"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// paste inserts what was copied and returns the new outermost cards.
func (p *page) paste(place int32, nums ...int32) []int32 {
	p.t.Helper()
	fragment := p.cmd(cmdCopy, nums).Reply
	return p.made(p.cmd(cmdPaste, place, 0, 0, fragment))
}

func (p *page) made(a Answer) (out []int32) {
	p.t.Helper()
	rd := varint.NewReader(a.Reply)
	for range rd.Uint() {
		out = append(out, int32(rd.Uint()))
	}
	return out
}

// lines returns how many relationships live.
func (p *page) lines() (n int) {
	p.d.r.View().Walk(func(o *sysmap.Object) bool {
		p.d.r.View().Lines(o.ID, func(*sysmap.Object) bool { n++; return true })
		return true
	})
	return n
}

func (p *page) badges(num int32, kinds ...int32) (n int) {
	for _, d := range p.frame() {
		for _, k := range kinds {
			if d.op == picture.OpBadge && d.num == num && d.words[2] == k {
				n++
			}
		}
	}
	return n
}

const badgeOpen, badgeFolded = 1, 2

// TestAncestorsBugs: what an earlier tool of this kind got wrong, as its log of bugs
// tells. What a browser does of it is in ui/e2e/ancestor.test.ts.
func TestAncestorsBugs(t *testing.T) {
	bugs := map[string]func(*testing.T, *page){
		"copying a line card brings the line and both ends once": func(t *testing.T, p *page) {
			a, b := p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b")
			on := p.cardOn(p.relate(a, b, 1), "on")
			if made := p.paste(0, on, a); len(made) != 2 || p.lines() != 2 {
				t.Errorf("%d cards on the map, %d lines in all", len(made), p.lines())
			}
		},
		"paste keeps lines, views and line cards between copied parts": func(t *testing.T, p *page) {
			w := p.card(0, 0, 0, "w")
			a, b := p.part(w, "a"), p.part(w, "b")
			p.cardOn(p.relate(a, b, 1), "on")
			p.look(a, b)
			made := p.paste(0, w)
			if len(made) != 1 || p.about(made[0]).parts != 2 || p.lines() != 2 {
				t.Fatalf("%d wholes, %d lines", len(made), p.lines())
			}
			rd := varint.NewReader(p.d.Points())
			if n := rd.Uint(); n != 2 {
				t.Errorf("%d points", n)
			}
			rd = varint.NewReader(p.d.Counts(0))
			var counts []uint64
			for range rd.Uint() {
				counts = append(counts, rd.Uint())
			}
			if ideas := counts[4]; ideas != 2 {
				t.Errorf("%d line cards", ideas)
			}
		},
		"attaching and detaching keeps lines, and their cards follow": func(t *testing.T, p *page) {
			a, b, w := p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b"), p.card(0, 0, 400, "w")
			line := p.relate(a, b, 1)
			on := p.cardOn(line, "on")
			for _, to := range []int32{w, 0, w} {
				p.cmd(cmdMove, []int32{a, b}, to, int32(0), 0, 0, byte(1))
				if o := p.about(line); o.a != a || o.b != b || o.cardOn != on || p.about(on).whole != to {
					t.Errorf("after going to %d: %+v, its card in %d", to, o, p.about(on).whole)
				}
			}
		},
		"a whole is attached with all that lies in it": func(t *testing.T, p *page) {
			w, x := p.card(0, 0, 0, "w"), p.card(0, 400, 0, "x")
			deep := p.part(p.part(p.part(w, "1"), "2"), "3")
			p.cmd(cmdMove, []int32{w}, x, int32(0), 0, 0, byte(1))
			if d := p.about(deep).depth; d != 4 {
				t.Errorf("what lay deepest is at depth %d", d)
			}
		},
		"deleting the last part takes the toggle away": func(t *testing.T, p *page) {
			w := p.card(0, 0, 0, "w")
			part := p.part(w, "part")
			if p.badges(w, badgeOpen, badgeFolded) != 1 {
				t.Fatal("no toggle")
			}
			p.cmd(cmdDelete, []int32{part})
			if p.badges(w, badgeOpen, badgeFolded) != 0 {
				t.Error("the toggle stays")
			}
		},
		"deleting a line deletes its card and all in it": func(t *testing.T, p *page) {
			line := p.relate(p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b"), 1)
			on := p.cardOn(line, "on")
			part := p.part(on, "part")
			p.cmd(cmdDelete, []int32{line})
			if p.d.Describe(on) != nil || p.d.Describe(part) != nil {
				t.Error("its card stays")
			}
			p.cmd(cmdUndo)
			if p.d.Describe(line) == nil || p.d.Describe(on) == nil || p.d.Describe(part) == nil {
				t.Error("undo does not bring all of it back")
			}
		},
		"deleting a whole deletes what lies in it, and its lines": func(t *testing.T, p *page) {
			w, x := p.card(0, 0, 0, "w"), p.card(0, 400, 0, "x")
			deep := p.part(p.part(w, "1"), "2")
			p.relate(deep, x, 1)
			p.look(x, deep)
			p.cmd(cmdDelete, []int32{w})
			if p.lines() != 0 || p.d.r.View().Living() != 1 || p.d.Describe(deep) != nil {
				t.Errorf("%d lines, %d cards stay", p.lines(), p.d.r.View().Living())
			}
			p.cmd(cmdUndo)
			if p.lines() != 1 || p.about(x).count(sysmap.View) != 1 {
				t.Error("undo leaves a line or a view out")
			}
		},
		"becoming freehand moves nothing": func(t *testing.T, p *page) {
			w := p.card(0, 0, 0, "w")
			a, b := p.part(w, "a"), p.part(w, "b")
			ax, ay, _, _ := p.d.Bounds(a)
			bx, by, _, _ := p.d.Bounds(b)
			p.set(w, sysmap.Layout, sysmap.LayoutFreehand)
			ax2, ay2, _, _ := p.d.Bounds(a)
			bx2, by2, _, _ := p.d.Bounds(b)
			if bx2-ax2 != bx-ax || by2-ay2 != by-ay {
				t.Error("the parts lie otherwise to each other")
			}
		},
		"undo covers lines": func(t *testing.T, p *page) {
			p.relate(p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b"), 1)
			p.cmd(cmdUndo)
			if p.lines() != 0 {
				t.Error("the line stays")
			}
			p.cmd(cmdRedo)
			if p.lines() != 1 {
				t.Error("the line does not come back")
			}
		},
		// VW-2
		"a large gesture is one transaction and one step": func(t *testing.T, p *page) {
			text := ""
			for range 300 {
				text += "line\n"
			}
			steps, unsaved := p.d.Status().Undo, p.d.Status().Unsaved
			p.cmd(cmdPasteOutline, int32(0), 0, 0, text)
			if s := p.d.Status(); s.Undo != steps+1 || s.Unsaved != unsaved+1 {
				t.Errorf("%d steps, %d transactions", s.Undo-steps, s.Unsaved-unsaved)
			}
			p.cmd(cmdUndo)
			if n := p.d.r.View().Living(); n != 0 {
				t.Errorf("%d cards stay", n)
			}
		},
		"several that are dragged never land in one of themselves": func(t *testing.T, p *page) {
			a, b := p.card(0, 0, 0, "a"), p.card(0, 300, 0, "b")
			p.d.Select([]int32{a, b})
			x, y, w, h := p.d.Bounds(a)
			bx, by, bw, bh := p.d.Bounds(b)
			p.d.Drag(DragStart, x+w/2, y+h/2, 0, [16]byte{1})
			p.d.Drag(DragMove, bx+bw/2, by+bh/2, 0, [16]byte{1})
			p.d.Drag(DragDrop, bx+bw/2, by+bh/2, 0, [16]byte{1})
			if p.about(a).whole != 0 || p.about(b).whole != 0 {
				t.Error("one became a part of the other")
			}
		},
		"an end is not put inside its own line's card": func(t *testing.T, p *page) {
			a, b := p.card(0, 0, 0, "a"), p.card(0, 400, 0, "b")
			on := p.cardOn(p.relate(a, b, 1), "on")
			if got := p.try(cmdMove, []int32{a}, on, int32(0), 0, 0, byte(1)); got.Fault != int32(fault.Cycle) {
				t.Errorf("fault %v", fault.Kind(got.Fault))
			}
			if got := p.try(cmdMove, []int32{a}, p.part(on, "part"), int32(0), 0, 0, byte(1)); got.Fault != int32(fault.Cycle) {
				t.Errorf("deeper: fault %v", fault.Kind(got.Fault))
			}
		},
	}
	for name, test := range bugs {
		t.Run(name, func(t *testing.T) { test(t, newPage(t)) })
	}
}
