package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/history"
)

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "plectica.toml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestLayers(t *testing.T) {
	name := file(t, `
listen = ":443"
domains = ["maps.example.org"]
[limits]
connections = 7
connections_per_address = 0
[mail]
driver = "smtp"
host = "mail.example.org"
username = "maps"
from = "Maps <maps@example.org>"
`)
	got, err := Load(name, []string{"HOME=/x", "PLECTICA_CONFIG=x", "PLECTICA_LISTEN=127.0.0.1:0", "PLECTICA_EXTRA_NAMES=a.test, 10.0.0.1,", "PLECTICA_LIMITS_MEMBERS_PER_MAP=9",
		"PLECTICA_MAIL_PASSWORD_FILE=/run/secrets/mail", "PLECTICA_MAIL_PORT=2525", "PLECTICA_PROXY_TRUSTED=10.0.0.0/8,192.0.2.1", "PLECTICA_PROXY_PROTOCOL=true"})
	want := Default()
	want.Listen, want.Domains, want.ExtraNames = "127.0.0.1:0", []string{"maps.example.org"}, []string{"a.test", "10.0.0.1"}
	want.Limits.Connections, want.Limits.ConnectionsPerAddress, want.Limits.MembersPerMap = 7, 0, 9
	want.Proxy = Proxy{Trusted: []string{"10.0.0.0/8", "192.0.2.1"}, Header: "x-forwarded-for", Protocol: true}
	want.Mail = Mail{
		Driver: "smtp", Host: "mail.example.org", Port: 2525, Security: "starttls", Username: "maps", PasswordFile: "/run/secrets/mail",
		From: "Maps <maps@example.org>",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("load: %v\n%s", err, diff)
	}
	if got, err := Load("", nil); err != nil || !cmp.Equal(got, Default()) {
		t.Errorf("defaults: %+v, %v", got, err)
	}
}

// smtp is the least that mail needs to go out.
const smtp = "[mail]\ndriver = \"smtp\"\nhost = \"mail.example.org\"\nfrom = \"maps@example.org\"\n"

func TestMail(t *testing.T) {
	for _, text := range []string{
		"", smtp, smtp + `security = "tls"`, smtp + "username = \"x\"\npassword_file = \"y\"", "[mail]\ndriver = \"log\"",
		strings.Replace(smtp, "mail.example.org", "localhost", 1) + `security = "none"`,
		strings.Replace(smtp, "mail.example.org", "::1", 1) + `security = "none"`,
	} {
		if _, err := Load(file(t, text), nil); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSecurityContact(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "us@example.org": "mailto:us@example.org", "mailto:us@example.org": "mailto:us@example.org",
		"https://example.org/security?x=1": "https://example.org/security?x=1",
	} {
		c := Default()
		c.SecurityContact = in
		if got, err := c.Contact(); got != want || err != nil || c.Check() != nil {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func TestBadInput(t *testing.T) {
	for _, c := range []struct{ name, toml, env, want string }{
		{"unknown key", `lisen = ":1"`, "", "lisen"},
		{"unknown nested key", "[limits]\nmaps = 1", "", "limits.maps"},
		{"unknown table", "[tls]\nx = 1", "", "tls"},
		{"unknown variable", "", "PLECTICA_LISEN=:1", "PLECTICA_LISEN"},
		{"lower case variable", "", "PLECTICA_listen=:1", "PLECTICA_listen"},
		{"wrong type", `listen = 8443`, "", "listen"},
		{"no number", "", "PLECTICA_LIMITS_CONNECTIONS=many", "PLECTICA_LIMITS_CONNECTIONS"},
		{"no TOML", `listen`, "", "plectica.toml"},
		{"no port", `listen = "localhost"`, "", "listen"},
		{"wrong port", `listen = ":65536"`, "", "listen"},
		{"ops for everyone", `ops_listen = ":9443"`, "", "loopback"},
		{"ops on a public address", `ops_listen = "192.0.2.1:9443"`, "", "loopback"},
		{"policy", `sign_up = "anyone"`, "", "sign_up"},
		{"level", `log_level = "loud"`, "", "log_level"},
		{"domain with a scheme", `domains = ["https://a.example"]`, "", "domains"},
		{"domain with a wildcard", `domains = ["*.example.org"]`, "", "domains"},
		{"domain without a dot", `domains = ["localhost"]`, "", "domains"},
		{"an address as a domain", `domains = ["10.0.0.1"]`, "", "domains"},
		{"name with a port", `extra_names = ["a.test:1"]`, "", "extra_names"},
		{"no limit", "[limits]\nconnections = 0", "", "limits.connections"},
		{"a negative rate", "[limits]\nnew_connections_per_address = -1", "", "limits.new_connections_per_address"},
		{"nobody to tell", `security_contact = "us"`, "", "security_contact"},
		{"a plain address to tell", `security_contact = "http://a.test/security"`, "", "security_contact"},
		{"two lines to tell", `security_contact = "https://a.test/\nExpires: never"`, "", "security_contact"},
		{"a script to tell", `security_contact = "javascript:alert(1)"`, "", "security_contact"},
		{"everybody as a proxy", "[proxy]\ntrusted = [\"0.0.0.0/0\"]", "", "proxy"},
		{"a proxy's name", "", "PLECTICA_PROXY_TRUSTED=proxy.test", "trusted must list networks"},
		{"a header of a proxy's own", "[proxy]\nheader = \"x-real-ip\"", "", "x-forwarded-for or forwarded"},
		{"the PROXY protocol from anybody", "[proxy]\nprotocol = true", "", "needs trusted networks"},
		{"neither true nor false", "", "PLECTICA_PROXY_PROTOCOL=maybe", "PLECTICA_PROXY_PROTOCOL"},
		{"plain ACME", `acme_directory = "http://ca.test"`, "", "acme_directory"},
		{"no data", `data = ""`, "", "data"},
		{"mail driver", "[mail]\ndriver = \"pigeon\"", "", "mail.driver"},
		{"mail security", "[mail]\nsecurity = \"ssl\"", "", "mail.security"},
		{"mail port", "[mail]\nport = 65536", "", "mail.port"},
		{"mail's password itself", "[mail]\npassword = \"x\"", "", "mail.password"},
		{"mail's password in the environment", "", "PLECTICA_MAIL_PASSWORD=x", "PLECTICA_MAIL_PASSWORD"},
		{"a mail server with a port", "[mail]\nhost = \"mail.example.org:25\"", "", "mail.host"},
		{"mail from nobody", "[mail]\nfrom = \"maps\"", "", "mail.from"},
		{"mail from with a header", "[mail]\nfrom = \"a@b.c\\r\\nBcc: d@e.f\"", "", "mail.from"},
		{"a username of two lines", "[mail]\nusername = \"a\\nb\"", "", "mail.username"},
		{"smtp without a server", "[mail]\ndriver = \"smtp\"\nfrom = \"a@b.c\"", "", "mail.host"},
		{"smtp without a sender", "[mail]\ndriver = \"smtp\"\nhost = \"b.c\"", "", "mail.from"},
		{"a username without a password", smtp + "username = \"x\"", "", "mail.password_file"},
		{"a password without a username", smtp + "password_file = \"x\"", "", "mail.username"},
		{"unencrypted to another machine", smtp + "security = \"none\"", "", "on this machine"},
		{"huge", "# " + strings.Repeat("x", maxFileBytes), "", "larger"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var env []string
			if c.env != "" {
				env = []string{c.env}
			}
			_, err := Load(file(t, c.toml), env)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.Limit {
				t.Errorf("kind %v", k)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.toml"), nil); err == nil {
		t.Error("a missing file passed")
	}
}

func TestPrintIsRedactedAndReadable(t *testing.T) {
	c := Default()
	c.ACMEEmail = "admin@example.org"
	c.Domains = []string{"maps.example.org"}
	c.Mail.Username, c.Mail.PasswordFile = "relay-user", "/run/secrets/mail"
	var out strings.Builder
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "admin@") || strings.Contains(out.String(), "relay-user") {
		t.Error("printed what should be redacted")
	}
	got, err := Load(file(t, out.String()), nil)
	c.ACMEEmail, c.Mail.Username = redacted, redacted
	if diff := cmp.Diff(c, got, cmp.Transformer("nil", func(s []string) []string { return append([]string{}, s...) })); err != nil || diff != "" {
		t.Errorf("read back: %v\n%s", err, diff)
	}
}

// TestHistoryIsThePolicy: what is kept unless the operator says otherwise is said once, and a
// policy in days is the same policy.
func TestHistoryIsThePolicy(t *testing.T) {
	if diff := cmp.Diff(history.DefaultPolicy(), Default().History.Policy()); diff != "" {
		t.Error(diff)
	}
	got := History{AllDays: 1, HourlyDays: 2, DailyDays: 3, LogDays: 4}.Policy()
	want := history.Policy{All: 24 * time.Hour, Hourly: 48 * time.Hour, Daily: 72 * time.Hour, Log: 96 * time.Hour}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
