package sqlstore

import (
	"context"
	"database/sql"

	"plectica/internal/fault"
	"plectica/internal/store"
)

const (
	textAddCheckpoint  = `INSERT INTO audit_checkpoint (size, at, note) VALUES ($1, $2, $3) ON CONFLICT (size) DO UPDATE SET at = excluded.at, note = excluded.note`
	textDropCheckpoint = `DELETE FROM audit_checkpoint WHERE size = $1`
	textCheckpoints    = `SELECT size, at, note FROM audit_checkpoint WHERE size >= $1 ORDER BY size LIMIT $2`
	textLastCheckpoint = `SELECT size, at, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1`

	textNewSubject     = `INSERT INTO audit_key (subject, alias, key, made) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	textIsAccount      = `SELECT COUNT(*) FROM account WHERE id = $1`
	textSeenKeys       = `SELECT n, key FROM audit_seen WHERE n >= $1 AND n < $2 ORDER BY n, key`
	columnsSubject     = `SELECT subject, alias, key, made FROM audit_key `
	textSubject        = columnsSubject + `WHERE subject = $1`
	textSubjectByAlias = columnsSubject + `WHERE alias = $1`
	textSubjectsAfter  = columnsSubject + `WHERE subject > $1 ORDER BY subject LIMIT $2`
	textForgetSubject  = `DELETE FROM audit_key WHERE subject = $1`
	textForgetSubjects = `DELETE FROM audit_key WHERE subject IN (SELECT subject FROM audit_key WHERE substr(subject, 1, $1) = $2 AND made < $3 LIMIT $4)`

	textMemory   = `SELECT data FROM memory WHERE name = $1`
	textRemember = `INSERT INTO memory (name, data) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET data = excluded.data`
)

func checkpointColumns(v *store.Checkpoint) []any { return []any{&v.Size, &v.At, &v.Text} }

// AddCheckpoint implements store.Audit.
func (s *Store) AddCheckpoint(ctx context.Context, c store.Checkpoint) error {
	return s.exec(ctx, "keep a checkpoint", textAddCheckpoint, int64(c.Size), c.At, string(c.Text))
}

// DropCheckpoint implements store.Audit.
func (s *Store) DropCheckpoint(ctx context.Context, size uint64) error {
	return s.exec(ctx, "drop a checkpoint", textDropCheckpoint, int64(size))
}

// Checkpoints implements store.Audit.
func (s *Store) Checkpoints(ctx context.Context, from uint64, limit int) ([]store.Checkpoint, error) {
	return collect(ctx, s.r, "list checkpoints", textCheckpoints, []any{int64(from), limit}, checkpointColumns)
}

// LastCheckpoint implements store.Audit.
func (s *Store) LastCheckpoint(ctx context.Context) (c store.Checkpoint, err error) {
	none := fault.New(fault.NotFound, "there is no checkpoint yet")
	return c, one(s.r.QueryRowContext(ctx, textLastCheckpoint), "read a checkpoint", none, checkpointColumns(&c)...)
}

func (s *Store) subject(ctx context.Context, text string, arg string) (k store.SubjectKey, err error) {
	none := fault.New(fault.NotFound, "there is no such subject")
	return k, one(s.r.QueryRowContext(ctx, text, arg), "read a subject's key", none, subjectColumns(&k)...)
}

func subjectColumns(k *store.SubjectKey) []any {
	return []any{&k.Subject, &k.Alias, fixed{k.Key[:]}, &k.Made}
}

// SubjectKeys implements store.Audit.
func (s *Store) SubjectKeys(ctx context.Context, after store.Subject, limit int) ([]store.SubjectKey, error) {
	return collect(ctx, s.r, "list subjects' keys", textSubjectsAfter, []any{string(after), limit}, subjectColumns)
}

// SubjectKey implements store.Audit.
func (s *Store) SubjectKey(ctx context.Context, v store.Subject) (store.SubjectKey, error) {
	return s.subject(ctx, textSubject, string(v))
}

// SubjectByAlias implements store.Audit.
func (s *Store) SubjectByAlias(ctx context.Context, alias string) (store.SubjectKey, error) {
	return s.subject(ctx, textSubjectByAlias, alias)
}

// ForgetSubject implements store.Audit.
func (s *Store) ForgetSubject(ctx context.Context, v store.Subject) error {
	return s.exec(ctx, "forget a subject", textForgetSubject, string(v))
}

// ForgetSubjects implements store.Audit.
func (s *Store) ForgetSubjects(ctx context.Context, prefix string, before int64, limit int) (n int, err error) {
	err = s.write(ctx, "forget subjects", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textForgetSubjects, len(prefix), prefix, before, limit)
		if err != nil {
			return err
		}
		gone, err := res.RowsAffected()
		n = int(gone)
		return err
	})
	return n, err
}

// Memory implements store.Audit.
func (s *Store) Memory(ctx context.Context, name string) (data []byte, err error) {
	none := fault.New(fault.NotFound, "nothing was kept under this name")
	return data, one(s.r.QueryRowContext(ctx, textMemory, name), "read what was kept", none, &data)
}

// Remember implements store.Audit.
func (s *Store) Remember(ctx context.Context, name string, data []byte) error {
	if data == nil {
		data = []byte{}
	}
	return s.exec(ctx, "keep something", textRemember, name, data)
}

// addSubject keeps a key. That of an account that is not there is not kept: whoever was deleted
// stays forgotten, whatever is told of them afterwards.
func addSubject(ctx context.Context, tx *sql.Tx, k store.SubjectKey) error {
	a, ok, err := k.Subject.Account()
	if err != nil {
		return err
	}
	if ok {
		n, err := count(ctx, tx, textIsAccount, a[:])
		if err != nil || n == 0 {
			return err
		}
	}
	res, err := tx.ExecContext(ctx, textNewSubject, string(k.Subject), k.Alias, k.Key[:], k.Made)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	var have store.SubjectKey
	err = tx.QueryRowContext(ctx, textSubject, string(k.Subject)).Scan(subjectColumns(&have)...)
	if err != nil {
		return err
	}
	if have.Key != k.Key { // another process was faster: with this one nobody could read the record
		return fault.New(fault.Conflict, "the key of a subject is another one")
	}
	return nil
}

// SeenKeys implements store.Audit.
func (s *Store) SeenKeys(ctx context.Context, from, to uint64, yield func(n, key uint64)) error {
	rows, err := s.r.QueryContext(ctx, textSeenKeys, int64(from), int64(to))
	if err != nil {
		return broken("read by what blocks are found", err)
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var n, key int64
		if err := rows.Scan(&n, &key); err != nil {
			return broken("read by what blocks are found", err)
		}
		yield(uint64(n), uint64(key))
	}
	if err := rows.Err(); err != nil {
		return broken("read by what blocks are found", err)
	}
	return nil
}
