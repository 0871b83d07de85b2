package audit

import (
	"context"
	"net/http"
	"sync"

	"plectica/internal/id"
	"plectica/internal/store"
)

// Entry is the record of one request, from when it came until it is written: with the
// first thing that the request changes, or before it is answered. All methods of a nil
// Entry do nothing.
type Entry struct {
	log *Log
	who func() (Who, string)

	turn chan struct{} // capacity 1: held from Take until what was taken is on disk, or not

	mu      sync.Mutex
	e       Event
	given   bool // who did it was said
	written bool
	taken   Event // what went with the first change
}

type entryKey struct{}

// Begin begins the record of a request and returns the context that carries it. who finds
// out who asks and by which sign-in, at the latest moment there is.
func (l *Log) Begin(ctx context.Context, e Event, who func(ctx context.Context) (Who, string)) (context.Context, *Entry) {
	en := &Entry{log: l, e: e, turn: make(chan struct{}, 1)}
	if who != nil {
		base := Apart(context.WithoutCancel(ctx))
		en.who = func() (Who, string) { return who(base) }
	}
	ctx = context.WithValue(ctx, entryKey{}, en)
	return store.WithPending(ctx, en), en
}

// In returns the record of the request that a context belongs to; nil: there is none.
func In(ctx context.Context) *Entry {
	en, _ := ctx.Value(entryKey{}).(*Entry)
	return en
}

// Apart returns a context whose writes are no part of what the request asks for, as that a
// sign-in was used.
func Apart(ctx context.Context) context.Context { return store.WithPending(ctx, nil) }

func (en *Entry) set(fn func(e *Event)) {
	if en == nil {
		return
	}
	en.mu.Lock()
	defer en.mu.Unlock()
	fn(&en.e)
}

// By says who it was, as soon as that is known: of who signs in, only in the course of it.
func (en *Entry) By(a id.Account) {
	en.set(func(e *Event) { e.By, en.given = Who{Kind: Person, ID: a}, true })
}

// Visit says by which link they came; whoever is signed in besides did it themselves.
func (en *Entry) Visit(v store.VisitID) {
	en.set(func(e *Event) {
		if !en.given {
			e.By, e.Session = Who{Kind: Visitor, ID: v}, SessionOf(store.Ref{Sort: store.SortVisit, ID: v})
		}
	})
}

// Key says by which sign-in it was done, of whoever By said.
func (en *Entry) Key(key store.Ref) { en.set(func(e *Event) { e.Session = SessionOf(key) }) }

// On says what it was done to.
func (en *Entry) On(o Object) { en.set(func(e *Event) { e.On = o }) }

// Made says what came of it: that is what it was done to, unless that is something else, as what
// was copied.
func (en *Entry) Made(o Object) {
	en.set(func(e *Event) {
		if e.On == (Object{}) {
			e.On = o
			return
		}
		e.To = o
	})
}

// To says whom or what it concerned besides.
func (en *Entry) To(o Object) { en.set(func(e *Event) { e.To = o }) }

// Org says whose it is.
func (en *Entry) Org(o store.OrgID) { en.set(func(e *Event) { e.Org = o }) }

// Code says why it was not done, by a kind of fault.
func (en *Entry) Code(code string) { en.set(func(e *Event) { e.Code = code }) }

// Count adds to one of its counts.
func (en *Entry) Count(name string, n uint64) { en.set(func(e *Event) { e.Add(name, n) }) }

// snapshot is the record as it is known so far.
func (en *Entry) snapshot() Event {
	en.mu.Lock()
	given := en.given
	en.mu.Unlock()
	var who Who
	var session string
	if !given && en.who != nil {
		who, session = en.who()
	}
	en.mu.Lock()
	defer en.mu.Unlock()
	if !given && en.who != nil && (who.Kind == Person || en.e.By.Kind != Visitor) {
		en.e.By, en.e.Session = who, session
	}
	e := en.e
	e.Counts = append([]Count(nil), e.Counts...)
	return e
}

// Take implements store.Pending: what the request changes is recorded with it.
func (en *Entry) Take() (store.Note, func(bool), error) {
	en.turn <- struct{}{}
	if en.written {
		<-en.turn
		return store.Note{}, func(bool) {}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	e := en.snapshot()
	e.Result, e.Code = OK, ""
	en.taken = e
	n, err := en.log.Note(ctx, &e)
	if err != nil {
		<-en.turn
		return store.Note{}, nil, errUnwritten(err)
	}
	return n, func(ok bool) {
		en.written = en.written || ok
		en.log.ended(n, ok)
		<-en.turn
	}, nil
}

// Finish records how a request is answered, by its HTTP status, unless that is recorded
// already. Until it returns nothing may be answered; after an error nothing but that.
func (en *Entry) Finish(ctx context.Context, status int) error {
	en.turn <- struct{}{}
	defer func() { <-en.turn }()
	result := ResultOf(status)
	e := en.snapshot()
	// Who it was, and on what, may have come out after the first change.
	if en.written && result == OK && e.By == en.taken.By && e.On == en.taken.On {
		return nil
	}
	if e.Result = result; result == OK {
		e.Code = ""
	} else {
		e.Add("status", uint64(status)) // it has three digits
	}
	if result == Refused && en.log.flood(&e) {
		en.written = true
		return nil
	}
	err := en.log.Write(ctx, &e)
	en.written = err == nil
	return err
}

// Besides returns a context whose first write is recorded as something else that the request does
// in the course of what it is for, by whom and from where as the request's own.
func (en *Entry) Besides(ctx context.Context, act Act, on Object) context.Context {
	if en == nil {
		return ctx
	}
	e := en.snapshot()
	e.Act, e.On, e.To, e.Counts, e.Result, e.Code, e.At = act, on, Object{}, nil, OK, "", 0
	return en.log.With(ctx, &e)
}

// ResultOf is what a status of HTTP says became of a request.
func ResultOf(status int) Result {
	switch {
	case status >= http.StatusInternalServerError:
		return Failed
	case status >= http.StatusBadRequest:
		return Refused
	}
	return OK
}

// With returns a context whose first write takes an event along, of what the server does by
// itself.
func (l *Log) With(ctx context.Context, e *Event) context.Context {
	return store.WithPending(ctx, &once{log: l, e: e})
}

// once is an event that goes with one write.
type once struct {
	log *Log
	e   *Event

	mu   sync.Mutex
	done bool
}

// Take implements store.Pending.
func (o *once) Take() (store.Note, func(bool), error) {
	o.mu.Lock()
	if o.done {
		o.mu.Unlock()
		return store.Note{}, func(bool) {}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	n, err := o.log.Note(ctx, o.e)
	if err != nil {
		o.mu.Unlock()
		return store.Note{}, nil, errUnwritten(err)
	}
	return n, func(ok bool) {
		o.done = ok
		o.log.ended(n, ok)
		o.mu.Unlock()
	}, nil
}
