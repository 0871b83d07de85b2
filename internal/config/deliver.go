package config

import (
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"plectica/internal/audit"
	"plectica/internal/deliver"
	"plectica/internal/fault"
)

const (
	// maxCABytes bounds a file of authorities.
	maxCABytes = 1 << 20
	// maxWebhook bounds a webhook's address, in bytes.
	maxWebhook = 2048
	// maxOnly bounds the acts that alone are delivered.
	maxOnly = 50
)

// Deliver is somewhere that the audit log is delivered to. In the file each is a table
// [[deliver]].
type Deliver struct {
	// Name is what the operator calls it, a-z, 0-9 and -. How far the delivery is stands
	// under it: another name begins anew.
	Name string `toml:"name"`
	// Kind is syslog, webhook or jsonl.
	Kind string `toml:"kind"`
	// Address is a syslog receiver's host:port, which speaks TLS.
	Address string `toml:"address"`
	// URL is a webhook's; SecretFile names the file with the secret that signs what it gets,
	// which others on the machine may not read. AllowPrivate is for one in the own network.
	URL          string `toml:"url"`
	SecretFile   string `toml:"secret_file"`
	AllowPrivate bool   `toml:"allow_private"`
	// Directory is where files go, in the data directory unless it is absolute.
	Directory string `toml:"directory"`
	// CAFile names the file of the authorities, as PEM, that are trusted instead of the
	// machine's.
	CAFile string `toml:"ca_file"`
	// Only are names of acts; one that ends with a point stands for all that begin so, as
	// "alert." for what the watch noticed. None: everything is delivered.
	Only []string `toml:"only"`
}

// Secret reads what signs for a webhook; empty for others.
func (d Deliver) Secret() (string, error) {
	if d.SecretFile == "" {
		return "", nil
	}
	return readSecret(d.key("secret_file"), d.SecretFile)
}

// CA reads the authorities, as PEM; none if no file is named.
func (d Deliver) CA() ([]byte, error) {
	if d.CAFile == "" {
		return nil, nil
	}
	cannot := func(err error) error {
		return fault.Wrap(fault.Invalid, "the configuration's "+d.key("ca_file")+" cannot be read", err)
	}
	info, err := os.Stat(d.CAFile)
	if err != nil {
		return nil, cannot(err)
	}
	if !info.Mode().IsRegular() { // a pipe could hold up the start
		return nil, invalid(d.key("ca_file"), "is no file")
	}
	f, err := os.Open(d.CAFile)
	if err != nil {
		return nil, cannot(err)
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, maxCABytes+1))
	if err != nil {
		return nil, cannot(err)
	}
	if block, _ := pem.Decode(text); len(text) > maxCABytes || block == nil || block.Type != "CERTIFICATE" {
		return nil, invalid(d.key("ca_file"), "must hold certificates as PEM")
	}
	return text, nil
}

// Path is where a directory's files go.
func (d Deliver) Path(c Config) (string, error) {
	dir := d.Directory
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(c.Data, dir)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "find the directory of "+d.Name, err)
	}
	return dir, nil
}

// Destinations are where the audit log is delivered to, with their secrets.
func (c Config) Destinations() ([]deliver.Destination, error) {
	var out []deliver.Destination
	for _, d := range c.Deliveries {
		to := deliver.Destination{Name: d.Name, Kind: deliver.Kind(d.Kind), Address: d.Address, URL: d.URL, AllowPrivate: d.AllowPrivate, Only: d.Only}
		var err error
		if to.CA, err = d.CA(); err != nil {
			return nil, err
		}
		secret, err := d.Secret()
		if err != nil {
			return nil, err
		}
		to.Secret = []byte(secret)
		if to.Kind == deliver.JSONL {
			if to.Directory, err = d.Path(c); err != nil {
				return nil, err
			}
		}
		out = append(out, to)
	}
	return out, nil
}

func (c Config) checkDeliveries() error {
	if len(c.Deliveries) > deliver.MaxDestinations {
		return invalid("deliver", fmt.Sprintf("stands there more than %d times", deliver.MaxDestinations))
	}
	seen := map[string]bool{}
	for i, d := range c.Deliveries {
		if !isLabel(d.Name) {
			return invalid(fmt.Sprintf("deliver %d", i+1), "needs a short name of a-z, 0-9 and -")
		}
		if seen[d.Name] {
			return invalid("deliver "+d.Name, "stands there twice")
		}
		seen[d.Name] = true
		if err := d.check(); err != nil {
			return err
		}
	}
	list, err := c.Destinations()
	if err != nil {
		return err
	}
	_, err = deliver.Open(deliver.Config{Destinations: list})
	return err
}

func (d Deliver) key(name string) string { return "deliver " + d.Name + ": " + name }

// check says what is missing for a kind, and what belongs to another.
func (d Deliver) check() error {
	if err := oneOf(d.key("kind"), d.Kind, string(deliver.Syslog), string(deliver.Webhook), string(deliver.JSONL)); err != nil {
		return err
	}
	kind := deliver.Kind(d.Kind)
	for _, k := range []struct {
		name string
		set  bool
		of   []deliver.Kind
	}{
		{"address", d.Address != "", []deliver.Kind{deliver.Syslog}},
		{"url", d.URL != "", []deliver.Kind{deliver.Webhook}},
		{"secret_file", d.SecretFile != "", []deliver.Kind{deliver.Webhook}},
		{"allow_private", d.AllowPrivate, []deliver.Kind{deliver.Webhook}},
		{"directory", d.Directory != "", []deliver.Kind{deliver.JSONL}},
		{"ca_file", d.CAFile != "", []deliver.Kind{deliver.Syslog, deliver.Webhook}},
	} {
		if k.set && !slices.Contains(k.of, kind) {
			return invalid(d.key(k.name), "is not for the kind "+d.Kind)
		}
	}
	if len(d.Only) > maxOnly {
		return invalid(d.key("only"), fmt.Sprintf("has more than %d", maxOnly))
	}
	for _, o := range d.Only {
		if !audit.Names(o) {
			return invalid(d.key("only"), fmt.Sprintf("there is no act %q", o))
		}
	}
	switch {
	case kind == deliver.Syslog && !isHostPort(d.Address):
		return invalid(d.key("address"), "must be host:port, such as siem.example.org:6514")
	case kind == deliver.Webhook && !isWebhook(d.URL):
		return invalid(d.key("url"), "must be an address such as https://siem.example.org/plectica")
	case kind == deliver.Webhook && d.SecretFile == "":
		return invalid(d.key("secret_file"), "must name the file with the secret that signs what is sent")
	case kind == deliver.JSONL && d.Directory == "":
		return invalid(d.key("directory"), "is missing")
	}
	return nil
}

// isLabel reports whether s is a short name of a-z, 0-9 and -.
func isLabel(s string) bool {
	return isName("x"+s) && s != "" && !strings.Contains(s, ".") && s[0] != '-'
}

// isHostPort reports whether s names a host and a port.
func isHostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	n, err := strconv.Atoi(port)
	_, noAddress := netip.ParseAddr(host)
	return err == nil && n > 0 && n <= 65535 && (noAddress == nil || isName(host))
}

func isWebhook(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= maxWebhook && isLine(s, maxWebhook) && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && u.Fragment == ""
}
