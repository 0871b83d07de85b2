package room

import (
	"context"
	"errors"
	"testing"
	"time"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/peer"
	"plectica/internal/robot"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

func account(n byte) store.Ref { return store.OfAccount(id.Account{n}) }

// TestRoleChangeFollowsAtOnce: RL-2, a role taken away holds from the next push.
func TestRoleChangeFollowsAtOnce(t *testing.T) {
	for _, about := range []store.Ref{
		account(1), store.OfMap(id.Map{1}), {Sort: store.SortOrg, ID: [16]byte{7}}, {Sort: store.SortFolder}, {Sort: store.SortTeam},
	} {
		inBubble(t, func(ctx context.Context, b *bench) {
			ann, conn := b.guest(ctx, 1, authz.Edit)
			do(t, ann, card(1, "mine"))
			settled(t, ann)
			b.roles.Store(byte(1), authz.Comment)
			b.rooms.Recheck([]store.Ref{about})
			time.Sleep(50 * time.Millisecond)
			err := ann.Do(0, func(*sysmap.Map) []sysmap.Op { return card(2, "no") })
			if fault.KindOf(err) != fault.Permission {
				t.Errorf("%v: a replica that may only comment took an edit: %v", about, err)
			}
			b.rooms.Recheck([]store.Ref{keyOf(1)})
			time.Sleep(time.Second / 2)
			if conn.Code() != wire.CloseAuth {
				t.Errorf("%v: close code %d, want %d", about, conn.Code(), wire.CloseAuth)
			}
		})
	}
}

// TestOthersStay: a change of one account, map or sign-in is nothing to the others.
func TestOthersStay(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		ann, conn := b.guest(ctx, 1, authz.Edit)
		do(t, ann, card(1, "mine"))
		settled(t, ann)
		b.roles.Store(byte(1), authz.None) // only a look-up would find it
		b.rooms.Recheck([]store.Ref{account(2), keyOf(2), store.OfMap(id.Map{99}), {Sort: store.SortVisit, ID: [16]byte{1}}})
		time.Sleep(time.Second)
		if conn.Code() != 0 {
			t.Errorf("closed with %d", conn.Code())
		}
		b.rooms.Recheck([]store.Ref{account(1)})
		time.Sleep(time.Second)
		if conn.Code() != wire.CloseForbidden {
			t.Errorf("close code %d, want %d", conn.Code(), wire.CloseForbidden)
		}
	})
}

// slowly connects a socket whose rights are looked up by the test.
func (b *bench) slowly(t *testing.T, ask check) (robot.Socket, *robot.PipeConn) {
	t.Helper()
	s, c := robot.Pipe()
	g := Guest{Account: id.Account{1}, Key: keyOf(1), Role: authz.Edit, Recheck: ask}
	go func() { _ = b.rooms.Serve(b.m, g, peer.New(peer.Config{Conn: c})) }() // how it ended is asked of c
	send(t, s, &wire.Hello{Proto: 1, Schema: 1, Map: b.m, Client: id.Client{8}, Nonce: id.Nonce{1}, NextCSN: 1})
	return s, c
}

// TestPushWaitsForTheLookUp: RL-2, AC-3. What is sent after a change was told of is judged by
// the new role, however long it takes to learn it, and nobody else waits.
func TestPushWaitsForTheLookUp(t *testing.T) {
	inBubble(t, func(ctx context.Context, b *bench) {
		answer := make(chan authz.Role, 1)
		answer <- authz.Edit
		s, _ := b.slowly(t, func(context.Context) (authz.Role, error) { return <-answer, nil })
		time.Sleep(100 * time.Millisecond)
		b.rooms.Recheck([]store.Ref{account(1)})
		time.Sleep(100 * time.Millisecond)
		send(t, s, &wire.Push{CSN: 1, Ops: card(1, "too late")})
		bob, _ := b.guest(ctx, 2, authz.Edit)
		do(t, bob, card(2, "in time"))
		settled(t, bob)
		if rows, _ := b.log.Read(ctx, b.m, 0, 10); len(rows) != 1 {
			t.Errorf("%d rows before the answer, want bob's alone", len(rows))
		}
		answer <- authz.View
		time.Sleep(100 * time.Millisecond)
		if rows, _ := b.log.Read(ctx, b.m, 0, 10); len(rows) != 1 {
			t.Errorf("%d rows after it", len(rows))
		}
	})
}

// TestWhoCannotBeLookedUpIsOut: doubt denies.
func TestWhoCannotBeLookedUpIsOut(t *testing.T) {
	for _, c := range []struct {
		name string
		ask  check
		code int
	}{
		{"the sign-in ended", func(context.Context) (authz.Role, error) { return authz.Edit, fault.New(fault.Auth, "ended") }, wire.CloseAuth},
		{"their place asks for more", func(context.Context) (authz.Role, error) { return authz.Edit, fault.New(fault.Permission, "no") }, wire.CloseForbidden},
		{"the disk", func(context.Context) (authz.Role, error) { return authz.Edit, errors.New("input/output error") }, closeRestart},
		{"no answer", func(ctx context.Context) (authz.Role, error) { <-ctx.Done(); return authz.Edit, ctx.Err() }, closeRestart},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(_ context.Context, b *bench) {
				_, conn := b.slowly(t, c.ask)
				time.Sleep(checkTimeout + time.Second)
				if conn.Code() != c.code {
					t.Errorf("close code %d, want %d", conn.Code(), c.code)
				}
			})
		})
	}
}

// TestHeldIsBounded: who sends on and on while nothing can be looked up is asked to
// come back.
func TestHeldIsBounded(t *testing.T) {
	inBubble(t, func(_ context.Context, b *bench) {
		s, conn := b.slowly(t, func(ctx context.Context) (authz.Role, error) { <-ctx.Done(); return authz.Edit, ctx.Err() })
		for i := range maxHeld + 5 {
			if s.Write(wire.Append(nil, &wire.Push{CSN: uint64(i) + 1, Ops: card(byte(i), "")})) != nil {
				break // closed
			}
		}
		time.Sleep(checkTimeout / 2)
		if conn.Code() != closeRestart {
			t.Errorf("close code %d, want %d", conn.Code(), closeRestart)
		}
	})
}

// TestManyOrdersBecomeOne: however many changes there are while a room is busy, it
// keeps few of them, and none is missed.
func TestManyOrdersBecomeOne(t *testing.T) {
	o := newOrders()
	for i := range 3 * maxOrders {
		o.give(order{about: account(byte(i))})
	}
	o.give(order{conn: 1, check: 1}) // an answer is never dropped
	list := o.take()
	if len(list) > maxOrders+2 || list[len(list)-2].about != everybody || list[len(list)-1].check != 1 {
		t.Errorf("%d orders wait", len(list))
	}
}
