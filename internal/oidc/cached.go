package oidc

import (
	"context"
	"fmt"
	"sync"
	"time"

	"plectica/internal/fault"
)

const (
	// firstPause is how long a provider that failed is left alone; it doubles with
	// each failure up to longestPause.
	firstPause   = time.Second
	longestPause = time.Minute
)

// cached is one thing that a provider tells, kept for a while. However many want
// it, it is fetched once at a time; while the provider is down they hear so at once.
type cached[T any] struct {
	fetch        func(ctx context.Context) (T, error)
	now          func() time.Time
	fresh, stale time.Duration

	mu       sync.Mutex
	value    T
	at       time.Time // when value came; zero: never
	run      *run[T]   // under way, or nil
	failures int       // in a row
	after    time.Time // not asked before, unless somebody insists
	err      error     // of the last failure
}

// run is one fetch under way. Its fields are read after done is closed.
type run[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// get returns what is known, or waits for it within ctx.
func (c *cached[T]) get(ctx context.Context) (T, error) {
	c.mu.Lock()
	now := c.now()
	age := now.Sub(c.at)
	known := !c.at.IsZero() && age < c.stale
	wait := c.run == nil && now.Before(c.after)
	if known {
		defer c.mu.Unlock()
		if age >= c.fresh && !wait {
			c.start(ctx)
		}
		return c.value, nil
	}
	if wait {
		defer c.mu.Unlock()
		var none T
		return none, c.err
	}
	r := c.start(ctx)
	c.mu.Unlock()
	return r.wait(ctx)
}

// renew fetches anew, whatever is known.
func (c *cached[T]) renew(ctx context.Context) (T, error) {
	c.mu.Lock()
	r := c.start(ctx)
	c.mu.Unlock()
	return r.wait(ctx)
}

// start joins the fetch under way or begins one, which outlives whoever asked for
// it but not its deadline. The caller holds the lock.
func (c *cached[T]) start(ctx context.Context) *run[T] {
	if c.run != nil {
		return c.run
	}
	r := &run[T]{done: make(chan struct{})}
	c.run = r
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		r.value, r.err = guarded(ctx, c.fetch)
		c.settle(r)
		close(r.done)
	}()
	return r
}

// guarded turns a panic into an error: foreign bytes go through parsers that are
// not ours, in a goroutine where a panic would end the server.
func guarded[T any](ctx context.Context, fetch func(context.Context) (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, fmt.Sprintf("panic: %v", p))
		}
	}()
	return fetch(ctx)
}

// settle keeps what came, or notes how long to leave the provider alone.
func (c *cached[T]) settle(r *run[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run = nil
	if r.err == nil {
		c.value, c.at, c.failures, c.after, c.err = r.value, c.now(), 0, time.Time{}, nil
		return
	}
	pause := min(firstPause<<min(c.failures, 10), longestPause)
	c.failures++
	c.after, c.err = c.now().Add(pause), r.err
}

func (r *run[T]) wait(ctx context.Context) (T, error) {
	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
