package exchange

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/attach"
	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// drawMap makes a map with all that a map can hold.
func drawMap(t *rapid.T) *sysmap.Map {
	m := sysmap.New()
	n := byte(0)
	do := func(op sysmap.Op) { _ = m.Apply([]sysmap.Op{op}, sysmap.Stamp{}) } // many do not hold: that is an answer
	some := func() id.Object { return id.Object{byte(rapid.IntRange(0, int(n)).Draw(t, "some"))} }
	key := func() string { return rapid.SampledFrom([]string{"a", "schön", "x\"<y>", " "}).Draw(t, "key") }
	text := rapid.StringMatching(`[a-zäö€𝄞"\\<>&\n\t]{0,8}`)
	for range rapid.IntRange(0, 40).Draw(t, "steps") {
		n++
		k := id.Object{n}
		switch rapid.IntRange(0, 6).Draw(t, "what") {
		case 0, 1, 2:
			do(sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: k, Title: rapid.StringMatching(`[a-z<&"é]{0,6}`).Draw(t, "title"),
				Body: text.Draw(t, "body"), Place: sysmap.Place{Parent: some(), Order: sysmap.Between("", "", rapid.Uint64().Draw(t, "order")),
					X: rapid.Int32Range(-1<<30, 1<<30).Draw(t, "x"), Y: rapid.Int32Range(-99, 99).Draw(t, "y")}})
		case 3:
			do(sysmap.Op{Kind: sysmap.OpRelate, ID: k, A: some(), B: some()})
		case 4:
			op := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Type(rapid.IntRange(3, 8).Draw(t, "type")), ID: k, A: some()}
			if op.Type == sysmap.Sheet {
				op.ID, op.A = sysmap.SheetID, id.Root
			}
			do(op)
		case 5:
			do(sysmap.Op{Kind: sysmap.OpDel, ID: some()})
		}
		g := sysmap.Reg{Field: sysmap.Field(rapid.IntRange(3, 75).Draw(t, "field"))}
		switch rapid.IntRange(0, 3).Draw(t, "value") {
		case 0:
			g.Value = sysmap.IntValue(rapid.Int64Range(-70, 70).Draw(t, "n"))
		case 1:
			g.Value = sysmap.TextValue(text.Draw(t, "s"))
		case 2:
			g.Value = sysmap.Value{Kind: sysmap.Raw, S: string(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "raw"))}
		}
		switch rapid.IntRange(0, 2).Draw(t, "entry") {
		case 0:
			g.Entry = key()
		case 1:
			k := some()
			g.Entry = string(k[:])
		}
		on := some()
		if g.Field == sysmap.Routing {
			on = sysmap.SheetID
		}
		do(sysmap.Op{Kind: sysmap.OpSet, ID: on, Reg: g})
	}
	return m
}

// whole returns the ops of a whole map.
func whole(m *sysmap.Map) []sysmap.Op {
	return m.CopyAll(func(id.Account) string { return "Ann" })
}

// TestRoundTrip: VW-4. A file that is read and written again is the same file, and the map
// the same map.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMap(t)
		first, err := Write("a title", whole(m), nil)
		if err != nil {
			t.Fatal(err)
		}
		title, ops, _, err := Read(first)
		if err != nil || title != "a title" {
			t.Fatalf("%q, %v\n%s", title, err, first)
		}
		again := sysmap.New()
		if err := again.Apply(ops, sysmap.Stamp{}); err != nil {
			t.Fatalf("what was written does not hold: %v\n%s", err, first)
		}
		living := sysmap.New()
		if err := living.Apply(whole(m), sysmap.Stamp{}); err != nil {
			t.Fatal(err)
		}
		if again.Hash() != living.Hash() {
			t.Errorf("the map is another\n%s", first)
		}
		second, err := Write("a title", whole(again), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(first), string(second)); diff != "" {
			t.Error(diff)
		}
	})
}

const head = `{"format":"plectica-map","version":1,"title":"t"`

// deep is a file of cards in cards, the innermost first, deeper than any map.
func deep() string {
	var b strings.Builder
	b.WriteString(head + `,"cards":[`)
	for i := range 20_000 {
		k, in := id.Object{1, byte(i), byte(i >> 8)}, id.Object{1, byte(i + 1), byte((i + 1) >> 8)}
		b.WriteString(`{"id":"` + k.String() + `","in":"` + in.String() + `","order":"V"},`)
	}
	return strings.TrimSuffix(b.String(), ",") + `]}`
}

// TestFilesOfOthers: what a person or program wrote by hand is read as far as it is a
// map, and refused with a sentence where it is not.
func TestFilesOfOthers(t *testing.T) {
	one := id.Object{1}.String()
	two := id.Object{2}.String()
	for name, c := range map[string]struct{ file, wrong string }{
		"nothing in it":         {head + `}`, ""},
		"fields of others":      {head + `,"zoom":3,"cards":[{"id":"` + one + `","order":"V","title":"x","sparkle":true}]}`, ""},
		"parts before wholes":   {head + `,"cards":[{"id":"` + one + `","in":"` + two + `","order":"V"},{"id":"` + two + `","order":"V"}]}`, ""},
		"not JSON":              {`<svg onload="x()">`, "not JSON"},
		"another format":        {`{"nodes":[]}`, "not a map of Plectica"},
		"a newer version":       {`{"format":"plectica-map","version":99}`, "newer version"},
		"a number as a title":   {`{"format":"plectica-map","version":1,"title":7}`, "title, character"},
		"no identifier":         {head + `,"cards":[{"id":"?","order":"V"}]}`, "its id is not an identifier"},
		"an unknown layout":     {head + `,"cards":[{"id":"` + one + `","order":"V","layout":"spiral"}]}`, "its layout is none"},
		"too far away":          {head + `,"cards":[{"id":"` + one + `","order":"V","x":1e30}]}`, "too far"},
		"lies nowhere":          {head + `,"cards":[{"id":"` + one + `","in":"` + two + `","order":"V","title":"lost"}]}`, `"lost"`},
		"a chain without end":   {deep(), "too deep"},
		"inside itself":         {head + `,"cards":[{"id":"` + one + `","in":"` + one + `","order":"V"}]}`, "in itself"},
		"a line without an end": {head + `,"cards":[{"id":"` + one + `","order":"V"}],"relationships":[{"id":"` + two + `","a":"` + one + `","b":""}]}`, "second end"},
	} {
		_, ops, _, err := Read([]byte(c.file))
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.wrong == "":
			if err := sysmap.New().Apply(ops, sysmap.Stamp{}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.wrong):
			t.Errorf("%s: %v, want %q", name, err, c.wrong)
		case fault.KindOf(err) != fault.Invalid:
			t.Errorf("%s: kind %v", name, fault.KindOf(err))
		}
	}
}

func TestTooLargeFilesAreRefused(t *testing.T) {
	if _, _, _, err := Read(make([]byte, MaxFile+1)); fault.KindOf(err) != fault.Limit {
		t.Error(err)
	}
}

// TestCardAloneIsAView: who writes a file by hand names the cards that are seen.
func TestCardAloneIsAView(t *testing.T) {
	point, seen := id.Object{1}, id.Object{3}
	_, ops, _, err := Read([]byte(head + `,"cards":[{"id":"` + point.String() + `","order":"V"},{"id":"` + seen.String() +
		`","order":"W"}],"perspectives":[{"id":"` + id.Object{2}.String() + `","point":"` + point.String() + `","views":[{"card":"` + seen.String() + `"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	m := sysmap.New()
	if err := m.Apply(ops, sysmap.Stamp{}); err != nil {
		t.Fatal(err)
	}
	if v := m.GetLive(id.Object{2}).GetEntry(sysmap.View, string(seen[:])); v.N != sysmap.EmphasisNormal {
		t.Errorf("the view is %+v", v)
	}
}

// FuzzRead: any bytes give ops or a sentence, and what is read and holds can be
// written.
func FuzzRead(f *testing.F) {
	f.Add([]byte(head + `,"cards":[{"id":"` + id.Object{1}.String() + `","order":"V","title":"x","colour":3}],"perspectives":[{"id":"` +
		id.Object{2}.String() + `","point":"` + id.Object{1}.String() + `","views":[{"card":"` + id.Object{1}.String() + `","emphasis":"high"}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, ops, _, err := Read(b)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Error(err)
			}
			return
		}
		m := sysmap.New()
		if m.Apply(ops, sysmap.Stamp{}) != nil {
			return
		}
		if _, err := Write("", whole(m), nil); err != nil {
			t.Error(err)
		}
	})
}

// TestRubric: rows of the rubric about what a file keeps.
func TestRubric(t *testing.T) {
	card := func(n byte) sysmap.Op {
		return sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: id.Object{n}, Place: sysmap.Place{Order: sysmap.Between("", "", uint64(n))}}
	}
	kept := func(t *testing.T, ops []sysmap.Op) *sysmap.Map {
		t.Helper()
		b, err := Write("", ops, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, ops, _, err = Read(b)
		if err != nil {
			t.Fatal(err)
		}
		m := sysmap.New()
		if err := m.Apply(ops, sysmap.Stamp{}); err != nil {
			t.Fatal(err)
		}
		return m
	}
	t.Run("Rar", func(t *testing.T) { // variables at both ends
		line := sysmap.Op{Kind: sysmap.OpRelate, ID: id.Object{9}, A: id.Object{1}, B: id.Object{2}, Regs: []sysmap.Reg{
			{Field: sysmap.Action, Value: sysmap.TextValue("rain falls")}, {Field: sysmap.Reaction, Value: sysmap.TextValue("rivers rise")},
		}}
		o := kept(t, []sysmap.Op{card(1), card(2), line}).Get(line.ID)
		if o.Get(sysmap.Action).S != "rain falls" || o.Get(sysmap.Reaction).S != "rivers rise" {
			t.Error("the texts at the ends are not kept")
		}
	})
	t.Run("Content", func(t *testing.T) { // a link, and files with what is in them
		hash := blob.Hash(sha256.Sum256([]byte("a plan")))
		c := card(1)
		c.Regs = []sysmap.Reg{{Field: sysmap.Link, Value: sysmap.TextValue("https://example.org/")},
			{Field: sysmap.Media, Entry: hash.String(), Value: sysmap.TextValue("application/pdf|0|0|6|1|plan.pdf|")}}
		b, err := Write("", []sysmap.Op{c}, []attach.Carried{{Hash: hash, Kind: "application/pdf", Data: []byte("a plan")}})
		if err != nil {
			t.Fatal(err)
		}
		_, ops, files, err := Read(b)
		if err != nil || len(files) != 1 || string(files[0].Data) != "a plan" || files[0].Hash != hash || len(ops) != 1 || len(ops[0].Regs) != 2 {
			t.Errorf("%v, %v, %v", ops, files, err)
		}
	})
	t.Run("Self R", func(t *testing.T) { // a relationship to oneself is exported
		line := sysmap.Op{Kind: sysmap.OpRelate, ID: id.Object{9}, A: id.Object{1}, B: id.Object{1}}
		if o := kept(t, []sysmap.Op{card(1), line}).Get(line.ID); o == nil || o.A != o.B {
			t.Error("it is not kept")
		}
	})
}
