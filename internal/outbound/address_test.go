package outbound

import (
	"net/netip"
	"testing"
)

func TestReach(t *testing.T) {
	for in, want := range map[string]reach{
		"8.8.8.8":                              public,
		"1.1.1.1":                              public,
		"172.15.255.255":                       public,
		"172.32.0.0":                           public,
		"100.63.255.255":                       public,
		"100.128.0.0":                          public,
		"169.253.255.255":                      public,
		"223.255.255.255":                      public,
		"2606:4700:4700::1111":                 public,
		"2a00:1450:4001:800::200e":             public,
		"127.0.0.1":                            loopback,
		"127.255.255.255":                      loopback,
		"::1":                                  loopback,
		"10.0.0.1":                             private,
		"10.255.255.255":                       private,
		"172.16.0.0":                           private,
		"172.31.255.255":                       private,
		"192.168.0.1":                          private,
		"100.64.0.1":                           private,
		"100.127.255.255":                      private,
		"fc00::1":                              private,
		"fdff::1":                              private,
		"0.0.0.0":                              never,
		"0.1.2.3":                              never,
		"169.254.169.254":                      never,
		"192.0.0.1":                            never,
		"192.0.2.1":                            never,
		"192.88.99.1":                          never,
		"198.18.0.1":                           never,
		"198.19.255.255":                       never,
		"198.51.100.1":                         never,
		"203.0.113.1":                          never,
		"224.0.0.1":                            never,
		"239.255.255.255":                      never,
		"240.0.0.1":                            never,
		"255.255.255.255":                      never,
		"::":                                   never,
		"fe80::1":                              never,
		"fec0::1":                              never, // site-local
		"ff02::1":                              never,
		"2001:db8::1":                          never,
		"3fff::1":                              never,
		"2001:2::1":                            never, // benchmarking
		"100::1":                               never, // discard
		"5f00::1":                              never, // segment routing
		"2001:0:4136:e378:8000:63bf:3fff:fdd2": never, // Teredo
		"2002:0a00:0001::1":                    never, // 6to4 of 10.0.0.1
		"2002:7f00:0001::1":                    never,
		"64:ff9b::a00:1":                       never, // NAT64 of 10.0.0.1
		"64:ff9b::7f00:1":                      never,
		"64:ff9b::a9fe:a9fe":                   never,
		"64:ff9b::808:808":                     public, // of 8.8.8.8
		"64:ff9b:1::808:808":                   never,  // a network's own NAT64 may lead anywhere
		"::ffff:127.0.0.1":                     never,
		"::ffff:8.8.8.8":                       never,
		"::127.0.0.1":                          never, // IPv4-compatible, long gone
		"fe80::1%eth0":                         never,
		"2606:4700:4700::1111%eth0":            never,
		"::1%lo":                               never,
		"2001:4860:4860::8888":                 public,
		"2001:200::1":                          public, // just past the protocol assignments
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": never,
	} {
		if got := reachOf(netip.MustParseAddr(in)); got != want {
			t.Errorf("%s: %d, want %d", in, got, want)
		}
	}
	if reachOf(netip.Addr{}) != never {
		t.Error("no address is somewhere")
	}
}

// FuzzReach: an address is public only if the standard library has nothing against it.
func FuzzReach(f *testing.F) {
	f.Add([]byte{10, 0, 0, 1})
	f.Add([]byte{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		ip, ok := netip.AddrFromSlice(b)
		if !ok || reachOf(ip) != public {
			return
		}
		if u := ip.Unmap(); u.IsPrivate() || u.IsLoopback() || u.IsMulticast() || u.IsLinkLocalUnicast() || u.IsUnspecified() || !u.IsGlobalUnicast() {
			t.Errorf("%s is taken for public", ip)
		}
	})
}
