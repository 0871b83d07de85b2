package desk

import (
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/picture"
	"plectica/internal/replica"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// comparison is what a desk shows beside the state it is at.
type comparison struct {
	then  *sysmap.Map // the state it is compared with
	both  *sysmap.Map // its own, with what was removed since
	list  []sysmap.Change
	marks []picture.Mark
}

// shown returns the map that is seen.
func (d *Desk) shown() *sysmap.Map {
	if d.compared.both != nil {
		return d.compared.both
	}
	return d.r.View()
}

// State returns what is seen, as Past and a restore read it.
func (d *Desk) State() []byte {
	d.out = d.r.AppendState(d.out[:0])
	return d.out
}

// Past shows a past state, which takes no edits: for a desk of its own, that is never
// joined to a server.
func (d *Desk) Past(b []byte) error {
	if err := d.r.Past(b); err != nil {
		return err
	}
	d.past = true
	d.alone()
	return nil
}

// alone ends a comparison, and what the last step marked.
func (d *Desk) alone() {
	d.compared = comparison{}
	d.mark(nil)
	d.stale = true
}

// Advance steps a past state forward by commits, each with its length before it, up
// to a seq, and marks what was changed on the way. It returns who made the last of
// them, when, and the numbers of what it was about; ok is false when they do not follow
// on what is shown.
func (d *Desk) Advance(b []byte, to uint64) (answer []byte, ok bool) {
	if !d.past {
		return nil, false
	}
	p, ok := d.r.Advance(b, to)
	d.alone()
	var marks []picture.Mark
	for _, k := range p.Seen {
		if d.r.View().GetLive(k) != nil {
			marks = append(marks, picture.Mark{Num: d.numbers().Of(k), Kind: picture.MarkChanged})
		}
	}
	d.mark(marks)
	answer = varint.Int(varint.ID(nil, p.By), p.At)
	answer = varint.Uint(answer, uint64(len(marks)))
	for _, m := range marks {
		answer = varint.Uint(answer, uint64(m.Num))
	}
	return answer, ok
}

// Compare shows what a past state differs by from another, which comes before it: what
// was removed is shown as well. No bytes end it.
func (d *Desk) Compare(b []byte) error {
	if !d.past {
		return fault.New(fault.Permission, "only a past state is compared")
	}
	if len(b) == 0 {
		d.alone()
		return nil
	}
	then, _, err := replica.ReadState(b)
	if err != nil {
		return err
	}
	d.alone()
	now := d.r.View()
	d.compared = comparison{then: then, both: sysmap.Both(now, then), list: sysmap.Changes(then, now)}
	d.mark(d.differences(then, now))
	return nil
}

// differences returns how each card and relationship differs.
func (d *Desk) differences(then, now *sysmap.Map) []picture.Mark {
	kinds := make(map[id.Object]int32)
	for _, c := range d.compared.list {
		switch c.Kind {
		case sysmap.Moved, sysmap.Shifted:
			kinds[c.ID] |= picture.MarkMoved
		case sysmap.Renamed, sysmap.Rewritten, sysmap.Rejoined, sysmap.Altered:
			kinds[c.ID] |= picture.MarkChanged
		case sysmap.Added, sysmap.Removed, sysmap.Related, sysmap.Unrelated, sysmap.Talked:
		}
	}
	var marks []picture.Mark
	d.compared.both.Each(func(o *sysmap.Object) {
		if !o.Live() || o.Type != sysmap.Card && o.Type != sysmap.Relationship {
			return
		}
		kind := kinds[o.ID]
		if now.GetLive(o.ID) == nil {
			kind = picture.MarkRemoved
		} else if then.GetLive(o.ID) == nil {
			kind = picture.MarkAdded
		}
		if kind != 0 {
			marks = append(marks, picture.Mark{Num: d.numbers().Of(o.ID), Kind: kind})
		}
	})
	return marks
}

// mark shows marks on the map, in the place of those before.
func (d *Desk) mark(marks []picture.Mark) {
	d.compared.marks, d.over.Marks, d.scene.Marks = marks, marks, marks
	d.blurred = true
}

// Changes lists what a comparison found, in the order of the map.
func (d *Desk) Changes() []byte {
	b := varint.Uint(d.out[:0], uint64(len(d.compared.list)))
	for i := range d.compared.list {
		b = d.change(b, &d.compared.list[i])
	}
	d.out = b
	return b
}

// change tells of one change: what it is about by number, type and name, and what was
// before and after it, as far as that can be said in a word.
func (d *Desk) change(b []byte, c *sysmap.Change) []byte {
	then, now := d.compared.then, d.r.View()
	was, is := then.GetLive(c.ID), now.GetLive(c.ID)
	o := is
	if o == nil {
		o = was
	}
	if o == nil { // the map itself
		o = new(sysmap.Object)
	}
	in := now
	if is == nil {
		in = then
	}
	var from, to string
	var at, on id.Object
	switch {
	case o.Type == sysmap.Relationship:
		at, on = o.A, o.B
		from, to = in.Text(title(at)), in.Text(title(on))
	case c.Kind == sysmap.Renamed:
		from, to = was.Title, is.Title
	case c.Kind == sysmap.Moved:
		at, on = wholeIn(then, was.Place.Parent), wholeIn(now, is.Place.Parent)
		from, to = then.Text(title(at)), now.Text(title(on))
	case c.Kind == sysmap.Altered:
		from, to = valueIn(then, c), valueIn(now, c)
	}
	b = d.num(append(b, byte(c.Kind), byte(o.Type)), c.ID)
	b = varint.String(append(b, byte(c.Field)), d.pageEntry(c.Field, c.Entry))
	b = varint.String(varint.Uint(b, uint64(c.Count)), nameIn(in, o))
	b = d.num(varint.String(b, from), at)
	return d.num(varint.String(b, to), on)
}

func title(k id.Object) sysmap.Where { return sysmap.Where{Card: k, Field: sysmap.Title} }

// nameIn returns what people call an object: a relationship by the card on it.
func nameIn(m *sysmap.Map, o *sysmap.Object) string {
	switch o.Type {
	case sysmap.Relationship:
		if c := m.CardOn(o.ID); c != nil {
			return c.Title
		}
	case sysmap.Stop:
		if name := o.Get(sysmap.Name).S; name != "" || o.A == id.Root {
			return name
		}
		return m.Text(title(o.A))
	case sysmap.Card, sysmap.Perspective, sysmap.Distinction, sysmap.Thread, sysmap.Message, sysmap.Sheet:
	}
	return o.Title
}

// valueIn returns the value that a change is about, as text, of the object or what
// tells of its traits.
func valueIn(m *sysmap.Map, c *sysmap.Change) string {
	k := c.ID
	if k == id.Root {
		k = sysmap.SheetID
	}
	v := sysmap.Value{}
	if o := m.GetLive(k); o != nil {
		v = o.GetEntry(c.Field, c.Entry)
	}
	for _, k := range m.Deps(k) {
		t := m.GetLive(k)
		if t != nil && v.Kind == sysmap.None && (t.Type == sysmap.Perspective || t.Type == sysmap.Distinction) {
			v = t.GetEntry(c.Field, c.Entry)
		}
	}
	if v.Kind == sysmap.Int {
		return sysmap.Decimal(v.N)
	}
	return v.S
}

// restore brings the map, a card or a branch to how it was in a past state, as one
// step of undo. The reply tells how many changes people would speak of, and how much
// could not be brought back as it was.
func (m *command) restore() error {
	s := sysmap.Scope{Object: varint.ReadID[id.Object](m.rd), Branch: m.rd.Bool()}
	b := m.rd.Rest()
	if err := m.rd.Done(); err != nil {
		return err
	}
	then, _, err := replica.ReadState(b)
	if err != nil {
		return err
	}
	now := m.d.r.View()
	if s.Object != id.Root && then.GetLive(s.Object) == nil {
		return fault.New(fault.Gone, "it was not there then")
	}
	ops, left := sysmap.Revert(now, then, s)
	trial := now.Overlay()
	if err := trial.Apply(ops, sysmap.Stamp{}); err != nil {
		return err
	}
	changes := len(sysmap.Changes(now, trial))
	m.ops = ops
	m.out.Reply = varint.Uint(varint.Uint(nil, uint64(changes)), uint64(left))
	return nil
}
