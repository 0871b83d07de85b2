package config

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
)

const theSecret = "s3cret-of-the-client"

func secretFile(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return name
}

func TestProviders(t *testing.T) {
	secret := secretFile(t, theSecret+"\n", 0o640)
	got, err := Load(file(t, fmt.Sprintf(`
[[provider]]
id = "google"
preset = "google"
client_id = "1.apps.example"
client_secret_file = %q
hosted_domain = "example.org"

[[provider]]
id = "own-1"
name = "Own identity"
issuer = "https://id.example.org/realms/all"
client_id = "plectica"
scopes = ["email", "urn:own:groups"]
allow_private = true
`, secret)), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Provider{
		{ID: "google", Preset: "google", ClientID: "1.apps.example", ClientSecretFile: secret, HostedDomain: "example.org"},
		{ID: "own-1", Name: "Own identity", Issuer: "https://id.example.org/realms/all", ClientID: "plectica", Scopes: []string{"email", "urn:own:groups"}, AllowPrivate: true},
	}
	if diff := cmp.Diff(want, got.Providers); diff != "" {
		t.Error(diff)
	}
	if s, err := got.Providers[0].Secret(); s != theSecret || err != nil {
		t.Errorf("%q, %v", s, err)
	}
	if s, err := got.Providers[1].Secret(); s != "" || err != nil {
		t.Errorf("%q, %v", s, err)
	}
	var out strings.Builder
	if err := got.Print(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), theSecret) || !strings.Contains(out.String(), secret) {
		t.Errorf("printed\n%s", &out)
	}
	again, err := Load(file(t, out.String()), nil)
	if diff := cmp.Diff(got.Providers, again.Providers, cmp.Transformer("nil", func(s []string) []string { return append([]string{}, s...) })); err != nil || diff != "" {
		t.Errorf("read back: %v\n%s", err, diff)
	}
}

func TestBadProviders(t *testing.T) {
	good := map[string]string{"id": `"own"`, "name": `"Own"`, "issuer": `"https://id.example.org"`, "client_id": `"plectica"`}
	many := make([]string, maxScopes+1)
	for i := range many {
		many[i] = fmt.Sprintf("%q", fmt.Sprint("s", i))
	}
	for _, c := range []struct{ name, key, value, want string }{
		{"no id", "id", `""`, "provider 1 needs an id"},
		{"large id", "id", `"Own"`, "needs an id"},
		{"path as id", "id", `"a/b"`, "needs an id"},
		{"long id", "id", `"` + strings.Repeat("a", 33) + `"`, "needs an id"},
		{"unknown preset", "preset", `"goggle"`, "provider own: preset must be one of"},
		{"no name", "name", `""`, "provider own: name is missing"},
		{"name of two lines", "name", `"a\nb"`, "name must be one short line"},
		{"no client", "client_id", `""`, "client_id must be"},
		{"no issuer", "issuer", `""`, "issuer must be an address"},
		{"plain issuer", "issuer", `"http://id.example.org"`, "issuer must be an address"},
		{"issuer without scheme", "issuer", `"id.example.org"`, "issuer must be an address"},
		{"issuer with a user", "issuer", `"https://a:b@id.example.org"`, "issuer must be an address"},
		{"issuer with a query", "issuer", `"https://id.example.org?a=b"`, "issuer must be an address"},
		{"issuer with a fragment", "issuer", `"https://id.example.org#a"`, "issuer must be an address"},
		{"issuer without host", "issuer", `"https://:443"`, "issuer must be an address"},
		{"issuer beside the preset", "preset", `"google"`, "comes with the preset"},
		{"scope with a space", "scopes", `["email profile"]`, "no scope"},
		{"many scopes", "scopes", "[" + strings.Join(many, ",") + "]", "more than 20"},
		{"hosted domain with a scheme", "hosted_domain", `"https://example.org"`, "hosted_domain must be"},
		{"hosted domain in capitals", "hosted_domain", `"Example.org"`, "hosted_domain must be"},
		{"secret in the file", "client_secret", `"x"`, "unknown key"},
		{"no secret file", "client_secret_file", `"/nowhere/secret"`, "client_secret_file cannot be read"},
		{"folder as secret", "client_secret_file", fmt.Sprintf("%q", t.TempDir()), "is no file"},
		{"device as secret", "client_secret_file", `"/dev/zero"`, "is no file"},
		{"empty secret", "client_secret_file", fmt.Sprintf("%q", secretFile(t, "\n", 0o600)), "one line"},
		{"two secrets", "client_secret_file", fmt.Sprintf("%q", secretFile(t, "a\nb\n", 0o600)), "one line"},
		{"huge secret", "client_secret_file", fmt.Sprintf("%q", secretFile(t, strings.Repeat("x", maxSecretBytes+1), 0o600)), "one line"},
		{"huge secret after spaces", "client_secret_file", fmt.Sprintf("%q", secretFile(t, "  "+strings.Repeat("x", maxSecretBytes), 0o600)), "one line"},
		{"secret for everybody", "client_secret_file", fmt.Sprintf("%q", secretFile(t, theSecret, 0o604)), "open to everybody"},
		{"secret of everybody", "client_secret_file", fmt.Sprintf("%q", secretFile(t, theSecret, 0o602)), "open to everybody"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && (strings.Contains(c.name, "everybody") || strings.Contains(c.name, "device")) {
				t.Skip("Windows has neither such modes nor such devices")
			}
			all := map[string]string{c.key: c.value}
			for k, v := range good {
				if _, ok := all[k]; !ok {
					all[k] = v
				}
			}
			wantBad(t, table(all), c.want)
		})
	}
	wantBad(t, table(good)+table(good), "provider own stands there twice")
	many = nil
	for i := range 21 {
		many = append(many, strings.Replace(table(good), `"own"`, fmt.Sprintf("\"own-%d\"", i), 1))
	}
	wantBad(t, strings.Join(many, ""), "more than 20")
	wantBad(t, table(map[string]string{"id": `"g"`, "preset": `"google"`, "client_id": `"c"`}), "client_secret_file is missing")
	if _, err := Load(file(t, strings.Join(many[:20], "")), nil); err != nil {
		t.Error(err)
	}
	// A table has no place in the environment.
	for _, v := range []string{"PLECTICA_PROVIDER=x", "PLECTICA_PROVIDER_ID=x", "PLECTICA_PROVIDER_0_ID=x"} {
		if _, err := Load("", []string{v}); err == nil || !strings.Contains(err.Error(), "unknown variable") {
			t.Errorf("%s: %v", v, err)
		}
	}
}

func table(all map[string]string) string {
	out := "[[provider]]\n"
	for k, v := range all {
		out += k + " = " + v + "\n"
	}
	return out
}

func wantBad(t *testing.T, text, want string) {
	t.Helper()
	_, err := Load(file(t, text), nil)
	if err == nil || !strings.Contains(err.Error(), want) || fault.KindOf(err) != fault.Invalid {
		t.Errorf("error %v of kind %v, want one with %q", err, fault.KindOf(err), want)
	}
	if err != nil && strings.Contains(err.Error(), theSecret) {
		t.Errorf("the error tells the secret: %v", err)
	}
}
