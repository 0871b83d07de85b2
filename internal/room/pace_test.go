package room

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/peer"
	"plectica/internal/robot"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// TestPace: little goes at once, much goes in few messages, and nothing waits
// longer than paceMax.
func TestPace(t *testing.T) {
	for _, c := range []struct {
		name     string
		peers    int
		txns     int           // of a batch
		every    time.Duration // between transactions
		min, max int           // batches in ten seconds
		waits    bool
	}{
		{"two people typing", 2, 1, 20 * time.Millisecond, 500, 501, false},
		{"fifty, a hundred a second", 50, 1, 10 * time.Millisecond, 1000, 1001, false},
		{"fifty, four hundred a second", 50, 3, 2500 * time.Microsecond, 1100, 1300, true},
		{"fifty, as fast as it goes", 50, paceBulk, time.Millisecond, 590, 670, true},
		{"two thousand readers", 2000, 1, 20 * time.Millisecond, 95, 110, true},
		{"two thousand readers, a change now and then", 2000, 1, time.Second, 10, 11, false},
	} {
		now := time.Unix(1_800_000_000, 0)
		end, next := now.Add(10*time.Second), now
		p := pace{at: now}
		batches, waited := 0, false
		for now.Before(end) {
			if now.Before(next) {
				now = next
			}
			next = now.Add(c.every)
			for w := p.wait(now); w > 0; w = p.wait(now) {
				if w > paceMax {
					t.Fatalf("%s: waits %v", c.name, w)
				}
				waited, now = true, now.Add(w)
			}
			p.spend(c.peers, c.txns)
			batches++
		}
		if batches < c.min || batches > c.max || waited != c.waits {
			t.Errorf("%s: %d batches, want %d to %d; waited: %v", c.name, batches, c.min, c.max, waited)
		}
	}
}

// TestPaceSurvivesClocks: a clock that is set back or forward makes nobody wait
// longer than paceMax.
func TestPaceSurvivesClocks(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	p := pace{at: now}
	for _, step := range []time.Duration{-time.Hour, time.Hour, -time.Minute, 0} {
		p.spend(2000, 1)
		now = now.Add(step)
		if w := p.wait(now); w > paceMax {
			t.Errorf("after a step of %v: waits %v", step, w)
		}
	}
}

// listener counts what one connection is told.
type listener struct {
	s              robot.Socket
	messages, txns atomic.Int64
}

func (b *bench) listen(ctx context.Context, n int, role authz.Role) *listener {
	s, c := robot.Pipe()
	g := Guest{Account: id.Account{byte(n), byte(n >> 8), 1}, Role: role}
	g.Recheck = func(context.Context) (authz.Role, error) { return role, nil }
	go func() { _ = b.rooms.Serve(b.m, g, peer.New(peer.Config{Conn: c})) }()
	l := &listener{s: s}
	send(b.t, s, &wire.Hello{Proto: 1, Schema: 1, Map: b.m, Client: id.Client{byte(n), byte(n >> 8), 1}, Nonce: id.Nonce{1}, NextCSN: 1})
	go func() {
		for {
			msg, err := s.Read()
			if err != nil {
				return
			}
			for rd := varint.NewReader(msg); rd.Len() > 0; {
				f, err := wire.Next(rd)
				if err != nil {
					return
				}
				if f, ok := f.(*wire.Commit); ok {
					l.messages.Add(1)
					l.txns.Add(int64(len(f.Txns)))
				}
			}
		}
	}()
	return l
}

// TestBusyRoomSharesMessages: with many listening, transactions share messages;
// with few, each goes at once.
func TestBusyRoomSharesMessages(t *testing.T) {
	for _, c := range []struct {
		readers  int
		min, max int64 // messages
	}{{1, 200, 200}, {150, 20, 120}} {
		inBubble(t, func(ctx context.Context, b *bench) {
			writer := b.listen(ctx, 0, authz.Edit)
			var readers []*listener
			for i := range c.readers {
				readers = append(readers, b.listen(ctx, i+1, authz.View))
			}
			time.Sleep(time.Second)
			for i := range 200 {
				send(t, writer.s, &wire.Push{CSN: uint64(i) + 1, Ops: card(byte(i+1), "x")})
				time.Sleep(5 * time.Millisecond)
			}
			time.Sleep(2 * paceMax)
			for _, l := range append(readers, writer) {
				if l.txns.Load() != 200 || l.messages.Load() < c.min || l.messages.Load() > c.max {
					t.Errorf("%d readers: %d transactions in %d messages", c.readers, l.txns.Load(), l.messages.Load())
				}
				l.s.Close()
			}
		})
	}
}
