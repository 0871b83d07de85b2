package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	textRaiseAlert = `INSERT INTO alert (id, at, kind, org, closed, closed_by, data) VALUES ($1, $2, $3, $4, 0, $5, $6)
		ON CONFLICT (id) DO UPDATE SET at = excluded.at, data = excluded.data, closed = 0, closed_by = excluded.closed_by WHERE alert.at < excluded.at`
	columnsAlert   = `SELECT id, at, kind, org, closed, closed_by, data FROM alert `
	textAlert      = columnsAlert + `WHERE id = $1`
	textIsAlert    = `SELECT COUNT(*) FROM alert WHERE id = $1`
	textCloseAlert = `UPDATE alert SET closed = $1, closed_by = $2 WHERE id = $3`
	textDropAlerts = `DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE at < $1 ORDER BY at LIMIT $2)`
	textMutes      = `SELECT kind, subject, org, until, made_by FROM mute WHERE until > $1 ORDER BY kind, subject, org`
	textCountMutes = `SELECT COUNT(*) FROM mute WHERE kind <> $1 OR subject <> $2 OR org <> $3`
	textOldMutes   = `DELETE FROM mute WHERE until <= $1`
	textDropMute   = `DELETE FROM mute WHERE kind = $1 AND subject = $2 AND org = $3`
	textSetMute    = `INSERT INTO mute (kind, subject, org, until, made_by) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind, subject, org) DO UPDATE SET until = excluded.until, made_by = excluded.made_by`

	textAddDeed    = `INSERT INTO deed (alert, at, answer, automatic, made_by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	textCountDeeds = `SELECT COUNT(*) FROM deed WHERE alert = $1`
	textDeeds      = `SELECT alert, at, answer, automatic, made_by FROM deed WHERE alert IN (%s) ORDER BY alert, at, answer`
	textLoneDeeds  = `DELETE FROM deed WHERE alert NOT IN (SELECT id FROM alert)`
	textSetTelling = `INSERT INTO telling (org, data) VALUES ($1, $2) ON CONFLICT (org) DO UPDATE SET data = excluded.data`
	textNoTelling  = `DELETE FROM telling WHERE org = $1`
	textTellings   = `SELECT org, data FROM telling ORDER BY org`
)

// nobodyDid is what takes somebody out of what was done about alerts, who shall be forgotten.
var nobodyDid = []string{
	`UPDATE alert SET closed_by = $1 WHERE closed_by = $2`, `UPDATE mute SET made_by = $1 WHERE made_by = $2`, `UPDATE deed SET made_by = $1 WHERE made_by = $2`,
}

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
	return s.write(ctx, "drop alerts", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textDropAlerts, before, limit)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, textLoneDeeds)
		return err
	})
}

// AddDeed implements store.Alerts.
func (s *Store) AddDeed(ctx context.Context, d store.Deed) error {
	return s.write(ctx, "note what was done about an alert", func(tx *sql.Tx) error {
		there, err := count(ctx, tx, textIsAlert, int64(d.Alert))
		if err != nil {
			return err
		}
		have, err := count(ctx, tx, textCountDeeds, int64(d.Alert))
		switch {
		case err != nil:
			return err
		case there == 0:
			return noAlert()
		case have >= store.MaxDeeds:
			return fault.New(fault.Limit, "too much was done about this alert")
		}
		_, err = tx.ExecContext(ctx, textAddDeed, int64(d.Alert), d.At, d.Answer, number(d.Automatic), d.By[:])
		return err
	})
}

// Deeds implements store.Alerts.
func (s *Store) Deeds(ctx context.Context, alerts []uint64) ([]store.Deed, error) {
	if len(alerts) == 0 {
		return nil, nil
	}
	args, places := make([]any, len(alerts)), make([]string, len(alerts))
	for i, v := range alerts {
		args[i], places[i] = int64(v), fmt.Sprintf("$%d", i+1)
	}
	type row struct {
		store.Deed
		alert int64
	}
	rows, err := collect(ctx, s.r, "list what was done about alerts", fmt.Sprintf(textDeeds, strings.Join(places, ", ")), args, func(v *row) []any {
		return []any{&v.alert, &v.At, &v.Answer, &v.Automatic, blob(&v.By)}
	})
	out := make([]store.Deed, len(rows))
	for i := range rows {
		out[i] = rows[i].Deed
		out[i].Alert = uint64(rows[i].alert)
	}
	return out, err
}

// SetTelling implements store.Alerts.
func (s *Store) SetTelling(ctx context.Context, t store.Telling) error {
	if len(t.Data) > store.MaxTelling {
		return fault.New(fault.Limit, "this is too long")
	}
	if len(t.Data) == 0 {
		return s.exec(ctx, "forget what is to be told", textNoTelling, t.Org[:])
	}
	return s.exec(ctx, "keep what is to be told", textSetTelling, t.Org[:], string(t.Data))
}

// Tellings implements store.Alerts.
func (s *Store) Tellings(ctx context.Context) ([]store.Telling, error) {
	return collect(ctx, s.r, "list what is to be told", textTellings, nil, func(v *store.Telling) []any { return []any{blob(&v.Org), &v.Data} })
}

// SetMute implements store.Alerts.
func (s *Store) SetMute(ctx context.Context, m store.Mute, now int64) error {
	return s.write(ctx, "mute alerts", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, textOldMutes, now); err != nil {
			return err
		}
		have, err := count(ctx, tx, textCountMutes, m.Kind, m.Subject, m.Org[:])
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
