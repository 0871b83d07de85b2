package account

import (
	"context"
	"errors"
	"strconv"
	"time"
)

const (
	// sweepEvery is how often sign-ins past their limits are removed.
	sweepEvery = time.Hour
	// page bounds how many rows one look at the store returns.
	page = 500
)

// Run calibrates the cost of passwords and removes what is past its limits, until ctx
// ends.
func (s *Service) Run(ctx context.Context) {
	// It takes a second or more and cannot be cut short; after ctx's end it does
	// nothing but end, so a stop need not wait for it.
	go func() { s.report(ctx, s.calibrate(ctx)) }()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			s.report(ctx, s.sweep(ctx))
		}
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

func (s *Service) sweep(ctx context.Context) error {
	now := s.c.Now()
	_, err := s.st.EndStaleSessions(ctx, now.Add(-SessionIdle).UnixMilli(), now.Add(-SessionLife).UnixMilli(), now.UnixMilli(), page)
	return errors.Join(s.changed(ctx, err), s.st.SweepTickets(ctx, now.UnixMilli(), page))
}
