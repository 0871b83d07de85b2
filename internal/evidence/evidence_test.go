package evidence

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

var (
	aMap  = ID{1}
	ann   = ID{2}
	bob   = ID{3}
	actor = ID{4}
)

// world is a log and two clients, all of whose parts a test may spoil.
type world struct {
	t        *testing.T
	db       *sql.DB
	now      int64
	ann, bob *Tape
	checker  *Checker
	epoch    uint64
	rows     []wire.Txn
	clients  []ID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	file := filepath.Join(t.TempDir(), "log.db")
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=synchronous(0)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w := &world{t: t, db: db, epoch: 1}
	w.exec(`CREATE TABLE room (map_id BLOB PRIMARY KEY, epoch INTEGER, head INTEGER)`)
	w.exec(`CREATE TABLE op (map_id BLOB, seq INTEGER, op_id BLOB, actor BLOB, ts INTEGER, data BLOB)`)
	w.exec(`INSERT INTO room VALUES ($1, 1, 0)`, aMap[:])
	w.ann, w.bob = NewTape(aMap, ann, w.clock), NewTape(aMap, bob, w.clock)
	w.checker = New(file, []*Tape{w.ann, w.bob})
	return w
}

func (w *world) clock() int64 { w.now++; return w.now }

func (w *world) exec(text string, args ...any) {
	w.t.Helper()
	if _, err := w.db.ExecContext(w.t.Context(), text, args...); err != nil {
		w.t.Fatal(err)
	}
}

// commit writes one transaction that puts a word into a text.
func (w *world) commit(client ID, csn uint64, word string) {
	w.t.Helper()
	ops := []sysmap.Op{{Kind: sysmap.OpSplice, ID: id.Object{9}, Field: sysmap.Body, Ins: word}}
	w.rows = append(w.rows, wire.Txn{Actor: id.Account(actor), CSN: csn, At: 1000 - int64(csn), Ops: ops})
	w.clients = append(w.clients, client)
	n := len(w.rows)
	w.exec(`INSERT INTO op VALUES ($1, $2, $3, $4, $5, $6)`, aMap[:], n, binary.BigEndian.AppendUint64(client[:], csn),
		actor[:], 1000-int64(csn), sysmap.AppendOps(nil, ops))
	w.exec(`UPDATE room SET head = $1`, n)
}

// greet connects a client: author 1 is ann, 2 is bob.
func (w *world) greet(t *Tape, head, from, last uint64) {
	t.Hello()
	t.Received(wire.Append(nil, &wire.Welcome{Epoch: w.epoch, Head: head, From: from, Author: uint64(t.Client[0]) - 1, LastCSN: last, URL: "/a"}))
}

// show sends rows from…to to a client.
func (w *world) show(t *Tape, from, to uint64) {
	f := &wire.Commit{FromSeq: from}
	for seq := from; seq <= to; seq++ {
		txn := w.rows[seq-1]
		txn.Author = uint64(w.clients[seq-1][0]) - 1
		f.Txns = append(f.Txns, txn)
	}
	t.Received(wire.Append(nil, f))
}

// good plays a history without fault.
func (w *world) good() {
	w.greet(w.ann, 0, 0, 0)
	w.greet(w.bob, 0, 0, 0)
	for n := range uint64(10) {
		w.ann.Pushed(2*n + 1)
		w.bob.Pushed(n + 1)
		w.commit(ann, 2*n+1, Word(ann, 2*n+1)) // ann's even ones are refused
		w.commit(bob, n+1, Word(bob, n+1))
		for _, t := range []*Tape{w.ann, w.bob} {
			w.show(t, 2*n+1, 2*n+2)
		}
		w.ann.Pushed(2*n + 2)
		w.ann.Received(wire.Append(nil, &wire.Nack{CSN: 2*n + 2, Code: 3}))
	}
}

func (w *world) final() Report {
	w.t.Helper()
	if err := w.checker.Final(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return w.checker.Report()
}

func TestGoodHistory(t *testing.T) {
	w := newWorld(t)
	w.good()
	if err := w.checker.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.epoch = 2
	w.exec(`UPDATE room SET epoch = 2`)
	w.greet(w.ann, 20, 20, 20)
	w.ann.Pushed(21)
	w.commit(ann, 21, "[[")
	w.greet(w.bob, 21, 12, 10) // comes back and gets what it missed
	w.show(w.bob, 13, 21)
	w.show(w.ann, 21, 21)
	got := w.final()
	if got.Rows != 21 || got.Acked != 21 || got.Refused != 10 || got.Lost+got.Twice+len(got.Bad) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestFindings: each fault alone is found.
func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(w *world)
		want  string
	}{
		{"lost row", func(w *world) { w.exec(`DELETE FROM op WHERE seq = 20`); w.exec(`UPDATE room SET head = 19`) }, "not in the log"},
		{"gap", func(w *world) { w.exec(`DELETE FROM op WHERE seq = 7`) }, "comes after row"},
		{"head", func(w *world) { w.exec(`UPDATE room SET head = 19`) }, "its head is 19"},
		{"twice in the log", func(w *world) { w.commit(bob, 3, "") }, "are the same transaction"},
		{"twice in the text", func(w *world) { w.bob.Pushed(11); w.commit(bob, 11, Word(bob, 3)) }, "was put in before"},
		{"csn back", func(w *world) { w.commit(ann, 8, "") }, "goes back"},
		{"refused", func(w *world) { w.ann.Pushed(21); w.commit(ann, 22, ""); w.nack(22) }, "was refused"},
		{"other seq", func(w *world) {
			w.greet(w.ann, 20, 9, 19)
			w.rows[9], w.clients[9] = w.rows[0], ann
			w.show(w.ann, 10, 10)
		}, "called the same"},
		{"other content", func(w *world) { w.greet(w.ann, 20, 9, 20); w.rows[9].Ops[0].Ins = "x"; w.show(w.ann, 10, 10) }, "shown otherwise"},
		{"other time", func(w *world) { w.greet(w.ann, 20, 9, 20); w.rows[9].At++; w.show(w.ann, 10, 10) }, "shown otherwise"},
		{"shown too early", func(w *world) {
			w.rows, w.clients = append(w.rows, wire.Txn{Actor: id.Account(actor)}), append(w.clients, ID{})
			w.show(w.ann, 21, 21)
		}, "shown and is not in the log"},
		{"hole in the stream", func(w *world) { w.greet(w.ann, 20, 9, 20); w.show(w.ann, 11, 12) }, "where 10 was due"},
		{"not welcomed", func(w *world) { w.ann.Hello(); w.show(w.ann, 1, 2) }, "where 0 was due"},
		{"cut frame", func(w *world) { w.ann.Received([]byte{kindNack, 1}) }, "ends too early"},
		{"epoch fell", func(w *world) { w.exec(`UPDATE room SET epoch = 0`) }, "the epoch fell"},
		{"epoch unknown", func(w *world) { w.epoch = 3; w.greet(w.ann, 20, 20, 20) }, "the record's is 1"},
		{"unknown client", func(w *world) { w.commit(ID{7}, 1, "") }, "unknown client"},
		{"never sent", func(w *world) { w.commit(bob, 11, "") }, "sent by nobody"},
		{"strays", func(w *world) { w.exec(`INSERT INTO op VALUES (x'00', 1, x'00', x'00', 0, x'00')`) }, "belong to no map"},
		{"welcome forgets", func(w *world) { w.greet(w.bob, 20, 20, 9) }, "did not know row 20"},
		{"decided later", func(w *world) { w.greet(w.bob, 20, 20, 11); w.bob.Pushed(11); w.commit(bob, 11, "") }, "called it final"},
		{"old head", func(w *world) { w.greet(w.bob, 18, 18, 9) }, "no order"},
		{"old epoch", func(w *world) {
			w.exec(`UPDATE room SET epoch = 2`)
			w.epoch = 2
			w.greet(w.ann, 20, 20, 20)
			w.bob.Pushed(11)
			w.commit(bob, 11, "")
			w.show(w.bob, 21, 21) // still under epoch 1
		}, "no order"},
		{"two epochs", func(w *world) {
			w.exec(`UPDATE room SET epoch = 2`)
			w.bob.Pushed(11)
			w.commit(bob, 11, "")
			w.epoch = 2
			w.greet(w.ann, 20, 20, 20)
			w.show(w.ann, 21, 21)
			w.show(w.bob, 21, 21)
		}, "under epochs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.good()
			if c.name == "epoch fell" {
				if err := w.checker.Check(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			c.spoil(w)
			got := w.final()
			if !strings.Contains(strings.Join(got.Bad, "\n"), c.want) {
				t.Errorf("want %q in %v", c.want, got.Bad)
			}
		})
	}
}

func (w *world) nack(csn uint64) { w.ann.Received(wire.Append(nil, &wire.Nack{CSN: csn})) }

// TestLaterLoss: what was checked once must still be there at the end.
func TestLaterLoss(t *testing.T) {
	w := newWorld(t)
	w.good()
	if err := w.checker.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.exec(`DELETE FROM op WHERE seq > 18`)
	w.exec(`UPDATE room SET head = 18`)
	if got := w.final(); got.Lost != 2 {
		t.Errorf("%+v", got)
	}
}

func TestWords(t *testing.T) {
	text := fmt.Sprintf("x[[%sy]]%s[[", Word(ann, 1), Word(bob, 12))
	if got := words([]byte(text)); len(got) != 2 || got[1] != "[["+fmt.Sprintf("%x", bob[:8])+".12" {
		t.Errorf("%q", got)
	}
}

func TestTapeIsBounded(t *testing.T) {
	w := newWorld(t)
	for range maxMessages + 1 {
		w.ann.Received(nil)
	}
	if err := w.checker.Check(t.Context()); err == nil {
		t.Error("a tape that is too long passed")
	}
}

// BenchmarkOrder looks for the order of a long history with crowds of appends.
func BenchmarkOrder(b *testing.B) {
	const n, crowd = 5000, 20
	l := &ledger{id: aMap}
	t := NewTape(aMap, ann, func() int64 { return 0 })
	for i := range n {
		l.rows = append(l.rows, row{client: ann, csn: uint64(i) + 1})
		l.seen, l.under = append(l.seen, int64(i)+1), append(l.under, 1)
		t.sent[uint64(i)+1] = max(1, int64(i)-crowd)
	}
	c := New("", []*Tape{t})
	for b.Loop() {
		if err := c.order(l); err != nil || len(c.report.Bad) > 0 {
			b.Fatal(err, c.report.Bad)
		}
	}
}
