package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"plectica/internal/datadir"
	"plectica/internal/id"
	"plectica/internal/load"
)

// clientsGC is the clients' garbage in percent: they share the processors with the
// server they measure.
const clientsGC = 400

// loadFlags are the flags of load.
type loadFlags struct {
	load.Config
	url, cookieFile, caFile string
	dir, profile, disturb   string
	maps                    []id.Map
	asJSON, bare            bool
}

// loadServer drives a server with many clients and prints what they waited for.
func loadServer(ctx context.Context, e env, args []string) error {
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	l := loadFlags{Config: load.Config{Name: "plectica", Seed: 1, Out: e.stderr}}
	f.StringVar(&l.url, "url", "", "")
	f.StringVar(&l.cookieFile, "cookie-file", "", "")
	f.StringVar(&l.caFile, "ca", "", "")
	f.StringVar(&l.dir, "data", "", "")
	f.StringVar(&l.disturb, "disturb", "", "")
	f.StringVar(&l.profile, "profile", "", "")
	f.IntVar(&l.Maps, "maps", 1, "")
	f.IntVar(&l.Writers, "writers", 50, "")
	f.IntVar(&l.Readers, "readers", 0, "")
	f.Float64Var(&l.Rate, "rate", 100, "")
	f.IntVar(&l.Window, "window", 4, "")
	f.Float64Var(&l.Seconds, "seconds", 10, "")
	f.DurationVar(&l.Settle, "settle", time.Second, "")
	f.Uint64Var(&l.Seed, "seed", 1, "")
	f.BoolVar(&l.bare, "bare", false, "")
	f.BoolVar(&l.asJSON, "json", false, "")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	res, err := l.run(ctx)
	if err != nil {
		return err
	}
	return l.print(e.stdout, res)
}

func (l *loadFlags) run(ctx context.Context) (load.Result, error) {
	debug.SetGCPercent(clientsGC)
	if l.url != "" {
		return l.remote(ctx)
	}
	program, err := os.Executable()
	if err != nil {
		return load.Result{}, err
	}
	if l.dir == "" {
		if l.dir, err = os.MkdirTemp("", "plectica-load-"); err != nil {
			return load.Result{}, err
		}
		defer func() { _ = os.RemoveAll(l.dir) }() // it is in the temporary folder
	}
	args := []string{"--unlimited"}
	if l.disturb != "" {
		args = nil // what bounds a disturbance are the limits
	}
	if l.profile != "" {
		args = append(args, "--profile", l.profile)
	}
	site, err := load.StartSite(ctx, program, l.dir, args, nil)
	if err != nil {
		return load.Result{}, err
	}
	res, err := l.own(ctx, site)
	if err := errors.Join(err, site.Stop()); err != nil || !l.bare {
		return res, err
	}
	bare, err := load.BareSQLite(ctx, filepath.Join(l.dir, datadir.Database), l.maps, res)
	res.Bare = &bare
	return res, err
}

func (l *loadFlags) own(ctx context.Context, site *load.Site) (load.Result, error) {
	p, err := site.Protocol(ctx, l.Maps, l.Readers > 0)
	if err != nil {
		return load.Result{}, err
	}
	l.maps = p.Maps
	l.Protocol, l.Server, l.Metrics = p, site.Process(), site.Metrics
	res, err := load.Run(ctx, l.Config)
	if err != nil || l.disturb == "" {
		return res, err
	}
	return l.disturbed(ctx, p, res)
}

// disturbed drives the server once more while something disturbs it.
func (l *loadFlags) disturbed(ctx context.Context, p *load.Plectica, before load.Result) (load.Result, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	wait, err := load.Disturb(ctx, l.disturb, p)
	if err != nil {
		return before, err
	}
	res, err := load.Run(ctx, l.Config)
	stop()
	wait()
	res.Undisturbed = &load.Undisturbed{Ack: before.Ack, Cast: before.Cast}
	return res, err
}

// remote drives a server that runs already, whose limits are in force. The
// cookie is in a file: other people see a program's arguments.
func (l *loadFlags) remote(ctx context.Context) (load.Result, error) {
	if l.cookieFile == "" {
		return load.Result{}, sentence("--url needs --cookie-file: a file with name=value of a sign-in's cookie")
	}
	cookie, err := os.ReadFile(l.cookieFile)
	if err != nil {
		return load.Result{}, err
	}
	var pem []byte
	if l.caFile != "" {
		if pem, err = os.ReadFile(l.caFile); err != nil {
			return load.Result{}, err
		}
	}
	p, err := load.Remote(ctx, l.url, strings.TrimSpace(string(cookie)), pem, l.Maps)
	if err != nil {
		return load.Result{}, err
	}
	l.Protocol = p
	return load.Run(ctx, l.Config)
}

func (l *loadFlags) print(w io.Writer, r load.Result) error {
	if l.asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	_, err := fmt.Fprint(w, r.Table())
	return err
}
