package sim

import (
	"slices"

	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// key names one transaction of one queue.
type key struct {
	client id.Client
	csn    uint64
}

// witness remembers what tabs made and what they were told, apart from anything
// the code under test remembers.
type witness struct {
	acked   map[key]uint64      // told as saved, under this seq
	local   map[key][]sysmap.Op // what the tab made, by its newest journal entry
	undone  map[key]bool        // made by undo
	refused map[key]uint64      // told as refused, by the server of this epoch
	decided map[key]bool        // the tab waits for it no more, and knows why
	givenUp map[key]bool        // the person was told that it was refused, and the tab has noted it
	pushed  map[key]*wire.Push  // as the row in the log was pushed
	said    map[id.Object]id.Account
}

func newWitness() *witness {
	return &witness{
		acked: make(map[key]uint64), local: make(map[key][]sysmap.Op),
		undone: make(map[key]bool), refused: make(map[key]uint64), decided: make(map[key]bool), givenUp: make(map[key]bool), pushed: make(map[key]*wire.Push),
		said: make(map[id.Object]id.Account),
	}
}

// Kinds of local journal entries, as package replica writes them.
const (
	entryLocal  = 1
	entryExtend = 2
)

// noteEntry remembers what a local journal entry holds and returns its keys.
func (w *witness) noteEntry(c id.Client, entry []byte) (out []key) {
	eachLocal(entry, func(csn uint64, extends bool, ops []sysmap.Op) {
		k := key{c, csn}
		if !extends {
			delete(w.local, k)
			delete(w.undone, k)
		}
		w.local[k] = append(w.local[k], ops...)
		out = append(out, k)
	})
	return out
}

// forgetEntries is the loss of the newest entries, that were not yet stored.
func (w *witness) forgetEntries(c id.Client, entries [][]byte) {
	for _, entry := range slices.Backward(entries) {
		eachLocal(entry, func(csn uint64, _ bool, ops []sysmap.Op) {
			k := key{c, csn}
			w.local[k] = w.local[k][:len(w.local[k])-len(ops)]
		})
	}
}

// eachLocal reads the transactions and extensions of a local journal entry.
func eachLocal(entry []byte, f func(csn uint64, extends bool, ops []sysmap.Op)) {
	rd := varint.NewReader(entry)
	for rd.Len() > 0 {
		kind, csn := rd.Byte(), rd.Uint()
		switch kind {
		case entryLocal:
			rd.Uint() // the undo group
		case entryExtend:
		default:
			return
		}
		ops, err := sysmap.ReadOps(rd, wire.MaxPushOps)
		if err != nil {
			return
		}
		f(csn, kind == entryExtend, ops)
	}
}

// lostWay tells that a tab got a snapshot: how texts came to be what they are is
// not known to it, so what waits there may take letters that only look the same.
func (w *witness) lostWay(c id.Client) {
	for k := range w.undone {
		if _, saved := w.acked[k]; k.client == c && !saved {
			delete(w.undone, k)
		}
	}
}
