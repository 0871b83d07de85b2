package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"plectica/internal/torture"
)

// tortureServer kills a server of its own again and again while clients type.
func tortureServer(ctx context.Context, e env, args []string) error {
	f := flag.NewFlagSet("torture", flag.ContinueOnError)
	c := torture.Config{Out: e.stderr}
	f.IntVar(&c.Rounds, "rounds", 50, "")
	f.IntVar(&c.Clients, "clients", 20, "")
	f.Uint64Var(&c.Seed, "seed", 1, "")
	f.StringVar(&c.Dir, "data", "", "")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	var err error
	if c.Binary, err = os.Executable(); err != nil {
		return err
	}
	if c.Dir == "" {
		if c.Dir, err = os.MkdirTemp("", "plectica-torture-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(c.Dir) }() // it is in the temporary folder
	}
	res, err := torture.Run(ctx, c)
	if err != nil {
		return fmt.Errorf("after %d rounds: %w", res.Rounds, err)
	}
	_, _ = fmt.Fprintf(e.stdout, "torture: %d rounds, %d acked, %d lost\n", res.Rounds, res.Acked, res.Lost) // nobody else could be told
	if res.Lost > 0 || res.Twice > 0 {
		return sentence(fmt.Sprintf("%d saved changes were lost, %d applied twice", res.Lost, res.Twice))
	}
	return nil
}
