package insight

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Counts are how much of each pattern a map holds.
type Counts struct {
	Distinctions         int // cards
	Systems              int // cards with parts
	Relationships        int // lines
	Perspectives         int // points
	RelationshipIdeas    int // lines with a card
	RelationshipSystems  int // those cards with parts
	PerspectiveSystems   int // points with parts
	AdvancedDistinctions int // pairs of identity and other
}

// Count counts a map's patterns.
func Count(m *sysmap.Map) Counts {
	var c Counts
	m.Walk(func(o *sysmap.Object) bool {
		whole := hasParts(m, o.ID)
		c.Distinctions++
		if whole {
			c.Systems++
		}
		for _, k := range m.Deps(o.ID) {
			d := m.GetLive(k)
			switch {
			case d == nil || d.A != o.ID:
			case d.Type == sysmap.Relationship:
				c.Relationships++
				if card := m.CardOn(k); card != nil {
					c.RelationshipIdeas++
					if hasParts(m, card.ID) {
						c.RelationshipSystems++
					}
				}
			case d.Type == sysmap.Perspective && entries(m, d, sysmap.View) > 0:
				c.Perspectives++
				if whole {
					c.PerspectiveSystems++
				}
			case d.Type == sysmap.Distinction:
				c.AdvancedDistinctions += entries(m, d, sysmap.Other)
			}
		}
		return true
	})
	return c
}

// Place is how one card stands in its map.
type Place struct {
	DistinctFrom int // cards it is set against
	SetAgainst   int // cards that are set against it
	Levels       int // wholes around it
	Parts        int // in it at any depth, cards of relationships between them included
	Related      int // cards it is related to
	LooksAt      int
	LookedAtFrom int
}

// PlaceOf says how a card stands in its map. It looks through the whole map.
func PlaceOf(m *sysmap.Map, card id.Object) Place {
	var p Place
	o := m.GetLive(card)
	if o == nil || o.Type != sysmap.Card {
		return p
	}
	related := make(map[id.Object]bool)
	for _, k := range m.Deps(card) {
		d := m.GetLive(k)
		switch {
		case d == nil:
		case d.Type == sysmap.Relationship:
			related[d.A], related[d.B] = true, true
		case d.Type == sysmap.Perspective:
			p.LooksAt = entries(m, d, sysmap.View)
		case d.Type == sysmap.Distinction:
			p.DistinctFrom += entries(m, d, sysmap.Other)
		}
	}
	delete(related, card)
	p.Related = len(related)
	for place := o.Place.Parent; place != id.Root; {
		w := m.Get(place)
		if w.Type == sysmap.Card {
			p.Levels++
		} else { // what holds the relationship's first end holds its card
			w = m.Get(w.A)
		}
		place = w.Place.Parent
	}
	p.Parts = partsIn(m, card)
	m.Walk(func(o *sysmap.Object) bool {
		for _, k := range m.Deps(o.ID) {
			d := m.GetLive(k)
			if d == nil || d.A != o.ID {
				continue
			}
			if d.GetEntry(sysmap.View, string(card[:])).Kind == sysmap.Int {
				p.LookedAtFrom++
			}
			if d.GetEntry(sysmap.Other, string(card[:])).Kind == sysmap.Int {
				p.SetAgainst++
			}
		}
		return true
	})
	return p
}

// partsIn counts the cards in a card, with those on relationships between them.
func partsIn(m *sysmap.Map, whole id.Object) int {
	n := 0
	m.Parts(whole, func(o *sysmap.Object) bool {
		n += 1 + partsIn(m, o.ID)
		m.Lines(o.ID, func(l *sysmap.Object) bool {
			if b := m.Get(l.B); b.Place.Parent == whole {
				if card := m.CardOn(l.ID); card != nil {
					n += 1 + partsIn(m, card.ID)
				}
			}
			return true
		})
		return true
	})
	return n
}

func hasParts(m *sysmap.Map, k id.Object) (any bool) {
	m.Parts(k, func(*sysmap.Object) bool { any = true; return false })
	return any
}

// entries counts the entries of a field that name living cards.
func entries(m *sysmap.Map, o *sysmap.Object, f sysmap.Field) (n int) {
	o.Entries(f, func(card string, _ sysmap.Value) bool {
		if m.GetLive(id.Object([]byte(card))) != nil {
			n++
		}
		return true
	})
	return n
}
