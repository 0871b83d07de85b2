package history

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
)

const (
	// walkMaps is how many maps one look at what may go takes up, walkObjects how many
	// objects; the next goes on.
	walkMaps    = 500
	walkObjects = 1000
	// walkSnapshots bounds the snapshots of one map that are looked at: the next look
	// sees the older ones, once these are fewer.
	walkSnapshots = 20_000
	// farApart changes at most are between two snapshots that are kept: whoever looks at a
	// moment in between waits for them to be folded.
	farApart = 20_000
	// thinAtOnce snapshots of a map go while nobody can give them names; whoever wants to
	// waits so long.
	thinAtOnce = 16
	// orphanAge is how old an object that nobody knows has to be to go: one that is new
	// may be about to be noted.
	orphanAge = 24 * time.Hour
	// trimLeast changes must be to go for a log to be trimmed: its new base is written.
	trimLeast = 1000
	// trimRows go at once: others write too.
	trimRows = 500
	// trimSteps bounds one trim; the next look goes on.
	trimSteps = 400
	// orphanMost bounds the snapshots of maps that are gone which go at one look.
	orphanMost = 200
	// momentRead is how many rows are read to find when a change was made.
	momentRead = 1
)

// walk is where looking at what may go has come to.
type walk struct {
	after  id.Map
	object string
}

// tidy does a bounded part of what is due.
func (s *Service) tidy(ctx context.Context) error {
	if err := s.clock.Keep(ctx); err != nil {
		return err
	}
	lost, err := s.Store.Orphans(ctx, orphanMost)
	if err != nil {
		return err
	}
	for _, v := range lost {
		if err := s.drop(ctx, v); err != nil {
			return err
		}
	}
	if err := s.mend(ctx); err != nil {
		return err
	}
	if err := s.tidyMaps(ctx); err != nil {
		return err
	}
	return s.sweep(ctx)
}

func (s *Service) tidyMaps(ctx context.Context) error {
	list, err := s.c.Store.Rooms(ctx, s.walk.after, walkMaps)
	if err != nil {
		return err
	}
	for _, r := range list {
		if err := s.thin(ctx, r.Map); err != nil {
			return err
		}
		if err := s.Trim(ctx, r.Map); err != nil {
			return err
		}
		s.walk.after = r.Map
	}
	if len(list) < walkMaps {
		s.walk.after = id.Map{}
	}
	return nil
}

// thin takes away the snapshots of a map that the policy does not keep.
func (s *Service) thin(ctx context.Context, m id.Map) error {
	now, err := s.clock.Now(ctx)
	if err != nil {
		return err
	}
	named, err := s.names(ctx, m)
	if err != nil {
		return err
	}
	list, err := s.Store.Snapshots(ctx, m, 0, walkSnapshots)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(s.c.Policy.surplus(list, named, now), thinAtOnce) {
		if err := s.dropUnnamed(ctx, m, some); err != nil {
			return err
		}
	}
	return nil
}

// dropUnnamed takes snapshots of a map away that have no name even now.
func (s *Service) dropUnnamed(ctx context.Context, m id.Map, list []store.Snapshot) error {
	unlock, err := s.locks.lock(ctx, m)
	if err != nil {
		return err
	}
	defer unlock()
	named, err := s.names(ctx, m)
	if err != nil {
		return err
	}
	for _, v := range list {
		if _, ok := named[v.Seq]; ok {
			continue
		}
		if err := s.drop(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// surplus returns which of a map's snapshots, newest first, need not be kept. The newest
// sound one is, and what has a name; and what the clock says is yet to come.
func (p Policy) surplus(list []store.Snapshot, named map[uint64]string, now time.Time) []store.Snapshot {
	var out []store.Snapshot
	var span, last int64 = -1, -1
	var kept uint64 // the one kept last
	newest := true
	for i, v := range list {
		width, end := p.span(now.Sub(time.UnixMilli(v.At)))
		if width != span {
			span, last = width, -1
		}
		_, keep := named[v.Seq]
		keep = keep || newest && !v.Damaged || width == 0
		newest = newest && v.Damaged
		if slot := v.At / max(width, 1); !keep && !end && slot != last && !v.Damaged {
			last, keep = slot, true // the last of its hour or day
		}
		if !keep && !end && !v.Damaged && i+1 < len(list) && kept-list[i+1].Seq > farApart {
			keep = true
		}
		if keep {
			kept = v.Seq
		} else {
			out = append(out, v)
		}
	}
	return out
}

// span returns of how long a time the last snapshot of such an age is kept, in
// milliseconds: 0 is every one. End says that none is.
func (p Policy) span(age time.Duration) (width int64, end bool) {
	switch {
	case age < p.All:
		return 0, false
	case age < p.Hourly:
		return time.Hour.Milliseconds(), false
	case age < p.Daily:
		return 24 * time.Hour.Milliseconds(), false
	}
	return 1, true
}

// drop takes a snapshot away: it is forgotten first, so that whoever finds no object knows
// why, and sweep takes what is left then. One that is locked yet stays among the objects.
func (s *Service) drop(ctx context.Context, v store.Snapshot) error {
	keys, err := Objects(v)
	if err != nil {
		return err
	}
	if err := s.Store.DropSnapshot(ctx, v.Map, v.Seq); err != nil {
		return err
	}
	for _, key := range keys {
		err := s.Objects.Delete(ctx, key)
		if fault.Is(err, fault.Permission) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Trim lets the changes of a map go that are older than the policy keeps, once the
// state they led to is kept as the beginning of the log, and leads to the state there is.
func (s *Service) Trim(ctx context.Context, m id.Map) error {
	if err := s.trimRest(ctx, m); err != nil {
		return err
	}
	to, err := s.trimmable(ctx, m)
	if err != nil || to == 0 {
		return err
	}
	if err := s.pinUpTo(ctx, m, to); err != nil {
		return err
	}
	base, err := s.beginning(ctx, m, to)
	if err != nil {
		return err
	}
	if err := s.begin(ctx, m, base); err != nil {
		return err
	}
	return s.trim(ctx, m, base)
}

// begin lets a log begin anew, once all before that has a name is kept in another way.
func (s *Service) begin(ctx context.Context, m id.Map, base store.Base) error {
	unlock, err := s.locks.lock(ctx, m)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.pinUpTo(ctx, m, base.Seq); err != nil {
		return err
	}
	_, err = s.Store.Trim(ctx, m, base, trimRows)
	return err
}

// trimRest ends a trim that was interrupted. Where the beginning of a log was mended, what
// lies before it is younger, and waits until its time is over.
func (s *Service) trimRest(ctx context.Context, m id.Map) error {
	base, err := s.base(ctx, m)
	if err != nil || base.Seq == 0 {
		return err
	}
	now, err := s.clock.Now(ctx)
	if err != nil || base.At >= now.Add(-s.c.Policy.Log).UnixMilli() {
		return err
	}
	left, err := s.Store.Strides(ctx, m, base.Seq+1, 1)
	if err != nil || len(left) == 0 {
		return err
	}
	return s.trim(ctx, m, base)
}

// beginning returns the state at a seq as the beginning of a log, proven to lead to the
// hash of the state there is: without the log before it nobody could find out any more.
func (s *Service) beginning(ctx context.Context, m id.Map, at uint64) (base store.Base, err error) {
	rec, err := s.Store.Room(ctx, m)
	if err != nil {
		return base, err
	}
	plain := Source{Store: s.Store} // for when a snapshot lies
	for _, from := range []*Source{&s.Source, &plain} {
		var moment *Moment
		if moment, err = from.At(ctx, m, at); err != nil {
			continue
		}
		if base, err = s.provenBase(ctx, moment, rec); err == nil {
			return base, nil
		}
	}
	return base, err
}

// provenBase returns a moment as the beginning of a log, if it leads to the state there is.
func (s *Service) provenBase(ctx context.Context, m *Moment, rec store.Room) (base store.Base, err error) {
	base = store.Base{Seq: m.Seq, At: m.At}
	if base.Data, err = m.pack(); err != nil {
		return base, err
	}
	r, err := Begin(seq.Config{Map: m.Map}, rec.Epoch, base)
	if err != nil {
		return base, err
	}
	return base, replay(ctx, s.Store, r, rec)
}

func (s *Service) trim(ctx context.Context, m id.Map, base store.Base) error {
	for range trimSteps {
		if done, err := s.Store.Trim(ctx, m, base, trimRows); err != nil || done {
			return err
		}
	}
	return nil
}

// trimmable returns the last seq of those that may go, or 0 for none. Times of a log
// go up, but for a clock that was set back: the search then finds one of the places
// where they pass the bound, before which all but such are older.
func (s *Service) trimmable(ctx context.Context, m id.Map) (uint64, error) {
	rec, err := s.Store.Room(ctx, m)
	if err != nil {
		return 0, ignore(err, fault.NotFound)
	}
	base, err := s.base(ctx, m)
	if err != nil {
		return 0, err
	}
	now, err := s.clock.Now(ctx)
	if err != nil {
		return 0, err
	}
	old := now.Add(-s.c.Policy.Log).UnixMilli()
	lo, hi := base.Seq, rec.Head // lo may go; above hi nothing may
	for lo < hi {
		mid := hi - (hi-lo)/2
		row, err := s.Store.Strides(ctx, m, mid+1, momentRead)
		if err != nil {
			return 0, err
		}
		if len(row) == 1 && row[0].At < old {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	if lo-base.Seq < trimLeast {
		return 0, nil
	}
	return lo, nil
}

func ignore(err error, k fault.Kind) error {
	if fault.Is(err, k) {
		return nil
	}
	return err
}

// pinUpTo makes snapshots of the named versions of a map up to a seq that have none.
func (s *Service) pinUpTo(ctx context.Context, m id.Map, to uint64) error {
	named, err := s.names(ctx, m)
	if err != nil {
		return err
	}
	for at := range named {
		if at <= to {
			// What is not kept any more cannot be, whatever it is called.
			if err := ignore(s.Pin(ctx, m, at), fault.NotFound); err != nil {
				return err
			}
		}
	}
	return nil
}

// Pin sees to it that there is a snapshot of a moment, for it to be kept for ever. It
// returns fault.NotFound for a moment that is not kept any more.
func (s *Service) Pin(ctx context.Context, m id.Map, at uint64) error {
	have, err := s.snapshotOf(ctx, m, at)
	if err != nil {
		return err
	}
	if have.Seq != 0 && !have.Damaged {
		return nil
	}
	moment, err := s.Source.At(ctx, m, at)
	if err != nil {
		return err
	}
	return s.keep(ctx, moment)
}

// sweep takes away a page of objects that nobody knows: what was written just before
// the server ended.
func (s *Service) sweep(ctx context.Context) error {
	if c, ok := s.Objects.(blob.Cleaner); ok && s.walk.object == "" {
		if err := c.Clean(ctx); err != nil {
			return err
		}
	}
	list, err := s.Objects.List(ctx, root, s.walk.object, walkObjects)
	if err != nil {
		return err
	}
	now, err := s.clock.Now(ctx)
	if err != nil {
		return err
	}
	old := now.Add(-orphanAge).UnixMilli()
	for _, o := range list {
		s.walk.object = o.Key
		if o.At >= old {
			continue
		}
		if err := s.sweepOne(ctx, o.Key); err != nil {
			return err
		}
	}
	if len(list) < walkObjects {
		s.walk.object = ""
	}
	return nil
}

// sweepOne takes an object away that is of no snapshot that is noted. What is not named as
// ours is nobody's business.
func (s *Service) sweepOne(ctx context.Context, key string) error {
	owner, file, ok := strings.Cut(strings.TrimPrefix(key, root), "/")
	m, err := id.Parse[id.Map](owner)
	number, _, dash := strings.Cut(file, "-")
	at, nerr := strconv.ParseUint(number, 10, 63)
	if !ok || err != nil || !dash || nerr != nil {
		return nil
	}
	unlock, err := s.locks.lock(ctx, m) // it may be about to be noted
	if err != nil {
		return err
	}
	defer unlock()
	v, err := s.snapshotOf(ctx, m, at)
	if err != nil || v.Seq != 0 && (key == object(m, at, v.Hash) || key == pictureObject(m, at, v.Picture)) {
		return err
	}
	return ignore(s.Objects.Delete(ctx, key), fault.Permission)
}
