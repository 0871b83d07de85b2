package insight

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// GapKind is a question that the structure of a map leaves open.
type GapKind uint8

// The kinds, in the order they are asked. The numbers are known to pages.
const (
	GapUnnamed    GapKind = 1  // a relationship without a card: which idea is it?
	GapNeighbours GapKind = 2  // two parts side by side: how do they relate?
	GapUnrelated  GapKind = 3  // a whole whose parts have no relationships between them
	GapBlind      GapKind = 4  // a point that looks at nothing
	GapOneEye     GapKind = 5  // a view that one point alone looks at: who else does?
	GapSimple     GapKind = 6  // the card of a relationship without parts
	GapLeaf       GapKind = 7  // a card without parts
	GapRoot       GapKind = 8  // a card on the map without a whole
	GapIdentity   GapKind = 9  // a card that says neither what it is, nor is not, nor what else there is
	GapUnseen     GapKind = 10 // a card no point looks at
	lastGap               = GapUnseen
)

// Gap is one open question, about a card or relationship, or two cards.
type Gap struct {
	Kind GapKind
	A, B id.Object
}

// MaxGaps is how many gaps of a kind are told.
const MaxGaps = 20

// gaps collects them by kind.
type gaps struct {
	m      *sysmap.Map
	by     [lastGap + 1][]Gap
	points map[id.Object]int // how many look at a card
}

// Gaps returns what a map could be asked, by kind, within a kind in the order of
// the map.
func Gaps(m *sysmap.Map) []Gap {
	g := &gaps{m: m, points: make(map[id.Object]int)}
	var points []id.Object
	m.Walk(func(o *sysmap.Object) bool {
		if p := m.PerspectiveOf(o.ID); p != nil {
			views := 0
			p.Entries(sysmap.View, func(card string, _ sysmap.Value) bool {
				if k := id.Object([]byte(card)); m.GetLive(k) != nil {
					g.points[k]++
					views++
				}
				return true
			})
			if points = append(points, o.ID); views == 0 {
				g.add(GapBlind, o.ID, id.Root)
			}
		}
		return true
	})
	m.Walk(func(o *sysmap.Object) bool {
		g.card(o, len(points) > 0)
		m.Lines(o.ID, func(l *sysmap.Object) bool {
			if m.CardOn(l.ID) == nil {
				g.add(GapUnnamed, l.ID, id.Root)
			}
			return true
		})
		return true
	})
	g.siblings(id.Root)
	var out []Gap
	for _, list := range g.by {
		out = append(out, list...)
	}
	return out
}

func (g *gaps) add(k GapKind, a, b id.Object) {
	if len(g.by[k]) < MaxGaps {
		g.by[k] = append(g.by[k], Gap{k, a, b})
	}
}

// card asks about one card.
func (g *gaps) card(o *sysmap.Object, perspectives bool) {
	m := g.m
	leaf := true
	m.Parts(o.ID, func(*sysmap.Object) bool { leaf = false; return false })
	place := m.Get(o.Place.Parent)
	onLine := place != nil && place.Type == sysmap.Relationship
	switch {
	case leaf && onLine:
		g.add(GapSimple, o.ID, id.Root)
	case leaf:
		g.add(GapLeaf, o.ID, id.Root)
	}
	if o.Place.Parent == id.Root {
		g.add(GapRoot, o.ID, id.Root)
	}
	if !g.distinct(o.ID) {
		g.add(GapIdentity, o.ID, id.Root)
	}
	switch n := g.points[o.ID]; {
	case n == 0 && perspectives:
		g.add(GapUnseen, o.ID, id.Root)
	case n == 1:
		g.add(GapOneEye, o.ID, id.Root)
	}
	if !leaf {
		g.siblings(o.ID)
	}
}

// distinct reports whether something is said of what a card is, or is not.
func (g *gaps) distinct(card id.Object) bool {
	for _, k := range g.m.Deps(card) {
		if o := g.m.GetLive(k); o != nil && o.Type == sysmap.Distinction && len(o.Regs()) > 0 {
			return true
		}
	}
	return false
}

// siblings asks about the parts of a place: those side by side, and all of them.
func (g *gaps) siblings(place id.Object) {
	var parts []id.Object
	in := make(map[id.Object]bool)
	g.m.Parts(place, func(o *sysmap.Object) bool {
		parts, in[o.ID] = append(parts, o.ID), true
		return true
	})
	if len(parts) < 2 {
		return
	}
	related := make(map[[2]id.Object]bool)
	for _, k := range parts {
		g.m.Lines(k, func(l *sysmap.Object) bool {
			if in[l.B] && l.B != k {
				related[[2]id.Object{k, l.B}], related[[2]id.Object{l.B, k}] = true, true
			}
			return true
		})
	}
	if len(related) == 0 && place != id.Root {
		g.add(GapUnrelated, place, id.Root)
		return // it asks for all of them
	}
	for i := 1; i < len(parts); i++ {
		if !related[[2]id.Object{parts[i-1], parts[i]}] {
			g.add(GapNeighbours, parts[i-1], parts[i])
		}
	}
}
