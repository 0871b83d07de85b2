package oidc

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
)

func TestBegin(t *testing.T) {
	r := memoryRig(t, nil)
	p := r.provider("idp")
	p.HostedDomain = "example.org"
	r.s = newService(t, r.s.c.Client, r.now, p)
	authURL, flow := r.begin(t)
	u, err := url.Parse(authURL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	state, challenge := q.Get("state"), q.Get("code_challenge")
	q.Del("state")
	q.Del("code_challenge")
	want := url.Values{
		"client_id": {testClient}, "response_type": {"code"}, "redirect_uri": {callback + "idp"}, "scope": {"openid email profile"},
		"nonce": {flow.Nonce}, "code_challenge_method": {"S256"}, "hd": {"example.org"},
	}
	if diff := cmp.Diff(want, q); diff != "" || u.Host != "idp.test" || u.Scheme != "https" {
		t.Errorf("%s\n%s", authURL, diff)
	}
	for name, s := range map[string]string{"state": state, "nonce": flow.Nonce, "verifier": flow.Verifier, "challenge": challenge, "hash": flow.State} {
		if b, err := base64.RawURLEncoding.DecodeString(s); err != nil || len(b) != 32 {
			t.Errorf("%s has %d bytes, %v", name, len(b), err)
		}
	}
	// What is kept with the browser is enough to check an answer, not to make one.
	kept, err := json.Marshal(flow)
	if err != nil || strings.Contains(string(kept), state) || strings.Contains(authURL, flow.Verifier) || strings.Contains(authURL, testSecret) {
		t.Errorf("%s of %s: %v", kept, authURL, err)
	}
	var again Flow
	if err := json.Unmarshal(kept, &again); err != nil || !again.Created.Equal(flow.Created) || again.State != flow.State {
		t.Errorf("%+v, %v", again, err)
	}
	other, flow2 := r.begin(t)
	if other == authURL || flow2.State == flow.State || flow2.Nonce == flow.Nonce || flow2.Verifier == flow.Verifier {
		t.Error("two flows share something")
	}
	_, _, err = r.s.Begin(t.Context(), "nobody")
	wantFault(t, err, fault.NotFound, "no such way")
}

// TestFalseAnswers: what a browser may bring back that is none of a sign-in it began.
func TestFalseAnswers(t *testing.T) {
	for _, c := range []struct {
		name string
		bend func(q url.Values, f *Flow, r *rig)
		kind fault.Kind
		want string
	}{
		{"no state", func(q url.Values, _ *Flow, _ *rig) { q.Del("state") }, fault.Invalid, "no state"},
		{"foreign state", func(q url.Values, _ *Flow, _ *rig) { q.Set("state", random()) }, fault.Auth, "state is another"},
		{"state is its hash", func(q url.Values, f *Flow, _ *rig) { q.Set("state", f.State) }, fault.Auth, "state is another"},
		{"two states", func(q url.Values, _ *Flow, _ *rig) { q.Add("state", random()) }, fault.Invalid, "twice"},
		{"long state", func(q url.Values, _ *Flow, _ *rig) { q.Set("state", strings.Repeat("x", 129)) }, fault.Invalid, "too long"},
		{"another browser", func(_ url.Values, f *Flow, r *rig) { _, *f = r.begin(t) }, fault.Auth, "state is another"},
		{"no flow", func(_ url.Values, f *Flow, _ *rig) { *f = Flow{} }, fault.Auth, "another provider"},
		{"empty flow", func(_ url.Values, f *Flow, r *rig) { *f = Flow{Provider: "idp", Created: r.now()} }, fault.Auth, "not whole"},
		{"old flow", func(_ url.Values, _ *Flow, r *rig) { r.advance(FlowLife + time.Second) }, fault.Auth, "too old"},
		{"flow of tomorrow", func(_ url.Values, f *Flow, _ *rig) { f.Created = f.Created.Add(24 * time.Hour) }, fault.Auth, "too old"},
		{"no code", func(q url.Values, _ *Flow, _ *rig) { q.Del("code") }, fault.Invalid, "neither"},
		{"two codes", func(q url.Values, _ *Flow, _ *rig) { q.Add("code", "x") }, fault.Invalid, "twice"},
		{"code and error", func(q url.Values, _ *Flow, _ *rig) { q.Set("error", "access_denied") }, fault.Invalid, "both"},
		{"long code", func(q url.Values, _ *Flow, _ *rig) { q.Set("code", strings.Repeat("x", maxCodeBytes+1)) }, fault.Invalid, "too long"},
		{"unknown code", func(q url.Values, _ *Flow, _ *rig) { q.Set("code", "x") }, fault.Auth, "invalid_grant"},
		{"wrong verifier", func(_ url.Values, f *Flow, _ *rig) { f.Verifier = random() }, fault.Auth, "invalid_grant"},
		{"nonce of another flow", func(_ url.Values, f *Flow, r *rig) { _, o := r.begin(t); f.Nonce = o.Nonce }, fault.Auth, "nonce"},
		{"another issuer", func(q url.Values, _ *Flow, _ *rig) { q.Set("iss", "https://evil.test") }, fault.Auth, "another issuer"},
		{"issuer left out", func(q url.Values, _ *Flow, _ *rig) { q.Del("iss") }, fault.Auth, "does not say whose"},
		{"two issuers", func(q url.Values, _ *Flow, _ *rig) { q.Add("iss", "https://evil.test") }, fault.Invalid, "twice"},
		{"error of another issuer", failing("access_denied", "https://evil.test"), fault.Auth, "another issuer"},
		{"error in another browser", func(q url.Values, f *Flow, r *rig) {
			failing("access_denied", r.issuer)(q, f, r)
			q.Set("state", random())
		}, fault.Auth, "state is another"},
		{"not allowed", failing("access_denied", ""), fault.Permission, "you did not allow it"},
		{"sign in there first", failing("login_required", ""), fault.Auth, "sign in there first"},
		{"provider is busy", failing("temporarily_unavailable", ""), fault.Busy, "just now"},
		{"settings", failing("invalid_scope", ""), fault.Auth, "look at its settings"},
		{"unknown error", failing("<script>alert(1)", ""), fault.Auth, "did not sign you in"},
		{"long error", failing(strings.Repeat("x", 65), ""), fault.Invalid, "too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := memoryRig(t, nil)
			authURL, flow := r.begin(t)
			q := r.visit(t, authURL)
			c.bend(q, &flow, r)
			_, err := r.s.Finish(t.Context(), "idp", flow, q)
			if c.name == "unknown error" { // in the log's half, quoted
				if !strings.Contains(err.Error(), c.want) || strings.Contains(err.(*fault.Error).Text, "script") {
					t.Error(err)
				}
				return
			}
			wantFault(t, err, c.kind, c.want)
		})
	}
}

func failing(code, issuer string) func(url.Values, *Flow, *rig) {
	return func(q url.Values, _ *Flow, r *rig) {
		q.Del("code")
		q.Set("error", code)
		q.Set("error_description", "<script>alert(1)</script>")
		q.Set("error_uri", "https://evil.test")
		q.Set("iss", r.issuer)
		if issuer != "" {
			q.Set("iss", issuer)
		}
	}
}

func TestReplay(t *testing.T) {
	r := memoryRig(t, nil)
	authURL, flow := r.begin(t)
	q := r.visit(t, authURL)
	if _, err := r.s.Finish(t.Context(), "idp", flow, q); err != nil {
		t.Fatal(err)
	}
	_, err := r.s.Finish(t.Context(), "idp", flow, q)
	wantFault(t, err, fault.Auth, "state was used")
	if n := r.count("/token"); n != 1 {
		t.Errorf("the code was sent %d times", n)
	}
	// Nor in a flow of its own: the provider has seen the code, and its challenge was another.
	authURL, flow = r.begin(t)
	again := r.visit(t, authURL)
	again.Set("code", q.Get("code"))
	_, err = r.s.Finish(t.Context(), "idp", flow, again)
	wantFault(t, err, fault.Auth, "invalid_grant")
	// Nor a whole answer of an earlier flow with a token whose nonce is the earlier one.
	authURL, flow = r.begin(t)
	earlier, _ := r.begin(t)
	old, err := url.Parse(earlier)
	if err != nil {
		t.Fatal(err)
	}
	r.bend(func() { r.claims = func(c map[string]any) { c["nonce"] = old.Query().Get("nonce") } })
	_, err = r.s.Finish(t.Context(), "idp", flow, r.visit(t, authURL))
	wantFault(t, err, fault.Auth, "nonce")
}

// TestMixedUpProviders: a code of one provider never reaches another.
func TestMixedUpProviders(t *testing.T) {
	for _, named := range []bool{true, false} {
		t.Run(fmt.Sprintf("named %v", named), func(t *testing.T) {
			honest, evil := newLiar(t), newLiar(t)
			honest.issuer, evil.issuer = "https://honest.test", "https://evil.test"
			for _, l := range []*liar{honest, evil} {
				l.noIss = !named
				l.document = func(d map[string]any) { d["authorization_response_iss_parameter_supported"] = named }
			}
			hosts := map[string]http.Handler{"honest.test": honest, "evil.test": evil}
			c := &http.Client{Transport: memory{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hosts[r.Host].ServeHTTP(w, r) })}}
			s := newService(t, c, time.Now, honest.provider("honest"), evil.provider("evil"))
			// The person chose evil, which sends the browser on to honest as if it were
			// evil's own page; honest answers at the address that was registered there.
			_, flow, err := s.Begin(t.Context(), "evil")
			if err != nil {
				t.Fatal(err)
			}
			authURL, _, err := s.Begin(t.Context(), "honest")
			if err != nil {
				t.Fatal(err)
			}
			state := random()
			flow.State = hash(state)
			u, err := url.Parse(authURL)
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			q.Set("state", state)
			q.Set("nonce", flow.Nonce)
			u.RawQuery = q.Encode()
			back := honest.visit(t, u.String())
			_, err = s.Finish(t.Context(), "honest", flow, back)
			wantFault(t, err, fault.Auth, "another provider's")
			if named { // even where the addresses were one
				_, err = s.Finish(t.Context(), "evil", flow, back)
				wantFault(t, err, fault.Auth, "another issuer")
			}
			if evil.count("/token") != 0 || honest.count("/token") != 0 {
				t.Error("the code was sent to somebody")
			}
		})
	}
}

// TestIssuerWhereItIsNotAnnounced: it is compared even so.
func TestIssuerWhereItIsNotAnnounced(t *testing.T) {
	r := memoryRig(t, func(l *liar) {
		l.document = func(d map[string]any) { delete(d, "authorization_response_iss_parameter_supported") }
		l.noIss = true
	})
	if _, err := r.signIn(t); err != nil {
		t.Error(err)
	}
	authURL, flow := r.begin(t)
	q := r.visit(t, authURL)
	q.Set("iss", "https://evil.test")
	_, err := r.s.Finish(t.Context(), "idp", flow, q)
	wantFault(t, err, fault.Auth, "another issuer")
}

// TestNothingOfAnAnswerLeadsAnywhere: values beside the known ones are not passed on.
func TestNothingOfAnAnswerLeadsAnywhere(t *testing.T) {
	r := memoryRig(t, nil)
	authURL, flow := r.begin(t)
	q := r.visit(t, authURL)
	for _, k := range []string{"redirect_uri", "return", "next", "token_endpoint", "id_token", "access_token", "client_id"} {
		q.Set(k, "https://evil.test")
	}
	if _, err := r.s.Finish(t.Context(), "idp", flow, q); err != nil {
		t.Fatal(err)
	}
	sent := r.bodies[0]
	want := url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {callback + "idp"}, "code_verifier": {flow.Verifier}}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
}

func TestNewRefuses(t *testing.T) {
	good := Provider{ID: "a", Issuer: "https://idp.test", ClientID: "c"}
	with := func(f func(*Provider)) []Provider { p := good; f(&p); return []Provider{p} }
	for name, c := range map[string]struct {
		all  []Provider
		want string
	}{
		"no id":        {with(func(p *Provider) { p.ID = "" }), "needs an id"},
		"id of a path": {with(func(p *Provider) { p.ID = "a/b" }), "needs an id"},
		"large id":     {with(func(p *Provider) { p.ID = "A" }), "needs an id"},
		"long id":      {with(func(p *Provider) { p.ID = strings.Repeat("a", 33) }), "needs an id"},
		"no client":    {with(func(p *Provider) { p.ClientID = "" }), "client id"},
		"no issuer":    {with(func(p *Provider) { p.Issuer = "" }), "issuer"},
		"script":       {with(func(p *Provider) { p.Issuer = "javascript:alert(1)" }), "issuer"},
		"query":        {with(func(p *Provider) { p.Issuer += "?a" }), "issuer"},
		"user":         {with(func(p *Provider) { p.Issuer = "https://a@idp.test" }), "issuer"},
		"preset":       {with(func(p *Provider) { p.Preset = "goggle" }), "preset"},
		"twice":        {[]Provider{good, good}, "two providers"},
		"many":         {slices.Repeat([]Provider{good}, MaxProviders+1), "at most 20"},
	} {
		_, err := New(Config{Providers: c.all, Client: http.DefaultClient, RedirectURL: func(string) string { return "" }})
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPreset(t *testing.T) {
	s := newService(t, http.DefaultClient, time.Now, Provider{ID: "g", Preset: Google, ClientID: "c"}, Provider{ID: "b", Issuer: "https://b.test", ClientID: "c", Scopes: []string{"email"}})
	if diff := cmp.Diff([]Choice{{"g", "Google"}, {"b", "b"}}, s.Choices()); diff != "" {
		t.Error(diff)
	}
	if p := s.parties["g"]; p.Issuer != "https://accounts.google.com" || !slices.Equal(p.Scopes, []string{"openid", "email", "profile"}) {
		t.Errorf("%+v", p.Provider)
	}
	if p := s.parties["b"]; !slices.Equal(p.Scopes, []string{"openid", "email"}) {
		t.Errorf("%+v", p.Provider)
	}
}

// TestGoogleNamesItselfTwoWays: its tokens may name the issuer without https; the
// person stays the same.
func TestGoogleNamesItselfTwoWays(t *testing.T) {
	l := newLiar(t)
	l.issuer = "https://accounts.google.com"
	l.document = func(d map[string]any) { delete(d, "authorization_response_iss_parameter_supported") }
	s := newService(t, &http.Client{Transport: memory{l}}, time.Now, Provider{ID: "g", Preset: Google, ClientID: testClient, ClientSecret: testSecret})
	for _, iss := range []string{"https://accounts.google.com", "accounts.google.com"} {
		l.bend(func() { l.claims = func(c map[string]any) { c["iss"] = iss } })
		authURL, flow, err := s.Begin(t.Context(), "g")
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Finish(t.Context(), "g", flow, l.visit(t, authURL))
		if err != nil || got.Issuer != "https://accounts.google.com" {
			t.Errorf("%s: %+v, %v", iss, got, err)
		}
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	p := Provider{ID: "a", Issuer: "https://idp.test", ClientSecret: testSecret}
	for _, s := range []string{fmt.Sprint(p), fmt.Sprintf("%v %+v %#v %s", p, p, p, p), fmt.Sprintf("%+v", maps.Collect(slices.All([]Provider{p})))} {
		if strings.Contains(s, testSecret) {
			t.Error(s)
		}
	}
}

// TestBeginAgain: who is to show anew who they are is asked anew; a provider that says
// they did so long ago is not believed, one that does not say is.
func TestBeginAgain(t *testing.T) {
	r := memoryRig(t, nil)
	google := r.provider("google")
	google.Preset = Google
	r.s = newService(t, r.s.c.Client, r.now, r.provider("idp"), google)
	for id, want := range map[string]string{"idp": "login", "google": "select_account"} {
		authURL, flow, err := r.s.BeginAgain(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(authURL)
		if err != nil || u.Query().Get("prompt") != want || u.Query().Has("max_age") != (id == "idp") || !flow.Again {
			t.Errorf("%s: %s, %v", id, authURL, err)
		}
	}
	for name, c := range map[string]struct {
		at func(now time.Time) any
		ok bool
	}{
		"just now": {func(now time.Time) any { return now.Unix() }, true},
		"long ago": {func(now time.Time) any { return now.Add(-maxSkew - time.Minute).Unix() }, false},
		"not said": {func(time.Time) any { return nil }, true},
	} {
		r.bend(func() { r.claims = func(claims map[string]any) { claims["auth_time"] = c.at(r.now()) } })
		authURL, flow, err := r.s.BeginAgain(t.Context(), "idp")
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.s.Finish(t.Context(), "idp", flow, r.visit(t, authURL))
		if (err == nil) != c.ok || err != nil && !fault.Is(err, fault.Auth) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
