package backup

import (
	"context"
	"strconv"
	"strings"

	"filippo.io/age"

	"plectica/internal/archive"
	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// segmentKey names a segment by its stamp and line.
func segmentKey(stamp int64, line string) string {
	text := strconv.FormatInt(stamp, 10)
	if line != "" {
		line = "-" + line
	}
	return segmentDir + strings.Repeat("0", max(0, stampDigits-len(text))) + text + line + segmentSuffix
}

// segment is what the name of one says.
type segment struct {
	key   string
	stamp int64
	line  string
}

// segmentOf reads a segment's name.
func segmentOf(key string) (s segment, ok bool) {
	text, ok := strings.CutPrefix(key, segmentDir)
	text, ok2 := strings.CutSuffix(text, segmentSuffix)
	text, s.line, _ = strings.Cut(text, "-")
	n, err := strconv.ParseInt(text, 10, 64)
	s.key, s.stamp = key, n
	return s, ok && ok2 && err == nil
}

// eachSegment calls f for every segment of a place from a stamp on, oldest first.
func eachSegment(ctx context.Context, p Place, from int64, f func(segment) error) error {
	after := segmentKey(max(0, from-1), "z") // after all of that stamp
	return walk(ctx, p, segmentDir, after, maxSegments, func(o blob.Info) error {
		v, ok := segmentOf(o.Key)
		if !ok {
			return nil
		}
		return f(v)
	})
}

// Replayed says what was read of a place's segments.
type Replayed struct {
	Segments int
	// Damaged are those that could not be read to their end, or are sealed for other keys;
	// what the maps lack by it is missing where their logs go on.
	Damaged []string
}

// Replay reads the segments of a place that were made after a time, oldest first, and
// hands on what is in them. After a restore an installation goes on in a line of its own,
// which begins with all that was restored: of several lines the last one counts, since the
// others hold what was left out. A segment that is damaged is passed over; an error is the
// place's, or what to says.
func Replay(ctx context.Context, p Place, keys []age.Identity, after int64, to archive.Changes) (out Replayed, err error) {
	line := ""
	err = eachSegment(ctx, p, after, func(s segment) error {
		line = s.line
		return nil
	})
	if err != nil {
		return out, err
	}
	err = eachSegment(ctx, p, after, func(s segment) error {
		if s.line != line {
			return nil
		}
		out.Segments++
		damaged, err := readSegment(ctx, p, s.key, keys, to)
		if damaged {
			out.Damaged = append(out.Damaged, s.key)
			return nil
		}
		return err
	})
	return out, err
}

// readSegment hands on what is in a segment, as far as it can be read.
func readSegment(ctx context.Context, p Place, key string, keys []age.Identity, to archive.Changes) (damaged bool, err error) {
	o, err := p.Open(ctx, key)
	if err != nil {
		return false, fault.Wrap(fault.Busy, "read changes at "+p.Name, err)
	}
	defer func() { _ = o.Close() }() // only read
	in, taker := blob.NewSource(ctx, o), &taker{to: to}
	err = archive.ReadSegment(ctx, in, keys, taker)
	switch {
	case err == nil:
		return false, nil
	case taker.err != nil:
		return false, fault.Wrap(fault.KindOf(err), "take the changes of "+key+" at "+p.Name, err)
	case in.Err() != nil:
		return false, fault.Wrap(fault.Busy, "read changes at "+p.Name, in.Err())
	}
	return fault.Is(err, fault.Internal) || fault.Is(err, fault.Permission), fault.Wrap(fault.KindOf(err), "read "+key+" at "+p.Name, err)
}

// taker notes what went wrong where changes go: no segment is to blame for that.
type taker struct {
	to  archive.Changes
	err error
}

// Log implements archive.Changes.
func (t *taker) Log(ctx context.Context, m id.Map, hash string, rows []store.Row) error {
	t.err = t.to.Log(ctx, m, hash, rows)
	return t.err
}

// Tables implements archive.Changes.
func (t *taker) Tables(ctx context.Context, at int64, schema int, tables []store.Rows) error {
	t.err = t.to.Tables(ctx, at, schema, tables)
	return t.err
}
