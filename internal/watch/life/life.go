// Package life makes up the records of a site: people in offices, at home, on trains and on
// holiday, programs, visitors and noise, and among them attacks of which it says where they
// are. It is what detectors are judged by, and shares nothing with them but the form of
// records. The same seed gives the same records. It claims nothing about real sites: its
// numbers are guesses, and what is measured with it holds for it alone.
package life

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"plectica/internal/audit"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Config is what a life is made of.
type Config struct {
	Seed   uint64
	People int // accounts
	Days   int
	// Quiet is how many days pass before the first attack; with Days or more there is none.
	Quiet int
	// Each is how many attacks of each kind and variant there are.
	Each int
}

// Attack is one that was planted.
type Attack struct {
	Kind, Variant string
	From, To      int64 // milliseconds since 1970
	Who           id.Account
	Nets          []netip.Prefix // from where, if it came from elsewhere than the account does
	Everywhere    bool           // it is about the whole site
}

// The variants, from the plainest.
const (
	Naive    = "naive"
	Careful  = "careful"
	Targeted = "targeted"
)

// Variants are all.
func Variants() []string { return []string{Naive, Careful, Targeted} }

// Life is a site's.
type Life struct {
	c       Config
	r       *rand.Rand
	begin   time.Time
	orgs    []*org
	people  []*person
	asleep  []*person // have an account, and do not use it
	extra   map[int][]audit.Event
	holes   []hole
	attacks []Attack
	planned map[int][]assault
	seq     uint64
	serial  int
	today   []audit.Event
}

// hole is a time of which records are missing, or after which numbers are.
type hole struct {
	from, to int64
	skip     uint64
}

// New makes a site up.
func New(c Config) *Life {
	l := &Life{c: c, r: rand.New(rand.NewPCG(c.Seed, 0x6c696665)), begin: time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC), extra: map[int][]audit.Event{}}
	l.found()
	return l
}

// Attacks are those planted so far: all, once Days is through.
func (l *Life) Attacks() []Attack { return l.attacks }

// Run gives the records of each day, in order.
func (l *Life) Run(yield func(day int, records []audit.Event)) {
	l.plan()
	for d := range l.c.Days {
		l.today = nil
		for _, p := range l.people {
			l.day(p, d)
		}
		l.strangers(d)
		l.server(d)
		l.strike(d)
		all := append(l.today, l.extra[d]...)
		delete(l.extra, d)
		yield(d, l.number(d, all))
	}
}

// number puts records in order, leaves out what lies in a hole, and numbers the rest.
// What is of the next day waits for it.
func (l *Life) number(d int, all []audit.Event) []audit.Event {
	end := l.midnight(d + 1).UnixMilli()
	slices.SortStableFunc(all, func(a, b audit.Event) int { return cmp.Compare(a.At, b.At) })
	out := all[:0]
	for _, e := range all {
		if e.At >= end {
			l.extra[d+1] = append(l.extra[d+1], e)
			continue
		}
		in := slices.IndexFunc(l.holes, func(h hole) bool { return h.from <= e.At && e.At < h.to })
		if in >= 0 {
			l.seq += l.holes[in].skip
			l.holes[in].skip = 0
			if l.holes[in].to-l.holes[in].from > 1 {
				continue
			}
		}
		e.Seq = l.seq
		l.seq++
		out = append(out, e)
	}
	return out
}

func (l *Life) midnight(d int) time.Time { return l.begin.AddDate(0, 0, d) }

// say adds a record.
func (l *Life) say(at time.Time, e audit.Event) {
	e.At = at.UnixMilli()
	if e.Result == "" {
		e.Result = audit.OK
	}
	l.today = append(l.today, e)
}

// name makes a name up.
func (l *Life) name(prefix string) string {
	l.serial++
	return fmt.Sprint(prefix, l.serial)
}

// chance is true in p of all cases.
func (l *Life) chance(p float64) bool { return l.r.Float64() < p }

// between is a number from a to b.
func (l *Life) between(a, b int) int { return a + l.r.IntN(b-a+1) }

func pick[T any](l *Life, list []T) T { return list[l.r.IntN(len(list))] }

// n are counts by pairs of name and number.
func n(pairs ...any) []audit.Count {
	var e audit.Event
	for i := 0; i < len(pairs); i += 2 {
		e.Add(pairs[i].(string), uint64(pairs[i+1].(int)))
	}
	return e.Counts
}

// org is an organisation with its office.
type org struct {
	id     store.OrgID
	city   int
	office int // which of the city's
	maps   []id.Map
	staff  []*person
}

func (l *Life) mapID() id.Map {
	l.serial++
	return id.Map{byte(l.serial >> 16), byte(l.serial >> 8), byte(l.serial), 77}
}
