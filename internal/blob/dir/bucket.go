package dir

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"plectica/internal/blob"
	"plectica/internal/datadir"
	"plectica/internal/fault"
)

// abandoned is for how long nobody wrote a file that Bucket.Clean takes away.
const abandoned = time.Hour

// Bucket is a blob.Bucket in a directory: each key is a file's path in it. An object is
// written beside its place, synced, and named only if nobody has the name: after a crash it
// is whole or absent. Folders stay when they are empty. Several processes may use one.
type Bucket struct{ path string }

var _ blob.Bucket = (*Bucket)(nil)

// OpenBucket makes the directory if need be.
func OpenBucket(path string) (*Bucket, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "find the directory of objects", err)
	}
	if _, err = os.Stat(path); missing(err) {
		if err = os.MkdirAll(path, 0o700); err == nil {
			err = datadir.SyncDir(filepath.Dir(path))
		}
	}
	if err != nil {
		return nil, explain("make the directory of objects", err)
	}
	return &Bucket{path: path}, nil
}

// Clean takes away what a crash left half written: what nobody wrote for an hour. Should
// somebody have gone on after all, their object is not made.
func (b *Bucket) Clean(ctx context.Context) error {
	left, err := unfinished(b.path)
	if err != nil {
		return explain("list the directory of objects", err)
	}
	for _, name := range left {
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := os.Lstat(name)
		if err != nil || time.Since(info.ModTime()) < abandoned {
			continue // gone, or being written
		}
		if err := os.Remove(name); err != nil && !missing(err) {
			return explain("clean the directory of objects", err)
		}
	}
	return nil
}

func (b *Bucket) file(key string) string { return filepath.Join(b.path, filepath.FromSlash(key)) }

// Locks implements blob.Bucket: a directory has none.
func (b *Bucket) Locks() bool { return false }

// Create implements blob.Bucket.
func (b *Bucket) Create(ctx context.Context, key string, r io.Reader, o blob.CreateOptions) (blob.Info, error) {
	if err := errors.Join(blob.CheckKey(key), o.Check(time.Now())); err != nil {
		return blob.Info{}, err
	}
	if _, err := os.Lstat(b.file(key)); err == nil {
		return blob.Info{}, taken() // before much is written
	}
	f, err := os.CreateTemp(b.path, newPrefix+"*")
	if err != nil {
		return blob.Info{}, explain("write an object", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	in := blob.NewSource(ctx, r)
	n, err := io.CopyBuffer(&steady{f: f}, in, make([]byte, readPart))
	if err == nil {
		err = f.Sync()
	}
	closed := f.Close()
	switch {
	case in.Err() != nil:
		return blob.Info{}, in.Err()
	case err != nil || closed != nil:
		return blob.Info{}, explain("write an object", errors.Join(err, closed))
	}
	if err := b.settle(f.Name(), key); err != nil {
		return blob.Info{}, err
	}
	return blob.Info{Key: key, Size: n, At: time.Now().UnixMilli()}, nil
}

// steady syncs what is written to a file little by little: a gigabyte that is synced at
// once holds up everybody else who waits for the disk.
type steady struct {
	f     *os.File
	since int
}

// syncEvery is how much is written between two syncs, in bytes.
const syncEvery = 256 << 10

// Write implements io.Writer.
func (s *steady) Write(p []byte) (int, error) {
	n, err := s.f.Write(p)
	if s.since += n; err == nil && s.since >= syncEvery {
		s.since = 0
		err = s.f.Sync()
	}
	return n, err
}

// settle gives a written file its name, durably, unless something has it.
func (b *Bucket) settle(from, key string) error {
	to := b.file(key)
	err := os.MkdirAll(filepath.Dir(to), 0o700)
	if err == nil {
		if err = renameNew(from, to); err != nil && !errors.Is(err, fs.ErrExist) {
			err = os.Link(from, to) // not every file system can rename so
		}
	}
	if errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTDIR) {
		return taken()
	}
	if err != nil {
		return explain("name an object", err)
	}
	// All folders on the way: another may have made one just now, and not synced it yet.
	for d := filepath.Dir(to); ; d = filepath.Dir(d) {
		if err := datadir.SyncDir(d); err != nil {
			return fault.Wrap(fault.Lost, "sync a folder of objects", err)
		}
		if len(d) <= len(b.path) {
			return nil
		}
	}
}

// Open implements blob.Bucket.
func (b *Bucket) Open(ctx context.Context, key string) (blob.Object, error) {
	if err := errors.Join(blob.CheckKey(key), ctx.Err()); err != nil {
		return nil, err
	}
	f, err := os.Open(b.file(key))
	if missing(err) {
		return nil, absent()
	}
	if err != nil {
		return nil, explain("open an object", err)
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() {
		return &object{f: f, size: info.Size(), left: info.Size(), ctx: ctx, in: blob.NewSource(ctx, f)}, nil
	}
	_ = f.Close() // only read
	if err != nil {
		return nil, explain("open an object", err)
	}
	return nil, absent() // a folder
}

// object is a file being read.
type object struct {
	f          *os.File
	size, left int64           // bytes
	ctx        context.Context //nolint:containedctx // it lives as long as the reading
	in         *blob.Source
}

// Size implements blob.Object.
func (o *object) Size() int64 { return o.size }

// Read implements blob.Object.
func (o *object) Read(p []byte) (int, error) {
	n, err := o.in.Read(p)
	o.left -= int64(n)
	switch {
	case o.in.Err() != nil && o.ctx.Err() == nil:
		return n, explain("read an object", err)
	case err == io.EOF && o.left != 0:
		return n, fault.New(fault.Internal, "an object has another size than it had")
	}
	return n, err
}

// Close implements blob.Object.
func (o *object) Close() error { return o.f.Close() }

// Stat implements blob.Bucket.
func (b *Bucket) Stat(ctx context.Context, key string) (blob.Info, error) {
	if err := errors.Join(blob.CheckKey(key), ctx.Err()); err != nil {
		return blob.Info{}, err
	}
	info, err := os.Lstat(b.file(key))
	switch {
	case missing(err), err == nil && !info.Mode().IsRegular(): // a folder
		return blob.Info{}, absent()
	case err != nil:
		return blob.Info{}, explain("look at an object", err)
	}
	return infoOf(key, info), nil
}

func infoOf(key string, info fs.FileInfo) blob.Info {
	return blob.Info{Key: key, Size: info.Size(), At: info.ModTime().UnixMilli()}
}

// Delete implements blob.Bucket.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if _, err := b.Stat(ctx, key); err != nil { // which also tells a folder from an object
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	}
	if err := os.Remove(b.file(key)); err != nil && !missing(err) {
		return explain("delete an object", err)
	}
	if err := datadir.SyncDir(filepath.Dir(b.file(key))); err != nil {
		return fault.Wrap(fault.Lost, "sync a folder of objects", err)
	}
	return nil
}

// List implements blob.Bucket. What is not named as an object is not one.
func (b *Bucket) List(ctx context.Context, prefix, after string, limit int) ([]blob.Info, error) {
	if err := blob.CheckList(prefix, after, limit); err != nil {
		return nil, err
	}
	l := lister{ctx: ctx, path: b.path, prefix: prefix, after: after, limit: limit}
	if err := l.folder(""); err != nil {
		return nil, err
	}
	return l.out, nil
}

// lister walks through folders in the order of keys.
type lister struct {
	ctx           context.Context //nolint:containedctx // it lives as long as one call
	path          string
	prefix, after string
	limit         int
	out           []blob.Info
}

// folder adds what lies in one folder, whose keys begin with at. How deep it goes is
// bounded by the length of keys.
func (l *lister) folder(at string) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	list, err := os.ReadDir(filepath.Join(l.path, filepath.FromSlash(at)))
	if missing(err) && at != "" {
		return nil // deleted meanwhile
	}
	if err != nil {
		return explain("list a folder of objects", err)
	}
	list = list[:min(len(list), mostNames)]
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(sortName(a), sortName(b)) })
	for _, e := range list {
		if len(l.out) == l.limit {
			return nil
		}
		key := at + e.Name()
		switch {
		case blob.CheckKey(key) != nil:
		case e.IsDir():
			err = l.within(key + "/")
		case e.Type().IsRegular() && strings.HasPrefix(key, l.prefix) && key > l.after:
			err = l.add(key, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sortName orders a folder as the keys in it.
func sortName(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}

// within goes into a folder that may hold what is wanted.
func (l *lister) within(at string) error {
	wanted := strings.HasPrefix(at, l.prefix) || strings.HasPrefix(l.prefix, at)
	if !wanted || at < l.after && !strings.HasPrefix(l.after, at) {
		return nil
	}
	return l.folder(at)
}

func (l *lister) add(key string, e fs.DirEntry) error {
	info, err := e.Info()
	if missing(err) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return explain("list a folder of objects", err)
	}
	l.out = append(l.out, infoOf(key, info))
	return nil
}

func taken() error { return fault.New(fault.Conflict, "there is such an object already") }

func absent() error { return fault.New(fault.NotFound, "there is no such object") }

// missing reports whether there is no such file, or a file where a folder would be.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// explain gives what the system says a kind.
func explain(doing string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return fault.Wrap(fault.Limit, "there is no room left for objects", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fault.Wrap(fault.Permission, "the system does not let us "+doing, err)
	}
	return fault.Wrap(fault.Internal, doing, err)
}
