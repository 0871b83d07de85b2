// Package structure holds tests of the repository's own shape: which package may
// import which, how large things may grow, that every rule has its test and the
// core fits a phone. It has no code of its own.
package structure

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// layers is the table: a package may import those of its own layer named before
// it in the same row's imports, and anything of a lower layer.
var layers = []struct {
	name     string
	packages []string
}{
	{"core", []string{"mutant", "fault", "id", "varint", "sysmap", "wire", "typeset", "insight", "snap", "elbow", "layers", "media", "layout", "layout/layouttest", "picture", "gesture", "replica", "desk"}},
	{"decide", []string{"merkle", "proof", "sketch", "risk", "authz", "seq", "seq/seqtest"}},
	{"drive", []string{"datadir", "clock", "blob", "blob/blobtest", "blob/dir", "blob/s3", "store", "store/storetest", "store/sqlstore", "store/sqlite", "store/postgres", "store/postgres/postgrestest", "keyfile", "throttle", "audit", "factor", "factor/factortest", "tlsca", "whence", "intake", "mail", "thumb", "faulty", "outbound", "breach", "oidc", "places"}},
	{"serve", []string{"gate", "notice", "lease", "ledger", "render", "deliver", "history", "archive", "peer", "room", "attach", "exchange", "gallery", "account", "account/accounttest", "share", "org", "backup", "durability", "watch", "lookout", "remedy"}},
	{"edge", []string{"config", "observe", "problem", "caller", "api", "httpd", "operate", "app", "witness"}},
	{"tools", []string{"sim/disk", "sim/oracle", "sim/whim", "history/historytest", "sim", "robot", "cable", "evidence", "torture", "load", "tlsgrade", "watch/life"}},
}

// decideMayUse are contracts that pure packages take their types from.
var decideMayUse = map[string][]string{"seq": {"store"}, "store": {"authz"}}

// forbidden are what the core may not import, by anyone's doing: each would bring
// reflection, clocks or the system into the browser.
var forbidden = []string{
	"fmt", "reflect", "encoding/json", "regexp", "time", "net", "os", "log", "math/rand", "encoding/binary",
	"encoding/hex", "crypto/sha256", "runtime/debug", "errors",
}

// forbiddenDirectly may come with others, as inside strings, but not by our hand.
var forbiddenDirectly = []string{"sync", "sync/atomic", "math/rand/v2", "strings", "bytes"}

// file is one Go file that is not a test.
type file struct {
	path string // from the root
	pkg  string // below internal, or the folder
	ast  *ast.File
	set  *token.FileSet
	src  []byte
}

func goFiles(t *testing.T) []file {
	t.Helper()
	var out []file
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "node_modules" || name == ".git" || name == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, path, src, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(rel)), "internal/")
		out = append(out, file{filepath.ToSlash(rel), pkg, tree, set, src})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func layerOf(pkg string) int {
	for i, l := range layers {
		if slices.Contains(l.packages, pkg) {
			return i
		}
	}
	return -1
}

// TestImportsPointDown holds the table of layers.
func TestImportsPointDown(t *testing.T) {
	for _, f := range goFiles(t) {
		if !strings.HasPrefix(f.path, "internal/") {
			continue
		}
		own := layerOf(f.pkg)
		if own < 0 {
			if !strings.Contains(f.pkg, "/internal/") { // generators
				t.Errorf("%s: package %s is in no layer", f.path, f.pkg)
			}
			continue
		}
		for _, imp := range f.ast.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			to, ours := strings.CutPrefix(path, "plectica/internal/")
			if !ours || slices.Contains(decideMayUse[f.pkg], to) {
				continue
			}
			at := layerOf(to)
			row := layers[own].packages
			if at > own || at == own && slices.Index(row, to) >= slices.Index(row, f.pkg) {
				t.Errorf("%s imports %s, which is not below it", f.path, to)
			}
		}
	}
}

// TestDriversStayAtTheEdge: only app and operate know a driver.
func TestDriversStayAtTheEdge(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, imp := range f.ast.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			driver := strings.HasPrefix(path, "plectica/internal/store/sqlite") || strings.HasPrefix(path, "plectica/internal/store/postgres") || strings.HasPrefix(path, "plectica/internal/blob/dir") || strings.HasPrefix(path, "plectica/internal/blob/s3")
			if driver && f.pkg != "store/postgres/postgrestest" && f.pkg != "app" && f.pkg != "operate" && !strings.HasPrefix(f.path, "bench/") {
				t.Errorf("%s imports the driver %s", f.path, path)
			}
		}
	}
}

// TestCoreIsPure: the core imports nothing that the browser must not carry, and
// starts no goroutine.
func TestCoreIsPure(t *testing.T) {
	core := layers[0].packages
	for _, f := range goFiles(t) {
		if !slices.Contains(core, f.pkg) {
			continue
		}
		for _, imp := range f.ast.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if slices.Contains(forbidden, path) || slices.Contains(forbiddenDirectly, path) {
				t.Errorf("%s imports %s", f.path, path)
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s starts a goroutine", f.set.Position(g.Pos()))
			}
			return true
		})
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "./cmd/core")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, dep := range strings.Fields(string(out)) {
		if slices.Contains(forbidden, dep) {
			t.Errorf("the browser's core depends on %s", dep)
		}
	}
}

// TestPackageComments: one for each package, saying what it is for.
func TestPackageComments(t *testing.T) {
	comments := make(map[string]int)
	for _, f := range goFiles(t) {
		if _, ok := comments[f.pkg]; !ok {
			comments[f.pkg] = 0
		}
		if f.ast.Doc != nil && len(f.ast.Doc.Text()) > 80 {
			comments[f.pkg]++
		}
	}
	for pkg, n := range comments {
		if n != 1 {
			t.Errorf("package %s has %d package comments, want 1", pkg, n)
		}
	}
}

// Marks for sizes, in lines. They remind; they are no cage.
const (
	maxFunction = 70
	maxFile     = 500
	maxPackage  = 2500
)

// tooLong lists what may be larger, with the date it was agreed.
var tooLong = map[string]string{
	"api":             "2026-11-23: one short function for each endpoint; a file for each part",
	"account":         "2026-11-23: one service for what people do with their accounts; a file for each part of it",
	"store/storetest": "2026-11-23: one suite for each contract",
	"store/sqlstore":  "2026-11-23: one text for one contract; a file for each part of it",

	"desk":   "2026-11-23: all that a page calls; a file for each part of it",
	"sysmap": "2026-11-22: the model is one thing; texts would be the first to move out",
}

// TestSizes holds the marks.
func TestSizes(t *testing.T) {
	packages := make(map[string]int)
	for _, f := range goFiles(t) {
		if bytes.Contains(f.src[:min(len(f.src), 200)], []byte("Code generated")) {
			continue
		}
		lines := bytes.Count(f.src, []byte("\n"))
		packages[f.pkg] += lines
		if lines > maxFile && tooLong[f.path] == "" {
			t.Errorf("%s has %d lines", f.path, lines)
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			n := f.set.Position(fn.End()).Line - f.set.Position(fn.Pos()).Line + 1
			if key := f.path + ":" + fn.Name.Name; n > maxFunction && tooLong[key] == "" {
				t.Errorf("%s has %d lines", key, n)
			}
		}
	}
	for pkg, n := range packages {
		if n > maxPackage && tooLong[pkg] == "" {
			t.Errorf("package %s has %d lines", pkg, n)
		}
	}
}

// TestNoHiddenState: no init functions and no package variables that change.
func TestNoHiddenState(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "init" && fn.Recv == nil {
				t.Errorf("%s has an init function", f.path)
			}
		}
	}
}

var ruleRow = regexp.MustCompile(`(?m)^\| ([A-Z]{2}-[0-9]+) \|`)

// TestEveryRuleHasATest: each id in SPEC.md is named by a test.
func TestEveryRuleHasATest(t *testing.T) {
	spec, err := os.ReadFile(filepath.Join(root, "SPEC.md"))
	if err != nil {
		t.Fatal(err)
	}
	var tests bytes.Buffer
	err = filepath.WalkDir(filepath.Join(root, "internal"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		tests.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rules := ruleRow.FindAllStringSubmatch(string(spec), -1)
	if len(rules) < 40 {
		t.Fatalf("only %d rules found", len(rules))
	}
	for _, m := range rules {
		if !regexp.MustCompile(`\b` + m[1] + `\b`).Match(tests.Bytes()) {
			t.Errorf("no test names rule %s", m[1])
		}
	}
}

// TestModulesHaveReasons: every direct module says in go.mod what it is for.
func TestModulesHaveReasons(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !strings.HasPrefix(fields[1], "v") || strings.HasPrefix(line, "module") {
			continue
		}
		if !strings.Contains(line, "//") {
			t.Errorf("no reason for %s", fields[0])
		}
	}
}

// maxCore is the size of the core in bytes as browsers fetch it.
const maxCore = 600_000

// TestCoreFitsABudget: the core as built, compressed as it is served.
func TestCoreFitsABudget(t *testing.T) {
	info, err := os.Stat(filepath.Join(root, "ui/dist/core.wasm.br"))
	if err != nil {
		t.Skip("the web interface is not built: make build")
	}
	if info.Size() > maxCore {
		t.Errorf("core.wasm.br has %d bytes, budget %d", info.Size(), maxCore)
	}
	t.Logf("core.wasm.br: %d bytes", info.Size())
}
