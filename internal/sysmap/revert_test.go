package sysmap

import (
	"testing"

	"pgregory.net/rapid"

	"plectica/internal/id"
)

// drawKin returns two states of one history in which no id came to name something else.
func drawKin(t *rapid.T) (now, then *Map) {
	then, now = drawStates(t, true)
	then.Each(func(o *Object) {
		if g := now.Get(o.ID); g != nil && !o.kin(g) {
			t.Skip("an id names something else")
		}
	})
	return now, then
}

func checkApplies(t *rapid.T, m *Map, ops []Op) *Map {
	after := copyOf(t, m)
	if err := after.Apply(ops, Stamp{}); err != nil {
		t.Fatalf("%+v do not apply: %v", ops, err)
	}
	if err := after.Check(); err != nil {
		t.Fatal(err)
	}
	for _, op := range ops {
		o := m.Get(op.ID)
		if op.Kind == OpPurge || talks(&Object{Type: op.Type}) || o != nil && talks(o) {
			t.Fatalf("%+v is not a person's to do", op)
		}
	}
	return after
}

// sameAsThen reports whether a living object of then is as it was.
func sameAsThen(m *Map, o *Object) bool {
	g := m.GetLive(o.ID)
	return g != nil && hashObject(g) == hashObject(o)
}

// TestRevertOfAllIsWhole: HY-2. What lived then lives as it did, nothing else does,
// and nobody's word was touched.
func TestRevertOfAllIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, then := drawKin(t)
		ops, left := Revert(now, then, Scope{})
		after := checkApplies(t, now, ops)
		if left > 0 {
			t.Fatalf("%d were left", left)
		}
		then.Each(func(o *Object) {
			if o.live && !talks(o) && !sameAsThen(after, o) {
				t.Fatalf("%+v is not as it was, after %+v", o, ops)
			}
		})
		after.Each(func(o *Object) {
			if o.live && !talks(o) && then.GetLive(o.ID) == nil {
				t.Fatalf("%+v was not there, after %+v", o, ops)
			}
		})
		if again, _ := Revert(after, then, Scope{}); len(again) > 0 {
			t.Fatalf("a second time there is something left to do: %+v", again)
		}
	})
}

// TestRevertStaysInScope: HY-3. What is not in the branch is as it was, and what is
// in the branch is as then if all it depends on is there.
func TestRevertStaysInScope(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, then := drawKin(t)
		s := Scope{id.Object{byte(rapid.IntRange(1, 13).Draw(t, "which"))}, rapid.Bool().Draw(t, "branch")}
		r := newRevert(now, then, s)
		ops, left := r.run()
		after := checkApplies(t, now, ops)
		guest := false // a card from elsewhere died with the branch: it comes back with all that hangs on it
		for k, g := range r.goals {
			guest = guest || g != then.Get(k) && !g.live
		}
		in := func(k id.Object) bool { return r.goals[k] != nil || r.gone[k] }
		now.Each(func(o *Object) {
			g := after.Get(o.ID)
			back := s.Branch && !guest && g.live && !o.live
			if !in(o.ID) && !talks(o) && (hashObject(g) != hashObject(o) || back) {
				t.Fatalf("%+v became %+v, by %+v", o, g, ops)
			}
			if !in(o.ID) && o.live && !g.live && o.Type == Card {
				t.Fatalf("%+v is gone, by %+v", o, ops)
			}
		})
		for k, g := range r.goals {
			if o := after.GetLive(k); g.Type == Card && o == nil {
				t.Fatalf("%+v is not there, after %+v", g, ops)
			} else if left == 0 && (o == nil || hashObject(o) != hashObject(g)) {
				t.Fatalf("%+v is %+v, after %+v", g, o, ops)
			}
		}
		for k := range r.gone {
			if after.GetLive(k) != nil {
				t.Fatalf("%v is still there, after %+v", k, ops)
			}
		}
	})
}

// TestBothHoldsBoth: what lives lives on as it is, and beside it only what did.
func TestBothHoldsBoth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, then := drawKin(t)
		both := Both(now, then)
		if err := both.Check(); err != nil {
			t.Fatal(err)
		}
		now.Each(func(o *Object) {
			if o.live && !sameAsThen(both, o) {
				t.Fatalf("%+v is not as it is", o)
			}
		})
		both.Each(func(o *Object) {
			was := then.GetLive(o.ID)
			if o.live && now.GetLive(o.ID) == nil && !talks(o) && (was == nil || hashObject(was) != hashObject(o)) {
				t.Fatalf("%+v was not there", o)
			}
		})
	})
}
