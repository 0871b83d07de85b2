// Package storetest is the store's contracts as test suites. Every engine, and
// the simulator's model, runs them; it knows no engine and holds no state.
package storetest

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Log checks an op log. open returns an empty one; the suite never closes it.
func Log(t *testing.T, open func(t *testing.T) store.Log) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, l store.Log)
	}{
		{"acquire raises the epoch", acquireRaises},
		{"append then read", appendRead},
		{"head and hash come back", headAndHash},
		{"stale epoch is refused alone", staleEpoch},
		{"stale head is refused alone", staleHead},
		{"repeated op id is refused alone", repeated},
		{"op ids are per map", perMap},
		{"two batches of one map", twoOfOneMap},
		{"malformed batches are refused alone", malformed},
		{"a map nobody acquired", unacquired},
		{"read in pages", pages},
		{"large and odd data", sizes},
		{"the writer keeps its bytes", noAliasing},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// mapN and the helpers below make values that differ in their last bytes only,
// where a wrong comparison would show.
func mapN(n byte) id.Map { return id.Map{0: 1, 15: n} }

func client(n byte) id.Client { return id.Client{0: 2, 15: n} }

func row(seq, csn uint64, c id.Client) store.Row {
	return store.Row{
		Seq: seq, OpID: store.NewOpID(c, csn), Actor: id.Account{15: 7}, At: 1_700_000_000_000 + int64(seq),
		Data: []byte{byte(seq), byte(csn)},
	}
}

func batch(m id.Map, epoch, head uint64, rows ...store.Row) store.Batch {
	return store.Batch{Map: m, Epoch: epoch, Head: head, Rows: rows, Hash: [16]byte{0: byte(head), 15: byte(len(rows))}}
}

func acquire(t *testing.T, l store.Log, m id.Map) store.Room {
	t.Helper()
	r, err := l.Acquire(t.Context(), m, "node")
	if err != nil {
		t.Fatalf("acquire: %v", err)
	}
	return r
}

func appendAll(t *testing.T, l store.Log, batches ...store.Batch) []error {
	t.Helper()
	errs := l.Append(t.Context(), batches)
	if len(errs) != len(batches) {
		t.Fatalf("%d answers to %d batches", len(errs), len(batches))
	}
	return errs
}

func mustAppend(t *testing.T, l store.Log, batches ...store.Batch) {
	t.Helper()
	for i, err := range appendAll(t, l, batches...) {
		if err != nil {
			t.Fatalf("batch %d: %v", i, err)
		}
	}
}

func wantRows(t *testing.T, l store.Log, m id.Map, want ...store.Row) {
	t.Helper()
	got, err := l.Read(t.Context(), m, 0, 100)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if len(got) == 0 {
		got = nil
	}
	// Bytes are compared as a whole: a diff of megabytes takes minutes.
	if diff := cmp.Diff(want, got, cmp.Comparer(bytes.Equal)); diff != "" {
		t.Errorf("rows (-want +got):\n%.4000s", diff)
	}
}

func wantKind(t *testing.T, err error, k fault.Kind) {
	t.Helper()
	if !fault.Is(err, k) {
		t.Errorf("error %v, want kind %v", err, k)
	}
}

func acquireRaises(t *testing.T, l store.Log) {
	m := mapN(1)
	var last uint64
	for i := range 5 {
		r := acquire(t, l, m)
		if r.Epoch <= last {
			t.Errorf("epoch %d after %d", r.Epoch, last)
		}
		if r.Head != 0 || r.Hash != ([16]byte{}) {
			t.Errorf("a new map starts at head %d, hash %x", r.Head, r.Hash)
		}
		last = r.Epoch
		if i == 0 {
			continue
		}
		other := acquire(t, l, mapN(2))
		if other.Epoch == 0 {
			t.Error("epochs start above zero")
		}
	}
}

func appendRead(t *testing.T, l store.Log) {
	m, c := mapN(1), client(1)
	r := acquire(t, l, m)
	rows := []store.Row{row(1, 1, c), row(2, 2, c), row(3, 9, c)}
	mustAppend(t, l, batch(m, r.Epoch, 0, rows[:2]...))
	mustAppend(t, l, batch(m, r.Epoch, 2, rows[2]))
	wantRows(t, l, m, rows...)
	wantRows(t, l, mapN(2))
}

func headAndHash(t *testing.T, l store.Log) {
	m, c := mapN(1), client(1)
	r := acquire(t, l, m)
	b := batch(m, r.Epoch, 0, row(1, 1, c), row(2, 2, c))
	mustAppend(t, l, b)
	got := acquire(t, l, m)
	want := store.Room{Epoch: got.Epoch, Head: 2, Hash: b.Hash}
	if got != want {
		t.Errorf("acquire after append: %+v, want %+v", got, want)
	}
}

func staleEpoch(t *testing.T, l store.Log) {
	m, other, c := mapN(1), mapN(2), client(1)
	old := acquire(t, l, m)
	mine := acquire(t, l, m)
	o := acquire(t, l, other)
	errs := appendAll(t, l,
		batch(m, old.Epoch, 0, row(1, 1, c)),
		batch(other, o.Epoch, 0, row(1, 1, c)))
	wantKind(t, errs[0], fault.Lost)
	if errs[1] != nil {
		t.Errorf("the other map's batch: %v", errs[1])
	}
	wantRows(t, l, m)
	wantRows(t, l, other, row(1, 1, c))
	// An epoch nobody was given is stale too.
	wantKind(t, appendAll(t, l, batch(m, mine.Epoch+1, 0, row(1, 1, c)))[0], fault.Lost)
	mustAppend(t, l, batch(m, mine.Epoch, 0, row(1, 1, c)))
}

func staleHead(t *testing.T, l store.Log) {
	m, other, c := mapN(2), mapN(1), client(1)
	r := acquire(t, l, m)
	o := acquire(t, l, other)
	mustAppend(t, l, batch(m, r.Epoch, 0, row(1, 1, c)))
	errs := appendAll(t, l,
		batch(m, r.Epoch, 0, row(1, 2, c)),
		batch(m, r.Epoch, 5, row(6, 3, c)),
		batch(other, o.Epoch, 0, row(1, 1, c)))
	wantKind(t, errs[0], fault.Lost)
	wantKind(t, errs[1], fault.Lost)
	if errs[2] != nil {
		t.Errorf("the other map's batch: %v", errs[2])
	}
	wantRows(t, l, m, row(1, 1, c))
	wantRows(t, l, other, row(1, 1, c))
}

func repeated(t *testing.T, l store.Log) {
	m, other, c := mapN(1), mapN(2), client(1)
	r, o := acquire(t, l, m), acquire(t, l, other)
	mustAppend(t, l, batch(m, r.Epoch, 0, row(1, 1, c)))
	errs := appendAll(t, l,
		batch(m, r.Epoch, 1, row(2, 2, c), row(3, 1, c)), // its first row is new: it must go too
		batch(other, o.Epoch, 0, row(1, 1, c)))
	wantKind(t, errs[0], fault.Conflict)
	if errs[1] != nil {
		t.Errorf("the other map's batch: %v", errs[1])
	}
	wantRows(t, l, m, row(1, 1, c))
	// Twice inside one batch.
	wantKind(t, appendAll(t, l, batch(m, r.Epoch, 1, row(2, 2, c), row(3, 2, c)))[0], fault.Conflict)
	// The head did not move, so the owner may go on.
	if got := acquire(t, l, m); got.Head != 1 {
		t.Errorf("head %d after refused batches, want 1", got.Head)
	}
	wantRows(t, l, m, row(1, 1, c))
}

func perMap(t *testing.T, l store.Log) {
	c := client(1)
	for n := range byte(3) {
		m := mapN(n)
		mustAppend(t, l, batch(m, acquire(t, l, m).Epoch, 0, row(1, 1, c)))
	}
	// Another client's same number is another op.
	m := mapN(9)
	mustAppend(t, l, batch(m, acquire(t, l, m).Epoch, 0, row(1, 1, c), row(2, 1, client(2))))
}

func twoOfOneMap(t *testing.T, l store.Log) {
	m, c := mapN(1), client(1)
	r := acquire(t, l, m)
	mustAppend(t, l,
		batch(m, r.Epoch, 0, row(1, 1, c)),
		batch(mapN(0), acquire(t, l, mapN(0)).Epoch, 0, row(1, 1, c)),
		batch(m, r.Epoch, 1, row(2, 2, c)))
	wantRows(t, l, m, row(1, 1, c), row(2, 2, c))
}

func malformed(t *testing.T, l store.Log) {
	m, other, c := mapN(1), mapN(2), client(1)
	r, o := acquire(t, l, m), acquire(t, l, other)
	empty := row(1, 5, c)
	empty.Data = nil
	errs := appendAll(t, l,
		batch(m, r.Epoch, 0),
		batch(m, r.Epoch, 0, row(2, 1, c)),
		batch(m, r.Epoch, 0, row(1, 1, c), row(3, 2, c)),
		batch(m, r.Epoch, 0, empty),
		batch(other, o.Epoch, 0, row(1, 1, c)))
	for i, err := range errs[:4] {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("batch %d: %v, want kind invalid", i, err)
		}
	}
	if errs[4] != nil {
		t.Errorf("the sound batch: %v", errs[4])
	}
	wantRows(t, l, m)
	wantRows(t, l, other, row(1, 1, c))
}

func unacquired(t *testing.T, l store.Log) {
	m, c := mapN(1), client(1)
	for epoch := range uint64(2) {
		wantKind(t, appendAll(t, l, batch(m, epoch, 0, row(1, 1, c)))[0], fault.Lost)
	}
	wantRows(t, l, m)
}

func pages(t *testing.T, l store.Log) {
	m, c := mapN(1), client(1)
	r := acquire(t, l, m)
	const n = 25
	var rows []store.Row
	for i := range uint64(n) {
		rows = append(rows, row(i+1, i+1, c))
	}
	mustAppend(t, l, batch(m, r.Epoch, 0, rows...))
	var got []store.Row
	for range n {
		page, err := l.Read(t.Context(), m, uint64(len(got)), 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) > 10 {
			t.Fatalf("%d rows, asked for 10", len(page))
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
	}
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if past, err := l.Read(t.Context(), m, n+10, 10); err != nil || len(past) != 0 {
		t.Errorf("reading past the end: %d rows, %v", len(past), err)
	}
}

func sizes(t *testing.T, l store.Log) {
	m, c := mapN(1), client(1)
	r := acquire(t, l, m)
	big := row(1, 1, c)
	big.Data = bytes.Repeat([]byte{0, 0xff, 0x27, 0x0a}, 1<<21) // 8 MiB
	all := row(2, ^uint64(0), c)
	all.At = 0
	all.Data = make([]byte, 256)
	for i := range all.Data {
		all.Data[i] = byte(i)
	}
	mustAppend(t, l, batch(m, r.Epoch, 0, big, all))
	wantRows(t, l, m, big, all)
	got, err := l.Read(t.Context(), m, 1, 1)
	if err != nil || len(got) != 1 || got[0].OpID.CSN() != ^uint64(0) || got[0].OpID.Client() != c {
		t.Errorf("op id came back as %+v, %v", got, err)
	}
}

func noAliasing(t *testing.T, l store.Log) {
	m, c := mapN(1), client(1)
	r := acquire(t, l, m)
	mine := row(1, 1, c)
	mustAppend(t, l, batch(m, r.Epoch, 0, mine))
	mine.Data[0] ^= 0xff
	got, err := l.Read(t.Context(), m, 0, 1)
	if err != nil || len(got) != 1 {
		t.Fatalf("read: %d rows, %v", len(got), err)
	}
	got[0].Data[1] ^= 0xff
	wantRows(t, l, m, row(1, 1, c))
}
