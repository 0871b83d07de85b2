package httpd

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"plectica/internal/fault"
	"plectica/internal/gate"
)

// problem is an RFC 9457 answer. Code is the fault kind's stable name.
type problem struct {
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
func (p *problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *problem) GetStatus() int { return p.Status }

// ContentType says that it is a problem.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders returns when to try again.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retry+time.Second-1)/time.Second)))
	}
	return h
}

const (
	// busyRetry is after how long a busy server is worth another try.
	busyRetry = 2 * time.Second
	hidden    = "something went wrong here; it was noted"
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

// newProblem turns an error into what may be said about it.
func newProblem(err error) *problem {
	k := fault.KindOf(err)
	p := &problem{Type: "about:blank", Status: statusOf(k), Code: k.String()}
	var e *fault.Error
	switch {
	case k == fault.Internal || !errors.As(err, &e):
		p.Detail = hidden
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

// write sends a problem outside the API's own machinery.
func (p *problem) write(w http.ResponseWriter) {
	for k, v := range p.GetHeaders() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a reader that is gone needs no answer
}

// writeProblem sends a problem that is no fault of a service.
func writeProblem(w http.ResponseWriter, status int, code, detail string) {
	(&problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}).write(w)
}
