package tlsca

import (
	"context"
	"crypto/tls"
	"slices"
	"strings"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"plectica/internal/fault"
)

// ACMEConfig says which public names to get certificates for.
type ACMEConfig struct {
	// Dir keeps the account and the certificates; it is private.
	Dir     string
	Domains []string
	Email   string
	// Directory is the authority's address; empty is Let's Encrypt's.
	Directory string
	// AltTLSPort is where the challenge arrives, when a port 443 outside is
	// forwarded to another one here; 0 is 443.
	AltTLSPort int
	// Event, if set, hears how it goes: what happened, to which name, and an
	// error or nil.
	Event func(what, domain string, err error)
}

// ACME gets and renews certificates for public names. The challenge is answered
// on the server's own listener (TLS-ALPN-01): no further port is opened.
type ACME struct {
	c     ACMEConfig
	magic *certmagic.Config
	cache *certmagic.Cache
}

// NewACME asks nobody for anything yet; Start does.
func NewACME(c ACMEConfig) *ACME {
	a := &ACME{c: c}
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return a.magic, nil },
		Logger:           zap.NewNop(),
	})
	a.magic = certmagic.New(a.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: c.Dir},
		Logger:  zap.NewNop(),
		OnEvent: a.event,
	})
	directory := c.Directory
	if directory == "" {
		directory = certmagic.LetsEncryptProductionCA
	}
	a.magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(a.magic, certmagic.ACMEIssuer{
		CA:                   directory,
		Email:                c.Email,
		Agreed:               true,
		DisableHTTPChallenge: true,
		AltTLSALPNPort:       c.AltTLSPort,
		Logger:               zap.NewNop(),
	})}
	return a
}

// event passes on what an operator should know of.
func (a *ACME) event(_ context.Context, what string, data map[string]any) error {
	if a.c.Event == nil || (what != "cert_obtained" && what != "cert_failed") {
		return nil
	}
	domain, _ := data["identifier"].(string)
	err, _ := data["error"].(error)
	a.c.Event(what, domain, err)
	return nil
}

// Start gets certificates and keeps them fresh until ctx ends, in the background:
// the server answers under its local names meanwhile.
func (a *ACME) Start(ctx context.Context) error {
	if err := a.magic.ManageAsync(ctx, a.c.Domains); err != nil {
		return fault.Wrap(fault.Internal, "manage certificates", err)
	}
	return nil
}

// Stop ends the renewals.
func (a *ACME) Stop() { a.cache.Stop() }

// Server joins both: public names by ACME, all others by the local authority.
// While a public name has no certificate yet, the local leaf stands in.
func (a *ACME) Server(local *Authority) *tls.Config {
	c := ServerConfig(func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if !slices.Contains(a.c.Domains, strings.ToLower(hello.ServerName)) {
			return local.GetCertificate(hello)
		}
		cert, err := a.magic.GetCertificate(hello)
		if err == nil || slices.Contains(hello.SupportedProtos, protoACME) {
			return cert, err
		}
		return local.GetCertificate(hello)
	})
	c.NextProtos = append(c.NextProtos, protoACME)
	return c
}
