package replica

import (
	"testing"

	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// FuzzUndo: UN-3. Alone, what any edits did is taken back by as many undos, and done
// again by as many redos, whatever the server confirmed in between.
func FuzzUndo(f *testing.F) {
	edit := sysmap.Op{Kind: sysmap.OpSplice, ID: id.Object{9}, Field: sysmap.Title, Ins: "ab"}
	b := sysmap.AppendOps([]byte{0}, []sysmap.Op{card(1), edit})
	b = sysmap.AppendOps(append(b, 3), []sysmap.Op{edit, {Kind: sysmap.OpDel, ID: id.Object{9}}})
	f.Add(sysmap.AppendOps(append(b, 2), []sysmap.Op{{Kind: sysmap.OpUndel, ID: id.Object{9}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := New(Config{Client: id.Client{1}})
		r.Hello(id.Nonce{}, 0)
		take(t, r, &wire.Welcome{Epoch: 1, Role: wire.RoleEdit, Author: 1})
		if _, n, err := r.Do(0, []sysmap.Op{card(9)}); err == nil {
			r.Persisted(n)
		}
		echo(t, r)
		r.undo = nil
		states := []sysmap.Hash{r.View().Hash()}
		for rd := varint.NewReader(b); rd.Len() > 0 && len(states) < MaxUndo/2; {
			how := rd.Byte()
			ops, err := sysmap.ReadOps(rd, 20)
			if err != nil {
				break
			}
			steps := len(r.undo)
			_, n, err := r.Do(0, ops)
			if err != nil {
				continue
			}
			r.Persisted(n)
			if len(r.undo) != steps+1 {
				t.Fatalf("an edit made %d steps", len(r.undo)-steps)
			}
			states = append(states, r.View().Hash())
			if how%2 == 1 {
				echo(t, r)
			}
		}
		walk(t, r, states)
	})
}

// walk undoes all steps and redoes them. What an edit made stays, dead, so an undone
// edit's state is compared by what lives.
func walk(t *testing.T, r *Replica, states []sysmap.Hash) {
	t.Helper()
	end := r.View().Living()
	for range states[1:] {
		if _, err := r.Undo(); err != nil {
			t.Fatal(err)
		}
		r.Persisted(r.journal)
		if err := r.View().Check(); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.View().Living(); n != 1 {
		t.Fatalf("%d cards live after all was undone, want 1", n)
	}
	for range states[1:] {
		if _, err := r.Redo(); err != nil {
			t.Fatal(err)
		}
		r.Persisted(r.journal)
	}
	if n := r.View().Living(); n != end {
		t.Fatalf("%d cards live after all was done again, want %d", n, end)
	}
	if got := r.View().Hash(); got != states[len(states)-1] {
		t.Fatal("another state after undo and redo")
	}
}

// take gives the replica a frame of the server.
func take(t *testing.T, r *Replica, f wire.Frame) {
	t.Helper()
	if res, err := r.Remote(wire.Append(nil, f), 0); err != nil || res.Close {
		t.Fatalf("%T was not taken: %v", f, err)
	}
}

// echo confirms what is in the outbox, as a server with one client would.
func echo(t *testing.T, r *Replica) {
	t.Helper()
	for {
		msg := r.Outbox(0)
		if len(msg) == 0 {
			return
		}
		for rd := varint.NewReader(msg); rd.Len() > 0; {
			f, err := wire.Next(rd)
			if err != nil {
				t.Fatal(err)
			}
			if p, ok := f.(*wire.Push); ok {
				take(t, r, &wire.Commit{FromSeq: r.Head() + 1, Txns: []wire.Txn{{Author: 1, CSN: p.CSN, Ops: p.Ops}}})
			}
		}
	}
}

// FuzzSnapshot: any bytes given for a snapshot are refused, or are the state that was
// asked for, with what is pending on top; both are sound.
func FuzzSnapshot(f *testing.F) {
	m := sysmap.New()
	if err := m.Apply([]sysmap.Op{card(1), card(9)}, sysmap.Stamp{}); err != nil {
		f.Fatal(err)
	}
	f.Add(m.AppendSnapshot(varint.Uint(nil, 3)), false)
	f.Add(m.AppendSnapshot(varint.Uint(nil, 3)), true)
	f.Fuzz(func(t *testing.T, b []byte, other bool) {
		rd := varint.NewReader(b)
		seq := rd.Uint()
		m, err := sysmap.ReadSnapshot(rd)
		good := err == nil && rd.Done() == nil && !other
		asked := sysmap.New().Hash()
		if err == nil && !other {
			asked = m.Hash()
		}
		r := New(Config{Client: id.Client{1}})
		if _, _, err := r.Do(0, []sysmap.Op{card(8)}); err != nil {
			t.Fatal(err)
		}
		r.Hello(id.Nonce{}, 0)
		url := "/s/" + id.Format(id.Object(asked.Bytes()))
		take(t, r, &wire.Welcome{Epoch: 1, Role: wire.RoleEdit, Author: 1, Head: seq, From: seq, URL: url})
		if _, err = r.Snapshot(b); (err == nil) != good && (err != nil || m.Hash() != asked) {
			t.Fatalf("a snapshot that is good: %v, was answered with %v", good, err)
		}
		if err == nil && r.Head() != seq || err != nil && r.Head() != 0 {
			t.Fatalf("head %d after %v", r.Head(), err)
		}
		for _, m := range []*sysmap.Map{r.Committed(), r.View()} {
			if err := m.Check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
