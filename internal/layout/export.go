package layout

// Sight returns the way from a point to a card it looks at: from the side that faces
// it, or around its own corner.
func Sight(of, to *Box) Curve {
	a := rect{of.X, of.Y, of.X + of.W, of.Y + of.H}
	if of == to {
		return loop(a, 1)
	}
	return free(a, rect{to.X, to.Y, to.X + to.W, to.Y + to.H}, 0, 1)
}

// Inset returns the way from a freehand whole's corner to where the places of its
// parts count from, when its title takes one line.
func Inset(root bool) (x, y int32) {
	if root {
		return rootPad, rootPadY + rootTitleHeight + headerGap
	}
	return wholePad, padY + titleHeight + headerGap
}

// NewCard returns the size of a card with a short title, and the room that is
// left between free-standing cards.
func NewCard(root bool) (w, h, gap int32) {
	if root {
		return minWidth, rootTitleHeight + 2*rootPadY, rootGap
	}
	return minWidth, titleHeight + 2*padY, freeGap
}

// LabelSpace returns the room for a label that is not written yet, and the size
// of its letters.
func LabelSpace() (w, h, size int32) { return minWidth, labelHeight, labelSize }

// Least returns the size below which no card is drawn.
func Least() (w, h int32) { return minWidth, titleHeight + 2*padY }
