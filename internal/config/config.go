// Package config is everything an operator can set, as one struct: defaults,
// then a TOML file, then the environment. An unknown key is an error in both; lists
// of tables are for the file alone. Secrets are in files of their own, by name.
// It never reads the environment or the clock itself. Values are plain; share
// them after Load for reading only.
package config

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/BurntSushi/toml"

	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/whence"
)

// maxFileBytes bounds a configuration file.
const maxFileBytes = 1 << 20

// Config is what an operator can set. Every key has a default that works.
type Config struct {
	// Listen is the address people reach, HTTPS only.
	Listen string `toml:"listen"`
	// Domains are public names; with one, certificates come by ACME.
	Domains []string `toml:"domains"`
	// ACMEEmail is given to the certificate authority.
	ACMEEmail string `toml:"acme_email" redact:"true"`
	// ACMEDirectory is another authority's address; empty is Let's Encrypt's.
	ACMEDirectory string `toml:"acme_directory"`
	// ExtraNames are further names or addresses this machine is reached by.
	ExtraNames []string `toml:"extra_names"`
	// Data is the data directory.
	Data string `toml:"data"`
	// Database is another place for what else is a file in it.
	Database Database `toml:"database"`
	// SignUp is the policy until the operator chooses one in the product:
	// invitation, open or closed.
	SignUp string `toml:"sign_up"`
	// OpsListen serves metrics and health; loopback only.
	OpsListen string `toml:"ops_listen"`
	// RedirectListen, often ":80", redirects to HTTPS; empty is off.
	RedirectListen string `toml:"redirect_listen"`
	// SecurityContact is whom to tell of a hole, for /.well-known/security.txt: an
	// e-mail address, or an address that begins with https:// or mailto:.
	SecurityContact string `toml:"security_contact"`
	// LogLevel is debug, info, warn or error.
	LogLevel string `toml:"log_level"`
	// Limits bound what people can use up.
	Limits Limits `toml:"limits"`
	// Proxy is what stands in front of the server; without it, nobody's word about
	// where a request comes from is taken.
	Proxy Proxy `toml:"proxy"`
	// Mail is how the site's own mail goes out.
	Mail Mail `toml:"mail"`
	// Passwords is what is asked of new ones.
	Passwords Passwords `toml:"passwords"`
	// History is what is kept of how maps were.
	History History `toml:"history"`
	// Backup is how everything is kept elsewhere too.
	Backup Backup `toml:"backup"`
	// Audit is what is kept of who did what.
	Audit Audit `toml:"audit"`
	// Watch is what the watch over the audit log is told besides.
	Watch Watch `toml:"watch"`
	// Buckets are places at services that speak S3; for the file alone.
	Buckets []Bucket `toml:"bucket"`
	// Deliveries are where the audit log is delivered to; for the file alone.
	Deliveries []Deliver `toml:"deliver"`
	// Providers are whose accounts people can sign in with, in the order they are
	// shown. Only the file can have them, not the environment.
	Providers []Provider `toml:"provider"`
}

// Passwords is what is asked of new passwords, beyond what always is.
type Passwords struct {
	// AskBreached asks Have I Been Pwned about each, by five digits of its hash.
	AskBreached bool `toml:"ask_breached"`
}

// Mail is how the site's own mail goes out.
type Mail struct {
	// Driver is none, log (links are written to the terminal, for trying things out)
	// or smtp.
	Driver string `toml:"driver"`
	// Host and Port are the mail server's; port 0 is 587, 465 or 25, by Security.
	Host string `toml:"host"`
	Port int    `toml:"port"`
	// Security is starttls, tls (from the first byte) or none, which is for a mail
	// server on this machine alone.
	Security string `toml:"security"`
	// Username signs in to it, with the password that is all of a file; both or neither.
	Username     string `toml:"username" redact:"true"`
	PasswordFile string `toml:"password_file"`
	// From is whom mail is from: an address, or a name and an address in angle brackets.
	From string `toml:"from"`
}

// Proxy is what stands in front of the server.
type Proxy struct {
	// Trusted are the networks, or single addresses, of the proxies.
	Trusted []string `toml:"trusted"`
	// Header is the one header they are believed by: x-forwarded-for or forwarded.
	Header string `toml:"header"`
	// Protocol says that they begin each connection with the PROXY protocol, version
	// 1 or 2. Connections of theirs that do not are closed.
	Protocol bool `toml:"protocol"`
}

// Whence is who is believed about where requests come from.
func (p Proxy) Whence() (*whence.Proxies, error) {
	return whence.New(whence.Config{Trusted: p.Trusted, Header: p.Header, Protocol: p.Protocol})
}

// Limits bound what people can use up.
type Limits struct {
	Connections int `toml:"connections"` // open connections at once
	// Of one address: open connections at once, and new ones a second after a burst
	// of eight times as many; 0 is no bound. A proxy's own address has none.
	ConnectionsPerAddress    int `toml:"connections_per_address"`
	NewConnectionsPerAddress int `toml:"new_connections_per_address"`

	MapsPerAccount int `toml:"maps_per_account"` // maps an account takes part in
	MembersPerMap  int `toml:"members_per_map"`

	FileMegabytes int `toml:"file_megabytes"` // a file on a card
	MapMegabytes  int `toml:"map_megabytes"`  // all files of a map
}

// Default returns the configuration of an empty file.
func Default() Config {
	return Config{
		Listen:    ":8443",
		Data:      "data",
		SignUp:    "invitation",
		OpsListen: "127.0.0.1:9443",
		LogLevel:  "info",
		Limits: Limits{Connections: 10_000, ConnectionsPerAddress: 2500, NewConnectionsPerAddress: 60, MapsPerAccount: 1000, MembersPerMap: 500,
			FileMegabytes: 25, MapMegabytes: 500},
		Proxy: Proxy{Header: whence.XForwardedFor},
		Mail:  Mail{Driver: "none", Security: "starttls"},

		History: keepDays(history.DefaultPolicy()),
		Backup:  Backup{Places: []string{"backups"}, At: "02:30", DrillAt: "04:30", KeepDays: 35},
		Audit:   Audit{KeepDays: 400},
	}
}

// Load reads the file, if one is named, and the environment, and checks both.
func Load(file string, environ []string) (Config, error) {
	c := Default()
	if file != "" {
		if err := c.readFile(file); err != nil {
			return Config{}, err
		}
	}
	if err := c.readEnviron(environ); err != nil {
		return Config{}, err
	}
	if err := c.Check(); err != nil {
		return Config{}, err
	}
	return c, nil
}

func (c *Config) readFile(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fault.Wrap(fault.Invalid, "read the configuration", err)
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return fault.Wrap(fault.Invalid, "read the configuration", err)
	}
	if len(text) > maxFileBytes {
		return fault.New(fault.Limit, "the configuration file is larger than 1 MiB")
	}
	meta, err := toml.NewDecoder(bytes.NewReader(text)).Decode(c)
	if err != nil {
		return fault.Wrap(fault.Invalid, "read "+file, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return fault.New(fault.Invalid, fmt.Sprintf("%s: unknown key %q", file, unknown[0]))
	}
	return nil
}

// Print writes the configuration as TOML, without what is nobody's business.
func (c Config) Print(w io.Writer) error {
	c.redact()
	if err := toml.NewEncoder(w).Encode(c); err != nil {
		return fault.Wrap(fault.Internal, "print the configuration", err)
	}
	return nil
}
