package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	textNewInvitation  = `INSERT INTO invitation (id, hash, made_by, created, expires, uses, used) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	textInvitation     = `SELECT id, hash, made_by, created, expires, uses, used FROM invitation WHERE hash = $1`
	textInvitations    = `SELECT id, hash, made_by, created, expires, uses, used FROM invitation WHERE expires > $1 AND used < uses ORDER BY created DESC, id LIMIT $2`
	textDropInvitation = `DELETE FROM invitation WHERE id = $1`

	textNewReset = `INSERT INTO reset (account, hash, expires) VALUES ($1, $2, $3)
		ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, expires = excluded.expires`
	textReset    = `SELECT hash, account, expires FROM reset WHERE hash = $1 AND expires > $2`
	textUseReset = `DELETE FROM reset WHERE hash = $1 AND expires > $2 RETURNING account`

	textSetting    = `SELECT value FROM setting WHERE name = $1`
	textSetSetting = `INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)

// CreateInvitation implements store.Invitations.
func (s *Store) CreateInvitation(ctx context.Context, v store.Invitation) error {
	return s.write(ctx, "create an invitation", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textNewInvitation, v.ID[:], v.Hash[:], v.By[:], v.Created, v.Expires, v.Uses, v.Used)
		return err
	})
}

func invitationColumns(v *store.Invitation) []any {
	return []any{blob(&v.ID), hashBlob(&v.Hash), blob(&v.By), &v.Created, &v.Expires, &v.Uses, &v.Used}
}

func noInvitation() *fault.Error { return fault.New(fault.NotFound, "there is no such invitation") }

// Invitation implements store.Invitations.
func (s *Store) Invitation(ctx context.Context, h store.Hash) (store.Invitation, error) {
	var v store.Invitation
	row := s.r.QueryRowContext(ctx, textInvitation, h[:])
	if err := one(row, "read an invitation", noInvitation(), invitationColumns(&v)...); err != nil {
		return store.Invitation{}, err
	}
	return v, nil
}

// ListInvitations implements store.Invitations.
func (s *Store) ListInvitations(ctx context.Context, now int64, limit int) ([]store.Invitation, error) {
	return collect(ctx, s.r, "list invitations", textInvitations, []any{now, limit}, invitationColumns)
}

// DeleteInvitation implements store.Invitations.
func (s *Store) DeleteInvitation(ctx context.Context, v store.InvitationID) error {
	return s.write(ctx, "delete an invitation", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textDropInvitation, v[:])
		return changed(res, err, noInvitation())
	})
}

// CreateReset implements store.Invitations.
func (s *Store) CreateReset(ctx context.Context, r store.Reset) error {
	return s.write(ctx, "create a reset", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textNewReset, r.Account[:], r.Hash[:], r.Expires)
		return err
	})
}

func noReset() *fault.Error {
	return fault.New(fault.NotFound, "the link is unknown, expired or was used")
}

// Reset implements store.Invitations.
func (s *Store) Reset(ctx context.Context, h store.Hash, now int64) (store.Reset, error) {
	var v store.Reset
	row := s.r.QueryRowContext(ctx, textReset, h[:], now)
	if err := one(row, "read a reset", noReset(), hashBlob(&v.Hash), blob(&v.Account), &v.Expires); err != nil {
		return store.Reset{}, err
	}
	return v, nil
}

// UseReset implements store.Invitations.
func (s *Store) UseReset(ctx context.Context, h store.Hash, c store.Credential, now int64) (a id.Account, out []store.Ended, err error) {
	err = s.write(ctx, "use a reset", func(tx *sql.Tx) (err error) {
		err = tx.QueryRowContext(ctx, textUseReset, h[:], now).Scan(blob(&a))
		if errors.Is(err, sql.ErrNoRows) {
			return noReset()
		}
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, textSetSecret, c.Hash, c.Pepper, a[:])
		if err := changed(res, err, noAccount()); err != nil {
			return err
		}
		out, err = end(ctx, tx, now, textEndAll, a[:])
		return err
	})
	if err != nil {
		return id.Account{}, nil, err
	}
	return a, out, nil
}

// Setting implements store.Invitations.
func (s *Store) Setting(ctx context.Context, key string) (string, error) {
	var v string
	err := one(s.r.QueryRowContext(ctx, textSetting, key), "read a setting", fault.New(fault.NotFound, "not set"), &v)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return v, err
}

// SetSetting implements store.Invitations.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	return s.write(ctx, "change a setting", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textSetSetting, key, value)
		return err
	})
}
