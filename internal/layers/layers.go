// Package layers arranges boxes in columns along the lines between them, after
// Sugiyama, Tagawa and Toda ("Methods for visual understanding of hierarchical system
// structures", 1981): lines are turned so that none leads in a circle, each box comes
// after all that leads to it, columns are put in an order in which few lines cross, and
// boxes move towards what they are joined to. It works in whole numbers, so that the same
// graph gives the same places everywhere, and knows sizes and lines alone.
package layers

// Bounds of one graph, and of the work on it.
const (
	MaxBoxes = 1000
	MaxLines = 3000

	sweeps   = 12     // for the order within columns
	pulls    = 16     // for the places within columns
	maxBends = 20_000 // places where long lines pass columns; more are not considered
)

// Box is the size of a box.
type Box struct{ W, H int32 }

// Line leads from one box to another, by their ranks.
type Line struct{ From, To int }

// Place is the top left corner of a box, from that of all.
type Place struct{ X, Y int32 }

// Gaps are the distances to keep: between columns, and between the boxes of one.
type Gaps struct{ Across, Down int32 }

// Arrange returns a place for each box: columns from left to right. What hangs together
// by no line is arranged one below the other; single boxes come last, side by side. It
// is for at most MaxBoxes and MaxLines, which is the caller's to check.
func Arrange(boxes []Box, lines []Line, gaps Gaps) []Place {
	out := make([]Place, len(boxes))
	var alone []int
	y := int32(0)
	for _, part := range parts(len(boxes), lines) {
		if len(part) == 1 {
			alone = append(alone, part[0])
			continue
		}
		g := newGraph(boxes, lines, part, gaps)
		g.turn()
		g.rank()
		g.split()
		g.order()
		g.align()
		y += g.put(out, y) + 2*gaps.Down
	}
	row(out, boxes, alone, y, gaps)
	return out
}

// row puts single boxes side by side, in rows about as wide as they are high together.
func row(out []Place, boxes []Box, alone []int, y int32, gaps Gaps) {
	area, widest := int64(0), int64(0)
	for _, i := range alone {
		area += int64(boxes[i].W+gaps.Down) * int64(boxes[i].H+gaps.Down)
		widest = max(widest, int64(boxes[i].W))
	}
	for widest*widest < area*2 {
		widest += widest/8 + 1
	}
	x, high := int32(0), int32(0)
	for _, i := range alone {
		if x > 0 && int64(x)+int64(boxes[i].W) > widest {
			x, y, high = 0, y+high+gaps.Down, 0
		}
		out[i] = Place{x, y}
		x += boxes[i].W + gaps.Down
		high = max(high, boxes[i].H)
	}
}

// parts returns the boxes that hang together, each group in the order of ranks.
func parts(n int, lines []Line) [][]int {
	of := make([]int, n)
	for i := range of {
		of[i] = i
	}
	root := func(i int) int {
		for of[i] != i {
			of[i] = of[of[i]]
			i = of[i]
		}
		return i
	}
	for _, l := range lines {
		a, b := root(l.From), root(l.To)
		of[max(a, b)] = min(a, b)
	}
	at := make(map[int]int)
	var out [][]int
	for i := range n {
		r := root(i)
		k, known := at[r]
		if !known {
			k = len(out)
			at[r] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], i)
	}
	return out
}

// graph is boxes that hang together, and the places where long lines pass columns.
type graph struct {
	gaps    Gaps
	box     []int // of a node: its rank among all boxes, -1 for a bend
	w, h    []int32
	out, in [][]int
	column  []int
	columns [][]int // nodes in order
	pos     []int   // of a node in its column
	y       []int32 // of a node's middle
}

func newGraph(boxes []Box, lines []Line, part []int, gaps Gaps) *graph {
	g := &graph{gaps: gaps}
	at := make(map[int]int, len(part))
	for _, i := range part {
		at[i] = g.node(i, boxes[i].W, boxes[i].H)
	}
	seen := make(map[[2]int]bool)
	for _, l := range lines {
		a, ok := at[l.From]
		b := at[l.To]
		if !ok || a == b || seen[[2]int{a, b}] {
			continue
		}
		seen[[2]int{a, b}] = true
		g.join(a, b)
	}
	return g
}

func (g *graph) node(box int, w, h int32) int {
	g.box, g.w, g.h = append(g.box, box), append(g.w, w), append(g.h, h)
	g.out, g.in = append(g.out, nil), append(g.in, nil)
	g.column = append(g.column, 0)
	return len(g.box) - 1
}

func (g *graph) join(a, b int) {
	g.out[a], g.in[b] = append(g.out[a], b), append(g.in[b], a)
}

// turn turns lines around that would lead back, found by going along the lines depth
// first from what nothing leads to.
func (g *graph) turn() {
	const fresh, open, done = 0, 1, 2
	n := len(g.box)
	state := make([]int, n)
	next := make([]int, n)
	out := g.out
	g.out, g.in = make([][]int, n), make([][]int, n)
	visit := func(start int) {
		stack := []int{start}
		state[start] = open
		for len(stack) > 0 {
			v := stack[len(stack)-1]
			if next[v] == len(out[v]) {
				state[v] = done
				stack = stack[:len(stack)-1]
				continue
			}
			t := out[v][next[v]]
			next[v]++
			if state[t] == open {
				g.join(t, v)
				continue
			}
			g.join(v, t)
			if state[t] == fresh {
				state[t] = open
				stack = append(stack, t)
			}
		}
	}
	led := make([]bool, n)
	for v := range out {
		for _, t := range out[v] {
			led[t] = true
		}
	}
	for v := range n {
		if !led[v] {
			visit(v)
		}
	}
	for v := range n {
		if state[v] == fresh {
			visit(v)
		}
	}
}

// rank gives each box the first column after all that leads to it; what nothing leads to
// stands right before what it leads to.
func (g *graph) rank() {
	n := len(g.box)
	left := make([]int, n)
	var queue []int
	for v := range n {
		if left[v] = len(g.in[v]); left[v] == 0 {
			queue = append(queue, v)
		}
	}
	for i := 0; i < len(queue); i++ {
		v := queue[i]
		for _, t := range g.out[v] {
			g.column[t] = max(g.column[t], g.column[v]+1)
			if left[t]--; left[t] == 0 {
				queue = append(queue, t)
			}
		}
	}
	for v := range n {
		if len(g.in[v]) > 0 || len(g.out[v]) == 0 {
			continue
		}
		nearest := g.column[g.out[v][0]]
		for _, t := range g.out[v] {
			nearest = min(nearest, g.column[t])
		}
		g.column[v] = nearest - 1
	}
}

// split makes lines that pass columns bend in each of them.
func (g *graph) split() {
	bends := 0
	for v := range len(g.box) {
		out := g.out[v]
		g.out[v] = nil
		for _, t := range out {
			between := g.column[t] - g.column[v] - 1
			if between == 0 || bends+between > maxBends {
				g.out[v] = append(g.out[v], t)
				continue
			}
			bends += between
			g.unlink(t, v)
			from := v
			for c := g.column[v] + 1; c < g.column[t]; c++ {
				b := g.node(-1, 0, g.gaps.Down/2)
				g.column[b] = c
				g.join(from, b)
				from = b
			}
			g.join(from, t)
		}
	}
	for v := range g.box {
		for g.column[v] >= len(g.columns) {
			g.columns = append(g.columns, nil)
		}
		g.columns[g.column[v]] = append(g.columns[g.column[v]], v)
	}
}

func (g *graph) unlink(t, v int) {
	for i, s := range g.in[t] {
		if s == v {
			g.in[t] = append(g.in[t][:i], g.in[t][i+1:]...)
			return
		}
	}
}

// put writes the places of the boxes, from a height on, and returns how high they are.
func (g *graph) put(out []Place, top int32) int32 {
	first, last := int32(1<<30), int32(-1<<30)
	for v, box := range g.box {
		if box >= 0 {
			first, last = min(first, g.y[v]-g.h[v]/2), max(last, g.y[v]-g.h[v]/2+g.h[v])
		}
	}
	x := int32(0)
	for _, column := range g.columns {
		wide := int32(0)
		for _, v := range column {
			wide = max(wide, g.w[v])
		}
		for _, v := range column {
			if box := g.box[v]; box >= 0 {
				out[box] = Place{x, top + g.y[v] - g.h[v]/2 - first}
			}
		}
		if wide > 0 {
			x += wide + g.gaps.Across
		}
	}
	return last - first
}
