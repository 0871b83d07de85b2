package sqlstore

import (
	"context"
	"database/sql"

	blobs "plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	columnsFile   = `SELECT map_id, hash, kind, w, h, size, made_by, added FROM file `
	textFile      = columnsFile + `WHERE map_id = $1 AND hash = $2`
	textListFiles = columnsFile + `WHERE map_id = $1 AND hash > $2 ORDER BY hash LIMIT $3`
	textFileUse   = `SELECT COUNT(*), COALESCE(SUM(size), 0) FROM file WHERE map_id = $1`
	textHasMap    = `SELECT COUNT(*) FROM map WHERE id = $1`
	textAddFile   = `INSERT INTO file (map_id, hash, kind, w, h, size, made_by, added) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (map_id, hash) DO NOTHING`
	textCopyFiles = `INSERT INTO file (map_id, hash, kind, w, h, size, made_by, added)
		SELECT $1, f.hash, f.kind, f.w, f.h, f.size, $2, $3 FROM file f WHERE f.map_id = $4
		ON CONFLICT (map_id, hash) DO NOTHING`
	textDropFile   = `DELETE FROM file WHERE map_id = $1 AND hash = $2 AND added < $3`
	textPurgeFiles = `DELETE FROM file WHERE map_id = $1`

	textSetThumb = `INSERT INTO thumb (of_hash, size, hash) VALUES ($1, $2, $3)
		ON CONFLICT (of_hash, size) DO UPDATE SET hash = excluded.hash`
	textThumb = `SELECT hash FROM thumb WHERE of_hash = $1 AND size = $2`
	textHeld  = `SELECT (SELECT COUNT(*) FROM file WHERE hash = $1) +
		(SELECT COUNT(*) FROM thumb t JOIN file f ON f.hash = t.of_hash WHERE t.hash = $1)`
	textForgetThumbs = `DELETE FROM thumb WHERE of_hash = $1 OR hash = $1`
)

func fileColumns(v *store.File) []any {
	return []any{blob(&v.Map), fixed{v.Hash[:]}, &v.Kind, &v.W, &v.H, &v.Size, blob(&v.By), &v.At}
}

// hasMap refuses a map that does not exist.
func hasMap(ctx context.Context, tx *sql.Tx, m id.Map) error {
	var maps int
	if err := tx.QueryRowContext(ctx, textHasMap, m[:]).Scan(&maps); err != nil {
		return err
	}
	if maps == 0 {
		return noMap()
	}
	return nil
}

// withinFiles refuses a map that holds more than most; counted after the change, which
// the refusal undoes.
func withinFiles(ctx context.Context, tx *sql.Tx, m id.Map, most store.FileUse) error {
	var use store.FileUse
	if err := tx.QueryRowContext(ctx, textFileUse, m[:]).Scan(&use.Files, &use.Bytes); err != nil {
		return err
	}
	if use.Files > most.Files || use.Bytes > most.Bytes {
		return fault.New(fault.Limit, "the map has no room for more files")
	}
	return nil
}

// AddFile implements store.Files.
func (s *Store) AddFile(ctx context.Context, f store.File, most store.FileUse) error {
	return s.write(ctx, "add a file", func(tx *sql.Tx) error {
		if err := hasMap(ctx, tx, f.Map); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, textAddFile, f.Map[:], f.Hash[:], f.Kind, f.W, f.H, f.Size, f.By[:], f.At)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err // it is there, and so is its room
		}
		return withinFiles(ctx, tx, f.Map, most)
	})
}

// File implements store.Files.
func (s *Store) File(ctx context.Context, m id.Map, h blobs.Hash) (store.File, error) {
	var v store.File
	err := one(s.r.QueryRowContext(ctx, textFile, m[:], h[:]), "read a file", fault.New(fault.NotFound, "there is no such file"), fileColumns(&v)...)
	return v, err
}

// ListFiles implements store.Files.
func (s *Store) ListFiles(ctx context.Context, m id.Map, after blobs.Hash, limit int) ([]store.File, error) {
	return collect(ctx, s.r, "list files", textListFiles, []any{m[:], after[:], limit}, fileColumns)
}

// FileUse implements store.Files.
func (s *Store) FileUse(ctx context.Context, m id.Map) (store.FileUse, error) {
	var v store.FileUse
	err := one(s.r.QueryRowContext(ctx, textFileUse, m[:]), "count files", noMap(), &v.Files, &v.Bytes)
	return v, err
}

// CopyFiles implements store.Files.
func (s *Store) CopyFiles(ctx context.Context, from, to id.Map, by id.Account, at int64, most store.FileUse) error {
	return s.write(ctx, "copy files", func(tx *sql.Tx) error {
		if err := hasMap(ctx, tx, to); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, textCopyFiles, to[:], by[:], at, from[:]); err != nil {
			return err
		}
		return withinFiles(ctx, tx, to, most)
	})
}

// DropFile implements store.Files.
func (s *Store) DropFile(ctx context.Context, m id.Map, h blobs.Hash, before int64) error {
	return s.write(ctx, "drop a file", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textDropFile, m[:], h[:], before)
		return err
	})
}

// SetThumb implements store.Files.
func (s *Store) SetThumb(ctx context.Context, of blobs.Hash, size int, thumb blobs.Hash) error {
	return s.write(ctx, "note a thumbnail", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textSetThumb, of[:], size, thumb[:])
		return err
	})
}

// Thumb implements store.Files.
func (s *Store) Thumb(ctx context.Context, of blobs.Hash, size int) (blobs.Hash, error) {
	var h blobs.Hash
	err := one(s.r.QueryRowContext(ctx, textThumb, of[:], size), "find a thumbnail", fault.New(fault.NotFound, "there is no such thumbnail"), fixed{h[:]})
	return h, err
}

// Held implements store.Files.
func (s *Store) Held(ctx context.Context, h blobs.Hash) (bool, error) {
	var n int
	// By the writer's eyes: a reader may not see what was added a moment ago.
	err := one(s.w.QueryRowContext(ctx, textHeld, h[:]), "look for a file's maps", noMap(), &n)
	return n > 0, err
}

// ForgetThumbs implements store.Files.
func (s *Store) ForgetThumbs(ctx context.Context, h blobs.Hash) error {
	return s.write(ctx, "forget thumbnails", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, textForgetThumbs, h[:])
		return err
	})
}
