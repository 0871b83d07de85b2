package app

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"plectica/internal/breach"
	"plectica/internal/config"
	"plectica/internal/oidc"
	"plectica/internal/operate"
	"plectica/internal/outbound"
)

// openSignIn makes the providers of the configuration. It reads their secrets and
// asks nobody yet.
func openSignIn(c config.Config, version string, callback func(id string) string, now func() time.Time) (*oidc.Service, error) {
	strict := outbound.New(outbound.Config{UserAgent: agent(version)})
	var all []oidc.Provider
	for _, p := range c.Providers {
		secret, err := p.Secret()
		if err != nil {
			return nil, err
		}
		all = append(all, oidc.Provider{
			ID: p.ID, Preset: p.Preset, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: secret,
			Scopes: p.Scopes, HostedDomain: p.HostedDomain, Client: privateClient(p, agent(version)),
		})
	}
	return oidc.New(oidc.Config{Providers: all, Client: strict, RedirectURL: callback, Now: now})
}

// breached asks whether passwords were stolen elsewhere; nil if nobody is to be asked.
func breached(c config.Config, version string) func(ctx context.Context, password string) (bool, error) {
	if !c.Passwords.AskBreached {
		return nil
	}
	return breach.New(outbound.New(outbound.Config{UserAgent: agent(version)}), breach.Address).Known
}

// agent is what the server calls itself to others.
func agent(version string) string { return "Plectica/" + version }

// privateClient is a client of one provider alone that may reach its host within
// the own network, and no other there; nil if it may not.
func privateClient(p config.Provider, agent string) *http.Client {
	u, err := url.Parse(p.Issuer)
	if err != nil || !p.AllowPrivate {
		return nil
	}
	return outbound.New(outbound.Config{Hosts: []string{operate.HostPort(u)}, UserAgent: agent})
}

// callbackPath is where a provider sends the browser back to, each to a path of its
// own. It is registered there, so it stays as it is.
func callbackPath(id string) string { return "/signin/" + id + "/callback" }

// callback is this server's address for a provider, under its first public name.
func (s *server) callback(id string) string { return s.origins.get()[0] + callbackPath(id) }
