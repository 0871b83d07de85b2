package app

import "testing"

// TestGCPercent: only a large heap is kept tight.
func TestGCPercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 100, smallHeap - 1: 100, smallHeap: 40, 1 << 34: 40} {
		if got := gcPercent(live); got != want {
			t.Errorf("%d bytes in use: %d %%, want %d", live, got, want)
		}
	}
}
