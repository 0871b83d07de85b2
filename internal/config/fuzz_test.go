package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plectica/internal/fault"
)

// FuzzFile: any file is a configuration or an error of a kind; one that is good is
// the same again after it was printed.
func FuzzFile(f *testing.F) {
	f.Add("listen = \":443\"\ndomains = [\"maps.example.org\"]\n[limits]\nconnections = 7\n")
	f.Add(smtp + "username = \"x\"\npassword_file = \"y\"\nport = 465\nsecurity = \"tls\"\n")
	f.Add("[[provider]]\nid = \"own\"\nname = \"Own\"\nissuer = \"https://id.example.org\"\nclient_id = \"c\"\nscopes = [\"email\"]\nallow_private = true\n")
	f.Add("[[deliver]]\nname = \"siem\"\nkind = \"syslog\"\naddress = \"siem.example.org:6514\"\n[[deliver]]\nname = \"files\"\nkind = \"jsonl\"\ndirectory = \"records\"\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		name := filepath.Join(dir, "plectica.toml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(name, nil)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatalf("an error without a kind: %v", err)
			}
			return
		}
		var out bytes.Buffer
		if err := c.Print(&out); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		var again Config
		if err := again.readFile(name); err != nil {
			t.Fatalf("what was printed is not read: %v", err)
		}
		c.redact()
		if diff := cmp.Diff(c, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzEnviron: any environment gives a configuration or an error of a kind.
func FuzzEnviron(f *testing.F) {
	f.Add("PLECTICA_LISTEN=127.0.0.1:0\x00PLECTICA_LIMITS_CONNECTIONS=7\x00PLECTICA_EXTRA_NAMES=a, b,\x00HOME=/")
	f.Add("PLECTICA_MAIL_DRIVER=smtp\x00PLECTICA_MAIL_HOST=localhost\x00PLECTICA_MAIL_SECURITY=none\x00PLECTICA_MAIL_FROM=a@b.c")
	f.Fuzz(func(t *testing.T, all string) {
		if _, err := Load("", strings.Split(all, "\x00")); err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("an error without a kind: %v", err)
		}
	})
}
