package httpd

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"plectica/internal/api"
	"plectica/internal/problem"
	"plectica/internal/whence"
)

func trusting(t *testing.T, c whence.Config) func(*Config) {
	t.Helper()
	p, err := whence.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *Config) { c.Proxies = p }
}

// TestAddressOfAVisit: what a visit is counted and judged by is the client's address,
// and a header moves it only for a proxy.
func TestAddressOfAVisit(t *testing.T) {
	b := newBench(t, trusting(t, whence.Config{Trusted: []string{"192.0.2.1"}}))
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	for _, c := range []struct{ name, from, header, want string }{
		{"through the proxy", "192.0.2.1:5000", "1.1.1.1, 203.0.113.9", "203.0.113.9"},
		{"the proxy itself", "192.0.2.1:5000", "", "192.0.2.1"},
		{"a stranger", "198.51.100.7:5000", "203.0.113.9", "198.51.100.7"},
	} {
		b.entered = nil
		w := b.ask("GET", "/maps/"+m+"/socket", op, "", func(r *http.Request) {
			r.RemoteAddr = c.from
			if c.header != "" {
				r.Header.Set("X-Forwarded-For", c.header)
			}
		})
		if w.Code != 204 || len(b.entered) != 1 || b.entered[0].Asker.Addr != netip.MustParseAddr(c.want) {
			t.Errorf("%s: %d, %+v", c.name, w.Code, b.entered)
		}
	}
	for _, path := range []string{"/", api.Prefix + "/site", "/maps/" + m + "/socket"} {
		w := b.ask("GET", path, op, "", func(r *http.Request) {
			r.RemoteAddr = "192.0.2.1:5000"
			r.Header.Set("X-Forwarded-For", "not an address")
		})
		var p problem.Answer
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 400 || p.Status != 400 || strings.Contains(w.Body.String(), "not an") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// TestNamesOfProxiesAreNotTrusted: by what name and how a request came to the proxy is
// not taken from it.
func TestNamesOfProxiesAreNotTrusted(t *testing.T) {
	b := newBench(t, trusting(t, whence.Config{Trusted: []string{"192.0.2.1"}}))
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	change := func(r *http.Request) {
		r.RemoteAddr = "192.0.2.1:5000"
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		r.Header.Set("X-Forwarded-Host", "evil.test")
		r.Header.Set("X-Forwarded-Proto", "http")
		r.Header.Set("Forwarded", "for=203.0.113.9;host=evil.test;proto=http")
		r.Header.Set("X-Original-Url", "/api/v1/maps")
		r.Header.Set("X-Rewrite-Url", "/api/v1/maps")
		r.Header.Set("X-Http-Method-Override", "DELETE")
	}
	plain, w := b.ask("GET", "/", "", "", nil), b.ask("GET", "/", "", "", change)
	if w.Code != 200 || w.Body.String() != plain.Body.String() || w.Header().Get("Content-Security-Policy") != plain.Header().Get("Content-Security-Policy") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	for origin, want := range map[string]int{"https://evil.test": 403, "http://localhost:8443": 403} {
		w := b.ask("GET", "/maps/"+m+"/socket", op, "", func(r *http.Request) {
			change(r)
			r.Header.Set("Origin", origin)
		})
		if w.Code != want {
			t.Errorf("socket from %s: %d", origin, w.Code)
		}
	}
	if w := b.ask("GET", api.Prefix+"/maps/"+m, op, "", change); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := b.ask("GET", api.Prefix+"/maps/"+m, op, "", nil); w.Code != 200 || strings.Contains(w.Body.String(), "deletedAt") {
		t.Errorf("the map was deleted: %d %s", w.Code, w.Body)
	}
}
