package load

import (
	"fmt"
	"strings"
)

// Table returns a result for people.
func (r Result) Table() string {
	var b strings.Builder
	row := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "%-28s"+format+"\n", append([]any{what}, args...)...)
	}
	row("clients", "%d maps x (%d writers, %d readers)", r.Maps, r.Writers, r.Readers)
	row("ops", "%d in %.1f s (%.0f/s)", r.Ops, r.Seconds, float64(r.Ops)/r.Seconds)
	row("deliveries", "%d in %d messages", r.Deliveries, r.Messages)
	row("ack p50/p99/p99.9/max", "%s ms", r.Ack)
	row("broadcast p50/p99/p99.9/max", "%s ms", r.Cast)
	row("lost, duplicate, unanswered", "%d, %d, %d; %d connections cut", r.Lost, r.Duplicates, r.Unanswered, r.Cut)
	if r.MemoryEnd > 0 {
		row("server CPU", "%.0f ms/s, %.1f us a delivery, %.0f deliveries a CPU second", r.CPU, r.CPUPer, r.PerCPU)
		row("server memory", "%d KB empty, %d connected (%.1f a connection), %d at the end",
			r.MemoryStart, r.MemoryIdle, r.PerConnection, r.MemoryEnd)
	}
	if r.Heap > 0 {
		row("of it, connected", "%.0f KB heap, %.0f KB stacks", r.Heap, r.Stacks)
	}
	if r.CommitRows > 0 {
		row("a commit", "%.1f rows of %.1f maps in %.2f ms", r.CommitRows, r.CommitBatches, r.CommitMillis)
	}
	if r.Bare != nil {
		row("the bare driver", "%.0f rows/s with the same batches; the server reaches %.0f %% of it", r.Bare.RowsPerSecond, 100*r.Bare.Share)
	}
	if u := r.Undisturbed; u != nil {
		row("undisturbed ack, broadcast", "%s; %s ms", u.Ack, u.Cast)
	}
	return b.String()
}

// String returns the percentiles on one line.
func (l Latency) String() string {
	return fmt.Sprintf("%.2f / %.2f / %.2f / %.2f", l.P50, l.P99, l.P999, l.Max)
}
