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

// Forgettable returns at most n objects that are not alive, those deleted longest
// ago first, and none before all that depends on it: so any beginning of the list
// can be forgotten.
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
		if out = m.closure(out, o.ID, n, seen); len(out) == n {
			break
		}
	}
	return out
}

// closure appends k after all that depends on it, up to n objects in all.
func (m *Map) closure(out []id.Object, k id.Object, n int, seen map[id.Object]bool) []id.Object {
	type visit struct {
		id   id.Object
		done bool // what depends on it is in
	}
	for work := []visit{{id: k}}; len(work) > 0 && len(out) < n; {
		v := work[len(work)-1]
		work = work[:len(work)-1]
		switch {
		case v.done:
			out = append(out, v.id)
		case !seen[v.id]:
			seen[v.id] = true
			work = append(work, visit{v.id, true})
			for _, list := range [][]id.Object{m.Kids(v.id), m.Deps(v.id)} {
				for _, d := range list {
					work = append(work, visit{id: d})
				}
			}
		}
	}
	return out
}
