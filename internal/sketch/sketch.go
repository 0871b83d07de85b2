// Package sketch has the small statistics that anomalies are found with: what is usual of a
// number, how rare one is among many, how often a key was seen, how many different ones.
// Each is bounded in memory, deterministic, and can be written down with a version and read
// back, where everything is checked. It knows no clock and no randomness. No value here is
// safe for concurrent use.
package sketch

import (
	"math"

	"plectica/internal/varint"
)

// FNV-1a, and a finish by which every bit of the input reaches every bit of the sum.
const (
	offset = 14695981039346656037
	prime  = 1099511628211
)

// Hash is a number for a text, the same in every run. It is no secret and resists nobody:
// whoever wants two texts of one hash finds them.
func Hash(s string) uint64 {
	h := uint64(offset)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return Mix(h)
}

// Mix scatters the bits of a number: one to one, by the finish of SplitMix64.
func Mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// AppendFloat appends a number that ReadFloat reads.
func AppendFloat(b []byte, v float32) []byte { return varint.Uint(b, uint64(math.Float32bits(v))) }

// most is larger than anything that is added up here.
const most = 1e15

// ReadFloat reads a number that is not negative, and no larger than can be added up.
func ReadFloat(r *varint.Reader) float32 {
	bits := r.Uint()
	v := math.Float32frombits(uint32(bits & math.MaxUint32))
	if bits > math.MaxUint32 || !(v >= 0 && v <= 1.1*most) || math.Signbit(float64(v)) {
		r.Fail()
		return 0
	}
	return v
}

// readVersion reads the first byte of what is written, and fails what is of another form.
func readVersion(r *varint.Reader, want byte) {
	if r.Byte() != want {
		r.Fail()
	}
}

// clean is a number that a sketch can hold: not negative, not beyond what it can add up.
func clean(x float64) float32 {
	if !(x > 0) { // and what is no number
		return 0
	}
	return float32(min(x, most))
}
