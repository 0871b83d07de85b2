package attach

import (
	"context"
	"time"

	"plectica/internal/blob"
	"plectica/internal/fault"
)

const (
	// sweepEvery is how often contents that no map holds are looked for.
	sweepEvery = time.Hour
	// sweepGrace is how long one may lie: an upload puts it here before a map holds it.
	sweepGrace = 24 * time.Hour
	// sweepMost bounds how many contents one look takes up; the next goes on.
	sweepMost = 20_000
)

// Run takes away what no map holds, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var at blob.Hash
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			var err error
			if at, err = s.sweep(ctx, at); err != nil && s.c.OnError != nil && ctx.Err() == nil {
				s.c.OnError(err)
			}
		}
	}
}

// sweep does a bounded part of what is due and returns where the next goes on.
func (s *Service) sweep(ctx context.Context, after blob.Hash) (blob.Hash, error) {
	old := s.c.Now().Add(-sweepGrace).UnixMilli()
	for seen := 0; seen < sweepMost; {
		page, err := s.c.Blobs.List(ctx, after, listPage)
		if err != nil {
			return after, err
		}
		for _, e := range page {
			seen++
			after = e.Hash
			if e.At >= old {
				continue
			}
			if err := s.remove(ctx, e.Hash); err != nil {
				return after, err
			}
		}
		if len(page) < listPage {
			return blob.Hash{}, nil // from the start again
		}
	}
	return after, nil
}

// remove takes a content away if no map holds it. While an upload is on its way it
// waits for the next look.
func (s *Service) remove(ctx context.Context, h blob.Hash) error {
	if !s.gate.TryLock() {
		return nil
	}
	defer s.gate.Unlock()
	held, err := s.st.Held(ctx, h)
	if err != nil || held {
		return err
	}
	if err := s.c.Blobs.Delete(ctx, h); err != nil {
		return err
	}
	return s.st.ForgetThumbs(ctx, h)
}

// Check returns what is wrong with the content of a map's file: nil, or an error that
// says it.
func Check(ctx context.Context, blobs blob.Store, h blob.Hash) error {
	c, err := blobs.Open(ctx, h)
	if err == nil {
		return c.Close()
	}
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Internal, "the content "+h.String()+" is missing")
	}
	return err
}
