package dir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plectica/internal/blob"
	"plectica/internal/blob/blobtest"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "blobs [1]")) // no pattern
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) (blob.Store, blobtest.Damage) {
		s := open(t)
		return s, func(t *testing.T, h blob.Hash) {
			b, err := os.ReadFile(s.file(h))
			if err != nil {
				t.Fatal(err)
			}
			b[len(b)/2] ^= 1
			if err := os.WriteFile(s.file(h), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestCrashLeavesNothingHalf: ME-2. A file that a crash left half written is gone when the
// store opens, one that was cut short is damaged, and strangers' files are no contents.
func TestCrashLeavesNothingHalf(t *testing.T) {
	s := open(t)
	h, _, err := s.Put(t.Context(), strings.NewReader("rain"), 10)
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(s.path, newPrefix+"1")
	for _, name := range []string{half, filepath.Join(filepath.Dir(s.file(h)), "notes.txt"), filepath.Join(filepath.Dir(s.file(h)), strings.Repeat("0", 64))} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = Open(s.path); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(half); err != nil {
		t.Errorf("who only looks takes away what another writes: %v", err)
	}
	if err := s.Clean(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Errorf("what was half written is still there: %v", err)
	}
	list, err := s.List(t.Context(), blob.Hash{}, 10)
	if err != nil || len(list) != 1 || list[0].Hash != h {
		t.Errorf("list %v, %v", list, err)
	}
	if err := os.Truncate(s.file(h), 2); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), h); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a content that was cut short: %v", err)
	}
	info, err := os.Stat(s.path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v: others may look in", info.Mode(), err)
	}
}
