package sim

import (
	"flag"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(GCPercent)
	os.Exit(m.Run())
}

var seeds = flag.Uint64("sim.seeds", 300, "how many seeds to run")
var only = flag.Uint64("sim.seed", 0, "run this seed alone")

// TestSeeds: RC-9, and invariants (a) to (h) of SPEC, over swarm-random faults.
func TestSeeds(t *testing.T) {
	if *only != 0 {
		if _, err := Run(*only); err != nil {
			t.Fatal(err)
		}
		return
	}
	var total Stats
	bad := 0
	for seed := uint64(1); seed <= *seeds && bad < 5; seed++ {
		st, err := Run(seed)
		total.Add(st)
		if err != nil {
			bad++
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	t.Log("\n" + total.String())
}

// TestTraces replays runs that break something as long as the bug they are named
// by is there. They are made by `plectica sim --shrink`, or as TestTracesFindBugs
// says.
func TestTraces(t *testing.T) {
	for name, trace := range traces(t) {
		t.Run(name, func(t *testing.T) {
			if err := Replay(trace); err != nil {
				t.Error(err)
			}
		})
	}
}

// traces reads all traces there are.
func traces(t *testing.T) map[string]Trace {
	t.Helper()
	files, err := filepath.Glob("testdata/*.trace")
	if err != nil || len(files) == 0 {
		t.Fatalf("no traces, %v", err)
	}
	out := make(map[string]Trace)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if out[strings.TrimSuffix(filepath.Base(file), ".trace")], err = ParseTrace(string(text)); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
