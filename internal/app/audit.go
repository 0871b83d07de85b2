package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/audit"
	"plectica/internal/backup"
	"plectica/internal/datadir"
	"plectica/internal/deliver"
	"plectica/internal/fault"
	"plectica/internal/ledger"
	"plectica/internal/operate"
	"plectica/internal/store"
)

// openAudit makes what records everything, and what keeps the records.
func (s *server) openAudit(ctx context.Context, now func() time.Time) error {
	s.reserve = s.dir.Reserve()
	keys, err := operate.AuditKeys(ctx, s.dir, s.store)
	if err != nil {
		return err
	}
	s.audit = audit.New(audit.Config{
		Store: s.store, Append: s.append, Now: now, OnError: s.fault,
		Written: s.wake,
	})
	s.ledger = ledger.New(ledger.Config{
		Store: s.store, Log: s.audit, Keys: keys, Keep: s.o.Config.Audit.Keep(), Now: now, OnError: s.fault,
		Told: func(ctx context.Context) (time.Time, error) { return s.history.Told(ctx) },
	})
	if err := s.openLookout(now); err != nil {
		return err
	}
	return s.openDeliveries(now)
}

// openDeliveries makes what takes the records elsewhere. Those of what was restored go nowhere
// until it is adopted: it may be a copy for trial.
func (s *server) openDeliveries(now func() time.Time) error {
	to, err := s.o.Config.Destinations()
	if err != nil || len(to) == 0 {
		return err
	}
	if _, err := os.Stat(s.dir.Path(datadir.Restored)); err == nil {
		s.fault(fault.New(fault.Conflict, "this was restored: no records are delivered until plectica backup adopt"))
		return nil
	}
	line, err := operate.LineOf(s.dir)
	if err != nil {
		return err
	}
	origin := s.ledger.Origin()
	if line != "" {
		origin += "/" + line // numbers come again after a restore
	}
	host, _ := os.Hostname() // none: syslog's messages say none
	s.streams, err = deliver.Open(deliver.Config{
		Destinations: to, Source: s.ledger, Memory: s.store, Origin: origin, Host: host, Now: now,
		OnError: func(name string, err error) {
			s.fault(fault.Wrap(fault.Internal, "deliver records to "+name, err))
		},
	})
	if err != nil {
		return err
	}
	for _, v := range s.streams {
		s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "plectica_delivery_behind_records", Help: "Records that a destination does not have yet.", ConstLabels: prometheus.Labels{"name": v.Status().Name},
		}, func() float64 { return float64(v.Status().Behind) }))
	}
	return nil
}

// wake tells whoever reads the log that there is more.
func (s *server) wake() {
	s.ledger.Written()
	for _, v := range s.streams {
		v.Wake()
	}
}

// reserveEvery is how often it is looked how much is left of the disk.
const reserveEvery = time.Second

// keepReserve holds some room of the disk until nothing else is left.
func (s *server) keepReserve(ctx context.Context) {
	t := time.NewTicker(reserveEvery)
	defer t.Stop()
	for was := false; ; {
		if err := s.reserve.Look(); err != nil {
			s.fault(err)
		}
		if low := s.reserve.Low(); low != was {
			was = low
			s.log.LogAttrs(ctx, slog.LevelError, "the last room of the disk is for operators alone", slog.Bool("from now on", low))
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// append makes a batch durable, unless it is an edit and the last room of the disk is left:
// that is for who can make some.
func (s *server) append(ctx context.Context, b store.Batch) error {
	if len(b.Rows) > 0 && s.reserve.Low() {
		return fault.New(fault.Busy, "the disk is full")
	}
	return s.committer.Append(ctx, b)
}

// configMemory is the name under which the configuration is known again.
const configMemory = "config"

// began records that the server began, and whether its configuration is another one than
// before. On a full disk it begins all the same: somebody has to be able to clear it.
func (s *server) began(ctx context.Context) {
	by := audit.Who{Kind: audit.Server}
	events := []*audit.Event{{Act: audit.ServerStart, By: by}}
	changed, sum, err := s.reconfigured(ctx)
	if err != nil {
		s.fault(err)
	}
	if changed {
		events = append(events, &audit.Event{Act: audit.ConfigChange, By: by})
	}
	if err := s.audit.Write(ctx, events...); err != nil {
		s.fault(err)
		return
	}
	if changed {
		if err := s.store.Remember(ctx, configMemory, sum); err != nil {
			s.fault(err)
		}
	}
}

// reconfigured reports whether the configuration is not the one it was, or the first.
func (s *server) reconfigured(ctx context.Context) (changed bool, sum []byte, err error) {
	var text bytes.Buffer
	if err := s.o.Config.Print(&text); err != nil {
		return false, nil, err
	}
	hash := sha256.Sum256(text.Bytes())
	was, err := s.store.Memory(ctx, configMemory)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, nil, err
	}
	return !bytes.Equal(was, hash[:]), hash[:], nil
}

// ended records what was counted, and that the server stopped, while it still can.
func (s *server) ended() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := s.audit.Flush(ctx); err != nil {
		s.fault(err)
	}
	if err := s.audit.Write(ctx, &audit.Event{Act: audit.ServerStop, By: audit.Who{Kind: audit.Server}}); err != nil {
		s.fault(err)
	}
}

// told are records of backups and drills that are in the audit log too.
type told struct {
	kept
	log *audit.Log
}

type kept = store.Records

// AddRecord implements store.Records.
func (t told) AddRecord(ctx context.Context, r store.Record) error {
	e := &audit.Event{By: audit.Who{Kind: audit.Server}, Result: audit.OK}
	switch r.Kind {
	case backup.KindBackup:
		e.Act = audit.BackupMade
	case backup.KindDrill:
		e.Act = audit.DrillDone
	default:
		return t.kept.AddRecord(ctx, r)
	}
	if !r.OK {
		e.Result, e.Code = audit.Failed, fault.Internal.String()
	}
	return t.kept.AddRecord(t.log.With(ctx, e), r)
}
