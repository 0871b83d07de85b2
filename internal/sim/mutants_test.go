//go:build mutant

package sim

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"plectica/internal/mutant"
)

var (
	mutantSeeds = flag.Uint64("mutants.seeds", 10_000, "seeds after which a planted bug counts as not found")
	mutantOnly  = flag.String("mutants.only", "", "plant this bug alone")
	mutantShort = flag.Bool("mutants.shrink", false, "with mutants.hunt: print the shortest way to the bug")
	mutantHunt  = flag.Bool("mutants.hunt", false, "plant the bug in this process")
)

// hangs is how much processor time one seed may take; they take a fraction of a
// second.
const hangs = time.Minute

// TestMutants plants each bug in turn, in a process of its own, and runs the
// simulator until it is found. A panic or a hang counts: the product would have
// stopped.
func TestMutants(t *testing.T) {
	if *mutantHunt {
		hunt(*mutantOnly, *mutantSeeds)
		return
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	found, planted := 0, 0
	slots := make(chan bool, runtime.GOMAXPROCS(0))
	for _, bug := range mutant.All() {
		if *mutantOnly != "" && *mutantOnly != bug.String() {
			continue
		}
		planted++
		all.Go(func() {
			slots <- true
			defer func() { <-slots }()
			what := huntApart(t, bug)
			mu.Lock()
			defer mu.Unlock()
			if what == "" {
				t.Errorf("%s: not found in %d seeds", bug, *mutantSeeds)
				return
			}
			found++
			fmt.Printf("%s: %s\n", bug, what)
		})
	}
	all.Wait()
	fmt.Printf("mutants: %d of %d found\n", found, planted)
}

// TestTracesFindBugs plants the bug that each trace is named by and sees that the
// trace finds it. After a change of what the simulator draws, `make traces` makes
// them anew.
func TestTracesFindBugs(t *testing.T) {
	defer mutant.Plant(mutant.None)
	for name, trace := range traces(t) {
		plant(name)
		if Replay(trace) == nil {
			t.Errorf("%s is not found", name)
		}
	}
}

const foundMark = "found at "

// huntApart runs the hunt for one bug in another process and says how it was found.
func huntApart(t *testing.T, bug mutant.Bug) string {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMutants$", "-test.timeout=0", "-mutants.hunt",
		"-mutants.only="+bug.String(), fmt.Sprintf("-mutants.seeds=%d", *mutantSeeds))
	out, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if what, ok := strings.CutPrefix(line, foundMark); ok {
			return strings.TrimSpace(what)
		}
	}
	if err != nil { // a stack overflow, or out of memory
		return "the process ended: " + err.Error()
	}
	return ""
}

func plant(name string) {
	for _, bug := range mutant.All() {
		if bug.String() == name {
			mutant.Plant(bug)
		}
	}
}

// hunt runs seeds until one fails or hangs.
func hunt(name string, seeds uint64) {
	plant(name)
	var seed atomic.Uint64
	var started atomic.Int64 // processor time before the seed
	go func() {
		for range time.Tick(time.Second) {
			if used() > hangs+time.Duration(started.Load()) {
				fmt.Printf("%sseed %d: it hangs\n", foundMark, seed.Load())
				os.Exit(0)
			}
		}
	}()
	for seed.Add(1) <= seeds {
		started.Store(int64(used()))
		if what := fails(seed.Load()); what != "" {
			fmt.Printf("%sseed %d: %s\n", foundMark, seed.Load(), what)
			if *mutantShort {
				short, _ := Shrink(seed.Load())
				fmt.Println(short)
			}
			return
		}
	}
}

// used is the processor time of this process. A machine that sleeps, or has other
// work, makes nothing look hung.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// fails runs one seed and says how it failed, if it did.
func fails(seed uint64) (what string) {
	defer func() {
		if p := recover(); p != nil {
			what = fmt.Sprint("panic: ", p)
		}
	}()
	if _, err := Run(seed); err != nil {
		return err.Error()
	}
	return ""
}
