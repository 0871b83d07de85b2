package sim

import (
	"flag"
	"os"
	"runtime/debug"
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
