package mail

import (
	"strings"
	"testing"
)

func TestSpoken(t *testing.T) {
	for accept, want := range map[string]Language{
		"": English, "de": German, "de-AT,de;q=0.9,en;q=0.5": German, "en-GB,en;q=0.9,de;q=0.2": English,
		"fr,de;q=0.3": German, "ja": English, "\x00;;q=": English, strings.Repeat("de,", 4000): German,
	} {
		if got := Spoken(accept); got != want {
			t.Errorf("%.30q: %s, want %s", accept, got, want)
		}
	}
}
