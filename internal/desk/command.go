package desk

import (
	"plectica/internal/fault"
	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// The kinds of commands.
const (
	cmdCreate       = 1
	cmdMove         = 2
	cmdSet          = 3
	cmdSplice       = 4
	cmdRelate       = 5
	cmdCardOn       = 6
	cmdDelete       = 7
	cmdUndo         = 8
	cmdRedo         = 9
	cmdBreakGroup   = 10
	cmdCopy         = 11
	cmdPaste        = 12
	cmdDuplicate    = 13
	cmdWrap         = 14
	cmdUnwrap       = 15
	cmdEnds         = 16
	cmdReorder      = 17
	cmdCreateNear   = 18
	cmdPasteOutline = 19
	cmdLook         = 20
	cmdSketch       = 21
	cmdAlign        = 22
	cmdTidy         = 23
	cmdDiscuss      = 24
	cmdAnswer       = 25
	cmdRephrase     = 26
	cmdUnsay        = 27
	cmdSettle       = 28
	cmdAddStop      = 29
	cmdRetakeStop   = 30
	cmdMoveStop     = 31
	cmdSheet        = 32
	cmdRestore      = 33
	cmdContent      = 40
)

// Bounds of a command's fields.
const (
	maxList    = 100_000
	maxOutline = 4 << 20 // bytes
)

// moveReparent says that a move changes the whole, not only the position.
const moveReparent = 1

// Answer is what a command did.
type Answer struct {
	Fault  int32 // kind, 0 when it worked
	Made   int32 // number of the object made, or -1
	Entry  []byte
	Reply  []byte
	Number uint64 // of the journal entry
}

var errUnknown = fault.New(fault.Schema, "no such command")

// command is one being run.
type command struct {
	d    *Desk
	rd   *varint.Reader
	c    *gesture.Context
	ops  []sysmap.Op
	made []id.Object
	one  bool // made is one object, to be told as such
	said bool // it is something said, no step of undo
	out  Answer
}

// Command runs one command: one transaction and one step of undo.
func (d *Desk) Command(b []byte) Answer {
	rd := varint.NewReader(b)
	which := rd.Byte()
	var seed [gesture.EntropySize]byte
	for i := range seed {
		seed[i] = rd.Byte()
	}
	cmd := command{d: d, rd: rd, out: Answer{Made: -1}}
	if err := rd.Err(); err != nil {
		cmd.out.Fault = Kind(err)
		return cmd.out
	}
	if which != cmdSplice {
		d.group = 0
	}
	var err error
	switch which {
	case cmdSplice:
		err = cmd.splice()
	case cmdUndo:
		err = cmd.reverse(d.r.Undo)
	case cmdRedo:
		err = cmd.reverse(d.r.Redo)
	case cmdBreakGroup:
	default:
		cmd.c = d.context(seed)
		if err = cmd.gesture(which); err == nil {
			err = cmd.finish(0)
		}
	}
	cmd.out.Fault = Kind(err)
	return cmd.out
}

// gesture reads a gesture's fields and turns it into ops. Nothing is made of fields
// that are not whole.
func (m *command) gesture(which byte) error {
	switch which {
	case cmdMove:
		return m.move()
	case cmdSet:
		return m.set()
	case cmdCreate, cmdRelate, cmdCardOn, cmdCreateNear:
		return m.making(which)
	case cmdDelete, cmdCopy, cmdDuplicate, cmdWrap:
		return m.withSet(which)
	case cmdPaste, cmdPasteOutline:
		return m.pasting(which)
	case cmdUnwrap, cmdEnds, cmdReorder:
		return m.changing(which)
	case cmdLook, cmdAlign, cmdTidy:
		return m.arranging(which)
	case cmdSketch:
		return m.sketch()
	case cmdDiscuss, cmdAnswer, cmdRephrase, cmdUnsay, cmdSettle:
		m.said = true
		return m.talking(which)
	case cmdAddStop, cmdRetakeStop, cmdMoveStop, cmdSheet:
		return m.presenting(which)
	case cmdContent:
		return m.content()
	case cmdRestore:
		return m.restore()
	}
	return errUnknown
}

// making runs the gestures that make one object.
func (m *command) making(which byte) (err error) {
	var k id.Object
	a := m.id()
	switch which {
	case cmdCreate:
		before, x, y := m.id(), m.rd.Int32(), m.rd.Int32()
		title := m.rd.String(sysmap.MaxTitle)
		if err = m.rd.Done(); err == nil {
			m.ops, k, err = m.c.Create(a, before, x, y, title)
		}
	case cmdRelate:
		b, way := m.id(), m.rd.Byte()
		if err = m.rd.Done(); err == nil {
			m.ops, k, err = m.c.Relate(a, b, int64(way))
		}
	case cmdCardOn:
		title := m.rd.String(sysmap.MaxTitle)
		if err = m.rd.Done(); err == nil {
			m.ops, k, err = m.c.CardOn(a, title)
		}
	case cmdCreateNear:
		where := m.rd.Byte()
		if err = m.rd.Done(); err == nil {
			m.ops, k, err = m.c.CreateNear(a, int(where))
		}
	}
	m.made, m.one = []id.Object{k}, true
	return err
}

// content makes a card that holds something from the start: a file, an address.
func (m *command) content() error {
	place, before, x, y := m.id(), m.id(), m.rd.Int32(), m.rd.Int32()
	title := m.rd.String(sysmap.MaxTitle)
	regs := make([]sysmap.Reg, m.rd.Count(gesture.MaxContent))
	for i := range regs {
		g := &regs[i]
		g.Field, g.Entry = sysmap.Field(m.rd.Byte()), m.rd.String(sysmap.MaxEntry)
		g.Value = sysmap.TextValue(m.rd.String(sysmap.MaxText))
	}
	err := m.rd.Done()
	if err != nil {
		return err
	}
	m.made, m.one = make([]id.Object, 1), true
	m.ops, m.made[0], err = m.c.CreateWith(place, before, x, y, title, regs)
	return err
}

// withSet runs the gestures that take a set of objects and nothing else.
func (m *command) withSet(which byte) error {
	list := m.ids()
	err := m.rd.Done()
	if err != nil {
		return err
	}
	switch which {
	case cmdDelete:
		m.ops, err = m.c.Delete(list)
	case cmdCopy:
		m.out.Reply = m.c.Copy(list)
	case cmdDuplicate:
		m.ops, m.made, err = m.c.Duplicate(list)
	case cmdWrap:
		m.made, m.one = make([]id.Object, 1), true
		m.ops, m.made[0], err = m.c.Wrap(list)
	}
	return err
}

func (m *command) pasting(which byte) (err error) {
	place, x, y := m.id(), m.rd.Int32(), m.rd.Int32()
	if which == cmdPasteOutline {
		text := m.rd.String(maxOutline)
		if err = m.rd.Done(); err == nil {
			m.ops, m.made, err = m.c.PasteOutline(place, x, y, text)
		}
		return err
	}
	b := m.rd.Bytes(gesture.MaxFragment)
	if err = m.rd.Done(); err == nil {
		m.ops, m.made, err = m.c.Paste(place, x, y, b)
	}
	return err
}

// changing runs the gestures that make nothing new.
func (m *command) changing(which byte) (err error) {
	k := m.id()
	switch which {
	case cmdUnwrap:
		if err = m.rd.Done(); err == nil {
			m.ops, err = m.c.Unwrap(k)
		}
	case cmdEnds:
		a, b := m.id(), m.id()
		if err = m.rd.Done(); err == nil {
			m.ops, err = m.c.Ends(k, a, b)
		}
	case cmdReorder:
		delta := m.rd.Int32()
		if err = m.rd.Done(); err == nil {
			m.ops, err = m.c.Reorder(k, int(delta))
		}
	}
	return err
}

// arranging runs the gestures that take a set of objects and how.
func (m *command) arranging(which byte) (err error) {
	var point id.Object
	if which == cmdLook {
		point = m.id()
	}
	list, how := m.ids(), int(m.rd.Byte())
	if err = m.rd.Done(); err != nil {
		return err
	}
	switch which {
	case cmdLook:
		m.ops, err = m.c.Look(point, list, int64(how))
	case cmdAlign:
		m.ops, err = m.c.Align(list, how)
	case cmdTidy:
		m.ops, err = m.c.Tidy(list, how)
	}
	return err
}

// sketch reads a structure item by item.
func (m *command) sketch() (err error) {
	place, x, y := m.id(), m.rd.Int32(), m.rd.Int32()
	items := make([]gesture.Item, m.rd.Count(gesture.MaxSketch))
	for i := range items {
		e := &items[i]
		e.Kind = gesture.ItemKind(m.rd.Byte())
		e.A, e.B, e.N = m.rank(), m.rank(), m.rd.Int()
		if e.Kind == gesture.ItemCard {
			e.Card, e.Blank, e.Layout = m.id(), m.rd.Bool(), e.N
			e.X, e.Y, e.Title = m.rd.Int32(), m.rd.Int32(), m.rd.String(sysmap.MaxTitle)
		}
	}
	if err = m.rd.Done(); err == nil {
		m.ops, m.made, err = m.c.Sketch(place, x, y, items)
	}
	return err
}

// rank reads the rank of what a sketch has made.
func (m *command) rank() int {
	n := m.rd.Uint()
	if n > gesture.MaxSketch {
		m.rd.Fail()
		return 0
	}
	return int(n)
}

func (m *command) move() error {
	list, place, before := m.ids(), m.id(), m.id()
	dx, dy, flags := m.rd.Int32(), m.rd.Int32(), m.rd.Byte()
	err := m.rd.Done()
	switch {
	case err != nil:
	case flags&moveReparent == 0:
		m.ops, err = m.c.Shift(list, dx, dy)
	default:
		m.ops, err = m.c.Move(list, place, before, dx, dy)
	}
	return err
}

// value reads a register's value.
func (m *command) value() sysmap.Value {
	switch sysmap.ValueKind(m.rd.Byte()) {
	case sysmap.None:
		return sysmap.Value{}
	case sysmap.Int:
		return sysmap.IntValue(m.rd.Int())
	case sysmap.Text:
		return sysmap.TextValue(m.rd.String(sysmap.MaxText))
	case sysmap.Raw:
	}
	m.rd.Fail()
	return sysmap.Value{}
}

func (m *command) set() error {
	list, f, entry := m.ids(), sysmap.Field(m.rd.Byte()), m.rd.String(sysmap.MaxEntry)
	v := m.value()
	entry, ok := m.d.entryOf(f, entry)
	if !ok {
		m.rd.Fail()
	}
	err := m.rd.Done()
	if err == nil {
		m.ops, err = m.c.Set(list, f, entry, v)
	}
	return err
}

// splice types in a text. Typing in one text is one step of undo until something
// else happens.
func (m *command) splice() error {
	card, f := m.id(), sysmap.Field(m.rd.Byte())
	pos, del, ins := m.rd.Uint(), m.rd.Uint(), m.rd.String(sysmap.MaxBody)
	if err := m.rd.Done(); err != nil {
		return err
	}
	if pos > sysmap.MaxBody || del > sysmap.MaxBody {
		return fault.New(fault.Invalid, "a position outside the text")
	}
	if del == 0 && ins == "" {
		return nil
	}
	m.ops = []sysmap.Op{{Kind: sysmap.OpSplice, ID: card, Field: f, Pos: uint32(pos), Del: uint32(del), Ins: ins}}
	if o := m.d.shown().GetLive(card); o != nil && o.Int(sysmap.Placeholder) != 0 { // now it is filled in
		m.ops = append(m.ops, sysmap.Op{Kind: sysmap.OpSet, ID: card, Reg: sysmap.Reg{Field: sysmap.Placeholder}})
	}
	d, at := m.d, sysmap.Where{Card: card, Field: f}
	if d.group == 0 || d.typing != at {
		d.groups++
		d.group, d.typing = d.groups, at
	}
	return m.finish(d.group)
}

// reverse runs undo or redo.
func (m *command) reverse(run func() (replica.Step, error)) error {
	d := m.d
	before := ""
	if d.caret.on {
		before = d.shown().Text(d.caret.where)
	}
	s, err := run()
	if err != nil {
		return err
	}
	if d.caret.on {
		d.carry(d.caret.where, sysmap.Diff(before, d.shown().Text(d.caret.where)))
	}
	m.out.Entry, m.out.Number = s.Entry, s.N
	m.out.Reply = varint.Uint(varint.Uint(nil, uint64(s.Done)), uint64(s.Skipped))
	return nil
}

// finish makes the transaction and tells what came of it.
func (m *command) finish(group uint64) (err error) {
	d := m.d
	if len(m.ops) > 0 {
		if m.said {
			m.out.Entry, m.out.Number, err = d.r.Say(m.ops)
		} else {
			m.out.Entry, m.out.Number, err = d.r.Do(group, m.ops)
		}
		if err != nil {
			m.out.Reply = nil
			return err
		}
	}
	for _, k := range m.made {
		d.reveal(k)
	}
	if m.one && len(m.made) == 1 {
		m.out.Made = d.numbers().Of(m.made[0])
		return nil
	}
	if m.made != nil {
		m.out.Reply = varint.Uint(nil, uint64(len(m.made)))
		for _, k := range m.made {
			m.out.Reply = varint.Uint(m.out.Reply, uint64(d.numbers().Of(k)))
		}
	}
	return nil
}

// reveal unfolds, for this viewer, what hides a card that was just made.
func (d *Desk) reveal(k id.Object) {
	m := d.shown()
	for range sysmap.MaxDepth {
		o := m.GetLive(k)
		if o == nil {
			return
		}
		if o.Type == sysmap.Card {
			k = o.Place.Parent
		} else {
			k = o.A
		}
		num := d.numbers().Find(k)
		if i := d.layout.Plan.Box(num); num != 0 && i >= 0 && d.folded(num) {
			d.Fold(num, 0)
		}
	}
}

// id reads an object's number. An unknown one is malformed.
func (m *command) id() id.Object {
	n := m.rd.Uint()
	k, ok := m.d.numbers().ID(int32(min(n, 1<<31-1)))
	if !ok {
		m.rd.Fail()
	}
	return k
}

func (m *command) ids() []id.Object {
	list := make([]id.Object, m.rd.Count(maxList))
	for i := range list {
		list[i] = m.id()
	}
	return list
}
