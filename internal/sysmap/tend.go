package sysmap

import (
	"cmp"
	"slices"

	"plectica/internal/id"
)

// Respace returns ops that give the living cards of a place fresh, short, evenly
// spaced order keys. Their order stays.
func (m *Map) Respace(parent id.Object) []Op {
	var ops []Op
	key := ""
	m.Parts(parent, func(o *Object) bool {
		key = Between(key, "", 0)
		p := o.Place
		p.Order = key
		ops = append(ops, Op{Kind: OpPlace, ID: o.ID, Place: p})
		return true
	})
	return ops
}

// Forgettable returns about n dead objects, those deleted longest ago first, and
// all that depends on them.
func (m *Map) Forgettable(n int) []id.Object {
	var dead []*Object
	for _, k := range m.ids() {
		if o := m.Get(k); o.Dead {
			dead = append(dead, o)
		}
	}
	slices.SortStableFunc(dead, func(a, b *Object) int { return cmp.Compare(a.Updated.At, b.Updated.At) })
	seen := make(map[id.Object]bool)
	var out []id.Object
	for _, o := range dead {
		if len(out) >= n {
			break
		}
		out = m.closure(out, o.ID, seen)
	}
	return out
}

// closure appends k and all that depends on it.
func (m *Map) closure(out []id.Object, k id.Object, seen map[id.Object]bool) []id.Object {
	for work := []id.Object{k}; len(work) > 0; {
		k, work = work[len(work)-1], work[:len(work)-1]
		if seen[k] {
			continue
		}
		seen[k] = true
		out = append(out, k)
		work = append(append(work, m.Kids(k)...), m.Deps(k)...)
	}
	return out
}
