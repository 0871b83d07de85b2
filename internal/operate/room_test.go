package operate

import (
	"bytes"
	"testing"

	"plectica/internal/blob"
	"plectica/internal/blob/blobtest"
	"plectica/internal/blob/dir"
	"plectica/internal/fault"
)

func TestRoomyIsABucket(t *testing.T) {
	blobtest.Buckets(t, func(t *testing.T) blob.Bucket {
		b, err := dir.OpenBucket(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return newRoomy(b, t.TempDir())
	})
}

// TestLastRoomIsForTheMaps: what is kept beside the log never takes the disk's last room,
// neither when it begins nor in the middle, and leaves nothing.
func TestLastRoomIsForTheMaps(t *testing.T) {
	b, err := dir.OpenBucket(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := newRoomy(b, "")
	free := int64(reserve - 1)
	r.free = func(string) (int64, error) { return free, nil }
	if _, err := r.Create(t.Context(), "a", bytes.NewReader([]byte("x")), blob.CreateOptions{}); !fault.Is(err, fault.Limit) {
		t.Errorf("without room: %v", err)
	}
	left := int64(3 * lookAgain)
	r.free = func(string) (int64, error) { left -= lookAgain; return reserve + left, nil }
	if _, err := r.Create(t.Context(), "b", bytes.NewReader(make([]byte, 5*lookAgain)), blob.CreateOptions{}); !fault.Is(err, fault.Limit) {
		t.Errorf("in the middle: %v", err)
	}
	if list, err := r.List(t.Context(), "", "", 10); err != nil || len(list) != 0 {
		t.Errorf("left: %v, %v", list, err)
	}
}
