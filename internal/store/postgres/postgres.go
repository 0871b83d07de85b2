// Package postgres is the store in a PostgreSQL database, 15 or later, which may have
// standbys that take over. It brings the connections, the migrations and what differs in
// this engine; the SQL is sqlstore's. What was acknowledged is as durable as the database
// promises: a server that commits before its log is on disk is refused, and a commit that
// the server warns of counts as unknown. A database has an owner, and nobody else opens
// it. Safe for concurrent use.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"time"

	"plectica/internal/fault"
	"plectica/internal/store/sqlstore"
)

const (
	// writers and readers are how many connections write and read at once.
	writers = 4
	readers = 12
	// writeTimeout bounds a transaction, and waiting for the others: a commit waits for
	// standbys without end otherwise.
	writeTimeout = 20 * time.Second
)

//go:embed migrations/*.sql
var files embed.FS

func known() []sqlstore.Migration { return sqlstore.Migrations(files, "migrations") }

// Config says which database.
type Config struct {
	// URL is as libpq has it, postgres://user@host1,host2/name?sslmode=verify-full,
	// without a password.
	URL      string
	Password string
	// Owner is whom the database belongs to, of letters and digits: only who made it opens
	// it again.
	Owner string
	// Fresh says that the owner has none yet, and takes an empty one.
	Fresh bool
	// Restoring says that the owner is restoring to it, and may open it before that is over.
	Restoring bool
}

// Open opens a database, migrates it forward and checks that what is acknowledged will be
// on disk. One of another owner, or that is being restored to, is fault.Conflict.
func Open(ctx context.Context, c Config) (*sqlstore.Store, error) {
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	w, err := c.pool(writers, forWriting)
	if err != nil {
		return nil, err
	}
	r, err := c.pool(readers, forReading)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	s, err := sqlstore.New(ctx, sqlstore.Config{Write: w, Read: r, Dialect: dialect()})
	if err != nil {
		return nil, errors.Join(err, r.Close(), w.Close())
	}
	return s, nil
}

// prepare brings the schema forward, if the database is ours.
func (c Config) prepare(ctx context.Context) error {
	return c.with(func(db *sql.DB) error {
		return sqlstore.Migrate(ctx, db, dialect(), known(), func(tx *sql.Tx, do func() error) error {
			s, err := c.look(ctx, tx)
			if err != nil {
				return err
			}
			if s.filling && !c.Restoring {
				return fault.New(fault.Conflict, "a restore to the database was begun and not ended: go on with plectica backup restore, or empty the database")
			}
			if err := do(); err != nil {
				return err
			}
			return c.own(ctx, tx)
		})
	})
}

// state is what a database has in it.
type state struct {
	tables  int  // of anybody's
	schema  bool // ours
	filling bool
}

const (
	textState = `SELECT COUNT(*), COUNT(*) FILTER (WHERE relname = 'schema'), COUNT(*) FILTER (WHERE relname = '` + sqlstore.Marks + `')
		FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = ` + textOurs
	textOwner = `SELECT COALESCE(obj_description(c.oid, 'pg_class'), '') FROM pg_class c WHERE c.relname = 'schema' AND c.relnamespace = ` + textOurs
	// textOurs is the schema that tables are made in, and looked for.
	textOurs = `(SELECT oid FROM pg_namespace WHERE nspname = current_schema())`
)

// look returns what is in a database, if it is ours or may become so.
func (c Config) look(ctx context.Context, tx *sql.Tx) (s state, err error) {
	var schemas, marks int
	if err := tx.QueryRowContext(ctx, textState).Scan(&s.tables, &schemas, &marks); err != nil {
		return s, unreachable(err)
	}
	s.schema, s.filling = schemas > 0, marks > 0
	if !s.schema {
		switch {
		case s.tables > 0:
			return s, fault.New(fault.Conflict, "the database is not empty, and what is in it is not ours")
		case !c.Fresh:
			return s, fault.New(fault.Conflict, "the database is empty, though there was one: is its URL right?")
		}
		return s, nil
	}
	var owner string
	if err := tx.QueryRowContext(ctx, textOwner).Scan(&owner); err != nil {
		return s, unreachable(err)
	}
	if owner != c.Owner {
		return s, fault.New(fault.Conflict, "the database belongs to another data directory: is its URL right?")
	}
	return s, nil
}

// own notes whom the database belongs to.
func (c Config) own(ctx context.Context, tx *sql.Tx) error {
	for _, r := range c.Owner {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return fault.New(fault.Invalid, "an owner's name is of letters and digits")
		}
	}
	if c.Owner == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `COMMENT ON TABLE schema IS '`+c.Owner+`'`) // it takes no parameters
	return err
}
