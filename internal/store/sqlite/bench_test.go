package sqlite

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"plectica/internal/id"
	"plectica/internal/store"
)

// BenchmarkAppend is a busy map's batch, and many quiet maps' joined in one
// transaction. The time is of a transaction.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name       string
		maps, rows int
	}{{"one map, 1 row", 1, 1}, {"one map, 256 rows", 1, 256}, {"200 maps, 1 row each", 200, 1}, {"200 maps, 5 rows each", 200, 5}} {
		b.Run(c.name, func(b *testing.B) {
			s, err := Open(b.Context(), filepath.Join(b.TempDir(), "db"))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			batches := make([]store.Batch, c.maps)
			for i := range batches {
				m := id.Map{byte(i), byte(i >> 8), 1}
				rec, err := s.Acquire(b.Context(), m, "bench")
				if err != nil {
					b.Fatal(err)
				}
				batches[i] = store.Batch{Map: m, Epoch: rec.Epoch}
			}
			b.ResetTimer()
			cpu := cpuTime(b)
			for b.Loop() {
				for i := range batches {
					grow(&batches[i], c.rows)
				}
				for _, err := range s.Append(b.Context(), batches) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(c.maps*c.rows*b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/float64(c.maps*c.rows*b.N), "cpu-us/row")
		})
	}
}

// cpuTime is what this process has used: on a shared machine the clock says less.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// grow makes the next rows of a map, by fifty clients in turn.
func grow(b *store.Batch, n int) {
	b.Head += uint64(len(b.Rows))
	b.Rows = b.Rows[:0]
	for i := range n {
		seq := b.Head + uint64(i) + 1
		client := id.Client{byte(seq % 50 * 5), 7}
		b.Rows = append(b.Rows, store.Row{Seq: seq, OpID: store.NewOpID(client, seq/50+1), At: 1, Data: make([]byte, 60)})
	}
}
