package main

import (
	"context"
	"flag"
	"fmt"
	"runtime/debug"
)

// revisionLen is how much of a commit's id tells it apart.
const revisionLen = 12

// buildVersion is what the Go toolchain noted when it built this program.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= revisionLen {
			return s.Value[:revisionLen]
		}
	}
	return "devel"
}

// version prints the version.
func version(_ context.Context, e env, args []string) error {
	if _, err := parse(flag.NewFlagSet("version", flag.ContinueOnError), args, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.stdout, "plectica %s\n", buildVersion())
	return err
}
