package api

import (
	"context"
	"net/http"
	"time"

	"plectica/internal/account"
	"plectica/internal/caller"
	"plectica/internal/factor"
)

// The cookies of what takes more than one step. Each holds a secret that opens nothing
// by itself, and goes when the step is done.
const (
	pendingCookie = "__Host-plectica-pending" // a sign-in that waits for its second factor
	passkeyCookie = "__Host-plectica-passkey" // a challenge to a passkey
	linkingCookie = "__Host-plectica-linking" // a provider's word that waits for an account's owner
	tripCookie    = "__Host-plectica-trip"    // a person's way to a provider and back
)

// keep returns a cookie for this host alone. Only what has to survive the way back from
// another site is lax.
func keep(name, value string, life time.Duration, same http.SameSite) string {
	c := http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life.Seconds()), Secure: true, HttpOnly: true, SameSite: same,
	}
	return c.String()
}

// drop returns a cookie that removes one.
func drop(name string) string { return keep(name, "", -time.Second, http.SameSiteStrictMode) }

// brought returns what a request's cookie holds; empty: there is none.
func brought(ctx context.Context, name string) string {
	r := caller.Of(ctx).Request
	if r == nil {
		return ""
	}
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// cookies are what a browser keeps after a step of a sign-in.
func cookies(in account.SignedIn) []string {
	if in.Pending != nil {
		return []string{keep(pendingCookie, in.Pending.Secret, in.Pending.Life, http.SameSiteStrictMode)}
	}
	if in.Linking != "" {
		return []string{keep(linkingCookie, in.Linking, account.LinkingLife, http.SameSiteStrictMode)}
	}
	out := []string{keep(caller.Cookie, in.Token, account.SessionLife, http.SameSiteLaxMode)}
	if in.Device != "" {
		out = append(out, keep(caller.DeviceCookie, in.Device, account.DeviceLife, http.SameSiteLaxMode))
	}
	return out
}

// challenged keeps a challenge's secret with the browser.
func challenged(c account.Challenge) *challenge {
	return &challenge{
		Cookies: []string{keep(passkeyCookie, c.Secret, factor.PasskeyTime, http.SameSiteStrictMode)},
		Body:    challengeJSON{PublicKey: loose(c.Options)},
	}
}
