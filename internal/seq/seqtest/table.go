// Package seqtest is a sequencer and its connections without sockets, for tests
// that play the clients. What is admitted is durable at once.
package seqtest

import (
	"testing"

	"plectica/internal/seq"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// Table is a sequencer whose connections are numbered from 1; tests call them by
// their index from 0.
type Table struct {
	Room  *seq.Room
	Queue seq.Queue
	In    [][][]byte // frames that wait for each connection
	t     testing.TB
}

// New returns a table for n connections, none of which has entered.
func New(t testing.TB, c seq.Config, n int) *Table {
	return &Table{Room: seq.New(c, 1), In: make([][][]byte, n), t: t}
}

// Upload takes a message of a connection, and whatever else waits in the queue.
func (b *Table) Upload(i int, msg []byte) {
	b.t.Helper()
	for rd := varint.NewReader(msg); rd.Len() > 0; {
		f, err := wire.Next(rd)
		if err != nil {
			b.t.Fatal(err)
		}
		switch f := f.(type) {
		case *wire.Hello:
			b.Queue.Add(seq.Event{Kind: seq.Greet, Conn: seq.Conn(i + 1), Hello: f})
		case *wire.Push:
			b.Queue.Add(seq.Event{Kind: seq.Pushed, Conn: seq.Conn(i + 1), Push: f})
		}
	}
	for {
		out, _, ok := b.Queue.Run(b.Room, 0)
		b.deliver(out)
		if !ok {
			return
		}
		out, _ = b.Queue.Appended(b.Room, nil)
		b.deliver(out)
	}
}

func (b *Table) deliver(out []seq.Effect) {
	for _, e := range out {
		for i := range b.In {
			if c := seq.Conn(i + 1); e.Frame != nil && (e.To == c || e.To == 0 && b.Room.Joined(c)) {
				b.In[i] = append(b.In[i], e.Frame)
			}
		}
	}
}
