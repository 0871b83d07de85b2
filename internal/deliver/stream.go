package deliver

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
)

const (
	// gather is how long records are waited for after some were delivered, so that they go
	// together, and saveEvery how often at most a position is saved.
	gather    = time.Second
	saveEvery = time.Second
	// look is how often it is looked for what nobody told of.
	look = 5 * time.Second
	// firstRest and mostRest bound how long a receiver that fails is left alone: it doubles.
	firstRest = time.Second
	mostRest  = time.Minute
	// readTimeout bounds reading the log once, sendTimeout handing a parcel over, and
	// saveTimeout saving a position.
	readTimeout = 15 * time.Second
	sendTimeout = 30 * time.Second
	saveTimeout = 5 * time.Second
)

// Stream delivers to one destination.
type Stream struct {
	c    Config
	name string
	kind Kind
	to   sink
	// wants says which acts are delivered.
	wants func(audit.Act) bool
	wake  chan struct{} // capacity 1

	// These belong to Run.
	begun   bool   // the position is known
	from    string // the log that the position is of
	waiting *parcel
	fails   int
	saved   time.Time
	unsaved bool

	mu       sync.Mutex
	position uint64
	head     uint64
	since    int64 // of the record at position; 0: not known
	problem  *fault.Error
	bad      time.Time
}

func newStream(c Config, d Destination, to sink) *Stream {
	return &Stream{c: c, name: d.Name, kind: d.Kind, to: to, wants: d.wants, wake: make(chan struct{}, 1)}
}

// kept is a position as it is remembered.
type kept struct {
	Next   uint64 `json:"next"`
	Origin string `json:"origin"`
}

func (s *Stream) key() string { return "deliver:" + s.name }

// Wake says that there may be new records. It never waits.
func (s *Stream) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends.
func (s *Stream) Run(ctx context.Context) {
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
		defer cancel()
		s.save(last)
	}()
	for ctx.Err() == nil {
		rest, early := s.turn(ctx)
		if rest > 0 {
			s.sleep(ctx, rest, early)
		}
	}
}

// sleep waits for a time; if early, no longer than until there are new records.
func (s *Stream) sleep(ctx context.Context, rest time.Duration, early bool) {
	t := time.NewTimer(rest)
	defer t.Stop()
	wake := s.wake
	if !early {
		wake = nil
	}
	select {
	case <-t.C:
	case <-wake:
	case <-ctx.Done():
	}
}

// turn delivers one parcel, if there is one. It returns how long to rest, and whether new
// records end that early.
func (s *Stream) turn(ctx context.Context) (rest time.Duration, early bool) {
	err := s.prepare(ctx)
	if err == nil && s.waiting == nil {
		s.well()
		return s.pace(ctx), true
	}
	full := false
	if err == nil {
		full = s.waiting.full
		err = s.hand(ctx)
	}
	if err != nil {
		return s.failed(ctx, err), false
	}
	s.well()
	s.pace(ctx)
	if full {
		return 0, false
	}
	return gather, false
}

// prepare finds out what is next, unless something waits already.
func (s *Stream) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	if err := s.begin(ctx); err != nil {
		return err
	}
	head, err := s.c.Source.Head(ctx)
	if err != nil {
		return fault.Wrap(fault.Busy, "the audit log cannot be read", err)
	}
	s.mu.Lock()
	s.head = head
	position := s.position
	s.mu.Unlock()
	if s.waiting != nil || head == position && s.from == s.c.Origin {
		return nil
	}
	p, err := s.next(ctx, position, head)
	if err != nil {
		return fault.Wrap(fault.Busy, "the audit log cannot be read", err)
	}
	s.waiting = p
	s.mu.Lock()
	if s.since = 0; len(p.items) > 0 {
		s.since = p.items[0].at
	}
	s.mu.Unlock()
	return nil
}

func (s *Stream) next(ctx context.Context, position, head uint64) (*parcel, error) {
	now := s.c.Now().UnixMilli()
	if head < position || s.from != s.c.Origin {
		return restored(min(head, position), now, s.c.Origin), nil
	}
	events, err := s.c.Source.Read(ctx, position, int(min(head-position, parcelRecords)))
	if fault.Is(err, fault.Gone) {
		first, err := oldest(ctx, s.c.Source, position, head)
		if err != nil {
			return nil, err
		}
		return missing(position, first, now, s.c.Origin), nil
	}
	if err != nil {
		return nil, err
	}
	return pack(events, position, s.c.Origin, s.wants)
}

// begin finds where the stream was left. A new one begins with the first record.
func (s *Stream) begin(ctx context.Context) error {
	if s.begun {
		return nil
	}
	data, err := s.c.Memory.Memory(ctx, s.key())
	if fault.Is(err, fault.NotFound) {
		s.begun, s.from = true, s.c.Origin
		return nil
	}
	if err != nil {
		return fault.Wrap(fault.Busy, "where the delivery was left cannot be read", err)
	}
	var k kept
	if err := json.Unmarshal(data, &k); err != nil {
		// From the beginning is more than is needed, and loses nothing.
		s.report(fault.Wrap(fault.Busy, "where the delivery was left is damaged; it begins anew", err))
		k = kept{Origin: s.c.Origin}
	}
	s.mu.Lock()
	s.position = k.Next
	s.mu.Unlock()
	s.begun, s.from = true, k.Origin
	return nil
}

// hand hands over what waits.
func (s *Stream) hand(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if len(s.waiting.items) > 0 {
		if err := s.to.send(ctx, s.waiting); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.position, s.since = s.waiting.next, 0
	s.mu.Unlock()
	s.waiting, s.from, s.unsaved = nil, s.c.Origin, true
	return nil
}

// pace saves the position unless that was done just now, and returns how long there is
// nothing more to do.
func (s *Stream) pace(ctx context.Context) time.Duration {
	if left := saveEvery - s.c.Now().Sub(s.saved).Abs(); s.unsaved && left > 0 {
		return left
	}
	s.save(ctx)
	return look
}

// save remembers the position. What could not be saved is tried again, and comes twice at
// worst.
func (s *Stream) save(ctx context.Context) {
	if !s.unsaved {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	s.saved = s.c.Now()
	s.mu.Lock()
	position := s.position
	s.mu.Unlock()
	data, err := json.Marshal(kept{position, s.from})
	if err == nil {
		err = s.c.Memory.Remember(ctx, s.key(), data)
	}
	if err != nil {
		s.report(fault.Wrap(fault.Busy, "how far the delivery is cannot be saved", err))
		return
	}
	s.unsaved = false
}

// failed notes what went wrong and returns how long to rest.
func (s *Stream) failed(ctx context.Context, err error) time.Duration {
	rest := min(firstRest<<min(s.fails, 10), mostRest)
	s.fails++
	if ctx.Err() != nil {
		return rest
	}
	s.pace(ctx)
	s.mu.Lock()
	if s.problem == nil {
		s.bad = s.c.Now()
	}
	s.problem = sentence(err)
	s.mu.Unlock()
	s.report(err)
	return rest
}

func (s *Stream) well() {
	s.fails = 0
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem, s.bad = nil, time.Time{}
}

func (s *Stream) report(err error) {
	if s.c.OnError != nil {
		s.c.OnError(s.name, err)
	}
}
