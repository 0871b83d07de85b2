package merkle

import (
	"math/bits"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func leaf(n int) Hash { return Leaf([]byte{byte(n), byte(n >> 8)}) }

// root is the definition of RFC 6962, section 2.1, as it stands there.
func root(leaves []Hash) Hash {
	switch n := len(leaves); n {
	case 0:
		return Empty()
	case 1:
		return leaves[0]
	default:
		k := 1 << (bits.Len(uint(n-1)) - 1)
		return Node(root(leaves[:k]), root(leaves[k:]))
	}
}

// TestEdge: at every size the root is that of the definition.
func TestEdge(t *testing.T) {
	var e Edge
	var leaves []Hash
	for n := range 600 {
		if e.Root() != root(leaves) || e.Size() != uint64(n) {
			t.Fatalf("the root of %d", n)
		}
		e.Add(leaf(n))
		leaves = append(leaves, leaf(n))
	}
}

// TestLeaf: the hashes are those of other programs.
func TestLeaf(t *testing.T) {
	if Leaf([]byte("x")) != Hash(tlog.RecordHash([]byte("x"))) || Node(Hash{1}, Hash{2}) != Hash(tlog.NodeHash(tlog.Hash{1}, tlog.Hash{2})) {
		t.Error("other hashes")
	}
}

// TestParts: a tree that is put together from complete parts is the one of its records,
// and parts that have no place are refused.
func TestParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 700).Draw(t, "size")
		leaves := make([]Hash, n)
		for i := range leaves {
			leaves[i] = leaf(i)
		}
		var e Edge
		at := 0
		for _, level := range levels(uint64(n)) {
			// A part, or the same in two halves.
			if level > 0 && rapid.Bool().Draw(t, "halves") {
				half := 1 << (level - 1)
				if !e.AddPart(root(leaves[at:at+half]), level-1) || !e.AddPart(root(leaves[at+half:at+2*half]), level-1) {
					t.Fatal("a half was refused")
				}
			} else if !e.AddPart(root(leaves[at:at+1<<level]), level) {
				t.Fatal("a part was refused")
			}
			at += 1 << level
		}
		if e.Root() != root(leaves) || e.Size() != uint64(n) {
			t.Fatalf("the root of %d", n)
		}
		before := e.Clone()
		if n%2 == 1 && e.AddPart(Hash{}, 1) || e.AddPart(Hash{}, -1) || e.AddPart(Hash{}, 63) {
			t.Error("a part without a place was added")
		}
		if e.Root() != before.Root() {
			t.Error("a refused part left something")
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	record := make([]byte, 300)
	var e Edge
	for b.Loop() {
		e.Add(Leaf(record))
	}
	_ = e.Root()
}

// levels are those of the complete trees that make up a tree of a size, the largest first.
func levels(size uint64) (out []int) {
	for size > 0 {
		level := bits.Len64(size) - 1
		out = append(out, level)
		size &^= 1 << level
	}
	return out
}
