package storetest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// PastStore is what the suite of maps' pasts needs: their logs too.
type PastStore interface {
	MapStore
	store.Past
	store.Records
	store.Shipping
}

// Past checks what is kept of maps' pasts. open returns an empty store.
func Past(t *testing.T, open func(t *testing.T) PastStore) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s PastStore)
	}{
		{"a log is trimmed to its base", trimming},
		{"changes without what they changed", strides},
		{"snapshots", snapshots},
		{"maps that are behind", behind},
		{"snapshots of maps that are gone", lostSnapshots},
		{"named versions", versions},
		{"purging takes it along", pastPurge},
		{"records", records},
		{"what was shipped", shipped},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// grow appends n rows to a map's log and returns them.
func grow(t *testing.T, s store.Log, m id.Map, n int) []store.Row {
	t.Helper()
	r := acquire(t, s, m)
	rows := make([]store.Row, n)
	for i := range rows {
		rows[i] = row(r.Head+uint64(i)+1, r.Head+uint64(i)+1, client(1))
	}
	mustAppend(t, s, batch(m, r.Epoch, r.Head, rows...))
	return rows
}

// must fails the test for an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func trimming(t *testing.T, s PastStore) {
	m := mapN(1)
	rows := grow(t, s, m, 10)
	other := grow(t, s, mapN(2), 10)
	_, err := s.Base(t.Context(), m)
	wantKind(t, err, fault.NotFound)

	base := store.Base{Seq: 5, At: rows[4].At, Data: []byte("five")}
	done, err := s.Trim(t.Context(), m, base, 3)
	if err != nil || done {
		t.Fatalf("a part: %v, %v", done, err)
	}
	if done, err = s.Trim(t.Context(), m, base, 3); err != nil || !done {
		t.Fatalf("the rest: %v, %v", done, err)
	}
	got, err := s.Base(t.Context(), m)
	if diff := cmp.Diff(base, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	after, err := s.Read(t.Context(), m, 5, 100)
	if diff := cmp.Diff(rows[5:], after); err != nil || diff != "" {
		t.Errorf("after the base: %v\n%s", err, diff)
	}
	_, err = s.Read(t.Context(), m, 0, 100)
	wantKind(t, err, fault.Internal)
	wantRows(t, s, mapN(2), other...)

	_, err = s.Trim(t.Context(), m, store.Base{Seq: 4, Data: []byte("four")}, 100)
	wantKind(t, err, fault.Conflict)
	_, err = s.Trim(t.Context(), m, store.Base{Seq: 11, Data: []byte("eleven")}, 100)
	wantKind(t, err, fault.Invalid)
	_, err = s.Trim(t.Context(), m, store.Base{Seq: 6}, 100)
	wantKind(t, err, fault.Invalid)
	_, err = s.Trim(t.Context(), mapN(9), base, 100)
	wantKind(t, err, fault.Invalid)

	// All of it may go, and the map goes on.
	if done, err = s.Trim(t.Context(), m, store.Base{Seq: 10, Data: []byte("ten")}, 100); err != nil || !done {
		t.Fatalf("all: %v, %v", done, err)
	}
	if more := grow(t, s, m, 1); more[0].Seq != 11 {
		t.Errorf("goes on at %d", more[0].Seq)
	}
	if r, err := s.Room(t.Context(), m); err != nil || r.Head != 11 {
		t.Errorf("the record: %+v, %v", r, err)
	}
	_, err = s.Room(t.Context(), mapN(9))
	wantKind(t, err, fault.NotFound)
}

func strides(t *testing.T, s PastStore) {
	m := mapN(1)
	rows := grow(t, s, m, 10)
	grow(t, s, mapN(2), 3)
	var want []store.Stride
	for i := 8; i > 4; i-- {
		want = append(want, store.Stride{Seq: rows[i].Seq, Actor: rows[i].Actor, At: rows[i].At})
	}
	got, err := s.Strides(t.Context(), m, 10, 4)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if got, err = s.Strides(t.Context(), m, 0, 100); err != nil || len(got) != 10 || got[0].Seq != 10 {
		t.Errorf("all: %d, %v", len(got), err)
	}
}

func snap(m id.Map, seq uint64) store.Snapshot {
	return store.Snapshot{Map: m, Seq: seq, Hash: store.Hash{0: byte(seq), 31: 1}, Size: 100 + int64(seq), At: 1000 + int64(seq), Made: 2000}
}

func wantSnapshots(t *testing.T, s PastStore, m id.Map, before uint64, limit int, want ...store.Snapshot) {
	t.Helper()
	got, err := s.Snapshots(t.Context(), m, before, limit)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("snapshots: %v\n%s", err, diff)
	}
}

func snapshots(t *testing.T, s PastStore) {
	m := mapN(1)
	grow(t, s, m, 30)
	grow(t, s, mapN(2), 30)
	a, b, c := snap(m, 10), snap(m, 20), snap(m, 30)
	b.Picture = store.Hash{5}
	for _, v := range []store.Snapshot{b, c, a, snap(mapN(2), 10)} {
		must(t, s.AddSnapshot(t.Context(), v))
	}
	wantSnapshots(t, s, m, 0, 10, c, b, a)
	wantSnapshots(t, s, m, 30, 1, b)
	again := snap(m, 20)
	again.Hash[1] = 9
	wantKind(t, s.AddSnapshot(t.Context(), again), fault.Conflict)
	wantKind(t, s.AddSnapshot(t.Context(), snap(m, 31)), fault.NotFound)
	wantKind(t, s.AddSnapshot(t.Context(), snap(mapN(3), 1)), fault.NotFound)

	must(t, s.SpoilSnapshot(t.Context(), m, 20))
	b.Damaged = true
	wantSnapshots(t, s, m, 0, 10, c, b, a)
	got, err := s.Spoilt(t.Context(), 10)
	if diff := cmp.Diff([]store.Snapshot{b}, got); err != nil || diff != "" {
		t.Errorf("spoilt: %v\n%s", err, diff)
	}
	must(t, s.AddSnapshot(t.Context(), again)) // a sound one takes its place
	wantSnapshots(t, s, m, 0, 10, c, again, a)

	must(t, s.DropSnapshot(t.Context(), m, 20))
	must(t, s.DropSnapshot(t.Context(), m, 20))
	wantSnapshots(t, s, m, 0, 10, c, a)
}

func behind(t *testing.T, s PastStore) {
	whole, part, none, based := mapN(1), mapN(2), mapN(3), mapN(4)
	for _, m := range []id.Map{whole, part, none, based} {
		grow(t, s, m, 10)
	}
	acquire(t, s, mapN(5)) // nothing was ever done in it
	must(t, s.AddSnapshot(t.Context(), snap(whole, 10)))
	must(t, s.AddSnapshot(t.Context(), snap(part, 4)))
	must(t, s.AddSnapshot(t.Context(), snap(part, 10)))
	must(t, s.SpoilSnapshot(t.Context(), part, 10))
	if _, err := s.Trim(t.Context(), based, store.Base{Seq: 8, Data: []byte("8")}, 100); err != nil {
		t.Fatal(err)
	}
	at := func(n uint64) int64 { return row(n, n, client(1)).At }
	want := []store.Behind{
		{Map: part, Head: 10, Seq: 4, Since: at(5)},
		{Map: none, Head: 10, Since: at(1)},
		{Map: based, Head: 10, Seq: 8, Since: at(9)},
	}
	var got []store.Behind
	steps := 0
	for after := (id.Map{}); ; steps++ {
		list, last, done, err := s.Behind(t.Context(), after, 2)
		must(t, err)
		got = append(got, list...)
		if done {
			break
		}
		after = last
	}
	if diff := cmp.Diff(want, got); diff != "" || steps == 0 {
		t.Errorf("%d steps\n%s", steps, diff)
	}
}

func lostSnapshots(t *testing.T, s PastStore) {
	a := addAccount(t, s, 1)
	m := addMap(t, s, 1, a.ID)
	grow(t, s, m.ID, 3)
	grow(t, s, mapN(77), 3)
	v := snap(m.ID, 3)
	must(t, s.AddSnapshot(t.Context(), v))
	must(t, s.AddSnapshot(t.Context(), snap(mapN(77), 3)))
	must(t, s.DeleteMap(t.Context(), m.ID, 10))
	for done := false; !done; {
		var err error
		done, err = s.PurgeMap(t.Context(), m.ID, 11, 100)
		must(t, err)
	}
	got, err := s.Orphans(t.Context(), 10)
	if diff := cmp.Diff([]store.Snapshot{v}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func versions(t *testing.T, s PastStore) {
	a := addAccount(t, s, 1)
	m, other := addMap(t, s, 1, a.ID), addMap(t, s, 2, a.ID)
	grow(t, s, m.ID, 10)
	grow(t, s, other.ID, 10)
	first := store.Version{Seq: 3, Name: "Before the workshop", By: a.ID, Made: 5}
	last := store.Version{Seq: 9, Name: "After <it>", By: a.ID, Made: 6}
	must(t, s.SetVersion(t.Context(), m.ID, last))
	must(t, s.SetVersion(t.Context(), m.ID, first))
	must(t, s.SetVersion(t.Context(), other.ID, first))
	list := func(want ...store.Version) {
		t.Helper()
		got, err := s.Versions(t.Context(), m.ID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	list(last, first)
	first.Name = strings.Repeat("é", store.MaxVersionName)
	must(t, s.SetVersion(t.Context(), m.ID, first))
	list(last, first)
	wantKind(t, s.SetVersion(t.Context(), m.ID, store.Version{Seq: 11, Name: "to come"}), fault.NotFound)
	wantKind(t, s.SetVersion(t.Context(), m.ID, store.Version{Name: "nothing"}), fault.NotFound)
	wantKind(t, s.SetVersion(t.Context(), mapN(9), first), fault.NotFound)
	must(t, s.DropVersion(t.Context(), m.ID, 9))
	wantKind(t, s.DropVersion(t.Context(), m.ID, 9), fault.NotFound)
	list(first)
}

func pastPurge(t *testing.T, s PastStore) {
	a := addAccount(t, s, 1)
	m := addMap(t, s, 1, a.ID)
	grow(t, s, m.ID, 3)
	must(t, s.SetVersion(t.Context(), m.ID, store.Version{Seq: 1, Name: "one", By: a.ID}))
	must(t, s.NoteShipped(t.Context(), "there", map[id.Map]uint64{m.ID: 2}))
	if _, err := s.Trim(t.Context(), m.ID, store.Base{Seq: 2, Data: []byte("2")}, 100); err != nil {
		t.Fatal(err)
	}
	must(t, s.DeleteMap(t.Context(), m.ID, 10))
	for done := false; !done; {
		var err error
		done, err = s.PurgeMap(t.Context(), m.ID, 11, 100)
		must(t, err)
	}
	_, err := s.Base(t.Context(), m.ID)
	wantKind(t, err, fault.NotFound)
	if list, err := s.Versions(t.Context(), m.ID); err != nil || len(list) != 0 {
		t.Errorf("versions %v, %v", list, err)
	}
}

func records(t *testing.T, s PastStore) {
	rec := func(kind string, at int64, n byte, good bool) store.Record {
		return store.Record{Kind: kind, At: at, ID: [16]byte{n}, OK: good, Data: []byte(`{"maps":` + string('0'+n) + `}`)}
	}
	a, b, c := rec("backup", 1, 1, true), rec("backup", 2, 2, false), rec("drill", 3, 3, true)
	for _, r := range []store.Record{c, a, b} {
		must(t, s.AddRecord(t.Context(), r))
	}
	wantKind(t, s.AddRecord(t.Context(), store.Record{Kind: "backup", Data: make([]byte, store.MaxRecordBytes+1)}), fault.Limit)
	list := func(kind string, limit int, want ...store.Record) {
		t.Helper()
		got, err := s.Records(t.Context(), kind, limit)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	list("backup", 10, b, a)
	list("backup", 1, b)
	list("drill", 10, c)
	must(t, s.DropRecords(t.Context(), "backup", 2))
	list("backup", 10, b)
	list("drill", 10, c)
}

func shipped(t *testing.T, s PastStore) {
	one, two := mapN(1), mapN(2)
	grow(t, s, one, 5)
	grow(t, s, two, 5)
	at := func(n uint64) int64 { return row(n, n, client(1)).At }
	want := func(place string, want ...store.Behind) {
		t.Helper()
		got, _, done, err := s.Unshipped(t.Context(), place, id.Map{}, 10)
		if diff := cmp.Diff(want, got); err != nil || !done || diff != "" {
			t.Errorf("%s: %v, %v\n%s", place, done, err, diff)
		}
	}
	none := []store.Behind{{Map: one, Head: 5, Since: at(1)}, {Map: two, Head: 5, Since: at(1)}}
	want("a", none...)
	must(t, s.NoteShipped(t.Context(), "a", map[id.Map]uint64{one: 3, two: 5}))
	want("a", store.Behind{Map: one, Head: 5, Seq: 3, Since: at(4)})
	want("b", none...)
	must(t, s.NoteShipped(t.Context(), "a", map[id.Map]uint64{one: 5}))
	want("a")
	must(t, s.NoteShipped(t.Context(), "a", map[id.Map]uint64{one: 2})) // it never goes back
	want("a")
	for place, has := range map[string]uint64{"a": 5, "b": 0} {
		if got, err := s.Shipped(t.Context(), place, one); err != nil || got != has {
			t.Errorf("%s has %d, %v; want %d", place, got, err, has)
		}
	}
}
