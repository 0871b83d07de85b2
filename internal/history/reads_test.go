package history

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// halted is a store that answers once it is let, and counts who is asking.
type halted struct {
	Store
	asking *atomic.Int32
	let    chan struct{}
}

func (h halted) Room(ctx context.Context, _ id.Map) (store.Room, error) {
	h.asking.Add(1)
	defer h.asking.Add(-1)
	select {
	case <-h.let:
		return store.Room{}, fault.New(fault.NotFound, "the map has no log")
	case <-ctx.Done():
		return store.Room{}, ctx.Err()
	}
}

func newHalted() (*Service, halted) {
	h := halted{asking: new(atomic.Int32), let: make(chan struct{})}
	return New(Config{Store: h, Now: time.Now, Picture: func(*sysmap.Map) ([]byte, error) { return nil, nil }}), h
}

// TestReadsAreBounded: few read at once, a bounded number waits for them, whoever else comes
// is told at once that it is busy, and whoever goes away leaves the queue. HI-7.
func TestReadsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := newHalted()
		m := id.Map{1}
		reads := []func(context.Context) error{
			func(ctx context.Context) error { _, err := s.At(ctx, m, 1); return err },
			func(ctx context.Context) error { _, err := s.Commits(ctx, m, 0, 1); return err },
			func(ctx context.Context) error { _, err := s.Picture(ctx, m, 1); return err },
			func(ctx context.Context) error { _, err := s.Traces(ctx, m, id.Object{}, 0); return err },
			func(ctx context.Context) error { _, err := s.Timeline(ctx, m, 0, 1); return err },
		}
		ctx, leave := context.WithCancel(t.Context())
		ended := make(chan error, readHands+readQueue)
		for n := range readHands + readQueue {
			c := t.Context()
			if n == readHands {
				c = ctx
			}
			go func() { ended <- reads[n%4](c) }()
			synctest.Wait()
		}
		if n := h.asking.Load(); n != readHands {
			t.Errorf("%d read at once", n)
		}
		for n, read := range reads {
			if err := read(t.Context()); !fault.Is(err, fault.Busy) {
				t.Errorf("read %d: %v", n, err)
			}
		}
		leave()
		synctest.Wait()
		if err := <-ended; !fault.Is(err, fault.Busy) {
			t.Errorf("who went away: %v", err)
		}
		close(h.let)
		for range readHands + readQueue - 1 {
			if err := <-ended; !fault.Is(err, fault.NotFound) {
				t.Errorf("who waited: %v", err)
			}
		}
		if len(s.reads.hands)+len(s.reads.queue) != 0 {
			t.Error("somebody is still counted")
		}
	})
}

// TestReadsEnd: no read takes for ever, nor does waiting for one. HI-7.
func TestReadsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newHalted()
		ended := make(chan error, 2*readHands)
		began := time.Now()
		for range 2 * readHands {
			go func() { _, err := s.At(t.Context(), id.Map{1}, 1); ended <- err }()
		}
		for range 2 * readHands {
			if err := <-ended; !fault.Is(err, fault.Busy) {
				t.Error(err)
			}
		}
		if took := time.Since(began); took != max(readTimeout, readWait) {
			t.Errorf("after %v", took)
		}
	})
}
