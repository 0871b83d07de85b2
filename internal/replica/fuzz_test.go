package replica

import (
	"testing"

	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

func card(n byte) sysmap.Op {
	return sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: id.Object{n}, Place: sysmap.Place{Order: sysmap.Between("", "", uint64(n))}}
}

// session is a welcome and a commit, as a server would send them.
func session() []byte {
	b := wire.Append(nil, &wire.Welcome{Epoch: 1, Role: wire.RoleEdit, Author: 1, Head: 1})
	b = wire.Append(b, &wire.Commit{FromSeq: 1, Txns: []wire.Txn{{Ops: []sysmap.Op{card(1)}}}})
	return wire.Append(b, &wire.Nack{CSN: 1})
}

// FuzzRemote: any message leaves a replica whose states hold every invariant,
// whatever was pending.
func FuzzRemote(f *testing.F) {
	f.Add(session())
	f.Fuzz(func(t *testing.T, msg []byte) {
		r := New(Config{Client: id.Client{1}})
		if _, _, err := r.Do(0, []sysmap.Op{card(9)}); err != nil {
			t.Fatal(err)
		}
		edit := sysmap.Op{Kind: sysmap.OpSplice, ID: id.Object{9}, Field: sysmap.Title, Ins: "abc"}
		if _, n, err := r.Do(1, []sysmap.Op{edit}); err != nil {
			t.Fatal(err)
		} else {
			r.Persisted(n)
		}
		r.Hello(id.Nonce{}, 0)
		for range 2 {
			_, _ = r.Remote(msg, 1) // an error ends the connection, no more
			_ = r.Outbox(2)
			_, _ = r.Undo() // nothing to undo is an answer
		}
		for _, m := range []*sysmap.Map{r.Committed(), r.View()} {
			if err := m.Check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzReplay: any journal entry gives a replica or an error.
func FuzzReplay(f *testing.F) {
	r := New(Config{})
	entry, _, err := r.Do(0, []sysmap.Op{card(1)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(entry)
	f.Add(r.Checkpoint())
	f.Add(appendRemote(nil, session()))
	f.Fuzz(func(t *testing.T, entry []byte) {
		r := New(Config{})
		_ = r.Replay(entry) // a damaged entry is refused
		r.Ready()
		if err := r.View().Check(); err != nil {
			t.Fatal(err)
		}
	})
}
