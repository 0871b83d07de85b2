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
	columnsInvitation = `id, hash, made_by, created, expires, uses, used, email, party, object, object_sort, role, mailed`
	textNewInvitation = `INSERT INTO invitation (` + columnsInvitation + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	textInvitation    = `SELECT ` + columnsInvitation + ` FROM invitation WHERE hash = $1`
	// Of a place: into an organisation, or to a thing. Of the site: neither.
	whereInvitation = ` FROM invitation WHERE expires > $1 AND used < uses AND (party = $2 OR object = $2) AND ($2 <> $3 OR party = $3 AND object = $3)`
	textInvitations = `SELECT ` + columnsInvitation + whereInvitation + ` ORDER BY created DESC, id LIMIT $4`
	textInvited     = `SELECT COUNT(*)` + whereInvitation

	textInvitedTo = `SELECT ` + columnsInvitation + ` FROM invitation WHERE email = $1 AND expires > $2 AND used < uses ORDER BY created DESC, id LIMIT $3`

	textDropInvitation = `DELETE FROM invitation WHERE id = $1 AND (party = $2 OR object = $2) AND ($2 <> $3 OR party = $3 AND object = $3)`
	textUseInvitation  = `UPDATE invitation SET used = used + 1 WHERE hash = $1 AND expires > $2 AND used < uses RETURNING ` + columnsInvitation
	textAddressIs      = `SELECT COUNT(*) FROM account WHERE id = $1 AND email = $2`
	// textMayInvite counts roles by which somebody ($1) who is not locked decides about a
	// place ($2); textIsOperator whether they decide about the site.
	textMayInvite = `SELECT COUNT(*) FROM access g JOIN within w ON w.container = g.object
		WHERE ` + parties + ` AND w.thing = $2 AND g.role = 4 AND EXISTS (SELECT 1 FROM account a WHERE a.id = $1 AND a.locked = 0)`
	textIsOperator = `SELECT COUNT(*) FROM account WHERE id = $1 AND operator = 1 AND locked = 0`
	// textMayCome counts what lets an account ($2) have a role in a place ($1): it lies in
	// no organisation, or in one that has guests or to which they belong.
	textMayCome = `SELECT 1 - COUNT(*) FROM within w JOIN org o ON o.id = w.container
		WHERE w.thing = $1 AND o.guests = 0 AND NOT EXISTS (SELECT 1 FROM belong b WHERE b.party = o.id AND b.account = $2)`
	textIsThere = `SELECT COUNT(*) FROM within WHERE thing = $1 AND container = $1`
	textRaise   = `INSERT INTO access (object, subject, role, added) VALUES ($1, $2, $3, $4)
		ON CONFLICT (object, subject) DO UPDATE SET role = excluded.role WHERE access.role < excluded.role`

	textSetting    = `SELECT value FROM setting WHERE name = $1`
	textSetSetting = `INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)

// CreateInvitation implements store.Invitations.
func (s *Store) CreateInvitation(ctx context.Context, v store.Invitation, most int) error {
	return s.write(ctx, "create an invitation", func(tx *sql.Tx) error {
		place, none := v.Object.ID, make([]byte, id.Size)
		if v.Object == (store.Ref{}) {
			place = v.Party
		}
		var have int
		if err := tx.QueryRowContext(ctx, textInvited, v.Created, place[:], none).Scan(&have); err != nil {
			return err
		}
		if have >= most {
			return fault.New(fault.Limit, "too many invitations are open; withdraw some first")
		}
		_, err := tx.ExecContext(ctx, textNewInvitation, v.ID[:], v.Hash[:], v.By[:], v.Created, v.Expires, v.Uses, v.Used,
			v.Email, v.Party[:], v.Object.ID[:], v.Object.Sort, v.Role, number(v.Mailed))
		return err
	})
}

func invitationColumns(v *store.Invitation) []any {
	return []any{blob(&v.ID), hashBlob(&v.Hash), blob(&v.By), &v.Created, &v.Expires, &v.Uses, &v.Used,
		&v.Email, blob(&v.Party), refColumn(&v.Object), &v.Object.Sort, &v.Role, &v.Mailed}
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
func (s *Store) ListInvitations(ctx context.Context, of store.Ref, now int64, limit int) ([]store.Invitation, error) {
	return collect(ctx, s.r, "list invitations", textInvitations, []any{now, of.ID[:], make([]byte, id.Size), limit}, invitationColumns)
}

// InvitationsFor implements store.Invitations.
func (s *Store) InvitationsFor(ctx context.Context, email string, now int64, limit int) ([]store.Invitation, error) {
	return collect(ctx, s.r, "list invitations for an address", textInvitedTo, []any{email, now, limit}, invitationColumns)
}

// DeleteInvitation implements store.Invitations.
func (s *Store) DeleteInvitation(ctx context.Context, v store.InvitationID, of store.Ref) error {
	return s.write(ctx, "delete an invitation", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textDropInvitation, v[:], of.ID[:], make([]byte, id.Size))
		return changed(res, err, noInvitation())
	})
}

// AcceptInvitation implements store.Invitations.
func (s *Store) AcceptInvitation(ctx context.Context, h store.Hash, a id.Account, now int64) (v store.Invitation, err error) {
	err = s.write(ctx, "accept an invitation", func(tx *sql.Tx) (err error) {
		v, err = accept(ctx, tx, h, a, now)
		return err
	})
	return v, err
}

func noEntry() *fault.Error {
	return fault.New(fault.Permission, "the invitation is unknown, expired, used up or for another address")
}

// accept counts a use and gives an account what the invitation says.
func accept(ctx context.Context, tx *sql.Tx, h store.Hash, a id.Account, now int64) (store.Invitation, error) {
	var v store.Invitation
	err := tx.QueryRowContext(ctx, textUseInvitation, h[:], now).Scan(invitationColumns(&v)...)
	if errors.Is(err, sql.ErrNoRows) {
		return v, noEntry()
	}
	if err != nil {
		return v, err
	}
	if err := stands(ctx, tx, v); err != nil {
		return v, err
	}
	if v.Email != "" {
		if err := acceptFor(ctx, tx, v, a, now); err != nil {
			return v, err
		}
	}
	if v.Party != (store.OrgID{}) {
		if _, err := tx.ExecContext(ctx, textBelong, v.Party[:], a[:], now); err != nil {
			return v, err
		}
	}
	if v.Object == (store.Ref{}) {
		return v, note(ctx, tx, now, store.OfAccount(a))
	}
	if err := some(ctx, tx, textMayCome, v.Object.ID[:], a[:]); err != nil {
		return v, err
	}
	if _, err := tx.ExecContext(ctx, textRaise, v.Object.ID[:], a[:], v.Role, now); err != nil {
		return v, err
	}
	return v, note(ctx, tx, now, store.OfAccount(a))
}

// acceptable refuses an invitation that nobody can use: it is over, or stands no more.
func acceptable(ctx context.Context, tx *sql.Tx, h store.Hash, now int64) error {
	var v store.Invitation
	err := tx.QueryRowContext(ctx, textInvitation, h[:]).Scan(invitationColumns(&v)...)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (v.Expires <= now || v.Used >= v.Uses) {
		return noEntry()
	}
	if err != nil {
		return err
	}
	return stands(ctx, tx, v)
}

// stands refuses an invitation whose place is gone, and one of somebody who may not
// invite there any more: they may have its secret still.
func stands(ctx context.Context, tx *sql.Tx, v store.Invitation) error {
	if v.Party == (store.OrgID{}) && v.Object == (store.Ref{}) {
		return some(ctx, tx, textIsOperator, v.By[:])
	}
	if v.Party != (store.OrgID{}) {
		if err := some(ctx, tx, textMayInvite, v.By[:], v.Party[:]); err != nil {
			return err
		}
	}
	if v.Object == (store.Ref{}) {
		return nil
	}
	return some(ctx, tx, textMayInvite, v.By[:], v.Object.ID[:])
}

// acceptFor refuses an account with another address. Who has a secret that was mailed
// there has the address.
func acceptFor(ctx context.Context, tx *sql.Tx, v store.Invitation, a id.Account, now int64) error {
	var n int
	if err := tx.QueryRowContext(ctx, textAddressIs, a[:], v.Email).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return noEntry()
	}
	if !v.Mailed {
		return nil
	}
	_, err := tx.ExecContext(ctx, textSetVerified, now, a[:])
	return err
}

// some refuses an invitation of which a query counts nothing.
func some(ctx context.Context, tx *sql.Tx, text string, args ...any) error {
	n, err := count(ctx, tx, text, args...)
	if err == nil && n == 0 {
		return noEntry()
	}
	return err
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
	return s.exec(ctx, "change a setting", textSetSetting, key, value)
}
