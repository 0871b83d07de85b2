package sim

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/seq"
	"plectica/internal/sim/oracle"
	"plectica/internal/sim/whim"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// coherentOne is of how many messages one is followed by a look at the whole view.
const coherentOne = 8

// checkView is invariant (f): the view is the committed state with what is
// pending on top.
func (c *client) checkView() {
	if c.w.rng.IntN(coherentOne) > 0 {
		return
	}
	c.w.stats.Checks[CheckView]++
	if !c.rep.Coherent() {
		c.w.fail("the view is not the committed state and what is pending")
	}
}

// hotTexts returns the texts that are edited most, as they are seen.
func (c *client) hotTexts() map[sysmap.Where]string {
	out := make(map[sysmap.Where]string)
	if c.rep.Status().Phase != replica.Live {
		return out // while it joins only the way of what is pending is known
	}
	made := c.w.made[sysmap.Card]
	for _, k := range made[:min(len(made), whim.Hot)] {
		for _, f := range []sysmap.Field{sysmap.Title, sysmap.Body} {
			if c.rep.View().Get(k) == nil {
				continue
			}
			at := sysmap.Where{Card: k, Field: f}
			out[at] = c.rep.View().Text(at)
		}
	}
	return out
}

// checkTexts is invariant (f): what the page is told of how texts changed is how
// they changed, or carets and what is typed next would go astray.
func (c *client) checkTexts(was map[sysmap.Where]string, res replica.Result) {
	for _, t := range res.Texts {
		if text, ok := was[t.Where]; ok {
			was[t.Where] = t.Edit.Apply(text)
		}
	}
	for at, text := range was {
		if c.rep.View().Get(at.Card) != nil && c.rep.View().Text(at) != text {
			c.w.fail("a text changed otherwise than the page was told")
		}
	}
}

// checkLeft is invariant (h): what a message takes out of what is pending was saved,
// or the person is told that it was refused. After a snapshot both look alike.
func (c *client) checkLeft(before []uint64, res replica.Result, snapshot bool) {
	left := c.rep.Pending()
	refused := 0
	for _, n := range res.Notices {
		if n.Kind == replica.NoticeRefused {
			refused++
		}
	}
	for _, csn := range before {
		if slices.Contains(left, csn) {
			continue
		}
		k := key{c.queue, csn}
		c.w.wit.decided[k] = true
		if _, saved := c.w.wit.acked[k]; !saved && !snapshot {
			refused--
			c.gave = append(c.gave, k)
		}
	}
	if refused < 0 {
		c.w.fail("an edit went without a word")
	}
}

// checkSilence is invariant (h): a working connection to a working server answers.
func (c *client) checkSilence() {
	l := c.link
	if c.w.calm && !l.dead && !l.remote && l.since > faultsEnd && l.srv == c.w.server {
		c.w.fail("a working connection did not answer")
	}
}

// atRest reports whether all is decided and everyone has caught up.
func (w *world) atRest() bool {
	s := w.server
	if s.room == nil || s.stopped || !s.queue.Idle() || s.room.Open() {
		return false
	}
	for _, c := range w.clients {
		if c.rep == nil {
			return false
		}
		st := c.rep.Status()
		if c.link == nil || c.link.srv != s || len(c.rep.Pending()) > 0 || st.Phase != 2 || st.Head != s.room.Head() {
			return false
		}
	}
	return true
}

const aloneSteps = 6

// aloneCheck is invariant (g): while nobody else does anything, undoing all one
// has just done changes nothing one can see, nor does doing it all again.
func (w *world) aloneCheck() {
	w.turn(theWorld)
	w.stats.Checks[CheckUndo]++
	c := w.clients[w.rng.IntN(len(w.clients))]
	had := c.rep.Status().Undo
	if had > 100 { // old steps fall off the end
		return
	}
	before := oracle.Visible(c.rep.View())
	for range aloneSteps {
		if w.rng.IntN(2) == 0 {
			c.typeText(false)
		} else {
			c.do(0, c.whim().Change())
		}
	}
	after := oracle.Visible(c.rep.View())
	steps := c.rep.Status().Undo - had
	for range steps {
		c.alone(c.rep.Undo())
	}
	if oracle.Visible(c.rep.View()) != before {
		w.fail("undoing all one has done alone does not bring back what was there")
	}
	for range steps {
		c.alone(c.rep.Redo())
	}
	if oracle.Visible(c.rep.View()) != after {
		w.fail("redoing all one has undone alone does not bring it back")
	}
}

// finalCheck is invariants (a) to (d) at the end.
func (w *world) finalCheck() {
	rows, err := w.store.Read(context.Background(), w.mapID, 0, 1<<30)
	if err != nil {
		w.fail("read: %v", err)
		return
	}
	w.stats.Committed += len(rows)
	w.checkLog(rows)
	w.walk(rows)
	state := w.server.room.State()
	w.stats.Checks[CheckTree]++
	if err := state.Check(); err != nil {
		w.fail("server: %v", err)
	}
	if _, err := sysmap.ReadSnapshot(varint.NewReader(state.AppendSnapshot(nil))); err != nil {
		w.fail("the server's state cannot be read back: %v", err)
	}
	for i, c := range w.clients {
		w.stats.Checks[CheckEqual]++
		if c.rep.Hash() != state.Hash() {
			w.fail("client %d and server differ", i)
		}
		if err := c.rep.View().Check(); err != nil {
			w.fail("client %d: %v", i, err)
		}
		if !c.rep.Coherent() {
			w.fail("client %d: the view is not the committed state", i)
		}
		if !oracle.SameOrder(c.rep.View(), state) {
			w.fail("client %d has parts in another order than the server", i)
		}
	}
}

// checkLog is invariants (a) and (b).
func (w *world) checkLog(rows []store.Row) {
	at := make(map[store.OpID]uint64)
	for i, row := range rows {
		w.stats.Checks[CheckOnce]++
		if row.Seq != uint64(i)+1 {
			w.fail("the log has a gap at %d", i+1)
		}
		if other, ok := at[row.OpID]; ok {
			w.fail("one transaction is in the log twice, as %d and %d", other, row.Seq)
		}
		at[row.OpID] = row.Seq
	}
	for k, ops := range w.wit.local {
		w.stats.Checks[CheckDecided]++
		if _, saved := at[store.NewOpID(k.client, k.csn)]; !saved && !w.wit.decided[k] && len(ops) > 0 {
			w.fail("an edit was neither saved nor refused: csn %d", k.csn)
		}
	}
	for a, seq := range w.wit.acked {
		w.stats.Checks[CheckAcked]++
		if at[store.NewOpID(a.client, a.csn)] != seq {
			w.fail("a saved transaction is lost: csn %d, seq %d", a.csn, seq)
		}
	}
}

// walk folds the log with the oracle, which must come to the server's state, and
// looks at each row: that it is what was made, that undo took only its own
// letters, that the server's own rows keep the order of parts.
func (w *world) walk(rows []store.Row) {
	want, letters := oracle.New(), make(oracle.Letters)
	state := sysmap.New()
	var log [][]sysmap.Op
	for _, row := range rows {
		ops, err := seq.DecodeRow(row.Data)
		if err != nil {
			w.fail("decode: %v", err)
			return
		}
		k := key{row.OpID.Client(), row.OpID.CSN()}
		w.stats.Checks[CheckWhole]++
		if own := k.client == (id.Client{}); !own && len(ops) > 0 && !oracle.SameWork(w.wit.local[k], ops) {
			w.fail("seq %d is not what was made", row.Seq)
		}
		if w.wit.givenUp[k] && len(ops) > 0 { // nothing may take its number
			w.fail("seq %d is there, and somebody was told that it was refused", row.Seq)
		}
		if ownOnly := letters.Apply(k.client, ops); !ownOnly && w.wit.undone[k] {
			w.fail("seq %d, an undo, took letters of another", row.Seq)
		}
		w.checkMerge(k, ops, log)
		log = append(log, ops)
		want.Apply(ops)
		before := oracle.Orders(state, ops)
		if err := state.Apply(ops, sysmap.Stamp{By: row.Actor, At: row.At}); err != nil {
			w.fail("seq %d does not apply: %v", row.Seq, err)
			return
		}
		if k.client == (id.Client{}) && !slices.EqualFunc(before, oracle.Orders(state, ops), slices.Equal) {
			w.fail("seq %d, the server's own, changed the order of parts", row.Seq)
		}
	}
	w.stats.Checks[CheckEqual]++
	if err := want.Same(w.server.room.State()); err != nil {
		w.fail("server and oracle differ: %v", err)
	}
}

// checkMerge holds a row against what was pushed, carried past everything that was
// committed since its base.
func (w *world) checkMerge(k key, ops []sysmap.Op, log [][]sysmap.Op) {
	push := w.wit.pushed[k]
	if push == nil || int(push.BaseSeq) > len(log) {
		return
	}
	want := push.Ops
	for _, at := range sysmap.Texts(nil, push.Ops) {
		var theirs []sysmap.Edit
		for _, row := range log[push.BaseSeq:] {
			theirs = sysmap.Edits(theirs, at, row)
		}
		want, _ = sysmap.RebaseOps(want, at, theirs, false)
	}
	if !bytes.Equal(sysmap.AppendOps(nil, want), sysmap.AppendOps(nil, ops)) {
		w.fail("seq %d was not merged with what came before it", len(log)+1)
	}
}

func (w *world) describe() string {
	s := w.server
	if s.room == nil {
		return fmt.Sprintf("the map is not open, down %v, stopped %v", s.down, s.stopped)
	}
	out := fmt.Sprintf("server head %d, %d links", s.room.Head(), len(s.links))
	for i, c := range w.clients {
		out += fmt.Sprintf("; client %d %+v link %v frozen %v", i, c.rep.Status(), c.link != nil, c.frozen)
	}
	return out
}
