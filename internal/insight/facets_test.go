package insight

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plectica/internal/sysmap"
)

// set writes a register of an object.
func (d *draft) set(n int, f sysmap.Field, entry string, v sysmap.Value) *draft {
	d.t.Helper()
	return d.do(sysmap.Op{Kind: sysmap.OpSet, ID: obj(n), Reg: sysmap.Reg{Field: f, Entry: entry, Value: v}})
}

func (d *draft) attribute(n int, key, text string) *draft {
	d.t.Helper()
	return d.set(n, sysmap.Attribute, key, sysmap.TextValue(text))
}

func (d *draft) colour(n int, c int64) *draft {
	d.t.Helper()
	return d.set(n, sysmap.Colour, "", sysmap.IntValue(c))
}

// staff is a map to filter: people with a team and a status.
func staff(t testing.TB) *draft {
	d := newDraft(t)
	for n := range 5 {
		d.card(n+1, 0)
	}
	d.colour(1, 11).colour(2, 11).colour(3, 4)
	d.attribute(1, "team", "Forêt").attribute(2, "team", "River").attribute(3, "team", "forest and river").attribute(4, "team", "")
	d.attribute(1, "status", "open").attribute(3, "status", "Open").attribute(2, "status", "done")
	d.set(2, sysmap.Link, "", sysmap.TextValue("https://example.org"))
	d.line(11, 1, 3, ab, 0).line(12, 4, 5, 0, 0).line(13, 1, 2, ab, 0).card(6, 13).line(14, 5, 5, 0, 0)
	return d.do(sysmap.Op{Kind: sysmap.OpSplice, ID: obj(6), Field: sysmap.Title, Ins: "leads"})
}

// TestFind: FI-3.
func TestFind(t *testing.T) {
	d := staff(t)
	for name, c := range map[string]struct {
		f    Filter
		want []int
	}{
		"nothing wanted":              {Filter{}, []int{}},
		"a colour":                    {Filter{Colours: 1 << 11}, []int{1, 2}},
		"one of two colours":          {Filter{Colours: 1<<11 | 1<<4}, []int{1, 2, 3}},
		"none":                        {Filter{Colours: 1}, []int{4, 5, 6}},
		"a key":                       {Filter{Attributes: []Test{{Key: "team"}}}, []int{1, 2, 3, 4}},
		"a text in it":                {Filter{Attributes: []Test{{"team", Contains, "RIVER"}}}, []int{2, 3}},
		"without accents":             {Filter{Attributes: []Test{{"team", Contains, "foret"}}}, []int{1}},
		"the whole text":              {Filter{Attributes: []Test{{"team", Equals, "river"}}}, []int{2}},
		"one of two texts":            {Filter{Attributes: []Test{{"team", Equals, "river"}, {"team", Equals, "foret"}}}, []int{1, 2}},
		"each of two keys":            {Filter{Attributes: []Test{{"team", Contains, "r"}, {"status", Equals, "open"}}}, []int{1, 3}},
		"a key and a colour":          {Filter{Colours: 1 << 4, Attributes: []Test{{"status", Equals, "open"}}}, []int{3}},
		"no such key":                 {Filter{Attributes: []Test{{"Team", Has, ""}}}, []int{}},
		"with a link":                 {Filter{Linked: true}, []int{2}},
		"without":                     {Filter{Unlinked: true, Colours: 1 << 11}, []int{1}},
		"with or without":             {Filter{Linked: true, Unlinked: true}, []int{1, 2, 3, 4, 5, 6}},
		"relationships without words": {Filter{Untyped: true}, []int{11, 12, 14}},
		"at a card of a colour":       {Filter{Untyped: true, Colours: 1 << 11}, []int{11}},
	} {
		if diff := cmp.Diff(c.want, nums(Find(d.m, &c.f))); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestTally: what is counted is what a filter finds.
func TestTally(t *testing.T) {
	d := staff(t)
	got := Tally(d.m)
	want := Facets{Cards: 6, Colours: [Colours]int{0: 3, 4: 1, 11: 2}, Linked: 1, Untyped: 3, Keys: []Key{
		{Name: "status", Cards: 3, Values: []Value{{Text: "open", Cards: 2}, {Text: "done", Cards: 1}}},
		{Name: "team", Cards: 4, Values: []Value{{Text: "Forêt", Cards: 1}, {Text: "River", Cards: 1}, {Text: "forest and river", Cards: 1}}},
	}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Value{})); diff != "" {
		t.Error(diff)
	}
	for c, n := range got.Colours {
		if found := Find(d.m, &Filter{Colours: 1 << c}); len(found) != n {
			t.Errorf("colour %d: %d found, %d counted", c, len(found), n)
		}
	}
	for _, k := range got.Keys {
		for _, v := range k.Values {
			if found := Find(d.m, &Filter{Attributes: []Test{{k.Name, Equals, v.Text}}}); len(found) != v.Cards {
				t.Errorf("%s %q: %d found, %d counted", k.Name, v.Text, len(found), v.Cards)
			}
		}
	}
}

func TestTallyIsBounded(t *testing.T) {
	d := newDraft(t)
	for n := range 40 {
		d.card(n+1, 0)
		for k := range 3 {
			d.attribute(n+1, "key "+strconv.Itoa(n*3+k), "x")
		}
		d.attribute(n+1, "a", strconv.Itoa(n))
	}
	f := Tally(d.m)
	if len(f.Keys) != MaxKeys || f.Keys[0].Name != "a" || f.Keys[0].Cards != 40 || len(f.Keys[0].Values) != MaxValues {
		t.Errorf("%d keys, the first %q of %d with %d values", len(f.Keys), f.Keys[0].Name, f.Keys[0].Cards, len(f.Keys[0].Values))
	}
}

func TestFold(t *testing.T) {
	if len(latin1) != firstExtended-firstLatin1 || len(extended) != 0x180-firstExtended {
		t.Fatalf("tables of %d and %d letters", len(latin1), len(extended))
	}
	for text, want := range map[string]string{
		"ÀÉÎÕÜ ßÿ": "aeiou sy", "Łódź Žižek ŞİŠ": "lodz zizek sis", "ΑΒΓ Ω": "αβγ ω", "Привет Ѐ": "привет ѐ",
		"e\u0301": "e", "水 1/2": "水 1/2", "ŵŷĦŧ": "wyht", "Œ": "o",
	} {
		if got := fold(text); got != want {
			t.Errorf("fold(%q) = %q, want %q", text, got, want)
		}
	}
}
