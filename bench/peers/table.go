package main

import (
	"fmt"
	"slices"

	"plectica/internal/load"
)

// row returns a server's line of the table: the median of each figure.
func row(name string, all []load.Result) string {
	mid := func(f func(load.Result) float64) float64 {
		v := make([]float64, len(all))
		for i, r := range all {
			v[i] = f(r)
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	lost := 0
	for _, r := range all {
		lost += r.Lost + r.Duplicates + r.Unanswered
	}
	return fmt.Sprintf("| %s | %.0f | %.2f / %.2f | %.2f / %.2f | %.0f | %.2f | %.0f | %d | %.0f |", name,
		mid(func(r load.Result) float64 { return float64(r.Ops) / r.Seconds }),
		mid(func(r load.Result) float64 { return r.Cast.P50 }), mid(func(r load.Result) float64 { return r.Cast.P99 }),
		mid(func(r load.Result) float64 { return r.Ack.P50 }), mid(func(r load.Result) float64 { return r.Ack.P99 }),
		mid(func(r load.Result) float64 { return r.CPU }), mid(func(r load.Result) float64 { return r.CPUPer }),
		mid(func(r load.Result) float64 { return r.PerCPU }), lost,
		mid(func(r load.Result) float64 { return float64(r.MemoryEnd) / 1024 }))
}
