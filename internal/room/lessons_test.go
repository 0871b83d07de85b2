package room

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/peer"
	"plectica/internal/replica"
	"plectica/internal/robot"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// raw connects a socket that the test speaks itself.
func (b *bench) raw(ctx context.Context, account byte) (robot.Socket, *robot.PipeConn) {
	s, c := robot.Pipe()
	g := Guest{Account: id.Account{account}, Key: keyOf(account), Role: authz.Edit}
	g.Recheck = func(context.Context) (authz.Role, error) { return g.Role, nil }
	m := b.m
	go func() { _ = b.rooms.Serve(m, g, peer.New(peer.Config{Conn: c})) }() // how it ended is asked of c
	return s, c
}

// heard reads all that came on a socket, until its end, and returns the kinds of the
// frames.
func heard(t *testing.T, s robot.Socket) (kinds []wire.Kind) {
	t.Helper()
	for {
		b, err := s.Read()
		if err != nil {
			return kinds
		}
		for rd := varint.NewReader(b); rd.Len() > 0; {
			kinds = append(kinds, wire.Kind(b[len(b)-rd.Len()]))
			if _, err := wire.Next(rd); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// try sends on a socket that may be closed already.
func try(s robot.Socket, f wire.Frame) {
	_ = s.Write(wire.Append(nil, f)) // how it was closed is asked of the other end
}

// room returns the bench's open room.
func (b *bench) room() *room {
	b.rooms.mu.Lock()
	defer b.rooms.mu.Unlock()
	return b.rooms.open[b.m]
}

// hello is a good one.
func (b *bench) hello(client byte) *wire.Hello {
	return &wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: b.m, Client: id.Client{client}, Nonce: id.Nonce{1}, NextCSN: 1}
}

// TestOldClientGetsNoNewerOps: HS-2. A client of another schema is told so by the
// close, and is sent nothing at all: neither what is in the map nor what others do.
func TestOldClientGetsNoNewerOps(t *testing.T) {
	for name, schema := range map[string]uint64{"older": sysmap.Version - 1, "newer": sysmap.Version + 1} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(ctx context.Context, b *bench) {
				ann, _ := b.guest(ctx, 1, authz.Edit)
				do(t, ann, card(1, "before"))
				settled(t, ann)
				s, conn := b.raw(ctx, 2)
				h := b.hello(2)
				h.Schema = schema
				send(t, s, h)
				do(t, ann, card(2, "after"))
				settled(t, ann)
				if got := heard(t, s); len(got) != 0 || conn.Code() != wire.CloseTooOld {
					t.Errorf("heard frames %v, closed with %d", got, conn.Code())
				}
			})
		})
	}
}

// TestResumeChecksSchema: HS-2. Who was here before is checked again: a client that
// comes back with another schema, such as a page of yesterday, does not go on.
func TestResumeChecksSchema(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		s, conn := b.raw(ctx, 1)
		send(t, s, b.hello(1))
		send(t, s, &wire.Push{CSN: 1, Ops: card(1, "saved")})
		time.Sleep(time.Second)
		s.Close()
		if got := heard(t, s); len(got) < 2 || got[0] != wire.KindWelcome {
			t.Fatalf("heard %v, closed with %d", got, conn.Code())
		}
		again, conn := b.raw(ctx, 1)
		h := b.hello(1)
		h.Schema, h.LastSeq, h.NextCSN = sysmap.Version+1, 1, 2
		send(t, again, h)
		try(again, &wire.Push{CSN: 2, BaseSeq: 1, Ops: card(2, "of another schema")})
		time.Sleep(time.Second)
		if got := heard(t, again); len(got) != 0 || conn.Code() != wire.CloseTooOld {
			t.Errorf("heard %v, closed with %d", got, conn.Code())
		}
		if rows, _ := b.log.Read(ctx, b.m, 0, 10); len(rows) != 1 {
			t.Errorf("%d rows, want 1", len(rows))
		}
	})
}

// TestTokenFailureOnceStillReconnects: a sign-in that could not be checked is not one
// that has ended. The connection is sent away to come back, and works then.
func TestTokenFailureOnceStillReconnects(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		var asked atomic.Int32
		var first atomic.Pointer[robot.PipeConn]
		g := Guest{Account: id.Account{1}, Role: authz.Edit, Recheck: func(context.Context) (authz.Role, error) {
			if asked.Add(1) == 1 {
				return authz.None, fault.New(fault.Busy, "the store is busy")
			}
			return authz.Edit, nil
		}}
		m := b.m
		r := robot.New(robot.Config{Account: g.Account, Map: m, Dial: func(context.Context) (robot.Socket, error) {
			s, c := robot.Pipe()
			first.CompareAndSwap(nil, c)
			go func() { _ = b.rooms.Serve(m, g, peer.New(peer.Config{Conn: c})) }() // its error is the lesson
			return s, nil
		}})
		go r.Run(ctx)
		do(t, r, card(1, "kept"))
		settled(t, r)
		if code := first.Load().Code(); code != closeRestart || asked.Load() != 2 {
			t.Errorf("the first connection was closed with %d, want %d; asked %d times", code, closeRestart, asked.Load())
		}
	})
}

// TestHiddenTabIsNotDead: a hidden page asks once a minute at most. That is enough to
// stay; who does not ask at all is let go after a while.
func TestHiddenTabIsNotDead(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		s, conn := b.raw(ctx, 1)
		send(t, s, b.hello(1))
		for n := range uint64(30) {
			time.Sleep(time.Minute)
			send(t, s, &wire.Ping{T: n})
		}
		if code := conn.Code(); code != 0 {
			t.Errorf("closed with %d", code)
		}
		time.Sleep(10 * time.Minute)
		if conn.Code() == 0 {
			t.Error("a page that is gone keeps its place")
		}
	})
}

// TestNoTimerInClosedRoom: however a room ends, no timer of it runs on, and nothing
// that comes late starts one.
func TestNoTimerInClosedRoom(t *testing.T) {
	for name, end := range map[string]func(ctx context.Context, t *testing.T, b *bench, ann *robot.Robot){
		"drained": func(ctx context.Context, t *testing.T, b *bench, _ *robot.Robot) {
			if err := b.rooms.Drain(ctx); err != nil {
				t.Error(err)
			}
		},
		"in doubt": func(_ context.Context, t *testing.T, b *bench, ann *robot.Robot) {
			b.fail.Store(true)
			do(t, ann, card(2, "lost"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(ctx context.Context, b *bench) {
				mine, leave := context.WithCancel(ctx)
				ann, _ := b.guest(mine, 1, authz.Edit)
				s, _ := b.raw(ctx, 2)
				send(t, s, b.hello(2))
				synctest.Wait()
				r := b.room()
				time.Sleep(time.Second)
				for range 3 { // the next tick of presence is due when the room ends
					send(t, s, &wire.Presence{HasCursor: true})
				}
				end(ctx, t, b, ann)
				<-r.done
				leave()
				synctest.Wait()
				if r.tick.Stop() || r.idle.Stop() {
					t.Error("a timer of the closed room was still running")
				}
				late := event{Event: seq.Event{Conn: 2}, kind: toPresence, presence: &wire.Presence{}}
				if err := r.send(late); !fault.Is(err, fault.Lost) {
					t.Errorf("the closed room took something: %v", err)
				}
				if r.tick.Stop() || r.idle.Stop() {
					t.Error("a late word started a timer")
				}
			})
		})
	}
}

// diary is a log that watches how it is used, and fails when told.
type diary struct {
	store.Log
	took     time.Duration
	mu       sync.Mutex
	now      int // appends that run
	most     int
	appends  int
	rows     int // of the largest append
	acquires int
	refuse   error // of Append; nothing is written then
	unread   error // of Read
}

func (d *diary) Acquire(ctx context.Context, m id.Map, node string) (store.Room, error) {
	d.mu.Lock()
	d.acquires++
	d.mu.Unlock()
	return d.Log.Acquire(ctx, m, node)
}

func (d *diary) Read(ctx context.Context, m id.Map, after uint64, limit int) ([]store.Row, error) {
	d.mu.Lock()
	err := d.unread
	d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return d.Log.Read(ctx, m, after, limit)
}

func (d *diary) Append(ctx context.Context, batches []store.Batch) []error {
	d.mu.Lock()
	d.now++
	d.appends++
	rows := 0
	for _, b := range batches {
		rows += len(b.Rows)
	}
	d.most, d.rows = max(d.most, d.now), max(d.rows, rows)
	refuse := d.refuse
	d.mu.Unlock()
	time.Sleep(d.took)
	defer func() {
		d.mu.Lock()
		d.now--
		d.mu.Unlock()
	}()
	if refuse == nil {
		return d.Log.Append(ctx, batches)
	}
	out := make([]error, len(batches))
	for i := range out {
		out[i] = refuse
	}
	return out
}

func (d *diary) set(refuse, unread error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuse, d.unread = refuse, unread
}

// withDiary puts a diary and a real committer under the bench.
func (b *bench) withDiary(ctx context.Context, d *diary) (*store.Committer, *bytes.Buffer) {
	logs := &bytes.Buffer{}
	c := store.NewCommitter(d)
	b.rooms = New(Config{
		Store: d, Append: c.Append, Node: "test", Now: time.Now,
		Log: slog.New(slog.NewTextHandler(logs, nil)), IdleAfter: time.Second,
	})
	go c.Run(ctx)
	return c, logs
}

// TestStoreStormBounded: a storm of edits to many maps over a slow disk does not
// become a storm on the disk: one transaction runs at a time, bounded in rows, each
// map has at most one batch waiting, and in the end everything is saved.
func TestStoreStormBounded(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		const maps, each, edits = 20, 3, 60
		d := &diary{Log: b.log, took: 300 * time.Millisecond}
		b.withDiary(ctx, d)
		var robots []*robot.Robot
		for m := range maps {
			b.m = id.Map{1, byte(m)}
			for who := range each {
				r, _ := b.guest(ctx, byte(m*each+who+1), authz.Edit)
				robots = append(robots, r)
			}
		}
		began, before := time.Now(), d.appends
		for n := range edits {
			for i, r := range robots {
				ops := card(0, "")
				ops[0].ID = id.Object{1, byte(i), byte(n)}
				do(t, r, ops)
			}
			time.Sleep(10 * time.Millisecond)
		}
		for _, r := range robots {
			settled(t, r)
		}
		spent := time.Since(began)
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.most != 1 || d.rows > store.MaxCommitRows {
			t.Errorf("%d transactions at once, the largest of %d rows", d.most, d.rows)
		}
		if n := d.appends - before; n > int(spent/d.took)+1 {
			t.Errorf("%d transactions in %v", n, spent)
		}
		rows := 0
		for m := range maps {
			list, err := b.log.Read(ctx, id.Map{1, byte(m)}, 0, each*edits+1)
			if err != nil {
				t.Fatal(err)
			}
			rows += len(list)
		}
		if rows != maps*each*edits {
			t.Errorf("%d rows, want %d", rows, maps*each*edits)
		}
	})
}

// TestStoreErrorLeaksNothing: a store that refuses again and again leaves nothing
// behind: no room, no goroutine (the bubble would not end), no batch. Nor does what
// it said, or what the edit was, reach a client or a line of the log.
func TestStoreErrorLeaksNothing(t *testing.T) {
	var left []weak.Pointer[room]
	inBubble(t, func(ctx context.Context, b *bench) {
		d := &diary{Log: b.log, took: time.Millisecond}
		_, logs := b.withDiary(ctx, d)
		const path = "disk /var/private is on fire"
		d.set(errors.New(path), nil)
		for n := range byte(20) {
			s, conn := b.raw(ctx, 1)
			h := b.hello(1)
			send(t, s, h)
			synctest.Wait()
			if r := b.room(); r != nil {
				left = append(left, weak.Make(r))
			}
			try(s, &wire.Push{CSN: 1, Ops: card(n+1, "a secret title")})
			for _, k := range heard(t, s) {
				if k == wire.KindCommit || k == wire.KindNack {
					t.Errorf("an edit of unknown outcome was answered with frame %d", k)
				}
			}
			if conn.Code() != closeRestart {
				t.Errorf("closed with %d, want %d", conn.Code(), closeRestart)
			}
		}
		time.Sleep(2 * time.Second)
		if n := b.rooms.Open(); n != 0 {
			t.Errorf("%d maps are open", n)
		}
		if text := logs.String(); strings.Contains(text, "secret title") || !strings.Contains(text, path) {
			t.Errorf("the log says %q", text)
		}
		d.set(nil, nil)
		ann, _ := b.guest(ctx, 1, authz.Edit)
		do(t, ann, card(1, "works again"))
		settled(t, ann)
		if rows, _ := b.log.Read(ctx, b.m, 0, 10); len(rows) != 1 {
			t.Errorf("%d rows, want 1", len(rows))
		}
	})
	if len(left) != 20 {
		t.Fatalf("%d rooms were seen", len(left))
	}
	runtime.GC()
	for i, p := range left {
		if p.Value() != nil {
			t.Errorf("the room of attempt %d is still in memory", i)
		}
	}
}

// TestFailedLoadNeverOverwrites: a map that could not be read is not an empty one.
// What clients send meanwhile is not written over it; once it can be read, all is
// there.
func TestFailedLoadNeverOverwrites(t *testing.T) {
	for name, failure := range map[string]error{
		"the disk": errors.New("input/output error"),
		"for now":  fault.New(fault.Busy, "try again"),
		"damaged":  fault.New(fault.Internal, "rows are missing"),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(ctx context.Context, b *bench) {
				d := &diary{Log: b.log, took: time.Millisecond}
				b.withDiary(ctx, d)
				first, leave := context.WithCancel(ctx)
				ann, _ := b.guest(first, 1, authz.Edit)
				for n := range byte(5) {
					do(t, ann, card(1+n, "there"))
				}
				settled(t, ann)
				leave()
				time.Sleep(5 * time.Second)
				if b.rooms.Open() != 0 {
					t.Fatal("the map is still open")
				}
				d.set(nil, failure)
				before := d.appends
				for range 5 {
					s, conn := b.raw(ctx, 2)
					try(s, b.hello(2))
					try(s, &wire.Push{CSN: 1, Ops: card(9, "over it")})
					if got := heard(t, s); len(got) != 0 || conn.Code() < closeBroken || conn.Code() > closeRestart {
						t.Errorf("heard %v, closed with %d", got, conn.Code())
					}
				}
				if rows, _ := b.log.Read(ctx, b.m, 0, 10); len(rows) != 5 || d.appends != before {
					t.Errorf("%d rows, want 5; %d appends", len(rows), d.appends-before)
				}
				d.set(nil, nil)
				time.Sleep(brokenFor + time.Second)
				bob, _ := b.guest(ctx, 2, authz.Edit)
				do(t, bob, card(9, "beside it"))
				settled(t, bob)
				bob.Replica(func(r *replica.Replica) {
					if n := r.View().Living(); n != 6 {
						t.Errorf("%d cards, want 6", n)
					}
				})
			})
		})
	}
}

// TestShutdownFlushes: an orderly stop, as the app does it, makes durable and
// answers all that rooms had taken, however slow the disk is, before anybody is sent
// away.
func TestShutdownFlushes(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		d := &diary{Log: b.log, took: 400 * time.Millisecond}
		commit, stop := context.WithCancel(ctx)
		b.withDiary(commit, d)
		const maps, edits = 5, 40
		var acked atomic.Int32
		var socks []robot.Socket
		for m := range byte(maps) {
			b.m = id.Map{1, m}
			s, _ := b.raw(ctx, m)
			send(t, s, b.hello(m+1))
			socks = append(socks, s)
		}
		time.Sleep(time.Second)
		for i, s := range socks {
			for n := range byte(edits) {
				send(t, s, &wire.Push{CSN: uint64(n) + 1, Ops: card(n+1, "typed")})
				if i%2 == 0 {
					synctest.Wait() // one batch for the first, another for the rest
				}
			}
		}
		synctest.Wait() // taken, not one of them durable
		var readers sync.WaitGroup
		for _, s := range socks {
			readers.Go(func() { acked.Add(int32(acks(s))) })
		}
		if err := b.rooms.Drain(ctx); err != nil {
			t.Error(err)
		}
		stop()
		readers.Wait()
		rows := 0
		for m := range byte(maps) {
			list, err := b.log.Read(ctx, id.Map{1, m}, 0, edits+1)
			if err != nil {
				t.Fatal(err)
			}
			rows += len(list)
		}
		if rows != maps*edits || int(acked.Load()) != rows {
			t.Errorf("%d of %d edits in the log, %d answered", rows, maps*edits, acked.Load())
		}
	})
}

// framesOf reads one message.
func framesOf(s robot.Socket) (list []wire.Frame, err error) {
	b, err := s.Read()
	if err != nil {
		return nil, err
	}
	for rd := varint.NewReader(b); rd.Len() > 0; {
		f, err := wire.Next(rd)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// acks reads a socket to its end and counts the transactions it was told of.
func acks(s robot.Socket) (n int) {
	for {
		list, err := framesOf(s)
		if err != nil {
			return n
		}
		for _, f := range list {
			if c, ok := f.(*wire.Commit); ok {
				n += len(c.Txns)
			}
		}
	}
}
