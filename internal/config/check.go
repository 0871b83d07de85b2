package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"plectica/internal/fault"
	"plectica/internal/mail"
)

// maxNames bounds the lists of names.
const maxNames = 50

// Check says what is wrong with a configuration, without serving.
func (c Config) Check() error {
	for _, a := range []struct {
		key, value string
		optional   bool
	}{
		{"listen", c.Listen, false},
		{"ops_listen", c.OpsListen, true},
		{"redirect_listen", c.RedirectListen, true},
	} {
		if a.value == "" && a.optional {
			continue
		}
		if err := checkAddress(a.key, a.value); err != nil {
			return err
		}
	}
	if err := c.checkOps(); err != nil {
		return err
	}
	if err := c.checkNames(); err != nil {
		return err
	}
	if c.Data == "" {
		return invalid("data", "names no directory")
	}
	if err := oneOf("sign_up", c.SignUp, "invitation", "open", "closed"); err != nil {
		return err
	}
	if err := oneOf("log_level", c.LogLevel, "debug", "info", "warn", "error"); err != nil {
		return err
	}
	if _, err := c.Contact(); err != nil {
		return err
	}
	if c.ACMEDirectory != "" && !strings.HasPrefix(c.ACMEDirectory, "https://") {
		return invalid("acme_directory", "must start with https://")
	}
	if _, err := c.Proxy.Whence(); err != nil {
		return fault.Wrap(fault.Invalid, "the configuration's proxy", err)
	}
	if err := c.Mail.check(); err != nil {
		return err
	}
	if err := c.checkProviders(); err != nil {
		return err
	}
	if err := c.Database.check(); err != nil {
		return err
	}
	if err := c.checkKeeping(); err != nil {
		return err
	}
	if err := c.checkDeliveries(); err != nil {
		return err
	}
	return c.Limits.check()
}

// maxContact bounds whom to tell of a hole, in bytes.
const maxContact = 255

// Contact is whom to tell of a hole, as a URI; empty if nobody is named.
func (c Config) Contact() (string, error) {
	v := c.SecurityContact
	if v == "" {
		return "", nil
	}
	if address, ok := strings.CutPrefix(v, "mailto:"); ok || !strings.Contains(v, ":") {
		if !ok {
			address = v
		}
		if _, err := mail.ParseAddress(address); err == nil && len(v) <= maxContact {
			return "mailto:" + address, nil
		}
	} else if u, err := url.Parse(v); err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && isLine(v, maxContact) && !strings.Contains(v, " ") {
		return v, nil
	}
	return "", invalid("security_contact", "must be an e-mail address, or begin with https://")
}

func invalid(key, text string) error {
	return fault.New(fault.Invalid, "the configuration's "+key+" "+text)
}

func oneOf(key, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return invalid(key, "must be one of "+strings.Join(allowed, ", "))
}

func checkAddress(key, value string) error {
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		return invalid(key, "must be host:port or :port")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return invalid(key, "has a wrong port")
	}
	return nil
}

// checkOps refuses to show metrics and health to anyone but this machine.
func (c Config) checkOps() error {
	if c.OpsListen == "" {
		return nil
	}
	host, _, _ := net.SplitHostPort(c.OpsListen) // checked before
	addr, err := netip.ParseAddr(host)
	if host != "localhost" && (err != nil || !addr.IsLoopback()) {
		return invalid("ops_listen", "must be a loopback address such as 127.0.0.1:9443")
	}
	return nil
}

func (c Config) checkNames() error {
	if len(c.Domains) > maxNames || len(c.ExtraNames) > maxNames {
		return invalid("domains and extra_names", fmt.Sprintf("hold at most %d names each", maxNames))
	}
	for _, d := range c.Domains {
		if !isName(d) || !strings.Contains(d, ".") {
			return invalid("domains", fmt.Sprintf("holds %q, which is no domain name", d))
		}
	}
	for _, n := range c.ExtraNames {
		if _, err := netip.ParseAddr(n); err != nil && !isName(n) {
			return invalid("extra_names", fmt.Sprintf("holds %q, which is neither a name nor an address", n))
		}
	}
	return nil
}

// isName reports whether s is a host name in lower case, without port or wildcard.
func isName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	// Only a name's last label may not be a number, else it reads as an address.
	last := s[strings.LastIndexByte(s, '.')+1:]
	_, err := strconv.Atoi(last)
	return err != nil
}

// maxUsernameBytes bounds the name that signs in to a mail server.
const maxUsernameBytes = 255

func (m Mail) check() error {
	if err := oneOf("mail.driver", m.Driver, "none", "log", "smtp"); err != nil {
		return err
	}
	if err := oneOf("mail.security", m.Security, "starttls", "tls", "none"); err != nil {
		return err
	}
	if m.Port < 0 || m.Port > 65535 {
		return invalid("mail.port", "must be from 1 to 65535, or 0 for the usual one")
	}
	if m.From != "" {
		if _, err := mail.ParseSender(m.From); err != nil {
			return invalid("mail.from", "must be an e-mail address, or a name and an address as in Maps <maps@example.org>")
		}
	}
	if _, err := netip.ParseAddr(m.Host); m.Host != "" && err != nil && !isName(m.Host) {
		return invalid("mail.host", "must be a name in lower case or an address, without a port")
	}
	if len(m.Username) > maxUsernameBytes || strings.ContainsFunc(m.Username, unicode.IsControl) {
		return invalid("mail.username", "must be one line of at most 255 bytes")
	}
	if m.Driver != "smtp" {
		return nil
	}
	return m.checkSMTP()
}

// checkSMTP says what is missing for a mail server, or would tell the network what
// is in a mail.
func (m Mail) checkSMTP() error {
	switch {
	case m.Host == "":
		return invalid("mail.host", "must name the mail server")
	case m.From == "":
		return invalid("mail.from", "must name the address that mail is from")
	case m.Security == "none" && !mail.IsLoopback(m.Host):
		return invalid("mail.security", "can be none only for a mail server on this machine: mail has links that let people in")
	case m.Username != "" && m.PasswordFile == "":
		return invalid("mail.password_file", "must name the file with the password of mail.username")
	case m.Username == "" && m.PasswordFile != "":
		return invalid("mail.username", "must be set where mail.password_file is")
	}
	return nil
}

func (l Limits) check() error {
	for _, v := range []struct {
		key         string
		n, min, max int
	}{
		{"limits.connections", l.Connections, 1, 1_000_000},
		{"limits.connections_per_address", l.ConnectionsPerAddress, 0, 1_000_000},
		{"limits.new_connections_per_address", l.NewConnectionsPerAddress, 0, 10_000},
		{"limits.maps_per_account", l.MapsPerAccount, 1, 10_000},
		{"limits.members_per_map", l.MembersPerMap, 1, 10_000},
		{"limits.file_megabytes", l.FileMegabytes, 1, 1024},
		{"limits.map_megabytes", l.MapMegabytes, 1, 1 << 20},
	} {
		if v.n < v.min || v.n > v.max {
			return invalid(v.key, fmt.Sprintf("must be from %d to %d", v.min, v.max))
		}
	}
	return nil
}
