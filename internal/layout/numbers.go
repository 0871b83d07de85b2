package layout

import (
	"math/bits"

	"plectica/internal/id"
)

// Numbers gives objects small numbers. Zero is the map itself. A number stays
// with its object for good, so that callers may keep it while the map changes. It
// is a hash table of its own: Go's is several times slower in the browser, and
// layout asks for every object of the map.
type Numbers struct {
	ids   []id.Object
	slots []int32 // numbers, 0 is free; a power of two, at most half full
	seed  uint64
}

// firstSlots is the size of an empty table.
const firstSlots = 1 << 8

// NewNumbers returns numbers for nothing but the map. The seed decides where
// objects lie in the table and nothing else: identifiers are made by others, who
// must not know which of them collide.
func NewNumbers(seed uint64) *Numbers {
	return &Numbers{ids: []id.Object{id.Root}, slots: make([]int32, firstSlots), seed: seed}
}

// slot returns where an object is in the table, or where it would be.
func (n *Numbers) slot(k *id.Object) int {
	var a, b uint64
	for i := range 8 {
		a, b = a<<8|uint64(k[i]), b<<8|uint64(k[8+i])
	}
	hi, lo := bits.Mul64(a^n.seed^0x9e3779b97f4a7c15, b^bits.RotateLeft64(n.seed, 32)^0xbf58476d1ce4e5b9)
	mask := len(n.slots) - 1
	for i := int(hi^lo) & mask; ; i = (i + 1) & mask {
		if v := n.slots[i]; v == 0 || n.ids[v] == *k {
			return i
		}
	}
}

// Of returns an object's number, a new one at the first asking.
func (n *Numbers) Of(k id.Object) int32 {
	if k == id.Root {
		return 0
	}
	i := n.slot(&k)
	if n.slots[i] == 0 {
		if 2*len(n.ids) >= len(n.slots) {
			n.grow()
			i = n.slot(&k)
		}
		n.slots[i] = int32(len(n.ids))
		n.ids = append(n.ids, k)
	}
	return n.slots[i]
}

func (n *Numbers) grow() {
	n.slots = make([]int32, 2*len(n.slots))
	for v := 1; v < len(n.ids); v++ {
		n.slots[n.slot(&n.ids[v])] = int32(v)
	}
}

// Find returns an object's number if it has one, else 0.
func (n *Numbers) Find(k id.Object) int32 {
	if k == id.Root {
		return 0
	}
	return n.slots[n.slot(&k)]
}

// ID returns the object of a number.
func (n *Numbers) ID(num int32) (id.Object, bool) {
	if num < 0 || int(num) >= len(n.ids) {
		return id.Root, false
	}
	return n.ids[num], true
}

// Len returns the first number that is not given yet.
func (n *Numbers) Len() int { return len(n.ids) }

// table finds a small number by a pair of small numbers. It is emptied and filled
// anew by each layout.
type table struct {
	keys []uint64 // plus one; 0 is free
	vals []int32
	n    int
}

func (t *table) reset() {
	clear(t.keys)
	t.n = 0
}

// at returns where the value of a pair in any order is kept; fresh says that it is
// new.
func (t *table) at(a, b int32) (val *int32, fresh bool) {
	if 2*t.n >= len(t.keys) {
		t.grow()
	}
	i := t.slot(uint64(min(a, b))<<32 | uint64(max(a, b)) + 1)
	if t.keys[i] != 0 {
		return &t.vals[i], false
	}
	t.keys[i], t.vals[i] = uint64(min(a, b))<<32|uint64(max(a, b))+1, 0
	t.n++
	return &t.vals[i], true
}

func (t *table) slot(key uint64) int {
	hi, lo := bits.Mul64(key, 0x9e3779b97f4a7c15)
	mask := len(t.keys) - 1
	i := int(hi^lo>>7) & mask
	for t.keys[i] != 0 && t.keys[i] != key {
		i = (i + 1) & mask
	}
	return i
}

func (t *table) grow() {
	keys, vals := t.keys, t.vals
	size := max(2*len(keys), firstSlots)
	t.keys, t.vals = make([]uint64, size), make([]int32, size)
	for i, k := range keys {
		if k != 0 {
			j := t.slot(k)
			t.keys[j], t.vals[j] = k, vals[i]
		}
	}
}
