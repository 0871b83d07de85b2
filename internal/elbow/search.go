package elbow

// find looks for the cheapest way on the grid of all lines that run beside something:
// by length and bends. It returns nil when there is none, or none is found in time.
func (r *Router) find(a, b End, off int32) []Point {
	r.exits = [2][4]exit{exitsOf(a, off), exitsOf(b, off)}
	// Its own cards are in the way too, once it has left them.
	r.blocks = append(r.blocks, grown(a.Clear, pad), grown(b.Clear, pad))
	r.grid()
	r.reset()
	for _, e := range r.exits[0] {
		if r.passes(e, 2) {
			r.reach(r.stateAt(e.out, e.dx != 0), -1, length(e.from, e.out), b.Clear)
		}
	}
	best, goal, side := int64(unknown), int32(-1), 0
	for steps := 0; len(r.heap) > 0 && steps < maxSteps && r.Budget > 0; steps++ {
		r.Budget--
		it := r.pop()
		if it.rank >= best {
			break
		}
		at, level := r.point(it.state)
		cost := r.cost[it.state]
		for i, e := range r.exits[1] {
			if e.out != at || !r.passes(e, 2) {
				continue
			}
			total := cost + length(e.from, e.out)
			if level != (e.dx != 0) {
				total += bendCost
			}
			if total < best {
				best, goal, side = total, it.state, i
			}
		}
		r.spread(it.state, b.Clear)
	}
	if goal < 0 {
		return nil
	}
	return r.trace(goal, r.exits[1][side])
}

// passes reports whether a side can be left without running into another card; the
// last own blocks are the ends themselves.
func (r *Router) passes(e exit, own int) bool {
	for _, c := range r.blocks[:len(r.blocks)-own] {
		if cuts(c, e.from, e.out) {
			return false
		}
	}
	return true
}

// grid collects the lines a way may run on.
func (r *Router) grid() {
	r.xs, r.ys = r.xs[:0], r.ys[:0]
	for _, side := range r.exits {
		for _, e := range side {
			r.xs, r.ys = append(r.xs, e.out.X), append(r.ys, e.out.Y)
		}
	}
	for _, c := range r.blocks {
		r.xs = append(r.xs, c.L-(stub-pad), c.R+(stub-pad))
		r.ys = append(r.ys, c.T-(stub-pad), c.B+(stub-pad))
	}
	r.xs, r.ys = sorted(r.xs), sorted(r.ys)
}

// sorted puts numbers in order, each once. The lists are short.
func sorted(v []int32) []int32 {
	for gap := len(v) / 2; gap > 0; gap /= 2 {
		for i := gap; i < len(v); i++ {
			for j := i; j >= gap && v[j] < v[j-gap]; j -= gap {
				v[j], v[j-gap] = v[j-gap], v[j]
			}
		}
	}
	n := 0
	for i := range v {
		if i == 0 || v[i] != v[n-1] {
			v[n] = v[i]
			n++
		}
	}
	return v[:n]
}

// reset begins a search.
func (r *Router) reset() {
	n := 2 * len(r.xs) * len(r.ys)
	if n > len(r.cost) {
		r.cost, r.from, r.seen, r.search = make([]int64, n), make([]int32, n), make([]int32, n), 0
	}
	r.search++
	r.heap = r.heap[:0]
}

// A state is a crossing of the grid and whether it was reached on a level line.

func (r *Router) state(ix, iy int, level bool) int32 {
	s := int32(iy*len(r.xs)+ix) * 2
	if level {
		s++
	}
	return s
}

func (r *Router) stateAt(p Point, level bool) int32 {
	return r.state(place(r.xs, p.X), place(r.ys, p.Y), level)
}

// place returns where a number is in a sorted list that has it.
func place(v []int32, x int32) int {
	lo, hi := 0, len(v)-1
	for lo < hi {
		if mid := (lo + hi) / 2; v[mid] < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

func (r *Router) point(state int32) (p Point, level bool) {
	at := int(state / 2)
	return Point{r.xs[at%len(r.xs)], r.ys[at/len(r.xs)]}, state&1 != 0
}

// spread reaches the neighbours of a crossing.
func (r *Router) spread(state int32, goal Rect) {
	at := int(state / 2)
	ix, iy := at%len(r.xs), at/len(r.xs)
	p, level := r.point(state)
	for _, d := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
		nx, ny := ix+d[0], iy+d[1]
		if nx < 0 || ny < 0 || nx >= len(r.xs) || ny >= len(r.ys) {
			continue
		}
		q := Point{r.xs[nx], r.ys[ny]}
		if r.blocked(p, q) {
			continue
		}
		cost := r.cost[state] + length(p, q)
		if level != (d[0] != 0) {
			cost += bendCost
		}
		r.reach(r.state(nx, ny, d[0] != 0), state, cost, goal)
	}
}

// reach notes a way to a state if it is cheaper than what was known.
func (r *Router) reach(state, from int32, cost int64, goal Rect) {
	if r.seen[state] == r.search && r.cost[state] <= cost {
		return
	}
	r.seen[state], r.cost[state], r.from[state] = r.search, cost, from
	p, _ := r.point(state)
	left := int64(max(goal.L-p.X, p.X-goal.R, 0)) + int64(max(goal.T-p.Y, p.Y-goal.B, 0))
	r.push(item{cost + left, state})
}

func length(p, q Point) int64 {
	dx, dy := int64(p.X)-int64(q.X), int64(p.Y)-int64(q.Y)
	return max(dx, -dx) + max(dy, -dy)
}

// trace returns the corners of the way that was found.
func (r *Router) trace(goal int32, last exit) []Point {
	back := []Point{last.from}
	start := goal
	for s := goal; s >= 0; s = r.from[s] {
		p, _ := r.point(s)
		back = corner(back, p)
		start = s
	}
	out, level := r.point(start)
	for _, e := range r.exits[0] {
		if e.out == out && level == (e.dx != 0) {
			back = corner(back, e.from)
			break
		}
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return back
}

// corner appends a point, in place of the last one where that is no corner.
func corner(way []Point, p Point) []Point {
	n := len(way)
	if n > 0 && way[n-1] == p {
		return way
	}
	if n > 1 && (way[n-2].X == way[n-1].X && way[n-1].X == p.X || way[n-2].Y == way[n-1].Y && way[n-1].Y == p.Y) {
		way[n-1] = p
		return way
	}
	return append(way, p)
}

// The heap is a plain one: a generic one would cost the browser's core more.

func (r *Router) push(it item) {
	h := append(r.heap, it)
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !less(h[i], h[up]) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
	r.heap = h
}

func (r *Router) pop() item {
	h := r.heap
	top := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		low := 2*i + 1
		if low >= last {
			break
		}
		if low+1 < last && less(h[low+1], h[low]) {
			low++
		}
		if !less(h[low], h[i]) {
			break
		}
		h[i], h[low] = h[low], h[i]
		i = low
	}
	r.heap = h
	return top
}

func less(a, b item) bool { return a.rank < b.rank || a.rank == b.rank && a.state < b.state }
