package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/history"
	"plectica/internal/history/historytest"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/store/sqlstore"
)

// old makes a database of an earlier schema with real logs in it, and an account with a
// map as that schema had them. It returns the hash each map's log leads to.
func old(t *testing.T, file string, schema int) map[id.Map]string {
	t.Helper()
	now := time.UnixMilli(1_700_000_000_000)
	whole := openFile(t, filepath.Join(t.TempDir(), "whole.db"))
	want := make(map[id.Map]string)
	db, err := sql.Open("sqlite", dsn(file, writeCacheKiB, "_txlock=immediate", "_pragma=journal_mode(WAL)"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	defer func() { _ = db.Close() }()
	if err := sqlstore.Migrate(t.Context(), db, dialect(), known()[:schema], sqlstore.Alone); err != nil {
		t.Fatal(err)
	}
	exec := func(text string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatalf("schema %d: %v", schema, err)
		}
	}
	for n := range byte(3) {
		w := historytest.Open(t, whole, n, &now)
		w.Change(200, time.Second)
		rows, err := whole.Read(t.Context(), w.ID, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		hash := w.State.Hash().Bytes()
		want[w.ID] = fmt.Sprintf("%x", hash)
		exec(`INSERT INTO room (map_id, epoch, head, hash, node, node_addr, updated) VALUES ($1, 1, $2, $3, 'old', '', 5)`, w.ID[:], len(rows), hash[:])
		for _, r := range rows {
			exec(`INSERT INTO op (map_id, seq, op_id, actor, ts, data) VALUES ($1, $2, $3, $4, $5, $6)`, w.ID[:], int64(r.Seq), r.OpID[:], r.Actor[:], r.At, r.Data)
		}
		m := w.ID
		exec(`INSERT INTO account (id, email, name, operator, created, password, pepper) VALUES ($1, $2, 'Name', 0, 5, 'hash', 1)`, m[:], fmt.Sprintf("p%d@example.test", n))
		exec(`INSERT INTO map (id, title, created, updated, deleted) VALUES ($1, $2, 5, 6, 0)`, m[:], fmt.Sprintf("Map %d", n))
		if schema < 6 {
			exec(`INSERT INTO member (map_id, account, role, added) VALUES ($1, $1, 3, 5)`, m[:])
		} else {
			exec(`INSERT INTO within (thing, container) VALUES ($1, $1)`, m[:])
			exec(`INSERT INTO access (object, subject, role, added) VALUES ($1, $1, 4, 5)`, m[:])
		}
	}
	return want
}

// TestUpgradeFromEverySchema: BK-6. From each schema there ever was, with real data, to
// this one: every log folds to its hash, and everybody owns what they owned.
func TestUpgradeFromEverySchema(t *testing.T) {
	for schema := 1; schema <= len(known()); schema++ {
		t.Run(fmt.Sprint(schema), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "plectica.db")
			want := old(t, file, schema)
			if n, err := SchemaOf(t.Context(), file); err != nil || n != schema {
				t.Fatalf("schema %d, %v", n, err)
			}
			s := openFile(t, file)
			past := history.Source{Store: s}
			got := make(map[id.Map]string)
			for m := range want {
				rec, err := s.Room(t.Context(), m)
				if err != nil {
					t.Fatal(err)
				}
				r, err := past.Open(t.Context(), seq.Config{Map: m}, rec)
				if err != nil {
					t.Fatal(err)
				}
				got[m] = fmt.Sprintf("%x", r.State().Hash().Bytes())
				list, err := s.ListMaps(t.Context(), id.Account(m), false, 10)
				if err != nil || len(list) != 1 || list[0].Map.ID != m || list[0].Role.String() != "own" {
					t.Errorf("maps of their owner: %v, %v", list, err)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("states\n%s", diff)
			}
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestFailedUpgradeLeavesTheOld: BK-6. A migration that fails in the middle leaves the
// database as it was, for the program that wrote it.
func TestFailedUpgradeLeavesTheOld(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plectica.db")
	const schema = 6
	want := old(t, file, schema)
	before := dump(t, file)
	all := append(known(), sqlstore.Migration{Version: len(known()) + 1, Name: "9999_broken.sql", Text: "DELETE FROM op; DROP TABLE account; SELECT nonsense FROM nowhere"})
	db, err := sql.Open("sqlite", dsn(file, writeCacheKiB, "_txlock=immediate"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if err := sqlstore.Migrate(t.Context(), db, dialect(), all, sqlstore.Alone); err == nil || !strings.Contains(err.Error(), "9999_broken") {
		t.Errorf("the broken migration: %v", err)
	}
	if err := sqlstore.Migrate(t.Context(), db, dialect(), known()[:schema], sqlstore.Alone); err != nil { // as the old program does at its start
		t.Errorf("the old program: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, dump(t, file)); diff != "" {
		t.Errorf("the data differs\n%s", diff)
	}
	if len(want) != 3 {
		t.Error("no data")
	}
}

// dump returns everything in a file, whatever its schema, as text.
func dump(t *testing.T, file string) (out []string) {
	t.Helper()
	err := ViewOf(t.Context(), file, func(v store.View) error {
		n, err := v.Schema(t.Context())
		if err != nil {
			return err
		}
		out = append(out, fmt.Sprint("schema ", n))
		list, err := v.Tables(t.Context())
		for _, x := range list {
			err = errors.Join(err, v.Rows(t.Context(), x, func(values []any) error {
				out = append(out, fmt.Sprint(x.Name, values))
				return nil
			}))
		}
		return errors.Join(err, v.Heads(t.Context(), func(r store.RoomRecord) error {
			return v.Log(t.Context(), r.Map, func(row store.Row) error {
				out = append(out, fmt.Sprintf("%v %d %x", r.Map, row.Seq, row.Data))
				return nil
			})
		}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
