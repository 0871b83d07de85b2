package render

import (
	"strconv"

	"plectica/internal/picture"
)

// Sizes of badges.
const (
	badgeRadius = 8 * px
	badgeSize   = 11 * px // of letters
	badgeStroke = px * 3 / 2
	// badgeDrop is how far below a badge's middle its letters stand.
	badgeDrop = px * 9 / 2
)

// badge draws one of the small signs. Their shapes are steps from the middle.
func (d *drawing) badge(x, y, kind, n int32) {
	switch kind {
	case picture.BadgeOpen:
		d.shape(x, y, "m-4-2l4 4 4-4", soft)
	case picture.BadgeFolded, picture.BadgeCount:
		d.count(x, y, n)
	case picture.BadgePlus:
		d.plate(x, y, 2*badgeRadius, soft, badgeStroke)
		d.shape(x, y, "m-3.5 0h7m-3.5-3.5v7", soft)
	case picture.BadgeMinus:
		d.plate(x, y, 2*badgeRadius, soft, badgeStroke)
		d.shape(x, y, "m-3.5 0h7", soft)
	case picture.BadgeDelay:
		d.shape(x, y, "m-2-5v10m4-10v10", soft)
	case picture.BadgeEye:
		d.plate(x, y, 22*px, sight, badgeStroke)
		d.shape(x, y, "m-7 0q7-8 14 0q-7 8-14 0", sight)
		d.circle(x, y, 2*px)
		d.attr("fill", sight)
		d.end()
	case picture.BadgeShut:
		d.plate(x, y, 22*px, faint, px)
		d.shape(x, y, "m-6-1q6 6 12 0m-10 2.5l-1.5 2m5.5-1v2.5m4-3.5l1.5 2", soft)
	case picture.BadgeLink:
		d.shape(x, y, "m-3 3l6-6m-4 0h4v4", soft)
	case picture.BadgeMap: // two sheets and the way between
		d.shape(x, y, "m-5-4v5h5v-5h-5m6 3h4v5h-5v-1", soft)
	case picture.BadgeBody:
		d.shape(x, y, "m-4-3h8m-8 3h8m-8 3h5", soft)
	case picture.BadgeFiles: // a clip
		d.shape(x-4*px, y, "m2.5-2.5v4.5a2.5 2.5 0 0 1-5 0v-5.5a1.75 1.75 0 0 1 3.5 0v5", soft)
		d.small(x+5*px, y, atMost(n, 99))
	}
}

// shape draws strokes from a point.
func (d *drawing) shape(x, y int32, steps, colour string) {
	d.cover(x-badgeRadius, y-badgeRadius, x+badgeRadius, y+badgeRadius)
	d.raw(`<path d="`)
	d.point('M', x, y)
	d.raw(steps)
	d.raw(`" fill="none"`)
	d.attr("stroke", colour)
	d.length("stroke-width", badgeStroke)
	d.raw(` stroke-linecap="round" stroke-linejoin="round"`)
	d.end()
}

// plate draws the ground of a badge.
func (d *drawing) plate(x, y, wide int32, colour string, stroke int32) {
	d.rect(x-wide/2, y-badgeRadius, wide, 2*badgeRadius, badgeRadius)
	d.attr("fill", paper)
	d.attr("stroke", colour)
	d.length("stroke-width", stroke)
	d.end()
}

func (d *drawing) count(x, y, n int32) {
	s := atMost(n, 999)
	d.plate(x, y, max(20*px, int32(10+7*len(s))*px), faint, px)
	d.small(x, y, s)
}

// small draws a short text in the middle of a point.
func (d *drawing) small(x, y int32, s string) {
	d.cover(x-badgeRadius, y-badgeRadius, x+badgeRadius, y+badgeRadius)
	d.raw("<text")
	d.length("x", x-d.ox)
	d.length("y", y+badgeDrop-d.oy)
	d.length("font-size", badgeSize)
	d.raw(` font-weight="600" text-anchor="middle"`)
	d.attr("fill", soft)
	d.raw(">")
	d.raw(s)
	d.raw("</text>\n")
}

func atMost(n, most int32) string {
	if n > most {
		return strconv.Itoa(int(most)) + "+"
	}
	return strconv.Itoa(int(n))
}
