package sysmap

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/varint"
)

// few is how many ids random ops draw from: few, so that they meet.
const few = 9

func drawID(t *rapid.T, name string) id.Object {
	if rapid.IntRange(0, 2*few).Draw(t, name+" is the sheet") == 0 {
		return SheetID
	}
	return id.Object{byte(rapid.IntRange(0, few).Draw(t, name))}
}

func drawPlace(t *rapid.T) Place {
	return Place{
		Parent: drawID(t, "parent"),
		Order:  Between("", "", rapid.Uint64().Draw(t, "order")),
		X:      int32(rapid.IntRange(-1000, 1000).Draw(t, "x")),
	}
}

// drawOp returns one op, often one that does not apply.
func drawOp(t *rapid.T) Op {
	op := Op{Kind: OpKind(rapid.IntRange(1, 9).Draw(t, "kind")), ID: drawID(t, "id")}
	switch op.Kind {
	case OpPut:
		op.Type = Type(rapid.IntRange(1, int(lastType)+1).Draw(t, "type"))
		op.Place, op.A = drawPlace(t), drawID(t, "a")
		op.Title = rapid.StringN(0, 5, 10).Draw(t, "title")
	case OpRelate, OpEnds:
		op.A, op.B = drawID(t, "a"), drawID(t, "b")
	case OpPlace:
		op.Place = drawPlace(t)
	case OpSet:
		op.Reg = Reg{Field: Field(rapid.IntRange(0, 75).Draw(t, "field")), Value: IntValue(rapid.Int64Range(0, 5).Draw(t, "n"))}
		if rapid.Bool().Draw(t, "text") {
			op.Reg.Value = TextValue("v")
		}
		if rapid.Bool().Draw(t, "entry") {
			k := drawID(t, "entry")
			op.Reg.Entry = string(k[:])
		}
	case OpSplice:
		op.Field = Field(rapid.IntRange(1, 2).Draw(t, "field"))
		op.Pos, op.Del = uint32(rapid.IntRange(0, 4).Draw(t, "pos")), uint32(rapid.IntRange(0, 2).Draw(t, "del"))
		op.Ins = rapid.StringMatching(`[a-cäö€𝄞]{0,3}`).Draw(t, "ins")
	case OpPurge:
		for range rapid.IntRange(0, 4).Draw(t, "n") {
			op.IDs = append(op.IDs, drawID(t, "purge"))
		}
	case OpDel, OpUndel:
	}
	return op
}

func drawMap(t *rapid.T) *Map {
	m := New()
	for range rapid.IntRange(0, 60).Draw(t, "ops") {
		_ = m.Apply([]Op{drawOp(t)}, Stamp{}) // refusals are part of it
	}
	return m
}

// TestApplyKeepsInvariants: OP-1, OP-2. Any ops give a state that holds every
// invariant, or a typed refusal that changes nothing.
func TestApplyKeepsInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMap(t)
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		before := m.AppendSnapshot(nil)
		ops := []Op{drawOp(t), drawOp(t), drawOp(t)}
		err := m.Apply(ops, Stamp{})
		if cerr := m.Check(); cerr != nil {
			t.Fatalf("after %v: %v", ops, cerr)
		}
		if err == nil {
			return
		}
		if k := fault.KindOf(err); k == fault.Internal {
			t.Fatalf("refusal without a kind: %v", err)
		}
		if string(before) != string(m.AppendSnapshot(nil)) {
			t.Fatal("a refused transaction changed the state")
		}
	})
}

// TestOverlayIsTheMap: OP-3. Changes through overlays of any depth give the state
// that direct changes give.
func TestOverlayIsTheMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flat, low := New(), New()
		mid := low.Overlay()
		top := mid.Overlay()
		for range rapid.IntRange(0, 60).Draw(t, "ops") {
			op := drawOp(t)
			a, b := flat.Apply([]Op{op}, Stamp{}), top.Apply([]Op{op}, Stamp{})
			if (a == nil) != (b == nil) {
				t.Fatalf("flat %v, overlay %v", a, b)
			}
			if rapid.IntRange(0, 9).Draw(t, "merge") == 0 {
				top.Merge()
			}
			if rapid.IntRange(0, 9).Draw(t, "merge") == 0 {
				top.Merge()
				mid.Merge()
			}
		}
		if err := top.Check(); err != nil {
			t.Fatal(err)
		}
		if flat.Hash() != top.Hash() || string(flat.AppendSnapshot(nil)) != string(top.AppendSnapshot(nil)) {
			t.Fatal("overlay and map differ")
		}
	})
}

// TestSnapshotRoundTrip: OP-4.
func TestSnapshotRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMap(t)
		b := m.AppendSnapshot(nil)
		got, err := ReadSnapshot(varint.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if got.Hash() != m.Hash() || string(got.AppendSnapshot(nil)) != string(b) || got.Living() != m.Living() {
			t.Fatal("a snapshot does not come back as it went")
		}
	})
}

// TestRestoreUndoes: UN-1. Restore, taken before an op, brings its register back.
func TestRestoreUndoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMap(t)
		op := drawOp(t)
		reg, ok := op.Register()
		if !ok || op.Kind == OpPut || op.Kind == OpRelate {
			return
		}
		back := m.Restore(reg)
		before := m.Hash()
		if m.Apply([]Op{op}, Stamp{}) != nil {
			return
		}
		if err := m.Apply([]Op{back}, Stamp{}); err != nil {
			t.Fatalf("%+v cannot be taken back by %+v: %v", op, back, err)
		}
		if m.Hash() != before {
			t.Fatalf("%+v is not taken back by %+v", op, back)
		}
	})
}

// TestOrderKeys: OP-5. Between always finds a valid key in between, however
// crowded.
func TestOrderKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := []string{Between("", "", 0)}
		for range rapid.IntRange(1, 40).Draw(t, "n") {
			i := rapid.IntRange(0, len(keys)).Draw(t, "gap")
			a, b := "", ""
			if i > 0 {
				a = keys[i-1]
			}
			if i < len(keys) {
				b = keys[i]
			}
			k := Between(a, b, rapid.Uint64().Draw(t, "rnd"))
			if k <= a || b != "" && k >= b || len(k) <= MaxOrder && !ValidOrder(k) {
				t.Fatalf("Between(%q, %q) = %q", a, b, k)
			}
			keys = append(keys[:i:i], append([]string{k}, keys[i:]...)...)
		}
	})
}

// TestConcurrentSameGapInsert: two people who insert in one gap get two keys.
func TestConcurrentSameGapInsert(t *testing.T) {
	a, b := Between("", "", 1), Between(Between("", "", 1), "", 2)
	seen := make(map[string]bool)
	for i := range uint64(100) {
		seen[Between(a, b, i*7919)] = true
	}
	if len(seen) < 95 {
		t.Errorf("100 inserts in one gap gave %d keys", len(seen))
	}
}

// TestAppendingKeysStaysShort: thousands of cards made one after the other keep
// short keys.
func TestAppendingKeysStaysShort(t *testing.T) {
	last, first := "", ""
	for i := range uint64(20_000) {
		last = Between(last, "", i)
		first = Between("", first, i)
	}
	if len(last) > 8 || len(first) > 8 {
		t.Errorf("keys grew to %q and %q", last, first)
	}
}

func drawEdits(t *rapid.T, s string) []Edit {
	var out []Edit
	for range rapid.IntRange(0, 3).Draw(t, "edits") {
		n := utf8.RuneCountInString(s)
		pos := rapid.IntRange(0, n).Draw(t, "pos")
		op := Op{Kind: OpSplice, Pos: uint32(pos), Del: uint32(rapid.IntRange(0, n-pos).Draw(t, "del")),
			Ins: rapid.StringMatching(`[x-zé€𝄞]{0,3}`).Draw(t, "ins")}
		e := EditOf(&op)
		out = append(out, e)
		s = e.Apply(s)
	}
	return out
}

func applyAll(s string, list []Edit) string {
	for _, e := range list {
		s = e.Apply(s)
	}
	return s
}

func toOps(list []Edit, at Where) []Op {
	var ops []Op
	for _, e := range list {
		ops = e.Splices(ops, at)
	}
	return ops
}

// TestTransformConverges: TX-1. Two series of edits of one text, each carried past
// the other, give the same text on both ways.
func TestTransformConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-fä€𝄞]{0,8}`).Draw(t, "text")
		at := Where{Card: id.Object{1}, Field: Title}
		mine, theirs := drawEdits(t, s), drawEdits(t, s)
		ops, theirs2 := RebaseOps(toOps(mine, at), at, theirs, false)
		left := applyAll(s, theirs)
		for i := range ops {
			e := EditOf(&ops[i])
			left = e.Apply(left)
		}
		if right := applyAll(applyAll(s, mine), theirs2); left != right {
			t.Fatalf("%q: %q on one way, %q on the other", s, left, right)
		}
	})
}

// TestInsertSurvivesDeletion: TX-2.
func TestInsertSurvivesDeletion(t *testing.T) {
	del := EditOf(&Op{Kind: OpSplice, Pos: 1, Del: 4})
	ins := EditOf(&Op{Kind: OpSplice, Pos: 3, Ins: "new"})
	if got := ins.Transform(del, false).Apply(del.Apply("abcdef")); got != "anewf" {
		t.Errorf("got %q", got)
	}
	if got := del.Transform(ins, false).Apply(ins.Apply("abcdef")); got != "anewf" {
		t.Errorf("got %q", got)
	}
}

// TestEarlierStaysLeft: TX-3.
func TestEarlierStaysLeft(t *testing.T) {
	first := EditOf(&Op{Kind: OpSplice, Pos: 1, Ins: "1"})
	second := EditOf(&Op{Kind: OpSplice, Pos: 1, Ins: "2"})
	if got := second.Transform(first, false).Apply(first.Apply("ab")); got != "a12b" {
		t.Errorf("got %q", got)
	}
	if got := first.Transform(second, true).Apply(second.Apply("ab")); got != "a12b" {
		t.Errorf("got %q", got)
	}
}

// TestInverseAndDiff: TX-4.
func TestInverseAndDiff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-cä€]{0,8}`).Draw(t, "text")
		for _, e := range drawEdits(t, s) {
			next := e.Apply(s)
			if got := e.Inverse(s).Apply(next); got != s {
				t.Fatalf("inverse of %v gives %q, want %q", e, got, s)
			}
			if got := Diff(s, next).Apply(s); got != next {
				t.Fatalf("Diff(%q, %q) gives %q", s, next, got)
			}
			s = next
		}
	})
}

// TestCaret: TX-5. A remote insert at the caret leaves the caret on its left.
func TestCaret(t *testing.T) {
	ins := func(pos, del uint32, s string) Edit { return EditOf(&Op{Pos: pos, Del: del, Ins: s}) }
	for _, c := range []struct {
		e         Edit
		pos, want uint32
	}{
		{ins(2, 0, "xy"), 2, 2}, {ins(1, 0, "xy"), 2, 4}, {ins(3, 0, "xy"), 2, 2},
		{ins(0, 2, ""), 3, 1}, {ins(1, 4, ""), 3, 1}, {ins(1, 4, "q"), 3, 2}, {ins(3, 1, ""), 3, 3},
	} {
		if got := c.e.Caret(c.pos); got != c.want {
			t.Errorf("%v: caret %d goes to %d, want %d", c.e, c.pos, got, c.want)
		}
	}
}

// TestCopyIsWhole: a copy with fresh ids is a map of its own with as many living
// cards, and no relationship to the outside.
func TestCopyIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMap(t)
		n := byte(100)
		ops := Renew(m.Copy(m.Kids(id.Root)), func() id.Object { n++; return id.Object{n} }, func(p Place) Place { return p })
		if len(ops) == 0 {
			return
		}
		fresh := New()
		if err := fresh.Apply(ops, Stamp{}); err != nil {
			t.Fatalf("a copy does not apply: %v\n%+v", err, ops)
		}
		if fresh.Living() != m.Living() {
			t.Fatalf("copied %d of %d cards", fresh.Living(), m.Living())
		}
	})
}

// TestRespaceKeepsOrder: OP-6.
func TestRespaceKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMap(t)
		var before, after []id.Object
		m.Parts(id.Root, func(o *Object) bool { before = append(before, o.ID); return true })
		if ops := m.Respace(id.Root); len(ops) > 0 {
			if err := m.Apply(ops, Stamp{}); err != nil {
				t.Fatal(err)
			}
		}
		m.Parts(id.Root, func(o *Object) bool { after = append(after, o.ID); return true })
		if len(before) != len(after) {
			t.Fatal("cards were lost")
		}
		for i := range before {
			if before[i] != after[i] {
				t.Fatal("the order changed")
			}
		}
	})
}

// TestForgettableIsClosed: OP-7. What the server forgets leaves nothing hanging.
func TestForgettableIsClosed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMap(t)
		list := m.Forgettable(rapid.IntRange(0, 5).Draw(t, "n"))
		living := m.Living()
		if err := m.Apply([]Op{{Kind: OpPurge, IDs: list}}, Stamp{}); err != nil {
			t.Fatal(err)
		}
		if err := m.Check(); err != nil || m.Living() != living {
			t.Fatal(err, living, m.Living())
		}
	})
}
