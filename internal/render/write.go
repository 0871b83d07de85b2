package render

import (
	"strconv"
	"unicode/utf8"
)

// writer appends elements. Lengths are in 1/64 px, places count from an origin; what is
// covered by what was written is noted.
type writer struct {
	b          []byte
	ox, oy     int32
	l, t, r, m int32 // covered, from the origin; m is the bottom
}

func (w *writer) raw(s string) { w.b = append(w.b, s...) }

// attr writes an attribute whose value is the program's own.
func (w *writer) attr(name, value string) {
	w.b = append(append(append(w.b, ' '), name...), '=', '"')
	w.b = append(append(w.b, value...), '"')
}

// length writes an attribute that is a length.
func (w *writer) length(name string, v int32) {
	w.b = append(append(append(w.b, ' '), name...), '=', '"')
	w.b = append(hundredths(w.b, v), '"')
}

// share writes an attribute that is a share of 1, in thousandths.
func (w *writer) share(name string, thousandths int32) {
	w.b = append(append(append(w.b, ' '), name...), '=', '"')
	w.b = append(decimal(w.b, int64(thousandths), 3), '"')
}

// hundredths writes a length in px, to the nearest hundredth.
func hundredths(b []byte, v int32) []byte { return decimal(b, (int64(v)*100+px/2)>>6, 2) }

// decimal writes v / 10^places without zeros at its end.
func decimal(b []byte, v int64, places int) []byte {
	if v < 0 {
		b, v = append(b, '-'), -v
	}
	unit := int64(1)
	for range places {
		unit *= 10
	}
	b = strconv.AppendInt(b, v/unit, 10)
	rest := v % unit
	if rest == 0 {
		return b
	}
	b = append(b, '.')
	for rest > 0 {
		unit /= 10
		b = append(b, byte('0'+rest/unit))
		rest %= unit
	}
	return b
}

// text writes characters that somebody wrote. What XML cannot hold is left out if it has
// no width, else it shows as a character that is not known. Spaces that would be taken
// for one are of the kind that is not.
func (w *writer) text(s string) {
	const space, solid = ' ', 0xa0
	last := rune(space)
	for _, r := range s {
		switch {
		case r == '\t', r == '\n', r == '\r':
			r = space
		case r < space:
			continue
		case r == 0xfffe, r == 0xffff:
			r = utf8.RuneError
		}
		alone := r != space || last != space
		last = r
		switch {
		case !alone:
			w.b = utf8.AppendRune(w.b, solid)
		case r == '&':
			w.raw("&amp;")
		case r == '<':
			w.raw("&lt;")
		case r == '>':
			w.raw("&gt;")
		default:
			w.b = utf8.AppendRune(w.b, r)
		}
	}
}

// cover notes that something lies in an area, which has not been moved to the origin.
func (w *writer) cover(l, t, r, b int32) {
	l, t, r, b = l-w.ox, t-w.oy, r-w.ox, b-w.oy
	w.l, w.t, w.r, w.m = min(w.l, l), min(w.t, t), max(w.r, r), max(w.m, b)
}

// rect begins a rectangle, up to its colours.
func (w *writer) rect(x, y, wide, high, radius int32) {
	w.cover(x, y, x+wide, y+high)
	w.raw("<rect")
	w.length("x", x-w.ox)
	w.length("y", y-w.oy)
	w.length("width", wide)
	w.length("height", high)
	if radius = max(0, min(radius, wide/2, high/2)); radius > 0 {
		w.length("rx", radius)
	}
}

// circle is a rectangle that is one.
func (w *writer) circle(x, y, radius int32) {
	w.cover(x-radius, y-radius, x+radius, y+radius)
	w.raw("<circle")
	w.length("cx", x-w.ox)
	w.length("cy", y-w.oy)
	w.length("r", radius)
}

// point writes a step of a path: a letter and pairs of places.
func (w *writer) point(step byte, places ...int32) {
	w.b = append(w.b, step)
	for i := 0; i+1 < len(places); i += 2 {
		x, y := places[i], places[i+1]
		w.cover(x, y, x, y)
		if i > 0 {
			w.b = append(w.b, ' ')
		}
		w.b = hundredths(append(hundredths(w.b, x-w.ox), ' '), y-w.oy)
	}
}

// end ends an element that holds nothing.
func (w *writer) end() { w.raw("/>\n") }
