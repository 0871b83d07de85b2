package deliver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"time"

	"plectica/internal/fault"
)

const (
	// dialTimeout bounds finding a receiver and connecting, handshakeTimeout TLS.
	dialTimeout      = 5 * time.Second
	handshakeTimeout = 5 * time.Second
	// writeTimeout bounds writing a parcel, confirmTimeout waiting until the receiver says
	// that it has read it.
	writeTimeout   = 15 * time.Second
	confirmTimeout = 10 * time.Second
	// mostSettle bounds the wait for a reset after that.
	mostSettle = time.Second
	// keepAlive is how often a silent receiver is asked whether it is still there.
	keepAlive = 15 * time.Second
	// resumed is how many sessions of TLS are kept to be resumed.
	resumed = 1
)

// receiver is a syslog receiver over TLS. Syslog has no answers: that a write came back says
// only that this machine has it. So each parcel has a connection of its own, and counts as
// taken once the receiver, told that there is no more, closes it too: by then it has read
// everything, for a connection that is closed with something unread, or before something
// comes, is reset. The farewell of TLS is not waited for: rsyslog with GnuTLS says none.
type receiver struct {
	address string
	host    string // what syslog calls this machine
	tls     *tls.Config
	dial    func(ctx context.Context, address string) (net.Conn, error)
	buf     []byte
}

func newSyslog(d Destination, host string) (*receiver, error) {
	name, _, err := net.SplitHostPort(d.Address)
	if err != nil || name == "" {
		return nil, fault.New(fault.Invalid, "a syslog receiver must be given as host:port")
	}
	roots, err := rootsOf(d)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive}
	return &receiver{
		address: d.Address, host: host,
		tls: &tls.Config{
			MinVersion: tls.VersionTLS12, ServerName: name, RootCAs: roots,
			ClientSessionCache: tls.NewLRUClientSessionCache(resumed),
		},
		dial: func(ctx context.Context, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", address)
		},
	}, nil
}

// rootsOf are whom a destination trusts; nil: whom the machine does.
func rootsOf(d Destination) (*x509.CertPool, error) {
	if len(d.CA) == 0 {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(d.CA) {
		return nil, fault.New(fault.Invalid, "the file of authorities for "+d.Name+" holds no certificate")
	}
	return pool, nil
}

// send implements sink.
func (r *receiver) send(ctx context.Context, p *parcel) error {
	raw, err := r.dial(ctx, r.address)
	if err != nil {
		return fault.Wrap(fault.Busy, "the syslog receiver cannot be reached", err)
	}
	defer func() { _ = raw.Close() }() // whether it was taken is known by then
	// When ctx ends, so does everything that waits for the receiver.
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer stop()
	c := tls.Client(raw, r.tls)
	began := time.Now()
	shake, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	if err := c.HandshakeContext(shake); err != nil {
		return explain("the syslog receiver does not speak TLS as it should", err)
	}
	return r.hand(raw, c, p, min(time.Since(began), mostSettle))
}

// hand writes a parcel and waits until the receiver closes, which it may only do then. settle
// is no shorter than the way to the receiver and back.
func (r *receiver) hand(raw net.Conn, c *tls.Conn, p *parcel, settle time.Duration) error {
	const early = "the syslog receiver closed the connection before it had everything"
	closed := make(chan error, 1)
	go func() { closed <- drain(raw, c) }()
	if err := r.write(raw, c, p); err != nil {
		_ = raw.Close() // ends drain
		<-closed
		return explain("the syslog receiver does not read, or closed the connection", err)
	}
	select {
	case err := <-closed:
		return explain(early, err)
	default:
	}
	if err := end(raw, c); err != nil {
		_ = raw.Close()
		<-closed
		return explain(early, err)
	}
	if err := <-closed; err != nil {
		return explain(early, err)
	}
	if err := reset(raw, settle); err != nil {
		return explain(early, err)
	}
	return nil
}

func (r *receiver) write(raw net.Conn, c *tls.Conn, p *parcel) error {
	r.buf = r.buf[:0]
	for i := range p.items {
		r.buf = appendFrame(r.buf, &p.items[i], r.host)
	}
	if err := raw.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := c.Write(r.buf)
	return err
}

// end tells the receiver that there is no more, and how long it has to close.
func end(raw net.Conn, c *tls.Conn) error {
	if err := raw.SetReadDeadline(time.Now().Add(confirmTimeout)); err != nil {
		return err
	}
	return c.CloseWrite()
}

// drain reads until the receiver closed. It has nothing else to say.
func drain(raw net.Conn, c *tls.Conn) error {
	var b [512]byte
	n, err := c.Read(b[:])
	if n > 0 {
		return fault.New(fault.Busy, "the syslog receiver answers, which none does")
	}
	if err == io.EOF { // of TLS, or of the connection
		_, err = raw.Read(b[:])
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// reset returns an error if the receiver closed while something was on its way to it: then
// its machine answers that by a reset, which is here once that could come back. A byte to a
// connection that is closed there harms nothing, and fails here if it was reset.
func reset(raw net.Conn, settle time.Duration) error {
	time.Sleep(settle)
	if err := raw.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := raw.Write([]byte{0})
	return err
}

// explain gives what the network reports a kind and a sentence.
func explain(otherwise string, err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fault.Wrap(fault.Busy, "the receiver's certificate is not trusted", err)
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		return fault.Wrap(fault.Busy, "the receiver did not answer in time", err)
	}
	return fault.Wrap(fault.Busy, otherwise, err)
}
