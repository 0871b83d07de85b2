package history

import (
	"context"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
)

const (
	// readHands is how many look at the past at once: each may fold a long log, and holds a
	// map. As many as readQueue wait for them, for readWait at most.
	readHands = 4
	readQueue = 32
	readWait  = 10 * time.Second
	// readTimeout bounds one read.
	readTimeout = 20 * time.Second
)

// reads bounds how many look at the past at once.
type reads struct{ hands, queue chan struct{} }

func newReads() reads {
	return reads{make(chan struct{}, readHands), make(chan struct{}, readQueue)}
}

// do calls read as soon as it may. It returns fault.Busy where too many wait already, or it
// takes too long.
func (r reads) do(ctx context.Context, read func(context.Context) error) error {
	if err := r.enter(ctx); err != nil {
		return err
	}
	defer func() { <-r.hands }()
	bounded, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	err := read(bounded)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return fault.Wrap(fault.Busy, "reading the past took too long; try again in a moment", err)
	}
	return err
}

func (r reads) enter(ctx context.Context) error {
	select {
	case r.hands <- struct{}{}:
		return nil
	default:
	}
	select {
	case r.queue <- struct{}{}:
	default:
		return fault.New(fault.Busy, "too many look at the past of maps just now; try again in a moment")
	}
	defer func() { <-r.queue }()
	ctx, cancel := context.WithTimeout(ctx, readWait)
	defer cancel()
	select {
	case r.hands <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.Busy, "others look at the past of maps just now; try again in a moment", ctx.Err())
	}
}

// look reads something for somebody who asks.
func look[T any](ctx context.Context, r reads, read func(context.Context) (T, error)) (out T, err error) {
	err = r.do(ctx, func(ctx context.Context) error {
		out, err = read(ctx)
		return err
	})
	return out, err
}

// At is Source.At for somebody who asks: few are answered at once, and the rest waits. It
// returns fault.Busy where too many do, as do all that follow.
func (s *Service) At(ctx context.Context, m id.Map, at uint64) (*Moment, error) {
	return look(ctx, s.reads, func(ctx context.Context) (*Moment, error) { return s.Source.At(ctx, m, at) })
}

// Commits is Source.Commits for somebody who asks.
func (s *Service) Commits(ctx context.Context, m id.Map, after, upTo uint64) ([][]byte, error) {
	return look(ctx, s.reads, func(ctx context.Context) ([][]byte, error) { return s.Source.Commits(ctx, m, after, upTo) })
}

// Timeline is Source.Timeline for somebody who asks.
func (s *Service) Timeline(ctx context.Context, m id.Map, before uint64, limit int) (*Timeline, error) {
	return look(ctx, s.reads, func(ctx context.Context) (*Timeline, error) { return s.Source.Timeline(ctx, m, before, limit) })
}

// Traces is Source.Traces for somebody who asks.
func (s *Service) Traces(ctx context.Context, m id.Map, o id.Object, at uint64) ([]Trace, error) {
	return look(ctx, s.reads, func(ctx context.Context) ([]Trace, error) { return s.Source.Traces(ctx, m, o, at) })
}

// Picture returns a map as SVG, as it was after a change. A picture that is kept of the
// newest snapshot up to then will do. It returns fault.NotFound for a moment that is to
// come or not kept any more, fault.Limit for a map that is too large for a picture, and
// fault.Busy where none are drawn.
func (s *Service) Picture(ctx context.Context, m id.Map, at uint64) ([]byte, error) {
	if s.c.Picture == nil {
		return nil, fault.New(fault.Busy, "no pictures are drawn here")
	}
	return look(ctx, s.reads, func(ctx context.Context) ([]byte, error) { return s.picture(ctx, m, at) })
}
