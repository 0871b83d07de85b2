package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"os"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Source is what an archive is made from.
type Source struct {
	View  func(ctx context.Context, look func(store.View) error) error
	Blobs blob.Store
	// Snapshots are where snapshots of maps lie.
	Snapshots blob.Bucket
	// Files are further files that a new machine needs: keys, certificates, settings.
	Files func() ([]File, error)
	App   string
}

// File is a file beside the database.
type File struct {
	Name string // in the archive, and in the data directory it is restored to
	Path string
}

// maxFile bounds a file beside the database, in bytes.
const maxFile = 16 << 20

// writer writes one archive.
type writer struct {
	ctx      context.Context //nolint:containedctx // it lives as long as one call
	tar      *tar.Writer
	src      Source
	manifest Manifest
	base     store.Table // the table of bases; none in old schemas
	blobs    []blob.Hash
	kept     []string // keys of snapshots
	pace     *Pace
}

// Write writes an archive of all there is at one moment, for keys to open, and returns
// what is in it. It works for a share of the time, at most 1, so that others have the rest.
func Write(ctx context.Context, to io.Writer, src Source, head Head, keys []age.Recipient, share float64) (*Manifest, error) {
	sealed, err := age.Encrypt(to, keys...)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "encrypt the archive", err)
	}
	packed, err := zstd.NewWriter(sealed, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "compress the archive", err)
	}
	w := &writer{ctx: ctx, tar: tar.NewWriter(packed), src: src, manifest: Manifest{Head: head}, pace: NewPace(share)}
	if err := w.all(); err != nil {
		_ = packed.Close() // what was written is of no use
		return nil, err
	}
	if err := errors.Join(w.tar.Close(), packed.Close(), sealed.Close()); err != nil {
		return nil, fault.Wrap(fault.Busy, "write the archive", err)
	}
	return &w.manifest, nil
}

// all writes everything, the manifest last. What the database names is read after it was
// looked at: contents and snapshots are never changed, and go late.
func (w *writer) all() error {
	err := w.src.View(w.ctx, func(v store.View) error {
		var err error
		if w.manifest.Schema, err = v.Schema(w.ctx); err != nil {
			return err
		}
		head, err := json.Marshal(w.manifest.Head)
		if err != nil {
			return fault.Wrap(fault.Internal, "write the archive's head", err)
		}
		if err := w.put(headName, head); err != nil {
			return err
		}
		if err := w.tables(v); err != nil {
			return err
		}
		return w.logs(v)
	})
	if err != nil {
		return err
	}
	slices.SortFunc(w.blobs, func(a, b blob.Hash) int { return bytes.Compare(a[:], b[:]) })
	for _, h := range slices.Compact(w.blobs) {
		if err := w.blob(h); err != nil {
			return err
		}
	}
	for _, key := range w.kept {
		if err := w.snapshot(key); err != nil {
			return err
		}
	}
	if err := w.files(); err != nil {
		return err
	}
	last, err := json.Marshal(w.manifest)
	if err != nil {
		return fault.Wrap(fault.Internal, "write the manifest", err)
	}
	if len(last) > maxManifest {
		return fault.New(fault.Limit, "there is more than one archive can hold")
	}
	return w.entry(manifestName, int64(len(last)), bytes.NewReader(last), nil)
}

// put writes a part that is in memory.
func (w *writer) put(name string, b []byte) error {
	return w.part(name, int64(len(b)), bytes.NewReader(b))
}

// part writes a part and notes it in the manifest.
func (w *writer) part(name string, size int64, r io.Reader) error {
	if len(w.manifest.Parts) >= maxParts {
		return fault.New(fault.Limit, "there is more than one archive can hold")
	}
	sum := sha256.New()
	if err := w.entry(name, size, r, sum); err != nil {
		return err
	}
	w.manifest.Parts = append(w.manifest.Parts, Part{name, size, Hex(sum.Sum(nil))})
	return nil
}

// entry writes an entry, whose bytes sum hears too.
func (w *writer) entry(name string, size int64, r io.Reader, sum hash.Hash) error {
	if err := w.ctx.Err(); err != nil {
		return fault.Wrap(fault.Busy, "write the archive", err)
	}
	h := tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: time.UnixMilli(w.manifest.Created), Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(&h); err != nil {
		return fault.Wrap(fault.Busy, "write the archive", err)
	}
	if sum != nil {
		r = io.TeeReader(r, sum)
	}
	if _, err := io.Copy(w.tar, w.pace.reader(w.ctx, r)); err != nil {
		return fault.Wrap(fault.Busy, "write the archive", err)
	}
	return nil
}

// tables writes the rows of every table.
func (w *writer) tables(v store.View) error {
	list, err := v.Tables(w.ctx)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.Name == baseTable { // each goes before the log that it is the beginning of
			w.base = t
			continue
		}
		if err := w.table(v, t); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) table(v store.View, t store.Table) error {
	columns, err := json.Marshal(t.Columns)
	if err != nil {
		return fault.Wrap(fault.Internal, "write a table", err)
	}
	columns = append(columns, '\n')
	p := w.gather(tableDir, t.Name, columns)
	err = v.Rows(w.ctx, t, func(values []any) error {
		if err := w.named(t, values); err != nil {
			return err
		}
		if p.b, err = AppendValues(p.b, values); err != nil {
			return err
		}
		return p.row()
	})
	if err != nil {
		return err
	}
	return p.flush()
}

// named notes what a row names that lies beside the database.
func (w *writer) named(t store.Table, values []any) error {
	switch t.Name {
	case "file":
		h, ok := column(t, values, "hash").([]byte)
		if !ok || len(h) != len(blob.Hash{}) {
			return fault.New(fault.Internal, "a file without the hash of its content")
		}
		w.blobs = append(w.blobs, blob.Hash(h))
	case "snapshot":
		keys, err := history.Objects(snapshotOf(t, values))
		if err != nil {
			return err
		}
		w.kept = append(w.kept, keys...)
	}
	return nil
}

// column returns a row's value in a column, or nil.
func column(t store.Table, values []any, name string) any {
	for i, c := range t.Columns {
		if c == name {
			return values[i]
		}
	}
	return nil
}

// snapshotOf reads what of a snapshot's row names its objects.
func snapshotOf(t store.Table, values []any) store.Snapshot {
	var s store.Snapshot
	text := func(name string) []byte { b, _ := column(t, values, name).([]byte); return b }
	copy(s.Map[:], text("map_id"))
	copy(s.Hash[:], text("hash"))
	copy(s.Picture[:], text("picture"))
	n, _ := column(t, values, "seq").(int64)
	s.Seq = uint64(n)
	return s
}

// gathering collects rows until they make a part.
type gathering struct {
	w         *writer
	dir, name string
	head      []byte // each part begins with it
	b         []byte
	rows, n   int
}

func (w *writer) gather(dir, name string, head []byte) *gathering {
	return &gathering{w: w, dir: dir, name: name, head: head, b: bytes.Clone(head)}
}

// row counts one that was added.
func (g *gathering) row() error {
	if g.rows++; g.rows < partRows && len(g.b) < partBytes {
		return nil
	}
	return g.flush()
}

func (g *gathering) flush() error {
	if g.rows == 0 {
		return nil
	}
	err := g.w.put(partName(g.dir, g.name, g.n), g.b)
	g.n++
	g.b, g.rows = append(g.b[:0], g.head...), 0
	return err
}

// logs writes the log of every map.
func (w *writer) logs(v store.View) error {
	err := v.Heads(w.ctx, func(r store.RoomRecord) error {
		if len(w.manifest.Maps) >= maxMaps {
			return fault.New(fault.Limit, "there are more maps than one archive can hold")
		}
		w.manifest.Maps = append(w.manifest.Maps, Map{ID: r.Map.String(), Head: r.Head, Hash: Hex(r.Hash[:])})
		return nil
	})
	if err != nil {
		return err
	}
	for i := range w.manifest.Maps {
		m := &w.manifest.Maps[i]
		of, err := id.Parse[id.Map](m.ID)
		if err != nil {
			return err
		}
		begins, err := w.beginning(v, of)
		if err != nil {
			return err
		}
		g := w.gather(mapDir, m.ID, nil)
		err = v.Log(w.ctx, of, func(r store.Row) error {
			if r.Seq <= begins {
				return nil // the log is being trimmed
			}
			m.Ops++
			g.b = appendOp(g.b, &r)
			return g.row()
		})
		if err == nil {
			err = g.flush()
		}
		if err != nil {
			return err
		}
		w.manifest.OpCount += m.Ops
	}
	w.manifest.MapCount = len(w.manifest.Maps)
	return nil
}

// beginning writes where the log of a map begins, unless with the first change, and
// returns after which seq that is.
func (w *writer) beginning(v store.View, m id.Map) (after uint64, err error) {
	if w.base.Name == "" {
		return 0, nil
	}
	err = v.RowsOfMap(w.ctx, w.base, m, func(values []any) error {
		after = baseOf(w.base, values).Seq
		columns, err := json.Marshal(w.base.Columns)
		if err != nil {
			return fault.Wrap(fault.Internal, "write a table", err)
		}
		b, err := AppendValues(append(columns, '\n'), values)
		if err != nil {
			return err
		}
		return w.put(baseName(m.String()), b)
	})
	return after, err
}

// blob writes a content. One that cannot be read is noted: all the others are worth
// keeping too.
func (w *writer) blob(h blob.Hash) error {
	c, err := w.src.Blobs.Open(w.ctx, h)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Internal) && w.ctx.Err() == nil {
		w.manifest.Missing = append(w.manifest.Missing, h.String())
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // only read
	w.manifest.BlobCount++
	w.manifest.BlobBytes += c.Size()
	return w.part(blobDir+h.String(), c.Size(), c)
}

// snapshot writes one that could not be made anew.
func (w *writer) snapshot(key string) error {
	o, err := w.src.Snapshots.Open(w.ctx, key)
	if fault.Is(err, fault.NotFound) {
		w.manifest.Missing = append(w.manifest.Missing, key)
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = o.Close() }() // only read
	return w.part(snapshotDir+key, o.Size(), o)
}

// files writes what lies beside the database.
func (w *writer) files() error {
	if w.src.Files == nil {
		return nil
	}
	list, err := w.src.Files()
	if err != nil {
		return err
	}
	for _, f := range list {
		b, err := readFile(f.Path)
		if err != nil {
			return err
		}
		if !safeName(f.Name) {
			return fault.New(fault.Internal, "a file with a name that no archive has")
		}
		if err := w.put(fileDir+f.Name, b); err != nil {
			return err
		}
	}
	return nil
}

// readFile reads a file of bounded size.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "read a file of the data directory", err)
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "read a file of the data directory", err)
	}
	if len(b) > maxFile {
		return nil, fault.New(fault.Limit, "a file of the data directory is too large")
	}
	return b, nil
}
