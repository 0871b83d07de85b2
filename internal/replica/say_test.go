package replica

import (
	"testing"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// TestSayingIsNoStep: DS-2. Undo takes back the edit before what was said, and leaves
// what was said; redo brings it back, as if nothing had been said.
func TestSayingIsNoStep(t *testing.T) {
	r := New(Config{Client: id.Client{1}})
	card := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: id.Object{1}, Place: sysmap.Place{Order: "V"}}
	if _, _, err := r.Do(0, []sysmap.Op{card}); err != nil {
		t.Fatal(err)
	}
	say := func(k byte) {
		t.Helper()
		if _, _, err := r.Say([]sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Thread, ID: id.Object{k}}}); err != nil {
			t.Fatal(err)
		}
	}
	say(2)
	if s := r.Status(); s.Undo != 1 || s.Unsaved != 2 {
		t.Fatalf("%d steps, %d unsaved", s.Undo, s.Unsaved)
	}
	if _, err := r.Undo(); err != nil {
		t.Fatal(err)
	}
	if r.View().GetLive(id.Object{1}) != nil || r.View().GetLive(id.Object{2}) == nil {
		t.Error("undo took back the wrong thing")
	}
	say(3)
	if _, err := r.Redo(); err != nil {
		t.Fatal("what was said ended redo:", err)
	}
	if r.View().GetLive(id.Object{1}) == nil {
		t.Error("redo brought nothing back")
	}
}

// TestRefusedWordsComeBack: DS-2. What a person wrote into a message that the server
// refuses, is given back with the refusal.
func TestRefusedWordsComeBack(t *testing.T) {
	r := New(Config{Client: id.Client{1}})
	r.Hello(id.Nonce{}, 0)
	take(t, r, &wire.Welcome{Epoch: 1, Role: wire.RoleEdit, Author: 1})
	const words = "why is that so?"
	said := sysmap.Reg{Field: sysmap.Said, Value: sysmap.TextValue(words)}
	if _, _, err := r.Say([]sysmap.Op{
		{Kind: sysmap.OpPut, Type: sysmap.Thread, ID: id.Object{2}},
		{Kind: sysmap.OpPut, Type: sysmap.Message, ID: id.Object{3}, A: id.Object{2}, Regs: []sysmap.Reg{said}},
	}); err != nil {
		t.Fatal(err)
	}
	_ = r.Outbox(1)
	res, err := r.Remote(wire.Append(nil, &wire.Nack{CSN: 1, Code: fault.Permission}), 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Notices) != 1 || res.Notices[0].Kind != NoticeRefused || res.Notices[0].Text != words {
		t.Errorf("notices: %+v", res.Notices)
	}
}
