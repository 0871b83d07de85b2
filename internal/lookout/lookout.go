// Package lookout runs the watch over the audit log: it goes through every record once, keeps
// what was noticed, and tells somebody. After a restart it goes on where it was, and notices
// nothing twice. It knows whom an alert is about by their alias alone: who was forgotten is
// forgotten here too. A Service is safe for concurrent use; Run is its background work.
package lookout

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/store"
	"plectica/internal/watch"
)

const (
	// page is how many records are looked at at once, lookEvery how often it is looked at
	// least, and retryAfter how long it rests after a fault.
	page       = 500
	lookEvery  = time.Second
	retryAfter = 5 * time.Second
	// gap is how long nothing is looked at after something was: many records cost less
	// together.
	gap = time.Second
	// tickEvery is how often it is looked for what is noticed by silence.
	tickEvery = 15 * time.Second
	// keepEvery and keepAfter are when the state is kept: what came since is gone through
	// again after a restart.
	keepEvery = 5 * time.Minute
	keepAfter = 50_000
	// mostBack is how many records are gone through at most when nothing was kept.
	mostBack = 1_000_000
	// alertsKept is how long alerts are kept.
	alertsKept = 400 * 24 * time.Hour
	dropPage   = 500
	// memory is the name under which the state is kept.
	memory = "watch"
	// tellTimeout bounds telling somebody.
	tellTimeout = 30 * time.Second
)

// Log is what is read of the audit log; *ledger.Ledger is.
type Log interface {
	Head(ctx context.Context) (uint64, error)
	First(ctx context.Context) (uint64, error)
	Read(ctx context.Context, from uint64, limit int) ([]audit.Event, error)
	News() <-chan struct{}
	// Signed is when the last checkpoint was made; 0: there is none.
	Signed(ctx context.Context) (int64, error)
}

// Store is what a Service needs of an engine.
type Store interface {
	store.Alerts
	Memory(ctx context.Context, name string) ([]byte, error)
	Remember(ctx context.Context, name string, data []byte) error
}

// Config is what a Service is made of.
type Config struct {
	Log   Log
	Store Store
	Watch watch.Config
	// Raised hears of what is news before it is kept, and of it again until that succeeds. May be
	// nil.
	Raised func(ctx context.Context, a Alert) error
	// Answer does what may be done by itself about what is news and not muted. May be nil.
	Answer func(ctx context.Context, a Alert, do []watch.Answer) error
	// Tell tells somebody of what was noticed. May be nil.
	Tell func(ctx context.Context, a Alert) error
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// OnError hears of faults in the background. May be nil.
	OnError func(error)
}

// Service keeps the watch.
type Service struct {
	c     Config
	watch *watch.Watch // belongs to Run

	kept   time.Time // when the state was last kept
	keptAt uint64    // with which record
	ticked time.Time
	// noticed waits to be kept: until it is, nothing more is looked at.
	noticed []watch.Alert

	mu       sync.Mutex
	tellings map[store.OrgID]Telling
}

// New returns a service that looks at nothing before Run.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Service{c: c, tellings: map[store.OrgID]Telling{}}
	s.c.Watch.Settings = s.settings
	s.watch = watch.New(s.c.Watch)
	return s
}

// Run goes through the log until ctx ends.
func (s *Service) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.begin(ctx); err != nil {
			s.report(ctx, err)
			pause(ctx, retryAfter)
			continue
		}
		break
	}
	for ctx.Err() == nil {
		news := s.c.Log.News()
		n, err := s.Look(ctx)
		switch {
		case err != nil:
			s.report(ctx, err)
			pause(ctx, retryAfter)
		case n == page: // there may be more
		default:
			await(ctx, news)
			pause(ctx, gap)
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookEvery)
	defer cancel()
	if s.watch.Next() > s.keptAt && len(s.noticed) == 0 {
		s.report(last, s.keep(last))
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// await waits for new records, but not for long: what is noticed by silence is to be noticed.
func await(ctx context.Context, news <-chan struct{}) {
	t := time.NewTimer(lookEvery)
	defer t.Stop()
	select {
	case <-news:
	case <-t.C:
	case <-ctx.Done():
	}
}

func (s *Service) report(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil && s.c.OnError != nil {
		s.c.OnError(fault.Wrap(fault.KindOf(err), "watch the audit log", err))
	}
}

// begin goes on from the state that was kept; from the last records if there is none that
// can be read.
func (s *Service) begin(ctx context.Context) error {
	if err := s.recall(ctx); err != nil {
		return err
	}
	data, err := s.c.Store.Memory(ctx, memory)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	s.kept = s.c.Now()
	if err == nil {
		if err := s.watch.Restore(data); err == nil {
			s.keptAt = s.watch.Next()
			return nil
		}
		s.report(ctx, fault.New(fault.Internal, "what the watch knew cannot be read: it begins anew"))
	}
	head, err := s.c.Log.Head(ctx)
	if err != nil {
		return err
	}
	if head > mostBack {
		s.watch.Skip(head - mostBack)
	}
	return nil
}

// Look goes through the next records and keeps what it notices. It returns how many there
// were.
func (s *Service) Look(ctx context.Context) (int, error) {
	if err := s.raise(ctx); err != nil {
		return 0, err
	}
	list, err := s.c.Log.Read(ctx, s.watch.Next(), page)
	if fault.Is(err, fault.Gone) {
		first, err := s.c.Log.First(ctx)
		if err != nil {
			return 0, err
		}
		s.watch.Skip(first)
		return page, nil
	}
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		head, err := s.c.Log.Head(ctx)
		if err != nil {
			return 0, err
		}
		if head < s.watch.Next() { // the log was brought back to an earlier state
			s.watch = watch.New(s.c.Watch)
			s.keptAt = 0
			return page, nil
		}
	}
	for i := range list {
		// Of what was seen before nothing is told twice: an alert has the same number again.
		s.noticed = append(s.noticed, s.watch.See(&list[i])...)
		if err := s.raise(ctx); err != nil {
			return 0, err
		}
	}
	if err := s.tick(ctx); err != nil {
		return 0, err
	}
	if now := s.c.Now(); s.watch.Next() >= s.keptAt+keepAfter || s.watch.Next() > s.keptAt && now.Sub(s.kept) >= keepEvery {
		return len(list), s.keep(ctx)
	}
	return len(list), nil
}

// tick lets the watch notice by silence, now and then.
func (s *Service) tick(ctx context.Context) error {
	now := s.c.Now()
	if since := now.Sub(s.ticked); since >= 0 && since < tickEvery {
		return nil
	}
	s.ticked = now
	if err := s.recall(ctx); err != nil {
		return err
	}
	signed, err := s.c.Log.Signed(ctx)
	if err != nil {
		return err
	}
	s.watch.Signed(signed)
	s.noticed = append(s.noticed, s.watch.Tick(now.UnixMilli())...)
	return s.raise(ctx)
}

func (s *Service) keep(ctx context.Context) error {
	if err := s.c.Store.Remember(ctx, memory, s.watch.State()); err != nil {
		return err
	}
	s.kept, s.keptAt = s.c.Now(), s.watch.Next()
	return s.c.Store.DropAlerts(ctx, s.c.Now().Add(-alertsKept).UnixMilli(), dropPage)
}

// raise keeps what was noticed, and tells of what is news and not muted. It is recorded before
// it is kept: whatever happens in between, it is recorded and, once more, news.
func (s *Service) raise(ctx context.Context) error {
	for ; len(s.noticed) > 0; s.noticed = s.noticed[1:] {
		a := kept(&s.noticed[0])
		data, err := json.Marshal(a)
		if err != nil {
			return fault.Wrap(fault.Internal, "write an alert", err)
		}
		quiet, err := s.muted(ctx, a)
		if err != nil {
			return err
		}
		have, err := s.c.Store.Alert(ctx, a.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil && have.At >= a.At {
			continue // as after a restart
		}
		if s.c.Raised != nil {
			if err := s.c.Raised(ctx, a); err != nil {
				return err
			}
		}
		if _, err := s.c.Store.RaiseAlert(ctx, store.Alert{ID: a.ID, At: a.At, Kind: string(a.Kind), Org: a.Org, Data: data}); err != nil {
			return err
		}
		if !quiet && s.Telling(store.OrgID{}).wants(a) {
			s.spread(ctx, a)
		}
	}
	return nil
}

// spread does what is to be done about something that is news, each with the time it may take.
func (s *Service) spread(ctx context.Context, a Alert) {
	try := func(do func(ctx context.Context) error) {
		ctx, cancel := context.WithTimeout(ctx, tellTimeout)
		defer cancel()
		s.report(ctx, do(ctx))
	}
	if do := s.byItself(a); len(do) > 0 && s.c.Answer != nil {
		try(func(ctx context.Context) error { return s.c.Answer(ctx, a, do) })
	}
	if s.c.Tell != nil {
		try(func(ctx context.Context) error { return s.c.Tell(ctx, a) })
	}
}

// byItself is what the operator lets the server do about an alert: never for a mere notice.
func (s *Service) byItself(a Alert) (do []watch.Answer) {
	if a.Severity == watch.Notice {
		return nil
	}
	for _, v := range s.Telling(store.OrgID{}).Automatic {
		if slices.Contains(a.Answers, v) {
			do = append(do, v)
		}
	}
	return do
}
