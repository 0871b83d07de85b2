// Package sqlite is the store on one machine: SQLite in WAL mode with
// synchronous=FULL, one writing connection and a pool that can only read. It
// brings the driver, the migrations and the engine's own checks; the SQL is
// sqlstore's. It never opens a database it could harm: too old a library, a
// newer schema or a weaker setting is refused. Safe for concurrent use.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"plectica/internal/fault"
	"plectica/internal/store/sqlstore"
)

const (
	// readers is how many connections read at once.
	readers = 4
	// busyMillis is how long a connection waits for another process, in ms.
	busyMillis = 5000
	// writeCacheKiB and readCacheKiB bound each connection's page cache, in KiB. The
	// writer goes back to three pages of each map that is being edited.
	writeCacheKiB = 16384
	readCacheKiB  = 4096
	// foldAfter is how many pages the write-ahead log has before it is folded into
	// the file: 16 MiB. Pages that many commits touch are then written once.
	foldAfter = 4096
	// syncFull is what PRAGMA synchronous answers for FULL.
	syncFull = 2
)

// Open opens or creates the database in a file, migrates it forward and checks
// that what is acknowledged will be on disk.
func Open(ctx context.Context, file string) (*sqlstore.Store, error) {
	if err := private(file); err != nil {
		return nil, err
	}
	w, err := sql.Open("sqlite", dsn(file, writeCacheKiB, "_txlock=immediate", "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)",
		"_pragma=secure_delete(FAST)", // what is deleted is overwritten in its page: keys that are to be forgotten
		"_pragma=wal_autocheckpoint("+strconv.Itoa(foldAfter)+")"))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "open the database", err)
	}
	w.SetMaxOpenConns(1)
	if err := prepare(ctx, w); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	r, err := sql.Open("sqlite", dsn(file, readCacheKiB, "mode=ro", "_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Internal, "open the database for reading", err), w.Close())
	}
	r.SetMaxOpenConns(readers)
	r.SetMaxIdleConns(readers)
	s, err := sqlstore.New(ctx, sqlstore.Config{
		Write:   w,
		Read:    r,
		Dialect: dialect(),
	})
	if err != nil {
		return nil, errors.Join(err, r.Close(), w.Close())
	}
	return s, nil
}

// On is a store on a database that is open already, of this schema, for whoever looks at one
// as somebody else left it.
func On(ctx context.Context, db *sql.DB) (*sqlstore.Store, error) {
	return sqlstore.New(ctx, sqlstore.Config{Write: db, Read: db, Dialect: dialect()})
}

// private makes sure that only the server's user can read the file.
func private(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fault.Wrap(fault.Internal, "open the database file", err)
	}
	if err := f.Close(); err != nil {
		return fault.Wrap(fault.Internal, "open the database file", err)
	}
	return nil
}

func dsn(file string, cacheKiB int, more ...string) string {
	args := append([]string{
		"_pragma=busy_timeout(" + strconv.Itoa(busyMillis) + ")",
		"_pragma=foreign_keys(1)",
		"_pragma=cache_size(-" + strconv.Itoa(cacheKiB) + ")",
	}, more...)
	u := url.URL{Scheme: "file", OmitHost: true, Path: file}
	return u.String() + "?" + strings.Join(args, "&")
}

// prepare refuses a library or a file that could lose acknowledged edits.
func prepare(ctx context.Context, w *sql.DB) error {
	var version, journal string
	if err := w.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&version); err != nil {
		return fault.Wrap(fault.Internal, "open the database", err)
	}
	if err := checkVersion(version); err != nil {
		return err
	}
	if err := w.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&journal); err != nil {
		return fault.Wrap(fault.Internal, "read the journal mode", err)
	}
	var sync int
	if err := w.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&sync); err != nil {
		return fault.Wrap(fault.Internal, "read the synchronous setting", err)
	}
	if journal != "wal" || sync != syncFull {
		return fault.New(fault.Internal, fmt.Sprintf("the database runs with journal_mode=%s and synchronous=%d instead of wal and %d; "+
			"is its file system a local one?", journal, sync, syncFull))
	}
	return sqlstore.Migrate(ctx, w, dialect(), known(), sqlstore.Alone)
}

// checkVersion refuses libraries with the WAL-reset corruption.
func checkVersion(v string) error {
	var a, b, c int
	if _, err := fmt.Sscanf(v, "%d.%d.%d", &a, &b, &c); err != nil {
		return fault.Wrap(fault.Internal, "read SQLite's version "+strconv.Quote(v), err)
	}
	if a*1_000_000+b*1000+c < 3_051_003 {
		return fault.New(fault.Internal, "SQLite "+v+" can corrupt a database in WAL mode; 3.51.3 or later is needed")
	}
	return nil
}

// insertRows is sqlstore.Dialect's. With FAIL the engine needs no copy of the pages
// to take the statement back, as it would for several rows otherwise; and the
// driver looks for named parameters one by one, those without a name it counts.
func insertRows(rows int) string {
	const head, row = `INSERT OR FAIL INTO op (map_id, seq, op_id, actor, ts, data) VALUES `, `(?, ?, ?, ?, ?, ?)`
	return head + strings.Repeat(row+", ", rows-1) + row
}

// isUnique reports whether a unique key exists already.
func isUnique(err error) bool {
	e, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return false
	}
	return e.Code() == lib.SQLITE_CONSTRAINT_UNIQUE || e.Code() == lib.SQLITE_CONSTRAINT_PRIMARYKEY
}

// check runs SQLite's own integrity check.
func check(ctx context.Context, r *sql.DB) error {
	var first string
	if err := r.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&first); err != nil {
		return fault.Wrap(fault.Internal, "check the database", err)
	}
	if first != "ok" {
		return fault.New(fault.Internal, "the database is damaged: "+first)
	}
	return nil
}
