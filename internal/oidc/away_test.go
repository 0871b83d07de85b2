package oidc

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"plectica/internal/fault"
	"plectica/internal/outbound"
)

const (
	documentPath = "/.well-known/openid-configuration"
	keysPath     = "/keys"
	tokenPath    = "/token"
)

func says(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text) // whoever reads it may stop
	}
}

func sendsOn(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusTemporaryRedirect) }
}

// TestFalseProviders: what a provider may answer, at each of its addresses, that is
// of no use, over real connections and the client of the product.
func TestFalseProviders(t *testing.T) {
	huge := `{"x":"` + strings.Repeat("x", outbound.MaxBody) + `"}`
	document := func(key string, v any) func(*liar) {
		return func(l *liar) { l.document = func(d map[string]any) { d[key] = v } }
	}
	at := func(path string, h http.HandlerFunc) func(*liar) {
		return func(l *liar) { l.instead[path] = h }
	}
	for _, c := range []struct {
		name string
		bend func(*liar)
		kind fault.Kind
		want string
	}{
		{"document of another issuer", document("issuer", "https://evil.test"), fault.Busy, "does not fit"},
		{"document of nobody", document("issuer", ""), fault.Busy, "does not fit"},
		{"page is a script", document("authorization_endpoint", "javascript:alert(1)"), fault.Busy, "not safe"},
		{"page without TLS", document("authorization_endpoint", "http://evil.test/authorize"), fault.Busy, "not safe"},
		{"page is a path", document("authorization_endpoint", "/authorize"), fault.Busy, "not safe"},
		{"page with a fragment", document("authorization_endpoint", "https://evil.test/#"+"x"), fault.Busy, "not safe"},
		{"page with a password", document("authorization_endpoint", "https://a:b@evil.test/"), fault.Busy, "not safe"},
		{"no page", document("authorization_endpoint", ""), fault.Busy, "not safe"},
		{"long page", document("authorization_endpoint", "https://evil.test/"+strings.Repeat("x", maxURLBytes)), fault.Busy, "not safe"},
		{"tokens without TLS", document("token_endpoint", "http://evil.test/token"), fault.Busy, "not safe"},
		{"keys without TLS", document("jwks_uri", "http://evil.test/keys"), fault.Busy, "not safe"},
		{"keys in a file", document("jwks_uri", "file:///etc/passwd"), fault.Busy, "not safe"},
		{"no keys", document("jwks_uri", nil), fault.Busy, "not safe"},
		{"nothing is signed", document("id_token_signing_alg_values_supported", []string{"none", "HS256"}), fault.Busy, "no algorithm"},
		{"strange methods", document("token_endpoint_auth_methods_supported", 7), fault.Busy, "not as the standard"},
		{"document is missing", at(documentPath, says(404, "<script>")), fault.Busy, "404"},
		{"document fails", at(documentPath, says(500, strings.Repeat("x", 5000))), fault.Busy, "500"},
		{"document is garbage", at(documentPath, says(200, "<html>")), fault.Busy, "unmarshal"},
		{"document is huge", at(documentPath, says(200, huge)), fault.Busy, "too large"},
		{"document is elsewhere", at(documentPath, sendsOn("/elsewhere")), fault.Busy, "not followed"},
		{"keys are inside", document("jwks_uri", "https://169.254.169.254/keys"), fault.Busy, "public internet"},
		{"keys on another port", document("jwks_uri", "https://127.0.0.1:1/keys"), fault.Busy, "public internet"},
		{"keys are missing", at(keysPath, says(404, "{}")), fault.Busy, "404"},
		{"keys are garbage", at(keysPath, says(200, "}{")), fault.Busy, "not readable"},
		{"keys are none", at(keysPath, says(200, `{"keys":[]}`)), fault.Busy, "no key that"},
		{"keys are strange", at(keysPath, says(200, `{"keys":[7,{"kty":"EC"},{"kty":"OKP","crv":"Ed448","x":"AA"},{"kty":"oct","k":"c2VjcmV0"}]}`)), fault.Busy, "no key that"},
		{"keys are private", func(l *liar) {
			l.keys = func(s *jose.JSONWebKeySet) { s.Keys[0].Key = l.key }
		}, fault.Busy, "no key that"},
		{"keys are costly", at(keysPath, says(200, `{"keys":[{"kty":"RSA","e":"AQAB","n":"`+strings.Repeat("_", maxRSABits/6+2)+`"}]}`)), fault.Busy, "no key that"},
		{"keys are many", at(keysPath, says(200, `{"keys":[{}`+strings.Repeat(",{}", maxKeys)+`]}`)), fault.Busy, "more than 100"},
		{"keys are huge", at(keysPath, says(200, huge)), fault.Busy, "too large"},
		{"keys are elsewhere", at(keysPath, sendsOn("/elsewhere")), fault.Busy, "not followed"},
		{"token is elsewhere", at(tokenPath, sendsOn("/elsewhere")), fault.Busy, "not followed"},
		{"token is cut off, at a long address", func(l *liar) {
			document("token_endpoint", l.issuer+tokenPath+"?"+strings.Repeat("x", 3*maxErrorBytes))(l)
			at(tokenPath, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })(l)
		}, fault.Busy, "Idp cannot be reached"},
		{"token is huge", at(tokenPath, says(200, huge)), fault.Busy, "too large"},
		{"token is garbage", at(tokenPath, says(200, "<html>")), fault.Busy, "cannot parse"},
		{"token is empty", at(tokenPath, says(200, "{}")), fault.Busy, "missing access_token"},
		{"token fails", at(tokenPath, says(503, "down")), fault.Busy, "503"},
		{"token is refused without a word", at(tokenPath, says(400, "no")), fault.Auth, "400"},
		{"token is an error", at(tokenPath, says(200, `{"error":"server_error"}`)), fault.Busy, "server_error"},
		{"client is unknown", at(tokenPath, says(401, `{"error":"invalid_client"}`)), fault.Auth, "look at its settings"},
		{"a long error", at(tokenPath, says(400, `{"error":"`+strings.Repeat("x", 5000)+`"}`)), fault.Auth, "did not sign you in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.bend)
			_, err := r.signIn(t)
			if c.name == "document is missing" { // quoted for the log alone
				if e, ok := err.(*fault.Error); !ok || e.Kind != c.kind || strings.Contains(e.Text, "script") {
					t.Error(err)
				}
				return
			}
			wantFault(t, err, c.kind, c.want)
			if err != nil && len(err.Error()) > 2*maxErrorBytes {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

// TestNothingHangs: a provider that takes its time holds nobody beyond the bounds.
func TestNothingHangs(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for _, path := range []string{documentPath, keysPath, tokenPath} {
		t.Run(path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := memoryRig(t, func(l *liar) { l.instead[path] = hang })
				begun := time.Now()
				_, err := r.signIn(t)
				wantFault(t, err, fault.Busy, "cannot be reached just now")
				if took := time.Since(begun); took > fetchTimeout {
					t.Errorf("took %v", took)
				}
				if path == tokenPath {
					return
				}
				// Whoever comes next hears at once.
				begun = time.Now()
				_, err = r.signIn(t)
				if wantFault(t, err, fault.Busy, "cannot be reached just now"); time.Since(begun) != 0 {
					t.Errorf("the next took %v", time.Since(begun))
				}
			})
		})
	}
	t.Run("caller", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := memoryRig(t, func(l *liar) { l.instead[documentPath] = hang })
			var all sync.WaitGroup
			for range 2 {
				all.Go(func() {
					_, _, err := r.s.Begin(t.Context(), "idp")
					wantFault(t, err, fault.Busy, "cannot be reached")
				})
			}
			all.Wait()
			if n := r.count(documentPath); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	})
}

// TestProviderIsDown: it is asked ever more rarely, and works again by itself.
func TestProviderIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := memoryRig(t, func(l *liar) { l.instead[documentPath] = says(503, "down") })
		for range 3600 {
			_, _, err := r.s.Begin(t.Context(), "idp")
			wantFault(t, err, fault.Busy, "Idp cannot be reached just now; try again in a moment")
			time.Sleep(time.Second)
		}
		if n := r.count(documentPath); n < 60 || n > 70 {
			t.Errorf("asked %d times in an hour", n)
		}
		r.bend(func() { delete(r.instead, documentPath) })
		time.Sleep(longestPause)
		if _, err := r.signIn(t); err != nil {
			t.Error(err)
		}
	})
}

// TestAskedOnce: however many sign in, documents and keys are fetched once an hour.
func TestAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := memoryRig(t, func(l *liar) {
			l.before = func(_ http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == documentPath || r.URL.Path == keysPath {
					time.Sleep(time.Second)
				}
				return false
			}
		})
		many := func() {
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() {
					if _, err := r.signIn(t); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		many()
		if d, k := r.count(documentPath), r.count(keysPath); d != 1 || k != 1 {
			t.Errorf("asked %d and %d times", d, k)
		}
		time.Sleep(freshFor)
		begun := time.Now()
		many() // served from before, while both are fetched beside
		if took := time.Since(begun); took != 0 {
			t.Errorf("waited %v for what was known", took)
		}
		time.Sleep(2 * time.Second)
		if d, k := r.count(documentPath), r.count(keysPath); d != 2 || k != 2 {
			t.Errorf("asked %d and %d times", d, k)
		}
	})
}

// TestStaleForAWhile: what is known serves while the provider cannot say it anew,
// keys for less long than addresses.
func TestStaleForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := memoryRig(t, nil)
		if _, err := r.signIn(t); err != nil {
			t.Fatal(err)
		}
		r.bend(func() { r.instead[documentPath], r.instead[keysPath] = says(503, ""), says(503, "") })
		time.Sleep(keysStale - time.Second)
		if _, err := r.signIn(t); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		_, err := r.signIn(t)
		wantFault(t, err, fault.Busy, "503")
		if r.count(tokenPath) != 2 {
			t.Error("a code was spent although nothing could check the token")
		}
		time.Sleep(documentStale)
		_, _, err = r.s.Begin(t.Context(), "idp")
		wantFault(t, err, fault.Busy, "503")
	})
}

// TestRotation: a provider that changes its keys locks nobody out.
func TestRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := memoryRig(t, nil)
		for i := range 3 {
			if _, err := r.signIn(t); err != nil {
				t.Fatal(err)
			}
			r.rotate(t, fmt.Sprintf("new-%d", i))
		}
		r.bend(func() { r.kid = "" }) // by keys without names too
		if _, err := r.signIn(t); err != nil {
			t.Fatal(err)
		}
		if n := r.count(keysPath); n != 4 {
			t.Errorf("asked for the keys %d times", n)
		}
	})
}

// TestFloodOfUnknownKeys: tokens of made-up keys do not make us ask again and again.
func TestFloodOfUnknownKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := memoryRig(t, nil)
		foreign := newKey(t)
		n := 0
		r.bend(func() {
			r.sign = func(p []byte) string {
				n++
				return signed(jose.ES256, foreign, fmt.Sprint("made-up-", n), p)
			}
		})
		for range 50 {
			_, err := r.signIn(t)
			wantFault(t, err, fault.Auth, "key")
		}
		if got, most := r.count(keysPath), 1+keyRefreshes().Burst; got != most {
			t.Errorf("asked for the keys %d times, want %d", got, most)
		}
		_, err := r.signIn(t)
		wantFault(t, err, fault.Auth, "too many")
		// Known keys work meanwhile, and new ones a little later.
		r.bend(func() { r.sign = nil })
		if _, err := r.signIn(t); err != nil {
			t.Error(err)
		}
		r.rotate(t, "k2")
		time.Sleep(keyRefreshes().Every)
		if _, err := r.signIn(t); err != nil {
			t.Error(err)
		}
	})
}

func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := memoryRig(t, nil)
		if err := r.s.Health(t.Context(), "idp"); err != nil {
			t.Error(err)
		}
		r.bend(func() { r.instead[keysPath] = says(200, "{}") })
		wantFault(t, r.s.Health(t.Context(), "idp"), fault.Busy, "no key that")
		r.bend(func() { delete(r.instead, keysPath); r.instead[documentPath] = says(503, "") })
		wantFault(t, r.s.Health(t.Context(), "idp"), fault.Busy, "503")
		if _, err := r.signIn(t); err != nil { // by what is known
			t.Error(err)
		}
		r.bend(func() { r.instead = map[string]http.HandlerFunc{} })
		if err := r.s.Health(t.Context(), "idp"); err != nil { // although it had failed just now
			t.Error(err)
		}
		wantFault(t, r.s.Health(t.Context(), "nobody"), fault.NotFound, "no such way")
	})
}

// TestPanicInAParserIsAnError: it happens in a goroutine, where it would end the server.
func TestPanicInAParserIsAnError(t *testing.T) {
	r := memoryRig(t, nil)
	p := r.s.parties["idp"]
	p.client = &http.Client{Transport: panics{}}
	_, _, err := r.s.Begin(t.Context(), "idp")
	wantFault(t, err, fault.Busy, "panic")
}

type panics struct{}

func (panics) RoundTrip(*http.Request) (*http.Response, error) { panic("a parser") }

// TestOnlyWhereHTTPIsAllowed: a provider without TLS works on this machine, by name.
func TestOnlyWhereHTTPIsAllowed(t *testing.T) {
	ln := listen(t)
	l := newLiar(t)
	l.issuer = "http://" + ln.Addr().String()
	srv := &http.Server{Handler: l, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(ln) }() // ends with Close
	t.Cleanup(func() { _ = srv.Close() })
	r := &rig{liar: l, clock: &clock{}, s: newService(t, outbound.New(outbound.Config{Plain: []string{ln.Addr().String()}}), time.Now, l.provider("idp"))}
	if _, err := r.signIn(t); err != nil {
		t.Error(err)
	}
	r.s = newService(t, outbound.New(outbound.Config{Hosts: []string{ln.Addr().String()}}), time.Now, l.provider("idp"))
	_, err := r.signIn(t)
	wantFault(t, err, fault.Busy, "only addresses with https")
}
