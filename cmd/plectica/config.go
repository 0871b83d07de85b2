package main

import (
	"context"
	"flag"
	"fmt"

	"plectica/internal/config"
)

// readConfig is what both commands do first.
func readConfig(e env, name string, args []string) (config.Config, error) {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	var s settings
	s.register(f, true)
	if _, err := parse(f, args, 0); err != nil {
		return config.Config{}, err
	}
	return s.load(e)
}

// configPrint shows the configuration in force.
func configPrint(_ context.Context, e env, args []string) error {
	c, err := readConfig(e, "config print", args)
	if err != nil {
		return err
	}
	return c.Print(e.stdout)
}

// configCheck says whether the server would take the configuration.
func configCheck(_ context.Context, e env, args []string) error {
	if _, err := readConfig(e, "config check", args); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, "The configuration is fine.")
	return err
}
