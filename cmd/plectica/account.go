package main

import (
	"context"
	"flag"
	"fmt"

	"plectica/internal/app"
)

// accountReset helps somebody who is locked out.
func accountReset(ctx context.Context, e env, args []string) error {
	f := flag.NewFlagSet("account reset", flag.ContinueOnError)
	var s settings
	s.register(f, false)
	rest, err := parse(f, args, 1)
	if err != nil {
		return err
	}
	c, err := s.load(e)
	if err != nil {
		return err
	}
	link, err := app.ResetLink(ctx, c, rest[0])
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "They are signed out everywhere. This link sets a new password; it works once, for 24 hours:\n  %s\n", link)
	return err
}
