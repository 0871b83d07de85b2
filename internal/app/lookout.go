package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/lookout"
	"plectica/internal/mail"
	"plectica/internal/throttle"
	"plectica/internal/watch"
)

const (
	// alertCode is what mails to operators call what the watch noticed.
	alertCode = "watch"
	// alertBurst mails of it come at once, and one more each alertEach: the inbox has the rest.
	alertBurst = 3
	alertEach  = 20 * time.Minute
)

// openLookout makes what watches the audit log.
func (s *server) openLookout(now func() time.Time) {
	found := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "plectica_alerts_total", Help: "What was noticed in the audit log and told, by kind and severity.",
	}, []string{"kind", "severity"})
	s.metrics.MustRegister(found)
	mails := throttle.New(throttle.Rate{Burst: alertBurst, Every: alertEach})
	s.lookout = lookout.New(lookout.Config{
		Log: s.ledger, Store: s.store, Now: now, OnError: s.fault,
		Tell: func(ctx context.Context, a lookout.Alert) error {
			found.WithLabelValues(string(a.Kind), string(a.Severity)).Inc()
			s.log.LogAttrs(ctx, slog.LevelWarn, "the watch noticed something", slog.String("kind", string(a.Kind)), slog.String("severity", string(a.Severity)))
			if a.Severity == watch.Notice || mails.Take(now(), "") > 0 {
				return nil
			}
			return s.mailOperators(ctx, mail.Alarm{Event: mail.Event{When: now()}, What: []string{alertCode}})
		},
	})
}
