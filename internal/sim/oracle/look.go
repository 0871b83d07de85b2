package oracle

import (
	"fmt"
	"hash/fnv"
	"slices"

	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Visible is a sum over all that lives in a map and can be seen of it.
func Visible(m *sysmap.Map) (sum uint64) {
	m.Each(func(x *sysmap.Object) {
		if !x.Live() {
			return
		}
		h := fnv.New64a()
		fmt.Fprintf(h, "%x %d %+v %x %x %q %q", x.ID, x.Type, x.Place, x.A, x.B, x.Title, x.Body)
		for _, g := range x.Regs() {
			fmt.Fprintf(h, " %d %q %+v", g.Field, g.Entry, g.Value)
		}
		sum += h.Sum64()
	})
	return sum
}

// SameOrder reports whether all parts of b have the same order in a.
func SameOrder(a, b *sysmap.Map) bool {
	same := slices.Equal(a.Kids(id.Root), b.Kids(id.Root))
	b.Each(func(x *sysmap.Object) { same = same && slices.Equal(a.Kids(x.ID), b.Kids(x.ID)) })
	return same
}

// Orders returns the living parts of every place that ops put something at.
func Orders(m *sysmap.Map, ops []sysmap.Op) (out [][]id.Object) {
	seen := make(map[id.Object]bool)
	for i := range ops {
		op := &ops[i]
		if op.Kind != sysmap.OpPlace || seen[op.Place.Parent] {
			continue
		}
		seen[op.Place.Parent] = true
		var parts []id.Object
		m.Parts(op.Place.Parent, func(o *sysmap.Object) bool { parts = append(parts, o.ID); return true })
		out = append(out, parts)
	}
	return out
}
