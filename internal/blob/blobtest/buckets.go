package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"plectica/internal/blob"
	"plectica/internal/fault"
)

const (
	// largeObject is more than a driver may hold, in bytes.
	largeObject = 64 << 20
	// cutAfter is how much of a large object comes before it is cut, in bytes.
	cutAfter = 40 << 20
	// writers is how many make the same object at once.
	writers = 16
	// patience is how long something may take that ends at once, beside a busy machine.
	patience = 30 * time.Second
)

// Buckets checks a bucket. open returns an empty one.
func Buckets(t *testing.T, open func(t *testing.T) blob.Bucket) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, b blob.Bucket)
	}{
		{"create and open", createOpen},
		{"create only", createOnly},
		{"a race", race},
		{"large", large},
		{"a broken source", cutSource},
		{"an ended context", cutContext},
		{"reading is cancelled", cutReading},
		{"keys", keys},
		{"order", order},
		{"pages", pages},
		{"delete", deleteObject},
		{"lock", lock},
		{"wrong locks", wrongLocks},
		{"at once", bucketAtOnce},
		{"check", check},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func create(t *testing.T, b blob.Bucket, key, text string) {
	t.Helper()
	begun := time.Now()
	info, err := b.Create(t.Context(), key, strings.NewReader(text), blob.CreateOptions{})
	if err != nil {
		t.Errorf("create %q: %v", key, err)
		return
	}
	wantInfo(t, info, key, len(text), begun)
}

func wantInfo(t *testing.T, got blob.Info, key string, size int, begun time.Time) {
	t.Helper()
	if got.Key != key || got.Size != int64(size) {
		t.Errorf("%+v, want %q of %d", got, key, size)
	}
	if off := time.UnixMilli(got.At).Sub(begun).Abs(); off > time.Minute {
		t.Errorf("%q was made at %d, %v off", key, got.At, off)
	}
}

func wantObject(t *testing.T, b blob.Bucket, key, want string) {
	t.Helper()
	f, err := b.Open(t.Context(), key)
	if err != nil {
		t.Errorf("open %q: %v", key, err)
		return
	}
	got, err := io.ReadAll(f)
	if err != nil || string(got) != want || f.Size() != int64(len(want)) {
		t.Errorf("%q: %.40q of %d, %v; want %.40q", key, got, f.Size(), err, want)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if info, err := b.Stat(t.Context(), key); err != nil || info.Key != key || info.Size != int64(len(want)) {
		t.Errorf("stat %q: %+v, %v", key, info, err)
	}
}

// wantNone: the key is in no answer.
func wantNone(t *testing.T, b blob.Bucket, key string) {
	t.Helper()
	_, err := b.Stat(t.Context(), key)
	wantKind(t, err, fault.NotFound)
	_, err = b.Open(t.Context(), key)
	wantKind(t, err, fault.NotFound)
	if got := listed(t, b, key, 10); slices.Contains(got, key) {
		t.Errorf("%q is listed", key)
	}
}

func createOpen(t *testing.T, b blob.Bucket) {
	texts := map[string]string{
		"empty":                              "",
		"maps/m1/7-ab.zst":                   "rain",
		"a/b/c/d/e":                          strings.Repeat("x", 100_000),
		"0._-":                               "signs",
		strings.Repeat("k", blob.MaxSegment): "long",
		strings.Repeat("folder/", 60) + "f":  "deep",
	}
	for key, text := range texts {
		create(t, b, key, text)
	}
	for key, text := range texts {
		wantObject(t, b, key, text)
		wantObject(t, b, key, text) // again
	}
	// What a source does with its reads is its own business.
	r := iotest.DataErrReader(iotest.OneByteReader(strings.NewReader("slow rain")))
	if _, err := b.Create(t.Context(), "slow", r, blob.CreateOptions{}); err != nil {
		t.Error(err)
	}
	wantObject(t, b, "slow", "slow rain")
	for _, key := range []string{"none", "maps", "maps/m1", "maps/m1/7-ab.zs", "none/none"} {
		wantNone(t, b, key)
	}
}

func createOnly(t *testing.T, b blob.Bucket) {
	create(t, b, "k", "first")
	for _, text := range []string{"first", "other", ""} {
		_, err := b.Create(t.Context(), "k", strings.NewReader(text), blob.CreateOptions{})
		wantKind(t, err, fault.Conflict)
	}
	_, err := b.Create(t.Context(), "k", source(cutAfter, 1), blob.CreateOptions{})
	wantKind(t, err, fault.Conflict)
	wantObject(t, b, "k", "first")
}

// race: of those who make one object at once one wins, and only that one is told so.
func race(t *testing.T, b blob.Bucket) {
	for _, size := range []int{10, 1 << 20} {
		key := fmt.Sprintf("race/%d", size)
		texts, errs := make([]string, writers), make([]error, writers)
		var all sync.WaitGroup
		for i := range writers {
			texts[i] = strings.Repeat(string(rune('a'+i)), size)
			all.Go(func() { _, errs[i] = b.Create(t.Context(), key, strings.NewReader(texts[i]), blob.CreateOptions{}) })
		}
		all.Wait()
		won := slices.Index(errs, nil)
		if won < 0 {
			t.Fatalf("nobody won: %v", errs)
		}
		for i, err := range errs {
			if i != won && !fault.Is(err, fault.Lost) { // a service may cut whom it refuses
				wantKind(t, err, fault.Conflict)
			}
		}
		wantObject(t, b, key, texts[won])
	}
}

// source is so many bytes that nobody holds, the same for a seed.
func source(size int64, seed byte) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{seed}), size)
}

func large(t *testing.T, b blob.Bucket) {
	// One byte less, just as much and one byte more than drivers like to send at once.
	for i, size := range []int64{64<<10 - 1, 64 << 10, 1<<20 - 1, 1 << 20, 1<<20 + 1, 24<<20 - 1, 24 << 20, 24<<20 + 1, largeObject} {
		key := fmt.Sprintf("large/%d", size)
		sum := sha256.New()
		info, err := b.Create(t.Context(), key, io.TeeReader(source(size, byte(i)), sum), blob.CreateOptions{})
		if err != nil || info.Size != size {
			t.Fatalf("%d: %+v, %v", size, info, err)
		}
		f, err := b.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		got := sha256.New()
		n, err := io.Copy(got, f)
		if err != nil || n != size || f.Size() != size || !bytes.Equal(got.Sum(nil), sum.Sum(nil)) {
			t.Errorf("%d: read %d, said %d, %v", size, n, f.Size(), err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if err := b.Delete(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
}

func cutSource(t *testing.T, b blob.Bucket) {
	gone := errors.New("the sender went away")
	for _, size := range []int64{0, 10, 1 << 20, cutAfter} {
		_, err := b.Create(t.Context(), "k", io.MultiReader(source(size, 1), iotest.ErrReader(gone)), blob.CreateOptions{})
		if !errors.Is(err, gone) {
			t.Errorf("after %d: %v, want the source's error", size, err)
		}
		wantNone(t, b, "k")
	}
	_, err := b.Create(t.Context(), "k", io.MultiReader(source(10, 1), iotest.ErrReader(io.ErrUnexpectedEOF)), blob.CreateOptions{})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v, want the source's error", err)
	}
	wantNone(t, b, "k")
	create(t, b, "k", "whole")
	wantObject(t, b, "k", "whole")
}

func cutContext(t *testing.T, b blob.Bucket) {
	for _, size := range []int64{0, 10, cutAfter} {
		ctx, cancel := context.WithCancel(t.Context())
		stop := iotest.ErrReader(errors.New("read after its end"))
		r := io.MultiReader(source(size, 1), doing(cancel), source(10, 2), stop)
		if size == 0 {
			cancel()
			r = stop
		}
		if _, err := b.Create(ctx, "k", r, blob.CreateOptions{}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled after %d: %v", size, err)
		}
		cancel()
		wantNone(t, b, "k")
	}
	create(t, b, "k", "whole")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, open := b.Open(ctx, "k")
	_, stat := b.Stat(ctx, "k")
	_, list := b.List(ctx, "", "", 1)
	for _, err := range []error{open, stat, list, b.Delete(ctx, "k")} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after its end: %v", err)
		}
	}
	wantObject(t, b, "k", "whole")
}

// doing is a reader of nothing that does something when it is read.
func doing(f func()) io.Reader {
	return readFunc(func([]byte) (int, error) { f(); return 0, io.EOF })
}

type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func cutReading(t *testing.T, b blob.Bucket) {
	if _, err := b.Create(t.Context(), "k", source(largeObject, 1), blob.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f, err := b.Open(ctx, "k")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, f, 1000); err != nil {
		t.Fatal(err)
	}
	cancel()
	begun := time.Now()
	n, err := io.Copy(io.Discard, f)
	if !errors.Is(err, context.Canceled) || n > largeObject/2 || time.Since(begun) > patience {
		t.Errorf("cancelled, then read %d in %v: %v", n, time.Since(begun), err)
	}
	_ = f.Close() // it may say again that it was cancelled
	if f, err = b.Open(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil { // unread
		t.Error(err)
	}
}

func keys(t *testing.T, b blob.Bucket) {
	for _, key := range WrongKeys() {
		_, err := b.Create(t.Context(), key, strings.NewReader("x"), blob.CreateOptions{})
		wantKind(t, err, fault.Invalid)
		_, err = b.Open(t.Context(), key)
		wantKind(t, err, fault.Invalid)
		_, err = b.Stat(t.Context(), key)
		wantKind(t, err, fault.Invalid)
		wantKind(t, b.Delete(t.Context(), key), fault.Invalid)
		if key != "" {
			_, err = b.List(t.Context(), "", key, 1)
			wantKind(t, err, fault.Invalid)
		}
	}
	for _, prefix := range []string{"/", "../", "a//", "A", "a b", "%2e", "*"} {
		_, err := b.List(t.Context(), prefix, "", 1)
		wantKind(t, err, fault.Invalid)
	}
	for _, limit := range []int{-1, 0, blob.MaxList + 1} {
		_, err := b.List(t.Context(), "", "", limit)
		wantKind(t, err, fault.Invalid)
	}
	if got := listed(t, b, "", 10); len(got) != 0 {
		t.Errorf("something is kept: %q", got)
	}
}

// WrongKeys are keys that everybody refuses.
func WrongKeys() []string {
	return []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "./a", "a/.", ".hidden", "a/.b", "a.", "a./b", "...",
		"A", "ä", "a b", "a\\b", "a:b", "a\x00", "a\nb", "a%2f", "a?b", "a#b", "a*", "a+b", "a=b", "~a", "\xff",
		"con", "nul.txt", "a/aux", "com1", "lpt9.log/x", strings.Repeat("k", blob.MaxSegment+1), strings.Repeat("folder/", 80) + "f",
	}
}

func deleteObject(t *testing.T, b blob.Bucket) {
	create(t, b, "f/k", "rain")
	create(t, b, "f/other", "snow")
	for _, key := range []string{"f/k", "f/k", "none", "none/none", "f"} {
		if err := b.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	wantNone(t, b, "f/k")
	wantObject(t, b, "f/other", "snow")
	create(t, b, "f/k", "hail") // a name that is free again
	wantObject(t, b, "f/k", "hail")
	for _, key := range []string{"f/k", "f/other"} {
		if err := b.Delete(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
	if got := listed(t, b, "", 10); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
}

func lock(t *testing.T, b blob.Bucket) {
	o := blob.CreateOptions{LockUntil: time.Now().Add(time.Hour)}
	for key, size := range map[string]int64{"small": 10, "large": cutAfter} {
		if _, err := b.Create(t.Context(), key, source(size, 1), o); err != nil {
			t.Fatal(err)
		}
		err := b.Delete(t.Context(), key)
		if !b.Locks() {
			if err != nil {
				t.Error(err)
			}
			wantNone(t, b, key)
			continue
		}
		wantKind(t, err, fault.Permission)
		_, err = b.Create(t.Context(), key, strings.NewReader("other"), o)
		wantKind(t, err, fault.Conflict)
		if info, err := b.Stat(t.Context(), key); err != nil || info.Size != size {
			t.Errorf("%+v, %v", info, err)
		}
	}
	if !b.Locks() {
		t.Skip("this bucket has no locks")
	}
	create(t, b, "free", "x")
	if err := b.Delete(t.Context(), "free"); err != nil {
		t.Error(err)
	}
	wantNone(t, b, "free")
}

func wrongLocks(t *testing.T, b blob.Bucket) {
	for _, at := range []time.Time{time.Unix(1, 0), time.Now().Add(-time.Second), time.Now().Add(blob.MaxLock + time.Hour)} {
		_, err := b.Create(t.Context(), "k", strings.NewReader("x"), blob.CreateOptions{LockUntil: at})
		wantKind(t, err, fault.Invalid)
	}
	wantNone(t, b, "k")
}

// bucketAtOnce: what one does is not another's.
func bucketAtOnce(t *testing.T, b blob.Bucket) {
	var all sync.WaitGroup
	for i := range writers / 2 {
		all.Go(func() {
			for n := range 5 {
				key, text := fmt.Sprintf("w%d/%d", i, n), fmt.Sprintf("text %d of %d", n, i)
				create(t, b, key, text)
				wantObject(t, b, key, text)
				if _, err := b.List(t.Context(), "", "", 10); err != nil {
					t.Error(err)
				}
				if n%2 == 0 {
					if err := b.Delete(t.Context(), key); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	if got := listed(t, b, "", 7); len(got) != writers/2*2 {
		t.Errorf("%d are left: %q", len(got), got)
	}
}

func check(t *testing.T, b blob.Bucket) {
	for range 2 {
		if err := blob.Check(t.Context(), b); err != nil {
			t.Error(err)
		}
	}
	if got := listed(t, b, "", 10); !b.Locks() && len(got) != 0 {
		t.Errorf("left: %q", got)
	}
}
