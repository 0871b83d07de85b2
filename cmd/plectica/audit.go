package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"plectica/internal/operate"
)

// maxCheckpointFile bounds a file of checkpoints, in bytes: a witness begins a new one earlier.
const maxCheckpointFile = 8 << 20

// auditVerify checks the audit log of a data directory, or an export of one.
func auditVerify(ctx context.Context, e env, args []string) error {
	f := flag.NewFlagSet("audit verify", flag.ContinueOnError)
	var s settings
	s.register(f, false)
	checkpoint := f.String("checkpoint", "", "")
	key := f.String("key", "", "")
	export := f.String("export", "", "")
	witness := f.String("witness", "", "")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	if *witness != "" && *checkpoint == "" {
		return sentence("--witness says who has to have cosigned the checkpoints of --checkpoint, which is missing")
	}
	var outside []operate.Kept
	if *checkpoint != "" {
		b, err := readSmall(*checkpoint)
		if err != nil {
			return err
		}
		outside = append(outside, operate.Kept{File: b, Witness: *witness})
	}
	if *export != "" {
		return verifyExport(e, *export, *key, outside)
	}
	c, err := s.load(e)
	if err != nil {
		return err
	}
	got, err := operate.VerifyAudit(ctx, c, *key, outside...)
	if err != nil {
		return err
	}
	for _, bad := range got.Bad {
		e.say("%s\n", bad)
	}
	e.say("audit: %d records, %d of them gone for their age; %d checkpoints are true, %d cannot be compared any more\n",
		got.Records, got.Gone, got.Checkpoints, got.Unchecked)
	if len(got.Bad) > 0 {
		return sentence("the audit log is not what it was")
	}
	return nil
}

// verifyExport checks a file, without any installation.
func verifyExport(e env, file, key string, outside []operate.Kept) (err error) {
	if key == "" {
		return sentence("an export is checked with the log's key: --key, as plectica audit key prints it")
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	got, err := operate.VerifyExport(f, key, outside...)
	if err != nil {
		return err
	}
	e.say("audit: records %d to %d are what the log signed; %d checkpoints are true\n", got.First, got.Checkpoint.Size, got.Compared)
	return nil
}

func readSmall(file string) (b []byte, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err = io.ReadAll(io.LimitReader(f, maxCheckpointFile+1))
	if err == nil && len(b) > maxCheckpointFile {
		err = sentence(file + " is larger than files of checkpoints are")
	}
	return b, err
}

// auditExport writes the records to a file, with what is needed to check them.
func auditExport(ctx context.Context, e env, args []string) (err error) {
	f := flag.NewFlagSet("audit export", flag.ContinueOnError)
	var s settings
	s.register(f, false)
	from := f.Uint64("from", 0, "")
	out := f.String("out", "", "")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	c, err := s.load(e)
	if err != nil {
		return err
	}
	w := e.stdout
	if *out != "" {
		file, err := os.OpenFile(*out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		w = file
	}
	n, err := operate.ExportAudit(ctx, c, w, *from)
	if err == nil && *out != "" {
		e.say("audit: %d records\n", n)
	}
	return err
}

// auditCheckpoint prints how far the log is, signed.
func auditCheckpoint(ctx context.Context, e env, args []string) error {
	c, err := configured(e, "audit checkpoint", args)
	if err != nil {
		return err
	}
	text, err := operate.AuditCheckpoint(ctx, c)
	if err != nil {
		return err
	}
	_, err = e.stdout.Write(text)
	return err
}

// auditKey prints what checkpoints are checked with.
func auditKey(ctx context.Context, e env, args []string) error {
	c, err := configured(e, "audit key", args)
	if err != nil {
		return err
	}
	key, err := operate.AuditKey(ctx, c)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, key)
	return err
}
