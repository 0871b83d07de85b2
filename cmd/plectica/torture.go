package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"plectica/internal/torture"
)

// faultyName is the program that can be broken inside, beside this one.
const faultyName = "plectica-faulty"

// tortureServer breaks a server of its own again and again while clients type.
func tortureServer(ctx context.Context, e env, args []string) error {
	f := flag.NewFlagSet("torture", flag.ContinueOnError)
	c := torture.Config{Out: e.stderr}
	var modes string
	var asJSON bool
	f.IntVar(&c.Rounds, "rounds", 50, "")
	f.IntVar(&c.Clients, "clients", 20, "")
	f.Uint64Var(&c.Seed, "seed", 1, "")
	f.StringVar(&c.Dir, "data", "", "")
	f.StringVar(&modes, "modes", "", "")
	f.StringVar(&c.FaultyBinary, "faulty-binary", "", "")
	f.BoolVar(&asJSON, "json", false, "")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	var err error
	if c.Modes, err = torture.ParseModes(modes); err != nil {
		return err
	}
	if c.Binary, err = os.Executable(); err != nil {
		return err
	}
	if beside := filepath.Join(filepath.Dir(c.Binary), faultyName); c.FaultyBinary == "" {
		if _, err := os.Stat(beside); err == nil {
			c.FaultyBinary = beside
		}
	}
	temporary := c.Dir == ""
	if temporary {
		if c.Dir, err = os.MkdirTemp("", "plectica-torture-"); err != nil {
			return err
		}
	}
	res, err := torture.Run(ctx, c)
	if temporary && (err == nil || ctx.Err() != nil) {
		_ = os.RemoveAll(c.Dir) // it is in the temporary folder
	}
	report(e, res, asJSON)
	if err != nil {
		return fmt.Errorf("after %d rounds, data in %s: %w", res.Rounds, c.Dir, err)
	}
	if res.Lost > 0 || res.Twice > 0 {
		return sentence(fmt.Sprintf("%d saved changes were lost, %d applied twice", res.Lost, res.Twice))
	}
	return nil
}

// report prints what was found; its last line has one form for ever.
func report(e env, res torture.Result, asJSON bool) {
	if asJSON {
		_ = json.NewEncoder(e.stdout).Encode(res) // nobody else could be told
	}
	for _, m := range torture.AllModes() {
		if t, ok := res.Modes[m]; ok && !asJSON {
			e.say("%-7s %5d rounds, %6d faults, %8d acked\n", m, t.Rounds, t.Faults, t.Acked)
		}
	}
	for _, b := range res.Bad {
		_, _ = fmt.Fprintln(e.stderr, b) // as above
	}
	if !asJSON {
		e.say("%d log rows, %d refused, %d applied twice, %d second servers refused; served again after %.0f ms (median), %.0f ms (longest); %.2f s a round\n",
			res.Rows, res.Refused, res.Twice, res.Seconds, res.RecoveredP50, res.RecoveredMax, res.Took/float64(max(res.Rounds, 1)))
	}
	if !asJSON {
		e.say("%d snapshots and %d archives, made in between, are what the log leads to\n", res.Snapshots, res.Archives)
		e.say("%d records of who did what, sound each time, with every change\n", res.Records)
	}
	e.say("torture: %d rounds, %d acked, %d lost\n", res.Rounds, res.Acked, res.Lost)
}
