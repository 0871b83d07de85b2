package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	goidc "github.com/coreos/go-oidc/v3/oidc"

	"plectica/internal/fault"
)

const (
	// maxSkew is how far a provider's clock may be from ours.
	maxSkew = time.Minute
	// maxTokenBytes bounds an ID token.
	maxTokenBytes = 64 << 10
	// maxSubjectBytes is the standard's own bound.
	maxSubjectBytes = 255
	// maxEmailBytes, maxNameBytes and maxWordBytes bound what people are told about.
	maxEmailBytes = 254
	maxNameBytes  = 400
	maxWordBytes  = 255
	// maxAudiences and maxMethods bound lists.
	maxAudiences = 10
	maxMethods   = 10
)

// identify checks an ID token and says who it is about.
func (p *party) identify(ctx context.Context, d document, flow Flow, raw, access string) (Identity, error) {
	verifier := goidc.NewVerifier(p.Issuer, keyring{p, d.algorithms}, &goidc.Config{
		ClientID:             p.ClientID,
		SupportedSigningAlgs: names(d),
		// A token that has just ended by our clock may not have by the provider's.
		Now: func() time.Time { return p.now().Add(-maxSkew) },
	})
	t, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, p.distrust(short(err))
	}
	var all claims
	if err := t.Claims(&all); err != nil {
		return Identity{}, p.distrust(short(err))
	}
	if err := p.checkToken(t, all, flow, access); err != nil {
		return Identity{}, p.distrust(err)
	}
	hosted := all.text("hd", maxWordBytes)
	if p.HostedDomain != "" && hosted != p.HostedDomain {
		return Identity{}, fault.Wrap(fault.Permission, "only accounts of "+p.HostedDomain+" sign in with "+p.Name+" here", errors.New("the hosted domain is another"))
	}
	email := all.text("email", maxEmailBytes)
	return Identity{
		Issuer: p.Issuer, Subject: t.Subject, // Google's tokens may name the issuer without https
		Email: email, EmailVerified: email != "" && all.truth("email_verified"),
		Name: all.text("name", maxNameBytes), HostedDomain: hosted,
		AuthTime: all.time("auth_time"), ACR: all.text("acr", maxWordBytes), AMR: all.words("amr"),
	}, nil
}

func names(d document) []string {
	var out []string
	for _, a := range d.algorithms {
		out = append(out, string(a))
	}
	return out
}

// checkToken checks what the library leaves to us. It has checked the signature,
// the issuer, that we are in the audience, and the end.
func (p *party) checkToken(t *goidc.IDToken, all claims, flow Flow, access string) error {
	if name := all.ambiguous(); name != "" {
		return errors.New("the claim " + name + " is written in another case")
	}
	azp := all.text("azp", maxWordBytes)
	_, hasParty := all["azp"]
	switch {
	case subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(flow.Nonce)) != 1:
		return errors.New("the nonce is another")
	case t.Subject == "" || len(t.Subject) > maxSubjectBytes || !utf8.ValidString(t.Subject):
		return errors.New("the subject is missing or too long")
	case len(t.Audience) > maxAudiences:
		return errors.New("the audience is too long")
	case (len(t.Audience) > 1 || hasParty) && azp != p.ClientID:
		return errors.New("the token was issued to another client")
	case t.IssuedAt.Unix() <= 0:
		return errors.New("the token does not say when it was issued")
	case t.IssuedAt.After(p.now().Add(maxSkew)):
		return errors.New("the token was issued in the future")
	}
	if t.AccessTokenHash != "" {
		return t.VerifyAccessToken(access)
	}
	return nil
}

// claims are what a token says, by exact names: the standard's decoder would take
// Email for email. A claim of the wrong kind counts as absent.
type claims map[string]json.RawMessage

// ambiguous returns a name that the library may have taken for one it checks.
func (c claims) ambiguous() string {
	checked := []string{"iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "at_hash"}
	for name := range c {
		if slices.ContainsFunc(checked, func(s string) bool { return s != name && strings.EqualFold(s, name) }) {
			return name
		}
	}
	return ""
}

// text is a claim of at most so many bytes.
func (c claims) text(name string, most int) string {
	var s string
	if json.Unmarshal(c[name], &s) != nil || len(s) > most || !utf8.ValidString(s) {
		return ""
	}
	return s
}

// truth is a claim that some providers write as a word.
func (c claims) truth(name string) bool {
	v := string(c[name])
	return v == "true" || v == `"true"`
}

// time is a claim of seconds since 1970.
func (c claims) time(name string) time.Time {
	var n int64
	if json.Unmarshal(c[name], &n) != nil || n <= 0 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// words is a list of short texts.
func (c claims) words(name string) []string {
	var list []string
	if json.Unmarshal(c[name], &list) != nil || len(list) > maxMethods {
		return nil
	}
	if slices.ContainsFunc(list, func(s string) bool { return len(s) > maxWordBytes }) {
		return nil
	}
	return list
}
