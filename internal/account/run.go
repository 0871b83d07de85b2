package account

import (
	"context"
	"strconv"
	"time"
)

const (
	// sweepEvery is how often sign-ins past their limits are removed.
	sweepEvery = time.Hour
	// ticketsEvery is how often tickets past their limits are removed, and mostTickets
	// how many at a time: strangers can make some.
	ticketsEvery = time.Minute
	// expiredEvery is how soon what programs have open ends with their tokens.
	expiredEvery = 10 * time.Second
	mostTickets  = 10_000
	// page bounds how many rows one look at the store returns.
	page = 500
)

// Run calibrates the cost of passwords, does what waits beside the requests and removes what is past its limits, until ctx
// ends.
func (s *Service) Run(ctx context.Context) {
	// It takes a second or more and cannot be cut short; after ctx's end it does
	// nothing but end, so a stop need not wait for it.
	go func() { s.report(ctx, s.calibrate(ctx)) }()
	sweep, tickets, expired := time.NewTicker(sweepEvery), time.NewTicker(ticketsEvery), time.NewTicker(expiredEvery)
	defer sweep.Stop()
	defer tickets.Stop()
	defer expired.Stop()
	told := s.now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			s.report(ctx, s.sweep(ctx))
		case <-tickets.C:
			s.report(ctx, s.st.SweepTickets(ctx, s.now(), mostTickets))
		case <-expired.C:
			told = s.tellExpired(ctx, told)
		case f := <-s.jobs:
			s.report(ctx, f(ctx))
		}
	}
}

// tellExpired tells open maps of the tokens that have ended since a moment, and returns
// until when it has.
func (s *Service) tellExpired(ctx context.Context, since int64) (until int64) {
	now := s.now()
	if err := s.changed(ctx, s.st.NoteExpiredTokens(ctx, since, now)); err != nil {
		s.report(ctx, err)
		return since
	}
	return now
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
	return s.changed(ctx, err)
}
