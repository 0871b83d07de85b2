package watch

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"plectica/internal/audit"
)

// TestTable: it keeps the keys that were used latest, with their values, whatever the order
// of uses, and as many as it may.
func TestTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 8).Draw(t, "max")
		table := newTable[int, int](most)
		var order []int // the newest last
		values := map[int]int{}
		for i, k := range rapid.SliceOfN(rapid.IntRange(0, 12), 0, 60).Draw(t, "keys") {
			if rapid.IntRange(0, 9).Draw(t, "drop") == 0 {
				table.drop(k)
				delete(values, k)
				order = slices.DeleteFunc(order, func(x int) bool { return x == k })
			}
			v, fresh := table.get(k)
			if fresh == slices.Contains(order, k) || *v != values[k] {
				t.Fatalf("key %d: %d, new: %v; want %d", k, *v, fresh, values[k])
			}
			order = append(slices.DeleteFunc(order, func(x int) bool { return x == k }), k)
			if len(order) > most {
				delete(values, order[0])
				order = order[1:]
			}
			*v, values[k] = i+1, i+1
			if len(table.nodes) != len(order) {
				t.Fatalf("%d are kept, want %d", len(table.nodes), len(order))
			}
		}
	})
}

// TestVisitsMakeNobodyForgotten: whoever opens links again and again cannot have accounts
// forgotten, which would be new afterwards.
func TestVisitsMakeNobodyForgotten(t *testing.T) {
	s := newScene(t, Config{})
	s.works(1, account(1))
	for n := range 2 * maxVisits {
		p := account(n)
		p.who.Kind, p.session = audit.Visitor, fmt.Sprint("visit", n)
		s.does(p, "link.open", 1)
	}
	if len(s.w.people.nodes) != 1 || len(s.w.visits.nodes) != maxVisits {
		t.Errorf("%d accounts, %d visits", len(s.w.people.nodes), len(s.w.visits.nodes))
	}
}
