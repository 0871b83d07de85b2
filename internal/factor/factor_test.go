package factor

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"plectica/internal/factor/factortest"
	"plectica/internal/fault"
	"plectica/internal/keyfile"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, keyfile.Bytes) }

// TestSealed: a secret opens for its owner alone, with the key it was sealed with.
func TestSealed(t *testing.T) {
	old := NewSealer(keyfile.New(1, map[int][]byte{1: key(1)}))
	now := NewSealer(keyfile.New(2, map[int][]byte{1: key(1), 2: key(2)}))
	other := NewSealer(keyfile.New(1, map[int][]byte{1: key(9)}))
	sealed, err := old.Seal([]byte("secret"), []byte("ada"))
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := old.Seal([]byte("secret"), []byte("ada")); bytes.Equal(sealed, again) || bytes.Contains(sealed, []byte("secret")) {
		t.Errorf("sealed twice as %x", sealed)
	}
	for _, s := range []Sealer{old, now} {
		if got, err := s.Open(sealed, []byte("ada")); err != nil || string(got) != "secret" {
			t.Errorf("opened %q, %v", got, err)
		}
	}
	newer, err := now.Seal([]byte("secret"), []byte("ada"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	for what, open := range map[string]func() ([]byte, error){
		"another's":     func() ([]byte, error) { return old.Open(sealed, []byte("bob")) },
		"another key":   func() ([]byte, error) { return other.Open(sealed, []byte("ada")) },
		"a later key":   func() ([]byte, error) { return old.Open(newer, []byte("ada")) },
		"changed":       func() ([]byte, error) { return old.Open(flipped, []byte("ada")) },
		"cut":           func() ([]byte, error) { return old.Open(sealed[:20], []byte("ada")) },
		"nothing":       func() ([]byte, error) { return old.Open(nil, []byte("ada")) },
		"a version":     func() ([]byte, error) { return old.Open(sealed[:2], []byte("ada")) },
		"another's key": func() ([]byte, error) { return old.Open(append([]byte{0, 2}, sealed[2:]...), []byte("ada")) },
	} {
		if got, err := open(); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
}

// TestCodes: the test vectors of RFC 6238, cut to six digits, and the bounds of time.
func TestCodes(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		if got, err := Code(secret, time.Unix(at, 0)); err != nil || got != want {
			t.Errorf("at %d: %s, %v, want %s", at, got, err, want)
		}
	}
	now := time.Unix(1111111111, 0) // one second into a step
	this := step(now)
	for _, c := range []struct {
		text  string
		at    time.Duration
		after int64
		want  bool
	}{
		{"050471", 0, 0, true}, {" 050 471\u00a0", 0, 0, true}, {"050-471", 0, 0, true},
		{"050471", -Period, 0, true}, {"050471", Period, 0, true},
		{"050471", -2 * Period, 0, false}, {"050471", 2 * Period, 0, false},
		{"050471", 0, this, false}, {"050471", 0, this + 5, false}, {"050471", 0, this - 1, true},
		{"", 0, 0, false}, {"50471", 0, 0, false}, {"0504710", 0, 0, false}, {"050472", 0, 0, false}, {"٠٥٠٤٧١", 0, 0, false},
		{strings.Repeat("0", 1<<16), 0, 0, false},
	} {
		got, ok, err := FitsCode(secret, c.text, now.Add(c.at), c.after)
		if err != nil || ok != c.want || ok && got != this {
			t.Errorf("%.20q %v off, after %d: step %d, %v, %v, want %v", c.text, c.at, c.after, got, ok, err, c.want)
		}
	}
	text, uri := CodesText(secret, "Plectica at work", "a+b@example.test")
	u, err := url.Parse(uri)
	if err != nil || text != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" {
		t.Fatalf("%q, %v", text, err)
	}
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Plectica at work:a+b@example.test" || u.Query().Get("secret") != text ||
		u.Query().Get("issuer") != "Plectica at work" || strings.Contains(u.RawQuery, "+") {
		t.Errorf("address %s", uri)
	}
	if a, b := NewCodes(), NewCodes(); len(a) != secretBytes || bytes.Equal(a, b) {
		t.Errorf("secrets %x and %x", a, b)
	}
}

func TestRecoveryCodes(t *testing.T) {
	texts, hashes := NewRecovery()
	if len(texts) != RecoveryCodes || len(hashes) != RecoveryCodes {
		t.Fatalf("%d codes, %d hashes", len(texts), len(hashes))
	}
	for i, text := range texts {
		if len(text) != 29 || strings.Count(text, "-") != 5 || slices.Contains(texts[:i], text) {
			t.Errorf("code %q", text)
		}
		for _, typed := range []string{text, strings.ToUpper(text), strings.ReplaceAll(text, "-", ""), " " + strings.ReplaceAll(text, "-", " ") + "\t",
			strings.ReplaceAll(text, "0", "O"), strings.ReplaceAll(text, "1", "l"), strings.ReplaceAll(text, "1", "I")} {
			if h, ok := ParseRecovery(typed); !ok || h != hashes[i] {
				t.Errorf("%q typed as %q: %v", text, typed, ok)
			}
		}
	}
	for _, text := range []string{"", texts[0][:28], texts[0] + "0", strings.Repeat("u", 24), strings.Repeat("é", 12), strings.Repeat("-", 100) + texts[0]} {
		if _, ok := ParseRecovery(text); ok {
			t.Errorf("%q was taken for a code", text)
		}
	}
}

// FuzzRecovery: whatever is typed is read as one code or as none, and what is not part
// of a code changes nothing.
func FuzzRecovery(f *testing.F) {
	f.Add("0123-4567-89ab-cdef-ghjk-mnpq")
	f.Add("OIL0 OIL0 OIL0 OIL0 OIL0 OIL0")
	f.Fuzz(func(t *testing.T, text string) {
		h, ok := ParseRecovery(text)
		if !ok {
			return
		}
		if again, ok := ParseRecovery(strings.ToUpper(strings.ReplaceAll(text, "-", ""))); !ok || again != h {
			t.Fatalf("%q is another code in capitals", text)
		}
	})
}

func TestTokens(t *testing.T) {
	text, hash, hint := NewToken()
	if len(text) != tokenLength || !strings.HasPrefix(text, TokenPrefix) || !strings.HasSuffix(text, hint) || len(hint) != tokenHint {
		t.Errorf("token %q, hint %q", text, hint)
	}
	if h, ok := ParseToken(text); !ok || h != hash {
		t.Error("a token is not read back")
	}
	for _, bad := range []string{
		"", text[:len(text)-1], text + "x", "plek_" + text[5:], text[:48] + "-" + text[49:], text[:len(text)-6] + "000000",
		strings.ToUpper(text), text[:10] + string(text[10]^1) + text[11:], text[:10] + "\n" + text[11:],
	} {
		if _, ok := ParseToken(bad); ok {
			t.Errorf("%q was taken for a token", bad)
		}
	}
	// The checksum is right, but the last character has bits to spare.
	body := TokenPrefix + strings.Repeat("A", tokenChars-1) + "B"
	if _, ok := ParseToken(body + "_" + checksum(body)); ok {
		t.Error("a token has two forms")
	}
}

// FuzzToken: a token has one form; no other text stands for it.
func FuzzToken(f *testing.F) {
	text, _, _ := NewToken()
	f.Add(text)
	body := TokenPrefix + strings.Repeat("A", tokenChars)
	f.Add(body + "_" + checksum(body))
	f.Fuzz(func(t *testing.T, text string) {
		h, ok := ParseToken(text)
		if !ok {
			return
		}
		for i := range len(text) {
			if other, ok := ParseToken(text[:i] + string(text[i]^1) + text[i+1:]); ok && other == h {
				t.Fatalf("%q has another form", text)
			}
		}
	})
}

const origin = "https://maps.example.test"

func own() []string {
	return []string{origin, "https://localhost:8443", "https://127.0.0.1:8443", "https://[::1]:8443"}
}

func site(t testing.TB, origin string) Site {
	t.Helper()
	s, err := SiteOf("Plectica", origin, own())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSiteOf(t *testing.T) {
	for o, want := range map[string]string{origin: "maps.example.test", "https://localhost:8443": "localhost"} {
		if s := site(t, o); s.RP != want || s.Origin != o {
			t.Errorf("%s: %+v", o, s)
		}
	}
	for o, want := range map[string]fault.Kind{
		"": fault.Permission, "https://evil.test": fault.Permission, "https://maps.example.test.evil.test": fault.Permission, "null": fault.Permission,
		"http://maps.example.test": fault.Permission, "https://maps.example.test:8443": fault.Permission,
		"https://127.0.0.1:8443": fault.Invalid, "https://[::1]:8443": fault.Invalid,
	} {
		_, err := SiteOf("Plectica", o, own())
		if !fault.Is(err, want) {
			t.Errorf("%s: %v, want %v", o, err, want)
		}
		if want == fault.Invalid && !strings.Contains(err.Error(), "by its name") {
			t.Errorf("%s: %v does not say what to do", o, err)
		}
	}
}

func register(t testing.TB, d *factortest.Device, o Owner) Passkey {
	t.Helper()
	opts, c, err := site(t, origin).Register(o)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Registered(d.Create(t, opts))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ada() Owner { return Owner{Email: "ada@example.test", Name: "Ada"} }

func TestPasskey(t *testing.T) {
	d := factortest.New(origin)
	p := register(t, d, ada())
	if p.RP != "maps.example.test" || len(p.Handle) != handleBytes || !bytes.Equal(p.Handle, d.Handle()) || !slices.Equal(p.Transports, []string{"internal"}) {
		t.Errorf("passkey %+v", p)
	}
	b, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if p, err = DecodePasskey(b); err != nil {
		t.Fatal(err)
	}
	for what, o := range map[string]Owner{"anybody's": {}, "of one": {Handle: p.Handle, Keys: []Passkey{p}}} {
		opts, c, err := site(t, origin).Ask(o)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(opts), `"userVerification":"required"`) {
			t.Errorf("options %s", opts)
		}
		d.Mute = what == "of one"
		a, err := ParseAnswer(d.Get(t, opts))
		if err != nil || a.Hash() != p.Hash() {
			t.Fatalf("%s: %v", what, err)
		}
		if _, copied, err := c.Check(a, p); err != nil || copied {
			t.Errorf("%s: %v, copied %v", what, err, copied)
		}
	}
	second := ada()
	second.Handle, second.Keys = p.Handle, []Passkey{p}
	opts, _, err := site(t, origin).Register(second)
	if err != nil {
		t.Fatal(err)
	}
	var made struct {
		Exclude []struct{ ID string } `json:"excludeCredentials"`
		User    struct{ ID string }
	}
	if err := json.Unmarshal(opts, &made); err != nil || len(made.Exclude) != 1 {
		t.Errorf("a device could be registered twice: %s, %v", opts, err)
	}
	if _, _, err := site(t, "https://localhost:8443").Ask(Owner{Handle: p.Handle, Keys: []Passkey{p}}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a passkey of another name: %v", err)
	}
}

// TestPasskeyRefusals: what is wrong in an answer makes it no answer.
func TestPasskeyRefusals(t *testing.T) {
	for what, change := range map[string]func(d *factortest.Device){
		"another site":     func(d *factortest.Device) { d.Origin = "https://evil.test" },
		"another name":     func(d *factortest.Device) { d.RP = "evil.test" },
		"own, not asked":   func(d *factortest.Device) { d.Origin = "https://localhost:8443" },
		"in the clear":     func(d *factortest.Device) { d.Origin = "http://maps.example.test" },
		"nobody verified":  func(d *factortest.Device) { d.Flags = factortest.Present },
		"nobody there":     func(d *factortest.Device) { d.Flags = factortest.Verified },
		"in a frame":       func(d *factortest.Device) { d.Cross = true },
		"backed up, never": func(d *factortest.Device) { d.Flags |= 1 << 4 },
	} {
		d := factortest.New(origin)
		p := register(t, d, ada())
		change(d)
		opts, c, err := site(t, origin).Ask(Owner{})
		if err != nil {
			t.Fatal(err)
		}
		a, err := ParseAnswer(d.Get(t, opts))
		if err == nil {
			_, _, err = c.Check(a, p)
		}
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("sign-in, %s: %v", what, err)
		}
		fresh := factortest.New(origin)
		change(fresh)
		opts, c, err = site(t, origin).Register(ada())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Registered(fresh.Create(t, opts)); !fault.Is(err, fault.Invalid) {
			t.Errorf("registration, %s: %v", what, err)
		}
	}
}

func TestPasskeyOfAnother(t *testing.T) {
	d, e := factortest.New(origin), factortest.New(origin)
	p, q := register(t, d, ada()), register(t, e, Owner{Email: "eve@example.test", Name: "Eve"})
	opts, c, err := site(t, origin).Ask(Owner{Handle: p.Handle, Keys: []Passkey{p}})
	if err != nil {
		t.Fatal(err)
	}
	parse := func(body []byte) Answer {
		a, err := ParseAnswer(body)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	_, other, err := site(t, origin).Ask(Owner{})
	if err != nil {
		t.Fatal(err)
	}
	for what, check := range map[string]func() error{
		"another's passkey":   func() error { _, _, err := c.Check(parse(e.Get(t, opts)), q); return err },
		"another key":         func() error { _, _, err := c.Check(parse(d.Forge(t, opts)), p); return err },
		"another challenge":   func() error { _, _, err := other.Check(parse(d.Get(t, opts)), p); return err },
		"for another's entry": func() error { _, _, err := other.Check(parse(d.Get(t, opts)), q); return err },
	} {
		if err := check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestPasskeyCounts: one that counts backwards is refused; one that never counts is not.
func TestPasskeyCounts(t *testing.T) {
	d := factortest.New(origin)
	d.Count = 5
	p := register(t, d, ada())
	for _, c := range []struct {
		count uint32
		want  bool
	}{{6, true}, {9, true}, {9, false}, {7, false}, {0, false}, {10, true}} {
		opts, ch, err := site(t, origin).Ask(Owner{})
		if err != nil {
			t.Fatal(err)
		}
		d.Count = c.count
		a, err := ParseAnswer(d.Get(t, opts))
		if err != nil {
			t.Fatal(err)
		}
		now, copied, err := ch.Check(a, p)
		if (err == nil) != c.want || copied == c.want {
			t.Errorf("count %d after %d: %v, copied %v", c.count, p.Count, err, copied)
		}
		if err == nil {
			p = now
		}
	}
}

// FuzzPasskey: whatever comes instead of an answer is refused, without a panic.
func FuzzPasskey(f *testing.F) {
	d := factortest.New(origin)
	opts, reg, err := site(f, origin).Register(ada())
	if err != nil {
		f.Fatal(err)
	}
	made := d.Create(f, opts)
	p, err := reg.Registered(made)
	if err != nil {
		f.Fatal(err)
	}
	asked, c, err := site(f, origin).Ask(Owner{})
	if err != nil {
		f.Fatal(err)
	}
	answer := d.Get(f, asked)
	f.Add(made)
	f.Add(answer)
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := reg.Registered(body); err == nil && !bytes.Equal(got.Handle, p.Handle) {
			t.Fatal("a passkey of nobody")
		}
		a, err := ParseAnswer(body)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		if now, _, err := c.Check(a, p); err == nil && (now.Count != p.Count || a.Hash() != p.Hash()) {
			t.Fatal("another answer holds")
		}
	})
}
