package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"

	"plectica/internal/fault"
	"plectica/internal/store"
	"plectica/internal/store/sqlstore"
)

// dialect is what this engine has for itself.
func dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		InsertRows: insertRows, IsUnique: isUnique, Check: check,
		Tables: tables, Whole: whole,
	}
}

const (
	textTables  = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`
	textColumns = `SELECT name FROM pragma_table_info($1) ORDER BY cid`
	textWhole   = `SELECT COALESCE("table", ''), COALESCE(parent, '') FROM pragma_foreign_key_check LIMIT 1`
)

// tables is sqlstore.Dialect's.
func tables(ctx context.Context, tx *sql.Tx) ([]store.Table, error) {
	names, err := texts(ctx, tx, textTables)
	if err != nil {
		return nil, err
	}
	out := make([]store.Table, 0, len(names))
	for _, n := range names {
		columns, err := texts(ctx, tx, textColumns, n)
		if err != nil {
			return nil, err
		}
		out = append(out, store.Table{Name: n, Columns: columns})
	}
	return out, nil
}

// texts reads a column of text.
func texts(ctx context.Context, tx *sql.Tx, text string, args ...any) (out []string, err error) {
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// whole is sqlstore.Dialect's.
func whole(ctx context.Context, tx *sql.Tx) error {
	var from, to string
	err := tx.QueryRowContext(ctx, textWhole).Scan(&from, &to)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "look for what refers to nothing", err)
	}
	return fault.New(fault.Internal, fmt.Sprintf("a row of %s refers to one of %s that is not there", from, to))
}

// Schema is the version of the tables that this program writes.
func Schema() int { return len(known()) }

// SchemaOf returns the version of the tables in a file, without changing it; 0: there
// is none yet.
func SchemaOf(ctx context.Context, file string) (n int, err error) {
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return 0, nil
	}
	err = ViewOf(ctx, file, func(v store.View) error {
		n, err = v.Schema(ctx)
		return err
	})
	return n, err
}

// ViewOf looks at a file as it is, whatever its version, without changing it.
func ViewOf(ctx context.Context, file string, look func(store.View) error) error {
	db, err := sql.Open("sqlite", dsn(file, readCacheKiB, "mode=ro", "_pragma=query_only(1)"))
	if err != nil {
		return fault.Wrap(fault.Internal, "open the database for reading", err)
	}
	err = sqlstore.View(ctx, db, dialect(), look)
	return errors.Join(err, db.Close())
}

// Fill makes a database of a version of the schema in a file, to be filled, or goes on
// with one, of at most so many bytes; 0 is no bound. It refuses a version this program
// does not know with fault.Schema.
func Fill(ctx context.Context, file string, schema int, most int64) (*sqlstore.Filler, error) {
	all := known()
	if schema < 1 || schema > len(all) {
		return nil, fault.New(fault.Schema, fmt.Sprintf("this program knows the schema up to version %d, not %d", len(all), schema))
	}
	if err := private(file); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(file, writeCacheKiB, "_txlock=immediate", "_pragma=journal_mode(WAL)", "_pragma=synchronous(NORMAL)"))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "open the database", err)
	}
	db.SetMaxOpenConns(1)
	if err := sqlstore.Migrate(ctx, db, dialect(), all[:schema], sqlstore.Alone); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	// What refers to what is looked at in the end: parts come in an order of their own.
	if _, err := db.ExecContext(ctx, `PRAGMA foreign_keys = OFF`); err != nil {
		return nil, errors.Join(fault.Wrap(fault.Internal, "open the database", err), db.Close())
	}
	if most > 0 {
		if _, err := db.ExecContext(ctx, `PRAGMA max_page_count = `+strconv.FormatInt(most/pageBytes, 10)); err != nil {
			return nil, errors.Join(fault.Wrap(fault.Internal, "bound the database", err), db.Close())
		}
	}
	f, err := sqlstore.NewFiller(ctx, db, dialect())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return f, nil
}

// pageBytes is the size of a database's page, in bytes.
const pageBytes = 4096

// Raise sets the epoch of every map to the first multiple of a step after the highest
// there is, and so many steps less one further.
func Raise(ctx context.Context, file string, step, by uint64) error {
	db, err := sql.Open("sqlite", dsn(file, writeCacheKiB, "_txlock=immediate", "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)"))
	if err == nil {
		err = errors.Join(sqlstore.Raise(ctx, db, dialect(), step, by), db.Close())
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "raise the epochs", err)
	}
	return nil
}

// Gather puts all that was filled in into the one file, which may then be named otherwise.
func Gather(ctx context.Context, file string) error {
	return settle(ctx, file, func(*sql.DB) error { return nil })
}

// Settle ends the filling of a file: what it kept for going on after an interruption goes.
func Settle(ctx context.Context, file string) error {
	return settle(ctx, file, func(db *sql.DB) error { return sqlstore.Unmark(ctx, db, dialect()) })
}

func settle(ctx context.Context, file string, first func(db *sql.DB) error) error {
	db, err := sql.Open("sqlite", dsn(file, writeCacheKiB, "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)"))
	if err != nil {
		return fault.Wrap(fault.Internal, "open the database", err)
	}
	db.SetMaxOpenConns(1)
	err = first(db)
	if err == nil {
		_, err = db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return fault.Wrap(fault.Internal, "settle the database", err)
	}
	return nil
}

// Replace puts rows in the place of all that tables hold, all or nothing. It returns
// fault.Invalid for a table or column that there is not.
func Replace(ctx context.Context, file string, rows []store.Rows) error {
	db, err := sql.Open("sqlite", dsn(file, writeCacheKiB, "_txlock=immediate", "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)"))
	if err != nil {
		return fault.Wrap(fault.Internal, "open the database", err)
	}
	db.SetMaxOpenConns(1)
	// What refers to what is looked at in the end: parts come in an order of their own.
	_, err = db.ExecContext(ctx, `PRAGMA foreign_keys = OFF`)
	if err == nil {
		err = sqlstore.Replace(ctx, db, dialect(), rows)
	}
	return errors.Join(err, db.Close())
}
