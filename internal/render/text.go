package render

import (
	"unicode/utf8"

	"plectica/internal/layout"
	"plectica/internal/sysmap"
)

// texts finds the words of instructions. Lines of one text come one after the other:
// it remembers how far it has read.
type texts struct {
	m       *sysmap.Map
	numbers *layout.Numbers

	num, field int32
	s          string
	at, at16   int // bytes, UTF-16 units
}

// whole returns a text of an object.
func (t *texts) whole(num, field int32) string {
	k, ok := t.numbers.ID(num)
	if !ok || num == 0 {
		return ""
	}
	o := t.m.GetLive(k)
	if o == nil {
		return ""
	}
	switch f := sysmap.Field(field); f {
	case sysmap.Title:
		return o.Title
	case sysmap.Body:
		return o.Body
	default:
		return o.Get(f).S
	}
}

// part returns a part of a text between two counts of UTF-16 units.
func (t *texts) part(num, field int32, from, to int) string {
	if num != t.num || field != t.field || from < t.at16 {
		t.num, t.field, t.at, t.at16 = num, field, 0, 0
		t.s = t.whole(num, field)
	}
	t.skip(from)
	start := t.at
	t.skip(to)
	return t.s[start:t.at]
}

// skip reads up to a count of UTF-16 units.
func (t *texts) skip(to int) {
	for t.at < len(t.s) && t.at16 < to {
		r, n := utf8.DecodeRuneInString(t.s[t.at:])
		t.at, t.at16 = t.at+n, t.at16+1
		if r >= 0x10000 {
			t.at16++
		}
	}
}
