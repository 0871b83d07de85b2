package httpd

import (
	"encoding/base32"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/account"
	"plectica/internal/api"
	"plectica/internal/caller"
	"plectica/internal/factor"
	"plectica/internal/factor/factortest"
)

// signInBody is what somebody types.
func signInBody(name string) string {
	return `{"email":"` + strings.ToLower(name) + `@example.test","password":"` + good + `"}`
}

// addCodes gives somebody an authenticator and returns its secret and the recovery codes.
func (v *browser) addCodes(t testing.TB) (secret []byte, recovery []string) {
	t.Helper()
	text, ok := v.do(t, "POST", "/account/codes", "", 200)["secret"].(string)
	if !ok {
		t.Fatal("no secret")
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.do(t, "POST", "/account/codes/confirm", `{"code":"`+v.code(t, secret)+`"}`, 200)["recovery"].([]any) {
		recovery = append(recovery, c.(string))
	}
	return secret, recovery
}

// code is the code of a later moment than any before.
func (b *bench) code(t testing.TB, secret []byte) string {
	t.Helper()
	b.now = b.now.Add(factor.Period)
	code, err := factor.Code(secret, b.now)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestSignInInSteps: a password alone signs nobody in who has a second factor, and each
// of the ways finishes it.
func TestSignInInSteps(t *testing.T) {
	b := newBench(t, nil)
	op := b.signedIn(t, "Op")
	before := op.jar[caller.Cookie]
	secret, recovery := op.addCodes(t)
	if op.jar[caller.Cookie] == before || len(recovery) == 0 {
		t.Fatalf("the sign-in was not given another secret, or there are no codes: %v", recovery)
	}
	b.api(t, "GET", "/me", before, "", 401)

	v := b.browser()
	got := v.do(t, "POST", "/signin", signInBody("op"), 202)
	if diff := cmp.Diff(map[string]any{"second": []any{"code", "recovery"}}, got); diff != "" {
		t.Error(diff)
	}
	if names := slices.Sorted(maps.Keys(v.jar)); len(names) != 1 || !strings.HasSuffix(names[0], "-pending") {
		t.Errorf("cookies %v", names)
	}
	v.do(t, "GET", "/me", "", 401)
	pending := v.do(t, "GET", "/signin/pending", "", 200)
	if diff := cmp.Diff(map[string]any{"second": []any{"code", "recovery"}, "linking": false}, pending); diff != "" {
		t.Error(diff)
	}
	b.browser().do(t, "POST", "/signin/code", `{"code":"`+b.code(t, secret)+`"}`, 410) // another browser
	v.do(t, "POST", "/signin/code", `{"code":"000000"}`, 422)
	code := b.code(t, secret)
	if me := v.do(t, "POST", "/signin/code", `{"code":"`+code+`"}`, 200); me["email"] != "op@example.test" || me["second"] != nil {
		t.Errorf("me %v", me)
	}
	v.do(t, "GET", "/me", "", 200)
	if p := v.do(t, "GET", "/signin/pending", "", 200); len(p["second"].([]any)) != 0 {
		t.Errorf("still pending: %v", p)
	}

	v = b.browser()
	v.do(t, "POST", "/signin", signInBody("op"), 202)
	v.do(t, "POST", "/signin/code", `{"code":"`+code+`"}`, 422) // used
	v.do(t, "POST", "/signin/recovery", `{"code":"`+recovery[0]+`"}`, 200)
	w := b.browser()
	w.do(t, "POST", "/signin", signInBody("op"), 202)
	w.do(t, "POST", "/signin/recovery", `{"code":"`+recovery[0]+`"}`, 422) // used
	for range 20 {
		if w.send(t, "POST", api.Prefix+"/signin/code", `{"code":"123456"}`, nil).Code == http.StatusGone {
			return
		}
		b.now = b.now.Add(5 * time.Second)
	}
	t.Error("a code can be guessed for ever")
}

// TestPasskeysOverHTTP: adding one, signing in by one alone and as the second step,
// each bound to its own challenge and browser.
func TestPasskeysOverHTTP(t *testing.T) {
	b := newBench(t, nil)
	op := b.signedIn(t, "Op")
	d := factortest.New(origin)
	options := op.do(t, "POST", "/account/passkeys/begin", "", 200)["publicKey"]
	answer := `{"name":"My laptop","answer":` + string(d.Create(t, raw(t, options))) + `}`
	b.signedIn(t, "Ada").do(t, "POST", "/account/passkeys/finish", answer, 410) // another's
	if added := op.do(t, "POST", "/account/passkeys/finish", answer, 200); len(added["recovery"].([]any)) == 0 {
		t.Errorf("added %v", added)
	}
	op.do(t, "POST", "/account/passkeys/finish", answer, 410) // once
	list := op.do(t, "GET", "/account", "", 200)["passkeys"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["name"] != "My laptop" || list[0].(map[string]any)["site"] != "localhost" {
		t.Fatalf("passkeys %v", list)
	}

	v := b.browser()
	ask := v.do(t, "POST", "/signin/passkey/begin", `{"second":false}`, 200)["publicKey"]
	get := string(d.Get(t, raw(t, ask)))
	b.browser().do(t, "POST", "/signin/passkey/finish", `{"second":false,"answer":`+get+`}`, 410)
	v.do(t, "POST", "/signin/passkey/finish", `{"second":false,"answer":`+get+`}`, 200)
	v.do(t, "POST", "/signin/passkey/finish", `{"second":false,"answer":`+get+`}`, 410)
	v.do(t, "GET", "/me", "", 200)

	v = b.browser()
	v.do(t, "POST", "/signin/passkey/begin", `{"second":true}`, 410)
	v.do(t, "POST", "/signin", signInBody("op"), 202)
	ask = v.do(t, "POST", "/signin/passkey/begin", `{"second":true}`, 200)["publicKey"]
	get = string(d.Get(t, raw(t, ask)))
	v.do(t, "POST", "/signin/passkey/finish", `{"second":true,"answer":`+get+`}`, 200)

	key, _ := list[0].(map[string]any)["id"].(string)
	op.do(t, "PATCH", "/account/passkeys/"+key, `{"name":"Old laptop"}`, 204)
	ada := b.signedIn(t, "Ada")
	ada.do(t, "PATCH", "/account/passkeys/"+key, `{"name":"Mine"}`, 404)
	ada.do(t, "DELETE", "/account/passkeys/"+key, "", 404)
	op.do(t, "DELETE", "/account/passkeys/x", "", 404)
	op.do(t, "DELETE", "/account/passkeys/"+key, "", 204)
}

// TestStepUp: what is sensitive asks anew who somebody is after a while, with the
// second factor if there is one; and each confirmation changes the sign-in's secret.
func TestStepUp(t *testing.T) {
	b := newBench(t, nil)
	op := b.signedIn(t, "Op")
	b.signIn(t, "Ada")
	b.now = b.now.Add(account.RecentFor)
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/account/email", `{"email":"new@example.test"}`}, {"POST", "/account/codes", ""},
		{"POST", "/account/passkeys/begin", ""}, {"POST", "/account/recovery", ""}, {"DELETE", "/account", ""},
		{"POST", "/account/tokens", `{"name":"x","scope":"read","days":1}`},
		{"POST", "/people/" + b.idOf(t, "ada") + "/lock", ""}, {"PUT", "/people/" + b.idOf(t, "ada") + "/operator", `{"on":true}`},
		{"POST", "/people/" + b.idOf(t, "ada") + "/reset", `{"mail":false}`},
	} {
		if got := op.do(t, c.method, c.path, c.body, 403); got["needs"] != "recent" {
			t.Errorf("%s %s: %v", c.method, c.path, got)
		}
	}
	old := op.jar[caller.Cookie]
	op.do(t, "POST", "/account/confirm", `{}`, 422)
	op.do(t, "POST", "/account/confirm", `{"password":"some other words"}`, 422)
	op.do(t, "POST", "/account/confirm", `{"password":"`+good+`"}`, 200)
	if op.jar[caller.Cookie] == old {
		t.Error("the sign-in kept its secret")
	}
	b.api(t, "GET", "/me", old, "", 401)
	secret, _ := op.addCodes(t)
	b.now = b.now.Add(account.RecentFor)
	op.do(t, "POST", "/account/confirm", `{"code":"`+b.code(t, secret)+`"}`, 200)
	op.do(t, "POST", "/account/recovery", "", 200)

	other := b.browser() // signed in before there was a second factor: the password is not enough
	ada := b.signIn(t, "Ada")
	other.jar[caller.Cookie] = ada
	third := b.browser()
	third.jar[caller.Cookie] = b.signIn(t, "Ada")
	third.addCodes(t)
	b.now = b.now.Add(account.RecentFor)
	if got := other.do(t, "POST", "/account/confirm", `{"password":"`+good+`"}`, 403); got["needs"] != "second" {
		t.Errorf("confirmed with the password alone: %v", got)
	}
}

// idOf is the id of somebody's account.
func (b *bench) idOf(t testing.TB, name string) string {
	t.Helper()
	me := b.api(t, "GET", "/me", b.signIn(t, strings.ToUpper(name[:1])+name[1:]), "", 200)
	return me["id"].(string)
}

// TestDevicesOverHTTP: each sign-in is listed, and ends when it is told to.
func TestDevicesOverHTTP(t *testing.T) {
	b := newBench(t, nil)
	one, two, three := b.signedIn(t, "Op"), b.signedIn(t, "Op"), b.signedIn(t, "Op")
	list := one.do(t, "GET", "/account/sessions", "", 200)["sessions"].([]any)
	if len(list) != 4 { // the first was made with the account
		t.Fatalf("%d sign-ins", len(list))
	}
	of := func(v *browser) string {
		for _, d := range v.do(t, "GET", "/account/sessions", "", 200)["sessions"].([]any) {
			if d := d.(map[string]any); d["current"] == true {
				return d["id"].(string)
			}
		}
		t.Fatal("none is the current one")
		return ""
	}
	b.signedIn(t, "Ada").do(t, "DELETE", "/account/sessions/"+of(two), "", 404)
	one.do(t, "DELETE", "/account/sessions/"+of(two), "", 204)
	two.do(t, "GET", "/me", "", 401)
	three.do(t, "GET", "/me", "", 200)
	one.do(t, "DELETE", "/account/sessions", "", 204)
	three.do(t, "GET", "/me", "", 401)
	one.do(t, "GET", "/me", "", 200)
	one.do(t, "DELETE", "/account/sessions/x", "", 404)

	// A new password ends all others too, and gives this one another secret.
	four := b.signedIn(t, "Op")
	old := one.jar[caller.Cookie]
	one.do(t, "PUT", "/account/password", `{"current":"some other words","password":"quite other plain words"}`, 422)
	one.do(t, "PUT", "/account/password", `{"current":"`+good+`","password":"quite other plain words"}`, 200)
	four.do(t, "GET", "/me", "", 401)
	one.do(t, "GET", "/me", "", 200)
	b.api(t, "GET", "/me", old, "", 401)

	// Whoever signs in anew in a browser ends what was there.
	again := b.browser()
	again.do(t, "POST", "/signin", `{"email":"op@example.test","password":"quite other plain words"}`, 200)
	first := again.jar[caller.Cookie]
	again.do(t, "POST", "/signin", `{"email":"op@example.test","password":"quite other plain words"}`, 200)
	b.api(t, "GET", "/me", first, "", 401)
}

// program sends a request as a program does: with a token and nothing else.
func (b *bench) program(t testing.TB, token, method, path, body string, want int) {
	t.Helper()
	w := b.ask(method, api.Prefix+path, "", body, func(r *http.Request) {
		r.Header.Del("Origin")
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Set("Authorization", "Bearer "+token)
	})
	if w.Code != want {
		t.Errorf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, want)
	}
}

// TestTokensOverHTTP: SI-10. A program does what its token's scope allows, never what concerns
// the account or the site, and nothing once the token is withdrawn, forged or over.
func TestTokensOverHTTP(t *testing.T) {
	b := newBench(t, nil)
	op := b.signedIn(t, "Op")
	m := b.newMap(t, op.jar[caller.Cookie], "Water")
	tokens, ids := map[string]string{}, map[string]string{}
	for _, scope := range []string{"read", "write", "admin"} {
		made := op.do(t, "POST", "/account/tokens", `{"name":"`+scope+`","scope":"`+scope+`","days":30}`, 201)
		tokens[scope], ids[scope] = made["token"].(string), made["id"].(string)
	}
	for _, c := range []struct {
		method, path, body string
		read, write, admin int
	}{
		{"GET", "/maps", "", 200, 200, 200},
		{"GET", "/maps/" + m, "", 200, 200, 200},
		{"PATCH", "/maps/" + m, `{"title":"Rivers"}`, 403, 200, 200},
		{"POST", "/maps", `{"title":"New"}`, 403, 201, 201},
		{"PUT", "/maps/" + m + "/access", `{"email":"op@example.test","role":"own"}`, 403, 403, 200},
		{"POST", "/maps/" + m + "/links", `{"role":"view"}`, 403, 403, 201},
		{"GET", "/me", "", 200, 200, 200},
		{"GET", "/account", "", 403, 403, 403},
		{"PATCH", "/account", `{"name":"X"}`, 403, 403, 403},
		{"POST", "/account/tokens", `{"name":"x","scope":"admin","days":1}`, 403, 403, 403},
		{"GET", "/account/tokens", "", 403, 403, 403},
		{"GET", "/account/sessions", "", 403, 403, 403},
		{"POST", "/account/codes", "", 403, 403, 403},
		{"PUT", "/account/password", `{"current":"` + good + `","password":"quite other plain words"}`, 403, 403, 403},
		{"GET", "/people", "", 403, 403, 403},
		{"GET", "/site/mail", "", 403, 403, 403},
		{"PUT", "/site/signup", `{"policy":"open"}`, 403, 403, 403},
		{"POST", "/invitations", `{}`, 403, 403, 403},
		{"GET", "/kept/palette", "", 403, 403, 403},
	} {
		for scope, want := range map[string]int{"read": c.read, "write": c.write, "admin": c.admin} {
			b.program(t, tokens[scope], c.method, c.path, c.body, want)
		}
	}
	good := tokens["read"]
	for _, bad := range []string{"", "x", good + "x", good[:len(good)-1], strings.ToUpper(good), good[:len(good)-2] + "zz", strings.Repeat("a", 30_000)} {
		b.program(t, bad, "GET", "/maps", "", 401)
	}
	op.do(t, "DELETE", "/account/tokens/"+ids["read"], "", 204)
	op.do(t, "DELETE", "/account/tokens/"+ids["read"], "", 404)
	b.program(t, tokens["read"], "GET", "/maps", "", 401)
	b.signedIn(t, "Ada").do(t, "DELETE", "/account/tokens/"+ids["write"], "", 404)
	b.now = b.now.AddDate(0, 0, 31)
	b.program(t, tokens["write"], "GET", "/maps", "", 401)
}

// TestOperatorsPeople: the operator sees everybody and locks them out; others may not.
func TestOperatorsPeople(t *testing.T) {
	b := newBench(t, nil)
	op, ada := b.signedIn(t, "Op"), b.signedIn(t, "Ada")
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/people", ""}, {"POST", "/people/" + b.idOf(t, "ada") + "/unlock", ""}, {"GET", "/site/orgs", ""},
		{"GET", "/site/providers", ""}, {"GET", "/site/mail", ""}, {"POST", "/site/mail/test", ""},
		{"PUT", "/people/" + b.idOf(t, "ada") + "/operator", `{"on":true}`}, {"POST", "/people/" + b.idOf(t, "op") + "/signout", ""},
	} {
		ada.do(t, c.method, c.path, c.body, 403)
		b.api(t, c.method, c.path, "", c.body, 401)
	}
	got := op.do(t, "GET", "/people?with=ADA", "", 200)["people"].([]any)
	if len(got) != 1 || got[0].(map[string]any)["email"] != "ada@example.test" {
		t.Fatalf("people %v", got)
	}
	who := got[0].(map[string]any)["id"].(string)
	op.do(t, "POST", "/people/"+who+"/lock", "", 204)
	ada.do(t, "GET", "/me", "", 401)
	b.browser().do(t, "POST", "/signin", signInBody("ada"), 403)
	op.do(t, "POST", "/people/"+who+"/reset", `{"mail":false}`, 409)
	op.do(t, "POST", "/people/"+who+"/unlock", "", 204)
	b.browser().do(t, "POST", "/signin", signInBody("ada"), 200)
	path, _ := op.do(t, "POST", "/people/"+who+"/reset", `{"mail":false}`, 200)["path"].(string)
	secret, ok := strings.CutPrefix(path, "/reset#")
	if !ok {
		t.Fatalf("path %q", path)
	}
	if me := b.browser().do(t, "POST", "/reset", `{"secret":"`+secret+`","password":"quite other plain words"}`, 200); me["verified"] != false {
		t.Errorf("a link that was passed on proves an address: %v", me)
	}
	b.browser().do(t, "POST", "/reset", `{"secret":"`+secret+`","password":"quite other plain words"}`, 404)
	op.do(t, "POST", "/people/"+b.idOf(t, "op")+"/lock", "", 409)
	op.do(t, "PUT", "/people/"+b.idOf(t, "op")+"/operator", `{"on":false}`, 409) // the last one
	if mail := op.do(t, "GET", "/site/mail", "", 200); mail["driver"] != "none" {
		t.Errorf("mail %v", mail)
	}
	op.do(t, "POST", "/site/mail/test", "", 422)
	op.do(t, "GET", "/site/orgs", "", 200)
	op.do(t, "GET", "/site/providers", "", 200)
}

// TestDeleteAccount: it takes what was theirs alone along and leaves nothing open.
func TestDeleteAccount(t *testing.T) {
	b := newBench(t, nil)
	b.signIn(t, "Op")
	ada := b.signedIn(t, "Ada")
	b.newMap(t, ada.jar[caller.Cookie], "Mine")
	ada.do(t, "DELETE", "/account", "", 204)
	if ada.jar[caller.Cookie] != "" {
		t.Error("the cookie stays")
	}
	b.browser().do(t, "POST", "/signin", signInBody("ada"), 401)
}
