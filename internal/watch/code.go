package watch

import (
	"math"

	"plectica/internal/sketch"
	"plectica/internal/varint"
)

// coder writes fields down, or reads them back: one order for both.
type coder struct {
	b []byte
	r *varint.Reader // nil: it writes
}

func (c *coder) writes() bool { return c.r == nil }

// num is a number that is not negative.
func num[T ~int | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64](c *coder, v *T) {
	if c.writes() {
		c.b = varint.Uint(c.b, uint64(*v))
		return
	}
	u := c.r.Uint()
	*v = T(u)
	if *v < 0 || uint64(*v) != u {
		*v = 0
		c.r.Fail()
	}
}

func (c *coder) flag(v *bool) {
	if c.writes() {
		c.b = varint.Bool(c.b, *v)
		return
	}
	*v = c.r.Bool()
}

func (c *coder) float(v *float32) {
	if c.writes() {
		c.b = sketch.AppendFloat(c.b, *v)
		return
	}
	*v = sketch.ReadFloat(c.r)
}

// degrees is an angle, of either sign.
func (c *coder) degrees(v *float32) {
	bits := math.Float32bits(*v)
	num(c, &bits)
	if *v = math.Float32frombits(bits); !(*v >= -360 && *v <= 360) {
		*v = 0
		if !c.writes() {
			c.r.Fail()
		}
	}
}

// count is how many things follow, at most max.
func (c *coder) count(n, most int) int {
	if c.writes() {
		c.b = varint.Uint(c.b, uint64(n))
		return n
	}
	return c.r.Count(most)
}

// sketcher is a sketch that can be written down.
type sketcher interface {
	Append([]byte) []byte
	Read(*varint.Reader)
}

func (c *coder) sketch(s sketcher) {
	if c.writes() {
		c.b = s.Append(c.b)
		return
	}
	s.Read(c.r)
}

// maybe is something that need not be there.
func maybe[T any](c *coder, v **T, walk func(*coder, *T)) {
	there := *v != nil
	c.flag(&there)
	if !there {
		return
	}
	if *v == nil {
		*v = new(T)
	}
	walk(c, *v)
}

func (c *coder) trail(t *trail) {
	num(c, &t.n)
	for i := range min(t.n, trailed) {
		num(c, &t.seqs[i])
	}
}
