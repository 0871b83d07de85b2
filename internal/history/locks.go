package history

import (
	"context"
	"sync"

	"plectica/internal/fault"
	"plectica/internal/id"
)

// locks let one at a time give names to moments of a map, or take moments away.
type locks struct {
	mu   sync.Mutex
	held map[id.Map]*lock
}

// lock is of one map. It is forgotten with the last who wants it.
type lock struct {
	free chan struct{} // has one value while nobody has it
	want int
}

func newLocks() *locks { return &locks{held: make(map[id.Map]*lock)} }

// lock waits for a map. It returns fault.Busy when ctx ends before.
func (l *locks) lock(ctx context.Context, m id.Map) (unlock func(), err error) {
	l.mu.Lock()
	v := l.held[m]
	if v == nil {
		v = &lock{free: make(chan struct{}, 1)}
		v.free <- struct{}{}
		l.held[m] = v
	}
	v.want++
	l.mu.Unlock()
	select {
	case <-v.free:
		return func() { v.free <- struct{}{}; l.leave(m, v) }, nil
	case <-ctx.Done():
		l.leave(m, v)
		return nil, fault.Wrap(fault.Busy, "the past of this map is being tidied; try again in a moment", ctx.Err())
	}
}

func (l *locks) leave(m id.Map, v *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if v.want--; v.want == 0 {
		delete(l.held, m)
	}
}
