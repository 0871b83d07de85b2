package app

import (
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var letterLink = regexp.MustCompile(`(?m)^  Mail to (\S+): (.*)\n(?:    https://[^/\s]+(/\S+)\n)?`)

// postbox is what a site has written to people.
type postbox struct {
	*running
	read int // letters that were taken out
}

// next waits for the next letter, which must go to somebody, and returns the path its
// link leads to.
func (p *postbox) next(t *testing.T, to, subject string) string {
	t.Helper()
	until(t, "a letter to "+to, func() bool { return len(letterLink.FindAllString(p.out.String(), -1)) > p.read })
	m := letterLink.FindAllStringSubmatch(p.out.String(), -1)[p.read]
	p.read++
	if m[1] != to || !strings.Contains(m[2], subject) {
		t.Fatalf("a letter to %s: %s; want one to %s about %q", m[1], m[2], to, subject)
	}
	return m[3]
}

// two are the next two letters in any order, by whom they go to.
func (p *postbox) two(t *testing.T) map[string]string {
	t.Helper()
	until(t, "two letters", func() bool { return len(letterLink.FindAllString(p.out.String(), -1)) >= p.read+2 })
	out := map[string]string{}
	for _, m := range letterLink.FindAllStringSubmatch(p.out.String(), -1)[p.read:][:2] {
		out[m[1]] = m[3]
	}
	p.read += 2
	return out
}

// call sends a request and wants a status.
func (p *postbox) call(t *testing.T, method, path, body string, want int) map[string]any {
	t.Helper()
	resp, out := p.do(t, method, "/api/v1"+path, body)
	if resp.StatusCode != want {
		t.Fatalf("%s %s: %d %v, want %d", method, path, resp.StatusCode, out, want)
	}
	return out
}

// linkSecret is what a link of ours ends with.
func linkSecret(t *testing.T, path, page string) string {
	t.Helper()
	s, ok := strings.CutPrefix(path, page+"#")
	if !ok || len(s) != 43 {
		t.Fatalf("link %q, want one to %s", path, page)
	}
	return s
}

// as is the same site for somebody else.
func (p *postbox) as(t *testing.T) func() {
	mine := p.client.Jar
	p.client.Jar = newJar(t)
	return func() { p.client.Jar = mine }
}

// TestLetters: SI-5. An address is proven, a password set anew, an address changed and
// somebody invited by links in mails, each of which works once; and the answers tell
// nobody who has an account.
func TestLetters(t *testing.T) {
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	c.Mail.Driver, c.SignUp = "log", "open"
	p := &postbox{running: start(t, c, nil)}
	p.first(t)
	first := linkSecret(t, p.next(t, "op@example.test", "Confirm"), "/verify")
	p.call(t, "POST", "/verify/resend", "", 204)
	s := linkSecret(t, p.next(t, "op@example.test", "Confirm"), "/verify")
	p.call(t, "POST", "/verify", `{"secret":"`+first+`"}`, 404) // a later one replaces it
	p.call(t, "POST", "/verify", `{"secret":"`+s+`"}`, 204)
	p.call(t, "POST", "/verify", `{"secret":"`+s+`"}`, 404)
	if me := p.call(t, "GET", "/me", "", 200); me["verified"] != true {
		t.Errorf("me %v", me)
	}
	p.call(t, "POST", "/verify/resend", "", 409)

	back := p.as(t)
	const signUp = `{"email":"ada@example.test","name":"Ada","password":"` + good + `"}`
	p.call(t, "POST", "/signup", signUp, 202)
	s = linkSecret(t, p.next(t, "ada@example.test", "Confirm"), "/verify")
	p.call(t, "POST", "/signup", signUp, 202)
	if link := p.next(t, "ada@example.test", "account"); link != "" {
		t.Errorf("a link to %s for whoever tried", link)
	}
	p.call(t, "POST", "/verify", `{"secret":"`+s+`"}`, 204) // without being signed in

	p.call(t, "POST", "/forgot", `{"email":"nobody@example.test"}`, 202)
	p.call(t, "POST", "/forgot", `{"email":"Ada@Example.test"}`, 202)
	s = linkSecret(t, p.next(t, "ada@example.test", "password"), "/reset")
	p.call(t, "POST", "/reset", `{"secret":"`+s+`","password":"short"}`, 422)
	p.call(t, "POST", "/reset", `{"secret":"`+s+`","password":"quite other plain words"}`, 200)
	p.next(t, "ada@example.test", "password")
	p.call(t, "POST", "/reset", `{"secret":"`+s+`","password":"quite other plain words"}`, 404)

	p.call(t, "POST", "/account/email", `{"email":"ada@new.test"}`, 202)
	links := p.two(t)
	if links["ada@example.test"] != "" || len(links) != 2 {
		t.Fatalf("letters %v", links)
	}
	s = linkSecret(t, links["ada@new.test"], "/email")
	p.call(t, "POST", "/email", `{"secret":"`+s+`"}`, 204)
	p.next(t, "ada@example.test", "address")
	p.call(t, "POST", "/email", `{"secret":"`+s+`"}`, 404)
	if me := p.call(t, "GET", "/me", "", 200); me["email"] != "ada@new.test" || me["verified"] != true {
		t.Errorf("me %v", me)
	}
	back()

	org := p.call(t, "POST", "/orgs", `{"name":"Acme"}`, 201)["id"].(string)
	p.call(t, "PUT", "/site/signup", `{"policy":"invitation"}`, 204)
	made := p.call(t, "POST", "/orgs/"+org+"/invitations", `{"email":"Ben@example.test","role":"view"}`, 201)
	if made["mailed"] != true || made["secret"] != nil {
		t.Errorf("invitation %v: its secret proves the address", made)
	}
	s = linkSecret(t, p.next(t, "ben@example.test", "Acme"), "/join")
	back = p.as(t)
	p.call(t, "POST", "/signup", `{"email":"eve@example.test","name":"Eve","password":"`+good+`","invitation":"`+s+`"}`, 403)
	p.call(t, "POST", "/signup", `{"email":"ben@example.test","name":"Ben","password":"`+good+`","invitation":"`+s+`"}`, 202)
	if me := p.call(t, "POST", "/signin", `{"email":"ben@example.test","password":"`+good+`"}`, 200); me["verified"] != true {
		t.Errorf("me %v", me)
	}
	if orgs := p.call(t, "GET", "/orgs", "", 200)["orgs"].([]any); len(orgs) != 1 {
		t.Errorf("organisations %v", orgs)
	}
	back()
	until(t, "no mail waits", func() bool { return p.call(t, "GET", "/site/mail", "", 200)["waiting"] == 0.0 })
	if mail := p.call(t, "GET", "/site/mail", "", 200); mail["driver"] != "log" || mail["problem"] != "" {
		t.Errorf("mail %v", mail)
	}
	p.call(t, "POST", "/site/mail/test", "", 202)
	p.next(t, "op@example.test", "")
	if logs := p.logs.String(); strings.Contains(logs, s) || strings.Contains(logs, "@example.test") {
		t.Error("a secret or an address is in the log")
	}
	for _, want := range []int{201, 201, 201, 201, 201, 429} { // one address is not written to for ever
		p.call(t, "POST", "/orgs/"+org+"/invitations", `{"email":"zoe@example.test"}`, want)
	}
}

// TestNoMail: a site that sends none says so, and gives links to pass on instead.
func TestNoMail(t *testing.T) {
	p := &postbox{running: start(t, testConfig(t, filepath.Join(t.TempDir(), "data")), nil)}
	p.first(t)
	if site := p.call(t, "GET", "/site", "", 200); site["mail"] != false {
		t.Errorf("site %v", slices.Sorted(maps.Keys(site)))
	}
	for path, body := range map[string]string{
		"/forgot": `{"email":"op@example.test"}`, "/account/email": `{"email":"op@new.test"}`, "/verify/resend": "", "/site/mail/test": "",
	} {
		p.call(t, http.MethodPost, path, body, 422)
	}
	org := p.call(t, "POST", "/orgs", `{"name":"Acme"}`, 201)["id"].(string)
	made := p.call(t, "POST", "/orgs/"+org+"/invitations", `{"email":"ben@example.test"}`, 201)
	if text, _ := made["secret"].(string); made["mailed"] == true || len(text) != 43 {
		t.Errorf("invitation %v", made)
	}
}
