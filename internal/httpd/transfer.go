package httpd

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/account"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/lease"
)

// errEnded is what a transfer meets that was cut.
var errEnded = errors.New("the right to this has ended")

// transfer is an answer, and the body it answers, that ends when somebody's right to it
// does. From then on nothing goes either way.
type transfer struct {
	http.ResponseWriter
	ctl  *http.ResponseController
	stop context.CancelFunc // of the request's work

	mu    sync.Mutex
	ended bool
}

// SetReadDeadline is the connection's, unless the transfer was cut.
func (t *transfer) SetReadDeadline(by time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return errEnded
	}
	return t.ctl.SetReadDeadline(by)
}

// SetWriteDeadline is the connection's, unless the transfer was cut.
func (t *transfer) SetWriteDeadline(by time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return errEnded
	}
	return t.ctl.SetWriteDeadline(by)
}

// Write sends a part, unless the transfer was cut.
func (t *transfer) Write(p []byte) (int, error) {
	if t.over() {
		return 0, errEnded
	}
	return t.ResponseWriter.Write(p)
}

// WriteHeader sends the status, unless the transfer was cut.
func (t *transfer) WriteHeader(status int) {
	if !t.over() {
		t.ResponseWriter.WriteHeader(status)
	}
}

// FlushError sends what was written so far, unless the transfer was cut.
func (t *transfer) FlushError() error {
	if t.over() {
		return errEnded
	}
	return t.ctl.Flush()
}

func (t *transfer) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ended
}

// cut ends the transfer: what waits for the other side waits no longer.
func (t *transfer) cut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	t.stop()
	past := time.Unix(1, 0)
	_ = t.ctl.SetReadDeadline(past)  // only a real connection has deadlines
	_ = t.ctl.SetWriteDeadline(past) // as above
}

func newEnded(r prometheus.Registerer) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "plectica_transfers_ended_total", Help: "Files on their way in or out that were cut because somebody's right to them ended.",
	})
	if r != nil {
		r.MustRegister(c)
	}
	return c
}

// leased serves a request as long as ask allows it. One that was cut ends without an
// end, which nobody takes for a whole file.
func (s *server) leased(w http.ResponseWriter, r *http.Request, mark uint64, l lease.Lease, next http.HandlerFunc) {
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	t := &transfer{ResponseWriter: w, ctl: http.NewResponseController(w), stop: stop}
	l.Cut = func() {
		s.ended.Inc()
		t.cut()
	}
	end := s.Leases.Take(mark, l)
	defer end()
	next(t, r.WithContext(ctx))
	end()
	if t.over() {
		panic(http.ErrAbortHandler)
	}
}

// during is enter for what may last: it ends within a second of the visitor's right.
func (s *server) during(w http.ResponseWriter, r *http.Request, act authz.Action, next MapHandler) {
	mark := s.Leases.Mark()
	if next == nil {
		s.enter(w, r, act, nil)
		return
	}
	s.enter(w, r, act, func(w http.ResponseWriter, r *http.Request, who caller.Visitor, m id.Map) {
		l := lease.Lease{Map: m, Account: who.Account, Key: who.Key, Also: who.Also, Ask: func(ctx context.Context) error {
			return mayStill(ctx, who, act)
		}}
		s.leased(w, r, mark, l, func(w http.ResponseWriter, r *http.Request) { next(w, r, who, m) })
	})
}

// mayStill asks again whether a visitor may do something.
func mayStill(ctx context.Context, who caller.Visitor, act authz.Action) error {
	role, err := who.Still(ctx)
	if err != nil {
		return err
	}
	if !authz.Allowed(role, act) {
		return fault.New(fault.Permission, "your role in this map does not allow this")
	}
	return nil
}

// signedIn is during for what is in no map yet.
func (s *server) signedIn(w http.ResponseWriter, r *http.Request, next func(w http.ResponseWriter, r *http.Request, who account.Who)) {
	mark := s.Leases.Mark()
	who, err := s.callers.Who(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	l := lease.Lease{Account: who.Account.ID, Key: who.Key(), Ask: func(ctx context.Context) error {
		return s.callers.Holds(ctx, who)
	}}
	s.leased(w, r, mark, l, func(w http.ResponseWriter, r *http.Request) { next(w, r, who) })
}
