package watch

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const pages = "../../docs/security/detections"

// TestPages: every kind has a page and every page a kind; a page has the figures that the
// index has.
func TestPages(t *testing.T) {
	files, err := filepath.Glob(pages + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	index := page(t, "README.md")
	var names []string
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".md"); name != "README" {
			names = append(names, name)
		}
	}
	for _, k := range Kinds() {
		if !slices.Contains(names, string(k)) {
			t.Errorf("%s has no page", k)
			continue
		}
		text := page(t, string(k)+".md")
		if !strings.HasPrefix(text, "# "+string(k)+": ") || !strings.Contains(index, "("+string(k)+".md)") {
			t.Errorf("%s: its page has another name, or the index leads to none", k)
		}
		rows := regexp.MustCompile(`(?m)^\| `+string(k)+` \| (naive|careful|targeted) \|.*$`).FindAllString(index, -1)
		if len(rows) != 3 {
			t.Errorf("%s has %d rows in the index", k, len(rows))
		}
		for _, row := range rows {
			if !strings.Contains(text, row) {
				t.Errorf("%s: the page has other figures than the index", k)
			}
		}
	}
	for _, n := range names {
		if !slices.Contains(Kinds(), Kind(n)) {
			t.Errorf("%s.md is of no kind", n)
		}
	}
	for _, words := range []string{"detects account takeover", "detects takeover"} {
		if strings.Contains(index, words) {
			t.Errorf("nobody measured that it %s", words)
		}
	}
}

func page(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(pages, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// explained wants that each figure of a scene's alerts is named on the page of its kind.
func (s *scene) explained() {
	s.t.Helper()
	for _, a := range s.alerts {
		b, err := os.ReadFile(filepath.Join(pages, string(a.Kind)+".md"))
		if err != nil {
			s.t.Fatal(err)
		}
		for _, f := range a.Figures {
			if !strings.Contains(string(b), "| `"+f.Name+"` |") {
				s.t.Errorf("%s.md does not say what %s is", a.Kind, f.Name)
			}
		}
	}
}
