package places

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"plectica/internal/fault"
)

// written is a database with two networks.
func written(t testing.TB) []byte {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-City", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for cidr, v := range map[string]mmdbtype.Map{
		"192.0.2.0/24": {
			"location": mmdbtype.Map{"latitude": mmdbtype.Float64(52.52), "longitude": mmdbtype.Float64(13.405)},
			"country":  mmdbtype.Map{"iso_code": mmdbtype.String("DE")},
		},
		"2001:db8::/32":   {"location": mmdbtype.Map{"latitude": mmdbtype.Float64(-33.9), "longitude": mmdbtype.Float64(151.2)}},
		"198.51.100.0/24": {"country": mmdbtype.Map{"iso_code": mmdbtype.String("FR")}},
	} {
		_, network, err := net.ParseCIDR(cidr)
		if err == nil {
			err = w.Insert(network, v)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(t testing.TB, b []byte) (*File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "city.mmdb")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err == nil {
		t.Cleanup(func() { _ = f.Close() })
	}
	return f, err
}

func TestLookup(t *testing.T) {
	f, err := opened(t, written(t))
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]Place{
		"192.0.2.7":        {52.52, 13.405, "DE"},
		"::ffff:192.0.2.7": {52.52, 13.405, "DE"},
		"2001:db8::1":      {-33.9, 151.2, ""},
		"198.51.100.1":     {}, // a country is no place
		"203.0.113.1":      {},
	} {
		got, ok, err := f.Lookup(netip.MustParseAddr(addr))
		if diff := cmp.Diff(want, got); err != nil || diff != "" || ok != (want != Place{}) {
			t.Errorf("%s: %v %v %s", addr, ok, err, diff)
		}
	}
	if _, ok, err := f.Lookup(netip.Addr{}); ok || err != nil {
		t.Errorf("no address: %v, %v", ok, err)
	}
}

// FuzzOpen: what is no database is refused, and one that is damaged ends no program.
func FuzzOpen(f *testing.F) {
	good := written(f)
	f.Add(good)
	f.Add([]byte("no database"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := opened(t, b)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		for _, addr := range []string{"192.0.2.7", "2001:db8::1"} {
			_, _, _ = file.Lookup(netip.MustParseAddr(addr)) // whatever it says, it returns
		}
	})
}

// TestShorter: a file that is made shorter while it is used ends no program.
func TestShorter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "city.mmdb")
	if err := os.WriteFile(path, written(t), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := f.Lookup(netip.MustParseAddr("192.0.2.7")); ok || err == nil {
		t.Errorf("%v, %v", ok, err)
	}
}
