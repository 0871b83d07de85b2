package gesture

import "plectica/internal/id"

// EntropySize is the number of random bytes a gesture takes.
const EntropySize = 16

// Random draws identifiers and jitter from the bytes a gesture came with. Two
// streams keep all 128 bits in every identifier.
type Random struct{ a, b uint64 }

// NewRandom starts from fresh random bytes.
func NewRandom(seed [EntropySize]byte) *Random {
	r := &Random{}
	for i := range 8 {
		r.a = r.a<<8 | uint64(seed[i])
		r.b = r.b<<8 | uint64(seed[8+i])
	}
	return r
}

// step is splitmix64.
func step(s *uint64) uint64 {
	*s += 0x9e3779b97f4a7c15
	z := *s
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Jitter returns random bits for an order key.
func (r *Random) Jitter() uint64 { return step(&r.a) }

// Object returns a new identifier.
func (r *Random) Object() id.Object {
	var k id.Object
	hi, lo := step(&r.a), step(&r.b)
	for i := range 8 {
		k[i], k[8+i] = byte(hi>>(8*i)), byte(lo>>(8*i))
	}
	return k
}
