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
	columnsMap = `m.id, m.title, m.created,
			CASE WHEN COALESCE(r.updated, 0) > m.updated THEN r.updated ELSE m.updated END AS latest,
			m.deleted, m.home, m.org`
	textMap = `SELECT ` + columnsMap + ` FROM map m LEFT JOIN room r ON r.map_id = m.id WHERE m.id = $1`
	// columnsMembership reads a map as somebody ($1) sees it, whose role p has. The
	// last edit is in the log's record, the last change of the record in the map's.
	columnsMembership = `SELECT ` + columnsMap + `, COALESCE(p.role, 0),
			COALESCE((SELECT d.role FROM access d WHERE d.object = m.id AND d.subject = $1), 0),
			COALESCE((SELECT a.name FROM access d JOIN account a ON a.id = d.subject
				WHERE d.object = m.id AND d.role = 4 ORDER BY d.added, d.subject LIMIT 1), o.name, ''),
			COALESCE(o.second, 0), COALESCE(o.passes, 4), COALESCE(o.guests, 1), COALESCE(o.networks, ''), COALESCE(o.embeds, '')
		FROM map m LEFT JOIN room r ON r.map_id = m.id LEFT JOIN org o ON o.id = m.org `
	textMembership  = columnsMembership + `LEFT JOIN (` + textRoles + `AND w.thing = $2 GROUP BY w.thing) p ON p.thing = m.id WHERE m.id = $2`
	textMaps        = columnsMembership + `JOIN (` + textRoles + `GROUP BY w.thing) p ON p.thing = m.id WHERE m.deleted = 0 ORDER BY latest DESC, m.id LIMIT $2`
	textDeletedMaps = columnsMembership + `JOIN (` + textRoles + `GROUP BY w.thing) p ON p.thing = m.id WHERE m.deleted > 0 AND p.role = 4 ORDER BY m.deleted DESC, m.id LIMIT $2`

	textCountMaps = `SELECT COUNT(*) FROM access g JOIN map m ON m.id = g.object WHERE g.subject = $1 AND m.deleted = 0`

	textNewMap   = `INSERT INTO map (id, title, created, updated, deleted, home, org) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	textSetTitle = `UPDATE map SET title = $1, updated = $2 WHERE id = $3 AND deleted = 0`
	textDelete   = `UPDATE map SET deleted = $1 WHERE id = $2 AND deleted = 0`
	textRestore  = `UPDATE map SET deleted = 0, updated = $1 WHERE id = $2 AND deleted > $3`

	textDeletedBefore = `SELECT id FROM map WHERE deleted > 0 AND deleted < $1 ORDER BY deleted, id LIMIT $2`
	textIsDeleted     = `SELECT COUNT(*) FROM map WHERE id = $1 AND deleted > 0 AND deleted < $2`
	textPurgeRoom     = `DELETE FROM room WHERE map_id = $1`
	textPurgeOps      = `DELETE FROM op WHERE map_id = $1 AND seq IN (SELECT seq FROM op WHERE map_id = $1 ORDER BY seq LIMIT $2)`
	textPurgeAccess   = `DELETE FROM access WHERE object = $1`
	textPurgeWithin   = `DELETE FROM within WHERE thing = $1`
	textPurgeVisits   = `DELETE FROM visit WHERE pass IN (SELECT id FROM pass WHERE map_id = $1)`
	textPurgePasses   = `DELETE FROM pass WHERE map_id = $1`
	textPurgeInvites  = `DELETE FROM invitation WHERE object = $1`
	textPurgeLinks    = `DELETE FROM map_link WHERE from_map = $1`
	textPurgeBase     = `DELETE FROM base WHERE map_id = $1`
	textPurgeVersions = `DELETE FROM version WHERE map_id = $1`
	textPurgeShipped  = `DELETE FROM shipped WHERE map_id = $1`
	textPurgeMap      = `DELETE FROM map WHERE id = $1`
)

func noMap() *fault.Error { return fault.New(fault.NotFound, "there is no such map") }

func mapColumns(m *store.Map) []any {
	return []any{blob(&m.ID), &m.Title, &m.Created, &m.Updated, &m.Deleted, refColumn(&m.Home), blob(&m.Org)}
}

func membershipColumns(v *store.Membership) []any {
	r := &v.Rules
	return append(mapColumns(&v.Map), &v.Role, &v.Direct, &v.Owner, &r.Second, &r.Passes, &r.Guests, (*lines)(&r.Networks), (*lines)(&r.Embeds))
}

// sorted fills in what the columns leave to be derived.
func sorted(m *store.Map) {
	switch {
	case m.Home.ID == [id.Size]byte{}:
	case m.Home.ID == m.Org:
		m.Home.Sort = store.SortOrg
	default:
		m.Home.Sort = store.SortFolder
	}
}

// CreateMap implements store.Maps.
func (s *Store) CreateMap(ctx context.Context, m store.Map, owner id.Account) error {
	return s.write(ctx, "create a map", func(tx *sql.Tx) error {
		if m.Home != (store.Ref{}) {
			var err error
			if m.Org, err = orgOf(ctx, tx, m.Home); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, textNewMap, m.ID[:], m.Title, m.Created, m.Updated, m.Deleted, m.Home.ID[:], m.Org[:])
		if err != nil && s.d.IsUnique(err) {
			return fault.New(fault.Conflict, "there is such a map already")
		}
		if err != nil {
			return err
		}
		if err := putWithin(ctx, tx, m.ID, m.Home); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, textSetGrant, m.ID[:], owner[:], authz.Own, m.Created)
		return err
	})
}

// Map implements store.Maps.
func (s *Store) Map(ctx context.Context, m id.Map) (store.Map, error) {
	var v store.Map
	if err := one(s.r.QueryRowContext(ctx, textMap, m[:]), "read a map", noMap(), mapColumns(&v)...); err != nil {
		return store.Map{}, err
	}
	sorted(&v)
	return v, nil
}

// Membership implements store.Maps.
func (s *Store) Membership(ctx context.Context, m id.Map, a id.Account) (store.Membership, error) {
	var v store.Membership
	row := s.r.QueryRowContext(ctx, textMembership, a[:], m[:])
	if err := one(row, "read a membership", noMap(), membershipColumns(&v)...); err != nil {
		return store.Membership{}, err
	}
	sorted(&v.Map)
	v.Rules.Org = v.Map.Org
	return v, nil
}

// ListMaps implements store.Maps.
func (s *Store) ListMaps(ctx context.Context, a id.Account, deleted bool, limit int) ([]store.Membership, error) {
	text := textMaps
	if deleted {
		text = textDeletedMaps
	}
	list, err := collect(ctx, s.r, "list maps", text, []any{a[:], limit}, membershipColumns)
	for i := range list {
		sorted(&list[i].Map)
		list[i].Rules.Org = list[i].Map.Org
	}
	return list, err
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
	return s.write(ctx, "delete a map", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textDelete, now, m[:])
		if err := changed(res, err, noMap()); err != nil {
			return err
		}
		return note(ctx, tx, now, store.OfMap(m))
	})
}

// RestoreMap implements store.Maps.
func (s *Store) RestoreMap(ctx context.Context, m id.Map, since, now int64) error {
	return s.changeMap(ctx, "restore a map", textRestore, now, m[:], since)
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
		for _, text := range []string{textPurgeLinks, textPurgeFiles, textPurgeVisits, textPurgePasses, textPurgeInvites, textPurgeAccess, textPurgeWithin,
			textPurgeBase, textPurgeVersions, textPurgeShipped, textPurgeMap} {
			if _, err := tx.ExecContext(ctx, text, m[:]); err != nil {
				return err
			}
		}
		done = true
		return nil
	})
	return done, err
}
