package layout_test

import (
	"testing"

	"plectica/internal/layout"
	"plectica/internal/layout/layouttest"
)

func BenchmarkUpdate(b *testing.B) {
	for _, c := range []struct {
		name  string
		cards int
	}{{"1k", 1000}, {"10k", 10_000}, {"50k", 50_000}} {
		b.Run(c.name, func(b *testing.B) {
			m := layouttest.Map(c.cards)
			l := layout.New(layout.NewNumbers())
			l.Update(m)
			b.ReportAllocs()
			for b.Loop() {
				l.Update(m)
			}
		})
	}
}
