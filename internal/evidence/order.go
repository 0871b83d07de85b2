package evidence

import (
	"fmt"
	"math"
	"time"

	"github.com/anishathalye/porcupine"

	"plectica/internal/fault"
)

// orderTimeout bounds the search for one map's order.
const orderTimeout = 30 * time.Second

// owned is the model: a log with a head under an epoch that only rises.
type owned struct{ head, epoch uint64 }

// step is an operation: an append of row seq, or an opening that saw a head. An
// epoch of 0 is not known.
type step struct {
	opening    bool
	seq, epoch uint64 // seq: the row, or the head that was seen
}

// next is the whole specification: rows are dense, nobody reads an old head, and
// under an epoch that has passed nothing is written or opened.
func next(s owned, in step) (bool, owned) {
	if in.epoch != 0 && in.epoch < s.epoch {
		return false, s
	}
	s.epoch = max(s.epoch, in.epoch)
	if in.opening {
		return in.seq == s.head, s
	}
	ok := in.seq == s.head+1
	s.head = in.seq
	return ok, s
}

func model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return owned{} },
		Step: func(s, in, _ any) (bool, any) {
			ok, to := next(s.(owned), in.(step))
			return ok, to
		},
		DescribeOperation: func(in, _ any) string { return fmt.Sprintf("%+v", in) },
	}
}

// order looks for one order of a map's appends and openings that fits when each
// was asked for and when its answer was known.
func (c *Checker) order(l *ledger) error {
	tapes := make(map[ID]*Tape)
	for _, t := range c.tapes {
		if t.Map == l.id {
			tapes[t.Client] = t
		}
	}
	var all []porcupine.Operation
	for i, r := range l.rows {
		o := porcupine.Operation{Input: step{seq: uint64(i) + 1, epoch: l.under[i]}, Return: l.seen[i]}
		if t := tapes[r.client]; t != nil {
			at, ok := t.sentAt(r.csn)
			if !ok {
				c.bad("map %x: row %d was sent by nobody", l.id, i+1)
			}
			o.Call = at
		} else if r.client != (ID{}) { // the server's own have no client and no call
			c.bad("map %x: row %d is of an unknown client", l.id, i+1)
		}
		if o.Return == 0 {
			o.Return = math.MaxInt64 // nobody was ever told
		}
		all = append(all, o)
	}
	for _, w := range l.opens {
		all = append(all, porcupine.Operation{Input: step{opening: true, seq: w.head, epoch: w.epoch}, Call: w.call, Return: w.end})
	}
	switch porcupine.CheckOperationsTimeout(model(), all, orderTimeout) {
	case porcupine.Ok:
		return nil
	case porcupine.Illegal:
		c.bad("map %x: no order of its appends and openings fits what clients saw", l.id)
		return nil
	case porcupine.Unknown:
	}
	return fault.New(fault.Limit, "the order of a map's appends was not found in time")
}
