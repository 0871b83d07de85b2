package store

import (
	"context"
	"sync"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
)

// Bounds of the group commit.
const (
	// MaxCommitRows is how many rows one transaction holds at most.
	MaxCommitRows = 1000
	// MaxCommitBytes is how many bytes of rows one transaction holds before no
	// further batch joins it; a single larger batch goes alone.
	MaxCommitBytes = 1 << 20
	// MaxQueuedBatches is how many batches wait at most for the next transaction.
	MaxQueuedBatches = 4096
	// CommitTimeout is after how long a transaction's outcome counts as unknown.
	CommitTimeout = 5 * time.Second
)

// Committer joins the batches of many rooms into few transactions. There is no
// timer: a transaction takes what was queued while the last one ran. One
// goroutine, Run, owns the log's writing side; Append is called by any.
type Committer struct {
	log   Log
	queue chan *waiting
	done  chan struct{} // closed once Run is over
	once  sync.Once

	// Observe, when set before Run, hears of every transaction.
	Observe func(rows, batches int, took time.Duration)
	// Committed, when set before Run, hears of every batch that is on disk. It must not
	// wait for anything.
	Committed func(m id.Map, rows int)
}

// waiting is a batch and the way back to its room.
type waiting struct {
	batch Batch
	err   chan error // capacity 1: the committer never waits for a room
}

// NewCommitter returns a committer that works once Run is called.
func NewCommitter(log Log) *Committer {
	return &Committer{
		log:   log,
		queue: make(chan *waiting, MaxQueuedBatches),
		done:  make(chan struct{}),
	}
}

// Append blocks until b is on disk (nil), is refused as Log.Append says, or its
// outcome is unknown (fault.Lost). When ctx ends first the outcome is unknown
// too. A full queue is fault.Busy at ctx's end: nothing was queued then.
func (c *Committer) Append(ctx context.Context, b Batch) error {
	w := &waiting{batch: b, err: make(chan error, 1)}
	select {
	case c.queue <- w:
	case <-ctx.Done():
		return fault.Wrap(fault.Busy, "the commit queue is full", ctx.Err())
	case <-c.done:
		return fault.New(fault.Lost, "the committer has stopped")
	}
	select {
	case err := <-w.err:
		return err
	case <-ctx.Done():
		return fault.Wrap(fault.Lost, "the append's outcome is unknown", ctx.Err())
	case <-c.done:
		// Run may have answered just before it ended.
		select {
		case err := <-w.err:
			return err
		default:
			return fault.New(fault.Lost, "the committer has stopped")
		}
	}
}

// Run commits until ctx ends, then commits what is queued and returns. Whatever
// is queued later is refused.
func (c *Committer) Run(ctx context.Context) {
	defer c.once.Do(func() { close(c.done) })
	var held *waiting // read from the queue, but too large for the last transaction
	for {
		first := held
		held = nil
		if first == nil {
			first = c.next(ctx)
		}
		if first == nil {
			return
		}
		var group []*waiting
		group, held = c.gather(first)
		c.commit(ctx, group)
	}
}

// next waits for a batch; after ctx's end it returns what is queued, then nil.
func (c *Committer) next(ctx context.Context) *waiting {
	select {
	case w := <-c.queue:
		return w
	case <-ctx.Done():
	}
	select {
	case w := <-c.queue:
		return w
	default:
		return nil
	}
}

// gather takes what is queued, up to the bounds, and returns the batch that no
// longer fits.
func (c *Committer) gather(first *waiting) (group []*waiting, held *waiting) {
	group = append(group, first)
	rows, bytes := size(first.batch)
	for {
		select {
		case w := <-c.queue:
			r, b := size(w.batch)
			if rows+r > MaxCommitRows || bytes+b > MaxCommitBytes {
				return group, w
			}
			group = append(group, w)
			rows, bytes = rows+r, bytes+b
		default:
			return group, nil
		}
	}
}

// commit answers everyone in the group exactly once.
func (c *Committer) commit(ctx context.Context, group []*waiting) {
	batches := make([]Batch, len(group))
	rows := 0
	for i, w := range group {
		batches[i] = w.batch
		rows += len(w.batch.Rows)
	}
	// Stopping must not cut a transaction in half: only the timeout ends it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), CommitTimeout)
	defer cancel()
	start := time.Now()
	errs := c.log.Append(ctx, batches)
	if c.Observe != nil {
		c.Observe(rows, len(batches), time.Since(start))
	}
	for i, w := range group {
		if errs[i] == nil && c.Committed != nil && len(w.batch.Rows) > 0 {
			c.Committed(w.batch.Map, len(w.batch.Rows))
		}
		w.err <- errs[i]
	}
}

func size(b Batch) (rows, bytes int) {
	for i := range b.Rows {
		bytes += len(b.Rows[i].Data)
	}
	for _, line := range b.Note.Lines {
		bytes += len(line)
	}
	return len(b.Rows), bytes
}
