package operate

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"plectica/internal/archive"
	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/datadir"
	"plectica/internal/fault"
	"plectica/internal/store"
)

const (
	// restoringFile says in a directory what is being restored to it; no server starts there.
	restoringFile = datadir.Restoring
	// restoredSnapshots is where snapshots come to that cannot be made anew.
	restoredSnapshots = "snapshots"
)

// landing is a directory that an archive is restored to.
type landing struct {
	path string
	db   Database
	// most bounds the database and the snapshots, contents the contents, in bytes; 0: the disk does.
	most, contents int64
}

func (l landing) file(name string) string { return filepath.Join(l.path, filepath.FromSlash(name)) }

// target lets an archive be restored here.
func (l landing) target() (archive.Target, error) {
	if err := l.claim(); err != nil {
		return archive.Target{}, err
	}
	blobs, err := dir.Open(l.file(datadir.Blobs))
	if err != nil {
		return archive.Target{}, err
	}
	snapshots, err := dir.OpenBucket(l.file(restoredSnapshots))
	if err != nil {
		return archive.Target{}, err
	}
	t := archive.Target{Begin: l.begin, Blobs: blobs, Snapshots: snapshots, WriteFile: l.writeArchived}
	if l.most > 0 {
		t.Blobs = &measured{Store: blobs, left: l.contents}
		t.Snapshots = &measuredBucket{Bucket: snapshots, left: l.most / snapshotShare}
	}
	return t, nil
}

// claim notes that something is being restored here, if it is not noted yet.
func (l landing) claim() error {
	if _, err := os.Stat(l.file(restoringFile)); err == nil {
		return nil
	}
	return l.note(restoring{})
}

// restoring is what is noted of a restore, for going on after an interruption.
type restoring struct {
	archive.Head
	// Kept is what the archive says is in it, without its parts; nil: it is not all here yet.
	Kept *archive.Manifest `json:"kept,omitempty"`
	// Later: what is here was verified, and changes made after it may have been put in.
	Later bool `json:"later,omitempty"`
}

func (l landing) note(r restoring) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fault.Wrap(fault.Internal, "note what is restored", err)
	}
	return l.writeFile(restoringFile, text)
}

// noted returns what is being restored here.
func (l landing) noted() (r restoring, err error) {
	b, err := os.ReadFile(l.file(restoringFile))
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return r, fault.Wrap(fault.Internal, "read what is restored", err)
	}
	return r, nil
}

// begin makes the database, or goes on with the one of the same archive.
func (l landing) begin(ctx context.Context, h archive.Head) (store.Filler, error) {
	was, err := l.noted()
	if err != nil {
		return nil, err
	}
	switch was.Head {
	case h:
	case archive.Head{}:
		if err := l.note(restoring{Head: h}); err != nil {
			return nil, err
		}
	default:
		return nil, fault.New(fault.Conflict, "another archive is being restored to "+l.path+"; go on with that one, or empty the directory")
	}
	return l.db.fill(ctx, h.Schema, l.most-l.most/snapshotShare)
}

// snapshotShare is which part of the room snapshots may take.
const snapshotShare = 4

// measuredBucket takes so many bytes of objects and no more.
type measuredBucket struct {
	blob.Bucket
	left int64
}

// Create implements blob.Bucket.
func (m *measuredBucket) Create(ctx context.Context, key string, r io.Reader, o blob.CreateOptions) (blob.Info, error) {
	in := &io.LimitedReader{R: r, N: m.left + 1}
	info, err := m.Bucket.Create(ctx, key, in, o)
	if in.N == 0 {
		return info, fault.New(fault.Limit, "there is not enough room for the snapshots")
	}
	m.left = in.N - 1
	return info, err
}

// kept are the files and directories beside database and contents that a new machine needs.
func kept() []string {
	return []string{datadir.Pepper, datadir.Seal, datadir.Audit, "ca.pem", "ca.crt", datadir.ACME, datadir.Keys}
}

// writeArchived writes a file of an archive, if it is one of those that archives have: none
// may take the place of what the restore itself writes.
func (l landing) writeArchived(name string, b []byte) error {
	top, _, _ := strings.Cut(name, "/")
	if !slices.Contains(kept(), top) {
		return fault.New(fault.Internal, "the archive holds a file that does not belong there")
	}
	return l.writeFile(name, b)
}

// writeFile writes a file for the server's user alone, durable and whole.
func (l landing) writeFile(name string, b []byte) error {
	path := l.file(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fault.Wrap(fault.Internal, "make a directory", err)
	}
	mode := fs.FileMode(0o600)
	if strings.HasSuffix(name, ".crt") { // it is for others to trust
		mode = 0o644
	}
	return datadir.WriteFile(path, b, mode)
}

// measured takes so many bytes of contents and no more.
type measured struct {
	blob.Store
	left int64
}

// Put implements blob.Store.
func (m *measured) Put(ctx context.Context, r io.Reader, most int64) (blob.Hash, int64, error) {
	if most > m.left {
		return blob.Hash{}, 0, fault.New(fault.Limit, "there is not enough room for the contents")
	}
	m.left -= most
	return m.Store.Put(ctx, r, most)
}

// dataFiles lists what a new machine needs beside database and contents.
func dataFiles(d *datadir.Dir) ([]archive.File, error) {
	var out []archive.File
	for _, name := range kept() {
		err := filepath.WalkDir(d.Path(name), func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(d.Path("."), path)
			if err != nil || !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
				return err
			}
			out = append(out, archive.File{Name: filepath.ToSlash(rel), Path: path})
			return nil
		})
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "list the files of the data directory", err)
		}
	}
	return out, nil
}
