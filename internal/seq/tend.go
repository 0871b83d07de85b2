package seq

import (
	"slices"

	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// noteCrowded remembers places whose siblings' order keys have grown long.
func (r *Room) noteCrowded(ops []sysmap.Op) {
	for i := range ops {
		op := &ops[i]
		if len(op.Place.Order) > r.cfg.Crowded {
			r.crowded[op.Place.Parent] = true
		}
	}
}

// tend adds the server's own transactions to a batch: new order keys where they
// have grown long, and a purge when too much is lifeless. Both in parts, so that
// nobody can make the server send much with little.
func (r *Room) tend(now int64) {
	b := r.open
	places := make([]id.Object, 0, len(r.crowded))
	for k := range r.crowded {
		places = append(places, k)
	}
	slices.SortFunc(places, id.Compare[id.Object])
	for _, k := range places[:min(len(places), respaces)] {
		delete(r.crowded, k)
		siblings := len(b.next.Kids(k))
		if last, ok := r.respaced[k]; siblings > respaceParts || ok && r.head-last < uint64(siblings) {
			continue
		}
		r.respaced[k] = r.head
		if mutant.On && mutant.Is(mutant.RebalanceLosesInsert) {
			r.own(r.state.Respace(k), now)
			continue
		}
		r.own(b.next.Respace(k), now)
	}
	if b.next.Lifeless() > r.cfg.Dead && !(mutant.On && mutant.Is(mutant.NeverPurged)) {
		r.own([]sysmap.Op{{Kind: sysmap.OpPurge, IDs: b.next.Forgettable(purgePart)}}, now)
	}
}

// own admits a transaction of the server. It cannot be refused; if it is, it is
// left out and tried with a later batch.
func (r *Room) own(ops []sysmap.Op, now int64) {
	if len(ops) == 0 {
		return
	}
	seq := r.head + uint64(len(r.open.rows)) + 1
	row := store.Row{OpID: store.NewOpID(id.Client{}, seq), At: now}
	_ = r.admit(row, 0, ops) // reason above
}
