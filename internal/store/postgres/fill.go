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
	textHas     = `SELECT to_regclass($1) IS NOT NULL`
	textAny     = `SELECT COUNT(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`
	textAnalyze = `ANALYZE`
	textFilling = `SELECT pg_advisory_lock(1886217060, hashtext(current_schema()))`
)

// Schema is the version of the tables that this program writes.
func Schema() int { k := known(); return k[len(k)-1].Version }

// with runs fn on a connection of its own.
func (c Config) with(fn func(db *sql.DB) error) error {
	db, err := c.pool(1, 0)
	if err != nil {
		return err
	}
	return errors.Join(fn(db), db.Close())
}

// SchemaOf returns the version of the tables in a database, without changing it; 0: there
// is none yet.
func SchemaOf(ctx context.Context, c Config) (n int, err error) {
	err = c.with(func(db *sql.DB) error {
		var has bool
		if err := db.QueryRowContext(ctx, textHas, "schema").Scan(&has); err != nil {
			return unreachable(err)
		}
		if !has {
			return nil
		}
		return sqlstore.View(ctx, db, dialect(), func(v store.View) (err error) {
			n, err = v.Schema(ctx)
			return err
		})
	})
	return n, err
}

// ViewOf looks at a database as it is, whatever its version, without changing it.
func ViewOf(ctx context.Context, c Config, look func(store.View) error) error {
	return c.with(func(db *sql.DB) error { return sqlstore.View(ctx, db, dialect(), look) })
}

// beingFilled reports whether a restore to a database was begun and not ended.
func beingFilled(ctx context.Context, db *sql.DB) (filling bool, err error) {
	tx, err := db.BeginTx(ctx, dialect().Viewing)
	if err != nil {
		return false, unreachable(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	if filling, err = sqlstore.Filling(ctx, tx, dialect()); err != nil {
		return false, unreachable(err)
	}
	return filling, nil
}

// Fill makes the tables of a version of the schema in an empty database, to be filled; if
// going is set, it goes on with what was begun there. It refuses a version this program
// does not know with fault.Schema, and a database that holds anything else with
// fault.Conflict.
func Fill(ctx context.Context, c Config, schema int, going bool) (*Filler, error) {
	all := known()
	first := all[0].Version
	if schema < first || schema > Schema() {
		return nil, fault.New(fault.Schema, fmt.Sprintf("this program can restore the schema from version %d up to %d to PostgreSQL, not %d; "+
			"restore an older archive to a data directory, start there once, and make a new one", first, Schema(), schema))
	}
	db, err := c.pool(writers, 0)
	if err != nil {
		return nil, err
	}
	lock, err := alone(ctx, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	f, err := fill(ctx, db, all[:schema-first+1], going)
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
	limited, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	if _, err := lock.ExecContext(limited, textFilling); err != nil {
		_ = lock.Close() // the first error counts
		return nil, fault.Wrap(fault.Conflict, "another restore to this database is running", err)
	}
	return lock, nil
}

func fill(ctx context.Context, db *sql.DB, all []sqlstore.Migration, going bool) (*sqlstore.Filler, error) {
	if err := trustworthy(ctx, db); err != nil {
		return nil, err
	}
	begun, err := beingFilled(ctx, db)
	if err != nil {
		return nil, err
	}
	if begun && !going {
		return nil, fault.New(fault.Conflict, "another restore to this database was begun and not ended: go on with the data directory of that one, or empty the database")
	}
	if !begun {
		var tables int
		if err := db.QueryRowContext(ctx, textAny).Scan(&tables); err != nil {
			return nil, unreachable(err)
		}
		if tables > 0 {
			return nil, fault.New(fault.Conflict, "the database is not empty; restore to an empty one")
		}
		if err := sqlstore.Mark(ctx, db); err != nil { // before all else: it is ours then
			return nil, err
		}
	}
	if err := sqlstore.Migrate(ctx, db, dialect(), all); err != nil {
		return nil, err
	}
	return sqlstore.NewFiller(ctx, db, dialect())
}

// Settle ends the filling of a database: what it kept for going on after an interruption
// goes, and the server learns what there is.
func Settle(ctx context.Context, c Config) error {
	return c.with(func(db *sql.DB) error {
		if err := sqlstore.Unmark(ctx, db); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, textAnalyze); err != nil {
			return fault.Wrap(fault.Internal, "settle the database", err)
		}
		return nil
	})
}

// Raise sets the epoch of every map to the first multiple of a step after the highest
// there is, and so many steps less one further.
func Raise(ctx context.Context, c Config, step, by uint64) error {
	return c.with(func(db *sql.DB) error { return sqlstore.Raise(ctx, db, step, by) })
}

// Replace puts rows in the place of all that tables hold, all or nothing. It returns
// fault.Invalid for a table or column that there is not.
func Replace(ctx context.Context, c Config, rows []store.Rows) error {
	return c.with(func(db *sql.DB) error { return sqlstore.Replace(ctx, db, dialect(), rows) })
}
