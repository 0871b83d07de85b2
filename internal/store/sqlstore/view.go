package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	textVersion = `SELECT COALESCE(MAX(version), 0) FROM schema`
	textAllOps  = `SELECT seq, op_id, actor, ts, data FROM op WHERE map_id = $1 ORDER BY seq`
	// What lies before a map's base cannot be made anew; all else of snapshots can.
	textOldSnapshots = ` WHERE seq <= COALESCE((SELECT b.seq FROM base b WHERE b.map_id = snapshot.map_id), 0)`
)

// unviewed are the tables that a View leaves out: the log, which is read by itself, and
// what another machine has no use for.
func unviewed(table string) bool {
	return slices.Contains([]string{"schema", "op", "shipped", "outbox", "thumb", Marks, Loosened}, table)
}

// viewPage is how many maps a View reads at once.
const viewPage = 1000

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
	// By the key, which every table begins with: the same rows come in the same order again.
	text := "SELECT " + columnList(t.Columns) + " FROM " + quoted(t.Name) + rest + " ORDER BY 1, 2"
	return v.each(ctx, "read "+t.Name, text, args, to, func() error { return yield(values) })
}

// Heads implements store.View.
func (v *view) Heads(ctx context.Context, yield func(store.RoomRecord) error) error {
	// By the page: a transaction answers one question at a time, and whoever hears of a
	// map asks for its log.
	for after := (id.Map{}); ; {
		list, err := listRooms(ctx, v.tx, after, viewPage)
		if err != nil {
			return err
		}
		for _, r := range list {
			if err := yield(r); err != nil {
				return err
			}
			after = r.Map
		}
		if len(list) < viewPage {
			return nil
		}
	}
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
