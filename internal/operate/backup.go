package operate

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"plectica/internal/archive"
	"plectica/internal/authz"
	"plectica/internal/backup"
	"plectica/internal/blob/dir"
	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// Keeping is what backups are made from and with.
type Keeping struct {
	Config  config.Config
	Version string
	Dir     *datadir.Dir
	View    func(ctx context.Context, look func(store.View) error) error
	Records store.Records
	// Brought, when set, notes up to where a place has the maps' logs.
	Brought func(ctx context.Context, place string, heads map[id.Map]uint64) error
	Keys    *backup.Keys
	Now     func() time.Time
	OnError func(error)
}

// Open makes the service. Places are asked for nothing yet.
func (k *Keeping) Open() (*backup.Service, error) {
	c := k.Config
	blobs, err := dir.Open(k.Dir.Path(datadir.Blobs))
	if err != nil {
		return nil, err
	}
	snapshots, err := OpenPlace(c, c.History.Place)
	if err != nil {
		return nil, err
	}
	names, held, err := unheld(c)
	if err != nil {
		return nil, err
	}
	if len(held) > 0 && k.OnError != nil {
		k.OnError(fault.New(fault.Conflict, "this was restored: nothing goes to "+strings.Join(held, ", ")+" until plectica backup adopt"))
	}
	c.Backup.Places = names
	places, err := backupPlaces(c)
	if err != nil {
		return nil, err
	}
	line, err := LineOf(k.Dir)
	if err != nil {
		return nil, err
	}
	return backup.New(backup.Config{
		Source: archive.Source{
			View: k.View, Blobs: blobs, Snapshots: snapshots, App: k.Version,
			Files: func() ([]archive.File, error) { return dataFiles(k.Dir) },
		},
		Places: places, Keys: k.Keys, Line: line, Records: k.Records, Brought: k.Brought, Keep: time.Duration(c.Backup.KeepDays) * 24 * time.Hour,
		At: Clock(c.Backup.At), DrillAt: Clock(c.Backup.DrillAt), Scratch: k.scratch, Now: k.Now, OnError: k.OnError,
	}), nil
}

// lineBytes is how many random bytes tell one line from another.
const lineBytes = 8

// LineOf reads which restore a data directory goes on from; empty: none.
func LineOf(d *datadir.Dir) (string, error) {
	b, err := os.ReadFile(d.Path(datadir.Line))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fault.Wrap(fault.Internal, "read which restore this goes on from", err)
	}
	line := strings.TrimSpace(string(b))
	if raw, err := hex.DecodeString(line); err != nil || len(raw) != lineBytes {
		return "", fault.New(fault.Internal, "the file "+d.Path(datadir.Line)+" is damaged")
	}
	return line, nil
}

// newLine begins a line: what is done from here on is told from what was left out, by the
// places of backups and by those who had the maps open.
func (l landing) newLine(ctx context.Context) error {
	var b [lineBytes]byte
	_, _ = rand.Read(b[:]) // it never fails
	// Two restores of one archive are two lines as well.
	by := 1 + uint64(b[0])<<8 + uint64(b[1])
	if err := l.db.raise(ctx, seq.FirstOf(1), by); err != nil {
		return err
	}
	return l.writeFile(datadir.Line, []byte(hex.EncodeToString(b[:])+"\n"))
}

// Clock reads a time of day that was checked; negative is never.
func Clock(text string) time.Duration {
	at, ok, err := config.Clock(text)
	if err != nil || !ok {
		return -1
	}
	return at
}

// backupPlaces opens the places of archives.
func backupPlaces(c config.Config) ([]backup.Place, error) {
	out := make([]backup.Place, 0, len(c.Backup.Places))
	for _, name := range c.Backup.Places {
		b, err := OpenPlace(c, name)
		if err != nil {
			return nil, err
		}
		out = append(out, backup.Place{Name: name, Bucket: b})
	}
	return out, nil
}

const (
	// scratchDir is where drills restore to in the data directory, drillPrefix how each
	// one's folder begins.
	scratchDir  = "drill"
	drillPrefix = "plectica-drill-" // also on a disk that others use
	megabyte    = 1 << 20
	// rowBytes is about how much of the database a change takes, at the least.
	rowBytes = 250
)

// scratch makes a directory that is restored to for trial, if there is room.
func (k *Keeping) scratch(_ context.Context, t archive.Totals) (*backup.Scratch, error) {
	base := k.Config.Backup.Scratch
	if base == "" {
		base = k.Dir.Path(scratchDir)
	}
	if err := clearScratch(base); err != nil {
		return nil, err
	}
	free, err := datadir.Free(base)
	if err != nil {
		return nil, err
	}
	most := free / 2 // the other half is for those who work
	if m := int64(k.Config.Backup.ScratchMegabytes) * megabyte; m > 0 {
		most = min(most, m)
	}
	if t.BlobBytes < 0 || t.OpCount > uint64(most/rowBytes) || t.BlobBytes > most-int64(t.OpCount)*rowBytes {
		return nil, fault.New(fault.Limit, "there is not enough room for a drill: name another disk as [backup] scratch")
	}
	path, err := os.MkdirTemp(base, drillPrefix)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "make a place for the drill", err)
	}
	l := landing{path: path, db: inFile{path}, most: most - t.BlobBytes, contents: t.BlobBytes}
	target, err := l.target()
	if err != nil {
		return nil, errors.Join(err, removeAll(path))
	}
	c := k.Config
	c.Data, c.Database = path, config.Database{} // whatever the one that others use is
	return &backup.Scratch{
		Target: target,
		Check: func(ctx context.Context, share float64) (*backup.Checked, error) {
			if err := l.db.settle(ctx); err != nil {
				return nil, err
			}
			return checkRestored(ctx, c, share)
		},
		Open:   func(ctx context.Context, of string) (string, error) { return lookAt(ctx, l.db, of) },
		Remove: func() error { return removeAll(path) },
	}, nil
}

// clearScratch takes away what a drill left that was interrupted.
func clearScratch(base string) error {
	if err := os.MkdirAll(base, 0o700); err != nil {
		return fault.Wrap(fault.Internal, "make a place for the drill", err)
	}
	left, err := filepath.Glob(filepath.Join(base, drillPrefix+"*"))
	if err != nil {
		return fault.Wrap(fault.Internal, "look for what a drill left", err)
	}
	for _, name := range left {
		err = errors.Join(err, removeAll(name))
	}
	return err
}

func removeAll(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return fault.Wrap(fault.Internal, "take away what was restored for trial", err)
	}
	return nil
}

// checkRestored checks a data directory as verify does, for a share of the time.
func checkRestored(ctx context.Context, c config.Config, share float64) (*backup.Checked, error) {
	pace := archive.NewPace(share)
	got, err := Verify(ctx, c, func(id.Map, store.Row) { pace.Rest(ctx) })
	if err != nil {
		return nil, err
	}
	out := &backup.Checked{Maps: got.Maps, Ops: uint64(got.Rows), Bad: got.Bad, Hashes: make(map[string]string, len(got.States))}
	for m, hash := range got.States {
		out.Hashes[m.String()] = hash
	}
	return out, nil
}

// lookAt opens a map of a database as somebody who may only look is given it.
func lookAt(ctx context.Context, db Database, of string) (hash string, err error) {
	m, err := id.Parse[id.Map](of)
	if err != nil {
		return "", err
	}
	st, err := db.Open(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	rec, err := st.Room(ctx, m)
	if err != nil {
		return "", err
	}
	past := history.Source{Store: st}
	r, err := past.Open(ctx, seq.Config{Map: m}, rec)
	if err != nil {
		return "", err
	}
	const guest = 1
	var client id.Client // nobody's: those are drawn
	for i := range client {
		client[i] = 0xff
	}
	r.Enter(guest, id.Account{}, authz.View)
	j := r.Hello(guest, &wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: m, Client: client, NextCSN: 1})
	if !j.OK {
		return "", fault.New(fault.Internal, "nobody is let in")
	}
	seen, err := sysmap.ReadSnapshot(varint.NewReader(r.State().AppendSnapshot(nil)))
	if err != nil {
		return "", err
	}
	return hashText(seen), nil
}
