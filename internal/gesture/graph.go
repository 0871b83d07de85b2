package gesture

import (
	"plectica/internal/id"
	"plectica/internal/layers"
	"plectica/internal/sysmap"
)

// Distances of layers.
const (
	acrossGap = 80 * 64
	downGap   = 28 * 64
)

// layered arranges tiles in layers along what leads from one to another, also between
// what they hold. Where they lie now does not matter, so that doing it again changes
// nothing.
func (c *Context) layered(tiles []tile) error {
	sortTiles(tiles, func(a, b *tile) bool { return id.Compare(a.o.ID, b.o.ID) < 0 })
	rank := make(map[id.Object]int, len(tiles))
	boxes := make([]layers.Box, len(tiles))
	for i := range tiles {
		rank[tiles[i].o.ID] = i
		boxes[i] = layers.Box{W: tiles[i].w, H: tiles[i].h}
	}
	var lines []layers.Line
	for i := range tiles {
		lines = c.leads(lines, rank, tiles[i].o)
	}
	if len(boxes) > layers.MaxBoxes || len(lines) > layers.MaxLines {
		return errMany
	}
	l, t, _, _ := around(tiles)
	for i, p := range layers.Arrange(boxes, lines, layers.Gaps{Across: acrossGap, Down: downGap}) {
		tiles[i].toX, tiles[i].toY = l+p.X, t+p.Y
	}
	return nil
}

// leads adds what leads from a card, or from a part of it, to others of rank.
func (c *Context) leads(lines []layers.Line, rank map[id.Object]int, o *sysmap.Object) []layers.Line {
	c.Map.Lines(o.ID, func(l *sysmap.Object) bool {
		a, okA := c.rankOf(rank, l.A)
		b, okB := c.rankOf(rank, l.B)
		if okA && okB && a != b {
			if l.Int(sysmap.Direction) == sysmap.DirectionBA {
				a, b = b, a
			}
			lines = append(lines, layers.Line{From: a, To: b})
		}
		return true
	})
	c.Map.Parts(o.ID, func(p *sysmap.Object) bool { lines = c.leads(lines, rank, p); return true })
	return lines
}

// rankOf returns the rank of a card, or of the ranked one that holds it.
func (c *Context) rankOf(rank map[id.Object]int, k id.Object) (int, bool) {
	for range sysmap.MaxDepth {
		o := c.Map.Get(k)
		if o == nil || o.Type != sysmap.Card {
			break
		}
		if i, ok := rank[k]; ok {
			return i, true
		}
		k = o.Place.Parent
	}
	return 0, false
}
