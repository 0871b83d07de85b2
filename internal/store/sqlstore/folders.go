package sqlstore

import (
	"context"
	"database/sql"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	columnsFolder  = `f.id, f.org, f.home, f.name, f.created`
	textNewFolder  = `INSERT INTO folder (id, org, home, name, created) VALUES ($1, $2, $3, $4, $5)`
	textFolder     = `SELECT ` + columnsFolder + ` FROM folder f WHERE f.id = $1`
	textFolders    = `SELECT ` + columnsFolder + `, p.role FROM folder f JOIN (` + textRoles + `GROUP BY w.thing) p ON p.thing = f.id WHERE f.org = $2 ORDER BY f.name, f.id LIMIT $3`
	textHasFolders = `SELECT COUNT(*) FROM folder WHERE org = $1`
	textNameFolder = `UPDATE folder SET name = $1 WHERE id = $2`
	textSetHome    = `UPDATE folder SET home = $1 WHERE id = $2`
	textSetMapHome = `UPDATE map SET home = $1, org = $2, updated = $3 WHERE id = $4 AND deleted = 0`
	textOrgOf      = `SELECT o.id FROM within w JOIN org o ON o.id = w.container WHERE w.thing = $1`

	// The closure: a thing lies in itself and in all that its home lies in.
	textWithinSelf = `INSERT INTO within (thing, container) VALUES ($1, $1)`
	textWithinHome = `INSERT INTO within (thing, container) SELECT $1, w.container FROM within w WHERE w.thing = $2`
	textUproot     = `DELETE FROM within WHERE thing IN (SELECT s.thing FROM within s WHERE s.container = $1)
		AND container IN (SELECT p.container FROM within p WHERE p.thing = $1 AND p.container <> $1)`
	textReplant = `INSERT INTO within (thing, container) SELECT s.thing, p.container FROM within s, within p WHERE s.container = $1 AND p.thing = $2`
	textLiesIn  = `SELECT COUNT(*) FROM within WHERE thing = $1 AND container = $2`
	// How deep the deepest folder in an organisation lies; the organisation and the
	// folder itself count.
	textDeepest = `SELECT COALESCE(MAX((SELECT COUNT(*) FROM within w WHERE w.thing = f.id)), 0) FROM folder f WHERE f.org = $1`
)

// liftOut moves what lies in a folder ($1) to where the folder lies ($2).
var liftOut = []string{
	`UPDATE folder SET home = $2 WHERE home = $1`,
	`UPDATE map SET home = $2 WHERE home = $1`,
}

// dropFolder is what goes with a folder.
var dropFolder = []string{
	`DELETE FROM within WHERE container = $1 OR thing = $1`,
	`DELETE FROM access WHERE object = $1`,
	`DELETE FROM invitation WHERE object = $1`,
	`DELETE FROM folder WHERE id = $1`,
}

func noFolder() *fault.Error { return fault.New(fault.NotFound, "there is no such folder") }

// putWithin notes where a new thing lies.
func putWithin[T ~[id.Size]byte](ctx context.Context, tx *sql.Tx, thing T, home store.Ref) error {
	if _, err := tx.ExecContext(ctx, textWithinSelf, thing[:]); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, textWithinHome, thing[:], home.ID[:])
	return err
}

// orgOf returns the organisation that a place lies in.
func orgOf(ctx context.Context, tx *sql.Tx, place store.Ref) (store.OrgID, error) {
	var o store.OrgID
	err := one(tx.QueryRowContext(ctx, textOrgOf, place.ID[:]), "find a place's organisation", fault.New(fault.NotFound, "there is no such place"), blob(&o))
	return o, err
}

func folderColumns(v *store.Folder) []any {
	return []any{blob(&v.ID), blob(&v.Org), refColumn(&v.Home), &v.Name, &v.Created}
}

func housed(v *store.Folder) {
	v.Home.Sort = store.SortFolder
	if v.Home.ID == v.Org {
		v.Home.Sort = store.SortOrg
	}
}

// CreateFolder implements store.Orgs.
func (s *Store) CreateFolder(ctx context.Context, f store.Folder, most store.OrgBounds) error {
	return s.write(ctx, "create a folder", func(tx *sql.Tx) (err error) {
		if f.Org, err = orgOf(ctx, tx, f.Home); err != nil {
			return err
		}
		have, err := count(ctx, tx, textHasFolders, f.Org[:])
		if err != nil {
			return err
		}
		if have >= most.Folders {
			return fault.New(fault.Limit, "the organisation has as many folders as it can have")
		}
		if _, err := tx.ExecContext(ctx, textNewFolder, f.ID[:], f.Org[:], f.Home.ID[:], f.Name, f.Created); err != nil {
			return err
		}
		if err := putWithin(ctx, tx, f.ID, f.Home); err != nil {
			return err
		}
		return notTooDeep(ctx, tx, f.Org, most.Depth)
	})
}

func notTooDeep(ctx context.Context, tx *sql.Tx, o store.OrgID, most int) error {
	n, err := count(ctx, tx, textDeepest, o[:])
	if err == nil && n > most+1 {
		return fault.New(fault.Limit, "folders lie as deep in each other as they can")
	}
	return err
}

// Folder implements store.Orgs.
func (s *Store) Folder(ctx context.Context, f store.FolderID) (store.Folder, error) {
	var v store.Folder
	if err := one(s.r.QueryRowContext(ctx, textFolder, f[:]), "read a folder", noFolder(), folderColumns(&v)...); err != nil {
		return store.Folder{}, err
	}
	housed(&v)
	return v, nil
}

// ListFolders implements store.Orgs.
func (s *Store) ListFolders(ctx context.Context, o store.OrgID, a id.Account, limit int) ([]store.FolderSeen, error) {
	list, err := collect(ctx, s.r, "list folders", textFolders, []any{a[:], o[:], limit}, func(v *store.FolderSeen) []any {
		return append(folderColumns(&v.Folder), &v.Role)
	})
	for i := range list {
		housed(&list[i].Folder)
	}
	return list, err
}

// NameFolder implements store.Orgs.
func (s *Store) NameFolder(ctx context.Context, f store.FolderID, name string) error {
	return s.write(ctx, "rename a folder", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textNameFolder, name, f[:])
		return changed(res, err, noFolder())
	})
}

// replant moves a thing, with all that lies in it, to another place. A zero home is
// none.
func replant[T ~[id.Size]byte](ctx context.Context, tx *sql.Tx, thing T, home store.Ref) error {
	if _, err := tx.ExecContext(ctx, textUproot, thing[:]); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, textReplant, thing[:], home.ID[:])
	return err
}

// MoveFolder implements store.Orgs.
func (s *Store) MoveFolder(ctx context.Context, f store.FolderID, home store.Ref, most store.OrgBounds, now int64) error {
	return s.write(ctx, "move a folder", func(tx *sql.Tx) error {
		from, err := orgOf(ctx, tx, store.OfFolder(f))
		if err != nil {
			return err
		}
		to, err := orgOf(ctx, tx, home)
		if err != nil {
			return err
		}
		if from != to {
			return fault.New(fault.Conflict, "a folder stays in its organisation")
		}
		inside, err := count(ctx, tx, textLiesIn, home.ID[:], f[:])
		if err != nil {
			return err
		}
		if inside > 0 {
			return fault.New(fault.Cycle, "a folder cannot lie in itself")
		}
		if err := replant(ctx, tx, f, home); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, textSetHome, home.ID[:], f[:]); err != nil {
			return err
		}
		if err := notTooDeep(ctx, tx, from, most.Depth); err != nil {
			return err
		}
		return note(ctx, tx, now, store.OfFolder(f))
	})
}

// DeleteFolder implements store.Orgs.
func (s *Store) DeleteFolder(ctx context.Context, f store.FolderID, now int64) error {
	return s.write(ctx, "delete a folder", func(tx *sql.Tx) error {
		var v store.Folder
		if err := one(tx.QueryRowContext(ctx, textFolder, f[:]), "read a folder", noFolder(), folderColumns(&v)...); err != nil {
			return err
		}
		if err := all(ctx, tx, liftOut, f[:], v.Home.ID[:]); err != nil {
			return err
		}
		if err := all(ctx, tx, dropFolder, f[:]); err != nil {
			return err
		}
		return note(ctx, tx, now, store.OfOrg(v.Org))
	})
}

// MoveMap implements store.Orgs.
func (s *Store) MoveMap(ctx context.Context, m id.Map, home store.Ref, now int64) error {
	return s.write(ctx, "move a map", func(tx *sql.Tx) (err error) {
		var org store.OrgID
		if home != (store.Ref{}) {
			if org, err = orgOf(ctx, tx, home); err != nil {
				return err
			}
		}
		res, err := tx.ExecContext(ctx, textSetMapHome, home.ID[:], org[:], now, m[:])
		if err := changed(res, err, noMap()); err != nil {
			return err
		}
		if err := replant(ctx, tx, m, home); err != nil {
			return err
		}
		// Teams and organisations have roles only in their own.
		if _, err := tx.ExecContext(ctx, textForeign, m[:], org[:]); err != nil {
			return err
		}
		if err := owned(ctx, tx, store.OfMap(m)); err != nil {
			return err
		}
		return note(ctx, tx, now, store.OfMap(m))
	})
}

const textForeign = `DELETE FROM access WHERE object = $1 AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = access.subject)
	AND subject <> $2 AND NOT EXISTS (SELECT 1 FROM team t WHERE t.id = access.subject AND t.org = $2)`
