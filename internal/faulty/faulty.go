// Package faulty breaks a server on purpose: a log whose appends fail before or
// after they were written, or late, and a clock that steps. What is broken is
// told to the running process over a socket. Only programs built with the tag
// "faulty" have it; package app links it there and nowhere else. It never changes
// what the log below holds or answers otherwise. Safe for concurrent use.
package faulty

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// MaxDelay bounds how long an append is held up.
const MaxDelay = 10 * time.Second

// Plan is what goes wrong from now on. Shares are between 0 and 1; the zero plan
// breaks nothing.
type Plan struct {
	Seed    uint64  // of the draws
	Before  float64 // share of appends that fail and write nothing
	After   float64 // share of appends that are written and then fail
	Forget  float64 // share of appends that are called written and are not, to try those who look for it
	Late    float64 // share of appends that are held up before and after the write
	DelayMS int64   // for how long, each time
	Acquire float64 // share of acquires that fail
	ClockMS int64   // how far the clock is off
}

// Count is how often what happened since the process began.
type Count struct{ Before, After, Forget, Late, Acquire uint64 }

// Sum returns all of them.
func (c Count) Sum() uint64 { return c.Before + c.After + c.Forget + c.Late + c.Acquire }

// Switch holds the plan in force.
type Switch struct {
	mu    sync.Mutex
	plan  Plan
	rng   *rand.Rand
	count Count
}

// New returns a switch that breaks nothing yet.
func New() *Switch {
	s := &Switch{}
	s.Set(Plan{})
	return s
}

// Set puts a plan in force and returns what has happened so far.
func (s *Switch) Set(p Plan) Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan, s.rng = p, rand.New(rand.NewPCG(p.Seed, 0))
	return s.count
}

// Now is the clock with its error. It has no monotonic part, as a clock that was
// set: intervals measured with it may be negative.
func (s *Switch) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Round(0).Add(time.Duration(s.plan.ClockMS) * time.Millisecond)
}

// Log returns a log that does what the plan says to the one below.
func (s *Switch) Log(below store.Log) store.Log { return log{s, below} }

// verdict is what one call suffers.
type verdict struct {
	before, after, forget bool
	delay                 time.Duration
}

func (s *Switch) judgeAppend() (v verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rng.Float64() < s.plan.Late {
		v.delay = min(time.Duration(s.plan.DelayMS)*time.Millisecond, MaxDelay)
		s.count.Late++
	}
	switch x := s.rng.Float64(); {
	case x < s.plan.Before:
		v.before = true
		s.count.Before++
	case x < s.plan.Before+s.plan.After:
		v.after = true
		s.count.After++
	case x < s.plan.Before+s.plan.After+s.plan.Forget:
		v.forget = true
		s.count.Forget++
	}
	return v
}

func (s *Switch) judgeAcquire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rng.Float64() >= s.plan.Acquire {
		return false
	}
	s.count.Acquire++
	return true
}

type log struct {
	s     *Switch
	below store.Log
}

// Append implements store.Log. A failed call answers for all batches, as a sync
// that failed does.
func (l log) Append(ctx context.Context, batches []store.Batch) []error {
	v := l.s.judgeAppend()
	if !pause(ctx, v.delay) || v.before {
		return unknown(len(batches))
	}
	if v.forget {
		return make([]error, len(batches))
	}
	errs := l.below.Append(ctx, batches)
	if !pause(ctx, v.delay) || v.after {
		return unknown(len(batches))
	}
	return errs
}

// Acquire implements store.Log.
func (l log) Acquire(ctx context.Context, m id.Map, node string) (store.Room, error) {
	if l.s.judgeAcquire() {
		return store.Room{}, fault.New(fault.Internal, "acquire: broken on purpose")
	}
	return l.below.Acquire(ctx, m, node)
}

// Read implements store.Log.
func (l log) Read(ctx context.Context, m id.Map, after uint64, limit int) ([]store.Row, error) {
	return l.below.Read(ctx, m, after, limit)
}

func unknown(n int) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = fault.New(fault.Lost, "append: broken on purpose")
	}
	return errs
}

// pause waits and reports whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
