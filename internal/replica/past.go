package replica

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// ReadState reads a state as a server keeps it: its seq, then the snapshot. The error
// has kind fault.Invalid or fault.Schema.
func ReadState(b []byte) (*sysmap.Map, uint64, error) {
	rd := varint.NewReader(b)
	seq := rd.Uint()
	m, err := sysmap.ReadSnapshot(rd)
	if err == nil {
		err = rd.Done()
	}
	if err != nil {
		return nil, 0, err
	}
	return m, seq, nil
}

// AppendState encodes what the person sees as ReadState reads it.
func (r *Replica) AppendState(b []byte) []byte {
	return r.View().AppendSnapshot(varint.Uint(b, r.head))
}

// Past lets a replica that belongs to no connection show a past state, which nobody
// may change. The error is as of ReadState, and then nothing changed.
func (r *Replica) Past(b []byte) error {
	m, seq, err := ReadState(b)
	if err != nil {
		return err
	}
	r.c, r.v, r.head, r.role = m, m.Overlay(), seq, wire.RoleView
	r.pending, r.undo, r.redo = nil, nil, nil
	r.version++
	return nil
}

// Pace is what came with the last transaction that Advance took in.
type Pace struct {
	By   id.Account
	At   int64
	Seen []id.Object // what the transactions were about
}

// Advance takes in commits after the state that is shown, up to a seq, each with its
// length before it. It reports whether they follow on it and apply; what came before
// the one that does not has been taken in. Known ones are passed over.
func (r *Replica) Advance(b []byte, to uint64) (p Pace, ok bool) {
	for rd := varint.NewReader(b); rd.Len() > 0 && r.head < to; {
		f, err := wire.Next(varint.NewReader(rd.Bytes(maxEntry)))
		c, is := f.(*wire.Commit)
		if rd.Err() != nil || err != nil || !is || c.FromSeq > r.head+1 {
			return p, false
		}
		for i := range c.Txns {
			if seq := c.FromSeq + uint64(i); seq <= r.head || seq > to {
				continue
			}
			t := &c.Txns[i]
			p.By, p.At = t.Actor, t.At
			if r.c.Apply(t.Ops, sysmap.Stamp{By: t.Actor, At: t.At}) != nil {
				return p, false
			}
			for j := range t.Ops {
				p.Seen = append(p.Seen, t.Ops[j].ID)
			}
			r.head++
			r.version++
		}
	}
	return p, true
}
