package history

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plectica/internal/fault"
	"plectica/internal/store"
)

const day = 24 * time.Hour

// TestClockFarAhead: a clock that goes ahead while the server runs makes nothing old; nor
// does one that was set back while something was changed. HI-6.
func TestClockFarAhead(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after time.Duration
	}{{"ahead", 0, 500 * day}, {"back for a while", -500 * day, 500 * day}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			v := w.open(1)
			v.change(100, time.Second)
			v.snap()
			w.leap(c.before)
			for range 4 {
				v.change(500, time.Second)
				v.snap()
			}
			w.leap(c.after)
			v.change(10, time.Second)
			v.snap()
			for range 3 {
				if err := w.service.tidy(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.now = w.now.Add(day)
			}
			if n := len(v.snapshots()); n != 6 {
				t.Errorf("%d snapshots are left", n)
			}
			if b, err := w.store.Base(t.Context(), v.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("the log begins at %d, %v", b.Seq, err)
			}
			if lag := w.service.Clock().Ahead; lag < 499*day || lag > 501*day {
				t.Errorf("the clock is said to be ahead by %v", lag)
			}
			v.wantMoments(1, 600, 2110)
		})
	}
}

// TestClockOverARestart: what passed is kept, and a server that was off for months catches
// up, no faster than it may.
func TestClockOverARestart(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	v.change(1500, time.Second)
	v.snap()
	if err := w.service.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.leap(180 * day) // it was off
	w.restart()
	trimmed := func() bool {
		t.Helper()
		if err := w.service.tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := w.store.Base(t.Context(), v.ID)
		return err == nil
	}
	days := 0
	for ; !trimmed() && days < 100; days++ {
		if days == 5 {
			w.restart()
			trimmed()
		}
		w.now = w.now.Add(day)
	}
	if days != 10 { // 90 days, nine of them each day
		t.Errorf("trimmed after %d days", days)
	}
	for w.service.Clock().Ahead > time.Hour && days < 100 {
		if got := w.service.Clock(); got.CatchesUp < got.Ahead/8 || got.CatchesUp > got.Ahead/8+time.Hour {
			t.Fatalf("%+v", got)
		}
		w.now = w.now.Add(day)
		days++
	}
	if days != 23 {
		t.Errorf("it caught up after %d days", days)
	}
}

// TestAgesAreTrue: wherever the clock is set to, nothing is taken away that is younger than
// the policy says, counted by what passed while the server ran. HI-6.
func TestAgesAreTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := Policy{All: 2 * day, Hourly: 5 * day, Daily: 20 * day, Log: 8 * day}
		passed, wall := time.Duration(0), time.UnixMilli(1_800_000_000_000)
		c := newClock(Config{Policy: policy, Now: func() time.Time { return wall }, Elapsed: func() time.Duration { return passed }})
		type made struct {
			store.Snapshot
			passed time.Duration
		}
		var all []made
		for n := range rapid.IntRange(1, 80).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				wall = wall.Add(time.Duration(rapid.Int64Range(int64(-600*day), int64(600*day)).Draw(t, "set by")))
			case 1:
				wall = wall.Add(time.Duration(rapid.Int64Range(int64(-3*time.Minute), int64(3*time.Minute)).Draw(t, "drift")))
			default:
				d := time.Duration(rapid.Int64Range(0, int64(3*day)).Draw(t, "passes"))
				passed, wall = passed+d, wall.Add(d)
			}
			now, err := c.Now(t.Context())
			if err != nil || now.After(wall) {
				t.Fatalf("%v, %v", now, err)
			}
			all = append(all, made{store.Snapshot{Seq: uint64(n + 1), At: wall.UnixMilli()}, passed})
			var list []store.Snapshot
			for _, v := range slices.Backward(all) {
				list = append(list, v.Snapshot)
			}
			gone := policy.surplus(list, nil, now)
			all = slices.DeleteFunc(all, func(v made) bool {
				went := slices.ContainsFunc(gone, func(g store.Snapshot) bool { return g.Seq == v.Seq })
				if went && passed-v.passed < policy.All {
					t.Fatalf("a snapshot %v old is taken away", passed-v.passed)
				}
				if old := time.UnixMilli(v.At).Before(now.Add(-policy.Log)); old && passed-v.passed < policy.Log {
					t.Fatalf("a change %v old counts as old", passed-v.passed)
				}
				return went
			})
		}
	})
}
