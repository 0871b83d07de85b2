package oidc

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/outbound"
)

// nodeProvider is the provider of testdata/oidcprovider, in a process of its own.
type nodeProvider struct {
	issuer string
	s      *Service
	client *http.Client // the browser
	say    io.Writer
	said   *bufio.Scanner
}

// nodeLife bounds the process, so that a test that waits for it ends.
const nodeLife = time.Minute

// jwk is a new key to sign with, in one line.
func jwk(t *testing.T, kid string) string {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(jose.JSONWebKey{Key: k, KeyID: kid, Algorithm: "RS256", Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func startNode(t *testing.T) *nodeProvider {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed, which runs the other provider")
	}
	const dir = "testdata/oidcprovider"
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "oidc-provider")); errors.Is(err, fs.ErrNotExist) {
		t.Skip("the other provider is not installed: make oidc-provider")
	}
	a := newAuthority(t)
	_, cert, key := a.leaf(t)
	ctx, cancel := context.WithTimeout(t.Context(), nodeLife)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, node, "server.mjs", cert, key, testClient, testSecret, callback+"node", jwk(t, "first"))
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var trouble strings.Builder
	cmd.Stderr = &trouble
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()  // it ends by that
		_ = cmd.Wait()  // or by the test's context
		if t.Failed() { // it warns of its own pages in any case
			t.Log(trouble.String())
		}
	})
	n := &nodeProvider{say: in, said: bufio.NewScanner(out)}
	n.issuer = n.next(t, "issuer")
	u, err := url.Parse(n.issuer)
	if err != nil {
		t.Fatal(err)
	}
	c := outbound.Config{Hosts: []string{u.Host}, Roots: a.roots()}
	service, browser := outbound.New(c), outbound.New(c)
	t.Cleanup(func() { service.CloseIdleConnections(); browser.CloseIdleConnections() })
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if browser.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	n.client = browser
	n.s = newService(t, service, time.Now, Provider{ID: "node", Name: "Node", Issuer: n.issuer, ClientID: testClient, ClientSecret: testSecret})
	return n
}

// next waits for a line of ours among what it prints.
func (n *nodeProvider) next(t *testing.T, word string) string {
	t.Helper()
	for n.said.Scan() {
		if rest, ok := strings.CutPrefix(n.said.Text(), word+" "); ok {
			return rest
		}
	}
	t.Fatalf("the provider ended: %v", n.said.Err())
	return ""
}

var (
	formAction = regexp.MustCompile(`<form[^>]*action="([^"]+)"`)
	hiddenTag  = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// maxSteps bounds how many pages and redirects a sign-in has.
const maxSteps = 15

// walk goes from an address through all pages, filling in their forms, until the
// provider sends the browser back to us.
func (n *nodeProvider) walk(t *testing.T, address string) url.Values {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range maxSteps {
		res, err := n.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(res.Body)
		_ = res.Body.Close() // read
		if err != nil {
			t.Fatal(err)
		}
		if to, err := res.Location(); err == nil {
			if strings.HasPrefix(to.String(), callback) {
				return to.Query()
			}
			r, err = http.NewRequestWithContext(t.Context(), http.MethodGet, to.String(), nil)
			if err != nil {
				t.Fatal(err)
			}
			continue
		}
		form := formAction.FindSubmatch(page)
		if form == nil {
			t.Fatalf("%s: %s, no form in\n%s", r.URL, res.Status, page)
		}
		to, err := r.URL.Parse(html.UnescapeString(string(form[1])))
		if err != nil {
			t.Fatal(err)
		}
		fill := url.Values{"login": {"ann"}, "password": {"any"}}
		for _, h := range hiddenTag.FindAllSubmatch(page, -1) {
			fill.Set(string(h[1]), string(h[2]))
		}
		if r, err = http.NewRequestWithContext(t.Context(), http.MethodPost, to.String(), strings.NewReader(fill.Encode())); err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	t.Fatalf("no end after %d steps", maxSteps)
	return nil
}

func (n *nodeProvider) begin(t *testing.T) (string, Flow) {
	t.Helper()
	authURL, flow, err := n.s.Begin(t.Context(), "node")
	if err != nil {
		t.Fatal(err)
	}
	return authURL, flow
}

func (n *nodeProvider) finish(t *testing.T, flow Flow, q url.Values) (Identity, error) {
	t.Helper()
	return n.s.Finish(t.Context(), "node", flow, q)
}

// without is an address with some of its values left out.
func without(t *testing.T, address string, keys ...string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for _, k := range keys {
		q.Del(k)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// TestOIDCProvider: the whole way with a certified provider, its pages included.
func TestOIDCProvider(t *testing.T) {
	n := startNode(t)
	authURL, flow := n.begin(t)
	q := n.walk(t, authURL)
	if q.Get("iss") != n.issuer {
		t.Errorf("the answer is of %q", q.Get("iss"))
	}
	got, err := n.finish(t, flow, q)
	want := Identity{Issuer: n.issuer, Subject: "ann", Email: "ann@example.org", EmailVerified: true, Name: "Name of ann", AuthTime: got.AuthTime}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("%v\n%s", err, diff)
	}
	if err := n.s.Health(t.Context(), "node"); err != nil {
		t.Error(err)
	}

	t.Run("PKCE is required", func(t *testing.T) {
		authURL, flow := n.begin(t)
		_, err := n.finish(t, flow, n.walk(t, without(t, authURL, "code_challenge", "code_challenge_method")))
		wantFault(t, err, fault.Auth, "invalid_request")
	})
	t.Run("wrong verifier", func(t *testing.T) {
		authURL, flow := n.begin(t)
		flow.Verifier = random()
		_, err := n.finish(t, flow, n.walk(t, authURL))
		wantFault(t, err, fault.Auth, "invalid_grant")
	})
	t.Run("no nonce", func(t *testing.T) {
		authURL, flow := n.begin(t)
		_, err := n.finish(t, flow, n.walk(t, without(t, authURL, "nonce")))
		wantFault(t, err, fault.Auth, "nonce is another")
	})
	t.Run("issuer left out", func(t *testing.T) {
		authURL, flow := n.begin(t)
		q := n.walk(t, authURL)
		q.Del("iss")
		_, err := n.finish(t, flow, q)
		wantFault(t, err, fault.Auth, "does not say whose")
	})
	t.Run("inexact redirect address", func(t *testing.T) {
		authURL, _ := n.begin(t)
		u, err := url.Parse(authURL)
		if err != nil {
			t.Fatal(err)
		}
		v := u.Query()
		v.Set("redirect_uri", callback+"node/")
		u.RawQuery = v.Encode()
		res, err := n.client.Get(u.String())
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close() // the status is enough
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("status %d", res.StatusCode)
		}
	})
	t.Run("rotated keys", func(t *testing.T) {
		if _, err := io.WriteString(n.say, jwk(t, "second")+"\n"); err != nil {
			t.Fatal(err)
		}
		if got := n.next(t, "key"); got != "second" {
			t.Fatal(got)
		}
		authURL, flow := n.begin(t)
		if _, err := n.finish(t, flow, n.walk(t, authURL)); err != nil {
			t.Error(err)
		}
	})
	t.Run("replay", func(t *testing.T) { // last: a provider takes back all it gave for a code that comes twice
		_, err := n.finish(t, flow, q)
		wantFault(t, err, fault.Auth, "state was used")
		authURL, flow := n.begin(t)
		again := n.walk(t, authURL)
		again.Set("code", q.Get("code"))
		_, err = n.finish(t, flow, again)
		wantFault(t, err, fault.Auth, "invalid_grant")
	})
	t.Run("wrong secret", func(t *testing.T) {
		authURL, flow := n.begin(t)
		p := n.s.parties["node"].Provider
		p.ClientSecret = "another"
		_, err := newService(t, n.s.c.Client, time.Now, p).Finish(t.Context(), "node", flow, n.walk(t, authURL))
		wantFault(t, err, fault.Auth, "look at its settings")
	})
}
