package backup

import (
	"crypto/rand"
	"database/sql"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/id"
	"plectica/internal/store"
)

// keep lets somebody keep something of so many bytes, which no compression makes smaller.
func keep(t *testing.T, st store.Accounts, name string, size int) {
	t.Helper()
	who := id.Account{9}
	if _, err := st.Account(t.Context(), who); err != nil {
		if err := st.CreateAccount(t.Context(), store.NewAccount{Account: store.Account{ID: who, Email: "nine@example.test"}}); err != nil {
			t.Fatal(err)
		}
	}
	b := make([]byte, size)
	_, _ = rand.Read(b) // it never fails
	if err := st.Keep(t.Context(), who, name, b, 100, 1<<30, 1); err != nil {
		t.Fatal(err)
	}
}

// TestLargeTables: they go whole, so no more of them a minute than is allowed; changes of
// maps go meanwhile, and how long the tables wait is told.
func TestLargeTables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newSite(t, 2)
		defer func() { _ = v.store.Close() }()
		ship := v.s.NewShipper(v.s.Further()[0], v.store)
		key, err := v.keys.Drill()
		if err != nil {
			t.Fatal(err)
		}
		step := func(after time.Duration, tables int) {
			t.Helper()
			time.Sleep(after)
			if err := ship.Ship(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := &collected{rows: make(map[id.Map]int)}
			if _, err := Replay(t.Context(), v.s.Further()[0], Private{key}, 0, got); err != nil || got.tables != tables {
				t.Errorf("the tables went %d times, not %d; %v", got.tables, tables, err)
			}
		}
		const size = 2 << 20
		for _, name := range []string{"a", "b", "c", "d"} {
			keep(t, v.store, name, size)
		}
		step(0, 1)
		keep(t, v.store, "e", 10)
		v.maps[0].Change(2, time.Millisecond)
		ship.Changed(v.maps[0].ID, 2)
		pace := 4 * size * time.Minute / tablesPerMinute // and a little more: in a segment bytes are text
		step(pace/2, 1)
		step(pace/4, 1)
		if got := ship.Age(); got != pace/4 {
			t.Errorf("they wait for %v", got)
		}
		if at, err := v.store.Shipped(t.Context(), "b", v.maps[0].ID); err != nil || at != 52 {
			t.Errorf("the map is there up to %d, %v", at, err)
		}
		step(pace, 2)
		if got := ship.Age(); got != 0 {
			t.Errorf("they wait for %v", got)
		}
		keep(t, v.store, "a", 10)
		step(2*pace, 3)
	})
}

// TestRowTooLarge: what nobody could read at the other end is not sent and told of; it is
// behind for all to see, and what can be sent is.
func TestRowTooLarge(t *testing.T) {
	w := newWorld(t, 2)
	keep(t, w.store, "a", 5<<20)
	db, err := sql.Open("sqlite", "file:"+w.file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	w.writer.Change(1, time.Millisecond)
	s := w.shipper()
	for range 3 {
		s.tables = time.Time{}
		if err := s.Ship(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.errs) != 1 || !strings.Contains(w.errs[0].Error(), "kept") || s.Age() == 0 {
		t.Errorf("%v, %v", w.errs, s.Age())
	}
	if a := w.arrived(); a.heads[w.writer.ID] != 11 || a.tables != 0 {
		t.Errorf("%+v", a)
	}
	w.writer.Change(1, time.Millisecond)
	if _, err := db.ExecContext(t.Context(), "UPDATE op SET data = zeroblob($1) WHERE map_id = $2 AND seq = 12", 5<<20, w.writer.ID[:]); err != nil {
		t.Fatal(err)
	}
	s.Changed(w.writer.ID, 1)
	if err := s.Ship(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(w.errs) != 2 || !strings.Contains(w.errs[1].Error(), "change 12") || w.arrived().heads[w.writer.ID] != 11 {
		t.Errorf("%v", w.errs)
	}
}
