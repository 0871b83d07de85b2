package archive

import (
	"context"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/store"
)

// Target is what an archive is restored to.
type Target struct {
	// Begin is told what comes. It makes the store that is filled, or goes on with one.
	Begin func(ctx context.Context, h Head) (store.Filler, error)
	Blobs blob.Store
	// Snapshots take those that cannot be made anew.
	Snapshots blob.Bucket
	// WriteFile writes a file beside the database; one that is there is replaced.
	WriteFile func(name string, b []byte) error
}

// Restore puts an archive into an empty target, or goes on where it was interrupted. It
// returns what the archive says is in it; whether that is what came is for the target to
// be asked. The error is the archive's damage, too, if there is any.
func Restore(ctx context.Context, from io.Reader, keys []age.Identity, to Target, share float64) (m *Manifest, err error) {
	finds := &Findings{}
	f := &filling{ctx: ctx, to: to}
	m, err = read(ctx, from, keys, f, finds, NewPace(share))
	if err == nil {
		err = finds.Err()
	}
	if f.store == nil {
		return m, err
	}
	if err == nil {
		err = f.store.Finish(ctx)
	}
	if cerr := f.store.Close(); err == nil && cerr != nil {
		err = fault.Wrap(fault.Internal, "close the store", cerr)
	}
	return m, err
}

// filling is a sink that fills a target.
type filling struct {
	ctx   context.Context //nolint:containedctx // it lives as long as one call
	to    Target
	store store.Filler
}

func (f *filling) head(h Head) error {
	st, err := f.to.Begin(f.ctx, h)
	if err == nil {
		f.store = st
	}
	return err
}

func (f *filling) end(*Manifest) error { return nil }

func (f *filling) part(e entry, p Part, r io.Reader) error {
	switch e.kind {
	case isTable:
		return f.table(e.table, p, r)
	case isBase:
		return f.table(baseTable, p, r)
	case isMap:
		return f.log(e, p, r)
	case isBlob:
		return f.blob(e.hash, p, r)
	case isSnapshot:
		_, err := f.to.Snapshots.Create(f.ctx, e.key, r, blob.CreateOptions{})
		if fault.Is(err, fault.Conflict) {
			return nil // before the interruption; its name says what is in it
		}
		return err
	case isFile:
		if p.Size > maxFile {
			return fault.New(fault.Internal, p.Name+" is larger than any such file is")
		}
		b, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		return f.to.WriteFile(e.key, b)
	}
	return nil
}

// in reports whether a part was put in before an interruption.
func (f *filling) in(p Part) (bool, error) { return f.store.Filled(f.ctx, p.Name) }

func (f *filling) table(name string, p Part, r io.Reader) error {
	if in, err := f.in(p); in || err != nil {
		return err
	}
	var rows [][]any
	t := store.Table{Name: name}
	err := readTable(p, r, name, func(of store.Table, values []any) error {
		t.Columns = of.Columns
		rows = append(rows, values)
		return nil
	})
	if err != nil {
		return named(p, err)
	}
	return named(p, f.store.Fill(f.ctx, p.Name, t, rows))
}

func (f *filling) log(e entry, p Part, r io.Reader) error {
	if in, err := f.in(p); in || err != nil {
		return err
	}
	b, err := wholePart(p, r)
	if err != nil {
		return err
	}
	var rows []store.Row
	err = lines(b, func(line []byte) error {
		row, err := readOp(line)
		rows = append(rows, row)
		return err
	})
	if err != nil {
		return named(p, err)
	}
	return named(p, f.store.FillLog(f.ctx, p.Name, e.of, rows))
}

// blob puts a content in. What is there already is left, unless it is damaged.
func (f *filling) blob(h blob.Hash, p Part, r io.Reader) error {
	got, _, err := f.to.Blobs.Put(f.ctx, r, p.Size)
	if err != nil {
		return named(p, err)
	}
	if got != h {
		return fault.New(fault.Internal, fmt.Sprintf("content %v is another than its name says", h))
	}
	return nil
}

// named says which part an error is about. What an archive holds that a store does not
// take is damage.
func named(p Part, err error) error {
	if err == nil {
		return nil
	}
	k := fault.KindOf(err)
	if k == fault.Invalid {
		k = fault.Internal
	}
	return fault.Wrap(k, "restore "+strings.TrimSuffix(p.Name, partSuffix), err)
}
