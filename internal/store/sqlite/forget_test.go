package sqlite

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"plectica/internal/store"
)

// TestForgottenKeys: AU-8. A key that was destroyed is nowhere in the files any more, once the
// store was closed.
func TestForgottenKeys(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), filepath.Join(dir, "db"))
	if err != nil {
		t.Fatal(err)
	}
	var keys []store.SubjectKey
	for i := range 200 {
		k := store.SubjectKey{Subject: store.Subject(fmt.Sprintf("day:%03d", i)), Alias: fmt.Sprintf("alias %d", i), Made: int64(i)}
		if _, err := rand.Read(k.Key[:]); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	if err := errors.Join(s.Append(t.Context(), []store.Batch{{Note: store.Note{Lines: [][]byte{[]byte("{}")}, Keys: keys}}})...); err != nil {
		t.Fatal(err)
	}
	for i := range keys {
		if i%3 == 0 {
			if err := s.ForgetSubject(t.Context(), keys[i].Subject); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	for i, k := range keys {
		if there := bytes.Contains(all, k.Key[:]); there != (i%3 != 0) {
			t.Fatalf("key %d is there: %v", i, there)
		}
	}
}
