package sim

import (
	"slices"
	"testing"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// desk is a bare sequencer that tests speak to in frames.
type desk struct {
	t     *testing.T
	room  *seq.Room
	queue seq.Queue
	rows  []store.Row
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, room: seq.New(seq.Config{}, 1)}
	d.queue.Snapshot = func(r *seq.Room) (uint64, string) { return r.Head(), "/snapshot" }
	return d
}

// add runs one event and makes what it admits durable.
func (d *desk) add(e seq.Event) []seq.Effect {
	d.queue.Add(e)
	return d.run()
}

func (d *desk) run() []seq.Effect {
	var all []seq.Effect
	for {
		out, batch, ok := d.queue.Run(d.room, 5)
		all = append(all, out...)
		if !ok {
			return all
		}
		d.rows = append(d.rows, batch.Rows...)
		told, _ := d.queue.Appended(d.room, nil)
		all = append(all, told...)
	}
}

func (d *desk) join(c seq.Conn, account byte, client byte, h wire.Hello) []seq.Effect {
	d.queue.Add(seq.Event{Kind: seq.Enter, Conn: c, Account: id.Account{account}, Role: authz.Edit})
	h.Proto, h.Schema, h.Client = wire.Protocol, sysmap.Version, id.Client{client}
	if h.NextCSN == 0 {
		h.NextCSN = 1
	}
	return d.add(seq.Event{Kind: seq.Greet, Conn: c, Hello: &h})
}

func (d *desk) push(c seq.Conn, csn, base uint64, ops ...sysmap.Op) []seq.Effect {
	return d.add(seq.Event{Kind: seq.Pushed, Conn: c, Push: &wire.Push{CSN: csn, BaseSeq: base, Ops: ops}})
}

func put(n byte) sysmap.Op {
	return sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: id.Object{n}, Place: sysmap.Place{Order: sysmap.Between("", "", uint64(n))}}
}

func splice(n byte, pos uint32, ins string) sysmap.Op {
	return sysmap.Op{Kind: sysmap.OpSplice, ID: id.Object{n}, Field: sysmap.Title, Pos: pos, Ins: ins}
}

func decode(t *testing.T, e seq.Effect) wire.Frame {
	t.Helper()
	f, err := wire.Next(varint.NewReader(e.Frame))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func wantNack(t *testing.T, out []seq.Effect, code fault.Kind) {
	t.Helper()
	for _, e := range out {
		if e.Frame == nil {
			continue
		}
		if n, ok := decode(t, e).(*wire.Nack); ok {
			if n.Code != code {
				t.Errorf("refused as %v, want %v", n.Code, code)
			}
			return
		}
	}
	t.Errorf("not refused, want %v", code)
}

func wantClose(t *testing.T, out []seq.Effect, to seq.Conn, code int) {
	t.Helper()
	for _, e := range out {
		if e.Frame == nil && e.To == to && e.Close == code {
			return
		}
	}
	t.Errorf("connection %d was not closed with %d: %+v", to, code, out)
}

// TestForeignClientIDRefused: HS-3.
func TestForeignClientIDRefused(t *testing.T) {
	d := newDesk(t)
	d.join(1, 1, 9, wire.Hello{})
	d.push(1, 1, 0, put(1))
	wantClose(t, d.join(2, 2, 9, wire.Hello{}), 2, wire.CloseForbidden)
}

// TestOldClientIsTurnedAway: HS-2.
func TestOldClientIsTurnedAway(t *testing.T) {
	d := newDesk(t)
	d.queue.Add(seq.Event{Kind: seq.Enter, Conn: 1, Role: authz.Edit})
	out := d.add(seq.Event{Kind: seq.Greet, Conn: 1, Hello: &wire.Hello{Proto: 0, Schema: 1, Client: id.Client{1}}})
	wantClose(t, out, 1, wire.CloseTooOld)
}

// TestLateCloseOfOldNonceIgnored: HS-4. The older connection is ended, its late
// pushes are dropped, and its late close does not touch the newer.
func TestLateCloseOfOldNonceIgnored(t *testing.T) {
	d := newDesk(t)
	d.join(1, 1, 9, wire.Hello{})
	wantClose(t, d.join(2, 1, 9, wire.Hello{}), 1, wire.CloseNormal)
	if out := d.push(1, 1, 0, put(1)); len(out) != 0 || len(d.rows) != 0 {
		t.Error("a late push of an old connection was taken")
	}
	d.add(seq.Event{Kind: seq.Leave, Conn: 1})
	if d.push(2, 1, 0, put(1)); len(d.rows) != 1 {
		t.Error("the newer connection does not work")
	}
}

// TestWelcomeWaitsForTheBatch: HS-5.
func TestWelcomeWaitsForTheBatch(t *testing.T) {
	d := newDesk(t)
	d.join(1, 1, 9, wire.Hello{})
	d.queue.Add(seq.Event{Kind: seq.Pushed, Conn: 1, Push: &wire.Push{CSN: 1, Ops: []sysmap.Op{put(1)}}})
	d.queue.Add(seq.Event{Kind: seq.Enter, Conn: 2, Account: id.Account{1}, Role: authz.Edit})
	d.queue.Add(seq.Event{Kind: seq.Greet, Conn: 2, Hello: &wire.Hello{Proto: 1, Schema: 1, Client: id.Client{9}, NextCSN: 1}})
	out, _, ok := d.queue.Run(d.room, 0)
	if !ok || len(out) != 0 {
		t.Fatal("answered before the batch was durable")
	}
	d.queue.Appended(d.room, nil)
	for _, e := range d.run() {
		if e.Frame == nil {
			continue
		}
		if w, ok := decode(t, e).(*wire.Welcome); ok {
			if w.LastCSN != 1 || w.Head != 1 {
				t.Errorf("welcome = %+v", w)
			}
			return
		}
	}
	t.Error("no welcome")
}

// TestWhoMissedMuchGetsSnapshot: HS-6.
func TestWhoMissedMuchGetsSnapshot(t *testing.T) {
	d := newDesk(t)
	d.join(1, 1, 9, wire.Hello{})
	for i := range uint64(seq.MaxFresh + 1) {
		op := put(1)
		op.ID = id.Object{2, byte(i), byte(i >> 8)}
		d.push(1, i+1, i, op)
	}
	welcome := func(out []seq.Effect) *wire.Welcome {
		return decode(t, out[0]).(*wire.Welcome)
	}
	if w := welcome(d.join(2, 2, 8, wire.Hello{})); w.URL == "" || w.From != d.room.Head() {
		t.Errorf("newcomer: %+v", w)
	}
	if w := welcome(d.join(3, 2, 7, wire.Hello{LastSeq: 150})); w.URL != "" || w.From != 150 {
		t.Errorf("who comes back: %+v", w)
	}
	if w := welcome(d.join(4, 2, 6, wire.Hello{LastSeq: 1000})); w.URL == "" {
		t.Errorf("who knows more than the server: %+v", w)
	}
}

// TestSequence: SQ-1, SQ-2, SQ-3, SQ-4.
func TestSequence(t *testing.T) {
	d := newDesk(t)
	d.join(1, 1, 9, wire.Hello{})
	d.push(1, 1, 0, put(1))
	wantNack(t, d.push(1, 2, 1, put(1)), fault.Conflict) // it exists
	d.push(1, 3, 1, put(2))
	wantNack(t, d.push(1, 2, 1, put(3)), fault.Conflict) // a refused number stays refused
	again := d.push(1, 3, 1, put(3))                     // replayed: what is saved is told again, and not applied
	if len(again) != 1 || again[0].To != 1 || decode(t, again[0]).(*wire.Commit).FromSeq != 2 {
		t.Errorf("repeated: %+v", again)
	}
	if len(d.rows) != 2 || d.rows[0].Seq != 1 || d.rows[1].Seq != 2 {
		t.Errorf("rows = %+v", d.rows)
	}
	wantClose(t, d.push(1, 7, 1, put(3)), 1, wire.CloseProtocol)
	d.join(2, 1, 9, wire.Hello{NextCSN: 4})
	wantClose(t, d.push(2, 4, 99, put(3)), 2, wire.CloseProtocol)
}

// TestDurableBeforeVisible: SQ-5.
func TestDurableBeforeVisible(t *testing.T) {
	d := newDesk(t)
	d.join(1, 1, 9, wire.Hello{})
	d.queue.Add(seq.Event{Kind: seq.Pushed, Conn: 1, Push: &wire.Push{CSN: 1, Ops: []sysmap.Op{put(1)}}})
	out, batch, ok := d.queue.Run(d.room, 0)
	if !ok || len(out) != 0 || len(batch.Rows) != 1 || d.room.Head() != 0 || d.room.State().Living() != 0 {
		t.Fatal("something was shown before it was durable")
	}
	done, _ := d.queue.Appended(d.room, nil)
	if len(done) != 1 || done[0].To != 0 {
		t.Fatalf("want one frame for all, the author included: %+v", done)
	}
}

// TestRolesAreCheckedAtEachPush: RL-1, RL-2.
func TestRolesAreCheckedAtEachPush(t *testing.T) {
	d := newDesk(t)
	d.join(1, 1, 9, wire.Hello{})
	d.push(1, 1, 0, put(1))
	d.add(seq.Event{Kind: seq.Granted, Conn: 1, Role: authz.View})
	wantNack(t, d.push(1, 2, 1, put(2)), fault.Permission)
	out := d.add(seq.Event{Kind: seq.Granted, Conn: 1, Role: authz.None})
	wantClose(t, out, 1, wire.CloseForbidden)
	d.push(1, 3, 1, put(3))
	if len(d.rows) != 1 {
		t.Errorf("%d rows, want 1", len(d.rows))
	}
}

// TestBadOps: OP-8, OP-9, OP-11, LM-2: each is refused with its kind, and others
// go on.
func TestBadOps(t *testing.T) {
	d := newDesk(t)
	d.join(1, 1, 9, wire.Hello{})
	inside := func(card, whole byte) sysmap.Op {
		return sysmap.Op{Kind: sysmap.OpPlace, ID: id.Object{card}, Place: sysmap.Place{Parent: id.Object{whole}, Order: "V1"}}
	}
	line := sysmap.Op{Kind: sysmap.OpRelate, ID: id.Object{20}, A: id.Object{1}, B: id.Object{2}}
	on := put(21)
	on.Place.Parent = id.Object{20}
	second := put(22)
	second.Place.Parent = id.Object{20}
	gone := put(23)
	gone.Place.Parent = id.Object{3}
	huge := splice(1, 0, string(make([]byte, 0))+long(1<<20))
	many := make([]sysmap.Op, wire.MaxPushOps+1)
	for i := range many {
		many[i] = splice(1, 0, "x")
	}
	d.push(1, 1, 0, put(1), put(2), put(3), line, on, inside(2, 1))
	d.push(1, 2, 1, sysmap.Op{Kind: sysmap.OpDel, ID: id.Object{3}})
	csn := uint64(3)
	for _, c := range []struct {
		name string
		want fault.Kind
		ops  []sysmap.Op
	}{
		{"a circle", fault.Cycle, []sysmap.Op{inside(1, 2)}},
		{"an end inside its own line's card", fault.Cycle, []sysmap.Op{inside(1, 21)}},
		{"a second card on a line", fault.Conflict, []sysmap.Op{second}},
		{"writing to a deleted card", fault.Gone, []sysmap.Op{splice(3, 0, "x")}},
		{"placing under a deleted card", fault.Gone, []sysmap.Op{gone}},
		{"an unknown card", fault.Gone, []sysmap.Op{splice(99, 0, "x")}},
		{"a title of a megabyte", fault.Limit, []sysmap.Op{huge}},
		{"too many ops", fault.Limit, many},
		{"a purge", fault.Schema, []sysmap.Op{{Kind: sysmap.OpPurge, IDs: []id.Object{{3}}}}},
		{"half of a good transaction", fault.Gone, []sysmap.Op{put(50), splice(99, 0, "x")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.t = t
			before := d.room.State().Hash()
			wantNack(t, d.push(1, csn, 2, c.ops...), c.want)
			csn++
			if d.room.State().Hash() != before {
				t.Error("the state changed")
			}
		})
	}
	if n := len(d.rows); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

func long(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return string(b)
}

// TestTwoEditsInFlightRefused: TX-6.
func TestTwoEditsInFlightRefused(t *testing.T) {
	d := newDesk(t)
	d.join(1, 1, 9, wire.Hello{})
	d.push(1, 1, 0, put(1))
	d.push(1, 2, 1, splice(1, 0, "a"))
	wantNack(t, d.push(1, 3, 1, splice(1, 1, "b")), fault.Conflict)
}

// TestTooOldEditIsStale: TX-7.
func TestTooOldEditIsStale(t *testing.T) {
	d := newDesk(t)
	d.join(1, 1, 9, wire.Hello{})
	d.join(2, 2, 8, wire.Hello{})
	d.push(1, 1, 0, put(1), put(2))
	for i := range uint64(2*seq.MaxSplices + 1) {
		d.push(1, i+2, i+1, splice(2, 0, ""))
	}
	wantNack(t, d.push(2, 1, 1, splice(1, 0, "late")), fault.Stale)
}

// TestCardLimit: LM-5.
func TestCardLimit(t *testing.T) {
	d := newDesk(t)
	d.room = seq.New(seq.Config{Cards: 2}, 1)
	d.join(1, 1, 9, wire.Hello{})
	d.push(1, 1, 0, put(1), put(2))
	wantNack(t, d.push(1, 2, 1, put(3)), fault.Limit)
	d.push(1, 3, 1, splice(1, 0, "still editable"))
	if len(d.rows) != 2 {
		t.Errorf("%d rows, want 2", len(d.rows))
	}
}

func (b *table) do(i int, ops ...sysmap.Op) {
	b.t.Helper()
	_, n, err := b.reps[i].Do(0, ops)
	if err != nil {
		b.t.Fatal(err)
	}
	b.reps[i].Persisted(n)
}

func (b *table) undo(i int) replica.Step {
	b.t.Helper()
	st, err := b.reps[i].Undo()
	if err != nil {
		b.t.Fatal(err)
	}
	b.reps[i].Persisted(st.N)
	return st
}

func (b *table) same() {
	b.t.Helper()
	for i, r := range b.reps {
		if r.Hash() != b.Room.State().Hash() || r.View().Hash() != r.Hash() {
			b.t.Errorf("replica %d differs", i)
		}
	}
}

// TestUndoKeepsOthersWork: UN-2, UN-1.
func TestUndoKeepsOthersWork(t *testing.T) {
	b := newTable(t, 2)
	colour := func(n int64) sysmap.Op {
		return sysmap.Op{Kind: sysmap.OpSet, ID: theText.Card, Reg: sysmap.Reg{Field: sysmap.Colour, Value: sysmap.IntValue(n)}}
	}
	b.do(0, colour(3))
	b.exchange()
	b.do(1, colour(5))
	b.exchange()
	if st := b.undo(0); st.Done != 0 || st.Skipped != 1 {
		t.Errorf("undo = %+v, want one skipped", st)
	}
	b.exchange()
	if got := b.Room.State().Get(theText.Card).Int(sysmap.Colour); got != 5 {
		t.Errorf("colour = %d, want the other's 5", got)
	}
	b.same()
}

// TestUndoOfTypingFindsItsLetters: UN-4.
func TestUndoOfTypingFindsItsLetters(t *testing.T) {
	b := newTable(t, 2)
	at := func(pos uint32, ins string) sysmap.Op {
		return sysmap.Op{Kind: sysmap.OpSplice, ID: theText.Card, Field: theText.Field, Pos: pos, Ins: ins}
	}
	b.do(0, at(0, "mine"))
	b.exchange()
	b.do(1, at(0, "before "), at(11, " after"))
	b.exchange()
	b.undo(0)
	b.exchange()
	if got := b.Room.State().Text(theText); got != "before  after" {
		t.Errorf("text = %q", got)
	}
	b.same()
}

// TestUndoOfTypingOverOwnTyping: UN-3. What a later step took out comes back with
// its undo, and the earlier step's undo must know it again.
func TestUndoOfTypingOverOwnTyping(t *testing.T) {
	for _, saved := range []bool{false, true} {
		b := newTable(t, 1)
		r := b.reps[0]
		settle := func() {
			if saved {
				b.exchange()
			}
		}
		texts := []string{""}
		for _, op := range []sysmap.Op{
			{Pos: 0, Ins: "hello"}, {Pos: 1, Del: 3, Ins: "X"}, {Pos: 0, Del: 2}, {Pos: 1, Ins: "yz"}, {Del: 3},
		} {
			op.Kind, op.ID, op.Field = sysmap.OpSplice, theText.Card, theText.Field
			b.do(0, op)
			settle()
			texts = append(texts, r.View().Text(theText))
		}
		for i := len(texts) - 2; i >= 0; i-- {
			b.undo(0)
			settle()
			if got := r.View().Text(theText); got != texts[i] {
				t.Errorf("saved %v: undo to step %d gives %q, want %q", saved, i, got, texts[i])
			}
		}
		for i := 1; i < len(texts); i++ {
			st, err := r.Redo()
			if err != nil {
				t.Fatal(err)
			}
			r.Persisted(st.N)
			settle()
			if got := r.View().Text(theText); got != texts[i] {
				t.Errorf("saved %v: redo to step %d gives %q, want %q", saved, i, got, texts[i])
			}
		}
		b.exchange()
		b.same()
	}
}

// TestUndoRedoIdentity: UN-3.
func TestUndoRedoIdentity(t *testing.T) {
	b := newTable(t, 1)
	var states []sysmap.Hash
	r := b.reps[0]
	for i := range byte(6) {
		states = append(states, r.View().Hash())
		b.do(0, put(10+i))
		states = append(states, r.View().Hash())
		b.do(0, sysmap.Op{Kind: sysmap.OpSplice, ID: theText.Card, Field: theText.Field, Ins: "ab"})
		if i%2 == 0 {
			b.exchange()
		}
	}
	last := r.View().Text(theText)
	for range states {
		b.undo(0)
		b.exchange()
	}
	for range states {
		st, err := r.Redo()
		if err != nil {
			t.Fatal(err)
		}
		r.Persisted(st.N)
		b.exchange()
	}
	if got := r.View().Text(theText); got != last || r.View().Living() != 7 {
		t.Errorf("after undo and redo: %q, %d cards; want %q, 7", got, r.View().Living(), last)
	}
	b.same()
}

// TestOfflinePutThenDeleteStaysDeleted: RC-7.
func TestOfflinePutThenDeleteStaysDeleted(t *testing.T) {
	b := newTable(t, 2)
	b.do(0, put(9))
	b.do(0, sysmap.Op{Kind: sysmap.OpDel, ID: id.Object{9}})
	b.exchange()
	for i, r := range b.reps {
		if r.View().GetLive(id.Object{9}) != nil {
			t.Errorf("replica %d shows a deleted card", i)
		}
	}
	b.same()
}

// TestRefusedTypingMovesWhatFollows: RC-3, RC-2.
func TestRefusedTypingMovesWhatFollows(t *testing.T) {
	b := newTable(t, 2)
	b.do(0, put(5))
	b.exchange()
	b.do(0, splice(5, 0, "refused"), sysmap.Op{Kind: sysmap.OpPlace, ID: theText.Card, Place: sysmap.Place{Parent: id.Object{5}, Order: "V1"}})
	b.do(1, sysmap.Op{Kind: sysmap.OpPlace, ID: id.Object{5}, Place: sysmap.Place{Parent: theText.Card, Order: "V1"}})
	b.exchange(1) // the other's move comes first: the first tab's would close a circle
	b.do(0, splice(5, 7, " kept"))
	b.exchange()
	if got := b.Room.State().Get(id.Object{5}).Title; got != " kept" {
		t.Errorf("title = %q", got)
	}
	b.same()
}

// TestWithdrawnTypingMovesWhatFollows: RC-3. The refused words had effect where
// they were typed, and more was typed behind them.
func TestWithdrawnTypingMovesWhatFollows(t *testing.T) {
	b := newTable(t, 1)
	b.do(0, splice(1, 0, "refused "))
	b.do(0, splice(1, 8, "kept"))
	b.Queue.Add(seq.Event{Kind: seq.Granted, Conn: 1, Role: authz.View})
	b.Upload(0, b.reps[0].Outbox(0))
	b.Queue.Add(seq.Event{Kind: seq.Granted, Conn: 1, Role: authz.Edit})
	b.exchange()
	if got := b.Room.State().Get(theText.Card).Title; got != "kept" {
		t.Errorf("title = %q", got)
	}
	b.same()
}

// TestJournalReplaysToTheSameReplica: RC-6, RC-1.
func TestJournalReplaysToTheSameReplica(t *testing.T) {
	b := newTable(t, 1)
	r := b.reps[0]
	b.exchange()
	journal := [][]byte{r.Checkpoint()}
	for i := range byte(5) {
		entry, n, err := r.Do(uint64(i%2)*3, []sysmap.Op{splice(1, 0, "x")})
		if err != nil {
			t.Fatal(err)
		}
		journal = append(journal, entry)
		if msg := r.Outbox(0); i == 0 && len(msg) != 0 {
			t.Error("something was sent before it was in the journal")
		}
		r.Persisted(n)
	}
	again := replica.New(replica.Config{Client: id.Client{1}})
	for _, e := range journal {
		if err := again.Replay(e); err != nil {
			t.Fatal(err)
		}
	}
	again.Ready()
	if again.View().Hash() != r.View().Hash() || again.Status().Unsaved != r.Status().Unsaved || again.Head() != r.Head() {
		t.Errorf("replayed %+v, want %+v", again.Status(), r.Status())
	}
}

// TestBadDeltaRestartsHello: RC-4.
func TestBadDeltaRestartsHello(t *testing.T) {
	b := newTable(t, 1)
	r := b.reps[0]
	gap := wire.Append(nil, &wire.Commit{FromSeq: r.Head() + 5, Txns: []wire.Txn{{Ops: []sysmap.Op{put(7)}}}})
	if res, err := r.Remote(gap, 0); err != nil || !res.Close {
		t.Errorf("a gap: %+v, %v", res, err)
	}
	twice := wire.Append(nil, &wire.Commit{FromSeq: r.Head() + 1, Txns: []wire.Txn{{Ops: []sysmap.Op{put(1)}}}})
	if res, err := r.Remote(twice, 0); err != nil || !res.Close {
		t.Errorf("a transaction that does not apply: %+v, %v", res, err)
	}
	f, err := wire.Next(varint.NewReader(r.Hello(id.Nonce{}, 0)))
	if h, ok := f.(*wire.Hello); err != nil || !ok || h.LastSeq != 0 {
		t.Errorf("the next Hello asks for a delta: %+v", f)
	}
}

// TestDivergenceIsFound: RC-5.
func TestDivergenceIsFound(t *testing.T) {
	b := newTable(t, 1)
	r := b.reps[0]
	pong := wire.Append(nil, &wire.Pong{Head: r.Head(), CRC: uint64(r.Hash().CRC()) + 1})
	if res, _ := r.Remote(pong, 0); !res.Close {
		t.Error("a wrong state hash was not noticed")
	}
	b.do(0, put(8)) // made while apart, and kept
	b.Queue.Add(seq.Event{Kind: seq.Leave, Conn: 1})
	b.Queue.Add(seq.Event{Kind: seq.Enter, Conn: 1, Role: authz.Edit})
	b.Upload(0, r.Hello(id.Nonce{}, 0))
	b.exchange()
	if r.View().GetLive(id.Object{8}) == nil {
		t.Error("a pending edit was lost on the way")
	}
	b.same()
}

// TestServerOrderNotHighestID: of two writes to a register the later in the
// server's order stands, whoever wrote it.
func TestServerOrderNotHighestID(t *testing.T) {
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		b := newTable(t, 2)
		for i := range 2 {
			b.do(i, sysmap.Op{Kind: sysmap.OpSet, ID: theText.Card, Reg: sysmap.Reg{Field: sysmap.Colour, Value: sysmap.IntValue(int64(i) + 1)}})
		}
		b.exchange(order[0])
		b.exchange()
		if got := b.Room.State().Get(theText.Card).Int(sysmap.Colour); got != int64(order[1])+1 {
			t.Errorf("order %v: colour %d", order, got)
		}
		b.same()
	}
}

// TestLargePasteIsOneUndoStep: more ops than a frame holds are still one gesture.
func TestLargePasteIsOneUndoStep(t *testing.T) {
	b := newTable(t, 2)
	var ops []sysmap.Op
	for i := range 1300 {
		op := put(1)
		op.ID = id.Object{3, byte(i), byte(i >> 8)}
		ops = append(ops, op)
	}
	b.do(0, ops...)
	b.exchange()
	if n := b.reps[1].View().Living(); n != 1301 {
		t.Fatalf("%d cards arrived, want 1301", n)
	}
	b.undo(0)
	b.exchange()
	if n := b.reps[1].View().Living(); n != 1 {
		t.Errorf("%d cards after one undo, want 1", n)
	}
	b.same()
}

// TestUnknownFieldIsKept: OP-12.
func TestUnknownFieldIsKept(t *testing.T) {
	b := newTable(t, 2)
	raw := sysmap.Value{Kind: sysmap.Raw, S: "\x01\x02"}
	b.do(0, sysmap.Op{Kind: sysmap.OpSet, ID: theText.Card, Reg: sysmap.Reg{Field: 200, Value: raw}})
	b.exchange()
	if got := b.reps[1].View().Get(theText.Card).Get(200); got != raw {
		t.Errorf("got %+v", got)
	}
	copied := b.reps[1].View().Copy([]id.Object{theText.Card})
	if !slices.ContainsFunc(copied[0].Regs, func(g sysmap.Reg) bool { return g.Value == raw }) {
		t.Error("a copy lost it")
	}
	b.same()
}

// TestDeletedWholeComesBackTogether: OP-10.
func TestDeletedWholeComesBackTogether(t *testing.T) {
	b := newTable(t, 2)
	part := put(2)
	part.Place.Parent = id.Object{1}
	b.do(0, part, put(3), sysmap.Op{Kind: sysmap.OpRelate, ID: id.Object{4}, A: id.Object{2}, B: id.Object{3}})
	b.exchange()
	before := b.Room.State().Hash()
	b.do(0, sysmap.Op{Kind: sysmap.OpDel, ID: id.Object{1}})
	b.exchange()
	if m := b.reps[1].View(); m.GetLive(id.Object{2}) != nil || m.GetLive(id.Object{4}) != nil || m.Living() != 1 {
		t.Error("parts or relationships outlived their whole")
	}
	b.undo(0)
	b.exchange()
	if b.Room.State().Hash() != before {
		t.Error("undo did not bring all of it back")
	}
	b.same()
}

// TestEntrySetAsideLeavesNoGap: SQ-2, RC-6. An entry that the page had to leave out
// costs its own edit, not those after it.
func TestEntrySetAsideLeavesNoGap(t *testing.T) {
	b := newTable(t, 1)
	b.exchange()
	journal := [][]byte{b.reps[0].Checkpoint()}
	for i := range byte(3) {
		entry, _, err := b.reps[0].Do(0, []sysmap.Op{put(10 + i)})
		if err != nil {
			t.Fatal(err)
		}
		journal = append(journal, entry)
	}
	again := replica.New(replica.Config{Client: id.Client{1}})
	for i, e := range journal {
		if i == 2 {
			continue // set aside
		}
		if err := again.Replay(e); err != nil {
			t.Fatal(err)
		}
	}
	again.Ready()
	b.reps[0] = again
	b.Queue.Add(seq.Event{Kind: seq.Leave, Conn: 1})
	b.Queue.Add(seq.Event{Kind: seq.Enter, Conn: 1, Role: authz.Edit})
	b.Upload(0, again.Hello(id.Nonce{}, 0))
	b.exchange()
	if again.View().Living() != 3 || again.Status().Unsaved != 0 {
		t.Errorf("%d cards, %d unsaved; want 3, 0", again.View().Living(), again.Status().Unsaved)
	}
	b.same()
}
