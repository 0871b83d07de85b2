package httpd

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"plectica/internal/account"
	"plectica/internal/account/accounttest"
	"plectica/internal/api"
	"plectica/internal/caller"
	"plectica/internal/store/sqlite"
)

// burst asks until it is refused and returns how often it was not.
func (b *bench) burst(t *testing.T, most int, method, target, cookie string, change func(*http.Request)) int {
	t.Helper()
	for n := range most {
		w := b.ask(method, target, cookie, "", change)
		if w.Code != http.StatusTooManyRequests {
			continue
		}
		retry, err := strconv.Atoi(w.Header().Get("Retry-After"))
		if err != nil || retry < 1 || w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), `"status":429`) {
			t.Errorf("refused with %v %s", w.Header(), w.Body)
		}
		return n
	}
	return most
}

// from is a request from another address.
func from(addr string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = addr + ":5000" }
}

// TestPaceOfAnAccount: what one account may ask for is bounded, wherever it is and
// however often it signed in; others in the same place go on.
func TestPaceOfAnAccount(t *testing.T) {
	b := newBench(t, nil)
	op, again, ada := b.signIn(t, "Op"), "", b.signIn(t, "Ada")
	w := b.ask("POST", api.Prefix+"/signin", "", `{"email":"op@example.test","password":"`+good+`"}`, nil)
	again = cookieOf(t, w)
	most := ratesOf(usual).visitor.Burst
	if n := b.burst(t, 2*most, "GET", api.Prefix+"/me", op, nil); n != most {
		t.Errorf("%d requests, want %d", n, most)
	}
	if w := b.ask("GET", api.Prefix+"/me", again, "", from("198.51.100.1")); w.Code != 429 {
		t.Errorf("from another sign-in and place: %d", w.Code)
	}
	if w := b.ask("GET", api.Prefix+"/me", ada, "", nil); w.Code != 200 {
		t.Errorf("somebody else: %d", w.Code)
	}
	if w := b.ask("GET", "/signin", op, "", nil); w.Code != 200 {
		t.Errorf("a page: %d", w.Code)
	}
	b.now = b.now.Add(10 * ratesOf(usual).visitor.Every)
	if n := b.burst(t, 2*most, "GET", api.Prefix+"/me", op, nil); n != 10 {
		t.Errorf("a while later %d requests, want 10", n)
	}
}

// TestPaceOfAPrefix: neither cookies that were made up nor neighbouring addresses give
// more; nobody elsewhere notices; what is no request of the API is not counted.
func TestPaceOfAPrefix(t *testing.T) {
	b := newBench(t, nil)
	most, i := ratesOf(usual).prefix.Burst, 0
	n := b.burst(t, 2*most, "GET", api.Prefix+"/none", "", func(r *http.Request) {
		i++
		r.RemoteAddr = fmt.Sprintf("192.0.2.%d:5000", i%256)
		r.AddCookie(&http.Cookie{Name: caller.Cookie, Value: strings.Repeat("A", 39) + fmt.Sprintf("%04d", i)})
		r.AddCookie(&http.Cookie{Name: caller.VisitCookie + "x", Value: strconv.Itoa(i)})
	})
	if n != most {
		t.Errorf("%d requests, want %d", n, most)
	}
	if w := b.ask("GET", api.Prefix+"/nothing", "", "", nil); w.Code != 429 {
		t.Errorf("what is not there: %d", w.Code)
	}
	if w := b.ask("GET", api.Prefix+"/none", "", "", from("192.0.3.1")); w.Code != 404 {
		t.Errorf("next door: %d", w.Code)
	}
	if n := b.burst(t, 2*most, "GET", "/assets/a-1f.js", "", nil); n != 2*most {
		t.Errorf("files of the interface: %d", n)
	}
	if n := b.burst(t, 2*most, "GET", api.Prefix+"/none", "", from("2001:db8:1:2::1")); n != most {
		t.Errorf("version 6: %d", n)
	}
	if w := b.ask("GET", api.Prefix+"/none", "", "", from("2001:db8:1:2:ffff::1")); w.Code != 429 {
		t.Errorf("the same household: %d", w.Code)
	}
}

func TestPaceOfAVisit(t *testing.T) {
	b := newBench(t, nil)
	as := func(v string) func(*http.Request) {
		return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: caller.VisitCookie + "x", Value: v}) }
	}
	most := ratesOf(usual).visitor.Burst
	if n := b.burst(t, 2*most, "GET", api.Prefix+"/none", "", as("one")); n != most {
		t.Errorf("%d requests, want %d", n, most)
	}
	if w := b.ask("GET", api.Prefix+"/none", "", "", as("two")); w.Code != 404 {
		t.Errorf("another visit: %d", w.Code)
	}
}

// TestPaceOfAll: the sum is bounded too.
func TestPaceOfAll(t *testing.T) {
	b := newBench(t, nil)
	most, i := ratesOf(usual).global.Burst, 0
	n := b.burst(t, 2*most, "GET", api.Prefix+"/none", "", func(r *http.Request) {
		i++
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.1:5000", i>>8&255, i&255)
	})
	if n != most {
		t.Errorf("%d requests, want %d", n, most)
	}
}

// TestPaceOfClasses: LM-7, what costs more may come less often, and takes nothing from the
// rest.
func TestPaceOfClasses(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	visitor := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: caller.VisitCookie + "x", Value: "one"}) }
	for _, c := range []struct{ method, target, cookie, class string }{
		{"GET", "/maps/" + m + "/socket", op, socket},
		{"GET", "/maps/" + m + "/snapshot/1/x", "", files},
		{"POST", api.Prefix + "/maps/import", op, dear},
	} {
		if want, n := ratesOf(c.class).visitor.Burst, b.burst(t, 10_000, c.method, c.target, c.cookie, visitor); n != want {
			t.Errorf("%s: %d requests, want %d", c.target, n, want)
		}
	}
	for _, target := range []string{"/maps/" + m + "/file", api.Prefix + "/maps/" + m + "/duplicate"} {
		method := "POST"
		if strings.HasSuffix(target, "file") {
			method = "GET"
		}
		if w := b.ask(method, target, op, "", nil); w.Code != 429 {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
	b.api(t, "GET", "/me", op, "", 200)
}

// TestClassesAreRoutes: a class of a route that is not there would bound nothing.
func TestClassesAreRoutes(t *testing.T) {
	var c Config
	newBench(t, func(v *Config) { c = *v })
	c.Metrics = nil
	mux := newServer(c).routes()
	for pattern, class := range classes {
		method, path, _ := strings.Cut(pattern, " ")
		r := httptest.NewRequest(method, origin+strings.NewReplacer("{", "", "}", "").Replace(path), nil)
		if _, got := mux.Handler(r); got != pattern {
			t.Errorf("%s (%s) is %q", pattern, class, got)
		}
	}
}

func TestUnlimited(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Unlimited = true })
	if n := b.burst(t, 2*ratesOf(usual).prefix.Burst, "GET", api.Prefix+"/none", "", nil); n != 2*ratesOf(usual).prefix.Burst {
		t.Errorf("refused after %d", n)
	}
}

// TestTenThousandSignUps: whoever signs up again and again from one place is stopped
// before it costs anything, and people elsewhere still can.
func TestTenThousandSignUps(t *testing.T) {
	const tries, most = 10_000, 60 // hashes: as many as sign-ups of a prefix may come at once, twice
	st, err := sqlite.Open(t.Context(), t.TempDir()+"/db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() }) // only read from now on
	hashes := 0
	cheap := accounttest.Bcrypt()
	generate := cheap.Generate
	cheap.Generate = func(in []byte, cost int) ([]byte, error) {
		hashes++
		return generate(in, cost)
	}
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	accounts, err := account.New(t.Context(), account.Config{
		Store: st, PepperFile: t.TempDir() + "/pepper", SignUp: account.Open, Now: func() time.Time { return now }, Bcrypt: account.Bcrypt(cheap),
	})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, func(c *Config) { c.Accounts = accounts })
	signUp := func(addr, name string) int {
		return b.ask("POST", api.Prefix+"/signup", "", `{"email":"`+name+`@example.test","name":"N","password":"`+good+`"}`, from(addr)).Code
	}
	taken := 0
	for i := range tries {
		switch code := signUp(fmt.Sprintf("192.0.2.%d", i%256), "a"+strconv.Itoa(i)); code {
		case 202:
			taken++
		case 429:
		default:
			t.Fatalf("sign-up %d: %d", i, code)
		}
	}
	if taken == 0 || taken > most || hashes != taken {
		t.Errorf("%d accounts and %d hashes of %d sign-ups", taken, hashes, tries)
	}
	for i := range 20 {
		if code := signUp(fmt.Sprintf("198.51.%d.1", i), "b"+strconv.Itoa(i)); code != 202 {
			t.Fatalf("elsewhere: %d", code)
		}
	}
	if code := signUp("192.0.2.7", "late"); code != 429 {
		t.Errorf("still from there: %d", code)
	}
	now, b.now = now.Add(time.Hour), b.now.Add(time.Hour)
	if code := signUp("192.0.2.7", "late"); code != 202 {
		t.Errorf("an hour later: %d", code)
	}
}
