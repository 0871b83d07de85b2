package sysmap

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestShiftIsTransform: edits that are apart may be moved in place instead of
// being transformed.
func TestShiftIsTransform(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Repeat("x", 30)
		draw := func(name string) Edit {
			at := rapid.IntRange(0, 30).Draw(t, name+" at")
			del := rapid.IntRange(0, min(5, 30-at)).Draw(t, name+" del")
			ins := rapid.SampledFrom([]string{"", "a", "bcd"}).Draw(t, name+" ins")
			return Edit(nil).keep(uint32(at)).insert(ins).remove(uint32(del)).trim()
		}
		a, b := draw("a"), draw("b")
		from, to, longer := a.Site()
		if n := len(a.Apply(text)) - len(text); int64(n) != longer || to < from {
			t.Fatalf("%v makes the text longer by %d, not by %d", a, n, longer)
		}
		_, otherTo, otherLonger := b.Site()
		if len(a) == 0 || len(b) == 0 || otherTo >= from {
			return
		}
		want := a.Transform(b, false).Apply(b.Apply(text))
		if moved := append(Edit(nil), a...); moved.Shift(otherLonger) && moved.Apply(b.Apply(text)) != want {
			t.Fatalf("%v shifted by %v is not what transforming gives", a, b)
		}
	})
}
