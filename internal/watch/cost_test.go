package watch

import (
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"plectica/internal/audit"
)

// mostHeap is what all that is remembered may take, in bytes.
const mostHeap = 100e6

// many plays days of usual work of n accounts, each with five maps a day.
func many(s *scene, n, days int) {
	for range days {
		start := s.at
		for i := range n {
			s.at = start.Add(9*time.Hour + time.Duration(i)*time.Millisecond)
			p := account(i)
			p.who.ID[3] = byte(i >> 16)
			p.from.Addr = netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i >> 3), 5})
			s.in(p, true)
			for m := range 5 {
				s.does(p, "map.open", i*5+m)
			}
			s.does(p, audit.MapPush, i*5, audit.Count{Name: "changes", N: 8}, audit.Count{Name: "deleted", N: 2})
			if i%10 == 0 {
				s.does(p, "map.export", i)
				s.does(p, "map.link.make", i)
			}
		}
		s.at = start.AddDate(0, 0, 1)
	}
}

// TestMemory: 100,000 accounts with usual activity stay within the bound.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it plays a million records; without -short it does")
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	s := newScene(t, Config{})
	many(s, maxPeople, 1)
	for n := range 4 * maxTargets {
		s.fails(netip.AddrFrom4([4]byte{11, byte(n >> 10), byte(n >> 2), 1}), n)
	}
	for n := range maxVisits {
		p := account(n)
		p.who.Kind = audit.Visitor
		s.does(p, "link.open", n)
		s.does(p, "map.open", n)
		s.does(p, "map.export", n)
	}
	full := []int{len(s.w.people.nodes), len(s.w.visits.nodes), len(s.w.sessions.nodes), len(s.w.sources.nodes), len(s.w.targets.nodes)}
	if want := []int{maxPeople, maxVisits, maxSessions, maxSources, maxTargets}; !slices.Equal(full, want) {
		t.Fatalf("%d are remembered, not %d", full, want)
	}
	s.alerts = nil
	after := heap()
	t.Logf("%.1f MB with %d accounts, visits, sign-ins, networks and targets", float64(after-before)/1e6, full)
	if after-before > mostHeap {
		t.Errorf("%d bytes", after-before)
	}
	runtime.KeepAlive(s.w)
}

// BenchmarkSee is one record among those of 10,000 accounts.
func BenchmarkSee(b *testing.B) {
	s := newScene(b, Config{})
	many(s, 10_000, 2)
	var all []*audit.Event
	for i := range 10_000 {
		p := account(i)
		for _, act := range []audit.Act{"signin", "map.open", "map.push", "map.export"} {
			all = append(all, &audit.Event{Act: act, By: p.who, From: p.from, Session: p.session, Result: audit.OK, Counts: []audit.Count{{Name: "changes", N: 5}}})
		}
	}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		e := all[n%len(all)]
		e.Seq, e.At = s.seq, s.at.UnixMilli()+int64(n/100)
		s.seq++
		n++
		s.w.See(e)
	}
}

// BenchmarkState writes a watch of 10,000 accounts down and reads it back.
func BenchmarkState(b *testing.B) {
	s := newScene(b, Config{})
	many(s, 10_000, 2)
	for b.Loop() {
		state := s.w.State()
		if err := New(Config{}).Restore(state); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(state)), "bytes")
	}
}
