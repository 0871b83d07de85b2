package risk_test

import (
	"strings"
	"testing"

	"plectica/internal/audit"
	"plectica/internal/id"
	"plectica/internal/risk"
	"plectica/internal/watch/life"
)

// signsIn reports whether a record is of somebody who got in by a password.
func signsIn(e *audit.Event) bool {
	return (e.Act == "signin" || e.Act == "signin.second") && e.Result == audit.OK && e.N("waits") == 0 && e.By.Kind == audit.Person
}

// attemptOf is what a record has of an attempt. Owners' cookies are known; of thieves, whose
// sign-ins have names of their own, none is.
func attemptOf(e *audit.Event) (a risk.Attempt, thief bool) {
	browser, system, _ := strings.Cut(e.From.Agent, " ")
	family, _, _ := strings.Cut(browser, "/")
	thief = strings.HasPrefix(e.Session, "x")
	return risk.Attempt{
		Device: e.From.Device != "" && !thief, Addr: e.From.Addr, Browser: family, System: strings.TrimRight(system, "."), At: e.At,
	}, thief
}

// TestOtherLives: the lives that the watch over the audit log is judged by were made up with
// it and not for this; no constant here was chosen by them. What is asked there stays in bounds.
func TestOtherLives(t *testing.T) {
	const days, warm = 45, 14
	owners, asked := 0, 0
	thieves, stopped := map[string]int{}, map[string]int{}
	seeds := []uint64{501, 502, 503}
	if testing.Short() {
		seeds = seeds[:1]
	}
	for _, seed := range seeds {
		l := life.New(life.Config{Seed: seed, People: 300, Days: days, Quiet: warm, Each: 2})
		known := map[id.Account]risk.Habits{}
		l.Run(func(day int, records []audit.Event) {
			for i := range records {
				e := &records[i]
				if !signsIn(e) {
					continue
				}
				a, thief := attemptOf(e)
				h := known[e.By.ID]
				v := risk.Weigh(h, a)
				switch {
				case thief:
					sort := variantOf(l, e)
					thieves[sort]++
					if v.Risky {
						stopped[sort]++
					}
					continue
				case day >= warm && len(h.Networks) > 0:
					owners++
					if v.Risky {
						asked++
					}
				}
				known[e.By.ID] = h.Learn(a)
			}
		})
	}
	share := float64(asked) / float64(owners)
	t.Logf("owners: %d sign-ins, %.3f asked", owners, share)
	for _, sort := range life.Variants() {
		t.Logf("thieves, %q: %d sign-ins, %.3f asked", sort, thieves[sort], float64(stopped[sort])/float64(max(1, thieves[sort])))
	}
	if share > 0.08 {
		t.Errorf("%.3f of the owners' sign-ins are asked", share)
	}
	if all, got := thieves[life.Naive], stopped[life.Naive]; all < 20 || 10*got < 9*all {
		t.Errorf("of %d plain thieves %d are asked", all, got)
	}
}

// variantOf is of what sort the attack is that a record belongs to; empty: of none alone.
func variantOf(l *life.Life, e *audit.Event) string {
	for _, x := range l.Attacks() {
		if x.Who == e.By.ID && x.From <= e.At && e.At <= x.To {
			return x.Variant
		}
	}
	return ""
}
