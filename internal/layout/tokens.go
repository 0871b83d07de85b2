package layout

import "plectica/internal/typeset"

const px = typeset.Px

// Sizes of type.
const (
	rootTitleSize   = 16 * px
	rootTitleHeight = 22 * px
	titleSize       = 14 * px
	titleHeight     = 20 * px
	labelSize       = 13 * px
	labelHeight     = 18 * px
)

// Sizes of type of texts whose lines a painter must place.
const (
	BodySize   = 12 * px
	BodyHeight = 17 * px
	BarbSize   = 11 * px // texts at the ends of a relationship
)

// Room inside cards.
const (
	padX        = 14 * px
	padY        = 10 * px
	rootPadX    = 18 * px
	rootPadY    = 13 * px
	chipPadX    = 10 * px
	chipPadY    = 5 * px
	wholePad    = 12 * px // around a whole's parts
	rootPad     = 16 * px // around the parts of a whole that lies on the map
	headerGap   = 8 * px  // between a whole's title and its parts
	sideGap     = 16 * px // between a title and parts beside it
	bodyGap     = 4 * px
	toggleRoom  = 24 * px // for the fold toggle in a header
	countRoom   = 38 * px // for the count on a folded whole
	listGap     = 8 * px
	gridGap     = 12 * px
	linkedGap   = 48 * px // between parts of a row or grid with relationships
	linkedGapY  = 40 * px
	labelMargin = 16 * px // on either side of a label between two parts
	emptyDrop   = 40 * px // height of an emptied place for parts
)

// Bounds of cards.
const (
	minWidth      = 120 * px
	minWhole      = 168 * px
	maxTitle      = 240 * px // of a title's lines in a card without parts
	maxSideTitle  = 200 * px
	maxLabel      = 180 * px
	minBody       = 200 * px // an excerpt may widen its card to this
	minChip       = 36 * px
	maxTitleLines = 40
	bodyLines     = 2
)

// Bounds that keep sums of coordinates inside 32 bits, however deep and far apart
// cards are placed.
const (
	maxPlace  = 1 << 26 // a million px
	maxExtent = 1 << 28
)

// Corners.
const (
	leafRadius  = 10 * px
	wholeRadius = 14 * px
)

// Relationships.
const (
	fanStep     = 7 * px  // half the distance between parallels at a card
	fanBow      = 14 * px // and how much more they part on the way
	sideMargin  = 8 * px  // of a line's end from a card's corner
	arrowGap    = 2 * px  // between an arrow's tip and the card
	arrowLength = 6 * px  // from the tip to where the line starts
	minPull     = 28 * px // of a curve's control points
	maxPull     = 180 * px
	laneWidth   = 12 * px // between arcs beside a list
	laneStart   = 18 * px
	maxLanes    = 6
	loopSize    = 34 * px // of a relationship of a card with itself
	loopStep    = 14 * px
	innerRoom   = 30 * px // between a part and its whole, when a line joins them
)

// Room between free-standing cards that the program places.
const (
	rootGap = 32 * px
	freeGap = 16 * px
)
