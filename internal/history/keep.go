package history

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
)

const (
	// soonRows changes of a map, or one that is lateAfter old, make a snapshot due, but
	// not within gap of the one before. The promise is a minute.
	soonRows  = 200
	lateAfter = 40 * time.Second
	gap       = 10 * time.Second

	// workers make snapshots at once: the place may be far away, and each holds a map.
	workers = 4
	// roundMost bounds how many are made before it is looked anew what is due.
	roundMost = 64
	// oldMost maps that never had one get theirs at once, with rests of oldRest times as
	// long as each took.
	oldMost = 8
	oldRest = 3
	// putTimeout bounds writing one object.
	putTimeout = 30 * time.Second
	// restFirst doubles with each failure of the place, up to restMost.
	restFirst, restMost = time.Second, 30 * time.Second
	// restBroken is how long a map rests whose log cannot be folded.
	restBroken = 10 * time.Minute
)

// pending is a map with changes in no snapshot. Times are of the process's own clock.
type pending struct {
	rows  int
	since time.Time // of the first of them
	rest  time.Time // not before
	busy  bool      // one is being made
	again bool      // and more was changed since it began
	next  time.Time // when the first of that was
	old   bool      // nothing was changed since the server knows of it
}

// Changed is told of changes that are on disk. It never waits.
func (s *Service) Changed(m id.Map, rows int) { s.note(m, rows, 0) }

// noteOld is told of a map that never had a snapshot, from before there were any. They are
// made in between, a few at a time: there may be very many.
func (s *Service) noteOld(m id.Map) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.pending[m]; !ok {
		s.pending[m] = pending{since: time.Now(), old: true}
	}
}

func (s *Service) note(m id.Map, rows int, waited time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	p, ok := s.pending[m]
	switch {
	case !ok:
		p.since = now.Add(-waited)
	case p.busy && !p.again:
		p.again, p.next, p.rows = true, now, 0
	case !p.busy && now.Add(-waited).Before(p.since):
		p.since = now.Add(-waited)
	}
	if p.old {
		p.old, p.since = false, now.Add(-waited)
	}
	p.rows += rows
	s.pending[m] = p
}

// due takes what is due, the longest waiting first.
func (s *Service) due() []id.Map {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for m, at := range s.made {
		if now.Sub(at) >= gap {
			delete(s.made, m)
		}
	}
	if now.Before(s.rest) {
		return nil
	}
	var list, old []id.Map
	for m, p := range s.pending {
		_, young := s.made[m]
		switch {
		case p.busy || young || now.Before(p.rest):
		case p.old:
			if len(old) < oldMost {
				old = append(old, m)
			}
		case p.rows >= soonRows || now.Sub(p.since) >= lateAfter:
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		list = old
	}
	slices.SortFunc(list, func(a, b id.Map) int { return s.pending[a].since.Compare(s.pending[b].since) })
	list = list[:min(len(list), roundMost)]
	for _, m := range list {
		p := s.pending[m]
		p.busy, p.rows = true, 0
		s.pending[m], s.made[m] = p, now
	}
	return list
}

// round makes the snapshots that are due.
func (s *Service) round(ctx context.Context) {
	list := s.due()
	if len(list) == 0 {
		return
	}
	queue := make(chan id.Map, len(list))
	for _, m := range list {
		queue <- m
	}
	close(queue)
	hands := min(workers, len(list))
	if s.areOld(list[0]) {
		hands = 1
	}
	var all sync.WaitGroup
	for range hands {
		all.Go(func() {
			for m := range queue {
				began, err := time.Now(), errResting
				if !s.resting() {
					err = s.snap(ctx, m)
				}
				if s.areOld(m) {
					pause(ctx, oldRest*time.Since(began))
				}
				s.settle(ctx, m, err)
			}
		})
	}
	all.Wait()
}

// areOld reports whether a map is one of those that are made in between.
func (s *Service) areOld(m id.Map) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pending[m].old
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// errResting is the end of a try that was none, since the place had just failed.
var errResting error = fault.New(fault.Busy, "the place of snapshots is not asked for a while")

// resting reports whether nothing is to be tried now.
func (s *Service) resting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.rest)
}

// settle notes how a snapshot went.
func (s *Service) settle(ctx context.Context, m id.Map, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	p := s.pending[m]
	if err == nil {
		s.fails, s.rest = 0, time.Time{}
		if !p.old {
			s.worst = max(s.worst, now.Sub(p.since))
		}
		if !p.again {
			delete(s.pending, m)
			return
		}
		s.pending[m] = pending{rows: p.rows, since: p.next}
		return
	}
	p.busy, p.again = false, false
	if errors.Is(err, errResting) {
		s.pending[m] = p
		return
	}
	s.stats.Failed++
	if !fault.Is(err, fault.Busy) {
		p.rest = now.Add(restBroken) // it is this map
	} else {
		s.rest = now.Add(min(restFirst<<min(s.fails, 10), restMost))
		s.fails++
	}
	s.pending[m] = p
	if ctx.Err() == nil && s.c.OnError != nil {
		s.c.OnError(err)
	}
}

// snap makes a snapshot of a map as it is now.
func (s *Service) snap(ctx context.Context, m id.Map) error {
	rec, err := s.Store.Room(ctx, m)
	if fault.Is(err, fault.NotFound) || err == nil && rec.Head == 0 {
		return nil // it is gone, or nothing was done in it
	}
	if err != nil {
		return elsewhere(err)
	}
	if have, err := s.Store.Snapshots(ctx, m, 0, 1); err == nil && len(have) == 1 && have[0].Seq == rec.Head && !have[0].Damaged {
		return nil
	}
	moment, err := s.proven(ctx, m, rec)
	if err != nil {
		return err
	}
	return s.keep(ctx, moment)
}

// proven returns the state at a record, folded and compared with it. When what a
// snapshot leads to differs, the whole log says whether the snapshot or the log is wrong.
func (s *Service) proven(ctx context.Context, m id.Map, rec store.Room) (*Moment, error) {
	moment, err := s.Source.At(ctx, m, rec.Head)
	if err == nil && moment.State.Hash().Bytes() == rec.Hash {
		s.sound(m)
		return moment, nil
	}
	if ctx.Err() != nil {
		return nil, elsewhere(ctx.Err())
	}
	plain := Source{Store: s.Store}
	whole, werr := plain.At(ctx, m, rec.Head)
	if werr == nil && whole.State.Hash().Bytes() != rec.Hash {
		werr = fault.New(fault.Internal, "the log of map "+m.String()+" folds to another state than the stored hash")
	}
	if werr != nil && !fault.Is(werr, fault.Internal) {
		return nil, elsewhere(werr) // the store, or the map is gone: the next try tells
	}
	if werr != nil {
		s.unsound(m)
		return nil, werr
	}
	s.sound(m)
	if from := s.newest(ctx, m, 0, rec.Head); !fault.Is(err, fault.Busy) && len(from) > 0 {
		s.spoil(ctx, from[0], fault.New(fault.Internal, "a snapshot does not lead to the stored hash"))
	}
	return whole, nil
}

// elsewhere marks an error that says nothing about the map.
func elsewhere(err error) error { return fault.Wrap(fault.Busy, "make a snapshot", err) }

// keep makes a moment a snapshot.
func (s *Service) keep(ctx context.Context, m *Moment) error {
	now, err := s.clock.Now(ctx)
	if err != nil {
		return elsewhere(err)
	}
	m.Clients = slices.DeleteFunc(m.Clients, func(c seq.Client) bool { return c.At < now.Add(-s.c.Policy.Log).UnixMilli() })
	packed, err := m.pack()
	if err != nil {
		return err
	}
	v := store.Snapshot{Map: m.Map, Seq: m.Seq, Hash: sum(packed), Size: int64(len(packed)), At: m.At, Made: s.c.Now().UnixMilli()}
	if err := s.put(ctx, object(v.Map, v.Seq, v.Hash), packed); err != nil {
		return err
	}
	if picture := s.draw(m); picture != nil {
		v.Picture = sum(picture)
		if err := s.put(ctx, pictureObject(v.Map, v.Seq, v.Picture), picture); err != nil {
			return err
		}
		v.Size += int64(len(picture))
	}
	err = s.Store.AddSnapshot(ctx, v)
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) { // there already, or the map is gone
		return elsewhere(err)
	}
	s.mu.Lock()
	s.stats.Made++
	s.mu.Unlock()
	return nil
}

// draw returns the packed picture of a map; nil when there is none to have. A map that
// cannot be drawn has its snapshot all the same.
func (s *Service) draw(m *Moment) []byte {
	if s.c.Picture == nil {
		return nil
	}
	svg, err := s.c.Picture(m.State)
	if err == nil && len(svg) > maxPicture {
		err = fault.New(fault.Limit, "the picture is too large")
	}
	var packed []byte
	if err == nil {
		packed, err = compress(svg)
	}
	if err != nil {
		s.report(ignore(err, fault.Limit)) // a map that large has none
		return nil
	}
	return packed
}

// put writes an object whose name says what is in it, so that one that is there already
// is as good, unless it is damaged: then it makes place.
func (s *Service) put(ctx context.Context, key string, b []byte) error {
	ctx, cancel := context.WithTimeout(ctx, putTimeout)
	defer cancel()
	err := s.create(ctx, key, b)
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	have, err := readAll(ctx, s.Objects, key)
	if err == nil && bytes.Equal(have, b) {
		return nil
	}
	if err != nil && !fault.Is(err, fault.Internal) {
		return elsewhere(err)
	}
	if err := s.Objects.Delete(ctx, key); err != nil {
		return elsewhere(err)
	}
	return s.create(ctx, key, b)
}

// create writes an object. It returns fault.Conflict for one that is there already.
func (s *Service) create(ctx context.Context, key string, b []byte) error {
	var o blob.CreateOptions
	if s.Objects.Locks() {
		o.LockUntil = s.c.Now().Add(s.c.Policy.All)
	}
	_, err := s.Objects.Create(ctx, key, bytes.NewReader(b), o)
	if err == nil || fault.Is(err, fault.Conflict) {
		return err
	}
	if fault.Is(err, fault.Lost) {
		if info, serr := s.Objects.Stat(ctx, key); serr == nil && info.Size == int64(len(b)) {
			return nil
		}
	}
	return elsewhere(err)
}
