package evidence

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"net/url"

	_ "modernc.org/sqlite" // the engine alone; the SQL is our own

	"plectica/internal/fault"
)

// row is one transaction in the log.
type row struct {
	client ID
	csn    uint64
	actor  ID
	at     int64
	data   []byte
}

// room is a map's record beside its log.
type room struct{ epoch, head uint64 }

// disk is the database, open for one look.
type disk struct {
	db *sql.DB
	tx *sql.Tx
}

// look opens the database and stops time in it.
func look(ctx context.Context, file string) (*disk, error) {
	u := url.URL{Scheme: "file", OmitHost: true, Path: file}
	db, err := sql.Open("sqlite", u.String()+"?mode=ro&_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "open the log", err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Internal, "open the log", err), db.Close())
	}
	return &disk{db, tx}, nil
}

func (d *disk) close() error { return errors.Join(d.tx.Rollback(), d.db.Close()) }

// rooms returns the records of all maps.
func (d *disk) rooms(ctx context.Context) (map[ID]room, error) {
	out := make(map[ID]room)
	err := d.each(ctx, `SELECT map_id, epoch, head FROM room`, nil, func(rows *sql.Rows) error {
		var k []byte
		var v room
		if err := rows.Scan(&k, &v.epoch, &v.head); err != nil {
			return err
		}
		if len(k) != len(ID{}) {
			return errors.New("a map's name has the wrong length")
		}
		out[ID(k)] = v
		return nil
	})
	return out, err
}

// rows calls f for every row of a map with seq > after, in order.
func (d *disk) rows(ctx context.Context, m ID, after uint64, f func(seq uint64, r row)) error {
	const text = `SELECT seq, op_id, actor, ts, data FROM op WHERE map_id = $1 AND seq > $2 ORDER BY seq`
	return d.each(ctx, text, []any{m[:], int64(after)}, func(rows *sql.Rows) error {
		var seq uint64
		var op, actor, data []byte
		var r row
		if err := rows.Scan(&seq, &op, &actor, &r.at, &data); err != nil {
			return err
		}
		if len(op) != len(ID{})+8 || len(actor) != len(ID{}) {
			return errors.New("a row's names have the wrong length")
		}
		r.client, r.csn = ID(op[:16]), binary.BigEndian.Uint64(op[16:])
		r.actor, r.data = ID(actor), bytes.Clone(data)
		f(seq, r)
		return nil
	})
}

// strays returns how many rows belong to no map's record.
func (d *disk) strays(ctx context.Context) (n int, err error) {
	const text = `SELECT COUNT(*) FROM op WHERE map_id NOT IN (SELECT map_id FROM room)`
	if err := d.tx.QueryRowContext(ctx, text).Scan(&n); err != nil {
		return 0, fault.Wrap(fault.Internal, "read the log", err)
	}
	return n, nil
}

func (d *disk) each(ctx context.Context, text string, args []any, f func(*sql.Rows) error) error {
	rows, err := d.tx.QueryContext(ctx, text, args...)
	if err != nil {
		return fault.Wrap(fault.Internal, "read the log", err)
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		if err := f(rows); err != nil {
			return fault.Wrap(fault.Internal, "read the log", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fault.Wrap(fault.Internal, "read the log", err)
	}
	return nil
}
