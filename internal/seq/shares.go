package seq

import "plectica/internal/sysmap"

// Share is what one connection has in a batch: how many transactions and ops, and of
// these how many make cards and delete them.
type Share struct {
	Conn                     Conn // 0: the server's own
	Txns, Ops, Made, Deleted uint64
}

// Shares says who has what in the batch that was cut, in the order in which they came.
func (r *Room) Shares() []Share {
	if r.open == nil {
		return nil
	}
	var out []Share
	at := make(map[Conn]int, len(r.peers))
	for _, t := range r.open.txns {
		c := Conn(t.Author)
		i, ok := at[c]
		if !ok {
			i = len(out)
			at[c], out = i, append(out, Share{Conn: c})
		}
		s := &out[i]
		s.Txns++
		s.Ops += uint64(len(t.Ops))
		for k := range t.Ops {
			switch op := &t.Ops[k]; {
			case op.Kind == sysmap.OpPut && op.Type == sysmap.Card:
				s.Made++
			case op.Kind == sysmap.OpDel:
				s.Deleted++
			}
		}
	}
	return out
}
