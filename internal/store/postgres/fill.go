package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"plectica/internal/fault"
	"plectica/internal/store"
	"plectica/internal/store/sqlstore"
)

const (
	textAnalyze = `ANALYZE`
	textFilling = `SELECT pg_advisory_lock(1886217060, hashtext(current_schema()))`
)

// Schema is the version of the tables that this program writes.
func Schema() int { k := known(); return k[len(k)-1].Version }

// with runs fn with a connection of its own.
func (c Config) with(fn func(db *sql.DB) error) error {
	db, err := c.pool(1, forLong)
	if err != nil {
		return err
	}
	return errors.Join(fn(db), db.Close())
}

// SchemaOf returns the version of the tables in a database, without changing it; 0: there
// is none yet.
func SchemaOf(ctx context.Context, c Config) (n int, err error) {
	err = c.with(func(db *sql.DB) error {
		s, err := c.lookAt(ctx, db)
		if err != nil || !s.schema {
			return err
		}
		return sqlstore.View(ctx, db, dialect(), func(v store.View) (err error) {
			n, err = v.Schema(ctx)
			return err
		})
	})
	return n, err
}

// lookAt is look in a transaction of its own.
func (c Config) lookAt(ctx context.Context, db *sql.DB) (state, error) {
	tx, err := db.BeginTx(ctx, dialect().Viewing)
	if err != nil {
		return state{}, unreachable(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return c.look(ctx, tx)
}

// withOurs is with for a database that is ours.
func (c Config) withOurs(ctx context.Context, fn func(db *sql.DB) error) error {
	return c.with(func(db *sql.DB) error {
		if _, err := c.lookAt(ctx, db); err != nil {
			return err
		}
		return fn(db)
	})
}

// ViewOf looks at a database as it is, whatever its version, without changing it.
func ViewOf(ctx context.Context, c Config, look func(store.View) error) error {
	return c.withOurs(ctx, func(db *sql.DB) error { return sqlstore.View(ctx, db, dialect(), look) })
}

// Fill makes the tables of a version of the schema in an empty database, to be filled, or
// goes on with what its owner began there. It refuses a version this program does not know
// with fault.Schema, and a database that holds anything else with fault.Conflict.
func Fill(ctx context.Context, c Config, schema int) (*Filler, error) {
	all := known()
	first := all[0].Version
	if schema < first || schema > Schema() {
		return nil, fault.New(fault.Schema, fmt.Sprintf("this program can restore the schema from version %d up to %d to PostgreSQL, not %d; "+
			"restore an older archive to a data directory, start there once, and make a new one", first, Schema(), schema))
	}
	db, err := c.pool(writers, forLong)
	if err != nil {
		return nil, err
	}
	lock, err := alone(ctx, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	f, err := c.fill(ctx, db, all[:schema-first+1])
	if err != nil {
		return nil, errors.Join(err, lock.Close(), db.Close())
	}
	return &Filler{f, lock}, nil
}

// Filler is a store.Filler that keeps others from filling the same database.
type Filler struct {
	*sqlstore.Filler
	lock *sql.Conn
}

// Close implements store.Filler.
func (f *Filler) Close() error { return errors.Join(f.lock.Close(), f.Filler.Close()) }

// alone waits until nobody else fills a database: whoever did and was killed may have left
// a transaction that is about to end. The connection holds the lock until it is closed.
func alone(ctx context.Context, db *sql.DB) (*sql.Conn, error) {
	lock, err := db.Conn(ctx)
	if err != nil {
		return nil, unreachable(err)
	}
	if _, err := lock.ExecContext(ctx, textFilling); err != nil {
		_ = lock.Close() // the first error counts
		return nil, fault.Wrap(fault.Conflict, "another restore to this database is running", err)
	}
	return lock, nil
}

// fill makes the tables, all of them or none, and with them the mark that they are being
// filled.
func (c Config) fill(ctx context.Context, db *sql.DB, all []sqlstore.Migration) (*sqlstore.Filler, error) {
	err := sqlstore.Migrate(ctx, db, dialect(), all, func(tx *sql.Tx, do func() error) error {
		s, err := c.look(ctx, tx)
		if err != nil || s.filling {
			return err
		}
		if s.schema {
			return fault.New(fault.Conflict, "the database is not empty; restore to an empty one")
		}
		if err := sqlstore.Mark(ctx, tx); err != nil {
			return err
		}
		if err := do(); err != nil {
			return err
		}
		return c.own(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	return sqlstore.NewFiller(ctx, db, dialect())
}

// Settle ends the filling of a database: the server learns what there is.
func Settle(ctx context.Context, c Config) error {
	return c.withOurs(ctx, func(db *sql.DB) error {
		if _, err := db.ExecContext(ctx, textAnalyze); err != nil {
			return fault.Wrap(fault.Internal, "settle the database", err)
		}
		return nil
	})
}

// Release lets servers open a database that was filled.
func Release(ctx context.Context, c Config) error {
	return c.withOurs(ctx, func(db *sql.DB) error { return sqlstore.Unmark(ctx, db, dialect()) })
}

// Raise sets the epoch of every map to the first multiple of a step after the highest
// there is, and so many steps less one further.
func Raise(ctx context.Context, c Config, step, by uint64) error {
	return c.withOurs(ctx, func(db *sql.DB) error { return sqlstore.Raise(ctx, db, dialect(), step, by) })
}

// Replace puts rows in the place of all that tables hold, all or nothing. It returns
// fault.Invalid for a table or column that there is not.
func Replace(ctx context.Context, c Config, rows []store.Rows) error {
	return c.withOurs(ctx, func(db *sql.DB) error { return sqlstore.Replace(ctx, db, dialect(), rows) })
}
