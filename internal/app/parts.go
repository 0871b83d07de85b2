package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/account"
	"plectica/internal/backup"
	"plectica/internal/datadir"
	"plectica/internal/durability"
	"plectica/internal/mail"
	"plectica/internal/operate"
	"plectica/internal/share"
)

// openAccounts makes what knows people.
func (s *server) openAccounts(ctx context.Context, now func() time.Time) (*account.Service, error) {
	c := s.o.Config
	return account.New(ctx, account.Config{
		Store:      s.store,
		PepperFile: s.dir.Path(datadir.Pepper),
		SealFile:   s.dir.Path(datadir.Seal),
		SiteName:   siteName,
		Origins:    s.origins.get,
		Mail:       s.mail,
		Breached:   breached(c, s.o.Version),
		SignUp:     account.Policy(c.SignUp),
		Changed:    s.board.Flush,
		Forget:     s.audit.Forget,
		Brake:      s.brake,
		OnError:    s.fault,
		Now:        now,
	})
}

// openBackups makes what keeps everything elsewhere too.
func (s *server) openBackups(now func() time.Time) (err error) {
	if s.keys, err = backup.OpenKeys(s.dir.Path(datadir.Keys), s.o.Config.Backup.RecoveryKey); err != nil {
		return err
	}
	k := &operate.Keeping{
		Config: s.o.Config, Version: s.o.Version, Dir: s.dir, View: s.store.View, Records: told{s.store, s.audit}, Keys: s.keys,
		Brought: s.store.NoteShipped, Now: now, OnError: s.fault,
	}
	if s.backups, err = k.Open(); err != nil {
		return err
	}
	observeBackups(s.metrics, s.backups)
	for _, p := range s.backups.Further() {
		ship := s.backups.NewShipper(p, s.store)
		s.shippers = append(s.shippers, ship)
		s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "plectica_ship_age_seconds", Help: "Age of the oldest change that a further place does not have.", ConstLabels: prometheus.Labels{"place": p.Name},
		}, func() float64 { return ship.Age().Seconds() }))
	}
	return nil
}

// openSafety makes what looks whether everything is as safe as it should be.
func (s *server) openSafety(now func() time.Time) *durability.Service {
	out := durability.New(durability.Config{
		History: s.history, Backups: s.backups, Shippers: s.shippers, Records: s.store, Drills: operate.Clock(s.o.Config.Backup.DrillAt) >= 0,
		Raised: s.alarm, Now: now, OnError: s.fault,
	})
	for _, c := range durability.Codes() {
		s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "plectica_alarm", Help: "Whether something is not as it should be: 1, 0.", ConstLabels: prometheus.Labels{"code": string(c)},
		}, func() float64 {
			if out.Raised(c) {
				return 1
			}
			return 0
		}))
	}
	return out
}

// alarm tells the operators, by the log and by mail. The error means that nobody could be told.
func (s *server) alarm(ctx context.Context, codes []durability.Code) error {
	what := make([]string, len(codes))
	for i, c := range codes {
		what[i] = string(c)
	}
	s.log.LogAttrs(ctx, slog.LevelError, "alarm", slog.Any("what", what))
	return s.mailOperators(ctx, mail.Alarm{Event: mail.Event{When: time.Now()}, What: what})
}

// mailOperators writes to all of them. The error means that nobody could be told; whoever alone
// could not is noted.
func (s *server) mailOperators(ctx context.Context, letter mail.Letter) error {
	var errs error
	told := false
	for after := ""; ; {
		list, err := s.store.ListAccounts(ctx, "", after, alarmPage)
		if err != nil {
			return errors.Join(errs, err)
		}
		for _, a := range list {
			if a.Operator && a.Locked == 0 {
				err := s.mail.Send(ctx, mail.English, a.Email, letter)
				told = told || err == nil
				errs = errors.Join(errs, err)
			}
			after = a.Email
		}
		if len(list) == alarmPage {
			continue
		}
		if told && errs != nil {
			s.fault(errs)
			return nil
		}
		return errs
	}
}

// alarmPage is how many accounts are looked at at once for operators.
const alarmPage = 200

// observeBackups shows when a backup was last made, and restored for trial.
func observeBackups(r prometheus.Registerer, b *backup.Service) {
	const patience = 5 * time.Second
	gauge := func(name, help string, of func(*backup.Status) float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			s, err := b.Status(ctx)
			if err != nil {
				return -1
			}
			return of(s)
		}))
	}
	gauge("plectica_backup_timestamp_seconds", "When the last backup was made that went well; 0: never, -1: unknown.",
		func(s *backup.Status) float64 { return float64(s.MadeAt) / 1000 })
	gauge("plectica_drill_timestamp_seconds", "When the last drill was; 0: never, -1: unknown.",
		func(s *backup.Status) float64 { return float64(s.DrillAt) / 1000 })
	gauge("plectica_drill_ok", "Whether the last drill went well: 1, 0; -1: unknown.", func(s *backup.Status) float64 {
		if s.DrillOK {
			return 1
		}
		return 0
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

// openShare makes what maps are shared by.
func (s *server) openShare(now func() time.Time) *share.Service {
	c := s.o.Config
	return share.New(share.Config{
		Store:     s.store,
		Passwords: s.accounts,
		Changed:   s.board.Flush,
		CopyLog:   s.copyWhole(),
		Fill:      s.rooms.Fill,
		OnError:   s.fault,
		Proven:    s.mail.Enabled(), Now: now,
		MapsPerAccount: c.Limits.MapsPerAccount,
		MembersPerMap:  c.Limits.MembersPerMap,
	})
}
