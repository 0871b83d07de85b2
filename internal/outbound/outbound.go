// Package outbound is the one way out: the HTTP client of every request that the
// server itself makes, so that no address somebody named leads it to where only
// this machine or its network may go. It asks over HTTPS alone, looks at the
// address that is really dialled, after names were resolved, and bounds time,
// size and connections; for large transfers, how long nothing may move. It never follows a redirect unasked, uses no proxy, keeps
// no cookies and retries nothing. A client is safe for concurrent use.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"plectica/internal/fault"
)

const (
	// wholeTimeout bounds one exchange from the first look-up to the body's end.
	wholeTimeout = 15 * time.Second
	// dialTimeout bounds looking a name up and connecting.
	dialTimeout = 5 * time.Second
	// handshakeTimeout bounds the TLS handshake.
	handshakeTimeout = 5 * time.Second
	// headerTimeout bounds waiting for the answer's header.
	headerTimeout = 10 * time.Second
	// idleTimeout is how long an unused connection stays open.
	idleTimeout = 30 * time.Second

	// stallTimeout replaces wholeTimeout and headerTimeout for large transfers: it is how
	// long nothing may move, in neither direction.
	stallTimeout = 2 * time.Minute
	// stallPart is how much is sent until that counts as moving, in bytes.
	stallPart = 16 << 10

	// MaxBody bounds an answer's body in bytes.
	MaxBody = 256 << 10
	// maxHeader bounds an answer's header in bytes.
	maxHeader = 64 << 10
	// connsPerHost bounds the connections to one server; further requests wait.
	connsPerHost = 4
	// largeConns is the same for large transfers.
	largeConns = 16
	// maxIdle bounds the unused connections kept to all servers.
	maxIdle = 16
	// maxRedirects bounds what Config.Redirects can ask for.
	maxRedirects = 5

	defaultAgent = "Plectica"
)

// Config says what a client may reach beyond the public internet. The zero value
// is the strict one.
type Config struct {
	// Hosts are exceptions as host:port: these may lie in a private network or on
	// this machine. It is for servers the operator named, never for what users name.
	Hosts []string
	// Prefixes are exceptions by address, within private networks and loopback.
	Prefixes []netip.Prefix
	// Plain are exceptions as host:port that may be asked without TLS. They are
	// reached on this machine alone, whatever their name resolves to.
	Plain []string
	// Redirects is how many are followed, at most 5, each checked like a request
	// of its own; none of what sends something. 0 refuses all.
	Redirects int
	// Large is for moving what may be large and take long, to and from a server that the
	// operator named: an exchange has no end but its context's, unless nothing moves for
	// two minutes, and an answer's body has no bound. Addresses are checked all the same.
	Large bool
	// Roots are the authorities that are trusted; nil is the machine's.
	Roots *x509.CertPool
	// Resolver looks names up; nil is the machine's.
	Resolver *net.Resolver
	// UserAgent names the product to others; empty is its name alone.
	UserAgent string
}

// dialer connects to host:port.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// New returns a client that goes nowhere but where Config allows. Close the bodies
// of its answers: until then, or their end, they hold a connection and a timer.
func New(c Config) *http.Client { return newClient(c, c.dial) }

func newClient(c Config, dial dialer) *http.Client {
	if c.UserAgent == "" {
		c.UserAgent = defaultAgent
	}
	c.Redirects = min(c.Redirects, maxRedirects)
	next := &http.Transport{
		Proxy:       nil, // not the environment's: a proxy would be asked instead of the address that is checked
		DialContext: dial,
		// It has to be set for HTTP/2 to stay off, of which nothing is needed here.
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots},
		TLSHandshakeTimeout:    handshakeTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeader,
		MaxConnsPerHost:        connsPerHost,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    connsPerHost,
		IdleConnTimeout:        idleTimeout,
		DisableCompression:     true, // what is counted is what was sent
	}
	if c.Large {
		next.DialContext = dialMoving(dial)
		next.ResponseHeaderTimeout = stallTimeout
		next.MaxConnsPerHost, next.MaxIdleConnsPerHost = largeConns, largeConns
	}
	return &http.Client{CheckRedirect: c.checkRedirect, Transport: &transport{c: c, next: next}}
}

// checkRedirect refuses those beyond the bound, and all of requests that carry
// something: it would be handed to whoever the other server names.
func (c Config) checkRedirect(_ *http.Request, via []*http.Request) error {
	if m := via[0].Method; len(via) > c.Redirects || m != http.MethodGet && m != http.MethodHead {
		return fault.New(fault.Permission, "the other server sends on to another address, which is not followed")
	}
	return nil
}

// transport checks a request, sends it, and bounds the answer.
type transport struct {
	c    Config
	next *http.Transport
}

// RoundTrip is one exchange.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.c.checkURL(r.URL); err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // a RoundTripper closes it in any case
		}
		return nil, err
	}
	ctx, cancel, most := t.c.bounds(r.Context())
	r = r.Clone(ctx)
	r.Header.Set("User-Agent", t.c.UserAgent)
	r.Header.Del("Referer") // of redirects: where we were before is nobody's business
	res, err := t.next.RoundTrip(r)
	if err != nil {
		cancel()
		return nil, explain(err)
	}
	res.Body = &body{from: res.Body, left: most, cancel: cancel}
	return res, nil
}

// bounds returns an exchange's context, and how many bytes may come.
func (c Config) bounds(ctx context.Context) (context.Context, context.CancelFunc, int64) {
	if c.Large {
		ctx, cancel := context.WithCancel(ctx)
		return ctx, cancel, noBound
	}
	ctx, cancel := context.WithTimeout(ctx, wholeTimeout)
	return ctx, cancel, MaxBody
}

// CloseIdleConnections lets http.Client pass it on.
func (t *transport) CloseIdleConnections() { t.next.CloseIdleConnections() }

// checkURL refuses what needs no look-up to be refused.
func (c Config) checkURL(u *url.URL) error {
	address := hostPort(u)
	switch {
	case u.Host == "" || u.Hostname() == "":
		return fault.New(fault.Invalid, "the address names no server")
	case u.User != nil:
		return fault.New(fault.Invalid, "the address holds a name or password, which is not sent")
	case u.Scheme != "https" && (u.Scheme != "http" || !has(c.Plain, address)):
		return fault.New(fault.Permission, "only addresses with https are asked")
	}
	// The dialler sees 192.0.2.1 where ::ffff:192.0.2.1 stood, so that form is refused here.
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return c.checkAddr(address, ip)
	}
	return nil
}

// hostPort is a URL's host:port in the form of the exceptions.
func hostPort(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "http":
		port = "80"
	default:
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func has(list []string, hostPort string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, hostPort) })
}

// dial connects, and checks every address tried just before it is: what a name
// resolved to earlier, or will later, does not matter.
func (c Config) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{
		Timeout:  dialTimeout,
		Resolver: c.Resolver,
		ControlContext: func(_ context.Context, network, dialled string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(dialled)
			if err != nil || network != "tcp4" && network != "tcp6" {
				return refused()
			}
			return c.checkAddr(address, ap.Addr())
		},
	}
	return d.DialContext(ctx, network, address)
}

// checkAddr decides whether the server asked for as host:port may be at ip.
func (c Config) checkAddr(hostPort string, ip netip.Addr) error {
	r := reachOf(ip)
	if has(c.Plain, hostPort) {
		if r == loopback {
			return nil
		}
		return refused()
	}
	if r == public || r != never && (has(c.Hosts, hostPort) || slices.ContainsFunc(c.Prefixes, func(p netip.Prefix) bool { return p.Contains(ip) })) {
		return nil
	}
	return refused()
}

func refused() error {
	return fault.New(fault.Permission, "this address does not lie on the public internet and is not asked")
}

// explain gives what the transport reports a kind.
func explain(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		return fault.Wrap(fault.Busy, "the other server did not answer in time", err)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fault.Wrap(fault.Busy, "the other server's certificate is not trusted", err)
	}
	return fault.Wrap(fault.Busy, "the other server could not be reached", err)
}
