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
	columnsSession = `s.hash, s.id, s.account, s.created, s.seen, s.proven, s.proved, s.agent, s.place`
	columnsAccount = `a.id, a.email, a.name, a.operator, a.created, a.verified, a.locked`

	textNewSession = `INSERT INTO session (hash, id, account, created, seen, proven, proved, agent, place) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	textSessionOf  = `SELECT ` + columnsSession + `, ` + columnsAccount + ` FROM session s JOIN account a ON a.id = s.account `
	textSession    = textSessionOf + `WHERE s.hash = $1`
	textSessionID  = textSessionOf + `WHERE s.id = $1`
	textSessions   = `SELECT ` + columnsSession + ` FROM session s WHERE s.account = $1 ORDER BY s.seen DESC, s.id LIMIT $2`
	textTouch      = `UPDATE session SET seen = $1, place = $2 WHERE hash = $3 AND seen < $1`
	textRotate     = `UPDATE session SET hash = $1, seen = $2, proven = $3, proved = $4 WHERE hash = $5`
	textEndOne     = `DELETE FROM session WHERE id = $1 RETURNING id`
	textEndAll     = `DELETE FROM session WHERE account = $1 AND id <> $2 RETURNING id`
	textEndStale   = `DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE seen < $1 OR created < $2 LIMIT $3) RETURNING id`
)

func noSession() *fault.Error { return fault.New(fault.NotFound, "there is no such session") }

func sessionColumns(v *store.Session) []any {
	return []any{hashBlob(&v.Hash), blob(&v.ID), blob(&v.Account), &v.Created, &v.Seen, &v.Proven, &v.Proved, &v.Agent, &v.Place}
}

// CreateSession implements store.Sessions.
func (s *Store) CreateSession(ctx context.Context, v store.Session) error {
	return s.write(ctx, "create a session", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textNewSession, v.Hash[:], v.ID[:], v.Account[:], v.Created, v.Seen, v.Proven, v.Proved, v.Agent, v.Place)
		return err
	})
}

// Session implements store.Sessions.
func (s *Store) Session(ctx context.Context, h store.Hash) (store.Session, store.Account, error) {
	return s.session(ctx, textSession, h[:])
}

// SessionByID implements store.Sessions.
func (s *Store) SessionByID(ctx context.Context, v store.SessionID) (store.Session, store.Account, error) {
	return s.session(ctx, textSessionID, v[:])
}

func (s *Store) session(ctx context.Context, text string, key []byte) (store.Session, store.Account, error) {
	var v store.Session
	var a store.Account
	row := s.r.QueryRowContext(ctx, text, key)
	if err := one(row, "read a session", noSession(), append(sessionColumns(&v), accountColumns(&a)...)...); err != nil {
		return store.Session{}, store.Account{}, err
	}
	return v, a, nil
}

// Sessions implements store.Sessions.
func (s *Store) Sessions(ctx context.Context, a id.Account, limit int) ([]store.Session, error) {
	return collect(ctx, s.r, "list sessions", textSessions, []any{a[:], limit}, sessionColumns)
}

// TouchSession implements store.Sessions.
func (s *Store) TouchSession(ctx context.Context, h store.Hash, place string, now int64) error {
	return s.write(ctx, "touch a session", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textTouch, now, place, h[:])
		return err
	})
}

// RotateSession implements store.Sessions.
func (s *Store) RotateSession(ctx context.Context, from store.Hash, to store.Session) error {
	return s.write(ctx, "rotate a session", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textRotate, to.Hash[:], to.Seen, to.Proven, to.Proved, from[:])
		return changed(res, err, noSession())
	})
}

// endSessions deletes sessions and notes each of them, in the transaction it is given.
func endSessions(ctx context.Context, tx *sql.Tx, now int64, text string, args ...any) (int, error) {
	return endAll(ctx, tx, now, store.SortSession, text, args...)
}

// endAll runs a DELETE … RETURNING id and notes each of what ended.
func endAll(ctx context.Context, tx *sql.Tx, now int64, sort store.Sort, text string, args ...any) (int, error) {
	ended, err := collect(ctx, tx, "end what lets people in", text, args, func(v *store.Ref) []any { return []any{refColumn(v)} })
	if err != nil {
		return 0, err
	}
	for i := range ended {
		ended[i].Sort = sort
	}
	return len(ended), note(ctx, tx, now, ended...)
}

// EndSession implements store.Sessions.
func (s *Store) EndSession(ctx context.Context, v store.SessionID, now int64) error {
	return s.write(ctx, "end a session", func(tx *sql.Tx) error {
		_, err := endSessions(ctx, tx, now, textEndOne, v[:])
		return err
	})
}

// EndSessions implements store.Sessions.
func (s *Store) EndSessions(ctx context.Context, a id.Account, but store.SessionID, now int64) error {
	return s.write(ctx, "end an account's sessions", func(tx *sql.Tx) error {
		_, err := endSessions(ctx, tx, now, textEndAll, a[:], but[:])
		return err
	})
}

// EndStaleSessions implements store.Sessions.
func (s *Store) EndStaleSessions(ctx context.Context, idle, born, now int64, limit int) (n int, err error) {
	err = s.write(ctx, "end stale sessions", func(tx *sql.Tx) (err error) {
		if n, err = endSessions(ctx, tx, now, textEndStale, idle, born, limit); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, textForgetNotices, born)
		return err
	})
	return n, err
}

const (
	textNewTicket  = `INSERT INTO ticket (hash, kind, account, data, expires) VALUES ($1, $2, $3, $4, $5)`
	textOldTickets = `DELETE FROM ticket WHERE account = $1 AND kind = $2`
	textTickets    = `SELECT COUNT(*) FROM ticket WHERE kind = $1`
	textTicket     = `SELECT hash, kind, account, data, expires FROM ticket WHERE hash = $1 AND kind = $2 AND expires > $3`
	textTakeTicket = `DELETE FROM ticket WHERE hash = $1 AND kind = $2 AND expires > $3 RETURNING hash, kind, account, data, expires`
	textUnproven   = `SELECT COUNT(*) FROM account WHERE id = $1 AND verified = 0`
	textOldest     = `DELETE FROM ticket WHERE hash IN (SELECT hash FROM ticket WHERE expires <= $1 LIMIT $2)`
)

func noTicket() *fault.Error {
	return fault.New(fault.NotFound, "the link is unknown, expired or was used")
}

func ticketColumns(v *store.Ticket) []any {
	return []any{hashBlob(&v.Hash), &v.Kind, blob(&v.Account), &v.Data, &v.Expires}
}

// CreateTicket implements store.Tickets.
func (s *Store) CreateTicket(ctx context.Context, t store.Ticket, most int) error {
	return s.write(ctx, "create a ticket", func(tx *sql.Tx) error {
		if !id.IsZero(t.Account) {
			if _, err := tx.ExecContext(ctx, textOldTickets, t.Account[:], t.Kind); err != nil {
				return err
			}
		}
		var have int
		if err := tx.QueryRowContext(ctx, textTickets, t.Kind).Scan(&have); err != nil {
			return err
		}
		if have >= most {
			return fault.New(fault.Limit, "too many people are doing this at once; try again in a few minutes")
		}
		data := t.Data
		if data == nil {
			data = []byte{}
		}
		_, err := tx.ExecContext(ctx, textNewTicket, t.Hash[:], t.Kind, t.Account[:], data, t.Expires)
		return err
	})
}

// Ticket implements store.Tickets.
func (s *Store) Ticket(ctx context.Context, h store.Hash, kind store.TicketKind, now int64) (store.Ticket, error) {
	var v store.Ticket
	if err := one(s.r.QueryRowContext(ctx, textTicket, h[:], kind, now), "read a ticket", noTicket(), ticketColumns(&v)...); err != nil {
		return store.Ticket{}, err
	}
	return v, nil
}

// takeTicket spends a ticket in the transaction it is given.
func takeTicket(ctx context.Context, tx *sql.Tx, h store.Hash, kind store.TicketKind, now int64) (store.Ticket, error) {
	var v store.Ticket
	err := tx.QueryRowContext(ctx, textTakeTicket, h[:], kind, now).Scan(ticketColumns(&v)...)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Ticket{}, noTicket()
	}
	return v, err
}

// TakeTicket implements store.Tickets.
func (s *Store) TakeTicket(ctx context.Context, h store.Hash, kind store.TicketKind, now int64) (v store.Ticket, err error) {
	err = s.write(ctx, "take a ticket", func(tx *sql.Tx) (err error) {
		v, err = takeTicket(ctx, tx, h, kind, now)
		return err
	})
	return v, err
}

// DropTickets implements store.Tickets.
func (s *Store) DropTickets(ctx context.Context, a id.Account, kind store.TicketKind) error {
	return s.exec(ctx, "drop tickets", textOldTickets, a[:], kind)
}

// SweepTickets implements store.Tickets.
func (s *Store) SweepTickets(ctx context.Context, now int64, limit int) error {
	return s.exec(ctx, "sweep tickets", textOldest, now, limit)
}

// UseReset implements store.Tickets.
func (s *Store) UseReset(ctx context.Context, h store.Hash, c store.Credential, proves bool, now int64) (a id.Account, err error) {
	err = s.write(ctx, "use a reset", func(tx *sql.Tx) error {
		t, err := takeTicket(ctx, tx, h, store.ForReset, now)
		if err != nil {
			return err
		}
		a = t.Account
		res, err := tx.ExecContext(ctx, textSetSecret, c.Hash, c.Pepper, a[:])
		if err := changed(res, err, noAccount()); err != nil {
			return err
		}
		if err := disown(ctx, tx, a, now); err != nil {
			return err
		}
		if proves {
			if _, err := tx.ExecContext(ctx, textSetVerified, now, a[:]); err != nil {
				return err
			}
		}
		_, err = endSessions(ctx, tx, now, textEndAll, a[:], make([]byte, id.Size))
		return err
	})
	return a, err
}

// disown takes the ways in and the tokens out of an account whose address nobody had
// proven: somebody else may have made it and left them there for later.
func disown(ctx context.Context, tx *sql.Tx, a id.Account, now int64) error {
	unproven, err := count(ctx, tx, textUnproven, a[:])
	if err != nil || unproven == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, textDropIdentities, a[:]); err != nil {
		return err
	}
	_, err = endAll(ctx, tx, now, store.SortToken, textEndTokens, a[:])
	return err
}
