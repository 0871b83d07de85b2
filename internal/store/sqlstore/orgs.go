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
	columnsOrg = `o.id, o.name, o.created, ` + columnsRules
	textNewOrg = `INSERT INTO org (id, name, created, second, passes, guests, networks, embeds) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	textOrg    = `SELECT ` + columnsOrg + ` FROM org o WHERE o.id = $1`
	textSetOrg = `UPDATE org SET name = $1, second = $2, passes = $3, guests = $4, networks = $5, embeds = $6 WHERE id = $7`
	textOrgs   = `SELECT ` + columnsOrg + `, COALESCE(p.role, 0), (SELECT COUNT(*) FROM belong c WHERE c.party = o.id)
		FROM org o LEFT JOIN (` + textRoles + `GROUP BY w.thing) p ON p.thing = o.id
		WHERE $1 = $2 OR p.role > 0 OR o.id IN (SELECT b.party FROM belong b WHERE b.account = $1) ORDER BY o.name, o.id LIMIT $3`
	// Long ago: they are purged at the next look.
	textLoseMaps   = `UPDATE map SET home = $1, org = $1, deleted = 1 WHERE org = $2`
	textLivingMaps = `SELECT COUNT(*) FROM map WHERE org = $1 AND deleted = 0`

	textBelong   = `INSERT INTO belong (party, account, added) VALUES ($1, $2, $3) ON CONFLICT (party, account) DO NOTHING`
	textLeave    = `DELETE FROM belong WHERE party = $1 AND account = $2`
	textBelongs  = `SELECT COUNT(*) FROM belong WHERE party = $1 AND account = $2`
	textCrowd    = `SELECT COUNT(*) FROM belong WHERE party = $1`
	textStrong   = `EXISTS (SELECT 1 FROM passkey k WHERE k.account = a.id) OR EXISTS (SELECT 1 FROM totp c WHERE c.account = a.id AND c.confirmed > 0)`
	textBelonged = `SELECT a.id, a.name, a.email,
			COALESCE((SELECT MAX(g.role) FROM access g WHERE g.object = $1 AND (g.subject = a.id OR g.subject IN (SELECT b.party FROM belong b WHERE b.account = a.id))), 0),
			COALESCE(i.added, 0), CASE WHEN ` + textStrong + ` THEN 1 ELSE 0 END, CASE WHEN i.added IS NULL THEN 1 ELSE 0 END
		FROM account a LEFT JOIN belong i ON i.party = $1 AND i.account = a.id
		WHERE i.added IS NOT NULL OR a.id IN (SELECT g.subject FROM within w JOIN access g ON g.object = w.thing WHERE w.container = $1)
		ORDER BY a.name, a.id LIMIT $2`

	textNewTeam   = `INSERT INTO team (id, org, name, created) VALUES ($1, $2, $3, $4)`
	columnsTeam   = `t.id, t.org, t.name, t.created, (SELECT COUNT(*) FROM belong b WHERE b.party = t.id)`
	textTeam      = `SELECT ` + columnsTeam + ` FROM team t WHERE t.id = $1`
	textTeams     = `SELECT ` + columnsTeam + ` FROM team t WHERE t.org = $1 ORDER BY t.name, t.id LIMIT $2`
	textHasTeams  = `SELECT COUNT(*) FROM team WHERE org = $1`
	textNameTeam  = `UPDATE team SET name = $1 WHERE id = $2`
	textInTeam    = `SELECT a.id, a.name, a.email, 0 FROM belong b JOIN account a ON a.id = b.account WHERE b.party = $1 ORDER BY a.name, a.id LIMIT $2`
	textOrgOfTeam = `SELECT org FROM team WHERE id = $1`
)

// takeOut are what ends when somebody leaves an organisation.
var takeOut = []string{
	`DELETE FROM belong WHERE account = $2 AND (party = $1 OR party IN (SELECT t.id FROM team t WHERE t.org = $1))`,
	`DELETE FROM access WHERE subject = $2 AND object IN (SELECT w.thing FROM within w WHERE w.container = $1)`,
}

// dropTeam and dropOrg are what goes with a team and with an organisation. Its maps are
// deleted by then and are purged in time.
var (
	dropTeam = []string{`DELETE FROM access WHERE subject = $1`, `DELETE FROM belong WHERE party = $1`}
	dropOrg  = []string{
		`DELETE FROM belong WHERE party = $1 OR party IN (SELECT id FROM team WHERE org = $1)`,
		`DELETE FROM access WHERE object IN (SELECT thing FROM within WHERE container = $1) OR subject = $1 OR subject IN (SELECT id FROM team WHERE org = $1)`,
		`DELETE FROM invitation WHERE party = $1 OR object IN (SELECT thing FROM within WHERE container = $1)`,
		`DELETE FROM within WHERE thing IN (SELECT id FROM folder WHERE org = $1)`,
		`DELETE FROM within WHERE container = $1`,
		`DELETE FROM folder WHERE org = $1`, `DELETE FROM team WHERE org = $1`, textNoTelling,
	}
)

func noOrg() *fault.Error  { return fault.New(fault.NotFound, "there is no such organisation") }
func noTeam() *fault.Error { return fault.New(fault.NotFound, "there is no such team") }

func orgColumns(v *store.Org) []any {
	return append([]any{blob(&v.ID), &v.Name, &v.Created}, rulesColumns(&v.Rules)...)
}

// CreateOrg implements store.Orgs.
func (s *Store) CreateOrg(ctx context.Context, o store.Org, owner id.Account) error {
	return s.write(ctx, "create an organisation", func(tx *sql.Tx) error {
		r := o.Rules
		_, err := tx.ExecContext(ctx, textNewOrg, o.ID[:], o.Name, o.Created, number(r.Second), r.Passes, number(r.Guests), join(r.Networks), join(r.Embeds))
		if err != nil {
			return err
		}
		if err := putWithin(ctx, tx, o.ID, store.Ref{}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, textBelong, o.ID[:], owner[:], o.Created); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, textSetGrant, o.ID[:], owner[:], authz.Own, o.Created)
		return err
	})
}

// Org implements store.Orgs.
func (s *Store) Org(ctx context.Context, o store.OrgID) (store.Org, error) {
	var v store.Org
	if err := one(s.r.QueryRowContext(ctx, textOrg, o[:]), "read an organisation", noOrg(), orgColumns(&v)...); err != nil {
		return store.Org{}, err
	}
	return v, nil
}

// ListOrgs implements store.Orgs.
func (s *Store) ListOrgs(ctx context.Context, a id.Account, limit int) ([]store.OrgSeen, error) {
	return collect(ctx, s.r, "list organisations", textOrgs, []any{a[:], make([]byte, id.Size), limit}, func(v *store.OrgSeen) []any {
		return append(orgColumns(&v.Org), &v.Role, &v.People)
	})
}

// SetOrg implements store.Orgs.
func (s *Store) SetOrg(ctx context.Context, o store.Org, now int64) error {
	return s.write(ctx, "change an organisation", func(tx *sql.Tx) error {
		r := o.Rules
		res, err := tx.ExecContext(ctx, textSetOrg, o.Name, number(r.Second), r.Passes, number(r.Guests), join(r.Networks), join(r.Embeds), o.ID[:])
		if err := changed(res, err, noOrg()); err != nil {
			return err
		}
		return note(ctx, tx, now, store.OfOrg(o.ID))
	})
}

// DeleteOrg implements store.Orgs.
func (s *Store) DeleteOrg(ctx context.Context, o store.OrgID, now int64) error {
	return s.write(ctx, "delete an organisation", func(tx *sql.Tx) error {
		maps, err := count(ctx, tx, textLivingMaps, o[:])
		if err != nil {
			return err
		}
		if maps > 0 {
			return fault.New(fault.Conflict, "there are maps in the organisation; move or delete them first")
		}
		if err := all(ctx, tx, dropOrg, o[:]); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, textLoseMaps, make([]byte, id.Size), o[:]); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM org WHERE id = $1`, o[:])
		if err := changed(res, err, noOrg()); err != nil {
			return err
		}
		return note(ctx, tx, now, store.OfOrg(o))
	})
}

// all runs statements of the same parameters, in order.
func all(ctx context.Context, tx *sql.Tx, texts []string, args ...any) error {
	for _, text := range texts {
		if _, err := tx.ExecContext(ctx, text, args...); err != nil {
			return err
		}
	}
	return nil
}

// Belongings implements store.Orgs.
func (s *Store) Belongings(ctx context.Context, o store.OrgID, limit int) ([]store.Belonging, error) {
	return collect(ctx, s.r, "list an organisation's people", textBelonged, []any{o[:], limit}, func(v *store.Belonging) []any {
		return append(personColumns(&v.Person), &v.Added, &v.Strong, &v.Guest)
	})
}

// Belongs implements store.Orgs.
func (s *Store) Belongs(ctx context.Context, o store.OrgID, a id.Account) (bool, error) {
	var n int
	err := one(s.r.QueryRowContext(ctx, textBelongs, o[:], a[:]), "look for somebody in an organisation", noOrg(), &n)
	return n > 0, err
}

// AddBelonging implements store.Orgs.
func (s *Store) AddBelonging(ctx context.Context, o store.OrgID, a id.Account, most int, now int64) error {
	return s.write(ctx, "add somebody to an organisation", func(tx *sql.Tx) error {
		if there, err := count(ctx, tx, textIsThere, o[:]); err != nil || there == 0 {
			return orElse(err, noOrg())
		}
		if _, err := tx.ExecContext(ctx, textBelong, o[:], a[:], now); err != nil {
			return err
		}
		n, err := count(ctx, tx, textCrowd, o[:])
		if err == nil && n > most {
			return fault.New(fault.Limit, "the organisation has as many people as it can have")
		}
		if err != nil {
			return err
		}
		return note(ctx, tx, now, store.OfAccount(a))
	})
}

// orElse returns an error, or another where there is none.
func orElse(err error, none *fault.Error) error {
	if err != nil {
		return err
	}
	return none
}

// DropBelonging implements store.Orgs.
func (s *Store) DropBelonging(ctx context.Context, o store.OrgID, a id.Account, now int64) error {
	return s.write(ctx, "take somebody out of an organisation", func(tx *sql.Tx) error {
		var had int64
		for _, text := range takeOut {
			res, err := tx.ExecContext(ctx, text, o[:], a[:])
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			had += n
		}
		if had == 0 {
			return fault.New(fault.NotFound, "they are not in the organisation")
		}
		if err := owned(ctx, tx, store.OfOrg(o)); err != nil {
			return err
		}
		return note(ctx, tx, now, store.OfAccount(a))
	})
}

func teamColumns(v *store.Team) []any {
	return []any{blob(&v.ID), blob(&v.Org), &v.Name, &v.Created, &v.People}
}

// CreateTeam implements store.Orgs.
func (s *Store) CreateTeam(ctx context.Context, t store.Team, most int) error {
	return s.write(ctx, "create a team", func(tx *sql.Tx) error {
		if there, err := count(ctx, tx, textIsThere, t.Org[:]); err != nil || there == 0 {
			return orElse(err, noOrg())
		}
		have, err := count(ctx, tx, textHasTeams, t.Org[:])
		if err != nil {
			return err
		}
		if have >= most {
			return fault.New(fault.Limit, "the organisation has as many teams as it can have")
		}
		_, err = tx.ExecContext(ctx, textNewTeam, t.ID[:], t.Org[:], t.Name, t.Created)
		return err
	})
}

// Team implements store.Orgs.
func (s *Store) Team(ctx context.Context, t store.TeamID) (store.Team, error) {
	var v store.Team
	if err := one(s.r.QueryRowContext(ctx, textTeam, t[:]), "read a team", noTeam(), teamColumns(&v)...); err != nil {
		return store.Team{}, err
	}
	return v, nil
}

// ListTeams implements store.Orgs.
func (s *Store) ListTeams(ctx context.Context, o store.OrgID, limit int) ([]store.Team, error) {
	return collect(ctx, s.r, "list teams", textTeams, []any{o[:], limit}, teamColumns)
}

// NameTeam implements store.Orgs.
func (s *Store) NameTeam(ctx context.Context, t store.TeamID, name string) error {
	return s.write(ctx, "rename a team", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textNameTeam, name, t[:])
		return changed(res, err, noTeam())
	})
}

// DeleteTeam implements store.Orgs.
func (s *Store) DeleteTeam(ctx context.Context, t store.TeamID, now int64) error {
	return s.write(ctx, "delete a team", func(tx *sql.Tx) error {
		var org store.OrgID
		if err := one(tx.QueryRowContext(ctx, textOrgOfTeam, t[:]), "read a team", noTeam(), blob(&org)); err != nil {
			return err
		}
		if err := all(ctx, tx, append(dropTeam, `DELETE FROM team WHERE id = $1`), t[:]); err != nil {
			return err
		}
		return note(ctx, tx, now, store.OfOrg(org))
	})
}

// TeamPeople implements store.Orgs.
func (s *Store) TeamPeople(ctx context.Context, t store.TeamID, limit int) ([]store.Person, error) {
	return collect(ctx, s.r, "list a team's people", textInTeam, []any{t[:], limit}, personColumns)
}

// SetTeamPerson implements store.Orgs.
func (s *Store) SetTeamPerson(ctx context.Context, t store.TeamID, a id.Account, in bool, now int64) error {
	return s.write(ctx, "change a team", func(tx *sql.Tx) error {
		var org store.OrgID
		if err := one(tx.QueryRowContext(ctx, textOrgOfTeam, t[:]), "read a team", noTeam(), blob(&org)); err != nil {
			return err
		}
		belongs, err := count(ctx, tx, textBelongs, org[:], a[:])
		if err != nil {
			return err
		}
		if belongs == 0 {
			return fault.New(fault.NotFound, "they are not in the organisation")
		}
		if in {
			_, err = tx.ExecContext(ctx, textBelong, t[:], a[:], now)
		} else {
			_, err = tx.ExecContext(ctx, textLeave, t[:], a[:])
		}
		if err != nil {
			return err
		}
		return note(ctx, tx, now, store.OfAccount(a))
	})
}
