package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/deliver"
	"plectica/internal/fault"
)

// authority is some certificate; nobody has its key.
const authority = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUCGeIFhpJzNojnl5ZjHrAIvMYeYAwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMyMzAwNDJaGA8yMTI2MTAzMDIzMDA0
MlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABO1L
VSQ9vFJBXl1WQYmRo3hd/Ls+UNqqUqwHejWM247+7AUZQuN+VZVXllra/CsHbtuP
U5ys2jkIwWvRwLq6hq+jUzBRMB0GA1UdDgQWBBQQjtcMySuyp4cq7tfJS7A1PJ6A
9DAfBgNVHSMEGDAWgBQQjtcMySuyp4cq7tfJS7A1PJ6A9DAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQCDpV9lsOmHh02Zk28rJx5RostBTRMKG17M
Nl6rbGouowIgBZR8A3w3dPKT+XYKvmM+TBzj/7ky1YPXTPzHosFDg88=
-----END CERTIFICATE-----
`

// beside writes a file that only its owner can read, and returns its name.
func beside(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "beside")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const (
	syslogTable = "[[deliver]]\nname = \"siem\"\nkind = \"syslog\"\naddress = \"siem.example.org:6514\"\n"
	jsonlTable  = "[[deliver]]\nname = \"files\"\nkind = \"jsonl\"\ndirectory = \"records\"\n"
)

func webhookTable(secret string) string {
	return fmt.Sprintf("[[deliver]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"https://siem.example.org/x\"\nsecret_file = %q\n", secret)
}

func TestDeliveries(t *testing.T) {
	secret, ca := beside(t, "0123456789abcdef\n"), beside(t, authority)
	name := file(t, "data = \"/var/lib/plectica\"\n"+syslogTable+fmt.Sprintf("ca_file = %q\n", ca)+webhookTable(secret)+"allow_private = true\n"+jsonlTable)
	c, err := Load(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Destinations()
	want := []deliver.Destination{
		{Name: "siem", Kind: deliver.Syslog, Address: "siem.example.org:6514", CA: []byte(authority), Secret: []byte{}},
		{Name: "hook", Kind: deliver.Webhook, URL: "https://siem.example.org/x", Secret: []byte("0123456789abcdef"), AllowPrivate: true},
		{Name: "files", Kind: deliver.JSONL, Directory: "/var/lib/plectica/records", Secret: []byte{}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	var out strings.Builder
	if err := c.Print(&out); err != nil || strings.Contains(out.String(), "0123456789abcdef") {
		t.Errorf("%v\n%s", err, out.String())
	}
	again, err := Load(file(t, out.String()), nil)
	if diff := cmp.Diff(c.Deliveries, again.Deliveries); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, address := range []string{"192.0.2.1:6514", "[2001:db8::1]:6514", "siem:601"} {
		if _, err := Load(file(t, strings.Replace(syslogTable, "siem.example.org:6514", address, 1)), nil); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestBadDeliveries(t *testing.T) {
	secret, short := beside(t, "0123456789abcdef"), beside(t, "short")
	open := beside(t, "0123456789abcdef")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(t.TempDir(), "none")
	with := func(table, old, new string) string { return strings.Replace(table, old, new, 1) }
	for _, c := range []struct{ name, toml, want string }{
		{"unknown key", syslogTable + "protocol = \"udp\"", "deliver.protocol"},
		{"the secret itself", webhookTable(secret) + "secret = \"x\"", "deliver.secret"},
		{"no name", with(syslogTable, "siem", ""), "deliver 1 needs a short name"},
		{"a name of its own kind", with(syslogTable, `"siem"`, `"Siem one"`), "deliver 1 needs a short name"},
		{"a name with a dot", with(syslogTable, `"siem"`, `"a.b"`), "deliver 1 needs a short name"},
		{"twice", syslogTable + with(jsonlTable, "files", "siem"), "deliver siem stands there twice"},
		{"too many", strings.Repeat(syslogTable, deliver.MaxDestinations+1), "more than 8 times"},
		{"no kind", with(syslogTable, "syslog", ""), "deliver siem: kind must be one of syslog, webhook, jsonl"},
		{"another kind", with(syslogTable, "syslog", "splunk"), "must be one of"},
		{"no address", with(syslogTable, "siem.example.org:6514", ""), "deliver siem: address must be host:port"},
		{"no port", with(syslogTable, ":6514", ""), "deliver siem: address"},
		{"port 0", with(syslogTable, "6514", "0"), "deliver siem: address"},
		{"a wrong port", with(syslogTable, "6514", "65536"), "deliver siem: address"},
		{"no host", with(syslogTable, "siem.example.org", ""), "deliver siem: address"},
		{"a URL as an address", with(syslogTable, "siem.example.org", "https://siem.example.org"), "deliver siem: address"},
		{"a directory for syslog", syslogTable + `directory = "x"`, "deliver siem: directory is not for the kind syslog"},
		{"a secret for syslog", syslogTable + `secret_file = "x"`, "deliver siem: secret_file is not for the kind syslog"},
		{"an authority for files", jsonlTable + `ca_file = "x"`, "deliver files: ca_file is not for the kind jsonl"},
		{"no authority's file", syslogTable + fmt.Sprintf("ca_file = %q", none), "deliver siem: ca_file cannot be read"},
		{"a directory as authority", syslogTable + fmt.Sprintf("ca_file = %q", t.TempDir()), "deliver siem: ca_file is no file"},
		{"no certificate", syslogTable + fmt.Sprintf("ca_file = %q", secret), "deliver siem: ca_file must hold certificates"},
		{"half a certificate", syslogTable + fmt.Sprintf("ca_file = %q", beside(t, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")), "holds no certificate"},
		{"no TLS", with(webhookTable(secret), "https", "http"), "deliver hook: url must be an address such as https://"},
		{"a password in a URL", with(webhookTable(secret), "siem.", "u:p@siem."), "deliver hook: url"},
		{"no URL", with(webhookTable(secret), "https://siem.example.org/x", ""), "deliver hook: url"},
		{"no secret", with(webhookTable(secret), "secret_file", "#"), "deliver hook: secret_file must name the file"},
		{"no secret's file", webhookTable(none), "deliver hook: secret_file cannot be read"},
		{"a secret for everybody", webhookTable(open), "chmod o="},
		{"a short secret", webhookTable(short), "at least 16"},
		{"no directory", with(jsonlTable, "records", ""), "deliver files: directory is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(file(t, c.toml), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.Limit {
				t.Errorf("kind %v", k)
			}
		})
	}
	if _, err := Load("", []string{"PLECTICA_DELIVER=x"}); err == nil {
		t.Error("from the environment")
	}
}
