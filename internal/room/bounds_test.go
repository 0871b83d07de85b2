package room

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/peer"
	"plectica/internal/replica"
	"plectica/internal/robot"
	"plectica/internal/seq"
	"plectica/internal/wire"
)

// TestSlowDiskHoldsTheSockets: a room whose disk is slow takes in a bounded number of
// edits and then nothing more: the senders wait. Once the disk is back, all is saved.
func TestSlowDiskHoldsTheSockets(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		const writers, edits = 60, 150
		d := &diary{Log: b.log, took: 8 * time.Second}
		b.withDiary(ctx, d)
		var senders, readers sync.WaitGroup
		total := make(chan int, writers)
		for w := range byte(writers) {
			s, _ := b.raw(ctx, w+1)
			send(t, s, b.hello(w+1))
			synctest.Wait()
			senders.Go(func() {
				for n := range byte(edits) {
					ops := card(0, "typed")
					ops[0].ID = id.Object{1, w, n}
					if err := s.Write(wire.Append(nil, &wire.Push{CSN: uint64(n) + 1, Ops: ops})); err != nil {
						t.Error(err)
						return
					}
				}
			})
			readers.Go(func() { total <- ownAcks(t, s, edits) })
		}
		time.Sleep(5 * time.Second) // the first append runs
		synctest.Wait()
		r := b.room()
		if held, most := r.queue.Len(), maxQueued+seq.MaxBatch; held < maxQueued || held > most {
			t.Errorf("%d events are taken in, want %d to %d", held, maxQueued, most)
		}
		if len(r.inbox) != inboxSize {
			t.Errorf("%d events wait in the inbox, want it full with %d", len(r.inbox), inboxSize)
		}
		d.mu.Lock()
		d.took = time.Millisecond
		d.mu.Unlock()
		senders.Wait()
		readers.Wait()
		close(total)
		for n := range total {
			if n != edits {
				t.Errorf("%d of %d edits were saved", n, edits)
			}
		}
	})
}

// ownAcks reads until so many of the socket's own edits are saved.
func ownAcks(t *testing.T, s robot.Socket, want int) (n int) {
	author := uint64(0)
	for n < want {
		list, err := framesOf(s)
		if err != nil {
			t.Error(err)
			return n
		}
		for _, f := range list {
			switch f := f.(type) {
			case *wire.Welcome:
				author = f.Author
			case *wire.Commit:
				for i := range f.Txns {
					if f.Txns[i].Author == author {
						n++
					}
				}
			}
		}
	}
	s.Close()
	return n
}

// TestJoinsAreBounded: LM-5. A map takes 200 who may edit and 2,000 who may look; the
// next is told to come back later, and those who are there do not notice. When all
// have gone nothing of them is kept.
func TestJoinsAreBounded(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		ann, _ := b.guest(ctx, 1, authz.Edit)
		var inside []robot.Socket
		join := func(n int, role authz.Role) int {
			s, c := robot.Pipe()
			g := Guest{Account: id.Account{9, byte(n), byte(n >> 8)}, Role: role}
			g.Recheck = func(context.Context) (authz.Role, error) { return role, nil }
			go func() { _ = b.rooms.Serve(b.m, g, peer.New(peer.Config{Conn: c})) }() // its end is c's code
			h := b.hello(1)
			h.Client = id.Client{8, byte(n), byte(n >> 8)}
			try(s, h)
			go func() {
				for {
					if _, err := s.Read(); err != nil {
						return
					}
				}
			}()
			synctest.Wait()
			if c.Code() == 0 {
				inside = append(inside, s)
			}
			return c.Code()
		}
		for n := range MaxWriters - 1 { // with Ann
			if code := join(n, authz.Edit); code != 0 {
				t.Fatalf("writer %d was closed with %d", n, code)
			}
		}
		for n := range MaxReaders {
			if code := join(1000+n, authz.View); code != 0 {
				t.Fatalf("reader %d was closed with %d", n, code)
			}
		}
		for n, role := range []authz.Role{authz.Edit, authz.View, authz.Own} {
			if code := join(5000+n, role); code != wire.CloseRate {
				t.Errorf("one too many was closed with %d", code)
			}
		}
		do(t, ann, card(1, "still works"))
		settled(t, ann)
		time.Sleep(time.Second) // all have heard of all
		r := b.room()
		for _, s := range inside {
			s.Close()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(r.members) != 1 || r.seq.Peers() != 1 || len(r.gone) != 0 {
			t.Errorf("%d members, %d peers, %d goodbyes are kept", len(r.members), r.seq.Peers(), len(r.gone))
		}
	})
}

// TestPresenceFloodIsBounded: PR-2, LM-3. Whatever a hundred people send of where they
// point, each of them hears at most ten messages a second, one who does not read
// costs a bounded queue, and edits go through meanwhile.
func TestPresenceFloodIsBounded(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		const people, seconds = 100, 5
		ann, _ := b.guest(ctx, 1, authz.Edit)
		for w := range byte(people) {
			s, _ := b.raw(ctx, w+2) // nobody reads these
			send(t, s, b.hello(w+2))
			go func() {
				for n := range int32(seconds * 60) { // twice what is taken
					if s.Write(wire.Append(nil, &wire.Presence{HasCursor: true, X: n})) != nil {
						return
					}
					time.Sleep(time.Second / 60)
				}
			}()
		}
		time.Sleep(time.Second)
		var before, after uint64
		ann.Replica(func(r *replica.Replica) { before = r.Status().Presence })
		began := time.Now()
		for n := range byte(seconds - 2) {
			do(t, ann, card(n+1, "meanwhile"))
			settled(t, ann)
			time.Sleep(time.Second)
		}
		took := time.Since(began)
		ann.Replica(func(r *replica.Replica) { after = r.Status().Presence })
		if n, most := after-before, uint64(took/(time.Second/10))+1; n < most/2 || n > most {
			t.Errorf("%d messages of presence in %v, want at most %d", n, took, most)
		}
		if took > (seconds-1)*time.Second {
			t.Errorf("three edits took %v", took)
		}
	})
}
