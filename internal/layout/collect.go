package layout

import (
	"plectica/internal/elbow"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/typeset"
)

const none = -1

// node is a card on its way to becoming a box. Node 0 is the map.
type node struct {
	obj    *sysmap.Object
	num    int32
	parent int32
	box    int32
	link   int32 // it lies on
	depth  int32
	order  int32 // among the parts
	parts  int32
	views  int32
	media  int32 // in the plan, plus one

	first, last         int32 // parts, chained by next
	firstOn, lastOn     int32 // cards on relationships between its parts, chained by next
	firstLink, lastLink int32
	next                int32

	layout  uint8
	flags   Flags
	bonded  bool  // a relationship joins two of its parts
	links   int32 // relationships it owns
	w, h    int32
	fw, fh  int32 // after stretching
	x, y    int32 // of the box, relative to where the parent's content starts
	ox, oy  int32 // where its own content starts, relative to the box
	sx, sy  int32 // how far content left of or above its start pushed the box out
	needW   int32 // of an open whole, for its parts
	bottom  int32 // of its parts
	inH     int32 // of a leaf's text
	columns int32
	tx, ty  int32
	tw      int32
	bodyY   int32
	mediaX  int32 // of the image, where it is not centred
	mediaY  int32
}

// Layout lays out one map again and again, and keeps what it can in between.
type Layout struct {
	Numbers *Numbers
	Plan    Plan

	fold   []int8 // by number, of this viewer: 0 as the document says, 1 open, 2 folded
	titles []broken
	bodies []broken
	barbs  []barb

	m        *sysmap.Map
	nodes    []node
	where    []int32 // by number: node+1 that shows the card or stands for it
	hidden   []bool  // by number
	waiting  []*sysmap.Object
	merged   table // pairs of stand-ins: link
	pairs    table
	bundles  []int32 // how many links each pair has
	widths   []int32
	sorted   []Link
	renumber []int32

	elbows bool // relationships run in right angles
	router elbow.Router
	ways   map[int32]way // by number of the relationship
	cards  []elbow.Rect
}

// barb is the texts at the ends of a relationship.
type barb struct{ action, reaction broken }

// New returns a Layout with no plan.
func New(n *Numbers) *Layout {
	return &Layout{Numbers: n}
}

// Fold says whether this viewer sees a card's parts: 0 no, 1 yes folded, -1 as
// the document says.
func (l *Layout) Fold(num int32, how int) {
	l.fold = grow(l.fold, int(num)+1)
	switch how {
	case 0:
		l.fold[num] = 1
	case 1:
		l.fold[num] = 2
	default:
		l.fold[num] = 0
	}
}

// Folds returns what this viewer said of cards, by number: 0 nothing, 1 open, 2
// folded. It is valid until the next Fold.
func (l *Layout) Folds() []int8 { return l.fold }

// SetFolds replaces all that this viewer said of cards by a copy of list.
func (l *Layout) SetFolds(list []int8) { l.fold = append(l.fold[:0], list...) }

func grow[T any](list []T, n int) []T {
	if n <= len(list) {
		return list
	}
	if n <= cap(list) {
		return list[:n]
	}
	out := make([]T, n, n+n/2)
	copy(out, list)
	return out
}

// Update lays out m anew.
func (l *Layout) Update(m *sysmap.Map) *Plan {
	l.m = m
	l.reset()
	l.elbows = orthogonal(m)
	l.router.Budget = maxSearch
	l.collect()
	l.measure(0)
	l.nodes[0].fw, l.nodes[0].fh = l.nodes[0].w, l.nodes[0].h
	l.settle(0)
	l.emit()
	l.m = nil
	return &l.Plan
}

func (l *Layout) reset() {
	p := &l.Plan
	p.Boxes, p.Links, p.Batches, p.Points = p.Boxes[:0], p.Links[:0], p.Batches[:0], p.Points[:0]
	p.Media = p.Media[:0]
	l.nodes = l.nodes[:0]
	clear(l.where)
	clear(l.hidden)
	clear(p.linkOf)
	l.merged.reset()
	l.pairs.reset()
	l.bundles = l.bundles[:0]
	l.waiting = l.waiting[:0]
}

// collect finds all cards and relationships that are shown, and for those that
// are not what stands for them.
func (l *Layout) collect() {
	l.nodes = append(l.nodes, node{parent: none, first: none, last: none, firstOn: none, lastOn: none,
		firstLink: none, lastLink: none, next: none, link: none, layout: sysmap.LayoutFreehand})
	l.nodes[0].parts = l.parts(l.m.Kids(id.Root), 0, false)
	for l.round() { // ends: dependence is acyclic
	}
}

// parts collects living cards of a place. Under a folded whole they are noted as
// hidden in it.
func (l *Layout) parts(kids []id.Object, in int32, hide bool) int32 {
	count := int32(0)
	for _, k := range kids {
		o := l.m.GetLive(k)
		if o == nil {
			continue
		}
		count++
		if hide {
			l.hide(o, in)
			continue
		}
		n := l.add(o, in)
		w := &l.nodes[in]
		l.nodes[n].order = count - 1
		if w.last == none {
			w.first = n
		} else {
			l.nodes[w.last].next = n
		}
		w.last = n
	}
	return count
}

// add collects a card and all in it.
func (l *Layout) add(o *sysmap.Object, in int32) int32 {
	num := l.Numbers.Of(o.ID)
	n := int32(len(l.nodes))
	l.nodes = append(l.nodes, node{obj: o, num: num, parent: in, depth: l.nodes[in].depth + 1,
		first: none, last: none, firstOn: none, lastOn: none, firstLink: none, lastLink: none,
		next: none, link: none, layout: uint8(o.Int(sysmap.Layout))})
	l.note(num, n, false)
	l.nodes[n].views = l.dependents(o.ID)
	l.nodes[n].media = l.media(o)
	f := Flags(0)
	if o.Place.Parent == id.Root {
		f |= Root
	}
	if o.Int(sysmap.Placeholder) != 0 {
		f |= Placeholder
	}
	if v := o.Get(sysmap.Link); v.Kind == sysmap.Text {
		f |= HasLink
		if _, ok := sysmap.ParseMapLink(v.S); ok {
			f |= ToMap
		}
	}
	if kids := l.m.Kids(o.ID); len(kids) > 0 {
		fold := l.Folded(num, o)
		count := l.parts(kids, n, fold)
		if count > 0 {
			f |= Whole
		}
		if count > 0 && fold {
			f |= Folded
		}
		l.nodes[n].parts = count
	}
	l.nodes[n].flags = f
	return n
}

// Folded reports whether this viewer sees a whole folded.
func (l *Layout) Folded(num int32, o *sysmap.Object) bool {
	if int(num) < len(l.fold) && l.fold[num] != 0 {
		return l.fold[num] == 2
	}
	return o.Int(sysmap.Collapsed) != 0
}

// hide notes a card and all in it as standing in a folded whole.
func (l *Layout) hide(o *sysmap.Object, in int32) {
	l.note(l.Numbers.Of(o.ID), in, true)
	l.dependents(o.ID)
	l.parts(l.m.Kids(o.ID), in, true)
}

func (l *Layout) note(num, n int32, hidden bool) {
	l.where = grow(l.where, int(num)+1)
	l.hidden = grow(l.hidden, int(num)+1)
	l.where[num], l.hidden[num] = n+1, hidden
}

// dependents puts the relationships whose first end is a card in line, and
// returns how many cards it looks at.
func (l *Layout) dependents(card id.Object) (views int32) {
	for _, k := range l.m.Deps(card) {
		o := l.m.GetLive(k)
		switch {
		case o == nil:
		case o.Type == sysmap.Relationship && o.A == card:
			l.waiting = append(l.waiting, o)
		case o.Type == sysmap.Perspective:
			views = l.sight(o)
		}
	}
	return views
}

// sight notes a perspective with views and returns how many there are.
func (l *Layout) sight(o *sysmap.Object) (views int32) {
	o.Entries(sysmap.View, func(card string, _ sysmap.Value) bool {
		if l.m.GetLive(id.Object([]byte(card))) != nil {
			views++
		}
		return true
	})
	if views > 0 {
		l.Plan.Points = append(l.Plan.Points, Point{Num: l.Numbers.Of(o.A), Perspective: o.ID})
	}
	return views
}

// shown returns the node that shows a card or stands for it.
func (l *Layout) shown(k id.Object) (n int32, hidden, ok bool) {
	num := l.Numbers.Find(k)
	if int(num) >= len(l.where) || l.where[num] == 0 {
		return 0, false, false
	}
	return l.where[num] - 1, l.hidden[num], true
}

// round takes up the waiting relationships whose ends are both known. Their cards
// may hold ends of others, which wait for the next round. It reports whether there
// was any.
func (l *Layout) round() bool {
	list := l.waiting
	l.waiting = nil
	from := len(l.Plan.Links)
	var rest []*sysmap.Object
	for _, o := range list {
		a, ha, ok := l.shown(o.A)
		b, hb, ok2 := l.shown(o.B)
		if !ok || !ok2 {
			rest = append(rest, o)
			continue
		}
		l.link(o, a, b, ha || hb)
	}
	l.waiting = append(rest, l.waiting...)
	for i := from; i < len(l.Plan.Links); i++ {
		l.cardOn(int32(i))
	}
	return len(rest) < len(list)
}

// link makes a relationship visible, or counts it with another that runs between
// the same stand-ins.
func (l *Layout) link(o *sysmap.Object, a, b int32, redirected bool) {
	num := l.Numbers.Of(o.ID)
	if a == b && redirected {
		if card := l.m.CardOn(o.ID); card != nil {
			l.hide(card, a)
		}
		return
	}
	l.Plan.linkOf = grow(l.Plan.linkOf, int(num)+1)
	headA, headB := heads(o)
	if redirected {
		first, fresh := l.merged.at(a, b)
		if !fresh {
			l.merge(*first, o, a, headA, headB)
			return
		}
		*first = int32(len(l.Plan.Links))
	}
	l.Plan.linkOf[num] = int32(len(l.Plan.Links)) + 1
	pair, fresh := l.pairs.at(a, b)
	if fresh {
		*pair = int32(len(l.bundles))
		l.bundles = append(l.bundles, 0)
	}
	bundle := *pair
	l.Plan.Links = append(l.Plan.Links, Link{Num: num, Card: none, Count: 1, next: none, card: none,
		na: a, nb: b, pair: bundle, nth: l.bundles[bundle], redirected: redirected,
		Colour: uint8(o.Int(sysmap.Colour)), Weight: uint8(o.Int(sysmap.Weight)),
		Dash: uint8(o.Int(sysmap.Dash)), Polarity: uint8(o.Int(sysmap.Polarity)),
		Delay: o.Int(sysmap.Delay) != 0, HeadA: headA, HeadB: headB, bend: int32(o.Int(sysmap.Curve))})
	l.bundles[bundle]++
	l.barb(&l.Plan.Links[len(l.Plan.Links)-1], o)
	l.own(int32(len(l.Plan.Links)) - 1)
}

// merge counts a relationship with the first that runs between the same stand-ins.
func (l *Layout) merge(i int32, o *sysmap.Object, a int32, headA, headB bool) {
	k := &l.Plan.Links[i]
	if k.na != a {
		headA, headB = headB, headA
	}
	k.Count++
	k.HeadA, k.HeadB = k.HeadA || headA, k.HeadB || headB
	l.Plan.linkOf[l.Numbers.Of(o.ID)] = i + 1
	if card := l.m.CardOn(o.ID); card != nil {
		l.hide(card, a)
	}
}

// barb measures the texts at a relationship's ends.
func (l *Layout) barb(k *Link, o *sysmap.Object) {
	action, reaction := o.Get(sysmap.Action), o.Get(sysmap.Reaction)
	if action.S == "" && reaction.S == "" {
		return
	}
	l.barbs = grow(l.barbs, int(k.Num)+1)
	e := &l.barbs[k.Num]
	lineBreaks(&e.action, action.S, typeset.Regular, BarbSize, maxLabel, 1)
	lineBreaks(&e.reaction, reaction.S, typeset.Regular, BarbSize, maxLabel, 1)
	k.Action = barbOf(&e.action, sysmap.Action)
	k.Reaction = barbOf(&e.reaction, sysmap.Reaction)
}

func barbOf(e *broken, f sysmap.Field) Barb {
	if len(e.lines) == 0 {
		return Barb{}
	}
	return Barb{Line: e.lines[0], Field: int32(f), Rev: e.rev}
}

func heads(o *sysmap.Object) (a, b bool) {
	d := o.Int(sysmap.Direction)
	return d == sysmap.DirectionBA || d == sysmap.DirectionBoth,
		d == sysmap.DirectionAB || d == sysmap.DirectionBoth
}

// own gives a link to the innermost node that holds both its ends.
func (l *Layout) own(i int32) {
	k := &l.Plan.Links[i]
	k.owner = l.common(k.na, k.nb)
	k.Inner = k.na != k.nb && (k.owner == k.na || k.owner == k.nb)
	if k.na == k.nb {
		k.owner = l.nodes[k.na].parent
	}
	w := &l.nodes[k.owner]
	w.links++
	if l.nodes[k.na].parent == k.owner && l.nodes[k.nb].parent == k.owner {
		w.bonded = true
	}
	if w.lastLink == none {
		w.firstLink = i
	} else {
		l.Plan.Links[w.lastLink].next = i
	}
	w.lastLink = i
}

// common returns the innermost node that is, or holds, both a and b.
func (l *Layout) common(a, b int32) int32 {
	for a != b {
		if l.nodes[a].depth >= l.nodes[b].depth {
			a = l.nodes[a].parent
		} else {
			b = l.nodes[b].parent
		}
	}
	return a
}

// cardOn collects the card on a link into the node that owns the link. The card
// of a bundle of several is not shown.
func (l *Layout) cardOn(i int32) {
	k := &l.Plan.Links[i]
	key, _ := l.Numbers.ID(k.Num)
	card := l.m.CardOn(key)
	if card == nil {
		return
	}
	if k.Count > 1 {
		l.hide(card, k.na)
		return
	}
	n := l.add(card, k.owner)
	k = &l.Plan.Links[i]
	k.card = n
	l.nodes[n].link = i
	w := &l.nodes[k.owner]
	if w.lastOn == none {
		w.firstOn = n
	} else {
		l.nodes[w.lastOn].next = n
	}
	w.lastOn = n
}
