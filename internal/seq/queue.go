package seq

import (
	"slices"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/store"
	"plectica/internal/wire"
)

// EventKind is what happened.
type EventKind uint8

// The kinds of events.
const (
	Enter   EventKind = iota + 1 // a connection came
	Leave                        // a connection went
	Greet                        // it sent its Hello
	Pushed                       // it sent a Push
	Granted                      // its role changed
)

// Event is something that happened to a room.
type Event struct {
	Kind    EventKind
	Conn    Conn
	Account id.Account
	Role    authz.Role
	Hello   *wire.Hello
	Push    *wire.Push
}

// Queue is a room's inbox: the order in which events are taken and batches are
// cut, and what follows from how an append ended. The room's goroutine and the
// simulator drive the same one.
type Queue struct {
	events   []Event
	inflight bool // a batch is on its way to disk
	// Snapshot returns the seq of a snapshot not older than the room's Oldest and
	// the address it is served at.
	Snapshot func(r *Room) (from uint64, url string)
}

// Add puts an event at the end.
func (q *Queue) Add(e Event) { q.events = append(q.events, e) }

// Len returns how many events wait.
func (q *Queue) Len() int { return len(q.events) }

// Events returns a copy of what waits.
func (q *Queue) Events() []Event { return append([]Event(nil), q.events...) }

// Idle reports whether nothing waits and nothing is on its way to disk.
func (q *Queue) Idle() bool { return len(q.events) == 0 && !q.inflight }

// Ready reports whether Run has something to take.
func (q *Queue) Ready() bool { return len(q.events) > 0 && !q.inflight }

// Run takes events until the queue is empty or a batch has to be made durable.
// With a batch, nothing more is taken until Appended. A Hello waits for the batch
// before it, so that its answer is final.
func (q *Queue) Run(r *Room, now int64) (out []Effect, batch store.Batch, ok bool) {
	if q.inflight {
		return nil, store.Batch{}, false
	}
	if mutant.On && mutant.Is(mutant.RevocationAfterBatch) {
		slices.SortStableFunc(q.events, func(a, b Event) int { return int(a.Kind/Granted) - int(b.Kind/Granted) })
	}
	out, batch, ok = q.run(r, now)
	q.inflight = ok
	if mutant.On && mutant.Is(mutant.AckBeforeAppend) && ok {
		out = append(out, r.Durable()...)
	}
	if mutant.On && mutant.Is(mutant.BroadcastBeforeAppend) && ok {
		out = append(out, Commits(r.head+1, r.open.txns)...)
	}
	return out, batch, ok
}

// Appended tells how the append of a batch ended and returns what everyone is told
// of it. After an error the outcome is unknown, whatever the error says: lost means
// that the room is to be dropped, and opened again from the log.
func (q *Queue) Appended(r *Room, err error) (out []Effect, lost bool) {
	q.inflight = false
	if mutant.On && mutant.Is(mutant.GoOnAfterSyncError) && err != nil {
		r.open = nil
		return nil, false
	}
	if err != nil && !(mutant.On && mutant.Is(mutant.AckOnUnknown)) {
		return nil, true
	}
	return r.Durable(), false
}

func (q *Queue) run(r *Room, now int64) (out []Effect, batch store.Batch, ok bool) {
	for i := range q.events {
		e := &q.events[i]
		if r.Full() || e.Kind == Greet && r.Open() && !(mutant.On && mutant.Is(mutant.WelcomeBeforeBatch)) {
			if batch, ok = r.Cut(now); ok {
				q.events = append(q.events[:0], q.events[i:]...)
				return out, batch, true
			}
			out = append(out, r.Durable()...)
		}
		out = append(out, q.take(r, e, now)...)
	}
	clear(q.events) // let go of what they point to
	q.events = q.events[:0]
	if !r.Open() {
		return out, batch, false
	}
	if batch, ok = r.Cut(now); ok {
		return out, batch, true
	}
	return append(out, r.Durable()...), batch, false
}

func (q *Queue) take(r *Room, e *Event, now int64) []Effect {
	switch e.Kind {
	case Enter:
		r.Enter(e.Conn, e.Account, e.Role)
	case Leave:
		r.Leave(e.Conn)
	case Pushed:
		return r.Push(e.Conn, e.Push, now)
	case Granted:
		return r.SetRole(e.Conn, e.Role)
	case Greet:
		j := r.Hello(e.Conn, e.Hello)
		if !j.OK {
			return j.Effects
		}
		if j.Snapshot {
			j.Welcome.From, j.Welcome.URL = q.Snapshot(r)
		}
		return append(j.Effects, r.Welcome(e.Conn, j.Welcome)...)
	}
	return nil
}
