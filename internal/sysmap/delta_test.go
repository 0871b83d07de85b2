package sysmap

import (
	"testing"

	"pgregory.net/rapid"

	"plectica/internal/id"
	"plectica/internal/varint"
)

// copyOf returns a map of its own that equals m.
func copyOf(t interface{ Fatal(...any) }, m *Map) *Map {
	c, err := ReadSnapshot(varint.NewReader(m.AppendSnapshot(nil)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// drawApt returns one op that mostly applies, on objects whose ids say what they are,
// so that few of them come to stand in each other's way: cards on one relationship,
// relationships of what lies on them, perspectives of one card.
func drawApt(t *rapid.T, m *Map) Op {
	pick := func(name string, from, n int) id.Object {
		return id.Object{byte(from + rapid.IntRange(0, n-1).Draw(t, name))}
	}
	card := func(name string) id.Object { return pick(name, 1, 7) }
	line := func(name string) id.Object { return pick(name, 11, 3) }
	view := func(name string) id.Object { return pick(name, 21, 3) }
	talk := func(name string) id.Object { return pick(name, 31, 2) }
	place := func() Place {
		p := Place{Order: Between("", "", rapid.Uint64Range(0, 5).Draw(t, "order")), X: int32(rapid.IntRange(0, 3).Draw(t, "x"))}
		switch rapid.IntRange(0, 5).Draw(t, "where") {
		case 0:
		case 1, 2:
			p.Parent = card("parent")
		default:
			p.Parent = line("on")
		}
		return p
	}
	var op Op
	switch rapid.IntRange(0, 11).Draw(t, "what") {
	case 0, 1:
		op = Op{Kind: OpPlace, ID: card("card"), Place: place()}
	case 2:
		op = Op{Kind: OpEnds, ID: line("line"), A: card("a"), B: card("b")}
	case 3:
		op = Op{Kind: OpSplice, ID: card("card"), Field: Title, Ins: "x"}
	case 4:
		op = Op{Kind: OpSet, ID: line("line"), Reg: Reg{Field: Weight, Value: IntValue(rapid.Int64Range(1, 3).Draw(t, "n"))}}
	case 5:
		op = Op{Kind: OpSet, ID: view("view"), Reg: Reg{Field: Mode, Value: IntValue(rapid.Int64Range(1, 2).Draw(t, "n"))}}
	case 6, 7:
		op = Op{Kind: OpDel, ID: rapid.SampledFrom([]id.Object{card("card"), line("line"), view("view"), talk("talk")}).Draw(t, "which")}
	case 8:
		op = Op{Kind: OpUndel, ID: rapid.SampledFrom([]id.Object{card("card"), line("line"), view("view"), talk("talk")}).Draw(t, "which")}
	case 9:
		if dead := m.Forgettable(3); rapid.Bool().Draw(t, "purge") {
			return Op{Kind: OpPurge, IDs: dead}
		}
		op = Op{Kind: OpSet, ID: card("card"), Reg: Reg{Field: Colour, Value: IntValue(rapid.Int64Range(0, 2).Draw(t, "n"))}}
	case 10:
		op = Op{Kind: OpPut, Type: Perspective, ID: view("view"), A: card("point")}
	case 11:
		op = Op{Kind: OpPut, Type: Thread, ID: talk("talk"), A: view("about")}
	}
	if m.Get(op.ID) == nil { // what is not there is made
		switch op.Kind {
		case OpPlace, OpSplice, OpDel, OpUndel:
			if op.ID[0] < 11 {
				op = Op{Kind: OpPut, Type: Card, ID: op.ID, Place: place(), Title: "t"}
			}
		case OpEnds, OpSet:
			if op.ID[0] > 10 && op.ID[0] < 20 {
				op = Op{Kind: OpRelate, ID: op.ID, A: card("a"), B: card("b")}
			}
		case OpPut, OpRelate, OpPurge:
		}
	}
	return op
}

// drawStates returns two states of one history, whose ids may come to name something
// else, unless apt.
func drawStates(t *rapid.T, apt bool) (a, b *Map) {
	m := New()
	for _, state := range [...]string{"ops", "more"} {
		a = copyOf(t, m)
		for range rapid.IntRange(0, 80).Draw(t, state) {
			op := Op{}
			if apt {
				op = drawApt(t, m)
			} else {
				op = drawOp(t)
			}
			_ = m.Apply([]Op{op}, Stamp{}) // refusals are part of it
		}
	}
	return a, m
}

func checkDelta(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, a, b *Map) {
	ops, err := Delta(a, b)
	if err != nil {
		t.Fatal(err)
	}
	before := a.Hash()
	got := copyOf(t, a)
	if err := got.Apply(ops, Stamp{}); err != nil {
		t.Fatalf("the delta does not apply: %v\n%+v", err, ops)
	}
	if err := got.Check(); err != nil {
		t.Fatal(err)
	}
	if got.Hash() != b.Hash() {
		t.Fatalf("the delta leads elsewhere: %+v", ops)
	}
	if a.Hash() != before {
		t.Fatal("the delta changed what it was taken from")
	}
}

// TestDeltaIsExact: HY-1. Between any two states of a map, either way.
func TestDeltaIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawStates(t, rapid.Bool().Draw(t, "apt"))
		checkDelta(t, a, b)
		checkDelta(t, b, a)
		if ops, err := Delta(b, b); err != nil || len(ops) > 0 {
			t.Fatalf("a state differs from itself by %+v, %v", ops, err)
		}
	})
}

// FuzzDelta: as TestDeltaIsExact, of whatever ops bytes hold.
func FuzzDelta(f *testing.F) {
	f.Add(seedOps(), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, at uint8) {
		m, a := New(), New()
		r := varint.NewReader(b)
		for n := uint8(0); r.Len() > 0; {
			ops, err := ReadOps(r, MaxOps)
			if err != nil {
				break
			}
			for i := range ops {
				if n++; n == at {
					a = copyOf(t, m)
				}
				_ = m.Apply(ops[i:i+1], Stamp{}) // a refusal is an answer
			}
		}
		checkDelta(t, a, m)
		checkDelta(t, m, a)
	})
}

// TestDeltaIsSmall: what did not change costs nothing, and a word typed costs no more
// than the word.
func TestDeltaIsSmall(t *testing.T) {
	k := func(n byte) id.Object { return id.Object{n} }
	place := func(on id.Object) Place { return Place{Parent: on, Order: Between("", "", 1)} }
	m := New()
	must := func(ops ...Op) {
		t.Helper()
		if err := m.Apply(ops, Stamp{}); err != nil {
			t.Fatal(err)
		}
	}
	put := func(n byte, on id.Object) Op {
		return Op{Kind: OpPut, Type: Card, ID: k(n), Place: place(on), Title: "a title"}
	}
	must(put(1, id.Root), put(2, id.Root), Op{Kind: OpRelate, ID: k(3), A: k(1), B: k(2)}, put(4, k(3)), put(5, k(4)))
	for _, c := range []struct {
		name string
		ops  []Op
		want int // ops of the way there
		back int // and back
	}{
		{"a word", []Op{{Kind: OpSplice, ID: k(5), Field: Title, Pos: 1, Ins: " new"}}, 1, 1},
		{"another card on a line", []Op{{Kind: OpDel, ID: k(4)}, put(6, k(3))}, 2, 3},
		{"a whole with all in it", []Op{{Kind: OpDel, ID: k(1)}}, 1, 1},
		{"put into what is then deleted", []Op{put(7, id.Root), {Kind: OpPlace, ID: k(2), Place: place(k(7))}, {Kind: OpDel, ID: k(7)}}, 3, 4},
	} {
		a := copyOf(t, m)
		must(c.ops...)
		there, err := Delta(a, m)
		if err != nil || len(there) != c.want {
			t.Errorf("%s: %d ops, want %d: %+v %v", c.name, len(there), c.want, there, err)
		}
		back, err := Delta(m, a)
		if err != nil || len(back) != c.back {
			t.Errorf("%s: %d ops back, want %d: %+v %v", c.name, len(back), c.back, back, err)
		}
		m = a
	}
}

// TestDeltaOfWhatIsCrowded: relationships with a dead card and a living one, the one
// inside the dead card of the other, every title changed.
func TestDeltaOfWhatIsCrowded(t *testing.T) {
	k := func(n byte) id.Object { return id.Object{n} }
	place := func(on byte) Place { return Place{Parent: k(on), Order: Between("", "", 1)} }
	state := func(title string) *Map {
		m := New()
		put := func(n, on byte) Op { return Op{Kind: OpPut, Type: Card, ID: k(n), Place: place(on), Title: title} }
		line := func(n, a, b byte) Op { return Op{Kind: OpRelate, ID: k(n), A: k(a), B: k(b)} }
		del := func(n byte) Op { return Op{Kind: OpDel, ID: k(n)} }
		err := m.Apply([]Op{
			put(1, 0), put(2, 0), line(10, 1, 2),
			put(3, 10), put(4, 3), put(5, 3), line(11, 4, 5), // in the first card on the line
			put(6, 11), del(6), put(7, 11),
			del(3), put(8, 10), put(9, 8),
		}, Stamp{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	checkDelta(t, state("one"), state("two"))
}
