package httpd

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/api"
	"plectica/internal/caller"
	"plectica/internal/id"
	"plectica/internal/whence"
)

const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; font-src 'self'; " +
	"connect-src 'self' wss://localhost:8443; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types svelte-trusted-html plectica 'allow-duplicates'; report-uri /csp-report; report-to csp"

// answer is one kind of answer.
type answer struct {
	method, target, cookie, body string
	change                       func(r *http.Request)
	want                         int
}

// answers are all kinds there are, errors of every layer included.
func answers(b *bench, op, m, image string) []answer {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	return []answer{
		{"GET", "/", "", "", nil, 200},
		{"HEAD", "/", "", "", nil, 200},
		{"GET", "/", "", "", func(r *http.Request) {
			r.Header.Set("If-None-Match", b.ask("GET", "/", "", "", nil).Header().Get("ETag"))
		}, 304},
		{"GET", "/core.wasm", "", "", header("Range", "bytes=0-1"), 206},
		{"GET", "/core.wasm", "", "", header("Range", "bytes=100-"), 416},
		{"GET", "/sw.js", "", "", nil, 200},
		{"GET", "/assets/a-1f.js", "", "", nil, 200},
		{"GET", "/nothing", "", "", nil, 404},
		{"GET", "/nothing", "", "", header("Accept", "text/html"), 404},
		{"GET", "/assets/../../etc/passwd", "", "", nil, 307},
		{"POST", "/", "", "", nil, 405},
		{"PUT", "/maps/" + m, op, "", nil, 405},
		{"TRACE", "/", "", "", nil, 405},
		{"GET", "/", "", "", func(r *http.Request) { r.RemoteAddr = "192.0.2.99:1"; r.Header.Set("X-Forwarded-For", "x") }, 400},
		{"GET", "/robots.txt", "", "", nil, 200},
		{"GET", "/.well-known/security.txt", "", "", nil, 404},
		{"GET", "/.well-known/change-password", "", "", nil, 302},
		{"GET", "/.well-known/nothing", "", "", nil, 404},
		{"POST", "/csp-report", "", "{}", nil, 204},
		{"GET", "/csp-report", "", "", nil, 404},
		{"POST", "/csp-report", "", strings.Repeat(" ", maxReport+1), nil, 413},
		{"GET", api.Prefix + "/site", "", "", nil, 200},
		{"GET", api.Prefix + "/me", "", "", nil, 401},
		{"GET", api.Prefix + "/nothing", "", "", nil, 404},
		{"DELETE", api.Prefix + "/maps/" + m, "", "", nil, 401},
		{"POST", api.Prefix + "/maps", op, "{", nil, 400},
		{"POST", api.Prefix + "/maps", op, `{"title":7}`, nil, 422},
		{"POST", api.Prefix + "/maps", op, strings.Repeat(" ", api.MaxBody+1), nil, 413},
		{"POST", api.Prefix + "/maps", op, "title=x", header("Content-Type", "application/x-www-form-urlencoded"), 415},
		{"POST", api.Prefix + "/maps", op, "{}", header("Sec-Fetch-Site", "cross-site"), 403},
		{"POST", api.Prefix + "/maps", op, "{}", header("Origin", "https://evil.test"), 403},
		{"GET", "/maps/" + m + "/blobs/" + image, op, "", nil, 200},
		{"GET", "/maps/" + m + "/blobs/x", op, "", nil, 404},
		{"GET", "/maps/" + m + "/file", op, "", nil, 503},
		{"GET", "/maps/" + m + "/socket", op, "", nil, 204},
		{"GET", "/maps/" + m + "/socket", op, "", func(r *http.Request) { r.Header.Del("Origin") }, 403},
		{"GET", "/maps/" + m + "/snapshot/1/x", op, "", nil, 500},
		{"OPTIONS", api.Prefix + "/maps", "", "", nil, 404},
		{"GET", api.Prefix + "/nothing", "", "", func(r *http.Request) { b.exhaust(r) }, 429},
	}
}

// exhaust spends what an address may ask for.
func (b *bench) exhaust(r *http.Request) {
	r.RemoteAddr = "203.0.113.77:1"
	for range ratesOf(usual).prefix.Burst {
		b.ask("GET", api.Prefix+"/nothing", "", "", from("203.0.113.77"))
	}
}

// TestEveryAnswerHasTheHeaders walks over all kinds of answers.
func TestEveryAnswerHasTheHeaders(t *testing.T) {
	trust := trusting(t, whence.Config{Trusted: []string{"192.0.2.99"}})
	b := newBench(t, func(c *Config) {
		trust(c)
		c.Snapshot = func(http.ResponseWriter, *http.Request, caller.Visitor, id.Map) { panic("boom") }
	})
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	image := b.brought(t, m, op, "hello").Hash
	for _, c := range answers(b, op, m, image) {
		w := b.ask(c.method, c.target, c.cookie, c.body, c.change)
		if w.Code != c.want {
			t.Errorf("%s %s: %d %s, want %d", c.method, c.target, w.Code, w.Body, c.want)
		}
		h := w.Result().Header
		csp := policy
		if strings.HasSuffix(c.target, "/blobs/"+image) {
			csp = blobPolicy
		}
		for name, want := range map[string]string{
			"Strict-Transport-Security":         "max-age=63072000; includeSubDomains",
			"X-Content-Type-Options":            "nosniff",
			"X-Frame-Options":                   "DENY",
			"X-Permitted-Cross-Domain-Policies": "none",
			"X-Dns-Prefetch-Control":            "off",
			"Cross-Origin-Opener-Policy":        "same-origin",
			"Cross-Origin-Embedder-Policy":      "require-corp",
			"Cross-Origin-Resource-Policy":      "same-origin",
			"Origin-Agent-Cluster":              "?1",
			"Referrer-Policy":                   "no-referrer",
			"Reporting-Endpoints":               `csp="/csp-report"`,
			"Content-Security-Policy":           csp,
		} {
			if got := h.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s %s: %s is %q", c.method, c.target, name, got)
			}
		}
		p := h.Get("Permissions-Policy")
		if h.Get("X-Request-Id") == "" || !strings.Contains(p, "camera=()") || !strings.Contains(p, "clipboard-write=(self)") {
			t.Errorf("%s %s: headers %v", c.method, c.target, h)
		}
		if strings.HasPrefix(c.target, api.Prefix) && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: may be kept: %q", c.method, c.target, h.Get("Cache-Control"))
		}
		sayNothing(t, c, h, w.Body.String())
	}
}

// telling is what an answer never says: what runs here, where, and why it failed.
var telling = regexp.MustCompile(`(?i)golang|go1\.|net/http|\.go:|goroutine|panic|boom|sqlite|/internal/|huma|/tmp/|nginx`)

// sayNothing looks for what an answer tells of the inside.
func sayNothing(t *testing.T, c answer, h http.Header, body string) {
	t.Helper()
	for _, name := range []string{"Server", "X-Powered-By", "Via", "Access-Control-Allow-Origin", "Link"} {
		if h.Get(name) != "" {
			t.Errorf("%s %s: %s is %q", c.method, c.target, name, h.Get(name))
		}
	}
	if found := telling.FindString(body); found != "" {
		t.Errorf("%s %s says %q: %s", c.method, c.target, found, body)
	}
}

func TestPermissions(t *testing.T) {
	p := permissions()
	for name := range strings.SplitSeq(p, ", ") {
		if !regexp.MustCompile(`^[a-z-]+=\((self)?\)$`).MatchString(name) || strings.Count(p, name) != 1 {
			t.Errorf("%q in %s", name, p)
		}
	}
}

// counts are the values of a counter with one label, by the label.
func counts(t *testing.T, reg *prometheus.Registry, name string) map[string]float64 {
	t.Helper()
	all, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range all {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			out[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
		}
	}
	return out
}

func TestReports(t *testing.T) {
	reg := prometheus.NewRegistry()
	b := newBench(t, func(c *Config) { c.Metrics = reg })
	for body, want := range map[string]int{
		`{"csp-report":{"effective-directive":"script-src-elem","blocked-uri":"https://secret.test/x"}}`:                                                                                  204,
		`{"csp-report":{"violated-directive":"img-src"}}`:                                                                                                                                 204,
		`{"csp-report":{"effective-directive":"secret\\\"} evil"}}`:                                                                                                                       204,
		`[{"type":"csp-violation","body":{"effectiveDirective":"img-src"}},{"type":"deprecation"},{"type":"csp-violation"}]`:                                                              204,
		"[" + strings.Repeat(`{"type":"csp-violation","body":{"effectiveDirective":"worker-src"}},`, maxReports) + `{"type":"csp-violation","body":{"effectiveDirective":"worker-src"}}]`: 204,
		"nonsense": 204,
	} {
		w := b.ask("POST", "/csp-report", "", body, func(r *http.Request) {
			r.Header.Set("Origin", "null") // what browsers send without a referrer
			r.Header.Set("Content-Type", "application/csp-report")
		})
		if w.Code != want || w.Body.Len() != 0 {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	want := map[string]float64{"img-src": 2, otherDirective: 2, "script-src-elem": 1, "worker-src": maxReports}
	if diff := cmp.Diff(want, counts(t, reg, "plectica_csp_reports_total")); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(b.logs.String(), "secret") {
		t.Errorf("logged: %s", b.logs.String())
	}
	if w := b.ask("POST", "/csp-report", "", "{}", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); w.Code != 403 {
		t.Errorf("from another site: %d", w.Code)
	}
	if n := b.burst(t, 200, "POST", "/csp-report", "", nil); n >= ratesOf(report).prefix.Burst {
		t.Errorf("%d reports at once", n)
	}
}

func TestWellKnown(t *testing.T) {
	b := newBench(t, func(c *Config) { c.SecurityContact = "mailto:us@example.org" })
	w := b.ask("GET", "/.well-known/security.txt", "", "", nil)
	m := regexp.MustCompile(`^Contact: mailto:us@example\.org\nExpires: (\S+)\nPreferred-Languages: en, de\n$`).FindStringSubmatch(w.Body.String())
	if w.Code != 200 || m == nil || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if until, err := time.Parse(time.RFC3339, m[1]); err != nil || !until.After(b.now.AddDate(0, 0, 30)) || !until.Before(b.now.AddDate(1, 0, 0)) {
		t.Errorf("expires %s: %v", m[1], err)
	}
	if w := b.ask("GET", "/.well-known/change-password", "", "", nil); w.Code != 302 || w.Header().Get("Location") != "/account" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := b.ask("GET", "/robots.txt", "", "", nil); w.Code != 200 || w.Body.String() != "User-agent: *\nDisallow: /\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
