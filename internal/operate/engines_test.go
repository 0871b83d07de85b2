package operate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/archive"
	"plectica/internal/config"
	"plectica/internal/fault"
	"plectica/internal/store/postgres/postgrestest"
)

// archiveOf makes an archive of an installation and returns where it is.
func archiveOf(t *testing.T, c config.Config) string {
	t.Helper()
	b, done, err := Backups(t.Context(), c, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = done() }()
	made, err := b.Create(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if drill, err := b.Drill(t.Context()); err != nil || drill.Maps != made.MapCount {
		t.Errorf("the drill: %+v, %v", drill, err)
	}
	return filepath.Join(c.Data, "backups", filepath.FromSlash(made.Key))
}

// restoreOf restores an archive to an empty directory, and to a database beside it if one
// is named.
func restoreOf(t *testing.T, archive, key, url string) config.Config {
	t.Helper()
	c := config.Default()
	c.Data, c.Database.URL = filepath.Join(t.TempDir(), "to"), url
	keys, err := ReadKeys(c, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), c, Archives{File: archive}, keys); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestBetweenEngines: BK-4. From one engine to the other and back, by archives: every map
// is in the state it was in, and all the rest is there.
func TestBetweenEngines(t *testing.T) {
	server := postgrestest.Get(t)
	lite, archive := installation(t)
	want, err := Verify(t.Context(), lite, nil)
	if err != nil || len(want.Bad) > 0 || len(want.States) == 0 {
		t.Fatal(err, want.Bad)
	}
	same := func(c config.Config) {
		t.Helper()
		got, err := Verify(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("it differs\n%s", diff)
		}
	}
	key := filepath.Join(lite.Data, "keys", "drill.key")
	pg := restoreOf(t, archive, key, server.Schema(t).URL)
	same(pg)
	archive = archiveOf(t, pg)
	same(restoreOf(t, archive, filepath.Join(pg.Data, "keys", "drill.key"), ""))
	same(restoreOf(t, archive, filepath.Join(pg.Data, "keys", "drill.key"), server.Schema(t).URL))
}

// TestOneDatabase: BK-8. A data directory and its database belong together; the one without the
// other is not taken for a new installation.
func TestOneDatabase(t *testing.T) {
	server := postgrestest.Get(t)
	lite, archive := installation(t)
	c := lite
	c.Database.URL = server.Schema(t).URL
	refused := func(c config.Config, part string) {
		t.Helper()
		db, err := DatabaseOf(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Open(t.Context()); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), part) {
			t.Errorf("%v", err)
		}
	}
	refused(c, "a database of its own")
	pg := restoreOf(t, archive, filepath.Join(lite.Data, "keys", "drill.key"), server.Schema(t).URL)
	alone := pg
	alone.Database = config.Database{}
	refused(alone, "PostgreSQL")

	// With the URL of an empty one, as by a typing error, or of another's: what lies in the
	// directory would be nobody's, and swept away.
	wrong := pg
	wrong.Database.URL = server.Schema(t).URL
	refused(wrong, "is empty")
	other := restoreOf(t, archive, filepath.Join(lite.Data, "keys", "drill.key"), server.Schema(t).URL)
	wrong.Database.URL = other.Database.URL
	refused(wrong, "another data directory")

	// Nor is a database with something in it filled, however often that is tried.
	again := config.Default()
	again.Data, again.Database = filepath.Join(t.TempDir(), "again"), pg.Database
	keys, err := ReadKeys(lite, "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := Restore(t.Context(), again, Archives{File: archive}, keys); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "another data directory") {
			t.Errorf("over another: %v", err)
		}
	}
}

// begin begins a restore as if it were killed then.
func begin(t *testing.T, c config.Config, h archive.Head) {
	t.Helper()
	if err := os.Mkdir(c.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := DatabaseOf(c)
	if err != nil {
		t.Fatal(err)
	}
	target, err := landing{path: c.Data, db: db}.target()
	if err != nil {
		t.Fatal(err)
	}
	f, err := target.Begin(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestRestoresApart: BK-4. A restore that was interrupted goes on from its own directory
// alone; another one to the same database is refused, also the second time.
func TestRestoresApart(t *testing.T) {
	url := postgrestest.Get(t).Schema(t).URL
	lite, file := installation(t)
	keys, err := ReadKeys(lite, "")
	if err != nil {
		t.Fatal(err)
	}
	one, two := config.Default(), config.Default()
	one.Data, one.Database.URL = filepath.Join(t.TempDir(), "one"), url
	two.Data, two.Database.URL = filepath.Join(t.TempDir(), "two"), url
	m, _, _, err := VerifyArchive(t.Context(), lite, Archives{File: file}, keys)
	if err != nil {
		t.Fatal(err)
	}
	begin(t, one, m.Head)
	for range 2 {
		if _, err := Restore(t.Context(), two, Archives{File: file}, keys); !fault.Is(err, fault.Conflict) {
			t.Errorf("another directory: %v", err)
		}
	}
	if _, err := Restore(t.Context(), one, Archives{File: file}, keys); err != nil {
		t.Errorf("the same goes on: %v", err)
	}
}
