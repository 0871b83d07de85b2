package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	// Marks is the table that is there while a database is being filled.
	Marks = "filled"
	// Loosened is the table in which an engine may note what Loose took away.
	Loosened = "loosened"

	textMarks  = `CREATE TABLE IF NOT EXISTS filled (mark TEXT NOT NULL PRIMARY KEY)`
	textMarked = `SELECT COUNT(*) FROM filled WHERE mark = $1`
	textMark   = `INSERT INTO filled (mark) VALUES ($1)`
	textUnmark = `DROP TABLE IF EXISTS filled`
	textFillOp = `INSERT INTO op (map_id, seq, op_id, actor, ts, data) VALUES ($1, $2, $3, $4, $5, $6)`
	textRaised = `UPDATE room SET epoch = ((SELECT MAX(epoch) FROM room) / $1 + $2) * $1`
)

// filling is what puts rows into the tables that there are.
type filling struct {
	d      Dialect
	tables map[string][]string
}

func newFilling(ctx context.Context, tx *sql.Tx, d Dialect) (filling, error) {
	f := filling{d: d, tables: make(map[string][]string)}
	list, err := d.Tables(ctx, tx)
	if err != nil {
		return f, err
	}
	for _, t := range list {
		if !unviewed(t.Name) {
			f.tables[t.Name] = t.Columns
		}
	}
	return f, nil
}

// insert is the statement that adds a row to a table that there is.
func (f filling) insert(t store.Table) (string, error) {
	have, ok := f.tables[t.Name]
	for _, c := range t.Columns {
		ok = ok && slices.Contains(have, c)
	}
	if !ok {
		return "", fault.New(fault.Invalid, "there is no such table or column")
	}
	places := make([]string, len(t.Columns))
	for i := range places {
		places[i] = Place(i + 1)
	}
	return "INSERT INTO " + quoted(t.Name) + " (" + columnList(t.Columns) + ") VALUES (" + strings.Join(places, ", ") + ")", nil
}

// Place is how the text of a statement names its parameter n, from 1, in every engine.
func Place(n int) string { return "$" + strconv.Itoa(n) }

// values are those of a row as the engine can keep them.
func (f filling) values(t store.Table, row []any) ([]any, error) {
	if len(row) != len(t.Columns) {
		return nil, fault.New(fault.Invalid, "a row with too few or too many values")
	}
	if f.d.Remote == nil {
		return row, nil
	}
	out := slices.Clone(row)
	for i, v := range out {
		if text, ok := v.(string); ok {
			out[i] = f.d.Remote.Text(text)
		}
	}
	return out, nil
}

// fillTimeout bounds a transaction of filling, on an engine that may hang.
const fillTimeout = 10 * time.Minute

// within runs fn in one transaction, in which what an engine holds together may come in
// any order when loose is set.
func within(ctx context.Context, db *sql.DB, d Dialect, what string, loose bool, fn func(tx *sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, fillTimeout)
	defer cancel()
	return inTx(ctx, db, d, what, func(ctx context.Context, tx *sql.Tx) error {
		if loose && d.Remote != nil {
			if err := d.Remote.Loose(ctx, tx); err != nil {
				return err
			}
		}
		return fn(tx)
	})
}

// Replace puts rows in the place of all that tables hold, all or nothing. It returns
// fault.Invalid for a table or column that there is not.
func Replace(ctx context.Context, db *sql.DB, d Dialect, all []store.Rows) error {
	return within(ctx, db, d, "replace tables", true, func(tx *sql.Tx) error {
		f, err := newFilling(ctx, tx, d)
		if err != nil {
			return err
		}
		for _, t := range all {
			if err := f.replace(ctx, tx, t); err != nil {
				return err
			}
		}
		return d.Whole(ctx, tx)
	})
}

func (f filling) replace(ctx context.Context, tx *sql.Tx, t store.Rows) error {
	text, err := f.insert(t.Table)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM "+quoted(t.Name)); err != nil {
		return err
	}
	for _, row := range t.Rows {
		values, err := f.values(t.Table, row)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, text, values...); err != nil {
			return err
		}
	}
	return nil
}

// Raise sets the epoch of every map to the first multiple of a step after the highest
// there is, and so many steps less one further.
func Raise(ctx context.Context, db *sql.DB, d Dialect, step, by uint64) error {
	return run(ctx, db, d, "raise the epochs", textRaised, int64(step), int64(by))
}

// run runs one statement in a transaction.
func run(ctx context.Context, db *sql.DB, d Dialect, what, text string, args ...any) error {
	return within(ctx, db, d, what, false, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, text, args...)
		return err
	})
}

// Filler is a store.Filler on a database that has the schema and nothing in it.
type Filler struct {
	filling
	db *sql.DB
}

var _ store.Filler = (*Filler)(nil)

// NewFiller makes a Filler of a database. Close closes it.
func NewFiller(ctx context.Context, db *sql.DB, d Dialect) (*Filler, error) {
	f := &Filler{db: db}
	err := within(ctx, db, d, "begin to fill", true, func(tx *sql.Tx) (err error) {
		if err := Mark(ctx, tx); err != nil {
			return err
		}
		f.filling, err = newFilling(ctx, tx, d)
		return err
	})
	return f, err
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
	return f.fill(ctx, mark, func(tx *sql.Tx) error {
		return each(ctx, tx, text, len(rows), func(st *sql.Stmt, i int) error {
			values, err := f.values(t, rows[i])
			if err != nil {
				return err
			}
			_, err = st.ExecContext(ctx, values...)
			return err
		})
	})
}

// FillLog implements store.Filler.
func (f *Filler) FillLog(ctx context.Context, mark string, m id.Map, rows []store.Row) error {
	return f.fill(ctx, mark, func(tx *sql.Tx) error {
		if r := f.d.Remote; r != nil {
			return r.Insert(ctx, tx, []store.Batch{{Map: m, Rows: rows}})
		}
		return each(ctx, tx, textFillOp, len(rows), func(st *sql.Stmt, i int) error {
			r := &rows[i]
			_, err := st.ExecContext(ctx, m[:], int64(r.Seq), r.OpID[:], r.Actor[:], r.At, r.Data)
			return err
		})
	})
}

// each runs one statement for each of n rows.
func each(ctx context.Context, tx *sql.Tx, text string, n int, row func(st *sql.Stmt, i int) error) error {
	st, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }() // with the transaction
	for i := range n {
		if err := row(st, i); err != nil {
			return err
		}
	}
	return nil
}

// fill puts a part in, and marks that it did.
func (f *Filler) fill(ctx context.Context, mark string, put func(tx *sql.Tx) error) error {
	return within(ctx, f.db, f.d, "fill", false, func(tx *sql.Tx) error {
		if err := put(tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, textMark, mark)
		return err
	})
}

// Finish implements store.Filler.
func (f *Filler) Finish(ctx context.Context) error {
	return within(ctx, f.db, f.d, "end filling", false, func(tx *sql.Tx) error { return f.d.Whole(ctx, tx) })
}

// Close implements store.Filler.
func (f *Filler) Close() error { return f.db.Close() }

// Mark notes that a database is being filled from here on.
func Mark(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, textMarks)
	return err
}

// Unmark forgets which parts were filled in.
func Unmark(ctx context.Context, db *sql.DB, d Dialect) error {
	return run(ctx, db, d, "end filling", textUnmark)
}
