package backup

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"plectica/internal/archive"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	segmentDir    = "segments/"
	segmentSuffix = ".seg.zst.age"
	// segmentBytes bounds the changes in one segment, about.
	segmentBytes = 4 << 20
	// stampDigits is how many digits a segment's name has; it sorts by them.
	stampDigits = 14

	// shipEvery is how often what was done is sent on.
	shipEvery = 2 * time.Second
	// shipLook is how often it is looked for what nobody told of, and shipPage how many
	// maps at once.
	shipLook = 10 * time.Minute
	shipPage = 500
	// shipTimeout bounds sending one segment.
	shipTimeout = 2 * time.Minute
	// shipMaps bounds the maps in one segment.
	shipMaps = 2000
	// sickRest is how long a map rests whose log cannot be read.
	sickRest = 5 * time.Minute
	// maxSegments bounds how many segments are listed.
	maxSegments = 4 << 20
)

// ShipStore is what is read of the store for it.
type ShipStore interface {
	store.Log
	store.Past
	store.Shipping
}

// sender is what is needed to send anything to a place.
type sender struct {
	place Place
	view  func(ctx context.Context, look func(store.View) error) error
	keys  *Keys
	keep  time.Duration
	now   func() time.Time
	fail  func(error)
}

func (s *sender) report(err error) {
	if s.fail != nil {
		s.fail(err)
	}
}

// Shipper sends what is done to one place, seconds after it was.
type Shipper struct {
	sender
	line     string
	st       ShipStore
	contents *courier

	mu    sync.Mutex
	dirty map[id.Map]time.Time // since when, by the process's own clock
	sent  map[id.Map]time.Time // those of them that are on their way
	sick  map[id.Map]time.Time // whose logs could not be read, and until when they rest
	// tablesSince is since when the place lacks what is in the tables; zero: it has it.
	tablesSince time.Time

	begun bool // it is known where it was left

	stamp      int64     // of the last segment
	sum, seen  string    // hashes of the tables, as they were sent and as they are
	tables     time.Time // the tables are not read before
	tablesSend time.Time // nor sent
}

// Further are the places beyond the first.
func (s *Service) Further() []Place {
	if len(s.c.Places) < 2 {
		return nil
	}
	return s.c.Places[1:]
}

// NewShipper returns one for a place; Run does its work.
func (s *Service) NewShipper(p Place, st ShipStore) *Shipper {
	to := sender{place: p, view: s.c.Source.View, keys: s.c.Keys, keep: s.c.Keep, now: s.c.Now, fail: s.report}
	return &Shipper{
		sender: to, line: s.c.Line, st: st, dirty: make(map[id.Map]time.Time), sick: make(map[id.Map]time.Time),
		contents: &courier{sender: to, blobs: s.c.Source.Blobs, known: make(map[attached]bool)},
	}
}

// Changed is told of changes that are on disk. It never waits.
func (s *Shipper) Changed(m id.Map, _ int) { s.note(m, 0) }

func (s *Shipper) note(m id.Map, waited time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := time.Now().Add(-waited)
	if at, ok := s.dirty[m]; !ok || since.Before(at) {
		s.dirty[m] = since
	}
}

// Age returns how old the oldest change is that the place does not have, of maps, tables or
// contents; 0: it has all.
func (s *Shipper) Age() time.Duration {
	age := s.contents.age()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.tablesSince.IsZero() {
		age = max(age, time.Since(s.tablesSince))
	}
	for _, list := range []map[id.Map]time.Time{s.dirty, s.sent} {
		for _, at := range list {
			age = max(age, time.Since(at))
		}
	}
	return age
}

// Place is what the operator calls where it sends to.
func (s *Shipper) Place() string { return s.place.Name }

// Run sends until ctx ends. No change of a map waits for contents, which may be large.
func (s *Shipper) Run(ctx context.Context) {
	var contents sync.WaitGroup
	contents.Go(func() { s.contents.run(ctx) })
	defer contents.Wait()
	tick, look := time.NewTicker(shipEvery), time.NewTicker(shipLook)
	defer tick.Stop()
	defer look.Stop()
	var sent, looked patience
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.tried(ctx, &sent, s.changed)
		case <-look.C:
			s.tried(ctx, &looked, s.look)
		}
	}
}

// run sends contents until ctx ends.
func (c *courier) run(ctx context.Context) {
	tick := time.NewTicker(shipEvery)
	defer tick.Stop()
	var p patience
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.tried(ctx, &p, c.bring)
		}
	}
}

// patience asks a place that fails less and less often.
type patience struct {
	rest  time.Time // nothing is tried before
	fails int
}

// tried does something, unless the place failed just now, and notes how it went.
func (s *sender) tried(ctx context.Context, p *patience, do func(context.Context) error) {
	const first, most = time.Second, time.Minute
	if time.Now().Before(p.rest) {
		return
	}
	err := do(ctx)
	if err == nil {
		p.fails = 0
		return
	}
	p.rest = time.Now().Add(min(first<<min(p.fails, 10), most))
	if p.fails++; ctx.Err() == nil {
		s.report(err)
	}
}

// begin finds where it was left. Nothing is sent before: it might come before what is there.
func (s *Shipper) begin(ctx context.Context) error {
	if s.begun {
		return nil
	}
	if err := s.look(ctx); err != nil {
		return err
	}
	if err := s.lastStamp(ctx); err != nil {
		return err
	}
	s.begun = true
	return nil
}

// lastStamp finds the newest segment of the place: the next is to come after it, whatever
// the clock says.
func (s *Shipper) lastStamp(ctx context.Context) error {
	return eachSegment(ctx, s.place, 0, func(v segment) error {
		s.stamp = max(s.stamp, v.stamp)
		return nil
	})
}

// look finds what the place does not have.
func (s *Shipper) look(ctx context.Context) error {
	for after := (id.Map{}); ; {
		list, last, done, err := s.st.Unshipped(ctx, s.place.Name, after, shipPage)
		if err != nil {
			return err
		}
		for _, b := range list {
			s.note(b.Map, max(0, s.now().Sub(time.UnixMilli(b.Since))))
		}
		if after = last; done {
			return nil
		}
	}
}

// take takes the maps that wait, the longest waiting first.
func (s *Shipper) take() map[id.Map]time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	list := make([]id.Map, 0, len(s.dirty))
	for m := range s.dirty {
		if now.Before(s.sick[m]) {
			continue
		}
		delete(s.sick, m)
		list = append(list, m)
	}
	if len(list) > shipMaps {
		slices.SortFunc(list, func(a, b id.Map) int { return s.dirty[a].Compare(s.dirty[b]) })
		list = list[:shipMaps]
	}
	out := make(map[id.Map]time.Time, len(list))
	for _, m := range list {
		out[m] = s.dirty[m]
		delete(s.dirty, m)
	}
	s.sent = out
	return out
}

// putBack lets maps wait on, and ends what was on its way.
func (s *Shipper) putBack(list map[id.Map]time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for m, at := range list {
		if have, ok := s.dirty[m]; !ok || at.Before(have) {
			s.dirty[m] = at
		}
	}
	s.sent = nil
}

// Ship sends what waits, if anything does, as Run does over and over.
func (s *Shipper) Ship(ctx context.Context) error {
	if err := s.changed(ctx); err != nil {
		return err
	}
	return s.contents.bring(ctx)
}

// changed sends what changed: logs first, since that is little, and the tables in a segment
// of their own.
func (s *Shipper) changed(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := s.shipLogs(ctx); err != nil {
		return err
	}
	return s.shipTables(ctx)
}

func (s *Shipper) shipLogs(ctx context.Context) error {
	maps := s.take()
	if len(maps) == 0 {
		return nil
	}
	sent, rest, _, err := s.send(ctx, maps, false)
	if err == nil {
		err = s.st.NoteShipped(ctx, s.place.Name, sent)
	}
	if err != nil {
		s.putBack(maps)
		return err
	}
	s.putBack(rest)
	return nil
}

// send writes a segment to the place. It returns up to where it has which map, the maps of
// which there is more, and how many bytes went.
func (s *Shipper) send(ctx context.Context, maps map[id.Map]time.Time, tables bool) (sent map[id.Map]uint64, rest map[id.Map]time.Time, n int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, shipTimeout)
	defer cancel()
	now := s.now().UnixMilli()
	stamp := max(now, s.stamp+1)
	sent, rest = make(map[id.Map]uint64), make(map[id.Map]time.Time)
	out := count(nil)
	ours, err := pipe(ctx, s.place, segmentKey(stamp, s.line), s.place.lock(s.now().Add(s.keep)), func(to io.Writer) error {
		return s.write(ctx, io.MultiWriter(to, out), now, maps, tables, sent, rest)
	})
	if ours {
		return nil, nil, out.n, err
	}
	s.stamp = stamp // it may be there, whatever the answer was
	if err != nil {
		return nil, nil, out.n, fault.Wrap(fault.Busy, "send changes to "+s.place.Name, err)
	}
	return sent, rest, out.n, nil
}

func (s *Shipper) write(ctx context.Context, to io.Writer, now int64, maps map[id.Map]time.Time, tables bool, sent map[id.Map]uint64, rest map[id.Map]time.Time) error {
	w, err := archive.NewSegment(to, s.keys.Recipients(), now)
	if err != nil {
		return err
	}
	left := segmentBytes
	for m, since := range maps {
		if left <= 0 {
			rest[m] = since
			continue
		}
		more, err := s.changes(ctx, w, m, sent, &left)
		if fault.Is(err, fault.Internal) && ctx.Err() == nil {
			s.ail(m, err) // the others do not wait for it
			more, err = true, nil
		}
		if err != nil {
			return err
		}
		if more {
			rest[m] = since
		}
	}
	if tables {
		if err := s.view(ctx, func(v store.View) error { return writeTables(ctx, w, v) }); err != nil {
			return err
		}
	}
	return w.Close()
}

// ail lets a map rest whose log cannot be read.
func (s *Shipper) ail(m id.Map, err error) {
	s.mu.Lock()
	s.sick[m] = time.Now().Add(sickRest)
	s.mu.Unlock()
	s.report(err)
}

// changes writes what the place does not have of a map, as far as there is room, and
// reports whether there is more.
func (s *Shipper) changes(ctx context.Context, w *archive.Segment, m id.Map, sent map[id.Map]uint64, left *int) (more bool, err error) {
	rec, err := s.st.Room(ctx, m)
	if fault.Is(err, fault.NotFound) {
		return false, nil // it is gone
	}
	if err != nil {
		return false, err
	}
	at, err := s.st.Shipped(ctx, s.place.Name, m)
	if err != nil {
		return false, err
	}
	if base, err := s.st.Base(ctx, m); err == nil {
		at = max(at, base.Seq) // what came before is in the archives
	} else if !fault.Is(err, fault.NotFound) {
		return false, err
	}
	if at >= rec.Head {
		return false, nil
	}
	rows, err := s.gather(ctx, m, at, rec.Head, left)
	if err != nil {
		return false, err
	}
	end := at + uint64(len(rows))
	hash := ""
	if end == rec.Head {
		hash = archive.Hex(rec.Hash[:])
	}
	if err := w.Map(m, hash); err != nil {
		return false, err
	}
	for i := range rows {
		if err := w.Op(&rows[i]); err != nil {
			return false, err
		}
	}
	sent[m] = end
	return end < rec.Head, nil
}

// gather reads rows of a log, as far as there is room, and at least one.
func (s *Shipper) gather(ctx context.Context, m id.Map, after, head uint64, left *int) ([]store.Row, error) {
	var out []store.Row
	for at := after; at < head && (*left > 0 || len(out) == 0); at = after + uint64(len(out)) {
		rows, err := s.st.Read(ctx, m, at, int(min(history.Page, head-at)))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if len(r.Data) > archive.MaxData {
				return nil, fault.New(fault.Internal, fmt.Sprintf("change %d of map %s is larger than can be sent", r.Seq, m))
			}
			out = append(out, r)
			*left -= len(r.Data)
		}
	}
	return out, nil
}
