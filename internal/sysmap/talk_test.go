package sysmap

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/fault"
	"plectica/internal/id"
)

// said is a map of a card, a relationship of it to itself, its perspective, a
// discussion on each and on the map, a word in each, a stop and the sheet.
func said(t *testing.T) *Map {
	t.Helper()
	m := New()
	ann := Stamp{By: id.Account{7}, At: 1700}
	ops := []Op{
		{Kind: OpPut, Type: Card, ID: id.Object{1}, Place: Place{Order: "V"}},
		{Kind: OpRelate, ID: id.Object{2}, A: id.Object{1}, B: id.Object{1}},
		{Kind: OpPut, Type: Perspective, ID: id.Object{3}, A: id.Object{1}},
		{Kind: OpPut, Type: Stop, ID: id.Object{4}, A: id.Object{1}},
		{Kind: OpPut, Type: Stop, ID: id.Object{5}},
		{Kind: OpPut, Type: Sheet, ID: SheetID, Regs: []Reg{{Field: Routing, Value: IntValue(RoutingOrthogonal)}}},
	}
	for i, on := range []id.Object{{}, {1}, {2}, {3}} {
		thread := id.Object{10 + byte(i)}
		ops = append(ops, Op{Kind: OpPut, Type: Thread, ID: thread, A: on},
			Op{Kind: OpPut, Type: Message, ID: id.Object{20 + byte(i)}, A: thread,
				Regs: []Reg{{Field: Said, Value: TextValue("a word")}, {Field: Mention, Entry: "someone", Value: IntValue(1)}}})
	}
	if err := m.Apply(ops, ann); err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	return m
}

func living(m *Map) map[Type]int {
	n := make(map[Type]int)
	m.Each(func(o *Object) {
		if o.Live() {
			n[o.Type]++
		}
	})
	return n
}

// TestWhatStandsOnSomethingGoesWithIt: OP-13.
func TestWhatStandsOnSomethingGoesWithIt(t *testing.T) {
	m := said(t)
	all := living(m)
	if err := m.Apply([]Op{{Kind: OpDel, ID: id.Object{1}}}, Stamp{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[Type]int{Stop: 1, Thread: 1, Message: 1, Sheet: 1}, living(m)); diff != "" {
		t.Error(diff)
	}
	if err := m.Apply([]Op{{Kind: OpUndel, ID: id.Object{1}}}, Stamp{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, living(m)); diff != "" {
		t.Error(diff)
	}
}

// TestWhatStandsOnWhat: OP-13. What cannot stand there is refused.
func TestWhatStandsOnWhat(t *testing.T) {
	other := id.Object{99}
	for name, op := range map[string]Op{
		"a stop on a relationship":        {Type: Stop, ID: other, A: id.Object{2}},
		"a discussion of a stop":          {Type: Thread, ID: other, A: id.Object{5}},
		"a discussion of a discussion":    {Type: Thread, ID: other, A: id.Object{10}},
		"a word on the map":               {Type: Message, ID: other},
		"a word on a card":                {Type: Message, ID: other, A: id.Object{1}},
		"a second sheet":                  {Type: Sheet, ID: other},
		"a sheet on a card":               {Type: Sheet, ID: other, A: id.Object{1}},
		"a discussion that is the sheet":  {Type: Thread, ID: SheetID},
		"a perspective on a relationship": {Type: Perspective, ID: other, A: id.Object{2}},
		"a perspective on the map":        {Type: Perspective, ID: other},
	} {
		op.Kind = OpPut
		m := said(t)
		if op.ID == SheetID {
			m = New()
		}
		if err := m.Apply([]Op{op}, Stamp{}); fault.KindOf(err) != fault.Schema {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDiscussionStaysWithItsMap: DS-3. Copied cards come without what was said about
// them; a copy of all has it, with who said it and when.
func TestDiscussionStaysWithItsMap(t *testing.T) {
	m := said(t)
	for _, op := range m.Copy([]id.Object{{1}}) {
		if op.Type > Distinction {
			t.Errorf("a copy of cards has an object of type %d", op.Type)
		}
	}
	again := New()
	if err := again.Apply(m.CopyAll(nil), Stamp{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[Type]int{Card: 1, Relationship: 1, Perspective: 1, Stop: 2, Sheet: 1}, living(again)); diff != "" {
		t.Error(diff)
	}
	again = New()
	if err := again.Apply(m.CopyAll(func(id.Account) string { return "Ann" }), Stamp{At: 99}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(living(m), living(again)); diff != "" {
		t.Error(diff)
	}
	word := again.Get(id.Object{21})
	if word.Get(QuotedName).S != "Ann" || word.Int(QuotedAt) != 1700 || word.Get(Said).S != "a word" {
		t.Errorf("the word came as %+v", word)
	}
	twice := again.CopyAll(func(id.Account) string { return "Bob" })
	for _, op := range twice {
		if op.ID == (id.Object{21}) && op.Regs[1].Value.S != "Ann" {
			t.Errorf("a quoted word is quoted anew: %+v", op.Regs)
		}
	}
}

// TestFrames: FR-1. A frame comes back as it went; any other text is none.
func TestFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int32Range(-MaxCoordinate, MaxCoordinate)
		x, y, w, h := n.Draw(t, "x"), n.Draw(t, "y"), n.Draw(t, "w"), n.Draw(t, "h")
		gx, gy, gw, gh, ok := FrameOf(FrameText(x, y, w, h))
		if ok != (w > 0 && h > 0) || gx != x || gy != y || gw != w || gh != h {
			t.Fatalf("%d %d %d %d came back as %d %d %d %d, %v", x, y, w, h, gx, gy, gw, gh, ok)
		}
	})
	for _, s := range []string{"", "1", "1 2 3", "1 2 3 4 5", "1 2 3 4 ", " 1 2 3 4", "1  2 3 4", "a b c d", "1 2 3 99999999999", "- 2 3 4", "1 2 3 4x"} {
		if _, _, _, _, ok := FrameOf(s); ok {
			t.Errorf("%q is taken for a frame", s)
		}
	}
}
