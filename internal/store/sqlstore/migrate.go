package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"plectica/internal/fault"
)

// Migration is one step forward. There is no way back: a backup is.
type Migration struct {
	Version int
	Name    string
	Text    string
}

func (m Migration) checksum() string {
	sum := sha256.Sum256([]byte(m.Text))
	return hex.EncodeToString(sum[:])
}

// versionDigits is how many digits a migration's file begins with.
const versionDigits = 4

// Migrations reads the steps in a folder, each named by its version: dense, from the
// first to the last. The files are part of the program, so a fault here is one of the
// build and found by any test: it panics.
func Migrations(files fs.FS, dir string) []Migration {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		panic(err)
	}
	var out []Migration
	for _, e := range entries { // in the order of their names
		text, err := fs.ReadFile(files, dir+"/"+e.Name())
		if err != nil {
			panic(err)
		}
		version, err := strconv.Atoi(e.Name()[:min(versionDigits, len(e.Name()))])
		if err != nil || len(out) > 0 && version != out[len(out)-1].Version+1 {
			panic("migration " + e.Name() + " does not follow the one before")
		}
		out = append(out, Migration{version, e.Name(), string(text)})
	}
	return out
}

const (
	textSchemaTable = `CREATE TABLE IF NOT EXISTS schema (
		version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied BIGINT NOT NULL)`
	textSchema    = `SELECT version, name, checksum FROM schema ORDER BY version`
	textSchemaAdd = `INSERT INTO schema (version, name, checksum, applied) VALUES ($1, $2, $3, $4)`
)

// Migrate brings the schema to the last of the known versions, all of it in one
// transaction that locks out other processes. It refuses a database that this program
// does not know. What else has to be done with it does around, which is given the
// transaction and does the migration.
func Migrate(ctx context.Context, w *sql.DB, d Dialect, known []Migration, around func(tx *sql.Tx, do func() error) error) error {
	return inTx(ctx, w, d, "migrate", func(ctx context.Context, tx *sql.Tx) error {
		if r := d.Remote; r != nil {
			if _, err := tx.ExecContext(ctx, r.Alone); err != nil {
				return err
			}
		}
		return around(tx, func() error { return migrate(ctx, tx, known) })
	})
}

// Alone is for Migrate where nothing else has to be done.
func Alone(_ *sql.Tx, do func() error) error { return do() }

func migrate(ctx context.Context, tx *sql.Tx, known []Migration) error {
	if _, err := tx.ExecContext(ctx, textSchemaTable); err != nil {
		return fault.Wrap(fault.Internal, "create the schema table", err)
	}
	at, err := applied(ctx, tx, known)
	if err != nil {
		return err
	}
	for _, m := range known[at:] {
		if _, err := tx.ExecContext(ctx, m.Text); err != nil {
			return fault.Wrap(fault.Internal, "apply migration "+m.Name, err)
		}
		if _, err := tx.ExecContext(ctx, textSchemaAdd, m.Version, m.Name, m.checksum(), time.Now().UnixMilli()); err != nil {
			return fault.Wrap(fault.Internal, "note migration "+m.Name, err)
		}
	}
	return nil
}

// applied returns how many of the known migrations a schema has, after comparing them.
func applied(ctx context.Context, tx *sql.Tx, known []Migration) (int, error) {
	rows, err := tx.QueryContext(ctx, textSchema)
	if err != nil {
		return 0, fault.Wrap(fault.Internal, "read the schema's version", err)
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	at, version := 0, known[0].Version-1
	for rows.Next() {
		var m Migration
		var sum string
		if err := rows.Scan(&m.Version, &m.Name, &sum); err != nil {
			return 0, fault.Wrap(fault.Internal, "read the schema's version", err)
		}
		at++
		if version++; m.Version != version {
			return 0, fault.New(fault.Internal, fmt.Sprintf("the database's schema has no version %d", version))
		}
		if at > len(known) {
			continue // count on, to name the version
		}
		if known[at-1].checksum() != sum {
			return 0, fault.New(fault.Internal, fmt.Sprintf("migration %s in the database is not the one this program has", m.Name))
		}
	}
	if err := rows.Err(); err != nil {
		return 0, fault.Wrap(fault.Internal, "read the schema's version", err)
	}
	if at > len(known) {
		return 0, fault.New(fault.Internal, fmt.Sprintf("the database was written by a newer Plectica: its schema is version %d, this program knows up to %d; "+
			"start the newer program, or restore a backup made before the upgrade", version, known[len(known)-1].Version))
	}
	return at, nil
}
