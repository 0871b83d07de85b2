package httpd

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"plectica/internal/account"
	"plectica/internal/api"
	"plectica/internal/caller"
	"plectica/internal/oidc"
)

// vouching is the edge beside a provider that others wrote.
type vouching struct {
	*bench
	*mockoidc.MockOIDC
}

func newVouching(t *testing.T) *vouching {
	t.Helper()
	m, err := mockoidc.NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(l, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Server.Close() }) // the test is over
	s, err := oidc.New(oidc.Config{
		Providers:   []oidc.Provider{{ID: "mock", Name: "Mock", Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret}},
		Client:      &http.Client{Timeout: 10 * time.Second},
		RedirectURL: func(id string) string { return origin + "/signin/" + id + "/callback" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return &vouching{newBench(t, func(c *Config) { c.SignIn = s }), m}
}

// user is who is at the provider.
func user(subject, email string, verified bool) *mockoidc.MockUser {
	return &mockoidc.MockUser{Subject: subject, Email: email, EmailVerified: verified}
}

// away begins at an endpoint, goes through the provider as somebody, and returns the
// address that the provider sends the browser back to.
func (p *vouching) away(t testing.TB, v *browser, path, body string, as *mockoidc.MockUser) string {
	t.Helper()
	p.QueueUser(as)
	to, _ := v.do(t, "POST", path, body, 200)["to"].(string)
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(t.Context(), "GET", to, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // only its header is read
	back, ok := strings.CutPrefix(resp.Header.Get("Location"), origin)
	if !ok {
		t.Fatalf("sent to %q", resp.Header.Get("Location"))
	}
	return back
}

// back comes back to an address and returns where the browser is sent then.
func (v *browser) back(t testing.TB, target string) string {
	t.Helper()
	w := v.send(t, "GET", target, "", func(r *http.Request) { // as after a redirect from another site
		r.Header.Del("Origin")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Sec-Fetch-Mode", "navigate")
	})
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
		t.Fatalf("%d to %q: %s", w.Code, to, w.Body)
	}
	for name := range v.jar {
		if strings.HasSuffix(name, "-trip") {
			t.Errorf("the trip is kept")
		}
	}
	return to
}

const toMock = `{"provider":"mock","then":"/maps?sort=name"}`

// TestProvider: somebody new gets an account, comes in by it again, and gets where they
// wanted to.
func TestProvider(t *testing.T) {
	p := newVouching(t)
	p.signIn(t, "Op")
	site := p.browser().do(t, "GET", "/site", "", 200)
	if list := site["providers"].([]any); len(list) != 1 || list[0].(map[string]any)["name"] != "Mock" {
		t.Errorf("site %v", site)
	}
	v := p.browser()
	if to := v.back(t, p.away(t, v, "/signin/provider", toMock, user("1", "Jane@Example.test", true))); to != "/maps?sort=name" {
		t.Fatalf("sent to %s", to)
	}
	me := v.do(t, "GET", "/me", "", 200)
	if me["email"] != "jane@example.test" || me["verified"] != true {
		t.Errorf("me %v", me)
	}
	again := p.browser() // her address is another by now: it is the subject that counts
	again.back(t, p.away(t, again, "/signin/provider", toMock, user("1", "other@example.test", true)))
	if got := again.do(t, "GET", "/me", "", 200); got["id"] != me["id"] {
		t.Errorf("another account: %v", got)
	}
}

// TestProviderAndKnownAddress: an account that only has the same address is not taken
// over; its owner signs in and links it.
func TestProviderAndKnownAddress(t *testing.T) {
	p := newVouching(t)
	p.signIn(t, "Op")
	p.signIn(t, "Ada")
	v := p.browser()
	to := v.back(t, p.away(t, v, "/signin/provider", toMock, user("a", "ada@example.test", true)))
	if to != "/signin?then=%2Fmaps%3Fsort%3Dname" {
		t.Errorf("sent to %s", to)
	}
	v.do(t, "GET", "/me", "", 401)
	if got := v.do(t, "GET", "/signin/pending", "", 200); got["linking"] != true {
		t.Errorf("pending %v", got)
	}
	v.do(t, "POST", "/account/identities/waiting", "", 401)
	eve := p.browser() // somebody else, in the same browser
	eve.jar = map[string]string{}
	for name, value := range v.jar {
		eve.jar[name] = value
	}
	eve.jar[caller.Cookie] = p.signIn(t, "Eve")
	eve.do(t, "POST", "/account/identities/waiting", "", 403)
	v.do(t, "POST", "/signin", signInBody("ada"), 200)
	v.do(t, "POST", "/account/identities/waiting", "", 204)
	if got := v.do(t, "GET", "/signin/pending", "", 200); got["linking"] != false {
		t.Errorf("pending %v", got)
	}
	w := p.browser()
	w.back(t, p.away(t, w, "/signin/provider", toMock, user("a", "ada@example.test", true)))
	if me := w.do(t, "GET", "/me", "", 200); me["email"] != "ada@example.test" {
		t.Errorf("me %v", me)
	}
	linked := w.do(t, "GET", "/account", "", 200)["identities"].([]any)
	if len(linked) != 1 || linked[0].(map[string]any)["email"] != "ada@example.test" {
		t.Fatalf("linked %v", linked)
	}
	of, _ := linked[0].(map[string]any)["id"].(string)
	eve.do(t, "DELETE", "/account/identities/"+of, "", 404)
	w.do(t, "DELETE", "/account/identities/"+of, "", 204)
}

// TestFalseReturns: what a browser may come back with that is none of a sign-in it
// began, or that the provider does not vouch for. Each leads to a page of ours with a
// word for it, and nobody is signed in.
func TestFalseReturns(t *testing.T) {
	p := newVouching(t)
	p.signIn(t, "Op")
	jane := user("1", "jane@example.test", true)
	begin := func(v *browser) string { return p.away(t, v, "/signin/provider", toMock, jane) }
	for name, c := range map[string]struct {
		come func(v *browser) string
		want string
	}{
		"no trip":        {func(*browser) string { return begin(p.browser()) }, "again"},
		"another's trip": {func(v *browser) string { other := begin(p.browser()); begin(v); return other }, "again"},
		"another way":    {func(v *browser) string { return strings.Replace(begin(v), "/mock/", "/other/", 1) }, "again"},
		"a forged state": {func(v *browser) string { return changed(begin(v), "state", "x") }, "again"},
		"no state":       {func(v *browser) string { return changed(begin(v), "state", "") }, "again"},
		"a forged code":  {func(v *browser) string { return changed(begin(v), "code", "x") }, "again"},
		"two codes":      {func(v *browser) string { return begin(v) + "&code=x" }, "again"},
		"too late":       {func(v *browser) string { to := begin(v); p.now = p.now.Add(account.TripLife); return to }, "again"},
		"a forged trip": {func(v *browser) string {
			to := begin(v)
			v.jar["__Host-plectica-trip"] = strings.Repeat("A", 43)
			return to
		}, "again"},
		"it was refused": {func(v *browser) string { return changed(changed(begin(v), "code", ""), "error", "access_denied") }, "refused"},
		"words of others": {func(v *browser) string {
			return changed(changed(begin(v), "code", ""), "error", "send_money") + "&error_description=hello"
		}, ""},
		"not verified": {func(v *browser) string {
			return p.away(t, v, "/signin/provider", toMock, user("2", "eve@example.test", false))
		}, "unverified"},
		"no address": {func(v *browser) string { return p.away(t, v, "/signin/provider", toMock, user("3", "", false)) }, "unverified"},
	} {
		v := p.browser()
		to := v.back(t, c.come(v))
		u, err := url.Parse(to)
		if err != nil || u.Path != "/signin" || u.Query().Get("failed") == "" || c.want != "" && u.Query().Get("failed") != c.want || len(u.Query()) != 1 {
			t.Errorf("%s: sent to %s, want %s", name, to, c.want)
		}
		v.do(t, "GET", "/me", "", 401)
	}

	// Once only, even in the browser that began it.
	v := p.browser()
	to := begin(v)
	trip := v.jar["__Host-plectica-trip"]
	v.back(t, to)
	w := p.browser()
	w.jar["__Host-plectica-trip"] = trip
	if got := w.back(t, to); got != "/signin?failed=again" {
		t.Errorf("a second time: %s", got)
	}
	v = p.browser()
	to = begin(v)
	p.QueueError(&mockoidc.ServerError{Code: 503, Error: "temporarily_unavailable"})
	if got := v.back(t, to); got != "/signin?failed=down" {
		t.Errorf("a provider that breaks: %s", got)
	}
}

// changed is an address with another value in its query; empty: without it.
func changed(target, key, value string) string {
	u, err := url.Parse(target)
	if err != nil {
		return target
	}
	q := u.Query()
	q.Set(key, value)
	if value == "" {
		q.Del(key)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// TestOwnPathsOnly: a sign-in leads to this site alone, whatever was asked for.
func TestOwnPathsOnly(t *testing.T) {
	p := newVouching(t)
	p.signIn(t, "Op")
	for _, then := range []string{
		"https://evil.test/", "//evil.test", `/\\evil.test`, `\\/evil.test`, "/%0d%0aLocation:x\\n", "javascript:alert(1)", " /x", "x", "/\\u0000x", "/\\tx", "///evil.test",
	} {
		v := p.browser()
		to := v.back(t, p.away(t, v, "/signin/provider", `{"provider":"mock","then":"`+then+`"}`, user("1", "jane@example.test", true)))
		if to != "/" {
			t.Errorf("%q leads to %q", then, to)
		}
	}
	p.browser().do(t, "POST", "/signin/provider", `{"provider":"nobody","then":"/"}`, 404)
	p.browser().do(t, "POST", "/signin/provider", `{"provider":"mock","then":"/`+strings.Repeat("x", 600)+`"}`, 422)
}

// TestProviderAndPolicy: who may sign up holds for people whom a provider vouches for.
func TestProviderAndPolicy(t *testing.T) {
	p := newVouching(t)
	op := p.signedIn(t, "Op")
	op.do(t, "PUT", "/site/signup", `{"policy":"invitation"}`, 204)
	come := func(body, subject string) (*browser, string) {
		v := p.browser()
		return v, v.back(t, p.away(t, v, "/signin/provider", body, user(subject, subject+"@example.test", true)))
	}
	if _, to := come(toMock, "eve"); to != "/signin?failed=closed" {
		t.Errorf("sent to %s", to)
	}
	made := op.do(t, "POST", "/invitations", `{}`, 201)["secret"].(string)
	v, to := come(`{"provider":"mock","then":"/","invitation":"`+made+`"}`, "jane")
	if to != "/" {
		t.Errorf("sent to %s", to)
	}
	v.do(t, "GET", "/me", "", 200)
	if _, to := come(`{"provider":"mock","then":"/","invitation":"`+made+`"}`, "bob"); to != "/signin?failed=closed" {
		t.Errorf("sent to %s", to)
	}
	op.do(t, "PUT", "/site/signup", `{"policy":"closed"}`, 204)
	if _, to := come(toMock, "ann"); to != "/signin?failed=closed" {
		t.Errorf("sent to %s", to)
	}
	if _, to := come(toMock, "jane"); to != "/maps?sort=name" { // who is here stays
		t.Errorf("sent to %s", to)
	}
}

// TestLinkAndConfirm: a signed-in person links a provider and shows by it who they are;
// only the sign-in that left may come back, and never as another's.
func TestLinkAndConfirm(t *testing.T) {
	p := newVouching(t)
	p.signIn(t, "Op")
	ada := p.signedIn(t, "Ada")
	const to = `{"provider":"mock","then":"/account"}`
	if got := ada.back(t, p.away(t, ada, "/account/identities", to, user("a", "x@example.test", false))); got != "/account" {
		t.Fatalf("sent to %s", got)
	}
	if got := ada.do(t, "GET", "/account", "", 200)["providers"].([]any); got[0].(map[string]any)["linked"] != true {
		t.Errorf("providers %v", got)
	}
	eve := p.signedIn(t, "Eve")
	if got := eve.back(t, p.away(t, eve, "/account/identities", to, user("a", "x@example.test", false))); got != "/account?failed=linked" {
		t.Errorf("taken over: %s", got)
	}
	p.now = p.now.Add(account.RecentFor)
	if got := ada.do(t, "POST", "/account/identities", to, 403); got["needs"] != "recent" {
		t.Errorf("linked without asking: %v", got)
	}
	if got := ada.back(t, p.away(t, ada, "/account/confirm/provider", to, user("b", "y@example.test", true))); got != "/account?failed=linked" {
		t.Errorf("confirmed by another: %s", got)
	}
	before := ada.jar[caller.Cookie]
	if got := ada.back(t, p.away(t, ada, "/account/confirm/provider", to, user("a", "x@example.test", false))); got != "/account" || ada.jar[caller.Cookie] == before {
		t.Errorf("not confirmed: %s", got)
	}
	ada.do(t, "POST", "/account/codes", "", 200)

	left := p.away(t, ada, "/account/confirm/provider", to, user("a", "x@example.test", false))
	ada.jar[caller.Cookie] = p.signIn(t, "Eve") // another signs in meanwhile
	if got := ada.back(t, left); got != "/account?failed=again" {
		t.Errorf("came back as another: %s", got)
	}
	if w := p.ask("GET", api.Prefix+"/account", ada.jar[caller.Cookie], "", nil); w.Code != 200 || strings.Contains(w.Body.String(), `"recent":false`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
