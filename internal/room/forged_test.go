package room

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/peer"
	"plectica/internal/replica"
	"plectica/internal/robot"
	"plectica/internal/seq"
	"plectica/internal/sim/whim"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// forger is somebody without the right to edit, whose client does as it likes.
type forger struct {
	robot.Socket
	conn *robot.PipeConn
	csn  uint64
}

// forger lets one in who has said hello.
func (b *bench) forger(t *testing.T, who byte, role authz.Role) *forger {
	t.Helper()
	s, c := robot.Pipe()
	g := Guest{Account: id.Account{who}, Role: role, Recheck: func(context.Context) (authz.Role, error) { return role, nil }}
	go func() { _ = b.rooms.Serve(b.m, g, peer.New(peer.Config{Conn: c})) }() // how it ended is asked of c
	send(t, s, &wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: b.m, Client: robot.NewID[id.Client](), NextCSN: 1})
	time.Sleep(10 * time.Millisecond)
	return &forger{Socket: s, conn: c}
}

// push sends ops and returns what became of them.
func (f *forger) push(t *testing.T, base uint64, ops []sysmap.Op) fault.Kind {
	t.Helper()
	f.csn++
	if err := f.Write(wire.Append(nil, &wire.Push{CSN: f.csn, BaseSeq: base, Ops: ops})); err != nil {
		t.Fatalf("%+v: closed with %d", ops, f.conn.Code())
	}
	n := nack(t, f)
	if n.CSN != f.csn {
		t.Fatalf("answered about %d, want %d", n.CSN, f.csn)
	}
	return n.Code
}

// drawn fills a map with a bit of everything, by its owner and another.
func (b *bench) drawn(ctx context.Context, t *testing.T, rng *rand.Rand, made map[sysmap.Type][]id.Object) *robot.Robot {
	t.Helper()
	ann, _ := b.guest(ctx, 1, authz.Own)
	for range 300 {
		ann.Replica(func(x *replica.Replica) {
			w := whim.Whim{Rng: rng, ID: robot.NewID[id.Object], Made: made, View: x.View(), Jitter: 1 << 20}
			_, n, err := x.Do(0, w.Change())
			if err == nil {
				x.Persisted(n)
			}
		})
		time.Sleep(20 * time.Millisecond)
	}
	settled(t, ann)
	return ann
}

// words reports whether all of a change is about what is said, and none of it about
// what somebody else did say.
func words(view *sysmap.Map, ops []sysmap.Op) bool {
	made := map[id.Object]bool{}
	for _, op := range ops {
		o := view.Get(op.ID)
		said := op.Type == sysmap.Thread || op.Type == sysmap.Message
		switch {
		case op.Kind == sysmap.OpPut && o == nil && said:
			made[op.ID] = true
		case made[op.ID]:
		case o != nil && o.Type == sysmap.Thread && op.Kind == sysmap.OpSet: // anybody settles one
		default:
			return false
		}
	}
	return len(ops) > 0
}

// state is what a map is: its log and its hash.
func (b *bench) state(ctx context.Context, t *testing.T) (uint64, sysmap.Hash) {
	t.Helper()
	head, m := uint64(0), sysmap.New()
	for {
		rows, err := b.log.Read(ctx, b.m, head, history.Page)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			return head, m.Hash()
		}
		for _, row := range rows {
			ops, err := seq.DecodeRow(row.Data)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Apply(ops, sysmap.Stamp{By: row.Actor, At: row.At}); err != nil {
				t.Fatal(err)
			}
		}
		head += uint64(len(rows))
	}
}

// forgeries is how many changes each forger sends.
const forgeries = 5000

// TestForgedWrites: RL-1. Of thousands of changes that an owner's client would make, as
// sound as they are, a viewer's and a commenter's are refused, each and every one, and
// the map stays what it was. Words alone are a commenter's to add.
func TestForgedWrites(t *testing.T) {
	for _, role := range []authz.Role{authz.View, authz.Comment} {
		t.Run(role.String(), func(t *testing.T) {
			inBubble(t, func(ctx context.Context, b *bench) {
				rng, made := rand.New(rand.NewPCG(20261123, uint64(role))), map[sysmap.Type][]id.Object{}
				ann := b.drawn(ctx, t, rng, made)
				head, hash := b.state(ctx, t)
				var view *sysmap.Map
				ann.Replica(func(x *replica.Replica) { view = x.View() }) // nobody changes it any more
				f := b.forger(t, 7, role)
				kinds, sent := map[sysmap.OpKind]int{}, 0
				for sent < forgeries {
					// What is made here is nowhere: it is not picked again.
					mine := map[sysmap.Type][]id.Object{}
					for k, v := range made {
						mine[k] = slices.Clone(v)
					}
					w := whim.Whim{Rng: rng, ID: robot.NewID[id.Object], Made: mine, View: view, Jitter: 1 << 20, Dead: true}
					ops := w.Change()
					if rng.IntN(4) == 0 {
						ops = append(ops, w.Change()...)
					}
					if role == authz.Comment && words(view, ops) {
						continue
					}
					if got := f.push(t, head, ops); got != fault.Permission {
						t.Fatalf("refused as %v: %+v", got, ops)
					}
					kinds[ops[0].Kind]++
					sent++
				}
				after, now := b.state(ctx, t)
				if after != head || now != hash {
					t.Errorf("the map is at %d, was at %d; its hash stays: %v", after, head, now == hash)
				}
				var live sysmap.Hash
				ann.Replica(func(x *replica.Replica) { live = x.Hash() })
				if live != hash {
					t.Error("what the owner sees is not what is in the log")
				}
				t.Logf("%d refused, by their first op: %v", sent, kinds)
				f.Close()
			})
		})
	}
}

// FuzzForgedWrites: RL-1. Whatever bytes a viewer's client sends, the map stays what it
// was.
func FuzzForgedWrites(f *testing.F) {
	say := func(all ...wire.Frame) (b []byte) {
		for _, f := range all {
			b = wire.Append(b, f)
		}
		return b
	}
	f.Add(say(&wire.Push{CSN: 1, Ops: card(9, "x")}))
	f.Add(say(&wire.Push{CSN: 1}, &wire.Push{CSN: 2, BaseSeq: 1, Ops: []sysmap.Op{{Kind: sysmap.OpDel, ID: id.Object{1}}}}))
	f.Add(say(&wire.Role{Role: 4}, &wire.Push{CSN: 1, Ops: card(9, "x")}))
	f.Add(say(&wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: id.Map{1}, Client: id.Client{1, 9}, NextCSN: 2}, &wire.Push{CSN: 2, Ops: card(9, "x")}))
	f.Add(say(&wire.Presence{Laser: true}, &wire.Ping{T: 1}, &wire.Push{CSN: 1, Ops: []sysmap.Op{{Kind: sysmap.OpSplice, ID: id.Object{1}, Field: sysmap.Title, Ins: "a"}}}))
	f.Fuzz(func(t *testing.T, msg []byte) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			b := newBench(t)
			ann, _ := b.guest(ctx, 1, authz.Own)
			do(t, ann, card(1, "kept"))
			settled(t, ann)
			head, hash := b.state(ctx, t)
			v := b.forger(t, 7, authz.View)
			_ = v.Write(msg) // it may be closed
			time.Sleep(time.Second)
			if after, now := b.state(ctx, t); after != head || now != hash {
				t.Errorf("a viewer wrote %x", msg)
			}
			v.Close()
			cancel()
			done, end := context.WithTimeout(context.Background(), 5*time.Second)
			defer end()
			if err := b.rooms.Drain(done); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * time.Second)
		})
	})
}
