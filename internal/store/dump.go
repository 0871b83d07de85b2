package store

import (
	"context"

	"plectica/internal/id"
)

// Table is rows as an engine keeps them, to be taken elsewhere. A value is an int64, a
// string or a []byte.
type Table struct {
	Name    string
	Columns []string
}

// Rows are the rows of a table.
type Rows struct {
	Table
	Rows [][]any
}

// View is all there is at one moment, while others go on writing. It belongs to one
// goroutine.
type View interface {
	// Schema is the version of the tables.
	Schema(ctx context.Context) (int, error)
	// Tables are all but the log, and what concerns this machine alone or can be made
	// anew, by name.
	Tables(ctx context.Context) ([]Table, error)
	// Rows yields the rows of a table, in an order of their own, which is always the same.
	// The values are good until yield returns.
	Rows(ctx context.Context, t Table, yield func(values []any) error) error
	// RowsOfMap is Rows for those that concern a map; the table has a column map_id.
	RowsOfMap(ctx context.Context, t Table, m id.Map, yield func(values []any) error) error
	// Heads yields the record of every map, in order.
	Heads(ctx context.Context, yield func(RoomRecord) error) error
	// Log yields the rows of a map's log, in order. The row is good until yield returns.
	Log(ctx context.Context, m id.Map, yield func(Row) error) error
}

// Viewer lets somebody look at everything as it is at one moment.
type Viewer interface {
	View(ctx context.Context, look func(View) error) error
}

// Filler puts what a View yielded into an empty store, in parts. Each part has a mark;
// after an interruption those that were put in are known by it.
type Filler interface {
	// Filled reports whether a part is in.
	Filled(ctx context.Context, mark string) (bool, error)
	// Fill puts rows of a table in, all and the mark or nothing. It returns fault.Invalid
	// for a table or column that there is not.
	Fill(ctx context.Context, mark string, t Table, rows [][]any) error
	// FillLog puts rows of a map's log in, as Fill does.
	FillLog(ctx context.Context, mark string, m id.Map, rows []Row) error
	// Finish checks that what refers to something finds it.
	Finish(ctx context.Context) error
	Close() error
}
