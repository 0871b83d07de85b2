// Package durability says how safe everything is that people made: how old the oldest
// change is that is in no snapshot, when a backup was last made and restored for trial,
// what a further place does not have yet; and it raises an alarm when one of them is not as
// it should be. It keeps nothing safe itself. Safe for concurrent use.
package durability

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"plectica/internal/backup"
	"plectica/internal/clock"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/store"
)

// Code names what an alarm is about, for words in every language and for metrics.
type Code string

// The alarms.
const (
	SnapshotsLate   Code = "snapshots_late"
	SnapshotDamaged Code = "snapshot_damaged"
	LogBroken       Code = "log_broken"
	BackupFailed    Code = "backup_failed"
	BackupLate      Code = "backup_late"
	BackupsOff      Code = "backups_off"
	DrillFailed     Code = "drill_failed"
	DrillLate       Code = "drill_late"
	ShippingLate    Code = "shipping_late"
	ClockAhead      Code = "clock_ahead"
	// These two are told on the operator's page alone: nothing has happened yet.
	KeyUnsaved Code = "key_unsaved"
	OnePlace   Code = "one_place"
)

// Codes returns all of them.
func Codes() []Code {
	return []Code{SnapshotsLate, SnapshotDamaged, LogBroken, BackupFailed, BackupLate, BackupsOff, DrillFailed, DrillLate, ShippingLate, ClockAhead, KeyUnsaved, OnePlace}
}

// Urgent reports whether something has gone wrong, and the operators get a mail.
func (c Code) Urgent() bool { return c != KeyUnsaved && c != OnePlace && c != BackupsOff }

const (
	// lateSnapshot is how old a change in no snapshot may be; the promise is a minute.
	lateSnapshot = 5 * time.Minute
	// lateShip is how old a change may be that a further place does not have.
	lateShip = 5 * time.Minute
	// farAhead is by how much the clock may be ahead of what passed: a server that was off
	// for as long has caught up within hours.
	farAhead = 3 * 24 * time.Hour
	// lateDaily is how long ago what is done daily may be.
	lateDaily = 27 * time.Hour
	// grace is how long a server may run before what was never done is missing.
	grace = lateDaily
	// lookEvery is how often it is looked.
	lookEvery = time.Minute
	// Operators who could not be told of an alarm are told again while it lasts: after
	// retryFirst, which doubles each time up to retryMost.
	retryFirst = time.Minute
	retryMost  = time.Hour
	// noteEvery is how often it is noted how long changes waited.
	noteEvery = time.Hour
	// week is how far back the worst is told, weekNotes how many notes that can be.
	week      = 7 * 24 * time.Hour
	weekNotes = 1000
	// keepNotes is how long notes are kept.
	keepNotes = 90 * 24 * time.Hour
	// kindNote is the kind of record that says how long changes waited.
	kindNote = "snapshots"
)

// Alarm is something that is not as it should be.
type Alarm struct {
	Code  Code
	Since time.Time // when it was first seen
}

// Config is what a Service is made of.
type Config struct {
	History  *history.Service
	Backups  *backup.Service
	Shippers []*backup.Shipper
	Records  store.Records
	// Drills says whether there are to be drills here.
	Drills bool
	// Raised, when set, hears of alarms that are new and urgent, and once more while they
	// last if it fails.
	Raised  func(ctx context.Context, alarms []Code) error
	Now     func() time.Time
	OnError func(error)
}

// Service looks after it.
type Service struct {
	c     Config
	began time.Time

	mu     sync.Mutex
	alarms []Alarm

	// What follows is for Run alone.
	untold []Code
	fails  int       // to tell, in a row
	next   time.Time // not before
}

// New returns a service; Run does its work.
func New(c Config) *Service { return &Service{c: c, began: time.Now()} }

// note is how long the longest change waited for its snapshot, in some time.
type note struct {
	Worst  float64 `json:"worst"` // seconds
	Made   uint64  `json:"made"`
	Failed uint64  `json:"failed"`
}

// Ship is how far behind a further place is.
type Ship struct {
	Place string
	Age   time.Duration
}

// Report is how safe everything is.
type Report struct {
	// Snapshots: how old the oldest change is that is in none, and the longest that one
	// waited in a week.
	Age, WorstOfWeek time.Duration
	Stats            history.Stats
	Clock            clock.Lead
	Backup           *backup.Status
	Ships            []Ship
	Alarms           []Alarm
}

// Report returns it.
func (s *Service) Report(ctx context.Context) (*Report, error) {
	status, err := s.c.Backups.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := &Report{Age: s.c.History.Age(), Stats: s.c.History.Stats(), Clock: s.c.History.Clock(), Backup: status, Ships: s.ships()}
	if out.WorstOfWeek, err = s.worst(ctx); err != nil {
		return nil, err
	}
	out.WorstOfWeek = max(out.WorstOfWeek, s.c.History.Worst())
	// As it is now: who has just done something about an alarm is not told of it again.
	codes := s.codes(status)
	s.mu.Lock()
	defer s.mu.Unlock()
	out.Alarms, _ = s.since(codes)
	return out, nil
}

// Raised reports whether there is an alarm.
func (s *Service) Raised(c Code) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.alarms, func(a Alarm) bool { return a.Code == c })
}

func (s *Service) ships() []Ship {
	var out []Ship
	for _, v := range s.c.Shippers {
		out = append(out, Ship{v.Place(), v.Age()})
	}
	return out
}

// worst returns the longest that a change waited in a week, as far as it was noted.
func (s *Service) worst(ctx context.Context) (time.Duration, error) {
	list, err := s.c.Records.Records(ctx, kindNote, weekNotes)
	if err != nil {
		return 0, err
	}
	since := s.c.Now().Add(-week).UnixMilli()
	worst := 0.0
	for _, r := range list {
		var n note
		if err := json.Unmarshal(r.Data, &n); err != nil {
			return 0, fault.Wrap(fault.Internal, "a record is damaged", err)
		}
		if r.At >= since {
			worst = max(worst, n.Worst)
		}
	}
	return time.Duration(worst * float64(time.Second)), nil
}

// Run looks until ctx ends.
func (s *Service) Run(ctx context.Context) {
	look, keep := time.NewTicker(lookEvery), time.NewTicker(noteEvery)
	defer look.Stop()
	defer keep.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			err = s.look(ctx)
		case <-keep.C:
			err = s.note(ctx)
		}
		if err != nil && ctx.Err() == nil && s.c.OnError != nil {
			s.c.OnError(err)
		}
	}
}

// note keeps how long changes waited.
func (s *Service) note(ctx context.Context) error {
	stats, now := s.c.History.Stats(), s.c.Now()
	n := note{Worst: s.c.History.TakeWorst().Seconds(), Made: stats.Made, Failed: stats.Failed}
	data, err := json.Marshal(n)
	if err != nil {
		return fault.Wrap(fault.Internal, "write a record", err)
	}
	err = s.c.Records.AddRecord(ctx, store.Record{Kind: kindNote, At: now.UnixMilli(), OK: n.Worst <= lateSnapshot.Seconds(), Data: data})
	if err != nil {
		return err
	}
	return s.c.Records.DropRecords(ctx, kindNote, now.Add(-keepNotes).UnixMilli())
}

// look compares what is with what should be, and tells of what is new.
func (s *Service) look(ctx context.Context) error {
	status, err := s.c.Backups.Status(ctx)
	if err != nil {
		return err
	}
	codes := s.codes(status)
	return s.tell(ctx, codes, s.set(codes))
}

// tell tells of what is new, and of what could not be told and lasts.
func (s *Service) tell(ctx context.Context, codes, fresh []Code) error {
	s.untold = slices.DeleteFunc(s.untold, func(c Code) bool { return !slices.Contains(codes, c) })
	s.untold = append(s.untold, fresh...)
	waits := len(fresh) == 0 && time.Now().Before(s.next)
	if len(s.untold) == 0 || waits || s.c.Raised == nil {
		return nil
	}
	err := s.c.Raised(ctx, s.untold)
	if err != nil {
		s.next = time.Now().Add(min(retryFirst<<min(s.fails, 10), retryMost))
		s.fails++
		return err
	}
	s.untold, s.fails = nil, 0
	return nil
}

// set keeps the alarms there are, and returns the urgent ones among those that are new.
func (s *Service) set(codes []Code) (fresh []Code) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alarms, fresh = s.since(codes)
	return fresh
}

// since says since when each is known, and which of the urgent ones were not yet. mu is
// held.
func (s *Service) since(codes []Code) (out []Alarm, fresh []Code) {
	for _, c := range codes {
		i := slices.IndexFunc(s.alarms, func(a Alarm) bool { return a.Code == c })
		if i >= 0 {
			out = append(out, s.alarms[i])
			continue
		}
		out = append(out, Alarm{c, s.c.Now()})
		if c.Urgent() {
			fresh = append(fresh, c)
		}
	}
	return out, fresh
}

// codes returns what is not as it should be.
func (s *Service) codes(b *backup.Status) (out []Code) {
	add := func(c Code, wrong bool) {
		if wrong {
			out = append(out, c)
		}
	}
	ailing, now, up := s.c.History.Ailing(), s.c.Now(), time.Since(s.began)
	add(SnapshotsLate, s.c.History.Age() > lateSnapshot)
	add(SnapshotDamaged, ailing.Snapshots > 0)
	add(LogBroken, ailing.Logs > 0)
	add(ClockAhead, s.c.History.Clock().Ahead > farAhead)
	late := func(at int64) bool {
		return at == 0 && up > grace || at > 0 && now.Sub(time.UnixMilli(at)) > lateDaily
	}
	if len(b.Places) == 0 {
		add(BackupsOff, true)
	} else {
		add(BackupFailed, b.Made != nil && !b.MadeOK)
		add(BackupLate, late(b.MadeAt))
		add(OnePlace, len(b.Places) == 1)
		add(KeyUnsaved, !b.Saved)
	}
	if s.c.Drills && len(b.Places) > 0 {
		add(DrillFailed, b.Drilled != nil && !b.DrillOK)
		add(DrillLate, late(b.DrillAt))
	}
	for _, v := range s.ships() {
		add(ShippingLate, v.Age > lateShip && !slices.Contains(out, ShippingLate))
	}
	return out
}
