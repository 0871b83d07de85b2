package sysmap

import (
	"testing"

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
