package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"time"

	"plectica/internal/fault"
)

const (
	// probes is where Check writes; nobody else does.
	probes = "check/"
	// probeText is what it writes.
	probeText = "written to see whether this place can be used\n"
	// probeLock is how long a probe is locked where there are locks: longer than the
	// clocks of both sides may differ. What is older is swept away by a later Check.
	probeLock = time.Hour
)

// Check shows that a bucket can be used: it writes an object, reads it, sees a second one
// under its key refused, and deletes it; or sees that refused, where there are locks. What
// does not hold is said with fault.Invalid, other errors are the bucket's. It is for the
// start, and for whoever runs the place; each call with locks leaves a few bytes for an hour.
func Check(ctx context.Context, b Bucket) error {
	now := time.Now()
	key := probes + strings.ToLower(rand.Text())
	var o CreateOptions
	if b.Locks() {
		o.LockUntil = now.Add(probeLock)
	}
	if _, err := b.Create(ctx, key, strings.NewReader(probeText), o); err != nil {
		return err
	}
	return errors.Join(checkObject(ctx, b, key, o), checkDelete(ctx, b, key), sweepProbes(ctx, b, now))
}

// checkObject sees whether a probe is what was written, and stays so.
func checkObject(ctx context.Context, b Bucket, key string, o CreateOptions) error {
	_, err := b.Create(ctx, key, strings.NewReader("other"), o)
	if err == nil {
		return unfit("a second object under one key is not refused")
	}
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	f, err := b.Open(ctx, key)
	if err != nil {
		return err
	}
	got, err := io.ReadAll(io.LimitReader(f, int64(len(probeText))+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if string(got) != probeText {
		return unfit("what is read is not what was written")
	}
	list, err := b.List(ctx, key, "", 1)
	if err == nil && (len(list) != 1 || list[0].Key != key || list[0].Size != int64(len(probeText))) {
		return unfit("what was written is not listed")
	}
	return err
}

// checkDelete deletes a probe, or sees that refused.
func checkDelete(ctx context.Context, b Bucket, key string) error {
	err := b.Delete(ctx, key)
	switch {
	case !b.Locks():
		return err
	case err == nil:
		return unfit("what is locked can be deleted")
	case fault.Is(err, fault.Permission):
		return nil
	}
	return err
}

// sweepProbes deletes what earlier checks left: locked then, or cut short.
func sweepProbes(ctx context.Context, b Bucket, now time.Time) error {
	list, err := b.List(ctx, probes, "", MaxList)
	if err != nil {
		return err
	}
	for _, o := range list {
		if o.At > now.Add(-probeLock).UnixMilli() {
			continue
		}
		// A lock may have a moment left: a later check comes by again.
		if err := b.Delete(ctx, o.Key); err != nil && !fault.Is(err, fault.Permission) {
			return err
		}
	}
	return nil
}

// unfit says what does not hold.
func unfit(text string) error { return fault.New(fault.Invalid, "this place cannot be used: "+text) }
