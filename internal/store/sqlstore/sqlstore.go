// Package sqlstore is the store's contracts as one SQL text over database/sql.
// What differs between engines is in a Dialect; the drivers and the migrations
// are the engines' packages'. It never retries: a failed write has an unknown
// outcome and its caller acquires again. Safe for concurrent use.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Dialect is what the engines do not have in common.
type Dialect struct {
	// InsertRows returns the statement that adds so many rows to the log: six
	// parameters each, map, seq, op, actor, time, data. A key that exists fails it,
	// and what it wrote until then may stay.
	InsertRows func(rows int) string
	// IsUnique reports whether err says that a unique key exists already.
	IsUnique func(err error) bool
	// Place is how the text of a statement names its parameter n, from 1.
	Place func(n int) string
	// Viewing is how a transaction begins that sees one moment alone.
	Viewing *sql.TxOptions
	// Tables lists the tables with their columns, by name.
	Tables func(ctx context.Context, tx *sql.Tx) ([]store.Table, error)
	// Whole says what refers to something that is not there.
	Whole func(ctx context.Context, db *sql.DB) error
	// Check asks the engine whether its files are sound.
	Check func(ctx context.Context, read *sql.DB) error
}

// Config is what a Store is made of.
type Config struct {
	Write   *sql.DB // every transaction here excludes the others
	Read    *sql.DB
	Dialect Dialect
}

// Store is store.Store on a database that has the schema already.
type Store struct {
	w, r *sql.DB
	d    Dialect
	log  logStatements
}

var _ store.Store = (*Store)(nil)

// prepareTimeout bounds how long preparing statements may take.
const prepareTimeout = 10 * time.Second

// New prepares the statements of the log.
func New(ctx context.Context, c Config) (*Store, error) {
	s := &Store{w: c.Write, r: c.Read, d: c.Dialect}
	ctx, cancel := context.WithTimeout(ctx, prepareTimeout)
	defer cancel()
	if err := s.log.prepare(ctx, c.Write, c.Dialect.InsertRows); err != nil {
		return nil, fault.Wrap(fault.Internal, "prepare statements", err)
	}
	return s, nil
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.r.QueryRowContext(ctx, `SELECT 1`).Scan(&one); err != nil {
		return broken("ping", err)
	}
	return nil
}

// Close closes both pools; the writer last, so that it folds its log in.
func (s *Store) Close() error {
	return errors.Join(s.r.Close(), s.w.Close())
}

// Check asks the engine whether its files are sound.
func (s *Store) Check(ctx context.Context) error { return s.d.Check(ctx, s.r) }

// broken wraps what the engine said; its text is not for people.
func broken(what string, err error) error {
	return fault.Wrap(fault.Internal, what, err)
}

// write runs fn in one writing transaction. An error of fn undoes it.
func (s *Store) write(ctx context.Context, what string, fn func(tx *sql.Tx) error) error {
	tx, err := s.w.BeginTx(ctx, nil)
	if err != nil {
		return broken(what, err)
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback() // fn's error is the one that counts
		if e, ok := errors.AsType[*fault.Error](err); ok {
			return e
		}
		return broken(what, err)
	}
	if err := tx.Commit(); err != nil {
		return broken(what, err)
	}
	return nil
}

// exec runs one statement that may match nothing.
func (s *Store) exec(ctx context.Context, what, text string, args ...any) error {
	return s.write(ctx, what, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, text, args...)
		return err
	})
}

// changed turns "no row matched" into an error.
func changed(res sql.Result, err error, none *fault.Error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return none
	}
	return nil
}

// fixed is a BLOB column of a known length, checked when it is read back.
type fixed struct{ to []byte }

// Scan copies exactly as many bytes as there is room for.
func (f fixed) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(f.to) {
		return errors.New("column has the wrong length")
	}
	copy(f.to, b)
	return nil
}

func blob[T ~[id.Size]byte](v *T) fixed { return fixed{(*v)[:]} }

func hashBlob(v *store.Hash) fixed { return fixed{v[:]} }

// collect reads all rows of a query; each names the columns of one row.
func collect[T any](ctx context.Context, q querier, what, text string, args []any, each func(*T) []any) ([]T, error) {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, broken(what, err)
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	var out []T
	for rows.Next() {
		var v T
		if err := rows.Scan(each(&v)...); err != nil {
			return nil, broken(what, err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, broken(what, err)
	}
	return out, nil
}

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// one scans a single row; none is the error for no row.
func one(row *sql.Row, what string, none *fault.Error, to ...any) error {
	err := row.Scan(to...)
	if errors.Is(err, sql.ErrNoRows) {
		return none
	}
	if err != nil {
		return broken(what, err)
	}
	return nil
}
