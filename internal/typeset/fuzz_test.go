package typeset

import (
	"testing"
	"unicode/utf8"
)

// FuzzWrap: any text is broken into lines that follow each other, hold all of it and
// are no wider than they may be, unless they are a single character.
func FuzzWrap(f *testing.F) {
	f.Add("Evaporation from the 水は循環する\n\nland – and sea 👩‍🚀", int32(14*64), int32(90*64), 3)
	f.Fuzz(func(t *testing.T, s string, size, most int32, limit int) {
		if !utf8.ValidString(s) || size < 64 || size > 200*64 || most < 0 || most > 1<<20 || len(s) > 4<<10 {
			return
		}
		lines, all := Wrap(nil, s, Regular, size, most, limit)
		if limit >= 0 && len(lines) > limit || !all && len(lines) != limit {
			t.Fatalf("%d lines, at most %d, all: %v", len(lines), limit, all)
		}
		at := int32(0)
		for i, l := range lines {
			if l.Start16 < at || l.End16 < l.Start16 {
				t.Fatalf("line %d is %d..%d after %d", i, l.Start16, l.End16, at)
			}
			at = l.End16
		}
	})
}
