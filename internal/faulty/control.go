package faulty

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"plectica/internal/fault"
)

// Variable names the socket in the environment of a faulty program.
const Variable = "FAULTY_SOCKET"

// Bounds of the control socket.
const (
	maxPlan    = 4 << 10          // bytes of one message
	askTimeout = 20 * time.Second // the one who is asked may be frozen
)

// Listen takes plans at a socket of this machine until ctx ends.
func (s *Switch) Listen(ctx context.Context, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fault.Wrap(fault.Internal, "remove the old control socket", err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return fault.Wrap(fault.Internal, "open the control socket", err)
	}
	context.AfterFunc(ctx, func() { _ = l.Close() }) // the process ends
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			_ = s.answer(c) // the one who asked sees that the answer is missing
		}
	}()
	return nil
}

// answer takes one plan and says what has happened so far.
func (s *Switch) answer(c net.Conn) error {
	defer func() { _ = c.Close() }() // everything was said
	if err := c.SetDeadline(time.Now().Add(askTimeout)); err != nil {
		return err
	}
	var p Plan
	if err := json.NewDecoder(io.LimitReader(c, maxPlan)).Decode(&p); err != nil {
		return err
	}
	return json.NewEncoder(c).Encode(s.Set(p))
}

// Tell gives a plan to the program that listens at path and returns what has
// happened there so far.
func Tell(ctx context.Context, path string, p Plan) (Count, error) {
	var d net.Dialer
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	c, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return Count{}, fault.Wrap(fault.Internal, "reach the control socket", err)
	}
	defer func() { _ = c.Close() }() // the answer is read by then
	if err := c.SetDeadline(time.Now().Add(askTimeout)); err != nil {
		return Count{}, fault.Wrap(fault.Internal, "reach the control socket", err)
	}
	if err := json.NewEncoder(c).Encode(p); err != nil {
		return Count{}, fault.Wrap(fault.Internal, "tell the plan", err)
	}
	var n Count
	if err := json.NewDecoder(io.LimitReader(c, maxPlan)).Decode(&n); err != nil {
		return Count{}, fault.Wrap(fault.Internal, "read the answer", err)
	}
	return n, nil
}
