package oidc

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"plectica/internal/fault"
)

const (
	// FlowLife is how long a person may take at the provider.
	FlowLife = 10 * time.Minute
	// secretBytes are the random bytes of a state or nonce.
	secretBytes = 32
)

// Flow is a sign-in that was begun. The caller keeps it with the browser that began
// it, and only there, for at most FlowLife, and forgets it when that browser comes
// back. Whoever reads it cannot take part: it holds the state's hash, not the state.
type Flow struct {
	Provider string    `json:"provider"`
	State    string    `json:"state"` // SHA-256 of what the provider brings back
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // of PKCE
	Created  time.Time `json:"created"`
	// Again asks that the person has shown the provider anew who they are.
	Again bool `json:"again,omitempty"`
}

// Begin returns where to send the browser, and what to keep with it.
func (s *Service) Begin(ctx context.Context, providerID string) (authURL string, flow Flow, err error) {
	return s.begin(ctx, providerID, false)
}

// BeginAgain is Begin for somebody who is to show the provider anew who they are. A
// provider that says when they did is held to it; not all do.
func (s *Service) BeginAgain(ctx context.Context, providerID string) (authURL string, flow Flow, err error) {
	return s.begin(ctx, providerID, true)
}

func (s *Service) begin(ctx context.Context, providerID string, again bool) (authURL string, flow Flow, err error) {
	p, err := s.party(providerID)
	if err != nil {
		return "", Flow{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, beginTimeout)
	defer cancel()
	d, err := p.document.get(ctx)
	if err != nil {
		return "", Flow{}, p.away(err)
	}
	state := random()
	flow = Flow{Provider: p.ID, State: hash(state), Nonce: random(), Verifier: oauth2.GenerateVerifier(), Created: s.c.Now(), Again: again}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(flow.Verifier), goidc.Nonce(flow.Nonce)}
	if again {
		options = append(options, p.askAnew()...)
	}
	if p.HostedDomain != "" { // a hint alone: Finish looks at the claim
		options = append(options, oauth2.SetAuthURLParam("hd", p.HostedDomain))
	}
	return s.client(p, d).AuthCodeURL(state, options...), flow, nil
}

// askAnew has the provider ask who somebody is even if it knows. Google knows no such
// wish; there, people choose the account again.
func (p *party) askAnew() []oauth2.AuthCodeOption {
	if p.Preset == Google {
		return []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("prompt", "select_account")}
	}
	return []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0")}
}

// client is this server as the provider knows it.
func (s *Service) client(p *party, d document) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: d.endpoint,
		RedirectURL: s.c.RedirectURL(p.ID), Scopes: p.Scopes,
	}
}

// checkFlow refuses an answer that does not belong to this flow, at this address.
func (s *Service) checkFlow(p *party, f Flow, state string) error {
	refuse := func(why string) error {
		return fault.Wrap(fault.Auth, "this sign-in was not begun in this browser, or too long ago; begin again", errors.New(why))
	}
	age := s.c.Now().Sub(f.Created)
	switch {
	case f.Provider != p.ID:
		return refuse("the flow is another provider's")
	case f.Nonce == "" || f.Verifier == "":
		return refuse("the flow is not whole")
	case age > FlowLife || age < -maxSkew:
		return refuse("the flow is too old")
	case subtle.ConstantTimeCompare([]byte(hash(state)), []byte(f.State)) != 1:
		return refuse("the state is another")
	}
	return nil
}

func random() string {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
