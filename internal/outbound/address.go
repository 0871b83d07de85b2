package outbound

import "net/netip"

// reach is where an address leads.
type reach uint8

const (
	never    reach = iota // nowhere anybody should ask, exception or not
	loopback              // this machine
	private               // a network that is not the internet
	public                // the internet
)

// ranges are the special ones within what would be public otherwise, after IANA's
// registries of special-purpose addresses; the first that holds an address counts.
func ranges() []rangeOf {
	p := netip.MustParsePrefix
	return []rangeOf{
		{p("127.0.0.0/8"), loopback},
		{p("10.0.0.0/8"), private},
		{p("172.16.0.0/12"), private},
		{p("192.168.0.0/16"), private},
		{p("100.64.0.0/10"), private}, // shared by a carrier's customers
		{p("0.0.0.0/8"), never},       // "this" network; 0.0.0.0 is this machine
		{p("169.254.0.0/16"), never},  // link-local: where clouds keep their secrets
		{p("192.0.0.0/24"), never},    // protocol assignments
		{p("192.0.2.0/24"), never},    // documentation
		{p("192.88.99.0/24"), never},  // relays of 6to4
		{p("198.18.0.0/15"), never},   // benchmarking
		{p("198.51.100.0/24"), never}, // documentation
		{p("203.0.113.0/24"), never},  // documentation
		{p("224.0.0.0/4"), never},     // multicast
		{p("240.0.0.0/4"), never},     // reserved, and broadcast
		{p("::1/128"), loopback},      //
		{p("fc00::/7"), private},      // unique local
		{p("2001::/23"), never},       // protocol assignments: Teredo, benchmarking, ORCHID
		{p("2001:db8::/32"), never},   // documentation
		{p("2002::/16"), never},       // 6to4 holds any IPv4 address
		{p("3fff::/20"), never},       // documentation
		{p("0.0.0.0/0"), public},      //
		{p("2000::/3"), public},       // all that was ever given out
		{p("::/0"), never},            // unspecified, mapped, link-local, site-local, multicast, discard
	}
}

type rangeOf struct {
	prefix netip.Prefix
	reach  reach
}

// reachOf says where an address leads. NAT64's well-known prefix counts as the
// IPv4 address within: on networks without IPv4 it is the only way to most servers.
// An address with a zone is in no prefix, and one of IPv4 that is mapped into IPv6
// in none of IPv4: both lead nowhere.
func reachOf(ip netip.Addr) reach {
	if netip.MustParsePrefix("64:ff9b::/96").Contains(ip) {
		b := ip.As16()
		if within := reachOf(netip.AddrFrom4([4]byte(b[12:]))); within == public {
			return public
		}
		return never
	}
	for _, r := range ranges() {
		if r.prefix.Contains(ip) {
			return r.reach
		}
	}
	return never
}
