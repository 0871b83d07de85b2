// Package merkle is the tree of RFC 6962, section 2.1, over the records of a log that only
// grows. Whoever holds a tree's root can tell of any record that it is in the log, and of
// any later root that nothing before it was changed. Pure; an Edge belongs to one
// goroutine.
package merkle

import (
	"crypto/sha256"
	"math/bits"
)

// HashSize is the length of a hash, in bytes.
const HashSize = sha256.Size

// Hash is of a record, or of a part of the tree.
type Hash [HashSize]byte

// What a hash is of, so that no record can be taken for a part of the tree.
const (
	leafPrefix = 0
	nodePrefix = 1
)

// Leaf is the hash of a record.
func Leaf(record []byte) Hash {
	h := sha256.New()
	h.Write([]byte{leafPrefix})
	h.Write(record)
	var out Hash
	h.Sum(out[:0])
	return out
}

// Node is the hash of two parts that lie beside each other.
func Node(left, right Hash) Hash {
	var b [1 + 2*HashSize]byte
	b[0] = nodePrefix
	copy(b[1:], left[:])
	copy(b[1+HashSize:], right[:])
	return sha256.Sum256(b[:])
}

// Empty is the root of a tree without records.
func Empty() Hash { return sha256.Sum256(nil) }

// Edge is the right edge of a tree: all that is needed to add to it and to tell its root.
// The zero Edge is of an empty tree.
type Edge struct {
	size uint64
	// parts are the complete trees that make it up, the largest first: one for each bit
	// of its size.
	parts []Hash
}

// NewEdge returns the edge of a tree of a size with the parts that Parts returned for it;
// false: there cannot be such a tree.
func NewEdge(size uint64, parts []Hash) (*Edge, bool) {
	if size>>(maxLevel+1) != 0 || bits.OnesCount64(size) != len(parts) {
		return nil, false
	}
	return &Edge{size, append([]Hash(nil), parts...)}, true
}

// Parts are the roots of the complete trees that make it up, the largest first: one for
// each bit of its size.
func (e *Edge) Parts() []Hash { return append([]Hash(nil), e.parts...) }

// Size is how many records the tree has.
func (e *Edge) Size() uint64 { return e.size }

// Add adds a record by its hash.
func (e *Edge) Add(leaf Hash) { e.add(leaf, 0) }

// AddPart adds a complete tree of 2^level records by its root. The tree has to have a
// multiple of so many records; else it returns false and adds nothing.
func (e *Edge) AddPart(root Hash, level int) bool {
	if level < 0 || level > maxLevel || e.size&(1<<level-1) != 0 {
		return false
	}
	e.add(root, level)
	return true
}

// maxLevel bounds parts: a tree has fewer than 2^63 records.
const maxLevel = 62

// add adds a complete tree that has its place at the end, and joins what is complete then.
func (e *Edge) add(h Hash, level int) {
	for ; e.size>>level&1 == 1; level++ {
		last := len(e.parts) - 1
		h = Node(e.parts[last], h)
		e.size -= 1 << level
		e.parts = e.parts[:last]
	}
	e.size += 1 << level
	e.parts = append(e.parts, h)
}

// Root returns the root.
func (e *Edge) Root() Hash {
	n := len(e.parts)
	if n == 0 {
		return Empty()
	}
	h := e.parts[n-1]
	for i := n - 2; i >= 0; i-- {
		h = Node(e.parts[i], h)
	}
	return h
}

// Clone returns an edge that goes on by itself.
func (e *Edge) Clone() *Edge {
	return &Edge{e.size, append([]Hash(nil), e.parts...)}
}
