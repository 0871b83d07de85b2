package sqlstore

import (
	"context"
	"database/sql"

	"plectica/internal/store"
)

const (
	textNote          = `INSERT INTO notice (seq, sort, id, at) SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, $3 FROM notice`
	textForgetNotices = `DELETE FROM notice WHERE at < $1 AND seq < (SELECT MAX(seq) FROM notice)`
	textNotices       = `SELECT seq, sort, id, at FROM notice WHERE seq > $1 ORDER BY seq LIMIT $2`
	textLastNotice    = `SELECT COALESCE(MAX(seq), 0) FROM notice`
)

// note says in the transaction of a change whom or what it concerns.
func note(ctx context.Context, tx *sql.Tx, now int64, refs ...store.Ref) error {
	for _, r := range refs {
		if _, err := tx.ExecContext(ctx, textNote, r.Sort, r.ID[:], now); err != nil {
			return err
		}
	}
	return nil
}

// refColumn is an id whose sort is known otherwise.
func refColumn(r *store.Ref) fixed { return fixed{r.ID[:]} }

// NoticesSince implements store.Notices.
func (s *Store) NoticesSince(ctx context.Context, after int64, limit int) ([]store.Notice, error) {
	return collect(ctx, s.r, "list notices", textNotices, []any{after, limit}, func(v *store.Notice) []any {
		return []any{&v.Seq, &v.Ref.Sort, refColumn(&v.Ref), &v.At}
	})
}

// LastNotice implements store.Notices.
func (s *Store) LastNotice(ctx context.Context) (int64, error) {
	var n int64
	if err := s.r.QueryRowContext(ctx, textLastNotice).Scan(&n); err != nil {
		return 0, broken("find the last notice", err)
	}
	return n, nil
}
