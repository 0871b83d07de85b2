package datadir

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"plectica/internal/fault"
)

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Unlock() })
	return d
}

func TestSecondLockNamesTheHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	first, second := open(t, path), open(t, path)
	if err := first.Lock(); err != nil {
		t.Fatal(err)
	}
	err := second.Lock()
	if !fault.Is(err, fault.Conflict) {
		t.Fatalf("a second lock: %v", err)
	}
	for _, want := range []string{"process " + strconv.Itoa(os.Getpid()), filepath.Base(os.Args[0]), path, "--data"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := second.Lock(); err != nil {
		t.Errorf("after the first is gone: %v", err)
	}
}

// TestKilledHolder holds the lock in another process and kills it.
func TestKilledHolder(t *testing.T) {
	if dir := os.Getenv("DATADIR_HOLD"); dir != "" {
		d := open(t, dir)
		if err := d.Lock(); err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString("locked\n")
		select {}
	}
	path := filepath.Join(t.TempDir(), "data")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestKilledHolder")
	cmd.Env = append(os.Environ(), "DATADIR_HOLD="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	d := open(t, path)
	if err := d.Lock(); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "process "+strconv.Itoa(cmd.Process.Pid)) {
		t.Errorf("while it runs: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed: an error is expected
	if err := d.Lock(); err != nil {
		t.Errorf("after kill -9: %v", err)
	}
}

func TestDirectoryIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "data")
	open(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestExisting(t *testing.T) {
	if _, err := Existing(t.TempDir()); !fault.Is(err, fault.NotFound) {
		t.Errorf("an empty directory: %v", err)
	}
}
