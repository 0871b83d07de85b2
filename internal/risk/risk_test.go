package risk

import (
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func from(addr, browser, system string) Attempt {
	return Attempt{Addr: netip.MustParseAddr(addr), Browser: browser, System: system}
}

// often are the habits of an account that signed in so often, all the same.
func often(n int, a Attempt) (h Habits) {
	for range n {
		a.At += day
		h = h.Learn(a)
	}
	return h
}

// TestWeigh: what is asked of whom, for an account that signed in once and for one that
// signed in often.
func TestWeigh(t *testing.T) {
	home := from("192.0.2.1", "Firefox", "Linux")
	six := from("2001:db8:1:2::3", "Firefox", "Linux")
	for _, c := range []struct {
		what        string
		h           Habits
		a           Attempt
		once, later bool // risky
	}{
		{"just the same", Habits{}, home, false, false},
		{"another address of the network", Habits{}, from("192.0.2.200", "Firefox", "Linux"), false, false},
		{"another browser there", Habits{}, from("192.0.2.1", "Chrome", "Linux"), false, false},
		{"another device there", Habits{}, from("192.0.2.1", "Safari", "iPhone"), false, false},
		{"another network of the provider", Habits{}, from("192.0.77.1", "Firefox", "Linux"), false, false},
		{"another device by the provider", Habits{}, from("192.0.77.1", "Safari", "iPhone"), false, false},
		{"the browser, elsewhere", Habits{}, from("198.51.100.7", "Firefox", "Linux"), true, true},
		{"another browser, elsewhere", Habits{}, from("198.51.100.7", "Chrome", "Linux"), true, true},
		{"another device, elsewhere", Habits{}, from("198.51.100.7", "Safari", "iPhone"), true, true},
		{"by the other protocol, elsewhere", Habits{}, six, true, true},
		{"from nowhere, with nothing", Habits{}, Attempt{}, true, true},
		{"a known cookie, elsewhere", Habits{}, Attempt{Device: true, Addr: netip.MustParseAddr("198.51.100.7")}, false, false},
		{"in use there", Habits{}.Also(from("198.51.100.7", "Firefox", "Linux")), from("198.51.100.9", "Chrome", "Mac"), false, false},
	} {
		for _, n := range []struct {
			times int
			want  bool
		}{{1, c.once}, {30, c.later}} {
			h := often(n.times, home)
			for _, v := range c.h.Networks {
				h.Networks, h.Providers = append(h.Networks, v), append(h.Providers, c.h.Providers...)
			}
			got := Weigh(h, c.a)
			if got.Risky != n.want || got.Risky != (got.Percent >= 50) {
				t.Errorf("%s, after %d: %+v", c.what, n.times, got)
			}
		}
	}
	for what, a := range map[string]Attempt{"the same": home, "a known cookie": {Device: true}, "nothing known": {}} {
		if v := Weigh(Habits{}, a); v != (Verdict{}) {
			t.Errorf("the first, %s: %+v", what, v)
		}
		if v := Weigh(Habits{Doubt: true}, a); v != (Verdict{100, true}) {
			t.Errorf("in doubt, %s: %+v", what, v)
		}
	}
}

// TestProviders: what changes its network within a provider's range stays known, by either
// protocol, as carriers' phones do.
func TestProviders(t *testing.T) {
	for _, c := range []struct{ a, b string }{
		{"10.20.1.1", "10.20.250.9"}, {"2001:db8:1::1", "2001:db8:ffff::2"}, {"::ffff:10.20.1.1", "10.20.2.1"}, {"fe80::1%eth0", "fe80::2"},
	} {
		if v := Weigh(often(9, from(c.a, "Chrome", "Android")), from(c.b, "Chrome", "Android")); v.Risky {
			t.Errorf("%s after %s: %+v", c.b, c.a, v)
		}
	}
}

// TestWanderers: who always comes from somewhere else is no surprise elsewhere; with another
// device they are less of one than who never moves.
func TestWanderers(t *testing.T) {
	var h Habits
	for i := range 20 {
		a := from("10.0.0.1", "Safari", "Mac")
		b := a.Addr.As4()
		b[1] = byte(10 * i)
		a.Addr, a.At = netip.AddrFrom4(b), int64(i)*day
		h = h.Learn(a)
	}
	next := from("203.0.113.5", "Safari", "Mac")
	rooted := often(20, from("192.0.2.1", "Safari", "Mac"))
	if w, r := Weigh(h, next), Weigh(rooted, next); w.Percent >= r.Percent || !r.Risky {
		t.Errorf("wanderer %+v, rooted %+v", w, r)
	}
}

func anyAttempt(t *rapid.T, what string) Attempt {
	b := rapid.SliceOfN(rapid.SampledFrom([]byte{1, 2, 3}), 4, 4).Draw(t, what)
	return Attempt{
		Addr:    netip.AddrFrom4([4]byte(b)),
		Browser: rapid.SampledFrom([]string{"Chrome", "Firefox", "Safari", ""}).Draw(t, what+" browser"),
		System:  rapid.SampledFrom([]string{"Linux", "Mac", ""}).Draw(t, what+" system"),
		At:      rapid.Int64Range(0, 800).Draw(t, what+" day") * day,
	}
}

func anyHabits(t *rapid.T) (h Habits) {
	for range rapid.IntRange(1, 120).Draw(t, "sign-ins") {
		h = h.Learn(anyAttempt(t, "past"))
	}
	return h
}

// TestLaws: what holds of any account. What it has of sign-ins stays bounded and sound and
// comes back from JSON; nothing it is given changes; a sign-in like one that was learnt is
// never riskier than before; a known cookie never is.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, a := anyHabits(t), anyAttempt(t, "now")
		before, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		v := Weigh(h, a)
		if v.Percent > 100 || v.Risky != (v.Percent >= 50) {
			t.Fatalf("%+v", v)
		}
		if w := Weigh(h, Attempt{Device: true, Addr: a.Addr}); w != (Verdict{}) {
			t.Fatalf("a known cookie: %+v", w)
		}
		next := h.Learn(a)
		if !h.Sound() || !next.Sound() || !next.Also(a).Sound() {
			t.Fatalf("unsound: %+v", next)
		}
		if w := Weigh(next, a); w.Percent > v.Percent || w.Risky {
			t.Fatalf("once it is known: %+v, before %+v", w, v)
		}
		if diff := cmp.Diff(next, next.Also(a)); diff != "" {
			t.Fatalf("in use where it signed in:\n%s", diff)
		}
		after, err := json.Marshal(h)
		if err != nil || string(after) != string(before) {
			t.Fatalf("changed: %s, before %s, %v", after, before, err)
		}
		var back Habits
		if err := json.Unmarshal(before, &back); err != nil || cmp.Diff(h, back) != "" {
			t.Fatalf("read back: %+v, %v", back, err)
		}
	})
}

// TestForgotten: what was not seen for a year counts no more, and doubt no longer than until
// the next sign-in is learnt of.
func TestForgotten(t *testing.T) {
	old, now := from("10.1.1.1", "Chrome", "Windows"), from("192.0.2.1", "Firefox", "Linux")
	h := often(3, old)
	now.At = Memory + 4*day
	if h = h.Learn(now); len(h.Networks) != 1 || len(h.Systems) != 1 {
		t.Errorf("%+v", h)
	}
	if h := (Habits{Doubt: true}).Learn(now); h.Doubt || len(h.Networks) != 1 {
		t.Errorf("%+v", h)
	}
	for what, h := range map[string]Habits{
		"none of one":  {Agents: Uses{{Key: 1}}},
		"far too many": {Systems: Uses{{Key: 1, N: fullness + 1}}},
		"a long list":  {Networks: make(Uses, most+1)},
	} {
		if h.Sound() {
			t.Errorf("%s: sound", what)
		}
	}
}

func BenchmarkWeigh(b *testing.B) {
	var h Habits
	for i := range 60 {
		h = h.Learn(Attempt{Addr: netip.AddrFrom4([4]byte{10, byte(i), 1, 1}), Browser: "Chrome", System: "Linux", At: int64(i)})
	}
	a := from("192.0.2.1", "Firefox", "Mac")
	for b.Loop() {
		Weigh(h, a)
	}
}
