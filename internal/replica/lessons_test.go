package replica

import (
	"testing"

	"plectica/internal/id"
	"plectica/internal/wire"
)

// TestHiddenTabIsNotDead: silence is no sign of death, however long: a tab that
// browsers throttle asks nothing and hears nothing. Dead is a connection that was
// asked and did not answer.
func TestHiddenTabIsNotDead(t *testing.T) {
	const hour = 3_600_000 // ms
	r := New(Config{Client: id.Client{1}})
	r.Hello(id.Nonce{}, 0)
	take(t, r, &wire.Welcome{Epoch: 1, Role: wire.RoleEdit, Author: 1})
	_ = r.Outbox(1) // the first presence
	now := int64(hour)
	for range 3 {
		if r.Dead(now) {
			t.Fatalf("dead after %d ms of silence, nobody asked", now)
		}
		if len(r.Outbox(now)) == 0 || r.Dead(now) {
			t.Fatal("on waking it asks first")
		}
		if r.Dead(now + wire.DeadAfterMS - 1) {
			t.Error("dead before the answer was late")
		}
		if _, err := r.Remote(wire.Append(nil, &wire.Pong{T: uint64(now), Head: 0, CRC: uint64(r.Hash().CRC())}), now+1); err != nil {
			t.Fatal(err)
		}
		now += hour
	}
	_ = r.Outbox(now)
	if !r.Dead(now + wire.DeadAfterMS) {
		t.Error("asked, not answered, and still alive")
	}
}
