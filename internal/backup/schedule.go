package backup

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"plectica/internal/fault"
	"plectica/internal/store"
)

const (
	// lookEvery is how often it is looked whether something is due.
	lookEvery = time.Minute
	// firstAfter is when a server that has no backup makes one.
	firstAfter = 10 * time.Minute
	// againAfter is when what failed is tried again.
	againAfter = 20 * time.Minute
	// day is how often both are due.
	day = 24 * time.Hour
)

// Ask asks for a backup or a drill now. It returns fault.Busy while one is under way.
func (s *Service) Ask(kind string) error {
	select {
	case s.asked <- kind:
		return nil
	default:
		return fault.New(fault.Busy, "a backup or a drill is under way already")
	}
}

// Busy reports whether one is under way.
func (s *Service) Busy() bool {
	if !s.mu.TryLock() {
		return true
	}
	s.mu.Unlock()
	return len(s.asked) > 0
}

// Waiting reports whether a recovery key waits to be saved.
func (s *Service) Waiting() bool {
	_, err := s.c.Keys.Unsaved()
	return err == nil
}

// UnsavedKey returns the recovery key that waits to be saved, as a file, and its public
// half. It returns fault.Gone when none does.
func (s *Service) UnsavedKey() (file, public string, err error) {
	k, err := s.c.Keys.Unsaved()
	if err != nil {
		return "", "", err
	}
	return KeyFile(k), k.Recipient().String(), nil
}

// NoteSaved is told that somebody has saved the recovery key with a public half, and asks
// for an archive that it opens.
func (s *Service) NoteSaved(public string) error {
	if err := s.c.Keys.NoteSaved(public); err != nil {
		return err
	}
	_ = s.Ask(KindBackup) // if one is under way, the next one is
	return nil
}

// RenewKey makes another recovery key, which waits to be saved.
func (s *Service) RenewKey() error { return s.c.Keys.Renew() }

// Run makes backups and drills by the clock until ctx ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	backup := &job{kind: KindBackup, at: s.c.At, run: func(ctx context.Context) error { return s.pruned(ctx, s.daily(ctx)) }}
	drill := &job{kind: KindDrill, at: s.c.DrillAt, run: func(ctx context.Context) error { _, err := s.Drill(ctx); return err }}
	if len(s.c.Places) == 0 {
		backup.at, drill.at = -1, -1
	}
	if s.c.Scratch == nil {
		drill.at = -1
	}
	began := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case kind := <-s.asked:
			s.failed(ctx, s.answer(ctx, kind))
			continue
		case <-tick.C:
		}
		for _, j := range []*job{backup, drill} {
			s.failed(ctx, s.tend(ctx, j, time.Since(began)))
		}
	}
}

// answer does what somebody asked for.
func (s *Service) answer(ctx context.Context, kind string) (err error) {
	if kind == KindDrill {
		_, err = s.Drill(ctx)
		return err
	}
	_, err = s.Create(ctx, busyShare)
	return s.pruned(ctx, err)
}

// pruned takes old archives away once there is a new one.
func (s *Service) pruned(ctx context.Context, err error) error {
	if err == nil {
		_, err = s.Prune(ctx)
	}
	return err
}

// daily makes the day's archive. One that is made, and that a place did not take, is brought
// there: making another one each time would fill the places that work.
func (s *Service) daily(ctx context.Context) error {
	m, err := last[Made](ctx, s, KindBackup)
	if err != nil {
		return err
	}
	if m == nil || m.OK || m.v.Error != "" || due(s.c.Now(), m.v.Created, s.c.At) {
		_, err = s.Create(ctx, busyShare)
		return err
	}
	return s.bringAgain(ctx, &m.v)
}

// failed reports an error unless it is the end's.
func (s *Service) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		s.report(err)
	}
}

// job is something that is due once a day.
type job struct {
	kind  string
	at    time.Duration // after midnight; negative: never
	run   func(context.Context) error
	tried time.Time // by the process's own clock; zero: not yet
}

// tend runs a job if it is due.
func (s *Service) tend(ctx context.Context, j *job, up time.Duration) error {
	if j.at < 0 || up < firstAfter || !j.tried.IsZero() && time.Since(j.tried) < againAfter {
		return nil
	}
	last, err := s.lastGood(ctx, j.kind)
	if err != nil || !due(s.c.Now(), last, j.at) {
		return err
	}
	if j.kind == KindDrill { // not before there is something to drill
		made, err := s.lastGood(ctx, KindBackup)
		if err != nil || made == 0 {
			return err
		}
	}
	j.tried = time.Now()
	return j.run(ctx)
}

// due reports whether a job that is done daily at a time was last done before that time
// was last come to.
func due(now time.Time, last int64, at time.Duration) bool {
	y, m, d := now.Date()
	mark := time.Date(y, m, d, 0, 0, 0, 0, now.Location()).Add(at)
	if mark.After(now) {
		mark = mark.Add(-day)
	}
	return time.UnixMilli(last).Before(mark)
}

const (
	// lookBack is how many records are looked through for the last that went well.
	lookBack = 100
	// ahead is how far a clock may be set back before what was done by it counts for nothing.
	ahead = time.Hour
)

// done returns the last records of a kind, newest first, without those that the clock says
// are yet to come: it was wrong, and they would hide all that follows until then.
func (s *Service) done(ctx context.Context, kind string) ([]store.Record, error) {
	list, err := s.c.Records.Records(ctx, kind, lookBack)
	if err != nil {
		return nil, err
	}
	most := s.c.Now().Add(ahead).UnixMilli()
	return slices.DeleteFunc(list, func(r store.Record) bool { return r.At > most }), nil
}

// lastGood returns when something last went well; 0: never.
func (s *Service) lastGood(ctx context.Context, kind string) (int64, error) {
	list, err := s.done(ctx, kind)
	for _, r := range list {
		if r.OK {
			return r.At, err
		}
	}
	return 0, err
}

// Status is how well everything is kept elsewhere.
type Status struct {
	Places  []string
	Made    *Made    // the last archive, however it went; nil: none yet
	MadeOK  bool     // it went well
	MadeAt  int64    // when the last that went well was made; 0: never
	Drilled *Drilled // the last drill; nil: none yet
	DrillOK bool
	DrillAt int64 // when the last one was; 0: never
	Saved   bool  // somebody has the recovery key
}

// Status returns it.
func (s *Service) Status(ctx context.Context) (*Status, error) {
	out := &Status{Saved: s.c.Keys.Saved()}
	for _, p := range s.c.Places {
		out.Places = append(out.Places, p.Name)
	}
	var err error
	if out.MadeAt, err = s.lastGood(ctx, KindBackup); err != nil {
		return nil, err
	}
	made, err := last[Made](ctx, s, KindBackup)
	if err != nil {
		return nil, err
	}
	drilled, err := last[Drilled](ctx, s, KindDrill)
	if err != nil {
		return nil, err
	}
	if made != nil {
		out.Made, out.MadeOK = &made.v, made.OK
	}
	if drilled != nil {
		out.Drilled, out.DrillOK, out.DrillAt = &drilled.v, drilled.OK, drilled.At
	}
	return out, nil
}

type recorded[T any] struct {
	store.Record
	v T
}

// last returns the newest record of a kind, or nil.
func last[T any](ctx context.Context, s *Service, kind string) (*recorded[T], error) {
	list, err := s.done(ctx, kind)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	out := &recorded[T]{Record: list[0]}
	if err := json.Unmarshal(list[0].Data, &out.v); err != nil {
		return nil, fault.Wrap(fault.Internal, "a record is damaged", err)
	}
	return out, nil
}
