package layers

// order puts the nodes of each column in an order in which few lines cross: by the
// median of what they are joined to in the column before, then in the one after, and so
// on. The best order met is kept.
func (g *graph) order() {
	g.pos = make([]int, len(g.box))
	g.number()
	best, least := g.copied(), g.crossings()
	for sweep := 0; sweep < sweeps && least > 0; sweep++ {
		if sweep%2 == 0 {
			for c := 1; c < len(g.columns); c++ {
				g.sortBy(c, g.in)
			}
		} else {
			for c := len(g.columns) - 2; c >= 0; c-- {
				g.sortBy(c, g.out)
			}
		}
		if n := g.crossings(); n < least {
			best, least = g.copied(), n
		}
	}
	g.columns = best
	g.number()
}

func (g *graph) number() {
	for _, column := range g.columns {
		for i, v := range column {
			g.pos[v] = i
		}
	}
}

func (g *graph) copied() [][]int {
	out := make([][]int, len(g.columns))
	for i, column := range g.columns {
		out[i] = append([]int(nil), column...)
	}
	return out
}

// sortBy orders a column by the medians of neighbours; what has none keeps its place as
// far as it can.
func (g *graph) sortBy(c int, near [][]int) {
	column := g.columns[c]
	rank := make([]int, len(column))
	for i, v := range column {
		rank[i] = 2 * i
		if len(near[v]) > 0 {
			rank[i] = g.median(near[v])
		}
	}
	for i := 1; i < len(column); i++ { // stable: equals keep their order
		for j := i; j > 0 && rank[j] < rank[j-1]; j-- {
			rank[j], rank[j-1] = rank[j-1], rank[j]
			column[j], column[j-1] = column[j-1], column[j]
		}
	}
	for i, v := range column {
		g.pos[v] = i
	}
}

// median returns twice the median place of nodes in their column.
func (g *graph) median(list []int) int {
	places := make([]int, len(list))
	for i, v := range list {
		places[i] = g.pos[v]
		for j := i; j > 0 && places[j] < places[j-1]; j-- {
			places[j], places[j-1] = places[j-1], places[j]
		}
	}
	mid := len(places) / 2
	if len(places)%2 == 1 {
		return 2 * places[mid]
	}
	return places[mid-1] + places[mid]
}

// crossings counts how many pairs of lines cross, by sums over a tree of places.
func (g *graph) crossings() int {
	total := 0
	for c := 1; c < len(g.columns); c++ {
		tree := make([]int, len(g.columns[c])+1)
		count := 0
		for _, v := range g.columns[c-1] {
			for _, t := range g.out[v] {
				if g.column[t] == c {
					total += count - sumTo(tree, g.pos[t])
				}
			}
			for _, t := range g.out[v] {
				if g.column[t] == c {
					for i := g.pos[t] + 1; i < len(tree); i += i & -i {
						tree[i]++
					}
					count++
				}
			}
		}
	}
	return total
}

// sumTo returns how many lines end at places up to p.
func sumTo(tree []int, p int) (sum int) {
	for i := p + 1; i > 0; i -= i & -i {
		sum += tree[i]
	}
	return sum
}

// align gives the nodes their heights: as near as the order and the gaps allow to the
// middle of what they are joined to, from both sides in turn.
func (g *graph) align() {
	g.y = make([]int32, len(g.box))
	for _, column := range g.columns {
		y := int32(0)
		for _, v := range column {
			g.y[v] = y + g.h[v]/2
			y += g.h[v] + g.gaps.Down
		}
	}
	for pull := range pulls {
		for i := range g.columns {
			if pull%2 == 0 {
				g.settle(g.columns[i])
			} else {
				g.settle(g.columns[len(g.columns)-1-i])
			}
		}
	}
}

// block is a run of nodes that touch: they move together.
type block struct {
	sum, n   int64 // of where they want the first of the column to be
	from, to int
}

// settle finds the places of a column that are nearest to where its nodes want to be, in
// the sense of least squares: nodes that would overlap join blocks, as pool adjacent
// violators does for regression.
func (g *graph) settle(column []int) {
	var blocks []block
	offset := make([]int32, len(column)) // of a node's middle, were all to touch
	for i, v := range column {
		if i > 0 {
			offset[i] = offset[i-1] + g.h[column[i-1]]/2 + (g.h[v]+1)/2 + g.gaps.Down
		}
		blocks = append(blocks, block{int64(g.wanted(v) - offset[i]), 1, i, i})
		for n := len(blocks); n > 1 && blocks[n-2].sum*blocks[n-1].n > blocks[n-1].sum*blocks[n-2].n; n = len(blocks) {
			a, b := blocks[n-2], blocks[n-1]
			blocks = append(blocks[:n-2], block{a.sum + b.sum, a.n + b.n, a.from, b.to})
		}
	}
	for _, b := range blocks {
		at := int32(floor(b.sum, b.n))
		for i := b.from; i <= b.to; i++ {
			g.y[column[i]] = at + offset[i]
		}
	}
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b != 0 && a < 0 {
		q--
	}
	return q
}

// wanted returns the middle of what a node is joined to. Bends count double: long lines
// should be straight.
func (g *graph) wanted(v int) int32 {
	sum, n := int64(0), int64(0)
	for _, list := range [2][]int{g.in[v], g.out[v]} {
		for _, t := range list {
			weight := int64(1)
			if g.box[t] < 0 || g.box[v] < 0 {
				weight = 2
			}
			sum, n = sum+weight*int64(g.y[t]), n+weight
		}
	}
	if n == 0 {
		return g.y[v]
	}
	return int32(floor(sum, n))
}
