package load

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// A histogram's buckets: each power of two of nanoseconds in so many parts, so
// that a figure is off by 3 % at most.
const (
	partBits = 5
	parts    = 1 << partBits
	buckets  = (64 - partBits + 1) * parts
)

// histogram counts durations. It is safe for concurrent use.
type histogram struct {
	counts [buckets]atomic.Uint64
	top    atomic.Int64
}

func bucketOf(d time.Duration) int {
	v := uint64(max(d, 0))
	if v < parts {
		return int(v)
	}
	shift := bits.Len64(v) - 1 - partBits
	return (shift+1)*parts + int(v>>shift) - parts
}

// boundOf returns the largest duration of a bucket.
func boundOf(i int) time.Duration {
	if i < parts {
		return time.Duration(i)
	}
	shift := i/parts - 1
	return time.Duration((uint64(i%parts+parts)+1)<<shift - 1)
}

func (h *histogram) add(d time.Duration) {
	h.counts[bucketOf(d)].Add(1)
	for {
		old := h.top.Load()
		if int64(d) <= old || h.top.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}

// Latency are the percentiles of one kind of wait, in milliseconds.
type Latency struct {
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

func (h *histogram) latency() Latency {
	return Latency{P50: h.at(0.5), P99: h.at(0.99), P999: h.at(0.999), Max: millis(time.Duration(h.top.Load()))}
}

// at returns a percentile in milliseconds, 0 when nothing was counted.
func (h *histogram) at(share float64) float64 {
	total := uint64(0)
	for i := range h.counts {
		total += h.counts[i].Load()
	}
	if total == 0 {
		return 0
	}
	want := max(1, uint64(share*float64(total)+0.5))
	seen := uint64(0)
	for i := range h.counts {
		if seen += h.counts[i].Load(); seen >= want {
			return millis(min(boundOf(i), time.Duration(h.top.Load())))
		}
	}
	return millis(time.Duration(h.top.Load()))
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
