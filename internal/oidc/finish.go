package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"plectica/internal/fault"
)

// Bounds of what a browser brings back, in bytes.
const (
	maxCodeBytes  = 4096
	maxStateBytes = 128
	maxErrorCode  = 64
)

// Identity is who a provider vouches for. Issuer and Subject together say who it
// is; all else may change, or be another's tomorrow.
type Identity struct {
	Issuer, Subject string
	// Email is as the provider gave it: to be cleaned before it is compared, and
	// to be believed only if EmailVerified. It is empty if it is no text of a
	// fitting length.
	Email         string
	EmailVerified bool
	Name          string // to be cleaned too
	HostedDomain  string
	// AuthTime is when the person proved who they are; zero if it was not said.
	AuthTime time.Time
	// ACR and AMR are how, in the provider's words.
	ACR string
	AMR []string
}

// answer is what a browser brought back.
type answer struct{ state, code, issuer, failure string }

// Finish takes what a browser brought back and says who it is. providerID is the
// provider whose address was called, and flow what was kept with the browser: that
// both name one provider is what keeps one provider's code from another.
func (s *Service) Finish(ctx context.Context, providerID string, flow Flow, query url.Values) (Identity, error) {
	p, err := s.party(providerID)
	if err != nil {
		return Identity{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, finishTimeout)
	defer cancel()
	a, err := readAnswer(query)
	if err != nil {
		return Identity{}, err
	}
	if err := s.checkFlow(p, flow, a.state); err != nil {
		return Identity{}, err
	}
	d, err := p.document.get(ctx)
	if err != nil {
		return Identity{}, p.away(err)
	}
	if err := p.checkIssuer(d, a); err != nil {
		return Identity{}, err
	}
	if a.failure != "" {
		return Identity{}, p.failed(a.failure)
	}
	// The code works once, so what else is needed comes first.
	if _, err := p.keys.get(ctx); err != nil {
		return Identity{}, p.away(err)
	}
	if s.used.Take(s.c.Now(), flow.State) > 0 {
		return Identity{}, fault.Wrap(fault.Auth, "this sign-in is over already; begin again", errors.New("the state was used"))
	}
	raw, access, err := s.exchange(ctx, p, d, flow, a.code)
	if err != nil {
		return Identity{}, err
	}
	v, err := p.identify(ctx, d, flow, raw, access)
	if err == nil && flow.Again && !v.AuthTime.IsZero() && v.AuthTime.Before(flow.Created.Add(-maxSkew)) {
		return Identity{}, fault.Wrap(fault.Auth, p.Name+" did not ask anew who you are; begin again", errors.New("the sign-in there is old"))
	}
	return v, err
}

// readAnswer takes each value once, within its bound; others are of no interest.
func readAnswer(query url.Values) (answer, error) {
	var a answer
	for _, v := range []struct {
		key  string
		to   *string
		most int
	}{
		{"state", &a.state, maxStateBytes},
		{"code", &a.code, maxCodeBytes},
		{"iss", &a.issuer, maxURLBytes},
		{"error", &a.failure, maxErrorCode},
	} {
		all := query[v.key]
		if len(all) > 1 || len(all) == 1 && len(all[0]) > v.most {
			return answer{}, badAnswer(v.key + " comes twice or is too long")
		}
		if len(all) == 1 {
			*v.to = all[0]
		}
	}
	if a.state == "" {
		return answer{}, badAnswer("there is no state")
	}
	if (a.code == "") == (a.failure == "") {
		return answer{}, badAnswer("there is neither a code nor an error, or both")
	}
	return a, nil
}

func badAnswer(why string) error {
	return fault.Wrap(fault.Invalid, "this is no answer of a provider; begin again", errors.New(why))
}

// checkIssuer keeps apart answers of different providers (RFC 9207).
func (p *party) checkIssuer(d document, a answer) error {
	if a.issuer == "" && d.namesItself {
		return p.distrust(errors.New("the answer does not say whose it is"))
	}
	if a.issuer != "" && a.issuer != p.Issuer {
		return p.distrust(errors.New("the answer is another issuer's"))
	}
	return nil
}

// failed says in a sentence what a provider said with a code. What else it said is
// not shown: anybody can make an address with any words in it.
func (p *party) failed(code string) error {
	cause := fmt.Errorf("the provider answered with the error %q", code)
	switch code {
	case "access_denied":
		return fault.Wrap(fault.Permission, "you did not allow it, or "+p.Name+" does not allow you", cause)
	case "login_required", "interaction_required", "account_selection_required", "consent_required":
		return fault.Wrap(fault.Auth, p.Name+" wants you to sign in there first; begin again", cause)
	case "temporarily_unavailable", "server_error":
		return fault.Wrap(fault.Busy, p.Name+" cannot sign you in just now; try again in a moment", cause)
	case "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "invalid_client":
		return fault.Wrap(fault.Auth, p.Name+" does not accept this server; whoever runs it has to look at its settings", cause)
	default:
		return fault.Wrap(fault.Auth, p.Name+" did not sign you in; begin again", cause)
	}
}

// exchange turns the code into an ID token and the access token that comes with it,
// which is used for nothing but a check.
func (s *Service) exchange(ctx context.Context, p *party, d document, flow Flow, code string) (raw, access string, err error) {
	ctx, cancel := context.WithTimeout(goidc.ClientContext(ctx, p.client), fetchTimeout)
	defer cancel()
	token, err := s.client(p, d).Exchange(ctx, code, oauth2.VerifierOption(flow.Verifier))
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return "", "", p.notExchanged(e)
	}
	if err != nil {
		return "", "", p.away(short(err))
	}
	raw, _ = token.Extra("id_token").(string) // absent, or no text: both are none
	if raw == "" || len(raw) > maxTokenBytes {
		return "", "", p.distrust(errors.New("the ID token is missing or too long"))
	}
	return raw, token.AccessToken, nil
}

// notExchanged is the error of a code that was refused.
func (p *party) notExchanged(e *oauth2.RetrieveError) error {
	switch code := e.ErrorCode; {
	case code == "invalid_grant":
		cause := fmt.Errorf("the provider answered with the error %q", code)
		return fault.Wrap(fault.Auth, p.Name+" does not accept this sign-in, or not again; begin again", cause)
	case code != "":
		return p.failed(code[:min(len(code), maxErrorCode)])
	case e.Response.StatusCode >= http.StatusInternalServerError:
		return p.away(fmt.Errorf("the token came with status %d", e.Response.StatusCode))
	default:
		return p.distrust(fmt.Errorf("the token came with status %d", e.Response.StatusCode))
	}
}
