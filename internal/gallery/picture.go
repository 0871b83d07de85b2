package gallery

import (
	"plectica/internal/layout"
	"plectica/internal/typeset"
)

// Bounds of a picture: enough for a map to be told from another at a glance.
const (
	mostCards = 120
	mostLines = 120
	deepest   = 3 // levels that are shown
)

// Picture is a map in small: rectangles and lines in whole px, from its top left corner.
type Picture struct {
	Width, Height int32
	Cards         [][]int32 // x, y, width, height, colour, level; wholes before their parts
	Lines         [][]int32 // colour, then points as x, y; they lie over the cards
	Labels        [][]int32 // the cards on lines, as Cards; they lie over the lines
}

// pictureOf draws a plan.
func pictureOf(p *layout.Plan) Picture {
	x := func(v int32) int32 { return (v - p.L) / typeset.Px }
	y := func(v int32) int32 { return (v - p.T) / typeset.Px }
	out := Picture{Width: x(p.R), Height: y(p.B), Cards: [][]int32{}, Lines: [][]int32{}, Labels: [][]int32{}}
	for i := range p.Boxes {
		b := &p.Boxes[i]
		if b.Depth >= deepest || len(out.Cards)+len(out.Labels) == mostCards {
			continue
		}
		to := &out.Cards
		if onLine(p, int32(i)) {
			to = &out.Labels
		}
		*to = append(*to, []int32{x(b.X), y(b.Y), b.W / typeset.Px, b.H / typeset.Px, int32(b.Colour), b.Depth})
	}
	for i := range p.Links {
		if len(out.Lines) == mostLines {
			break
		}
		k := &p.Links[i]
		line := []int32{int32(k.Colour)}
		for eighths := range int32(9) {
			px, py := k.At(eighths)
			line = append(line, x(px), y(py))
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

// onLine reports whether a box lies on a relationship, or in a card that does.
func onLine(p *layout.Plan, i int32) bool {
	for i >= 0 && p.Boxes[i].Link < 0 {
		i = p.Boxes[i].Parent
	}
	return i >= 0
}
