package history

import (
	"context"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
)

const (
	// mendMost damaged snapshots are made anew at one look, and checkMost broken logs
	// looked at again.
	mendMost  = 100
	checkMost = 20
	// brokenMost bounds the broken logs that are remembered.
	brokenMost = 10_000
)

// Ailing is what is known to be damaged now: it ends with the damage.
type Ailing struct {
	Snapshots int // not what was written, up to mendMost
	Logs      int // that do not fold to their hash
}

// Ailing returns it. Snapshots are counted anew every few minutes.
func (s *Service) Ailing() Ailing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Ailing{s.spoilt, len(s.broken)}
}

// Open is Source.Open, and notes whether the log is sound.
func (s *Service) Open(ctx context.Context, c seq.Config, rec store.Room) (*seq.Room, error) {
	r, err := s.Source.Open(ctx, c, rec)
	switch {
	case err == nil:
		s.sound(c.Map)
	case ctx.Err() == nil && fault.Is(err, fault.Internal):
		s.unsound(c.Map)
	}
	return r, err
}

// unsound notes that a log does not fold, sound that it does.
func (s *Service) unsound(m id.Map) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.broken[m]; known || len(s.broken) >= brokenMost {
		return
	}
	s.broken[m] = struct{}{}
	s.stats.Broken++
}

func (s *Service) sound(m id.Map) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.broken, m)
}

// mend makes damaged snapshots anew, and looks whether broken logs are sound again.
func (s *Service) mend(ctx context.Context) error {
	list, err := s.Store.Spoilt(ctx, mendMost)
	if err != nil {
		return err
	}
	left := 0
	for _, v := range list {
		mended, merr := s.mendOne(ctx, v)
		if !mended {
			left++
		}
		if err == nil {
			err = merr // the first says enough
		}
	}
	s.mu.Lock()
	s.spoilt = left
	s.mu.Unlock()
	s.failed(ctx, err)
	return s.checkBroken(ctx)
}

// mendOne makes a damaged snapshot anew from the log. Before that begins, there is nothing
// to make it of; but the place may have it as it was, if it was the place that was not.
func (s *Service) mendOne(ctx context.Context, v store.Snapshot) (bool, error) {
	unlock, err := s.locks.lock(ctx, v.Map)
	if err != nil {
		return false, err
	}
	defer unlock()
	err = s.Pin(ctx, v.Map, v.Seq)
	if !fault.Is(err, fault.NotFound) {
		return err == nil, err
	}
	if _, err := s.Store.Room(ctx, v.Map); fault.Is(err, fault.NotFound) {
		return true, nil // the map is gone, and this goes next
	}
	if _, err := s.Read(ctx, v); err != nil {
		return false, nil //nolint:nilerr // it was told of when it was found
	}
	err = s.Store.AddSnapshot(ctx, v)
	return err == nil, err
}

// checkBroken looks at broken logs again.
func (s *Service) checkBroken(ctx context.Context) error {
	s.mu.Lock()
	var list []id.Map
	for m := range s.broken {
		if list = append(list, m); len(list) == checkMost {
			break
		}
	}
	s.mu.Unlock()
	for _, m := range list {
		rec, err := s.Store.Room(ctx, m)
		if err == nil {
			_, err = s.proven(ctx, m, rec)
		}
		if fault.Is(err, fault.NotFound) {
			s.sound(m) // it is gone
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}
