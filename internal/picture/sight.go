package picture

import (
	"plectica/internal/id"
	"plectica/internal/layout"
	"plectica/internal/sysmap"
)

// Sight is a point whose eye is open, and what it looks at.
type Sight struct {
	Num   int32 // the point
	Mode  int64
	Views []View
}

// View is a card that is looked at.
type View struct {
	Num      int32
	Emphasis int64
}

// Looks appends the open eyes of a map that is laid out to a list, and what they look
// at. Whether one is open is for the caller to say.
func Looks(list []Sight, m *sysmap.Map, l *layout.Layout, open func(num int32, p *sysmap.Object) bool) []Sight {
	for _, at := range l.Plan.Points {
		p := m.GetLive(at.Perspective)
		if p == nil || !open(at.Num, p) {
			continue
		}
		s := Sight{Num: at.Num, Mode: p.Int(sysmap.Mode)}
		p.Entries(sysmap.View, func(card string, v sysmap.Value) bool {
			if k := id.Object([]byte(card)); m.GetLive(k) != nil {
				s.Views = append(s.Views, View{Num: l.Numbers.Of(k), Emphasis: v.N})
			}
			return true
		})
		list = append(list, s)
	}
	return list
}

// level is what open eyes make of a card.
// The numbers travel in the display list.
type level uint8

const (
	plain  level = iota // no eye with a spotlight is open
	faded               // none looks here
	dim                 // it is looked at, and little is made of it
	lit                 // the person has it in hand
	seen                // it is looked at, or looks
	high                // much is made of it
	hidden              // it is not to be shown
	ghost               // it is not there any more
)

const opaque = 255

// alphas are how much of each level shows, of 255.
var alphas = [...]int32{plain: opaque, faded: 64, ghost: 110, dim: 140, lit: opaque, seen: opaque, high: opaque} //nolint:gochecknoglobals // a table

// flags returns what tells a card that is seen from others by more than strength.
func (l level) flags() int32 {
	switch l {
	case seen, dim:
		return CardSeen
	case high:
		return CardSeen | CardHigh
	case plain, faded, ghost, lit, hidden:
	}
	return 0
}

func levelOf(emphasis int64) level {
	switch emphasis {
	case sysmap.EmphasisHigh:
		return high
	case sysmap.EmphasisDim:
		return dim
	case sysmap.EmphasisHidden:
		return hidden
	}
	return seen
}

// Focus works out what the open eyes and the lens make of each card. It is called
// when the plan, the eyes, the lens or what is in hand changed.
func (s *Scene) Focus() {
	s.levels, s.parts, s.strokes, s.removed = s.levels[:0], s.parts[:0], s.strokes[:0], s.removed[:0] // the last ones are of another plan
	s.spot()
	s.refract()
	s.ghosts()
}

// spot works out what the open eyes make of each card.
func (s *Scene) spot() {
	spot := false
	for i := range s.Sights {
		spot = spot || s.Sights[i].Mode != sysmap.ModeLines
	}
	if !spot {
		return
	}
	boxes := s.Plan.Boxes
	s.levels = zeroed(s.levels, len(boxes))
	for i := range s.Sights {
		e := &s.Sights[i]
		if e.Mode == sysmap.ModeLines {
			continue
		}
		for _, v := range e.Views {
			s.mark(v.Num, levelOf(v.Emphasis))
		}
		s.mark(e.Num, seen)
	}
	for _, num := range s.Lit {
		s.mark(num, lit)
	}
	for i := range s.levels { // wholes come before their parts, which share their lot
		if s.levels[i] != plain {
			continue
		}
		s.levels[i] = faded
		if p := boxes[i].Parent; p >= 0 && boxes[i].Link < 0 {
			s.levels[i] = s.levels[p]
		}
	}
	for i := range boxes {
		if boxes[i].Link >= 0 && s.levels[i] == faded && s.linkLevel(&s.Plan.Links[boxes[i].Link]) != faded {
			s.levels[i] = seen // the card of a relationship between two that are seen
		}
	}
}

// mark notes what an eye makes of a card. Of several eyes the one that makes most of
// it counts; a card inside a folded whole lets the whole be seen.
func (s *Scene) mark(num int32, l level) {
	i := s.Plan.Box(num)
	if i < 0 {
		if i = s.Plan.Stand(num); i < 0 || l == hidden {
			return
		}
		l = seen
	}
	if s.levels[i] == hidden || l != hidden && l > s.levels[i] || s.levels[i] == plain {
		s.levels[i] = l
	}
}

func (s *Scene) level(box int32) level {
	if len(s.levels) == 0 {
		return plain
	}
	return s.levels[box]
}

// linkLevel returns what becomes of a relationship: it is seen when both ends are,
// or its card is.
func (s *Scene) linkLevel(k *layout.Link) level {
	a, b := s.level(k.A), s.level(k.B)
	switch {
	case !s.lets(k):
		return s.away()
	case a == ghost || b == ghost || len(s.removed) > 0 && s.removed[s.Plan.Link(k.Num)]:
		return ghost
	case a == plain:
		return plain
	case a == hidden || b == hidden:
		return hidden
	case k.Card >= 0 && s.level(k.Card) > faded:
		return seen
	case a == faded || b == faded:
		return faded
	}
	return seen
}

// fade sets how much of what follows shows.
func (s *Scene) fade(alpha int32) {
	if alpha != s.alpha {
		s.alpha = alpha
		s.static.op(OpAlpha, 0, alpha)
	}
}

// open reports whether a point's eye is open.
func (s *Scene) open(num int32) bool {
	for i := range s.Sights {
		if s.Sights[i].Num == num {
			return true
		}
	}
	return false
}

// sights draws the lines from open eyes to what they look at.
func (s *Scene) sights() {
	if s.Camera.zoom < zoomCurves {
		return
	}
	p := s.Plan
	for i := range s.Sights {
		e := &s.Sights[i]
		from := p.Stand(e.Num)
		if e.Mode == sysmap.ModeSpotlight || from < 0 {
			continue
		}
		for _, v := range e.Views {
			to := p.Stand(v.Num)
			if to < 0 || v.Emphasis == sysmap.EmphasisHidden || to == from && v.Num != e.Num ||
				s.level(from) == hidden || s.level(to) == hidden {
				continue
			}
			c := layout.Sight(&p.Boxes[from], &p.Boxes[to])
			s.static.op(OpSight, e.Num, c.X1, c.Y1, c.CX1, c.CY1, c.CX2, c.CY2, c.X2, c.Y2, int32(levelOf(v.Emphasis)))
		}
	}
}
