package keyfile

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if _, err := Load(file, "key", "nothing opens", false); err == nil || !strings.Contains(err.Error(), "without which nothing opens") {
		t.Errorf("a missing file: %v", err)
	}
	made, err := Load(file, "key", "", true)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	first, ok := made.Key(1)
	if !ok || made.Current() != 1 || len(first) != Bytes {
		t.Errorf("made %+v", made)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// A line that is added is current; the older stays.
	if err := os.WriteFile(file, []byte(string(text)+"7 "+strings.Repeat("ab", Bytes)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := Load(file, "key", "", true)
	if err != nil || k.Current() != 7 {
		t.Fatalf("%+v, %v", k, err)
	}
	if key, ok := k.Key(1); !ok || !bytes.Equal(key, first) {
		t.Error("the first key is another now")
	}
	if _, ok := k.Key(2); ok {
		t.Error("a key from nowhere")
	}
	for _, damaged := range []string{"", "1", "1 zz", "0 " + strings.Repeat("ab", 32), "65536 " + strings.Repeat("ab", 32), "x " + strings.Repeat("ab", 32), "1 abcd"} {
		if err := os.WriteFile(file, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(file, "key", "", true); err == nil {
			t.Errorf("file %q passed", damaged)
		}
	}
}

// FuzzLoad: any file is read, or said to be damaged.
func FuzzLoad(f *testing.F) {
	f.Add("1 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		name := filepath.Join(dir, "key")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := Load(name, "key", "", false)
		if key, ok := k.Key(k.Current()); err == nil && (!ok || len(key) != Bytes) {
			t.Fatalf("key %d has %d bytes", k.Current(), len(key))
		}
	})
}
