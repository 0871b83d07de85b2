package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"

	"plectica/internal/fault"
)

//go:embed migrations/*.sql
var files embed.FS

// migration is one step forward. There is no way back: a backup is.
type migration struct {
	version int
	name    string
	text    string
}

func (m migration) checksum() string {
	sum := sha256.Sum256([]byte(m.text))
	return hex.EncodeToString(sum[:])
}

// known lists the migrations of this binary. Their files are part of it, so a
// fault here is one of the build and found by any test.
func known() []migration {
	entries, err := fs.ReadDir(files, "migrations")
	if err != nil {
		panic(err)
	}
	var out []migration
	for i, e := range entries { // in the order of their names
		text, err := fs.ReadFile(files, "migrations/"+e.Name())
		if err != nil {
			panic(err)
		}
		if want := fmt.Sprintf("%04d_", i+1); len(e.Name()) < 5 || e.Name()[:5] != want {
			panic("migration " + e.Name() + " should start with " + want)
		}
		out = append(out, migration{version: i + 1, name: e.Name(), text: string(text)})
	}
	return out
}

const (
	textSchemaTable = `CREATE TABLE IF NOT EXISTS schema (
		version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied INTEGER NOT NULL)`
	textSchema    = `SELECT version, name, checksum FROM schema ORDER BY version`
	textSchemaAdd = `INSERT INTO schema (version, name, checksum, applied) VALUES ($1, $2, $3, unixepoch() * 1000)`
)

// migrate brings the schema to the newest known version, all of it in one
// transaction that locks out other processes.
func migrate(ctx context.Context, w *sql.DB, known []migration) error {
	tx, err := w.BeginTx(ctx, nil)
	if err != nil {
		return fault.Wrap(fault.Internal, "begin the migration", err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if _, err := tx.ExecContext(ctx, textSchemaTable); err != nil {
		return fault.Wrap(fault.Internal, "create the schema table", err)
	}
	at, err := applied(ctx, tx, known)
	if err != nil {
		return err
	}
	for _, m := range known[at:] {
		if _, err := tx.ExecContext(ctx, m.text); err != nil {
			return fault.Wrap(fault.Internal, "apply migration "+m.name, err)
		}
		if _, err := tx.ExecContext(ctx, textSchemaAdd, m.version, m.name, m.checksum()); err != nil {
			return fault.Wrap(fault.Internal, "note migration "+m.name, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fault.Wrap(fault.Internal, "commit the migration", err)
	}
	return nil
}

// applied returns the schema's version after comparing what was applied with
// what this binary knows.
func applied(ctx context.Context, tx *sql.Tx, known []migration) (int, error) {
	rows, err := tx.QueryContext(ctx, textSchema)
	if err != nil {
		return 0, fault.Wrap(fault.Internal, "read the schema's version", err)
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	at := 0
	for rows.Next() {
		var m migration
		var sum string
		if err := rows.Scan(&m.version, &m.name, &sum); err != nil {
			return 0, fault.Wrap(fault.Internal, "read the schema's version", err)
		}
		if at++; m.version != at {
			return 0, fault.New(fault.Internal, fmt.Sprintf("the database's schema has no version %d", at))
		}
		if at > len(known) {
			continue // count on, to name the version
		}
		if known[at-1].checksum() != sum {
			return 0, fault.New(fault.Internal, fmt.Sprintf("migration %s in the database is not the one this program has", m.name))
		}
	}
	if err := rows.Err(); err != nil {
		return 0, fault.Wrap(fault.Internal, "read the schema's version", err)
	}
	if at > len(known) {
		return 0, fault.New(fault.Internal, fmt.Sprintf("the database was written by a newer Plectica: its schema is version %d, this program knows up to %d; "+
			"start the newer program, or restore a backup made before the upgrade", at, len(known)))
	}
	return at, nil
}
