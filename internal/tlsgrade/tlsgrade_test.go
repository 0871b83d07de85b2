package tlsgrade

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"plectica/internal/fault"
	"plectica/internal/tlsca"
)

// planted is a server, ours but for what is changed.
type planted struct {
	key     crypto.Signer
	hsts    string
	expired bool
	name    string
	gap     bool // the certificate in between is not sent
	change  func(*tls.Config)
}

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rsaKey(t *testing.T, bits int) crypto.Signer {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// issue signs a certificate with another, or with itself.
func issue(t *testing.T, c *x509.Certificate, key crypto.Signer, by *x509.Certificate, byKey crypto.Signer) *x509.Certificate {
	t.Helper()
	c.SerialNumber, c.BasicConstraintsValid = big.NewInt(now.UnixNano()), true
	if c.NotBefore.IsZero() {
		c.NotBefore, c.NotAfter = now.Add(-time.Hour), now.Add(time.Hour)
	}
	if by == nil {
		by, byKey = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, key.Public(), byKey)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// serve starts a planted server and returns how to reach and trust it.
func (p planted) serve(t *testing.T) Target {
	t.Helper()
	authority := func(name string) *x509.Certificate {
		return &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}
	}
	rootKey, midKey := newKey(t), newKey(t)
	root := issue(t, authority("root"), rootKey, nil, nil)
	mid := issue(t, authority("between"), midKey, root, rootKey)
	if p.key == nil {
		p.key = newKey(t)
	}
	if p.name == "" {
		p.name = "localhost"
	}
	leaf := &x509.Certificate{
		Subject: pkix.Name{CommonName: p.name}, DNSNames: []string{p.name},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if p.expired {
		leaf.NotBefore, leaf.NotAfter = now.Add(-48*time.Hour), now.Add(-24*time.Hour)
	}
	leaf = issue(t, leaf, p.key, mid, midKey)
	chain := tls.Certificate{Certificate: [][]byte{leaf.Raw, mid.Raw}, PrivateKey: p.key}
	if p.gap {
		chain.Certificate = chain.Certificate[:1]
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if p.hsts != "-" {
			w.Header().Set("Strict-Transport-Security", p.hsts)
		}
	}))
	server.TLS = tlsca.ServerConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &chain, nil })
	if p.change != nil {
		p.change(server.TLS)
	}
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return Target{Addr: server.Listener.Addr().String(), Name: "localhost", Roots: roots, Now: func() time.Time { return now }}
}

const years = "max-age=63072000; includeSubDomains"

func adding(suites ...uint16) func(*tls.Config) {
	return func(c *tls.Config) { c.CipherSuites = append(c.CipherSuites, suites...) }
}

// TestServers: ours is A+, and each planted weakness makes it less.
func TestServers(t *testing.T) {
	for name, c := range map[string]struct {
		planted
		want Grade
	}{
		"ours":          {planted{}, APlus},
		"ours with RSA": {planted{key: rsaKey(t, 2048)}, APlus},
		"an old protocol": {planted{change: func(c *tls.Config) {
			c.MinVersion = tls.VersionTLS10
			adding(tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA)(c)
		}}, B},
		"another old protocol": {planted{change: func(c *tls.Config) {
			c.MinVersion = tls.VersionTLS11
			adding(tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA)(c)
		}}, B},
		"no TLS 1.3":      {planted{change: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }}, AMinus},
		"CBC":             {planted{change: adding(tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA)}, A},
		"exchange by RSA": {planted{key: rsaKey(t, 2048), change: adding(tls.TLS_RSA_WITH_AES_128_GCM_SHA256)}, A},
		"only exchange by RSA": {planted{key: rsaKey(t, 2048), change: func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		}}, B},
		"3DES":                    {planted{key: rsaKey(t, 2048), change: adding(tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA)}, C},
		"RC4":                     {planted{change: adding(tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA)}, C},
		"short HSTS":              {planted{hsts: "max-age=86400"}, A},
		"no HSTS":                 {planted{hsts: "-"}, AMinus},
		"HSTS that means nothing": {planted{hsts: "max-age=soon"}, AMinus},
		"HSTS that forgets":       {planted{hsts: "max-age=0"}, AMinus},
		"a weak key":              {planted{key: rsaKey(t, 1024)}, B},
		"a chain with a gap":      {planted{gap: true}, T},
		"expired":                 {planted{expired: true}, T},
		"for another name":        {planted{name: "example.org"}, M},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.hsts == "" {
				c.hsts = years
			}
			facts, err := Scan(t.Context(), c.serve(t))
			if err != nil {
				t.Fatal(err)
			}
			if r := Judge(facts); r.Grade != c.want {
				t.Errorf("want %s, got %s", c.want, r)
			}
		})
	}
}

// TestJudge: what no server of Go's can be made to do.
func TestJudge(t *testing.T) {
	ours := func() Facts {
		return Facts{
			Versions: map[uint16]bool{tls12: true, tls13: true},
			Suites: map[uint16][]string{
				tls12: {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
				tls13: {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"},
			},
			KeyBits: 3072, Key: "ECDSA P-256", CurveBits: 3072, Renegotiation: true,
			HSTS: HSTS{Sent: true, Valid: true, MaxAge: leastHSTS},
		}
	}
	with := func(name string) func(*Facts) {
		return func(f *Facts) { f.Suites[tls12] = append(f.Suites[tls12], name) }
	}
	for name, c := range map[string]struct {
		change func(*Facts)
		want   Grade
	}{
		"as it is":           {func(*Facts) {}, APlus},
		"SSL 2":              {func(f *Facts) { f.Versions[ssl2] = true }, F},
		"SSL 3":              {func(f *Facts) { f.Versions[ssl3] = true }, C},
		"compression":        {func(f *Facts) { f.Compresses = true }, C},
		"renegotiation":      {func(f *Facts) { f.Renegotiation = false }, F},
		"a short prime":      {func(f *Facts) { f.DHBits = 1024 }, B},
		"a broken prime":     {func(f *Facts) { f.DHBits = 768 }, F},
		"a fair prime":       {func(f *Facts) { f.DHBits = 2048 }, APlus},
		"no cipher":          {with("TLS_ECDHE_ECDSA_WITH_NULL_SHA"), F},
		"a cipher of export": {with("TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"), F},
		"nobody there":       {with("TLS_ECDH_anon_WITH_AES_128_CBC_SHA"), F},
		"DES":                {with("TLS_RSA_WITH_DES_CBC_SHA"), F},
		"Camellia":           {with("TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"), A},
		"a broken key":       {func(f *Facts) { f.KeyBits = 512 }, F},
		"SHA-1":              {func(f *Facts) { f.Signature = "signed with SHA1-RSA" }, T},
		"nothing":            {func(f *Facts) { *f = Facts{} }, F},
	} {
		t.Run(name, func(t *testing.T) {
			f := ours()
			c.change(&f)
			if r := Judge(f); r.Grade != c.want {
				t.Errorf("want %s, got %s", c.want, r)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Scan(context.Background(), Target{Addr: addr, Now: time.Now}); fault.KindOf(err) != fault.Busy {
		t.Errorf("nobody listens: %v", err)
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	if _, err := Scan(context.Background(), Target{Addr: plain.Listener.Addr().String(), Now: time.Now}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("no TLS: %v", err)
	}
}

// FuzzAnswer: whatever a server sends, it is read within bounds.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte{22, 3, 3, 0, 4, 2, 0, 0, 0}, uint16(tls12))
	f.Add(hello("localhost", offer{version: tls13, suites: []uint16{0x1301}}), uint16(tls13))
	f.Fuzz(func(t *testing.T, b []byte, version uint16) {
		_, _ = readAnswer(&handshake{r: bytes.NewReader(b)}, version)
	})
}
