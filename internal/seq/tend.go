package seq

import (
	"slices"

	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// noteCrowded remembers places whose siblings' order keys have grown long.
func (b *batch) noteCrowded(ops []sysmap.Op) {
	for i := range ops {
		op := &ops[i]
		if len(op.Place.Order) > sysmap.OrderCrowded {
			b.crowded[op.Place.Parent] = true
		}
	}
}

// tend adds the server's own transactions to a batch: new order keys where they
// have grown long, and a purge when too much is dead.
func (r *Room) tend(now int64) {
	b := r.open
	places := make([]id.Object, 0, len(b.crowded))
	for k := range b.crowded {
		places = append(places, k)
	}
	slices.SortFunc(places, id.Compare[id.Object])
	for _, k := range places {
		r.own(b.next.Respace(k), now)
	}
	if b.next.Dead() > MaxDead {
		r.own([]sysmap.Op{{Kind: sysmap.OpPurge, IDs: b.next.Forgettable(MaxDead / 2)}}, now)
	}
}

// own admits a transaction of the server. It cannot be refused; if it is, it is
// left out and tried with the next batch.
func (r *Room) own(ops []sysmap.Op, now int64) {
	if len(ops) == 0 || len(ops) > sysmap.MaxLargeOps {
		return
	}
	seq := r.head + uint64(len(r.open.rows)) + 1
	row := store.Row{OpID: store.NewOpID(id.Client{}, seq), At: now}
	_ = r.admit(row, 0, ops) // reason above
}
