package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	textLinksFrom = `SELECT from_card, title, to_map, to_card FROM map_link WHERE from_map = $1 ORDER BY from_card`
	textLinkEpoch = `SELECT epoch FROM room WHERE map_id = $1`
	textDropLinks = `DELETE FROM map_link WHERE from_map = $1`
	textAddLink   = `INSERT INTO map_link (from_map, from_card, title, to_map, to_card) VALUES ($1, $2, $3, $4, $5)`
	textLinksTo   = `SELECT l.from_card, l.title, l.to_map, l.to_card, l.from_map, m.title, p.role
		FROM map_link l JOIN map m ON m.id = l.from_map JOIN (` + textRoles + `GROUP BY w.thing) p ON p.thing = l.from_map
		WHERE l.to_map = $2 AND m.deleted = 0
		ORDER BY m.title, l.from_map, l.title, l.from_card LIMIT $3`
)

func linkColumns(v *store.Link) []any {
	return []any{blob(&v.Card), &v.Title, blob(&v.To), blob(&v.ToCard)}
}

// SetLinks implements store.Links.
func (s *Store) SetLinks(ctx context.Context, from id.Map, epoch uint64, links []store.Link) error {
	if len(links) > store.MaxLinks {
		return fault.New(fault.Limit, "a map with too many links")
	}
	links = slices.Clone(links)
	slices.SortFunc(links, func(a, b store.Link) int { return id.Compare(a.Card, b.Card) })
	return s.write(ctx, "set links", func(tx *sql.Tx) error {
		var now uint64
		err := tx.QueryRowContext(ctx, textLinkEpoch, from[:]).Scan(&now)
		if errors.Is(err, sql.ErrNoRows) || err == nil && now != epoch {
			return fault.New(fault.Lost, "the map belongs to another server now")
		}
		if err != nil {
			return err
		}
		have, err := collect(ctx, tx, "read links", textLinksFrom, []any{from[:]}, linkColumns)
		if err != nil || slices.Equal(have, links) {
			return err
		}
		if _, err := tx.ExecContext(ctx, textDropLinks, from[:]); err != nil {
			return err
		}
		for i := range links {
			v := &links[i]
			if _, err := tx.ExecContext(ctx, textAddLink, from[:], v.Card[:], v.Title, v.To[:], v.ToCard[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// LinksTo implements store.Links.
func (s *Store) LinksTo(ctx context.Context, to id.Map, a id.Account, limit int) ([]store.Backlink, error) {
	return collect(ctx, s.r, "list links to a map", textLinksTo, []any{a[:], to[:], limit}, func(v *store.Backlink) []any {
		return append(linkColumns(&v.Link), blob(&v.From), &v.Title, &v.Role)
	})
}
