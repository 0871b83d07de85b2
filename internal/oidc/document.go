package oidc

import (
	"context"
	"errors"
	"net/url"
	"slices"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	jose "github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// document is what we need of what a provider says of itself.
type document struct {
	endpoint oauth2.Endpoint
	keysURL  string
	// algorithms are those that the provider signs with and that we accept.
	algorithms []jose.SignatureAlgorithm
	// namesItself: it puts its issuer into each answer (RFC 9207).
	namesItself bool
}

// accepted are the algorithms of signatures that count: those with a key pair. What
// is signed with a shared secret, or not at all, is not even parsed.
func accepted() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
		jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	}
}

// discover asks a provider about itself. That the issuer it names is the one that
// was asked, the library checks.
func (p *party) discover(ctx context.Context) (document, error) {
	found, err := goidc.NewProvider(goidc.ClientContext(ctx, p.client), p.Issuer)
	if mismatch, ok := errors.AsType[*goidc.IssuerMismatchError](err); ok {
		return document{}, &unfit{mismatch.Error()}
	}
	if err != nil {
		return document{}, short(err) // it may hold all that was answered
	}
	var says struct {
		KeysURL     string   `json:"jwks_uri"`
		Algorithms  []string `json:"id_token_signing_alg_values_supported"`
		Methods     []string `json:"token_endpoint_auth_methods_supported"`
		NamesItself bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&says); err != nil {
		return document{}, &unfit{"its document is not as the standard has it: " + err.Error()}
	}
	d := document{endpoint: found.Endpoint(), keysURL: says.KeysURL, namesItself: says.NamesItself}
	for _, u := range []string{d.endpoint.AuthURL, d.endpoint.TokenURL, d.keysURL} {
		if !p.isEndpoint(u) {
			return document{}, &unfit{"its document names an address that is not safe to use"}
		}
	}
	d.endpoint.AuthStyle = p.authStyle(says.Methods)
	for _, a := range accepted() {
		// Who says nothing signs with RS256, which all have to know.
		if slices.Contains(says.Algorithms, string(a)) || len(says.Algorithms) == 0 && a == jose.RS256 {
			d.algorithms = append(d.algorithms, a)
		}
	}
	if len(d.algorithms) == 0 {
		return document{}, &unfit{"it signs with no algorithm that is accepted"}
	}
	return d, nil
}

// isEndpoint reports whether an address from a document may be used: a browser is
// sent to one of them, so none may be a script or go without TLS.
func (p *party) isEndpoint(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURLBytes || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	issuer, err := url.Parse(p.Issuer)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http" && issuer.Scheme == "http")
}

// authStyle is how we name ourselves to the provider. It is never tried out: a code
// works once.
func (p *party) authStyle(methods []string) oauth2.AuthStyle {
	if p.ClientSecret == "" || slices.Contains(methods, "client_secret_post") {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}
