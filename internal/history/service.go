package history

import (
	"context"
	"sync"
	"time"

	"plectica/internal/blob"
	"plectica/internal/clock"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// Policy says how long what is kept.
type Policy struct {
	All    time.Duration // every snapshot, so long
	Hourly time.Duration // the last of each hour
	Daily  time.Duration // the last of each day; after that, named versions and the newest alone
	Log    time.Duration // every change
}

// DefaultPolicy is what is kept unless the operator says otherwise.
func DefaultPolicy() Policy {
	const day = 24 * time.Hour
	return Policy{All: 7 * day, Hourly: 30 * day, Daily: 365 * day, Log: 90 * day}
}

// Config is what a Service is made of.
type Config struct {
	Store    Store
	Objects  blob.Bucket
	Settings clock.Settings // of where the clock stands; nil: it is forgotten at a restart
	Policy   Policy
	// Picture draws a map as SVG; nil draws none.
	Picture func(*sysmap.Map) ([]byte, error)
	// Now is the clock that stamps are read from; how long to wait is counted apart from
	// it, and ages are what both say.
	Now func() time.Time
	// Elapsed is how long the process runs, whatever happens to Now; nil: as it knows.
	Elapsed func() time.Duration
	OnError func(error)
}

// Service makes snapshots, thins them, and answers what was.
type Service struct {
	Source
	c     Config
	clock *clock.Clock
	reads reads
	locks *locks

	mu      sync.Mutex
	pending map[id.Map]pending
	made    map[id.Map]time.Time // when the last snapshot of a map was begun
	rest    time.Time            // until then nothing is tried: the place fails
	fails   int                  // in a row
	stats   Stats
	worst   time.Duration // since it was last taken
	walk    walk
	spoilt  int // snapshots that are damaged, when that was counted last
	// broken are maps whose logs do not fold, baseless those with a damaged beginning.
	broken, baseless map[id.Map]struct{}
}

// Stats is what a Service did since it was made.
type Stats struct {
	Made, Failed uint64
	Damaged      uint64 // snapshots found not to be what was written
	Broken       uint64 // logs found not to fold to their hash, or to have a damaged beginning
}

// New returns a service; Run does its work.
func New(c Config) *Service {
	s := &Service{
		c: c, clock: newClock(c), reads: newReads(), locks: newLocks(),
		pending: make(map[id.Map]pending), made: make(map[id.Map]time.Time), broken: make(map[id.Map]struct{}), baseless: make(map[id.Map]struct{}),
	}
	s.Source = Source{Store: c.Store, Objects: c.Objects, Damaged: s.damaged, Baseless: s.isBaseless}
	return s
}

// newClock is what says how old something is.
func newClock(c Config) *clock.Clock {
	p := c.Policy
	return clock.New(clock.Config{
		Wall: c.Now, Elapsed: c.Elapsed, Longest: max(p.All, p.Hourly, p.Daily, p.Log, orphanAge), Settings: c.Settings, OnError: c.OnError,
	})
}

func (s *Service) damaged(v store.Snapshot, err error) {
	s.mu.Lock()
	s.stats.Damaged++
	s.spoilt++
	s.mu.Unlock()
	s.report(err)
	s.Changed(v.Map, 0) // make another one
}

func (s *Service) report(err error) {
	if err != nil && s.c.OnError != nil {
		s.c.OnError(err)
	}
}

// Stats returns what was done.
func (s *Service) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Told is the time by which something is old, wherever the wall clock is set.
func (s *Service) Told(ctx context.Context) (time.Time, error) { return s.clock.Now(ctx) }

// Clock returns how the server's clock compares with what passed.
func (s *Service) Clock() clock.Lead { return s.clock.Lead() }

// Age returns how old the oldest change is that is in no snapshot; 0: all are.
func (s *Service) Age() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var age time.Duration
	for _, p := range s.pending {
		if !p.old {
			age = max(age, time.Since(p.since))
		}
	}
	return age
}

// Worst returns the longest that a change waited for its snapshot since TakeWorst was
// called last, those that still wait included.
func (s *Service) Worst() time.Duration {
	age := s.Age()
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.worst, age)
}

// TakeWorst returns the same, and begins anew.
func (s *Service) TakeWorst() time.Duration {
	age := s.Age()
	s.mu.Lock()
	defer s.mu.Unlock()
	worst := max(s.worst, age)
	s.worst = 0
	return worst
}

const (
	tickEvery  = time.Second
	lookEvery  = 10 * time.Minute // for maps that nobody told of
	walkEvery  = 5 * time.Minute
	lookPage   = 500
	firstDelay = 2 * time.Second // at start others come first
)

// Run makes snapshots and thins them, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	var tidying sync.WaitGroup // what may go takes long where the place is far: no snapshot waits for it
	tidying.Go(func() { s.tidyNowAndThen(ctx) })
	defer tidying.Wait()
	tick, look := time.NewTicker(tickEvery), time.NewTicker(lookEvery)
	defer tick.Stop()
	defer look.Stop()
	first := time.NewTimer(firstDelay)
	defer first.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.failed(ctx, s.clock.Watch(ctx))
			s.round(ctx)
		case <-first.C:
			s.failed(ctx, s.look(ctx))
		case <-look.C:
			s.failed(ctx, s.look(ctx))
		}
	}
}

func (s *Service) tidyNowAndThen(ctx context.Context) {
	walk := time.NewTicker(walkEvery)
	defer walk.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-walk.C:
			s.failed(ctx, s.tidy(ctx))
		}
	}
}

// failed reports an error unless it is the end's.
func (s *Service) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		s.report(err)
	}
}

// look finds the maps that have changes in no snapshot, whoever made them and
// whatever ended meanwhile.
func (s *Service) look(ctx context.Context) error {
	for after := (id.Map{}); ; {
		list, last, done, err := s.Store.Behind(ctx, after, lookPage)
		if err != nil {
			return err
		}
		for _, b := range list {
			if b.Seq == 0 { // of a server that made none
				s.noteOld(b.Map)
				continue
			}
			waited := s.c.Now().Sub(time.UnixMilli(b.Since))
			s.note(b.Map, int(min(b.Head-b.Seq, soonRows)), max(waited, 0))
		}
		if after = last; done {
			return nil
		}
	}
}
