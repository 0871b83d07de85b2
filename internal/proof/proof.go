// Package proof checks what a log says of itself, without trusting it: that its records
// make up the root it signed, that a record is among them, and that a later log begins
// with an earlier one. It is written from the standards and shares nothing with what
// writes the log, so that a mistake there is not made here again. Pure.
package proof

import (
	"crypto/sha256"
	"errors"
	"math/bits"
)

// HashSize is the length of a hash, in bytes.
const HashSize = sha256.Size

// Hash is of a record, or of a part of the tree (RFC 6962, section 2.1).
type Hash = [HashSize]byte

// maxProof bounds a proof: a tree has fewer than 2^64 records.
const maxProof = 64

var (
	// ErrIncluded says that a record is not proven to be in the log.
	ErrIncluded = errors.New("the record is not proven to be in the log")
	// ErrConsistent says that a log is not proven to begin with an earlier one.
	ErrConsistent = errors.New("the log is not proven to begin with what it was before")
	// ErrForm says that a text is no proof at all.
	ErrForm = errors.New("this is no proof: it has another form")
)

// RecordHash is the hash of a record.
func RecordHash(record []byte) Hash {
	return sha256.Sum256(append([]byte{0}, record...))
}

func pair(left, right Hash) Hash {
	b := make([]byte, 0, 1+2*HashSize)
	b = append(b, 1)
	b = append(b, left[:]...)
	return sha256.Sum256(append(b, right[:]...))
}

// Included checks that a record, by its hash, is the one at a place, from 0, in the log of
// a size and root (RFC 9162, section 2.1.3.2).
func Included(record Hash, at, size uint64, root Hash, path []Hash) error {
	if at >= size || len(path) > maxProof {
		return ErrIncluded
	}
	fn, sn, r := at, size-1, record
	for _, p := range path {
		if sn == 0 {
			return ErrIncluded
		}
		if fn&1 == 1 || fn == sn {
			r = pair(p, r)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = pair(r, p)
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 || r != root {
		return ErrIncluded
	}
	return nil
}

// Consistent checks that the log of a size and root begins with the one of a smaller or
// equal size and its root (RFC 9162, section 2.1.4.2).
func Consistent(was uint64, before Hash, size uint64, root Hash, path []Hash) error {
	switch {
	case was > size || len(path) > maxProof:
		return ErrConsistent
	case was == size:
		if before != root || len(path) != 0 {
			return ErrConsistent
		}
		return nil
	case was == 0: // every log begins with the empty one
		if before != sha256.Sum256(nil) || len(path) != 0 {
			return ErrConsistent
		}
		return nil
	}
	if was&(was-1) == 0 {
		path = append([]Hash{before}, path...)
	}
	if len(path) == 0 {
		return ErrConsistent
	}
	fn, sn := was-1, size-1
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	fr, sr := path[0], path[0]
	for _, c := range path[1:] {
		if sn == 0 {
			return ErrConsistent
		}
		if fn&1 == 1 || fn == sn {
			fr, sr = pair(c, fr), pair(c, sr)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			sr = pair(sr, c)
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 || fr != before || sr != root {
		return ErrConsistent
	}
	return nil
}

// Tree takes the records of a log in order and tells its root. The zero Tree is of an
// empty log.
type Tree struct {
	size uint64
	left []Hash // of the complete trees that wait for their neighbour, the largest first
}

// ErrParts says that hashes cannot be what came before a record.
var ErrParts = errors.New("these are not the hashes of what came before")

// From returns the tree of so many records, of which only the roots of the complete trees
// that make it up are known, the largest first.
func From(size uint64, parts []Hash) (*Tree, error) {
	if size>>maxLevel != 0 || bits.OnesCount64(size) != len(parts) {
		return nil, ErrParts
	}
	return &Tree{size, append([]Hash(nil), parts...)}, nil
}

// maxLevel bounds trees: they have fewer than 2^62 records.
const maxLevel = 62

// AddPart takes the next 2^level records by the root of their tree. There has to be a
// multiple of so many before them.
func (t *Tree) AddPart(h Hash, level int) error {
	if level < 0 || level > maxLevel || t.size&(1<<level-1) != 0 {
		return ErrParts
	}
	for n := t.size >> level; n&1 == 1; n >>= 1 {
		h = pair(t.left[len(t.left)-1], h)
		t.left = t.left[:len(t.left)-1]
	}
	t.left = append(t.left, h)
	t.size += 1 << level
	return nil
}

// Add takes the next record.
func (t *Tree) Add(record []byte) { t.AddHash(RecordHash(record)) }

// AddHash is Add by the record's hash.
func (t *Tree) AddHash(h Hash) {
	for n := t.size; n&1 == 1; n >>= 1 {
		h = pair(t.left[len(t.left)-1], h)
		t.left = t.left[:len(t.left)-1]
	}
	t.left = append(t.left, h)
	t.size++
}

// Size is how many records it took.
func (t *Tree) Size() uint64 { return t.size }

// Root returns the root of those it took.
func (t *Tree) Root() Hash {
	if len(t.left) == 0 {
		return sha256.Sum256(nil)
	}
	h := t.left[len(t.left)-1]
	for i := len(t.left) - 2; i >= 0; i-- {
		h = pair(t.left[i], h)
	}
	return h
}
