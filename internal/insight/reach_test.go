package insight

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/id"
	"plectica/internal/sysmap"
)

func nums(list []id.Object) []int {
	out := make([]int, len(list))
	for i, k := range list {
		out[i] = int(k[0])<<8 | int(k[1])
	}
	slices.Sort(out)
	return out
}

// TestReach: FI-2.
func TestReach(t *testing.T) {
	// 1 → 2 → 3 → 4, 5 → 2, 3 — 6 without a direction.
	chain := newDraft(t)
	for n := range 6 {
		chain.card(n+1, 0)
	}
	chain.line(11, 1, 2, ab, 0).line(12, 3, 2, ba, 0).line(13, 3, 4, ab, 0).line(14, 5, 2, both, 0).line(15, 3, 6, 0, 0)
	// 1 → the whole 2{3, 4{5}}; 5 → 6; 7 lies beside 2 in the whole 8.
	nested := newDraft(t).card(1, 0).card(8, 0).card(2, 8).card(3, 2).card(4, 2).card(5, 4).card(6, 0).card(7, 8)
	nested.line(11, 1, 2, ab, 0).line(12, 5, 6, ab, 0)
	// 1 -(5)- 2, the card 5 with the part 6, 5 → 3, 4 on the line from 3 back to 1.
	bracket := newDraft(t).card(1, 0).card(2, 0).card(3, 0).line(11, 1, 2, ab, 0).card(5, 11).card(6, 5)
	bracket.line(12, 5, 3, ab, 0).line(13, 3, 1, ab, 0).card(4, 13)
	for name, c := range map[string]struct {
		d     *draft
		from  []int
		steps int
		way   Way
		want  []int
	}{
		"itself":                        {chain, []int{1}, 0, AllWays, []int{1}},
		"one step":                      {chain, []int{2}, 1, AllWays, []int{1, 2, 3, 5}},
		"two steps":                     {chain, []int{1}, 2, AllWays, []int{1, 2, 3, 5}},
		"an arrow drawn backwards":      {chain, []int{1}, 2, Downstream, []int{1, 2, 3, 5}},
		"downstream ends":               {chain, []int{1}, 9, Downstream, []int{1, 2, 3, 4, 5}},
		"upstream":                      {chain, []int{4}, 2, Upstream, []int{2, 3, 4}},
		"upstream, both ways":           {chain, []int{4}, 9, Upstream, []int{1, 2, 3, 4, 5}},
		"no direction leads nowhere":    {chain, []int{6}, 9, Upstream, []int{6}},
		"but is a relationship":         {chain, []int{6}, 1, AllWays, []int{3, 6}},
		"of several":                    {chain, []int{1, 4}, 1, AllWays, []int{1, 2, 3, 4}},
		"from a relationship":           {chain, []int{13}, 1, AllWays, []int{2, 3, 4, 6}},
		"parts belong to the card":      {nested, []int{2}, 0, AllWays, []int{2, 3, 4, 5}},
		"and to one that is reached":    {nested, []int{1}, 1, AllWays, []int{1, 2, 3, 4, 5}},
		"what relates to a part":        {nested, []int{1}, 2, Downstream, []int{1, 2, 3, 4, 5, 6}},
		"a part does not lead outwards": {nested, []int{5}, 9, AllWays, []int{5, 6}},
		"a relationship's card":         {bracket, []int{1}, 1, Downstream, []int{1, 2, 5, 6}},
		"leads on":                      {bracket, []int{1}, 2, Downstream, []int{1, 2, 3, 4, 5, 6}},
		"comes along between":           {bracket, []int{2, 3}, 1, Upstream, []int{1, 2, 3, 4, 5, 6}},
		"has its ends at one step":      {bracket, []int{5}, 1, Downstream, []int{2, 3, 5, 6}},
		"against the arrow":             {bracket, []int{5}, 1, Upstream, []int{1, 5, 6}},
		"a card that is gone":           {bracket, []int{99}, 3, AllWays, []int{}},
		"more steps than there are":     {bracket, []int{6}, 99, AllWays, []int{6}},
	} {
		var from []id.Object
		for _, n := range c.from {
			from = append(from, obj(n))
		}
		if diff := cmp.Diff(c.want, nums(Reach(c.d.m, from, c.steps, c.way))); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// anyMap draws a map of cards in cards, relationships, and cards on those.
func anyMap(t *rapid.T, tb testing.TB) (d *draft, cards int) {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
	d = newDraft(tb)
	cards = rapid.IntRange(1, 14).Draw(t, "cards")
	for n := range cards {
		in := 0
		if n > 0 && rng.IntN(3) == 0 {
			in = 1 + rng.IntN(n)
		}
		d.card(n+1, in)
	}
	for n := range rapid.IntRange(0, 16).Draw(t, "lines") {
		d.line(100+n, 1+rng.IntN(cards), 1+rng.IntN(cards), rng.Int64N(4), 0)
		if rng.IntN(3) == 0 {
			cards++
			d.card(cards, 100+n)
		}
	}
	return d, cards
}

// slow is Reach the dull way: sets, and every relationship of the map at each step.
func slow(m *sysmap.Map, from id.Object, steps int, way Way) map[id.Object]bool {
	var lines []*sysmap.Object
	m.Each(func(o *sysmap.Object) {
		if o.Type == sysmap.Relationship {
			lines = append(lines, o)
		}
	})
	close := func(has map[id.Object]bool) {
		m.Walk(func(o *sysmap.Object) bool { // wholes come first
			has[o.ID] = has[o.ID] || has[o.Place.Parent]
			return true
		})
	}
	on := func(l *sysmap.Object) (id.Object, bool) {
		if c := m.CardOn(l.ID); c != nil {
			return c.ID, true
		}
		return id.Root, false
	}
	has := map[id.Object]bool{from: true}
	close(has)
	for range steps {
		next := make(map[id.Object]bool)
		for k := range has {
			next[k] = has[k]
		}
		for _, l := range lines {
			dir := l.Int(sysmap.Direction)
			to := way == AllWays || dir == both || (dir == ab) == (way == Downstream) && dir != 0
			back := way == AllWays || dir == both || (dir == ba) == (way == Downstream) && dir != 0
			c, any := on(l)
			if has[l.A] && to {
				next[l.B] = true
				next[c] = next[c] || any
			}
			if has[l.B] && back {
				next[l.A] = true
				next[c] = next[c] || any
			}
			if any && has[c] {
				next[l.A] = next[l.A] || back
				next[l.B] = next[l.B] || to
			}
		}
		has = next
		close(has)
	}
	for range lines {
		for _, l := range lines {
			if c, any := on(l); any && has[l.A] && has[l.B] {
				has[c] = true
			}
		}
		close(has)
	}
	return has
}

// TestReachIsWhatItSays: the quick way and the dull one agree, more steps reach no
// less, and all ways no less than one.
func TestReachIsWhatItSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d, cards := anyMap(rt, t)
		from := obj(rapid.IntRange(1, cards).Draw(rt, "from"))
		way := Way(rapid.IntRange(0, 2).Draw(rt, "way"))
		var last []id.Object
		for steps := range 5 {
			got := Reach(d.m, []id.Object{from}, steps, way)
			want := slow(d.m, from, steps, way)
			n := 0
			for k, yes := range want {
				if yes && k != id.Root {
					n++
				}
				if yes && k != id.Root && !slices.Contains(got, k) {
					rt.Fatalf("%d steps do not reach %v", steps, k)
				}
			}
			if n != len(got) {
				rt.Fatalf("%d steps reach %d cards, want %d", steps, len(got), n)
			}
			for _, k := range last {
				if !slices.Contains(got, k) {
					rt.Fatalf("%d steps do not reach %v, fewer do", steps, k)
				}
			}
			wide := Reach(d.m, []id.Object{from}, steps, AllWays)
			for _, k := range got {
				if !slices.Contains(wide, k) {
					rt.Fatalf("one way reaches %v, all ways do not", k)
				}
			}
			last = got
		}
	})
}

func BenchmarkReach(b *testing.B) {
	d := practitioner(b)
	for b.Loop() {
		Reach(d.m, []id.Object{obj(1)}, MaxReach, AllWays)
	}
}
