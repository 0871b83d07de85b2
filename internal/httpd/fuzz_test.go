package httpd

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"plectica/internal/api"
	"plectica/internal/caller"
	"plectica/internal/id"
)

// FuzzRequest: any request gets an answer that is not our own failure, with the
// headers every answer has; and nothing of it is in the log.
func FuzzRequest(f *testing.F) {
	b := newBench(f, nil)
	op := b.signIn(f, "Op")
	m := b.newMap(f, op, "Map")
	for _, path := range []string{"", "/" + m, "/" + m + "/access", "/" + m + "/duplicate", "/" + id.Format(id.Map{1}), "?after=x", "/" + m + "/restore"} {
		f.Add("POST", api.Prefix+"/maps"+path, true, `{"title":"Water","email":"a@example.test","role":"view"}`)
	}
	for _, path := range []string{"/signin", "/signup", "/first", "/reset", "/site/signup", "/invitations"} {
		f.Add("PUT", api.Prefix+path, false, `{"email":"a@example.test","name":"A","password":"`+good+`","secret":"x","policy":"open","uses":2}`)
	}
	f.Add("GET", "/assets/../core.wasm", false, "")
	f.Add("GET", "/maps/"+m+"/snapshot/1/x", true, "")
	f.Fuzz(func(t *testing.T, method, target string, signedIn bool, body string) {
		r, err := http.NewRequestWithContext(t.Context(), method, origin+target, strings.NewReader(body))
		if err != nil || strings.HasSuffix(target, "/signout") {
			return
		}
		r.RemoteAddr, r.RequestURI = b.addr, target
		r.Header.Set("Origin", origin)
		r.Header.Set("Content-Type", "application/json")
		if signedIn {
			r.AddCookie(&http.Cookie{Name: caller.Cookie, Value: op})
		}
		b.logs.Reset()
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Fatalf("%s %q: %d\n%s", method, target, w.Code, b.logs.String())
		}
		for _, name := range []string{"Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options", "X-Request-Id"} {
			if w.Header().Get(name) == "" {
				t.Fatalf("%s %q: %d without %s", method, target, w.Code, name)
			}
		}
		if len(body) > 20 && strings.Contains(b.logs.String(), body) {
			t.Fatalf("the log has what was sent: %s", b.logs.String())
		}
	})
}

// FuzzRedirect: whatever is asked of the plain port, the way leads to an origin of
// ours.
func FuzzRedirect(f *testing.F) {
	origins := []string{"https://localhost:8443", "https://maps.example.test"}
	h := Redirect(func() []string { return origins }, slog.New(slog.DiscardHandler), newBench(f, nil).log).Handler
	f.Add("maps.example.test:80", "/maps?x=1")
	f.Add("evil.test", "//evil.test/")
	f.Add("localhost", "http:@evil.test/")
	f.Add("", "*")
	f.Fuzz(func(t *testing.T, host, uri string) {
		u, err := url.ParseRequestURI(uri)
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, &http.Request{Method: "GET", Host: host, URL: u, RequestURI: uri, Header: http.Header{}})
		if w.Code != http.StatusMovedPermanently {
			return
		}
		to, err := url.Parse(w.Header().Get("Location"))
		if err != nil || !slices.Contains(origins, to.Scheme+"://"+to.Host) || to.User != nil {
			t.Fatalf("%q at %q leads to %q", uri, host, w.Header().Get("Location"))
		}
	})
}
