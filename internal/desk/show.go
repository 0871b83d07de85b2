package desk

import (
	"plectica/internal/id"
	"plectica/internal/layout"
	"plectica/internal/picture"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// edits reports whether the person may change the map, as far as is known.
func (d *Desk) edits() bool {
	role := d.r.Status().Role
	return role == wire.RoleUnknown || role >= wire.RoleEdit
}

// Fold folds (1) or opens (0) a card for this viewer, or leaves it to the
// document (-1).
func (d *Desk) Fold(num int32, how int) {
	if d.object(num) == nil {
		return
	}
	d.layout.Fold(num, how)
	d.stale = true
}

func (d *Desk) folded(num int32) bool {
	i := d.layout.Plan.Box(num)
	return i >= 0 && d.layout.Plan.Boxes[i].Flags&layout.Folded != 0
}

// Select replaces the selection.
func (d *Desk) Select(nums []int32) {
	d.over.Selected = append(d.over.Selected[:0], nums...)
	d.blurred = true // what is in hand does not recede
	d.tell()
}

// Pointing is where a person points, what they type in, and which stop they present.
type Pointing struct {
	On, Laser     bool
	Following     bool // what they see is what another does: nobody needs to know
	X, Y          int32
	Editing, Stop int32
}

// Presence notes where this person points, types and presents.
func (d *Desk) Presence(p Pointing) {
	d.cursor = cursor{p.On, p.Laser, p.X, p.Y}
	d.following = p.Following
	d.stop = id.Root
	if o := d.object(p.Stop); o != nil {
		d.stop = o.ID
	}
	editing := p.Editing
	d.editing = id.Root
	if o := d.object(editing); o != nil {
		d.editing = o.ID
	}
	d.tell()
}

// tell hands presence to the replica.
func (d *Desk) tell() {
	c := &d.scene.Camera
	p := wire.Presence{HasCursor: d.cursor.on, X: d.cursor.x, Y: d.cursor.y, Editing: d.editing,
		View: [4]int32{c.X, c.Y, c.W, c.H}, Laser: d.cursor.laser, Stop: d.stop}
	for _, num := range d.over.Selected {
		if o := d.object(num); o != nil && len(p.Selection) < wire.MaxSelection {
			p.Selection = append(p.Selection, o.ID)
		}
	}
	if d.following { // two who followed each other would chase each other's view
		p.View = [4]int32{}
	}
	d.r.SetPresence(p)
}

// View sets the camera.
func (d *Desk) View(x, y, w, h int32, zoom float32) {
	c := picture.NewCamera(x, y, w, h, zoom)
	moved := c != d.scene.Camera
	if d.scene.Camera = c; moved { // somebody may follow
		d.tell()
	}
}

// Frame returns the static layer.
func (d *Desk) Frame() []int32 {
	d.fresh()
	return d.scene.Frame()
}

// Overlay returns the layer above it.
func (d *Desk) Overlay() []int32 {
	d.fresh()
	d.over.Handles = d.edits()
	d.over.Peers = d.over.Peers[:0]
	for _, p := range d.r.Peers() {
		e := picture.Peer{Author: p.Author, Colour: p.Colour, HasCursor: p.Presence.HasCursor,
			X: p.Presence.X, Y: p.Presence.Y, Editing: d.numbers().Find(p.Presence.Editing)}
		for _, k := range p.Presence.Selection {
			if num := d.numbers().Find(k); num != 0 {
				e.Selection = append(e.Selection, num)
			}
		}
		d.over.Peers = append(d.over.Peers, e)
	}
	return d.scene.Overlay(&d.over)
}

// Hit returns what is at a point of the world.
func (d *Desk) Hit(x, y, tol int32) picture.Hit {
	d.fresh()
	d.over.Handles = d.edits()
	h := d.scene.Hit(x, y, tol, &d.over)
	d.over.Hover = 0
	if d.layout.Plan.Box(h.Num) >= 0 {
		d.over.Hover = h.Num
	}
	return h
}

// Lasso returns the numbers of the cards in an area.
func (d *Desk) Lasso(x1, y1, x2, y2 int32) []int32 {
	d.fresh()
	d.nums = d.scene.Lasso(d.nums[:0], x1, y1, x2, y2)
	return d.nums
}

// Merged returns the numbers of the relationships that are shown as one line with a
// relationship, itself included; none when it has a line of its own.
func (d *Desk) Merged(num int32) []int32 {
	d.nums = d.fresh().Merged(d.nums[:0], num)
	return d.nums
}

// Near returns the number of what lies in a direction, or 0.
func (d *Desk) Near(num, dir int32) int32 {
	d.fresh()
	return d.scene.Near(num, dir)
}

// Sibling returns the number of the card that is delta places on among a card's
// living siblings, or 0.
func (d *Desk) Sibling(num, delta int32) int32 {
	o := d.object(num)
	if o == nil || o.Type != sysmap.Card {
		return 0
	}
	d.nums = d.nums[:0]
	at := int32(0)
	d.shown().Parts(o.Place.Parent, func(s *sysmap.Object) bool {
		if s.ID == o.ID {
			at = int32(len(d.nums))
		}
		d.nums = append(d.nums, d.numbers().Of(s.ID))
		return true
	})
	if to := int64(at) + int64(delta); to >= 0 && to < int64(len(d.nums)) {
		return d.nums[to]
	}
	return 0
}

// Bounds returns where an object is shown; 0 is the whole map.
func (d *Desk) Bounds(num int32) (x, y, w, h int32) {
	p := d.fresh()
	if num == 0 {
		return p.L, p.T, p.R - p.L, p.B - p.T
	}
	if i := p.Stand(num); i >= 0 {
		b := &p.Boxes[i]
		return b.X, b.Y, b.W, b.H
	}
	if i := p.Link(num); i >= 0 {
		k := &p.Links[i]
		return k.L, k.T, k.R - k.L, k.Bot - k.T
	}
	return 0, 0, 0, 0
}

// TitleBox is where and how a title is drawn.
type TitleBox struct {
	X, Y, W, H, Size, LineHeight, Weight int32
	Centred                              bool
}

// TitleBox returns where an object's title is drawn, for an editor laid over it.
// A relationship without a card has it at its middle.
func (d *Desk) TitleBox(num int32) TitleBox {
	p := d.fresh()
	if i := p.Box(num); i >= 0 {
		b := &p.Boxes[i]
		t := TitleBox{X: b.TX, Y: b.TY, W: b.TW, H: int32(max(len(b.TitleLines), 1)) * b.LineHeight,
			Size: b.TitleSize, LineHeight: b.LineHeight, Weight: 400, Centred: b.Flags&layout.Centred != 0}
		if b.Weight() != 0 {
			t.Weight = 600
		}
		return t
	}
	if i := p.Link(num); i >= 0 {
		x, y := p.Links[i].At(4)
		w, h, size := layout.LabelSpace()
		return TitleBox{X: x - w/2, Y: y - h/2, W: w, H: h, Size: size, LineHeight: h, Weight: 400, Centred: true}
	}
	return TitleBox{}
}

// Text returns a title, a body or the text at an end of a relationship.
func (d *Desk) Text(num, field int32) string {
	o := d.object(num)
	if o == nil {
		return ""
	}
	switch sysmap.Field(field) {
	case sysmap.Title:
		return o.Title
	case sysmap.Body:
		return o.Body
	case sysmap.Media:
		return d.image(num)
	}
	return o.Get(sysmap.Field(field)).S
}

// image returns the hash of the image that a card shows, empty without one.
func (d *Desk) image(num int32) string {
	p := d.fresh()
	if i := p.Box(num); i >= 0 {
		if m := p.MediaOf(&p.Boxes[i]); m != nil {
			return m.Hash
		}
	}
	return ""
}

// Ident returns the identifier of a number.
func (d *Desk) Ident(num int32) id.Object {
	k, _ := d.numbers().ID(num)
	return k
}

// Lookup returns the number of an identifier, or 0.
func (d *Desk) Lookup(k id.Object) int32 {
	if d.shown().GetLive(k) == nil {
		return 0
	}
	return d.numbers().Of(k)
}
