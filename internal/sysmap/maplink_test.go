package sysmap

import (
	"testing"

	"plectica/internal/id"
)

// TestParseMapLink: FI-6.
func TestParseMapLink(t *testing.T) {
	m, k := id.Map{1, 2}, id.Object{3, 4}
	for text, want := range map[string]MapLink{
		"map:" + m.String():                    {Map: m},
		"map:" + m.String() + "/" + k.String(): {Map: m, Card: k},
		"":                                     {},
		"map:":                                 {},
		"https://example.org":                  {},
		"map:" + m.String() + "/":              {},
		"map:" + m.String() + "x":              {},
		"map:" + m.String() + "x" + k.String(): {},
		"map:" + m.String() + "/" + id.Root.String():       {},
		"map:" + m.String() + "/" + k.String() + "/":       {},
		"MAP:" + m.String():                                {},
		" map:" + m.String():                               {},
		"map:" + m.String()[:id.TextLen-1] + "z":           {},
		"map:" + m.String() + "/" + k.String()[1:] + "zzz": {},
	} {
		got, ok := ParseMapLink(text)
		if got != want || ok != (want != MapLink{}) {
			t.Errorf("ParseMapLink(%q) = %v, %v, want %v", text, got, ok, want)
		}
	}
}
