// Package lease ends what is under way for somebody who may no longer do it: files on
// their way in or out, which outlive the check at their beginning. Each is let go on
// until a notice may concern it; then whoever it is for is asked about again, and it is
// cut unless they still may. It knows neither HTTP nor roles, never waits for what it
// cuts, and keeps nothing of what has ended. A Desk is safe for concurrent use.
package lease

import (
	"context"
	"sync"
	"time"

	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	// maxChecks is of how many it is asked at once.
	maxChecks = 8
	// patience is how soon after a notice a lease is decided about: who cannot be looked
	// up by then is out.
	patience = 700 * time.Millisecond
)

// Lease is something under way.
type Lease struct {
	Map     id.Map     // zero: in no map yet
	Account id.Account // for whom
	Key     store.Ref  // by what they came: a sign-in, a visit, a token
	Also    store.Ref  // what else lets them; none: nothing
	// Ask returns nil as long as they may go on.
	Ask func(ctx context.Context) error
	// Cut ends it at once. It must not block, and is called at most once.
	Cut func()
}

// state is where a lease stands.
type state uint8

const (
	quiet  state = iota // nothing was heard since the last answer
	due                 // in the queue
	asked               // being asked about
	again               // being asked about, and something was heard since
	closed              // ended or cut
)

// held is a lease as the desk keeps it.
type held struct {
	Lease
	state state
	since time.Time // when what has no answer yet was heard
	then  time.Time // when the first was heard of what came while it was asked about
}

// Desk keeps the leases of one server.
type Desk struct {
	patience time.Duration

	mu      sync.Mutex
	told    uint64 // how often notices came
	open    map[*held]struct{}
	queue   []*held // due, the oldest first
	workers int
}

// New returns a desk without leases.
func New() *Desk { return &Desk{patience: patience, open: make(map[*held]struct{})} }

// Mark returns a moment, to be taken before somebody's rights are looked up: what
// changes them between then and Take is not missed.
func (d *Desk) Mark() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.told
}

// Take lets something go on until the function that it returns is called, or it is cut.
// Once that function has returned Cut is not called any more.
func (d *Desk) Take(mark uint64, l Lease) (end func()) {
	h := &held{Lease: l}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open[h] = struct{}{}
	if d.told != mark {
		d.ask(h)
	}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		h.state = closed
		delete(d.open, h)
	}
}

// Len returns how many leases there are.
func (d *Desk) Len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.open)
}

// Recheck hears whose rights may have changed, and where. It does not wait for what
// comes of it.
func (d *Desk) Recheck(refs []store.Ref) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told++
	for h := range d.open {
		ended, concerned := h.about(refs)
		switch {
		case ended: // whoever may still do what
			d.cut(h)
		case concerned:
			d.ask(h)
		}
	}
}

// about reports whether the key of a lease has ended, and whether changes may be of the
// rights behind it. Which organisations, folders and teams stand behind a role is the
// store's to know: those concern all that are in a map.
func (h *held) about(refs []store.Ref) (ended, concerned bool) {
	for _, ref := range refs {
		switch ref.Sort {
		case store.SortAccount:
			concerned = concerned || h.Account == id.Account(ref.ID)
		case store.SortMap:
			concerned = concerned || h.Map == id.Map(ref.ID)
		case store.SortFolder, store.SortOrg, store.SortTeam:
			concerned = concerned || !id.IsZero(h.Map)
		default:
			ended = ended || h.Key == ref
			concerned = concerned || h.Also == ref
		}
	}
	return ended, concerned
}

// cut ends a lease. The lock is held, so that none is cut that has ended.
func (d *Desk) cut(h *held) {
	if h.state == closed {
		return
	}
	h.state = closed
	delete(d.open, h)
	h.Cut()
}

// ask puts a lease into the queue. The lock is held.
func (d *Desk) ask(h *held) {
	switch h.state {
	case closed, due, again:
		return
	case asked: // the answer may be one of before
		h.state, h.then = again, time.Now()
		return
	case quiet:
	}
	h.since = time.Now()
	d.enqueue(h)
}

func (d *Desk) enqueue(h *held) {
	h.state = due
	d.queue = append(d.queue, h)
	if d.workers < maxChecks {
		d.workers++
		go d.work()
	}
}

// work asks about what is due until nothing is.
func (d *Desk) work() {
	for {
		h := d.next()
		if h == nil {
			return
		}
		ctx, cancel := context.WithDeadline(context.Background(), h.since.Add(d.patience))
		err := h.Ask(ctx)
		cancel()
		d.learn(h, err)
	}
}

// next returns what is due first; nil: nothing is, and the one who asked is done.
func (d *Desk) next() *held {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.queue) > 0 {
		h := d.queue[0]
		d.queue[0] = nil
		d.queue = d.queue[1:]
		if h.state == due {
			h.state = asked
			return h
		}
	}
	d.queue = nil
	d.workers--
	return nil
}

// learn takes in whether somebody may go on.
func (d *Desk) learn(h *held, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case h.state == closed:
	case err != nil:
		d.cut(h)
	case h.state == again:
		h.since = h.then
		d.enqueue(h)
	default:
		h.state = quiet
	}
}
