package sim

import (
	"testing"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/seq"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// TestLostPushIsSentAgain: HS-7. A push that went astray on the way ends the
// connection after a while, and is sent again on the next.
func TestLostPushIsSentAgain(t *testing.T) {
	b := newTable(t, 1)
	r := b.reps[0]
	b.do(0, put(7))
	if msg := r.Outbox(1000); len(msg) == 0 {
		t.Fatal("nothing was sent")
	}
	pong := wire.Append(nil, &wire.Pong{Head: r.Head(), CRC: uint64(r.Hash().CRC())})
	for now := int64(1000); now <= 1000+wire.AnswerAfterMS; now += 1000 {
		if now < 1000+wire.AnswerAfterMS && r.Dead(now) {
			t.Fatalf("given up at %d although the server answers pings", now)
		}
		r.Outbox(now)
		if _, err := r.Remote(pong, now); err != nil {
			t.Fatal(err)
		}
	}
	if !r.Dead(1000 + wire.AnswerAfterMS) {
		t.Fatal("a push without an answer is waited for without end")
	}
	r.Lost()
	b.Queue.Add(seq.Event{Kind: seq.Enter, Conn: 1, Role: authz.Edit})
	b.Upload(0, r.Hello(id.Nonce{}, 50_000))
	b.exchange()
	if b.Room.State().Get(id.Object{7}) == nil || r.Status().Unsaved != 0 {
		t.Error("the push was not sent again")
	}
	b.same()
}

// TestLostCommitIsMissed: HS-7. A heartbeat that names a head nobody told of means
// that commits were lost.
func TestLostCommitIsMissed(t *testing.T) {
	b := newTable(t, 1)
	r := b.reps[0]
	res, err := r.Remote(wire.Append(nil, &wire.Pong{Head: r.Head() + 1}), 0)
	if err != nil || !res.Close {
		t.Errorf("close %v, %v", res.Close, err)
	}
}

// TestClockSetBackIsNoSilence: HS-7. A clock that was set back must not put the
// next ping off.
func TestClockSetBackIsNoSilence(t *testing.T) {
	b := newTable(t, 1)
	r := b.reps[0]
	if _, err := r.Remote(wire.Append(nil, &wire.Pong{}), 9_000_000); err != nil {
		t.Fatal(err)
	}
	r.Outbox(1000)
	if msg := r.Outbox(1000 + wire.PingAfterMS); len(msg) == 0 || wire.Kind(msg[0]) != wire.KindPing {
		t.Error("no ping after a clock was set back")
	}
	if !r.Dead(1000 + wire.PingAfterMS + wire.DeadAfterMS) {
		t.Error("a dead connection is not noticed")
	}
}

// TestSnapshotIsTheOneAskedFor: HS-8. Its hash and its number are looked at before
// it is taken in.
func TestSnapshotIsTheOneAskedFor(t *testing.T) {
	d := newDesk(t)
	d.join(1, 1, 9, wire.Hello{})
	d.push(1, 1, 0, put(1))
	state := d.room.State()
	good := state.AppendSnapshot(varint.Uint(nil, 1))
	url := snapshotPrefix + id.Format(id.Object(state.Hash().Bytes()))
	for name, c := range map[string]struct {
		data []byte
		ok   bool
	}{
		"the one":        {good, true},
		"another number": {state.AppendSnapshot(varint.Uint(nil, 2)), false},
		"another state":  {sysmap.New().AppendSnapshot(varint.Uint(nil, 1)), false},
		"cut short":      {good[:len(good)-1], false},
	} {
		r := replica.New(replica.Config{Client: id.Client{3}})
		r.Hello(id.Nonce{}, 0)
		if _, err := r.Remote(wire.Append(nil, &wire.Welcome{Epoch: 1, Head: 1, From: 1, Role: wire.RoleEdit, URL: url}), 0); err != nil {
			t.Fatal(err)
		}
		res, err := r.Snapshot(c.data)
		if took := err == nil && !res.Close && r.Head() == 1; took != c.ok {
			t.Errorf("%s: taken in %v, want %v", name, took, c.ok)
		}
	}
}

// TestPageIsToldHowTextsChange: RC-8. An edit that loses its effect moves the text
// for whoever types behind it.
func TestPageIsToldHowTextsChange(t *testing.T) {
	b := newTable(t, 2)
	b.do(0, put(5))
	b.exchange()
	// The words lose their effect with the move, which comes to close a circle.
	b.do(0, splice(1, 0, "words "), sysmap.Op{Kind: sysmap.OpPlace, ID: theText.Card, Place: sysmap.Place{Parent: id.Object{5}, Order: "V1"}})
	b.do(1, sysmap.Op{Kind: sysmap.OpPlace, ID: id.Object{5}, Place: sysmap.Place{Parent: theText.Card, Order: "V1"}})
	b.exchange(1)
	r := b.reps[0]
	title := sysmap.Where{Card: theText.Card, Field: sysmap.Title}
	text := r.View().Text(title)
	for _, msg := range b.In[0] {
		res, err := r.Remote(msg, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range res.Texts {
			if c.Where == title {
				text = c.Edit.Apply(text)
			}
		}
	}
	b.In[0] = nil
	if now := r.View().Text(title); now != text || now != "" {
		t.Errorf("the page was told %q, the text is %q", text, now)
	}
}

// TestForgottenRefusalLeavesNoGap: SQ-2. A refusal is known to the tab and forgotten
// by a server that was started again: what comes next must not look like a gap.
func TestForgottenRefusalLeavesNoGap(t *testing.T) {
	b := newTable(t, 1)
	r := b.reps[0]
	b.do(0, put(7))
	b.exchange()
	b.do(0, sysmap.Op{Kind: sysmap.OpPlace, ID: id.Object{7}, Place: sysmap.Place{Parent: theText.Card, Order: "V1"}})
	b.Queue.Add(seq.Event{Kind: seq.Granted, Conn: 1, Role: authz.View})
	b.Upload(0, r.Outbox(0)) // refused, as csn 3
	b.Queue.Add(seq.Event{Kind: seq.Granted, Conn: 1, Role: authz.Edit})
	b.Upload(0, nil)
	b.exchange()
	b.do(0, put(8))
	r.Lost()
	hello := r.Hello(id.Nonce{}, 0)
	welcome := wire.Append(nil, &wire.Welcome{Epoch: 2, Head: r.Head(), From: r.Head(), Role: wire.RoleEdit, Author: 1, LastCSN: 2})
	if _, err := r.Remote(welcome, 0); err != nil || len(hello) == 0 {
		t.Fatal(err)
	}
	rd := varint.NewReader(r.Outbox(0))
	for want := uint64(3); want <= 4; want++ {
		f, err := wire.Next(rd)
		if push, ok := f.(*wire.Push); err != nil || !ok || push.CSN != want {
			t.Fatalf("%+v, %v, want csn %d", f, err, want)
		}
	}
	if r.Status().Unsaved != 1 {
		t.Errorf("%d unsaved, want 1", r.Status().Unsaved)
	}
}
