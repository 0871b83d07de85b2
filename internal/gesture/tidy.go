package gesture

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// How a selection is tidied up.
const (
	TidyTree = 0 // along relationships, from left to right
	TidyGrid = 1
	TidyPack = 2 // in rows, close together
	// TidyLayers puts cards into columns along relationships.
	TidyLayers = 3
)

// Bounds and distances of tidying.
const (
	MaxTidy   = 5000 // cards
	levelGap  = 72 * 64
	branchGap = 20 * 64
	tidyGap   = 24 * 64
)

// Tidy arranges cards that lie free in one place, or the parts of one whole. Their
// top left corner stays, nothing else moves, none overlaps another, and tidying
// again changes nothing.
func (c *Context) Tidy(list []id.Object, how int) ([]sysmap.Op, error) {
	tiles, err := c.tiles(list)
	if err != nil {
		return nil, err
	}
	if len(tiles) > MaxTidy {
		return nil, errMany
	}
	sortTiles(tiles, reading)
	switch how {
	case TidyTree:
		c.tree(tiles)
	case TidyGrid:
		grid(tiles)
	case TidyPack:
		pack(tiles)
	case TidyLayers:
		if err := c.layered(tiles); err != nil {
			return nil, err
		}
	default:
		return nil, errKind
	}
	return moved(tiles), nil
}

// grid puts tiles into columns of their widest and rows of their highest.
func grid(list []tile) {
	columns := 1
	for columns*columns < len(list) {
		columns++
	}
	widths := make([]int32, columns)
	for i := range list {
		widths[i%columns] = max(widths[i%columns], list[i].w)
	}
	l, y, _, _ := around(list)
	for row := 0; row < len(list); row += columns {
		x, high := l, int32(0)
		for i := row; i < min(row+columns, len(list)); i++ {
			list[i].toX, list[i].toY = x, y
			x += widths[i-row] + tidyGap
			high = max(high, list[i].h)
		}
		y += high + tidyGap
	}
}

// pack fills rows that are about as wide as all of them are high.
func pack(list []tile) {
	area, most := int64(0), int64(0)
	for i := range list {
		area += int64(list[i].w+tidyGap) * int64(list[i].h+tidyGap)
		most = max(most, int64(list[i].w))
	}
	for most*most < area*3/2 { // somewhat wider than high, as screens are
		most += most/8 + 1
	}
	l, y, _, _ := around(list)
	x, high := l, int32(0)
	for i := range list {
		k := &list[i]
		if x > l && int64(x-l)+int64(k.w) > most {
			x, y, high = l, y+high+tidyGap, 0
		}
		k.toX, k.toY = x, y
		x += k.w + tidyGap
		high = max(high, k.h)
	}
}

// tree puts what a card leads to on its right, branches below each other and as
// close as they fit: the idea of Reingold and Tilford, for cards of any size, as van
// der Ploeg describes it ("Drawing non-layered tidy trees in linear time", 2014).
// What hangs together by no direction follows its leftmost card.
func (c *Context) tree(list []tile) {
	f := c.forest(list)
	l, t, _, _ := around(list)
	y := t
	for _, root := range f.roots {
		f.place(root, 0)
		top, bottom := f.extent(root)
		f.drop(root, l, y-top)
		y += bottom - top + branchGap
	}
}

// forest is tiles as trees. Profiles are in the coordinates of their root.
type forest struct {
	list  []tile
	kids  [][]int
	roots []int
	y     []int32 // of a tile, relative to its parent
	x     []int32
	upper [][]edge // what a branch covers, seen from above
	lower [][]edge
}

// edge is a stretch of a profile.
type edge struct{ from, to, y int32 }

// forest finds for every tile the one it follows. Directions count first; who is
// led to by nothing is a root.
func (c *Context) forest(list []tile) *forest {
	n := len(list)
	f := &forest{list: list, kids: make([][]int, n), y: make([]int32, n), x: make([]int32, n),
		upper: make([][]edge, n), lower: make([][]edge, n)}
	rank := make(map[id.Object]int, n)
	for i := range list {
		rank[list[i].o.ID] = i
	}
	out, any := make([][]int, n), make([][]int, n)
	led := make([]bool, n)
	for i := range list {
		c.Map.Lines(list[i].o.ID, func(l *sysmap.Object) bool {
			j, inside := rank[l.B]
			if !inside || i == j {
				return true
			}
			any[i], any[j] = append(any[i], j), append(any[j], i)
			switch l.Int(sysmap.Direction) {
			case sysmap.DirectionAB:
				out[i], led[j] = append(out[i], j), true
			case sysmap.DirectionBA:
				out[j], led[i] = append(out[j], i), true
			}
			return true
		})
	}
	taken := make([]bool, n)
	grow := func(root int, next [][]int) {
		taken[root] = true
		f.roots = append(f.roots, root)
		for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
			i := queue[0]
			sortInts(next[i])
			for _, j := range next[i] {
				if !taken[j] {
					taken[j] = true
					f.kids[i] = append(f.kids[i], j)
					queue = append(queue, j)
				}
			}
		}
	}
	for i := range list {
		if !led[i] && len(out[i]) > 0 && !taken[i] {
			grow(i, out)
		}
	}
	// The leftmost one leads the rest, since it will be the leftmost again.
	order := append([]tile(nil), list...)
	sortTiles(order, func(a, b *tile) bool { return a.x < b.x || a.x == b.x && reading(a, b) })
	for i := range order {
		if k := rank[order[i].o.ID]; !taken[k] {
			grow(k, any)
		}
	}
	sortInts(f.roots)
	return f
}

// place puts the branches of a tile beside it. Depth is bounded by MaxTidy.
func (f *forest) place(i int, depth int) {
	k := &f.list[i]
	var upper, lower []edge
	for _, j := range f.kids[i] {
		f.place(j, depth+1)
		f.x[j] = k.w + levelGap
		down := int32(0)
		if len(lower) > 0 {
			down = apart(lower, shifted(f.upper[j], f.x[j], 0)) + branchGap
		}
		f.y[j] = down
		lower = over(shifted(f.lower[j], f.x[j], down), lower)
		upper = over(upper, shifted(f.upper[j], f.x[j], down))
		f.upper[j], f.lower[j] = nil, nil
	}
	if n := len(f.kids[i]); n > 0 { // the tile stands at the middle of its branches
		first, last := f.kids[i][0], f.kids[i][n-1]
		mid := (f.y[first] + f.list[first].h/2 + f.y[last] + f.list[last].h/2) / 2
		up := k.h/2 - mid
		for _, j := range f.kids[i] {
			f.y[j] += up
		}
		upper, lower = shifted(upper, 0, up), shifted(lower, 0, up)
	}
	f.upper[i] = append([]edge{{0, k.w + levelGap, 0}}, upper...)
	f.lower[i] = append([]edge{{0, k.w + levelGap, k.h}}, lower...)
}

// extent returns the top and bottom of a branch, from its root.
func (f *forest) extent(i int) (top, bottom int32) {
	top, bottom = 0, f.list[i].h
	for _, e := range f.upper[i] {
		top = min(top, e.y)
	}
	for _, e := range f.lower[i] {
		bottom = max(bottom, e.y)
	}
	return top, bottom
}

// drop gives a branch its place.
func (f *forest) drop(i int, x, y int32) {
	f.list[i].toX, f.list[i].toY = x, y
	for _, j := range f.kids[i] {
		f.drop(j, x+f.x[j], y+f.y[j])
	}
}

func shifted(p []edge, dx, dy int32) []edge {
	out := make([]edge, len(p))
	for i, e := range p {
		out[i] = edge{e.from + dx, e.to + dx, e.y + dy}
	}
	return out
}

// apart returns how far a profile seen from above must go down to clear one seen
// from below.
func apart(lower, upper []edge) int32 {
	down := int32(-1 << 30)
	for i, j := 0, 0; i < len(lower) && j < len(upper); {
		a, b := lower[i], upper[j]
		if a.from < b.to && b.from < a.to {
			down = max(down, a.y-b.y)
		}
		if a.to < b.to {
			i++
		} else {
			j++
		}
	}
	return max(down, 0)
}

// over returns the profile of two, where the first hides the second.
func over(first, second []edge) []edge {
	if len(first) == 0 {
		return second
	}
	end := first[len(first)-1].to
	out := first
	for _, e := range second {
		if e.to > end {
			out = append(out, edge{max(e.from, end), e.to, e.y})
		}
	}
	return out
}

func sortInts(list []int) {
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && list[j] < list[j-1]; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}
