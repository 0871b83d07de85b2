package desk

import (
	"plectica/internal/picture"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// What a viewer says of an eye.
const (
	lookSaved = 0
	lookOpen  = 1
	lookShut  = 2
)

// Look opens (1) or shuts (0) a point's eye for this viewer, or leaves it to the
// document (-1).
func (d *Desk) Look(num int32, how int) {
	if d.object(num) == nil {
		return
	}
	for int(num) >= len(d.looks) {
		d.looks = append(d.looks, lookSaved)
	}
	switch how {
	case 0:
		d.looks[num] = lookShut
	case 1:
		d.looks[num] = lookOpen
	default:
		d.looks[num] = lookSaved
	}
	d.blurred = true
}

// looking reports whether a point's eye is open for this viewer.
func (d *Desk) looking(num int32, p *sysmap.Object) bool {
	if int(num) < len(d.looks) && d.looks[num] != lookSaved {
		return d.looks[num] == lookOpen
	}
	return p.Int(sysmap.Open) != 0
}

// focus gives the scene the open eyes and what they look at.
func (d *Desk) focus() {
	d.blurred = false
	d.scene.Sights = picture.Looks(d.scene.Sights[:0], d.shown(), d.layout, d.looking)
	d.scene.Lit = d.over.Selected
	d.refract()
	d.scene.Focus()
}

// Points lists the points in the order of the map: which, and whether its eye is
// open for this viewer.
func (d *Desk) Points() []byte {
	plan := d.fresh()
	b := varint.Uint(d.out[:0], uint64(len(plan.Points)))
	for _, at := range plan.Points {
		p := d.shown().Get(at.Perspective)
		b = varint.Bool(varint.Uint(b, uint64(at.Num)), d.looking(at.Num, p))
	}
	d.out = b
	return b
}
