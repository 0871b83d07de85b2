package sysmap

import "plectica/internal/id"

// Register names one unit of last-writer-wins.
type Register struct {
	Object id.Object
	Field  Field // a field, or one of the registers that are not fields
	Entry  string
}

// Register returns what the op writes. Splices and purges write none: texts
// merge, and only the server forgets.
func (op *Op) Register() (Register, bool) {
	switch op.Kind {
	case OpPut, OpRelate, OpDel, OpUndel:
		return Register{Object: op.ID, Field: regDead}, true
	case OpPlace:
		return Register{Object: op.ID, Field: regPlace}, true
	case OpEnds:
		return Register{Object: op.ID, Field: regEnds}, true
	case OpSet:
		return Register{op.ID, op.Reg.Field, op.Reg.Entry}, true
	case OpSplice, OpPurge:
	}
	return Register{}, false
}

// Restore returns the op that would bring a register back to what it is now. An
// object that does not exist is restored by deleting it.
func (m *Map) Restore(r Register) Op {
	o := m.Get(r.Object)
	switch {
	case o == nil:
		return Op{Kind: OpDel, ID: r.Object}
	case r.Field == regDead && o.Dead:
		return Op{Kind: OpDel, ID: r.Object}
	case r.Field == regDead:
		return Op{Kind: OpUndel, ID: r.Object}
	case r.Field == regPlace:
		return Op{Kind: OpPlace, ID: r.Object, Place: o.Place}
	case r.Field == regEnds:
		return Op{Kind: OpEnds, ID: r.Object, A: o.A, B: o.B}
	}
	return Op{Kind: OpSet, ID: r.Object, Reg: Reg{r.Field, r.Entry, o.GetEntry(r.Field, r.Entry)}}
}

// Same reports whether two ops made by Restore would leave the same value.
func (op *Op) Same(other *Op) bool {
	return op.Kind == other.Kind && op.ID == other.ID && op.Place == other.Place &&
		op.A == other.A && op.B == other.B && op.Reg == other.Reg
}

// Text returns a title or body, or "" where there is none.
func (m *Map) Text(w Where) string {
	o := m.Get(w.Card)
	if o == nil {
		return ""
	}
	return o.text(w.Field)
}
