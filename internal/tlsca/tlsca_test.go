package tlsca

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// fixture is an authority with a clock and names that a test can move.
type fixture struct {
	dir   string
	now   time.Time
	names Names
}

func newFixture(t *testing.T) *fixture {
	return &fixture{
		dir: t.TempDir(),
		now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		names: Names{Machine: Set{
			DNS: []string{"localhost", "desk", "desk.local"},
			IP:  []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback(), netip.MustParseAddr("192.168.1.20")},
		}},
	}
}

func (f *fixture) open(t *testing.T) *Authority {
	t.Helper()
	a, err := Open(Config{Dir: f.dir, Names: func() Names { return f.names }, Now: func() time.Time { return f.now }})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func leaf(t *testing.T, a *Authority) *x509.Certificate {
	t.Helper()
	c, err := a.GetCertificate(nil)
	if err != nil || c == nil {
		t.Fatalf("no leaf: %v", err)
	}
	return c.Leaf
}

func (f *fixture) verify(a *Authority, cert *x509.Certificate, name string) error {
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate())
	_, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: f.now})
	return err
}

func TestLeafIsValidForTheMachine(t *testing.T) {
	f := newFixture(t)
	f.names.Configured = Parse([]string{"maps.example.test", "203.0.113.9"})
	a := f.open(t)
	l := leaf(t, a)
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "desk", "desk.local", "192.168.1.20", "maps.example.test", "203.0.113.9"} {
		if err := f.verify(a, l, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := f.verify(a, l, "example.org"); err == nil {
		t.Error("valid for a foreign name")
	}
	if life := l.NotAfter.Sub(l.NotBefore); life > 47*24*time.Hour {
		t.Errorf("leaf lives %v", life)
	}
}

func TestAuthorityCannotSpeakForOthers(t *testing.T) {
	f := newFixture(t)
	a := f.open(t)
	for _, s := range []Set{
		{DNS: []string{"example.org"}},
		{DNS: []string{"localhost"}, IP: []netip.Addr{netip.MustParseAddr("8.8.8.8")}},
		{IP: []netip.Addr{netip.MustParseAddr("2001:db8::1")}},
	} {
		p, err := a.sign(s, f.now)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.verify(a, p.cert, ""); err == nil {
			t.Errorf("a stolen key can speak for %v", s)
		}
	}
	ca := a.Certificate()
	if !ca.IsCA || ca.MaxPathLen != 0 || !ca.PermittedDNSDomainsCritical || len(ca.PermittedIPRanges) == 0 {
		t.Error("the authority is not constrained")
	}
}

func TestRotation(t *testing.T) {
	f := newFixture(t)
	a := f.open(t)
	first := leaf(t, a)
	for _, step := range []struct {
		name string
		add  time.Duration
		want bool
	}{
		{"at once", 0, false},
		{"after two thirds", LeafLife - leafRenew - 2*backdate, false},
		{"in the last third", 3 * backdate, true},
		{"right after", 0, false},
	} {
		f.now = f.now.Add(step.add)
		if did, err := a.Rotate(); err != nil || did != step.want {
			t.Errorf("%s: rotated %v, %v", step.name, did, err)
		}
		if err := f.verify(a, leaf(t, a), "localhost"); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	if leaf(t, a).SerialNumber.Cmp(first.SerialNumber) == 0 {
		t.Error("the leaf is the same")
	}
}

func TestNewAddressRotates(t *testing.T) {
	f := newFixture(t)
	a := f.open(t)
	f.names.Machine.IP = append(f.names.Machine.IP, netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("198.51.100.1"))
	if did, err := a.Rotate(); !did || err != nil {
		t.Fatalf("rotated %v, %v", did, err)
	}
	// The private one is in; the public one is outside the constraints and left
	// out, or the whole leaf would be invalid.
	if err := f.verify(a, leaf(t, a), "10.1.2.3"); err != nil {
		t.Error(err)
	}
	if did, _ := a.Rotate(); did {
		t.Error("rotates again for a name it may not have")
	}
}

func TestReopen(t *testing.T) {
	f := newFixture(t)
	a := f.open(t)
	if !a.Fresh() {
		t.Error("a new authority is not fresh")
	}
	b := f.open(t)
	if b.Fresh() || a.Fingerprint() != b.Fingerprint() || leaf(t, a).SerialNumber.Cmp(leaf(t, b).SerialNumber) != 0 {
		t.Error("reopening made something new")
	}
	// A moved host name does not cost the trust people gave; a configured name does.
	f.names.Machine.DNS = []string{"localhost", "other"}
	if c := f.open(t); c.Fresh() {
		t.Error("a new host name made a new authority")
	}
	f.names.Configured = Parse([]string{"maps.example.test"})
	c := f.open(t)
	if !c.Fresh() {
		t.Error("a name outside the constraints needs a new authority")
	}
	if err := f.verify(c, leaf(t, c), "maps.example.test"); err != nil {
		t.Error(err)
	}
}

func TestFilesArePrivate(t *testing.T) {
	f := newFixture(t)
	f.open(t)
	for name, want := range map[string]os.FileMode{caFile: 0o600, leafFile: 0o600, certFile: 0o644} {
		info, err := os.Stat(filepath.Join(f.dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	cert, _, err := ReadCertificate(f.dir)
	if err != nil || !cert.IsCA {
		t.Errorf("reading it back: %v", err)
	}
	if _, _, err := ReadCertificate(t.TempDir()); err == nil {
		t.Error("a certificate out of nowhere")
	}
}

func TestDamagedAuthorityIsRefused(t *testing.T) {
	f := newFixture(t)
	f.open(t)
	if err := os.WriteFile(filepath.Join(f.dir, caFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: f.dir, Names: func() Names { return f.names }}); err == nil {
		t.Error("a damaged authority was silently replaced")
	}
}

func TestDamagedLeafIsReplaced(t *testing.T) {
	f := newFixture(t)
	f.open(t)
	if err := os.WriteFile(filepath.Join(f.dir, leafFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := f.open(t)
	if err := f.verify(a, leaf(t, a), "localhost"); err != nil {
		t.Error(err)
	}
}

// shake runs one handshake over a pipe.
func shake(server, client *tls.Config) (tls.ConnectionState, error) {
	a, b := net.Pipe()
	defer func() { _, _ = a.Close(), b.Close() }()
	srv := tls.Server(a, server)
	go func() { _ = srv.Handshake(); _, _ = srv.Read(make([]byte, 1)) }() // the client's error is the one asserted
	c := tls.Client(b, client)
	err := c.Handshake()
	return c.ConnectionState(), err
}

func TestHandshakes(t *testing.T) {
	f := newFixture(t)
	a := f.open(t)
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate())
	client := func(change func(c *tls.Config)) *tls.Config {
		c := &tls.Config{RootCAs: roots, ServerName: "localhost", Time: func() time.Time { return f.now }, NextProtos: []string{"h2"}}
		change(c)
		return c
	}
	for name, server := range map[string]*tls.Config{
		"local": ServerConfig(a.GetCertificate),
		"acme":  NewACME(ACMEConfig{Dir: t.TempDir(), Domains: []string{"maps.example.test"}}).Server(a),
	} {
		t.Run(name, func(t *testing.T) {
			st, err := shake(server, client(func(*tls.Config) {}))
			if err != nil || st.Version != tls.VersionTLS13 || st.CurveID != tls.X25519MLKEM768 || st.NegotiatedProtocol != "h2" {
				t.Errorf("a current client: %v, version %x, group %v, %q", err, st.Version, st.CurveID, st.NegotiatedProtocol)
			}
			if st, err := shake(server, client(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })); err != nil || st.Version != tls.VersionTLS12 {
				t.Errorf("a 1.2 client: %v", err)
			}
			if _, err := shake(server, client(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 })); err == nil {
				t.Error("a 1.1 client got in")
			}
		})
	}
}

func TestOnlyAuthenticatedSuites(t *testing.T) {
	f := newFixture(t)
	a := f.open(t)
	server := ServerConfig(a.GetCertificate)
	ok := map[uint16]bool{}
	for _, s := range server.CipherSuites {
		ok[s] = true
	}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if s.SupportedVersions[0] == tls.VersionTLS13 {
			continue
		}
		_, err := shake(server, &tls.Config{
			InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, MinVersion: tls.VersionTLS12, CipherSuites: []uint16{s.ID},
		})
		if err == nil && !ok[s.ID] {
			t.Errorf("%s was accepted", s.Name)
		}
	}
}

func TestMachine(t *testing.T) {
	m := Machine()
	if m.DNS[0] != "localhost" || len(m.IP) < 2 {
		t.Errorf("machine %+v", m)
	}
	for _, h := range m.Hosts() {
		if h == "" || h[0] == '.' {
			t.Errorf("host %q", h)
		}
	}
}
