package layout

import (
	"plectica/internal/elbow"
	"plectica/internal/sysmap"
)

// Bounds of running relationships around cards. Beyond them they run straight
// through what lies in between.
const (
	maxDodging = 1 << 20  // of one whole: its parts times the relationships among them
	nearby     = 200 * px // around both ends: what lies further off is not in the way
	maxSearch  = 200_000  // steps of all searches of one layout: a tenth of a second or two
	maxRoutes  = 100_000  // remembered routes
	halfStep   = fanStep  // between parallel lines
)

// way is a remembered route: for what it was found, and the route.
type way struct {
	key    uint64
	points []elbow.Point
}

// orthogonal reports whether a map's relationships run in right angles.
func orthogonal(m *sysmap.Map) bool {
	o := m.GetLive(sysmap.SheetID)
	return o != nil && o.Int(sysmap.Routing) == sysmap.RoutingOrthogonal
}

// angle gives a link corners instead of a curve. Where it leaves its cards and how its
// arrows point follow from them.
func (l *Layout) angle(k *Link, a, b rect) {
	c := k.Curve
	from, to := elbow.Point{X: c.X1, Y: c.Y1}, elbow.Point{X: c.X2, Y: c.Y2}
	arranged := l.nodes[k.owner].layout != sysmap.LayoutFreehand
	switch x, y := c.At(4); {
	case k.na == k.nb:
		k.Way = []elbow.Point{from, {X: c.X1, Y: c.CY1}, {X: c.CX2, Y: c.CY1}, {X: c.CX2, Y: c.Y2}, to}
		return
	case k.Inner:
		k.Way = []elbow.Point{from, to}
		return
	case arranged && c.DX1 == c.DX2 && c.DX1 != 0: // beside a column
		k.Way = []elbow.Point{from, {X: x, Y: c.Y1}, {X: x, Y: c.Y2}, to}
		return
	case arranged && c.DY1 == c.DY2 && c.DY1 != 0: // below a row
		k.Way = []elbow.Point{from, {X: c.X1, Y: y}, {X: c.X2, Y: y}, to}
		return
	}
	k.Way = l.around(k, a, b)
	n := len(k.Way)
	first, last := k.Way[0], k.Way[n-1]
	k.X1, k.Y1, k.X2, k.Y2 = first.X, first.Y, last.X, last.Y
	k.DX1, k.DY1 = heading(first, k.Way[1])
	k.DX2, k.DY2 = heading(last, k.Way[n-2])
	k.CX1, k.CY1, k.CX2, k.CY2 = k.X1, k.Y1, k.X2, k.Y2
}

// heading returns the direction from one corner to the next.
func heading(p, q elbow.Point) (dx, dy int32) {
	switch {
	case q.X > p.X:
		return 1, 0
	case q.X < p.X:
		return -1, 0
	case q.Y > p.Y:
		return 0, 1
	}
	return 0, -1
}

// around finds a link's route among the parts of its owner, or remembers it.
func (l *Layout) around(k *Link, a, b rect) []elbow.Point {
	ta, tb := l.stand(k.na, k.owner), l.stand(k.nb, k.owner)
	ca, cb := l.rectIn(ta, k.owner), l.rectIn(tb, k.owner)
	off := fan(k.nth, l.bundles[k.pair], halfStep, maxExtent)
	region := ca
	region.add(cb)
	region = rect{region.l - nearby, region.t - nearby, region.r + nearby, region.b + nearby}
	key := keyOf(keyOf(keyOf(keyOf(uint64(uint32(off)), a), b), ca), cb)
	l.cards = l.cards[:0]
	w := &l.nodes[k.owner]
	if int(w.parts)*int(w.links) <= maxDodging {
		for c := w.first; c != none && len(l.cards) < elbow.MaxAround; c = l.nodes[c].next {
			n := &l.nodes[c]
			r := rect{n.x, n.y, n.x + n.fw, n.y + n.fh}
			if c == ta || c == tb || r.r < region.l || r.l > region.r || r.b < region.t || r.t > region.b {
				continue
			}
			l.cards = append(l.cards, elbow.Rect{L: r.l, T: r.t, R: r.r, B: r.b})
			key = keyOf(key, r)
		}
	}
	if known, ok := l.ways[k.Num]; ok && known.key == key {
		return append([]elbow.Point(nil), known.points...)
	}
	points := l.router.Route(endOf(a, ca), endOf(b, cb), off, l.cards)
	if l.ways == nil || len(l.ways) >= maxRoutes {
		l.ways = make(map[int32]way)
	}
	l.ways[k.Num] = way{key, points}
	return append([]elbow.Point(nil), points...)
}

func endOf(card, clear rect) elbow.End {
	return elbow.End{Card: elbow.Rect{L: card.l, T: card.t, R: card.r, B: card.b},
		Clear: elbow.Rect{L: clear.l, T: clear.t, R: clear.r, B: clear.b}}
}

// stand returns the node in owner that is, or holds, node i.
func (l *Layout) stand(i, owner int32) int32 {
	for l.nodes[i].parent != owner {
		i = l.nodes[i].parent
	}
	return i
}

// keyOf mixes an area into a key.
func keyOf(key uint64, r rect) uint64 {
	for _, v := range [4]int32{r.l, r.t, r.r, r.b} {
		key = (key ^ uint64(uint32(v))) * 0x9e3779b97f4a7c15
		key ^= key >> 29
	}
	return key
}

// At returns the point an eighth, two, … of the way along. Half way along a way with
// corners is the middle of its longest part, where a label has room.
func (k *Link) At(eighths int32) (x, y int32) {
	if len(k.Way) == 0 {
		return k.Curve.At(eighths)
	}
	total, longest, at := int64(0), int64(-1), 0
	for i := 1; i < len(k.Way); i++ {
		n := span(k.Way[i-1], k.Way[i])
		if total += n; n > longest {
			longest, at = n, i
		}
	}
	if eighths == 4 {
		p, q := k.Way[at-1], k.Way[at]
		return (p.X + q.X) / 2, (p.Y + q.Y) / 2
	}
	rest := total * int64(eighths) / 8
	for i := 1; i < len(k.Way); i++ {
		p, q := k.Way[i-1], k.Way[i]
		n := span(p, q)
		if rest <= n && n > 0 {
			return p.X + int32(int64(q.X-p.X)*rest/n), p.Y + int32(int64(q.Y-p.Y)*rest/n)
		}
		rest -= n
	}
	return k.X2, k.Y2
}

func span(p, q elbow.Point) int64 { return int64(abs(p.X-q.X)) + int64(abs(p.Y-q.Y)) }

// covered returns what a link covers.
func (k *Link) covered() rect {
	if len(k.Way) == 0 {
		return k.Curve.bounds()
	}
	r := rect{k.X1, k.Y1, k.X1, k.Y1}
	for _, p := range k.Way {
		r.add(rect{p.X, p.Y, p.X, p.Y})
	}
	return r
}

// shift moves a link.
func (k *Link) shift(dx, dy int32) {
	k.Curve.shift(dx, dy)
	for i := range k.Way {
		k.Way[i].X, k.Way[i].Y = k.Way[i].X+dx, k.Way[i].Y+dy
	}
}
