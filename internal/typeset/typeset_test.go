package typeset

import (
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// TestWidthsOfBrowser holds the table against what two browsers measured with
// kerning off, at 14 px.
func TestWidthsOfBrowser(t *testing.T) {
	for _, c := range []struct {
		text string
		want float64
	}{
		{"The quick brown fox jumps over the lazy dog", 299.100},
		{"AVATAR To Type We. VA Ty", 189.656},
		{"office fluffy affine waffle", 164.486},
	} {
		got := float64(Width(c.text, Regular, 14*Px)) / Px
		if d := got - c.want; d > 0.04 || d < -0.04 {
			t.Errorf("%q is %.3f px wide, want %.3f", c.text, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	const size = 14 * Px
	for _, c := range []struct {
		text string
		max  int32
		want string
	}{
		{"", 100, ""},
		{"one", 100, "one"},
		{"the water cycle", 70, "the water|cycle"},
		{"the   water   ", 40, "the|water"},
		{"well-known", 50, "well-|known"},
		{"donaudampfschiff", 50, "donaud|ampfsc|hiff"},
		{"a\n\nb", 100, "a||b"},
		{"水は循環する。", 44, "水は循|環す|る。"},
		{"日本語 text", 60, "日本語|text"},
		{"x 5/6 y", 26, "x|5/6|y"},
		{"a \u200d", 1, "a|\u200d"},
	} {
		lines, _ := Wrap(nil, c.text, Regular, size, c.max*Px, 99)
		var got []string
		for _, l := range lines {
			got = append(got, c.text[l.Start:l.End])
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("Wrap(%q, %d) = %q, want %q", c.text, c.max, s, c.want)
		}
	}
}

func TestWrapProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("ab -é水、👩\u200d🚀\nעש"))).Draw(t, "s")
		max := int32(rapid.IntRange(1, 200).Draw(t, "max")) * Px
		lines, all := Wrap(nil, s, Semibold, 13*Px, max, 1000)
		if !all {
			t.Fatal("lines are missing")
		}
		last := int32(0)
		var kept strings.Builder
		for _, l := range lines {
			if l.Start < last || l.End < l.Start {
				t.Fatalf("lines overlap: %+v", lines)
			}
			last = l.End
			text := s[l.Start:l.End]
			kept.WriteString(text)
			if got := len(utf16.Encode([]rune(s[:l.Start]))); int32(got) != l.Start16 {
				t.Fatalf("start is %d in UTF-16, want %d", l.Start16, got)
			}
			if got := len(utf16.Encode([]rune(text))); int32(got) != l.End16-l.Start16 {
				t.Fatalf("length is %d in UTF-16, want %d", l.End16-l.Start16, got)
			}
			if l.W != Width(text, Semibold, 13*Px) {
				t.Fatalf("width is %d, want %d", l.W, Width(text, Semibold, 13*Px))
			}
			if l.W > max+1 && visible(text) > 1 {
				t.Fatalf("%q is %d wide, more than %d", text, l.W, max)
			}
		}
		strip := func(s string) string {
			return strings.NewReplacer(" ", "", "\n", "").Replace(s)
		}
		if strip(kept.String()) != strip(s) {
			t.Fatalf("kept %q of %q", kept.String(), s)
		}
	})
}

// visible counts the characters that have a width.
func visible(s string) int {
	n, prev := 0, rune(0)
	for _, r := range s {
		if u, _ := advance(r, prev, Semibold); u > 0 {
			n++
		}
		prev = r
	}
	return n
}
