package sketch

import (
	"math"

	"plectica/internal/varint"
)

const (
	countMinVersion = 1
	countMinRows    = 4
	countMinWidth   = 1 << 13 // a row's counters; 128 KiB in all
)

// CountMin is how often keys were seen, without the keys. It never tells too few; and too
// many by more than e/8192 of all that was counted for fewer than one key in 54 (e⁻⁴), if
// keys are not chosen for it. The zero CountMin is empty.
type CountMin struct {
	n [countMinRows][countMinWidth]uint32
}

func slots(key uint64) (at [countMinRows]uint32) {
	for i := range at {
		key = Mix(key + 0x9e3779b97f4a7c15)
		at[i] = uint32(key % countMinWidth)
	}
	return at
}

// Add counts a key once more, only where that is needed to tell so.
func (c *CountMin) Add(key uint64) {
	at := slots(key)
	least := c.least(at)
	for i, j := range at {
		if c.n[i][j] == least && least < math.MaxUint32 {
			c.n[i][j]++
		}
	}
}

// Count is how often a key was seen, or more.
func (c *CountMin) Count(key uint64) int { return int(c.least(slots(key))) }

func (c *CountMin) least(at [countMinRows]uint32) uint32 {
	least := c.n[0][at[0]]
	for i, j := range at {
		least = min(least, c.n[i][j])
	}
	return least
}

// Halve makes all that was seen count half, rounded down.
func (c *CountMin) Halve() {
	for i := range c.n {
		for j := range c.n[i] {
			c.n[i][j] /= 2
		}
	}
}

// Append writes it down: of each row, how many counters are not 0, and where they are.
func (c *CountMin) Append(b []byte) []byte {
	b = append(b, countMinVersion)
	for i := range c.n {
		used := 0
		for _, n := range c.n[i] {
			if n > 0 {
				used++
			}
		}
		b = varint.Uint(b, uint64(used))
		after := 0
		for j, n := range c.n[i] {
			if n > 0 {
				b = varint.Uint(varint.Uint(b, uint64(j-after)), uint64(n))
				after = j + 1
			}
		}
	}
	return b
}

// Read reads what Append wrote.
func (c *CountMin) Read(r *varint.Reader) {
	*c = CountMin{}
	readVersion(r, countMinVersion)
	for i := range c.n {
		j := uint64(0)
		for range r.Count(countMinWidth) {
			j += min(r.Uint(), countMinWidth)
			n := r.Uint()
			if j >= countMinWidth || n == 0 || n > math.MaxUint32 {
				r.Fail()
				return
			}
			c.n[i][j] = uint32(n)
			j++
		}
	}
}
