package replica

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sim/whim"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// drawHistory returns random transactions that apply one after the other, such as
// people make.
func drawHistory(t *rapid.T) []wire.Txn {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	m, n := sysmap.New(), uint64(0)
	fresh := func() id.Object {
		n++
		return id.Object{byte(n >> 8), byte(n)}
	}
	w := whim.Whim{Rng: rng, ID: fresh, Made: make(map[sysmap.Type][]id.Object), View: m, Jitter: 8, Dead: true}
	var out []wire.Txn
	for range rapid.IntRange(1, 200).Draw(t, "changes") {
		x := wire.Txn{Actor: id.Account{byte(1 + rng.IntN(2))}, At: int64(len(out)), Ops: w.Change()}
		if rng.IntN(40) == 0 {
			x.Ops = []sysmap.Op{{Kind: sysmap.OpPurge, IDs: m.Forgettable(5)}}
		}
		if m.Apply(x.Ops, sysmap.Stamp{By: x.Actor, At: x.At}) == nil {
			out = append(out, x)
		}
	}
	return out
}

func fold(t *rapid.T, list []wire.Txn) *sysmap.Map {
	m := sysmap.New()
	for _, x := range list {
		if err := m.Apply(x.Ops, sysmap.Stamp{By: x.Actor, At: x.At}); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// TestPastIsTheLog: HY-4. A past state that is stepped forward by commits is the state
// at each of them, whatever way they are put together.
func TestPastIsTheLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawHistory(t)
		from := rapid.IntRange(0, len(list)).Draw(t, "from")
		r := New(Config{})
		if err := r.Past(fold(t, list[:from]).AppendSnapshot(varint.Uint(nil, uint64(from)))); err != nil {
			t.Fatal(err)
		}
		var frames []byte
		for i := from; i < len(list); {
			n := min(rapid.IntRange(1, 3).Draw(t, "together"), len(list)-i)
			frames = varint.Bytes(frames, wire.Append(nil, &wire.Commit{FromSeq: uint64(i) + 1, Txns: list[i : i+n]}))
			i += n
		}
		for at := from; at < len(list); {
			at = rapid.IntRange(at+1, len(list)).Draw(t, "to")
			p, ok := r.Advance(frames, uint64(at))
			if !ok || r.Head() != uint64(at) || p.By != list[at-1].Actor || p.At != list[at-1].At {
				t.Fatalf("advanced to %d, want %d: %+v", r.Head(), at, p)
			}
			if r.View().Hash() != fold(t, list[:at]).Hash() {
				t.Fatalf("another state at %d", at)
			}
		}
		if _, _, err := r.Do(0, []sysmap.Op{card(1)}); fault.KindOf(err) != fault.Permission {
			t.Fatalf("the past was changed: %v", err)
		}
	})
}

// TestRevertIsOneStep: HY-5. However many transactions it takes, one undo gives back
// what there was, and one redo what there was then.
func TestRevertIsOneStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawHistory(t)
		now := fold(t, list)
		then := fold(t, list[:rapid.IntRange(0, len(list)).Draw(t, "then")])
		r := New(Config{Client: id.Client{1}})
		r.Hello(id.Nonce{}, 0)
		head := uint64(len(list))
		msg := wire.Append(nil, &wire.Welcome{Epoch: 1, Role: wire.RoleEdit, Author: 1, Head: head})
		for i := range list {
			msg = wire.Append(msg, &wire.Commit{FromSeq: uint64(i) + 1, Txns: list[i : i+1]})
		}
		if _, err := r.Remote(msg, 1); err != nil || r.Head() != head {
			t.Fatal(err, r.Head())
		}
		ops, _ := sysmap.Revert(r.View(), then, sysmap.Scope{})
		if len(ops) == 0 {
			return
		}
		group := uint64(rapid.IntRange(0, 1).Draw(t, "cut"))
		for part := range slicesOf(ops, rapid.IntRange(1, len(ops)).Draw(t, "part"), group != 0) {
			if _, n, err := r.Do(group, part); err != nil {
				t.Fatal(err)
			} else {
				r.Persisted(n)
			}
			if rapid.Bool().Draw(t, "confirmed") {
				confirm(t, r)
			}
		}
		if s := r.Status(); s.Undo != 1 {
			t.Fatalf("%d steps", s.Undo)
		}
		done := r.View().AppendSnapshot(nil)
		for range 2 {
			if s, err := r.Undo(); err != nil || s.Skipped > 0 {

				t.Fatalf("%+v %v, by %+v", s, err, ops)
			}
			if d := sysmap.Changes(now, r.View()); len(d) > 0 {
				t.Fatalf("undone, there is left: %+v, by %+v", d, ops)
			}
			if s, err := r.Redo(); err != nil || s.Skipped > 0 {
				t.Fatalf("%+v %v", s, err)
			}
			m, err := sysmap.ReadSnapshot(varint.NewReader(done))
			if err != nil {
				t.Fatal(err)
			}
			if d := sysmap.Changes(m, r.View()); len(d) > 0 {
				t.Fatalf("done again, there is left: %+v", d)
			}
		}
	})
}

// slicesOf yields ops whole, or in parts.
func slicesOf(ops []sysmap.Op, n int, cut bool) func(func([]sysmap.Op) bool) {
	return func(yield func([]sysmap.Op) bool) {
		for cut && len(ops) > n {
			if !yield(ops[:n]) {
				return
			}
			ops = ops[n:]
		}
		yield(ops)
	}
}

// confirm lets the server confirm all that is pending.
func confirm(t *rapid.T, r *Replica) {
	r.Outbox(2)
	var msg []byte
	for i, p := range r.pending {
		msg = wire.Append(msg, &wire.Commit{FromSeq: r.head + 1 + uint64(i), Txns: []wire.Txn{{Author: 1, CSN: p.csn, Ops: p.ops}}})
	}
	if _, err := r.Remote(msg, 3); err != nil || len(r.pending) > 0 {
		t.Fatal(err, len(r.pending))
	}
}
