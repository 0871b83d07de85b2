package sqlstore

import (
	"context"
	"database/sql"
	"strings"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	textAnyAccount  = `SELECT COUNT(*) FROM (SELECT id FROM account LIMIT 1) AS a`
	textAnyOperator = `SELECT COUNT(*) FROM account WHERE operator = 1`
	textNewAccount  = `INSERT INTO account (id, email, name, operator, created, verified, locked, password, pepper)
		VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)`
	textAccount     = `SELECT ` + columnsAccount + ` FROM account a WHERE a.id = $1`
	textByEmail     = `SELECT ` + columnsAccount + `, a.password, a.pepper FROM account a WHERE a.email = $1`
	textSetSecret   = `UPDATE account SET password = $1, pepper = $2 WHERE id = $3`
	textSetName     = `UPDATE account SET name = $1 WHERE id = $2`
	textSetEmail    = `UPDATE account SET email = $1, verified = $2 WHERE id = $3`
	textSetVerified = `UPDATE account SET verified = CASE verified WHEN 0 THEN $1 ELSE verified END WHERE id = $2`
	textSetLocked   = `UPDATE account SET locked = $1 WHERE id = $2`
	textSetOperator = `UPDATE account SET operator = $1 WHERE id = $2`
	textOperators   = `SELECT COUNT(*) FROM account WHERE operator = 1 AND locked = 0`
	// LOWER knows ASCII alone: other letters are found as they are written, or in small.
	textAccounts = `SELECT ` + columnsAccount + ` FROM account a
		WHERE a.email > $1 AND (LOWER(a.name) LIKE $2 ESCAPE '!' OR LOWER(a.name) LIKE $3 ESCAPE '!' OR a.email LIKE $2 ESCAPE '!') ORDER BY a.email LIMIT $4`
)

// CreateAccount implements store.Accounts.
func (s *Store) CreateAccount(ctx context.Context, n store.NewAccount) error {
	return s.write(ctx, "create an account", func(tx *sql.Tx) error {
		if n.First {
			var count int
			if err := tx.QueryRowContext(ctx, textAnyOperator).Scan(&count); err != nil {
				return err
			}
			if count > 0 {
				return fault.New(fault.Gone, "this site has an operator already")
			}
		}
		// Before anything depends on whether the address is known.
		if n.Invitation != (store.Hash{}) {
			if err := acceptable(ctx, tx, n.Invitation, n.Now); err != nil {
				return err
			}
		}
		a, c := n.Account, n.Credential
		_, err := tx.ExecContext(ctx, textNewAccount, a.ID[:], a.Email, a.Name, number(a.Operator), a.Created, a.Verified, c.Hash, c.Pepper)
		if err != nil && s.d.IsUnique(err) {
			return fault.New(fault.Conflict, "there is such an account already")
		}
		if err != nil || n.Invitation == (store.Hash{}) {
			return err
		}
		_, err = accept(ctx, tx, n.Invitation, a.ID, n.Now)
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
	return []any{blob(&a.ID), &a.Email, &a.Name, &a.Operator, &a.Created, &a.Verified, &a.Locked}
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

// AnyOperator implements store.Accounts.
func (s *Store) AnyOperator(ctx context.Context) (bool, error) {
	var n int
	if err := s.r.QueryRowContext(ctx, textAnyOperator).Scan(&n); err != nil {
		return false, broken("count operators", err)
	}
	return n > 0, nil
}

// changeAccount runs one statement that must match one account.
func (s *Store) changeAccount(ctx context.Context, what, text string, args ...any) error {
	return s.write(ctx, what, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, text, args...)
		if err != nil && s.d.IsUnique(err) {
			return fault.New(fault.Conflict, "there is such an account already")
		}
		return changed(res, err, noAccount())
	})
}

// SetName implements store.Accounts.
func (s *Store) SetName(ctx context.Context, a id.Account, name string) error {
	return s.changeAccount(ctx, "set a name", textSetName, name, a[:])
}

// SetEmail implements store.Accounts.
func (s *Store) SetEmail(ctx context.Context, a id.Account, email string, now int64) error {
	return s.changeAccount(ctx, "set an address", textSetEmail, email, now, a[:])
}

// SetVerified implements store.Accounts.
func (s *Store) SetVerified(ctx context.Context, a id.Account, now int64) error {
	return s.changeAccount(ctx, "note a proven address", textSetVerified, now, a[:])
}

// anOperator refuses a site without one; counted after the change, which the refusal
// undoes.
func anOperator(ctx context.Context, tx *sql.Tx) error {
	var n int
	if err := tx.QueryRowContext(ctx, textOperators).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "the site keeps at least one operator")
	}
	return nil
}

// SetOperator implements store.Accounts.
func (s *Store) SetOperator(ctx context.Context, a id.Account, on bool) error {
	return s.write(ctx, "set an operator", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textSetOperator, number(on), a[:])
		if err := changed(res, err, noAccount()); err != nil {
			return err
		}
		return anOperator(ctx, tx)
	})
}

// SetLocked implements store.Accounts.
func (s *Store) SetLocked(ctx context.Context, a id.Account, at, now int64) error {
	return s.write(ctx, "lock an account", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textSetLocked, at, a[:])
		if err := changed(res, err, noAccount()); err != nil {
			return err
		}
		if at == 0 {
			return nil
		}
		if err := anOperator(ctx, tx); err != nil {
			return err
		}
		return endAccess(ctx, tx, a, now)
	})
}

// endAccess ends every sign-in and token of an account.
func endAccess(ctx context.Context, tx *sql.Tx, a id.Account, now int64) error {
	if _, err := endSessions(ctx, tx, now, textEndAll, a[:], make([]byte, id.Size)); err != nil {
		return err
	}
	if _, err := endAll(ctx, tx, now, store.SortToken, textEndTokens, a[:]); err != nil {
		return err
	}
	return note(ctx, tx, now, store.OfAccount(a))
}

// ListAccounts implements store.Accounts.
func (s *Store) ListAccounts(ctx context.Context, with, after string, limit int) ([]store.Account, error) {
	return collect(ctx, s.r, "list accounts", textAccounts, []any{after, like(strings.ToLower(with)), like(lowerASCII(with)), limit}, accountColumns)
}

// like makes a pattern that finds a text anywhere; ! takes away what % and _ mean.
func like(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
}

const (
	// What would be left behind: maps and organisations with others in them, owned by
	// nobody else; maps of nobody else.
	textOrphans = `SELECT
		(SELECT COUNT(*) FROM access g JOIN map m ON m.id = g.object WHERE g.subject = $1 AND g.role = 4 AND m.deleted = 0 AND m.org = $2
			AND EXISTS (SELECT 1 FROM access o WHERE o.object = m.id AND o.subject <> $1)
			AND NOT EXISTS (SELECT 1 FROM access o WHERE o.object = m.id AND o.subject <> $1 AND o.role = 4)) +
		(SELECT COUNT(*) FROM access g JOIN org c ON c.id = g.object WHERE g.subject = $1 AND g.role = 4
			AND NOT EXISTS (SELECT 1 FROM access o JOIN account p ON p.id = o.subject WHERE o.object = c.id AND o.subject <> $1 AND o.role = 4))`
	textDeleteOwn = `UPDATE map SET deleted = 1 WHERE org = $2
		AND id IN (SELECT object FROM access WHERE subject = $1 AND role = 4)
		AND NOT EXISTS (SELECT 1 FROM access o WHERE o.object = map.id AND o.subject <> $1) RETURNING id`
	textDeleteAccount = `DELETE FROM account WHERE id = $1`
)

// deletions are what goes with an account, in this order.
var deletions = []string{
	`DELETE FROM ticket WHERE account = $1`, `DELETE FROM passkey WHERE account = $1`, `DELETE FROM totp WHERE account = $1`,
	`DELETE FROM recovery WHERE account = $1`, textDropIdentities, `DELETE FROM kept WHERE account = $1`,
	`DELETE FROM invitation WHERE made_by = $1`, `DELETE FROM belong WHERE account = $1`, `DELETE FROM access WHERE subject = $1`,
}

// DeleteAccount implements store.Accounts.
func (s *Store) DeleteAccount(ctx context.Context, a id.Account, now int64) error {
	return s.write(ctx, "delete an account", func(tx *sql.Tx) error {
		none := make([]byte, id.Size)
		var orphans int
		if err := tx.QueryRowContext(ctx, textOrphans, a[:], none).Scan(&orphans); err != nil {
			return err
		}
		if orphans > 0 {
			return fault.New(fault.Conflict, "others take part in maps or organisations that only this account owns; give them another owner first")
		}
		if _, err := endAll(ctx, tx, now, store.SortMap, textDeleteOwn, a[:], none); err != nil {
			return err
		}
		if err := endAccess(ctx, tx, a, now); err != nil {
			return err
		}
		for _, text := range deletions {
			if _, err := tx.ExecContext(ctx, text, a[:]); err != nil {
				return err
			}
		}
		if err := all(ctx, tx, nobodyDid, none, a[:]); err != nil {
			return err
		}
		// Nobody shall be able to tell any more which records are about them.
		if _, err := tx.ExecContext(ctx, textForgetSubject, string(store.SubjectOf(a))); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, textDeleteAccount, a[:])
		if err := changed(res, err, noAccount()); err != nil {
			return err
		}
		return anOperator(ctx, tx)
	})
}

// lowerASCII makes capital letters of ASCII small, as engines do.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
