package dir

import (
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"plectica/internal/blob"
	"plectica/internal/fault"
)

// TestFullDisk: where there is no more room, nothing half is left, and what fits is kept.
func TestFullDisk(t *testing.T) {
	path := t.TempDir()
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("a small disk needs the right to mount: ", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	b, err := OpenBucket(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := create(t, b, "before"); err != nil {
		t.Fatal(err)
	}
	endless := readFunc(func(p []byte) (int, error) { clear(p); return len(p), nil })
	_, err = b.Create(t.Context(), "large", io.Reader(endless), blob.CreateOptions{})
	if !fault.Is(err, fault.Limit) {
		t.Errorf("on a full disk: %v", err)
	}
	if err := create(t, b, "after"); err != nil {
		t.Errorf("after a full disk: %v", err)
	}
	if diff := cmp.Diff([]string{"after", "before"}, files(t, b)); diff != "" {
		t.Error(diff)
	}
}
