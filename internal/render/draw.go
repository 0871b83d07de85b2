package render

import (
	"plectica/internal/layout"
	"plectica/internal/picture"
)

// drawing is a picture in the making. It draws as ui/src/canvas/draw.ts does.
type drawing struct {
	writer
	texts *texts
	zoom  int64 // 1/65536
	alpha int32 // of 255
	far   far
}

// full is the alpha of what shows wholly.
const full = 255

// Sizes of strokes and shapes, in 1/64 px; a test compares them with the painter's.
const (
	smallestStroke = px * 3 / 4 // in the picture
	arrowLength    = 9 * px
	arrowHalf      = px * 9 / 2
	cornerRadius   = 8 * px
	imageRadius    = 6 * px
	sightEnd       = 4 * px
	mostTogether   = 64
	sightDots      = "0.1 5"
)

var ( //nolint:gochecknoglobals // tables
	lineWidths  = [...]int32{px * 3 / 2, px, px * 7 / 4, px * 5 / 2, px * 7 / 2, 5 * px}
	sightWidths = [...]int32{2 * px, 2 * px, px * 3 / 2, 2 * px, 2 * px, 3 * px}
	dashes      = [...]string{"", "8 6", "2 5"}
)

func newDrawing(p *layout.Plan, zoom int64, t *texts) *drawing {
	d := &drawing{texts: t, zoom: zoom, alpha: full}
	d.b = make([]byte, 0, 512*len(p.Boxes)+4096)
	d.ox, d.oy = p.L&^(px-1), p.T&^(px-1) // numbers are short, wherever the map lies
	d.cover(p.L, p.T, p.R, p.B)
	return d
}

// stroke returns a line's width that stays visible far out.
func (d *drawing) stroke(width int32) int32 {
	return max(width, int32(smallestStroke*one/d.zoom))
}

// faded returns how much of something shows, in thousandths, of a share of that.
func (d *drawing) faded(thousandths int32) int32 { return thousandths * d.alpha / full }

// draw draws one instruction.
func (d *drawing) draw(op picture.Op, num int32, w []int32) {
	if len(d.b) > MaxBytes {
		return // finish says so
	}
	if op != picture.OpLine {
		d.endFar()
	}
	switch op {
	case picture.OpCard:
		d.card(w)
	case picture.OpText:
		d.line(num, w)
	case picture.OpBar:
		d.rect(w[0], w[1], w[2], w[3], 0)
		d.attr("fill", faint)
		d.share("fill-opacity", d.faded(350))
		d.end()
	case picture.OpLine:
		d.addFar(w)
	case picture.OpCurve:
		d.raw(`<path d="`)
		d.point('M', w[0:2]...)
		d.point('C', w[2:8]...)
		d.pen(w[8], w[9], w[10])
		d.end()
	case picture.OpWay:
		d.way(w[3:])
		d.pen(w[0], w[1], w[2])
		d.end()
	case picture.OpArrow:
		d.arrow(w)
	case picture.OpBadge:
		d.badge(w[0], w[1], w[2], w[3])
	case picture.OpAlpha:
		d.fade(w[0])
	case picture.OpSight:
		d.sight(w)
	case picture.OpImage:
		d.image(w)
	}
}

// fade sets how much of what follows shows. Fills and strokes fade each for itself, as
// on a canvas.
func (d *drawing) fade(alpha int32) {
	if d.alpha != full {
		d.raw("</g>\n")
	}
	if d.alpha = alpha; alpha == full {
		return
	}
	d.raw("<g")
	d.share("fill-opacity", d.faded(1000))
	d.share("stroke-opacity", d.faded(1000))
	d.raw(">\n")
}

func (d *drawing) card(w []int32) {
	x, y, wide, high, radius, flags := w[0], w[1], w[2], w[3], w[5], w[6]
	c := card(w[4])
	fill := c.fill
	if flags&picture.CardWhole != 0 && flags&picture.CardFolded == 0 {
		fill = c.whole
	}
	flat := flags&picture.CardFlat != 0
	if flags&picture.CardRoot != 0 && !flat {
		d.shadow(x-2*px, y+px, wide+4*px, high+5*px, radius+2*px, 35)
		d.shadow(x-px/2, y+px, wide+px, high+px*3/2, radius+px/2, 60)
	}
	d.rect(x, y, wide, high, radius)
	d.attr("fill", fill)
	if !flat {
		d.attr("stroke", c.edge)
	}
	if flags&picture.CardPlaceholder != 0 && !flat {
		d.attr("stroke-dasharray", "5 4")
	}
	d.end()
	if flags&picture.CardFolded != 0 && !flat { // the edge of what lies under it
		d.raw(`<path d="`)
		d.point('M', x+radius, y+high+3*px, x+wide-radius, y+high+3*px)
		d.raw(`"`)
		d.attr("stroke", c.edge)
		d.end()
	}
	if flags&picture.CardSeen != 0 {
		d.ring(x, y, wide, high, radius, 3*px)
	}
	if flags&picture.CardHigh != 0 {
		d.ring(x, y, wide, high, radius, 6*px)
	}
}

// shadow draws one of the steps that look like a blur.
func (d *drawing) shadow(x, y, wide, high, radius, thousandths int32) {
	d.rect(x, y, wide, high, radius)
	d.attr("fill", shade)
	d.share("fill-opacity", d.faded(thousandths))
	d.end()
}

// ring marks what an open eye looks at.
func (d *drawing) ring(x, y, wide, high, radius, gap int32) {
	d.rect(x-gap, y-gap, wide+2*gap, high+2*gap, radius+gap)
	d.attr("fill", "none")
	d.attr("stroke", sight)
	d.length("stroke-width", d.stroke(px*3/2))
	d.end()
}

// Type of most letters; the picture begins with it.
const usualSize = 14 * px

// line draws a line of text, as wide as it was laid out to be: with another font too
// nothing lies over it.
func (d *drawing) line(num int32, w []int32) {
	x, y, wide, size := w[4], w[5], w[6], w[7]
	s := d.texts.part(num, w[1], int(w[2]), int(w[3]))
	d.cover(x, y-size, x+wide, y+size/4)
	d.raw("<text")
	d.length("x", x-d.ox)
	d.length("y", y-d.oy)
	if size != usualSize {
		d.length("font-size", size)
	}
	switch w[8] &^ picture.StyleShaped {
	case picture.StyleWhole:
		d.attr("font-weight", "600")
	case picture.StyleBody, picture.StyleLabel:
		d.attr("fill", soft)
	case picture.StylePlaceholder:
		d.attr("fill", faint)
	}
	d.length("textLength", wide)
	d.raw(` lengthAdjust="spacingAndGlyphs">`)
	d.text(s)
	d.raw("</text>\n")
}

// pen ends the way of a relationship, and says how it looks.
func (d *drawing) pen(colour, weight, dash int32) {
	d.raw(`" fill="none"`)
	d.attr("stroke", lineColour(colour))
	d.length("stroke-width", d.stroke(widthOf(weight)))
	if 0 < dash && int(dash) < len(dashes) {
		d.attr("stroke-dasharray", dashes[dash])
	}
}

func lineColour(token int32) string {
	if token < 0 || int(token) >= len(cards) {
		return soft
	}
	return cards[token].line
}

func widthOf(weight int32) int32 {
	if weight < 0 || int(weight) >= len(lineWidths) {
		return lineWidths[0]
	}
	return lineWidths[weight]
}

// far is a path of lines that look alike and follow each other.
type far struct {
	colour, weight, dash int32
	count                int
}

// addFar adds a line of those of which there are thousands far out.
func (d *drawing) addFar(w []int32) {
	next := far{w[4], w[5], w[6], d.far.count}
	if next != d.far || next.count == mostTogether {
		d.endFar()
	}
	if d.far.count == 0 {
		d.far = far{w[4], w[5], w[6], 0}
		d.raw(`<path d="`)
	}
	d.point('M', w[0:2]...)
	d.point('L', w[2:4]...)
	d.far.count++
}

// endFar ends such a path. They are faint, or they would hide what they connect.
func (d *drawing) endFar() {
	if d.far.count == 0 {
		return
	}
	d.pen(d.far.colour, d.far.weight, d.far.dash)
	d.share("stroke-opacity", d.faded(400))
	d.end()
	d.far.count = 0
}

// way draws a path with rounded corners.
func (d *drawing) way(w []int32) {
	d.raw(`<path d="`)
	d.point('M', w[0], w[1])
	for i := 2; i+3 < len(w); i += 2 {
		inX, inY, in := toward(w[i]-w[i-2], w[i+1]-w[i-1])
		outX, outY, out := toward(w[i+2]-w[i], w[i+3]-w[i+1])
		turn := inX*outY - inY*outX
		r := min(cornerRadius, in/2, out/2)
		if turn == 0 || r == 0 {
			d.point('L', w[i], w[i+1])
			continue
		}
		d.point('L', w[i]-inX*r, w[i+1]-inY*r)
		d.raw("a")
		d.b = append(hundredths(append(hundredths(d.b, r), ' '), r), " 0 0 "...)
		if turn > 0 {
			d.raw("1 ")
		} else {
			d.raw("0 ")
		}
		d.b = hundredths(append(hundredths(d.b, (inX+outX)*r), ' '), (inY+outY)*r)
	}
	d.point('L', w[len(w)-2:]...)
}

// toward returns the direction of a step of a way, which goes along one axis, and how
// long it is.
func toward(dx, dy int32) (x, y, length int32) {
	return sign(dx), sign(dy), max(dx, -dx) + max(dy, -dy)
}

func sign(v int32) int32 {
	switch {
	case v < 0:
		return -1
	case v > 0:
		return 1
	}
	return 0
}

// arrow draws the head of a relationship, which points along one axis.
func (d *drawing) arrow(w []int32) {
	x, y, ux, uy := w[0], w[1], sign(w[2]), sign(w[3])
	grow := func(v int32) int32 { return v + int32(int64(v)*int64(widthOf(w[5]))*12/(100*px)) }
	back, half := grow(arrowLength), grow(arrowHalf)
	d.raw(`<path d="`)
	d.point('M', x, y, x-ux*back-uy*half, y-uy*back+ux*half, x-ux*back+uy*half, y-uy*back-ux*half)
	d.raw(`z"`)
	d.attr("fill", lineColour(w[4]))
	d.end()
}

// sight draws the line from an eye to what it looks at: dots that end in a ring.
func (d *drawing) sight(w []int32) {
	width := sightWidths[0]
	if level := w[8]; 0 <= level && int(level) < len(sightWidths) {
		width = sightWidths[level]
	}
	d.raw(`<path d="`)
	d.point('M', w[0:2]...)
	d.point('C', w[2:8]...)
	d.raw(`" fill="none"`)
	d.attr("stroke", sight)
	d.length("stroke-width", d.stroke(width))
	d.attr("stroke-linecap", "round")
	d.attr("stroke-dasharray", sightDots)
	d.end()
	d.circle(w[6], w[7], sightEnd)
	d.attr("fill", paper)
	d.attr("stroke", sight)
	d.length("stroke-width", d.stroke(px*3/2))
	d.end()
}

// image draws the place of a card's image, whose content is not in a picture.
func (d *drawing) image(w []int32) {
	x, y, wide, high := w[0], w[1], w[2], w[3]
	d.rect(x, y, wide, high, imageRadius)
	d.attr("fill", faint)
	d.share("fill-opacity", d.faded(160))
	small := w[4] == 0
	if !small {
		d.attr("stroke", faint)
	}
	d.end()
	if !small { // the sign of a picture: a hill and a sun
		d.shape(x+wide/2, y+high/2, "m-9 7v-14h18v14h-18m0-3l6-6 5 5 3-3 4 4", faint)
	}
}

// finish closes the picture and puts its beginning before it, now that it is known what
// it covers. The margin is that of the screen.
func (d *drawing) finish(title string) ([]byte, error) {
	d.endFar()
	d.fade(full)
	d.raw("</svg>\n")
	room := int32(margin * one / d.zoom * px)
	l, t := (d.l-room)&^(px-1), (d.t-room)&^(px-1)
	wide, high := (d.r+room-l+px-1)&^(px-1), (d.m+room-t+px-1)&^(px-1)
	h := writer{b: make([]byte, 0, len(d.b)+headRoom)}
	h.raw(`<svg xmlns="http://www.w3.org/2000/svg" role="img"`)
	h.length("width", d.shown(wide))
	h.length("height", d.shown(high))
	h.raw(` viewBox="`)
	for i, v := range [...]int32{l, t, wide, high} {
		if i > 0 {
			h.raw(" ")
		}
		h.b = hundredths(h.b, v)
	}
	h.raw(`" font-family="Inter, system-ui, sans-serif"`)
	h.length("font-size", usualSize)
	h.attr("text-rendering", "geometricPrecision")
	h.attr("fill", ink)
	h.length("stroke-width", d.stroke(px))
	h.raw(">\n<title>")
	h.text(title)
	h.raw("</title>\n")
	h.rect(l, t, wide, high, 0)
	h.attr("fill", canvas)
	h.end()
	if len(h.b)+len(d.b) > MaxBytes {
		return nil, tooLarge()
	}
	return append(h.b, d.b...), nil
}

// headRoom is about what the beginning of a picture takes.
const headRoom = 1 << 10

// shown returns how long something is in the picture, in whole px.
func (d *drawing) shown(v int32) int32 {
	return int32((int64(v)*d.zoom/one + px/2)) &^ (px - 1)
}
