package operate

import (
	"path/filepath"
	"testing"
	"time"

	"plectica/internal/authz"
	"plectica/internal/history/historytest"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
)

// replaying is a replay into an empty store, and a map with changes for it.
func replaying(t *testing.T, to time.Time, change func(w *historytest.Writer, now *time.Time)) (*replay, id.Map, []store.Row) {
	t.Helper()
	from, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "from.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = from.Close() })
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "to.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	now := time.UnixMilli(1_800_000_000_000)
	w := historytest.Open(t, from, 1, &now)
	change(w, &now)
	rows, err := from.Read(t.Context(), w.ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return &replay{st: st, to: to.UnixMilli(), rooms: make(map[id.Map]*seq.Room), gaps: make(map[id.Map]bool), over: make(map[id.Map]bool)}, w.ID, rows
}

// TestUpToATimeByAClockThatWasSetBack: what follows the first change after the time is left
// out, and is no gap.
func TestUpToATimeByAClockThatWasSetBack(t *testing.T) {
	r, m, rows := replaying(t, time.UnixMilli(1_800_000_000_000).Add(10*time.Minute), func(w *historytest.Writer, now *time.Time) {
		w.Change(20, time.Minute)
		*now = now.Add(-time.Hour)
		w.Change(20, time.Minute)
	})
	for len(rows) > 0 { // as they come in segments
		n := min(7, len(rows))
		if err := r.Log(t.Context(), m, "", rows[:n]); err != nil {
			t.Fatal(err)
		}
		rows = rows[n:]
	}
	if rec, err := r.st.Room(t.Context(), m); err != nil || rec.Head != 11 || len(r.gaps) != 0 {
		t.Errorf("head %d, %v, %v", rec.Head, err, r.gaps)
	}
}

// TestAdopt: a map of which nothing was told but its changes is of who made the first one.
func TestAdopt(t *testing.T) {
	r, m, rows := replaying(t, time.UnixMilli(1<<50), func(w *historytest.Writer, _ *time.Time) { w.Change(40, time.Second) })
	for i := byte(1); i <= 3; i++ {
		if err := r.st.CreateAccount(t.Context(), store.NewAccount{Account: store.Account{ID: id.Account{i}, Email: string('a'+i) + "@example.test"}}); err != nil {
			t.Fatal(err)
		}
	}
	for rows[0].Actor == rows[len(rows)-1].Actor {
		rows = rows[:len(rows)-1]
	}
	if err := r.Log(t.Context(), m, "", rows); err != nil {
		t.Fatal(err)
	}
	if err := r.adopt(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := r.st.Map(t.Context(), m)
	if err != nil || got.Created != rows[0].At {
		t.Fatalf("%+v, %v", got, err)
	}
	if list, err := r.st.Reasons(t.Context(), store.OfMap(m), 10); err != nil || len(list) != 1 || list[0].Role != authz.Own || list[0].Subject.ID != rows[0].Actor {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestOlderTablesAreLeft: BK-7. Tables that were sent before the archive was made, or after the
// time that is wanted, do not take the place of the archive's own.
func TestOlderTablesAreLeft(t *testing.T) {
	r := &replay{since: 100, to: 200, db: inFile{}}
	for _, at := range []int64{99, 201} {
		if err := r.Tables(t.Context(), at, r.db.Newest(), []store.Rows{{}}); err != nil || r.tables != nil {
			t.Errorf("at %d: %v, %v", at, r.tables, err)
		}
	}
	if err := r.Tables(t.Context(), 150, r.db.Newest(), []store.Rows{{}}); err != nil || r.tables == nil {
		t.Errorf("%v, %v", r.tables, err)
	}
}
