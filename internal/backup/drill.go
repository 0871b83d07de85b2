package backup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"filippo.io/age"

	"plectica/internal/archive"
	"plectica/internal/fault"
)

// Scratch is a place that is restored to for trial, and goes afterwards.
type Scratch struct {
	Target archive.Target
	// Check asks what was restored whether it is whole: how many maps and changes it has,
	// a sentence for whatever is damaged, and the hash of each map's state. It works for a
	// share of the time.
	Check func(ctx context.Context, share float64) (*Checked, error)
	// Open opens a map as somebody would who only looks, and returns its state's hash.
	Open func(ctx context.Context, of string) (hash string, err error)
	// Remove takes all of it away.
	Remove func() error
}

// Checked is what a Scratch holds.
type Checked struct {
	Maps   int
	Ops    uint64
	Hashes map[string]string // of each map's state, by its id
	Bad    []string
}

// Drilled is the record of a drill.
type Drilled struct {
	Archive string   `json:"archive"` // its id
	Place   string   `json:"place"`
	Created int64    `json:"created"` // when the archive was made
	Age     int64    `json:"age"`     // of the archive then, milliseconds
	Took    int64    `json:"took"`    // milliseconds
	Maps    int      `json:"maps"`
	Ops     uint64   `json:"ops"`
	Opened  int      `json:"opened"` // maps that were opened as somebody would
	Wrong   []string `json:"wrong,omitempty"`
}

const (
	// drillOpens is how many maps a drill opens.
	drillOpens = 20
	// drillShare is for how much of the time a drill works.
	drillShare = 0.5
	// drillTimeout bounds one drill.
	drillTimeout = 12 * time.Hour
)

// Drill restores the newest archive for trial, compares everything, and keeps a record of
// how it went. The error is what is wrong.
func (s *Service) Drill(ctx context.Context) (*Drilled, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c.Scratch == nil || len(s.c.Places) == 0 {
		return nil, fault.New(fault.Invalid, "there is no place that could be drilled from")
	}
	began, now := time.Now(), s.c.Now()
	// Each place has its turn.
	p := s.c.Places[int(now.Unix()/int64((24*time.Hour).Seconds()))%len(s.c.Places)]
	d := &Drilled{Place: p.Name}
	err := s.drill(ctx, p, d)
	if err != nil && len(d.Wrong) == 0 {
		d.Wrong = []string{err.Error()}
	}
	d.Took = time.Since(began).Milliseconds()
	return d, errors.Join(err, s.record(ctx, KindDrill, newID(), now.UnixMilli(), err == nil, d))
}

func (s *Service) drill(ctx context.Context, p Place, d *Drilled) (err error) {
	ctx, cancel := context.WithTimeout(ctx, drillTimeout)
	defer cancel()
	key, err := s.c.Keys.Drill()
	if err != nil {
		return err
	}
	r, early, err := Newest(ctx, p, s.c.Now())
	if err != nil {
		return err
	}
	if early > 0 {
		s.report(fault.New(fault.Conflict, fmt.Sprintf("%d archives at %s are of a time yet to come: a clock is or was wrong", early, p.Name)))
	}
	d.Archive, d.Created, d.Age = r.ID, r.Created, s.c.Now().UnixMilli()-r.Created
	scratch, err := s.c.Scratch(ctx, r.Totals)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scratch.Remove()) }()
	o, err := p.Open(ctx, r.Key)
	if err != nil {
		return fault.Wrap(fault.Busy, "read the archive from "+p.Name, err)
	}
	defer func() { _ = o.Close() }() // only read
	in := count(o)
	m, err := archive.Restore(ctx, in, []age.Identity{key}, scratch.Target, drillShare)
	if err != nil {
		return err
	}
	if in.hex() != r.Sum {
		return fault.New(fault.Internal, "the archive is another than its receipt says")
	}
	return compare(ctx, scratch, m, d)
}

// compare holds what was restored against what the archive says was there.
func compare(ctx context.Context, scratch *Scratch, m *archive.Manifest, d *Drilled) error {
	got, err := scratch.Check(ctx, drillShare)
	if err != nil {
		return err
	}
	finds := archive.NewFindings(got.Bad)
	d.Maps, d.Ops = got.Maps, got.Ops
	if got.Maps != m.MapCount || got.Ops != m.OpCount {
		finds.Add("%d maps with %d changes were restored, not %d with %d", got.Maps, got.Ops, m.MapCount, m.OpCount)
	}
	for _, v := range m.Maps {
		if v.Head > 0 && got.Hashes[v.ID] != v.Hash {
			finds.Add("map %s has another state", v.ID)
		}
	}
	for _, v := range spread(m.Maps, drillOpens) {
		hash, err := scratch.Open(ctx, v.ID)
		switch {
		case ctx.Err() != nil:
			return fault.Wrap(fault.Busy, "drill", ctx.Err())
		case err != nil:
			finds.Add("map %s cannot be opened: %v", v.ID, err)
		case hash != v.Hash:
			finds.Add("map %s opens with another state", v.ID)
		default:
			d.Opened++
		}
	}
	d.Wrong = finds.List()
	if err := finds.Err(); err != nil {
		return fault.Wrap(fault.Internal, fmt.Sprintf("the drill of archive %s failed", d.Archive), err)
	}
	return nil
}

// spread returns at most n maps from all over a list, of those in which something was done.
func spread(list []archive.Map, n int) []archive.Map {
	var busy []archive.Map
	for _, m := range list {
		if m.Head > 0 {
			busy = append(busy, m)
		}
	}
	if len(busy) <= n {
		return busy
	}
	out := make([]archive.Map, n)
	for i := range out {
		out[i] = busy[i*len(busy)/n]
	}
	return out
}
