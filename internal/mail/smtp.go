package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
	gosmtp "github.com/wneessen/go-mail/smtp"

	"plectica/internal/fault"
)

// Security is how the connection to the mail server is encrypted.
type Security string

// The ways. Plain is for a mail server on this machine alone.
const (
	StartTLS    Security = "starttls" // the connection turns to TLS, or nothing is sent
	ImplicitTLS Security = "tls"      // TLS from the first byte
	Plain       Security = "none"
)

const (
	// openTimeout bounds connecting, encryption and signing in.
	openTimeout = 15 * time.Second
	// sendTimeout bounds one mail. Servers may look long at what they are given; cut
	// off while they do, a mail goes twice.
	sendTimeout = 2 * time.Minute
	// quitTimeout bounds the goodbye.
	quitTimeout = 300 * time.Millisecond
)

// SMTPConfig is where mail goes out. The mail server is the operator's: it knows to
// send mail further on.
type SMTPConfig struct {
	Host     string
	Port     int // 0: Security's own
	Security Security
	// Username and Password sign in; without them nobody does.
	Username, Password string
	// Hello is the domain this site names itself by; empty is localhost.
	Hello string
	// Roots are whose certificates are believed; nil: the machine's.
	Roots *x509.CertPool
	// OpenTimeout and SendTimeout replace openTimeout and sendTimeout; 0 keeps them.
	OpenTimeout, SendTimeout time.Duration
}

// SMTP hands mail to a mail server.
type SMTP struct{ c SMTPConfig }

// NewSMTP refuses what would tell a password or a link to the network.
func NewSMTP(c SMTPConfig) (*SMTP, error) {
	switch c.Security {
	case StartTLS, ImplicitTLS:
	case Plain:
		if !IsLoopback(c.Host) {
			return nil, fault.New(fault.Invalid, "mail goes unencrypted only to a mail server on this machine, by a loopback address or localhost")
		}
	default:
		return nil, fault.New(fault.Invalid, "the security of the mail server is starttls, tls or none")
	}
	if (c.Username == "") != (c.Password == "") {
		return nil, fault.New(fault.Invalid, "a mail server wants a username and a password, or neither")
	}
	if c.Host == "" {
		return nil, fault.New(fault.Invalid, "the mail server has no name")
	}
	if c.Port == 0 {
		c.Port = DefaultPort(c.Security)
	}
	if c.Hello == "" {
		c.Hello = "localhost"
	}
	if c.OpenTimeout == 0 {
		c.OpenTimeout = openTimeout
	}
	if c.SendTimeout == 0 {
		c.SendTimeout = sendTimeout
	}
	return &SMTP{c: c}, nil
}

// DefaultPort is where mail servers listen.
func DefaultPort(s Security) int {
	switch s {
	case ImplicitTLS:
		return 465
	case Plain:
		return 25
	case StartTLS:
	}
	return 587
}

// IsLoopback reports whether a host is this machine.
func IsLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// Enabled implements Driver.
func (*SMTP) Enabled() bool { return true }

// Name implements Driver.
func (*SMTP) Name() string { return "smtp" }

// server names the mail server in sentences.
func (d *SMTP) server() string { return net.JoinHostPort(d.c.Host, strconv.Itoa(d.c.Port)) }

func (d *SMTP) tls() *tls.Config {
	return &tls.Config{ServerName: d.c.Host, RootCAs: d.c.Roots, MinVersion: tls.VersionTLS12}
}

// Open implements Driver.
func (d *SMTP) Open(ctx context.Context) (Carrier, error) {
	ctx, cancel := context.WithTimeout(ctx, d.c.OpenTimeout)
	defer cancel()
	w := &wire{d: d}
	var err error
	if w.client, err = gomail.NewClient(d.c.Host, d.options(ctx, w)...); err != nil {
		return nil, fault.Wrap(fault.Invalid, "the settings of the mail server are wrong", err)
	}
	if w.smtp, err = w.client.DialToSMTPClientWithContext(ctx); err != nil {
		w.cut()
		return nil, d.explain(ctx, err)
	}
	if !w.unhook() { // it ended just now, and the connection with it
		return nil, d.explain(ctx, context.Cause(ctx))
	}
	return w, nil
}

func (d *SMTP) options(ctx context.Context, w *wire) []gomail.Option {
	// The library's own context ends when it has connected; ctx is Open's.
	dial := func(_ context.Context, network, address string) (net.Conn, error) {
		return w.dial(ctx, network, address)
	}
	o := []gomail.Option{
		// Nothing is said after the server's yes: if it went wrong, a mail would count as
		// not sent. Contexts end things; the library's deadline comes later, if at all.
		gomail.WithPort(d.c.Port), gomail.WithTimeout(2 * (d.c.OpenTimeout + d.c.SendTimeout)), gomail.WithHELO(d.c.Hello), gomail.WithTLSConfig(d.tls()),
		gomail.WithDialContextFunc(dial), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	switch d.c.Security {
	case StartTLS:
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case ImplicitTLS:
		o = append(o, gomail.WithSSL())
	case Plain:
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if d.c.Username == "" {
		return o
	}
	best := []gomail.SMTPAuthType{
		gomail.SMTPAuthSCRAMSHA256PLUS, gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1PLUS, gomail.SMTPAuthSCRAMSHA1,
		gomail.SMTPAuthPlain, gomail.SMTPAuthLogin,
	}
	if d.c.Security == Plain {
		best = []gomail.SMTPAuthType{
			gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc,
		}
	}
	return append(o, gomail.WithUsername(d.c.Username), gomail.WithPassword(d.c.Password), gomail.WithOpportunisticSMTPAuth(best...))
}

// wire is a connection that is signed in. The library knows deadlines but no
// contexts, so what ends a context cuts the connection under it.
type wire struct {
	d      *SMTP
	client *gomail.Client
	smtp   *gosmtp.Client
	raw    net.Conn
	unhook func() bool // of the context that Open runs under
	used   bool
}

// dial connects and, where TLS comes first, encrypts.
func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.raw = raw
	w.unhook = w.hook(ctx)
	// localhost is what some table of names says it is.
	if to, ok := raw.RemoteAddr().(*net.TCPAddr); w.d.c.Security == Plain && (!ok || !to.IP.IsLoopback()) {
		return nil, errNotHere
	}
	if w.d.c.Security != ImplicitTLS {
		return raw, nil
	}
	c := tls.Client(raw, w.d.tls())
	return c, c.HandshakeContext(ctx)
}

// hook cuts the connection when ctx ends; the function it returns takes that back.
func (w *wire) hook(ctx context.Context) func() bool {
	return context.AfterFunc(ctx, func() { _ = w.raw.Close() }) // nothing more is wanted of it
}

// cut ends the connection without a goodbye.
func (w *wire) cut() {
	if w.raw != nil {
		w.unhook()
		_ = w.raw.Close() // nothing more is wanted of it
	}
}

// Send implements Carrier.
func (w *wire) Send(ctx context.Context, m Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, w.d.c.SendTimeout)
	defer cancel()
	unhook := w.hook(ctx)
	defer unhook()
	if w.used {
		// What a mail before was refused for may have left the server in the midst of it.
		if err := w.smtp.Reset(); err != nil {
			return w.d.lost(ctx)
		}
	}
	w.used = true
	if !m.To.ascii() || !m.From.ascii() {
		if ok, _ := w.smtp.Extension("SMTPUTF8"); !ok {
			return fault.New(fault.Invalid, "the mail server takes no addresses with other letters than English ones")
		}
	}
	// Asked for without need, it makes servers further on refuse the mail.
	w.smtp.SkipSMTPUTF8(m.To.ascii() && m.From.ascii())
	if err := w.client.SendWithSMTPClient(w.smtp, m.msg()); err != nil {
		return w.d.refusal(ctx, m, err)
	}
	return nil
}

// Close implements Carrier.
func (w *wire) Close() {
	t := time.AfterFunc(quitTimeout, func() { _ = w.raw.Close() }) // it had its time
	_ = w.client.CloseWithSMTPClient(w.smtp)                       // whoever does not answer to a goodbye is left
	t.Stop()
	_ = w.raw.Close() // closed twice at worst
}
