// Package layout turns a map into places on a plane: the size of every card,
// where its lines of text break, how wholes arrange their parts and which way
// relationships run. It works in integers of 1/64 px and gives the same plan for
// the same map everywhere. It never changes the map, looks at no clock and paints
// nothing. A Layout and its Plan belong to one goroutine.
package layout

import (
	"plectica/internal/elbow"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/typeset"
)

// Box is a card that is shown. Boxes stand in the order they are painted: a
// whole, its parts, then the cards on relationships between them.
type Box struct {
	Num    int32 // the card
	Parent int32 // box of the whole, or of the whole that holds both ends of its relationship; -1
	End    int32 // the first box that is not inside this one
	Link   int32 // the link it lies on, or -1

	X, Y, W, H int32
	AtX, AtY   int32 // the point that a place's x, y stand for; parts left of the origin push it inwards
	OX, OY     int32 // where x, y of its parts start
	L, T, R, B int32 // bounds of all that is painted for it and inside it
	TX, TY, TW int32 // the title's area
	TitleSize  int32
	LineHeight int32
	BodyY      int32
	ToggleY    int32 // of the fold toggle, from the top
	Parts      int32 // living parts, shown or not
	Views      int32 // cards it looks at, as a point
	Depth      int32
	Order      int32 // among its siblings; a card on a relationship has none
	Siblings   int32 // itself included
	Media      int32 // in the plan's Media, plus one; 0 without files
	Colour     uint8
	Layout     uint8
	Flags      Flags
	TitleLines []typeset.Line
	BodyLines  []typeset.Line
	TitleRev   int32
	BodyRev    int32
}

// Flags say what a box is.
type Flags uint16

// The flags.
const (
	Root        Flags = 1 << iota // lies on the map
	Whole                         // has parts
	Folded                        // its parts are not shown
	Chip                          // a label on a relationship
	Placeholder                   // waits to be filled in
	Centred                       // lines of the title are centred
	HasBody                       // more text than is shown
	HasLink                       // an address
	ToMap                         // which is that of a map
)

// Radius returns how round a box's corners are.
func (b *Box) Radius() int32 {
	switch {
	case b.Flags&Chip != 0:
		return min(b.H, b.W) / 2
	case b.Flags&Whole != 0 && b.Flags&Folded == 0:
		return wholeRadius
	}
	return leafRadius
}

// Weight returns the cut of the title's letters.
func (b *Box) Weight() typeset.Weight { return titleWeight(b.Flags) }

func titleWeight(f Flags) typeset.Weight {
	if f&Whole != 0 {
		return typeset.Semibold
	}
	return typeset.Regular
}

// Toggle returns the middle of the fold toggle; ok is false without parts.
func (b *Box) Toggle() (x, y int32, ok bool) {
	lines := max(int32(len(b.TitleLines)), 1)
	switch {
	case b.Flags&Whole == 0:
		return 0, 0, false
	case b.Flags&Folded != 0:
		return b.X + b.W - countRoom*5/8, b.Y + b.H/2, true
	case b.Layout == sysmap.LayoutLeft, b.Layout == sysmap.LayoutRight:
		return b.TX + b.TW + toggleRoom/2, b.TY + lines*b.LineHeight/2, true
	}
	return b.TX + b.TW + toggleRoom*2/3, b.TY + b.LineHeight/2, true
}

// Contains reports whether a point lies in the box itself.
func (b *Box) Contains(x, y int32) bool {
	return b.X <= x && x < b.X+b.W && b.Y <= y && y < b.Y+b.H
}

// Link is a relationship that is shown, or several that run between the same
// folded wholes.
type Link struct {
	Num      int32 // the relationship; of several the first
	A, B     int32 // boxes
	Card     int32 // box of its card, or -1
	Count    int32 // how many it stands for
	Colour   uint8
	Weight   uint8
	Dash     uint8
	Polarity uint8
	Delay    bool
	HeadA    bool // an arrow points at A
	HeadB    bool
	Inner    bool // joins a part and a whole around it

	Curve                      // where it runs
	Way          []elbow.Point // where it runs in right angles, from end to end; else empty
	L, T, R, Bot int32         // its bounds

	Action, Reaction Barb // texts at the ends

	owner      int32 // node that holds both ends
	next       int32
	na, nb     int32 // nodes of the ends
	pair, nth  int32 // which bundle of parallels, and which of them
	card       int32 // node
	bend       int32
	redirected bool
}

// Barb is a short text at an end of a relationship; an empty Line is none.
type Barb struct {
	Line  typeset.Line
	Field int32
	Rev   int32
}

// Curve is a cubic from 1 to 2 with the direction in which it leaves each end.
type Curve struct {
	X1, Y1, CX1, CY1, CX2, CY2, X2, Y2 int32
	DX1, DY1, DX2, DY2                 int32 // outward, one of them 0
}

// At returns the point an eighth, two, … of the way along.
func (c *Curve) At(eighths int32) (x, y int32) {
	t, u := int64(eighths), int64(8-eighths)
	b0, b1, b2, b3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
	x = int32((b0*int64(c.X1) + b1*int64(c.CX1) + b2*int64(c.CX2) + b3*int64(c.X2)) >> 9)
	y = int32((b0*int64(c.Y1) + b1*int64(c.CY1) + b2*int64(c.CY2) + b3*int64(c.Y2)) >> 9)
	return x, y
}

// shift moves a curve.
func (c *Curve) shift(dx, dy int32) {
	c.X1, c.CX1, c.CX2, c.X2 = c.X1+dx, c.CX1+dx, c.CX2+dx, c.X2+dx
	c.Y1, c.CY1, c.CY2, c.Y2 = c.Y1+dy, c.CY1+dy, c.CY2+dy, c.Y2+dy
}

// Batch is a run of links of one owner, painted before the box at index At.
type Batch struct {
	Owner  int32 // box, or -1 for the map
	At     int32
	Lo, Hi int32 // in Links
}

// Point is a card that looks at others.
type Point struct {
	Num         int32
	Perspective id.Object
}

// Plan is a laid out map. It is valid until the next Update of its Layout.
type Plan struct {
	Boxes      []Box
	Links      []Link
	Batches    []Batch
	Points     []Point // shown or not
	Media      []Media
	L, T, R, B int32   // bounds of everything; all 0 when empty
	boxOf      []int32 // by number: box+1
	shownIn    []int32 // by number: box+1 that stands for it
	linkOf     []int32 // by number: link+1
}

// Box returns the index of a card's own box, or -1 when it is not shown.
func (p *Plan) Box(num int32) int32 { return at(p.boxOf, num) }

// Stand returns the index of the box that stands for a card: its own, or of the
// folded whole around it, or -1.
func (p *Plan) Stand(num int32) int32 { return at(p.shownIn, num) }

// Link returns the index of the link that shows a relationship, or -1.
func (p *Plan) Link(num int32) int32 { return at(p.linkOf, num) }

// Merged appends the relationships that the link of one shows: more than itself when
// their ends are in the same folded wholes.
func (p *Plan) Merged(list []int32, num int32) []int32 {
	link := p.Link(num)
	if link < 0 || p.Links[link].Count < 2 {
		return list
	}
	for n, k := range p.linkOf {
		if k == link+1 {
			list = append(list, int32(n))
		}
	}
	return list
}

// MediaOf returns what a card shows of its files, nil without any.
func (p *Plan) MediaOf(b *Box) *Media {
	if b.Media == 0 {
		return nil
	}
	return &p.Media[b.Media-1]
}

func at(list []int32, num int32) int32 {
	if num < 0 || int(num) >= len(list) {
		return -1
	}
	return list[num] - 1
}
