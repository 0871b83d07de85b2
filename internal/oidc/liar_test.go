package oidc

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"plectica/internal/fault"
	"plectica/internal/outbound"
)

const (
	testClient = "plectica-test"
	testSecret = "a client secret that is long enough"
	callback   = "https://maps.test/callback/"
)

// rsaKey is made once: it takes a while.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// liar is a provider that keeps to the standard until told otherwise: what it says
// of itself, of people and with which signature can each be bent.
type liar struct {
	issuer string
	at     func() time.Time

	mu     sync.Mutex
	alg    jose.SignatureAlgorithm
	key    crypto.Signer
	kid    string
	grants map[string]*grant
	asked  map[string]int // by path
	bodies []url.Values   // what the token endpoint got
	noIss  bool           // the answer does not name the issuer

	secretInBody bool

	document func(map[string]any)                              // bends the document
	claims   func(map[string]any)                              // bends the claims
	sign     func(payload []byte) string                       // instead of an honest signature
	keys     func(*jose.JSONWebKeySet)                         // bends the keys
	reply    func(map[string]any)                              // bends what the token endpoint answers
	instead  map[string]http.HandlerFunc                       // by path
	before   func(w http.ResponseWriter, r *http.Request) bool // true: answered
}

type grant struct {
	nonce, challenge, redirect string
	used                       bool
}

func newLiar(t testing.TB) *liar {
	t.Helper()
	return &liar{issuer: "https://idp.test", at: time.Now, alg: jose.ES256, key: newKey(t), kid: "k1",
		grants: map[string]*grant{}, asked: map[string]int{}, instead: map[string]http.HandlerFunc{}}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.asked[r.URL.Path]++
	instead := l.instead[r.URL.Path]
	before := l.before
	l.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	if before != nil && before(w, r) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		d := map[string]any{
			"issuer": l.issuer, "authorization_endpoint": l.issuer + "/authorize", "token_endpoint": l.issuer + "/token", "jwks_uri": l.issuer + "/keys",
			// That it knows these too must not help.
			"id_token_signing_alg_values_supported":          []string{"none", "HS256", "ES256", "RS256", "PS256", "EdDSA"},
			"token_endpoint_auth_methods_supported":          []string{"client_secret_basic"},
			"authorization_response_iss_parameter_supported": true,
		}
		if l.document != nil {
			l.document(d)
		}
		writeJSON(w, d)
	case "/keys":
		set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: l.key.Public(), KeyID: l.kid, Use: "sig"}}}
		if l.keys != nil {
			l.keys(&set)
		}
		writeJSON(w, set)
	case "/authorize":
		l.authorize(w, r)
	case "/token":
		l.token(w, r)
	default:
		http.NotFound(w, r)
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // to a test that fails without it
}

func (l *liar) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != testClient || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	l.grants[code] = &grant{nonce: q.Get("nonce"), challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri")}
	back := url.Values{"code": {code}, "state": {q.Get("state")}}
	if !l.noIss {
		back.Set("iss", l.issuer)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

func (l *liar) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(code string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		writeJSON(w, map[string]any{"error": code, "error_description": "<script>alert(1)</script>"})
	}
	if err := r.ParseForm(); err != nil {
		refuse("invalid_request")
		return
	}
	l.bodies = append(l.bodies, r.Form)
	id, secret, _ := r.BasicAuth()
	if l.secretInBody {
		id, secret = r.Form.Get("client_id"), url.QueryEscape(r.Form.Get("client_secret"))
	}
	if s, err := url.QueryUnescape(secret); err != nil || id != testClient || s != testSecret {
		refuse("invalid_client")
		return
	}
	g := l.grants[r.Form.Get("code")]
	if g == nil || g.used || oauth2.S256ChallengeFromVerifier(r.Form.Get("code_verifier")) != g.challenge || r.Form.Get("redirect_uri") != g.redirect {
		refuse("invalid_grant")
		return
	}
	g.used = true
	now := l.at()
	c := map[string]any{
		"iss": l.issuer, "sub": "person-1", "aud": testClient, "nonce": g.nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"email": "Ann@Example.org", "email_verified": true, "name": "Ann", "auth_time": now.Unix() - 60, "acr": "2", "amr": []string{"pwd", "otp"},
	}
	if l.claims != nil {
		l.claims(c)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	token := ""
	if l.sign != nil {
		token = l.sign(payload)
	} else {
		token = signed(l.alg, l.key, l.kid, payload)
	}
	reply := map[string]any{"access_token": "an access token", "token_type": "Bearer", "expires_in": 60, "id_token": token}
	if l.reply != nil {
		l.reply(reply)
	}
	writeJSON(w, reply)
}

func signed(alg jose.SignatureAlgorithm, key crypto.Signer, kid string, payload []byte) string {
	return signedWith(nil, alg, key, kid, payload)
}

func signedWith(o *jose.SignerOptions, alg jose.SignatureAlgorithm, key crypto.Signer, kid string, payload []byte) string {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, o)
	if err != nil {
		panic(err)
	}
	jws, err := s.Sign(payload)
	if err != nil {
		panic(err)
	}
	out, err := jws.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return out
}

// byHand makes a token of any header, signed by HMAC with a key, or not at all.
func byHand(header string, payload, key []byte) string {
	in := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	if key == nil {
		return in + "."
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte(in))
	return in + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// publicPEM and publicDER are forms a public key is known in to everybody.
func publicDER(k crypto.Signer) []byte {
	b, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		panic(err)
	}
	return b
}

func publicPEM(k crypto.Signer) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER(k)})
}

func (l *liar) bend(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

func (l *liar) count(path string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked[path]
}

// rotate replaces the key.
func (l *liar) rotate(t *testing.T, kid string) {
	l.bend(func() { l.key, l.kid = newKey(t), kid })
}

// clock is a clock that a test moves.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// rig is a service with a liar behind it.
type rig struct {
	*liar
	*clock
	s *Service
}

func (l *liar) provider(id string) Provider {
	return Provider{ID: id, Name: "Idp", Issuer: l.issuer, ClientID: testClient, ClientSecret: testSecret}
}

func newService(t testing.TB, c *http.Client, now func() time.Time, all ...Provider) *Service {
	t.Helper()
	s, err := New(Config{Providers: all, Client: c, Now: now, RedirectURL: func(id string) string { return callback + id }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// newRig has the liar listen on loopback with TLS, behind the client of the product.
func newRig(t *testing.T, bend func(*liar)) *rig {
	t.Helper()
	l := newLiar(t)
	srv := httptest.NewTLSServer(l)
	t.Cleanup(srv.Close)
	l.issuer = srv.URL
	r := &rig{liar: l, clock: &clock{}}
	l.at = r.now
	if bend != nil {
		bend(l)
	}
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	client := outbound.New(outbound.Config{Hosts: []string{srv.Listener.Addr().String()}, Roots: roots})
	t.Cleanup(client.CloseIdleConnections)
	r.s = newService(t, client, r.now, l.provider("idp"))
	return r
}

// memoryRig has no sockets, so that a bubble's clock can pass.
func memoryRig(t testing.TB, bend func(*liar)) *rig {
	t.Helper()
	l := newLiar(t)
	r := &rig{liar: l, clock: &clock{}}
	l.at = r.now
	if bend != nil {
		bend(l)
	}
	r.s = newService(t, &http.Client{Transport: memory{l}}, r.now, l.provider("idp"))
	return r
}

// memory answers requests by a handler, as long as the request's context lasts.
type memory struct{ h http.Handler }

func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	done := make(chan *http.Response, 1)
	go func() {
		rec := httptest.NewRecorder()
		m.h.ServeHTTP(rec, r)
		done <- rec.Result()
	}()
	select {
	case res := <-done:
		return res, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// visit is the browser: it goes where it is sent and brings the answer back.
func (l *liar) visit(t testing.TB, authURL string) url.Values {
	t.Helper()
	w := httptest.NewRecorder()
	l.ServeHTTP(w, httptest.NewRequest(http.MethodGet, authURL, nil))
	to, err := w.Result().Location()
	if err != nil {
		t.Fatalf("%s: %d %s", authURL, w.Code, w.Body)
	}
	return to.Query()
}

func (r *rig) begin(t testing.TB) (string, Flow) {
	t.Helper()
	authURL, flow, err := r.s.Begin(t.Context(), "idp")
	if err != nil {
		t.Fatal(err)
	}
	return authURL, flow
}

// signIn goes the whole way.
func (r *rig) signIn(t testing.TB) (Identity, error) {
	t.Helper()
	authURL, flow, err := r.s.Begin(t.Context(), "idp")
	if err != nil {
		return Identity{}, err
	}
	return r.s.Finish(t.Context(), "idp", flow, r.visit(t, authURL))
}

// wantFault checks kind and text, and that nothing secret or foreign is in what
// people read.
func wantFault(t testing.TB, err error, k fault.Kind, text string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != k || !bytes.Contains([]byte(err.Error()), []byte(text)) {
		t.Errorf("error %v of kind %v, want %v with %q", err, fault.KindOf(err), k, text)
		return
	}
	e, ok := err.(*fault.Error)
	if !ok || bytes.ContainsAny([]byte(e.Text), "<>{}%\"") || len(e.Text) > 200 {
		t.Errorf("the sentence is no sentence: %q", err)
	}
	for _, secret := range []string{testSecret, "<script>"} {
		if bytes.Contains([]byte(err.Error()), []byte(secret)) {
			t.Errorf("the error tells %q: %v", secret, err)
		}
	}
}

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key := newKey(t)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

func (a authority) roots() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// leaf is a certificate for 127.0.0.1, also as files for other programs.
func (a authority) leaf(t *testing.T) (c tls.Certificate, certFile, keyFile string) {
	t.Helper()
	key := newKey(t)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, b := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, certFile, keyFile
}

// listen opens a port on loopback.
func listen(t *testing.T) net.Listener {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(context.WithoutCancel(t.Context()), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
