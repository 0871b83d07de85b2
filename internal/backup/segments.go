package backup

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"filippo.io/age"

	"plectica/internal/archive"
	"plectica/internal/blob"
	"plectica/internal/fault"
)

// segmentKey names a segment by its stamp.
func segmentKey(stamp int64) string {
	text := strconv.FormatInt(stamp, 10)
	return segmentDir + strings.Repeat("0", max(0, stampDigits-len(text))) + text + segmentSuffix
}

// stampOf reads the stamp in a segment's name.
func stampOf(key string) (int64, bool) {
	text, ok := strings.CutPrefix(key, segmentDir)
	text, ok2 := strings.CutSuffix(text, segmentSuffix)
	n, err := strconv.ParseInt(text, 10, 64)
	return n, ok && ok2 && err == nil
}

// errEnough ends eachSegment without an error.
var errEnough = errors.New("enough")

// eachSegment calls f for every segment of a place from a stamp on, oldest first.
func eachSegment(ctx context.Context, p Place, from int64, f func(key string, stamp int64) error) error {
	after := segmentKey(max(0, from-1))
	for n := 0; n < maxSegments; {
		list, err := p.List(ctx, segmentDir, after, blob.MaxList)
		if err != nil {
			return fault.Wrap(fault.Busy, "list the changes at "+p.Name, err)
		}
		for _, o := range list {
			after = o.Key
			stamp, ok := stampOf(o.Key)
			if !ok {
				continue
			}
			if err := f(o.Key, stamp); errors.Is(err, errEnough) {
				return nil
			} else if err != nil {
				return err
			}
		}
		if n += len(list); len(list) == 0 {
			return nil
		}
	}
	return fault.New(fault.Limit, "there are too many segments at "+p.Name)
}

// Replay reads the segments of a place that were made after a time, oldest first, and
// hands on what is in them. It returns how many there were.
func Replay(ctx context.Context, p Place, keys []age.Identity, after int64, to archive.Changes) (n int, err error) {
	err = eachSegment(ctx, p, after, func(key string, _ int64) error {
		o, err := p.Open(ctx, key)
		if err != nil {
			return fault.Wrap(fault.Busy, "read changes at "+p.Name, err)
		}
		defer func() { _ = o.Close() }() // only read
		n++
		if err := archive.ReadSegment(ctx, o, keys, to); err != nil {
			return fault.Wrap(fault.KindOf(err), "read "+key+" at "+p.Name, err)
		}
		return nil
	})
	return n, err
}
