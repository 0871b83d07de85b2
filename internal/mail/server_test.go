package mail

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
)

// authority is a CA of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert, a.key = certify(t, template, template, nil)
	return a
}

func certify(t *testing.T, template, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
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

// server returns the configuration of a server with an address, until a time.
func (a authority) server(t *testing.T, address string, until time.Time) *tls.Config {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: until.Add(-48 * time.Hour), NotAfter: until, IPAddresses: []net.IP{net.ParseIP(address)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cert, key := certify(t, template, a.cert, a.key)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}}
}

func (a authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// envelope is a mail that a server took.
type envelope struct {
	From, To string
	UTF8     bool
	Data     []byte
}

// mailServer is a mail server in the process.
type mailServer struct {
	TLS      *tls.Config
	Implicit bool     // TLS from the first byte
	Mechs    []string // ways to sign in; none: nobody can
	Insecure bool     // lets people sign in without TLS
	UTF8     bool

	onMail, onRcpt func(address string) error
	onData         func(c *gosmtp.Conn) error

	mu    sync.Mutex
	taken []envelope
	names []string // who tried to sign in, in all ways
	conns map[string]bool
}

// start serves until the test ends and returns the port.
func (s *mailServer) start(t *testing.T) int {
	t.Helper()
	srv := gosmtp.NewServer(s)
	srv.Domain, srv.TLSConfig, srv.AllowInsecureAuth, srv.EnableSMTPUTF8 = "mail.test", s.TLS, s.Insecure, s.UTF8
	srv.ErrorLog = log.New(io.Discard, "", 0)
	l := listenLocal(t)
	port := l.Addr().(*net.TCPAddr).Port
	if s.Implicit {
		l = tls.NewListener(l, s.TLS)
	}
	done := make(chan struct{})
	go func() { _ = srv.Serve(l); close(done) }() // closing it below is its only end
	t.Cleanup(func() { _ = srv.Close(); <-done })
	return port
}

func listenLocal(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// NewSession implements gosmtp.Backend.
func (s *mailServer) NewSession(c *gosmtp.Conn) (gosmtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		s.conns = map[string]bool{}
	}
	s.conns[c.Conn().RemoteAddr().String()] = true // it is asked again after STARTTLS
	if len(s.Mechs) == 0 {
		return &visit{s: s, c: c, in: true}, nil
	}
	return &memberVisit{visit{s: s, c: c}}, nil
}

func (s *mailServer) got() []envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]envelope(nil), s.taken...)
}

func (s *mailServer) tried() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.names...)
}

func (s *mailServer) note(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, name)
}

// visit is one connection.
type visit struct {
	s  *mailServer
	c  *gosmtp.Conn
	in bool
	e  envelope
}

func (v *visit) Reset()        { v.e = envelope{} }
func (v *visit) Logout() error { return nil }

func (v *visit) Mail(from string, o *gosmtp.MailOptions) error {
	if !v.in {
		return &gosmtp.SMTPError{Code: 530, EnhancedCode: gosmtp.EnhancedCode{5, 7, 0}, Message: "sign in first"}
	}
	v.e = envelope{From: from, UTF8: o.UTF8}
	return ask(v.s.onMail, from)
}

func (v *visit) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	v.e.To = to
	return ask(v.s.onRcpt, to)
}

func ask(f func(string) error, address string) error {
	if f == nil {
		return nil
	}
	return f(address)
}

func (v *visit) Data(r io.Reader) error {
	if v.s.onData != nil {
		if err := v.s.onData(v.c); err != nil {
			return err
		}
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	v.e.Data = b
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	v.s.taken = append(v.s.taken, v.e)
	return nil
}

// memberVisit is a connection to a server that wants people to sign in.
type memberVisit struct{ visit }

func (v *memberVisit) AuthMechanisms() []string { return v.s.Mechs }

const (
	testUser     = "maps-relay"
	testPassword = "correct horse battery"
)

var errWrong = &gosmtp.SMTPError{Code: 535, EnhancedCode: gosmtp.EnhancedCode{5, 7, 8}, Message: "wrong for maps-relay"}

func (v *memberVisit) Auth(mech string) (sasl.Server, error) {
	check := func(user, password string) error {
		v.s.note(mech + " " + user)
		if user != testUser || password != testPassword {
			return errWrong
		}
		v.in = true
		return nil
	}
	switch mech {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case "LOGIN":
		return &loginServer{check: check}, nil
	case "SCRAM-SHA-256":
		return &scramServer{in: func(user string) { v.in = true; v.s.note(mech + " " + user) }}, nil
	}
	return nil, gosmtp.ErrAuthUnknownMechanism
}

// loginServer asks for the name and then the password.
type loginServer struct {
	check func(user, password string) error
	step  int
	user  string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

// scramServer is RFC 7677's other half, for the one account there is.
type scramServer struct {
	in    func(user string)
	step  int
	first string // both first messages
	nonce string
}

func (s *scramServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if s.step++; s.step == 1 && len(response) == 0 {
		s.step = 0 // the client waits to be asked
		return nil, false, nil
	}
	salt := []byte("salt of a test")
	switch s.step {
	case 1:
		bare, ok := strings.CutPrefix(string(response), "n,,")
		_, nonce, ok2 := strings.Cut(bare, ",r=")
		if !ok || !ok2 || !strings.HasPrefix(bare, "n="+testUser+",") {
			return nil, false, errWrong
		}
		s.nonce = nonce + "server"
		reply := "r=" + s.nonce + ",s=" + base64.StdEncoding.EncodeToString(salt) + ",i=4096"
		s.first = bare + "," + reply
		return []byte(reply), false, nil
	case 2:
		final, proof64, _ := strings.Cut(string(response), ",p=")
		proof, err := base64.StdEncoding.DecodeString(proof64)
		if err != nil || final != "c=biws,r="+s.nonce {
			return nil, false, errWrong
		}
		salted, err := pbkdf2.Key(sha256.New, testPassword, salt, 4096, sha256.Size)
		if err != nil {
			return nil, false, err
		}
		message := s.first + "," + final
		key := sum(salted, "Client Key")
		stored := sha256.Sum256(key)
		signature := sum(stored[:], message)
		for i := range key {
			key[i] ^= signature[i]
		}
		if !hmac.Equal(key, proof) {
			return nil, false, errWrong
		}
		s.in(testUser)
		return []byte("v=" + base64.StdEncoding.EncodeToString(sum(sum(salted, "Server Key"), message))), false, nil
	}
	return nil, true, nil
}

func sum(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// script is a server that answers each line as reply says: "" hangs up, "-" says
// nothing. The lines of a mail are one, as far as its last dot.
func script(t *testing.T, reply func(line string) string) int {
	t.Helper()
	l := listenLocal(t)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { converse(c, reply) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); all.Wait() }) // whoever called has hung up
	return l.Addr().(*net.TCPAddr).Port
}

func converse(c net.Conn, reply func(line string) string) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	answer := reply("connect")
	for {
		if answer == "" {
			return
		}
		if answer != "-" {
			if _, err := io.WriteString(c, answer+"\r\n"); err != nil {
				return
			}
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		if strings.HasPrefix(answer, "354") {
			var mail bytes.Buffer
			for ; err == nil && line != ".\r\n"; line, err = r.ReadString('\n') {
				mail.WriteString(line)
			}
			line = "mail " + mail.String()
		}
		answer = reply(strings.TrimSpace(line))
	}
}

// polite answers as a server that takes everything.
func polite(line string) string {
	switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
	case "CONNECT":
		return "220 mail.test"
	case "DATA":
		return "354 go on"
	case "QUIT":
		return "221 bye"
	}
	return "250 ok"
}

var errDropped = errors.New("dropped")
