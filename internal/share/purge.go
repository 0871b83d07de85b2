package share

import (
	"context"
	"time"

	"plectica/internal/fault"
)

const (
	// purgeEvery is how often deleted maps are looked at.
	purgeEvery = time.Hour
	// endEvery is how soon the visitors of a link go whose time is over.
	endEvery = 500 * time.Millisecond
	// purgeMaps, purgeRows and purgeSteps bound what one look removes: so many
	// maps, so many rows in a transaction, so many transactions.
	purgeMaps  = 20
	purgeRows  = 500
	purgeSteps = 200
	// sweepEvery and sweepRows are how often visits that nobody used for long are
	// removed, and how many at a time: more than strangers can make meanwhile.
	sweepEvery = time.Minute
	sweepRows  = 5000
)

// Run removes maps that were deleted, and visits that ended, too long ago, until ctx
// ends.
func (s *Service) Run(ctx context.Context) {
	tick, ends, sweeps := time.NewTicker(purgeEvery), time.NewTicker(endEvery), time.NewTicker(sweepEvery)
	defer tick.Stop()
	defer ends.Stop()
	defer sweeps.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ends.C:
			s.report(ctx, s.changed(ctx, s.st.EndPasses(ctx, s.now(), purgeRows)))
		case <-sweeps.C:
			s.report(ctx, s.st.SweepVisits(ctx, s.c.Now().Add(-VisitIdle).UnixMilli(), sweepRows))
		case <-tick.C:
			s.report(ctx, s.purge(ctx))
		}
	}
}

func (s *Service) report(ctx context.Context, err error) {
	if err != nil && s.c.OnError != nil && ctx.Err() == nil {
		s.c.OnError(err)
	}
}

// purge does a bounded part of what is due; the next call goes on.
func (s *Service) purge(ctx context.Context) error {
	before := s.c.Now().Add(-KeepDeleted).UnixMilli()
	due, err := s.st.DeletedBefore(ctx, before, purgeMaps)
	if err != nil {
		return err
	}
	steps := 0
	for _, m := range due {
		for done := false; !done; steps++ {
			if steps == purgeSteps {
				return nil
			}
			done, err = s.st.PurgeMap(ctx, m, before, purgeRows)
			if fault.Is(err, fault.NotFound) {
				break // brought back meanwhile
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
