package config

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"plectica/internal/fault"
	"plectica/internal/oidc"
)

const (
	// maxSecretBytes bounds the file of a client's secret.
	maxSecretBytes = 4096
	// maxScopes and maxProviderText bound what a provider's table holds, the latter
	// in bytes.
	maxScopes       = 20
	maxProviderText = 255
	maxIssuer       = 2048
)

// Provider is somebody whose accounts people can sign in with, by OpenID Connect.
// In the file each is a table [[provider]].
type Provider struct {
	// ID stands in addresses, a-z, 0-9 and -. Once people signed in, it stays.
	ID string `toml:"id"`
	// Preset is google or empty; it stands for name, issuer and scopes.
	Preset string `toml:"preset"`
	// Name is what people see.
	Name string `toml:"name"`
	// Issuer is the provider's address, exactly as it names itself.
	Issuer string `toml:"issuer"`
	// ClientID is what the provider calls this server.
	ClientID string `toml:"client_id"`
	// ClientSecretFile names the file with the secret that the provider gave out
	// with it; others on the machine may not read it. The secret is read when the
	// server starts, and never printed.
	ClientSecretFile string `toml:"client_secret_file"`
	// Scopes are asked for beside openid; empty is email and profile.
	Scopes []string `toml:"scopes"`
	// HostedDomain lets only accounts of one organisation at Google in.
	HostedDomain string `toml:"hosted_domain"`
	// AllowPrivate is for a provider in the own network: its host may lie there.
	AllowPrivate bool `toml:"allow_private"`
}

func (c Config) checkProviders() error {
	if len(c.Providers) > oidc.MaxProviders {
		return invalid("provider", fmt.Sprintf("stands there more than %d times", oidc.MaxProviders))
	}
	seen := map[string]bool{}
	for i, p := range c.Providers {
		if !oidc.IsID(p.ID) {
			return invalid(fmt.Sprintf("provider %d", i+1), "needs an id of 1 to 32 characters a-z, 0-9 and -")
		}
		if seen[p.ID] {
			return invalid("provider "+p.ID, "stands there twice")
		}
		seen[p.ID] = true
		if err := p.check(); err != nil {
			return err
		}
	}
	return nil
}

func (p Provider) check() error {
	key := func(name string) string { return "provider " + p.ID + ": " + name }
	if err := oneOf(key("preset"), p.Preset, "", oidc.Google); err != nil {
		return err
	}
	switch {
	case p.Preset == "" && p.Name == "":
		return invalid(key("name"), "is missing: it is what people see")
	case !isLine(p.Name, maxProviderText):
		return invalid(key("name"), "must be one short line")
	case p.ClientID == "" || !isLine(p.ClientID, maxProviderText):
		return invalid(key("client_id"), "must be what the provider gave out for this server")
	case p.Preset != "" && p.Issuer != "":
		return invalid(key("issuer"), "comes with the preset; leave one of them out")
	case p.Preset == "" && !isIssuer(p.Issuer):
		return invalid(key("issuer"), "must be an address such as https://id.example.org")
	case p.Preset != "" && p.ClientSecretFile == "":
		return invalid(key("client_secret_file"), "is missing")
	case len(p.Scopes) > maxScopes:
		return invalid(key("scopes"), fmt.Sprintf("holds more than %d", maxScopes))
	case p.HostedDomain != "" && (!isName(p.HostedDomain) || !strings.Contains(p.HostedDomain, ".")):
		return invalid(key("hosted_domain"), "must be a domain name in lower case")
	}
	for _, s := range p.Scopes {
		if s == "" || !isLine(s, maxProviderText) || strings.ContainsAny(s, ` "\`) {
			return invalid(key("scopes"), fmt.Sprintf("holds %q, which is no scope", s))
		}
	}
	_, err := p.Secret()
	return err
}

// isLine reports whether s is text without anything that cannot be seen.
func isLine(s string, most int) bool {
	return len(s) <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func isIssuer(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= maxIssuer && u.Scheme == "https" && u.Hostname() != "" && u.User == nil &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && !strings.Contains(s, "#")
}

// Secret reads the client's secret; empty if no file is named.
func (p Provider) Secret() (string, error) {
	if p.ClientSecretFile == "" {
		return "", nil
	}
	return readSecret("provider "+p.ID+": client_secret_file", p.ClientSecretFile)
}

// readSecret reads a secret of one line. A file that others on the machine can read
// keeps no secret and is refused.
func readSecret(key, file string) (string, error) {
	cannot := func(err error) error {
		return fault.Wrap(fault.Invalid, "the configuration's "+key+" cannot be read", err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return "", cannot(err)
	}
	if !info.Mode().IsRegular() { // a pipe could hold up the start
		return "", invalid(key, "is no file")
	}
	// Windows has no such bits and shows them all.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		return "", invalid(key, "is open to everybody on this machine; chmod o= it")
	}
	f, err := os.Open(file)
	if err != nil {
		return "", cannot(err)
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	if err != nil {
		return "", cannot(err)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" || !isLine(secret, maxSecretBytes) || len(text) > maxSecretBytes {
		return "", invalid(key, "must hold the secret in one line, and nothing else")
	}
	return secret, nil
}
