package sqlstore

import (
	"context"
	"database/sql"

	"plectica/internal/fault"
	"plectica/internal/store"
)

const (
	textMailCount = `SELECT COUNT(*) FROM outbox`
	textAddMail   = `INSERT INTO outbox (id, data, created, due, tries) VALUES ($1, $2, $3, $4, $5)`
	textDueMail   = `SELECT id, data, created, due, tries FROM outbox WHERE due <= $1 ORDER BY due, id LIMIT $2`
	textPutOff    = `UPDATE outbox SET due = $1, tries = tries + 1 WHERE id = $2`
	textDropMail  = `DELETE FROM outbox WHERE id = $1`
	textMailState = `SELECT COUNT(*), COALESCE(MIN(created), 0) FROM outbox`
)

func mailColumns(v *store.Mail) []any {
	return []any{fixed{v.ID[:]}, &v.Data, &v.Created, &v.Due, &v.Tries}
}

// AddMail implements store.Outbox.
func (s *Store) AddMail(ctx context.Context, m store.Mail, most int) error {
	return s.write(ctx, "put a mail in the outbox", func(tx *sql.Tx) error {
		var others int
		if err := tx.QueryRowContext(ctx, textMailCount).Scan(&others); err != nil {
			return err
		}
		if others >= most {
			return fault.New(fault.Limit, "too many mails wait to be sent; try again later")
		}
		_, err := tx.ExecContext(ctx, textAddMail, m.ID[:], m.Data, m.Created, m.Due, m.Tries)
		if err != nil && s.d.IsUnique(err) {
			return fault.New(fault.Conflict, "this mail waits already")
		}
		return err
	})
}

// DueMail implements store.Outbox.
func (s *Store) DueMail(ctx context.Context, now int64, limit int) ([]store.Mail, error) {
	return collect(ctx, s.r, "read the outbox", textDueMail, []any{now, limit}, mailColumns)
}

// PutOff implements store.Outbox.
func (s *Store) PutOff(ctx context.Context, m store.MailID, due int64) error {
	return s.write(ctx, "put a mail off", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textPutOff, due, m[:])
		return err
	})
}

// DropMail implements store.Outbox.
func (s *Store) DropMail(ctx context.Context, m store.MailID) error {
	return s.write(ctx, "drop a mail", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textDropMail, m[:])
		return err
	})
}

// CountMail implements store.Outbox.
func (s *Store) CountMail(ctx context.Context) (n int, oldest int64, err error) {
	err = one(s.r.QueryRowContext(ctx, textMailState), "count the outbox", fault.New(fault.Internal, "counting gave no row"), &n, &oldest)
	return n, oldest, err
}
