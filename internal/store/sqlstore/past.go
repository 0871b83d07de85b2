package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	textRoom    = `SELECT epoch, head, hash FROM room WHERE map_id = $1`
	textBase    = `SELECT seq, at, data FROM base WHERE map_id = $1`
	textBaseSeq = `SELECT seq FROM base WHERE map_id = $1`
	textSetBase = `INSERT INTO base (map_id, seq, at, data) VALUES ($1, $2, $3, $4)
		ON CONFLICT (map_id) DO UPDATE SET seq = excluded.seq, at = excluded.at, data = excluded.data`
	textTrim    = `DELETE FROM op WHERE map_id = $1 AND seq IN (SELECT seq FROM op WHERE map_id = $1 AND seq <= $2 ORDER BY seq LIMIT $3)`
	textStrides = `SELECT seq, actor, ts FROM op WHERE map_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3`
	textMoment  = `SELECT ts FROM op WHERE map_id = $1 AND seq = $2`

	columnsSnapshot = `SELECT map_id, seq, hash, picture, size, at, made, damaged FROM snapshot `
	textAddSnapshot = `INSERT INTO snapshot (map_id, seq, hash, picture, size, at, made, damaged) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
		ON CONFLICT (map_id, seq) DO UPDATE SET hash = excluded.hash, picture = excluded.picture, size = excluded.size, made = excluded.made, damaged = 0
		WHERE snapshot.damaged = 1`
	textSnapshots     = columnsSnapshot + `WHERE map_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3`
	textSpoilSnapshot = `UPDATE snapshot SET damaged = 1 WHERE map_id = $1 AND seq = $2`
	textDropSnapshot  = `DELETE FROM snapshot WHERE map_id = $1 AND seq = $2`
	textSpoilt        = columnsSnapshot + `WHERE damaged = 1 ORDER BY map_id, seq DESC LIMIT $1`
	textLostSnapshots = columnsSnapshot + `WHERE NOT EXISTS (SELECT 1 FROM room r WHERE r.map_id = snapshot.map_id) ORDER BY map_id, seq DESC LIMIT $1`

	// A correlated subquery reads one row of each map's snapshots.
	textBehind = `SELECT r.map_id, r.head,
			COALESCE((SELECT s.seq FROM snapshot s WHERE s.map_id = r.map_id AND s.damaged = 0 ORDER BY s.seq DESC LIMIT 1), 0),
			COALESCE((SELECT b.seq FROM base b WHERE b.map_id = r.map_id), 0)
		FROM room r WHERE r.map_id > $1 ORDER BY r.map_id LIMIT $2`
	textUnshipped = `SELECT r.map_id, r.head, COALESCE(s.seq, 0), COALESCE((SELECT b.seq FROM base b WHERE b.map_id = r.map_id), 0)
		FROM room r LEFT JOIN shipped s ON s.map_id = r.map_id AND s.place = $3
		WHERE r.map_id > $1 ORDER BY r.map_id LIMIT $2`
	textShipped = `INSERT INTO shipped (place, map_id, seq) VALUES ($1, $2, $3)
		ON CONFLICT (place, map_id) DO UPDATE SET seq = excluded.seq WHERE shipped.seq < excluded.seq`

	textShippedTo = `SELECT seq FROM shipped WHERE place = $1 AND map_id = $2`

	textVersions     = `SELECT seq, name, made_by, made FROM version WHERE map_id = $1 ORDER BY seq DESC`
	textVersionCount = `SELECT COUNT(*) FROM version WHERE map_id = $1 AND seq <> $2`
	textSetVersion   = `INSERT INTO version (map_id, seq, name, made_by, made) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (map_id, seq) DO UPDATE SET name = excluded.name, made_by = excluded.made_by, made = excluded.made`
	textDropVersion = `DELETE FROM version WHERE map_id = $1 AND seq = $2`

	textAddRecord   = `INSERT INTO record (kind, at, id, ok, data) VALUES ($1, $2, $3, $4, $5)`
	textRecords     = `SELECT kind, at, id, ok, data FROM record WHERE kind = $1 ORDER BY at DESC, id LIMIT $2`
	textDropRecords = `DELETE FROM record WHERE kind = $1 AND at < $2`
)

// before returns a bound for seqs as engines count them; 0 is none.
func before(seq uint64) int64 {
	if seq == 0 || seq > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(seq)
}

// Room implements store.Past.
func (s *Store) Room(ctx context.Context, m id.Map) (store.Room, error) {
	var r store.Room
	err := one(s.r.QueryRowContext(ctx, textRoom, m[:]), "read a map's record", fault.New(fault.NotFound, "the map has no log"), &r.Epoch, &r.Head, fixed{r.Hash[:]})
	return r, err
}

// Base implements store.Past.
func (s *Store) Base(ctx context.Context, m id.Map) (store.Base, error) {
	var b store.Base
	err := one(s.r.QueryRowContext(ctx, textBase, m[:]), "read a base", fault.New(fault.NotFound, "the log begins with the first change"), &b.Seq, &b.At, &b.Data)
	return b, err
}

// Trim implements store.Past.
func (s *Store) Trim(ctx context.Context, m id.Map, b store.Base, limit int) (done bool, err error) {
	if len(b.Data) == 0 || len(b.Data) > store.MaxBase || b.Seq == 0 {
		return false, fault.New(fault.Invalid, "a base that is none")
	}
	err = s.write(ctx, "trim a log", func(tx *sql.Tx) error {
		var head, at uint64
		err := tx.QueryRowContext(ctx, textHead, m[:]).Scan(&head)
		if errors.Is(err, sql.ErrNoRows) || err == nil && head < b.Seq {
			return fault.New(fault.Invalid, "a base after the log's end")
		}
		if err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, textBaseSeq, m[:]).Scan(&at)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if at > b.Seq {
			return fault.New(fault.Conflict, "a base before the one there is")
		}
		if at < b.Seq {
			if _, err := tx.ExecContext(ctx, textSetBase, m[:], int64(b.Seq), b.At, b.Data); err != nil {
				return err
			}
		}
		res, err := tx.ExecContext(ctx, textTrim, m[:], int64(b.Seq), limit)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		done = n < int64(limit)
		return err
	})
	return done && err == nil, err
}

// Strides implements store.Past.
func (s *Store) Strides(ctx context.Context, m id.Map, upTo uint64, limit int) ([]store.Stride, error) {
	return collect(ctx, s.r, "list changes", textStrides, []any{m[:], before(upTo), limit}, func(v *store.Stride) []any {
		return []any{&v.Seq, blob(&v.Actor), &v.At}
	})
}

func snapshotColumns(v *store.Snapshot) []any {
	return []any{blob(&v.Map), &v.Seq, hashBlob(&v.Hash), hashBlob(&v.Picture), &v.Size, &v.At, &v.Made, &v.Damaged}
}

// AddSnapshot implements store.Past.
func (s *Store) AddSnapshot(ctx context.Context, v store.Snapshot) error {
	return s.write(ctx, "note a snapshot", func(tx *sql.Tx) error {
		var head uint64
		err := tx.QueryRowContext(ctx, textHead, v.Map[:]).Scan(&head)
		if errors.Is(err, sql.ErrNoRows) || err == nil && head < v.Seq {
			return fault.New(fault.NotFound, "the map has not come to this")
		}
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, textAddSnapshot, v.Map[:], int64(v.Seq), v.Hash[:], v.Picture[:], v.Size, v.At, v.Made)
		return changed(res, err, fault.New(fault.Conflict, "there is a snapshot of this already"))
	})
}

// Snapshots implements store.Past.
func (s *Store) Snapshots(ctx context.Context, m id.Map, upTo uint64, limit int) ([]store.Snapshot, error) {
	return collect(ctx, s.r, "list snapshots", textSnapshots, []any{m[:], before(upTo), limit}, snapshotColumns)
}

// SpoilSnapshot implements store.Past.
func (s *Store) SpoilSnapshot(ctx context.Context, m id.Map, seq uint64) error {
	return s.exec(ctx, "spoil a snapshot", textSpoilSnapshot, m[:], int64(seq))
}

// DropSnapshot implements store.Past.
func (s *Store) DropSnapshot(ctx context.Context, m id.Map, seq uint64) error {
	return s.exec(ctx, "forget a snapshot", textDropSnapshot, m[:], int64(seq))
}

// Spoilt implements store.Past.
func (s *Store) Spoilt(ctx context.Context, limit int) ([]store.Snapshot, error) {
	return collect(ctx, s.r, "list damaged snapshots", textSpoilt, []any{limit}, snapshotColumns)
}

// Orphans implements store.Past.
func (s *Store) Orphans(ctx context.Context, limit int) ([]store.Snapshot, error) {
	return collect(ctx, s.r, "list snapshots of no map", textLostSnapshots, []any{limit}, snapshotColumns)
}

// Behind implements store.Past.
func (s *Store) Behind(ctx context.Context, after id.Map, limit int) ([]store.Behind, id.Map, bool, error) {
	return s.behind(ctx, "list maps behind", textBehind, after, limit)
}

// Unshipped implements store.Shipping.
func (s *Store) Unshipped(ctx context.Context, place string, after id.Map, limit int) ([]store.Behind, id.Map, bool, error) {
	return s.behind(ctx, "list maps to ship", textUnshipped, after, limit, place)
}

// behind walks over limit maps and returns those whose head is past what was kept of
// them.
func (s *Store) behind(ctx context.Context, what, text string, after id.Map, limit int, more ...any) ([]store.Behind, id.Map, bool, error) {
	type row struct {
		store.Behind
		base uint64
	}
	rows, err := collect(ctx, s.r, what, text, append([]any{after[:], limit}, more...), func(v *row) []any {
		return []any{blob(&v.Map), &v.Head, &v.Seq, &v.base}
	})
	if err != nil {
		return nil, after, false, err
	}
	var list []store.Behind
	for _, v := range rows {
		after = v.Map
		if v.Seq = max(v.Seq, v.base); v.Head <= v.Seq {
			continue
		}
		err := s.r.QueryRowContext(ctx, textMoment, v.Map[:], int64(v.Seq)+1).Scan(&v.Since)
		if err != nil && !errors.Is(err, sql.ErrNoRows) { // a damaged log is found by who reads it
			return nil, after, false, broken(what, err)
		}
		list = append(list, v.Behind)
	}
	return list, after, len(rows) < limit, nil
}

// Shipped implements store.Shipping.
func (s *Store) Shipped(ctx context.Context, place string, m id.Map) (uint64, error) {
	var seq uint64
	err := one(s.r.QueryRowContext(ctx, textShippedTo, place, m[:]), "read what was shipped", fault.New(fault.NotFound, ""), &seq)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	return seq, err
}

// NoteShipped implements store.Shipping.
func (s *Store) NoteShipped(ctx context.Context, place string, upTo map[id.Map]uint64) error {
	return s.write(ctx, "note what was shipped", func(tx *sql.Tx) error {
		for m, seq := range upTo {
			if _, err := tx.ExecContext(ctx, textShipped, place, m[:], int64(seq)); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetVersion implements store.Past.
func (s *Store) SetVersion(ctx context.Context, m id.Map, v store.Version) error {
	return s.write(ctx, "name a version", func(tx *sql.Tx) error {
		var head uint64
		err := tx.QueryRowContext(ctx, textHead, m[:]).Scan(&head)
		if errors.Is(err, sql.ErrNoRows) || err == nil && (head < v.Seq || v.Seq == 0) {
			return fault.New(fault.NotFound, "the map has not come to this")
		}
		if err != nil {
			return err
		}
		var others int
		if err := tx.QueryRowContext(ctx, textVersionCount, m[:], int64(v.Seq)).Scan(&others); err != nil {
			return err
		}
		if others >= store.MaxVersions {
			return fault.New(fault.Limit, "the map has as many named versions as it may have")
		}
		_, err = tx.ExecContext(ctx, textSetVersion, m[:], int64(v.Seq), v.Name, v.By[:], v.Made)
		return err
	})
}

// DropVersion implements store.Past.
func (s *Store) DropVersion(ctx context.Context, m id.Map, seq uint64) error {
	return s.write(ctx, "forget a version's name", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textDropVersion, m[:], int64(seq))
		return changed(res, err, fault.New(fault.NotFound, "this version has no name"))
	})
}

// Versions implements store.Past.
func (s *Store) Versions(ctx context.Context, m id.Map) ([]store.Version, error) {
	return collect(ctx, s.r, "list versions", textVersions, []any{m[:]}, func(v *store.Version) []any {
		return []any{&v.Seq, &v.Name, blob(&v.By), &v.Made}
	})
}

// AddRecord implements store.Records.
func (s *Store) AddRecord(ctx context.Context, r store.Record) error {
	if len(r.Data) > store.MaxRecordBytes {
		return fault.New(fault.Limit, "a record that is too long")
	}
	ok := 0
	if r.OK {
		ok = 1
	}
	return s.exec(ctx, "add a record", textAddRecord, r.Kind, r.At, r.ID[:], ok, string(r.Data))
}

// Records implements store.Records.
func (s *Store) Records(ctx context.Context, kind string, limit int) ([]store.Record, error) {
	return collect(ctx, s.r, "list records", textRecords, []any{kind, limit}, func(v *store.Record) []any {
		return []any{&v.Kind, &v.At, blob(&v.ID), &v.OK, &v.Data}
	})
}

// DropRecords implements store.Records.
func (s *Store) DropRecords(ctx context.Context, kind string, before int64) error {
	return s.exec(ctx, "forget records", textDropRecords, kind, before)
}
