package account

import (
	"context"
	"strconv"
	"time"

	"plectica/internal/fault"
)

const (
	// watchEvery is how soon a sign-in that another process ended is noticed.
	watchEvery = 500 * time.Millisecond
	// sweepEvery is how often sign-ins past their limits are removed.
	sweepEvery = time.Hour
	// page bounds how many rows one look at the store returns.
	page = 500
)

// Run calibrates the cost of passwords, notices sign-ins that end elsewhere and
// removes stale ones, until ctx ends. Nothing that ended since New is missed.
func (s *Service) Run(ctx context.Context) {
	// It takes a second or more and cannot be cut short; after ctx's end it does
	// nothing but end, so a stop need not wait for it.
	go func() { s.report(ctx, s.calibrate(ctx)) }()
	watch, sweep := time.NewTicker(watchEvery), time.NewTicker(sweepEvery)
	defer watch.Stop()
	defer sweep.Stop()
	last := s.ended
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-watch.C:
			last, err = s.watch(ctx, last)
		case <-sweep.C:
			err = s.sweep(ctx)
		}
		s.report(ctx, err)
	}
}

// report passes on a fault unless it only says that the server stops.
func (s *Service) report(ctx context.Context, err error) {
	if err != nil && s.c.OnError != nil && ctx.Err() == nil {
		s.c.OnError(err)
	}
}

func (s *Service) calibrate(ctx context.Context) error {
	cost, err := s.hash.calibrate(ctx, s.c.Now)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	return s.st.SetSetting(ctx, settingCost, strconv.Itoa(cost))
}

// watch tells of what ended since and returns how far it came.
func (s *Service) watch(ctx context.Context, last int64) (int64, error) {
	ended, err := s.st.EndedSince(ctx, last, page)
	if err != nil {
		return last, fault.Wrap(fault.KindOf(err), "look for ended sign-ins", err)
	}
	s.tell(ended)
	if n := len(ended); n > 0 {
		last = ended[n-1].Seq
	}
	return last, nil
}

func (s *Service) sweep(ctx context.Context) error {
	now := s.c.Now()
	ended, err := s.st.EndStaleSessions(ctx, now.Add(-SessionIdle).UnixMilli(), now.Add(-SessionLife).UnixMilli(), now.UnixMilli(), page)
	s.tell(ended)
	return err
}
