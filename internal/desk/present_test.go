package desk

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/picture"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// shownStop is a stop as a page reads it.
type shownStop struct {
	Num, Card   int32
	Name, Notes string
	Frame       [4]int32
}

func (p *page) stops() []shownStop {
	p.t.Helper()
	rd := varint.NewReader(p.d.Stops())
	var out []shownStop
	for range rd.Count(1000) {
		e := shownStop{Num: int32(rd.Uint()), Card: int32(rd.Uint()), Name: rd.String(sysmap.MaxText), Notes: rd.String(sysmap.MaxText)}
		for i := range e.Frame {
			e.Frame[i] = rd.Int32()
		}
		out = append(out, e)
	}
	if err := rd.Done(); err != nil {
		p.t.Fatal(err)
	}
	return out
}

func (p *page) stopOf(card int32, x, y, w, h int, name string, after int32) int32 {
	p.t.Helper()
	return p.cmd(cmdAddStop, card, x, y, w, h, name, after).Made
}

// TestStops: they keep what is in sight, folded and looked at, have an order, and are
// shown to one viewer without a change of the map.
func TestStops(t *testing.T) {
	p := newPage(t)
	whole := p.card(0, 0, 0, "whole")
	part := p.card(whole, 0, 0, "part")
	other := p.card(0, 600, 0, "other")
	p.cmd(cmdLook, other, []int32{part}, byte(1)) // opens the eye for everybody
	overview := p.stopOf(0, -640, -640, 64000, 32000, "Overview", 0)
	p.d.Fold(whole, 1)
	p.d.Look(other, 0)
	last := p.stopOf(other, 0, 0, 0, 0, "", 0)
	middle := p.stopOf(part, 0, 0, 0, 0, "The part", overview)
	p.cmd(cmdSet, []int32{middle}, byte(sysmap.Notes), "", byte(2), "say why")
	want := []shownStop{
		{Num: overview, Name: "Overview", Frame: [4]int32{-640, -640, 64000, 32000}},
		{Num: middle, Card: part, Name: "The part", Notes: "say why"},
		{Num: last, Card: other},
	}
	if diff := cmp.Diff(want, p.stops()); diff != "" {
		t.Error(diff)
	}

	p.d.Fold(whole, -1)
	p.d.Look(other, -1)
	p.d.Fold(other, 1)
	hash := p.d.r.View().Hash()
	look := func() (folded, open bool) { p.d.fresh(); return p.d.folded(whole), len(p.d.scene.Sights) > 0 }
	x, y, w, h := p.d.Show(overview)
	if folded, open := look(); folded || !open || x != -640 || y != -640 || w != 64000 || h != 32000 {
		t.Errorf("the overview shows %d %d %d %d, folded %v, eye open %v", x, y, w, h, folded, open)
	}
	x, y, w, h = p.d.Show(last)
	bx, by, bw, bh := p.d.Bounds(other)
	if folded, open := look(); !folded || open || [4]int32{x, y, w, h} != [4]int32{bx, by, bw, bh} {
		t.Errorf("the last stop shows %d %d %d %d, folded %v, eye open %v", x, y, w, h, folded, open)
	}
	if _, _, w, _ = p.d.Show(middle); w == 0 {
		t.Error("a stop's card that was folded away is not shown")
	}
	p.d.Show(0)
	if folded, open := look(); folded || !open {
		t.Errorf("afterwards: folded %v, eye open %v", folded, open)
	}
	if p.d.r.View().Hash() != hash {
		t.Error("presenting changed the map")
	}

	p.cmd(cmdMoveStop, last, overview)
	if list := p.stops(); list[0].Num != last || list[1].Num != overview {
		t.Errorf("moved to the front: %+v", list)
	}
	p.cmd(cmdMoveStop, last, int32(0))
	if list := p.stops(); list[2].Num != last {
		t.Errorf("moved to the end: %+v", list)
	}
	p.cmd(cmdRetakeStop, overview, 0, 0, 640, 640)
	if got := p.stops()[0].Frame; got != [4]int32{0, 0, 640, 640} {
		t.Errorf("taken again: %v", got)
	}
	p.cmd(cmdDelete, []int32{overview})
	p.cmd(cmdUndo)
	if len(p.stops()) != 3 {
		t.Error("undo brings no stop back")
	}
	p.cmd(cmdDelete, []int32{other})
	if len(p.stops()) != 2 {
		t.Error("a stop outlives its card")
	}
}

// TestRetakeForgets: a stop taken again forgets what was folded when it was first taken.
func TestRetakeForgets(t *testing.T) {
	p := newPage(t)
	whole := p.card(0, 0, 0, "whole")
	p.card(whole, 0, 0, "part")
	p.d.Fold(whole, 1)
	stop := p.stopOf(0, 0, 0, 640, 640, "", 0)
	p.d.Fold(whole, 0)
	p.cmd(cmdRetakeStop, stop, 0, 0, 640, 640)
	p.d.Show(stop)
	if p.d.fresh(); p.d.folded(whole) {
		t.Error("what was folded at first is folded still")
	}
}

// TestSheet: what holds for the whole map is set, undone and set again.
func TestSheet(t *testing.T) {
	p := newPage(t)
	routing := func() int64 {
		if o := p.d.r.View().GetLive(sysmap.SheetID); o != nil {
			return o.Int(sysmap.Routing)
		}
		return 0
	}
	for _, step := range []struct {
		do   func()
		want int64
	}{
		{func() { p.cmd(cmdSheet, byte(sysmap.Routing), byte(1), 1) }, 1},
		{func() { p.cmd(cmdUndo) }, 0},
		{func() { p.cmd(cmdSheet, byte(sysmap.Routing), byte(1), 1) }, 1},
		{func() { p.cmd(cmdSheet, byte(sysmap.Routing), byte(1), 0) }, 0},
		{func() { p.cmd(cmdUndo) }, 1},
	} {
		step.do()
		if got := routing(); got != step.want {
			t.Fatalf("routing %d, want %d", got, step.want)
		}
	}
	if a := p.try(cmdSheet, byte(sysmap.Colour), byte(1), 1); a.Fault == 0 {
		t.Error("the map has a colour")
	}
}

// TestPresenceTellsTheView: who follows learns the viewport whenever it moves, the
// laser and the stop.
func TestPresenceTellsTheView(t *testing.T) {
	p := newParty(t, 2)
	p.exchange()
	ann, bob := p.desks[0], p.desks[1]
	stop := ann.cmd(append(append([]byte{cmdAddStop}, seedOf(1)...), 0, 0, 0, 2, 2, 0, 0)).Made
	p.exchange()
	ann.now += 60
	ann.d.View(640, 1280, 800, 600, 0.5)
	ann.d.Presence(Pointing{On: true, Laser: true, X: 3, Y: 4, Stop: stop})
	var told wire.Presence
	for rd := varint.NewReader(ann.outbox()); rd.Len() > 0; {
		f, err := wire.Next(rd)
		if err != nil {
			t.Fatal(err)
		}
		if pr, ok := f.(*wire.Presence); ok {
			told = *pr
		}
	}
	bob.remote(wire.Append(nil, &wire.Presences{List: []wire.Entry{{Author: 1, Name: "Ann", Presence: told}}}))
	rd := varint.NewReader(bob.d.Peers())
	if n := rd.Uint(); n != 1 {
		t.Fatalf("%d peers", n)
	}
	rd.Uint()
	_ = rd.String(100)
	rd.Uint()
	cursor, x, y := rd.Bool(), rd.Int32(), rd.Int32()
	for range rd.Uint() {
		rd.Uint()
	}
	rd.Uint()
	view := [4]int32{rd.Int32(), rd.Int32(), rd.Int32(), rd.Int32()}
	laser, shown := rd.Bool(), int32(rd.Uint())
	if err := rd.Done(); err != nil {
		t.Fatal(err)
	}
	c := picture.NewCamera(640, 1280, 800, 600, 0.5)
	if !cursor || x != 3 || y != 4 || !laser || view != [4]int32{c.X, c.Y, c.W, c.H} {
		t.Errorf("told %v %d %d %v %v", cursor, x, y, laser, view)
	}
	if bob.d.Ident(shown) != ann.d.Ident(stop) {
		t.Error("told of another stop")
	}
}
