package ledger

import (
	"context"
	"errors"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/store"
)

// Head returns how many records the log has.
func (l *Ledger) Head(ctx context.Context) (uint64, error) {
	h, err := l.c.Store.AuditHead(ctx)
	return h.Size, err
}

// Signed is when the last checkpoint was made, in milliseconds since 1970; 0: there is none.
func (l *Ledger) Signed(ctx context.Context) (int64, error) {
	c, err := l.c.Store.LastCheckpoint(ctx)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	return c.At, err
}

// Read returns at most limit records from one on, in order. It returns fault.Gone when the
// first of them is older than it is kept.
func (l *Ledger) Read(ctx context.Context, from uint64, limit int) ([]audit.Event, error) {
	got, err := l.c.Store.AuditLines(ctx, from, limit)
	if err != nil {
		return nil, err
	}
	out := make([]audit.Event, 0, min(len(got.Lines), limit))
	for i, line := range got.Lines[:min(len(got.Lines), limit)] {
		e, err := l.c.Log.Open(ctx, from+uint64(i), line)
		if errors.Is(err, audit.ErrForm) {
			// Whoever goes through the log goes on, and hears of it.
			e = audit.Event{Seq: e.Seq, Act: audit.AuditDamaged, By: audit.Who{Kind: audit.Server}, Result: audit.Failed, At: e.At}
		} else if err != nil {
			return nil, err
		}
		e.Seq = from + uint64(i)
		out = append(out, e)
	}
	return out, nil
}

// Bucket is how many records there are of some time.
type Bucket struct {
	At      int64 // it begins then
	Records int
	Bad     int // of them, those that were refused or failed
}

const (
	// MaxBuckets bounds a timeline, maxTimeline how many blocks it is made from.
	MaxBuckets  = 400
	maxTimeline = 100_000
	timePage    = 5000
)

// Timeline counts the records of a while in buckets of the same length. Those in blocks count
// as spread evenly from one block's beginning to the next.
func (l *Ledger) Timeline(ctx context.Context, since, until int64, buckets int) ([]Bucket, error) {
	if buckets < 1 || buckets > MaxBuckets || until-since < int64(buckets) {
		return nil, fault.New(fault.Invalid, "a timeline has 1 to 400 parts of a millisecond and more")
	}
	t := newTimeline(since, until, buckets)
	from := uint64(0)
	b, err := l.c.Store.BlockBefore(ctx, since)
	if err == nil {
		from = b.N
	} else if !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	next, done, err := l.countBlocks(ctx, t, from)
	if err != nil || done {
		return t.out, err
	}
	return t.out, l.countTail(ctx, t, next)
}

// mostCounted bounds the blocks that are read for one organisation's timeline.
const mostCounted = 1500

// TimelineOf is Timeline for the records of an organisation, each counted. They are counted from
// the last on; from is the moment before which nothing was, as there are too many; 0: all were.
func (l *Ledger) TimelineOf(ctx context.Context, o store.OrgID, since, until int64, buckets int) (out []Bucket, from int64, err error) {
	if buckets < 1 || buckets > MaxBuckets || until-since < int64(buckets) {
		return nil, 0, fault.New(fault.Invalid, "a timeline has 1 to 400 parts of a millisecond and more")
	}
	t := newTimeline(since, until, buckets)
	a, _, err := l.ask(ctx, Query{Org: o})
	if err != nil {
		return nil, 0, err
	}
	head, err := l.c.Store.AuditHead(ctx)
	if err != nil {
		return nil, 0, err
	}
	at, err := l.notLater(ctx, until, head.Size)
	for range mostCounted {
		if err != nil || at == 0 {
			return t.out, 0, err
		}
		first, found, err := l.previous(ctx, a, at)
		if err != nil || !found {
			return t.out, 0, err
		}
		oldest, err := l.countOf(ctx, t, a.org, first, min(at, first+store.AuditBlock))
		if fault.Is(err, fault.Gone) || err == nil && oldest < since-clockSlack {
			return t.out, 0, nil
		}
		if err != nil {
			return nil, 0, err
		}
		at, from = first, oldest
	}
	return t.out, from, nil
}

// countOf counts an organisation's records from one up to, but not including, another, and
// returns when the first of all was made.
func (l *Ledger) countOf(ctx context.Context, t *timeline, org string, from, to uint64) (oldest int64, err error) {
	got, err := l.c.Store.AuditLines(ctx, from, int(to-from))
	if err != nil {
		return 0, err
	}
	for i, line := range got.Lines[:min(uint64(len(got.Lines)), to-from)] {
		s, err := audit.Skim(line)
		if err != nil {
			return 0, err
		}
		if i == 0 {
			oldest = s.At
		}
		if s.Org == org {
			t.one(s)
		}
	}
	return oldest, nil
}

// countBlocks counts what is in blocks from one on, and returns the first record that it left
// out: those of the last block, whose end is not known, and of no block. done: all others are
// later, or there are too many.
func (l *Ledger) countBlocks(ctx context.Context, t *timeline, from uint64) (next uint64, done bool, err error) {
	var last *store.Block
	for seen := 0; ; {
		list, err := l.c.Store.Blocks(ctx, from, timePage)
		if err != nil {
			return 0, false, err
		}
		for i := range list {
			if last != nil {
				t.spread(last.At, list[i].At, store.AuditBlock, last.Bad)
			}
			last = &list[i]
			if last.At > t.until {
				return 0, true, nil
			}
		}
		if len(list) < timePage {
			break
		}
		if seen, from = seen+len(list), last.N+1; seen >= maxTimeline {
			return 0, true, nil
		}
	}
	if last == nil {
		return 0, false, nil
	}
	return last.N * store.AuditBlock, false, nil
}

// countTail counts records one by one.
func (l *Ledger) countTail(ctx context.Context, t *timeline, from uint64) error {
	for {
		got, err := l.c.Store.AuditLines(ctx, from, store.AuditBlock)
		if fault.Is(err, fault.Gone) || err == nil && len(got.Lines) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		for _, line := range got.Lines {
			s, err := audit.Skim(line)
			if err != nil {
				return err
			}
			t.one(s)
		}
		from += uint64(len(got.Lines))
	}
}

// timeline is buckets that are being filled.
type timeline struct {
	since, until int64
	out          []Bucket
}

func newTimeline(since, until int64, buckets int) *timeline {
	t := &timeline{since: since, until: until, out: make([]Bucket, buckets)}
	for i := range t.out {
		t.out[i].At = since + (until-since)*int64(i)/int64(buckets)
	}
	return t
}

// one counts a record.
func (t *timeline) one(s audit.Skimmed) {
	bad := 0
	if s.Result != audit.OK {
		bad = 1
	}
	t.spread(s.At, s.At+1, 1, bad)
}

// spread counts records of a while.
func (t *timeline) spread(from, to int64, records, bad int) {
	length := max(1, to-from)
	for i := range t.out {
		end := t.until
		if i+1 < len(t.out) {
			end = t.out[i+1].At
		}
		if part := min(to, end) - max(from, t.out[i].At); part > 0 {
			t.out[i].Records += int((int64(records)*part + length/2) / length)
			t.out[i].Bad += int((int64(bad)*part + length/2) / length)
		}
	}
}
