package seq

import (
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// Client is what has to be remembered of one queue of edits, so that nothing of it
// is taken twice.
type Client struct {
	ID      id.Client
	Account id.Account
	Last    uint64 // every csn up to here is decided
	At      int64  // when its last transaction was committed, milliseconds since 1970
}

// Clients returns the queues that something was committed of since a time, by id.
func (r *Room) Clients(since int64) []Client {
	var out []Client
	for k, c := range r.clients {
		if c.used && c.at >= since {
			out = append(out, Client{k, c.account, c.last, c.at})
		}
	}
	slices.SortFunc(out, func(a, b Client) int { return id.Compare(a.ID, b.ID) })
	return out
}

// Start puts a new room at a state that was folded before, up to a seq. The room
// owns the state from here on.
func (r *Room) Start(seq uint64, state *sysmap.Map, clients []Client) {
	r.head, r.horizon, r.state = seq, seq, state
	if mutant.On && mutant.Is(mutant.DedupNotInSnapshot) {
		return
	}
	for _, c := range clients {
		r.clients[c.ID] = &client{account: c.Account, used: true, last: c.Last, at: c.At}
	}
}

// Recall takes in a row that the state of Start has already, so that late edits can
// be merged past it and who comes back is told of it. Rows come in order and end
// with the seq of Start, before any is loaded. An error means that the log is damaged.
func (r *Room) Recall(row store.Row) error {
	if r.recalled == 0 {
		r.horizon, r.recalled = row.Seq-1, row.Seq-1
	}
	if row.Seq != r.recalled+1 || row.Seq > r.head {
		return fault.New(fault.Internal, "the log has a gap")
	}
	ops, err := DecodeRow(row.Data)
	if err != nil {
		return err
	}
	if r.recalled = row.Seq; r.recalled == r.head {
		r.recalled = 0
	}
	r.note(row, ops)
	return nil
}

// note keeps of a committed row what is kept of the last ones.
func (r *Room) note(row store.Row, ops []sysmap.Op) {
	r.remember(spliceList(nil, row.Seq, row.OpID.Client(), ops))
	r.keep([]store.Row{row}, []wire.Txn{{Actor: row.Actor, CSN: row.OpID.CSN(), At: row.At, Ops: ops}})
	c := r.clientOf(row.OpID.Client(), row.Actor)
	if !(mutant.On && mutant.Is(mutant.DedupNotInSnapshot)) {
		c.used, c.last, c.at = true, max(c.last, row.OpID.CSN()), row.At
	}
}
