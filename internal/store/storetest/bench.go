package storetest

import (
	"testing"

	"plectica/internal/id"
	"plectica/internal/store"
)

// Load is how much one transaction of a benchmark appends.
type Load struct {
	Name       string
	Maps, Rows int
}

// Loads are a busy map's batch, and many quiet maps' joined in one transaction.
func Loads() []Load {
	return []Load{{"one map, 1 row", 1, 1}, {"one map, 256 rows", 1, 256}, {"200 maps, 1 row each", 200, 1}, {"200 maps, 5 rows each", 200, 5}}
}

// BenchAppend measures transactions of a load; more reports further figures of its own.
func BenchAppend(b *testing.B, s store.Log, l Load, more func()) {
	batches := make([]store.Batch, l.Maps)
	for i := range batches {
		m := id.Map{byte(i), byte(i >> 8), 1}
		rec, err := s.Acquire(b.Context(), m, "bench")
		if err != nil {
			b.Fatal(err)
		}
		batches[i] = store.Batch{Map: m, Epoch: rec.Epoch}
	}
	b.ResetTimer()
	for b.Loop() {
		for i := range batches {
			next(&batches[i], l.Rows)
		}
		for _, err := range s.Append(b.Context(), batches) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(l.Maps*l.Rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	more()
}

// next makes the next rows of a map, by fifty clients in turn.
func next(b *store.Batch, n int) {
	b.Head += uint64(len(b.Rows))
	b.Rows = b.Rows[:0]
	for i := range n {
		seq := b.Head + uint64(i) + 1
		client := id.Client{byte(seq % 50 * 5), 7}
		b.Rows = append(b.Rows, store.Row{Seq: seq, OpID: store.NewOpID(client, seq/50+1), At: 1, Data: make([]byte, 60)})
	}
}
