package seq

import (
	"testing"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// frames feeds bytes to a room as the frames of three connections, the first two
// of one account, as fast as they come, and returns the room and its log.
func frames(t *testing.T, b []byte) (*Room, []store.Row) {
	t.Helper()
	r, q := New(Config{Cards: 50, Fresh: 2, Delta: 200}, 1), Queue{}
	q.Snapshot = func(r *Room) (uint64, string) { return r.Head(), "/s" }
	for c := range Conn(3) {
		q.Add(Event{Kind: Enter, Conn: c + 1, Account: id.Account{byte(c / 2)}, Role: authz.Edit})
	}
	var rows []store.Row
	rd := varint.NewReader(b)
	for n := 0; rd.Len() > 0; n++ {
		c := Conn(rd.Byte()%4) + 1 // the fourth never came
		f, err := wire.Next(rd)
		if err != nil {
			break
		}
		switch f := f.(type) {
		case *wire.Hello:
			q.Add(Event{Kind: Greet, Conn: c, Hello: f})
		case *wire.Push:
			q.Add(Event{Kind: Pushed, Conn: c, Push: f})
		case *wire.Role:
			q.Add(Event{Kind: Granted, Conn: c, Role: authz.Role(f.Role)})
		case *wire.Resync:
			q.Add(Event{Kind: Leave, Conn: c})
		}
		if n%3 == 2 { // else it shares a batch
			rows = drive(t, r, &q, rows)
		}
	}
	return r, drive(t, r, &q, rows)
}

// drive runs the queue dry; every frame of the answers can be read.
func drive(t *testing.T, r *Room, q *Queue, rows []store.Row) []store.Row {
	t.Helper()
	for {
		out, batch, ok := q.Run(r, 7)
		if ok {
			if batch.Head != uint64(len(rows)) {
				t.Fatalf("a batch after %d rows, there are %d", batch.Head, len(rows))
			}
			rows = append(rows, batch.Rows...)
			told, _ := q.Appended(r, nil)
			out = append(out, told...)
			if batch.Hash != r.State().Hash().Bytes() {
				t.Fatal("the batch has another hash than the state")
			}
		}
		for _, e := range out {
			if e.Frame == nil {
				continue
			}
			if _, err := wire.Next(varint.NewReader(e.Frame)); err != nil {
				t.Fatal(err)
			}
		}
		if !ok {
			return rows
		}
	}
}

// FuzzPushes: any frames in any order leave a room that holds every invariant, and a
// log that is dense and folds to the room's state.
func FuzzPushes(f *testing.F) {
	hello := wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Client: id.Client{1}, NextCSN: 1}
	other := hello
	other.Client = id.Client{2}
	say := func(b []byte, c byte, f wire.Frame) []byte { return wire.Append(append(b, c), f) }
	b := say(say(nil, 0, &hello), 1, &other)
	b = say(b, 0, &wire.Push{CSN: 1, Ops: []sysmap.Op{card(1, id.Root), card(2, numbered(1))}})
	splice := sysmap.Op{Kind: sysmap.OpSplice, ID: numbered(1), Field: sysmap.Title, Ins: "a"}
	b = say(b, 1, &wire.Push{CSN: 1, BaseSeq: 1, Ops: []sysmap.Op{splice}})
	b = say(b, 0, &wire.Push{CSN: 2, BaseSeq: 1, Ops: []sysmap.Op{splice, {Kind: sysmap.OpDel, ID: numbered(2)}}})
	b = say(b, 1, &wire.Resync{})
	b = say(b, 1, &other)
	b = say(b, 0, &wire.Role{Role: 1})
	f.Add(say(b, 0, &wire.Push{CSN: 3, BaseSeq: 2, Ops: []sysmap.Op{splice}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, rows := frames(t, b)
		if err := r.State().Check(); err != nil {
			t.Fatal(err)
		}
		again := New(Config{}, 2)
		seen := make(map[store.OpID]bool)
		for _, row := range rows {
			if err := again.Load(row); err != nil {
				t.Fatal(err)
			}
			if seen[row.OpID] {
				t.Fatal("one transaction is in the log twice")
			}
			seen[row.OpID] = true
		}
		if again.State().Hash() != r.State().Hash() || again.Head() != r.Head() {
			t.Fatalf("the log folds to head %d and another state, the room is at %d", again.Head(), r.Head())
		}
	})
}

// FuzzRow: any bytes of a row are a transaction that applies, or an error.
func FuzzRow(f *testing.F) {
	f.Add(EncodeRow([]sysmap.Op{card(1, id.Root)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := New(Config{}, 1)
		if r.Load(store.Row{Seq: 1, Data: b}) != nil {
			return
		}
		ops, err := DecodeRow(b)
		if err != nil || string(EncodeRow(ops)) != string(b) {
			t.Fatalf("a row does not come back as it went: %v", err)
		}
		if err := r.State().Check(); err != nil {
			t.Fatal(err)
		}
	})
}
