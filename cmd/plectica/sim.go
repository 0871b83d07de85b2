package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"plectica/internal/sim"
)

// simulate runs the simulator over many seeds, on all cores.
func simulate(ctx context.Context, e env, args []string) error {
	f := flag.NewFlagSet("sim", flag.ContinueOnError)
	seeds := f.Uint64("seeds", 1000, "")
	first := f.Uint64("seed", 1, "")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	var next, violations atomic.Uint64
	var mu sync.Mutex
	var total sim.Stats
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for ctx.Err() == nil {
				n := next.Add(1) - 1
				if n >= *seeds {
					return
				}
				st, err := sim.Run(*first + n)
				mu.Lock()
				total.Add(st)
				if err != nil {
					violations.Add(1)
					_, _ = fmt.Fprintf(e.stdout, "seed %d, commit %s: %v\n", *first+n, commit(), err) // nobody else could be told
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	done := min(next.Load(), *seeds)
	_, _ = fmt.Fprintf(e.stdout, "%s\nsim: %d seeds, %d violations\n", total.String(), done, violations.Load()) // as above
	if violations.Load() > 0 {
		return sentence("the simulator found violations")
	}
	return ctx.Err()
}

// commit names the source the program was built from, where that is known.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}
