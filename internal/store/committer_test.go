package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
)

// slowLog counts transactions; each takes as long as its gate says.
type slowLog struct {
	Log
	mu      sync.Mutex
	commits [][]Batch
	took    time.Duration
	answer  func(b Batch) error
}

func (l *slowLog) Append(ctx context.Context, batches []Batch) []error {
	select {
	case <-time.After(l.took): // virtual time: the tests run in a bubble
	case <-ctx.Done():
		errs := make([]error, len(batches))
		for i := range errs {
			errs[i] = fault.Wrap(fault.Lost, "unknown", ctx.Err())
		}
		return errs
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commits = append(l.commits, batches)
	errs := make([]error, len(batches))
	for i, b := range batches {
		if l.answer != nil {
			errs[i] = l.answer(b)
		}
	}
	return errs
}

func one(m byte, bytes int) Batch {
	return Batch{Map: id.Map{m}, Rows: []Row{{Seq: 1, Data: make([]byte, bytes)}}}
}

// start runs a committer that ends with the test.
func start(t *testing.T, l Log) *Committer {
	c := NewCommitter(l)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { c.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return c
}

func TestCommitsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &slowLog{took: 10 * time.Millisecond}
		c := start(t, l)
		var wg sync.WaitGroup
		const n = 100
		for i := range n {
			wg.Go(func() {
				if err := c.Append(t.Context(), one(byte(i), 10)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(l.commits) > 2 {
			t.Errorf("%d concurrent batches took %d transactions, want at most 2", n, len(l.commits))
		}
	})
}

func TestCommitsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &slowLog{took: 10 * time.Millisecond}
		c := start(t, l)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				b := one(byte(i), 1)
				for range 299 {
					b.Rows = append(b.Rows, Row{Data: []byte{1}})
				}
				if err := c.Append(t.Context(), b); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if err := c.Append(t.Context(), one(byte(i), MaxCommitBytes/3)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		total := 0
		for _, batches := range l.commits {
			rows, bytes := 0, 0
			for _, b := range batches {
				r, n := size(b)
				rows, bytes = rows+r, bytes+n
			}
			total += len(batches)
			if rows > MaxCommitRows || bytes > MaxCommitBytes {
				t.Errorf("a transaction of %d rows, %d bytes", rows, bytes)
			}
		}
		if total != 40 {
			t.Errorf("%d batches committed, want 40", total)
		}
	})
}

func TestOversizedBatchGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, &slowLog{})
		if err := c.Append(t.Context(), one(1, 2*MaxCommitBytes)); err != nil {
			t.Error(err)
		}
	})
}

func TestEachHearsItsOwnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &slowLog{took: time.Millisecond, answer: func(b Batch) error {
			if b.Map[0]%2 == 1 {
				return fault.New(fault.Lost, "odd")
			}
			return nil
		}}
		c := start(t, l)
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				err := c.Append(t.Context(), one(byte(i), 1))
				if (i%2 == 1) != fault.Is(err, fault.Lost) {
					t.Errorf("batch %d: %v", i, err)
				}
			})
		}
		wg.Wait()
	})
}

func TestEndedContextIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, &slowLog{took: time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		err := c.Append(ctx, one(1, 1))
		if !fault.Is(err, fault.Lost) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an impatient caller: %v", err)
		}
	})
}

func TestStuckStoreIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, &slowLog{took: time.Hour})
		began := time.Now()
		if err := c.Append(t.Context(), one(1, 1)); !fault.Is(err, fault.Lost) {
			t.Errorf("a stuck store: %v", err)
		}
		if took := time.Since(began); took != CommitTimeout {
			t.Errorf("gave up after %v", took)
		}
	})
}

func TestFullQueueIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCommitter(&slowLog{}) // nobody runs it: nothing leaves the queue
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range MaxQueuedBatches {
			c.queue <- &waiting{}
		}
		if err := c.Append(ctx, one(1, 1)); !fault.Is(err, fault.Busy) {
			t.Errorf("a full queue: %v", err)
		}
	})
}

func TestStopFlushesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &slowLog{took: time.Millisecond}
		c := NewCommitter(l)
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, 10)
		for i := range cap(errs) {
			go func() { errs <- c.Append(t.Context(), one(byte(i), 1)) }()
		}
		synctest.Wait() // all are queued
		cancel()
		c.Run(ctx)
		for range cap(errs) {
			if err := <-errs; err != nil {
				t.Errorf("queued before the stop: %v", err)
			}
		}
		if err := c.Append(t.Context(), one(1, 1)); !fault.Is(err, fault.Lost) {
			t.Errorf("after the stop: %v", err)
		}
	})
}
