package backup

import (
	"context"
	"errors"
	"strings"
	"time"

	"plectica/internal/blob"
	"plectica/internal/fault"
)

// Prune takes away what is older than it is kept, but for the newest; what is locked
// stays. It returns how many archives went.
func (s *Service) Prune(ctx context.Context) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.c.Places {
		gone, perr := s.prune(ctx, p)
		n += gone
		err = errors.Join(err, perr)
	}
	old := s.c.Now().Add(-2 * s.c.Keep).UnixMilli()
	for _, kind := range []string{KindBackup, KindDrill} {
		err = errors.Join(err, s.c.Records.DropRecords(ctx, kind, old))
	}
	return n, err
}

func (s *Service) prune(ctx context.Context, p Place) (n int, err error) {
	if c, ok := p.Bucket.(blob.Cleaner); ok {
		s.failed(ctx, c.Clean(ctx)) // not every place lets us list that
	}
	list, err := List(ctx, p)
	if err != nil {
		return 0, err
	}
	known := make(map[string]bool, len(list))
	for i, r := range list {
		known[r.Key] = true
		if s.kept(i, r) {
			continue
		}
		gone, err := remove(ctx, p, r.Key, receiptKey(r.Key))
		if err != nil {
			return n, err
		}
		if gone {
			n++
		}
	}
	oldest := s.oldest(list)
	if err := errors.Join(pruneSegments(ctx, p, oldest), s.pruneContents(ctx, p, oldest)); err != nil {
		return n, err
	}
	return n, each(ctx, p, func(o blob.Info) error {
		young := o.At > s.c.Now().Add(-max(unfinished, s.c.Keep)).UnixMilli() || len(list) < keepNewest
		if known[o.Key] || young || !strings.HasSuffix(o.Key, archiveSuffix) {
			return nil
		}
		_, err := remove(ctx, p, o.Key)
		return err
	})
}

// kept reports whether the i-th newest archive of a place is.
func (s *Service) kept(i int, r Receipt) bool {
	return i < max(keepNewest, int(s.c.Keep/day)) || r.Created > s.c.Now().Add(-s.c.Keep).UnixMilli()
}

// oldest returns when the oldest archive was made that is kept; 0: there is none.
func (s *Service) oldest(list []Receipt) (at int64) {
	for i, r := range list {
		if s.kept(i, r) && (at == 0 || r.Created < at) {
			at = r.Created
		}
	}
	return at
}

// pruneSegments takes away the changes that every archive has which is kept.
func pruneSegments(ctx context.Context, p Place, oldest int64) error {
	return eachSegment(ctx, p, 0, func(v segment) error {
		if v.stamp >= oldest-time.Hour.Milliseconds() { // clocks are set
			return errEnough
		}
		_, err := remove(ctx, p, v.key)
		return err
	})
}

// pruneContents takes away the contents that were attached before every archive which is
// kept was made: what was still held then is in all of them. What came twice within a day
// is here once, so a day more has to be over, by the key and by the place's clock.
func (s *Service) pruneContents(ctx context.Context, p Place, oldest int64) error {
	before := time.UnixMilli(min(oldest, s.c.Now().Add(-s.c.Keep).UnixMilli())).Add(-day)
	return walk(ctx, p, contentDir, "", maxContents, func(o blob.Info) error {
		a, ok := attachedOf(o.Key)
		attached, err := time.Parse(dayForm, a.day)
		if !ok || err != nil || !attached.Add(day).Before(before) || o.At >= before.UnixMilli() {
			return nil
		}
		_, err = remove(ctx, p, o.Key)
		return err
	})
}

// remove deletes objects in order; one that is locked ends it.
func remove(ctx context.Context, p Place, keys ...string) (bool, error) {
	for _, key := range keys {
		err := p.Delete(ctx, key)
		if fault.Is(err, fault.Permission) {
			return false, nil
		}
		if err != nil {
			return false, fault.Wrap(fault.Busy, "delete an archive at "+p.Name, err)
		}
	}
	return true, nil
}
