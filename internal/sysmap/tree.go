package sysmap

import (
	"plectica/internal/id"
	"plectica/internal/mutant"
)

// Dependence is a graph: a card depends on its whole, or on the relationship it
// lies on; a relationship depends on both its ends. It stays acyclic, dead
// objects included, so that bringing one back never closes a circle.

// checkPlace reports whether card, new or not, may lie in parent.
func (m *Map) checkPlace(card, parent id.Object) error {
	if parent == id.Root {
		return m.checkDepth(card, 0)
	}
	p := m.GetLive(parent)
	if mutant.On && mutant.Is(mutant.PlaceUnderDeleted) {
		p = m.Get(parent)
	}
	if p == nil {
		return errGone
	}
	if p.Type != Card && p.Type != Relationship {
		return errSchema
	}
	if parent == card {
		return errCycle
	}
	if m.occupied(parent, card) {
		return errLineTaken
	}
	if m.Get(card) != nil && m.dependsOn(parent, card) && !(mutant.On && mutant.Is(mutant.SkipCycleCheck)) {
		return errCycle
	}
	return m.checkDepth(card, m.depth(parent))
}

// checkEnds reports whether a relationship, new or not, may join a and b.
func (m *Map) checkEnds(line, a, b id.Object) error {
	for _, k := range [2]id.Object{a, b} {
		o := m.GetLive(k)
		if mutant.On && mutant.Is(mutant.LinkToDeadEnd) {
			o = m.Get(k)
		}
		if o == nil {
			return errGone
		}
		if o.Type != Card {
			return errSchema
		}
	}
	if m.Get(line) == nil {
		return nil
	}
	if m.dependsOn(a, line) || m.dependsOn(b, line) {
		return errCycle
	}
	return m.checkDepth(line, max(m.depth(a), m.depth(b)))
}

// checkSubject reports whether an object of type t may stand on a subject.
func (m *Map) checkSubject(t Type, k, subject id.Object) error {
	if subject == id.Root {
		if !standsOn(t, 0) || (t == Sheet) != (k == SheetID) {
			return errSchema
		}
		return nil
	}
	o := m.GetLive(subject)
	if o == nil {
		return errGone
	}
	if !standsOn(t, o.Type) || k == SheetID {
		return errSchema
	}
	if t == Perspective && m.isPoint(subject, k) {
		return errOnePoint
	}
	if t == Thread || t == Message {
		return m.checkDepth(k, m.depth(subject))
	}
	return nil
}

// standsOn reports whether objects of type t stand on such of type on, 0 being the
// map itself.
func standsOn(t, on Type) bool {
	switch t {
	case Perspective, Distinction:
		return on == Card
	case Stop:
		return on == 0 || on == Card
	case Thread:
		return on == 0 || on == Card || on == Relationship || on == Perspective
	case Message:
		return on == Thread
	case Sheet:
		return on == 0
	case Card, Relationship:
	}
	return false
}

// occupied reports whether parent is a relationship with an unmarked card other
// than card on it.
func (m *Map) occupied(parent, card id.Object) bool {
	if p := m.Get(parent); p == nil || p.Type != Relationship {
		return false
	}
	for _, k := range m.Kids(parent) {
		if k != card && !m.Get(k).Dead {
			return true
		}
	}
	return false
}

// isPoint reports whether an unmarked perspective other than k stands on card.
func (m *Map) isPoint(card, k id.Object) bool {
	for _, d := range m.Deps(card) {
		if o := m.Get(d); d != k && o.Type == Perspective && !o.Dead {
			return true
		}
	}
	return false
}

// dependsOn reports whether k depends on target, or is it.
func (m *Map) dependsOn(k, target id.Object) bool {
	var seen map[id.Object]bool // only needed once a relationship forks the way
	stack := []id.Object{k}
	for len(stack) > 0 {
		k = stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for k != id.Root {
			*m.work++
			if k == target {
				return true
			}
			o := m.Get(k)
			if o == nil {
				break
			}
			if o.Type == Card {
				k = o.Place.Parent
				continue
			}
			if seen[k] {
				break
			}
			if seen == nil {
				seen = make(map[id.Object]bool)
			}
			seen[k] = true
			stack = append(stack, o.B)
			k = o.A
		}
	}
	return false
}

// depth returns the longest way from k up to the root, k itself included.
func (m *Map) depth(k id.Object) int {
	n := 0
	for k != id.Root {
		o := m.Get(k)
		if o == nil {
			return n
		}
		if o.Type != Card {
			return n + m.depths(k, make(map[id.Object]int))
		}
		n++
		k = o.Place.Parent
	}
	return n
}

// depths is depth with a memo, for ways that fork. It recurses at most MaxDepth
// deep, because no way is longer.
func (m *Map) depths(k id.Object, memo map[id.Object]int) int {
	if k == id.Root {
		return 0
	}
	if n, ok := memo[k]; ok {
		return n
	}
	o := m.Get(k)
	n := 1
	if o.Type == Card {
		n += m.depths(o.Place.Parent, memo)
	} else {
		n += max(m.depths(o.A, memo), m.depths(o.B, memo))
	}
	memo[k] = n
	return n
}

// checkDepth reports whether k and all that depends on it stay within MaxDepth
// when k's footing is up deep.
func (m *Map) checkDepth(k id.Object, up int) error {
	down := 1
	if len(m.Kids(k)) > 0 || len(m.Deps(k)) > 0 {
		down = m.height(k, make(map[id.Object]int))
	}
	if up+down > MaxDepth {
		return errDepth
	}
	return nil
}

// height returns the longest way from k down to what depends on it, k included.
func (m *Map) height(k id.Object, memo map[id.Object]int) int {
	if n, ok := memo[k]; ok {
		return n
	}
	*m.work++
	n := 0
	for _, d := range m.Kids(k) {
		n = max(n, m.height(d, memo))
	}
	for _, d := range m.Deps(k) {
		n = max(n, m.height(d, memo))
	}
	memo[k] = n + 1
	return n + 1
}

// NearestLive returns the closest living card or relationship at or above k, for
// whoever placed something under a deleted card, or id.Root.
func (m *Map) NearestLive(k id.Object) id.Object {
	for range MaxDepth {
		o := m.Get(k)
		switch {
		case o == nil:
			return id.Root
		case o.live:
			return k
		case o.Type == Card:
			k = o.Place.Parent
		default:
			k = o.A
		}
	}
	return id.Root
}
