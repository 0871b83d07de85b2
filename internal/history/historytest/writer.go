// Package historytest writes logs of maps as people would have, for tests of what is kept
// of them. A Writer belongs to one goroutine.
package historytest

import (
	"math/rand/v2"
	"testing"
	"time"

	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/sim/whim"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// Writer changes one map.
type Writer struct {
	ID    id.Map
	State *sysmap.Map
	Seen  []sysmap.Hash // the state's hash after each change
	Rows  int           // of the log

	t     testing.TB
	log   store.Log
	clock *time.Time
	room  store.Room
	whim  whim.Whim
	csn   map[id.Client]uint64
}

// Open acquires the n-th map. Changes are stamped by clock, which they move on.
func Open(t testing.TB, log store.Log, n byte, clock *time.Time) *Writer {
	t.Helper()
	m := id.Map{0: 1, 15: n}
	rec, err := log.Acquire(t.Context(), m, "test")
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	w := &Writer{t: t, log: log, clock: clock, ID: m, room: rec, State: sysmap.New(), csn: make(map[id.Client]uint64)}
	w.whim = whim.Whim{
		Rng: rand.New(rand.NewPCG(7, uint64(n))), Made: make(map[sysmap.Type][]id.Object), View: w.State, Jitter: 1000, Dead: true,
		ID: func() id.Object { made++; return id.Object{n, byte(made >> 16), byte(made >> 8), byte(made)} },
	}
	return w
}

// perBatch is how many changes are appended at once.
const perBatch = 100

// Change makes n changes that hold, a step apart.
func (w *Writer) Change(n int, step time.Duration) {
	w.t.Helper()
	var rows []store.Row
	for done := 0; done < n; {
		ops := w.whim.Change()
		who := byte(1 + w.whim.Rng.IntN(3))
		at := w.clock.UnixMilli()
		trial := w.State.Overlay()
		if trial.Apply(ops, sysmap.Stamp{By: id.Account{who}, At: at}) != nil {
			continue
		}
		trial.Merge()
		c := id.Client{who}
		w.csn[c]++
		rows = append(rows, store.Row{OpID: store.NewOpID(c, w.csn[c]), Actor: id.Account{who}, At: at, Data: seq.EncodeRow(ops)})
		w.Seen = append(w.Seen, w.State.Hash())
		*w.clock = w.clock.Add(step)
		if done++; len(rows) == perBatch || done == n {
			w.Append(rows)
			rows = nil
		}
	}
}

// Append puts rows, which lead to the state there is, at the end of the log.
func (w *Writer) Append(rows []store.Row) {
	w.t.Helper()
	b := store.Batch{Map: w.ID, Epoch: w.room.Epoch, Head: w.room.Head, Rows: rows, Hash: w.State.Hash().Bytes()}
	for i := range rows {
		rows[i].Seq = b.Head + uint64(i) + 1
	}
	if err := w.log.Append(w.t.Context(), []store.Batch{b})[0]; err != nil {
		w.t.Fatal(err)
	}
	w.room.Head += uint64(len(rows))
}
