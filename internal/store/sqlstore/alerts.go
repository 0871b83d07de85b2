package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	textRaiseAlert = `INSERT INTO alert (id, at, kind, org, closed, closed_by, data) VALUES ($1, $2, $3, $4, 0, $5, $6)
		ON CONFLICT (id) DO UPDATE SET at = excluded.at, data = excluded.data, closed = 0, closed_by = excluded.closed_by WHERE alert.at < excluded.at`
	columnsAlert   = `SELECT id, at, kind, org, closed, closed_by, data FROM alert `
	textAlert      = columnsAlert + `WHERE id = $1`
	textCloseAlert = `UPDATE alert SET closed = $1, closed_by = $2 WHERE id = $3`
	textDropAlerts = `DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE at < $1 ORDER BY at LIMIT $2)`
	textMutes      = `SELECT kind, subject, org, until, made_by FROM mute WHERE until > $1 ORDER BY kind, subject, org`
	textCountMutes = `SELECT COUNT(*) FROM mute`
	textOldMutes   = `DELETE FROM mute WHERE until <= $1`
	textDropMute   = `DELETE FROM mute WHERE kind = $1 AND subject = $2 AND org = $3`
	textSetMute    = `INSERT INTO mute (kind, subject, org, until, made_by) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind, subject, org) DO UPDATE SET until = excluded.until, made_by = excluded.made_by`
)

// RaiseAlert implements store.Alerts.
func (s *Store) RaiseAlert(ctx context.Context, a store.Alert) (news bool, err error) {
	if len(a.Data) > store.MaxAlertBytes {
		return false, fault.New(fault.Limit, "an alert that is too long")
	}
	err = s.write(ctx, "raise an alert", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textRaiseAlert, int64(a.ID), a.At, a.Kind, a.Org[:], make([]byte, id.Size), string(a.Data))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		news = n > 0
		return err
	})
	return news, err
}

// alertRow is a row of the table alert.
type alertRow struct {
	store.Alert
	id int64
}

func (v *alertRow) columns() []any {
	return []any{&v.id, &v.At, &v.Kind, blob(&v.Org), &v.Closed, blob(&v.By), &v.Data}
}

func (v *alertRow) alert() store.Alert {
	v.ID = uint64(v.id)
	return v.Alert
}

// Alerts implements store.Alerts.
func (s *Store) Alerts(ctx context.Context, q store.AlertQuery) ([]store.Alert, error) {
	text, args := columnsAlert+`WHERE 1 = 1`, []any{}
	where := func(condition string, arg any) {
		args = append(args, arg)
		text += fmt.Sprintf(` AND `+condition, len(args))
	}
	if q.Org != (store.OrgID{}) {
		where(`org = $%d`, q.Org[:])
	}
	if q.Open {
		text += ` AND closed = 0`
	}
	if q.Before > 0 {
		where(`at < $%d`, q.Before)
	}
	args = append(args, q.Limit)
	text += fmt.Sprintf(` ORDER BY at DESC, id DESC LIMIT $%d`, len(args))
	rows, err := collect(ctx, s.r, "list alerts", text, args, (*alertRow).columns)
	if err != nil {
		return nil, err
	}
	out := make([]store.Alert, len(rows))
	for i := range rows {
		out[i] = rows[i].alert()
	}
	return out, nil
}

func noAlert() *fault.Error { return fault.New(fault.NotFound, "there is no such alert") }

// Alert implements store.Alerts.
func (s *Store) Alert(ctx context.Context, v uint64) (store.Alert, error) {
	var r alertRow
	err := one(s.r.QueryRowContext(ctx, textAlert, int64(v)), "read an alert", noAlert(), r.columns()...)
	return r.alert(), err
}

// CloseAlert implements store.Alerts.
func (s *Store) CloseAlert(ctx context.Context, v uint64, by id.Account, at int64) error {
	return s.write(ctx, "close an alert", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textCloseAlert, at, by[:], int64(v))
		return changed(res, err, noAlert())
	})
}

// DropAlerts implements store.Alerts.
func (s *Store) DropAlerts(ctx context.Context, before int64, limit int) error {
	return s.exec(ctx, "drop alerts", textDropAlerts, before, limit)
}

// SetMute implements store.Alerts.
func (s *Store) SetMute(ctx context.Context, m store.Mute, now int64) error {
	return s.write(ctx, "mute alerts", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, textOldMutes, now); err != nil {
			return err
		}
		have, err := count(ctx, tx, textCountMutes)
		if err != nil {
			return err
		}
		if have >= store.MaxMutes {
			return fault.New(fault.Limit, "too much is muted already")
		}
		_, err = tx.ExecContext(ctx, textSetMute, m.Kind, m.Subject, m.Org[:], m.Until, m.By[:])
		return err
	})
}

// DropMute implements store.Alerts.
func (s *Store) DropMute(ctx context.Context, m store.Mute) error {
	return s.exec(ctx, "end a mute", textDropMute, m.Kind, m.Subject, m.Org[:])
}

// Mutes implements store.Alerts.
func (s *Store) Mutes(ctx context.Context, now int64) ([]store.Mute, error) {
	return collect(ctx, s.r, "list mutes", textMutes, []any{now}, func(v *store.Mute) []any {
		return []any{&v.Kind, &v.Subject, blob(&v.Org), &v.Until, blob(&v.By)}
	})
}
