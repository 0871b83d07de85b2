package gesture

import (
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// ItemKind is what an item of a sketch makes.
type ItemKind uint8

// The kinds of items.
const (
	ItemCard  ItemKind = 0
	ItemLine  ItemKind = 1
	ItemView  ItemKind = 2
	ItemOther ItemKind = 3
	ItemIs    ItemKind = 4
	ItemIsNot ItemKind = 5
)

// Bounds of a sketch.
const (
	MaxSketch = 200     // items
	maxWords  = 8       // texts of a distinction that wait to be written
	maxPushes = 24      // tries to find free room
	pushStep  = 32 * 64 // of one try
	wholeRows = 4       // cards that a new whole is taken to be high
)

// Item is one thing of a sketch. A and B are the cards and lines made so far, by
// their rank; of a card, A is where it lies: 0 in the sketch's place, else one more
// than the rank of a card or line.
type Item struct {
	Kind   ItemKind
	A, B   int
	Title  string    // card
	Layout int64     // card: of its parts, or -1
	X, Y   int32     // card: from the sketch's corner, 1/64 px
	N      int64     // line: direction; view: emphasis; texts: how many
	Card   id.Object // card that is there already, or id.Root
	Blank  bool      // card: a placeholder
}

var errSketch = fault.New(fault.Invalid, "the sketch refers to what it has not made")

// Sketch makes a structure of cards at once: a move, or the start of an answer to a
// question. Its corner lies at x, y of the place, or at its first card that is there
// already. What is not the card itself steps aside for what lies there.
func (c *Context) Sketch(place id.Object, x, y int32, items []Item) ([]sysmap.Op, []id.Object, error) {
	s := sketch{c: c, place: place, x: int64(x), y: int64(y)}
	if len(items) > MaxSketch {
		return nil, nil, errMany
	}
	if err := s.start(items); err != nil {
		return nil, nil, err
	}
	for i := range items {
		if err := s.item(&items[i]); err != nil {
			return nil, nil, err
		}
	}
	return append(s.ops, s.late...), s.fresh, nil
}

// sketch is one being made.
type sketch struct {
	c       *Context
	place   id.Object
	x, y    int64
	free    bool  // the place is freehand
	around  bool  // there is a card already that it is made around
	wide    int64 // how much wider that is than a new card
	high    int64
	ops     []sysmap.Op
	late    []sysmap.Op          // perspectives and distinctions: they name cards that come later
	added   map[id.Object]int    // parts put into freehand wholes that are there already
	standAt map[standOn]int      // which of late stands on a card
	ends    map[id.Object]string // the last order key in each place
	made    []id.Object          // cards and lines by rank
	fresh   []id.Object          // new cards that lie in the place
}

type standOn struct {
	card id.Object
	t    sysmap.Type
}

// start finds where the sketch goes.
func (s *sketch) start(items []Item) error {
	s.standAt, s.ends, s.added = make(map[standOn]int), make(map[id.Object]string), make(map[id.Object]int)
	for i := range items {
		if k := items[i].Card; k != id.Root {
			o, err := s.c.card(k)
			if err != nil {
				return err
			}
			s.place = o.Place.Parent
			if p := s.c.Map.GetLive(s.place); p != nil && p.Type != sysmap.Card {
				s.place = id.Root // beside a relationship's card there is no room
			}
			ox, oy := s.c.origin(s.place)
			if at, ok := s.c.Spot(k); ok {
				w, h, _ := s.c.Size(s.place == id.Root)
				s.x, s.y = int64(at.X-ox), int64(at.Y-oy)
				s.wide, s.high = int64(max(at.W-w, 0)), int64(max(at.H-h, 0))
			}
			s.around = true
			break
		}
	}
	if s.place != id.Root {
		if _, err := s.c.card(s.place); err != nil {
			return err
		}
	}
	s.free = s.c.freehand(s.place)
	if s.free && !s.around {
		s.sink(items)
	}
	return nil
}

// sink moves the corner down to where the whole sketch has room.
func (s *sketch) sink(items []Item) {
	ox, oy := s.c.origin(s.place)
	w, h, gap := s.c.Size(s.place == id.Root)
	var l, t, r, b int32
	for i := range items {
		if e := &items[i]; e.Kind == ItemCard && e.A == 0 {
			l, t, r, b = min(l, e.X), min(t, e.Y), max(r, e.X), max(b, e.Y)
		}
	}
	for range maxPushes {
		hit, found := s.c.obstacle(s.place, bounded(s.x)+ox+l, bounded(s.y)+oy+t, r-l+w, b-t+wholeRows*h, gap)
		if !found {
			return
		}
		s.y = int64(hit.Y+hit.H+gap-oy) - int64(t)
	}
}

func (s *sketch) item(e *Item) (err error) {
	switch e.Kind {
	case ItemCard:
		return s.card(e)
	case ItemLine:
		a, b, err := s.two(e)
		if err == nil {
			var k id.Object
			s.ops, k = s.c.addRelate(s.ops, a, b, e.N)
			s.made = append(s.made, k)
		}
		return err
	case ItemView, ItemOther:
		a, b, err := s.two(e)
		if err != nil {
			return err
		}
		f, v := sysmap.View, sysmap.IntValue(max(e.N, sysmap.EmphasisNormal))
		if e.Kind == ItemOther {
			f, v = sysmap.Other, sysmap.IntValue(1)
		}
		return s.stand(a, f, string(b[:]), v)
	case ItemIs, ItemIsNot:
		return s.words(e)
	}
	return errSketch
}

// two returns the objects an item joins.
func (s *sketch) two(e *Item) (a, b id.Object, err error) {
	if e.A < 0 || e.A >= len(s.made) || e.B < 0 || e.B >= len(s.made) {
		return a, b, errSketch
	}
	return s.made[e.A], s.made[e.B], nil
}

// card makes a card, or takes the one that is there already.
func (s *sketch) card(e *Item) error {
	if e.Card != id.Root {
		return s.old(e)
	}
	if e.A < 0 || e.A > len(s.made) {
		return errSketch
	}
	in := s.place
	p := sysmap.Place{Parent: in}
	if e.A > 0 {
		in = s.made[e.A-1]
		p = sysmap.Place{Parent: in, X: e.X, Y: e.Y}
		s.ops = s.c.arrange(s.ops, in)
		if s.c.Map.GetLive(in) != nil && s.c.freehand(in) && !s.c.unarranged(in) {
			p.X, p.Y = s.under(in)
		}
	} else if s.free {
		p.X, p.Y = bounded(s.x+int64(e.X)), bounded(s.y+int64(e.Y))
		if s.around && (e.X != 0 || e.Y != 0) { // what is at the corner takes the other card's place
			p.X, p.Y = s.clear(e.X, e.Y)
		}
	}
	p.Order = s.next(in)
	var regs []sysmap.Reg
	if e.Layout >= 0 {
		regs = number(sysmap.Layout, e.Layout)
	}
	if e.Blank {
		regs = append(regs, number(sysmap.Placeholder, 1)...)
	}
	var k id.Object
	s.ops, k = s.c.addPut(s.ops, &p, e.Title, regs)
	s.made = append(s.made, k)
	if e.A == 0 {
		s.fresh = append(s.fresh, k)
	}
	return nil
}

// old takes a card that is there already, into a whole of the sketch if it lies in
// one.
func (s *sketch) old(e *Item) error {
	if _, err := s.c.card(e.Card); err != nil {
		return err
	}
	if e.A < 0 || e.A > len(s.made) {
		return errSketch
	}
	if e.A > 0 {
		in := s.made[e.A-1]
		s.ops = addPlace(s.ops, e.Card, &sysmap.Place{Parent: in, Order: s.next(in)})
	}
	s.made = append(s.made, e.Card)
	return nil
}

// under returns a place under all parts of a freehand whole that is there already.
func (s *sketch) under(in id.Object) (x, y int32) {
	x, y = s.c.below(in)
	_, h, gap := s.c.Size(false)
	for range s.added[in] {
		y = bounded(int64(y) + int64(h) + int64(gap))
	}
	s.added[in]++
	return x, y
}

// next returns the order key after the last one of a place.
func (s *sketch) next(in id.Object) string {
	low, known := s.ends[in]
	if !known {
		low = s.c.keys(in, id.Root, 1)[0]
	} else {
		low = sysmap.Between(low, "", s.c.Random.Jitter())
	}
	s.ends[in] = low
	return low
}

// clear returns a place for a new card where nothing lies: further out in the
// direction in which it lies from the sketch's corner.
func (s *sketch) clear(x, y int32) (int32, int32) {
	ox, oy := s.c.origin(s.place)
	w, h, gap := s.c.Size(s.place == id.Root)
	px, py := s.x+int64(x), s.y+int64(y)
	if x > 0 {
		px += s.wide
	}
	if y > 0 {
		py += s.high
	}
	dx, dy := int64(0), int64(pushStep)
	switch {
	case x < 0 && y == 0:
		dx, dy = -pushStep, 0
	case x > 0 && y == 0:
		dx, dy = pushStep, 0
	case y < 0:
		dy = -pushStep
	}
	for range maxPushes {
		if _, hit := s.c.obstacle(s.place, bounded(px)+ox, bounded(py)+oy, w, h, gap/2); !hit {
			break
		}
		px, py = px+dx, py+dy
	}
	return bounded(px), bounded(py)
}

// words leaves room for texts that say what a card is, or is not.
func (s *sketch) words(e *Item) error {
	if e.A < 0 || e.A >= len(s.made) || e.N < 0 || e.N > maxWords {
		return errSketch
	}
	f := sysmap.Is
	if e.Kind == ItemIsNot {
		f = sysmap.IsNot
	}
	key := ""
	for range e.N {
		key = sysmap.Between(key, "", s.c.Random.Jitter())
		if err := s.stand(s.made[e.A], f, key, sysmap.TextValue("")); err != nil {
			return err
		}
	}
	return nil
}

// stand writes a register of the perspective or distinction on a card.
func (s *sketch) stand(card id.Object, f sysmap.Field, entry string, v sysmap.Value) error {
	t := standing(f)
	if e := s.c.on(card, t); e != nil {
		s.late = addSet(s.late, e.ID, f, entry, v)
		return nil
	}
	at, known := s.standAt[standOn{card, t}]
	if !known {
		at = len(s.late)
		s.standAt[standOn{card, t}] = at
		if t == sysmap.Perspective {
			s.late = s.c.addPerspective(s.late, card)
		} else {
			var op *sysmap.Op
			s.late, op = grow(s.late, sysmap.OpPut, s.c.Random.Object())
			op.Type, op.A = t, card
		}
	}
	s.late[at].Regs = append(s.late[at].Regs, sysmap.Reg{Field: f, Entry: entry, Value: v})
	return nil
}
