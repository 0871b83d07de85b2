package structure

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// cryptography is the page that lists where ciphers, hashes and randomness are used.
const cryptography = "docs/security/cryptography.md"

// unwanted are packages that nothing imports: broken ciphers and hashes, and readers of
// forms that have made others run what was sent to them.
var unwanted = []string{
	"crypto/md5", "crypto/sha1", "crypto/des", "crypto/rc4", "crypto/dsa", "math/rand",
	"encoding/gob", "encoding/xml", "plugin", "net/rpc", "net/http/cgi", "net/http/fcgi", "net/http/pprof", "expvar",
}

// mayTemplate are packages that fill in templates; what they are made of is in the program.
var mayTemplate = []string{"mail"}

func isCrypto(path string) bool {
	return strings.HasPrefix(path, "crypto/") || strings.HasPrefix(path, "golang.org/x/crypto/") || strings.HasPrefix(path, "math/rand") ||
		strings.Contains(path, "/go-jose/") || strings.Contains(path, "/go-webauthn/") || strings.Contains(path, "/pquerna/otp") || strings.HasPrefix(path, "filippo.io/age")
}

// TestCryptographyIsListed: the page names, for each package of the server, just what it
// imports of that kind.
func TestCryptographyIsListed(t *testing.T) {
	used, listed := map[string][]string{}, map[string][]string{}
	for _, f := range goFiles(t) {
		if layerOf(f.pkg) < 0 && f.pkg != "cmd/plectica" || layerOf(f.pkg) == len(layers)-1 || strings.HasSuffix(f.pkg, "test") {
			continue
		}
		for _, imp := range f.ast.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if isCrypto(path) && !slices.Contains(used[f.pkg], path) {
				used[f.pkg] = append(used[f.pkg], path)
			}
		}
	}
	name := regexp.MustCompile("`([^`]+)`")
	for _, line := range regexp.MustCompile("(?m)^\\| `([a-z0-9/]+)` \\| ([^|]+) \\|").FindAllStringSubmatch(read(cryptography), -1) {
		for _, m := range name.FindAllStringSubmatch(line[2], -1) {
			listed[line[1]] = append(listed[line[1]], m[1])
		}
	}
	for _, m := range []map[string][]string{used, listed} {
		for pkg := range m {
			slices.Sort(used[pkg])
			slices.Sort(listed[pkg])
			if !slices.Equal(used[pkg], listed[pkg]) {
				t.Errorf("%s imports %q, %s lists %q", pkg, used[pkg], cryptography, listed[pkg])
			}
		}
	}
}

// TestUnwantedPackages holds the lists above.
func TestUnwantedPackages(t *testing.T) {
	for _, f := range goFiles(t) {
		if strings.HasPrefix(f.path, "attack/") || strings.HasPrefix(f.path, "bench/") {
			continue // tools read what other tools write
		}
		for _, imp := range f.ast.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			template := path == "text/template" || path == "html/template"
			if f.pkg == "breach" && path == "crypto/sha1" {
				continue // the lists that it asks are kept by it
			}
			if slices.Contains(unwanted, path) || template && !slices.Contains(mayTemplate, f.pkg) {
				t.Errorf("%s imports %s", f.path, path)
			}
		}
	}
}

// TestPasswordField: what is typed is hidden until its owner wants to see it, programs
// that keep passwords know it, it may be pasted, and is as long as anybody likes. The
// pages have no other field for a password of an account.
func TestPasswordField(t *testing.T) {
	const field = "ui/src/pages/Password.svelte"
	text := read(field)
	for _, want := range []string{"'text' : 'password'", "'new-password'", "'current-password'"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s has no %s", field, want)
		}
	}
	for _, never := range []string{"onpaste", "maxlength", "preventDefault", "autocomplete=\"off\""} {
		if strings.Contains(text, never) {
			t.Errorf("%s has %s", field, never)
		}
	}
	// The password of a link is nobody's: it is written down to be passed on.
	others := map[string]bool{"ui/src/pages/OpenLink.svelte": true, field: true}
	for _, path := range svelteFiles(t) {
		if s := read(path); !others[path] && (strings.Contains(s, `type="password"`) || strings.Contains(s, "current-password") || strings.Contains(s, "new-password")) {
			t.Errorf("%s has a field of its own for passwords", path)
		}
	}
}

// TestNothingIsEvaluated: no script of the pages makes code or a document of a text, or
// listens to other windows.
func TestNothingIsEvaluated(t *testing.T) {
	never := regexp.MustCompile(`\beval\(|new Function\(|\.innerHTML\s*=|\.outerHTML\s*=|insertAdjacentHTML|document\.write|\{@html|DOMParser|(window|globalThis)\.addEventListener\('message'|\.parent\.postMessage|\.opener\b`)
	for _, path := range svelteFiles(t) {
		if found := never.FindString(read(path)); found != "" {
			t.Errorf("%s has %s", path, found)
		}
	}
}

// svelteFiles are the sources of the pages that are no tests.
func svelteFiles(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root, "ui/src"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".test.ts") || !strings.HasSuffix(path, ".ts") && !strings.HasSuffix(path, ".svelte") {
			return err
		}
		rel, err := filepath.Rel(root, path)
		all = append(all, filepath.ToSlash(rel))
		return err
	})
	if err != nil || len(all) < 50 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all
}
