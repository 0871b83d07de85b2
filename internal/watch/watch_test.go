package watch

import (
	"bytes"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// anything draws a record of anything by anybody.
func anything(t *rapid.T, seq uint64, at int64) *audit.Event {
	acts := []audit.Act{
		"signin", "signin.second", "link.open", "map.open", "map.export", "map.delete", "map.push", "map.link.make", "org.access.give",
		"people.operator", "org.change", "factor.code.add", "factor.code.remove", "token.make", "audit.gap", "audit.checkpoint", "server.start",
	}
	n := rapid.IntRange(0, 5).Draw(t, "who")
	e := &audit.Event{
		Seq: seq, At: at, Act: rapid.SampledFrom(acts).Draw(t, "act"), Org: store.OrgID{byte(n % 2)},
		By:      audit.Who{Kind: rapid.SampledFrom([]audit.Kind{audit.Person, audit.Person, audit.Visitor, audit.Stranger, audit.Server}).Draw(t, "kind"), ID: id.Account{byte(n)}, Alias: fmt.Sprint(n)},
		On:      audit.Object{Sort: rapid.SampledFrom([]string{"map", "email", ""}).Draw(t, "sort"), ID: fmt.Sprint(rapid.IntRange(0, 50).Draw(t, "on"))},
		Result:  rapid.SampledFrom([]audit.Result{audit.OK, audit.OK, audit.Refused}).Draw(t, "result"),
		Session: rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "session"),
		From: audit.From{
			Agent: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "agent"), Device: rapid.SampledFrom([]string{"", "p", "q"}).Draw(t, "device"),
			Addr: netip.AddrFrom4([4]byte{1, 2, byte(rapid.IntRange(0, 40).Draw(t, "net")), 1}),
		},
	}
	for _, name := range []string{"changes", "deleted", "met", "waits"} {
		if n := rapid.SampledFrom([]uint64{0, 0, 1, 100}).Draw(t, name); n > 0 {
			e.Add(name, n)
		}
	}
	return e
}

func everywhere(a netip.Addr) (Place, bool) {
	b := a.As16()
	return Place{Latitude: float64(b[14]), Longitude: float64(b[14]) * 3, Country: "x"}, b[14]%3 > 0
}

var addrs = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

// TestGoesOn: a watch that was written down and read back between any two records tells what
// one tells that was not, and is written down as the same bytes.
func TestGoesOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{Places: everywhere, Settings: func(store.OrgID) Settings { return Settings{Sensitivity: 5} }}
		one, other := New(c), New(c)
		at, seq := monday.UnixMilli(), uint64(0)
		for range rapid.IntRange(1, 150).Draw(t, "records") {
			at += rapid.SampledFrom([]int64{0, second, minute, hour, 9 * hour, 20 * day, -minute}).Draw(t, "later")
			seq += rapid.SampledFrom([]uint64{1, 1, 1, 1, 0, 5}).Draw(t, "seq")
			if rapid.IntRange(0, 3).Draw(t, "restart") == 0 {
				fresh := New(c)
				if err := fresh.Restore(other.State()); err != nil {
					t.Fatal(err)
				}
				other = fresh
			}
			e := anything(t, seq, at)
			if diff := cmp.Diff(one.See(e), other.See(e), addrs); diff != "" {
				t.Fatal(diff)
			}
			if rapid.IntRange(0, 9).Draw(t, "tick") == 0 {
				if diff := cmp.Diff(one.Tick(at+day), other.Tick(at+day), addrs); diff != "" {
					t.Fatal(diff)
				}
			}
		}
		if !bytes.Equal(one.State(), other.State()) {
			t.Fatal("they are written down otherwise")
		}
	})
}

// FuzzRestore: what is read is whole, goes on and reads the same again, or is refused and
// changes nothing.
func FuzzRestore(f *testing.F) {
	s := newScene(f, Config{Places: everywhere})
	s.works(2, account(1), account(2))
	for n := range 50 {
		s.fails(netip.MustParseAddr("192.0.2.1"), n)
		s.does(account(1), "map.export", n)
	}
	f.Add(s.w.State())
	f.Add(New(Config{}).State())
	f.Fuzz(func(t *testing.T, b []byte) {
		w := New(Config{Places: everywhere})
		if err := w.Restore(b); err != nil {
			if !fault.Is(err, fault.Invalid) || w.Next() != 0 {
				t.Fatalf("refused: %v", err)
			}
			return
		}
		if !bytes.Equal(w.State(), b) {
			t.Fatal("it is written down otherwise")
		}
		s := scene{t: t, w: w, at: monday, seq: w.Next()}
		s.in(account(1), false)
		s.does(account(1), "map.export", 3)
		s.fails(netip.MustParseAddr("192.0.2.1"), 1)
		s.does(account(1), audit.MapPush, 3, audit.Count{Name: "changes", N: 1000}, audit.Count{Name: "deleted", N: 1000})
		if err := New(Config{}).Restore(w.State()); err != nil {
			t.Fatal(err)
		}
	})
}

// TestRefused: what is cut short, longer, or of another version is not read.
func TestRefused(t *testing.T) {
	s := newScene(t, Config{})
	s.works(1, account(1))
	b := s.w.State()
	for n := 0; n < len(b); n += 1 + len(b)/50 {
		if New(Config{}).Restore(b[:n]) == nil {
			t.Fatalf("%d of %d bytes are read", n, len(b))
		}
	}
	if New(Config{}).Restore(append(slices.Clone(b), 0)) == nil {
		t.Error("a byte too many is read")
	}
	b[0]++
	if New(Config{}).Restore(b) == nil {
		t.Error("another version is read")
	}
}

// TestSeenOnce: a record that comes again changes nothing.
func TestSeenOnce(t *testing.T) {
	s := newScene(t, Config{})
	s.works(1, account(1))
	before := s.w.State()
	if got := s.w.See(&audit.Event{Seq: 3, At: s.at.UnixMilli(), Act: audit.AuditGap}); got != nil || !bytes.Equal(before, s.w.State()) {
		t.Errorf("told %v", got)
	}
}

// TestForget: AU-8. The id of an account is nowhere in a watch, and one that is deleted is not
// remembered at all.
func TestForget(t *testing.T) {
	s := newScene(t, Config{})
	s.works(3, account(1), account(2))
	a := id.Account(account(1).who.ID)
	if len(s.w.people.nodes) != 2 || bytes.Contains(s.w.State(), a[:]) {
		t.Errorf("%d are remembered", len(s.w.people.nodes))
	}
	s.does(account(1), "account.delete", 0)
	if _, there := s.w.people.nodes[keyOf(account(1).who)]; there || len(s.w.people.nodes) != 1 {
		t.Error("it is still there")
	}
}

// TestSettings: an organisation hears of what it wants, as it wants.
func TestSettings(t *testing.T) {
	play := func(settings Settings) *scene {
		s := newScene(t, Config{Settings: func(o store.OrgID) Settings {
			if o == acme {
				return settings
			}
			return Settings{}
		}})
		s.works(10, account(1))
		s.clock(10, 0)
		for n := range 30 {
			s.does(account(1), "map.export", n)
		}
		return s
	}
	usual := play(Settings{})
	usual.finds(MassExport, figExported, 10)
	play(Settings{Off: []Kind{MassExport}}).quiet(MassExport)
	play(Settings{Sensitivity: 0.01}).quiet(MassExport)
	if more := play(Settings{Sensitivity: 4}).of(MassExport); len(more) <= len(usual.of(MassExport)) || more[0].Score >= 1 {
		t.Errorf("more sensitive: %+v", more)
	}
}

// TestJoined: what goes on is one alert, told again only when it is worse; on another day it
// is another.
func TestJoined(t *testing.T) {
	s := newScene(t, Config{})
	s.works(10, account(1))
	s.clock(10, 0)
	for n := range 300 {
		s.does(account(1), "map.export", n)
	}
	list := s.of(MassExport)
	if len(list) < 2 || len(list) > 20 {
		t.Fatalf("told %d times", len(list))
	}
	for i, a := range list {
		if a.ID != list[0].ID || i > 0 && (a.Score < list[i-1].Score*worse-1e-6 || a.Times <= list[i-1].Times) {
			t.Errorf("%+v after %+v", a, list[max(0, i-1)])
		}
	}
	s.at = s.at.AddDate(0, 0, 1)
	for n := range 300 {
		s.does(account(1), "map.export", n)
	}
	if again := s.of(MassExport)[len(list):]; len(again) == 0 || again[0].ID == list[0].ID {
		t.Errorf("the next day: %+v", again)
	}
}

// TestClockSteps: AU-9. A clock that is wrong for a moment is not followed; one that is wrong for
// long is, and back again, and what is noticed is noticed as before.
func TestClockSteps(t *testing.T) {
	s := newScene(t, Config{})
	s.works(10, account(1), account(2), account(3))
	s.alerts = nil
	right := s.at
	for _, wrong := range []time.Duration{365 * 24 * time.Hour, -365 * 24 * time.Hour, 100 * 365 * 24 * time.Hour} {
		s.at = right.Add(wrong)
		for range believed - 1 {
			s.does(account(1), "map.open", 1)
		}
		s.at = right.Add(time.Minute)
		right = s.at
		s.does(account(1), "map.open", 1)
	}
	if len(s.alerts) != 0 || s.w.now != right.UnixMilli() {
		t.Errorf("a moment of a wrong clock: %v, %+v", time.UnixMilli(s.w.now).UTC(), s.alerts)
	}
	s.at = right.Add(365 * 24 * time.Hour)
	for range 2 * believed {
		s.does(account(1), "map.open", 1)
	}
	if s.w.now != s.at.UnixMilli() {
		t.Error("a clock that is set anew is not followed")
	}
	s.at = right.Add(time.Hour)
	for range 2 * believed {
		s.does(account(1), "map.open", 1)
	}
	if s.w.now != s.at.UnixMilli() {
		t.Error("a clock that was wrong is not followed back")
	}
	s.alerts = nil
	for n := range 60 {
		s.at = s.at.Add(time.Second)
		s.does(account(2), "map.export", n)
	}
	if !slices.ContainsFunc(s.alerts, func(a Alert) bool { return a.Kind == MassExport }) {
		t.Errorf("nothing is noticed any more: %+v", s.alerts)
	}
	for _, a := range s.alerts {
		if math.IsInf(a.Score, 0) || math.IsNaN(a.Score) || a.At > s.at.UnixMilli() {
			t.Errorf("%+v", a)
		}
	}
}
