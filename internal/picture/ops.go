package picture

import "plectica/internal/elbow"

// Op is a kind of drawing instruction. The numbers are known to every painter.
type Op int32

// The instructions. Each is a run of words: the kind with the count of words
// above its low byte, the object's number, then what docs/core.md lists.
const (
	OpCard     Op = 1
	OpText     Op = 2
	OpBar      Op = 3
	OpLine     Op = 4
	OpCurve    Op = 5
	OpArrow    Op = 6
	OpBadge    Op = 7
	OpSelect   Op = 8
	OpHandle   Op = 9
	OpCursor   Op = 10
	OpGhost    Op = 11
	OpDrop     Op = 12
	OpBand     Op = 13
	OpSelLine  Op = 14
	OpEditing  Op = 15
	OpAlpha    Op = 16
	OpSight    Op = 17
	OpImage    Op = 18
	OpGuide    Op = 19
	OpMark     Op = 20
	OpMarkLine Op = 21
	OpMarkWay  Op = 22
	OpWay      Op = 24
	OpSelWay   Op = 25
)

// Flags of a CARD.
const (
	CardPlaceholder = 2
	CardRoot        = 4
	CardWhole       = 8
	CardFolded      = 16
	CardFlat        = 32
	CardSeen        = 64 // an open eye looks at it
	CardHigh        = 128
)

// Styles of a TEXT.
const (
	StyleTitle       = 0
	StyleWhole       = 1
	StyleBody        = 2
	StyleLabel       = 3
	StylePlaceholder = 4
	StyleShaped      = 16 // estimated widths: squeeze to w
)

// Kinds of BADGE.
const (
	BadgeOpen   = 1
	BadgeFolded = 2
	BadgePlus   = 3
	BadgeMinus  = 4
	BadgeDelay  = 5
	BadgeEye    = 6
	BadgeCount  = 7
	BadgeLink   = 8
	BadgeBody   = 9
	BadgeShut   = 10 // an eye that is not open
	BadgeMap    = 11 // a link to a map
	BadgeFiles  = 12 // more than the image that is shown
)

// Kinds of HANDLE.
const (
	HandleTop    = 1
	HandleRight  = 2
	HandleBottom = 3
	HandleLeft   = 4
	HandleMiddle = 5
	HandleResize = 6
	HandleEndA   = 7
	HandleEndB   = 8
)

// corners appends the points of a way.
func corners(words []int32, way []elbow.Point) []int32 {
	for _, p := range way {
		words = append(words, p.X, p.Y)
	}
	return words
}

// list is a buffer of instructions that is filled anew for each frame.
type list struct{ w []int32 }

func (l *list) op(op Op, object int32, words ...int32) {
	l.w = append(l.w, int32(op)|int32(len(words)+2)<<8, object)
	l.w = append(l.w, words...)
}

// Each calls back for every instruction of a list: its kind, its object and the words
// after that.
func Each(list []int32, take func(op Op, num int32, words []int32)) {
	for len(list) > 1 {
		n := int(list[0] >> 8)
		if n < 2 || n > len(list) {
			return // a list that does not move on would never end
		}
		take(Op(list[0]&0xff), list[1], list[2:n])
		list = list[n:]
	}
}
