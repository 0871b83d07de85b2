package sketch

import (
	"math"

	"plectica/internal/varint"
)

const (
	spreadVersion = 1
	// spreadSteps classes lie between a number and its double.
	spreadSteps = 4
	// spreadClasses are for 0, and for 1 up to 2^24.
	spreadClasses = 2 + 24*spreadSteps
)

// Spread is how a number is spread among many, as a count of each account and day: how many
// values fell into classes that each reach 2^(1/4) times as far as the last. So a quantile
// is told at most 19 % too high, and never too low. The zero Spread is empty.
type Spread struct {
	n   [spreadClasses]float32
	sum float32
}

func class(x float64) int {
	if x < 1 {
		return 0
	}
	return min(1+int(math.Log2(x)*spreadSteps+1e-9), spreadClasses-1)
}

// Add takes a value. What is below 1 is one class.
func (s *Spread) Add(x float64) {
	s.n[class(float64(clean(x)))]++
	s.sum++
}

// Age makes all values of before count share as much, 0 to 1.
func (s *Spread) Age(share float32) {
	s.sum = 0
	for i := range s.n {
		s.n[i] *= share
		s.sum += s.n[i]
	}
}

// N is the weight of all values.
func (s *Spread) N() float64 { return float64(s.sum) }

// Tail is the share of values at least as large as x, to a class; never 0.
func (s *Spread) Tail(x float64) float64 {
	var above float32
	for _, n := range s.n[class(x):] {
		above += n
	}
	return min(float64(above+1)/float64(s.sum+1), 1)
}

// Quantile is the smallest end of a class that the share q of the values is below.
func (s *Spread) Quantile(q float64) float64 {
	var below float32
	for i, n := range s.n {
		below += n
		if float64(below) >= q*float64(s.sum) {
			return end(i)
		}
	}
	return end(spreadClasses - 1)
}

// end is where a class ends; that of 0 is 0.
func end(class int) float64 {
	if class == 0 {
		return 0
	}
	return math.Exp2(float64(class) / spreadSteps)
}

// Append writes it down.
func (s *Spread) Append(b []byte) []byte {
	b = AppendFloat(append(b, spreadVersion), s.sum)
	for _, n := range s.n {
		b = AppendFloat(b, n)
	}
	return b
}

// Read reads what Append wrote.
func (s *Spread) Read(r *varint.Reader) {
	readVersion(r, spreadVersion)
	s.sum = ReadFloat(r)
	for i := range s.n {
		s.n[i] = ReadFloat(r)
	}
}
