package sqlstore

import (
	"context"
	"database/sql"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	textAnyAccount    = `SELECT COUNT(*) FROM (SELECT id FROM account LIMIT 1) AS a`
	textUseInvitation = `UPDATE invitation SET used = used + 1 WHERE hash = $1 AND expires > $2 AND used < uses`
	textNewAccount    = `INSERT INTO account (id, email, name, operator, created, password, pepper)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	textAccount   = `SELECT id, email, name, operator, created FROM account WHERE id = $1`
	textByEmail   = `SELECT id, email, name, operator, created, password, pepper FROM account WHERE email = $1`
	textSetSecret = `UPDATE account SET password = $1, pepper = $2 WHERE id = $3`

	textNewSession = `INSERT INTO session (hash, account, created, seen) VALUES ($1, $2, $3, $4)`
	textSession    = `SELECT s.hash, s.account, s.created, s.seen, a.id, a.email, a.name, a.operator, a.created
		FROM session s JOIN account a ON a.id = s.account WHERE s.hash = $1`
	textTouch       = `UPDATE session SET seen = $1 WHERE hash = $2 AND seen < $1`
	textEndOne      = `DELETE FROM session WHERE hash = $1 RETURNING hash, account`
	textEndAll      = `DELETE FROM session WHERE account = $1 RETURNING hash, account`
	textEndStale    = `DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE seen < $1 OR created < $2 LIMIT $3) RETURNING hash, account`
	textNote        = `INSERT INTO ended (seq, hash, account, at) SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, $3 FROM ended RETURNING seq`
	textForgetEnded = `DELETE FROM ended WHERE at < $1 AND seq < (SELECT MAX(seq) FROM ended)`
	textEndedSince  = `SELECT seq, hash, account, at FROM ended WHERE seq > $1 ORDER BY seq LIMIT $2`
	textLastEnded   = `SELECT COALESCE(MAX(seq), 0) FROM ended`
)

// CreateAccount implements store.Accounts.
func (s *Store) CreateAccount(ctx context.Context, n store.NewAccount) error {
	return s.write(ctx, "create an account", func(tx *sql.Tx) error {
		if n.First {
			var count int
			if err := tx.QueryRowContext(ctx, textAnyAccount).Scan(&count); err != nil {
				return err
			}
			if count > 0 {
				return fault.New(fault.Gone, "there is an account already")
			}
		}
		if n.Invitation != (store.Hash{}) {
			res, err := tx.ExecContext(ctx, textUseInvitation, n.Invitation[:], n.Now)
			err = changed(res, err, fault.New(fault.Permission, "the invitation is unknown, expired or used up"))
			if err != nil {
				return err
			}
		}
		a, c := n.Account, n.Credential
		_, err := tx.ExecContext(ctx, textNewAccount, a.ID[:], a.Email, a.Name, number(a.Operator), a.Created, c.Hash, c.Pepper)
		if err != nil && s.d.IsUnique(err) {
			return fault.New(fault.Conflict, "there is such an account already")
		}
		return err
	})
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func accountColumns(a *store.Account) []any {
	return []any{blob(&a.ID), &a.Email, &a.Name, &a.Operator, &a.Created}
}

func noAccount() *fault.Error { return fault.New(fault.NotFound, "there is no such account") }

// Account implements store.Accounts.
func (s *Store) Account(ctx context.Context, a id.Account) (store.Account, error) {
	var v store.Account
	row := s.r.QueryRowContext(ctx, textAccount, a[:])
	if err := one(row, "read an account", noAccount(), accountColumns(&v)...); err != nil {
		return store.Account{}, err
	}
	return v, nil
}

// AccountByEmail implements store.Accounts.
func (s *Store) AccountByEmail(ctx context.Context, email string) (store.Account, store.Credential, error) {
	var v store.Account
	var c store.Credential
	row := s.r.QueryRowContext(ctx, textByEmail, email)
	if err := one(row, "read an account", noAccount(), append(accountColumns(&v), &c.Hash, &c.Pepper)...); err != nil {
		return store.Account{}, store.Credential{}, err
	}
	return v, c, nil
}

// SetCredential implements store.Accounts.
func (s *Store) SetCredential(ctx context.Context, a id.Account, c store.Credential) error {
	return s.write(ctx, "set a password", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textSetSecret, c.Hash, c.Pepper, a[:])
		return changed(res, err, noAccount())
	})
}

// AnyAccount implements store.Accounts.
func (s *Store) AnyAccount(ctx context.Context) (bool, error) {
	var n int
	if err := s.r.QueryRowContext(ctx, textAnyAccount).Scan(&n); err != nil {
		return false, broken("count accounts", err)
	}
	return n > 0, nil
}

// CreateSession implements store.Sessions.
func (s *Store) CreateSession(ctx context.Context, v store.Session) error {
	return s.write(ctx, "create a session", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textNewSession, v.Hash[:], v.Account[:], v.Created, v.Seen)
		return err
	})
}

// Session implements store.Sessions.
func (s *Store) Session(ctx context.Context, h store.Hash) (store.Session, store.Account, error) {
	var v store.Session
	var a store.Account
	to := append([]any{hashBlob(&v.Hash), blob(&v.Account), &v.Created, &v.Seen}, accountColumns(&a)...)
	row := s.r.QueryRowContext(ctx, textSession, h[:])
	if err := one(row, "read a session", fault.New(fault.NotFound, "there is no such session"), to...); err != nil {
		return store.Session{}, store.Account{}, err
	}
	return v, a, nil
}

// TouchSession implements store.Sessions.
func (s *Store) TouchSession(ctx context.Context, h store.Hash, now int64) error {
	return s.write(ctx, "touch a session", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textTouch, now, h[:])
		return err
	})
}

// end deletes sessions and notes each of them, in the transaction it is given.
func end(ctx context.Context, tx *sql.Tx, now int64, text string, args ...any) ([]store.Ended, error) {
	out, err := collect(ctx, tx, "end sessions", text, args, func(v *store.Ended) []any {
		return []any{hashBlob(&v.Hash), blob(&v.Account)}
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		v := &out[i]
		v.At = now
		if err := tx.QueryRowContext(ctx, textNote, v.Hash[:], v.Account[:], now).Scan(&v.Seq); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// EndSession implements store.Sessions.
func (s *Store) EndSession(ctx context.Context, h store.Hash, now int64) (out []store.Ended, err error) {
	err = s.write(ctx, "end a session", func(tx *sql.Tx) (err error) {
		out, err = end(ctx, tx, now, textEndOne, h[:])
		return err
	})
	return out, err
}

// EndSessions implements store.Sessions.
func (s *Store) EndSessions(ctx context.Context, a id.Account, now int64) (out []store.Ended, err error) {
	err = s.write(ctx, "end an account's sessions", func(tx *sql.Tx) (err error) {
		out, err = end(ctx, tx, now, textEndAll, a[:])
		return err
	})
	return out, err
}

// EndStaleSessions implements store.Sessions.
func (s *Store) EndStaleSessions(ctx context.Context, idle, born, now int64, limit int) (out []store.Ended, err error) {
	err = s.write(ctx, "end stale sessions", func(tx *sql.Tx) (err error) {
		if out, err = end(ctx, tx, now, textEndStale, idle, born, limit); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, textForgetEnded, born)
		return err
	})
	return out, err
}

// EndedSince implements store.Sessions.
func (s *Store) EndedSince(ctx context.Context, after int64, limit int) ([]store.Ended, error) {
	return collect(ctx, s.r, "list ended sessions", textEndedSince, []any{after, limit}, func(v *store.Ended) []any {
		return []any{&v.Seq, hashBlob(&v.Hash), blob(&v.Account), &v.At}
	})
}

// LastEnded implements store.Sessions.
func (s *Store) LastEnded(ctx context.Context) (int64, error) {
	var n int64
	if err := s.r.QueryRowContext(ctx, textLastEnded).Scan(&n); err != nil {
		return 0, broken("find the last ended session", err)
	}
	return n, nil
}
