package history

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

const (
	// Page is how many rows of a log are read at once; each may have seq.MaxTxnBytes.
	Page = 128
	// shortLog is how many changes are folded from the log alone: reading a snapshot
	// would cost as much.
	shortLog = 512
	// recall is how many changes before a snapshot a room takes in again, so that late
	// edits of texts can still be merged.
	recall = 8192
	// tries bounds how many snapshots are tried before a log is folded from its beginning.
	tries = 3
	// besideMost bounds how many snapshots are tried when the beginning of a log is damaged.
	besideMost = 64
	// fetchTimeout bounds reading one snapshot: the log has the same.
	fetchTimeout = 5 * time.Second
)

// Store is what is read of the store.
type Store interface {
	store.Log
	store.Past
	store.Checker
}

// Source is where the pasts of maps are read.
type Source struct {
	Store   Store
	Objects blob.Bucket // of snapshots; nil: there are none
	// Damaged, when set, hears of a snapshot that is not what it was, and Baseless of a map
	// whose log has a damaged beginning.
	Damaged  func(s store.Snapshot, err error)
	Baseless func(m id.Map, err error)
}

// Open folds a map's log into a room without connections, as far as the record says,
// from the newest snapshot that is sound. An error of kind fault.Internal means that the
// log is damaged, and no snapshot makes up for it.
func (s *Source) Open(ctx context.Context, c seq.Config, rec store.Room) (*seq.Room, error) {
	var r *seq.Room
	err := s.steady(ctx, c.Map, func(base store.Base) (err error) {
		var misled []store.Snapshot
		if r, misled = s.openNewest(ctx, c, rec, base.Seq); r != nil {
			return nil
		}
		if r, err = Begin(c, rec.Epoch, base); err != nil {
			s.baseless(c.Map, err)
			if beside := s.openBeside(ctx, c, rec, base.Seq); beside != nil {
				r, err = beside, nil
			}
			return err
		}
		if err = replay(ctx, s.Store, r, rec); err != nil {
			return err
		}
		for _, v := range misled { // the log is sound, so they are not
			s.spoil(ctx, v, fault.New(fault.Internal, "a snapshot does not lead to the stored hash"))
		}
		return nil
	})
	return r, err
}

// Replay folds a whole log, which begins with the first change, into a room without
// connections.
func Replay(ctx context.Context, log store.Log, c seq.Config, rec store.Room) (*seq.Room, error) {
	r := seq.New(c, rec.Epoch)
	return r, replay(ctx, log, r, rec)
}

// Begin returns a room at the beginning of a map's log, of which nothing is folded yet.
func (s *Source) Begin(ctx context.Context, c seq.Config, epoch uint64) (*seq.Room, error) {
	base, err := s.base(ctx, c.Map)
	if err != nil {
		return nil, err
	}
	return Begin(c, epoch, base)
}

// Begin returns a room at the beginning of a log; the zero base is the first change. The
// error has kind fault.Internal.
func Begin(c seq.Config, epoch uint64, base store.Base) (*seq.Room, error) {
	r := seq.New(c, epoch)
	if base.Seq == 0 {
		return r, nil
	}
	m, err := unpack(base.Data, c.Map)
	if err != nil {
		return nil, err
	}
	r.Start(m.Seq, m.State, m.Clients)
	return r, nil
}

// steady calls read with where a map's log begins, and once more if that went wrong and
// the log was trimmed meanwhile.
func (s *Source) steady(ctx context.Context, m id.Map, read func(store.Base) error) error {
	base, err := s.base(ctx, m)
	if err != nil {
		return err
	}
	err = read(base)
	if err == nil || ctx.Err() != nil {
		return err
	}
	now, berr := s.base(ctx, m)
	if berr != nil || now.Seq == base.Seq {
		return err
	}
	return read(now)
}

// openNewest opens a map from a snapshot; nil when there is none that serves. Misled are
// those that could be read and from which the log did not come to its hash.
func (s *Source) openNewest(ctx context.Context, c seq.Config, rec store.Room, base uint64) (r *seq.Room, misled []store.Snapshot) {
	if rec.Head-min(rec.Head, base) <= shortLog {
		return nil, nil
	}
	for _, snap := range s.newest(ctx, c.Map, base, rec.Head) {
		r := seq.New(c, rec.Epoch)
		if !s.openFrom(ctx, r, snap, base) {
			continue
		}
		if replay(ctx, s.Store, r, rec) == nil {
			return r, nil
		}
		misled = append(misled, snap)
	}
	return nil, misled
}

// openBeside opens a map whose log has a damaged beginning from a snapshot that leads to the
// state there is; nil when there is none.
func (s *Source) openBeside(ctx context.Context, c seq.Config, rec store.Room, base uint64) *seq.Room {
	for _, snap := range s.beside(ctx, c.Map, base, rec.Head) {
		r := seq.New(c, rec.Epoch)
		if s.openFrom(ctx, r, snap, base) && replay(ctx, s.Store, r, rec) == nil {
			return r
		}
	}
	return nil
}

// baseless tells of a log that has a damaged beginning.
func (s *Source) baseless(m id.Map, why error) {
	if s.Baseless != nil {
		s.Baseless(m, fault.Wrap(fault.Internal, "the log of map "+m.String()+" has a damaged beginning", why))
	}
}

// base returns where a log begins; its zero value is the first change.
func (s *Source) base(ctx context.Context, m id.Map) (store.Base, error) {
	b, err := s.Store.Base(ctx, m)
	if fault.Is(err, fault.NotFound) {
		return store.Base{}, nil
	}
	return b, err
}

// newest returns the sound snapshots, newest first, that lie after a base and up to a
// seq, or none: what cannot be asked for now is in the log too.
func (s *Source) newest(ctx context.Context, m id.Map, base, upTo uint64) []store.Snapshot {
	return s.soundest(ctx, m, base+1, upTo, tries)
}

// beside returns the sound snapshots that serve where the beginning of a log is damaged.
func (s *Source) beside(ctx context.Context, m id.Map, base, upTo uint64) []store.Snapshot {
	return s.soundest(ctx, m, base, upTo, besideMost)
}

// soundest returns the sound ones among the newest few snapshots of some moments.
func (s *Source) soundest(ctx context.Context, m id.Map, from, upTo uint64, few int) []store.Snapshot {
	if s.Objects == nil {
		return nil
	}
	list, err := s.Store.Snapshots(ctx, m, upTo+1, few)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(list, func(v store.Snapshot) bool { return v.Damaged || v.Seq < from })
}

// openFrom starts a room at a snapshot and reports whether it could be read.
func (s *Source) openFrom(ctx context.Context, r *seq.Room, snap store.Snapshot, base uint64) bool {
	m, err := s.fetch(ctx, snap)
	if err != nil {
		return false
	}
	r.Start(m.Seq, m.State, m.Clients)
	from := max(base, m.Seq-min(m.Seq, recall))
	return Fold(ctx, s.Store, snap.Map, from, m.Seq, r.Recall) == nil
}

// replay folds what follows, up to the record, and compares.
func replay(ctx context.Context, log store.Log, r *seq.Room, rec store.Room) error {
	if err := Fold(ctx, log, r.Map(), r.Head(), rec.Head, r.Load); err != nil {
		return err
	}
	return r.Loaded(rec)
}

// fetch reads a snapshot and checks it. One that is damaged is noted as such.
func (s *Source) fetch(ctx context.Context, snap store.Snapshot) (*Moment, error) {
	m, err := s.Read(ctx, snap)
	if fault.Is(err, fault.Internal) {
		s.spoil(ctx, snap, err)
	}
	return m, err
}

// Read reads a snapshot and checks it. The error has kind fault.Internal if it is not what
// was written, any other if it cannot be read now.
func (s *Source) Read(ctx context.Context, snap store.Snapshot) (*Moment, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	b, err := readAll(ctx, s.Objects, object(snap.Map, snap.Seq, snap.Hash))
	switch {
	case fault.Is(err, fault.NotFound) && !s.listed(ctx, snap):
		return nil, err // it was thinned meanwhile
	case fault.Is(err, fault.NotFound):
		return nil, fault.Wrap(fault.Internal, "a snapshot is missing", err)
	case err != nil:
		return nil, fault.Wrap(fault.Busy, "read a snapshot", err) // the place, not the snapshot
	case sum(b) != snap.Hash:
		return nil, fault.New(fault.Internal, "a snapshot is not what was written")
	}
	m, err := unpack(b, snap.Map)
	if err == nil && m.Seq != snap.Seq {
		err = fault.New(fault.Internal, "a snapshot is of another moment")
	}
	return m, err
}

// listed reports whether a snapshot should be there.
func (s *Source) listed(ctx context.Context, v store.Snapshot) bool {
	have, err := s.snapshotOf(ctx, v.Map, v.Seq)
	return err == nil && have.Seq == v.Seq && have.Hash == v.Hash
}

// snapshotOf returns what is noted of a snapshot of a moment, sound or not; its seq is 0
// where there is none.
func (s *Source) snapshotOf(ctx context.Context, m id.Map, at uint64) (store.Snapshot, error) {
	have, err := s.Store.Snapshots(ctx, m, at+1, 1)
	if err != nil || len(have) == 0 || have[0].Seq != at {
		return store.Snapshot{}, err
	}
	return have[0], nil
}

// spoil notes that a snapshot is not what it should be. If that cannot be noted it is
// found again.
func (s *Source) spoil(ctx context.Context, v store.Snapshot, why error) {
	err := s.Store.SpoilSnapshot(ctx, v.Map, v.Seq)
	if s.Damaged != nil {
		s.Damaged(v, errors.Join(why, err))
	}
}

// readAll reads an object of at most MaxPacked bytes.
func readAll(ctx context.Context, objects blob.Bucket, key string) ([]byte, error) {
	o, err := objects.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = o.Close() }() // only read
	if o.Size() > MaxPacked {
		return nil, fault.New(fault.Internal, "an object is larger than any is")
	}
	var b bytes.Buffer
	b.Grow(int(o.Size()) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(o, MaxPacked)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// At returns a map as it was after a change. It returns fault.NotFound for a moment
// that is to come, or that is not kept any more.
func (s *Source) At(ctx context.Context, m id.Map, at uint64) (*Moment, error) {
	rec, err := s.Store.Room(ctx, m)
	if err != nil {
		return nil, err
	}
	if at > rec.Head || at == 0 {
		return nil, notKept()
	}
	var out *Moment
	err = s.steady(ctx, m, func(base store.Base) error {
		start, err := s.before(ctx, m, base, at)
		if err != nil {
			return err
		}
		out, err = s.forward(ctx, start, at)
		return err
	})
	return out, err
}

func notKept() error { return fault.New(fault.NotFound, "this moment of the map is not kept") }

// before returns the latest moment that can be read as it is and is not after a seq.
func (s *Source) before(ctx context.Context, m id.Map, base store.Base, at uint64) (*Moment, error) {
	for _, snap := range s.newest(ctx, m, 0, at) {
		if snap.Seq < base.Seq && snap.Seq != at {
			break // the base is nearer, or what follows is gone
		}
		if start, err := s.fetch(ctx, snap); err == nil {
			return start, nil
		}
	}
	switch {
	case at < base.Seq:
		return nil, notKept()
	case base.Seq > 0:
		start, err := unpack(base.Data, m)
		if err != nil {
			s.baseless(m, err)
			return s.nearBeside(ctx, m, base.Seq, at, err)
		}
		return start, nil
	}
	return &Moment{Map: m, State: sysmap.New()}, nil
}

// nearBeside returns the latest moment that can be read and is not after a seq, where the
// beginning of the log cannot be; or why that is so.
func (s *Source) nearBeside(ctx context.Context, m id.Map, base, at uint64, why error) (*Moment, error) {
	for _, snap := range s.beside(ctx, m, base, at) {
		if start, err := s.fetch(ctx, snap); err == nil {
			return start, nil
		}
	}
	return nil, why
}

// forward folds what follows a moment, up to a seq. The moment is used up.
func (s *Source) forward(ctx context.Context, from *Moment, to uint64) (*Moment, error) {
	r := seq.New(seq.Config{Map: from.Map}, 0)
	r.Start(from.Seq, from.State, from.Clients)
	at := from.At
	err := Fold(ctx, s.Store, from.Map, from.Seq, to, func(row store.Row) error {
		at = row.At
		return r.Load(row)
	})
	return &Moment{Map: from.Map, Seq: to, At: at, State: r.State(), Clients: r.Clients(0)}, err
}

// Fold feeds the rows of a map after one seq and up to another to load, in order. An
// error means that the log is damaged or could not be read.
func Fold(ctx context.Context, log store.Log, m id.Map, after, upTo uint64, load func(store.Row) error) error {
	for after < upTo {
		rows, err := log.Read(ctx, m, after, int(min(Page, upTo-after)))
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return fault.New(fault.Internal, "the log ends before its head")
		}
		for _, row := range rows {
			if err := load(row); err != nil {
				return err
			}
		}
		after += uint64(len(rows))
	}
	return nil
}
