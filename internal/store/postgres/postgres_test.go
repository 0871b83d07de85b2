package postgres_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plectica/internal/store"
	"plectica/internal/store/postgres"
	"plectica/internal/store/postgres/postgrestest"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
	"plectica/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }

func open(t *testing.T) *sqlstore.Store {
	t.Helper()
	return openAt(t, postgrestest.Get(t).Schema(t))
}

func openAt(t *testing.T, c postgres.Config) *sqlstore.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), c)
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

// TestMoving: BK-4.
func TestMoving(t *testing.T) {
	storetest.Moving(t, func(t *testing.T) storetest.MovedStore { return open(t) }, func(t *testing.T, schema int) (store.Filler, func() storetest.MovedStore) {
		return fill(t, postgrestest.Get(t).Schema(t), schema)
	})
}

func fill(t *testing.T, c postgres.Config, schema int) (store.Filler, func() storetest.MovedStore) {
	t.Helper()
	f, err := postgres.Fill(t.Context(), c, schema)
	if err != nil {
		t.Fatal(err)
	}
	return f, func() storetest.MovedStore {
		if err := errors.Join(postgres.Settle(t.Context(), c), postgres.Release(t.Context(), c)); err != nil {
			t.Fatal(err)
		}
		return openAt(t, c)
	}
}

// TestFromTheOtherEngine: all that SQLite keeps can be put here, and back.
func TestFromTheOtherEngine(t *testing.T) {
	lite := func(t *testing.T) storetest.MovedStore {
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "plectica.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	t.Run("here", func(t *testing.T) {
		storetest.Moving(t, lite, func(t *testing.T, schema int) (store.Filler, func() storetest.MovedStore) {
			return fill(t, postgrestest.Get(t).Schema(t), schema)
		})
	})
	t.Run("back", func(t *testing.T) {
		storetest.Moving(t, func(t *testing.T) storetest.MovedStore { return open(t) }, fillLite)
	})
}

func fillLite(t *testing.T, schema int) (store.Filler, func() storetest.MovedStore) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plectica.db")
	f, err := sqlite.Fill(t.Context(), file, schema, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f, func() storetest.MovedStore {
		if err := sqlite.Settle(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		s, err := sqlite.Open(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}

func TestRaise(t *testing.T) {
	c := postgrestest.Get(t).Schema(t)
	storetest.Raising(t, func() storetest.RaisedStore { return openAt(t, c) }, func(step, by uint64) error { return postgres.Raise(t.Context(), c, step, by) })
}

// TestUpgrade: BK-6. A database of the schema before is brought forward with what is in it.
func TestUpgrade(t *testing.T) {
	server := postgrestest.Get(t)
	c := server.For(t, "upgraded")
	name := strings.TrimPrefix(c.URL, server.URL("")+"&search_path=")
	s, err := postgres.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.SetSetting(t.Context(), "a", "kept"), s.Close()); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"DELETE FROM %s.schema WHERE version >= 8", "DROP TABLE %[1]s.audit, %[1]s.audit_head, %[1]s.audit_block, %[1]s.audit_seen, %[1]s.audit_checkpoint, %[1]s.audit_key, %[1]s.memory, %[1]s.alert, %[1]s.mute, %[1]s.deed, %[1]s.telling"} {
		server.Exec(t, fmt.Sprintf(text, name))
	}
	c.Fresh = false
	s = openAt(t, c)
	if v, err := s.Setting(t.Context(), "a"); err != nil || v != "kept" {
		t.Errorf("%q, %v", v, err)
	}
	if h, err := s.AuditHead(t.Context()); err != nil || h.Size != 0 {
		t.Errorf("%v, %v", h, err)
	}
}
