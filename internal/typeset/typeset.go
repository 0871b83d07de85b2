// Package typeset measures and breaks text in integers, so that a line is as
// wide and breaks at the same place in the browser, on the server and in a test.
// Widths of the shipped font come from a table made of its files; other scripts
// get widths by block, good enough for the size of a box, and are marked so that
// the painter squeezes them. It never kerns, joins or reorders, and looks at no
// font at run time. Everything is a pure function and safe for concurrent use.
package typeset

import "unicode/utf8"

//go:generate go run ./internal/advances -fonts ../../ui/node_modules/@fontsource/inter/files -out table.go

// Px is the number of units of length in one pixel.
const Px = 64

// Weight is a cut of the font.
type Weight uint8

// The weights that are shipped.
const (
	Regular  Weight = iota // 400
	Semibold               // 600
)

// missing marks a code point that the font does not have.
const missing = 0xffff

// Line is a slice of a text as one line: without the spaces at its end.
type Line struct {
	Start, End     int32 // bytes
	Start16, End16 int32 // UTF-16 units
	W              int32 // 1/64 px
	Shaped         bool  // holds characters whose width is an estimate
}

// Width returns the length of s in 1/64 px at a size in 1/64 px.
func Width(s string, w Weight, size int32) int32 {
	var sum int64
	var prev rune
	for _, r := range s {
		u, _ := advance(r, prev, w)
		sum += u
		prev = r
	}
	return scale(sum, size)
}

// scale turns font units into 1/64 px, to the nearest.
func scale(units int64, size int32) int32 {
	return int32((units*int64(size) + unitsPerEm/2) / unitsPerEm)
}

// advance returns the width of r after prev in font units, and whether it is of
// the shipped font.
func advance(r, prev rune, w Weight) (units int64, known bool) {
	if r == '\t' || r == '\n' {
		r = ' '
	}
	if prev == joiner {
		return 0, false // the sequence is one picture, counted at its start
	}
	if int(r) < len(pageOf)<<pageBits {
		if page := int(pageOf[r>>pageBits]); page > 0 {
			i := ((page-1)<<pageBits | int(r)&(1<<pageBits-1)) * 2
			table := regularWidths
			if w == Semibold {
				table = semiboldWidths
			}
			if v := int64(table[i])<<8 | int64(table[i+1]); v != missing {
				return v, true
			}
		}
	}
	return elsewhere(r) * unitsPerEm / 1000, false
}

// Wrap appends the lines of s, none wider than max if a single character is not,
// and at most limit of them, and reports whether all of s is in them. Line feeds
// end lines. An empty text has no line.
func Wrap(lines []Line, s string, w Weight, size, max int32, limit int) ([]Line, bool) {
	b := breaker{s: s, w: w, size: size, most: int64(max) * unitsPerEm / int64(size)}
	for n := 0; b.at < len(s); n++ {
		if n == limit {
			return lines, false
		}
		lines = append(lines, b.line())
	}
	return lines, true
}

// breaker walks a text line by line.
type breaker struct {
	s    string
	w    Weight
	size int32
	most int64 // font units
	at   int   // bytes
	at16 int32
	prev rune
}

// mark is a place in a line where it may end.
type mark struct {
	at    int
	at16  int32
	units int64 // width up to it without spaces before it
	end   int   // byte after the last character that is no space
	end16 int32
	est   bool
}

// line returns the next line and moves behind it and the spaces at its end.
func (b *breaker) line() Line {
	start := mark{at: b.at, at16: b.at16}
	cur := mark{end: b.at, end16: b.at16}
	cur.at, cur.at16 = b.at, b.at16
	var total int64
	var last mark // the last place to break
	hasLast := false
	b.prev = 0
	for cur.at < len(b.s) {
		r, n := utf8.DecodeRuneInString(b.s[cur.at:])
		if r == '\n' {
			b.at, b.at16 = cur.at+1, cur.at16+1
			return b.cut(start, cur)
		}
		if cur.at > start.at && canBreak(b.prev, r) {
			last, hasLast = cur, true
		}
		u, known := advance(r, b.prev, b.w)
		total += u
		if !isSpace(r) {
			// What has no width stays with what it follows, but a space is left behind.
			if total > b.most && cur.at > start.at && (u > 0 || isSpace(b.prev)) {
				if !hasLast {
					last = cur
				}
				return b.wrapAt(start, last)
			}
			cur.units, cur.end, cur.end16 = total, cur.at+n, cur.at16+len16(r)
			cur.est = cur.est || !known
		}
		cur.at, cur.at16 = cur.at+n, cur.at16+len16(r)
		b.prev = r
	}
	b.at, b.at16 = cur.at, cur.at16
	return b.cut(start, cur)
}

// wrapAt ends a line at a mark and skips one run of spaces after it.
func (b *breaker) wrapAt(start, m mark) Line {
	b.at, b.at16 = m.at, m.at16
	for b.at < len(b.s) && b.s[b.at] == ' ' {
		b.at, b.at16 = b.at+1, b.at16+1
	}
	return b.cut(start, m)
}

func (b *breaker) cut(start, m mark) Line {
	return Line{Start: int32(start.at), End: int32(m.end), Start16: start.at16, End16: m.end16,
		W: scale(m.units, b.size), Shaped: m.est}
}

func len16(r rune) int32 {
	if r >= 0x10000 {
		return 2
	}
	return 1
}
