package notice

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/store"
)

// shelf is notices in memory.
type shelf struct {
	mu   sync.Mutex
	list []store.Notice
	err  error
}

func (s *shelf) put(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		seq := int64(len(s.list)) + 1
		s.list = append(s.list, store.Notice{Seq: seq, Ref: store.Ref{Sort: store.SortMap, ID: [16]byte{byte(seq >> 8), byte(seq)}}})
	}
}

func (s *shelf) NoticesSince(_ context.Context, after int64, limit int) ([]store.Notice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list[after:min(int64(len(s.list)), after+int64(limit))], s.err
}

func (s *shelf) LastNotice(context.Context) (int64, error) { return int64(len(s.list)), s.err }

// TestEachIsToldOnce: in order, from several callers at once, however many there are.
func TestEachIsToldOnce(t *testing.T) {
	s := &shelf{}
	s.put(3) // before the board: not told
	var told []store.Ref
	b, err := New(t.Context(), s, func(r []store.Ref) { told = append(told, r...) })
	if err != nil {
		t.Fatal(err)
	}
	const rounds, each = 8, 3 * page / 8
	var wg sync.WaitGroup
	for range rounds {
		wg.Go(func() {
			s.put(each)
			if err := b.Flush(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(told) != rounds*each {
		t.Fatalf("%d told of %d", len(told), rounds*each)
	}
	for i, r := range told {
		if n := int(r.ID[0])<<8 | int(r.ID[1]); n != i+4 {
			t.Fatalf("notice %d in place %d", n, i)
		}
	}
}

// TestOthersAreNoticed: what nobody here wrote is told within a look, and an error is
// reported and outlived.
func TestOthersAreNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		var told, errs atomic.Int64
		b, err := New(t.Context(), s, func(r []store.Ref) { told.Add(int64(len(r))) })
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		go b.Run(ctx, func(error) { errs.Add(1) })
		look := func(fault error) {
			s.mu.Lock()
			s.err = fault
			s.mu.Unlock()
			s.put(1)
			time.Sleep(lookEvery)
			synctest.Wait()
		}
		look(nil)
		if told.Load() != 1 {
			t.Errorf("%d told", told.Load())
		}
		look(errors.New("the disk"))
		if told.Load() != 1 || errs.Load() != 1 {
			t.Errorf("%d told, %d errors", told.Load(), errs.Load())
		}
		look(nil)
		if told.Load() != 3 {
			t.Errorf("%d told", told.Load())
		}
		stop()
		synctest.Wait()
	})
}

// TestGoneCallerChangesNothing: a request that ended does not take its notice along.
func TestGoneCallerChangesNothing(t *testing.T) {
	s := &shelf{}
	told := 0
	b, err := New(t.Context(), s, func(r []store.Ref) { told += len(r) })
	if err != nil {
		t.Fatal(err)
	}
	s.put(1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Flush(ctx); err != nil || told != 1 {
		t.Errorf("%d told, %v", told, err)
	}
}
