package sysmap

import (
	"math"
	"unicode/utf8"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mutant"
)

// The refusals. Each is a value, so that Apply allocates nothing to say no.
var (
	errGone      = fault.New(fault.Gone, "it, or what it depends on, was deleted")
	errExists    = fault.New(fault.Conflict, "it exists already")
	errLineTaken = fault.New(fault.Conflict, "the relationship has a card already")
	errOnePoint  = fault.New(fault.Conflict, "the card is a point already")
	errCycle     = fault.New(fault.Cycle, "a card cannot come to lie inside itself")
	errDepth     = fault.New(fault.Limit, "cards would be nested too deep")
	errText      = fault.New(fault.Limit, "the text is too long")
	errRegs      = fault.New(fault.Limit, "the object has too many entries")
	errWork      = fault.New(fault.Limit, "the change touches too much at once")
	errSchema    = fault.New(fault.Schema, "the change does not fit the model")
)

// Apply makes all changes of a transaction or none. The error is a *fault.Error
// of kind Cycle, Gone, Conflict, Limit or Schema.
func (m *Map) Apply(ops []Op, by Stamp) error { return m.ApplyWithin(ops, by, math.MaxInt) }

// ApplyWithin is Apply for a server: a transaction that takes more steps than work
// is refused with fault.Limit. Which steps count is no part of the protocol, so
// what was committed is applied without.
func (m *Map) ApplyWithin(ops []Op, by Stamp, work int) error {
	o := m.Overlay()
	began := *m.work
	for i := range ops {
		if *m.work-began > work {
			return errWork
		}
		if err := o.applyOne(&ops[i], by); err != nil {
			return err
		}
	}
	o.Merge()
	return nil
}

func (m *Map) applyOne(op *Op, by Stamp) error {
	switch op.Kind {
	case OpPut:
		return m.applyPut(op, by)
	case OpRelate:
		return m.applyRelate(op, by)
	case OpDel:
		return m.applyDel(op, by)
	case OpUndel:
		return m.applyUndel(op, by)
	case OpPurge:
		return m.applyPurge(op)
	case OpPlace:
		return m.applyPlace(op, by)
	case OpSet:
		return m.applySet(op, by)
	case OpEnds:
		return m.applyEnds(op, by)
	case OpSplice:
		return m.applySplice(op, by)
	}
	return errSchema
}

func (m *Map) applyPut(op *Op, by Stamp) error {
	o := &Object{ID: op.ID, Type: op.Type, Created: by, Updated: by}
	switch op.Type {
	case Card:
		if !validPlace(op.Place) || !clean(op.Title, false) || !clean(op.Body, true) ||
			!utf8.ValidString(op.Title) || !utf8.ValidString(op.Body) {
			return errSchema
		}
		if len(op.Title) > MaxTitle || len(op.Body) > MaxBody {
			return errText
		}
		if err := m.checkPlace(op.ID, op.Place.Parent); err != nil {
			return err
		}
		o.Place, o.Title, o.Body = op.Place, op.Title, op.Body
	case Perspective, Distinction, Stop, Thread, Message, Sheet:
		if err := m.checkSubject(op.Type, op.ID, op.A); err != nil {
			return err
		}
		o.A = op.A
	case Relationship:
		return errSchema
	default:
		return errSchema
	}
	return m.insert(o, op.Regs)
}

func (m *Map) applyRelate(op *Op, by Stamp) error {
	if err := m.checkEnds(op.ID, op.A, op.B); err != nil {
		return err
	}
	o := &Object{ID: op.ID, Type: Relationship, A: op.A, B: op.B, Created: by, Updated: by}
	return m.insert(o, op.Regs)
}

// insert adds a new, checked object with its first registers.
func (m *Map) insert(o *Object, regs []Reg) error {
	if o.ID == id.Root {
		return errSchema
	}
	if m.Get(o.ID) != nil {
		return errExists
	}
	if len(regs) > MaxRegs {
		return errRegs
	}
	*m.work += len(regs) * len(regs) / 64 // each may move the others
	for _, g := range regs {
		if !fits(o.Type, g) {
			return errSchema
		}
		o.put(g.Field, g.Entry, g.Value)
	}
	m.objs[o.ID] = o
	m.count++
	m.hash.add(hashObject(o))
	m.link(o)
	m.settle(o.ID)
	return nil
}

// applyDel is done twice without harm: whoever deletes what another deleted gets
// what they wanted.
func (m *Map) applyDel(op *Op, by Stamp) error {
	o := m.Get(op.ID)
	if o == nil {
		return errGone
	}
	if o.Dead {
		return nil
	}
	o = m.mut(op.ID)
	o.Dead, o.Updated = true, by
	m.dead++
	m.hash.add(hashDead(o))
	m.settle(op.ID)
	return nil
}

func (m *Map) applyUndel(op *Op, by Stamp) error {
	o := m.Get(op.ID)
	if o == nil || !m.footing(o) {
		return errGone
	}
	if !o.Dead {
		return nil
	}
	if o.Type == Card && m.occupied(o.Place.Parent, o.ID) {
		return errLineTaken
	}
	if o.Type == Perspective && m.isPoint(o.A, o.ID) {
		return errOnePoint
	}
	o = m.mut(op.ID)
	m.hash.sub(hashDead(o))
	o.Dead, o.Updated = false, by
	m.dead--
	m.settle(op.ID)
	return nil
}

// applyPurge forgets objects that are not alive. The set must hold everything
// that depends on its members, so that nothing is left hanging.
func (m *Map) applyPurge(op *Op) error {
	set := make(map[id.Object]bool, len(op.IDs))
	for _, k := range op.IDs {
		set[k] = true
	}
	for _, k := range op.IDs {
		o := m.Get(k)
		if o == nil || o.live {
			return errSchema
		}
		for _, list := range [][]id.Object{m.Kids(k), m.Deps(k)} {
			for _, d := range list {
				if !set[d] {
					return errSchema
				}
			}
		}
	}
	for k := range set { // any order gives the same state
		o := m.Get(k)
		m.unlink(o)
		m.hash.sub(hashObject(o))
		if o.Dead {
			m.dead--
		}
		m.count--
		m.objs[k] = nil
	}
	return nil
}

func (m *Map) applyPlace(op *Op, by Stamp) error {
	o := m.GetLive(op.ID)
	if o == nil {
		return errGone
	}
	if o.Type != Card || !validPlace(op.Place) {
		return errSchema
	}
	if op.Place.Parent != o.Place.Parent {
		if err := m.checkPlace(op.ID, op.Place.Parent); err != nil {
			return err
		}
	}
	o = m.mut(op.ID)
	m.hash.sub(hashPlace(o))
	m.dropKid(o)
	place := op.Place
	if mutant.On && mutant.Is(mutant.SplitPlaceRegister) {
		place.X, place.Y = o.Place.X, o.Place.Y
	}
	o.Place, o.Updated = place, by
	m.addKid(o)
	m.hash.add(hashPlace(o))
	return nil
}

func (m *Map) applySet(op *Op, by Stamp) error {
	o := m.GetLive(op.ID)
	if o == nil {
		return errGone
	}
	if !fits(o.Type, op.Reg) {
		return errSchema
	}
	g := op.Reg
	if mutant.On && mutant.Is(mutant.UnknownFieldDropped) && g.Value.Kind == Raw {
		return nil
	}
	before, known := o.find(g.Field, g.Entry)
	if !known && len(o.regs) >= MaxRegs && g.Value.Kind != None {
		return errRegs
	}
	o = m.mut(op.ID)
	if known {
		m.hash.sub(hashReg(o.ID, o.regs[before]))
	}
	o.put(g.Field, g.Entry, g.Value)
	o.Updated = by
	m.hash.add(hashReg(o.ID, g))
	return nil
}

func (m *Map) applyEnds(op *Op, by Stamp) error {
	o := m.GetLive(op.ID)
	if o == nil {
		return errGone
	}
	if o.Type != Relationship {
		return errSchema
	}
	if err := m.checkEnds(op.ID, op.A, op.B); err != nil {
		return err
	}
	o = m.mut(op.ID)
	m.hash.sub(hashEnds(o))
	m.unlink(o)
	o.A, o.B, o.Updated = op.A, op.B, by
	m.link(o)
	m.hash.add(hashEnds(o))
	return nil
}

func (m *Map) applySplice(op *Op, by Stamp) error {
	o := m.GetLive(op.ID)
	if o == nil {
		return errGone
	}
	if o.Type != Card || op.Field != Title && op.Field != Body ||
		!clean(op.Ins, op.Field == Body) || !utf8.ValidString(op.Ins) {
		return errSchema
	}
	old := o.text(op.Field)
	from, to, ok := span(old, op.Pos, op.Del)
	if !ok {
		return errSchema
	}
	if len(old)-(to-from)+len(op.Ins) > maxText(op.Field) {
		return errText
	}
	o = m.mut(op.ID)
	m.hash.sub(hashText(o.ID, op.Field, old))
	next := old[:from] + op.Ins + old[to:]
	o.setText(op.Field, next)
	o.Updated = by
	m.hash.add(hashText(o.ID, op.Field, next))
	return nil
}

func maxText(f Field) int {
	if f == Title {
		return MaxTitle
	}
	return MaxBody
}

func (o *Object) text(f Field) string {
	if f == Title {
		return o.Title
	}
	return o.Body
}

func (o *Object) setText(f Field, s string) {
	if f == Title {
		o.Title = s
	} else {
		o.Body = s
	}
}

func validPlace(p Place) bool {
	return ValidOrder(p.Order) && -MaxCoordinate <= p.X && p.X <= MaxCoordinate &&
		-MaxCoordinate <= p.Y && p.Y <= MaxCoordinate
}
