// Package render draws a map as a picture that needs no program: SVG, from the same
// instructions that a browser paints on its canvas, in its light colours. A picture
// shows what is saved in the map, of no viewer: its folds and open eyes, nobody's
// selection, lens or presence. It is text and shapes alone: no script, style, address
// or content of a file is ever in it. The same map gives the same bytes. A function
// reads a map that nobody changes meanwhile, and may be called from anywhere.
package render

import (
	"math/rand/v2"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/layout"
	"plectica/internal/picture"
	"plectica/internal/sysmap"
	"plectica/internal/typeset"
)

const px = typeset.Px

// Bounds of a picture.
const (
	// MaxBytes is the most a picture has.
	MaxBytes = 8 << 20
	// MaxObjects is how many cards and relationships a map has that is drawn: to lay
	// them out takes some kilobytes for each.
	MaxObjects = 1 << 16
	// longest side of a map, in px: a larger one is seen from further away, with as
	// much of it as a canvas shows then.
	longest = 4096
	// margin around the map, in px of the picture.
	margin = 64
	// around is how far beyond the map, in px, what belongs to it may lie.
	around = 1 << 14
)

// Zooms in 1/65536.
const (
	one      = 1 << 16
	smallest = one / 50 // what the canvas allows
)

func tooLarge() error { return fault.New(fault.Limit, "the map is too large for a picture") }

// SVG returns the picture of a whole map. The error has kind fault.Limit: the map is too
// large.
func SVG(m *sysmap.Map) ([]byte, error) {
	if m.Living()+m.Count(sysmap.Relationship) > MaxObjects {
		return nil, tooLarge()
	}
	// The seed decides nothing that is seen.
	l := layout.New(layout.NewNumbers(rand.Uint64()))
	p := l.Update(m)
	zoom := fit(p)
	t := texts{m: m, numbers: l.Numbers}
	s := picture.Scene{Plan: p, Camera: camera(p, zoom), Titles: func(num int32) string { return t.whole(num, int32(sysmap.Title)) }}
	s.Sights = picture.Looks(nil, m, l, func(_ int32, o *sysmap.Object) bool { return o.Int(sysmap.Open) != 0 })
	s.Focus()
	d := newDrawing(p, zoom, &t)
	picture.Each(s.Frame(), d.draw)
	return d.finish(title(m))
}

// fit returns the zoom at which a map is no longer than a picture is.
func fit(p *layout.Plan) int64 {
	side := max(int64(p.R)-int64(p.L), int64(p.B)-int64(p.T)) / px
	if side <= longest {
		return one
	}
	return max(longest*one/side, smallest)
}

// camera sees everything.
func camera(p *layout.Plan, zoom int64) picture.Camera {
	c := picture.NewCamera(p.L-around*px, p.T-around*px, 0, 0, float32(zoom)/one)
	c.W, c.H = p.R-p.L+2*around*px, p.B-p.T+2*around*px
	return c
}

// What a title says of a map.
const (
	titleCards = 3   // names of so many cards on it
	titleRunes = 120 // in all
	untitled   = "Plectica"
)

// title names the first cards of a map: it has no name of its own here.
func title(m *sysmap.Map) string {
	var out []rune
	n, more := 0, false
	for _, k := range m.Kids(id.Root) {
		o := m.GetLive(k)
		if o == nil || o.Title == "" {
			continue
		}
		if more = n == titleCards || len(out) > titleRunes; more {
			break
		}
		if n++; n > 1 {
			out = append(out, []rune(" · ")...)
		}
		out = append(out, []rune(o.Title)...)
	}
	switch {
	case n == 0:
		return untitled
	case more || len(out) > titleRunes:
		return string(out[:min(len(out), titleRunes)]) + " …"
	}
	return string(out)
}
