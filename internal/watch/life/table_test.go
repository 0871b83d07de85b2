package life

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"plectica/internal/audit"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/watch"
)

var (
	full  = flag.Bool("full", false, "30 days of 1,000 accounts for each seed")
	blind = flag.Bool("blind", false, "nobody knows where an address is")
	tune  = flag.Bool("tune", false, "print what the seeds for tuning say, and judge nothing")
)

// budgets are false alerts a day over the whole site.
var budgets = []float64{3, 10, 30}

// told is an alert as it was told, once.
type told struct {
	id      uint64
	kind    string
	score   float64
	attacks []int // which it is about
	false   bool  // it is about none, nor may it be
}

// outcome is what a watch told of a life.
type outcome struct {
	attacks []Attack
	told    []told
	days    int // of which false alerts are counted
	records int
}

// after is how long after an attack it may be found.
const after = 3600_000

// about finds the attacks that an alert is about: the account is attacked at the time, or the
// network attacks, or it is about the whole site as the attack is. An alert about the site
// that a bystander set off while it was attacked finds nothing, and is not false either.
func about(attacks []Attack, a watch.Alert) (out []int, excused bool) {
	for i, x := range attacks {
		if a.At < x.From || a.At > x.To+after {
			continue
		}
		site := x.Everywhere && string(a.Kind) == x.Kind
		own := a.Who.ID == [id.Size]byte(x.Who) && x.Who != id.Account{}
		if own || slices.ContainsFunc(x.Nets, func(n netip.Prefix) bool { return n.Contains(a.From.Addr) }) || site && len(x.Nets) == 0 {
			out = append(out, i)
		}
		excused = excused || site
	}
	return out, excused
}

// plays a life to a watch. Where somebody is, is known by the city.
func plays(c Config) outcome {
	l := New(c)
	w := watch.New(watch.Config{
		Settings: func(store.OrgID) watch.Settings { return watch.Settings{Sensitivity: 5} },
		Places: func(a netip.Addr) (watch.Place, bool) {
			lat, lon, country, ok := Where(a)
			return watch.Place{Latitude: lat, Longitude: lon, Country: country}, ok && !*blind
		},
	})
	out := outcome{days: c.Days - c.Quiet}
	var alerts []watch.Alert
	l.Run(func(day int, records []audit.Event) {
		out.records += len(records)
		for i := range records {
			got := w.See(&records[i])
			if day >= c.Quiet {
				alerts = append(alerts, got...)
			}
		}
	})
	out.attacks = l.Attacks()
	for _, a := range alerts {
		of, excused := about(out.attacks, a)
		out.told = append(out.told, told{a.ID, string(a.Kind), a.Score, of, len(of) == 0 && !excused})
	}
	return out
}

// seeds reads a file of them.
func seeds(t testing.TB, name string) (out []uint64) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
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

// all plays all lives of some seeds, two at a time.
func all(seeds []uint64, c Config) []outcome {
	out := make([]outcome, len(seeds))
	slots := make(chan struct{}, 2)
	var wg sync.WaitGroup
	for i, seed := range seeds {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			c := c
			c.Seed = seed
			out[i] = plays(c)
		})
	}
	wg.Wait()
	return out
}

// falses are the highest scores of the alerts that are about no attack; of one kind, or all.
func falses(outs []outcome, kind string) (scores []float64, days int) {
	for _, o := range outs {
		best := map[uint64]float64{}
		for _, x := range o.told {
			if x.false && (kind == "" || x.kind == kind) {
				best[x.id] = max(best[x.id], x.score)
			}
		}
		for _, s := range best {
			scores = append(scores, s)
		}
		days += o.days
	}
	slices.Sort(scores)
	return scores, days
}

// threshold is the lowest score at which so many false alerts are told a day.
func threshold(outs []outcome, kind string, budget float64) float64 {
	scores, days := falses(outs, kind)
	i := len(scores) - int(budget*float64(days))
	if i <= 0 {
		return 0
	}
	return math.Nextafter(scores[i-1], math.Inf(1))
}

// recall is how many attacks of a kind and variant are found as what they are, and how many
// as anything.
func recall(outs []outcome, kind, variant string, least float64) (found, any, of int) {
	for _, o := range outs {
		as, some := map[int]bool{}, map[int]bool{}
		for _, x := range o.told {
			for _, i := range x.attacks {
				if x.score < least {
					continue
				}
				some[i] = true
				if x.kind == o.attacks[i].Kind {
					as[i] = true
				}
			}
		}
		for i, a := range o.attacks {
			if a.Kind == kind && a.Variant == variant {
				of++
				if as[i] {
					found++
				}
				if some[i] {
					any++
				}
			}
		}
	}
	return found, any, of
}

func size() Config {
	if *full {
		return Config{People: 1000, Days: 30, Quiet: 12, Each: 2}
	}
	return Config{People: 150, Days: 16, Quiet: 10, Each: 1}
}

// TestTable prints how many of the attacks are found at so many false alerts a day. The
// threshold comes from the seeds for tuning, what is found from those for judging.
func TestTable(t *testing.T) {
	if *tune {
		t.Skip("tuning")
	}
	tuning, judging := seeds(t, "tuning"), seeds(t, "judging")
	if !*full {
		tuning, judging = tuning[:1], judging[:2]
	}
	chosen, judged := all(tuning, size()), all(judging, size())
	table, got := tell(chosen, judged)
	t.Log(table)
	for _, k := range []string{"stuffing", "spraying", "mass-export", "mass-deletion", "mass-sharing", "audit-gap", "ops-rate"} {
		if got[k] == 0 {
			t.Errorf("%s: not even one of the plainest is found", k)
		}
	}
}

// tell writes the table, and returns how much of the plainest is found with most alerts.
func tell(chosen, judged []outcome) (string, map[string]float64) {
	var b bytes.Buffer
	plain := map[string]float64{}
	var at []float64
	fmt.Fprintf(&b, "\n| | |")
	for _, budget := range budgets {
		at = append(at, threshold(chosen, "", budget))
		fmt.Fprintf(&b, " %g a day | as anything |", budget)
	}
	fmt.Fprintf(&b, "\n|---|---|%s\n", strings.Repeat("---|", 2*len(budgets)))
	for _, k := range watch.Kinds() {
		for _, v := range Variants() {
			fmt.Fprintf(&b, "| %s | %s |", k, v)
			for _, least := range at {
				found, some, of := recall(judged, string(k), v, least)
				fmt.Fprintf(&b, " %.2f | %.2f |", float64(found)/float64(of), float64(some)/float64(of))
				if v == Naive {
					plain[string(k)] = float64(found)
				}
			}
			b.WriteByte('\n')
		}
	}
	scores, days := falses(judged, "")
	fmt.Fprintf(&b, "| false alerts a day | |")
	for _, least := range at {
		i, _ := slices.BinarySearch(scores, least)
		fmt.Fprintf(&b, " %.1f | |", float64(len(scores)-i)/float64(days))
	}
	fmt.Fprintf(&b, "\n| threshold | | %.2f | | %.2f | | %.2f | |\n", at[0], at[1], at[2])
	attacks, records := 0, 0
	for _, o := range judged {
		attacks += len(o.attacks)
		records += o.records
	}
	fmt.Fprintf(&b, "%d lives, %d attacks, %d records\n", len(judged), attacks, records)
	return b.String(), plain
}

// TestTune prints, from the seeds for tuning alone, at which scores each kind raises so many
// false alerts a day, and what it finds there.
func TestTune(t *testing.T) {
	if !*tune {
		t.Skip("it prints what constants are chosen by: -tune")
	}
	outs := all(seeds(t, "tuning"), size())
	var b bytes.Buffer
	for _, k := range watch.Kinds() {
		scores, days := falses(outs, string(k))
		fmt.Fprintf(&b, "%-16s %6.1f false a day;", k, float64(len(scores))/float64(days))
		for _, budget := range []float64{0.1, 0.3, 1, 3} {
			least := threshold(outs, string(k), budget)
			fmt.Fprintf(&b, "  %g: %.2f", budget, least)
			for _, v := range Variants() {
				found, _, of := recall(outs, string(k), v, least)
				fmt.Fprintf(&b, " %d", 100*found/max(of, 1))
			}
		}
		b.WriteByte('\n')
	}
	table, _ := tell(outs, outs)
	t.Log("\n" + b.String() + table)
}

// TestSame: the same seed gives the same records, another other ones; they are in order and
// all attacks are among them.
func TestSame(t *testing.T) {
	c := Config{Seed: 5, People: 100, Days: 14, Quiet: 8, Each: 1}
	hash := func(c Config) string {
		l := New(c)
		h := sha256.New()
		last, next := int64(0), uint64(0)
		l.Run(func(_ int, records []audit.Event) {
			for _, e := range records {
				if e.At < last || e.Seq < next {
					t.Fatalf("record %d is out of order", e.Seq)
				}
				last, next = e.At, e.Seq+1
				if err := json.NewEncoder(h).Encode(e); err != nil {
					t.Fatal(err)
				}
			}
		})
		if got := len(l.Attacks()); got != len(watch.Kinds())*len(Variants()) {
			t.Errorf("%d attacks", got)
		}
		for _, a := range l.Attacks() {
			if a.From >= a.To || a.Who == (id.Account{}) && len(a.Nets) == 0 && !a.Everywhere {
				t.Errorf("%+v", a)
			}
		}
		return fmt.Sprintf("%x", h.Sum(nil))
	}
	one := hash(c)
	if hash(c) != one {
		t.Error("the same seed gives other records")
	}
	if c.Seed++; hash(c) == one {
		t.Error("another seed gives the same records")
	}
}

// TestSeedsAreApart: nothing that is judged by was tuned by.
func TestSeedsAreApart(t *testing.T) {
	tuning := seeds(t, "tuning")
	for _, s := range seeds(t, "judging") {
		if slices.Contains(tuning, s) {
			t.Errorf("%d is in both", s)
		}
	}
}
