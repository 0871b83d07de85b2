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
	// Viewing is how a transaction begins that sees one moment alone.
	Viewing *sql.TxOptions
	// Tables lists the tables with their columns, by name.
	Tables func(ctx context.Context, tx *sql.Tx) ([]store.Table, error)
	// Whole says what refers to something that is not there, in a transaction.
	Whole func(ctx context.Context, tx *sql.Tx) error
	// Check asks the engine whether its files are sound.
	Check func(ctx context.Context, read *sql.DB) error
	// Remote is for an engine in a process of its own; nil: it is in this one, and there
	// is one writer.
	Remote *Remote
}

// Remote is what an engine needs besides that others write to as well, over a network.
type Remote struct {
	// Alone is the statement by which a transaction excludes all others that begin with
	// it, until it ends, and by which its commit proves all that it read, even when it
	// writes nothing else. Appends do without: they touch their maps' records and logs alone.
	Alone string
	// Commit ends a connection's transaction. An error is of unknown outcome, also when the
	// engine said that it committed, and that it may be lost again.
	Commit func(c *sql.Conn, tx *sql.Tx) error
	// Advance moves the heads of maps, one batch each, and reports of which it did; Insert
	// adds rows to logs. Both are one statement.
	Advance func(ctx context.Context, tx *sql.Tx, batches []store.Batch) (done []bool, err error)
	Insert  func(ctx context.Context, tx *sql.Tx, batches []store.Batch) error
	// Loose lets rows refer to what is not there, in all transactions, until Whole.
	Loose func(ctx context.Context, tx *sql.Tx) error
	// Text makes a text one that the engine can keep.
	Text func(text string) string
	// Timeout bounds a transaction: nothing else would, on a connection that hangs.
	Timeout time.Duration
}

// Config is what a Store is made of.
type Config struct {
	Write   *sql.DB // every transaction here excludes the others
	Read    *sql.DB
	Dialect Dialect
}

// Store is store.Store on a database that has the schema already.
type Store struct {
	w, r  *sql.DB
	d     Dialect
	log   logStatements
	audit auditStatements
	known knownHead
	turn  chan struct{} // capacity 1: whose turn it is to exclude others
}

var _ store.Store = (*Store)(nil)

// prepareTimeout bounds how long preparing statements may take.
const prepareTimeout = 10 * time.Second

// New prepares the statements of the log.
func New(ctx context.Context, c Config) (*Store, error) {
	s := &Store{w: c.Write, r: c.Read, d: c.Dialect, turn: make(chan struct{}, 1)}
	ctx, cancel := context.WithTimeout(ctx, prepareTimeout)
	defer cancel()
	if err := s.log.prepare(ctx, c.Write, c.Dialect.InsertRows); err != nil {
		return nil, fault.Wrap(fault.Internal, "prepare statements", err)
	}
	if err := s.audit.prepare(ctx, c.Write, c.Dialect); err != nil {
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

// write runs fn in one writing transaction, which excludes the others, and notes what the
// context has pending. An error of fn undoes it.
func (s *Store) write(ctx context.Context, what string, fn func(tx *sql.Tx) error) error {
	// It may have to read: not from within the transaction.
	pending, done, err := store.TakePending(ctx)
	if err != nil {
		return err
	}
	written := false
	defer func() { done(written) }() // also when fn panics, or the next would wait for it
	err = s.alone(ctx, what, func(ctx context.Context, tx *sql.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return s.note(ctx, tx, pending)
	})
	written = err == nil
	return err
}

// alone runs fn in one writing transaction, which excludes the others.
func (s *Store) alone(ctx context.Context, what string, fn func(ctx context.Context, tx *sql.Tx) error) error {
	r := s.d.Remote
	if r == nil {
		return s.transact(ctx, what, fn)
	}
	// One waits for other processes, on one connection: appends need the rest.
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return fault.Wrap(fault.Busy, what+": others write", ctx.Err())
	}
	return s.transact(ctx, what, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, r.Alone); err != nil {
			return err
		}
		return fn(ctx, tx)
	})
}

// transact runs fn in one writing transaction. An error of fn undoes it.
func (s *Store) transact(ctx context.Context, what string, fn func(ctx context.Context, tx *sql.Tx) error) error {
	if r := s.d.Remote; r != nil {
		limited, cancel := context.WithTimeout(ctx, r.Timeout)
		defer cancel()
		ctx = limited
	}
	err := inTx(ctx, s.w, s.d, what, fn)
	s.known.ended(err == nil)
	return err
}

// inTx runs fn in one transaction of a database. An error of fn undoes it.
func inTx(ctx context.Context, db *sql.DB, d Dialect, what string, fn func(ctx context.Context, tx *sql.Tx) error) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return broken(what, err)
	}
	defer func() { _ = c.Close() }() // it goes back to the pool
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return broken(what, err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if err = fn(ctx, tx); err == nil {
		err = d.commit(c, tx)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	if err != nil {
		return broken(what, err)
	}
	return nil
}

func (d Dialect) commit(c *sql.Conn, tx *sql.Tx) error {
	if d.Remote != nil {
		return d.Remote.Commit(c, tx)
	}
	return tx.Commit()
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
