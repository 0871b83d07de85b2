package id

import (
	"slices"
	"testing"
)

// TestTextForm: every identifier has one text form, which sorts as the bytes do.
func TestTextForm(t *testing.T) {
	ids := []Object{{}, {15: 1}, {1}, {0: 0xff, 15: 0xff}}
	var texts []string
	slices.SortFunc(ids, Compare[Object])
	for _, want := range ids {
		s := want.String()
		got, err := Parse[Object](s)
		if err != nil || got != want || len(s) != TextLen {
			t.Errorf("Parse(%q) = %v, %v", s, got, err)
		}
		texts = append(texts, s)
	}
	if !slices.IsSorted(texts) {
		t.Errorf("texts do not sort as the bytes do: %q", texts)
	}
}

// FuzzParse: what parses comes back as it was.
func FuzzParse(f *testing.F) {
	f.Add(Object{1, 2, 3}.String())
	f.Add("00000000000000000000000001")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Parse[Object](s)
		if err == nil && v.String() != s {
			t.Errorf("%q comes back as %q", s, v)
		}
	})
}
