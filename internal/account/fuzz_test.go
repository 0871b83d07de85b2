package account

import (
	"encoding/base64"
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
