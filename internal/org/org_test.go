package org

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

type bench struct {
	*Service
	st  *sqlstore.Store
	now time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	b := &bench{st: st, now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	b.Service = New(Config{Store: st, Now: func() time.Time { return b.now }, OnError: func(err error) { t.Error(err) }})
	return b
}

func (b *bench) account(t *testing.T, name string) gate.Asker {
	t.Helper()
	a := store.Account{ID: id.Account{name[0]}, Email: name + "@example.test", Name: name}
	if err := b.st.CreateAccount(t.Context(), store.NewAccount{Account: a}); err != nil {
		t.Fatal(err)
	}
	return gate.Asker{Account: a.ID}
}

// joined makes an organisation of one account to which another belongs.
func (b *bench) joined(t *testing.T, everyone authz.Role) (owner, other gate.Asker, o store.OrgID) {
	t.Helper()
	owner, other = b.account(t, "Ada"), b.account(t, "Ben")
	v, err := b.Create(t.Context(), owner, "Acme", everyone)
	if err != nil {
		t.Fatal(err)
	}
	made, err := b.Invite(t.Context(), owner, store.OfOrg(v.Org.ID), NewInvite{Email: "Ben@example.test", Uses: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Accept(t.Context(), other, made.Secret); err != nil {
		t.Fatal(err)
	}
	return owner, other, v.Org.ID
}

func (b *bench) role(t *testing.T, thing store.Ref, a gate.Asker) authz.Role {
	t.Helper()
	r, _, err := b.st.RoleIn(t.Context(), thing, a.Account)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantKind(t *testing.T, what string, err error, k fault.Kind) {
	t.Helper()
	if !fault.Is(err, k) {
		t.Errorf("%s: %v, want kind %v", what, err, k)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestHighestRoleCounts: AC-2. Roles add up from all around a thing, and end where they
// came from.
func TestHighestRoleCounts(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	owner, ben, o := b.joined(t, authz.View)
	outer, err := b.CreateFolder(ctx, owner, store.OfOrg(o), "Outer")
	must(t, err)
	inner, err := b.CreateFolder(ctx, owner, store.OfFolder(outer.ID), "Inner")
	must(t, err)
	team, err := b.CreateTeam(ctx, owner, o, "Water")
	must(t, err)
	in, out := store.OfFolder(inner.ID), store.OfFolder(outer.ID)
	want := func(what string, r authz.Role) {
		t.Helper()
		if got := b.role(t, in, ben); got != r {
			t.Errorf("%s: %v, want %v", what, got, r)
		}
	}
	want("by everyone's role", authz.View)
	must(t, b.Give(ctx, owner, out, store.OfTeam(team.ID), authz.Comment))
	want("a team without him", authz.View)
	must(t, b.SetTeamPerson(ctx, owner, team.ID, ben.Account, true))
	want("a team with him", authz.Comment)
	must(t, b.Give(ctx, owner, in, store.OfAccount(ben.Account), authz.Edit))
	want("his own", authz.Edit)
	must(t, b.MoveFolder(ctx, owner, inner.ID, store.OfOrg(o)))
	must(t, b.Take(ctx, owner, in, store.OfAccount(ben.Account)))
	want("moved away from the team's", authz.View)
	wantKind(t, "into itself", b.MoveFolder(ctx, owner, outer.ID, out), fault.Cycle)
	must(t, b.MoveFolder(ctx, owner, inner.ID, out))
	want("moved back", authz.Comment)
	must(t, b.DeleteFolder(ctx, owner, outer.ID))
	want("with the folder gone", authz.View)
	if f, err := b.st.Folder(ctx, inner.ID); err != nil || f.Home != store.OfOrg(o) {
		t.Errorf("what lay in it: %+v, %v", f, err)
	}
}

// TestTakenOutHasNothingLeft: AC-4.
func TestTakenOutHasNothingLeft(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	owner, ben, o := b.joined(t, authz.View)
	f, err := b.CreateFolder(ctx, owner, store.OfOrg(o), "Folder")
	must(t, err)
	must(t, b.Give(ctx, owner, store.OfFolder(f.ID), store.OfAccount(ben.Account), authz.Own))
	wantKind(t, "by one who does not own it", b.Remove(ctx, ben, o, owner.Account), fault.Permission)
	must(t, b.Remove(ctx, owner, o, ben.Account))
	for _, thing := range []store.Ref{store.OfOrg(o), store.OfFolder(f.ID)} {
		if r := b.role(t, thing, ben); r != authz.None {
			t.Errorf("%v in %v", r, thing)
		}
	}
	_, err = b.Get(ctx, ben, o)
	wantKind(t, "looking at it", err, fault.NotFound)
	wantKind(t, "the last owner leaves", b.Remove(ctx, owner, o, owner.Account), fault.Conflict)
	wantKind(t, "the last owner steps down", b.Take(ctx, owner, store.OfOrg(o), store.OfAccount(owner.Account)), fault.Conflict)
}

// TestStrangersLearnNothing: an organisation of others and one that is not there look
// the same.
func TestStrangersLearnNothing(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	_, _, o := b.joined(t, authz.View)
	eve := b.account(t, "Eve")
	for what, do := range map[string]func(o store.OrgID) error{
		"get":    func(o store.OrgID) error { _, err := b.Get(ctx, eve, o); return err },
		"people": func(o store.OrgID) error { _, err := b.People(ctx, eve, o); return err },
		"teams":  func(o store.OrgID) error { _, err := b.Teams(ctx, eve, o); return err },
		"delete": func(o store.OrgID) error { return b.Delete(ctx, eve, o) },
		"rules":  func(o store.OrgID) error { _, err := b.Set(ctx, eve, o, "x", store.Rules{}); return err },
		"roles":  func(o store.OrgID) error { _, err := b.Reasons(ctx, eve, store.OfOrg(o)); return err },
		"invite": func(o store.OrgID) error {
			_, err := b.Invite(ctx, eve, store.OfOrg(o), NewInvite{Role: authz.View, Uses: 1})
			return err
		},
		"a place": func(o store.OrgID) error { _, err := b.CreateFolder(ctx, eve, store.OfOrg(o), "x"); return err },
	} {
		theirs, nobodys := do(o), do(store.OrgID{9})
		if theirs == nil || nobodys == nil || theirs.Error() != nobodys.Error() || !fault.Is(theirs, fault.NotFound) {
			t.Errorf("%s: %v, of one that is not there %v", what, theirs, nobodys)
		}
	}
}

// TestInvitations: AC-2. Each is used as often as it says, by whom it is for, and leads
// nowhere once it is late or withdrawn.
func TestInvitations(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	owner, _, o := b.joined(t, authz.None)
	cy, dee := b.account(t, "Cy"), b.account(t, "Dee")
	place := store.OfOrg(o)
	forCy, err := b.Invite(ctx, owner, place, NewInvite{Email: "Cy@example.test", Role: authz.Edit, Uses: 1})
	must(t, err)
	_, err = b.Accept(ctx, dee, forCy.Secret)
	wantKind(t, "by somebody else", err, fault.Permission)
	_, err = b.Accept(ctx, cy, forCy.Secret[:20])
	wantKind(t, "cut short", err, fault.Permission)
	_, err = b.Accept(ctx, cy, forCy.Secret)
	must(t, err)
	if r := b.role(t, place, cy); r != authz.Edit {
		t.Errorf("role %v", r)
	}
	_, err = b.Accept(ctx, cy, forCy.Secret)
	wantKind(t, "twice", err, fault.Permission)
	late, err := b.Invite(ctx, owner, place, NewInvite{Role: authz.View, Uses: 5})
	must(t, err)
	b.now = b.now.Add(inviteLife)
	_, err = b.Accept(ctx, dee, late.Secret)
	wantKind(t, "late", err, fault.Permission)
	drawn, err := b.Invite(ctx, owner, place, NewInvite{Role: authz.View, Uses: 5})
	must(t, err)
	must(t, b.Uninvite(ctx, owner, place, drawn.ID))
	_, err = b.Accept(ctx, dee, drawn.Secret)
	wantKind(t, "withdrawn", err, fault.Permission)
	if _, err := b.st.Account(ctx, dee.Account); err != nil || b.role(t, place, dee) != authz.None {
		t.Errorf("a refused one got in: %v", err)
	}
}

func TestRulesAreCleaned(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	owner, _, o := b.joined(t, authz.None)
	owner.Strong = true
	for what, r := range map[string]store.Rules{
		"no network":       {Networks: []string{"office"}},
		"a zone":           {Networks: []string{"fe80::1%eth0/64"}},
		"not https":        {Embeds: []string{"http://example.org"}},
		"a path":           {Embeds: []string{"https://example.org/page"}},
		"a policy":         {Embeds: []string{"https://a.example; script-src *"}},
		"shuts out itself": {Networks: []string{"203.0.113.0/24"}},
		"owning by links":  {Passes: authz.Own},
	} {
		_, err := b.Set(ctx, owner, o, "Acme", r)
		wantKind(t, what, err, fault.Invalid)
	}
	unsure := gate.Asker{Account: owner.Account}
	_, err := b.Set(ctx, unsure, o, "Acme", store.Rules{Second: true})
	if l, ok := errors.AsType[*gate.Lacking](err); !ok || l.Need != gate.SecondFactor {
		t.Errorf("a second factor, by somebody without: %v", err)
	}
	v, err := b.Set(ctx, owner, o, " Acme  Works ", store.Rules{Second: true, Embeds: []string{" https://Example.org/ "}})
	if err != nil || v.Org.Name != "Acme Works" || len(v.Org.Rules.Embeds) != 1 || v.Org.Rules.Embeds[0] != "https://example.org" {
		t.Errorf("%+v, %v", v, err)
	}
	weak := gate.Asker{Account: owner.Account}
	_, err = b.Get(ctx, weak, o)
	wantKind(t, "without the second factor", err, fault.Permission)
}

// TestInvitationsOfWhoMayNot: AC-4. Who is taken out, or may not invite any more, does
// not come back by an invitation of their own, and brings nobody else.
func TestInvitationsOfWhoMayNot(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	owner, ben, o := b.joined(t, authz.View)
	cy := b.account(t, "Cy")
	place := store.OfOrg(o)
	folder, err := b.CreateFolder(ctx, owner, place, "Water")
	must(t, err)
	invite := func(of store.Ref) string {
		v, err := b.Invite(ctx, ben, of, NewInvite{Role: authz.Own, Uses: 9})
		must(t, err)
		return v.Secret
	}
	refused := func(what, secret string) {
		t.Helper()
		for _, who := range []gate.Asker{ben, cy} {
			_, err := b.Accept(ctx, who, secret)
			wantKind(t, what, err, fault.Permission)
		}
		n := store.NewAccount{Account: store.Account{ID: id.Account{99}, Email: "new@example.test"}, Now: b.Service.now()}
		n.Invitation, _ = hashOf(secret)
		wantKind(t, what+", to sign up", b.st.CreateAccount(ctx, n), fault.Permission)
	}
	must(t, b.Give(ctx, owner, place, store.OfAccount(ben.Account), authz.Own))
	whole, part := invite(place), invite(store.OfFolder(folder.ID))
	must(t, b.Give(ctx, owner, place, store.OfAccount(ben.Account), authz.Edit))
	refused("no owner any more", whole)
	refused("no owner any more, of a folder", part)
	must(t, b.Remove(ctx, owner, o, ben.Account))
	refused("taken out", whole)
	refused("taken out, to a folder", part)
}

// TestInvitationsWithoutGuests: an organisation that has no guests any more gets none by
// an invitation from before.
func TestInvitationsWithoutGuests(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	owner, ben, o := b.joined(t, authz.None)
	cy := b.account(t, "Cy")
	folder, err := b.CreateFolder(ctx, owner, store.OfOrg(o), "Water")
	must(t, err)
	v, err := b.Invite(ctx, owner, store.OfFolder(folder.ID), NewInvite{Role: authz.View, Uses: 9})
	must(t, err)
	_, err = b.Set(ctx, owner, o, "Acme", store.Rules{Passes: authz.Edit})
	must(t, err)
	_, err = b.Accept(ctx, cy, v.Secret)
	wantKind(t, "somebody outside", err, fault.Permission)
	if _, err := b.Accept(ctx, ben, v.Secret); err != nil {
		t.Errorf("somebody who belongs: %v", err)
	}
}
