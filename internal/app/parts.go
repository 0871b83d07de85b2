package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/account"
)

// openAccounts makes what knows people.
func (s *server) openAccounts(ctx context.Context, now func() time.Time) (*account.Service, error) {
	c := s.o.Config
	return account.New(ctx, account.Config{
		Store:      s.store,
		PepperFile: s.dir.Path(pepperFile),
		SealFile:   s.dir.Path(sealFile),
		SiteName:   siteName,
		Origins:    s.origins.get,
		Mail:       s.mail,
		Breached:   breached(c, s.o.Version),
		SignUp:     account.Policy(c.SignUp),
		Changed:    s.board.Flush,
		OnError:    s.fault,
		Now:        now,
	})
}

// observeCommits counts what the committer does.
func observeCommits(r prometheus.Registerer) func(rows, batches int, took time.Duration) {
	rows := prometheus.NewCounter(prometheus.CounterOpts{Name: "plectica_commit_rows_total", Help: "Log rows committed or refused."})
	batches := prometheus.NewCounter(prometheus.CounterOpts{Name: "plectica_commit_batches_total", Help: "Rooms' batches joined into commits."})
	seconds := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "plectica_commit_seconds", Help: "How long a commit of the log took.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
	})
	r.MustRegister(rows, batches, seconds)
	return func(r, b int, took time.Duration) {
		rows.Add(float64(r))
		batches.Add(float64(b))
		seconds.Observe(took.Seconds())
	}
}
