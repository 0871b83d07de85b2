package whence

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"

	"plectica/internal/fault"
)

const (
	// headerPatience is how long a proxy may take to say whom a connection is for.
	headerPatience = 3 * time.Second
	// maxUnnamed is how many connections wait for that at the same time; more wait in
	// the system's own queue.
	maxUnnamed = 128
)

// Listen reads the PROXY protocol of connections from trusted proxies, versions 1
// and 2. One that does not begin with it, or names no TCP client, is closed and
// refused, which may be nil, hears of it. Connections of others are passed on as they
// are: a PROXY header of theirs is not read, so it is a broken handshake. Without the
// protocol Listen returns l.
//
// Each header is read beside the others: a proxy that is slow keeps nobody waiting.
func (p *Proxies) Listen(l net.Listener, refused func()) net.Listener {
	if p == nil || !p.protocol {
		return l
	}
	if refused == nil {
		refused = func() {}
	}
	out := &naming{
		Listener: l, proxies: p, refused: refused, patience: headerPatience,
		ready: make(chan net.Conn), failed: make(chan error), done: make(chan struct{}), waiting: make(chan struct{}, maxUnnamed),
	}
	out.work.Go(out.take)
	return out
}

// naming is a listener whose connections carry their clients' addresses.
type naming struct {
	net.Listener
	proxies  *Proxies
	refused  func()
	patience time.Duration

	ready   chan net.Conn
	failed  chan error // what the listener below says
	waiting chan struct{}
	done    chan struct{}
	once    sync.Once
	work    sync.WaitGroup
}

// Accept returns the next connection whose client is known.
func (n *naming) Accept() (net.Conn, error) {
	select {
	case c := <-n.ready:
		return c, nil
	case err := <-n.failed:
		return nil, err
	case <-n.done:
		return nil, net.ErrClosed
	}
}

// Close stops accepting and closes what has not been accepted.
func (n *naming) Close() error {
	n.once.Do(func() { close(n.done) })
	err := n.Listener.Close()
	n.work.Wait()
	return err
}

// take accepts connections below until that ends.
func (n *naming) take() {
	for {
		select {
		case n.waiting <- struct{}{}:
		case <-n.done:
			return
		}
		c, err := n.Listener.Accept()
		if err != nil {
			<-n.waiting
			select {
			case n.failed <- err: // whoever accepts decides whether to go on
				continue
			case <-n.done:
				return
			}
		}
		n.work.Go(func() {
			defer func() { <-n.waiting }()
			n.name(c)
		})
	}
}

// name finds out whose connection it is and hands it over.
func (n *naming) name(c net.Conn) {
	if n.proxies.Trusts(peer(c)) {
		stop := make(chan struct{})
		go func() { // ends the reading when the listener closes
			select {
			case <-n.done:
				_ = c.Close() // it was never accepted
			case <-stop:
			}
		}()
		known, err := read(c, n.patience)
		close(stop)
		if err != nil {
			_ = c.Close() // nothing was sent
			n.refused()
			return
		}
		c = known
	}
	select {
	case n.ready <- c:
	case <-n.done:
		_ = c.Close() // as above
	}
}

// peer is the address at the other end.
func peer(c net.Conn) netip.Addr {
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr()
	}
	return netip.Addr{}
}

// read reads a connection's header. A proxy's own connection, as for a check of
// health, stays its own.
func read(c net.Conn, patience time.Duration) (net.Conn, error) {
	p := proxyproto.NewConn(c, proxyproto.WithPolicy(proxyproto.REQUIRE), proxyproto.SetReadHeaderTimeout(patience))
	h := p.ProxyHeader()
	if h == nil {
		return nil, fault.New(fault.Invalid, "the proxy does not say whom the connection is for")
	}
	if h.Command.IsLocal() || h.TransportProtocol.IsUnspec() {
		return &own{Conn: p, proxy: c.RemoteAddr()}, nil
	}
	from, ok := h.SourceAddr.(*net.TCPAddr)
	if !ok || !from.AddrPort().Addr().IsValid() || from.AddrPort().Addr().IsUnspecified() {
		return nil, fault.New(fault.Invalid, "the proxy names no client by TCP")
	}
	return &named{Conn: p, client: from}, nil
}

// named is a connection whose client a proxy has named.
type named struct {
	net.Conn
	client *net.TCPAddr
}

// RemoteAddr is the client's.
func (c *named) RemoteAddr() net.Addr { return c.client }

// own is a connection that is a proxy's own.
type own struct {
	net.Conn
	proxy net.Addr
}

// RemoteAddr is the proxy's.
func (c *own) RemoteAddr() net.Addr { return c.proxy }
