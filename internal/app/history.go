package app

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/history"
	"plectica/internal/operate"
	"plectica/internal/render"
)

// openHistory makes what keeps the pasts of maps.
func (s *server) openHistory(now func() time.Time) (*history.Service, error) {
	place, err := operate.OpenPlace(s.o.Config, s.o.Config.History.Place)
	if err != nil {
		return nil, err
	}
	h := history.New(history.Config{Store: s.store, Settings: s.store, Objects: place, Policy: s.o.Config.History.Policy(), Picture: render.SVG, Now: now, OnError: s.fault})
	observeHistory(s.metrics, h)
	return h, nil
}

// observeHistory shows how far behind snapshots are.
func observeHistory(r prometheus.Registerer, h *history.Service) {
	r.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Name: "plectica_snapshot_age_seconds", Help: "Age of the oldest change that is in no snapshot."},
		func() float64 { return h.Age().Seconds() }))
	r.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Name: "plectica_clock_ahead_seconds", Help: "By how much the clock is ahead of what passed while the server ran; so much later is taken away what is old."},
		func() float64 { return h.Clock().Ahead.Seconds() }))
	for _, c := range []struct {
		name, help string
		of         func(history.Stats) uint64
	}{
		{"plectica_snapshots_total", "Snapshots made.", func(s history.Stats) uint64 { return s.Made }},
		{"plectica_snapshots_failed_total", "Snapshots that could not be made, and were tried again.", func(s history.Stats) uint64 { return s.Failed }},
		{"plectica_snapshots_damaged_total", "Snapshots found not to be what was written.", func(s history.Stats) uint64 { return s.Damaged }},
		{"plectica_logs_broken_total", "Logs of maps found not to fold to their hash.", func(s history.Stats) uint64 { return s.Broken }},
	} {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: c.name, Help: c.help}, func() float64 { return float64(c.of(h.Stats())) }))
	}
}
