package account

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"plectica/internal/fault"
	"plectica/internal/wire"
)

// FuzzPerson: what is kept of a name and an e-mail is kept the same when it is given
// again, is text, and is no longer than it may be.
func FuzzPerson(f *testing.F) {
	f.Add("  Ann\tÅ ", "Ann@Example.TEST")
	f.Fuzz(func(t *testing.T, name, email string) {
		if got, err := cleanName(name); err == nil {
			again, err := cleanName(got)
			if err != nil || again != got || !utf8.ValidString(got) || len(got) > wire.MaxName {
				t.Fatalf("name %q is kept as %q, then as %q: %v", name, got, again, err)
			}
		} else if fault.KindOf(err) != fault.Invalid {
			t.Fatal(err)
		}
		if got, err := CleanEmail(email); err == nil {
			again, err := CleanEmail(got)
			if err != nil || again != got {
				t.Fatalf("e-mail %q is kept as %q, then as %q: %v", email, got, again, err)
			}
		} else if fault.KindOf(err) != fault.Invalid {
			t.Fatal(err)
		}
	})
}

// FuzzSecret: a secret has one form; no other text stands for it.
func FuzzSecret(f *testing.F) {
	text, _ := newSecret()
	f.Add(text)
	f.Add(text[:len(text)-1] + "=")
	f.Fuzz(func(t *testing.T, text string) {
		if _, ok := parseSecret(text); !ok {
			return
		}
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || base64.RawURLEncoding.EncodeToString(b) != text {
			t.Fatalf("%q was taken for a secret", text)
		}
	})
}

// FuzzPepper: any pepper file is read, or said to be damaged.
func FuzzPepper(f *testing.F) {
	f.Add("1 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		name := filepath.Join(dir, "pepper")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := loadPeppers(name, false)
		if err == nil && len(p.byVersion[p.current]) != pepperBytes {
			t.Fatalf("pepper %d has %d bytes", p.current, len(p.byVersion[p.current]))
		}
	})
}
