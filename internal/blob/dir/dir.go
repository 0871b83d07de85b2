// Package dir keeps contents and objects as files of a directory: contents under two
// hexadecimal digits, then the hash; objects under their keys. A content is written beside its place, synced, and renamed: after a crash
// it is whole or absent. It keeps nothing in memory and starts no goroutine. A store belongs
// to the one process that holds the data directory's lock; a bucket may have several.
package dir

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"plectica/internal/blob"
	"plectica/internal/datadir"
	"plectica/internal/fault"
)

const (
	// shardDigits is how much of a hash names its folder.
	shardDigits = 2
	// newPrefix starts the names of files that are being written.
	newPrefix = ".new-"
	// readPart is how much is read between two looks at the context.
	readPart = 256 << 10
	// mostNames bounds how many names of one folder are listed at once: four billion
	// contents would fill each.
	mostNames = 1 << 24
)

// Store is a blob.Store in a directory.
type Store struct{ path string }

var _ blob.Store = (*Store)(nil)

// Open makes the directory if need be.
func Open(path string) (*Store, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fault.Wrap(fault.Internal, "make the directory of files", err)
	}
	return &Store{path: path}, nil
}

// Clean takes away what a crash left half written. Only the process that writes here
// may do so, before it writes.
func (s *Store) Clean() error {
	left, err := unfinished(s.path)
	if err != nil {
		return fault.Wrap(fault.Internal, "list the directory of files", err)
	}
	for _, name := range left {
		if err := os.Remove(name); err != nil {
			return fault.Wrap(fault.Internal, "clean the directory of files", err)
		}
	}
	return nil
}

// unfinished are the paths of files that are being written, or were when a crash came.
func unfinished(path string) (names []string, err error) {
	list, err := os.ReadDir(path)
	for _, e := range list {
		if strings.HasPrefix(e.Name(), newPrefix) {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	return names, err
}

func (s *Store) shard(name string) string { return filepath.Join(s.path, name[:shardDigits]) }

func (s *Store) file(h blob.Hash) string {
	name := h.String()
	return filepath.Join(s.shard(name), name)
}

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, r io.Reader, most int64) (blob.Hash, int64, error) {
	f, err := os.CreateTemp(s.path, newPrefix+"*")
	if err != nil {
		return blob.Hash{}, 0, fault.Wrap(fault.Internal, "write a file", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	in := blob.NewSource(ctx, io.LimitReader(r, most+1))
	sum := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(f, sum), in, make([]byte, readPart))
	if err == nil && n <= most {
		err = f.Sync()
	}
	closed := f.Close()
	switch {
	case in.Err() != nil:
		return blob.Hash{}, 0, in.Err()
	case err != nil || closed != nil:
		return blob.Hash{}, 0, fault.Wrap(fault.Internal, "write a file", errors.Join(err, closed))
	case n > most:
		return blob.Hash{}, 0, fault.New(fault.Limit, "the content is too large")
	}
	h := blob.Hash(sum.Sum(nil))
	if s.sound(ctx, h) {
		return h, n, nil
	}
	return h, n, s.settle(f.Name(), h)
}

// settle gives a written file its name, durably.
func (s *Store) settle(from string, h blob.Hash) error {
	shard := s.shard(h.String())
	err := os.Mkdir(shard, 0o700)
	if err == nil {
		err = datadir.SyncDir(s.path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fault.Wrap(fault.Internal, "make a folder of files", err)
	}
	if err := os.Rename(from, s.file(h)); err != nil {
		return fault.Wrap(fault.Internal, "name a file", err)
	}
	if err := datadir.SyncDir(shard); err != nil {
		return fault.Wrap(fault.Internal, "sync a folder of files", err)
	}
	return nil
}

// sound reports whether a content is here and whole.
func (s *Store) sound(ctx context.Context, h blob.Hash) bool {
	c, err := s.Open(ctx, h)
	if err != nil {
		return false
	}
	return c.Close() == nil
}

// Open implements blob.Store.
func (s *Store) Open(ctx context.Context, h blob.Hash) (blob.Content, error) {
	f, err := os.Open(s.file(h))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "there is no such file")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "open a file", err)
	}
	sum := sha256.New()
	n, err := io.CopyBuffer(sum, blob.NewSource(ctx, f), make([]byte, readPart))
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = f.Close() // only read
		return nil, fault.Wrap(fault.Internal, "read a file", err)
	}
	if blob.Hash(sum.Sum(nil)) != h {
		_ = f.Close() // only read
		return nil, blob.Damaged(h)
	}
	return &content{File: f, size: n}, nil
}

// content is an open file that was found whole.
type content struct {
	*os.File
	size int64
}

// Size implements blob.Content.
func (c *content) Size() int64 { return c.size }

// Delete implements blob.Store.
func (s *Store) Delete(_ context.Context, h blob.Hash) error {
	err := os.Remove(s.file(h))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Internal, "delete a file", err)
	}
	return nil
}

// List implements blob.Store. What is not named as a content is not one.
func (s *Store) List(ctx context.Context, after blob.Hash, limit int) ([]blob.Entry, error) {
	var out []blob.Entry
	for n := int(after[0]); n < 1<<8 && len(out) < limit; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		shard := blob.Hash{byte(n)}.String()[:shardDigits]
		list, err := os.ReadDir(filepath.Join(s.path, shard)) // sorted by name
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "list a folder of files", err)
		}
		for _, e := range list[:min(len(list), mostNames)] {
			h, err := blob.Parse(e.Name())
			if err != nil || !strings.HasPrefix(e.Name(), shard) || e.Name() <= after.String() || len(out) == limit {
				continue
			}
			info, err := e.Info()
			if err != nil {
				continue // deleted meanwhile
			}
			out = append(out, blob.Entry{Hash: h, At: info.ModTime().UnixMilli()})
		}
	}
	return out, nil
}
