package desk

import (
	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// sight is what a viewer said of folds and eyes, kept while a stop is shown.
type sight struct {
	kept         bool
	folds, looks []int8
}

// presenting runs what changes a presentation, or the map's sheet.
func (m *command) presenting(which byte) (err error) {
	if which == cmdSheet {
		f, v := sysmap.Field(m.rd.Byte()), m.value()
		if err = m.rd.Done(); err == nil {
			m.ops, err = m.c.SetSheet(f, v)
		}
		return err
	}
	k := m.id() // a card for a new stop, else the stop
	if which == cmdMoveStop {
		before := m.id()
		if err = m.rd.Done(); err == nil {
			m.ops, err = m.c.MoveStop(k, before)
		}
		return err
	}
	s := m.d.sight()
	if x, y, w, h := m.rd.Int32(), m.rd.Int32(), m.rd.Int32(), m.rd.Int32(); w > 0 && h > 0 {
		s.Frame = sysmap.FrameText(x, y, w, h)
	}
	if which == cmdRetakeStop {
		if err = m.rd.Done(); err == nil {
			m.ops, err = m.c.RetakeStop(k, s)
		}
		return err
	}
	name, after := m.rd.String(sysmap.MaxText), m.id()
	m.made, m.one = make([]id.Object, 1), true
	if err = m.rd.Done(); err == nil {
		s.Card = k
		m.ops, m.made[0], err = m.c.AddStop(s, name, after)
	}
	return err
}

// sight returns how what this viewer sees is folded and looked at: all that is not as
// a map without folds and eyes shows it.
func (d *Desk) sight() *gesture.Sight {
	s := new(gesture.Sight)
	m := d.shown()
	m.Walk(func(o *sysmap.Object) bool {
		on := d.layout.Folded(d.numbers().Of(o.ID), o)
		if on || o.Int(sysmap.Collapsed) != 0 {
			s.Folds = append(s.Folds, gesture.Switch{Card: o.ID, On: on})
		}
		return true
	})
	for _, at := range d.fresh().Points {
		p := m.GetLive(at.Perspective)
		if p == nil {
			continue
		}
		if on := d.looking(at.Num, p); on || p.Int(sysmap.Open) != 0 {
			s.Eyes = append(s.Eyes, gesture.Switch{Card: p.A, On: on})
		}
	}
	return s
}

// Show folds and looks as a stop says, for this viewer alone, and returns what is to
// be in sight: the stop's frame, or its card. Number 0 gives back what the viewer had
// before the first stop.
func (d *Desk) Show(num int32) (x, y, w, h int32) {
	o := d.object(num)
	if o == nil || o.Type != sysmap.Stop {
		if d.own.kept {
			d.layout.SetFolds(d.own.folds)
			d.looks = append(d.looks[:0], d.own.looks...)
			d.own.kept, d.stale, d.blurred = false, true, true
		}
		return 0, 0, 0, 0
	}
	if !d.own.kept {
		d.own = sight{true, append([]int8(nil), d.layout.Folds()...), append([]int8(nil), d.looks...)}
	}
	d.layout.SetFolds(nil)
	d.looks = d.looks[:0]
	d.stale, d.blurred = true, true
	each := func(f sysmap.Field, act func(int32, int)) {
		o.Entries(f, func(card string, v sysmap.Value) bool {
			if k := id.Object([]byte(card)); d.shown().GetLive(k) != nil {
				act(d.numbers().Of(k), int(v.N))
			}
			return true
		})
	}
	each(sysmap.StopFold, d.Fold)
	each(sysmap.StopEye, d.Look)
	if x, y, w, h, ok := sysmap.FrameOf(o.Get(sysmap.Frame).S); ok {
		return x, y, w, h
	}
	card := d.numbers().Find(o.A)
	if d.fresh().Box(card) < 0 { // somebody put it into a folded whole since
		d.reveal(o.A)
	}
	return d.Bounds(card)
}

// Stops lists the stops of the presentation in order: number, card, name, notes, and
// the frame, which is empty for a stop that shows its card.
func (d *Desk) Stops() []byte {
	list := gesture.Stops(d.shown())
	b := varint.Uint(d.out[:0], uint64(len(list)))
	for _, o := range list {
		b = d.num(d.num(b, o.ID), o.A)
		b = varint.String(varint.String(b, o.Get(sysmap.Name).S), o.Get(sysmap.Notes).S)
		x, y, w, h, ok := sysmap.FrameOf(o.Get(sysmap.Frame).S)
		if !ok {
			x, y, w, h = 0, 0, 0, 0
		}
		for _, v := range [...]int32{x, y, w, h} {
			b = varint.Int(b, int64(v))
		}
	}
	d.out = b
	return b
}
