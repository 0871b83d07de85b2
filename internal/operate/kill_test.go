package operate

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"plectica/internal/blob/dir"
	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/history/historytest"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/postgres/postgrestest"
	"plectica/internal/store/sqlite"
)

// childVariable makes this test binary restore, instead of testing: archive, key, directory
// and the database's URL follow.
const childVariable = "OPERATE_RESTORE"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(postgrestest.Main(m))
	}
	c := config.Default()
	c.Data, c.Database.URL = os.Args[3], os.Args[4]
	keys, err := ReadKeys(c, os.Args[2])
	if err == nil {
		_, err = Restore(context.Background(), c, Archives{File: os.Args[1]}, keys)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// installation is a data directory with some maps and files, and an archive of it.
func installation(t *testing.T) (c config.Config, archive string) {
	t.Helper()
	c = config.Default()
	c.Data = filepath.Join(t.TempDir(), "data")
	blobs, err := dir.Open(filepath.Join(c.Data, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	st, err := sqlite.Open(t.Context(), filepath.Join(c.Data, "plectica.db"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for n := range byte(8) {
		w := historytest.Open(t, st, n, &now)
		if err := st.CreateMap(t.Context(), store.Map{ID: w.ID, Title: "m"}, id.Account{1}); err != nil {
			t.Fatal(err)
		}
		w.Change(400, time.Millisecond)
		h, size, err := blobs.Put(t.Context(), bytes.NewReader(bytes.Repeat([]byte{n, 7}, 200_000)), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if err := st.AddFile(t.Context(), store.File{Map: w.ID, Hash: h, Kind: "x", Size: size}, store.FileUse{Files: 9, Bytes: 1 << 30}); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return c, archiveOf(t, c)
}

// TestRestoreIsKilled: BK-4. Killed at any moment, again and again, a restore goes on; until
// it has ended well nothing takes the directory for data, and then it is what it was.
func TestRestoreIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Run("in a file", func(t *testing.T) { killRestore(t, "", 70) })
	t.Run("in PostgreSQL", func(t *testing.T) { killRestore(t, postgrestest.Get(t).Schema(t).URL, 200) })
}

// killRestore kills restores after at most so many milliseconds: less than all of it takes.
func killRestore(t *testing.T, url string, longest int) {
	c, archive := installation(t)
	want, err := Verify(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(c.Data, "keys", "drill.key")
	rng := rand.New(rand.NewPCG(1, 2))
	to := filepath.Join(t.TempDir(), "to")
	run := func(patience time.Duration) bool {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, os.Args[0], archive, key, to, url) // killed when the time is over
		cmd.Env = append(os.Environ(), childVariable+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil && ctx.Err() == nil {
			t.Fatalf("it does not go on: %v: %s", err, out)
		}
		// Killed after all was done, it has only not said so.
		done := there(filepath.Join(to, datadir.Restored)) && !there(filepath.Join(to, restoringFile))
		return err == nil || done
	}
	killed := 0
	for range 25 {
		if run(time.Duration(rng.IntN(longest)) * time.Millisecond) {
			break
		}
		killed++
	}
	if killed == 25 && !run(time.Minute) {
		t.Fatal("it does not end")
	}
	c.Data, c.Database.URL = to, url
	got, err := Verify(t.Context(), c, nil)
	if err != nil || len(got.Bad) > 0 {
		t.Fatalf("%v, %v", err, got.Bad)
	}
	for m, hash := range want.States {
		if got.States[m] != hash {
			t.Errorf("map %v has another state", m)
		}
	}
	if got.Maps != want.Maps || got.Rows != want.Rows || got.Files != want.Files {
		t.Errorf("%d maps, %d changes, %d files; want %d, %d, %d", got.Maps, got.Rows, got.Files, want.Maps, want.Rows, want.Files)
	}
	if _, err := os.Stat(filepath.Join(to, restoringFile)); err == nil {
		t.Error("it says that it is still being restored")
	}
	if killed == 0 {
		t.Error("it was never killed")
	}
	t.Logf("killed %d times", killed)
}
