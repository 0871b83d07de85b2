package sim

import (
	"testing"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/seq"
	"plectica/internal/seq/seqtest"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// flaky is a table whose connections can be lost at any message, and which has
// snapshots for who missed much.
type flaky struct {
	*table
	snaps map[string][]byte
}

func newFlaky(t *testing.T, n int, cfg seq.Config) *flaky {
	b := &flaky{&table{Table: seqtest.New(t, cfg, n), t: t}, make(map[string][]byte)}
	b.Queue.Snapshot = func(r *seq.Room) (uint64, string) {
		url := "/" + id.Format(id.Object(r.State().Hash().Bytes()))
		b.snaps[url] = r.State().AppendSnapshot(varint.Uint(nil, r.Head()))
		return r.Head(), url
	}
	for i := range n {
		b.reps = append(b.reps, replica.New(replica.Config{Client: id.Client{byte(i + 1)}}))
		b.connect(i)
	}
	return b
}

// connect greets anew and takes what comes.
func (b *flaky) connect(i int) {
	b.t.Helper()
	b.Queue.Add(seq.Event{Kind: seq.Enter, Conn: seq.Conn(i + 1), Role: authz.Edit})
	b.Upload(i, b.reps[i].Hello(id.Nonce{}, 0))
	b.receive(i, len(b.In[i]))
}

// cut loses a connection and what was on its way.
func (b *flaky) cut(i int) {
	b.In[i] = nil
	b.reps[i].Lost()
	b.Queue.Add(seq.Event{Kind: seq.Leave, Conn: seq.Conn(i + 1)})
}

// receive takes the first n messages, and the snapshots they name.
func (b *flaky) receive(i, n int) {
	b.t.Helper()
	for range n {
		msg := b.In[i][0]
		b.In[i] = b.In[i][1:]
		res, err := b.reps[i].Remote(msg, 0)
		if err != nil || res.Close {
			b.t.Fatalf("replica %d refused a message: %v", i, err)
		}
		for _, note := range res.Notices {
			if note.Kind != replica.NoticeSnapshot {
				continue
			}
			if _, err := b.reps[i].Snapshot(b.snaps[note.URL]); err != nil {
				b.t.Fatal(err)
			}
		}
	}
}

func place(card, whole byte, x int32) sysmap.Op {
	return sysmap.Op{Kind: sysmap.OpPlace, ID: id.Object{card},
		Place: sysmap.Place{Parent: id.Object{whole}, Order: sysmap.Between("", "", uint64(x)), X: x, Y: -x}}
}

func colour(card byte, n int64) sysmap.Op {
	return sysmap.Op{Kind: sysmap.OpSet, ID: id.Object{card}, Reg: sysmap.Reg{Field: sysmap.Colour, Value: sysmap.IntValue(n)}}
}

func del(card byte) sysmap.Op { return sysmap.Op{Kind: sysmap.OpDel, ID: id.Object{card}} }

// ways are how a client that comes back is served.
var ways = map[string]seq.Config{"delta": {}, "snapshot": {Delta: 1}}

// TestDeletesReachFlakyClient: a client whose connection breaks again and again,
// wherever it breaks, learns of every deletion: nothing that is gone stays on its
// screen. It comes back by what it missed, or by a snapshot.
func TestDeletesReachFlakyClient(t *testing.T) {
	const cards = 8
	for way, cfg := range ways {
		t.Run(way, func(t *testing.T) {
			for lostAfter := range cards {
				b := newFlaky(t, 2, cfg)
				for n := range byte(cards) {
					b.do(0, put(10+n))
				}
				b.exchange()
				for n := range byte(cards) {
					b.do(0, del(10+n))
					b.exchange(0)
				}
				b.receive(1, lostAfter)
				b.cut(1)
				if left := b.reps[1].View().Living(); left != cards-lostAfter {
					t.Fatalf("%d cards are left after %d deletions", left, lostAfter)
				}
				b.connect(1)
				if left := b.reps[1].View().Living(); left != 0 {
					t.Errorf("broken after %d deletions: %d cards stay on the screen", lostAfter, left)
				}
				b.same()
				if len(b.snaps) > 0 != (way == "snapshot") {
					t.Errorf("%d snapshots were used", len(b.snaps))
				}
			}
		})
	}
}

// frozen returns a map as it is now.
func frozen(t *testing.T, m *sysmap.Map) *sysmap.Map {
	t.Helper()
	out, err := sysmap.ReadSnapshot(varint.NewReader(m.AppendSnapshot(nil)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPlaceIsOneRegister: the whole, the order in it and the coordinates of a card
// are one register. Of two who move it at once the later wins all of it: it never
// lies in the one's whole at the other's coordinates.
func TestPlaceIsOneRegister(t *testing.T) {
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		b := newTable(t, 3)
		b.do(0, put(2), put(3), put(5))
		b.exchange()
		moves := []sysmap.Op{place(5, 2, 100), place(5, 3, 200)}
		for i, op := range moves {
			b.do(i, op)
		}
		b.exchange(order[0])
		b.exchange(order[1])
		b.exchange()
		want := moves[order[1]].Place
		for i, r := range b.reps {
			if got := r.View().Get(id.Object{5}).Place; got != want {
				t.Errorf("order %v: replica %d has it at %+v, want %+v", order, i, got, want)
			}
		}
		b.same()
	}
}

// TestStaleTabCannotRevert: a tab that slept while others worked changes nothing by
// coming back: neither as it was, nor from its journal, nor when it sends again what
// had been saved without its knowing. What it did write meanwhile is one register.
func TestStaleTabCannotRevert(t *testing.T) {
	for _, c := range []struct {
		name  string
		wrote []sysmap.Op // by the tab, while it was away
		back  func(t *testing.T, b *flaky)
	}{
		{"as it was", nil, func(*testing.T, *flaky) {}},
		{"from its journal", nil, func(t *testing.T, b *flaky) {
			again := replica.New(replica.Config{Client: id.Client{1}})
			if err := again.Replay(b.reps[0].Checkpoint()); err != nil {
				t.Fatal(err)
			}
			again.Ready()
			b.reps[0] = again
		}},
		{"with an edit of its own", []sysmap.Op{colour(4, 7)}, func(*testing.T, *flaky) {}},
	} {
		for way, cfg := range ways {
			t.Run(c.name+", by "+way, func(t *testing.T) { comeBack(t, cfg, c.wrote, c.back) })
		}
	}
}

// comeBack lets a tab sleep while others work, and then come back.
func comeBack(t *testing.T, cfg seq.Config, wrote []sysmap.Op, back func(*testing.T, *flaky)) {
	b := newFlaky(t, 2, cfg)
	b.do(0, put(1), put(2), put(3), put(4), colour(2, 1), splice(2, 0, "old"))
	b.exchange()
	b.do(0, colour(3, 1))
	b.Upload(0, b.reps[0].Outbox(0)) // saved, but the answer does not arrive
	b.cut(0)
	b.exchange(1)
	b.do(1, colour(2, 5), colour(3, 5), splice(2, 0, "new, not "), place(2, 3, 50), put(6), del(1))
	b.exchange(1)
	if wrote != nil {
		b.do(0, wrote...)
	}
	head, want := b.Room.Head(), frozen(t, b.Room.State())
	back(t, b)
	b.connect(0)
	b.exchange()
	if len(wrote) > 0 {
		head++
		if err := want.Apply(wrote, sysmap.Stamp{}); err != nil {
			t.Fatal(err)
		}
	}
	if b.Room.Head() != head || b.Room.State().Hash() != want.Hash() {
		t.Errorf("head %d, want %d; nothing else changed: %v", b.Room.Head(), head, b.Room.State().Hash() == want.Hash())
	}
	b.same()
}
