package render

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/exchange"
	"plectica/internal/fault"
	"plectica/internal/gallery"
	"plectica/internal/id"
	"plectica/internal/layout/layouttest"
	"plectica/internal/sim/whim"
	"plectica/internal/sysmap"
)

var update = flag.Bool("update", false, "write golden files")

// example is a map of the gallery.
func example(t *testing.T, name, language string) *sysmap.Map {
	t.Helper()
	_, ops, err := gallery.Ops(name, language)
	if err != nil {
		t.Fatal(err)
	}
	m := sysmap.New()
	if err := m.Apply(ops, sysmap.Stamp{}); err != nil {
		t.Fatal(err)
	}
	return m
}

// signs is a map with one of everything that is drawn but images. The browser's tests
// read it as a file.
func signs() *sysmap.Map {
	b := layouttest.Builder{M: sysmap.New()}
	at := func(n int) (x, y int32) { return int32(n%4) * 64 * 300, int32(n/4) * 64 * 180 }
	named := func(n int, title string) id.Object {
		x, y := at(n)
		return b.Named(id.Root, title, x, y, 0)
	}
	set := func(k id.Object, f sysmap.Field, entry string, v sysmap.Value) {
		b.Do(sysmap.Op{Kind: sysmap.OpSet, ID: k, Reg: sysmap.Reg{Field: f, Entry: entry, Value: v}})
	}
	var all []id.Object
	for i := range 16 {
		k := named(i, fmt.Sprintf("Colour %d", i))
		b.Set(k, sysmap.Colour, int64(i))
		all = append(all, k)
	}
	b.Set(all[1], sysmap.Placeholder, 1)
	folded := b.Named(all[2], "A part", 0, 0, 0)
	b.Set(all[2], sysmap.Collapsed, 1)
	set(all[3], sysmap.Link, "", sysmap.TextValue("https://example.org/"))
	set(all[4], sysmap.Media, strings.Repeat("b", 64), sysmap.TextValue("text/plain|0|0|9|2|b.txt|"))
	for i := range 6 {
		k := b.Relate(all[i+6], all[i+10], i%4)
		b.Set(k, sysmap.Weight, int64(i))
		b.Set(k, sysmap.Dash, int64(i%3))
		b.Set(k, sysmap.Colour, int64(i*2))
		b.Set(k, sysmap.Polarity, int64(i%3))
		b.Set(k, sysmap.Delay, int64(i%2))
	}
	ends := b.Relate(all[5], all[6], 1)
	set(ends, sysmap.Action, "", sysmap.TextValue("acts"))
	set(ends, sysmap.Reaction, "", sysmap.TextValue("reacts"))
	b.Card(b.Relate(all[14], all[15], 3), 0, 0, 0)
	for range 2 {
		b.Relate(folded, all[3], 1)
	}
	look := func(from id.Object, open int64, views ...id.Object) {
		k := b.Fresh()
		b.Do(sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Perspective, ID: k, A: from})
		for i, v := range views {
			set(k, sysmap.View, string(v[:]), sysmap.IntValue(int64(1+i%3)))
		}
		b.Set(k, sysmap.Open, open)
		b.Set(k, sysmap.Mode, sysmap.ModeBoth)
	}
	look(all[9], 1, all[0], all[4], all[12], folded)
	look(all[11], 0, all[1])
	return b.M
}

// images is a map of images that are far apart, so that one is seen from far.
func images() *sysmap.Map {
	b := layouttest.Builder{M: sysmap.New()}
	for i, size := range []string{"160|90", "1000|10"} {
		k := b.Named(id.Root, "An image", int32(i)*64*30_000, 0, 0)
		b.Do(sysmap.Op{Kind: sysmap.OpSet, ID: k, Reg: sysmap.Reg{Field: sysmap.Media, Entry: strings.Repeat("a", 64),
			Value: sysmap.TextValue("image/png|" + size + "|9|1|a.png|")}})
	}
	return b.M
}

// scripts is a map of many scripts, and of what has a meaning in XML.
func scripts() *sysmap.Map {
	b := layouttest.Builder{M: sysmap.New()}
	for i, s := range []string{
		`<b>&amp; "these" & 'those'</b> ]]>`, "שלום עולם, hello עולם", "مرحبا بالعالم والناس", "👩‍👩‍👧‍👦 family 🇩🇪 🤷🏽‍♀️",
		"日本語のタイトルはここにあります", "e\u0301\u0301\u0301 H\u0335e\u0336", "\u202eright to left\u202c as wished", "a  b   c    d",
		"नमस्ते दुनिया", "ภาษาไทยไม่มีช่องว่าง", "\ufffe\uffff", "",
	} {
		b.Named(id.Root, s, int32(i%3)*64*320, int32(i/3)*64*100, 0)
	}
	b.Do(sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Sheet, ID: sysmap.SheetID,
		Regs: []sysmap.Reg{{Field: sysmap.Routing, Value: sysmap.IntValue(sysmap.RoutingOrthogonal)}}})
	for i := range 9 {
		b.Relate(layouttest.ID(1+i), layouttest.ID(1+(i*5+4)%10), 1)
	}
	return b.M
}

// TestGolden: pictures change only when somebody means it. -update writes them anew; look
// at what they show then.
func TestGolden(t *testing.T) {
	for name, m := range map[string]*sysmap.Map{
		"tour": example(t, "tour", "en"), "water": example(t, "water", "de"), "signs": signs(), "images": images(), "scripts": scripts(), "empty": sysmap.New(),
	} {
		golden(t, name+".svg", draw(t, m))
	}
	file, err := exchange.Write("Signs", signs().CopyAll(func(id.Account) string { return "" }), nil)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "signs.plectica.json", file)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func draw(t testing.TB, m *sysmap.Map) []byte {
	t.Helper()
	b, err := SVG(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// failer is what a check tells of.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

// allowed are the elements of a picture and what they may say.
var allowed = map[string]string{
	"svg":    "xmlns role width height viewBox font-family font-size text-rendering fill stroke-width",
	"title":  "",
	"g":      "fill-opacity stroke-opacity",
	"rect":   "x y width height rx fill fill-opacity stroke stroke-width stroke-dasharray",
	"circle": "cx cy r fill stroke stroke-width",
	"path":   "d fill stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray",
	"text":   "x y font-size font-weight fill textLength lengthAdjust text-anchor",
}

// inert checks that a picture is XML of what is allowed, and that all of it is within
// its sight. It returns its texts.
func inert(t failer, svg []byte) []string {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	var texts []string
	var sight [4]float64
	depth, inText := 0, false
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Errorf("not XML: %v", err)
			return nil
		}
		switch e := tok.(type) {
		case xml.StartElement:
			attrs, ok := allowed[e.Name.Local]
			if !ok || e.Name.Space != "http://www.w3.org/2000/svg" || (depth == 0) != (e.Name.Local == "svg") {
				t.Errorf("an element %s at depth %d", e.Name.Local, depth)
			}
			for _, a := range e.Attr {
				if !slices.Contains(strings.Fields(attrs), a.Name.Local) || strings.Contains(a.Value, "url") {
					t.Errorf("%s says %s=%q", e.Name.Local, a.Name.Local, a.Value)
				}
				if a.Name.Local == "viewBox" {
					if _, err := fmt.Sscan(a.Value, &sight[0], &sight[1], &sight[2], &sight[3]); err != nil {
						t.Errorf("viewBox %q", a.Value)
					}
				}
			}
			within(t, e, sight)
			depth++
			if inText = e.Name.Local == "text"; inText {
				texts = append(texts, "")
			}
		case xml.EndElement:
			depth--
			inText = false
		case xml.CharData:
			if inText {
				texts[len(texts)-1] += string(e)
			}
		case xml.ProcInst, xml.Directive, xml.Comment:
			t.Errorf("more than elements: %v", e)
		}
	}
}

// within checks that the places that an element names lie in sight.
func within(t failer, e xml.StartElement, sight [4]float64) {
	t.Helper()
	v := make(map[string]float64)
	var points []float64
	for _, a := range e.Attr {
		if n, err := strconv.ParseFloat(a.Value, 64); err == nil {
			v[a.Name.Local] = n
		}
		if a.Name.Local == "d" {
			points = absolute(a.Value)
		}
	}
	switch e.Name.Local {
	case "rect":
		points = []float64{v["x"], v["y"], v["x"] + v["width"], v["y"] + v["height"]}
	case "text":
		points = []float64{v["x"], v["y"] - v["font-size"], v["x"] + v["textLength"], v["y"]}
	case "circle":
		points = []float64{v["cx"] - v["r"], v["cy"] - v["r"], v["cx"] + v["r"], v["cy"] + v["r"]}
	}
	for i := 0; i+1 < len(points); i += 2 {
		x, y := points[i]-sight[0], points[i+1]-sight[1]
		if x < 0 || y < 0 || x > sight[2] || y > sight[3] {
			t.Errorf("%s %v lies beyond %v", e.Name.Local, points[i:i+2], sight)
		}
	}
}

// absolute returns the places of a path up to its first step that is relative.
func absolute(d string) []float64 {
	if i := strings.IndexAny(d, "mlhvqaz"); i >= 0 {
		d = d[:i]
	}
	var out []float64
	for _, s := range strings.Fields(strings.NewReplacer("M", " ", "L", " ", "C", " ").Replace(d)) {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return []float64{-1e9, -1e9} // nowhere
		}
		out = append(out, n)
	}
	return out
}

// TestGoldenIsInert looks at the pictures of maps that hold one of everything.
func TestGoldenIsInert(t *testing.T) {
	for _, m := range []*sysmap.Map{signs(), images(), scripts(), example(t, "plectica", "en"), layouttest.Map(300)} {
		inert(t, draw(t, m))
	}
	far := draw(t, layouttest.Map(20_000))
	inert(t, far)
	if faint := []byte(`stroke-opacity="0.4"`); !bytes.Contains(far, faint) {
		t.Error("from far away no line is faint")
	}
}

// TestAnyMap: of any map there is a picture, the same each time, that holds nothing else
// than pictures do.
func TestAnyMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		m := sysmap.New()
		made := 0
		w := whim.Whim{Rng: rng, View: m, Made: make(map[sysmap.Type][]id.Object), Jitter: 1000,
			ID: func() id.Object { made++; return layouttest.ID(made) }}
		for range rapid.IntRange(0, 300).Draw(t, "changes") {
			ops := w.Change()
			if trial := m.Overlay(); trial.Apply(ops, sysmap.Stamp{}) == nil {
				trial.Merge()
			}
		}
		for _, k := range w.Made[sysmap.Perspective] {
			regs := []sysmap.Reg{{Field: sysmap.Open, Value: sysmap.IntValue(rng.Int64N(2))}, {Field: sysmap.Mode, Value: sysmap.IntValue(rng.Int64N(3))}}
			for _, g := range regs {
				_ = m.Apply([]sysmap.Op{{Kind: sysmap.OpSet, ID: k, Reg: g}}, sysmap.Stamp{}) // it may be deleted
			}
		}
		got, err := SVG(m)
		if err != nil {
			t.Fatal(err)
		}
		inert(t, got)
		if again, err := SVG(m); err != nil || !bytes.Equal(got, again) {
			t.Fatalf("the same map gives another picture (%v)", err)
		}
	})
}

// TestPlaceDoesNotMatter: a map that lies elsewhere has the same picture.
func TestPlaceDoesNotMatter(t *testing.T) {
	at := func(x, y int32) *sysmap.Map {
		b := layouttest.Builder{M: sysmap.New()}
		a := b.Named(id.Root, "Here", x, y, 0)
		b.Relate(a, b.Named(id.Root, "There", x+64*300, y+64*200, 0), 1)
		return b.M
	}
	want := draw(t, at(0, 0))
	for _, v := range []int32{-640, 64 * 900_000, -64 * 900_000} {
		if diff := cmp.Diff(string(want), string(draw(t, at(v, -v)))); diff != "" {
			t.Errorf("at %d: %s", v, diff)
		}
	}
}

// FuzzTitle: whatever a title holds, it stays the words of one card.
func FuzzTitle(f *testing.F) {
	for _, s := range []string{"", "</text><script>alert(1)</script>", "a\x00b\x1b\ufffe", "\xff\xed\xa0\x80", "  two  spaces  ", "]]>&#x0;", "\u202e👩‍👩‍👧‍👦"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var w writer
		w.raw(`<svg xmlns="http://www.w3.org/2000/svg"><text>`)
		w.text(s)
		w.raw("</text></svg>")
		texts := inert(t, w.b)
		if len(texts) != 1 || len(strings.Fields(texts[0])) > len([]rune(s)) || strings.Contains(texts[0], "  ") {
			t.Errorf("%q became %q", s, texts)
		}
		m := sysmap.New()
		put := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: layouttest.ID(1), Title: s, Body: s, Place: sysmap.Place{Order: sysmap.Between("", "", 1)}}
		if m.Apply([]sysmap.Op{put}, sysmap.Stamp{}) == nil {
			inert(t, draw(t, m))
		}
	})
}

// TestBounds: what is too large for a picture is refused, not drawn in part.
func TestBounds(t *testing.T) {
	many := layouttest.Builder{M: sysmap.New()}
	var whole id.Object
	for i := range MaxObjects + 1 {
		k := many.Fresh()
		if i%256 == 0 { // a whole of so many: a longer list takes long to make
			whole = id.Root
		}
		many.Do(sysmap.Op{Kind: sysmap.OpPut, ID: k, Type: sysmap.Card, Place: sysmap.Place{Parent: whole, Order: sysmap.Between("", "", uint64(i))}})
		if i%256 == 0 {
			whole = k
		}
	}
	long := layouttest.Builder{M: sysmap.New()}
	for range 2100 {
		long.Named(id.Root, strings.Repeat("<", sysmap.MaxTitle), 0, 0, 0)
	}
	for name, m := range map[string]*sysmap.Map{"objects": many.M, "bytes": long.M} {
		if b, err := SVG(m); !fault.Is(err, fault.Limit) || b != nil {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
}

// TestLargeMapIsSeenFromFar: nothing in the picture of a large map is too small to be
// read, and it is not longer than a picture is.
func TestLargeMapIsSeenFromFar(t *testing.T) {
	for cards, texts := range map[int][2]int{200: {200, 400}, 4000: {100, 200}} {
		var root struct {
			Width   float64 `xml:"width,attr"`
			ViewBox string  `xml:"viewBox,attr"`
			Texts   []struct {
				Size float64 `xml:"font-size,attr"`
			} `xml:"text"`
		}
		if err := xml.Unmarshal(draw(t, layouttest.Map(cards)), &root); err != nil {
			t.Fatal(err)
		}
		var x, y, w, h float64
		if _, err := fmt.Sscan(root.ViewBox, &x, &y, &w, &h); err != nil {
			t.Fatal(err)
		}
		for _, s := range root.Texts {
			if s.Size != 0 && s.Size*root.Width/w < 5.9 {
				t.Errorf("%d cards: letters of %v px", cards, s.Size*root.Width/w)
			}
		}
		if n := len(root.Texts); root.Width > longest*1.1 || n < texts[0] || n > texts[1] {
			t.Errorf("%d cards: %v px wide, %d texts", cards, root.Width, n)
		}
	}
}

func BenchmarkSVG(b *testing.B) {
	for _, n := range []int{100, 1000, 5000, 20_000, 50_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			m := layouttest.Map(n)
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				size = len(draw(b, m))
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}
