package deliver

import (
	"errors"
	"time"

	"plectica/internal/fault"
)

// Status is how a stream is.
type Status struct {
	Name string
	Kind Kind
	// Position is the number of the next record, and Behind how many wait as far as is known.
	Position, Behind uint64
	// Age is how old the oldest record is that waits; 0: none does, or it is not known yet.
	Age time.Duration
	// Problem is what is wrong, as a sentence; empty: nothing. Since is from when on.
	Problem string
	Since   time.Time
}

// Status returns how the stream is. It never waits.
func (s *Stream) Status() Status {
	now := s.c.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{Name: s.name, Kind: s.kind, Position: s.position, Since: s.bad}
	if s.head > s.position {
		out.Behind = s.head - s.position
	}
	if s.since != 0 {
		out.Age = max(0, now.Sub(time.UnixMilli(s.since)))
	}
	if s.problem != nil {
		out.Problem = s.problem.Text
	}
	return out
}

// sentence is what is said of an error: what a kind says of itself, and nothing that came
// from elsewhere.
func sentence(err error) *fault.Error {
	var e *fault.Error
	if errors.As(err, &e) && e.Kind != fault.Internal {
		return e
	}
	return fault.Wrap(fault.Internal, "the delivery does not work; the server's log says why", err)
}
