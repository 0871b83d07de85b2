package backup

import (
	"context"
	"strconv"
	"strings"

	"filippo.io/age"

	"plectica/internal/archive"
	"plectica/internal/blob"
	"plectica/internal/fault"
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

// Replay reads the segments of a place that were made after a time, oldest first, and
// hands on what is in them. It returns how many there were. After a restore an installation
// goes on in a line of its own, which begins with all that was restored: of several lines
// the last one counts, since the others hold what was left out.
func Replay(ctx context.Context, p Place, keys []age.Identity, after int64, to archive.Changes) (n int, err error) {
	line := ""
	err = eachSegment(ctx, p, after, func(s segment) error {
		line = s.line
		return nil
	})
	if err != nil {
		return 0, err
	}
	err = eachSegment(ctx, p, after, func(s segment) error {
		if s.line != line {
			return nil
		}
		o, err := p.Open(ctx, s.key)
		if err != nil {
			return fault.Wrap(fault.Busy, "read changes at "+p.Name, err)
		}
		defer func() { _ = o.Close() }() // only read
		n++
		if err := archive.ReadSegment(ctx, o, keys, to); err != nil {
			return fault.Wrap(fault.KindOf(err), "read "+s.key+" at "+p.Name, err)
		}
		return nil
	})
	return n, err
}
