package deliver

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// certified returns what a server on this machine shows, and the authority that vouches for
// it, as PEM.
func certified(t testing.TB) (*tls.Config, []byte) {
	t.Helper()
	make := func(template, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if by == nil {
			by = key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return cert, key
	}
	before, after := time.Unix(0, 0), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC) // also by synctest's clock
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: before, NotAfter: after,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	ca, caKey := make(root, root, nil)
	leaf, key := make(&x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: before, NotAfter: after, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, ca, caKey)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}}},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw})
}

// place is somewhere to deliver to, for the suite.
type place interface {
	destination() Destination
	down() // it takes nothing from now on
	up()   // and again
	taken(t *testing.T) []got
}

// listening is what a receiver listens at: the same address after it was down.
type listening struct {
	t       testing.TB
	address string
	l       net.Listener
}

func (l *listening) listen() net.Listener {
	address := l.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	var err error
	if l.l, err = net.Listen("tcp", address); err != nil {
		l.t.Fatal(err)
	}
	l.address = l.l.Addr().String()
	return l.l
}

// syslogPlace is a syslog receiver in the process. serve takes a connection; the usual one
// reads to its end and closes.
type syslogPlace struct {
	listening
	tls   *tls.Config
	ca    []byte
	serve func(c net.Conn) ([]byte, error)

	mu      sync.Mutex
	streams [][]byte // what came by whole connections
	conns   sync.WaitGroup
}

func newSyslogPlace(t testing.TB) *syslogPlace {
	p := &syslogPlace{listening: listening{t: t}, serve: func(c net.Conn) ([]byte, error) { return io.ReadAll(c) }}
	p.tls, p.ca = certified(t)
	p.up()
	t.Cleanup(p.down)
	return p
}

func (p *syslogPlace) destination() Destination {
	return Destination{Name: "siem", Kind: Syslog, Address: p.address, CA: p.ca}
}

func (p *syslogPlace) up() {
	l := p.listen()
	p.conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.conns.Go(func() { p.handle(tls.Server(c, p.tls)) })
		}
	})
}

func (p *syslogPlace) handle(c net.Conn) {
	text, err := p.serve(c)
	if err == nil { // before it is confirmed by closing
		p.mu.Lock()
		p.streams = append(p.streams, text)
		p.mu.Unlock()
	}
	_ = c.Close()
}

// as takes connections in another way from now on.
func (p *syslogPlace) as(serve func(c net.Conn) ([]byte, error)) {
	p.down()
	p.serve = serve
	p.up()
}

func (p *syslogPlace) down() {
	_ = p.l.Close()
	p.conns.Wait()
}

func (p *syslogPlace) taken(t *testing.T) (out []got) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.streams {
		frames, err := parseFrames(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range frames {
			m, err := parseMessage(f)
			if err != nil {
				t.Fatalf("%v: %q", err, f)
			}
			g := read(t, []byte(m.msg))
			if m.params["id"] != g.Metadata.UID || m.params["act"] != g.Metadata.Code {
				t.Fatalf("structured data %q of %s", m.params, g.raw)
			}
			out = append(out, g)
		}
	}
	return out
}

// webhookPlace is a webhook in the process.
type webhookPlace struct {
	t       testing.TB
	srv     *httptest.Server
	ca      []byte
	answer  func(w http.ResponseWriter, r *http.Request, body []byte) bool // nil, or false: 204
	mu      sync.Mutex
	off     bool
	records []got
	ids     []string
}

var secret = []byte("0123456789abcdef0123456789abcdef")

func newWebhookPlace(t testing.TB) *webhookPlace {
	p := &webhookPlace{t: t}
	p.srv = httptest.NewTLSServer(http.HandlerFunc(p.handle))
	p.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.srv.Certificate().Raw})
	t.Cleanup(p.srv.Close)
	return p
}

func (p *webhookPlace) destination() Destination {
	return Destination{Name: "siem", Kind: Webhook, URL: p.srv.URL + "/audit", CA: p.ca, Secret: secret, AllowPrivate: true}
}

func (p *webhookPlace) handle(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	stamp := r.Header.Get("Plectica-Timestamp")
	if r.Method != http.MethodPost || r.Header.Get("Plectica-Signature") != "v1="+sign(secret, stamp, body) {
		p.t.Errorf("%s with a wrong signature", r.Method)
	}
	var what posted
	if err := json.Unmarshal(body, &what); err != nil || what.ID == "" || what.ID != r.Header.Get("Plectica-Delivery") {
		p.t.Errorf("%v: %q", err, body)
	}
	p.ids = append(p.ids, what.ID)
	if p.answer != nil && p.answer(w, r, body) {
		return
	}
	for _, line := range what.Records {
		var g got
		if err := json.Unmarshal(line, &g); err != nil {
			p.t.Error(err)
		}
		g.raw = string(line)
		p.records = append(p.records, g)
	}
	w.WriteHeader(http.StatusNoContent)
}

func (p *webhookPlace) set(off bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.off = off
}

func (p *webhookPlace) down() { p.set(true) }
func (p *webhookPlace) up()   { p.set(false) }

func (p *webhookPlace) taken(*testing.T) []got {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.records)
}

// filesPlace is a directory.
type filesPlace struct {
	t   testing.TB
	dir string
}

func newFilesPlace(t testing.TB) *filesPlace {
	return &filesPlace{t, filepath.Join(t.TempDir(), "records")}
}

func (p *filesPlace) destination() Destination {
	return Destination{Name: "siem", Kind: JSONL, Directory: p.dir}
}

// down puts a file where the directory was.
func (p *filesPlace) down() {
	p.do(os.Rename(p.dir, p.dir+".away"))
	p.do(os.WriteFile(p.dir, nil, 0o600))
}

func (p *filesPlace) up() {
	p.do(os.Remove(p.dir))
	p.do(os.Rename(p.dir+".away", p.dir))
}

func (p *filesPlace) do(err error) {
	if err != nil {
		p.t.Error(err)
	}
}

func (p *filesPlace) taken(t *testing.T) (out []got) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(p.dir, "audit-*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			g := read(t, lines.Bytes())
			if at := time.UnixMilli(g.Time).UTC().Format("audit-2006-01-02.jsonl"); at != filepath.Base(name) {
				t.Errorf("a record of %s in %s", at, name)
			}
			out = append(out, g)
		}
		if err := f.Close(); err != nil || lines.Err() != nil {
			t.Fatal(err, lines.Err())
		}
	}
	return out
}
