// Package tlsgrade grades how a server speaks TLS, by the rules that SSL Labs
// published as 2009r. It asks what a server does with hellos of its own making, since
// Go's TLS speaks nothing that is broken, and judges purely: Judge knows no network.
// Nothing here is kept between calls; all of it is safe for concurrent use.
package tlsgrade

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"plectica/internal/fault"
)

// Target is a server to be graded.
type Target struct {
	Addr  string         // host:port
	Name  string         // what its certificate is to be for; empty is Addr's host
	Roots *x509.CertPool // whom to trust; nil is the system's
	Now   func() time.Time
}

// maxHead bounds what is read of the answer to a request, in bytes.
const maxHead = 1 << 16

// Scan asks a server. Errors have kind fault.Busy when it cannot be reached, and
// fault.Invalid when there is no TLS.
func Scan(ctx context.Context, t Target) (Facts, error) {
	host, _, err := net.SplitHostPort(t.Addr)
	if err != nil {
		return Facts{}, fault.New(fault.Invalid, "the address is host:port")
	}
	if t.Name == "" {
		t.Name = host
	}
	dial := func(ctx context.Context) (net.Conn, error) {
		d := net.Dialer{Timeout: probeTime}
		conn, err := d.DialContext(ctx, "tcp", t.Addr)
		if err != nil {
			return nil, fault.Wrap(fault.Busy, "the server cannot be reached", err)
		}
		return conn, nil
	}
	f := Facts{Versions: map[uint16]bool{}, Suites: map[uint16][]string{}, Renegotiation: true}
	if err := f.probe(ctx, dial, t.Name); err != nil {
		return Facts{}, err
	}
	if len(f.Versions) == 0 {
		return Facts{}, fault.New(fault.Invalid, "the server speaks no TLS")
	}
	if err := f.certificates(ctx, t); err != nil {
		return Facts{}, err
	}
	f.HSTS, err = askHSTS(ctx, t)
	return f, err
}

// probe finds out which versions and suites are spoken, and how keys are exchanged.
func (f *Facts) probe(ctx context.Context, dial dialer, name string) error {
	two, err := speaksSSL2(ctx, dial)
	if err != nil {
		return err
	}
	if two {
		f.Versions[ssl2] = true
	}
	for _, v := range []uint16{ssl3, tls10, tls11, tls12, tls13} {
		all := suites12
		if v == tls13 {
			all = suites13
		}
		if err := f.enumerate(ctx, dial, name, v, all); err != nil {
			return err
		}
	}
	return nil
}

// enumerate offers all suites, then all but the one that was chosen, until none is.
func (f *Facts) enumerate(ctx context.Context, dial dialer, name string, version uint16, all []suite) error {
	left := append([]suite(nil), all...)
	for len(left) > 0 {
		a, err := ask(ctx, dial, name, offer{version: version, suites: numbers(left), compress: version <= tls12})
		if errors.Is(err, errRefused) {
			return nil
		}
		if err != nil {
			return err
		}
		at := -1
		for i, s := range left {
			if s.id == a.suite {
				at = i
			}
		}
		if at < 0 {
			return fault.New(fault.Invalid, "the server chose what was not offered")
		}
		f.Versions[version] = true
		f.Suites[version] = append(f.Suites[version], left[at].name)
		f.note(version, a)
		left = append(left[:at], left[at+1:]...)
	}
	return nil
}

func numbers(list []suite) []uint16 {
	out := make([]uint16, len(list))
	for i, s := range list {
		out[i] = s.id
	}
	return out
}

// curveBits is how long a key of RSA's would have to be; NIST SP 800-57.
var curveBits = map[uint16]int{23: 3072, 24: 7680, 25: 15360, 29: 3072}

func (f *Facts) note(version uint16, a answer) {
	if version <= tls12 {
		f.Renegotiation = f.Renegotiation && a.renegotiation
		f.Compresses = f.Compresses || a.compresses
	}
	if a.dhBits > 0 && (f.DHBits == 0 || a.dhBits < f.DHBits) {
		f.DHBits = a.dhBits
	}
	n := curveBits[a.curve]
	if version == tls13 {
		n = curveBits[29] // what is not said is at least this
	}
	if n > 0 && (f.CurveBits == 0 || n < f.CurveBits) {
		f.CurveBits = n
	}
}

// certificates looks at what a server shows of itself.
func (f *Facts) certificates(ctx context.Context, t Target) error {
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: probeTime}, Config: looking(t.Name)}
	conn, err := d.DialContext(ctx, "tcp", t.Addr)
	if err != nil {
		return fault.Wrap(fault.Invalid, "no TLS that this program speaks", err)
	}
	defer func() { _ = conn.Close() }() // nothing of it is kept
	sent := conn.(*tls.Conn).ConnectionState().PeerCertificates
	leaf := sent[0]
	f.KeyBits, f.Key = keyOf(leaf)
	for _, c := range sent {
		if c.CheckSignatureFrom(c) == nil {
			continue // whoever signs for itself is trusted or not
		}
		switch c.SignatureAlgorithm {
		case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
			f.Signature = fmt.Sprintf("a certificate is signed with %s", c.SignatureAlgorithm)
		}
	}
	between := x509.NewCertPool()
	for _, c := range sent[1:] {
		between.AddCert(c)
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: t.Roots, Intermediates: between, CurrentTime: t.Now()})
	var stranger x509.UnknownAuthorityError
	switch {
	case errors.As(err, &stranger):
		f.Untrusted = "the chain of certificates leads to nobody who is trusted, or has a gap"
	case err != nil:
		f.Untrusted = "the certificate does not hold: " + err.Error()
	}
	if err := leaf.VerifyHostname(t.Name); err != nil {
		f.WrongName = "the certificate is not for " + t.Name
	}
	return nil
}

// looking takes any certificate and any suite: what is wrong with them is the question.
func looking(name string) *tls.Config {
	all := make([]uint16, 0, len(suites12))
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		all = append(all, s.ID)
	}
	return &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: all} //nolint:gosec // it judges what it finds
}

// keyOf is the strength of a certificate's key, as long as RSA's would have to be.
func keyOf(c *x509.Certificate) (bits int, name string) {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen(), fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		n := k.Curve.Params().BitSize
		return map[int]int{224: 2048, 256: 3072, 384: 7680, 521: 15360}[n], fmt.Sprintf("ECDSA P-%d", n)
	case ed25519.PublicKey:
		return 3072, "Ed25519"
	}
	return 0, c.PublicKeyAlgorithm.String()
}

// askHSTS asks for the first page and reads one header of the answer.
func askHSTS(ctx context.Context, t Target) (HSTS, error) {
	transport := &http.Transport{TLSClientConfig: looking(t.Name), MaxResponseHeaderBytes: maxHead, DisableKeepAlives: true}
	client := &http.Client{
		Transport: transport, Timeout: probeTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+t.Addr+"/", nil)
	if err != nil {
		return HSTS{}, fault.Wrap(fault.Invalid, "the address is host:port", err)
	}
	req.Host = t.Name
	resp, err := client.Do(req)
	if err != nil {
		return HSTS{}, nil //nolint:nilerr // no HTTP: nothing is sent
	}
	defer func() { _ = resp.Body.Close() }() // only its head counts
	_, _ = io.CopyN(io.Discard, resp.Body, maxHead)
	values := resp.Header.Values("Strict-Transport-Security")
	if len(values) == 0 {
		return HSTS{}, nil
	}
	return parseHSTS(values[0]), nil // of several the first counts; RFC 6797, 8.1
}

// parseHSTS reads the header; RFC 6797, 6.1.
func parseHSTS(v string) HSTS {
	h := HSTS{Sent: true}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(v, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		if seen[name] {
			return HSTS{Sent: true}
		}
		seen[name] = true
		if name == "max-age" {
			n, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 32)
			if err != nil {
				return HSTS{Sent: true}
			}
			h.Valid, h.MaxAge = true, time.Duration(n)*time.Second
		}
	}
	h.Valid = h.Valid && h.MaxAge > 0 // 0 forgets the server
	return h
}

// String is the report as a person reads it.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "grade %s by the published rules of %s\n\n", r.Grade, rulesVersion)
	fmt.Fprintf(&b, "versions %d, exchange of keys %d, ciphers %d: %d of 100\n", r.Protocol, r.Exchange, r.Cipher, r.Score)
	for _, x := range r.Findings {
		fmt.Fprintf(&b, "at most %-2s  %s\n", x.Most, x.Text)
	}
	return b.String()
}
