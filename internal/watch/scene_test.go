package watch

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"plectica/internal/audit"
	"plectica/internal/id"
	"plectica/internal/store"
)

// monday is when scenes begin.
var monday = time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC)

// acme is whose all is.
var acme = store.OrgID{7}

// scene plays records to a watch.
type scene struct {
	t      testing.TB
	w      *Watch
	at     time.Time
	seq    uint64
	alerts []Alert
}

func newScene(t testing.TB, c Config) *scene { return &scene{t: t, w: New(c), at: monday} }

// someone is an account with a browser.
type someone struct {
	who     audit.Who
	from    audit.From
	session string
}

func account(n int) someone {
	a := id.Account{1, byte(n >> 8), byte(n)}
	return someone{
		audit.Who{Kind: audit.Person, ID: a, Alias: fmt.Sprint("a", n)},
		audit.From{Addr: netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 5}), Agent: "Firefox", Device: fmt.Sprint("d", n)},
		fmt.Sprint("s", n),
	}
}

// at is the same account elsewhere; with another device, if one is named.
func (p someone) from2(addr, agent, device, session string) someone {
	p.from = audit.From{Addr: netip.MustParseAddr(addr), Agent: agent, Device: device}
	p.session = session
	return p
}

// see plays a record.
func (s *scene) see(e audit.Event) {
	e.Seq, e.At = s.seq, s.at.UnixMilli()
	if e.Result == "" {
		e.Result = audit.OK
	}
	s.seq++
	s.alerts = append(s.alerts, s.w.See(&e)...)
}

// does plays an act of somebody, on the nth map, with counts.
func (s *scene) does(p someone, act audit.Act, n int, counts ...audit.Count) {
	s.see(audit.Event{Act: act, By: p.who, From: p.from, Session: p.session, Org: acme, On: audit.Of("map", id.Map{byte(n >> 8), byte(n), 9}), Counts: counts})
}

// fails plays a sign-in in vain.
func (s *scene) fails(addr netip.Addr, target int) {
	s.see(audit.Event{Act: "signin", By: audit.Who{Kind: audit.Stranger}, On: audit.Object{Sort: "email", ID: fmt.Sprint(s.at.YearDay(), "-", target)},
		From: audit.From{Addr: addr, Agent: "Chrome"}, Result: audit.Refused, Code: "permission", Counts: []audit.Count{{Name: "status", N: 403}}})
}

// in plays a sign-in; met: with what is known.
func (s *scene) in(p someone, met bool) {
	c := []audit.Count{{Name: "proven", N: 1}}
	if met {
		c = append([]audit.Count{{Name: "met", N: 1}}, c...)
	}
	s.does(p, "signin", 0, c...)
}

// works plays days of usual work of some, from nine to five.
func (s *scene) works(days int, people ...someone) {
	for range days {
		start := s.at
		weekend := start.Weekday() == time.Saturday || start.Weekday() == time.Sunday
		for h := range 24 {
			for i, p := range people {
				if s.at = start.Add(time.Duration(h)*time.Hour + time.Duration(i)*time.Minute); h < 9 || h >= 17 || weekend {
					continue
				}
				s.does(p, "map.open", h/2)
				for n := range 3 {
					s.at = s.at.Add(time.Minute / 10)
					s.does(p, audit.MapPush, h/2, audit.Count{Name: "changes", N: 8}, audit.Count{Name: "deleted", N: uint64(n)}, audit.Count{Name: "made", N: 2}, audit.Count{Name: "ops", N: 12})
				}
			}
			for m := 10; m <= 50; m += 10 { // the server's own records
				s.at = start.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute)
				s.see(audit.Event{Act: audit.HealthRead, By: audit.Who{Kind: audit.Server}})
			}
		}
		s.at = start.AddDate(0, 0, 1)
	}
}

// clock sets the time of the day that begins now.
func (s *scene) clock(h, m int) {
	y, mo, d := s.at.Date()
	s.at = time.Date(y, mo, d, h, m, 0, 0, time.UTC)
}

// of are the alerts of a kind.
func (s *scene) of(k Kind) []Alert {
	return slices.DeleteFunc(slices.Clone(s.alerts), func(a Alert) bool { return a.Kind != k })
}

// finds wants an alert of a kind with a figure of at least so much, and returns the latest.
func (s *scene) finds(k Kind, figure string, value float64) Alert {
	s.t.Helper()
	s.explained()
	list := s.of(k)
	if len(list) == 0 {
		s.t.Fatalf("%s is not found; there are %v", k, s.alerts)
	}
	a := list[len(list)-1]
	i := slices.IndexFunc(a.Figures, func(f Figure) bool { return f.Name == figure })
	if i < 0 || a.Figures[i].Value < value || a.Score < 1 || a.ID == 0 || a.Severity == "" || len(a.Evidence) > maxEvidence {
		s.t.Fatalf("%s: %+v, want %s of %v", k, a, figure, value)
	}
	return a
}

// quiet wants no alert of a kind.
func (s *scene) quiet(k Kind) {
	s.t.Helper()
	if list := s.of(k); len(list) > 0 {
		s.t.Fatalf("%s for what is usual: %+v", k, list)
	}
}
