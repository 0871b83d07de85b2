package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/sqlstore"
)

// The codes of errors, by appendix A of PostgreSQL's manual.
const (
	codeUnique    = "23505"
	codeReference = "23503"
)

// dialect is what this engine has for itself.
func dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		InsertRows: insertRows, IsUnique: func(err error) bool { return is(err, codeUnique) }, Check: check,
		Viewing: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, Tables: tables, Whole: whole,
		Remote: &sqlstore.Remote{
			Alone: textAlone, Commit: commit, Advance: advance, Insert: insert, Loose: loose, Text: cleaned, Timeout: writeTimeout,
		},
	}
}

func is(err error, code string) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == code
}

const (
	// textAlone lets one transaction of each schema through at a time; the first number is
	// ours among those who use such locks in a database.
	// The message is written to the log for nobody, so that the commit waits for a standby
	// also when nothing else was written: what was read may be what none has yet.
	textAlone = `SELECT pg_advisory_xact_lock(1886217059, hashtext(current_schema())), pg_logical_emit_message(true, 'plectica', '')`

	textAdvance = `UPDATE room SET head = v.head, hash = v.hash, updated = v.updated
		FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bigint[]) AS v (map_id, epoch, was, head, hash, updated)
		WHERE room.map_id = v.map_id AND room.epoch = v.epoch AND room.head = v.was RETURNING room.map_id`
	textInsert = `INSERT INTO op (map_id, seq, op_id, actor, ts, data)
		SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::bytea[])`

	textTables = `SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relkind = 'r' AND c.relnamespace = ` + textOurs + ` AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY c.relname COLLATE "C", a.attnum`

	textReferences = `SELECT quote_ident(r.relname), quote_ident(c.conname), pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
		WHERE c.contype = 'f' AND c.connamespace = ` + textOurs + ` ORDER BY r.relname, c.conname`
	textLoosened = `CREATE TABLE IF NOT EXISTS ` + sqlstore.Loosened + ` (of text NOT NULL, name text NOT NULL, definition text NOT NULL)`
	textIsLoose  = `SELECT to_regclass('` + sqlstore.Loosened + `') IS NOT NULL`
	textLoosen   = `INSERT INTO ` + sqlstore.Loosened + ` (of, name, definition) VALUES ($1, $2, $3)`
	textLoose    = `SELECT of, name, definition FROM ` + sqlstore.Loosened + ` ORDER BY of, name`
	textTight    = `DROP TABLE ` + sqlstore.Loosened

	// textDamaged counts pages that were found damaged within a day: the count is of all
	// time, also of what was mended.
	textDamaged = `SELECT COALESCE(SUM(checksum_failures), 0)::bigint FROM pg_stat_database
		WHERE datname = current_database() AND checksum_last_failure > now() - interval '1 day'`
	// textCheckable is the function that compares an index with its table, wherever it is,
	// or nothing.
	textCheckable = `SELECT COALESCE(MAX(quote_ident(n.nspname) || '.' || quote_ident(p.proname)), '') FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE p.proname = 'bt_index_check' AND p.pronargs = 2 AND has_schema_privilege(n.oid, 'usage') AND has_function_privilege(p.oid, 'execute')`
	textIndexes = ` FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
		WHERE a.amname = 'btree' AND c.relnamespace = ` + textOurs
)

// ours are the tables that the migrations make; others may lie beside them.
var ours = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{"schema": true, sqlstore.Marks: true, sqlstore.Loosened: true}
	for _, m := range known() {
		for _, name := range regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`).FindAllStringSubmatch(m.Text, -1) {
			out[name[1]] = true
		}
	}
	return out
})

func insertRows(rows int) string {
	const head, columns = `INSERT INTO op (map_id, seq, op_id, actor, ts, data) VALUES `, 6
	groups := make([]string, rows)
	for i := range groups {
		places := make([]string, columns)
		for k := range places {
			places[k] = sqlstore.Place(i*columns + k + 1)
		}
		groups[i] = "(" + strings.Join(places, ", ") + ")"
	}
	return head + strings.Join(groups, ", ")
}

// advance is sqlstore.Remote's.
func advance(ctx context.Context, tx *sql.Tx, batches []store.Batch) ([]bool, error) {
	n := len(batches)
	maps, hashes := make([][]byte, n), make([][]byte, n)
	epochs, was, heads, updated := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i := range batches {
		b := &batches[i]
		last := b.Rows[len(b.Rows)-1]
		maps[i], hashes[i] = b.Map[:], b.Hash[:]
		epochs[i], was[i], heads[i], updated[i] = int64(b.Epoch), int64(b.Head), int64(last.Seq), last.At
	}
	rows, err := tx.QueryContext(ctx, textAdvance, maps, epochs, was, heads, hashes, updated)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	moved := make(map[id.Map]bool, n)
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		if len(b) != id.Size {
			return nil, errors.New("column has the wrong length")
		}
		moved[id.Map(b)] = true
	}
	done := make([]bool, n)
	for i := range batches {
		done[i] = moved[batches[i].Map]
	}
	return done, rows.Err()
}

// insert is sqlstore.Remote's.
func insert(ctx context.Context, tx *sql.Tx, batches []store.Batch) error {
	var maps, ops, actors, data [][]byte
	var seqs, at []int64
	for i := range batches {
		b := &batches[i]
		for k := range b.Rows {
			r := &b.Rows[k]
			maps, ops, actors, data = append(maps, b.Map[:]), append(ops, r.OpID[:]), append(actors, r.Actor[:]), append(data, r.Data)
			seqs, at = append(seqs, int64(r.Seq)), append(at, r.At)
		}
	}
	if len(maps) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, textInsert, maps, seqs, ops, actors, at, data)
	return err
}

// tables is sqlstore.Dialect's.
func tables(ctx context.Context, tx *sql.Tx) (out []store.Table, err error) {
	rows, err := tx.QueryContext(ctx, textTables)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		if !ours()[table] {
			continue
		}
		if len(out) == 0 || out[len(out)-1].Name != table {
			out = append(out, store.Table{Name: table})
		}
		last := &out[len(out)-1]
		last.Columns = append(last.Columns, column)
	}
	return out, rows.Err()
}

// reference is what holds two tables together.
type reference struct{ of, name, definition string }

func references(ctx context.Context, tx *sql.Tx, text string) (out []reference, err error) {
	rows, err := tx.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var r reference
		if err := rows.Scan(&r.of, &r.name, &r.definition); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// loose is sqlstore.Remote's: it takes what holds tables together away, and notes it.
func loose(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, textLoosened); err != nil {
		return err
	}
	list, err := references(ctx, tx, textReferences)
	if err != nil {
		return err
	}
	for _, r := range list {
		if _, err := tx.ExecContext(ctx, textLoosen, r.of, r.name, r.definition); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "ALTER TABLE "+r.of+" DROP CONSTRAINT "+r.name); err != nil {
			return err
		}
	}
	return nil
}

// whole is sqlstore.Dialect's: it puts back what loose took away.
func whole(ctx context.Context, tx *sql.Tx) error {
	var isLoose bool
	if err := tx.QueryRowContext(ctx, textIsLoose).Scan(&isLoose); err != nil || !isLoose {
		return err
	}
	list, err := references(ctx, tx, textLoose)
	if err != nil {
		return err
	}
	for _, r := range list {
		_, err := tx.ExecContext(ctx, "ALTER TABLE "+r.of+" ADD CONSTRAINT "+r.name+" "+r.definition)
		if is(err, codeReference) {
			return fault.New(fault.Internal, fmt.Sprintf("a row of %s refers to one that is not there, against %s", r.of, r.name))
		}
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, textTight)
	return err
}

// cleaned is sqlstore.Remote's: a text here has neither zeros nor broken characters.
func cleaned(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// check asks whether the server met damaged pages, and compares the indexes with their
// tables if the extension amcheck is there.
func check(ctx context.Context, r *sql.DB) error {
	var failures int
	if err := r.QueryRowContext(ctx, textDamaged).Scan(&failures); err != nil {
		return fault.Wrap(fault.Internal, "check the database", err)
	}
	if failures > 0 {
		return fault.New(fault.Internal, fmt.Sprintf("the database is damaged: the server met %d pages with a wrong checksum", failures))
	}
	var can string
	if err := r.QueryRowContext(ctx, textCheckable).Scan(&can); err != nil {
		return fault.Wrap(fault.Internal, "check the database", err)
	}
	if can == "" {
		return nil
	}
	if _, err := r.ExecContext(ctx, "SELECT "+can+"(i.indexrelid::regclass, true)"+textIndexes); err != nil {
		return fault.Wrap(fault.Internal, "the database is damaged", err)
	}
	return nil
}
