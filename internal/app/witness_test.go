package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"plectica/internal/operate"
	"plectica/internal/witness"
)

// copyDir copies a data directory that nobody uses.
func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	// What a key file is made with is not what a copy has.
	err := filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWitness: the witness of a real server sees its log grow, over restarts; one that is
// brought back to an older directory is found, and the witness's file finds it too.
func TestWitness(t *testing.T) {
	if onPostgres() {
		t.Skip("a directory that is copied has its database in it: only SQLite")
	}
	dir := t.TempDir()
	c := testConfig(t, filepath.Join(dir, "data"))
	w := witness.Config{Dir: filepath.Join(dir, "witness")}
	r := start(t, c, nil)
	r.first(t)
	_, made := r.do(t, "POST", "/api/v1/account/tokens", `{"name":"witness","scope":"read","days":30}`)
	w.Token, _ = made["token"].(string)
	look := func(r *running) witness.Verdict {
		t.Helper()
		w.URL, w.Roots = r.origin, r.pool
		one, err := witness.New(w)
		if err != nil {
			t.Fatal(err)
		}
		v, err := one.Step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := one.Close(); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := look(r); v.Kind != witness.Grew || v.Pinned == "" {
		t.Fatalf("%v", v)
	}
	if v := look(r); v.Kind != witness.Grew || !v.OK() {
		t.Fatalf("to be asked is a record: %v", v)
	}
	r.end(t)
	copyDir(t, c.Data, filepath.Join(dir, "older"))

	r = start(t, c, nil)
	for range 20 {
		r.do(t, "GET", "/api/v1/site", "")
	}
	if v := look(r); v.Kind != witness.Grew || !v.OK() || v.Is.Size < v.Was.Size+20 {
		t.Fatalf("over a restart: %v", v)
	}
	r.end(t)
	kept, err := os.ReadFile(filepath.Join(w.Dir, "current", "checkpoints"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := operate.VerifyAudit(t.Context(), c, "", operate.Kept{File: kept})
	if err != nil || len(got.Bad) > 0 || got.Checkpoints < 3 {
		t.Fatalf("%+v, %v", got, err)
	}

	older := c
	older.Data = filepath.Join(dir, "older")
	r = start(t, older, nil)
	if v := look(r); v.Kind != witness.Shrank || len(v.Evidence) != 1 {
		t.Fatalf("%v", v)
	}
	r.end(t)
	if got, err := operate.VerifyAudit(t.Context(), older, "", operate.Kept{File: kept}); err != nil || len(got.Bad) == 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
