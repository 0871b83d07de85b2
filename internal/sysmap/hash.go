package sysmap

import (
	"math/bits"

	"plectica/internal/id"
	"plectica/internal/varint"
)

// Hash is a 128-bit state hash: the sum of the hashes of all registers, so that
// a change costs one subtraction and one addition whatever the map's size. It
// finds divergence and damage; it is no defence against a forger.
type Hash struct{ Lo, Hi uint64 }

// Bytes returns the hash as 16 bytes, high half first.
func (h Hash) Bytes() (b [16]byte) {
	for i := range 8 {
		b[i], b[8+i] = byte(h.Hi>>(56-8*i)), byte(h.Lo>>(56-8*i))
	}
	return b
}

// CRC folds the hash to 32 bits for the heartbeat.
func (h Hash) CRC() uint32 {
	x := h.Lo ^ h.Hi
	return uint32(x ^ x>>32)
}

func (h *Hash) add(o Hash) { h.Lo, h.Hi = h.Lo+o.Lo, h.Hi+o.Hi }
func (h *Hash) sub(o Hash) { h.Lo, h.Hi = h.Lo-o.Lo, h.Hi-o.Hi }

// The registers that are not fields, as hashed.
const (
	regExists Field = 255 - iota
	regDead
	regPlace
	regEnds
	regFirst = regEnds
)

// Odd 64-bit constants with balanced bits.
const (
	k0 = 0x9e3779b97f4a7c15
	k1 = 0xbf58476d1ce4e5b9
	k2 = 0x94d049bb133111eb
	k3 = 0xd6e8feb86659fd93
)

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// sum hashes b.
func sum(b []byte) Hash {
	h := start(len(b))
	for len(b) >= 8 {
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		h.word(w)
		b = b[8:]
	}
	var w uint64
	for i, c := range b {
		w |= uint64(c) << (8 * i)
	}
	if len(b) > 0 {
		h.word(w)
	}
	return h.end()
}

// sumString is sum after a key, without copying s.
func sumString(key []byte, s string) Hash {
	k := sum(key)
	h := start(len(s))
	h.word(k.Lo)
	h.word(k.Hi)
	for len(s) >= 8 {
		w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		h.word(w)
		s = s[8:]
	}
	var w uint64
	for i := range len(s) {
		w |= uint64(s[i]) << (8 * i)
	}
	if len(s) > 0 {
		h.word(w)
	}
	return h.end()
}

func start(n int) Hash { return Hash{uint64(n) ^ k2, uint64(n) ^ k3} }

func (h *Hash) word(w uint64) {
	h.Lo = mix(h.Lo^w^k0, k1)
	h.Hi = mix(h.Hi^w^k1, k3) + bits.RotateLeft64(w, 31)
}

func (h Hash) end() Hash { return Hash{mix(h.Lo^k3, k0), mix(h.Hi^k0, k2)} }

// appendKey starts the bytes that are hashed for one register.
func appendKey(b []byte, o id.Object, f Field) []byte {
	return append(varint.ID(b, o), byte(f))
}

func hashExists(o *Object) Hash {
	var buf [32]byte
	return sum(append(appendKey(buf[:0], o.ID, regExists), byte(o.Type)))
}

func hashDead(o *Object) Hash {
	var buf [32]byte
	return sum(appendKey(buf[:0], o.ID, regDead))
}

func hashPlace(o *Object) Hash {
	var buf [128]byte
	return sum(appendPlace(appendKey(buf[:0], o.ID, regPlace), o.Place))
}

func hashEnds(o *Object) Hash {
	var buf [64]byte
	return sum(varint.ID(varint.ID(appendKey(buf[:0], o.ID, regEnds), o.A), o.B))
}

// hashText hashes a title or body; an empty one counts as nothing, as an unset
// register does.
func hashText(o id.Object, f Field, s string) Hash {
	if s == "" {
		return Hash{}
	}
	var buf [32]byte
	return sumString(appendKey(buf[:0], o, f), s)
}

func hashReg(o id.Object, r Reg) Hash {
	if r.Value.Kind == None {
		return Hash{}
	}
	var buf [256]byte
	return sum(appendValue(varint.String(appendKey(buf[:0], o, r.Field), r.Entry), r.Value))
}

// hashObject hashes all registers of an object.
func hashObject(o *Object) Hash {
	h := hashExists(o)
	if o.Dead {
		h.add(hashDead(o))
	}
	if o.Type == Card {
		h.add(hashPlace(o))
	} else {
		h.add(hashEnds(o))
	}
	h.add(hashText(o.ID, Title, o.Title))
	h.add(hashText(o.ID, Body, o.Body))
	for _, r := range o.regs {
		h.add(hashReg(o.ID, r))
	}
	return h
}
