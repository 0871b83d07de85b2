package app

import "testing"

// TestGCPercent: a large heap is kept tight unless it is busy, and then until it is
// quiet.
func TestGCPercent(t *testing.T) {
	for _, c := range []struct {
		live, cycles uint64
		before, want int
	}{
		{0, 100, smallPercent, smallPercent},
		{smallHeap - 1, 0, busyPercent, smallPercent},
		{smallHeap, 0, smallPercent, largePercent},
		{1 << 34, busyCycles - 1, largePercent, largePercent},
		{1 << 34, busyCycles, largePercent, busyPercent},
		{1 << 34, busyCycles, smallPercent, busyPercent},
		{1 << 34, quietCycles + 1, busyPercent, busyPercent},
		{1 << 34, quietCycles, busyPercent, largePercent},
	} {
		if got := gcPercent(c.live, c.cycles, c.before); got != c.want {
			t.Errorf("%d bytes in use, %d collections at %d %%: %d %%, want %d", c.live, c.cycles, c.before, got, c.want)
		}
	}
}
