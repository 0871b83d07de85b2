package sysmap

import (
	"testing"
	"unicode/utf8"

	"plectica/internal/varint"
)

// seedOps is a transaction with one op of each kind that fits.
func seedOps() []byte {
	k := func(n byte) (v [16]byte) { v[0] = n; return v }
	place := Place{Order: Between("", "", 1)}
	return AppendOps(nil, []Op{
		{Kind: OpPut, Type: Card, ID: k(1), Place: place, Title: "a", Body: "b"},
		{Kind: OpPut, Type: Card, ID: k(2), Place: Place{Parent: k(1), Order: place.Order}},
		{Kind: OpRelate, ID: k(3), A: k(1), B: k(2), Regs: []Reg{{Field: Weight, Value: IntValue(2)}}},
		{Kind: OpPut, Type: Card, ID: k(4), Place: Place{Parent: k(3), Order: place.Order}},
		{Kind: OpPut, Type: Perspective, ID: k(5), A: k(4)},
		{Kind: OpSplice, ID: k(1), Field: Title, Pos: 1, Ins: "€"},
		{Kind: OpSet, ID: k(1), Reg: Reg{Field: Attribute, Entry: "x", Value: TextValue("y")}},
		{Kind: OpEnds, ID: k(3), A: k(2), B: k(1)},
		{Kind: OpDel, ID: k(4)}, {Kind: OpUndel, ID: k(4)},
	})
}

// FuzzApply: any bytes give a state that holds every invariant, or a refusal.
func FuzzApply(f *testing.F) {
	f.Add(seedOps())
	f.Fuzz(func(t *testing.T, b []byte) {
		m := New()
		r := varint.NewReader(b)
		for r.Len() > 0 {
			ops, err := ReadOps(r, MaxOps)
			if err != nil {
				break
			}
			again := AppendOps(nil, ops)
			if got, err := ReadOps(varint.NewReader(again), MaxOps); err != nil || string(AppendOps(nil, got)) != string(again) {
				t.Fatalf("ops do not round trip: %v", err)
			}
			_ = m.Apply(ops, Stamp{}) // a refusal is an answer
		}
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSnapshot(varint.NewReader(m.AppendSnapshot(nil))); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzSnapshot: any bytes give a map that holds every invariant, or an error.
func FuzzSnapshot(f *testing.F) {
	m := New()
	ops, err := ReadOps(varint.NewReader(seedOps()), MaxOps)
	if err != nil {
		f.Fatal(err)
	}
	if err := m.Apply(ops, Stamp{}); err != nil {
		f.Fatal(err)
	}
	f.Add(m.AppendSnapshot(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ReadSnapshot(varint.NewReader(b))
		if err != nil {
			return
		}
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzOrder: Between finds a key between any two valid ones.
func FuzzOrder(f *testing.F) {
	f.Add("V", "W", uint64(3))
	f.Fuzz(func(t *testing.T, a, b string, rnd uint64) {
		if !ValidOrder(a) || !ValidOrder(b) || a >= b {
			return
		}
		if k := Between(a, b, rnd); k <= a || k >= b {
			t.Fatalf("Between(%q, %q) = %q", a, b, k)
		}
	})
}

// editsOf reads edits of a text of n code points out of fuzzed bytes.
func editsOf(b []byte, s string) []Edit {
	var out []Edit
	for ; len(b) >= 3 && len(out) < 6; b = b[3:] {
		n := uint32(len([]rune(s)))
		op := Op{Kind: OpSplice, Pos: uint32(b[0]) % (n + 1), Ins: string("xyz€"[:b[2]%4])}
		op.Del = uint32(b[1]) % (n - op.Pos + 1)
		e := EditOf(&op)
		out, s = append(out, e), e.Apply(s)
	}
	return out
}

// FuzzRebase: two series of edits of one text, each carried past the other, give
// one text on both ways.
func FuzzRebase(f *testing.F) {
	f.Add("some text", []byte{1, 2, 3, 4, 0, 1}, []byte{0, 9, 2, 2, 1, 1})
	f.Fuzz(func(t *testing.T, s string, a, b []byte) {
		if len(s) > 64 || !utf8.ValidString(s) {
			return
		}
		at := Where{Field: Title}
		mine, theirs := editsOf(a, s), editsOf(b, s)
		ops, after := RebaseOps(toOps(mine, at), at, theirs, false)
		left := applyAll(s, theirs)
		for i := range ops {
			left = EditOf(&ops[i]).Apply(left)
		}
		if right := applyAll(applyAll(s, mine), after); left != right {
			t.Fatalf("%q on one way, %q on the other", left, right)
		}
	})
}
