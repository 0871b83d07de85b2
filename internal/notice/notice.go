// Package notice tells a running server what changed in who may do what, in the order
// in which it was stored, also when another process changed it. It knows nothing of
// what is told and forgets nothing that was stored since it was made. A Board is safe
// for concurrent use; Run is its background work.
package notice

import (
	"context"
	"sync"
	"time"

	"plectica/internal/fault"
	"plectica/internal/store"
)

const (
	// lookEvery is how soon what another process changed is noticed.
	lookEvery = 500 * time.Millisecond
	// page bounds how many notices one look at the store returns.
	page = 500
)

// Board reads notices and passes them on.
type Board struct {
	st   store.Notices
	tell func([]store.Ref)

	mu   sync.Mutex // held while notices are read and passed on: they stay in order
	last int64
}

// New returns a board that tells of what is stored from now on. tell must not block.
func New(ctx context.Context, st store.Notices, tell func([]store.Ref)) (*Board, error) {
	last, err := st.LastNotice(ctx)
	if err != nil {
		return nil, err
	}
	return &Board{st: st, tell: tell, last: last}, nil
}

// Flush tells of all that is stored. What was stored before the call has been told
// when it returns nil.
func (b *Board) Flush(ctx context.Context) error {
	// Whoever asked may go away, but not what they changed.
	ctx = context.WithoutCancel(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		list, err := b.st.NoticesSince(ctx, b.last, page)
		if err != nil {
			return fault.Wrap(fault.KindOf(err), "look for notices", err)
		}
		if len(list) == 0 {
			return nil
		}
		refs := make([]store.Ref, len(list))
		for i := range list {
			refs[i] = list[i].Ref
		}
		b.last = list[len(list)-1].Seq
		b.tell(refs)
	}
}

// Run tells of what other processes change, until ctx ends.
func (b *Board) Run(ctx context.Context, onError func(error)) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := b.Flush(ctx); err != nil && ctx.Err() == nil {
				onError(err)
			}
		}
	}
}
