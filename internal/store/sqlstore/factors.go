package sqlstore

import (
	"context"
	"database/sql"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	columnsPasskey  = `id, account, data, name, created, used`
	textNewPasskey  = `INSERT INTO passkey (` + columnsPasskey + `) VALUES ($1, $2, $3, $4, $5, 0)`
	textPasskey     = `SELECT ` + columnsPasskey + ` FROM passkey WHERE id = $1`
	textPasskeys    = `SELECT ` + columnsPasskey + ` FROM passkey WHERE account = $1 ORDER BY created, id`
	textHasPasskeys = `SELECT COUNT(*) FROM passkey WHERE account = $1`
	textUsePasskey  = `UPDATE passkey SET data = $1, used = $2 WHERE id = $3`
	textNamePasskey = `UPDATE passkey SET name = $1 WHERE account = $2 AND id = $3`
	textDropPasskey = `DELETE FROM passkey WHERE account = $1 AND id = $2`

	textSetTOTP = `INSERT INTO totp (account, secret, confirmed, step) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, confirmed = excluded.confirmed, step = excluded.step`
	textTOTP     = `SELECT account, secret, confirmed, step FROM totp WHERE account = $1`
	textUseTOTP  = `UPDATE totp SET step = $1, confirmed = $2 WHERE account = $3 AND step < $1`
	textDropTOTP = `DELETE FROM totp WHERE account = $1`

	textDropRecovery  = `DELETE FROM recovery WHERE account = $1`
	textNewRecovery   = `INSERT INTO recovery (account, hash) VALUES ($1, $2)`
	textUseRecovery   = `DELETE FROM recovery WHERE account = $1 AND hash = $2`
	textCountRecovery = `SELECT COUNT(*) FROM recovery WHERE account = $1`

	columnsIdentity  = `issuer, subject, account, email, created, used`
	textNewIdentity  = `INSERT INTO identity (` + columnsIdentity + `) VALUES ($1, $2, $3, $4, $5, $6)`
	textIdentity     = `SELECT ` + columnsIdentity + ` FROM identity WHERE issuer = $1 AND subject = $2`
	textIdentities   = `SELECT ` + columnsIdentity + ` FROM identity WHERE account = $1 ORDER BY created, issuer, subject`
	textHasIdentity  = `SELECT COUNT(*) FROM identity WHERE account = $1`
	textUseIdentity  = `UPDATE identity SET email = $1, used = $2 WHERE issuer = $3 AND subject = $4`
	textDropIdentity = `DELETE FROM identity WHERE account = $1 AND issuer = $2 AND subject = $3`

	textDropIdentities = `DELETE FROM identity WHERE account = $1`

	columnsToken   = `k.id, k.hash, k.account, k.name, k.hint, k.scopes, k.created, k.expires, k.used`
	textNewToken   = `INSERT INTO token (id, hash, account, name, hint, scopes, created, expires, used) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`
	textToken      = `SELECT ` + columnsToken + `, ` + columnsAccount + ` FROM token k JOIN account a ON a.id = k.account WHERE k.hash = $1`
	textTokens     = `SELECT ` + columnsToken + ` FROM token k WHERE k.account = $1 ORDER BY k.created DESC, k.id`
	textHasTokens  = `SELECT COUNT(*) FROM token WHERE account = $1`
	textTouchTok   = `UPDATE token SET used = $1 WHERE id = $2 AND used < $1`
	textExpiredTok = `SELECT id FROM token WHERE expires > $1 AND expires <= $2`
	textDropToken  = `DELETE FROM token WHERE account = $1 AND id = $2 RETURNING id`
	textEndTokens  = `DELETE FROM token WHERE account = $1 RETURNING id`
)

func noPasskey() *fault.Error { return fault.New(fault.NotFound, "there is no such passkey") }
func noTOTP() *fault.Error {
	return fault.New(fault.NotFound, "there is no authenticator for this account")
}
func noIdentity() *fault.Error { return fault.New(fault.NotFound, "nobody here is known by that") }
func noToken() *fault.Error    { return fault.New(fault.NotFound, "there is no such token") }

func passkeyColumns(v *store.Passkey) []any {
	return []any{fixed{v.ID[:]}, blob(&v.Account), &v.Data, &v.Name, &v.Created, &v.Used}
}

// add inserts a row of an account's, unless it has most.
func (s *Store) add(ctx context.Context, what, countText string, a id.Account, most int, insert string, args ...any) error {
	return s.write(ctx, what, func(tx *sql.Tx) error {
		have, err := count(ctx, tx, countText, a[:])
		if err != nil {
			return err
		}
		if have >= most {
			return fault.New(fault.Limit, "there are as many as there can be; remove one first")
		}
		_, err = tx.ExecContext(ctx, insert, args...)
		if err != nil && s.d.IsUnique(err) {
			return fault.New(fault.Conflict, "this is known already")
		}
		return err
	})
}

// mustChange runs one statement that must match a row.
func (s *Store) mustChange(ctx context.Context, what string, none *fault.Error, text string, args ...any) error {
	return s.write(ctx, what, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, text, args...)
		return changed(res, err, none)
	})
}

// AddPasskey implements store.Factors.
func (s *Store) AddPasskey(ctx context.Context, p store.Passkey, most int) error {
	return s.add(ctx, "add a passkey", textHasPasskeys, p.Account, most, textNewPasskey, p.ID[:], p.Account[:], p.Data, p.Name, p.Created)
}

// Passkey implements store.Factors.
func (s *Store) Passkey(ctx context.Context, p store.PasskeyID) (store.Passkey, error) {
	var v store.Passkey
	if err := one(s.r.QueryRowContext(ctx, textPasskey, p[:]), "read a passkey", noPasskey(), passkeyColumns(&v)...); err != nil {
		return store.Passkey{}, err
	}
	return v, nil
}

// Passkeys implements store.Factors.
func (s *Store) Passkeys(ctx context.Context, a id.Account) ([]store.Passkey, error) {
	return collect(ctx, s.r, "list passkeys", textPasskeys, []any{a[:]}, passkeyColumns)
}

// UsePasskey implements store.Factors.
func (s *Store) UsePasskey(ctx context.Context, p store.PasskeyID, data []byte, now int64) error {
	return s.mustChange(ctx, "use a passkey", noPasskey(), textUsePasskey, data, now, p[:])
}

// NamePasskey implements store.Factors.
func (s *Store) NamePasskey(ctx context.Context, a id.Account, p store.PasskeyID, name string) error {
	return s.mustChange(ctx, "name a passkey", noPasskey(), textNamePasskey, name, a[:], p[:])
}

// DropPasskey implements store.Factors.
func (s *Store) DropPasskey(ctx context.Context, a id.Account, p store.PasskeyID) error {
	return s.mustChange(ctx, "remove a passkey", noPasskey(), textDropPasskey, a[:], p[:])
}

// SetTOTP implements store.Factors.
func (s *Store) SetTOTP(ctx context.Context, t store.TOTP) error {
	return s.exec(ctx, "set an authenticator", textSetTOTP, t.Account[:], t.Secret, t.Confirmed, t.Step)
}

// TOTP implements store.Factors.
func (s *Store) TOTP(ctx context.Context, a id.Account) (store.TOTP, error) {
	var v store.TOTP
	if err := one(s.r.QueryRowContext(ctx, textTOTP, a[:]), "read an authenticator", noTOTP(), blob(&v.Account), &v.Secret, &v.Confirmed, &v.Step); err != nil {
		return store.TOTP{}, err
	}
	return v, nil
}

// UseTOTP implements store.Factors.
func (s *Store) UseTOTP(ctx context.Context, a id.Account, step, confirmed int64) error {
	return s.mustChange(ctx, "use an authenticator", fault.New(fault.Conflict, "this code was used already; wait for the next one"), textUseTOTP, step, confirmed, a[:])
}

// DropTOTP implements store.Factors.
func (s *Store) DropTOTP(ctx context.Context, a id.Account) error {
	return s.exec(ctx, "remove an authenticator", textDropTOTP, a[:])
}

// SetRecovery implements store.Factors.
func (s *Store) SetRecovery(ctx context.Context, a id.Account, codes []store.Hash) error {
	return s.write(ctx, "set recovery codes", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, textDropRecovery, a[:]); err != nil {
			return err
		}
		for i := range codes {
			if _, err := tx.ExecContext(ctx, textNewRecovery, a[:], codes[i][:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// UseRecovery implements store.Factors.
func (s *Store) UseRecovery(ctx context.Context, a id.Account, code store.Hash) (left int, err error) {
	err = s.write(ctx, "use a recovery code", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textUseRecovery, a[:], code[:])
		if err := changed(res, err, fault.New(fault.NotFound, "there is no such code")); err != nil {
			return err
		}
		left, err = count(ctx, tx, textCountRecovery, a[:])
		return err
	})
	return left, err
}

// CountRecovery implements store.Factors.
func (s *Store) CountRecovery(ctx context.Context, a id.Account) (n int, err error) {
	err = one(s.r.QueryRowContext(ctx, textCountRecovery, a[:]), "count recovery codes", noAccount(), &n)
	return n, err
}

func identityColumns(v *store.Identity) []any {
	return []any{&v.Issuer, &v.Subject, blob(&v.Account), &v.Email, &v.Created, &v.Used}
}

// AddIdentity implements store.Factors.
func (s *Store) AddIdentity(ctx context.Context, v store.Identity, most int) error {
	return s.add(ctx, "add an identity", textHasIdentity, v.Account, most, textNewIdentity, v.Issuer, v.Subject, v.Account[:], v.Email, v.Created, v.Used)
}

// Identity implements store.Factors.
func (s *Store) Identity(ctx context.Context, k store.IdentityKey) (store.Identity, error) {
	var v store.Identity
	if err := one(s.r.QueryRowContext(ctx, textIdentity, k.Issuer, k.Subject), "read an identity", noIdentity(), identityColumns(&v)...); err != nil {
		return store.Identity{}, err
	}
	return v, nil
}

// Identities implements store.Factors.
func (s *Store) Identities(ctx context.Context, a id.Account) ([]store.Identity, error) {
	return collect(ctx, s.r, "list identities", textIdentities, []any{a[:]}, identityColumns)
}

// UseIdentity implements store.Factors.
func (s *Store) UseIdentity(ctx context.Context, k store.IdentityKey, email string, now int64) error {
	return s.mustChange(ctx, "use an identity", noIdentity(), textUseIdentity, email, now, k.Issuer, k.Subject)
}

// DropIdentity implements store.Factors.
func (s *Store) DropIdentity(ctx context.Context, a id.Account, k store.IdentityKey) error {
	return s.mustChange(ctx, "remove an identity", noIdentity(), textDropIdentity, a[:], k.Issuer, k.Subject)
}

func tokenColumns(v *store.Token) []any {
	return []any{blob(&v.ID), hashBlob(&v.Hash), blob(&v.Account), &v.Name, &v.Hint, &v.Scopes, &v.Created, &v.Expires, &v.Used}
}

// CreateToken implements store.Tokens.
func (s *Store) CreateToken(ctx context.Context, t store.Token, most int) error {
	return s.add(ctx, "create a token", textHasTokens, t.Account, most, textNewToken, t.ID[:], t.Hash[:], t.Account[:], t.Name, t.Hint, t.Scopes, t.Created, t.Expires)
}

// Token implements store.Tokens.
func (s *Store) Token(ctx context.Context, h store.Hash) (store.Token, store.Account, error) {
	var v store.Token
	var a store.Account
	row := s.r.QueryRowContext(ctx, textToken, h[:])
	if err := one(row, "read a token", noToken(), append(tokenColumns(&v), accountColumns(&a)...)...); err != nil {
		return store.Token{}, store.Account{}, err
	}
	return v, a, nil
}

// ListTokens implements store.Tokens.
func (s *Store) ListTokens(ctx context.Context, a id.Account) ([]store.Token, error) {
	return collect(ctx, s.r, "list tokens", textTokens, []any{a[:]}, tokenColumns)
}

// TouchToken implements store.Tokens.
func (s *Store) TouchToken(ctx context.Context, t store.TokenID, now int64) error {
	return s.exec(ctx, "touch a token", textTouchTok, now, t[:])
}

// NoteExpiredTokens implements store.Tokens. It is asked often: nothing is written while
// none has ended.
func (s *Store) NoteExpiredTokens(ctx context.Context, after, now int64) error {
	over, err := collect(ctx, s.r, "look for expired tokens", textExpiredTok, []any{after, now}, func(v *store.Ref) []any { return []any{refColumn(v)} })
	if err != nil || len(over) == 0 {
		return err
	}
	for i := range over {
		over[i].Sort = store.SortToken
	}
	return s.write(ctx, "note expired tokens", func(tx *sql.Tx) error { return note(ctx, tx, now, over...) })
}

// DropToken implements store.Tokens.
func (s *Store) DropToken(ctx context.Context, a id.Account, t store.TokenID, now int64) error {
	return s.write(ctx, "withdraw a token", func(tx *sql.Tx) error {
		n, err := endAll(ctx, tx, now, store.SortToken, textDropToken, a[:], t[:])
		if err == nil && n == 0 {
			return noToken()
		}
		return err
	})
}
