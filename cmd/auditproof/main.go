// Command auditproof checks an audit log of Plectica's for somebody who trusts nothing that
// wrote it: an export whole, or that one record is in the log. It is made of the standard
// library and package proof alone, can be built without anything else, and asks nobody.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"plectica/internal/proof"
)

const (
	// maxCheckpoints bounds a file of checkpoints, in bytes.
	maxCheckpoints = 8 << 20
	// maxProof bounds the file of a proof, in bytes.
	maxProof = 256 << 10

	exitWrong = 1
	exitUsage = 2
)

const usage = `usage: auditproof -key KEY [-checkpoint FILE]... [-witness KEY] EXPORT
       auditproof -key KEY [-witness KEY] -proof FILE

EXPORT is a file of plectica audit export; -checkpoint is one that somebody kept, or a
witness's file of many, each of which is compared; -proof is what the site gives for one
record. KEY is the log's, as plectica audit key prints it: ask for it on another way than
for the file. With -witness, that witness has to have cosigned each checkpoint that is
brought with -checkpoint or -proof.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// task is what was asked for.
type task struct {
	key, witness, proof, export string
	checkpoints                 []string
}

// errUsage is an error for which the usage is printed.
var errUsage = errors.New("wrong usage")

func run(args []string, out, errs io.Writer) int {
	t, err := parse(args)
	if err == nil {
		err = t.run(out)
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		_, _ = io.WriteString(errs, usage) // nobody else could be told that it failed
		return exitUsage
	}
	_, _ = fmt.Fprintf(errs, "auditproof: %v\n", err) // as above
	return exitWrong
}

func parse(args []string) (t task, err error) {
	f := flag.NewFlagSet("auditproof", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&t.key, "key", "", "")
	f.StringVar(&t.witness, "witness", "", "")
	f.StringVar(&t.proof, "proof", "", "")
	f.Func("checkpoint", "", func(s string) error {
		t.checkpoints = append(t.checkpoints, s)
		return nil
	})
	if err := f.Parse(args); err != nil || t.key == "" {
		return t, errUsage
	}
	if t.proof != "" && (f.NArg() > 0 || len(t.checkpoints) > 0) || t.proof == "" && f.NArg() != 1 {
		return t, errUsage
	}
	t.export = f.Arg(0)
	return t, nil
}

func (t task) run(out io.Writer) error {
	log, err := proof.ParseKey(t.key)
	if err != nil {
		return err
	}
	var witnesses []proof.Key
	if t.witness != "" {
		w, err := proof.ParseWitness(t.witness)
		if err != nil {
			return err
		}
		witnesses = append(witnesses, w)
	}
	if t.proof != "" {
		return t.record(out, log, witnesses)
	}
	return t.whole(out, log, witnesses)
}

// record checks that one record is in the log.
func (t task) record(out io.Writer, log proof.Key, witnesses []proof.Key) error {
	b, err := read(t.proof, maxProof)
	if err != nil {
		return err
	}
	r, err := proof.ReadProof(b, log, witnesses...)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "record %d is in the log of %s:\n%s\n", r.Seq, r.Checkpoint, r.Text)
	return err
}

// whole checks an export.
func (t task) whole(out io.Writer, log proof.Key, witnesses []proof.Key) error {
	var outside []proof.Checkpoint
	for _, file := range t.checkpoints {
		b, err := read(file, maxCheckpoints)
		if err != nil {
			return err
		}
		list, err := proof.OpenAll(b, log, witnesses...)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		outside = append(outside, list...)
	}
	f, err := os.Open(t.export)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	e, err := proof.ReadExport(f, log, outside...)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "records %d to %d are what the log signed; %d checkpoints that were brought are true, %d are of records before the first\n",
		e.First, e.Checkpoint.Size, e.Compared, e.Unchecked)
	return err
}

// read reads a file of a bounded size.
func read(file string, most int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s is larger than such files are", file)
	}
	return b, err
}
