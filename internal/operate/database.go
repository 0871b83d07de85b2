package operate

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/fault"
	"plectica/internal/store"
	"plectica/internal/store/postgres"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

// Database is where an installation's rows are, whichever engine keeps them.
type Database interface {
	// Open opens it, brings its schema forward and checks that it can be relied on.
	Open(ctx context.Context) (*sqlstore.Store, error)
	// Schema returns the version of its tables, without changing it; 0: there are none.
	Schema(ctx context.Context) (int, error)
	// Newest is the version that Open brings it to.
	Newest() int
	// View looks at it as it is, whatever its version.
	View(ctx context.Context, look func(store.View) error) error

	// fill makes it, for an archive to be restored to, or goes on with one that it is
	// being restored to. It may be bounded in bytes; 0 is no bound.
	fill(ctx context.Context, schema int, most int64) (store.Filler, error)
	// settle makes it one that can be opened. What was filled in is forgotten last:
	// whoever is interrupted before goes on from there.
	settle(ctx context.Context) error
	// release lets servers open it.
	release(ctx context.Context) error
	// raise and replace are the engines' Raise and Replace.
	raise(ctx context.Context, step, by uint64) error
	replace(ctx context.Context, rows []store.Rows) error
}

// DatabaseOf returns the database of a configuration, without asking it for anything.
func DatabaseOf(c config.Config) (Database, error) {
	if c.Database.URL == "" {
		return inFile{c.Data}, nil
	}
	password, err := c.Database.Secret()
	if err != nil {
		return nil, err
	}
	restoring := there(filepath.Join(c.Data, datadir.Restoring))
	s := inServer{dir: c.Data, c: postgres.Config{URL: c.Database.URL, Password: password, Restoring: restoring}}
	return s, s.c.Check()
}

// existing returns the database of a configuration whose data directory a server has used
// before.
func existing(c config.Config) (Database, error) {
	if _, err := datadir.Existing(c.Data); err != nil {
		return nil, err
	}
	return DatabaseOf(c)
}

// inFile is a database in a data directory.
type inFile struct{ dir string }

func (f inFile) path() string { return filepath.Join(f.dir, datadir.Database) }

// Open implements Database.
func (f inFile) Open(ctx context.Context) (*sqlstore.Store, error) {
	if there(filepath.Join(f.dir, datadir.Elsewhere)) {
		return nil, fault.New(fault.Conflict, "the data of "+f.dir+" is in a PostgreSQL database: say which as [database] url")
	}
	return sqlite.Open(ctx, f.path())
}

// Schema implements Database.
func (f inFile) Schema(ctx context.Context) (int, error) { return sqlite.SchemaOf(ctx, f.path()) }

// Newest implements Database.
func (inFile) Newest() int { return sqlite.Schema() }

// View implements Database.
func (f inFile) View(ctx context.Context, look func(store.View) error) error {
	return sqlite.ViewOf(ctx, f.path(), look)
}

// restoringDB is a file while it is filled: no server takes it for a database.
const restoringDB = "restoring.db"

func (f inFile) restoring() string { return filepath.Join(f.dir, restoringDB) }

func (f inFile) fill(ctx context.Context, schema int, most int64) (store.Filler, error) {
	return sqlite.Fill(ctx, f.restoring(), schema, most)
}

func (f inFile) settle(ctx context.Context) error {
	if !there(f.path()) {
		if err := sqlite.Gather(ctx, f.restoring()); err != nil {
			return err
		}
		if err := os.Rename(f.restoring(), f.path()); err != nil {
			return fault.Wrap(fault.Internal, "name the restored database", err)
		}
	}
	return sqlite.Settle(ctx, f.path())
}

// release does nothing: the directory is looked at.
func (inFile) release(context.Context) error { return nil }

func (f inFile) raise(ctx context.Context, step, by uint64) error {
	return sqlite.Raise(ctx, f.path(), step, by)
}

func (f inFile) replace(ctx context.Context, rows []store.Rows) error {
	return sqlite.Replace(ctx, f.path(), rows)
}

// inServer is a database of PostgreSQL, of the installation whose other data is in a
// directory.
type inServer struct {
	dir string
	c   postgres.Config
}

const (
	// ownerBytes is how many random bytes tell one installation from another.
	ownerBytes = 16
	// unused stands after an owner whose database has not been opened yet.
	unused = "new"
	// maxMark bounds what is read of a mark, in bytes.
	maxMark = 200
)

func (s inServer) mark() string { return filepath.Join(s.dir, datadir.Elsewhere) }

// owned returns the database as this directory's own. A directory that has none yet is
// given a name that the database is to have as well.
func (s inServer) owned() (postgres.Config, error) {
	c := s.c
	if there(filepath.Join(s.dir, datadir.Database)) {
		return c, fault.New(fault.Conflict, "the data directory "+s.dir+" holds a database of its own: make a backup without [database] url, and restore it to an empty directory with it")
	}
	if !there(s.mark()) {
		var b [ownerBytes]byte
		_, _ = rand.Read(b[:]) // it never fails
		c.Owner, c.Fresh = hex.EncodeToString(b[:]), true
		return c, s.write(c.Owner + " " + unused)
	}
	f, err := os.Open(s.mark())
	if err != nil {
		return c, fault.Wrap(fault.Internal, "read whose the database is", err)
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, maxMark))
	if err != nil {
		return c, fault.Wrap(fault.Internal, "read whose the database is", err)
	}
	owner, rest, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if raw, err := hex.DecodeString(owner); err != nil || len(raw) != ownerBytes || rest != "" && rest != unused {
		return c, fault.New(fault.Internal, "the file "+s.mark()+" is damaged")
	}
	c.Owner, c.Fresh = owner, rest == unused
	return c, nil
}

func (s inServer) write(mark string) error {
	return datadir.WriteFile(s.mark(), []byte(mark+"\n"), 0o600)
}

// Open implements Database.
func (s inServer) Open(ctx context.Context) (*sqlstore.Store, error) {
	c, err := s.owned()
	if err != nil {
		return nil, err
	}
	st, err := postgres.Open(ctx, c)
	if err != nil || !c.Fresh {
		return st, err
	}
	if err := s.write(c.Owner); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// Schema implements Database.
func (s inServer) Schema(ctx context.Context) (n int, err error) {
	if !there(s.mark()) {
		return 0, nil
	}
	c, err := s.owned()
	if err != nil {
		return 0, err
	}
	return postgres.SchemaOf(ctx, c)
}

// Newest implements Database.
func (inServer) Newest() int { return postgres.Schema() }

// View implements Database.
func (s inServer) View(ctx context.Context, look func(store.View) error) error {
	return s.with(func(c postgres.Config) error { return postgres.ViewOf(ctx, c, look) })
}

func (s inServer) with(fn func(c postgres.Config) error) error {
	c, err := s.owned()
	if err != nil {
		return err
	}
	return fn(c)
}

func (s inServer) fill(ctx context.Context, schema int, _ int64) (store.Filler, error) {
	c, err := s.owned()
	if err != nil {
		return nil, err
	}
	return postgres.Fill(ctx, c, schema)
}

func (s inServer) settle(ctx context.Context) error {
	return s.with(func(c postgres.Config) error { return postgres.Settle(ctx, c) })
}

func (s inServer) release(ctx context.Context) error {
	return s.with(func(c postgres.Config) error { return postgres.Release(ctx, c) })
}

func (s inServer) raise(ctx context.Context, step, by uint64) error {
	return s.with(func(c postgres.Config) error { return postgres.Raise(ctx, c, step, by) })
}

func (s inServer) replace(ctx context.Context, rows []store.Rows) error {
	return s.with(func(c postgres.Config) error { return postgres.Replace(ctx, c, rows) })
}

// there reports whether a file exists; what cannot be told counts as there.
func there(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
