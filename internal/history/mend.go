package history

import (
	"context"
	"slices"
	"strconv"

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
	Logs      int // that do not fold to their hash, or have a damaged beginning
}

// Ailing returns it. Snapshots are counted anew every few minutes.
func (s *Service) Ailing() Ailing {
	s.mu.Lock()
	defer s.mu.Unlock()
	logs := len(s.broken)
	for m := range s.baseless {
		if _, counted := s.broken[m]; !counted {
			logs++
		}
	}
	return Ailing{s.spoilt, logs}
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
func (s *Service) unsound(m id.Map) { s.notice(s.broken, m) }

// notice notes a log that is not as it should be, and reports whether that is new.
func (s *Service) notice(list map[id.Map]struct{}, m id.Map) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := list[m]; known || len(list) >= brokenMost {
		return false
	}
	list[m] = struct{}{}
	s.stats.Broken++
	return true
}

// isBaseless hears of a log with a damaged beginning.
func (s *Service) isBaseless(m id.Map, err error) {
	if s.notice(s.baseless, m) {
		s.report(err)
	}
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
	if err := s.mendBases(ctx); err != nil {
		return err
	}
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
	for _, m := range s.some(s.broken) {
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

// some returns a few of a list of maps.
func (s *Service) some(list map[id.Map]struct{}) []id.Map {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []id.Map
	for m := range list {
		if out = append(out, m); len(out) == checkMost {
			break
		}
	}
	return out
}

// mendBases lets logs with a damaged beginning begin at a sound snapshot.
func (s *Service) mendBases(ctx context.Context) error {
	for _, m := range s.some(s.baseless) {
		err := s.mendBase(ctx, m)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.report(err)
			continue
		}
		s.mu.Lock()
		delete(s.baseless, m)
		s.mu.Unlock()
	}
	return nil
}

// mendBase lets a log begin at the oldest sound snapshot that leads to the state there is.
// What lies before it can be folded no more without the beginning that was, but tells what
// was changed: it stays until its time is over.
func (s *Service) mendBase(ctx context.Context, m id.Map) error {
	old, err := s.base(ctx, m)
	if err != nil || old.Seq == 0 {
		return err // the map is gone, if there is none
	}
	_, why := unpack(old.Data, m)
	if why == nil {
		return nil // it was the disk, or it is mended
	}
	rec, err := s.Store.Room(ctx, m)
	if err != nil {
		return ignore(err, fault.NotFound)
	}
	list := s.beside(ctx, m, old.Seq, rec.Head)
	for _, snap := range slices.Backward(list) {
		base, err := s.baseOf(ctx, snap, max(snap.Seq, old.Seq+1), rec)
		if err != nil {
			continue
		}
		unlock, err := s.locks.lock(ctx, m)
		if err != nil {
			return err
		}
		_, err = s.Store.Trim(ctx, m, base, 0)
		unlock()
		if err == nil {
			s.report(fault.New(fault.Internal, "the log of map "+m.String()+" had a damaged beginning; it begins at change "+strconv.FormatUint(base.Seq, 10)+" now"))
		}
		return err
	}
	return fault.Wrap(fault.Internal, "the log of map "+m.String()+" has a damaged beginning, and no snapshot makes up for it", why)
}

// baseOf makes the moment at a seq the beginning of a log, from a snapshot that is not after
// it, and proves that it leads to the state there is.
func (s *Service) baseOf(ctx context.Context, snap store.Snapshot, at uint64, rec store.Room) (store.Base, error) {
	start, err := s.fetch(ctx, snap)
	if err != nil {
		return store.Base{}, err
	}
	moment, err := s.forward(ctx, start, at)
	if err != nil {
		return store.Base{}, err
	}
	return s.provenBase(ctx, moment, rec)
}
