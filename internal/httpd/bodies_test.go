package httpd

import (
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"plectica/internal/whence"
)

// TestEveryBodySaysWhatItIs: an answer with a body names its type, and a text its
// letters; JSON is UTF-8 by what it is.
func TestEveryBodySaysWhatItIs(t *testing.T) {
	b := newBench(t, trusting(t, whence.Config{Trusted: []string{"192.0.2.99"}}))
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	image := b.brought(t, m, op, "hello").Hash
	for _, c := range answers(b, op, m, image) {
		if strings.Contains(c.target, "/snapshot/") {
			continue // stands in for a handler of its own
		}
		w := b.ask(c.method, c.target, c.cookie, c.body, c.change)
		kind := w.Header().Get("Content-Type")
		if w.Body.Len() == 0 {
			continue
		}
		media, params, err := mime.ParseMediaType(kind)
		switch {
		case err != nil:
			t.Errorf("%s %s: %d with type %q: %v", c.method, c.target, w.Code, kind, err)
		case strings.HasPrefix(media, "text/") && !strings.EqualFold(params["charset"], "utf-8"):
			t.Errorf("%s %s: a text without its letters: %q", c.method, c.target, kind)
		}
	}
}

// TestASignInEndsTheOneBefore: the cookie that a browser sent along is worth nothing
// once somebody has signed in with it there.
func TestASignInEndsTheOneBefore(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	w := b.ask("POST", "/api/v1/signin", op, `{"email":"op@example.test","password":"`+good+`"}`, nil)
	if w.Code != http.StatusOK {
		t.Fatalf("sign-in %d", w.Code)
	}
	b.api(t, "GET", "/me", op, "", 401)
	b.api(t, "GET", "/me", cookieOf(t, w), "", 200)
}

// TestNothingBesideTheProgram: what is no file of the web interface is not there: neither
// what a repository or an editor leaves behind nor a list of a folder.
func TestNothingBesideTheProgram(t *testing.T) {
	b := newBench(t, nil)
	for _, path := range []string{
		"/.git/config", "/.git/HEAD", "/.svn/entries", "/.env", "/.DS_Store", "/assets", "/assets/", "/index.html", "/index.html~", "/main.go",
		"/go.mod", "/package.json", "/src/main.ts", "/data/db", "/pepper", "/metrics", "/healthz", "/debug/pprof/", "/api/v1/docs",
	} {
		if w := b.ask("GET", path, "", "", nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d %.40s", path, w.Code, w.Body)
		}
	}
}

// TestCookies: each is for this host alone, over TLS, out of reach of scripts and not
// sent along by other sites, and small enough to be kept.
func TestCookies(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	link, ok := b.api(t, "POST", "/maps/"+m+"/links", op, `{"role":"view"}`, 201)["secret"].(string)
	if !ok {
		t.Fatal("no link")
	}
	const most = 4096 // bytes that browsers keep
	for name, w := range map[string]*httptest.ResponseRecorder{
		"sign-in":  b.ask("POST", "/api/v1/signin", "", `{"email":"op@example.test","password":"`+good+`"}`, nil),
		"visit":    b.ask("POST", "/api/v1/links/open", "", `{"secret":"`+link+`"}`, nil),
		"sign-out": b.ask("POST", "/api/v1/signout", op, "", nil),
	} {
		all := w.Result().Cookies()
		if len(all) == 0 {
			t.Errorf("%s: %d without a cookie: %s", name, w.Code, w.Body)
		}
		for _, c := range all {
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
				t.Errorf("%s: %v", name, c)
			}
			if len(c.Name)+len(c.Value) > most || strings.Contains(w.Body.String(), c.Value) && c.Value != "" {
				t.Errorf("%s: too large, or told in the body: %v", name, c)
			}
		}
	}
}
