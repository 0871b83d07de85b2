package sqlstore

import (
	"context"
	"database/sql"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	// columnsMembership reads a map as one of its members sees it. The last edit
	// is in the log's record, the last change of the record in the map's.
	columnsMembership = `SELECT m.id, m.title, m.created,
			CASE WHEN COALESCE(r.updated, 0) > m.updated THEN r.updated ELSE m.updated END AS latest,
			m.deleted, p.role,
			COALESCE((SELECT a.name FROM member o JOIN account a ON a.id = o.account
				WHERE o.map_id = m.id AND o.role = 3 ORDER BY o.added, o.account LIMIT 1), '')
		FROM member p JOIN map m ON m.id = p.map_id LEFT JOIN room r ON r.map_id = m.id `
	textMembership  = columnsMembership + `WHERE p.map_id = $1 AND p.account = $2`
	textMaps        = columnsMembership + `WHERE p.account = $1 AND m.deleted = 0 ORDER BY latest DESC, m.id LIMIT $2`
	textDeletedMaps = columnsMembership + `WHERE p.account = $1 AND m.deleted > 0 AND p.role = 3 ORDER BY m.deleted DESC, m.id LIMIT $2`

	textCountMaps = `SELECT COUNT(*) FROM member p JOIN map m ON m.id = p.map_id WHERE p.account = $1 AND m.deleted = 0`

	textNewMap   = `INSERT INTO map (id, title, created, updated, deleted) VALUES ($1, $2, $3, $4, $5)`
	textSetTitle = `UPDATE map SET title = $1, updated = $2 WHERE id = $3 AND deleted = 0`
	textDelete   = `UPDATE map SET deleted = $1 WHERE id = $2 AND deleted = 0`
	textRestore  = `UPDATE map SET deleted = 0, updated = $1 WHERE id = $2 AND deleted > $3`

	textMembers = `SELECT a.id, a.email, a.name, p.role FROM member p JOIN account a ON a.id = p.account
		WHERE p.map_id = $1 ORDER BY a.name, a.id LIMIT $2`
	textSetMember = `INSERT INTO member (map_id, account, role, added) VALUES ($1, $2, $3, $4)
		ON CONFLICT (map_id, account) DO UPDATE SET role = excluded.role`
	textDropMember   = `DELETE FROM member WHERE map_id = $1 AND account = $2`
	textCountMembers = `SELECT COUNT(*), COALESCE(SUM(CASE WHEN role = 3 THEN 1 ELSE 0 END), 0) FROM member WHERE map_id = $1`

	textDeletedBefore = `SELECT id FROM map WHERE deleted > 0 AND deleted < $1 ORDER BY deleted, id LIMIT $2`
	textIsDeleted     = `SELECT COUNT(*) FROM map WHERE id = $1 AND deleted > 0 AND deleted < $2`
	textPurgeRoom     = `DELETE FROM room WHERE map_id = $1`
	textPurgeOps      = `DELETE FROM op WHERE map_id = $1 AND seq IN (SELECT seq FROM op WHERE map_id = $1 ORDER BY seq LIMIT $2)`
	textPurgeMembers  = `DELETE FROM member WHERE map_id = $1`
	textPurgeLinks    = `DELETE FROM map_link WHERE from_map = $1`
	textPurgeMap      = `DELETE FROM map WHERE id = $1`
)

func noMap() *fault.Error { return fault.New(fault.NotFound, "there is no such map") }

func membershipColumns(v *store.Membership) []any {
	m := &v.Map
	return []any{blob(&m.ID), &m.Title, &m.Created, &m.Updated, &m.Deleted, &v.Role, &v.Owner}
}

// CreateMap implements store.Maps.
func (s *Store) CreateMap(ctx context.Context, m store.Map, owner id.Account) error {
	return s.write(ctx, "create a map", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textNewMap, m.ID[:], m.Title, m.Created, m.Updated, m.Deleted)
		if err != nil && s.d.IsUnique(err) {
			return fault.New(fault.Conflict, "there is such a map already")
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, textSetMember, m.ID[:], owner[:], authz.Own, m.Created)
		return err
	})
}

// Membership implements store.Maps.
func (s *Store) Membership(ctx context.Context, m id.Map, a id.Account) (store.Membership, error) {
	var v store.Membership
	row := s.r.QueryRowContext(ctx, textMembership, m[:], a[:])
	if err := one(row, "read a membership", noMap(), membershipColumns(&v)...); err != nil {
		return store.Membership{}, err
	}
	return v, nil
}

// ListMaps implements store.Maps.
func (s *Store) ListMaps(ctx context.Context, a id.Account, deleted bool, limit int) ([]store.Membership, error) {
	text := textMaps
	if deleted {
		text = textDeletedMaps
	}
	return collect(ctx, s.r, "list maps", text, []any{a[:], limit}, membershipColumns)
}

// CountMaps implements store.Maps.
func (s *Store) CountMaps(ctx context.Context, a id.Account) (int, error) {
	var n int
	err := one(s.r.QueryRowContext(ctx, textCountMaps, a[:]), "count maps", noMap(), &n)
	return n, err
}

// changeMap runs one statement that must match one map.
func (s *Store) changeMap(ctx context.Context, what, text string, args ...any) error {
	return s.write(ctx, what, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, text, args...)
		return changed(res, err, noMap())
	})
}

// SetTitle implements store.Maps.
func (s *Store) SetTitle(ctx context.Context, m id.Map, title string, now int64) error {
	return s.changeMap(ctx, "rename a map", textSetTitle, title, now, m[:])
}

// DeleteMap implements store.Maps.
func (s *Store) DeleteMap(ctx context.Context, m id.Map, now int64) error {
	return s.changeMap(ctx, "delete a map", textDelete, now, m[:])
}

// RestoreMap implements store.Maps.
func (s *Store) RestoreMap(ctx context.Context, m id.Map, since, now int64) error {
	return s.changeMap(ctx, "restore a map", textRestore, now, m[:], since)
}

// Members implements store.Maps.
func (s *Store) Members(ctx context.Context, m id.Map, limit int) ([]store.Member, error) {
	return collect(ctx, s.r, "list members", textMembers, []any{m[:], limit}, func(v *store.Member) []any {
		return []any{blob(&v.Account), &v.Email, &v.Name, &v.Role}
	})
}

// lastOwner refuses a map without an owner; counted after the change, so the
// transaction is undone when it took the last one.
func lastOwner(ctx context.Context, tx *sql.Tx, m id.Map) (members int, err error) {
	var owners int
	if err := tx.QueryRowContext(ctx, textCountMembers, m[:]).Scan(&members, &owners); err != nil {
		return 0, err
	}
	if owners == 0 {
		return 0, fault.New(fault.Conflict, "a map keeps at least one owner")
	}
	return members, nil
}

// SetMember implements store.Maps.
func (s *Store) SetMember(ctx context.Context, m id.Map, a id.Account, r authz.Role, max int, now int64) error {
	return s.write(ctx, "set a member", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, textSetMember, m[:], a[:], r, now); err != nil {
			return err
		}
		n, err := lastOwner(ctx, tx, m)
		if err == nil && n > max {
			return fault.New(fault.Limit, "the map has as many members as it can have")
		}
		return err
	})
}

// RemoveMember implements store.Maps.
func (s *Store) RemoveMember(ctx context.Context, m id.Map, a id.Account) error {
	return s.write(ctx, "remove a member", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textDropMember, m[:], a[:])
		if err := changed(res, err, fault.New(fault.NotFound, "there is no such member")); err != nil {
			return err
		}
		_, err = lastOwner(ctx, tx, m)
		return err
	})
}

// DeletedBefore implements store.Maps.
func (s *Store) DeletedBefore(ctx context.Context, t int64, limit int) ([]id.Map, error) {
	return collect(ctx, s.r, "list deleted maps", textDeletedBefore, []any{t, limit}, func(v *id.Map) []any {
		return []any{blob(v)}
	})
}

// PurgeMap implements store.Maps.
func (s *Store) PurgeMap(ctx context.Context, m id.Map, before int64, limit int) (done bool, err error) {
	err = s.write(ctx, "purge a map", func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, textIsDeleted, m[:], before).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return noMap() // restored meanwhile
		}
		if _, err := tx.ExecContext(ctx, textPurgeRoom, m[:]); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, textPurgeOps, m[:], limit)
		err = changed(res, err, noMap())
		if err == nil {
			return nil // there may be more
		}
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		for _, text := range []string{textPurgeLinks, textPurgeFiles, textPurgeMembers, textPurgeMap} {
			if _, err := tx.ExecContext(ctx, text, m[:]); err != nil {
				return err
			}
		}
		done = true
		return nil
	})
	return done, err
}
