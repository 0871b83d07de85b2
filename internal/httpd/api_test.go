package httpd

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"plectica/internal/api"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

func TestSiteAndAccounts(t *testing.T) {
	b := newBench(t, nil)
	site := b.api(t, "GET", "/site", "", "", 200)
	if site["first"] != true || site["signup"] != "open" || site["version"] != "test" {
		t.Errorf("site %v", site)
	}
	b.api(t, "GET", "/me", "", "", 401)
	b.api(t, "POST", "/first", "", `{"secret":"x","email":"op@example.test","name":"Op","password":"`+good+`"}`, 403)
	op := b.signIn(t, "Op")
	me := b.api(t, "GET", "/me", op, "", 200)
	if me["email"] != "op@example.test" || me["name"] != "Op" || me["operator"] != true || len(me["id"].(string)) != id.TextLen {
		t.Errorf("me %v", me)
	}
	if site := b.api(t, "GET", "/site", "", "", 200); site["first"] != false {
		t.Errorf("site %v", site)
	}
	out := b.ask("POST", api.Prefix+"/signout", op, "", nil)
	if out.Code != 204 || !strings.Contains(out.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("sign-out %d %v", out.Code, out.Header())
	}
	b.api(t, "GET", "/me", op, "", 401)
	b.api(t, "POST", "/signout", op, "", 204)
}

func TestForgedCookies(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	for _, c := range []string{"x", op + "x", op[:len(op)-1], strings.Repeat("A", 43), strings.Repeat("A", 20000)} {
		b.api(t, "GET", "/maps", c, "", 401)
	}
	b.now = b.now.AddDate(0, 0, 31)
	b.api(t, "GET", "/maps", op, "", 401)
}

// TestEqualAnswers compares whole responses for known and unknown e-mails.
func TestEqualAnswers(t *testing.T) {
	b := newBench(t, nil)
	b.signIn(t, "Op")
	for _, c := range []struct{ path, body string }{
		{"/signin", `{"email":"EMAIL","password":"not this one, no"}`},
		{"/signup", `{"email":"EMAIL","name":"N","password":"not this one, no"}`},
	} {
		var seen [2]string
		for i, email := range []string{"op@example.test", "nobody@example.test"} {
			w := b.ask("POST", api.Prefix+c.path, "", strings.Replace(c.body, "EMAIL", email, 1), nil)
			h := w.Result().Header
			h.Del("X-Request-Id")
			var all strings.Builder
			_ = h.Write(&all) // a Builder never fails
			seen[i] = http.StatusText(w.Code) + all.String() + w.Body.String()
		}
		if seen[0] != seen[1] {
			t.Errorf("%s: known\n%s\nunknown\n%s", c.path, seen[0], seen[1])
		}
	}
}

func TestInvitations(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	b.api(t, "PUT", "/site/signup", op, `{"policy":"anyone"}`, 422)
	b.api(t, "PUT", "/site/signup", op, `{"policy":"invitation"}`, 204)
	made := b.api(t, "POST", "/invitations", op, `{}`, 201)
	if made["uses"] != 1.0 || made["secret"] == "" {
		t.Errorf("invitation %v", made)
	}
	sign := func(name, secret string, want int) {
		b.api(t, "POST", "/signup", "", `{"email":"`+name+`@example.test","name":"`+name+`","password":"`+good+`","invitation":"`+secret+`"}`, want)
	}
	sign("eve", "guess", 403)
	sign("ada", made["secret"].(string), 202)
	sign("bob", made["secret"].(string), 403)
	more := b.api(t, "POST", "/invitations", op, `{"uses":3}`, 201)
	list := b.api(t, "GET", "/invitations", op, "", 200)["invitations"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["secret"] != nil {
		t.Errorf("list %v", list)
	}
	b.api(t, "DELETE", "/invitations/"+more["id"].(string), op, "", 204)
	b.api(t, "DELETE", "/invitations/"+more["id"].(string), op, "", 404)
	b.api(t, "DELETE", "/invitations/x", op, "", 404)
	ada := b.ask("POST", api.Prefix+"/signin", "", `{"email":"ada@example.test","password":"`+good+`"}`, nil)
	if ada.Code != 200 {
		t.Fatalf("sign-in %d", ada.Code)
	}
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/invitations", ""}, {"POST", "/invitations", "{}"}, {"PUT", "/site/signup", `{"policy":"open"}`},
	} {
		b.api(t, c.method, c.path, cookieOf(t, ada), c.body, 403)
		b.api(t, c.method, c.path, "", c.body, 401)
	}
}

func TestMaps(t *testing.T) {
	b := newBench(t, nil)
	op, ada := b.signIn(t, "Op"), b.signIn(t, "Ada")
	m := b.newMap(t, op, "Water")
	got := b.api(t, "GET", "/maps/"+m, op, "", 200)
	if got["title"] != "Water" || got["role"] != "own" || got["owner"] != "Op" || got["updatedAt"] != got["createdAt"] || got["deletedAt"] != nil {
		t.Errorf("map %v", got)
	}
	b.api(t, "PATCH", "/maps/"+m, op, `{"title":"Rivers"}`, 200)
	b.api(t, "PUT", "/maps/"+m+"/access", op, `{"email":"ada@example.test","role":"boss"}`, 422)
	b.api(t, "PUT", "/maps/"+m+"/access", op, `{"email":"nobody@example.test","role":"view"}`, 404)
	members := b.api(t, "PUT", "/maps/"+m+"/access", op, `{"email":"ada@example.test","role":"view"}`, 200)["people"].([]any)
	if len(members) != 2 {
		t.Fatalf("members %v", members)
	}
	if maps := b.api(t, "GET", "/maps", ada, "", 200)["maps"].([]any); len(maps) != 1 || maps[0].(map[string]any)["role"] != "view" {
		t.Errorf("maps %v", maps)
	}
	b.api(t, "PATCH", "/maps/"+m, ada, `{"title":"Mine"}`, 403)
	b.api(t, "DELETE", "/maps/"+m, ada, "", 403)
	own := b.api(t, "POST", "/maps/"+m+"/duplicate", ada, "", 201)
	if own["title"] != "Rivers (copy)" || own["role"] != "own" {
		t.Errorf("copy %v", own)
	}
	if named := b.api(t, "POST", "/maps/"+m+"/duplicate", ada, `{"title":"Lakes"}`, 201); named["title"] != "Lakes" {
		t.Errorf("copy %v", named)
	}
	adaID := members[0].(map[string]any)["account"].(string)
	opID := members[1].(map[string]any)["account"].(string)
	b.api(t, "DELETE", "/maps/"+m+"/access/account/"+opID, op, "", 409)
	b.api(t, "DELETE", "/maps/"+m+"/access/account/"+adaID, op, "", 204)
	b.api(t, "GET", "/maps/"+m, ada, "", 404)
	b.api(t, "DELETE", "/maps/"+m, op, "", 204)
	if gone := b.api(t, "GET", "/maps?deleted=1", op, "", 200)["maps"].([]any); len(gone) != 1 || gone[0].(map[string]any)["deletedAt"] == nil {
		t.Errorf("deleted %v", gone)
	}
	b.api(t, "POST", "/maps/"+m+"/restore", op, "", 200)
	b.api(t, "GET", "/maps/"+m+"/access", op, "", 200)
}

func TestUnknownAndForbiddenMapsAnswerAlike(t *testing.T) {
	b := newBench(t, nil)
	op, eve := b.signIn(t, "Op"), b.signIn(t, "Eve")
	forbidden := b.newMap(t, op, "Secret")
	unknown := id.Map{1, 2, 3}.String()
	for _, c := range []struct{ method, path, body string }{
		{"GET", api.Prefix + "/maps/ID", ""}, {"PATCH", api.Prefix + "/maps/ID", `{"title":"x"}`}, {"DELETE", api.Prefix + "/maps/ID", ""},
		{"POST", api.Prefix + "/maps/ID/restore", ""}, {"POST", api.Prefix + "/maps/ID/duplicate", `{}`},
		{"GET", api.Prefix + "/maps/ID/backlinks", ""}, // FI-6
		{"GET", api.Prefix + "/maps/ID/access", ""}, {"PUT", api.Prefix + "/maps/ID/access", `{"email":"op@example.test","role":"view"}`},
		{"DELETE", api.Prefix + "/maps/ID/access/account/" + id.Account{1}.String(), ""},
		{"GET", "/maps/ID/file", ""}, {"GET", "/maps/ID/socket", ""}, {"GET", "/maps/ID/snapshot/1/abc", ""},
	} {
		var seen []string
		for _, m := range []string{forbidden, unknown, "nonsense", strings.Repeat("v", 26)} {
			w := b.ask(c.method, strings.Replace(c.path, "ID", m, 1), eve, c.body, nil)
			if w.Code != 404 {
				t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
			}
			seen = append(seen, w.Body.String())
		}
		for _, s := range seen[1:] {
			if s != seen[0] {
				t.Errorf("%s %s: %q and %q", c.method, c.path, seen[0], s)
			}
		}
	}
	if len(b.entered) != 0 {
		t.Error("a stranger got in")
	}
}

func TestStrictInput(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	secret := "hunter2 hunter2 hunter2"
	for name, c := range map[string]struct {
		path, body string
		want       int
	}{
		"unknown field":   {"/maps", `{"title":"x","owner":"me"}`, 422},
		"missing field":   {"/maps", `{}`, 422},
		"wrong type":      {"/signin", `{"email":"a@b.c","password":["` + secret + `"]}`, 422},
		"no JSON":         {"/signin", `{"email":"a@b.c","password":"` + secret, 400},
		"an array":        {"/maps", `[]`, 422},
		"trailing data":   {"/maps", `{"title":"x"} {"title":"y"}`, 400},
		"no body":         {"/maps", ``, 400},
		"oversized":       {"/maps", `{"title":"` + strings.Repeat("x", api.MaxBody) + `"}`, 413},
		"unknown address": {"/nothing", `{}`, 404},
		"no e-mail":       {"/signup", `{"email":"x","name":"N","password":"` + good + `"}`, 422},
		"short password":  {"/signup", `{"email":"a@b.c","name":"N","password":"short"}`, 422},
		"unknown query":   {"/maps?x=1", `{"title":"x"}`, 422},
	} {
		t.Run(name, func(t *testing.T) {
			w := b.ask("POST", api.Prefix+c.path, op, c.body, nil)
			if w.Code != c.want {
				t.Errorf("%d %s, want %d", w.Code, w.Body, c.want)
			}
			if !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
				t.Errorf("content type %q", w.Header().Get("Content-Type"))
			}
			if strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("the answer repeats a password: %s", w.Body)
			}
		})
	}
	// A body of unknown length is bounded too.
	w := b.ask("POST", api.Prefix+"/maps", op, `{"title":"`+strings.Repeat("x", api.MaxBody)+`"}`, func(r *http.Request) { r.ContentLength = -1 })
	if w.Code != 413 {
		t.Errorf("chunked: %d %s", w.Code, w.Body)
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application/cbor"} {
		w := b.ask("POST", api.Prefix+"/maps", op, `{"title":"x"}`, func(r *http.Request) { r.Header.Set("Content-Type", kind) })
		if w.Code != 415 {
			t.Errorf("%s: %d %s", kind, w.Code, w.Body)
		}
	}
}

func TestRateLimitAnswers(t *testing.T) {
	b := newBench(t, nil)
	b.signIn(t, "Op")
	var last int
	for i := range 200 {
		w := b.ask("POST", api.Prefix+"/reset", "", `{"secret":"x","password":"`+good+`"}`, nil)
		if last = w.Code; last == 429 {
			if w.Header().Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			return
		}
		if w.Code != 404 {
			t.Fatalf("attempt %d: %d %s", i, w.Code, w.Body)
		}
	}
	t.Errorf("never limited; last %d", last)
}

// TestDescription: the API's description of itself is there for anybody, as JSON.
func TestDescription(t *testing.T) {
	b := newBench(t, nil)
	got := b.api(t, "GET", "/openapi.json", "", "", 200)
	if got["openapi"] != "3.1.0" || got["info"].(map[string]any)["version"] != "test" {
		t.Errorf("%v %v", got["openapi"], got["info"])
	}
	w := b.ask("GET", api.Prefix+"/openapi.json", "", "", nil)
	if kind := w.Header().Get("Content-Type"); !strings.Contains(kind, "json") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", w.Header())
	}
	b.api(t, "GET", "/docs", "", "", 404)
}

// TestNamesForVisitors: who came only by a link is told the names of those whose words
// they read, and not of all who have a role; people with a role are.
func TestNamesForVisitors(t *testing.T) {
	var wrote id.Account
	b := newBench(t, func(c *Config) {
		c.Copy = func(_ context.Context, _ id.Map, names func(id.Account) string) ([]sysmap.Op, error) {
			names(wrote)
			return nil, nil
		}
	})
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Water")
	for _, name := range []string{"Ada", "Ben"} {
		b.signIn(t, name)
		b.api(t, "PUT", "/maps/"+m+"/access", op, `{"email":"`+strings.ToLower(name)+`@example.test","role":"view"}`, 200)
	}
	var err error
	if wrote, err = id.Parse[id.Account](b.idOf(t, "ada")); err != nil {
		t.Fatal(err)
	}
	secret, _ := b.api(t, "POST", "/maps/"+m+"/links", op, `{"role":"view"}`, 201)["secret"].(string)
	stranger := b.signedIn(t, "Eve")
	for _, v := range []*browser{b.browser(), stranger} {
		v.do(t, "POST", "/links/open", `{"secret":"`+secret+`"}`, 200)
		got := v.do(t, "GET", "/maps/"+m+"/names", "", 200)["names"].(map[string]any)
		if len(got) != 1 || got[wrote.String()] != "Ada" {
			t.Errorf("a visitor is told %v", got)
		}
	}
	if got := b.signedIn(t, "Ben").do(t, "GET", "/maps/"+m+"/names", "", 200)["names"].(map[string]any); len(got) != 3 {
		t.Errorf("somebody with a role is told %v", got)
	}
}
