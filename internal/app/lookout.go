package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/audit"
	"plectica/internal/deliver"
	"plectica/internal/fault"
	"plectica/internal/lookout"
	"plectica/internal/mail"
	"plectica/internal/remedy"
	"plectica/internal/throttle"
	"plectica/internal/watch"
)

const (
	// alertCode is what mails to operators call what the watch noticed.
	alertCode = "watch"
	// alertBurst mails of a severity come at once, and one more each alertEach: the inbox has
	// the rest.
	alertBurst = 3
	alertEach  = 20 * time.Minute
	// percent is how finely records tell a score.
	percent = 100
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
		Raised: s.raised,
		Answer: func(ctx context.Context, a lookout.Alert, do []watch.Answer) error {
			return s.remedy.ByItself(ctx, a, do)
		},
		Tell: func(ctx context.Context, a lookout.Alert) error {
			found.WithLabelValues(string(a.Kind), string(a.Severity)).Inc()
			s.log.LogAttrs(ctx, slog.LevelWarn, "the watch noticed something", slog.String("kind", string(a.Kind)), slog.String("severity", string(a.Severity)))
			// Many warnings leave the critical ones theirs.
			if a.Severity == watch.Notice || mails.Take(now(), string(a.Severity)) > 0 {
				return nil
			}
			return s.mailOperators(ctx, mail.Alarm{Event: mail.Event{When: now()}, What: []string{alertCode}})
		},
	})
}

// raised records what was noticed: so it is delivered wherever records are.
func (s *server) raised(ctx context.Context, a lookout.Alert) error {
	e := audit.Event{
		Act: audit.AlertRaised, By: audit.Who{Kind: audit.Server}, On: remedy.ObjectOf(&a), Org: a.Org, Code: string(a.Kind),
	}
	if who, err := a.Account(ctx, s.audit); err == nil {
		e.To = audit.OfAccount(who)
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	e.Add("score", uint64(a.Score*percent))
	e.Add("times", uint64(a.Times))
	return s.audit.Write(ctx, &e)
}

// openRemedy makes what does something about what was noticed.
func (s *server) openRemedy(now func() time.Time) {
	s.remedy = remedy.New(remedy.Config{
		Log: s.ledger, Alerts: s.lookout, Accounts: s.accounts, Share: s.share, Brake: s.brake, Audit: s.audit, Now: now,
	})
}

// deliveries says how records get elsewhere.
func (s *server) deliveries() []deliver.Status {
	out := make([]deliver.Status, len(s.streams))
	for i, v := range s.streams {
		out[i] = v.Status()
	}
	return out
}
