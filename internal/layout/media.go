package layout

import (
	"plectica/internal/media"
	"plectica/internal/sysmap"
)

// Media is what a card shows of its files: the first image, and how many more
// there are.
type Media struct {
	X, Y, W, H int32  // of the image on the plane; W is 0 without one
	Rev        int32  // the number under which a painter keeps its hash
	More       int32  // files that are not shown
	Hash       string // of the image's content

	PxW, PxH int32 // its own size, in px
}

// Sizes of images on cards.
const (
	mediaGap   = 6 * px
	imageWidth = 208 * px // an image may widen its card to this
	imageMost  = 640 * px // however wide its card is made
	imageHigh  = 320 * px
	imageLeast = 24 * px
	signRoom   = 9 * px // for the signs below an image, or beside a file's name
)

// media notes a card's files and returns where, plus one; 0 without any. Of two
// images of one rank the one with the lower hash comes first, everywhere.
func (l *Layout) media(o *sysmap.Object) int32 {
	var m Media
	files, best := int32(0), int32(-1)
	for i := range o.Regs() {
		g := &o.Regs()[i]
		if g.Field > sysmap.Media {
			break // they are sorted
		}
		if g.Field != sysmap.Media {
			continue
		}
		files++
		if it, ok := media.Parse(g.Value.S); ok && it.Image() && media.IsHash(g.Entry) && (best < 0 || it.Rank < best) {
			best, m.Hash, m.PxW, m.PxH = it.Rank, g.Entry, it.W, it.H
		}
	}
	if files == 0 {
		return 0
	}
	m.More = files
	if best >= 0 {
		m.Rev = Rev(m.Hash)
		m.More--
	}
	l.Plan.Media = append(l.Plan.Media, m)
	return int32(len(l.Plan.Media))
}

// image sizes the image of a card within a width, and returns its size with the gap
// above it; both are 0 without one.
func (l *Layout) image(n *node, width int32) (w, h int32) {
	if n.media == 0 {
		return 0, 0
	}
	m := &l.Plan.Media[n.media-1]
	if m.Hash == "" {
		return 0, 0
	}
	// No larger than it is: letters in a screenshot would blur.
	pw, ph := int64(m.PxW)*px, int64(m.PxH)*px
	fit := func(w, h int64) { // keeps the shape
		if pw > w {
			pw, ph = w, ph*w/pw
		}
		if ph > h {
			pw, ph = pw*h/ph, h
		}
	}
	fit(int64(min(max(width, imageWidth), imageMost)), imageHigh)
	m.W, m.H = int32(max(pw, imageLeast)), int32(max(ph, imageLeast))
	return m.W, m.H + mediaGap
}

// signs returns the room at the lower end of a card without parts that shows an image
// or has files that are not shown: the signs of what it holds stand there.
func (l *Layout) signs(n *node, image bool) int32 {
	if n.media != 0 && l.Plan.Media[n.media-1].More > 0 || image && n.flags&(HasLink|HasBody) != 0 {
		return signRoom
	}
	return 0
}

// placeImage puts a card's image on the plane, under the title.
func (l *Layout) placeImage(n *node, b *Box) {
	if n.media == 0 {
		return
	}
	m := &l.Plan.Media[n.media-1]
	m.X, m.Y = b.X+n.mediaX, b.Y+n.mediaY
	if b.Flags&Centred != 0 {
		m.X = b.TX + (b.TW-m.W)/2
	}
}
