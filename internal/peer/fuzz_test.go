package peer

import (
	"io"
	"testing"
	"time"

	"plectica/internal/wire"
)

// reel is a socket that brings some messages and ends.
type reel struct {
	msgs [][]byte
}

func (r *reel) Read(time.Time) ([]byte, error) {
	if len(r.msgs) == 0 {
		return nil, io.EOF
	}
	m := r.msgs[0]
	r.msgs = r.msgs[1:]
	return m, nil
}

func (r *reel) Write(*Message, time.Time) error { return nil }

func (r *reel) Close(int) {}

// FuzzRead: HS-1, LM-1. Whatever a socket brings, what passes is a Hello first, then
// frames of a client and no second Hello.
func FuzzRead(f *testing.F) {
	f.Add(hello(), push(2))
	f.Add(hello(), wire.Append(wire.Append(nil, &wire.Presence{}), &wire.Ping{T: 1}))
	f.Add(push(1), hello())
	f.Fuzz(func(t *testing.T, a, b []byte) {
		n := 0
		began := time.Now()
		p := New(Config{Conn: &reel{msgs: [][]byte{a, b}}, Now: func() time.Time { return began }})
		p.Read(func(f wire.Frame) error {
			if _, is := f.(*wire.Hello); is != (n == 0) || !fromClient(f) {
				t.Fatalf("frame %d is a %T", n, f)
			}
			n++
			if n > 100 {
				return io.EOF // the rest would only be slowed
			}
			return nil
		})
	})
}
