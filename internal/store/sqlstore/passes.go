package sqlstore

import (
	"context"
	"database/sql"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	columnsPass = `p.id, p.hash, p.map_id, p.role, p.name, p.password, p.pepper, p.made_by, p.created, p.expires, p.used`
	textNewPass = `INSERT INTO pass (id, hash, map_id, role, name, password, pepper, made_by, created, expires, used)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)`
	textPass       = `SELECT ` + columnsPass + ` FROM pass p WHERE p.hash = $1`
	textPasses     = `SELECT ` + columnsPass + ` FROM pass p WHERE p.map_id = $1 ORDER BY p.created DESC, p.id LIMIT $2`
	textPassesBy   = `SELECT ` + columnsPass + ` FROM pass p WHERE p.made_by = $1 AND p.created >= $2 ORDER BY p.created DESC, p.id LIMIT $3`
	textHasPasses  = `SELECT COUNT(*) FROM pass WHERE map_id = $1`
	textEndVisits  = `DELETE FROM visit WHERE pass = $1 RETURNING id`
	textDropPass   = `DELETE FROM pass WHERE id = $1 AND map_id = $2`
	textUsedPass   = `UPDATE pass SET used = $1 WHERE id = $2`
	columnsVisit   = `v.hash, v.id, v.pass, v.name, v.created, v.seen`
	textNewVisit   = `INSERT INTO visit (hash, id, pass, name, created, seen) VALUES ($1, $2, $3, $4, $5, $6)`
	textVisitOf    = `SELECT ` + columnsVisit + `, ` + columnsPass + ` FROM visit v JOIN pass p ON p.id = v.pass `
	textVisit      = textVisitOf + `WHERE v.hash = $1`
	textVisitID    = textVisitOf + `WHERE v.id = $1`
	textNameVisit  = `UPDATE visit SET name = $1 WHERE id = $2`
	textTouchVisit = `UPDATE visit SET seen = $1 WHERE id = $2 AND seen < $1`
	textExpired    = `SELECT v.id FROM visit v JOIN pass p ON p.id = v.pass WHERE p.expires > 0 AND p.expires <= $1 LIMIT $2`
	textEndVisit   = `DELETE FROM visit WHERE id = $1 RETURNING id`
	textOldVisits  = `DELETE FROM visit WHERE hash IN (SELECT hash FROM visit WHERE seen < $1 LIMIT $2)`
)

func noPass() *fault.Error  { return fault.New(fault.NotFound, "there is no such link") }
func noVisit() *fault.Error { return fault.New(fault.NotFound, "there is no such visit") }

func passColumns(v *store.Pass) []any {
	return []any{blob(&v.ID), hashBlob(&v.Hash), blob(&v.Map), &v.Role, &v.Name, &v.Password.Hash, &v.Password.Pepper, blob(&v.By), &v.Created, &v.Expires, &v.Used}
}

// CreatePass implements store.Passes.
func (s *Store) CreatePass(ctx context.Context, p store.Pass, most int) error {
	return s.write(ctx, "create a pass", func(tx *sql.Tx) error {
		if err := hasMap(ctx, tx, p.Map); err != nil {
			return err
		}
		have, err := count(ctx, tx, textHasPasses, p.Map[:])
		if err != nil {
			return err
		}
		if have >= most {
			return fault.New(fault.Limit, "the map has as many links as it can have; withdraw one first")
		}
		_, err = tx.ExecContext(ctx, textNewPass, p.ID[:], p.Hash[:], p.Map[:], p.Role, p.Name, p.Password.Hash, p.Password.Pepper, p.By[:], p.Created, p.Expires)
		return err
	})
}

// Pass implements store.Passes.
func (s *Store) Pass(ctx context.Context, h store.Hash) (store.Pass, error) {
	var v store.Pass
	if err := one(s.r.QueryRowContext(ctx, textPass, h[:]), "read a pass", noPass(), passColumns(&v)...); err != nil {
		return store.Pass{}, err
	}
	return v, nil
}

// ListPasses implements store.Passes.
func (s *Store) ListPasses(ctx context.Context, m id.Map, limit int) ([]store.Pass, error) {
	return collect(ctx, s.r, "list passes", textPasses, []any{m[:], limit}, passColumns)
}

// PassesBy implements store.Passes.
func (s *Store) PassesBy(ctx context.Context, a id.Account, since int64, limit int) ([]store.Pass, error) {
	return collect(ctx, s.r, "list somebody's passes", textPassesBy, []any{a[:], since, limit}, passColumns)
}

// DropPass implements store.Passes.
func (s *Store) DropPass(ctx context.Context, m id.Map, p store.PassID, now int64) error {
	return s.write(ctx, "withdraw a pass", func(tx *sql.Tx) error {
		if _, err := endAll(ctx, tx, now, store.SortVisit, textEndVisits, p[:]); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, textDropPass, p[:], m[:])
		return changed(res, err, noPass())
	})
}

func visitColumns(v *store.Visit) []any {
	return []any{hashBlob(&v.Hash), blob(&v.ID), blob(&v.Pass), &v.Name, &v.Created, &v.Seen}
}

// CreateVisit implements store.Passes.
func (s *Store) CreateVisit(ctx context.Context, v store.Visit) error {
	return s.write(ctx, "let a visitor in", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textUsedPass, v.Created, v.Pass[:])
		if err := changed(res, err, noPass()); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, textNewVisit, v.Hash[:], v.ID[:], v.Pass[:], v.Name, v.Created, v.Seen)
		return err
	})
}

func (s *Store) visit(ctx context.Context, text string, key []byte) (store.Visit, store.Pass, error) {
	var v store.Visit
	var p store.Pass
	row := s.r.QueryRowContext(ctx, text, key)
	if err := one(row, "read a visit", noVisit(), append(visitColumns(&v), passColumns(&p)...)...); err != nil {
		return store.Visit{}, store.Pass{}, err
	}
	return v, p, nil
}

// Visit implements store.Passes.
func (s *Store) Visit(ctx context.Context, h store.Hash) (store.Visit, store.Pass, error) {
	return s.visit(ctx, textVisit, h[:])
}

// VisitByID implements store.Passes.
func (s *Store) VisitByID(ctx context.Context, v store.VisitID) (store.Visit, store.Pass, error) {
	return s.visit(ctx, textVisitID, v[:])
}

// NameVisit implements store.Passes.
func (s *Store) NameVisit(ctx context.Context, v store.VisitID, name string) error {
	return s.write(ctx, "name a visitor", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textNameVisit, name, v[:])
		return changed(res, err, noVisit())
	})
}

// TouchVisit implements store.Passes.
func (s *Store) TouchVisit(ctx context.Context, v store.VisitID, now int64) error {
	return s.exec(ctx, "touch a visit", textTouchVisit, now, v[:])
}

// EndPasses implements store.Passes. It is asked every second: nothing is written, and
// nobody waits, while there is nothing to end.
func (s *Store) EndPasses(ctx context.Context, now int64, limit int) error {
	over, err := collect(ctx, s.r, "look for expired passes", textExpired, []any{now, limit}, func(v *store.VisitID) []any { return []any{blob(v)} })
	if err != nil || len(over) == 0 {
		return err
	}
	return s.write(ctx, "end visits", func(tx *sql.Tx) error {
		for _, v := range over {
			if _, err := endAll(ctx, tx, now, store.SortVisit, textEndVisit, v[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// SweepVisits implements store.Passes.
func (s *Store) SweepVisits(ctx context.Context, before int64, limit int) error {
	return s.exec(ctx, "sweep visits", textOldVisits, before, limit)
}
