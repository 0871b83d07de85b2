package httpd

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"plectica/internal/api"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/id"
	"plectica/internal/store"
)

func TestPolicyNamesOnlyOwnHosts(t *testing.T) {
	b := newBench(t, nil)
	for host, want := range map[string]string{
		"127.0.0.1:8443": "127.0.0.1:8443", "maps.example.test": "maps.example.test", "evil.test": "localhost:8443", "x; script-src *": "localhost:8443",
	} {
		w := b.ask("GET", "/", "", "", func(r *http.Request) { r.Host = host })
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "wss://"+want+";") {
			t.Errorf("host %q: %s", host, csp)
		}
	}
}

func TestSocketOrigin(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	for o, want := range map[string]int{
		origin: 204, "https://127.0.0.1:8443": 204, "https://maps.example.test": 204,
		"": 403, "null": 403, "http://localhost:8443": 403, "https://localhost": 403, "https://localhost:8444": 403,
		"https://localhost:8443.evil.test": 403, "https://evil.test": 403, "HTTPS://LOCALHOST:8443": 403, "wss://localhost:8443": 403,
		"https://localhost:8443/": 403, "https://maps.example.test:443": 403,
	} {
		w := b.ask("GET", "/maps/"+m+"/socket", op, "", func(r *http.Request) {
			r.Header.Del("Origin")
			if o != "" {
				r.Header.Set("Origin", o)
			}
		})
		if w.Code != want {
			t.Errorf("origin %q: %d, want %d", o, w.Code, want)
		}
	}
	if w := b.ask("GET", "/maps/"+m+"/socket", "", "", nil); w.Code != 401 {
		t.Errorf("without a cookie: %d", w.Code)
	}
	if w := b.ask("GET", "/maps/"+m+"/socket", strings.Repeat("A", 43), "", nil); w.Code != 401 {
		t.Errorf("with a forged cookie: %d", w.Code)
	}
}

func TestVisitors(t *testing.T) {
	b := newBench(t, nil)
	op, ada := b.signIn(t, "Op"), b.signIn(t, "Ada")
	m := b.newMap(t, op, "Map")
	b.api(t, "PUT", "/maps/"+m+"/access", op, `{"email":"ada@example.test","role":"view"}`, 200)
	for _, path := range []string{"/socket", "/snapshot/1/abc"} {
		if w := b.ask("GET", "/maps/"+m+path, ada, "", nil); w.Code != 204 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := b.ask("GET", "/maps/"+m+"/socket", op, "", nil); w.Code != 204 {
		t.Errorf("the owner's socket: %d", w.Code)
	}
	if len(b.entered) != 3 {
		t.Fatalf("entered %d times", len(b.entered))
	}
	if v := b.entered[0]; v.Name != "Ada" || v.Role != authz.View || v.Key.Sort != store.SortSession || id.IsZero(v.Account) {
		t.Errorf("visitor %+v", v)
	}
	if v := b.entered[2]; v.Role != authz.Own {
		t.Errorf("visitor %+v", v)
	}
}

func TestNothingInjected(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Socket, c.Snapshot = nil, nil })
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	for _, c := range []struct{ method, path string }{{"GET", "/socket"}, {"GET", "/snapshot/1/x"}} {
		if w := b.ask(c.method, "/maps/"+m+c.path, op, "", nil); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d", c.path, w.Code)
		}
	}
}

func TestCrossSiteWrites(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	for name, c := range map[string]struct {
		origin, site string
		want         int
	}{
		"own page":             {origin, "same-origin", 201},
		"old browser":          {origin, "", 201},
		"foreign page":         {"https://evil.test", "cross-site", 403},
		"same site":            {"https://other.localhost:8443", "same-site", 403},
		"foreign, no fetch":    {"https://evil.test", "", 403},
		"sandboxed":            {"null", "cross-site", 403},
		"neither":              {"", "", 403},
		"plain HTTP page":      {"http://localhost:8443", "", 403},
		"a lie about the site": {"https://evil.test", "same-origin", 403},
	} {
		w := b.ask("POST", api.Prefix+"/maps", op, `{"title":"x"}`, func(r *http.Request) {
			r.Header.Del("Origin")
			r.Header.Del("Sec-Fetch-Site")
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			if c.site != "" {
				r.Header.Set("Sec-Fetch-Site", c.site)
			}
		})
		if w.Code != c.want {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, c.want)
		}
	}
}

func TestStatic(t *testing.T) {
	b := newBench(t, nil)
	for _, c := range []struct{ path, accept, body, kind, cache, coding string }{
		{"/", "br", "<!doctype html>page", "text/html; charset=utf-8", revalidate, ""},
		{"/signin", "", "<!doctype html>page", "text/html; charset=utf-8", revalidate, ""},
		{"/maps", "", "<!doctype html>page", "text/html; charset=utf-8", revalidate, ""},
		{"/maps/abc", "", "<!doctype html>page", "text/html; charset=utf-8", revalidate, ""},
		{"/maps/abc/card/def", "", "<!doctype html>page", "text/html; charset=utf-8", revalidate, ""}, // FI-5
		{"/maps/abc/history", "", "<!doctype html>page", "text/html; charset=utf-8", revalidate, ""},
		{"/maps/abc/history/7", "", "<!doctype html>page", "text/html; charset=utf-8", revalidate, ""},
		{"/maps/abc/edit/def", "", "<!doctype html>page", "text/html; charset=utf-8", revalidate, ""},
		{"/core.wasm", "", "\x00asm", "application/wasm", revalidate, ""},
		{"/core.wasm?v=cd5d4935a48c0672", "", "\x00asm", "application/wasm", revalidate, ""},
		{"/sw.js", "", "worker", "text/javascript; charset=utf-8", revalidate, ""},
		{"/manifest.webmanifest", "", "{}", "application/manifest+json", revalidate, ""},
		{"/assets/font.woff2", "br", "font", "font/woff2", immutable, ""},
		{"/assets/a-1f.js", "gzip, deflate, br, zstd", "brotli", "text/javascript; charset=utf-8", immutable, "br"},
		{"/assets/a-1f.js", "gzip;q=0.5", "gzip", "text/javascript; charset=utf-8", immutable, "gzip"},
		{"/assets/a-1f.js", "br;q=0, gzip;q=0.0", "plain", "text/javascript; charset=utf-8", immutable, ""},
		{"/assets/a-1f.js", "", "plain", "text/javascript; charset=utf-8", immutable, ""},
	} {
		w := b.ask("GET", c.path, "", "", func(r *http.Request) { r.Header.Set("Accept-Encoding", c.accept) })
		h := w.Header()
		if w.Code != 200 || w.Body.String() != c.body || h.Get("Content-Type") != c.kind || h.Get("Cache-Control") != c.cache || h.Get("Content-Encoding") != c.coding {
			t.Errorf("%s (%s): %d %q %v", c.path, c.accept, w.Code, w.Body, h)
		}
		again := b.ask("GET", c.path, "", "", func(r *http.Request) {
			r.Header.Set("Accept-Encoding", c.accept)
			r.Header.Set("If-None-Match", h.Get("ETag"))
		})
		if again.Code != 304 {
			t.Errorf("%s again: %d", c.path, again.Code)
		}
	}
	for _, path := range []string{"/index.html", "/placeholder.html", "/core.wasm?v=cd5d4935a48c0673", "/core.wasm?v=c", "/assets/", "/assets/a-1f.js.br", "/.git/config", "/maps/a/b/c"} {
		if w := b.ask("GET", path, "", "", nil); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := b.ask("GET", "/map/abc", "", "", func(r *http.Request) { r.Header.Set("Accept", "text/html,*/*;q=0.8") })
	if w.Code != 404 || w.Body.String() != "<!doctype html>page" {
		t.Errorf("a person at a wrong address: %d %q", w.Code, w.Body)
	}
}

func TestPlaceholder(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Static = fstest.MapFS{"placeholder.html": {Data: []byte("make build")}} })
	if w := b.ask("GET", "/signin", "", "", nil); w.Code != 200 || w.Body.String() != "make build" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func TestPanicIsSurvived(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Socket = func(http.ResponseWriter, *http.Request, caller.Visitor, id.Map) { panic("boom: Secret title") }
	})
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	w := b.ask("GET", "/maps/"+m+"/socket", op, "", nil)
	if w.Code != 500 || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(b.logs.String(), "a handler panicked") || strings.Contains(b.logs.String(), "Secret title") {
		t.Errorf("logs %s", b.logs.String())
	}
}

func TestLogsHoldNothingOfPeople(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Title nobody may read")
	b.api(t, "GET", "/maps/"+m, op, "", 200)
	for _, s := range []string{"example.test", good, op, "Title nobody", m} {
		if strings.Contains(b.logs.String(), s) {
			t.Errorf("the log holds %q", s)
		}
	}
}

func TestRedirect(t *testing.T) {
	s := Redirect(func() []string { return []string{origin, "https://maps.example.test"} }, newLog(), newBench(t, nil).log)
	for host, want := range map[string]string{
		"maps.example.test": "https://maps.example.test/x?y=1", "localhost": "https://localhost:8443/x?y=1",
		"localhost:80": "https://localhost:8443/x?y=1", "evil.test": "https://localhost:8443/x?y=1",
	} {
		r := httptest.NewRequest("GET", "/x?y=1", nil)
		r.Host = host
		w := httptest.NewRecorder()
		s.Handler.ServeHTTP(w, r)
		if w.Code != 301 || w.Header().Get("Location") != want {
			t.Errorf("%s: %d %q", host, w.Code, w.Header().Get("Location"))
		}
	}
	w := httptest.NewRecorder()
	s.Handler.ServeHTTP(w, httptest.NewRequest("POST", "/api/v1/signin", nil))
	if w.Code != 403 {
		t.Errorf("a POST in the clear: %d", w.Code)
	}
	for path, key := range map[string]string{"/api/v1/me": "", "/maps/x/file": "Bearer plec_x"} {
		r := httptest.NewRequest("GET", path, nil)
		if key != "" {
			r.Header.Set("Authorization", key)
		}
		w := httptest.NewRecorder()
		s.Handler.ServeHTTP(w, r)
		if w.Code != 403 || w.Header().Get("Location") != "" {
			t.Errorf("a program in the clear at %s: %d %q", path, w.Code, w.Header().Get("Location"))
		}
	}
}
