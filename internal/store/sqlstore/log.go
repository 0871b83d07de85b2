package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	textAcquire = `INSERT INTO room (map_id, epoch, head, hash, node, node_addr, updated)
		VALUES ($1, 1, 0, $2, $3, '', 0)
		ON CONFLICT (map_id) DO UPDATE SET epoch = room.epoch + 1, node = excluded.node
		RETURNING epoch, head, hash`
	textAdvance = `UPDATE room SET head = $1, hash = $2, updated = $3
		WHERE map_id = $4 AND epoch = $5 AND head = $6`
	textRead  = `SELECT seq, op_id, actor, ts, data FROM op WHERE map_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`
	textHead  = `SELECT head FROM room WHERE map_id = $1`
	textRooms = `SELECT map_id, epoch, head, hash FROM room WHERE map_id > $1 ORDER BY map_id LIMIT $2`

	// A savepoint lets one batch be undone alone, and makes the engine copy every
	// page it touches.
	textSave    = `SAVEPOINT batch`
	textUndo    = `ROLLBACK TO SAVEPOINT batch`
	textRelease = `RELEASE SAVEPOINT batch`
)

// insertSizes are how many rows one statement inserts, the most first: starting
// one costs as much as a row does.
var insertSizes = [...]int{16, 4, 1}

// rowColumns is how many parameters a row of the log has.
const rowColumns = 6

// logStatements are the statements of the hot path.
type logStatements struct {
	advance, save, undo, release *sql.Stmt
	insert                       [len(insertSizes)]*sql.Stmt
}

func (l *logStatements) prepare(ctx context.Context, db *sql.DB, insert func(rows int) string) error {
	type statement struct {
		to   **sql.Stmt
		text string
	}
	all := []statement{{&l.advance, textAdvance}, {&l.save, textSave}, {&l.undo, textUndo}, {&l.release, textRelease}}
	for i, rows := range insertSizes {
		all = append(all, statement{&l.insert[i], insert(rows)})
	}
	for _, p := range all {
		st, err := db.PrepareContext(ctx, p.text)
		if err != nil {
			return err
		}
		*p.to = st
	}
	return nil
}

// in returns the statements bound to a transaction.
func (l logStatements) in(ctx context.Context, tx *sql.Tx) logStatements {
	out := logStatements{
		advance: tx.StmtContext(ctx, l.advance),
		save:    tx.StmtContext(ctx, l.save),
		undo:    tx.StmtContext(ctx, l.undo),
		release: tx.StmtContext(ctx, l.release),
	}
	for i, st := range l.insert {
		out.insert[i] = tx.StmtContext(ctx, st)
	}
	return out
}

// Acquire implements store.Log.
func (s *Store) Acquire(ctx context.Context, m id.Map, node string) (store.Room, error) {
	var r store.Room
	var zero [16]byte
	err := s.transact(ctx, "acquire a map", func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, textAcquire, m[:], zero[:], node).Scan(&r.Epoch, &r.Head, fixed{r.Hash[:]})
	})
	if err != nil {
		return store.Room{}, err
	}
	return r, nil
}

// Append implements store.Log.
func (s *Store) Append(ctx context.Context, batches []store.Batch) []error {
	errs := make([]error, len(batches))
	// One order for all writers; batches of one map keep theirs.
	order := make([]int, len(batches))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return id.Compare(batches[a].Map, batches[b].Map) })

	// A repeated op is all that needs undoing, and sequencers see to it that there
	// is none: savepoints only once there is one.
	err := s.appendAll(ctx, batches, order, errs, false)
	if fault.Is(err, fault.Conflict) {
		err = s.appendAll(ctx, batches, order, errs, true)
	}
	if err == nil {
		return errs
	}
	for i := range errs {
		errs[i] = fault.Wrap(fault.Lost, "the append's outcome is unknown", err)
	}
	return errs
}

// appendAll writes all batches in one transaction and notes which were refused.
// Without care a repeated op fails it whole, with fault.Conflict and no trace.
func (s *Store) appendAll(ctx context.Context, batches []store.Batch, order []int, errs []error, care bool) error {
	clear(errs)
	return s.transact(ctx, "append", func(ctx context.Context, tx *sql.Tx) error {
		short := ctx
		switch {
		case s.d.Remote == nil:
			// A statement that can be interrupted costs a goroutine. These are short:
			// looking up between the batches is enough.
			short = context.WithoutCancel(ctx)
		case !care:
			if err := s.appendTogether(ctx, tx, batches, order, errs); err != nil {
				return err
			}
			return s.noteAll(ctx, tx, batches, errs)
		}
		st := s.log.in(short, tx)
		for _, i := range order {
			if err := ctx.Err(); err != nil {
				return err
			}
			refused, err := s.appendOne(short, st, batches[i], care)
			if err != nil {
				return err
			}
			if refused != nil {
				errs[i] = refused
			}
		}
		return s.noteAll(short, tx, batches, errs)
	})
}

// noteAll adds what batches bring to the audit log, unless they were refused.
func (s *Store) noteAll(ctx context.Context, tx *sql.Tx, batches []store.Batch, errs []error) error {
	var all store.Note
	for i := range batches {
		if errs[i] == nil {
			all.Lines = append(all.Lines, batches[i].Note.Lines...)
			all.Keys = append(all.Keys, batches[i].Note.Keys...)
		}
	}
	return s.note(ctx, tx, all)
}

// appendTogether writes all batches in few statements: what comes first of each map in
// the first two, what comes next in the next two. A repeated op is fault.Conflict.
func (s *Store) appendTogether(ctx context.Context, tx *sql.Tx, batches []store.Batch, order []int, errs []error) error {
	for len(order) > 0 {
		var now []store.Batch
		var which, later []int
		for _, i := range order {
			if refused := store.CheckBatch(batches[i]); refused != nil {
				errs[i] = refused
			} else if len(batches[i].Rows) == 0 {
				continue // a note alone
			} else if len(now) > 0 && now[len(now)-1].Map == batches[i].Map {
				later = append(later, i)
			} else {
				now, which = append(now, batches[i]), append(which, i)
			}
		}
		if err := s.appendWave(ctx, tx, now, which, errs); err != nil {
			return err
		}
		order = later
	}
	return nil
}

// appendWave writes batches of different maps; which are their places among errs.
func (s *Store) appendWave(ctx context.Context, tx *sql.Tx, batches []store.Batch, which []int, errs []error) error {
	if len(batches) == 0 {
		return nil
	}
	done, err := s.d.Remote.Advance(ctx, tx, batches)
	if err != nil {
		return err
	}
	good := make([]store.Batch, 0, len(batches))
	for k, b := range batches {
		if done[k] {
			good = append(good, b)
		} else {
			errs[which[k]] = notOurs()
		}
	}
	err = s.d.Remote.Insert(ctx, tx, good)
	if err != nil && s.d.IsUnique(err) {
		return fault.New(fault.Conflict, "an operation was committed before")
	}
	return err
}

func notOurs() *fault.Error {
	return fault.New(fault.Lost, "the map has another owner or another head")
}

// appendOne writes one batch, or refuses it and leaves no trace of it. Without
// care a repeated op is an error.
func (s *Store) appendOne(ctx context.Context, st logStatements, b store.Batch, care bool) (refused *fault.Error, err error) {
	if refused := store.CheckBatch(b); refused != nil {
		return refused, nil
	}
	if len(b.Rows) == 0 {
		return nil, nil // a note alone
	}
	if !care {
		refused, err := s.writeBatch(ctx, st, b)
		if err == nil && refused != nil && refused.Kind == fault.Conflict {
			return nil, refused
		}
		return refused, err
	}
	if _, err := st.save.ExecContext(ctx); err != nil {
		return nil, err
	}
	if refused, err = s.writeBatch(ctx, st, b); err != nil {
		return nil, err
	}
	if refused != nil {
		if _, err := st.undo.ExecContext(ctx); err != nil {
			return nil, err
		}
	}
	_, err = st.release.ExecContext(ctx)
	return refused, err
}

// writeBatch advances the head and writes the rows. A batch refused for its epoch
// or head has written nothing, one refused for a repeated op may have.
func (s *Store) writeBatch(ctx context.Context, st logStatements, b store.Batch) (refused *fault.Error, err error) {
	last := b.Rows[len(b.Rows)-1]
	res, err := st.advance.ExecContext(ctx, int64(last.Seq), b.Hash[:], last.At, b.Map[:], int64(b.Epoch), int64(b.Head))
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil {
		return nil, err
	} else if n == 0 {
		return notOurs(), nil
	}
	err = st.insertRows(ctx, b)
	if err != nil && s.d.IsUnique(err) {
		return fault.New(fault.Conflict, "the operation was committed before"), nil
	}
	return nil, err
}

// insertRows writes a batch's rows in as few statements as there are sizes for.
func (l logStatements) insertRows(ctx context.Context, b store.Batch) error {
	args := make([]any, 0, rowColumns*insertSizes[0])
	left := b.Rows
	for i, size := range insertSizes {
		for len(left) >= size {
			with := args
			for k := range left[:size] {
				r := &left[k]
				with = append(with, b.Map[:], int64(r.Seq), r.OpID[:], r.Actor[:], r.At, r.Data)
			}
			if _, err := l.insert[i].ExecContext(ctx, with...); err != nil {
				return err
			}
			left = left[size:]
		}
	}
	return nil
}

// Read implements store.Log.
func (s *Store) Read(ctx context.Context, m id.Map, after uint64, limit int) ([]store.Row, error) {
	// The head is read first: the log only grows, so rows up to it must be there.
	var head uint64
	none := fault.New(fault.NotFound, "")
	err := one(s.r.QueryRowContext(ctx, textHead, m[:]), "read a head", none, &head)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	rows, err := collect(ctx, s.r, "read a log", textRead, []any{m[:], int64(after), limit}, func(v *store.Row) []any {
		return []any{&v.Seq, fixed{v.OpID[:]}, blob(&v.Actor), &v.At, &v.Data}
	})
	if err != nil {
		return nil, err
	}
	next := after + 1
	for _, r := range rows {
		if r.Seq != next {
			return nil, fault.New(fault.Internal, fmt.Sprintf("the log of map %v lacks row %d", m, next))
		}
		next++
	}
	if len(rows) < limit && next <= head {
		return nil, fault.New(fault.Internal, fmt.Sprintf("the log of map %v ends at row %d of %d", m, next-1, head))
	}
	return rows, nil
}

// Rooms implements store.Checker.
func (s *Store) Rooms(ctx context.Context, after id.Map, limit int) ([]store.RoomRecord, error) {
	return listRooms(ctx, s.r, after, limit)
}

func listRooms(ctx context.Context, q querier, after id.Map, limit int) ([]store.RoomRecord, error) {
	return collect(ctx, q, "list logs", textRooms, []any{after[:], limit}, func(v *store.RoomRecord) []any {
		return []any{blob(&v.Map), &v.Room.Epoch, &v.Room.Head, fixed{v.Room.Hash[:]}}
	})
}
