package sysmap

import (
	"encoding/binary"
	"strings"
	"testing"

	"plectica/internal/id"
	"plectica/internal/varint"
)

func numbered(n int) (k id.Object) {
	binary.BigEndian.PutUint32(k[:], uint32(n)+1)
	return k
}

// large returns a map of cards in wholes of ten, and relationships among them.
func large(b *testing.B, cards, lines int) *Map {
	m := New()
	for i := range cards {
		p := Place{Order: Between("", "", uint64(i)), X: int32(i)}
		if i%10 != 0 {
			p.Parent = numbered(i - i%10)
		}
		if err := m.Apply([]Op{{Kind: OpPut, Type: Card, ID: numbered(i), Place: p, Title: "a card with a title"}}, Stamp{}); err != nil {
			b.Fatal(err)
		}
	}
	for i := range lines {
		op := Op{Kind: OpRelate, ID: numbered(cards + i), A: numbered(i * 7 % cards), B: numbered(i * 13 % cards)}
		if err := m.Apply([]Op{op}, Stamp{}); err != nil {
			b.Fatal(err)
		}
	}
	return m
}

func BenchmarkApplySet(b *testing.B) {
	m := large(b, 5000, 10_000)
	for i := 0; b.Loop(); i++ {
		op := Op{Kind: OpSet, ID: numbered(i % 5000), Reg: Reg{Field: Colour, Value: IntValue(int64(i % 16))}}
		if err := m.Apply([]Op{op}, Stamp{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkApplyMove(b *testing.B) {
	m := large(b, 5000, 10_000)
	for i := 0; b.Loop(); i++ {
		op := Op{Kind: OpPlace, ID: numbered(i*11%5000/10*10 + 1), Place: Place{Parent: numbered(i * 7 % 500 * 10), Order: "V1"}}
		if err := m.Apply([]Op{op}, Stamp{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTypeInLongBody(b *testing.B) {
	m := large(b, 100, 0)
	op := Op{Kind: OpSplice, ID: numbered(1), Field: Body, Ins: strings.Repeat("words ", 3500)}
	if err := m.Apply([]Op{op}, Stamp{}); err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		op.Pos, op.Del, op.Ins = 10_000, uint32(i%2), "x"[:1-i%2]
		if err := m.Apply([]Op{op}, Stamp{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSnapshot(b *testing.B) {
	m := large(b, 5000, 10_000)
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			b.SetBytes(int64(len(m.AppendSnapshot(nil))))
		}
	})
	s := m.AppendSnapshot(nil)
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(s)))
		for b.Loop() {
			if _, err := ReadSnapshot(varint.NewReader(s)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
