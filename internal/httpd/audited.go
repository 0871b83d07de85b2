package httpd

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"

	"plectica/internal/account"
	"plectica/internal/audit"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/problem"
	"plectica/internal/store"
)

// audited records every request before anything of its answer goes out. What only gives
// out the web interface is counted instead, and told within a second.
func (s *server) audited(mux *table, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		setTaken(r, pattern)
		act, on := audit.Route(pattern)
		if act == "" {
			act, _ = audit.Route("/") // nothing is there
		}
		from := WhereFrom(r)
		if s.pace.free[pattern] {
			rec := &recorder{ResponseWriter: w}
			next.ServeHTTP(rec, r)
			s.Audit.Tally(&audit.Event{Act: act, From: audit.From{Addr: from.Addr}, Result: audit.ResultOf(rec.status)})
			return
		}
		if s.Full != nil && s.Full() && !s.mayWhenFull(r, act) {
			s.Audit.Tally(&audit.Event{Act: act, From: audit.From{Addr: from.Addr}, Result: audit.Refused, Code: fault.Busy.String()})
			problem.Of(fault.New(fault.Busy, "the server's disk is full; whoever runs it has to make room")).Write(w)
			return
		}
		e := audit.Event{Act: act, From: from, Request: w.Header().Get(requestHeader)}
		if on != "" {
			if v, err := id.Parse[[id.Size]byte](pathID(r.URL.Path)); err == nil {
				e.On = object(on, v)
			}
		}
		if e.On.Sort == "org" {
			e.Org, _ = id.Parse[store.OrgID](e.On.ID) // it was read before
		}
		if caller.Of(r.Context()).Program {
			e.Add("program", 1)
		}
		ctx, entry := s.Audit.Begin(r.Context(), e, s.asker)
		held := &recorded{ResponseWriter: w, r: r.WithContext(ctx), entry: entry}
		defer held.end()
		next.ServeHTTP(held, held.r)
	})
}

// mayWhenFull reports whether a request may use the last room of the disk: whoever signs in,
// and operators.
func (s *server) mayWhenFull(r *http.Request, act audit.Act) bool {
	if name, _, _ := strings.Cut(string(act), "."); name == "signin" || name == "signout" || act == "account.self" || act == "site.read" {
		return true
	}
	who, err := s.callers.Who(r.Context())
	return err == nil && account.OperatorOnly(who) == nil
}

// refuseUnknown counts a request of which nobody can tell from where it came.
func (s *server) refuseUnknown() {
	act, _ := audit.Route("/")
	s.Audit.Tally(&audit.Event{Act: act, Result: audit.Refused, Code: fault.Invalid.String()})
}

// requestHeader has the number of a request.
const requestHeader = "X-Request-Id"

func object(sort string, v [id.Size]byte) audit.Object {
	if sort == "account" {
		return audit.OfAccount(v)
	}
	return audit.Of(sort, v)
}

// pathID is the part of a path that {id} stands for, which is the first that is an id.
func pathID(path string) string {
	for i := 0; i < len(path); i++ {
		if path[i] != '/' {
			continue
		}
		end := i + 1
		for end < len(path) && path[end] != '/' {
			end++
		}
		if end-i-1 == id.TextLen {
			return path[i+1 : end]
		}
	}
	return ""
}

// WhereFrom is where a request came from, as records have it.
func WhereFrom(r *http.Request) audit.From {
	c := caller.Of(r.Context()).Client
	return audit.From{Addr: c.Addr, Agent: c.Agent, Device: audit.DeviceOf(c.Device)}
}

// asker finds out who sent the request of a context.
func (s *server) asker(ctx context.Context) (audit.Who, string) {
	who, err := s.callers.Who(ctx)
	if err == nil {
		return audit.Who{Kind: audit.Person, ID: who.Account.ID}, audit.SessionOf(who.Key())
	}
	return audit.Who{Kind: audit.Stranger}, ""
}

// recorded holds an answer back until its request is recorded.
type recorded struct {
	http.ResponseWriter
	r     *http.Request
	entry *audit.Entry
	begun bool
	err   error
}

// errUnrecorded is what a handler hears whose answer is not given.
var errUnrecorded = errors.New("the request could not be recorded")

// record records the request, once. Should that fail the answer says so instead.
func (w *recorded) record(status int) bool {
	if w.begun {
		return w.err == nil
	}
	w.begun = true
	if w.err = w.entry.Finish(w.r.Context(), status); w.err == nil {
		return true
	}
	h := w.Header()
	for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Disposition", "Etag", "Set-Cookie", "Location", "Last-Modified", "Accept-Ranges"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	problem.Of(w.err).Write(w.ResponseWriter)
	return false
}

// WriteHeader records the request and begins the answer.
func (w *recorded) WriteHeader(status int) {
	if status >= http.StatusContinue && status < http.StatusOK && status != http.StatusSwitchingProtocols {
		w.ResponseWriter.WriteHeader(status) // the answer follows
		return
	}
	if w.begun && w.err != nil || !w.record(status) {
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write is as above.
func (w *recorded) Write(b []byte) (int, error) {
	if !w.record(http.StatusOK) {
		return 0, errUnrecorded
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorded) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush sends what was answered so far.
func (w *recorded) Flush() {
	if w.record(http.StatusOK) {
		_ = http.NewResponseController(w.ResponseWriter).Flush() // who cannot be flushed is told later
	}
}

// Hijack records the request and hands over the connection, for sockets.
func (w *recorded) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !w.record(http.StatusSwitchingProtocols) {
		return nil, nil, errUnrecorded
	}
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// end records a request that was answered with nothing, or whose handler panicked.
func (w *recorded) end() {
	v := recover()
	switch {
	case v == nil:
		w.record(http.StatusOK)
	case !w.begun:
		w.begun = true
		_ = w.entry.Finish(w.r.Context(), http.StatusInternalServerError) // it failed already
	}
	if v != nil {
		panic(v)
	}
}
