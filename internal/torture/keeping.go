package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"time"

	"plectica/internal/audit"
	"plectica/internal/backup"
	"plectica/internal/config"
	"plectica/internal/fault"
	"plectica/internal/operate"
	"plectica/internal/robot"
)

const (
	// minArchive and maxArchive are how long it is between two archives.
	minArchive, maxArchive = 50 * time.Millisecond, time.Second
	// archiveLimit ends making one.
	archiveLimit = 30 * time.Second
	// killedShare is the share of those that are killed in the middle, at some time before
	// killedBy.
	killedShare = 0.3
	killedBy    = 150 * time.Millisecond
)

// placesVariable names the places of archives in the environment of the programs.
const placesVariable = "PLECTICA_BACKUP_PLACES"

// places is where a leg's archives go: not to its own disk, which may be a small one.
func (l *leg) places() string { return l.dir + "-archives" }

// archive makes archives beside everything else until ctx ends, and kills some.
func (l *leg) archive(ctx context.Context, binary string, rng *rand.Rand) {
	for robot.Pause(ctx, between(rng, minArchive, maxArchive)) {
		limit := archiveLimit
		if rng.Float64() < killedShare {
			limit = between(rng, 0, killedBy)
		}
		tctx, cancel := context.WithTimeout(ctx, limit)
		cmd := exec.CommandContext(tctx, binary, "backup", "create", "--data", l.dir)
		cmd.Env = append(os.Environ(), placesVariable+"="+l.places())
		_ = cmd.Run() // what counts is what has a receipt in the end
		cancel()
	}
}

// kept checks every snapshot and every archive of the leg against the log, once nothing
// runs any more.
func (l *leg) kept(ctx context.Context) error {
	c := config.Default()
	c.Data, c.Backup.Places = l.dir, []string{l.places()}
	got, err := operate.Verify(ctx, c, nil)
	if err != nil {
		return err
	}
	if len(got.Bad) > 0 {
		return fault.New(fault.Internal, "the log is damaged: "+got.Bad[0])
	}
	l.run.res.Snapshots += got.Snapshots
	if err := l.recorded(ctx, c, uint64(got.Rows)); err != nil { // it is not negative
		return err
	}
	return l.archives(ctx, c)
}

// recorded checks that the audit log is what it was, and has every change of every map once:
// a change and its record are on disk together, or neither is.
func (l *leg) recorded(ctx context.Context, c config.Config, rows uint64) error {
	got, err := operate.VerifyAudit(ctx, c, "")
	if err != nil {
		return err
	}
	if len(got.Bad) > 0 {
		return fault.New(fault.Internal, "the audit log is not what it was: "+got.Bad[0])
	}
	var log bytes.Buffer
	if _, err := operate.ExportAudit(ctx, c, &log, 0); err != nil {
		return err
	}
	changes := uint64(0)
	for line := range bytes.Lines(log.Bytes()) {
		var r struct {
			Act audit.Act
			N   struct{ Changes uint64 }
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return fault.Wrap(fault.Internal, "read a record", err)
		}
		if r.Act == audit.MapPush {
			changes += r.N.Changes
		}
	}
	l.run.res.Records += got.Records
	if changes != rows {
		return fault.New(fault.Internal, fmt.Sprintf("%d changes are in the logs of maps, and %d in the audit log", rows, changes))
	}
	return nil
}

// archives checks every archive that has a receipt, and restores the newest.
func (l *leg) archives(ctx context.Context, c config.Config) error {
	keys, err := operate.ReadKeys(c, "")
	if err != nil {
		return err
	}
	n, err := operate.CompareArchives(ctx, c, keys)
	l.run.res.Archives += n
	if err != nil || n == 0 {
		return err
	}
	return l.restore(ctx, c, keys)
}

// restore brings the newest archive back to a place of its own, which verifies it.
func (l *leg) restore(ctx context.Context, c config.Config, keys backup.Private) error {
	c.Data = l.dir + "-restored"
	_, err := operate.Restore(ctx, c, operate.Archives{}, keys)
	return errors.Join(err, os.RemoveAll(c.Data))
}
