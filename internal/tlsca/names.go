package tlsca

import (
	"crypto/x509"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

const (
	// maxAddresses bounds how many of a machine's addresses are used.
	maxAddresses = 64
	localhost    = "localhost"
)

// Set is names and addresses.
type Set struct {
	DNS []string
	IP  []netip.Addr
}

// Names is what a server may be reached by.
type Names struct {
	Machine    Set // what the machine says of itself; it may change
	Configured Set // what the operator added; the authority must speak for it
}

// Machine returns the machine's own names and addresses, localhost first.
func Machine() Set {
	s := Set{DNS: []string{localhost}, IP: []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}}
	if host, err := os.Hostname(); err == nil {
		host = strings.ToLower(strings.TrimSuffix(host, "."))
		s.addName(host)
		if !strings.Contains(host, ".") {
			s.addName(host + ".local") // what multicast DNS calls it
		}
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return s // a machine without a network still has localhost
	}
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok || len(s.IP) >= maxAddresses {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		if ip = ip.Unmap(); ok && !ip.IsLinkLocalUnicast() && !ip.IsMulticast() && !slices.Contains(s.IP, ip) {
			s.IP = append(s.IP, ip)
		}
	}
	return s
}

// Parse sorts a list from the configuration into names and addresses.
func Parse(list []string) Set {
	var s Set
	for _, v := range list {
		if ip, err := netip.ParseAddr(v); err == nil {
			s.IP = append(s.IP, ip.Unmap())
			continue
		}
		s.addName(v)
	}
	return s
}

// addName keeps names that can stand in a certificate and an address bar.
func (s *Set) addName(n string) {
	if n == "" || len(n) > 253 || slices.Contains(s.DNS, n) {
		return
	}
	for _, c := range n {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return
		}
	}
	if strings.HasPrefix(n, ".") || strings.HasPrefix(n, "-") || strings.Contains(n, "..") {
		return
	}
	s.DNS = append(s.DNS, n)
}

// All returns both parts, each name once.
func (n Names) All() Set {
	out := Set{DNS: slices.Clone(n.Machine.DNS), IP: slices.Clone(n.Machine.IP)}
	for _, d := range n.Configured.DNS {
		out.addName(d)
	}
	for _, ip := range n.Configured.IP {
		if !slices.Contains(out.IP, ip) {
			out.IP = append(out.IP, ip)
		}
	}
	return out
}

// Hosts returns all of it as it stands in an address, IPv6 in brackets.
func (s Set) Hosts() []string {
	out := slices.Clone(s.DNS)
	for _, ip := range s.IP {
		if ip.Is6() {
			out = append(out, "["+ip.String()+"]")
			continue
		}
		out = append(out, ip.String())
	}
	return out
}

func (s Set) ips() []net.IP {
	var out []net.IP
	for _, ip := range s.IP {
		out = append(out, net.IP(ip.AsSlice()))
	}
	return out
}

// domains are the names the authority may speak for.
func (n Names) domains() []string { return n.All().DNS }

// ranges are the addresses the authority may speak for: all private ones, since
// a machine's address changes with the network it is in, and its public ones.
func (n Names) ranges() []*net.IPNet {
	var out []*net.IPNet
	for _, p := range private() {
		out = append(out, ipNet(p))
	}
	for _, ip := range n.All().IP {
		if !ip.IsPrivate() && !ip.IsLoopback() {
			out = append(out, ipNet(netip.PrefixFrom(ip, ip.BitLen())))
		}
	}
	return out
}

func private() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range []string{"127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// permits reports whether an authority may speak for all of s.
func permits(ca *x509.Certificate, s Set) bool {
	in := s.filter(ca)
	return len(in.DNS) == len(s.DNS) && len(in.IP) == len(s.IP)
}

// within leaves out what the authority may not speak for: one such name would
// make the whole leaf invalid.
func (n Names) within(ca *x509.Certificate) Set { return n.All().filter(ca) }

func (s Set) filter(ca *x509.Certificate) Set {
	var out Set
	for _, d := range s.DNS {
		if slices.ContainsFunc(ca.PermittedDNSDomains, func(p string) bool { return d == p || strings.HasSuffix(d, "."+p) }) {
			out.DNS = append(out.DNS, d)
		}
	}
	for _, ip := range s.IP {
		if slices.ContainsFunc(ca.PermittedIPRanges, func(p *net.IPNet) bool { return p.Contains(ip.AsSlice()) }) {
			out.IP = append(out.IP, ip)
		}
	}
	return out
}

// equal reports whether a leaf is for exactly these names, in any order.
func (s Set) equal(leaf *x509.Certificate) bool {
	if len(leaf.DNSNames) != len(s.DNS) || len(leaf.IPAddresses) != len(s.IP) {
		return false
	}
	for _, d := range leaf.DNSNames {
		if !slices.Contains(s.DNS, d) {
			return false
		}
	}
	for _, raw := range leaf.IPAddresses {
		ip, _ := netip.AddrFromSlice(raw) // certificates hold 4 or 16 bytes
		if !slices.Contains(s.IP, ip.Unmap()) {
			return false
		}
	}
	return true
}
