package datadir

import (
	"os"
	"testing"
)

// TestReserve: AU-3. Some room is held while there is enough, let go when there is none, and
// held again.
func TestReserve(t *testing.T) {
	d, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := d.Reserve()
	left := int64(0)
	r.free = func(string) (int64, error) { return left, nil }
	for i, c := range []struct {
		left      int64
		low, held bool
	}{
		{1 << 20, false, false},  // nothing was held
		{80 << 20, false, false}, // a little is not enough
		{200 << 20, false, true},
		{100 << 20, false, true},
		{20 << 20, false, true},
		{10 << 20, true, false},
		{74 << 20, true, false}, // what was let go is not enough by itself
		{500 << 20, false, true},
	} {
		left = c.left
		if err := r.Look(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(r.path)
		if held := err == nil && info.Size() == ReserveBytes; held != c.held || r.Low() != c.low {
			t.Errorf("%d: held %v, low %v, want %+v", i, held, r.Low(), c)
		}
	}
	if again := d.Reserve(); !again.held || again.Low() {
		t.Error("it is not known again after a restart")
	}
	left = 1 << 20
	if err := r.Look(); err != nil {
		t.Fatal(err)
	}
	if again := d.Reserve(); again.held || !again.Low() {
		t.Error("that it was let go is not known again after a restart")
	}
}
