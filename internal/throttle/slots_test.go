package throttle

import (
	"testing"

	"plectica/internal/id"
)

func TestSlots(t *testing.T) {
	s := NewSlots(3, 2)
	a, b := id.Account{1}, id.Account{2}
	want := func(who id.Account, ok bool) {
		t.Helper()
		if s.Enter(who) != ok {
			t.Errorf("%v: want %v", who[0], ok)
		}
	}
	want(a, true)
	want(a, true)
	want(a, false) // all that one may have
	want(b, true)
	want(b, false) // all there is
	s.Leave(a)
	want(b, true)
	want(a, false)
	s.Leave(b)
	s.Leave(b)
	s.Leave(a)
	if len(s.by) != 0 || len(s.all) != 0 {
		t.Errorf("%d accounts are remembered, %d places taken", len(s.by), len(s.all))
	}
}
