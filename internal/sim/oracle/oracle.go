// Package oracle folds a log the dullest way, to tell what a map must be. It shares
// no logic with package sysmap.
package oracle

import (
	"errors"
	"fmt"

	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Oracle is a table of objects and their registers; liveness is looked up along
// the chain each time.
type Oracle struct {
	objs map[id.Object]*thing
}

type thing struct {
	kind  sysmap.Type
	dead  bool
	place sysmap.Place
	a, b  id.Object
	text  map[sysmap.Field][]rune
	regs  map[string]sysmap.Value
}

// New returns the oracle of an empty log.
func New() *Oracle { return &Oracle{objs: make(map[id.Object]*thing)} }

func regName(f sysmap.Field, entry string) string { return fmt.Sprintf("%d/%s", f, entry) }

// Apply takes in one transaction of the log.
func (o *Oracle) Apply(ops []sysmap.Op) {
	for _, op := range ops {
		t := o.objs[op.ID]
		switch op.Kind {
		case sysmap.OpPut, sysmap.OpRelate:
			t = &thing{
				kind: op.Type, place: op.Place, a: op.A, b: op.B, regs: make(map[string]sysmap.Value),
				text: map[sysmap.Field][]rune{sysmap.Title: []rune(op.Title), sysmap.Body: []rune(op.Body)},
			}
			if op.Kind == sysmap.OpRelate {
				t.kind = sysmap.Relationship
			}
			for _, g := range op.Regs {
				t.regs[regName(g.Field, g.Entry)] = g.Value
			}
			o.objs[op.ID] = t
		case sysmap.OpDel:
			t.dead = true
		case sysmap.OpUndel:
			t.dead = false
		case sysmap.OpPurge:
			for _, k := range op.IDs {
				delete(o.objs, k)
			}
		case sysmap.OpPlace:
			t.place = op.Place
		case sysmap.OpEnds:
			t.a, t.b = op.A, op.B
		case sysmap.OpSet:
			t.regs[regName(op.Reg.Field, op.Reg.Entry)] = op.Reg.Value
			if op.Reg.Value == (sysmap.Value{}) {
				delete(t.regs, regName(op.Reg.Field, op.Reg.Entry))
			}
		case sysmap.OpSplice:
			r := t.text[op.Field]
			next := append([]rune(nil), r[:op.Pos]...)
			next = append(next, []rune(op.Ins)...)
			t.text[op.Field] = append(next, r[op.Pos+op.Del:]...)
		}
	}
}

// lives follows what a thing depends on, at most limit steps down.
func (o *Oracle) lives(k id.Object, limit int) bool {
	t := o.objs[k]
	if t == nil || t.dead || limit == 0 {
		return false
	}
	switch t.kind {
	case sysmap.Card:
		return t.place.Parent == id.Root || o.lives(t.place.Parent, limit-1)
	case sysmap.Relationship:
		return o.lives(t.a, limit-1) && o.lives(t.b, limit-1)
	case sysmap.Perspective, sysmap.Distinction, sysmap.Stop, sysmap.Thread, sysmap.Message, sysmap.Sheet:
		return t.a == id.Root || o.lives(t.a, limit-1)
	}
	return false
}

// Same compares the oracle with a map, object by object.
func (o *Oracle) Same(m *sysmap.Map) error {
	if m.Len() != len(o.objs) {
		return fmt.Errorf("%d objects, oracle %d", m.Len(), len(o.objs))
	}
	var err error
	m.Each(func(x *sysmap.Object) {
		t := o.objs[x.ID]
		switch {
		case t == nil:
			err = errors.New("an object is not in the oracle")
		case t.kind != x.Type || t.dead != x.Dead || t.place != x.Place || t.a != x.A || t.b != x.B:
			err = errors.New("an object's registers differ")
		case string(t.text[sysmap.Title]) != x.Title || string(t.text[sysmap.Body]) != x.Body:
			err = errors.New("a text differs")
		case o.lives(x.ID, 2*sysmap.MaxDepth) != x.Live():
			err = errors.New("an object's life differs")
		case len(t.regs) != len(x.Regs()):
			err = errors.New("the number of registers differs")
		}
		for _, g := range x.Regs() {
			if t != nil && t.regs[regName(g.Field, g.Entry)] != g.Value {
				err = errors.New("a register differs")
			}
		}
	})
	return err
}
