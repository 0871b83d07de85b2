package sketch

import (
	"slices"

	"github.com/axiomhq/hyperloglog"

	"plectica/internal/varint"
)

const (
	distinctVersion = 1
	// distinctExact is how many different keys are kept as they are. An empty sketch of the
	// library takes more than all of them: most counts never come so far.
	distinctExact = 32
	// distinctBits is the precision beyond: 1 KiB, and a standard error of 1.04/√1024 = 3.3 %.
	distinctBits = 10
	maxSketch    = 2 << distinctBits // bytes of a sketch when it is read back
)

// Distinct is how many different keys there were: exactly up to 32, by HyperLogLog beyond.
// Keys are hashes. The zero Distinct is empty.
type Distinct struct {
	few  []uint64 // sorted; nil once there are many
	many *hyperloglog.Sketch
}

// Add takes a key.
func (d *Distinct) Add(key uint64) {
	if d.many != nil {
		d.many.InsertHash(Mix(key))
		return
	}
	i, found := slices.BinarySearch(d.few, key)
	if found {
		return
	}
	if len(d.few) < distinctExact {
		d.few = slices.Insert(d.few, i, key)
		return
	}
	d.many = newSketch()
	for _, k := range append(d.few, key) {
		d.many.InsertHash(Mix(k))
	}
	d.few = nil
}

func newSketch() *hyperloglog.Sketch {
	s, err := hyperloglog.NewSketch(distinctBits, false)
	if err != nil {
		panic(err) // the precision is a constant
	}
	return s
}

// N is how many different keys there were.
func (d *Distinct) N() int {
	if d.many != nil {
		return max(distinctExact, int(min(d.many.Estimate(), 1<<40)))
	}
	return len(d.few)
}

// Reset forgets all.
func (d *Distinct) Reset() { *d = Distinct{} }

// Append writes it down.
func (d *Distinct) Append(b []byte) []byte {
	b = append(b, distinctVersion)
	b = varint.Bool(b, d.many != nil)
	if d.many != nil {
		s, err := d.many.MarshalBinary()
		if err != nil {
			panic(err) // it is in memory, and whole
		}
		return varint.Bytes(b, s)
	}
	b = varint.Uint(b, uint64(len(d.few)))
	for _, k := range d.few {
		b = varint.Uint(b, k)
	}
	return b
}

// Read reads what Append wrote.
func (d *Distinct) Read(r *varint.Reader) {
	*d = Distinct{}
	readVersion(r, distinctVersion)
	if r.Bool() {
		// Merged, since that fails if the precision is another.
		var s hyperloglog.Sketch
		many := newSketch()
		if b := r.Bytes(maxSketch); !r.OK() || s.UnmarshalBinary(b) != nil || many.Merge(&s) != nil {
			r.Fail()
			return
		}
		d.many = many
		return
	}
	n := r.Count(distinctExact)
	if n > 0 {
		d.few = make([]uint64, n)
	}
	for i := range d.few {
		d.few[i] = r.Uint()
		if i > 0 && d.few[i] <= d.few[i-1] {
			r.Fail()
			*d = Distinct{}
			return
		}
	}
}
