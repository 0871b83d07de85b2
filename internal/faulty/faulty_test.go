package faulty

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sim/disk"
	"plectica/internal/store"
	"plectica/internal/store/storetest"
)

// TestLog: with nothing broken the log below is what one sees.
func TestLog(t *testing.T) {
	storetest.Log(t, func(*testing.T) store.Log { return New().Log(disk.New()) })
}

// TestPlans: what each plan does to an append, and what is in the log after it.
func TestPlans(t *testing.T) {
	for _, c := range []struct {
		name  string
		plan  Plan
		kind  fault.Kind
		fails bool
		rows  int
		took  time.Duration
	}{
		{"nothing", Plan{}, 0, false, 1, 0},
		{"before", Plan{Before: 1}, fault.Lost, true, 0, 0},
		{"after", Plan{After: 1}, fault.Lost, true, 1, 0},
		{"forgotten", Plan{Forget: 1}, 0, false, 0, 0},
		{"late", Plan{Late: 1, DelayMS: 50}, 0, false, 1, 100 * time.Millisecond},
		{"too late", Plan{Late: 1, DelayMS: 4000}, fault.Lost, true, 1, store.CommitTimeout},
		{"far too late", Plan{Late: 1, DelayMS: 1 << 40}, fault.Lost, true, 0, store.CommitTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { appendUnder(t, c.plan, c.kind, c.fails, c.rows, c.took) })
		})
	}
}

func appendUnder(t *testing.T, p Plan, kind fault.Kind, fails bool, rows int, took time.Duration) {
	s, below := New(), disk.New()
	log := s.Log(below)
	r, err := log.Acquire(t.Context(), id.Map{1}, "n")
	if err != nil {
		t.Fatal(err)
	}
	s.Set(p)
	ctx, cancel := context.WithTimeout(t.Context(), store.CommitTimeout)
	defer cancel()
	began := time.Now()
	b := store.Batch{Map: id.Map{1}, Epoch: r.Epoch, Rows: []store.Row{{Seq: 1, OpID: store.NewOpID(id.Client{1}, 1), Data: []byte{1}}}}
	err = log.Append(ctx, []store.Batch{b})[0]
	if (err != nil) != fails || fails && !fault.Is(err, kind) {
		t.Errorf("append: %v", err)
	}
	if got := time.Since(began); got != took {
		t.Errorf("took %v, want %v", got, took)
	}
	got, err := below.Read(t.Context(), id.Map{1}, 0, 10)
	if err != nil || len(got) != rows {
		t.Errorf("%d rows, %v; want %d", len(got), err, rows)
	}
}

func TestAcquireFails(t *testing.T) {
	s := New()
	log := s.Log(disk.New())
	s.Set(Plan{Acquire: 1})
	if _, err := log.Acquire(t.Context(), id.Map{1}, "n"); !fault.Is(err, fault.Internal) {
		t.Errorf("acquire: %v", err)
	}
	if n := s.Set(Plan{}); n != (Count{Acquire: 1}) || n.Sum() != 1 {
		t.Errorf("count %+v", n)
	}
	if _, err := log.Acquire(t.Context(), id.Map{1}, "n"); err != nil {
		t.Error(err)
	}
}

func TestClockSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New()
		s.Set(Plan{ClockMS: -3_600_000})
		if got := time.Until(s.Now()); got != -time.Hour {
			t.Errorf("off by %v", got)
		}
	})
}

// TestTell: a plan reaches the switch of another process' socket.
func TestTell(t *testing.T) {
	s, path := New(), filepath.Join(t.TempDir(), "s")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for range 2 { // the second finds the file of the first
		if err := s.Listen(ctx, path); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Tell(t.Context(), path, Plan{Before: 1, ClockMS: 7}); err != nil {
		t.Fatal(err)
	}
	if err := s.Log(disk.New()).Append(t.Context(), make([]store.Batch, 2)); err[0] == nil || err[1] == nil {
		t.Errorf("the plan is not in force: %v", err)
	}
	n, err := Tell(t.Context(), path, Plan{})
	if err != nil || n.Before != 1 {
		t.Errorf("%+v, %v", n, err)
	}
	if _, err := Tell(t.Context(), path+"x", Plan{}); err == nil {
		t.Error("nobody listens there")
	}
}

// TestOnlyFaultyProgramsHaveIt: the program as it is shipped cannot be broken.
func TestOnlyFaultyProgramsHaveIt(t *testing.T) {
	for _, c := range []struct {
		tags string
		want bool
	}{{"", false}, {"faulty", true}} {
		cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags="+c.tags, "plectica/internal/app")
		cmd.Env = os.Environ()
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(strings.Fields(string(out)), "plectica/internal/faulty"); got != c.want {
			t.Errorf("with tags %q the server has it: %v, want %v", c.tags, got, c.want)
		}
	}
}
