package sim

import (
	"context"
	"fmt"

	"plectica/internal/seq"
	"plectica/internal/store"
)

// checkView is invariants (d) and (f), as far as they can be seen at any time.
func (c *client) checkView() {
	if c.rep.Status().Unsaved == 0 && c.rep.View().Hash() != c.rep.Hash() {
		c.w.fail("nothing is pending, yet the view is not the committed state")
	}
}

// atRest reports whether all is decided and everyone has caught up.
func (w *world) atRest() bool {
	s := w.server
	if !s.up || !s.queue.Idle() || s.room.Open() {
		return false
	}
	for _, c := range w.clients {
		st := c.rep.Status()
		if c.link == nil || st.Unsaved > 0 || st.Phase != 2 || st.Head != s.room.Head() {
			return false
		}
	}
	return true
}

// finalCheck is invariants (a) to (h) at the end.
func (w *world) finalCheck() {
	if !w.atRest() {
		w.fail("pending edits were not decided in time: %s", w.describe())
		return
	}
	rows, err := w.store.Read(context.Background(), w.mapID, 0, 1<<30)
	if err != nil {
		w.fail("read: %v", err)
		return
	}
	w.checkLog(rows)
	want := newOracle()
	for _, row := range rows {
		ops, err := seq.DecodeRow(row.Data)
		if err != nil {
			w.fail("decode: %v", err)
			return
		}
		want.apply(ops)
	}
	if err := want.same(w.server.room.State()); err != nil {
		w.fail("server and oracle differ: %v", err)
	}
	if err := w.server.room.State().Check(); err != nil {
		w.fail("server: %v", err)
	}
	for i, c := range w.clients {
		if c.rep.Hash() != w.server.room.State().Hash() {
			w.fail("client %d and server differ", i)
		}
		if err := c.rep.View().Check(); err != nil {
			w.fail("client %d: %v", i, err)
		}
		c.checkView()
	}
}

// checkLog is invariants (a) and (b).
func (w *world) checkLog(rows []store.Row) {
	at := make(map[store.OpID]uint64)
	for i, row := range rows {
		if row.Seq != uint64(i)+1 {
			w.fail("the log has a gap at %d", i+1)
		}
		if other, ok := at[row.OpID]; ok {
			w.fail("one transaction is in the log twice, as %d and %d", other, row.Seq)
		}
		at[row.OpID] = row.Seq
	}
	for a, seq := range w.acked {
		if at[store.NewOpID(a.client, a.csn)] != seq {
			w.fail("a saved transaction is lost: csn %d, seq %d", a.csn, seq)
		}
	}
}

func (w *world) describe() string {
	s := w.server
	if !s.up {
		return "the server is down"
	}
	out := fmt.Sprintf("server head %d, %d links", s.room.Head(), len(s.links))
	for i, c := range w.clients {
		out += fmt.Sprintf("; client %d %+v link %v frozen %v", i, c.rep.Status(), c.link != nil, c.frozen)
	}
	return out
}
