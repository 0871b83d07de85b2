package main

import (
	"context"
	"flag"

	"plectica/internal/app"
)

// serve runs the server until it is told to stop.
func serve(ctx context.Context, e env, args []string) error {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	var s settings
	s.register(f, true)
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	c, err := s.load(e)
	if err != nil {
		return err
	}
	return app.Run(ctx, app.Options{Config: c, Version: buildVersion(), Out: e.stdout, Err: e.stderr, Command: e.name})
}
