package httpd

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/audit"
	"plectica/internal/caller"
	"plectica/internal/mail"
	"plectica/internal/store"
)

// lastCode is the code that was mailed last.
func (b *bench) lastCode(t testing.TB) string {
	t.Helper()
	if n := len(b.post.sent); n > 0 {
		if l, ok := b.post.sent[n-1].(mail.SignInCode); ok {
			return l.Code
		}
	}
	t.Fatalf("no code among %+v", b.post.sent)
	return ""
}

// TestRiskyOverHTTP: SI-11. From a network and browser that an account is not known by, a
// password waits for a code by mail, in one browser; that browser is known afterwards. The
// records say how risky it seemed, that it waited, and what was shown.
func TestRiskyOverHTTP(t *testing.T) {
	b := newBench(t, nil)
	b.signedIn(t, "Op")
	b.signedIn(t, "Ada") // by no proven address
	a, _, err := b.store.AccountByEmail(t.Context(), "op@example.test")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.store.SetVerified(t.Context(), a.ID, b.now.UnixMilli()); err != nil {
		t.Fatal(err)
	}
	b.post.on = true
	b.now = b.now.Add(25 * time.Hour)
	b.browser().do(t, "POST", "/signin", signInBody("op"), 200) // at home, without a cookie
	away := func() *browser {
		v := b.browser()
		v.addr = "198.51.100.7:4000"
		return v
	}
	away().do(t, "POST", "/signin", signInBody("ada"), 200)
	v := away()
	if diff := cmp.Diff(map[string]any{"second": []any{"mail"}}, v.do(t, "POST", "/signin", signInBody("op"), 202)); diff != "" {
		t.Error(diff)
	}
	if len(v.jar) != 1 || v.jar[caller.Cookie] != "" {
		t.Errorf("cookies %v", v.jar)
	}
	v.do(t, "GET", "/me", "", 401)
	old := b.lastCode(t)
	away().do(t, "POST", "/signin/mail", `{"code":"`+old+`"}`, 410) // another browser
	away().do(t, "POST", "/signin/mail/again", "", 410)
	v.do(t, "POST", "/signin/mail/again", "", 202)
	code := b.lastCode(t)
	v.do(t, "POST", "/signin/mail", `{"code":"`+old+`"}`, 422)
	if pending := v.do(t, "GET", "/signin/pending", "", 200); cmp.Diff([]any{"mail"}, pending["second"]) != "" {
		t.Errorf("pending %v", pending)
	}
	if me := v.do(t, "POST", "/signin/mail", `{"code":"`+code[:4]+" "+code[4:]+`"}`, 200); me["email"] != "op@example.test" {
		t.Errorf("me %v", me)
	}
	list := v.do(t, "GET", "/account/sessions", "", 200)["sessions"].([]any)
	mailed := func(v any) bool { return cmp.Equal([]any{"password", "mail"}, v.(map[string]any)["by"]) }
	if !slices.ContainsFunc(list, mailed) { // they began in the same moment, in any order
		t.Errorf("%v", list)
	}
	v.do(t, "POST", "/signout", "", 204)
	v.do(t, "POST", "/signin", signInBody("op"), 200) // known now

	var seen []string
	for _, e := range b.records(t) {
		switch {
		case e.Act == "signin" && e.N("waits") == 1:
			if e.Result != audit.OK || e.N("risk") < 50 || e.N("risk") > 100 || e.By.ID != a.ID || e.Session != "" {
				t.Errorf("%+v", e)
			}
			seen = append(seen, "waits")
		case e.Act == "signin" && e.N("risk") >= 50: // Ada, who could not be asked
			seen = append(seen, "let in")
		case e.Act == "signin.second" && e.Result == audit.OK:
			if store.Proof(e.N("proven")) != store.ByPassword|store.ByMail || e.Session == "" {
				t.Errorf("%+v", e)
			}
			seen = append(seen, "mail")
		}
	}
	if diff := cmp.Diff([]string{"let in", "waits", "mail"}, seen); diff != "" {
		t.Error(diff)
	}
}
