package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"plectica/internal/archive"
	"plectica/internal/backup"
	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/fault"
)

// Archives is where an archive is looked for: a file, or else a place of the
// configuration, and there the newest, or one by its id.
type Archives struct {
	File  string
	Place string // empty is the first of the configuration
	ID    string
	// To is up to when changes are brought back; zero is all there are. The archive is one
	// made before.
	To time.Time
}

// open opens the archive.
func (a Archives) open(ctx context.Context, c config.Config) (io.ReadCloser, string, error) {
	if a.File != "" {
		f, err := os.Open(a.File)
		if err != nil {
			return nil, "", fault.Wrap(fault.NotFound, "open the archive", err)
		}
		return f, a.File, nil
	}
	p, err := a.place(c)
	if err != nil {
		return nil, "", err
	}
	list, err := backup.List(ctx, p)
	if err != nil {
		return nil, "", err
	}
	list = slices.DeleteFunc(list, func(r backup.Receipt) bool {
		return a.ID != "" && r.ID != a.ID || !a.To.IsZero() && r.Created > a.To.UnixMilli()
	})
	if len(list) == 0 {
		return nil, "", fault.New(fault.NotFound, "there is no such archive at "+p.Name)
	}
	r, early := backup.Latest(list, time.Now())
	name := p.Name + ": " + r.Key
	if early > 0 {
		name += fmt.Sprintf(" (%d there are of a time yet to come: a clock is or was wrong; --id names one)", early)
	}
	o, err := p.Open(ctx, r.Key)
	return o, name, err
}

func (a Archives) place(c config.Config) (backup.Place, error) {
	name := a.Place
	if name == "" {
		if len(c.Backup.Places) == 0 {
			return backup.Place{}, fault.New(fault.Invalid, "no place for backups is set: [backup] places")
		}
		name = c.Backup.Places[0]
	}
	b, err := OpenPlace(c, name)
	return backup.Place{Name: name, Bucket: b}, err
}

// changes is the place that changes come from: the one that was named, or the first that
// has any, which go to the places beyond the first.
func (a Archives) changes(c config.Config) (backup.Place, error) {
	if a.Place == "" && len(c.Backup.Places) > 1 {
		a.Place = c.Backup.Places[1]
	}
	return a.place(c)
}

// ReadKeys reads the private half of a key from a file; empty is the drill's key of the
// data directory.
func ReadKeys(c config.Config, file string) (backup.Private, error) {
	if file == "" {
		dir, err := datadir.Existing(c.Data)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "name the key's file with --key", err)
		}
		file = dir.Path(datadir.Keys + "/" + backup.DrillKeyFile)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "open the key's file", err)
	}
	defer func() { _ = f.Close() }() // only read
	return backup.ReadKeys(f)
}

// Restored is what a restore brought back.
type Restored struct {
	From    string
	Created time.Time // when the archive was made
	Maps    int
	Ops     int
	Later   int // of those, made after the archive
	Files   int
	Missing int // contents that are nowhere: neither in the archive nor where changes came from
	Gaps    int // maps of which the place lacks changes: they are as they were before those
	// Damaged are the places' objects with changes that could not be read, and were left out.
	Damaged []string
	// Schema is the version of tables that are the last the place has, and that this program
	// does not know: people, roles and names are as they were before those. 0: there are none.
	Schema int
	// Held are the places that nothing goes to until what was restored is adopted.
	Held []string
	Took time.Duration
}

// Restore brings an installation back from an archive, and what a place has of the time
// after it, to an empty data directory, or goes on where that was interrupted. All of it is
// verified.
func Restore(ctx context.Context, c config.Config, from Archives, keys backup.Private) (out *Restored, err error) {
	began := time.Now()
	if !from.To.IsZero() && from.File != "" && from.Place == "" {
		return nil, fault.New(fault.Invalid, "name the place of the changes up to that time with --from")
	}
	d, err := datadir.Open(c.Data)
	if err != nil {
		return nil, err
	}
	if err := d.Lock(); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Unlock()) }()
	l := landing{path: d.Path(".")}
	if l.db, err = DatabaseOf(c); err != nil {
		return nil, err
	}
	note, err := l.looked()
	if err != nil {
		return nil, err
	}
	out = &Restored{}
	if note.Kept == nil {
		if err := restoreTo(ctx, c, l, from, keys, out); err != nil {
			return nil, err
		}
		if note, err = l.noted(); err != nil {
			return nil, err
		}
	}
	if err := l.db.settle(ctx); err != nil {
		return nil, err
	}
	got, err := Verify(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	if !note.Later { // else it was, and is not what the archive says any more
		if err := asArchived(&got, note.Kept); err != nil {
			return nil, err
		}
		note.Later = true
		if err := l.note(note); err != nil {
			return nil, err
		}
	}
	if got, err = restoreLater(ctx, c, note, from, keys, got, out); err != nil {
		return out, err
	}
	if err := errors.Join(l.newLine(ctx), l.writeFile(datadir.Restored, []byte("plectica backup adopt takes this away\n"))); err != nil {
		return out, err
	}
	if err := l.db.release(ctx); err != nil {
		return out, err
	}
	if out.Held, err = Held(c); err != nil {
		return out, err
	}
	out.Maps, out.Ops, out.Files, out.Missing, out.Took = got.Maps, got.Rows, got.Files, len(got.Missing), time.Since(began)
	return out, os.Remove(l.file(restoringFile))
}

// restoreLater puts in what was done after the archive, as far as a place has it, and
// verifies what is there then; without a place that is what got says.
func restoreLater(ctx context.Context, c config.Config, note restoring, from Archives, keys backup.Private, got Verified, out *Restored) (Verified, error) {
	if from.File == "" || from.Place != "" {
		p, err := from.changes(c)
		if err != nil {
			return got, err
		}
		to := from.To
		if to.IsZero() {
			to = time.UnixMilli(math.MaxInt64) // all there is, whatever the clocks said
		}
		if err := replayTo(ctx, c, p, keys, note.Created, to, out); err != nil {
			return got, err
		}
		if got, err = Verify(ctx, c, nil); err != nil {
			return got, err
		}
		if err := fetch(ctx, c, p, keys, &got); err != nil {
			return got, err
		}
	}
	// Files that were attached after the archive are named by what came with the changes,
	// and may not have come along yet; all that was in it was found before.
	return got, damage(slices.DeleteFunc(slices.Clone(got.Bad), func(bad string) bool { return mentions(bad, got.Missing) }))
}

// restoreTo fills a directory.
func restoreTo(ctx context.Context, c config.Config, l landing, from Archives, keys backup.Private, out *Restored) error {
	r, name, err := from.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read
	t, err := l.target()
	if err != nil {
		return err
	}
	m, err := archive.Restore(ctx, r, keys, t, 1)
	if err != nil {
		return err
	}
	out.From, out.Created = name, time.UnixMilli(m.Created)
	m.Parts = nil // they were compared
	return l.note(restoring{Head: m.Head, Kept: m})
}

// looked refuses a directory that holds something else, and returns what is noted of a
// restore that was interrupted there.
func (l landing) looked() (r restoring, err error) {
	if there(l.file(restoringFile)) {
		r, err = l.noted()
		if err == nil && r.Kept == nil && there(l.file(datadir.Database)) {
			err = fault.New(fault.Conflict, "the directory "+l.path+" holds a database that no restore put there")
		}
		return r, err
	}
	list, err := os.ReadDir(l.path)
	if err != nil {
		return r, fault.Wrap(fault.Internal, "look at the data directory", err)
	}
	for _, e := range list {
		if e.Name() != datadir.LockFile && !strings.HasPrefix(e.Name(), ".new-") {
			return r, fault.New(fault.Conflict, fmt.Sprintf("the directory %s is not empty: it holds %s; restore to an empty one", l.path, e.Name()))
		}
	}
	return r, nil
}

// asArchived compares what is here with what the archive says was there; what could not be
// read then is not here now either.
func asArchived(got *Verified, m *archive.Manifest) error {
	var finds []string
	for _, bad := range got.Bad {
		if !mentions(bad, m.Missing) {
			finds = append(finds, bad)
		}
	}
	if got.Maps != m.MapCount || uint64(got.Rows) != m.OpCount {
		finds = append(finds, fmt.Sprintf("%d maps with %d changes were restored, not %d with %d", got.Maps, got.Rows, m.MapCount, m.OpCount))
	}
	for _, v := range m.Maps {
		if got.hashOf(v.ID) != v.Hash && v.Head > 0 {
			finds = append(finds, "map "+v.ID+" has another state than the archive says")
		}
	}
	return damage(finds)
}

// damage makes what was found one error; nil: nothing was.
func damage(finds []string) error {
	if len(finds) == 0 {
		return nil
	}
	const most = 20
	return fault.New(fault.Internal, "what was restored is not what was kept: "+strings.Join(finds[:min(len(finds), most)], "; "))
}

func mentions(text string, list []string) bool {
	for _, x := range list {
		if strings.Contains(text, x) {
			return true
		}
	}
	return false
}

// Backups opens what makes and keeps archives, beside a server that may run. Close it.
func Backups(ctx context.Context, c config.Config, version string) (b *backup.Service, done func() error, err error) {
	d, err := datadir.Existing(c.Data)
	if err != nil {
		return nil, nil, err
	}
	db, err := DatabaseOf(c)
	if err != nil {
		return nil, nil, err
	}
	// Opening would bring the schema forward, under a server that may be an older one.
	if n, err := db.Schema(ctx); err != nil || n != db.Newest() {
		return nil, nil, errors.Join(err, fault.New(fault.Conflict, "the data was written by another version of Plectica; start this one's server first"))
	}
	st, err := db.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	keys, err := backup.OpenKeys(d.Path(datadir.Keys), c.Backup.RecoveryKey)
	if err == nil {
		k := &Keeping{Config: c, Version: version, Dir: d, View: st.View, Records: st, Keys: keys, Brought: st.NoteShipped, Now: time.Now}
		b, err = k.Open()
	}
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return b, st.Close, nil
}

// Places opens the places of archives, or one by its name.
func Places(c config.Config, name string) ([]backup.Place, error) {
	if name == "" {
		return backupPlaces(c)
	}
	p, err := Archives{Place: name}.place(c)
	return []backup.Place{p}, err
}

// VerifyArchive reads an archive from its first byte to its last and folds every log in
// it. It returns what is wrong, a sentence each, and what the archive is called.
func VerifyArchive(ctx context.Context, c config.Config, from Archives, keys backup.Private) (*archive.Manifest, []string, string, error) {
	r, name, err := from.open(ctx, c)
	if err != nil {
		return nil, nil, "", err
	}
	defer func() { _ = r.Close() }() // only read
	m, finds, err := archive.Verify(ctx, r, keys, 1)
	if err != nil {
		return nil, nil, name, err
	}
	return m, finds.List(), name, nil
}
