package gesture

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// How cards are lined up or spread.
const (
	AlignLeft    = 0
	AlignCentre  = 1
	AlignRight   = 2
	AlignTop     = 3
	AlignMiddle  = 4
	AlignBottom  = 5
	SpreadAcross = 6 // equal gaps between first and last
	SpreadDown   = 7
)

// tile is a card that lies free, where it is shown.
type tile struct {
	o          *sysmap.Object
	x, y, w, h int32
	toX, toY   int32
}

// tiles returns the shown cards of a set that lie free in one place, and the place.
// Of one whole alone these are its parts.
func (c *Context) tiles(list []id.Object) ([]tile, error) {
	cards := c.roots(list)
	if len(cards) == 1 {
		whole := cards[0].ID
		cards = nil
		c.Map.Parts(whole, func(o *sysmap.Object) bool { cards = append(cards, o); return true })
	}
	var out []tile
	for _, o := range cards {
		s, ok := c.Spot(o.ID)
		if !ok || !c.freehand(o.Place.Parent) {
			continue
		}
		if len(out) > 0 && out[0].o.Place.Parent != o.Place.Parent {
			return nil, errPlaces
		}
		x, y := s.X-s.DX, s.Y-s.DY
		out = append(out, tile{o: o, x: x, y: y, w: s.W, h: s.H, toX: x, toY: y})
	}
	if len(out) < 2 {
		return nil, errArranged
	}
	return out, nil
}

// moved returns the ops that bring tiles to where they go.
func moved(list []tile) []sysmap.Op {
	var ops []sysmap.Op
	for i := range list {
		t := &list[i]
		if t.toX == t.x && t.toY == t.y {
			continue
		}
		p := t.o.Place
		p.X, p.Y = bounded(int64(p.X)+int64(t.toX-t.x)), bounded(int64(p.Y)+int64(t.toY-t.y))
		ops = addPlace(ops, t.o.ID, &p)
	}
	return ops
}

// Align lines cards up at the outermost of them, or spreads them with equal gaps
// between the first and the last. Cards that a whole arranges stay.
func (c *Context) Align(list []id.Object, how int) ([]sysmap.Op, error) {
	tiles, err := c.tiles(list)
	if err != nil {
		return nil, err
	}
	if how == SpreadAcross || how == SpreadDown {
		spread(tiles, how == SpreadAcross)
		return moved(tiles), nil
	}
	if how < AlignLeft || how > AlignBottom {
		return nil, errKind
	}
	l, t, r, b := around(tiles)
	for i := range tiles {
		k := &tiles[i]
		switch how {
		case AlignLeft:
			k.toX = l
		case AlignCentre:
			k.toX = (l + r - k.w) / 2
		case AlignRight:
			k.toX = r - k.w
		case AlignTop:
			k.toY = t
		case AlignMiddle:
			k.toY = (t + b - k.h) / 2
		case AlignBottom:
			k.toY = b - k.h
		}
	}
	return moved(tiles), nil
}

// around returns the bounds of tiles.
func around(list []tile) (l, t, r, b int32) {
	l, t, r, b = list[0].x, list[0].y, list[0].x+list[0].w, list[0].y+list[0].h
	for i := range list {
		k := &list[i]
		l, t, r, b = min(l, k.x), min(t, k.y), max(r, k.x+k.w), max(b, k.y+k.h)
	}
	return l, t, r, b
}

// spread gives tiles equal gaps along one axis, in their order on it.
func spread(list []tile, across bool) {
	sortTiles(list, func(a, b *tile) bool {
		if across {
			return a.x+a.w/2 < b.x+b.w/2
		}
		return a.y+a.h/2 < b.y+b.h/2
	})
	l, t, r, b := around(list)
	room, at := int64(b-t), int64(t)
	if across {
		room, at = int64(r-l), int64(l)
	}
	for i := range list {
		room -= int64(list[i].along(across))
	}
	n := int64(len(list) - 1)
	for i := range list {
		k := &list[i]
		to := int32(at + room*int64(i)/n)
		if across {
			k.toX = to
		} else {
			k.toY = to
		}
		at += int64(k.along(across))
	}
}

func (t *tile) along(across bool) int32 {
	if across {
		return t.w
	}
	return t.h
}

// sortTiles is an insertion by halves: stable, small, and fast enough for what a
// person selects.
func sortTiles(list []tile, less func(a, b *tile) bool) {
	for i := 1; i < len(list); i++ {
		k := list[i]
		lo, hi := 0, i
		for lo < hi {
			if mid := (lo + hi) / 2; less(&k, &list[mid]) {
				hi = mid
			} else {
				lo = mid + 1
			}
		}
		copy(list[lo+1:i+1], list[lo:i])
		list[lo] = k
	}
}

// reading orders tiles by rows, then columns, then identifiers.
func reading(a, b *tile) bool {
	switch {
	case a.y != b.y:
		return a.y < b.y
	case a.x != b.x:
		return a.x < b.x
	}
	return id.Compare(a.o.ID, b.o.ID) < 0
}
