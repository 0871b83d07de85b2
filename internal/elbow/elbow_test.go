package elbow

import (
	"testing"

	"pgregory.net/rapid"
)

// drawCards returns cards that keep apart, as a tidy map's do.
func drawCards(t *rapid.T) []Rect {
	const cell = 200 * px
	var out []Rect
	for y := range int32(6) {
		for x := range int32(6) {
			if rapid.IntRange(0, 2).Draw(t, "none") == 0 {
				continue
			}
			l, top := x*cell+rapid.Int32Range(0, 40*px).Draw(t, "x"), y*cell+rapid.Int32Range(0, 40*px).Draw(t, "y")
			out = append(out, Rect{l, top, l + rapid.Int32Range(30*px, 110*px).Draw(t, "w"), top + rapid.Int32Range(20*px, 110*px).Draw(t, "h")})
		}
	}
	return out
}

const plenty = 1 << 40

func onBorder(c Rect, p Point) bool {
	in := p.X >= c.L && p.X <= c.R && p.Y >= c.T && p.Y <= c.B
	return in && (p.X == c.L || p.X == c.R || p.Y == c.T || p.Y == c.B)
}

// TestRouteCrossesNoCard: LI-1. Among cards that keep apart, a line has right angles
// only, begins and ends at the borders of its cards, and runs through no card.
func TestRouteCrossesNoCard(t *testing.T) {
	r := Router{Budget: plenty}
	rapid.Check(t, func(t *rapid.T) {
		cards := drawCards(t)
		if len(cards) < 2 {
			return
		}
		i := rapid.IntRange(0, len(cards)-1).Draw(t, "a")
		j := rapid.IntRange(0, len(cards)-1).Draw(t, "b")
		if i == j {
			return
		}
		var around []Rect
		for k, c := range cards {
			if k != i && k != j {
				around = append(around, c)
			}
		}
		off := rapid.Int32Range(-6*px, 6*px).Draw(t, "off")
		way := r.Route(End{cards[i], cards[i]}, End{cards[j], cards[j]}, off, around)
		if len(way) < 2 || !onBorder(cards[i], way[0]) || !onBorder(cards[j], way[len(way)-1]) {
			t.Fatalf("from %v to %v by %v", cards[i], cards[j], way)
		}
		for n := 1; n < len(way); n++ {
			p, q := way[n-1], way[n]
			if p.X != q.X && p.Y != q.Y {
				t.Fatalf("slanted from %v to %v", p, q)
			}
			for _, c := range cards {
				if cuts(c, p, q) {
					t.Fatalf("%v to %v runs through %v: %v", p, q, c, way)
				}
			}
		}
		again := (&Router{Budget: plenty}).Route(End{cards[i], cards[i]}, End{cards[j], cards[j]}, off, around)
		if len(again) != len(way) {
			t.Fatal("another router finds another way")
		}
		for n := range way {
			if way[n] != again[n] {
				t.Fatal("another router finds another way")
			}
		}
	})
}

// TestSimpleRoutes: LI-1. What can be straight is straight; what faces has one step.
func TestSimpleRoutes(t *testing.T) {
	r := Router{Budget: plenty}
	a := Rect{0, 0, 100 * px, 40 * px}
	for name, c := range map[string]struct {
		b       Rect
		corners int
	}{
		"beside":                {Rect{300 * px, 0, 400 * px, 40 * px}, 2},
		"below":                 {Rect{0, 200 * px, 100 * px, 240 * px}, 2},
		"overlapping a little":  {Rect{300 * px, 10 * px, 400 * px, 90 * px}, 2},
		"beside and lower":      {Rect{300 * px, 100 * px, 400 * px, 140 * px}, 4},
		"far below and beside":  {Rect{150 * px, 400 * px, 250 * px, 440 * px}, 4},
		"on the other side":     {Rect{-300 * px, -100 * px, -200 * px, -60 * px}, 4},
		"so near that it turns": {Rect{104 * px, 0, 204 * px, 40 * px}, 2},
	} {
		if way := r.Route(End{a, a}, End{c.b, c.b}, 0, nil); len(way) != c.corners {
			t.Errorf("%s: %v", name, way)
		}
	}
}

// TestNestedEnds: a line leaves the whole around its card before it bends.
func TestNestedEnds(t *testing.T) {
	r := Router{Budget: plenty}
	whole := Rect{0, 0, 300 * px, 300 * px}
	card := Rect{20 * px, 200 * px, 100 * px, 240 * px}
	b := Rect{600 * px, 0, 700 * px, 40 * px}
	way := r.Route(End{card, whole}, End{b, b}, 0, nil)
	if len(way) != 4 || way[0].X != card.R || way[1].X <= whole.R {
		t.Errorf("%v", way)
	}
}

// TestHopelessRoute: a card that is walled in, or lies on another, still gets a line.
func TestHopelessRoute(t *testing.T) {
	r := Router{Budget: plenty}
	a := Rect{0, 0, 100 * px, 40 * px}
	b := Rect{400 * px, 100 * px, 500 * px, 140 * px}
	wall := []Rect{{380 * px, 80 * px, 520 * px, 160 * px}}
	if way := r.Route(End{a, a}, End{b, b}, 0, wall); len(way) < 2 {
		t.Errorf("%v", way)
	}
	if way := (&Router{}).Route(End{a, a}, End{b, b}, 0, wall); len(way) < 2 {
		t.Errorf("without a step to take: %v", way)
	}
	if way := r.Route(End{a, a}, End{a, a}, 0, nil); len(way) < 2 {
		t.Errorf("%v", way)
	}
}

func BenchmarkRoute(b *testing.B) {
	var cards []Rect
	for y := range int32(7) {
		for x := range int32(6) {
			cards = append(cards, Rect{x * 200 * px, y * 120 * px, x*200*px + 120*px, y*120*px + 60*px})
		}
	}
	r := Router{Budget: plenty}
	from, to := End{cards[0], cards[0]}, End{cards[41], cards[41]}
	for b.Loop() {
		r.Route(from, to, 0, cards[1:41])
	}
}
