package structure

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ledger says of every requirement of OWASP ASVS 5.0.0 whether it applies and what
// shows that it is met. requirements is the standard itself, where there is a copy.
const (
	ledger       = "docs/security/asvs.csv"
	requirements = "../shared/asvs/asvs-5.0.0-en.csv"
)

// whole are chapters that are met up to their second level; of all others the first.
var whole = []string{"V3", "V6", "V7", "V8", "V10", "V12"}

// agreed are rows of those that wait all the same, each with its reason.
var agreed = map[string]string{}

// row is one requirement.
type row struct{ id, level, applies, why, test string }

// due reports whether a row may not wait.
func (r row) due() bool {
	chapter, _, _ := strings.Cut(r.id, ".")
	return agreed[r.id] == "" && (r.level == "1" || r.level == "2" && slices.Contains(whole, chapter))
}

// wrong says what is wrong with a row, and nothing if nothing is.
func (r row) wrong() (all []string) {
	if !regexp.MustCompile(`^V\d+\.\d+\.\d+$`).MatchString(r.id) {
		all = append(all, "no id of a requirement")
	}
	if !slices.Contains([]string{"1", "2", "3"}, r.level) {
		all = append(all, "a level is 1, 2 or 3")
	}
	if len(r.why) < 15 || !strings.HasSuffix(r.why, ".") {
		all = append(all, "why is a sentence")
	}
	switch r.applies {
	case "yes":
		if r.test == "" {
			all = append(all, "yes, and nothing shows it")
		}
	case "no":
	case "later":
		if r.due() {
			all = append(all, "this one may not wait")
		}
	default:
		all = append(all, "applies is yes, no or later")
	}
	if r.test == "" {
		return all
	}
	for ref := range strings.SplitSeq(r.test, "; ") {
		if what := missing(ref); what != "" {
			all = append(all, ref+": "+what)
		}
	}
	return all
}

// missing says what of a test's name is not in the tree: internal/x TestY, a file of
// browser tests with a title, a page of docs with a heading, or a target of the Makefile.
func missing(ref string) string {
	if name, heading, ok := strings.Cut(ref, "#"); ok && strings.HasPrefix(ref, "docs/") {
		text := read(name)
		for line := range strings.Lines(text) {
			if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && line[0] == '#' && slug(title) == heading {
				return ""
			}
		}
		return "no such heading"
	}
	if name, title, ok := strings.Cut(ref, ": "); ok {
		text := read(name)
		switch {
		case name == "Makefile" && regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(title)+`:`).MatchString(text):
			return ""
		case strings.HasSuffix(name, ".test.ts") && (strings.Contains(text, "'"+title+"'") || strings.Contains(text, `"`+title+`"`)):
			return ""
		}
		return "no such file, title or target"
	}
	dir, name, ok := strings.Cut(ref, " ")
	if !ok || !regexp.MustCompile(`^(Test|Fuzz|Benchmark)\w+$`).MatchString(name) {
		return "names no test"
	}
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	if err != nil {
		return err.Error()
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err == nil && strings.Contains(string(b), "\nfunc "+name+"(") {
			return ""
		}
	}
	return "no such test"
}

func read(name string) string {
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return ""
	}
	return string(b)
}

// slug is a heading as links name it.
func slug(title string) string {
	title = regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
	return strings.ReplaceAll(title, " ", "-")
}

// rows reads a table whose first line names its columns.
func rows(t *testing.T, file string, columns ...string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for _, line := range all[1:] {
		var cells []string
		for _, c := range columns {
			i := slices.Index(all[0], c)
			if i < 0 {
				t.Fatalf("%s has no column %s", file, c)
			}
			cells = append(cells, line[i])
		}
		out = append(out, cells)
	}
	return out
}

// less orders ids by their numbers.
func less(a, b string) int {
	num := func(s string) (out []int) {
		for part := range strings.SplitSeq(strings.TrimPrefix(s, "V"), ".") {
			n, _ := strconv.Atoi(part) // what is no number was said before
			out = append(out, n)
		}
		return out
	}
	return slices.Compare(num(a), num(b))
}

// TestASVS: the ledger is whole, in order, and names what is there.
func TestASVS(t *testing.T) {
	var ids []string
	levels := map[string]string{}
	for _, c := range rows(t, ledger, "id", "level", "applies", "why", "test") {
		r := row{c[0], c[1], c[2], c[3], c[4]}
		for _, what := range r.wrong() {
			t.Errorf("%s: %s", r.id, what)
		}
		ids, levels[r.id] = append(ids, r.id), r.level
	}
	for i := 1; i < len(ids); i++ {
		if less(ids[i-1], ids[i]) >= 0 {
			t.Errorf("%s after %s", ids[i], ids[i-1])
		}
	}
	for id := range agreed {
		if levels[id] == "" {
			t.Errorf("%s is agreed to wait, and is no row", id)
		}
	}
	if _, err := os.Stat(filepath.Join(root, requirements)); errors.Is(err, fs.ErrNotExist) {
		t.Skip("there is no copy of the standard beside the repository; its ids are not compared")
	}
	n := 0
	for _, c := range rows(t, requirements, "req_id", "L") {
		if n++; levels[c[0]] != c[1] {
			t.Errorf("%s has level %q here, %s in the standard", c[0], levels[c[0]], c[1])
		}
	}
	if n != len(ids) {
		t.Errorf("%d rows for %d requirements", len(ids), n)
	}
}

// TestASVSIsChecked: what is wrong in a row is found.
func TestASVSIsChecked(t *testing.T) {
	good := row{"V6.2.1", "1", "yes", "Fifteen characters at least.", "internal/structure TestASVS; ui/e2e/access.test.ts: and no error; docs/security/attack.md#explained; Makefile: attack"}
	if all := good.wrong(); all != nil {
		t.Fatal(all)
	}
	for name, change := range map[string]func(r *row){
		"id":            func(r *row) { r.id = "6.2.1" },
		"level":         func(r *row) { r.level = "4" },
		"no reason":     func(r *row) { r.why = "" },
		"no judgement":  func(r *row) { r.applies = "maybe" },
		"no test":       func(r *row) { r.test = "" },
		"unknown test":  func(r *row) { r.test = "internal/structure TestOfNothing" },
		"its beginning": func(r *row) { r.test = "internal/structure TestASV" },
		"other package": func(r *row) { r.test = "internal/account TestASVS" },
		"no function":   func(r *row) { r.test = "internal/structure" },
		"one of two":    func(r *row) { r.test += "; internal/structure TestOfNothing" },
		"title":         func(r *row) { r.test = "ui/e2e/access.test.ts: is not there" },
		"file":          func(r *row) { r.test = "ui/e2e/nothing.test.ts: and no error" },
		"heading":       func(r *row) { r.test = "docs/security/attack.md#explain" },
		"page":          func(r *row) { r.test = "docs/security/nothing.md#explained" },
		"target":        func(r *row) { r.test = "Makefile: attac" },
		"may not wait":  func(r *row) { r.applies, r.test = "later", "" },
		"nor level two": func(r *row) { r.applies, r.test, r.level = "later", "", "2" },
	} {
		r := good
		change(&r)
		if len(r.wrong()) != 1 {
			t.Errorf("%s: %q", name, r.wrong())
		}
	}
	late := row{"V16.4.2", "2", "later", "With the audit log.", ""}
	if all := late.wrong(); all != nil {
		t.Errorf("%s: %q", late.id, all)
	}
}
