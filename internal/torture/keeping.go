package torture

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"plectica/internal/backup"
	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/operate"
	"plectica/internal/robot"
	"plectica/internal/store/sqlite"
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
	return l.archives(ctx, c)
}

// archives checks every archive that has a receipt, and restores the newest.
func (l *leg) archives(ctx context.Context, c config.Config) (err error) {
	st, err := sqlite.Open(ctx, filepath.Join(l.dir, datadir.Database))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	past := &history.Source{Store: st}
	keys, err := operate.ReadKeys(c, "")
	if err != nil {
		return err
	}
	places, err := operate.Places(c, "")
	if err != nil {
		return err
	}
	list, err := backup.List(ctx, places[0])
	if err != nil {
		return err
	}
	for i, r := range list {
		from := operate.Archives{ID: r.ID}
		m, wrong, name, err := operate.VerifyArchive(ctx, c, from, keys)
		if err != nil {
			return err
		}
		if len(wrong) > 0 {
			return fault.New(fault.Internal, name+": "+wrong[0])
		}
		for _, v := range m.Maps {
			if err := asLogged(ctx, past, v.ID, v.Head, v.Hash); err != nil {
				return err
			}
		}
		if i == 0 {
			if err := l.restore(ctx, c, from, keys); err != nil {
				return err
			}
		}
		l.run.res.Archives++
	}
	return nil
}

// asLogged compares what an archive says of a map with what the log leads to.
func asLogged(ctx context.Context, past *history.Source, of string, head uint64, hash string) error {
	m, err := id.Parse[id.Map](of)
	if err != nil || head == 0 {
		return err
	}
	at, err := past.At(ctx, m, head)
	if err != nil {
		return err
	}
	got := at.State.Hash().Bytes()
	if hex.EncodeToString(got[:]) != hash {
		return fault.New(fault.Internal, fmt.Sprintf("an archive has another state of map %s at %d than the log", of, head))
	}
	return nil
}

// restore brings an archive back to a place of its own, which verifies it.
func (l *leg) restore(ctx context.Context, c config.Config, from operate.Archives, keys backup.Private) error {
	c.Data = l.dir + "-restored"
	_, err := operate.Restore(ctx, c, from, keys)
	return errors.Join(err, os.RemoveAll(c.Data))
}
