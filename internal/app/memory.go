package app

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// How much garbage may pile up beside what is in use, in percent. A small heap
// may double: collecting it often would cost more than it saves. In a large one,
// of thousands of idle sockets, that would be the larger part of the memory.
const (
	smallHeap    = 32 << 20 // bytes in use
	smallPercent = 100
	largePercent = 40
	heapEvery    = 5 * time.Second
)

func gcPercent(live uint64) int {
	if live < smallHeap {
		return smallPercent
	}
	return largePercent
}

// keepSmall adjusts the collector to the heap's size until ctx ends. An operator
// who set GOGC knows better.
func keepSmall(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	t := time.NewTicker(heapEvery)
	defer t.Stop()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for now := smallPercent; ; {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		metrics.Read(sample)
		if want := gcPercent(sample[0].Value.Uint64()); want != now {
			debug.SetGCPercent(want)
			now = want
		}
	}
}
