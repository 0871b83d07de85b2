// Package lookout runs the watch over the audit log: it goes through every record once, keeps
// what was noticed, and tells somebody. After a restart it goes on where it was, and notices
// nothing twice. It knows whom an alert is about by their alias alone: who was forgotten is
// forgotten here too. A Service is safe for concurrent use; Run is its background work.
package lookout

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
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
}

// New returns a service that looks at nothing before Run.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{c: c, watch: watch.New(c.Watch)}
}

// Alert is what was noticed, as it is kept and shown.
type Alert struct {
	ID       uint64         `json:"-"`
	Kind     watch.Kind     `json:"kind"`
	At       int64          `json:"at"`
	Since    int64          `json:"since"`
	Times    int            `json:"times"`
	Score    float64        `json:"score"`
	Severity watch.Severity `json:"severity"`
	By       string         `json:"by,omitempty"` // kind:alias; empty: not one account
	On       string         `json:"on,omitempty"`
	Org      store.OrgID    `json:"-"`
	Figures  []Figure       `json:"figures"`
	Evidence []uint64       `json:"evidence"` // numbers of records
	Answers  []watch.Answer `json:"answers"`
	Closed   int64          `json:"-"`
	ClosedBy id.Account     `json:"-"`
}

// Figure is watch.Figure as it is kept.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Usual float64 `json:"usual"`
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

// raise keeps what was noticed, and tells of what is news and not muted.
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
		news, err := s.c.Store.RaiseAlert(ctx, store.Alert{ID: a.ID, At: a.At, Kind: string(a.Kind), Org: a.Org, Data: data})
		if err != nil {
			return err
		}
		if news && !quiet && s.c.Tell != nil {
			tctx, cancel := context.WithTimeout(ctx, tellTimeout)
			s.report(ctx, s.c.Tell(tctx, a))
			cancel()
		}
	}
	return nil
}

// kept is an alert as it is kept: nobody is named in it.
func kept(a *watch.Alert) Alert {
	out := Alert{
		Kind: a.Kind, At: a.At, Since: a.Since, Times: a.Times, Score: a.Score, Severity: a.Severity, Org: a.Org, Evidence: a.Evidence, Answers: a.Answers,
	}
	if a.Who.Alias != "" {
		out.By = string(a.Who.Kind) + ":" + a.Who.Alias
	}
	if a.On.Sort != "" && a.On.Sort != "account" {
		out.On = a.On.Sort + ":" + a.On.ID
	}
	for _, f := range a.Figures {
		out.Figures = append(out.Figures, Figure(f))
	}
	// By what it is about, so that after a restart the same alert has the same number.
	h := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%d", out.Kind, a.Subject, out.Since))
	out.ID = binary.BigEndian.Uint64(h[:8])
	return out
}

// muted reports whether an alert is not to be told.
func (s *Service) muted(ctx context.Context, a Alert) (bool, error) {
	list, err := s.c.Store.Mutes(ctx, s.c.Now().UnixMilli())
	if err != nil {
		return false, err
	}
	for _, m := range list {
		if m.Kind == string(a.Kind) && (m.Subject == "" || m.Subject == a.By) && (m.Org == (store.OrgID{}) || m.Org == a.Org) {
			return true, nil
		}
	}
	return false, nil
}

// Alerts returns alerts, the last first.
func (s *Service) Alerts(ctx context.Context, q store.AlertQuery) ([]Alert, error) {
	list, err := s.c.Store.Alerts(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]Alert, 0, len(list))
	for _, v := range list {
		a, err := read(v)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// Alert returns one, or fault.NotFound.
func (s *Service) Alert(ctx context.Context, v uint64) (Alert, error) {
	a, err := s.c.Store.Alert(ctx, v)
	if err != nil {
		return Alert{}, err
	}
	return read(a)
}

func read(v store.Alert) (a Alert, err error) {
	if err := json.Unmarshal(v.Data, &a); err != nil {
		return a, fault.Wrap(fault.Internal, "read an alert", err)
	}
	a.ID, a.Org, a.Closed, a.ClosedBy = v.ID, v.Org, v.Closed, v.By
	return a, nil
}

// Close notes that an alert is dealt with, Reopen that it is not.
func (s *Service) Close(ctx context.Context, v uint64, by id.Account) error {
	return s.c.Store.CloseAlert(ctx, v, by, s.c.Now().UnixMilli())
}

// Reopen is Close's way back.
func (s *Service) Reopen(ctx context.Context, v uint64) error {
	return s.c.Store.CloseAlert(ctx, v, id.Account{}, 0)
}

// maxMute bounds for how long something is muted.
const maxMute = 90 * 24 * time.Hour

// Mute keeps alerts of a kind from being told for a while: those about somebody, by what
// records call them, or all; in an organisation, or anywhere. They are kept all the same.
func (s *Service) Mute(ctx context.Context, m store.Mute) error {
	now := s.c.Now()
	if until := time.UnixMilli(m.Until); !until.After(now) || until.After(now.Add(maxMute)) {
		return fault.New(fault.Invalid, "what is muted is told again after at most 90 days")
	}
	if !watch.IsKind(m.Kind) {
		return fault.New(fault.Invalid, "there is no such kind of alert")
	}
	return s.c.Store.SetMute(ctx, m, now.UnixMilli())
}

// Unmute ends it.
func (s *Service) Unmute(ctx context.Context, m store.Mute) error { return s.c.Store.DropMute(ctx, m) }

// Mutes returns what is muted.
func (s *Service) Mutes(ctx context.Context) ([]store.Mute, error) {
	return s.c.Store.Mutes(ctx, s.c.Now().UnixMilli())
}
