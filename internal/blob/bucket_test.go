package blob_test

import (
	"context"
	"io"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plectica/internal/blob"
	"plectica/internal/blob/blobtest"
	"plectica/internal/blob/dir"
	"plectica/internal/fault"
)

func TestCheckKey(t *testing.T) {
	for _, key := range blobtest.WrongKeys() {
		if err := blob.CheckKey(key); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", key, err)
		}
	}
	for _, key := range []string{
		"a", "0", "-", "_", "a.b", "a..b", "maps/m1/7-ab.zst", "com", "com10", "console", "nul-1", "a/b/c/d",
		strings.Repeat("k", blob.MaxSegment), strings.Repeat("k23/", blob.MaxKey/4-1) + "k234",
	} {
		if err := blob.CheckKey(key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// FuzzCheckKey: whatever is a key stays where it is put, under one name.
func FuzzCheckKey(f *testing.F) {
	for _, key := range append(blobtest.WrongKeys(), "maps/m1/7-ab.zst") {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if blob.CheckKey(key) != nil {
			return
		}
		if !filepath.IsLocal(key) || path.Clean(key) != key || len(key) > blob.MaxKey || strings.ToLower(key) != key {
			t.Errorf("%q is a key", key)
		}
		for _, prefix := range []string{"", key[:1], key[:len(key)/2], key} {
			if err := blob.CheckList(prefix, key, 1); err != nil {
				t.Errorf("%q is no beginning of %q: %v", prefix, key, err)
			}
		}
	})
}

func TestLocksAreBounded(t *testing.T) {
	now := time.Unix(1e9, 0)
	for ahead, good := range map[time.Duration]bool{-time.Second: false, 0: false, 1: true, blob.MaxLock: true, blob.MaxLock + 1: false} {
		if err := (blob.CreateOptions{LockUntil: now.Add(ahead)}).Check(now); (err == nil) != good || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%v ahead: %v", ahead, err)
		}
	}
}

// unfit is a bucket that does not do what it should.
type unfit struct {
	blob.Bucket
	overwrites, changes, hides, locks, keeps bool
}

func (u unfit) Locks() bool { return u.locks }

func (u unfit) Create(ctx context.Context, key string, r io.Reader, o blob.CreateOptions) (blob.Info, error) {
	if u.overwrites {
		_ = u.Bucket.Delete(ctx, key) // the bucket says more with the next call
	}
	if u.changes {
		r = io.MultiReader(r, strings.NewReader("!"))
	}
	return u.Bucket.Create(ctx, key, r, o)
}

func (u unfit) List(ctx context.Context, prefix, after string, limit int) ([]blob.Info, error) {
	if u.hides {
		return nil, nil
	}
	return u.Bucket.List(ctx, prefix, after, limit)
}

func (u unfit) Delete(ctx context.Context, key string) error {
	if u.keeps {
		return fault.New(fault.Permission, "no")
	}
	return u.Bucket.Delete(ctx, key)
}

// TestCheckFinds: what a place does not do is found, and said.
func TestCheckFinds(t *testing.T) {
	for name, c := range map[string]struct {
		u    unfit
		kind fault.Kind
		text string
	}{
		"overwrites":    {unfit{overwrites: true}, fault.Invalid, "is not refused"},
		"changes":       {unfit{changes: true}, fault.Invalid, "not what was written"},
		"hides":         {unfit{hides: true}, fault.Invalid, "not listed"},
		"does not lock": {unfit{locks: true}, fault.Invalid, "locked can be deleted"},
		"keeps":         {unfit{keeps: true}, fault.Permission, "no"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := dir.OpenBucket(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			c.u.Bucket = d
			if err := blob.Check(t.Context(), c.u); !fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v, want %v with %q", err, c.kind, c.text)
			}
		})
	}
	d, err := dir.OpenBucket(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := blob.Check(t.Context(), unfit{Bucket: d, locks: true, keeps: true}); err != nil {
		t.Errorf("a place with locks: %v", err)
	}
}

// TestCheckSweeps: what earlier checks left goes once its lock has ended, not before.
func TestCheckSweeps(t *testing.T) {
	d, err := dir.OpenBucket(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	locked := unfit{Bucket: d, locks: true, keeps: true}
	if err := blob.Check(t.Context(), locked); err != nil {
		t.Fatal(err)
	}
	if err := blob.Check(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	list, err := d.List(t.Context(), "", "", 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v: want the locked one", list, err)
	}
	if err := blob.Check(t.Context(), aged{d}); err != nil {
		t.Fatal(err)
	}
	if list, err = d.List(t.Context(), "", "", 10); err != nil || len(list) != 0 {
		t.Errorf("left: %+v, %v", list, err)
	}
}

// aged is a bucket in which all is two hours old.
type aged struct{ blob.Bucket }

func (a aged) List(ctx context.Context, prefix, after string, limit int) ([]blob.Info, error) {
	list, err := a.Bucket.List(ctx, prefix, after, limit)
	for i := range list {
		list[i].At -= 2 * time.Hour.Milliseconds()
	}
	return list, err
}
