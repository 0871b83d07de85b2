package main

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"strings"
	"time"

	"plectica/internal/witness"
)

// defaultEvery is how often a witness looks.
const defaultEvery = time.Minute

// witnessFlags are the flags of witness.
type witnessFlags struct {
	witness.Config
	tokenFile, caFile string
	once, accept      bool
}

// witnessLog is the witness of another site's audit log. It prints a line for each look: what
// is as it should be to stdout, all else to stderr.
func witnessLog(ctx context.Context, e env, args []string) error {
	f := flag.NewFlagSet("witness", flag.ContinueOnError)
	var w witnessFlags
	f.StringVar(&w.URL, "url", "", "")
	f.StringVar(&w.tokenFile, "token-file", "", "")
	f.StringVar(&w.Key, "key", "", "")
	f.StringVar(&w.Dir, "dir", "", "")
	f.DurationVar(&w.Every, "every", defaultEvery, "")
	f.StringVar(&w.caFile, "ca", "", "")
	f.BoolVar(&w.once, "once", false, "")
	f.BoolVar(&w.accept, "accept", false, "")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	if w.URL == "" || w.tokenFile == "" || w.Dir == "" {
		return errUsage
	}
	if err := w.read(); err != nil {
		return err
	}
	if w.accept {
		aside, err := witness.Accept(w.Dir, w.Key, time.Now())
		if err != nil {
			return err
		}
		if aside != "" {
			e.say("witness: what was kept before is in %s\n", aside)
		}
	}
	return w.run(ctx, e)
}

// read reads the files that the flags name. The token is in one: other people see a program's
// arguments.
func (w *witnessFlags) read() error {
	token, err := readSmall(w.tokenFile)
	if err != nil {
		return err
	}
	w.Token = strings.TrimSpace(string(token))
	if w.caFile == "" {
		return nil
	}
	pem, err := readSmall(w.caFile)
	if err != nil {
		return err
	}
	w.Roots = x509.NewCertPool()
	if !w.Roots.AppendCertsFromPEM(pem) {
		return sentence(w.caFile + " holds no certificate")
	}
	return nil
}

// run looks once or until ctx ends. It ends with an error if something was wrong at the last
// look, or ever before it was begun anew.
func (w *witnessFlags) run(ctx context.Context, e env) (err error) {
	v, err := witness.New(w.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	e.say("witness: cosigns as %s\n", v.Key())
	if n := v.Cut(); n > 0 {
		e.warn("witness: half a checkpoint was cut off, of %d bytes\n", n)
	}
	var last witness.Verdict
	tell := func(found witness.Verdict) {
		last = found
		say := e.say
		if !found.OK() {
			say = e.warn
		}
		say("%s %s\n", time.Now().UTC().Format(time.RFC3339), found)
	}
	if !w.once {
		if err := v.Run(ctx, tell); err != nil {
			return err
		}
		return last.Refuse()
	}
	found, err := v.Look(ctx)
	if err != nil {
		return err
	}
	tell(found)
	return found.Refuse()
}
