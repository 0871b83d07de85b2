package sysmap

import (
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/varint"
)

// Version is the schema version of ops and snapshots this code writes.
const Version = 1

// OpKind is what an op does. The numbers travel and must not change.
type OpKind uint8

// The kinds of ops.
const (
	OpPut    OpKind = 1 // a new card, perspective or distinction
	OpRelate OpKind = 2 // a new relationship
	OpDel    OpKind = 3 // set the dead mark
	OpUndel  OpKind = 4 // clear the dead mark
	OpPurge  OpKind = 5 // forget dead objects; the server's alone
	OpPlace  OpKind = 6
	OpSet    OpKind = 7
	OpEnds   OpKind = 8
	OpSplice OpKind = 9 // edit a title or body by character
)

// Op is the smallest change. Which fields count depends on Kind.
type Op struct {
	Kind  OpKind
	ID    id.Object
	Type  Type        // put
	Place Place       // put of a card, place
	A, B  id.Object   // relate, ends; put of a perspective or distinction: A
	Title string      // put of a card
	Body  string      // put of a card
	Regs  []Reg       // put, relate
	Reg   Reg         // set
	Field Field       // splice: Title or Body
	Pos   uint32      // splice: code points before the edit
	Del   uint32      // splice: code points taken out
	Ins   string      // splice: text put in
	IDs   []id.Object // purge
}

// AppendOps encodes a transaction's ops with the schema version.
func AppendOps(b []byte, ops []Op) []byte {
	b = varint.Uint(b, Version)
	b = varint.Uint(b, uint64(len(ops)))
	for i := range ops {
		b = appendOp(b, &ops[i])
	}
	return b
}

// ReadOps decodes at most max ops; what follows them stays in the reader. The
// error has kind fault.Invalid, or fault.Schema for a newer version.
func ReadOps(r *varint.Reader, max int) ([]Op, error) {
	if v := r.Uint(); r.OK() && v != Version {
		return nil, fault.New(fault.Schema, "ops are of a version this program does not know")
	}
	n := r.Count(max)
	ops := make([]Op, 0, min(n, MaxOps))
	for range n {
		op := readOp(r)
		if !r.OK() {
			break
		}
		ops = append(ops, op)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return ops, nil
}

func appendOp(b []byte, op *Op) []byte {
	b = append(b, byte(op.Kind))
	if op.Kind != OpPurge {
		b = varint.ID(b, op.ID)
	}
	switch op.Kind {
	case OpPut:
		b = append(b, byte(op.Type))
		if op.Type == Card {
			b = appendPlace(b, op.Place)
			b = varint.String(varint.String(b, op.Title), op.Body)
		} else {
			b = varint.ID(b, op.A)
		}
		b = appendRegs(b, op.Regs)
	case OpRelate:
		b = varint.ID(varint.ID(b, op.A), op.B)
		b = appendRegs(b, op.Regs)
	case OpDel, OpUndel:
	case OpPurge:
		b = varint.Uint(b, uint64(len(op.IDs)))
		for _, k := range op.IDs {
			b = varint.ID(b, k)
		}
	case OpPlace:
		b = appendPlace(b, op.Place)
	case OpSet:
		b = appendReg(b, op.Reg)
	case OpEnds:
		b = varint.ID(varint.ID(b, op.A), op.B)
	case OpSplice:
		b = append(b, byte(op.Field))
		b = varint.Uint(varint.Uint(b, uint64(op.Pos)), uint64(op.Del))
		b = varint.String(b, op.Ins)
	}
	return b
}

func readOp(r *varint.Reader) Op {
	op := Op{Kind: OpKind(r.Byte())}
	if op.Kind != OpPurge {
		op.ID = varint.ReadID[id.Object](r)
	}
	switch op.Kind {
	case OpPut:
		op.Type = Type(r.Byte())
		if op.Type == Card {
			op.Place = readPlace(r)
			op.Title, op.Body = r.String(MaxTitle), r.String(MaxBody)
		} else {
			op.A = varint.ReadID[id.Object](r)
		}
		op.Regs = readRegs(r)
	case OpRelate:
		op.A, op.B = varint.ReadID[id.Object](r), varint.ReadID[id.Object](r)
		op.Regs = readRegs(r)
	case OpDel, OpUndel:
	case OpPurge:
		op.IDs = make([]id.Object, r.Count(MaxObjects))
		for i := range op.IDs {
			op.IDs[i] = varint.ReadID[id.Object](r)
		}
	case OpPlace:
		op.Place = readPlace(r)
	case OpSet:
		op.Reg = readReg(r)
	case OpEnds:
		op.A, op.B = varint.ReadID[id.Object](r), varint.ReadID[id.Object](r)
	case OpSplice:
		op.Field = Field(r.Byte())
		op.Pos, op.Del = readUint32(r), readUint32(r)
		op.Ins = r.String(MaxBody)
	default:
		r.Fail()
	}
	return op
}

func readUint32(r *varint.Reader) uint32 {
	v := r.Uint()
	if v > 1<<31 {
		r.Fail()
		return 0
	}
	return uint32(v)
}

func appendPlace(b []byte, p Place) []byte {
	b = varint.String(varint.ID(b, p.Parent), p.Order)
	return varint.Int(varint.Int(b, int64(p.X)), int64(p.Y))
}

func readPlace(r *varint.Reader) Place {
	return Place{
		Parent: varint.ReadID[id.Object](r),
		Order:  r.String(MaxOrder),
		X:      r.Int32(),
		Y:      r.Int32(),
	}
}

func appendReg(b []byte, g Reg) []byte {
	return appendValue(varint.String(append(b, byte(g.Field)), g.Entry), g.Value)
}

// readReg reads a register. An entry's key may be a card's 16 raw bytes.
func readReg(r *varint.Reader) Reg {
	return Reg{
		Field: Field(r.Byte()),
		Entry: string(r.Bytes(MaxEntry)),
		Value: readValue(r),
	}
}

func appendRegs(b []byte, regs []Reg) []byte {
	b = varint.Uint(b, uint64(len(regs)))
	for _, g := range regs {
		b = appendReg(b, g)
	}
	return b
}

func readRegs(r *varint.Reader) []Reg {
	n := r.Count(MaxRegs)
	if n == 0 {
		return nil
	}
	regs := make([]Reg, n)
	for i := range regs {
		regs[i] = readReg(r)
	}
	return regs
}

// OpSize returns about how many bytes an op takes in a frame.
func OpSize(op *Op) int {
	n := 64 + len(op.Place.Order) + len(op.Title) + len(op.Body) + len(op.Ins) + len(op.IDs)*id.Size
	n += len(op.Reg.Entry) + len(op.Reg.Value.S)
	for _, g := range op.Regs {
		n += 16 + len(g.Entry) + len(g.Value.S)
	}
	return n
}
