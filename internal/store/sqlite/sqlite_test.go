package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/sqlstore"
	"plectica/internal/store/storetest"
)

func open(t *testing.T) *sqlstore.Store {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "plectica.db"))
}

func openFile(t *testing.T, file string) *sqlstore.Store {
	t.Helper()
	s, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// TestContracts: AC-5, ME-1.
func TestContracts(t *testing.T) {
	storetest.All(t, func(t *testing.T) storetest.Everything { return open(t) })
}

// raw opens the file past all checks, to damage it.
func raw(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(file, readCacheKiB))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatal(err)
	}
}

func TestReadFindsGaps(t *testing.T) {
	for _, c := range []struct {
		name string
		gone int
	}{{"first", 1}, {"middle", 2}, {"last", 3}} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "plectica.db")
			s := openFile(t, file)
			m := id.Map{1}
			r, err := s.Acquire(t.Context(), m, "n")
			if err != nil {
				t.Fatal(err)
			}
			b := store.Batch{Map: m, Epoch: r.Epoch}
			for i := range uint64(3) {
				b.Rows = append(b.Rows, store.Row{Seq: i + 1, OpID: store.NewOpID(id.Client{1}, i), Data: []byte{1}})
			}
			if err := s.Append(t.Context(), []store.Batch{b})[0]; err != nil {
				t.Fatal(err)
			}
			mustExec(t, raw(t, file), `DELETE FROM op WHERE seq = $1`, c.gone)
			rows, err := s.Read(t.Context(), m, 0, 10)
			if !fault.Is(err, fault.Internal) {
				t.Errorf("%d rows, %v; want an error of kind internal", len(rows), err)
			}
		})
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plectica.db")
	openFile(t, file)
	n := len(known())
	mustExec(t, raw(t, file), `INSERT INTO schema (version, name, checksum, applied) VALUES ($1, 'later.sql', 'x', 0)`, n+1)
	_, err := Open(t.Context(), file)
	if err == nil || !strings.Contains(err.Error(), "newer Plectica") {
		t.Errorf("a newer schema: %v", err)
	}
}

func TestOtherMigrationIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plectica.db")
	openFile(t, file)
	mustExec(t, raw(t, file), `UPDATE schema SET checksum = 'x'`)
	_, err := Open(t.Context(), file)
	if err == nil || !strings.Contains(err.Error(), "not the one this program has") {
		t.Errorf("a changed migration: %v", err)
	}
}

func TestBadMigrationLeavesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plectica.db")
	db := raw(t, file)
	good := sqlstore.Migration{Version: 1, Name: "0001_a.sql", Text: `CREATE TABLE a (x INTEGER)`}
	bad := sqlstore.Migration{Version: 2, Name: "0002_b.sql", Text: `CREATE TABLE b (x INTEGER); CREATE TABLE a (x INTEGER)`}
	if err := sqlstore.Migrate(t.Context(), db, dialect(), []sqlstore.Migration{good, bad}, sqlstore.Alone); err == nil {
		t.Fatal("a bad migration passed")
	}
	var n int
	if err := db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM sqlite_master`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d objects left, %v", n, err)
	}
	if err := sqlstore.Migrate(t.Context(), db, dialect(), []sqlstore.Migration{good}, sqlstore.Alone); err != nil {
		t.Error(err)
	}
	bad.Text = `CREATE TABLE b (x INTEGER)`
	if err := sqlstore.Migrate(t.Context(), db, dialect(), []sqlstore.Migration{good, bad}, sqlstore.Alone); err != nil {
		t.Errorf("one step later: %v", err)
	}
}

func TestNotADatabaseIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plectica.db")
	db := raw(t, file)
	mustExec(t, db, `CREATE TABLE schema (version INTEGER, name TEXT, checksum TEXT)`)
	mustExec(t, db, `INSERT INTO schema VALUES (7, 'x', 'y')`)
	if _, err := Open(t.Context(), file); err == nil {
		t.Error("a schema with a hole passed")
	}
}

func TestVersions(t *testing.T) {
	for v, ok := range map[string]bool{
		"3.51.3": true, "3.53.4": true, "4.0.0": true,
		"3.51.2": false, "3.40.1": false, "2.8.17": false, "": false, "three": false,
	} {
		if err := checkVersion(v); (err == nil) != ok {
			t.Errorf("version %q: %v", v, err)
		}
	}
}

func TestReadersCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plectica.db")
	openFile(t, file)
	db, err := sql.Open("sqlite", dsn(file, readCacheKiB, "mode=ro", "_pragma=query_only(1)"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), `DELETE FROM room`); err == nil {
		t.Error("the reading pool can write")
	}
}

func TestSecondOpenKeepsData(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a b?c#d.db") // a path with characters that mean something in an address
	s, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetSetting(t.Context(), "k", "v"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := openFile(t, file).Setting(t.Context(), "k"); err != nil || got != "v" {
		t.Errorf("setting %q, %v", got, err)
	}
}

func TestEndedContextWritesNothing(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := s.Acquire(ctx, id.Map{1}, "n")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	b := store.Batch{Map: id.Map{1}, Epoch: r.Epoch, Rows: []store.Row{{Seq: 1, Data: []byte{1}}}}
	if err := s.Append(ctx, []store.Batch{b})[0]; !fault.Is(err, fault.Lost) {
		t.Errorf("append under an ended context: %v", err)
	}
}

// TestMoving: BK-4.
func TestMoving(t *testing.T) {
	storetest.Moving(t, func(t *testing.T) storetest.MovedStore { return open(t) }, func(t *testing.T, schema int) (store.Filler, func() storetest.MovedStore) {
		file := filepath.Join(t.TempDir(), "plectica.db")
		f, err := Fill(t.Context(), file, schema, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f, func() storetest.MovedStore {
			if err := Settle(t.Context(), file); err != nil {
				t.Fatal(err)
			}
			return openFile(t, file)
		}
	})
}

// TestRaise: after a restore every map's epoch is the same one, beyond all there were.
func TestRaise(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plectica.db")
	storetest.Raising(t, func() storetest.RaisedStore { return openFile(t, file) }, func(step, by uint64) error { return Raise(t.Context(), file, step, by) })
}
