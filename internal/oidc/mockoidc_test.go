package oidc

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oauth2-proxy/mockoidc"

	"plectica/internal/fault"
	"plectica/internal/outbound"
)

// mock is a provider that others wrote, on loopback with TLS.
type mock struct {
	*mockoidc.MockOIDC
	s *Service
	c *http.Client // the browser
}

func newMock(t *testing.T) *mock {
	t.Helper()
	a := newAuthority(t)
	leaf, _, _ := a.leaf(t)
	m, err := mockoidc.NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Keypair, err = mockoidc.RandomKeypair(2048); err != nil {
		t.Fatal(err)
	}
	ln, config := listen(t), &tls.Config{Certificates: []tls.Certificate{leaf}}
	if err := m.Start(tls.NewListener(ln, config), config); err != nil {
		t.Fatal(err)
	}
	client := outbound.New(outbound.Config{Hosts: []string{ln.Addr().String()}, Roots: a.roots()})
	t.Cleanup(func() {
		client.CloseIdleConnections()
		_ = m.Server.Close() // the test is over
	})
	browser := outbound.New(outbound.Config{Hosts: []string{ln.Addr().String()}, Roots: a.roots()})
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s := newService(t, client, time.Now, Provider{ID: "mock", Name: "Mock", Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret})
	return &mock{MockOIDC: m, s: s, c: browser}
}

func (m *mock) begin(t *testing.T) (url.Values, Flow) {
	t.Helper()
	authURL, flow, err := m.s.Begin(t.Context(), "mock")
	if err != nil {
		t.Fatal(err)
	}
	return m.visit(t, authURL), flow
}

func (m *mock) visit(t *testing.T, authURL string) url.Values {
	t.Helper()
	res, err := m.c.Get(authURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	to, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	return to.Query()
}

func (m *mock) finish(t *testing.T, flow Flow, q url.Values) (Identity, error) {
	t.Helper()
	return m.s.Finish(t.Context(), "mock", flow, q)
}

// TestMockOIDC: the same rules against a provider that is not ours.
func TestMockOIDC(t *testing.T) {
	m := newMock(t)
	q, flow := m.begin(t)
	got, err := m.finish(t, flow, q)
	want := Identity{Issuer: m.Issuer(), Subject: "1234567890", Email: "jane.doe@example.com", EmailVerified: true}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("%v\n%s", err, diff)
	}
	if err := m.s.Health(t.Context(), "mock"); err != nil {
		t.Error(err)
	}

	t.Run("replay", func(t *testing.T) {
		_, err := m.finish(t, flow, q)
		wantFault(t, err, fault.Auth, "state was used")
		q2, flow2 := m.begin(t)
		q2.Set("code", q.Get("code"))
		_, err = m.finish(t, flow2, q2)
		wantFault(t, err, fault.Auth, "invalid_grant")
	})
	t.Run("wrong verifier", func(t *testing.T) {
		q, flow := m.begin(t)
		flow.Verifier = random()
		_, err := m.finish(t, flow, q)
		wantFault(t, err, fault.Auth, "invalid_grant")
	})
	t.Run("foreign state", func(t *testing.T) {
		q, _ := m.begin(t)
		_, other := m.begin(t)
		_, err := m.finish(t, other, q)
		wantFault(t, err, fault.Auth, "state is another")
	})
	t.Run("wrong nonce", func(t *testing.T) {
		q, flow := m.begin(t)
		flow.Nonce = random()
		_, err := m.finish(t, flow, q)
		wantFault(t, err, fault.Auth, "nonce is another")
	})
	t.Run("unverified e-mail", func(t *testing.T) {
		m.QueueUser(&mockoidc.MockUser{Subject: "two", Email: "jane.doe@example.com"})
		q, flow := m.begin(t)
		got, err := m.finish(t, flow, q)
		if err != nil || got.Subject != "two" || got.EmailVerified {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("no subject", func(t *testing.T) {
		m.QueueUser(&mockoidc.MockUser{Email: "jane.doe@example.com"})
		q, flow := m.begin(t)
		_, err := m.finish(t, flow, q)
		wantFault(t, err, fault.Auth, "subject")
	})
	t.Run("clocks", func(t *testing.T) {
		for d, want := range map[time.Duration]string{-time.Hour: "expired", time.Hour: "not before"} {
			q, flow := m.begin(t)
			m.FastForward(d)
			_, err := m.finish(t, flow, q)
			m.FastForward(-d)
			wantFault(t, err, fault.Auth, want)
		}
	})
	t.Run("errors", func(t *testing.T) {
		q, flow := m.begin(t)
		m.QueueError(&mockoidc.ServerError{Code: http.StatusInternalServerError, Error: mockoidc.InternalServerError, Description: "down"})
		_, err := m.finish(t, flow, q)
		wantFault(t, err, fault.Auth, "did not sign you in")
	})
	t.Run("wrong audience", func(t *testing.T) {
		q, flow := m.begin(t)
		p := m.s.parties["mock"].Provider
		p.ClientID = "another"
		s := newService(t, m.s.c.Client, time.Now, p)
		_, err := s.Finish(t.Context(), "mock", flow, q) // the provider looks at it first
		wantFault(t, err, fault.Auth, "invalid_client")
		p = m.s.parties["mock"].Provider
		q, flow = m.begin(t)
		d, err := m.s.parties["mock"].document.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		raw, access, err := m.s.exchange(t.Context(), m.s.parties["mock"], d, flow, q.Get("code"))
		if err != nil {
			t.Fatal(err)
		}
		p.ClientID = "another"
		_, err = newParty(p, m.s.c).identify(t.Context(), d, flow, raw, access)
		wantFault(t, err, fault.Auth, "expected audience")
	})
	t.Run("rotation", func(t *testing.T) {
		pair, err := mockoidc.RandomKeypair(2048)
		if err != nil {
			t.Fatal(err)
		}
		m.Keypair = pair
		q, flow := m.begin(t)
		if _, err := m.finish(t, flow, q); err != nil {
			t.Error(err)
		}
	})
}
