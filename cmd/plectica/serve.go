package main

import (
	"context"
	"errors"
	"flag"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"

	"plectica/internal/app"
)

// serve runs the server until it is told to stop. Two flags are for measuring
// alone and not in the usage: --unlimited lifts the rates of connections, on
// loopback only, and --profile writes profiles to a folder.
func serve(ctx context.Context, e env, args []string) (err error) {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	var s settings
	s.register(f, true)
	unlimited := f.Bool("unlimited", false, "")
	profile := f.String("profile", "", "")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	c, err := s.load(e)
	if err != nil {
		return err
	}
	if *unlimited && !loopback(c.Listen) {
		return sentence("--unlimited is for measuring, on a loopback address only")
	}
	if *profile != "" {
		stop, err := startProfiles(*profile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	return app.Run(ctx, app.Options{
		Config: c, Version: buildVersion(), Out: e.stdout, Err: e.stderr, Command: e.name, Unlimited: *unlimited,
	})
}

func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// startProfiles profiles the processor until stop, which also writes the heap.
func startProfiles(dir string) (stop func() error, err error) {
	cpu, err := os.Create(filepath.Join(dir, "cpu.prof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return nil, errors.Join(err, cpu.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		err := cpu.Close()
		heap, herr := os.Create(filepath.Join(dir, "heap.prof"))
		if herr != nil {
			return errors.Join(err, herr)
		}
		runtime.GC() // the profile is of the last collection
		return errors.Join(err, pprof.WriteHeapProfile(heap), heap.Close())
	}, nil
}
