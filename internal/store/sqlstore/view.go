package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	textVersion  = `SELECT COALESCE(MAX(version), 0) FROM schema`
	textAllRooms = `SELECT map_id, epoch, head, hash FROM room ORDER BY map_id`
	textAllOps   = `SELECT seq, op_id, actor, ts, data FROM op WHERE map_id = $1 ORDER BY seq`
	// What lies before a map's base cannot be made anew; all else of snapshots can.
	textOldSnapshots = ` WHERE seq <= COALESCE((SELECT b.seq FROM base b WHERE b.map_id = snapshot.map_id), 0)`
)

// unviewed are the tables that a View leaves out: the log, which is read by itself, and
// what another machine has no use for.
func unviewed(table string) bool {
	return slices.Contains([]string{"schema", "op", "shipped", "outbox", "thumb", marks}, table)
}

// view is a store.View of one transaction.
type view struct {
	tx *sql.Tx
	d  Dialect
}

// View implements store.Viewer.
func (s *Store) View(ctx context.Context, look func(store.View) error) error {
	return View(ctx, s.r, s.d, look)
}

// View lets somebody look at a database of any version of the schema.
func View(ctx context.Context, db *sql.DB, d Dialect, look func(store.View) error) error {
	tx, err := db.BeginTx(ctx, d.Viewing)
	if err != nil {
		return broken("look at everything", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return look(&view{tx, d})
}

// Schema implements store.View.
func (v *view) Schema(ctx context.Context) (int, error) {
	var n int
	return n, one(v.tx.QueryRowContext(ctx, textVersion), "read the schema's version", fault.New(fault.Internal, "there is no schema"), &n)
}

// Tables implements store.View.
func (v *view) Tables(ctx context.Context) ([]store.Table, error) {
	list, err := v.d.Tables(ctx, v.tx)
	if err != nil {
		return nil, broken("list the tables", err)
	}
	return slices.DeleteFunc(list, func(t store.Table) bool { return unviewed(t.Name) }), nil
}

// Rows implements store.View.
func (v *view) Rows(ctx context.Context, t store.Table, yield func([]any) error) error {
	rest := ""
	if t.Name == "snapshot" {
		rest = textOldSnapshots
	}
	return v.rows(ctx, t, rest, nil, yield)
}

// RowsOfMap implements store.View.
func (v *view) RowsOfMap(ctx context.Context, t store.Table, m id.Map, yield func([]any) error) error {
	return v.rows(ctx, t, ` WHERE map_id = $1`, []any{m[:]}, yield)
}

func (v *view) rows(ctx context.Context, t store.Table, rest string, args []any, yield func([]any) error) error {
	values := make([]any, len(t.Columns))
	to := make([]any, len(values))
	for i := range values {
		to[i] = &values[i]
	}
	text := "SELECT " + columnList(t.Columns) + " FROM " + quoted(t.Name) + rest
	return v.each(ctx, "read "+t.Name, text, args, to, func() error { return yield(values) })
}

// Heads implements store.View.
func (v *view) Heads(ctx context.Context, yield func(store.RoomRecord) error) error {
	var r store.RoomRecord
	to := []any{blob(&r.Map), &r.Room.Epoch, &r.Room.Head, fixed{r.Room.Hash[:]}}
	return v.each(ctx, "list logs", textAllRooms, nil, to, func() error { return yield(r) })
}

// Log implements store.View.
func (v *view) Log(ctx context.Context, m id.Map, yield func(store.Row) error) error {
	var r store.Row
	var data sql.RawBytes
	to := []any{&r.Seq, fixed{r.OpID[:]}, blob(&r.Actor), &r.At, &data}
	return v.each(ctx, "read a log", textAllOps, []any{m[:]}, to, func() error {
		r.Data = data
		return yield(r)
	})
}

// each scans the rows of a query one after the other.
func (v *view) each(ctx context.Context, what, text string, args, to []any, row func() error) error {
	rows, err := v.tx.QueryContext(ctx, text, args...)
	if err != nil {
		return broken(what, err)
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return broken(what, err)
		}
		if err := row(); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return broken(what, err)
	}
	return nil
}

// quoted is a name as SQL has it. Names come from the database itself, or were compared
// with its own.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func columnList(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quoted(n)
	}
	return strings.Join(out, ", ")
}

// Replace puts rows in the place of all that tables hold, all or nothing, as the database
// of a Filler.
func Replace(ctx context.Context, db *sql.DB, d Dialect, all []store.Rows) error {
	f, err := NewFiller(ctx, db, d)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return broken("replace tables", err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	for _, t := range all {
		text, err := f.insert(t.Table)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+quoted(t.Name)); err != nil {
			return broken("replace tables", err)
		}
		for _, values := range t.Rows {
			if len(values) != len(t.Columns) {
				return fault.New(fault.Invalid, "a row with too few or too many values")
			}
			if _, err := tx.ExecContext(ctx, text, values...); err != nil {
				return broken("replace tables", err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return broken("replace tables", err)
	}
	return d.Whole(ctx, db)
}

// Filler is a store.Filler on a database that has the schema and nothing in it.
type Filler struct {
	db     *sql.DB
	d      Dialect
	tables map[string][]string
}

var _ store.Filler = (*Filler)(nil)

const (
	marks      = "filled"
	textMarks  = `CREATE TABLE IF NOT EXISTS filled (mark TEXT NOT NULL PRIMARY KEY)`
	textMarked = `SELECT COUNT(*) FROM filled WHERE mark = $1`
	textMark   = `INSERT INTO filled (mark) VALUES ($1)`
	textFillOp = `INSERT INTO op (map_id, seq, op_id, actor, ts, data) VALUES ($1, $2, $3, $4, $5, $6)`
)

// NewFiller makes a Filler of a database. Close closes it.
func NewFiller(ctx context.Context, db *sql.DB, d Dialect) (*Filler, error) {
	if _, err := db.ExecContext(ctx, textMarks); err != nil {
		return nil, broken("begin to fill", err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, broken("begin to fill", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	list, err := d.Tables(ctx, tx)
	if err != nil {
		return nil, broken("list the tables", err)
	}
	f := &Filler{db: db, d: d, tables: make(map[string][]string)}
	for _, t := range list {
		if !unviewed(t.Name) {
			f.tables[t.Name] = t.Columns
		}
	}
	return f, nil
}

// Filled implements store.Filler.
func (f *Filler) Filled(ctx context.Context, mark string) (bool, error) {
	var n int
	err := one(f.db.QueryRowContext(ctx, textMarked, mark), "look for a mark", fault.New(fault.Internal, "no count"), &n)
	return n > 0, err
}

// Fill implements store.Filler.
func (f *Filler) Fill(ctx context.Context, mark string, t store.Table, rows [][]any) error {
	text, err := f.insert(t)
	if err != nil {
		return err
	}
	return f.fill(ctx, mark, text, len(rows), func(st *sql.Stmt, i int) error {
		if len(rows[i]) != len(t.Columns) {
			return fault.New(fault.Invalid, "a row with too few or too many values")
		}
		_, err := st.ExecContext(ctx, rows[i]...)
		return err
	})
}

// insert is the statement that adds a row to a table that there is.
func (f *Filler) insert(t store.Table) (string, error) {
	have, ok := f.tables[t.Name]
	for _, c := range t.Columns {
		ok = ok && slices.Contains(have, c)
	}
	if !ok {
		return "", fault.New(fault.Invalid, "there is no such table or column")
	}
	places := make([]string, len(t.Columns))
	for i := range places {
		places[i] = f.d.Place(i + 1)
	}
	return "INSERT INTO " + quoted(t.Name) + " (" + columnList(t.Columns) + ") VALUES (" + strings.Join(places, ", ") + ")", nil
}

// FillLog implements store.Filler.
func (f *Filler) FillLog(ctx context.Context, mark string, m id.Map, rows []store.Row) error {
	return f.fill(ctx, mark, textFillOp, len(rows), func(st *sql.Stmt, i int) error {
		r := &rows[i]
		_, err := st.ExecContext(ctx, m[:], int64(r.Seq), r.OpID[:], r.Actor[:], r.At, r.Data)
		return err
	})
}

// fill runs one statement for each row, and marks that it did.
func (f *Filler) fill(ctx context.Context, mark, text string, n int, row func(st *sql.Stmt, i int) error) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return broken("fill", err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	st, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return broken("fill", err)
	}
	defer func() { _ = st.Close() }() // with the transaction
	for i := range n {
		if err := row(st, i); err != nil {
			if e, ok := errors.AsType[*fault.Error](err); ok {
				return e
			}
			return broken("fill", err)
		}
	}
	if _, err := tx.ExecContext(ctx, textMark, mark); err != nil {
		return broken("fill", err)
	}
	if err := tx.Commit(); err != nil {
		return broken("fill", err)
	}
	return nil
}

// Finish implements store.Filler.
func (f *Filler) Finish(ctx context.Context) error {
	return f.d.Whole(ctx, f.db)
}

// Close implements store.Filler.
func (f *Filler) Close() error { return f.db.Close() }
