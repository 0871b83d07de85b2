// Package whence is where a request really comes from when proxies stand in front
// of the server: what a header of theirs or the PROXY protocol says, believed only
// of the addresses an operator named. It never guesses: what cannot be read, or says
// two things, is refused. It never looks at names or schemes that a proxy reports.
// Proxies are made once and safe for concurrent use.
package whence

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"plectica/internal/fault"
)

const (
	// XForwardedFor and Forwarded (RFC 7239) are the headers that can be read.
	XForwardedFor = "x-forwarded-for"
	Forwarded     = "forwarded"

	// MaxHops is how many addresses a header may list.
	MaxHops = 32
	// MaxTrusted is how many networks of proxies can be named.
	MaxTrusted = 100
)

// Config is what an operator says of the proxies in front of the server.
type Config struct {
	// Trusted are the networks, or single addresses, of the proxies.
	Trusted []string
	// Header is the one header they are believed by; empty is XForwardedFor.
	Header string
	// Protocol says that they begin each connection with the PROXY protocol.
	Protocol bool
}

// Proxies are the proxies in front of the server; the zero value is none.
type Proxies struct {
	trusted  []netip.Prefix
	header   string
	protocol bool
}

// New reads the networks. The error is a sentence of kind fault.Invalid.
func New(c Config) (*Proxies, error) {
	p := &Proxies{header: c.Header, protocol: c.Protocol}
	if p.header == "" {
		p.header = XForwardedFor
	}
	if p.header != XForwardedFor && p.header != Forwarded {
		return nil, fault.New(fault.Invalid, "the header must be "+XForwardedFor+" or "+Forwarded)
	}
	if len(c.Trusted) > MaxTrusted {
		return nil, fault.New(fault.Invalid, "too many trusted networks")
	}
	for _, text := range c.Trusted {
		n, err := network(text)
		if err != nil {
			return nil, err
		}
		p.trusted = append(p.trusted, n)
	}
	if c.Protocol && len(c.Trusted) == 0 {
		return nil, fault.New(fault.Invalid, "the PROXY protocol needs trusted networks")
	}
	return p, nil
}

// network reads a network or an address. All there is would believe everybody.
func network(text string) (netip.Prefix, error) {
	bad := fault.New(fault.Invalid, "trusted must list networks such as 10.1.0.0/16, or addresses; not \""+text+"\"")
	if a, err := netip.ParseAddr(text); err == nil {
		if a.Zone() != "" {
			return netip.Prefix{}, bad
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	n, err := netip.ParsePrefix(text)
	if err != nil || n.Bits() == 0 || n != n.Masked() || n.Addr().Is4In6() {
		return netip.Prefix{}, bad
	}
	return n, nil
}

// Trusts reports whether an address is one of the proxies.
func (p *Proxies) Trusts(a netip.Addr) bool {
	if p == nil {
		return false
	}
	a = plain(a)
	for _, n := range p.trusted {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// plain is an address as it is compared: neither mapped nor with a zone.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// saidKey keys, in the context of a connection, what the PROXY protocol said of it.
type saidKey struct{}

// What it said.
const (
	saidClient = "client" // whose it is
	saidOwn    = "own"    // that it is the proxy's own
)

// Context is for http.Server.ConnContext: it notes what the PROXY protocol said of a
// connection.
func Context(ctx context.Context, c net.Conn) context.Context {
	for c != nil {
		switch c.(type) {
		case *named:
			return context.WithValue(ctx, saidKey{}, saidClient)
		case *own:
			return context.WithValue(ctx, saidKey{}, saidOwn)
		}
		inner, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return ctx
		}
		c = inner.NetConn()
	}
	return ctx
}

// Client returns the address that a request comes from: the connection's own, or if
// that is a trusted proxy's, the last one in its header that is not. Where the PROXY
// protocol named the client, a header may only go on from there or say the same. The
// error has kind fault.Invalid and is for who asked.
func (p *Proxies) Client(r *http.Request) (netip.Addr, error) {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, nil //nolint:nilerr // no network: nobody's address
	}
	from := plain(at.Addr())
	if p == nil || len(p.trusted) == 0 {
		return from, nil
	}
	said := r.Context().Value(saidKey{})
	if !p.Trusts(from) && said == nil {
		return from, nil // anybody can write a header
	}
	lines := r.Header.Values(p.header)
	if len(lines) == 0 {
		return from, nil
	}
	client, err := p.walk(lines, from)
	if err != nil {
		return netip.Addr{}, err
	}
	if client != from && (!p.Trusts(from) || said == saidOwn) {
		return netip.Addr{}, fault.New(fault.Invalid, "the proxies in front of this server say two things about where this comes from")
	}
	return client, nil
}

func malformed() error {
	return fault.New(fault.Invalid, "the proxy in front of this server says in no readable way where this comes from")
}

// walk goes through what a header lists, from the right: each proxy adds whom it
// heard. It stops at the first address that is no proxy of ours. What stands left of
// it a stranger wrote, so it is counted and not read.
func (p *Proxies) walk(lines []string, from netip.Addr) (netip.Addr, error) {
	list, err := p.split(lines)
	if err != nil {
		return netip.Addr{}, err
	}
	said := from
	for i := len(list) - 1; i >= 0; i-- {
		if said, err = node(list[i]); err != nil {
			return netip.Addr{}, err
		}
		if !p.Trusts(said) {
			break
		}
	}
	return said, nil
}

// split returns the nodes of all lines in order.
func (p *Proxies) split(lines []string) (list []string, err error) {
	for _, line := range lines {
		var some []string
		if p.header == Forwarded {
			some, err = forwarded(line)
		} else {
			some, err = commas(line)
		}
		if err != nil {
			return nil, err
		}
		if list = append(list, some...); len(list) > MaxHops {
			return nil, malformed()
		}
	}
	return list, nil
}

// commas splits one line of X-Forwarded-For.
func commas(line string) (list []string, err error) {
	for part := range strings.SplitSeq(line, ",") {
		if list = append(list, strings.Trim(part, " \t")); len(list) > MaxHops {
			return nil, malformed()
		}
	}
	return list, nil
}

// node reads an address, with or without a port.
func node(text string) (netip.Addr, error) {
	if bare, ok := strings.CutPrefix(text, "["); ok {
		if bare, ok = strings.CutSuffix(bare, "]"); ok {
			a, err := netip.ParseAddr(bare)
			if err != nil || !a.Is6() {
				return netip.Addr{}, malformed()
			}
			return plain(a), nil
		}
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return plain(a), nil
	}
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.Addr{}, malformed()
	}
	return plain(a.Addr()), nil
}
