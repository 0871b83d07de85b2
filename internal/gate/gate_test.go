package gate

import (
	"errors"
	"net/netip"
	"testing"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/store"
)

func TestMeets(t *testing.T) {
	office := []string{"192.0.2.0/24", "2001:db8::/32"}
	for _, c := range []struct {
		name   string
		rules  store.Rules
		addr   string
		strong bool
		want   Need
	}{
		{"no rules", store.Rules{}, "203.0.113.1", false, ""},
		{"no rules, from nowhere", store.Rules{}, "", false, ""},
		{"the office", store.Rules{Networks: office}, "192.0.2.9", false, ""},
		{"the office, as IPv6 writes it", store.Rules{Networks: office}, "::ffff:192.0.2.9", false, ""},
		{"the office by IPv6", store.Rules{Networks: office}, "2001:db8::1", false, ""},
		{"elsewhere", store.Rules{Networks: office}, "198.51.100.1", false, OtherNetwork},
		{"from nowhere", store.Rules{Networks: office}, "", false, OtherNetwork},
		{"a damaged list", store.Rules{Networks: []string{"office"}}, "192.0.2.9", false, OtherNetwork},
		{"a second factor", store.Rules{Second: true}, "192.0.2.9", true, ""},
		{"none", store.Rules{Second: true}, "192.0.2.9", false, SecondFactor},
		{"the network is asked first", store.Rules{Second: true, Networks: office}, "198.51.100.1", false, OtherNetwork},
	} {
		a := Asker{Strong: c.strong}
		if c.addr != "" {
			a.Addr = netip.MustParseAddr(c.addr)
		}
		err := Meets(c.rules, a)
		got := Need("")
		if l, ok := errors.AsType[*Lacking](err); ok {
			got = l.Need
		}
		if got != c.want || (err != nil) != (c.want != "") || err != nil && !fault.Is(err, fault.Permission) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestCap(t *testing.T) {
	if (Asker{}).Cap(authz.Own) != authz.Own || (Asker{Most: authz.View}).Cap(authz.Own) != authz.View || (Asker{Most: authz.Edit}).Cap(authz.View) != authz.View {
		t.Error("a key opens more or less than it says")
	}
}
