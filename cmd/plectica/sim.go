package main

import (
	"context"
	"flag"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"plectica/internal/sim"
)

// simulate runs the simulator over many seeds, on all cores, or replays one trace.
func simulate(ctx context.Context, e env, args []string) error {
	f := flag.NewFlagSet("sim", flag.ContinueOnError)
	seeds := f.Uint64("seeds", 1000, "")
	first := f.Uint64("seed", 1, "")
	shrink := f.Bool("shrink", false, "")
	trace := f.String("trace", "", "")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	if *trace != "" {
		return replay(e, *trace)
	}
	debug.SetGCPercent(sim.GCPercent)
	r := simRun{e: e, first: *first, seeds: *seeds}
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() { r.work(ctx) })
	}
	all.Wait()
	if len(r.failed) > 0 && *shrink {
		if t, ok := sim.Shrink(slices.Min(r.failed)); ok {
			e.say("the shortest way there, %d decisions:\n%s\n", len(t.Keep), t)
		}
	}
	e.say("%s\nsim: %d seeds, %d violations\n", r.total.String(), min(r.next.Load(), r.seeds), len(r.failed))
	if len(r.failed) > 0 {
		return sentence("the simulator found violations")
	}
	return ctx.Err()
}

// simRun is many seeds shared by workers.
type simRun struct {
	e            env
	first, seeds uint64
	next         atomic.Uint64

	mu     sync.Mutex
	total  sim.Stats
	failed []uint64
}

func (r *simRun) work(ctx context.Context) {
	for ctx.Err() == nil {
		n := r.next.Add(1) - 1
		if n >= r.seeds {
			return
		}
		r.one(r.first + n)
	}
}

func (r *simRun) one(seed uint64) {
	st, err := sim.Run(seed)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total.Add(st)
	if err != nil {
		r.failed = append(r.failed, seed)
		r.e.say("seed %d, commit %s: %v\n", seed, commit(), err)
	}
}

// maxTrace is the size of a trace in bytes.
const maxTrace = 1 << 20

// replay runs what --shrink printed.
func replay(e env, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(file, maxTrace))
	if err != nil {
		return err
	}
	t, err := sim.ParseTrace(string(text))
	if err != nil {
		return err
	}
	if err := sim.Replay(t); err != nil {
		return sentence(err.Error())
	}
	e.say("the trace breaks nothing\n")
	return nil
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
