package main

import (
	"context"
	"flag"

	"plectica/internal/operate"
)

// verify checks a data directory.
func verify(ctx context.Context, e env, args []string) error {
	f := flag.NewFlagSet("verify", flag.ContinueOnError)
	var s settings
	s.register(f, false)
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	c, err := s.load(e)
	if err != nil {
		return err
	}
	got, err := operate.Verify(ctx, c, nil)
	if err != nil {
		return err
	}
	for _, bad := range got.Bad {
		e.say("%s\n", bad)
	}
	e.say("verify: %d maps, %d changes, %d files, %d damaged\n", got.Maps, got.Rows, got.Files, len(got.Bad))
	if len(got.Bad) > 0 {
		return sentence("the data directory is damaged")
	}
	return nil
}
