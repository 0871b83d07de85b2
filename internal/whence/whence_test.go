package whence

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"plectica/internal/fault"
)

func proxies(t testing.TB, c Config) *Proxies {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// request is one from an address, with lines of headers as "name: value".
func request(from string, lines ...string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = from
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		r.Header.Add(name, value)
	}
	return r
}

const refused = "refused"

func client(p *Proxies, r *http.Request) string {
	a, err := p.Client(r)
	if fault.Is(err, fault.Invalid) {
		return refused
	}
	if err != nil {
		return err.Error()
	}
	return a.String()
}

func TestXForwardedFor(t *testing.T) {
	p := proxies(t, Config{Trusted: []string{"10.0.0.0/8", "192.0.2.1", "fd00::/8"}})
	many := strings.TrimSuffix(strings.Repeat("10.0.0.1, ", MaxHops+1), ", ")
	for _, c := range []struct {
		name, from string
		lines      []string
		want       string
	}{
		{"no header", "10.0.0.1:1", nil, "10.0.0.1"},
		{"nobody believes a stranger", "198.51.100.1:1", []string{"X-Forwarded-For: 203.0.113.9"}, "198.51.100.1"},
		{"nor is a stranger's nonsense read", "198.51.100.1:1", []string{"X-Forwarded-For: ;DROP"}, "198.51.100.1"},
		{"one proxy", "10.0.0.1:1", []string{"X-Forwarded-For: 203.0.113.9"}, "203.0.113.9"},
		{"a single address is a network", "192.0.2.1:1", []string{"X-Forwarded-For: 203.0.113.9"}, "203.0.113.9"},
		{"its neighbour is not", "192.0.2.2:1", []string{"X-Forwarded-For: 203.0.113.9"}, "192.0.2.2"},
		{"the rightmost stranger, never the leftmost", "10.0.0.1:1", []string{"X-Forwarded-For: 1.1.1.1, 203.0.113.9"}, "203.0.113.9"},
		{"through our proxies", "10.0.0.1:1", []string{"X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.9.9.9,10.8.8.8"}, "203.0.113.9"},
		{"over several lines", "10.0.0.1:1", []string{"X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 10.2.2.2"}, "203.0.113.9"},
		{"a claim to be a proxy of ours stays left of who made it", "10.0.0.1:1", []string{"X-Forwarded-For: 10.0.0.5, 203.0.113.9"}, "203.0.113.9"},
		{"proxies alone", "10.0.0.1:1", []string{"X-Forwarded-For: 10.3.3.3, 10.2.2.2"}, "10.3.3.3"},
		{"what a stranger wrote is not read", "10.0.0.1:1", []string{"X-Forwarded-For: unknown, <script>, 203.0.113.9"}, "203.0.113.9"},
		{"version 6", "[fd00::1]:1", []string{"X-Forwarded-For: 2001:db8::7"}, "2001:db8::7"},
		{"in brackets", "[fd00::1]:1", []string{"X-Forwarded-For: [2001:db8::7]"}, "2001:db8::7"},
		{"with a port", "10.0.0.1:1", []string{"X-Forwarded-For: 203.0.113.9:4711"}, "203.0.113.9"},
		{"with both", "10.0.0.1:1", []string{"X-Forwarded-For: [2001:db8::7]:4711"}, "2001:db8::7"},
		{"mapped is the same", "[::ffff:10.0.0.1]:1", []string{"X-Forwarded-For: ::ffff:203.0.113.9"}, "203.0.113.9"},
		{"a zone does not count", "10.0.0.1:1", []string{"X-Forwarded-For: fe80::1%eth0"}, "fe80::1"},
		{"the other header is nothing", "10.0.0.1:1", []string{"Forwarded: for=203.0.113.9", "X-Real-IP: 1.1.1.1", "True-Client-IP: 1.1.1.1"}, "10.0.0.1"},
		{"empty", "10.0.0.1:1", []string{"X-Forwarded-For: "}, refused},
		{"a gap", "10.0.0.1:1", []string{"X-Forwarded-For: 203.0.113.9, , 10.2.2.2"}, refused},
		{"a name", "10.0.0.1:1", []string{"X-Forwarded-For: localhost"}, refused},
		{"unknown, by our proxy", "10.0.0.1:1", []string{"X-Forwarded-For: 203.0.113.9, unknown"}, refused},
		{"a network", "10.0.0.1:1", []string{"X-Forwarded-For: 203.0.113.0/24"}, refused},
		{"brackets around version 4", "10.0.0.1:1", []string{"X-Forwarded-For: [203.0.113.9]"}, refused},
		{"leading zeros", "10.0.0.1:1", []string{"X-Forwarded-For: 203.0.113.09"}, refused},
		{"too many", "10.0.0.1:1", []string{"X-Forwarded-For: " + many}, refused},
		{"too many over lines", "10.0.0.1:1", slices.Repeat([]string{"X-Forwarded-For: 10.2.2.2"}, MaxHops+1), refused},
		{"just as many as may be", "10.0.0.1:1", slices.Repeat([]string{"X-Forwarded-For: 10.2.2.2"}, MaxHops), "10.2.2.2"},
		{"no network", "pipe", []string{"X-Forwarded-For: 203.0.113.9"}, "invalid IP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := client(p, request(c.from, c.lines...)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestForwarded(t *testing.T) {
	p := proxies(t, Config{Trusted: []string{"10.0.0.0/8"}, Header: Forwarded})
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"plain", []string{"Forwarded: for=203.0.113.9"}, "203.0.113.9"},
		{"any case", []string{"forwarded: FOR=203.0.113.9;Proto=https;by=10.0.0.1;host=evil.test"}, "203.0.113.9"},
		{"quoted", []string{`Forwarded: for="[2001:db8::7]:4711"`}, "2001:db8::7"},
		{"escaped", []string{`Forwarded: for="203.0\.113.9"`}, "203.0.113.9"},
		{"the rightmost stranger", []string{`Forwarded: for=1.1.1.1, for=203.0.113.9 , for=10.2.2.2;proto=http`}, "203.0.113.9"},
		{"over lines", []string{`Forwarded: for=1.1.1.1`, `Forwarded: for=203.0.113.9`}, "203.0.113.9"},
		{"a comma in quotation marks", []string{`Forwarded: host="a,b";for=203.0.113.9`}, "203.0.113.9"},
		{"hidden by a stranger further left", []string{`Forwarded: for=_hidden, for=203.0.113.9`}, "203.0.113.9"},
		{"the other header is nothing", []string{"X-Forwarded-For: 203.0.113.9"}, "10.0.0.1"},
		{"an open quotation mark", []string{`Forwarded: for="1.1.1.1, for=203.0.113.9`}, refused},
		{"that another line would close", []string{`Forwarded: for="1.1.1.1`, `Forwarded: for=203.0.113.9"`}, refused},
		{"ends in a backslash", []string{`Forwarded: for="1.1.1.1\`}, refused},
		{"unknown", []string{"Forwarded: for=unknown"}, refused},
		{"hidden", []string{"Forwarded: for=_x"}, refused},
		{"nobody", []string{"Forwarded: by=10.0.0.1;proto=https"}, refused},
		{"two", []string{"Forwarded: for=203.0.113.9;for=1.1.1.1"}, refused},
		{"empty", []string{"Forwarded: "}, refused},
		{"a gap", []string{"Forwarded: for=1.1.1.1,,for=203.0.113.9"}, refused},
		{"a trailing comma", []string{"Forwarded: for=203.0.113.9,"}, refused},
		{"a trailing semicolon", []string{"Forwarded: for=203.0.113.9;"}, refused},
		{"no value", []string{"Forwarded: for="}, refused},
		{"version 6 without quotation marks", []string{"Forwarded: for=[2001:db8::7]"}, refused},
		{"too many", []string{"Forwarded: " + strings.TrimSuffix(strings.Repeat("for=10.2.2.2,", MaxHops+1), ",")}, refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := client(p, request("10.0.0.1:1", c.lines...)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestBoth: with the PROXY protocol a header goes on from the client it named, or says
// the same; all else is refused.
func TestBoth(t *testing.T) {
	p := proxies(t, Config{Trusted: []string{"10.0.0.0/8"}, Protocol: true})
	for _, c := range []struct {
		name, said, from, header, want string
	}{
		{"no header", saidClient, "203.0.113.9:1", "", "203.0.113.9"},
		{"the same", saidClient, "203.0.113.9:1", "203.0.113.9", "203.0.113.9"},
		{"the same, and what the client claimed", saidClient, "203.0.113.9:1", "1.1.1.1, 203.0.113.9", "203.0.113.9"},
		{"another", saidClient, "203.0.113.9:1", "1.1.1.1", refused},
		{"a claim to be a proxy", saidClient, "203.0.113.9:1", "10.0.0.7", refused},
		{"nonsense", saidClient, "203.0.113.9:1", "x", refused},
		{"a proxy behind a proxy", saidClient, "10.0.0.2:1", "203.0.113.9", "203.0.113.9"},
		{"a proxy's own", saidOwn, "10.0.0.1:1", "", "10.0.0.1"},
		{"a proxy's own cannot be somebody's", saidOwn, "10.0.0.1:1", "203.0.113.9", refused},
		{"a stranger who came straight", "", "203.0.113.9:1", "1.1.1.1", "203.0.113.9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(c.from)
			if c.header != "" {
				r.Header.Set("X-Forwarded-For", c.header)
			}
			if c.said != "" {
				r = r.WithContext(context.WithValue(r.Context(), saidKey{}, c.said))
			}
			if got := client(p, r); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestNobodyIsTrustedUnasked(t *testing.T) {
	var none *Proxies
	for _, p := range []*Proxies{none, {}, proxies(t, Config{})} {
		if got := client(p, request("127.0.0.1:1", "X-Forwarded-For: 203.0.113.9")); got != "127.0.0.1" {
			t.Errorf("got %s", got)
		}
		if p.Trusts(netip.MustParseAddr("127.0.0.1")) {
			t.Error("somebody is trusted")
		}
	}
}

func TestBadConfig(t *testing.T) {
	for _, c := range []Config{
		{Trusted: []string{"0.0.0.0/0"}}, {Trusted: []string{"::/0"}}, {Trusted: []string{"10.0.0.1/8"}}, {Trusted: []string{"proxy.test"}},
		{Trusted: []string{""}}, {Trusted: []string{"10.0.0.0/33"}}, {Trusted: []string{"::ffff:10.0.0.0/104"}}, {Trusted: []string{"fe80::1%eth0"}},
		{Trusted: slices.Repeat([]string{"10.0.0.1"}, MaxTrusted+1)}, {Header: "x-real-ip"}, {Header: "X-Forwarded-For"}, {Protocol: true},
	} {
		if _, err := New(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// FuzzClient: whatever a header says, the answer is an address or a refusal; a
// stranger moves nothing, and neither does what stands left of a stranger.
func FuzzClient(f *testing.F) {
	for _, v := range []string{"", "203.0.113.9", "1.1.1.1, 10.0.0.2", `for="[2001:db8::7]:4711";by=10.0.0.1, for=10.1.1.1`, `for="a\"b`, "for=_x, for=unknown", ",", "[::1]:1"} {
		f.Add(v, v, "203.0.113.9")
		f.Add(v, "for=203.0.113.9", `for="203.0.113.9"`)
	}
	f.Fuzz(func(t *testing.T, a, b, last string) {
		for _, header := range []string{XForwardedFor, Forwarded} {
			p := proxies(t, Config{Trusted: []string{"10.0.0.0/8"}, Header: header})
			set := func(from string, lines ...string) *http.Request {
				r := request(from)
				for _, l := range lines {
					r.Header.Add(header, l)
				}
				return r
			}
			if got := client(p, set("203.0.113.7:1", a, b, last)); got != "203.0.113.7" {
				t.Fatalf("a stranger became %s", got)
			}
			alone, err := p.Client(set("10.0.0.1:1", last))
			if err != nil {
				if !fault.Is(err, fault.Invalid) {
					t.Fatal(err)
				}
				if _, err := p.Client(set("10.0.0.1:1", a, b, last)); err == nil && header == XForwardedFor {
					t.Fatalf("%q is read only behind %q, %q", last, a, b)
				}
				continue
			}
			if !alone.IsValid() || alone.Zone() != "" || alone.Is4In6() {
				t.Fatalf("%q gave %v", last, alone)
			}
			if p.Trusts(alone) {
				continue // what stands further left counts
			}
			if got, err := p.Client(set("10.0.0.1:1", a, b, last)); err == nil && got != alone {
				t.Fatalf("%q, %q in front turned %v into %v", a, b, alone, got)
			}
		}
	})
}
