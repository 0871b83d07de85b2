package sketch

import (
	"math"
	"slices"

	"plectica/internal/varint"
)

const (
	usualVersion = 1
	// usualKept is over how many values the median goes.
	usualKept = 13
	// usualShare is the weight of the newest value in the mean.
	usualShare = 0.2
	// madToSigma makes the median of deviations of a normal distribution its sigma.
	madToSigma = 1.4826
)

// Usual is what is usual of a count that comes once in a while, as of each day: its
// exponentially weighted mean, and the median of the latest values with their median
// deviation, which one day that was not usual does not move. Counts above 65,535 count as that, and
// parts of one are left out. The zero Usual knows nothing.
type Usual struct {
	recent [usualKept]uint16
	n, at  uint8 // how many are there; where the next goes
	mean   float32
}

// Add takes a value. What is negative or no number counts as 0.
func (u *Usual) Add(x float64) {
	v := uint16(min(clean(x), math.MaxUint16))
	if u.n == 0 {
		u.mean = float32(v)
	}
	u.mean += usualShare * (float32(v) - u.mean)
	u.recent[u.at] = v
	u.at = (u.at + 1) % usualKept
	u.n = min(u.n+1, usualKept)
}

// N is how many values it goes by, at most 13.
func (u *Usual) N() int { return int(u.n) }

// Mean is the exponentially weighted mean.
func (u *Usual) Mean() float64 { return float64(u.mean) }

// Middle is the median of the latest values, and the median of how far they are from it.
func (u *Usual) Middle() (median, deviation float64) {
	if u.n == 0 {
		return 0, 0
	}
	var buf [usualKept]uint16
	v := buf[:copy(buf[:], u.recent[:u.n])]
	m := middle(v)
	for i := range v {
		v[i] = max(v[i], m) - min(v[i], m)
	}
	return float64(m), float64(middle(v))
}

// middle sorts v and returns its upper median.
func middle(v []uint16) uint16 {
	slices.Sort(v)
	return v[len(v)/2]
}

// High is what the number stays below in all but rare cases: sigmas robust deviations above
// the larger of median and mean, each deviation at least floor.
func (u *Usual) High(sigmas, floor float64) float64 {
	m, d := u.Middle()
	return max(m, u.Mean()) + sigmas*max(madToSigma*d, floor)
}

// Z is how many robust deviations, each at least floor > 0, a value is above the median.
func (u *Usual) Z(x, floor float64) float64 {
	m, d := u.Middle()
	return (x - m) / max(madToSigma*d, floor)
}

// Append writes it down.
func (u *Usual) Append(b []byte) []byte {
	b = append(b, usualVersion, u.n, u.at)
	b = AppendFloat(b, u.mean)
	for _, v := range u.recent[:u.n] {
		b = varint.Uint(b, uint64(v))
	}
	return b
}

// Read reads what Append wrote.
func (u *Usual) Read(r *varint.Reader) {
	*u = Usual{}
	readVersion(r, usualVersion)
	u.n, u.at = r.Byte(), r.Byte()
	if u.n > usualKept || u.at >= usualKept || u.n < usualKept && u.at != u.n {
		*u = Usual{}
		r.Fail()
		return
	}
	u.mean = ReadFloat(r)
	for i := range u.n {
		v := r.Uint()
		if v > math.MaxUint16 {
			r.Fail()
			return
		}
		u.recent[i] = uint16(v)
	}
}
