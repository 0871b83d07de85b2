package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	// parties are all that an account's grants may be to: itself, its teams, its
	// organisations.
	parties = `(g.subject = $1 OR g.subject IN (SELECT b.party FROM belong b WHERE b.account = $1))`
	// textHeld are the roles of an account ($1) in whatever it has one in.
	textRoles = `SELECT w.thing AS thing, MAX(g.role) AS role FROM access g JOIN within w ON w.container = g.object WHERE ` + parties + ` `

	columnsRules = `o.id, o.second, o.passes, o.guests, o.networks, o.embeds`
	textRoleIn   = `SELECT COALESCE((SELECT p.role FROM (` + textRoles + `AND w.thing = $2 GROUP BY w.thing) p), 0), ` + columnsRules + `
		FROM within w JOIN org o ON o.id = w.container WHERE w.thing = $2`

	// What lies deepest has the most around it.
	textReasons = `SELECT g.object, g.subject, g.role, g.added,
			CASE WHEN m.id IS NOT NULL THEN 1 WHEN f.id IS NOT NULL THEN 2 ELSE 3 END,
			CASE WHEN a.id IS NOT NULL THEN 4 WHEN t.id IS NOT NULL THEN 5 ELSE 3 END,
			COALESCE(m.title, f.name, o.name, ''), COALESCE(a.name, t.name, so.name, ''), COALESCE(a.email, '')
		FROM within w JOIN access g ON g.object = w.container
			LEFT JOIN map m ON m.id = g.object LEFT JOIN folder f ON f.id = g.object LEFT JOIN org o ON o.id = g.object
			LEFT JOIN account a ON a.id = g.subject LEFT JOIN team t ON t.id = g.subject LEFT JOIN org so ON so.id = g.subject
		WHERE w.thing = $1
		ORDER BY (SELECT COUNT(*) FROM within d WHERE d.thing = g.object) DESC, COALESCE(a.name, t.name, so.name, ''), g.subject LIMIT $2`
	// An account for each grant to it, and one for each that belongs to a party.
	textHolders = `SELECT h.account AS account, MAX(h.role) AS role FROM (
			SELECT g.subject AS account, g.role AS role FROM within w JOIN access g ON g.object = w.container WHERE w.thing = $1
			UNION ALL
			SELECT b.account, g.role FROM within w JOIN access g ON g.object = w.container JOIN belong b ON b.party = g.subject WHERE w.thing = $1
		) h GROUP BY h.account`
	textPeople = `SELECT a.id, a.name, a.email, p.role FROM (` + textHolders + `) p JOIN account a ON a.id = p.account ORDER BY a.name, a.id LIMIT $2`

	textSetGrant = `INSERT INTO access (object, subject, role, added) VALUES ($1, $2, $3, $4)
		ON CONFLICT (object, subject) DO UPDATE SET role = excluded.role`
	textDropGrant   = `DELETE FROM access WHERE object = $1 AND subject = $2`
	textCountGrants = `SELECT COUNT(*) FROM access WHERE object = $1`
	// textOwners counts the accounts that own a thing by a grant on it.
	textOwners = `SELECT COUNT(*) FROM access g JOIN account a ON a.id = g.subject WHERE g.object = $1 AND g.role = 4`
	// Whether a thing must have an owner of its own: an organisation, and a map that
	// lies in none.
	textNeedsOwner = `SELECT (SELECT COUNT(*) FROM org WHERE id = $1) + (SELECT COUNT(*) FROM map WHERE id = $1 AND org = $2)`
	// Whether a party may be given roles in a thing: an account anywhere, a team and an
	// organisation in their own.
	textFits = `SELECT (SELECT COUNT(*) FROM account WHERE id = $2) +
		(SELECT COUNT(*) FROM within w WHERE w.thing = $1 AND (w.container = $2 OR w.container = (SELECT t.org FROM team t WHERE t.id = $2)))`
)

func rulesColumns(v *store.Rules) []any {
	return []any{blob(&v.Org), &v.Second, &v.Passes, &v.Guests, (*lines)(&v.Networks), (*lines)(&v.Embeds)}
}

// lines is a list in one column, an entry a line.
type lines []string

// Scan reads the list.
func (l *lines) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return errors.New("column is no text")
	}
	*l = nil
	if text != "" {
		*l = strings.Split(text, "\n")
	}
	return nil
}

func join(list []string) string { return strings.Join(list, "\n") }

// RoleIn implements store.Access.
func (s *Store) RoleIn(ctx context.Context, thing store.Ref, a id.Account) (authz.Role, store.Rules, error) {
	var role authz.Role
	var rules store.Rules
	row := s.r.QueryRowContext(ctx, textRoleIn, a[:], thing.ID[:])
	err := one(row, "read a role", fault.New(fault.NotFound, "unknown"), append([]any{&role}, rulesColumns(&rules)...)...)
	if fault.Is(err, fault.NotFound) {
		return authz.None, store.Rules{}, nil
	}
	return role, rules, err
}

// Reasons implements store.Access.
func (s *Store) Reasons(ctx context.Context, thing store.Ref, limit int) ([]store.Reason, error) {
	return collect(ctx, s.r, "list grants", textReasons, []any{thing.ID[:], limit}, func(v *store.Reason) []any {
		return []any{refColumn(&v.Object), refColumn(&v.Subject), &v.Role, &v.Added, &v.Object.Sort, &v.Subject.Sort, &v.ObjectName, &v.SubjectName, &v.Email}
	})
}

func personColumns(v *store.Person) []any {
	return []any{blob(&v.Account), &v.Name, &v.Email, &v.Role}
}

// People implements store.Access.
func (s *Store) People(ctx context.Context, thing store.Ref, limit int) ([]store.Person, error) {
	return collect(ctx, s.r, "list people", textPeople, []any{thing.ID[:], limit}, personColumns)
}

// owned refuses a thing that would be left without an owner; counted after the
// change, which the refusal undoes.
func owned(ctx context.Context, tx *sql.Tx, object store.Ref) error {
	needs, err := count(ctx, tx, textNeedsOwner, object.ID[:], make([]byte, id.Size))
	if err != nil || needs == 0 {
		return err
	}
	owners, err := count(ctx, tx, textOwners, object.ID[:])
	if err == nil && owners == 0 {
		if object.Sort == store.SortOrg {
			return fault.New(fault.Conflict, "an organisation keeps at least one owner")
		}
		return fault.New(fault.Conflict, "a map keeps at least one owner")
	}
	return err
}

// count runs a query for a number.
func count(ctx context.Context, tx *sql.Tx, text string, args ...any) (n int, err error) {
	err = tx.QueryRowContext(ctx, text, args...).Scan(&n)
	return n, err
}

// SetGrant implements store.Access.
func (s *Store) SetGrant(ctx context.Context, g store.Grant, most int) error {
	return s.write(ctx, "give a role", func(tx *sql.Tx) error {
		there, err := count(ctx, tx, textIsThere, g.Object.ID[:])
		if err != nil {
			return err
		}
		fits, err := count(ctx, tx, textFits, g.Object.ID[:], g.Subject.ID[:])
		if err != nil {
			return err
		}
		if there == 0 || fits == 0 {
			return fault.New(fault.NotFound, "there is nobody or nothing like that here")
		}
		if _, err := tx.ExecContext(ctx, textSetGrant, g.Object.ID[:], g.Subject.ID[:], g.Role, g.Added); err != nil {
			return err
		}
		if err := owned(ctx, tx, g.Object); err != nil {
			return err
		}
		n, err := count(ctx, tx, textCountGrants, g.Object.ID[:])
		if err == nil && n > most {
			return fault.New(fault.Limit, "as many people and teams as can have a role here have one")
		}
		if err != nil {
			return err
		}
		return noteGrant(ctx, tx, g.Added, g.Object, g.Subject)
	})
}

// noteGrant notes a grant's change: whom it concerns if that is one account, else
// where.
func noteGrant(ctx context.Context, tx *sql.Tx, now int64, object, subject store.Ref) error {
	if subject.Sort == store.SortAccount {
		return note(ctx, tx, now, subject)
	}
	return note(ctx, tx, now, object)
}

// DropGrant implements store.Access.
func (s *Store) DropGrant(ctx context.Context, object, subject store.Ref, now int64) error {
	return s.write(ctx, "take a role", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, textDropGrant, object.ID[:], subject.ID[:])
		if err := changed(res, err, fault.New(fault.NotFound, "they have no role of their own here")); err != nil {
			return err
		}
		if err := owned(ctx, tx, object); err != nil {
			return err
		}
		return noteGrant(ctx, tx, now, object, subject)
	})
}
