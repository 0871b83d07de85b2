package picture

import "plectica/internal/layout"

// Lens singles out a part of the map for one viewer. The rest recedes, or is not
// shown at all.
type Lens struct {
	On    bool
	Hide  bool
	Cards []int32 // that stay as they are
	Lines []int32 // relationships that do, with Only
	Only  bool    // not every relationship between such cards stays
}

// part is how a card stands in a lens.
type part uint8

const (
	rest   part = iota
	around      // it holds a card that stays
	kept
)

// refract lets what the lens leaves out recede, after the eyes had their say.
func (s *Scene) refract() {
	if !s.Lens.On {
		return
	}
	p := s.Plan
	if len(s.levels) == 0 {
		s.levels = zeroed(s.levels, len(p.Boxes))
	}
	s.parts = zeroed(s.parts, len(p.Boxes))
	s.strokes = zeroed(s.strokes, len(p.Links))
	for _, num := range s.Lens.Lines {
		if i := p.Link(num); i >= 0 {
			s.strokes[i] = true
		}
	}
	for _, list := range [2][]int32{s.Lens.Cards, s.Lit} {
		for _, num := range list {
			if i := p.Stand(num); i >= 0 {
				s.parts[i] = kept
			}
		}
	}
	for i := range p.Boxes { // a label stays with its relationship
		if k := p.Boxes[i].Link; k >= 0 && s.lets(&p.Links[k]) {
			s.parts[i] = kept
		}
	}
	for i := len(p.Boxes) - 1; i >= 0; i-- { // parts come after their wholes
		if up := p.Boxes[i].Parent; s.parts[i] != rest && up >= 0 && s.parts[up] == rest {
			s.parts[up] = around
		}
	}
	for i := range s.levels {
		if s.parts[i] == rest && s.levels[i] != hidden {
			s.levels[i] = s.away()
		}
	}
}

// away is what becomes of what a lens leaves out.
func (s *Scene) away() level {
	if s.Lens.Hide {
		return hidden
	}
	return faded
}

// lets reports whether a lens leaves a relationship as it is.
func (s *Scene) lets(k *layout.Link) bool {
	if len(s.parts) == 0 {
		return true
	}
	if k.Card >= 0 && s.parts[k.Card] == kept {
		return true
	}
	if s.Lens.Only {
		return s.strokes[s.Plan.Link(k.Num)]
	}
	return s.parts[k.A] == kept && s.parts[k.B] == kept
}

// zeroed returns a list of n zeros that reuses another's room.
func zeroed[T any](list []T, n int) []T {
	if cap(list) < n {
		list = make([]T, n+n/2)
	}
	list = list[:n]
	clear(list)
	return list
}

// MaxMini is how many areas Mini tells of.
const MaxMini = 2000

// What Mini says of a card, beside its area and colour.
const (
	miniRoot    = 1
	miniRecedes = 2
)

// Mini appends the areas of what lies on the map itself, then of what lies in that,
// as far as MaxMini goes: x, y, w, h, colour, flags. Labels are left out.
func (s *Scene) Mini(out []int32) []int32 {
	p, n := s.Plan, 0
	put := func(i, flags int32) {
		if n >= MaxMini || s.level(i) == hidden || p.Boxes[i].Link >= 0 {
			return
		}
		if s.level(i) == faded {
			flags |= miniRecedes
		}
		b := &p.Boxes[i]
		out = append(out, b.X, b.Y, b.W, b.H, int32(b.Colour), flags)
		n++
	}
	all := int32(len(p.Boxes))
	for i := int32(0); i < all; i = p.Boxes[i].End {
		put(i, miniRoot)
	}
	for i := int32(0); i < all && n < MaxMini; i = p.Boxes[i].End {
		for k := i + 1; s.level(i) != hidden && k < p.Boxes[i].End; k = p.Boxes[k].End {
			put(k, 0)
		}
	}
	return out
}
