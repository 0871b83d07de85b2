package risk

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plectica/internal/sketch"
)

const (
	claimPeople = 400
	warm        = 30 // days before anything is counted
	perDay      = 2  // attacks of each sort
)

// scored is what was thought of a sign-in, two ways.
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
	return against(anyProvider*anyNetwork, mine, nearNetwork) * (nearAgent*1 + (1-nearAgent)*agent/own)
}

// tally is what many lives came to.
type tally struct {
	honest  map[string][]scored
	attacks [][]scored
}

func measure(seeds []uint64) *tally {
	t := &tally{honest: map[string][]scored{}, attacks: make([][]scored, len(attackers))}
	for _, seed := range seeds {
		l := newLife(seed, claimPeople)
		crowd := &everybody{}
		score := func(h Habits, a Attempt) scored {
			if a.Device || h.Networks.total() == 0 {
				return scored{}
			}
			return scored{h.ratio(a), crowd.ratio(h, a)}
		}
		last := 0
		l.run(func(c came) {
			if c.day > last && c.day >= warm {
				last = c.day
				for k := range attackers {
					for range perDay {
						if h := pick(l, l.people); h.habits.Networks.total() > 0 {
							t.attacks[k] = append(t.attacks[k], score(h.known(c.day), attackers[k].make(l, h)))
						}
					}
				}
			}
			if c.day >= warm && c.who.habits.Networks.total() > 0 {
				t.honest[c.how] = append(t.honest[c.how], score(c.who.known(c.day), c.Attempt))
			}
			crowd.add(c.Attempt)
		})
	}
	return t
}

func plainly(s scored) float64  { return s.plain }
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
	for _, list := range t.honest {
		all = append(all, list...)
	}
	return all
}

// barFor is the bar at which a share of the owners' sign-ins is asked, or less.
func barFor(list []scored, by func(scored) float64, share float64) float64 {
	values := make([]float64, len(list))
	for i, s := range list {
		values[i] = by(s)
	}
	slices.Sort(values)
	return max(values[len(values)-1-int(share*float64(len(values)))]*1.000001, 1e-9)
}

func (t *tally) table() string {
	var b strings.Builder
	all := t.all()
	one, crowdOne, crowdSame := barFor(all, plainly, 0.01), barFor(all, byCrowds, 0.01), barFor(all, byCrowds, asked(all, plainly, bar))
	fmt.Fprintf(&b, "| | sign-ins | at the bar of %g | where 1 %% are asked (%.3g) | everybody: same | everybody: 1 %% |\n|---|---|---|---|---|---|\n", float64(bar), one)
	row := func(name string, list []scored) {
		fmt.Fprintf(&b, "| %s | %d | %.3f | %.3f | %.3f | %.3f |\n", name, len(list), asked(list, plainly, bar), asked(list, plainly, one), asked(list, byCrowds, crowdSame), asked(list, byCrowds, crowdOne))
	}
	row("owner, all", all)
	hows := []string{}
	for how := range t.honest {
		hows = append(hows, how)
	}
	slices.Sort(hows)
	for _, how := range hows {
		row("owner, "+how, t.honest[how])
	}
	for k, list := range t.attacks {
		row(attackers[k].name, list)
	}
	return b.String()
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

func TestTuning(t *testing.T) {
	t.Log("\n" + measure(seeds(t, "tuning")).table())
}
