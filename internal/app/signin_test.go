package app

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/config"
	"plectica/internal/fault"
	"plectica/internal/oidc"
)

// TestProvidersOfTheConfiguration: secrets come from their files, and only what was
// allowed to lie in a private network is asked there.
func TestProvidersOfTheConfiguration(t *testing.T) {
	var asked atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	var met atomic.Int32
	srv.Listener = counting{srv.Listener, &met}
	srv.StartTLS()
	defer srv.Close()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Providers = []config.Provider{
		{ID: "google", Preset: "google", ClientID: "c", ClientSecretFile: secret},
		{ID: "strict", Name: "Strict", Issuer: srv.URL, ClientID: "c"},
		{ID: "own", Name: "Own", Issuer: srv.URL, ClientID: "c", AllowPrivate: true},
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	s, err := openSignIn(c, "test", func(id string) string { return "https://maps.test" + callbackPath(id) }, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]oidc.Choice{{ID: "google", Name: "Google"}, {ID: "strict", Name: "Strict"}, {ID: "own", Name: "Own"}}, s.Choices()); diff != "" {
		t.Error(diff)
	}
	err = s.Health(t.Context(), "strict")
	if !fault.Is(err, fault.Busy) || !strings.Contains(err.Error(), "public internet") || met.Load() != 0 {
		t.Errorf("strict: %v, %d connections", err, met.Load())
	}
	err = s.Health(t.Context(), "own") // it is reached; its certificate is nobody's
	if !fault.Is(err, fault.Busy) || !strings.Contains(err.Error(), "certificate is not trusted") || met.Load() == 0 || asked.Load() != 0 {
		t.Errorf("own: %v, %d connections", err, met.Load())
	}
	if err := os.Remove(secret); err != nil {
		t.Fatal(err)
	}
	if _, err := openSignIn(c, "test", nil, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("without the secret: %v", err)
	}
}

// counting counts the connections that were taken.
type counting struct {
	net.Listener
	n *atomic.Int32
}

func (l counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.n.Add(1)
	}
	return c, err
}
