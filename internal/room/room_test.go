package room

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/faulty"
	"plectica/internal/id"
	"plectica/internal/peer"
	"plectica/internal/replica"
	"plectica/internal/robot"
	"plectica/internal/sim/disk"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// bench is rooms over the model store.
type bench struct {
	t     *testing.T
	rooms *Rooms
	log   *disk.Store
	fail  atomic.Bool // the next append fails after it was written
	m     id.Map
	name  string   // of every guest
	roles sync.Map // of accounts by their first byte, where they changed
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, log: disk.New(), m: id.Map{1}, name: "someone"}
	b.rooms = New(Config{
		Store: b.log, Node: "test", Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Append: func(ctx context.Context, batch store.Batch) error {
			time.Sleep(time.Millisecond)
			err := b.log.Append(ctx, []store.Batch{batch})[0]
			if b.fail.CompareAndSwap(true, false) {
				return errors.New("input/output error")
			}
			return err
		},
	})
	return b
}

// roleOf is an account's role now.
func (b *bench) roleOf(account byte, at authz.Role) authz.Role {
	if r, ok := b.roles.Load(account); ok {
		return r.(authz.Role)
	}
	return at
}

// keyOf is the sign-in of an account.
func keyOf(account byte) store.Ref {
	return store.Ref{Sort: store.SortSession, ID: [id.Size]byte{account}}
}

// guest connects a robot with a role.
func (b *bench) guest(ctx context.Context, account byte, role authz.Role) (*robot.Robot, *robot.PipeConn) {
	var last atomic.Pointer[robot.PipeConn]
	g := Guest{Account: id.Account{account}, Name: b.name, Key: keyOf(account), Role: role}
	g.Recheck = func(context.Context) (authz.Role, error) { return b.roleOf(account, role), nil }
	m := b.m
	r := robot.New(robot.Config{
		Account: g.Account, Map: m, Client: id.Client{account, 9},
		Dial: func(context.Context) (robot.Socket, error) {
			s, c := robot.Pipe()
			last.Store(c)
			go func() { _ = b.rooms.Serve(m, g, peer.New(peer.Config{Conn: c})) }()
			return s, nil
		},
		Fetch: func(_ context.Context, url string) ([]byte, error) {
			return nil, errors.New("no snapshots here: " + url)
		},
	})
	go r.Run(ctx)
	time.Sleep(100 * time.Millisecond)
	return r, last.Load()
}

func card(n byte, title string) []sysmap.Op {
	return []sysmap.Op{{
		Kind: sysmap.OpPut, Type: sysmap.Card, ID: id.Object{n}, Title: title,
		Place: sysmap.Place{Order: sysmap.Between("", "", uint64(n))},
	}}
}

func do(t *testing.T, r *robot.Robot, ops []sysmap.Op) {
	t.Helper()
	if err := r.Do(0, func(*sysmap.Map) []sysmap.Op { return ops }); err != nil {
		t.Fatal(err)
	}
}

func settled(t *testing.T, rs ...*robot.Robot) {
	t.Helper()
	for range 2000 {
		ok := true
		var heads []uint64
		for _, r := range rs {
			ok = ok && r.Settled()
			r.Replica(func(x *replica.Replica) { heads = append(heads, x.Head()) })
		}
		for _, h := range heads {
			ok = ok && h == heads[0]
		}
		if ok {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("clients do not come to rest")
}

func hashes(t *testing.T, rs ...*robot.Robot) {
	t.Helper()
	var first sysmap.Hash
	for i, r := range rs {
		r.Replica(func(x *replica.Replica) {
			if i == 0 {
				first = x.Hash()
			} else if x.Hash() != first {
				t.Errorf("client %d differs", i)
			}
		})
	}
}

func inBubble(t *testing.T, f func(ctx context.Context, b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := newBench(t)
		f(ctx, b)
		cancel()
		done, end := context.WithTimeout(context.Background(), 5*time.Second)
		defer end()
		if err := b.rooms.Drain(done); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Second)
	})
}

// TestTwoEditLive: what one does the other sees, and both are told it is saved.
func TestTwoEditLive(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		ann, _ := b.guest(ctx, 1, authz.Edit)
		bob, _ := b.guest(ctx, 2, authz.Edit)
		do(t, ann, card(1, "supply"))
		do(t, bob, card(2, "demand"))
		settled(t, ann, bob)
		hashes(t, ann, bob)
		var n int
		ann.Replica(func(r *replica.Replica) { n = r.View().Living() })
		if n != 2 {
			t.Errorf("living cards = %d, want 2", n)
		}
	})
}

// TestViewerCannotPush: RL-1, the server refuses what a viewer's client sends.
func TestViewerCannotPush(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		s, c := robot.Pipe()
		g := Guest{Account: id.Account{7}, Role: authz.View}
		g.Recheck = func(context.Context) (authz.Role, error) { return authz.View, nil }
		go func() { _ = b.rooms.Serve(b.m, g, peer.New(peer.Config{Conn: c})) }()
		send(t, s, &wire.Hello{Proto: 1, Schema: 1, Map: b.m, Client: id.Client{3}, Nonce: id.Nonce{1}, NextCSN: 1})
		send(t, s, &wire.Push{CSN: 1, Ops: card(1, "x")})
		if got := nack(t, s); got.Code != fault.Permission || got.CSN != 1 {
			t.Errorf("nack = %+v", got)
		}
		rows, _ := b.log.Read(ctx, b.m, 0, 10)
		if len(rows) != 0 {
			t.Error("a viewer's push was stored")
		}
		c.Close(1000)
	})
}

func send(t *testing.T, s robot.Socket, f wire.Frame) {
	t.Helper()
	if err := s.Write(wire.Append(nil, f)); err != nil {
		t.Fatal(err)
	}
}

// nack reads until a refusal comes.
func nack(t *testing.T, s robot.Socket) *wire.Nack {
	t.Helper()
	for range 100 {
		b, err := s.Read()
		if err != nil {
			t.Fatal(err)
		}
		rd := varint.NewReader(b)
		for rd.Len() > 0 {
			f, err := wire.Next(rd)
			if err != nil {
				t.Fatal(err)
			}
			if n, ok := f.(*wire.Nack); ok {
				return n
			}
		}
	}
	t.Fatal("no refusal")
	return nil
}

// TestUnknownOutcomeRecovers: SQ-6, after a failed append the map is opened again
// from the log and nothing is applied twice.
func TestUnknownOutcomeRecovers(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		ann, _ := b.guest(ctx, 1, authz.Edit)
		bob, _ := b.guest(ctx, 2, authz.Edit)
		b.fail.Store(true)
		do(t, ann, card(1, "kept"))
		do(t, bob, card(2, "kept too"))
		settled(t, ann, bob)
		hashes(t, ann, bob)
		rows, _ := b.log.Read(ctx, b.m, 0, 10)
		if len(rows) != 2 {
			t.Errorf("%d rows, want 2", len(rows))
		}
	})
}

// TestSlowPeerIsCut: LM-4, a peer that does not read is cut and others notice
// nothing.
func TestSlowPeerIsCut(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		s, slow := robot.Pipe() // nobody reads it
		g := Guest{Account: id.Account{8}, Role: authz.View}
		g.Recheck = func(context.Context) (authz.Role, error) { return authz.View, nil }
		go func() { _ = b.rooms.Serve(b.m, g, peer.New(peer.Config{Conn: slow})) }()
		send(t, s, &wire.Hello{Proto: 1, Schema: 1, Map: b.m, Client: id.Client{8}, Nonce: id.Nonce{1}, NextCSN: 1})
		ann, _ := b.guest(ctx, 1, authz.Edit)
		for i := range 2500 {
			ops := card(1, "")
			ops[0].ID = id.Object{1, byte(i), byte(i >> 8)}
			do(t, ann, ops)
			time.Sleep(20 * time.Millisecond)
		}
		settled(t, ann)
		if slow.Code() == 0 {
			t.Error("the slow peer is still there")
		}
	})
}

// TestIdleRoomIsClosed: a map nobody looks at costs nothing after a while.
func TestIdleRoomIsClosed(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		one, cancel := context.WithCancel(ctx)
		ann, _ := b.guest(one, 1, authz.Edit)
		do(t, ann, card(1, "x"))
		settled(t, ann)
		cancel()
		time.Sleep(3 * time.Minute)
		if n := b.rooms.Open(); n != 0 {
			t.Errorf("%d maps open", n)
		}
	})
}

// TestPresenceIsNotStored: PR-1, PR-2. Others hear of a moving pointer at most ten
// times a second, and the log holds nothing of it.
func TestPresenceIsNotStored(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		ann, _ := b.guest(ctx, 1, authz.Edit)
		bob, _ := b.guest(ctx, 2, authz.View)
		for i := range 100 {
			ann.Replica(func(r *replica.Replica) { r.SetPresence(wire.Presence{HasCursor: true, X: int32(i)}) })
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(time.Second)
		bob.Replica(func(r *replica.Replica) {
			peers := r.Peers()
			if len(peers) != 1 || peers[0].Presence.X != 99 || peers[0].Name != "someone" {
				t.Errorf("peers = %+v", peers)
			}
			if n := r.Status().Presence; n > 26 {
				t.Errorf("%d presence messages in two seconds, want at most ten a second", n)
			}
		})
		if rows, _ := b.log.Read(ctx, b.m, 0, 10); len(rows) != 0 {
			t.Error("presence was stored")
		}
	})
}

// TestLongNames: the longest name an account may have reaches the others.
func TestLongNames(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		b.name = strings.Repeat("名", 133)
		ann, _ := b.guest(ctx, 1, authz.Edit)
		bob, _ := b.guest(ctx, 2, authz.View)
		time.Sleep(time.Second)
		for _, r := range []*robot.Robot{ann, bob} {
			if err := r.Err(); err != nil {
				t.Error(err)
			}
			r.Replica(func(x *replica.Replica) {
				if p := x.Peers(); len(p) != 1 || p[0].Name != b.name {
					t.Errorf("peers = %+v", p)
				}
			})
		}
	})
}

// TestDamagedMapIsNotTriedAgainAtOnce: a map whose log cannot be read is closed
// with its own code, and left alone for a while.
func TestDamagedMapIsNotTriedAgainAtOnce(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		rec, err := b.log.Acquire(ctx, b.m, "test")
		if err != nil {
			t.Fatal(err)
		}
		bad := store.Batch{Map: b.m, Epoch: rec.Epoch, Rows: []store.Row{{Seq: 1, Data: []byte{0xff}}}}
		if err := b.log.Append(ctx, []store.Batch{bad})[0]; err != nil {
			t.Fatal(err)
		}
		_, conn := b.guest(ctx, 1, authz.Edit)
		time.Sleep(time.Second)
		if conn.Code() != closeBroken {
			t.Errorf("closed with %d, want %d", conn.Code(), closeBroken)
		}
		again, _ := b.log.Acquire(ctx, b.m, "test")
		if again.Epoch > rec.Epoch+2 {
			t.Errorf("the map was opened %d times in a second", again.Epoch-rec.Epoch-1)
		}
	})
}

// TestFailedAcquireIsTriedAgain: a map whose log could not be acquired, as on a
// full disk, is not taken for a damaged one: it opens as soon as that works again.
func TestFailedAcquireIsTriedAgain(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		broken := faulty.New()
		b.rooms.cfg.Store = broken.Log(b.log)
		broken.Set(faulty.Plan{Acquire: 1})
		ann, conn := b.guest(ctx, 1, authz.Edit)
		time.Sleep(time.Second)
		if conn.Code() != closeRestart {
			t.Errorf("closed with %d, want %d", conn.Code(), closeRestart)
		}
		broken.Set(faulty.Plan{})
		do(t, ann, card(1, "x"))
		time.Sleep(time.Second)
		if !ann.Settled() {
			t.Error("the map does not open again")
		}
	})
}
