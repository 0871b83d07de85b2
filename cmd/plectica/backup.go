package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"plectica/internal/backup"
	"plectica/internal/config"
	"plectica/internal/operate"
)

// backupFlags are what the backup commands share.
type backupFlags struct {
	settings
	from operate.Archives
	key  string
}

// read reads the flags and the configuration.
func (b *backupFlags) read(e env, name string, args []string, more func(f *flag.FlagSet)) (config.Config, error) {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	b.register(f, false)
	f.StringVar(&b.from.File, "archive", "", "")
	f.StringVar(&b.from.Place, "from", "", "")
	f.StringVar(&b.from.ID, "id", "", "")
	f.StringVar(&b.key, "key", "", "")
	if more != nil {
		more(f)
	}
	if _, err := parse(f, args, 0); err != nil {
		return config.Config{}, err
	}
	return b.load(e)
}

// withBackups opens the service for a while.
func withBackups(ctx context.Context, e env, c config.Config, do func(*backup.Service) error) (err error) {
	held, err := operate.Held(c)
	if err != nil {
		return err
	}
	hold(e, held)
	s, done, err := operate.Backups(ctx, c, buildVersion())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	return do(s)
}

// backupCreate makes an archive now.
func backupCreate(ctx context.Context, e env, args []string) error {
	var b backupFlags
	c, err := b.read(e, "backup create", args, nil)
	if err != nil {
		return err
	}
	return withBackups(ctx, e, c, func(s *backup.Service) error {
		made, err := s.Create(ctx, 1)
		if err != nil {
			return err
		}
		e.say("backup %s: %d maps, %d changes, %d files; %s, read back whole, in %v\n", made.ID, made.MapCount, made.OpCount, made.BlobCount, size(made.Size), took(made.Took))
		if made.Missing > 0 {
			e.say("  %d files could not be read and are not in it; plectica verify names them\n", made.Missing)
		}
		failed := false
		for _, p := range made.Places {
			if p.Error != "" {
				failed = true
				e.say("  not at %s: %s\n", p.Name, p.Error)
				continue
			}
			e.say("  at %s\n", p.Name)
		}
		if failed {
			return sentence("not every place has the archive")
		}
		return nil
	})
}

func took(millis int64) time.Duration { return time.Duration(millis) * time.Millisecond }

// size writes bytes for people.
func size(n int64) string {
	const k = 1000
	switch {
	case n >= k*k*k:
		return fmt.Sprintf("%.1f GB", float64(n)/(k*k*k))
	case n >= k*k:
		return fmt.Sprintf("%.1f MB", float64(n)/(k*k))
	}
	return fmt.Sprintf("%.1f kB", float64(n)/k)
}

// backupList lists the archives of every place.
func backupList(ctx context.Context, e env, args []string) error {
	var b backupFlags
	c, err := b.read(e, "backup list", args, nil)
	if err != nil {
		return err
	}
	places, err := operate.Places(c, b.from.Place)
	if err != nil {
		return err
	}
	for _, p := range places {
		list, err := backup.List(ctx, p)
		if err != nil {
			return err
		}
		e.say("%s: %d archives\n", p.Name, len(list))
		for _, r := range list {
			e.say("  %s  %s  %s  %d maps  %d changes  Plectica %s\n", r.ID, time.UnixMilli(r.Created).UTC().Format(time.RFC3339), size(r.Size), r.MapCount, r.OpCount, r.App)
		}
	}
	return nil
}

// backupVerify reads an archive whole and folds every log in it.
func backupVerify(ctx context.Context, e env, args []string) error {
	var b backupFlags
	c, err := b.read(e, "backup verify", args, nil)
	if err != nil {
		return err
	}
	keys, err := operate.ReadKeys(c, b.key)
	if err != nil {
		return err
	}
	m, finds, name, err := operate.VerifyArchive(ctx, c, b.from, keys)
	if err != nil {
		return err
	}
	for _, f := range finds {
		e.say("%s\n", f)
	}
	e.say("backup verify: %s: %d maps, %d changes, %d files, %d damaged\n", name, m.MapCount, m.OpCount, m.BlobCount, len(finds))
	if len(finds) > 0 {
		return sentence("the archive is damaged")
	}
	return nil
}

// backupRestore brings an installation back.
func backupRestore(ctx context.Context, e env, args []string) error {
	var b backupFlags
	to := ""
	c, err := b.read(e, "backup restore", args, func(f *flag.FlagSet) { f.StringVar(&to, "to", "", "") })
	if err != nil {
		return err
	}
	if b.key == "" {
		return errUsage
	}
	if to != "" {
		if b.from.To, err = time.Parse(time.RFC3339, to); err != nil {
			return sentence("--to is a time such as 2026-01-31T15:04:05Z")
		}
	}
	keys, err := operate.ReadKeys(c, b.key)
	if err != nil {
		return err
	}
	r, err := operate.Restore(ctx, c, b.from, keys)
	if err != nil {
		return err
	}
	if err := e.note(c); err != nil { // before, there was nothing to record it in
		return err
	}
	e.say("restored to %s, and verified: %d maps, %d changes (%d of them made after the archive), %d files, in %v\n",
		c.Data, r.Maps, r.Ops, r.Later, r.Files, r.Took.Round(time.Millisecond))
	if r.From != "" {
		e.say("  from %s, made %s\n", r.From, r.Created.UTC().Format(time.RFC3339))
	}
	if r.Missing > 0 {
		e.say("  %d files are missing: they could not be read when it was made, or had not arrived at the place of the changes\n", r.Missing)
	}
	hold(e, r.Held)
	return lacking(e, r)
}

// hold says what is not written to until what was restored is adopted.
func hold(e env, held []string) {
	if len(held) > 0 {
		e.say("this was restored, maybe for trial: nothing goes to %s until plectica backup adopt\n", strings.Join(held, ", "))
	}
}

// backupAdopt lets what was restored write to all places.
func backupAdopt(_ context.Context, e env, args []string) error {
	c, err := configured(e, "backup adopt", args)
	if err != nil {
		return err
	}
	if err := operate.Adopt(c); err != nil {
		return err
	}
	e.say("adopted: backups and changes go to %s, from when the server is started next\n", strings.Join(c.Backup.Places, ", "))
	return nil
}

// lacking says what a restore had to leave out; nil: nothing.
func lacking(e env, r *operate.Restored) error {
	if r.Schema > 0 {
		e.say("  people, roles and names of maps are as they were before the last changes to them, which are of version %d of the data: restore with the Plectica that wrote them\n", r.Schema)
	}
	const most = 20
	for _, key := range r.Damaged[:min(len(r.Damaged), most)] {
		e.say("  damaged, or sealed for another key, and left out: %s\n", key)
	}
	switch {
	case r.Gaps > 0:
		return sentence(fmt.Sprintf("of %d maps changes are missing at the place: they are as they were before those", r.Gaps))
	case len(r.Damaged) > 0:
		return sentence(fmt.Sprintf("%d objects with changes could not be read at the place", len(r.Damaged)))
	case r.Schema > 0:
		return sentence("not all that changed could be put in")
	}
	return nil
}

// backupDrill restores the newest archive for trial.
func backupDrill(ctx context.Context, e env, args []string) error {
	var b backupFlags
	c, err := b.read(e, "backup drill", args, nil)
	if err != nil {
		return err
	}
	return withBackups(ctx, e, c, func(s *backup.Service) error {
		d, err := s.Drill(ctx)
		if err != nil {
			return err
		}
		e.say("drill: archive %s from %s, %v old, restored in %v: %d maps with %d changes, all states as they were; %d maps opened\n",
			d.Archive, d.Place, took(d.Age).Round(time.Second), took(d.Took), d.Maps, d.Ops, d.Opened)
		return nil
	})
}

// backupPrune takes old archives away.
func backupPrune(ctx context.Context, e env, args []string) error {
	var b backupFlags
	c, err := b.read(e, "backup prune", args, nil)
	if err != nil {
		return err
	}
	return withBackups(ctx, e, c, func(s *backup.Service) error {
		n, err := s.Prune(ctx)
		e.say("backup prune: %d archives older than %d days are gone\n", n, c.Backup.KeepDays)
		return err
	})
}

// backupKeygen makes a key that archives can be sealed for.
func backupKeygen(_ context.Context, e env, args []string) error {
	f := flag.NewFlagSet("backup keygen", flag.ContinueOnError)
	out := f.String("out", "", "")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	file, public, err := backup.NewKey()
	if err != nil {
		return err
	}
	if *out == "" {
		e.say("%s", file)
		return nil
	}
	w, err := os.OpenFile(*out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = w.WriteString(file)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	e.say("public half, for the configuration's backup.recovery_key: %s\n", public)
	return nil
}
