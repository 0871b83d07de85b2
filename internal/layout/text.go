package layout

import (
	"plectica/internal/typeset"
)

// broken is a text broken into lines, kept from one layout to the next.
type broken struct {
	text  string
	lines []typeset.Line
	most  int32
	size  int32
	width int32 // of the widest line
	rev   int32
	w     typeset.Weight
	all   bool // the lines hold all of the text
	known bool
}

// lineBreaks breaks a text or finds that it is broken so already.
func lineBreaks(e *broken, s string, w typeset.Weight, size, most int32, limit int) {
	same := e.known && e.text == s && e.size == size && e.w == w
	if same && (e.most == most || e.all && len(e.lines) == 1 && e.width <= most && e.most <= most) {
		return
	}
	if !e.known || e.text != s {
		e.rev = Rev(s)
	}
	e.text, e.size, e.w, e.most, e.known = s, size, w, most, true
	e.lines, e.all = typeset.Wrap(e.lines[:0:0], s, w, size, most, limit)
	e.width = 0
	for _, l := range e.lines {
		e.width = max(e.width, l.W)
	}
}

// excerpt is lineBreaks for the start of a Markdown text: without the signs of
// headings, quotes and lists at the start of its first line.
func excerpt(e *broken, s string, most int32) {
	from := 0
	for from < len(s) && isMarkup(s[from]) {
		from++
	}
	if e.known && e.text == s && e.most == most {
		return
	}
	e.known = false
	lineBreaks(e, s[from:], typeset.Regular, BodySize, most, bodyLines)
	for i := range e.lines { // the marks are plain ASCII, so bytes are UTF-16 units
		l := &e.lines[i]
		l.Start, l.End = l.Start+int32(from), l.End+int32(from)
		l.Start16, l.End16 = l.Start16+int32(from), l.End16+int32(from)
	}
	e.text, e.rev = s, Rev(s)
}

func isMarkup(c byte) bool {
	switch c {
	case '#', '>', '-', '*', ' ', '\n', '\t':
		return true
	}
	return false
}

// Rev returns the number under which a painter keeps a text: 31 bits of a hash.
func Rev(s string) int32 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return int32((h ^ h>>32) & (1<<31 - 1))
}
