package gallery

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plectica/internal/exchange"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/insight"
	"plectica/internal/layout"
	"plectica/internal/sysmap"
)

// sample is one file as a map.
type sample struct {
	name, language, title string
	m                     *sysmap.Map
}

// samples reads every file there is.
func samples(t *testing.T) []sample {
	t.Helper()
	list, err := files.ReadDir("maps")
	if err != nil {
		t.Fatal(err)
	}
	var out []sample
	for _, f := range list {
		base, ok := strings.CutSuffix(f.Name(), suffix)
		if !ok {
			continue
		}
		name, language, _ := strings.Cut(base, ".")
		title, ops, err := load(name, language)
		if err != nil {
			t.Fatal(err)
		}
		m := sysmap.New()
		if err := m.Apply(ops, sysmap.Stamp{}); err != nil {
			t.Fatalf("%s: %v", base, err)
		}
		out = append(out, sample{name, language, title, m})
	}
	if len(out) < 12 {
		t.Fatalf("only %d files", len(out))
	}
	return out
}

func each(t *testing.T, test func(t *testing.T, s sample)) {
	t.Helper()
	for _, s := range samples(t) {
		t.Run(s.name+"."+s.language, func(t *testing.T) { test(t, s) })
	}
}

// objects returns the living objects of a type.
func objects(m *sysmap.Map, kind sysmap.Type) []*sysmap.Object {
	var out []*sysmap.Object
	ops := m.CopyAll(nil)
	for i := range ops {
		if o := m.GetLive(ops[i].ID); o != nil && o.Type == kind {
			out = append(out, o)
		}
	}
	return out
}

func entries(o *sysmap.Object, f sysmap.Field) map[id.Object]int64 {
	out := make(map[id.Object]int64)
	o.Entries(f, func(key string, v sysmap.Value) bool {
		out[id.Object([]byte(key))] = v.N
		return true
	})
	return out
}

// TestFilesAreAsWritten: VW-4. Each is what exchange would write of it, so that a map
// that was edited and downloaded again differs only where it was edited.
func TestFilesAreAsWritten(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		if err := s.m.Check(); err != nil {
			t.Error(err)
		}
		was, err := files.ReadFile(folder + s.name + "." + s.language + suffix)
		if err != nil {
			t.Fatal(err)
		}
		is, err := exchange.Write(s.title, s.m.CopyAll(func(id.Account) string { return "" }), nil)
		if err != nil {
			t.Fatal(err)
		}
		if string(is) != string(was) {
			t.Error("the file is not as it would be written")
		}
	})
}

// TestIndexNamesEveryFile: and each map is there in every language of the interface.
func TestIndexNamesEveryFile(t *testing.T) {
	s, err := open()
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, e := range s.index {
		for _, language := range []string{"en", "de"} {
			if e.Summary[language] == "" {
				t.Errorf("%s is not there in %s", e.Name, language)
			}
		}
		for language := range e.Summary {
			named = append(named, e.Name+"."+language)
		}
	}
	for _, f := range samples(t) {
		if !slices.Contains(named, f.name+"."+f.language) {
			t.Errorf("nobody sees %s.%s", f.name, f.language)
		}
	}
	if s.index[0].Name != "tour" {
		t.Error("the tour is not the first")
	}
}

// TestLanguagesAreOneMap: a translation says the same things of the same objects.
func TestLanguagesAreOneMap(t *testing.T) {
	shape := make(map[string][]string)
	for _, s := range samples(t) {
		var ids []string
		for _, op := range s.m.CopyAll(nil) {
			ids = append(ids, op.ID.String())
		}
		if first := shape[s.name]; first != nil && !slices.Equal(first, ids) {
			t.Errorf("%s.%s holds other objects than another language", s.name, s.language)
		}
		shape[s.name] = ids
	}
}

// TestMapsAreFinished: nothing waits to be filled in, and there is a story to follow.
func TestMapsAreFinished(t *testing.T) {
	unfinished := regexp.MustCompile(`(?i)lorem|todo|tbd|xxx|placeholder`)
	each(t, func(t *testing.T, s sample) {
		cards := objects(s.m, sysmap.Card)
		if n := len(cards); n < 20 || n > 60 {
			t.Errorf("%d cards", n)
		}
		for _, o := range cards {
			if o.Title == "" || o.Title != strings.TrimSpace(o.Title) || o.Body != strings.TrimSpace(o.Body) || o.Int(sysmap.Placeholder) != 0 {
				t.Errorf("card %q is not finished", o.Title)
			}
			o.Entries(sysmap.Media, func(string, sysmap.Value) bool {
				t.Errorf("%q has a file, which a copy would lack", o.Title)
				return false
			})
			if text := o.Title + o.Body; unfinished.MatchString(text) {
				t.Errorf("%q is not finished", text)
			}
		}
		if len(objects(s.m, sysmap.Perspective)) == 0 {
			t.Error("nobody looks at anything")
		}
		if n := len(objects(s.m, sysmap.Thread)); n > 0 {
			t.Error("somebody is quoted")
		}
		stops := objects(s.m, sysmap.Stop)
		if len(stops) < 3 || len(stops) > 9 {
			t.Errorf("%d stops", len(stops))
		}
		for _, o := range stops {
			checkStop(t, s.m, o)
		}
	})
}

// checkStop: a stop has words, shows something that is there, and opens eyes that are.
func checkStop(t *testing.T, m *sysmap.Map, o *sysmap.Object) {
	t.Helper()
	name := o.Get(sysmap.Name).S
	if name == "" || o.Get(sysmap.Notes).S == "" {
		t.Errorf("stop %q has no words", name)
	}
	x, y, w, h, ok := sysmap.FrameOf(o.Get(sysmap.Frame).S)
	switch {
	case o.A != id.Root && m.GetLive(o.A) == nil:
		t.Errorf("the card of stop %q is not there", name)
	case o.A == id.Root && !ok:
		t.Errorf("stop %q shows nothing", name)
	case o.A == id.Root:
		p := layout.New(layout.NewNumbers(0)).Update(m)
		if x > p.R || y > p.B || x+w < p.L || y+h < p.T {
			t.Errorf("stop %q looks beside the map", name)
		}
	}
	for _, f := range []sysmap.Field{sysmap.StopEye, sysmap.StopFold} {
		for k := range entries(o, f) {
			if m.GetLive(k) == nil {
				t.Errorf("stop %q is about a card that is not there", name)
			}
			if f == sysmap.StopEye && !slices.ContainsFunc(objects(m, sysmap.Perspective), func(p *sysmap.Object) bool { return p.A == k }) {
				t.Errorf("stop %q opens an eye that is not there", name)
			}
		}
	}
}

// TestCardsDoNotOverlap: those on the map, and those in a whole that is arranged by hand.
func TestCardsDoNotOverlap(t *testing.T) {
	const apart = 4 * 64
	each(t, func(t *testing.T, s sample) {
		nums := layout.NewNumbers(0)
		p := layout.New(nums).Update(s.m)
		title := func(b *layout.Box) string {
			k, _ := nums.ID(b.Num)
			return s.m.Get(k).Title
		}
		for i := range p.Boxes {
			for j := i + 1; j < len(p.Boxes); j++ {
				a, b := &p.Boxes[i], &p.Boxes[j]
				if a.Parent != b.Parent || a.Link >= 0 || b.Link >= 0 {
					continue
				}
				if a.X < b.X+b.W+apart && b.X < a.X+a.W+apart && a.Y < b.Y+b.H+apart && b.Y < a.Y+a.H+apart {
					t.Errorf("%q lies on %q", title(a), title(b))
				}
			}
		}
	})
}

// TestNamedLoopsAreThere: a card “R  …” or “B  …” looks at the cards of a loop, which
// the map has, with the sign it says.
func TestNamedLoopsAreThere(t *testing.T) {
	want := map[string]int{"water": 3, "fishery": 9}
	signs := map[string]insight.Sign{"R  ": insight.Reinforcing, "B  ": insight.Balancing}
	each(t, func(t *testing.T, s sample) {
		loops, all := insight.Loops(s.m, insight.MaxLoopLength)
		if !all {
			t.Fatal("more loops than anyone reads")
		}
		named := 0
		for _, p := range objects(s.m, sysmap.Perspective) {
			title := s.m.Get(p.A).Title
			sign := signs[title[:min(3, len(title))]]
			if sign == insight.Unsigned {
				continue
			}
			named++
			var seen []id.Object
			for k, emphasis := range entries(p, sysmap.View) {
				if emphasis != sysmap.EmphasisDim {
					seen = append(seen, k)
				}
			}
			if !slices.ContainsFunc(loops, func(l insight.Loop) bool { return l.Sign == sign && sameSet(l.Cards, seen) }) {
				t.Errorf("there is no such loop as %q", title)
			}
		}
		if named != want[s.name] {
			t.Errorf("%d loops are named, want %d", named, want[s.name])
		}
		if s.name == "plectica" {
			checkSigns(t, loops)
		}
	})
}

func sameSet(a, b []id.Object) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(k id.Object) bool { return !slices.Contains(b, k) })
}

// checkSigns: its last stop says that one loop feeds trust and one wears it down.
func checkSigns(t *testing.T, loops []insight.Loop) {
	t.Helper()
	for _, sign := range []insight.Sign{insight.Reinforcing, insight.Balancing} {
		if !slices.ContainsFunc(loops, func(l insight.Loop) bool { return l.Sign == sign && len(l.Cards) == 5 }) {
			t.Errorf("there is no loop of five with sign %d", sign)
		}
	}
}

// TestTourNamesKeysThatWork: every key it says is a key of some command.
func TestTourNamesKeysThatWork(t *testing.T) {
	doc, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	english := strings.NewReplacer("Strg", "Ctrl", "Umschalt", "Shift", "Eingabe", "Enter", "Leertaste", "Space")
	key := regexp.MustCompile(`(?:(?:Ctrl|Shift|Alt)\+)+[A-Z0-9]|\bF2\b|\b(?:Enter|Tab|Space)\b|(?:[Pp]ress|Anklicken,|^) ?([A-Z])(?:[,:]| [a-z])`)
	known := []string{"F2", "Tab", "Enter", "Space", "R", "E", "Shift+E", "Ctrl+K", "Ctrl+F", "Ctrl+Shift+O", "Shift+1", "T", "M", "Shift+F", "F", "Ctrl+Alt+P", "Ctrl+Z"}
	for _, s := range samples(t) {
		if s.name != "tour" {
			continue
		}
		said := make(map[string]bool)
		for _, o := range objects(s.m, sysmap.Card) {
			for _, text := range []string{o.Title, o.Body} {
				for _, m := range key.FindAllStringSubmatch(english.Replace(text), -1) {
					k := m[0]
					if m[1] != "" {
						k = m[1]
					}
					said[k] = true
				}
			}
		}
		for k := range said {
			if !strings.Contains(string(doc), "`"+k+"`") {
				t.Errorf("%s: %s is no key of any command", s.language, k)
			}
		}
		for _, k := range known {
			if !said[k] {
				t.Errorf("%s does not say %s", s.language, k)
			}
		}
	}
}

func TestLanguages(t *testing.T) {
	for wished, want := range map[string]string{"": "en", "en": "en", "en-GB": "en", "de": "de", "de-AT": "de", "DE": "de", "fr": "en", "d": "en"} {
		list, err := List(wished)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if e.Language != want || e.Title == "" || e.Summary == "" || e.Cards < 20 {
				t.Errorf("%q: %s comes in %q, %d cards", wished, e.Name, e.Language, e.Cards)
			}
		}
		title, ops, err := Ops("tour", wished)
		if err != nil || title != list[0].Title || len(ops) < list[0].Cards {
			t.Errorf("%q: %q, %d ops, %v", wished, title, len(ops), err)
		}
	}
}

func TestUnknownExamples(t *testing.T) {
	for _, name := range []string{"", "nothing", "index", "../maps/tour", "tour.en", "tour.en.plectica.json"} {
		if _, _, err := Ops(name, "en"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestOpsAreTheCallersOwn: what one makes of them is not what the next gets.
func TestOpsAreTheCallersOwn(t *testing.T) {
	_, first, err := Ops("water", "en")
	if err != nil {
		t.Fatal(err)
	}
	was := first[0].Title
	first[0].Title = "mine"
	for i := range first {
		for j := range first[i].Regs {
			first[i].Regs[j].Value = sysmap.TextValue("mine")
		}
	}
	_, again, err := Ops("water", "en")
	if err != nil || again[0].Title != was {
		t.Errorf("%q, %v", again[0].Title, err)
	}
	if err := sysmap.New().Apply(again, sysmap.Stamp{}); err != nil {
		t.Error(err)
	}
}

// TestPictures: everything that is drawn lies in the picture, and there is enough of it.
func TestPictures(t *testing.T) {
	list, err := List("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		p := e.Picture
		if len(p.Cards) < 10 || len(p.Lines) == 0 || len(p.Cards) > mostCards || len(p.Lines) > mostLines {
			t.Errorf("%s: %d cards, %d lines", e.Name, len(p.Cards), len(p.Lines))
		}
		if e.Name == "bees" && len(p.Labels) < 7 {
			t.Errorf("%d labels", len(p.Labels))
		}
		for _, c := range append(slices.Clone(p.Cards), p.Labels...) {
			if len(c) != 6 || c[0] < 0 || c[1] < 0 || c[2] <= 0 || c[3] <= 0 || c[0]+c[2] > p.Width || c[1]+c[3] > p.Height || c[4] > 15 {
				t.Errorf("%s: card %v of %d x %d", e.Name, c, p.Width, p.Height)
			}
		}
		for _, l := range p.Lines {
			if len(l) != 19 {
				t.Errorf("%s: line %v", e.Name, l)
			}
		}
	}
}
