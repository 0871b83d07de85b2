package risk

import (
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plectica/internal/sketch"
)

var tune = flag.Bool("tune", false, "show the lives for tuning, and judge nothing")

const (
	claimPeople = 400
	warm        = 30 // days before anything is counted
	perDay      = 2  // attacks of each sort
)

// scored is the ratio of a sign-in: by the account alone, and with what everybody is like.
type scored struct{ plain, crowd float64 }

// everybody is what the site's people look like, as a server could hold it in memory.
type everybody struct {
	network, provider, agent, system sketch.CountMin
	n                                int
}

func (e *everybody) add(a Attempt) {
	s := signsOf(a)
	e.network.Add(s.network)
	e.provider.Add(s.provider)
	e.agent.Add(s.agent)
	e.system.Add(s.system)
	e.n++
}

// usual is how likely a key is for everybody: as counted, beside what holds of anybody.
func (e *everybody) usual(c *sketch.CountMin, key uint64, anyway float64) float64 {
	const beside = 20
	return (float64(c.Count(key)) + beside*anyway) / float64(e.n+beside)
}

// ratio is Habits.ratio where what is new to an account is measured by everybody.
func (e *everybody) ratio(h Habits, a Attempt) float64 {
	s := signsOf(a)
	provider := e.usual(&e.provider, s.provider, anyProvider)
	network := e.usual(&e.network, s.network, provider*anyNetwork)
	agent := e.usual(&e.agent, s.agent, anySystem*anyBrowser)
	mine := h.Networks.likely(s.network, max(h.Providers.likely(s.provider, anyProvider)*anyNetwork, network))
	own := h.Agents.likely(s.agent, max(h.Systems.likely(s.system, anySystem)*anyBrowser, agent))
	return against(anyProvider*anyNetwork, mine, nearNetwork) * against(agent, own, nearAgent)
}

// tally is what many lives came to.
type tally struct {
	owners  map[string][]scored
	attacks [][]scored
	years   float64 // that people lived with an account, after the first days
}

func measure(seeds []uint64) *tally {
	t := &tally{owners: map[string][]scored{}, attacks: make([][]scored, len(attackers))}
	for _, seed := range seeds {
		t.live(newLife(seed, claimPeople))
	}
	return t
}

func (t *tally) live(l *life) {
	crowd := &everybody{}
	score := func(h Habits, a Attempt) scored {
		if a.Device || len(h.Networks) == 0 {
			return scored{}
		}
		return scored{h.ratio(a), crowd.ratio(h, a)}
	}
	last, before := 0, 0
	l.run(func(c came) {
		if c.day < warm {
			before = l.lived
		} else if c.day > last {
			last = c.day
			t.attack(l, c.day, score)
		}
		if c.day >= warm && len(c.who.habits.Networks) > 0 {
			t.owners[c.how] = append(t.owners[c.how], score(c.who.known(c.day), c.Attempt))
		}
		crowd.add(c.Attempt)
	})
	t.years += float64(l.lived-before) / lifeDays
}

// attack tries some accounts in all ways; none of it is learnt of.
func (t *tally) attack(l *life, day int, score func(h Habits, a Attempt) scored) {
	for k := range attackers {
		for range perDay {
			if h := pick(l, l.people); len(h.habits.Networks) > 0 {
				t.attacks[k] = append(t.attacks[k], score(h.known(day), attackers[k].make(l, h)))
			}
		}
	}
}

func alone(s scored) float64    { return s.plain }
func byCrowds(s scored) float64 { return s.crowd }

// asked is the share of a list that lies at or above a bar.
func asked(list []scored, by func(scored) float64, bar float64) float64 {
	n := 0
	for _, s := range list {
		if by(s) >= bar {
			n++
		}
	}
	return float64(n) / float64(max(len(list), 1))
}

func (t *tally) all() (all []scored) {
	for _, list := range t.owners {
		all = append(all, list...)
	}
	return all
}

// barFor is the lowest bar at which no more than a share is asked.
func barFor(list []scored, by func(scored) float64, share float64) float64 {
	values := make([]float64, len(list))
	for i, s := range list {
		values[i] = by(s)
	}
	slices.Sort(values)
	return math.Nextafter(values[len(values)-1-int(share*float64(len(values)))], math.Inf(1))
}

// table is what the page in the documents has.
func (t *tally) table() string {
	var b strings.Builder
	all := t.all()
	share := asked(all, alone, bar)
	one, same, crowdOne := barFor(all, alone, 0.01), barFor(all, byCrowds, share), barFor(all, byCrowds, 0.01)
	b.WriteString("| who | sign-ins | asked | where 1 % are | with everybody, as many | with everybody, 1 % |\n|---|---|---|---|---|---|\n")
	row := func(name string, list []scored) {
		fmt.Fprintf(&b, "| %s | %d | %.3f | %.3f | %.3f | %.3f |\n", name, len(list),
			asked(list, alone, bar), asked(list, alone, one), asked(list, byCrowds, same), asked(list, byCrowds, crowdOne))
	}
	row("owners, all", all)
	for _, how := range slices.Sorted(maps.Keys(t.owners)) {
		row("owners: "+how, t.owners[how])
	}
	for k, list := range t.attacks {
		row(attackers[k].name, list)
	}
	return b.String()
}

// perYear is how often somebody is asked in a year, of those who keep cookies, and of those
// who keep none.
func (t *tally) perYear() (keep, none float64) {
	n := func(how string) float64 { return asked(t.owners[how], alone, bar) * float64(len(t.owners[how])) }
	for how := range t.owners {
		if how != keepsNone {
			keep += n(how)
		}
	}
	return keep / t.years / (1 - privately), n(keepsNone) / t.years / privately
}

func seeds(t testing.TB, name string) (out []uint64) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		n, err := strconv.ParseUint(line, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

const page = "../../docs/security/sign-in-risk.md"

// TestClaim: SI-14. What the documents say of sign-in risk is what is measured, on lives that
// nothing was chosen by, and no more. With -tune it shows the lives that constants are chosen by.
func TestClaim(t *testing.T) {
	if *tune {
		t.Log("\n" + measure(seeds(t, "tuning")).table())
		return
	}
	got := measure(seeds(t, "judging"))
	keep, none := got.perYear()
	text := fmt.Sprintf("%s\nWho keeps cookies is asked %.2f times a year, who keeps none %.1f times.\n", got.table(), keep, none)
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), text) {
		t.Errorf("%s does not have what was measured", page)
	}
	t.Log("\n" + text)
}

// TestSeedsAreApart: SI-14. No life is judged by that a constant was chosen by.
func TestSeedsAreApart(t *testing.T) {
	for _, seed := range seeds(t, "judging") {
		if slices.Contains(seeds(t, "tuning"), seed) {
			t.Errorf("seed %d is in both files", seed)
		}
	}
}
