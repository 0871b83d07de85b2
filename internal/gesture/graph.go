package gesture

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Graph is cards that lie free in one place, and what leads from one to another, also
// between what they hold. It does not depend on where they lie.
type Graph struct {
	Boxes []GraphBox
	Lines [][2]int // ranks in Boxes
}

// GraphBox is a card of a graph and its size in 1/64 px.
type GraphBox struct {
	ID   id.Object
	W, H int32
}

// Graph returns the graph of cards that lie free in one place, or of the parts of one
// whole.
func (c *Context) Graph(list []id.Object) (*Graph, error) {
	tiles, err := c.tiles(list)
	if err != nil {
		return nil, err
	}
	if len(tiles) > MaxTidy {
		return nil, errMany
	}
	sortTiles(tiles, func(a, b *tile) bool { return id.Compare(a.o.ID, b.o.ID) < 0 })
	g := new(Graph)
	rank := make(map[id.Object]int, len(tiles))
	for i := range tiles {
		t := &tiles[i]
		rank[t.o.ID] = i
		g.Boxes = append(g.Boxes, GraphBox{t.o.ID, t.w, t.h})
	}
	for i := range tiles {
		c.leads(g, rank, tiles[i].o)
	}
	return g, nil
}

// leads adds what leads from a card, or from a part of it, to others of the graph.
func (c *Context) leads(g *Graph, rank map[id.Object]int, o *sysmap.Object) {
	c.Map.Lines(o.ID, func(l *sysmap.Object) bool {
		a, okA := c.boxOf(rank, l.A)
		b, okB := c.boxOf(rank, l.B)
		if okA && okB && a != b {
			if l.Int(sysmap.Direction) == sysmap.DirectionBA {
				a, b = b, a
			}
			g.Lines = append(g.Lines, [2]int{a, b})
		}
		return true
	})
	c.Map.Parts(o.ID, func(p *sysmap.Object) bool { c.leads(g, rank, p); return true })
}

// boxOf returns the rank of the card of a graph that is a card, or holds it.
func (c *Context) boxOf(rank map[id.Object]int, k id.Object) (int, bool) {
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

// Shape is where a card of an arrangement lies, from its corner, in 1/64 px.
type Shape struct {
	Card id.Object
	X, Y int32
}

// Arrange puts cards that lie free in one place into an arrangement. Their top left
// corner stays and nothing else moves.
func (c *Context) Arrange(list []Shape) ([]sysmap.Op, error) {
	ids := make([]id.Object, len(list))
	to := make(map[id.Object]*Shape, len(list))
	for i := range list {
		ids[i] = list[i].Card
		to[list[i].Card] = &list[i]
	}
	if len(list) < 2 || len(list) > MaxTidy {
		return nil, errArranged
	}
	tiles, err := c.tiles(ids)
	if err != nil {
		return nil, err
	}
	l, t, _, _ := around(tiles)
	for i := range tiles {
		if s := to[tiles[i].o.ID]; s != nil {
			tiles[i].toX, tiles[i].toY = bounded(int64(l)+int64(s.X)), bounded(int64(t)+int64(s.Y))
		}
	}
	return moved(tiles), nil
}
