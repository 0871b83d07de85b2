// Package problem is how an error looks to whoever asked over HTTP: an RFC 9457 answer
// with a status, a sentence and the kind's stable name. It alone turns kinds of errors
// into statuses, and hides what is nobody's business. All of it is safe for concurrent
// use.
package problem

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/gate"
)

// Answer is an RFC 9457 answer. Code is the fault kind's stable name.
type Answer struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Code   string `json:"code"`
	// Needs says what somebody with a role still has to bring: "second" or "network".
	Needs string `json:"needs,omitempty"`

	retry time.Duration
}

// Error returns the sentence for people.
func (p *Answer) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Answer) GetStatus() int { return p.Status }

// ContentType says that it is a problem.
func (p *Answer) ContentType(string) string { return "application/problem+json" }

// GetHeaders returns when to try again.
func (p *Answer) GetHeaders() http.Header {
	h := http.Header{}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retry+time.Second-1)/time.Second)))
	}
	return h
}

const (
	// busyRetry is after how long a busy server is worth another try.
	busyRetry = 2 * time.Second
	// Hidden is said of what is ours.
	Hidden = "something went wrong here; it was noted"
)

// statusOf maps every kind to a status.
func statusOf(k fault.Kind) int {
	switch k {
	case fault.Permission:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Gone:
		return http.StatusGone
	case fault.Conflict, fault.Cycle, fault.Stale:
		return http.StatusConflict
	case fault.Limit, fault.Schema, fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Auth:
		return http.StatusUnauthorized
	case fault.Busy, fault.Lost:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// Of turns an error into what may be said about it.
func Of(err error) *Answer {
	k := fault.KindOf(err)
	p := &Answer{Type: "about:blank", Status: statusOf(k), Code: k.String()}
	var e *fault.Error
	switch {
	case k == fault.Internal || !errors.As(err, &e):
		p.Detail = Hidden
	default:
		p.Detail = e.Text
	}
	if p.Status == http.StatusServiceUnavailable {
		p.retry = busyRetry
	}
	var slow interface{ RetryAfter() time.Duration }
	if errors.As(err, &slow) {
		p.Status, p.retry = http.StatusTooManyRequests, slow.RetryAfter()
	}
	if lacking, ok := errors.AsType[*gate.Lacking](err); ok {
		p.Needs = string(lacking.Need)
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// Write sends it.
func (p *Answer) Write(w http.ResponseWriter) {
	for k, v := range p.GetHeaders() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a reader that is gone needs no answer
}

// New is a problem that is no fault of a service.
func New(status int, code, detail string) *Answer {
	return &Answer{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// Later returns the same problem as one of having come too soon.
func (p *Answer) Later(wait time.Duration) *Answer {
	v := *p
	v.Status, v.Title, v.retry = http.StatusTooManyRequests, http.StatusText(http.StatusTooManyRequests), wait
	return &v
}

// With returns the same problem with another status.
func (p *Answer) With(status int) *Answer {
	v := *p
	v.Status, v.Title = status, http.StatusText(status)
	return &v
}

// Note logs what people are not told, and lets the request's record say of which kind it is.
func Note(ctx context.Context, log *slog.Logger, err error) {
	audit.In(ctx).Code(fault.KindOf(err).String())
	if k := fault.KindOf(err); (k == fault.Internal || k == fault.Lost) && ctx.Err() == nil {
		log.LogAttrs(ctx, slog.LevelError, "a request was not served", slog.String("error", err.Error()))
	}
}
