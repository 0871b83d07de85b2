package sqlstore

import (
	"context"
	"database/sql"

	"plectica/internal/fault"
	"plectica/internal/id"
)

const (
	textKept      = `SELECT value FROM kept WHERE account = $1 AND name = $2`
	textKeptCount = `SELECT COUNT(*), COALESCE(SUM(LENGTH(value)), 0) FROM kept WHERE account = $1 AND name <> $2`
	textKeep      = `INSERT INTO kept (account, name, value, updated) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account, name) DO UPDATE SET value = excluded.value, updated = excluded.updated`
	textKeepNot = `DELETE FROM kept WHERE account = $1 AND name = $2`
)

// Kept implements store.Accounts.
func (s *Store) Kept(ctx context.Context, a id.Account, name string) ([]byte, error) {
	var v []byte
	err := one(s.r.QueryRowContext(ctx, textKept, a[:], name), "read what is kept", fault.New(fault.NotFound, "nothing is kept under this name"), &v)
	return v, err
}

// Keep implements store.Accounts.
func (s *Store) Keep(ctx context.Context, a id.Account, name string, value []byte, most, room int, now int64) error {
	return s.write(ctx, "keep something", func(tx *sql.Tx) error {
		if len(value) == 0 {
			_, err := tx.ExecContext(ctx, textKeepNot, a[:], name)
			return err
		}
		var others, size int
		if err := tx.QueryRowContext(ctx, textKeptCount, a[:], name).Scan(&others, &size); err != nil {
			return err
		}
		if others >= most || size+len(value) > room {
			return fault.New(fault.Limit, "you keep as many things as you may")
		}
		_, err := tx.ExecContext(ctx, textKeep, a[:], name, value, now)
		return err
	})
}
