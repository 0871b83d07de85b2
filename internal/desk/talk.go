package desk

import (
	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// talking runs what people say to each other.
func (m *command) talking(which byte) (err error) {
	k := m.id()
	switch which {
	case cmdDiscuss:
		x, y := m.rd.Int32(), m.rd.Int32()
		text, mentions := m.words()
		m.made, m.one = make([]id.Object, 1), true
		if err = m.rd.Done(); err == nil {
			m.ops, m.made[0], err = m.c.Discuss(k, x, y, text, mentions)
		}
	case cmdAnswer:
		text, mentions := m.words()
		if err = m.rd.Done(); err == nil {
			m.ops, err = m.c.Answer(k, text, mentions)
		}
	case cmdRephrase:
		text, mentions := m.words()
		if err = m.rd.Done(); err == nil {
			m.ops, err = m.c.Rephrase(k, text, mentions)
		}
	case cmdUnsay:
		if err = m.rd.Done(); err == nil {
			m.ops, err = m.c.Unsay(k)
		}
	case cmdSettle:
		settled := m.rd.Bool()
		if err = m.rd.Done(); err == nil {
			m.ops, err = m.c.Settle(k, settled)
		}
	}
	return err
}

// words reads a message and whom it mentions.
func (m *command) words() (text string, mentions []string) {
	text = m.rd.String(sysmap.MaxText)
	mentions = make([]string, m.rd.Count(gesture.MaxMentions))
	for i := range mentions {
		mentions[i] = m.rd.String(sysmap.MaxEntry)
	}
	return text, mentions
}

// maxThreads bounds how many discussions a page is told of.
const maxThreads = 10_000

// Threads lists the discussions: of what, where it is shown, whether it is settled,
// and its messages in the order in which they were said.
func (d *Desk) Threads() []byte {
	m := d.shown()
	if m.Count(sysmap.Thread) == 0 {
		return varint.Uint(d.out[:0], 0)
	}
	d.fresh()
	n := 0
	var list []byte
	add := func(on id.Object) {
		for _, k := range m.Deps(on) {
			o := m.GetLive(k)
			if o == nil || o.Type != sysmap.Thread || n >= maxThreads {
				continue
			}
			if said := d.said(o); len(said) > 0 {
				list = d.thread(list, o, said)
				n++
			}
		}
	}
	add(id.Root)
	m.Walk(func(o *sysmap.Object) bool {
		add(o.ID)
		for _, k := range m.Deps(o.ID) {
			if e := m.GetLive(k); e != nil && e.A == o.ID && e.Type != sysmap.Thread {
				add(e.ID)
			}
		}
		return true
	})
	return append(varint.Uint(nil, uint64(n)), list...)
}

func (d *Desk) thread(b []byte, o *sysmap.Object, said []*sysmap.Object) []byte {
	x, y := d.spot(o)
	b = varint.Bool(d.num(d.num(b, o.ID), d.about(o)), o.Int(sysmap.Resolved) != 0)
	b = varint.Int(varint.Int(b, int64(x)), int64(y))
	b = varint.Uint(b, uint64(len(said)))
	for _, s := range said {
		b = d.message(b, s)
	}
	return b
}

// said returns the messages of a discussion in the order in which they were said. The
// sort is Shell's: a generic one would cost the browser's core 20 KB.
func (d *Desk) said(thread *sysmap.Object) []*sysmap.Object {
	m := d.shown()
	var list []*sysmap.Object
	for _, k := range m.Deps(thread.ID) {
		if s := m.GetLive(k); s != nil && s.Type == sysmap.Message {
			list = append(list, s)
		}
	}
	for gap := len(list) / 2; gap > 0; gap /= 2 {
		for i := gap; i < len(list); i++ {
			for j := i; j >= gap && saidBefore(list[j], list[j-gap]); j -= gap {
				list[j], list[j-gap] = list[j-gap], list[j]
			}
		}
	}
	return list
}

// about returns what a discussion is about: a card, a relationship, or the map. A
// perspective's point stands for it.
func (d *Desk) about(o *sysmap.Object) id.Object {
	if a := d.shown().Get(o.A); a != nil && a.Type == sysmap.Perspective {
		return a.A
	}
	return o.A
}

// spot returns where a discussion is shown: from the corner of what it is about, or of
// the folded whole around that.
func (d *Desk) spot(o *sysmap.Object) (x, y int32) {
	x, y = int32(o.Int(sysmap.SpotX)), int32(o.Int(sysmap.SpotY))
	about := d.about(o)
	if about == id.Root {
		return x, y
	}
	num := d.numbers().Of(about)
	if i := d.layout.Plan.Link(num); i >= 0 {
		return d.layout.Plan.Links[i].At(4)
	}
	i := d.layout.Plan.Stand(num)
	if i < 0 {
		if l := d.shown().Get(about); l != nil && l.Type == sysmap.Relationship { // both ends in one folded whole
			i = d.layout.Plan.Stand(d.numbers().Of(l.A))
		}
	}
	if i < 0 {
		return x, y
	}
	b := &d.layout.Plan.Boxes[i]
	if x == 0 && y == 0 || b.Num != num {
		return b.X + b.W, b.Y
	}
	return b.X + min(max(x, 0), b.W), b.Y + min(max(y, 0), b.H)
}

// saidAt returns when a message was said, as late as can be while it is not saved.
func saidAt(o *sysmap.Object) int64 {
	if o.Get(sysmap.QuotedAt).Kind != sysmap.None {
		return o.Int(sysmap.QuotedAt)
	}
	if o.Created.At == 0 {
		return sysmap.MaxTime
	}
	return o.Created.At
}

func saidBefore(a, b *sysmap.Object) bool {
	x, y := saidAt(a), saidAt(b)
	if x == y {
		x, y = a.Int(sysmap.Turn), b.Int(sysmap.Turn)
	}
	return x < y || x == y && id.Compare(a.ID, b.ID) < 0
}

func (d *Desk) message(b []byte, o *sysmap.Object) []byte {
	by, at := o.Created.By, saidAt(o)
	if at == sysmap.MaxTime {
		at = 0
	}
	b = varint.ID(d.num(b, o.ID), by)
	b = varint.Bool(varint.Int(b, at), o.Updated.At > o.Created.At && o.Created.At != 0)
	b = varint.String(varint.String(b, o.Get(sysmap.Said).S), o.Get(sysmap.QuotedName).S)
	b = varint.Bool(b, o.Get(sysmap.QuotedAt).Kind != sysmap.None)
	var list []byte
	n := 0
	o.Entries(sysmap.Mention, func(who string, _ sysmap.Value) bool {
		list = varint.String(list, who)
		n++
		return true
	})
	return append(varint.Uint(b, uint64(n)), list...)
}
