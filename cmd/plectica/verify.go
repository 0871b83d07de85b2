package main

import (
	"context"

	"plectica/internal/operate"
)

// verify checks a data directory.
func verify(ctx context.Context, e env, args []string) error {
	c, err := configured(e, "verify", args)
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
