package sketch

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"plectica/internal/varint"
)

// sketch is what can be written down.
type sketch interface {
	Append([]byte) []byte
	Read(*varint.Reader)
}

// again writes s down and reads it into fresh, whole.
func again(t interface{ Fatalf(string, ...any) }, s, fresh sketch) {
	b := s.Append(nil)
	r := varint.NewReader(b)
	fresh.Read(r)
	if err := r.Done(); err != nil || !bytes.Equal(fresh.Append(nil), b) {
		t.Fatalf("%T reads back otherwise: %v", s, err)
	}
	b[0]++
	r = varint.NewReader(b)
	if fresh.Read(r); r.OK() {
		t.Fatalf("%T of another version is read", s)
	}
}

// TestUsual: the median and its deviation are those of the latest values; fewer than half
// that are not usual move the median no further than to another usual value.
func TestUsual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var u Usual
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e5), 1, 60).Draw(t, "values")
		for i, v := range values {
			u.Add(v)
			values[i] = min(math.Floor(v), math.MaxUint16)
		}
		last := values[max(0, len(values)-usualKept):]
		m := median(last)
		off := make([]float64, len(last))
		for i, v := range last {
			off[i] = math.Abs(v - m)
		}
		gotM, gotD := u.Middle()
		if gotM != m || gotD != median(off) {
			t.Fatalf("middle %v, %v of %v", gotM, gotD, last)
		}
		if u.Mean() < slices.Min(values)-1 || u.Mean() > slices.Max(values)+1 {
			t.Fatalf("mean %v of %v", u.Mean(), values)
		}
		again(t, &u, &Usual{})
	})
	rapid.Check(t, func(t *rapid.T) {
		var u Usual
		usual := rapid.SliceOfN(rapid.Float64Range(10, 20), usualKept, usualKept).Draw(t, "usual")
		for _, v := range usual {
			u.Add(v)
		}
		for range rapid.IntRange(0, usualKept/2).Draw(t, "attacks") {
			u.Add(1e9)
		}
		if m, _ := u.Middle(); m < 10 || m > 20 {
			t.Fatalf("median %v after attacks", m)
		}
	})
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// TestUsualScores: a value as usual has a low score, one far above a high one.
func TestUsualScores(t *testing.T) {
	var u Usual
	for _, v := range []float64{4, 5, 6, 5, 4, 5, 6, 5} {
		u.Add(v)
	}
	if z := u.Z(5, 1); z != 0 {
		t.Errorf("Z of the median = %v", z)
	}
	if z := u.Z(50, 1); z < 25 {
		t.Errorf("Z of ten times as much = %v", z)
	}
	if h := u.High(3, 1); h < 8 || h > 12 {
		t.Errorf("High = %v", h)
	}
	u.Add(math.NaN())
	u.Add(math.Inf(1))
	u.Add(-1)
	again(t, &u, &Usual{})
}

// TestSpread: a quantile is never told too low, and by less than a class too high; the tail
// is never too small.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(1, 1e6), 1, 300).Draw(t, "values")
		var s Spread
		for _, v := range values {
			s.Add(v)
		}
		slices.Sort(values)
		q := rapid.Float64Range(0.01, 1).Draw(t, "q")
		want := values[int(math.Ceil(q*float64(len(values))))-1]
		if got := s.Quantile(q); got < want*(1-1e-6) || got > want*math.Exp2(1.0/spreadSteps)*(1+1e-6) {
			t.Fatalf("quantile %v = %v, exactly %v", q, got, want)
		}
		x := rapid.SampledFrom(values).Draw(t, "x")
		i, _ := slices.BinarySearch(values, x)
		if got, want := s.Tail(x), float64(len(values)-i)/float64(len(values)); got < want-1e-6 {
			t.Fatalf("tail of %v = %v, exactly %v", x, got, want)
		}
		again(t, &s, &Spread{})
		s.Age(0.5)
		if math.Abs(s.N()-float64(len(values))/2) > 1e-3 {
			t.Fatalf("aged: %v", s.N())
		}
	})
}

// TestCountMin: never too few; too many by more than e/width of all for few keys.
func TestCountMin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c CountMin
		keys := rapid.Uint64Range(1, 8000).Draw(t, "keys")
		salt := rapid.Uint64().Draw(t, "salt")
		total := 0
		for k := range keys {
			for range 1 + k%3 {
				c.Add(k + salt)
				total++
			}
		}
		bound := math.E / countMinWidth * float64(total)
		off := 0
		for k := range keys {
			got, want := c.Count(k+salt), int(1+k%3)
			if got < want {
				t.Fatalf("key %d: %d of %d", k, got, want)
			}
			if float64(got-want) > bound {
				off++
			}
		}
		if float64(off) > math.Exp(-countMinRows)*float64(keys) {
			t.Fatalf("%d of %d keys are off by more than %.1f", off, keys, bound)
		}
		c.Halve()
		if c.Count(salt) > total {
			t.Fatal("halved, it is more")
		}
	})
	var c CountMin
	for k := range uint64(1000) {
		c.Add(k)
	}
	again(t, &c, &CountMin{})
}

// TestDistinct: exact for few, within five standard errors for many; what was seen is not
// counted again.
func TestDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 5000).Draw(t, "n")
		salt := rapid.Uint64().Draw(t, "salt")
		var d Distinct
		for range 2 {
			for k := range n {
				d.Add(uint64(k) + salt)
			}
		}
		got := d.N()
		if n <= distinctExact && got != n {
			t.Fatalf("%d of %d", got, n)
		}
		if math.Abs(float64(got-n)) > 5*1.04/math.Sqrt(1<<distinctBits)*float64(n)+1 {
			t.Fatalf("%d of %d", got, n)
		}
		again(t, &d, &Distinct{})
		d.Reset()
		if d.N() != 0 {
			t.Fatal("reset, it still counts")
		}
	})
}

// FuzzRead: whatever the bytes, what is read is whole or refused, and reads the same again.
func FuzzRead(f *testing.F) {
	var u Usual
	var s Spread
	var d Distinct
	for k := range 40 {
		u.Add(float64(k))
		s.Add(float64(k))
		d.Add(uint64(k))
	}
	f.Add(byte(0), u.Append(nil))
	f.Add(byte(1), s.Append(nil))
	f.Add(byte(2), d.Append(nil))
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		all := []func() sketch{func() sketch { return &Usual{} }, func() sketch { return &Spread{} }, func() sketch { return &Distinct{} }, func() sketch { return &CountMin{} }}
		fresh := all[int(which)%len(all)]
		got := fresh()
		r := varint.NewReader(b)
		if got.Read(r); !r.OK() {
			return
		}
		again(t, got, fresh())
	})
}
