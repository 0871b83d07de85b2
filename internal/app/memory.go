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
// of thousands of idle sockets, that would be the larger part of the memory; but
// while such a heap is busy, collecting it would be a fifth of the work.
const (
	smallHeap    = 32 << 20 // bytes in use
	smallPercent = 100
	largePercent = 40
	busyPercent  = 150
	heapEvery    = 5 * time.Second
	busyCycles   = 8 // collections in heapEvery that make a large heap busy
	quietCycles  = 1 // so many, or fewer, make it quiet again
)

// gcPercent returns what the collector's percentage should be after heapEvery with
// so many collections at the percentage before.
func gcPercent(live, cycles uint64, before int) int {
	switch {
	case live < smallHeap:
		return smallPercent
	case cycles >= busyCycles:
		return busyPercent
	case cycles > quietCycles && before == busyPercent:
		return busyPercent
	default:
		return largePercent
	}
}

// keepSmall adjusts the collector to the heap's size until ctx ends. An operator
// who set GOGC knows better.
func keepSmall(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	t := time.NewTicker(heapEvery)
	defer t.Stop()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(sample)
	for now, cycles := smallPercent, sample[1].Value.Uint64(); ; {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		metrics.Read(sample)
		was := now
		now = gcPercent(sample[0].Value.Uint64(), sample[1].Value.Uint64()-cycles, was)
		if now != was {
			debug.SetGCPercent(now)
		}
		if was == busyPercent && now < was {
			debug.FreeOSMemory() // or what piled up stays until the next collection is due, and longer
			metrics.Read(sample)
		}
		cycles = sample[1].Value.Uint64()
	}
}
