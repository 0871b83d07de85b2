package httpd

import (
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	// filePatience is how long a part of a file may take on its way, in or out;
	// uploadPatience is how long a whole one may take to come.
	filePatience   = 15 * time.Second
	uploadPatience = 15 * time.Minute
	// slowGrace is how long a file may go as slowly as it likes; from then on it has to
	// have gone at leastRate, in bytes a second. A trickle would hold a place others
	// wait for.
	slowGrace = 30 * time.Second
	leastRate = 4 << 10
)

// patience is how slowly a file may go.
type patience struct {
	part, grace time.Duration
	rate        int64 // bytes a second
}

func usualPatience() patience { return patience{part: filePatience, grace: slowGrace, rate: leastRate} }

// trip is a file on its way.
type trip struct {
	patience
	began time.Time
	moved int64 // bytes
}

// by is until when the next bytes have to have gone.
func (t *trip) by(now time.Time) time.Time {
	slowest := t.began.Add(t.grace + time.Duration(t.moved)*time.Second/time.Duration(t.rate))
	if part := now.Add(t.part); part.Before(slowest) {
		return part
	}
	return slowest
}

// arriving is a body that comes with patience: each part has its time, and the whole
// has. The answer has its time after the last part.
type arriving struct {
	r     io.Reader
	ctl   *http.ResponseController
	trip  trip
	until time.Time
	err   error
}

func newArriving(w http.ResponseWriter, r io.Reader) *arriving {
	now := time.Now()
	return &arriving{r: r, ctl: http.NewResponseController(w), trip: trip{patience: usualPatience(), began: now}, until: now.Add(uploadPatience)}
}

// Read implements io.Reader.
func (a *arriving) Read(p []byte) (int, error) {
	by := a.trip.by(time.Now())
	if by.After(a.until) {
		by = a.until
	}
	if err := a.ctl.SetReadDeadline(by); errors.Is(err, errEnded) { // else only a real connection has deadlines
		a.err = err
		return 0, err
	}
	_ = a.ctl.SetWriteDeadline(by.Add(writeTimeout)) // as above
	n, err := a.r.Read(p)
	a.trip.moved += int64(n)
	if err != nil && err != io.EOF { //nolint:errorlint // bodies return it bare
		a.err = err
	}
	return n, err
}

// leaving is an answer that goes with patience, part by part.
type leaving struct {
	http.ResponseWriter
	ctl  *http.ResponseController
	trip trip
}

func newLeaving(w http.ResponseWriter) *leaving {
	return &leaving{ResponseWriter: w, ctl: http.NewResponseController(w), trip: trip{patience: usualPatience(), began: time.Now()}}
}

// Write implements io.Writer.
func (l *leaving) Write(p []byte) (int, error) {
	_ = l.ctl.SetWriteDeadline(l.trip.by(time.Now())) // only a real connection has deadlines
	n, err := l.ResponseWriter.Write(p)
	l.trip.moved += int64(n)
	return n, err
}
