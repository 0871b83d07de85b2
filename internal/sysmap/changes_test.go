package sysmap

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/id"
)

// TestChanges: what people are told of each kind of change.
func TestChanges(t *testing.T) {
	k := func(n byte) id.Object { return id.Object{n} }
	entry := func(n byte) string { e := k(n); return string(e[:]) }
	place := func(on id.Object) Place { return Place{Parent: on, Order: Between("", "", 1)} }
	put := func(n byte, on id.Object) Op {
		return Op{Kind: OpPut, Type: Card, ID: k(n), Place: place(on), Title: "a title"}
	}
	set := func(n byte, f Field, e string, v Value) Op {
		return Op{Kind: OpSet, ID: k(n), Reg: Reg{f, e, v}}
	}
	m := New()
	err := m.Apply([]Op{
		put(1, id.Root), put(2, id.Root), put(3, k(1)), {Kind: OpRelate, ID: k(10), A: k(1), B: k(2)}, put(4, k(10)),
		{Kind: OpPut, Type: Perspective, ID: k(20), A: k(2)}, set(20, View, entry(1), IntValue(1)),
		{Kind: OpPut, Type: Stop, ID: k(30)}, {Kind: OpPut, Type: Thread, ID: k(40), A: k(20)},
		{Kind: OpPut, Type: Message, ID: k(41), A: k(40)},
	}, Stamp{})
	if err != nil {
		t.Fatal(err)
	}
	moved := place(id.Root)
	moved.X = 5
	for name, c := range map[string]struct {
		ops         []Op
		there, back []Change
	}{
		"a whole with a part": {[]Op{put(5, k(2)), put(6, k(5)), {Kind: OpRelate, ID: k(11), A: k(5), B: k(6)}},
			[]Change{{Kind: Added, ID: k(5), Count: 2}}, []Change{{Kind: Removed, ID: k(5), Count: 2}}},
		"another whole": {[]Op{{Kind: OpPlace, ID: k(3), Place: place(k(2))}},
			[]Change{{Kind: Moved, ID: k(3)}}, []Change{{Kind: Moved, ID: k(3)}}},
		"another spot": {[]Op{{Kind: OpPlace, ID: k(1), Place: moved}},
			[]Change{{Kind: Shifted, ID: k(1)}}, []Change{{Kind: Shifted, ID: k(1)}}},
		"texts": {[]Op{{Kind: OpSplice, ID: k(1), Field: Title, Ins: "x"}, {Kind: OpSplice, ID: k(1), Field: Body, Ins: "x"}},
			[]Change{{Kind: Renamed, ID: k(1)}, {Kind: Rewritten, ID: k(1)}}, []Change{{Kind: Renamed, ID: k(1)}, {Kind: Rewritten, ID: k(1)}}},
		"a relationship with its card": {[]Op{{Kind: OpDel, ID: k(10)}},
			[]Change{{Kind: Unrelated, ID: k(10)}}, []Change{{Kind: Related, ID: k(10)}}},
		"another card on it": {[]Op{{Kind: OpDel, ID: k(4)}, put(7, k(10))},
			[]Change{{Kind: Added, ID: k(7), Count: 1}, {Kind: Removed, ID: k(4), Count: 1}},
			[]Change{{Kind: Added, ID: k(4), Count: 1}, {Kind: Removed, ID: k(7), Count: 1}}},
		"ends and how it looks": {[]Op{{Kind: OpEnds, ID: k(10), A: k(3), B: k(2)}, set(10, Weight, "", IntValue(2))},
			[]Change{{Kind: Rejoined, ID: k(10)}, {Kind: Altered, ID: k(10), Field: Weight}},
			[]Change{{Kind: Rejoined, ID: k(10)}, {Kind: Altered, ID: k(10), Field: Weight}}},
		"what a point looks at": {[]Op{set(20, View, entry(3), IntValue(2)), set(20, View, entry(1), Value{})},
			[]Change{{Kind: Altered, ID: k(2), Field: View, Entry: entry(3)}, {Kind: Altered, ID: k(2), Field: View, Entry: entry(1)}},
			[]Change{{Kind: Altered, ID: k(2), Field: View, Entry: entry(1)}, {Kind: Altered, ID: k(2), Field: View, Entry: entry(3)}}},
		"the presentation and the map": {[]Op{{Kind: OpPut, Type: Sheet, ID: SheetID, Regs: []Reg{{Field: Routing, Value: IntValue(1)}}}, {Kind: OpDel, ID: k(30)}},
			[]Change{{Kind: Removed, ID: k(30)}, {Kind: Altered, Field: Routing}},
			[]Change{{Kind: Added, ID: k(30)}, {Kind: Altered, Field: Routing}}},
		"a word": {[]Op{{Kind: OpPut, Type: Message, ID: k(42), A: k(40)}, set(41, Said, "", TextValue("x"))},
			[]Change{{Kind: Talked, ID: k(2), Count: 2}}, []Change{{Kind: Talked, ID: k(2), Count: 2}}},
	} {
		after := copyOf(t, m)
		if err := after.Apply(c.ops, Stamp{}); err != nil {
			t.Fatal(name, err)
		}
		if d := cmp.Diff(c.there, Changes(m, after)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := cmp.Diff(c.back, Changes(after, m)); d != "" {
			t.Errorf("%s, back: %s", name, d)
		}
	}
}

// TestChangesAreWhole: two states of which people are told nothing are the same to
// them, and a change is told of.
func TestChangesAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, then := drawKin(t)
		differ := false
		for _, m := range [2][2]*Map{{now, then}, {then, now}} {
			m[0].Each(func(o *Object) {
				g := m[1].GetLive(o.ID)
				bare := trait(o) && len(o.regs) == 0 && (g == nil || len(g.regs) == 0)
				differ = differ || o.live && !talks(o) && !bare && (g == nil || hashObject(g) != hashObject(o))
			})
		}
		if list := Changes(then, now); (len(list) > 0) != differ {
			t.Fatalf("differ: %v, told: %+v", differ, list)
		}
	})
}
