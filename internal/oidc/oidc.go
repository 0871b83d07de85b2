// Package oidc signs people in by other providers, with OpenID Connect: it sends a
// browser to a provider and, when it comes back, says who the provider vouches for.
// Who somebody is, is issuer and subject together, never an e-mail address. It keeps
// nothing about people, writes no cookies and decides nothing about accounts; its
// caller does. What it knows of providers it fetches when first needed, in goroutines
// that end by themselves within a bound. A Service is safe for concurrent use.
package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"plectica/internal/fault"
	"plectica/internal/throttle"
)

const (
	// MaxProviders bounds how many providers there are.
	MaxProviders = 20
	// maxIDBytes bounds a provider's id.
	maxIDBytes = 32
	// maxURLBytes bounds every address that comes from outside.
	maxURLBytes = 2048

	// maxErrorBytes bounds what an error keeps of a provider's words.
	maxErrorBytes = 300

	// fetchTimeout bounds asking a provider for its document or its keys.
	fetchTimeout = 10 * time.Second
	// beginTimeout and finishTimeout bound a whole call.
	beginTimeout  = 12 * time.Second
	finishTimeout = 25 * time.Second

	// freshFor is how long a document or keys are used without asking again.
	freshFor = time.Hour
	// documentStale and keysStale are how long an old one is used while it is
	// fetched anew; keys that were withdrawn must not count for long.
	documentStale = 24 * time.Hour
	keysStale     = 2 * time.Hour

	// Google is the preset of accounts at Google.
	Google = "google"
)

// Provider is somebody who vouches for people.
type Provider struct {
	// ID stands in paths: a-z, 0-9 and -, at most 32.
	ID string
	// Name is shown to people.
	Name string
	// Preset is empty or Google; it fills what of Name, Issuer and Scopes is empty.
	Preset string
	// Issuer is the provider's address, without what a redirect would change: it is
	// half of a person's identity.
	Issuer string
	// ClientID is what the provider calls this server; ClientSecret is its password,
	// empty if it has none.
	ClientID, ClientSecret string
	// Scopes are asked for; openid always is. Empty is openid, email, profile.
	Scopes []string
	// HostedDomain, if set, is the only organisation whose accounts count: the claim
	// hd has to equal it.
	HostedDomain string
	// Client, if set, asks this provider instead of Config.Client: one that may
	// reach a private network.
	Client *http.Client
}

// String leaves the secret out.
func (p Provider) String() string { return p.ID + " at " + p.Issuer }

// GoString leaves the secret out.
func (p Provider) GoString() string { return fmt.Sprintf("oidc.Provider(%q)", p.String()) }

// Config is what a Service is made from.
type Config struct {
	// Providers are at most MaxProviders, in the order they are shown.
	Providers []Provider
	// Client asks them. It is one of package outbound, which bounds what they answer.
	Client *http.Client
	// RedirectURL is where a provider sends the browser back to. It differs for each
	// provider, and Finish has to be told which was called.
	RedirectURL func(providerID string) string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Choice is a provider as it is shown to people.
type Choice struct{ ID, Name string }

// Service signs people in by any of its providers.
type Service struct {
	c       Config
	choices []Choice
	parties map[string]*party
	// used has the states that were brought back: each counts once.
	used *throttle.Limiter
}

// party is a provider and what is known of it.
type party struct {
	Provider
	client   *http.Client
	now      func() time.Time
	document *cached[document]
	keys     *cached[[]jose.JSONWebKey]
	// floods bounds how often unknown keys make us ask for the keys anew.
	floods *throttle.Limiter
}

// New checks the providers. It asks nobody for anything yet.
func New(c Config) (*Service, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Client == nil || c.RedirectURL == nil {
		return nil, fault.New(fault.Internal, "sign-in by providers needs a client and an address to come back to")
	}
	if len(c.Providers) > MaxProviders {
		return nil, fault.New(fault.Invalid, "there are at most 20 providers")
	}
	s := &Service{
		c: c, parties: map[string]*party{},
		used: throttle.New(throttle.Rate{Burst: 1, Every: 2 * FlowLife}), // longer than a flow can come back
	}
	for _, p := range c.Providers {
		p = p.filled()
		if err := p.check(); err != nil {
			return nil, err
		}
		if s.parties[p.ID] != nil {
			return nil, fault.New(fault.Invalid, "two providers have the id "+p.ID)
		}
		s.parties[p.ID] = newParty(p, c)
		s.choices = append(s.choices, Choice{ID: p.ID, Name: p.Name})
	}
	return s, nil
}

func newParty(p Provider, c Config) *party {
	t := &party{Provider: p, client: c.Client, now: c.Now, floods: throttle.New(keyRefreshes())}
	if p.Client != nil {
		t.client = p.Client
	}
	t.document = &cached[document]{fetch: t.discover, now: c.Now, fresh: freshFor, stale: documentStale}
	t.keys = &cached[[]jose.JSONWebKey]{fetch: t.fetchKeys, now: c.Now, fresh: freshFor, stale: keysStale}
	return t
}

// filled puts in what the preset knows.
func (p Provider) filled() Provider {
	if p.Preset == Google {
		if p.Issuer == "" {
			p.Issuer = "https://accounts.google.com"
		}
		if p.Name == "" {
			p.Name = "Google"
		}
	}
	if p.Name == "" {
		p.Name = p.ID
	}
	if len(p.Scopes) == 0 {
		p.Scopes = []string{"email", "profile"}
	}
	if !slices.Contains(p.Scopes, "openid") {
		p.Scopes = append([]string{"openid"}, p.Scopes...)
	}
	return p
}

func (p Provider) check() error {
	bad := func(text string) error { return fault.New(fault.Invalid, fmt.Sprintf("provider %q %s", p.ID, text)) }
	u, err := url.Parse(p.Issuer)
	switch {
	case !IsID(p.ID):
		return bad("needs an id of 1 to 32 characters a-z, 0-9 and -")
	case p.Preset != "" && p.Preset != Google:
		return bad("has an unknown preset")
	case p.ClientID == "":
		return bad("has no client id")
	// Whether http is allowed at all, the client decides.
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(p.Issuer) > maxURLBytes:
		return bad("has an issuer that is no address such as https://id.example.org")
	}
	return nil
}

// IsID reports whether s may be a provider's id.
func IsID(s string) bool {
	if s == "" || len(s) > maxIDBytes {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// Choices are the providers in the order they are shown.
func (s *Service) Choices() []Choice { return slices.Clone(s.choices) }

// ByIssuer returns the provider whose people have an issuer.
func (s *Service) ByIssuer(issuer string) (Choice, bool) {
	for _, c := range s.choices {
		if s.parties[c.ID].Issuer == issuer {
			return c, true
		}
	}
	return Choice{}, false
}

// Issuer is a provider's address; empty for one that is not there.
func (s *Service) Issuer(providerID string) string {
	if p := s.parties[providerID]; p != nil {
		return p.Issuer
	}
	return ""
}

// Health says what is wrong with a provider now: it fetches the document and the
// keys anew, whatever is known. It is for the operator's page, not for everybody.
func (s *Service) Health(ctx context.Context, providerID string) error {
	p, err := s.party(providerID)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, finishTimeout)
	defer cancel()
	if _, err := p.document.renew(ctx); err != nil {
		return p.away(err)
	}
	if _, err := p.keys.renew(ctx); err != nil {
		return p.away(err)
	}
	return nil
}

func (s *Service) party(id string) (*party, error) {
	p := s.parties[id]
	if p == nil {
		return nil, fault.New(fault.NotFound, "there is no such way to sign in")
	}
	return p, nil
}

// away is the error of a provider that cannot be asked, or that cannot be used.
func (p *party) away(err error) error {
	if e, ok := errors.AsType[*unfit](err); ok {
		return fault.Wrap(fault.Busy, "signing in with "+p.Name+" does not work: it does not fit this server's settings", e)
	}
	return fault.Wrap(fault.Busy, p.Name+" cannot be reached just now; try again in a moment", err)
}

// distrust is the error of an answer that is not what an honest sign-in has.
func (p *party) distrust(err error) error {
	return fault.Wrap(fault.Auth, "what "+p.Name+" answered cannot be relied on; begin again", err)
}

// short keeps an error that quotes the provider from filling the log.
func short(err error) error {
	if s := err.Error(); len(s) > maxErrorBytes {
		return errors.New(s[:maxErrorBytes] + "…")
	}
	return err
}

// unfit is a provider that answers, but not as it has to.
type unfit struct{ text string }

// Error says what is wrong, for the operator.
func (e *unfit) Error() string { return e.text }
