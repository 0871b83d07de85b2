package clock

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/fault"
)

const day = 24 * time.Hour

// world is a wall clock that anybody may set, and one that nobody can.
type world struct {
	wall   time.Time
	passed time.Duration
	kept   map[string]string
	errs   []error
	fail   error
}

func newWorld() *world {
	return &world{wall: time.UnixMilli(1_800_000_000_000), kept: make(map[string]string)}
}

func (w *world) Setting(_ context.Context, name string) (string, error) { return w.kept[name], w.fail }

func (w *world) SetSetting(_ context.Context, name, value string) error {
	w.kept[name] = value
	return w.fail
}

func (w *world) start() *Clock {
	began := w.passed
	return New(Config{
		Wall: func() time.Time { return w.wall }, Elapsed: func() time.Duration { return w.passed - began }, Longest: 365 * day,
		Settings: w, OnError: func(err error) { w.errs = append(w.errs, err) },
	})
}

// passes lets time go by.
func (w *world) passes(d time.Duration) { w.wall, w.passed = w.wall.Add(d), w.passed+d }

// TestAgesAreTrue: however often the clock is set, and the server started anew, nothing
// that is stamped by it is ever older than what passed, but for what is granted.
func TestAgesAreTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		c := w.start()
		restarts := rapid.Bool().Draw(t, "restarts")
		type stamp struct{ at, passed time.Duration }
		var all []stamp
		began := w.wall
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				w.wall = w.wall.Add(time.Duration(rapid.Int64Range(int64(-600*day), int64(600*day)).Draw(t, "set by")))
			case 1:
				w.wall = w.wall.Add(time.Duration(rapid.Int64Range(int64(-3*time.Minute), int64(3*time.Minute)).Draw(t, "drifts")))
			case 2:
				if err := c.Keep(t.Context()); err != nil {
					t.Fatal(err)
				}
				if restarts {
					c = w.start()
				}
			default:
				w.passes(time.Duration(rapid.Int64Range(0, int64(20*day)).Draw(t, "passes")))
			}
			if err := c.Watch(t.Context()); err != nil {
				t.Fatal(err)
			}
			now, err := c.Now(t.Context())
			if err != nil || now.After(w.wall) {
				t.Fatalf("%v, %v", now, err)
			}
			all = append(all, stamp{w.wall.Sub(began), w.passed})
			for _, v := range all {
				most := w.passed - v.passed
				if restarts {
					most *= 1 + catchUp
				}
				age := min(now.Sub(began)-v.at, 365*day)
				if age > most+time.Second {
					t.Fatalf("what is %v old counts as %v", w.passed-v.passed, age)
				}
			}
			if len(c.Lows) > maxLows || c.check() != nil {
				t.Fatalf("%+v", c.stand)
			}
		}
		if len(w.errs) != 0 {
			t.Fatal(w.errs)
		}
	})
}

// TestClockIsKept: what is kept of it is checked when it is read, and one that is damaged
// is told of, and begins anew.
func TestClockIsKept(t *testing.T) {
	w := newWorld()
	for _, text := range []string{
		"{", `{"ran":-1}`, `{"ran":5,"lows":[{"wall":5,"at":9}]}`, `{"ran":5}`,
		`{"ran":5,"lows":[{"wall":5,"at":1},{"wall":4,"at":2}]}`, `{"ran":9007199254740993000}`,
	} {
		w.kept[setting], w.errs = text, nil
		c := w.start()
		if err := c.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(w.errs) != 1 || c.Lead() != (Lead{}) {
			t.Errorf("%s: %v, %+v", text, w.errs, c.Lead())
		}
		var s stand
		if json.Unmarshal([]byte(w.kept[setting]), &s) != nil || s.check() != nil {
			t.Errorf("%s became %s", text, w.kept[setting])
		}
	}
	w.fail = fault.New(fault.Busy, "not now")
	if _, err := w.start().Now(t.Context()); !fault.Is(err, fault.Busy) {
		t.Errorf("a time is told without knowing what was: %v", err)
	}
}

// TestBelievedInTheEnd: the clock that was set right is the one that counts, once nothing is
// kept any more that was stamped by the wrong one.
func TestBelievedInTheEnd(t *testing.T) {
	w := newWorld()
	right := w.wall
	w.wall = time.UnixMilli(0)
	c := w.start()
	lead := func() time.Duration {
		t.Helper()
		if err := c.Watch(t.Context()); err != nil {
			t.Fatal(err)
		}
		return c.Lead().Ahead
	}
	if lead() != 0 {
		t.Error("the first is not believed")
	}
	w.wall = right
	for range 365 {
		w.passes(day)
		if lead() < 50*365*day {
			t.Fatalf("the new one is believed after %v", w.passed)
		}
	}
	w.passes(day)
	if got := lead(); got != 0 {
		t.Errorf("the new one is not believed after %v: %v", w.passed, got)
	}
}

// TestSetBackIsKept: at once, since a server may end at any moment; what moves a little is not.
func TestSetBackIsKept(t *testing.T) {
	w := newWorld()
	c := w.start()
	if err := c.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := w.kept[setting]
	watch := func() {
		t.Helper()
		if err := c.Watch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.wall = w.wall.Add(-time.Second)
	w.passes(time.Minute)
	watch()
	if diff := cmp.Diff(first, w.kept[setting]); diff != "" {
		t.Errorf("kept\n%s", diff)
	}
	w.wall = w.wall.Add(-2 * time.Hour)
	watch()
	w.wall = w.wall.Add(2 * time.Hour)
	c = w.start()
	watch()
	if got := c.Lead().Ahead; got < 2*time.Hour {
		t.Errorf("it is forgotten: %v", got)
	}
}
