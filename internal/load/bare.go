package load

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
	mrand "math/rand/v2"
	"net/url"
	"time"

	"plectica/internal/id"
)

// Bare is what the bare driver does with the batches a server made.
type Bare struct {
	RowsPerSecond float64 `json:"rowsPerSecond"`
	Share         float64 `json:"share"` // the server's ops a second of it
}

// BareSQLite appends rows to the stopped server's own database with the driver
// alone: transactions of as many maps and rows as the server's had, in a loop that
// waits for nothing else. It is the most the server could reach.
func BareSQLite(ctx context.Context, file string, maps []id.Map, r Result) (bare Bare, err error) {
	u := url.URL{Scheme: "file", OmitHost: true, Path: file}
	db, err := sql.Open("sqlite", u.String()+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(4096)")
	if err != nil {
		return bare, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	b := bareRun{ctx: ctx, db: db, heads: make([]uint64, len(maps)), ids: maps, rng: mrand.New(mrand.NewPCG(1, 2))}
	if err := b.open(); err != nil {
		return bare, err
	}
	group := min(len(maps), max(1, int(math.Round(r.CommitBatches))))
	each := max(1, int(math.Round(r.CommitRows/math.Max(1, r.CommitBatches))))
	rows, start := 0, time.Now()
	for time.Since(start).Seconds() < r.Seconds {
		if err := b.commit(group, each); err != nil {
			return bare, err
		}
		rows += group * each
	}
	bare.RowsPerSecond = float64(rows) / time.Since(start).Seconds()
	bare.Share = float64(r.Ops) / r.Seconds / bare.RowsPerSecond
	return bare, nil
}

// bareRun is the driver with prepared statements.
type bareRun struct {
	ctx             context.Context
	db              *sql.DB
	advance, insert *sql.Stmt
	ids             []id.Map
	heads           []uint64
	rng             *mrand.Rand
	n               uint64
}

func (b *bareRun) open() (err error) {
	for i, m := range b.ids {
		if err := b.db.QueryRowContext(b.ctx, `SELECT head FROM room WHERE map_id = $1`, m[:]).Scan(&b.heads[i]); err != nil {
			return err
		}
	}
	if b.advance, err = b.db.PrepareContext(b.ctx, `UPDATE room SET head = $1, hash = $2, updated = $3 WHERE map_id = $4 AND head = $5`); err != nil {
		return err
	}
	b.insert, err = b.db.PrepareContext(b.ctx, `INSERT INTO op (map_id, seq, op_id, actor, ts, data) VALUES ($1, $2, $3, $4, $5, $6)`)
	return err
}

// commit is one transaction: rows for some maps, in the order of their ids.
func (b *bareRun) commit(group, each int) error {
	tx, err := b.db.BeginTx(b.ctx, nil)
	if err != nil {
		return err
	}
	advance, insert := tx.StmtContext(b.ctx, b.advance), tx.StmtContext(b.ctx, b.insert)
	from := b.rng.IntN(len(b.ids))
	for i := range group {
		at := (from + i) % len(b.ids)
		if err := b.rows(advance, insert, at, each); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func (b *bareRun) rows(advance, insert *sql.Stmt, at, each int) error {
	const rowBytes = 48 // what a load's op takes
	var op [24]byte
	var data [rowBytes]byte
	m, now := b.ids[at], time.Now().UnixMilli()
	head := b.heads[at]
	if _, err := advance.ExecContext(b.ctx, head+uint64(each), op[:16], now, m[:], head); err != nil {
		return err
	}
	for i := range each {
		b.n++
		_, _ = rand.Read(op[:1]) // never fails; few clients, as in a map
		op[0] &= 7
		binary.BigEndian.PutUint64(op[16:], b.n)
		if _, err := insert.ExecContext(b.ctx, m[:], head+uint64(i)+1, op[:], op[:16], now, data[:]); err != nil {
			return err
		}
	}
	b.heads[at] = head + uint64(each)
	return nil
}
