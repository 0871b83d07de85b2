package operate

import (
	"strings"
	"testing"

	"plectica/internal/blob"
	"plectica/internal/fault"
)

// TestDrillIsBounded: contents and snapshots take no more than there is for them.
func TestDrillIsBounded(t *testing.T) {
	target, err := landing{path: t.TempDir(), most: 4000, contents: 1000}.target()
	if err != nil {
		t.Fatal(err)
	}
	put := func(n int) error {
		_, _, err := target.Blobs.Put(t.Context(), strings.NewReader(strings.Repeat("x", n)), int64(n))
		return err
	}
	if err := put(900); err != nil {
		t.Error(err)
	}
	if err := put(200); !fault.Is(err, fault.Limit) {
		t.Errorf("contents: %v", err)
	}
	create := func(key string, n int) error {
		_, err := target.Snapshots.Create(t.Context(), key, strings.NewReader(strings.Repeat("x", n)), blob.CreateOptions{})
		return err
	}
	if err := create("a", 900); err != nil {
		t.Error(err)
	}
	if err := create("b", 200); !fault.Is(err, fault.Limit) {
		t.Errorf("snapshots: %v", err)
	}
}

// TestForeignFiles: an archive writes nothing but what archives have.
func TestForeignFiles(t *testing.T) {
	target, err := landing{path: t.TempDir()}.target()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"restoring.db", "restoring.json", "plectica.db", "blobs/00/x", "line", "lock"} {
		if err := target.WriteFile(name, []byte("x")); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := target.WriteFile("acme/x/y", []byte("x")); err != nil {
		t.Error(err)
	}
}
