// Package torture does to the real server what machines and networks do to it,
// while clients type, and checks that nothing it called saved is lost, nothing is
// applied twice, and it serves again by itself. It starts the server as a process
// of its own: the program as it is shipped, and in turn one built to be broken
// inside. It judges by package evidence alone, which shares no code with the
// server. Only the command calls it.
package torture

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"plectica/internal/evidence"
	"plectica/internal/fault"
)

// Bounds of a run.
const (
	minCalm    = 20 * time.Millisecond // of a round, before its faults
	maxCalm    = 120 * time.Millisecond
	startLimit = 60 * time.Second  // for the server to start
	serveLimit = 60 * time.Second  // for it to serve everyone again
	restLimit  = 120 * time.Second // for all clients to agree
	slowly     = 3 * time.Second   // above which serving again is worth a line
	lookEvery  = 5 * time.Millisecond
	legRounds  = 25 // after which a server's data is checked as a whole
	mapsPerLeg = 4
	sayEvery   = 10 // rounds
)

// Config says how hard.
type Config struct {
	Binary       string // the program that is shipped
	FaultyBinary string // the one built with the tag faulty; "": none
	Dir          string // an empty directory
	Rounds       int
	Clients      int
	Seed         uint64
	Modes        []Mode    // empty: all
	Forget       bool      // the faulty program forgets appends it answered: for tests of the tool
	Out          io.Writer // what is left out, and progress; may be nil
}

// Result is what a run found.
type Result struct {
	Rounds  int `json:"rounds"`
	Acked   int `json:"acked"`
	Lost    int `json:"lost"`
	Twice   int `json:"twice"`
	Refused int `json:"refused"`
	Rows    int `json:"rows"`
	Seconds int `json:"second_servers"` // refused while the first was frozen
	Legs    int `json:"legs"`           // servers with data of their own
	// Snapshots and archives that were called complete, and are what the log leads to.
	Snapshots int `json:"snapshots"`
	Archives  int `json:"archives"`
	// Records are those of the audit log, which was sound each time and had every change.
	Records uint64 `json:"records"`

	Modes   map[Mode]Tally  `json:"modes"`
	LeftOut map[Mode]string `json:"left_out,omitempty"`
	Bad     []string        `json:"bad,omitempty"`
	// From the end of a round's faults until every client was served.
	RecoveredP50 float64 `json:"recovered_p50_ms"`
	RecoveredMax float64 `json:"recovered_max_ms"`
	Took         float64 `json:"took_s"`
}

// run is the state of one torture. Its result belongs to the rounds, which come
// one after the other.
type run struct {
	cfg       Config
	rng       *rand.Rand
	res       Result
	leg       evidence.Report // of the present leg
	recovered []time.Duration
}

// Run tortures. The error says what was found, or what kept it from finishing.
func Run(ctx context.Context, c Config) (Result, error) {
	if c.Clients < 1 || c.Rounds < 1 {
		return Result{}, fault.New(fault.Invalid, "there must be at least one round and one client")
	}
	r := &run{cfg: c, rng: rand.New(rand.NewPCG(c.Seed, 1))}
	r.res.Modes, r.res.LeftOut = make(map[Mode]Tally), make(map[Mode]string)
	began := time.Now()
	err := r.legs(ctx)
	r.add()
	r.res.Took = time.Since(began).Seconds()
	if n := len(r.recovered); n > 0 {
		slices.Sort(r.recovered)
		r.res.RecoveredP50 = float64(r.recovered[n/2].Microseconds()) / 1000
		r.res.RecoveredMax = float64(r.recovered[n-1].Microseconds()) / 1000
	}
	return r.res, err
}

// legs plays the rounds, some on each stage in turn.
func (r *run) legs(ctx context.Context) error {
	all := r.stages()
	if len(all) == 0 {
		return fault.New(fault.Invalid, "none of these modes can run here")
	}
	for r.res.Rounds < r.cfg.Rounds {
		st := all[r.res.Legs%len(all)]
		rounds := min(legRounds, r.cfg.Rounds-r.res.Rounds)
		if r.cfg.Rounds < legRounds*len(all) { // a short run sees every stage
			rounds = min(rounds, max(1, r.cfg.Rounds/len(all)))
		}
		if err := r.play(ctx, r.res.Legs, rounds, st); err != nil {
			return err
		}
		r.add()
		r.res.Legs++
	}
	return nil
}

// stages finds out what this machine allows, and says what it does not.
func (r *run) stages() []stage {
	modes := slices.Clone(r.cfg.Modes)
	if len(modes) == 0 {
		modes = AllModes()
	}
	why := make(map[Mode]string)
	if !canFreeze {
		why[Freeze] = "this system cannot stop a process for a while"
	}
	small := filepath.Join(r.cfg.Dir, "probe")
	if err := probe(small); err != nil {
		why[Full] = err.Error()
	}
	if r.cfg.FaultyBinary == "" {
		why[Fsync] = "it needs a program built with the tag faulty, see --faulty-binary"
		why[Clock] = why[Fsync]
	}
	modes = slices.DeleteFunc(modes, func(m Mode) bool {
		if why[m] != "" {
			r.res.LeftOut[m] = why[m]
			r.say("%s: left out: %s\n", m, why[m])
		}
		return why[m] != ""
	})
	r.say("modes: %v\n", modes)
	return stages(modes, r.cfg.FaultyBinary != "", why[Full] == "" && slices.Contains(modes, Full))
}

// probe tries whether a small disk can be had.
func probe(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fault.Wrap(fault.Internal, "make a folder", err)
	}
	if err := mountSmall(dir, blockSize); err != nil {
		_ = os.Remove(dir) // it is empty
		return err
	}
	if err := unmount(dir); err != nil {
		return err
	}
	return os.Remove(dir)
}

func (r *run) say(format string, args ...any) {
	if r.cfg.Out != nil {
		_, _ = fmt.Fprintf(r.cfg.Out, format, args...) // progress only
	}
}

// note counts a round.
func (r *run) note(modes []Mode, faults []int, acked int) {
	r.res.Rounds++
	for i, m := range modes {
		t := r.res.Modes[m]
		t.Rounds, t.Faults, t.Acked = t.Rounds+1, t.Faults+faults[i], t.Acked+acked
		r.res.Modes[m] = t
	}
	if r.res.Rounds%sayEvery == 0 {
		r.say("round %d: %d acked, %d lost\n", r.res.Rounds, r.res.Acked+r.leg.Acked, r.res.Lost+r.leg.Lost)
	}
}

// add takes a leg's report into the result.
func (r *run) add() {
	r.res.Acked += r.leg.Acked
	r.res.Lost += r.leg.Lost
	r.res.Twice += r.leg.Twice
	r.res.Refused += r.leg.Refused
	r.res.Rows += r.leg.Rows
	r.leg = evidence.Report{}
}
