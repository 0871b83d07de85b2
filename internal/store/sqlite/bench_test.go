package sqlite

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"plectica/internal/store/storetest"
)

func BenchmarkAppend(b *testing.B) {
	for _, l := range storetest.Loads() {
		b.Run(l.Name, func(b *testing.B) {
			s, err := Open(b.Context(), filepath.Join(b.TempDir(), "db"))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			cpu := cpuTime(b)
			storetest.BenchAppend(b, s, l, func() {
				b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/float64(l.Maps*l.Rows*b.N), "cpu-us/row")
			})
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
