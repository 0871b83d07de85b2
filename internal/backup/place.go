package backup

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"plectica/internal/archive"
	"plectica/internal/blob"
	"plectica/internal/fault"
)

// Place is where archives go.
type Place struct {
	Name string // as the operator calls it
	blob.Bucket
}

// lock asks a place to let nobody delete an object before a time, where it can.
func (p Place) lock(until time.Time) (o blob.CreateOptions) {
	if p.Locks() {
		o.LockUntil = until
	}
	return o
}

// counted counts and hashes what is read through it, or written to it.
type counted struct {
	r   io.Reader
	sum hash.Hash
	n   int64
}

func count(r io.Reader) *counted { return &counted{r: r, sum: sha256.New()} }

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	_, _ = c.Write(p[:n]) // it never fails
	return n, err
}

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.sum.Write(p)
}

func (c *counted) hex() string { return archive.Hex(c.sum.Sum(nil)) }

// pipe makes an object at a place of what is written, one stream from there to here. An
// error is ours, what write said, or the place's.
func pipe(ctx context.Context, p Place, key string, o blob.CreateOptions, write func(io.Writer) error) (ours bool, err error) {
	pr, pw := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := write(pw)
		_ = pw.CloseWithError(err) // nil is the end
		done <- err
	}()
	_, err = p.Create(ctx, key, pr, o)
	_ = pr.CloseWithError(errPlace) // the writer must not wait for a place that gave up
	if werr := <-done; werr != nil && !errors.Is(werr, errPlace) {
		return true, werr
	}
	return false, err
}

// errPlace ends a writer whose place takes no more.
var errPlace = errors.New("the place takes no more")

// List returns the archives of a place that are whole, newest first. A receipt that is
// damaged or went meanwhile hides its own archive alone.
func List(ctx context.Context, p Place) ([]Receipt, error) {
	var out []Receipt
	err := each(ctx, p, func(o blob.Info) error {
		if !strings.HasSuffix(o.Key, receiptSuffix) {
			return nil
		}
		r, err := readReceipt(ctx, p, o)
		switch {
		case err == nil:
			out = append(out, r)
		case fault.Is(err, fault.Internal), fault.Is(err, fault.NotFound):
			return nil
		}
		return err
	})
	slices.SortFunc(out, func(a, b Receipt) int { return strings.Compare(b.Key, a.Key) })
	return out, err
}

// each calls f for all that lies where archives do.
func each(ctx context.Context, p Place, f func(blob.Info) error) error {
	return walk(ctx, p, archiveDir, "", maxArchives, f)
}

// errEnough ends a walk without an error.
var errEnough = errors.New("enough")

// walk calls f for every object of a folder after a key, in their order; beyond so many it
// is fault.Limit.
func walk(ctx context.Context, p Place, dir, after string, most int, f func(blob.Info) error) error {
	for n := 0; n < most; {
		list, err := p.List(ctx, dir, after, blob.MaxList)
		if err != nil {
			return fault.Wrap(fault.Busy, "list "+dir+" at "+p.Name, err)
		}
		for _, o := range list {
			if err := f(o); errors.Is(err, errEnough) {
				return nil
			} else if err != nil {
				return err
			}
			after = o.Key
		}
		if n += len(list); len(list) == 0 {
			return nil
		}
	}
	return fault.New(fault.Limit, "there is too much in "+dir+" at "+p.Name)
}

func readReceipt(ctx context.Context, p Place, info blob.Info) (r Receipt, err error) {
	o, err := p.Open(ctx, info.Key)
	if err != nil {
		return r, fault.Wrap(fault.KindOf(err), "read a receipt at "+p.Name, err)
	}
	defer func() { _ = o.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(o, maxReceipt))
	if err != nil {
		return r, fault.Wrap(fault.Busy, "read a receipt at "+p.Name, err)
	}
	if err := json.Unmarshal(b, &r); err != nil || receiptKey(r.Key) != info.Key {
		return r, fault.New(fault.Internal, fmt.Sprintf("the receipt %s at %s is damaged", info.Key, p.Name))
	}
	return r, nil
}

// Newest returns the newest archive of a place as of a time, or fault.NotFound, and how
// many seem to be of a time yet to come.
func Newest(ctx context.Context, p Place, now time.Time) (r Receipt, early int, err error) {
	list, err := List(ctx, p)
	if err != nil {
		return r, 0, err
	}
	if len(list) == 0 {
		return r, 0, fault.New(fault.NotFound, "there is no archive at "+p.Name)
	}
	r, early = Latest(list, now)
	return r, early, nil
}

// Latest returns the newest archive of a list as List gives it, and how many seem to be of a
// time yet to come. Those were made by a clock that was wrong, or this one is: they would
// hide what was made since, and count only where there is no other.
func Latest(list []Receipt, now time.Time) (r Receipt, early int) {
	for early < len(list) && list[early].Created > now.Add(ahead).UnixMilli() {
		early++
	}
	if early == len(list) {
		return list[0], early
	}
	return list[early], early
}
