package storetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// PlaceStore is what the suite for organisations and links needs.
type PlaceStore interface {
	AccountStore
	store.Passes
}

// Orgs checks organisations, folders, teams, roles and links. open returns an empty
// store.
func Orgs(t *testing.T, open func(t *testing.T) PlaceStore) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s PlaceStore)
	}{
		{"an organisation and its people", orgPeople},
		{"teams", teams},
		{"folders lie in each other", folders},
		{"what gives a role is told, from within outwards", reasons},
		{"bounds", orgBounds},
		{"links and visits", passes},
		{"every role is what a walk through the places gives", walks},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func orgN(n byte) store.OrgID       { return store.OrgID{0: 5, 15: n} }
func teamN(n byte) store.TeamID     { return store.TeamID{0: 6, 15: n} }
func folderN(n byte) store.FolderID { return store.FolderID{0: 7, 15: n} }

// bounds are more than any test but that of bounds needs.
func bounds() store.OrgBounds { return store.OrgBounds{People: 20, Teams: 20, Folders: 20, Depth: 8} }

func addOrg(t testing.TB, s store.Orgs, n byte, owner id.Account) store.Org {
	t.Helper()
	o := store.Org{ID: orgN(n), Name: fmt.Sprintf("Org %d", n), Created: 5, Rules: store.Rules{Org: orgN(n), Passes: authz.Edit, Guests: true}}
	if err := s.CreateOrg(t.Context(), o, owner); err != nil {
		t.Fatal(err)
	}
	return o
}

func addFolder(t testing.TB, s store.Orgs, n byte, o store.OrgID, home store.Ref) store.Folder {
	t.Helper()
	f := store.Folder{ID: folderN(n), Org: o, Home: home, Name: fmt.Sprintf("Folder %d", n), Created: 6}
	if err := s.CreateFolder(t.Context(), f, bounds()); err != nil {
		t.Fatal(err)
	}
	return f
}

func belong(t testing.TB, s store.Orgs, o store.OrgID, a id.Account) {
	t.Helper()
	if err := s.AddBelonging(t.Context(), o, a, bounds().People, 7); err != nil {
		t.Fatal(err)
	}
}

func orgPeople(t *testing.T, s PlaceStore) {
	ctx := t.Context()
	a, b, c := addAccount(t, s, 1), addAccount(t, s, 2), addAccount(t, s, 3)
	o := addOrg(t, s, 1, a.ID)
	_, err := s.Org(ctx, orgN(9))
	wantKind(t, err, fault.NotFound)
	got, err := s.Org(ctx, o.ID)
	if diff := cmp.Diff(o, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	belong(t, s, o.ID, b.ID)
	belong(t, s, o.ID, b.ID) // once
	guest := store.Map{ID: mapN(1), Title: "M", Created: 1, Updated: 1, Home: store.OfOrg(o.ID), Org: o.ID}
	if err := s.CreateMap(ctx, guest, a.ID); err != nil {
		t.Fatal(err)
	}
	if err := give(ctx, s, guest.ID, c.ID, authz.View, 8); err != nil {
		t.Fatal(err)
	}
	list, err := s.Belongings(ctx, o.ID, 10)
	if err != nil || len(list) != 3 {
		t.Fatalf("people: %+v, %v", list, err)
	}
	for _, v := range list {
		if v.Guest != (v.Account == c.ID) {
			t.Errorf("%s: guest %v", v.Name, v.Guest)
		}
	}
	wantKind(t, s.DropBelonging(ctx, o.ID, a.ID, 9), fault.Conflict) // the last owner
	for _, who := range []id.Account{b.ID, c.ID} {
		before := last(t, s)
		if err := s.DropBelonging(ctx, o.ID, who, 9); err != nil {
			t.Error(err)
		}
		if !slices.Contains(since(t, s, before), store.OfAccount(who)) {
			t.Errorf("nobody hears that %v is out", who)
		}
		wantKind(t, s.DropBelonging(ctx, o.ID, who, 9), fault.NotFound)
	}
	if v, err := s.Membership(ctx, guest.ID, c.ID); err != nil || v.Role != authz.None {
		t.Errorf("a guest who is out has %v, %v", v.Role, err)
	}
	wantKind(t, s.DeleteOrg(ctx, o.ID, 10), fault.Conflict) // a map lies in it
	if err := s.DeleteMap(ctx, guest.ID, 10); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteOrg(ctx, o.ID, 11); err != nil {
		t.Error(err)
	}
	wantKind(t, s.DeleteOrg(ctx, o.ID, 11), fault.NotFound)
}

func teams(t *testing.T, s PlaceStore) {
	ctx := t.Context()
	a, b, c := addAccount(t, s, 1), addAccount(t, s, 2), addAccount(t, s, 3)
	o := addOrg(t, s, 1, a.ID)
	belong(t, s, o.ID, b.ID)
	team := store.Team{ID: teamN(1), Org: o.ID, Name: "T", Created: 1}
	if err := s.CreateTeam(ctx, team, bounds().Teams); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.SetTeamPerson(ctx, team.ID, c.ID, true, 2), fault.NotFound) // belongs to nothing
	before := last(t, s)
	if err := s.SetTeamPerson(ctx, team.ID, b.ID, true, 2); err != nil {
		t.Fatal(err)
	}
	if err := s.SetGrant(ctx, store.Grant{Object: store.OfOrg(o.ID), Subject: store.OfTeam(team.ID), Role: authz.Edit, Added: 3}, 10); err != nil {
		t.Fatal(err)
	}
	if len(since(t, s, before)) < 2 {
		t.Error("nobody hears of a team's new person or role")
	}
	if r, _, err := s.RoleIn(ctx, store.OfOrg(o.ID), b.ID); err != nil || r != authz.Edit {
		t.Errorf("by the team: %v, %v", r, err)
	}
	if people, err := s.TeamPeople(ctx, team.ID, 10); err != nil || len(people) != 1 || people[0].Account != b.ID {
		t.Errorf("people %v, %v", people, err)
	}
	before = last(t, s)
	if err := s.DeleteTeam(ctx, team.ID, 4); err != nil {
		t.Fatal(err)
	}
	if len(since(t, s, before)) == 0 {
		t.Error("nobody hears that a team is gone")
	}
	if r, _, err := s.RoleIn(ctx, store.OfOrg(o.ID), b.ID); err != nil || r != authz.None {
		t.Errorf("by a team that is gone: %v, %v", r, err)
	}
	_, err := s.Team(ctx, team.ID)
	wantKind(t, err, fault.NotFound)
}

func folders(t *testing.T, s PlaceStore) {
	ctx := t.Context()
	a, b := addAccount(t, s, 1), addAccount(t, s, 2)
	o, other := addOrg(t, s, 1, a.ID), addOrg(t, s, 2, a.ID)
	outer := addFolder(t, s, 1, o.ID, store.OfOrg(o.ID))
	inner := addFolder(t, s, 2, o.ID, store.OfFolder(outer.ID))
	wantKind(t, s.MoveFolder(ctx, outer.ID, store.OfFolder(inner.ID), bounds(), 8), fault.Cycle)
	wantKind(t, s.MoveFolder(ctx, outer.ID, store.OfFolder(outer.ID), bounds(), 8), fault.Cycle)
	wantKind(t, s.CreateFolder(ctx, store.Folder{ID: folderN(9), Org: o.ID, Home: store.OfFolder(folderN(8)), Name: "x"}, bounds()), fault.NotFound)
	if err := s.MoveFolder(ctx, inner.ID, store.OfOrg(other.ID), bounds(), 8); err == nil {
		t.Error("a folder left its organisation")
	}
	if err := s.SetGrant(ctx, store.Grant{Object: store.OfFolder(outer.ID), Subject: store.OfAccount(b.ID), Role: authz.View, Added: 3}, 10); err != nil {
		t.Fatal(err)
	}
	if r, _, err := s.RoleIn(ctx, store.OfFolder(inner.ID), b.ID); err != nil || r != authz.View {
		t.Errorf("within: %v, %v", r, err)
	}
	if list, err := s.ListFolders(ctx, o.ID, b.ID, 10); err != nil || len(list) != 2 {
		t.Errorf("folders %v, %v", list, err)
	}
	before := last(t, s)
	if err := s.DeleteFolder(ctx, outer.ID, 9); err != nil {
		t.Fatal(err)
	}
	if len(since(t, s, before)) == 0 {
		t.Error("nobody hears that a folder is gone")
	}
	if f, err := s.Folder(ctx, inner.ID); err != nil || f.Home != store.OfOrg(o.ID) {
		t.Errorf("what lay in it: %+v, %v", f, err)
	}
	if r, _, err := s.RoleIn(ctx, store.OfFolder(inner.ID), b.ID); err != nil || r != authz.None {
		t.Errorf("after: %v, %v", r, err)
	}
}

func reasons(t *testing.T, s PlaceStore) {
	ctx := t.Context()
	a, b := addAccount(t, s, 1), addAccount(t, s, 2)
	o := addOrg(t, s, 1, a.ID)
	f := addFolder(t, s, 1, o.ID, store.OfOrg(o.ID))
	m := store.Map{ID: mapN(1), Title: "M", Created: 1, Updated: 1, Home: store.OfFolder(f.ID), Org: o.ID}
	if err := s.CreateMap(ctx, m, a.ID); err != nil {
		t.Fatal(err)
	}
	for _, object := range []store.Ref{store.OfFolder(f.ID), store.OfMap(m.ID)} {
		if err := s.SetGrant(ctx, store.Grant{Object: object, Subject: store.OfAccount(b.ID), Role: authz.View, Added: 3}, 10); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Reasons(ctx, store.OfMap(m.ID), 10)
	if err != nil {
		t.Fatal(err)
	}
	var order []store.Sort
	for _, r := range got {
		if len(order) == 0 || order[len(order)-1] != r.Object.Sort {
			order = append(order, r.Object.Sort)
		}
	}
	if diff := cmp.Diff([]store.Sort{store.SortMap, store.SortFolder, store.SortOrg}, order); diff != "" {
		t.Error(diff)
	}
	if people, err := s.People(ctx, store.OfMap(m.ID), 10); err != nil || len(people) != 2 {
		t.Errorf("people %v, %v", people, err)
	}
	wantKind(t, s.DropGrant(ctx, store.OfMap(m.ID), store.OfTeam(teamN(9)), 9), fault.NotFound)
}

func orgBounds(t *testing.T, s PlaceStore) {
	ctx := t.Context()
	a, b := addAccount(t, s, 1), addAccount(t, s, 2)
	o := addOrg(t, s, 1, a.ID)
	wantKind(t, s.AddBelonging(ctx, o.ID, b.ID, 1, 7), fault.Limit)
	few := store.OrgBounds{People: 1, Teams: 1, Folders: 2, Depth: 2}
	if err := s.CreateTeam(ctx, store.Team{ID: teamN(1), Org: o.ID, Name: "T"}, few.Teams); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.CreateTeam(ctx, store.Team{ID: teamN(2), Org: o.ID, Name: "T"}, few.Teams), fault.Limit)
	one := addFolder(t, s, 1, o.ID, store.OfOrg(o.ID))
	two := addFolder(t, s, 2, o.ID, store.OfFolder(one.ID))
	wantKind(t, s.CreateFolder(ctx, store.Folder{ID: folderN(3), Org: o.ID, Home: store.OfOrg(o.ID), Name: "x"}, few), fault.Limit)
	few.Folders = 9
	wantKind(t, s.CreateFolder(ctx, store.Folder{ID: folderN(3), Org: o.ID, Home: store.OfFolder(two.ID), Name: "x"}, few), fault.Limit)
	wantKind(t, s.SetGrant(ctx, store.Grant{Object: store.OfOrg(o.ID), Subject: store.OfAccount(b.ID), Role: authz.View}, 1), fault.Limit)
}

func passes(t *testing.T, s PlaceStore) {
	ctx := t.Context()
	a := addAccount(t, s, 1)
	m := addMap(t, s, 1, a.ID)
	p := store.Pass{ID: store.PassID{1}, Hash: store.Hash{1}, Map: m.ID, Role: authz.View, Name: "For all", By: a.ID, Created: 1, Expires: 100}
	if err := s.CreatePass(ctx, p, 1); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.CreatePass(ctx, store.Pass{ID: store.PassID{2}, Hash: store.Hash{2}, Map: m.ID, Role: authz.View, By: a.ID}, 1), fault.Limit)
	wantKind(t, s.CreatePass(ctx, store.Pass{ID: store.PassID{2}, Hash: store.Hash{2}, Map: mapN(9), Role: authz.View, By: a.ID}, 5), fault.NotFound)
	_, err := s.Pass(ctx, store.Hash{9})
	wantKind(t, err, fault.NotFound)
	v := store.Visit{Hash: store.Hash{3}, ID: store.VisitID{3}, Pass: p.ID, Created: 2, Seen: 2}
	if err := s.CreateVisit(ctx, v); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.CreateVisit(ctx, store.Visit{Hash: store.Hash{4}, ID: store.VisitID{4}, Pass: store.PassID{9}}), fault.NotFound)
	if err := s.NameVisit(ctx, v.ID, "Kim"); err != nil {
		t.Error(err)
	}
	v.Name = "Kim"
	got, of, err := s.Visit(ctx, v.Hash)
	p.Used = 2
	if diff := cmp.Diff(v, got) + cmp.Diff(p, of); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	before := last(t, s)
	if err := s.EndPasses(ctx, 99, 10); err != nil || len(since(t, s, before)) != 0 {
		t.Errorf("ended early: %v", err)
	}
	if err := s.EndPasses(ctx, 101, 10); err != nil || len(since(t, s, before)) == 0 {
		t.Errorf("nobody hears that a link has ended: %v", err)
	}
	_, _, err = s.VisitByID(ctx, v.ID)
	wantKind(t, err, fault.NotFound)
	wantKind(t, s.DropPass(ctx, mapN(9), p.ID, 5), fault.NotFound)
	v.Hash, v.ID = store.Hash{5}, store.VisitID{5}
	if err := s.CreateVisit(ctx, v); err != nil {
		t.Fatal(err)
	}
	before = last(t, s)
	if err := s.DropPass(ctx, m.ID, p.ID, 5); err != nil || len(since(t, s, before)) == 0 {
		t.Errorf("dropped: %v, %v", err, since(t, s, before))
	}
	_, _, err = s.VisitByID(ctx, v.ID)
	wantKind(t, err, fault.NotFound)
	if list, err := s.ListPasses(ctx, m.ID, 10); err != nil || len(list) != 0 {
		t.Errorf("links %v, %v", list, err)
	}
}

// model is what a store of one organisation has to say, kept the plain way.
type model struct {
	org    store.OrgID
	people []id.Account
	in     map[id.Account]bool
	teams  map[store.TeamID]map[id.Account]bool
	home   map[store.Ref]store.Ref // of folders and maps
	grants map[[2]store.Ref]authz.Role
}

// role walks from a thing outwards and takes the highest of what it finds.
func (m *model) role(thing store.Ref, a id.Account) authz.Role {
	best := authz.None
	for thing != (store.Ref{}) {
		for ends, r := range m.grants {
			if ends[0] == thing && m.is(ends[1], a) {
				best = max(best, r)
			}
		}
		thing = m.home[thing]
	}
	return best
}

// is reports whether an account is of a party.
func (m *model) is(party store.Ref, a id.Account) bool {
	switch party.Sort {
	case store.SortAccount:
		return party == store.OfAccount(a)
	case store.SortTeam:
		return m.teams[store.TeamID(party.ID)][a]
	}
	return party == store.OfOrg(m.org) && m.in[a]
}

// things are the folders and maps there are, in an order that is always the same.
func (m *model) things() []store.Ref {
	return slices.SortedFunc(maps.Keys(m.home), func(a, b store.Ref) int { return slices.Compare(a.ID[:], b.ID[:]) })
}

// mostSteps is how long one of the walks is.
const mostSteps = 12

// walks gives and takes roles, moves maps and folders, and lets people in and out at
// random; after each step every role is what the model says.
func walks(t *testing.T, s PlaceStore) {
	var accounts []id.Account
	for n := range byte(3) {
		accounts = append(accounts, addAccount(t, s, n+1).ID)
	}
	round := byte(0)
	rapid.Check(t, func(r *rapid.T) {
		round++ // each has an organisation of its own
		m := newModel(t, s, round, accounts)
		for range rapid.IntRange(1, mostSteps).Draw(r, "steps") {
			what := m.step(t, r, s)
			for _, thing := range m.things() {
				for _, a := range accounts {
					got, err := roleOf(t, s, thing, a)
					if want := m.role(thing, a); err != nil || got != want {
						r.Fatalf("after %s: %v in %v: %v, want %v (%v)", what, a, thing, got, want, err)
					}
				}
			}
		}
	})
}

func roleOf(t *testing.T, s PlaceStore, thing store.Ref, a id.Account) (authz.Role, error) {
	if thing.Sort == store.SortMap {
		v, err := s.Membership(t.Context(), id.Map(thing.ID), a)
		return v.Role, err
	}
	r, _, err := s.RoleIn(t.Context(), thing, a)
	return r, err
}

// newModel makes an organisation with two teams, three folders and three maps.
func newModel(t *testing.T, s PlaceStore, n byte, accounts []id.Account) *model {
	t.Helper()
	o := addOrg(t, s, n, accounts[0])
	m := &model{
		org: o.ID, people: accounts, in: map[id.Account]bool{accounts[0]: true}, teams: map[store.TeamID]map[id.Account]bool{},
		home:   map[store.Ref]store.Ref{store.OfOrg(o.ID): {}},
		grants: map[[2]store.Ref]authz.Role{{store.OfOrg(o.ID), store.OfAccount(accounts[0])}: authz.Own},
	}
	for i := range byte(3) {
		f := store.Folder{ID: store.FolderID{0: 7, 14: n, 15: i}, Org: o.ID, Home: store.OfOrg(o.ID), Name: "F"}
		v := store.Map{ID: id.Map{0: 2, 14: n, 15: i}, Title: "M", Home: store.OfOrg(o.ID), Org: o.ID}
		team := store.Team{ID: store.TeamID{0: 6, 14: n, 15: i}, Org: o.ID, Name: "T"}
		if err := s.CreateFolder(t.Context(), f, bounds()); err != nil {
			t.Fatal(err)
		}
		if err := s.CreateMap(t.Context(), v, accounts[0]); err != nil {
			t.Fatal(err)
		}
		if err := s.CreateTeam(t.Context(), team, bounds().Teams); err != nil {
			t.Fatal(err)
		}
		m.home[store.OfFolder(f.ID)], m.home[store.OfMap(v.ID)] = store.OfOrg(o.ID), store.OfOrg(o.ID)
		m.grants[[2]store.Ref{store.OfMap(v.ID), store.OfAccount(accounts[0])}] = authz.Own
		m.teams[team.ID] = map[id.Account]bool{}
	}
	return m
}

// step does one thing to the store and, where it was taken, to the model. It returns
// what it was.
func (m *model) step(t *testing.T, r *rapid.T, s PlaceStore) string {
	ctx := t.Context()
	things := m.things()
	thing := rapid.SampledFrom(things).Draw(r, "thing")
	who := rapid.SampledFrom(m.people).Draw(r, "who")
	team := rapid.SampledFrom(slices.SortedFunc(maps.Keys(m.teams), func(a, b store.TeamID) int { return slices.Compare(a[:], b[:]) })).Draw(r, "team")
	party := rapid.SampledFrom([]store.Ref{store.OfAccount(who), store.OfTeam(team), store.OfOrg(m.org)}).Draw(r, "party")
	role := rapid.SampledFrom([]authz.Role{authz.View, authz.Comment, authz.Edit, authz.Own}).Draw(r, "role")
	switch what := rapid.SampledFrom([]string{"give", "give", "take", "move", "move", "team", "team", "in", "out"}).Draw(r, "what"); what {
	case "give":
		if s.SetGrant(ctx, store.Grant{Object: thing, Subject: party, Role: role, Added: 1}, 100) == nil {
			m.grants[[2]store.Ref{thing, party}] = role
		}
		return what
	case "take":
		if s.DropGrant(ctx, thing, party, 2) == nil {
			delete(m.grants, [2]store.Ref{thing, party})
		}
		return what
	case "move":
		to := rapid.SampledFrom(things).Draw(r, "to")
		return what + m.move(t, s, thing, to)
	case "team":
		in := rapid.Bool().Draw(r, "in")
		if s.SetTeamPerson(ctx, team, who, in, 3) == nil {
			m.teams[team][who] = in
		}
		return what
	case "in":
		if s.AddBelonging(ctx, m.org, who, 20, 4) == nil {
			m.in[who] = true
		}
		return what
	default:
		if s.DropBelonging(ctx, m.org, who, 5) == nil {
			m.out(who)
		}
		return what
	}
}

// move takes a folder or map to another place of the organisation.
func (m *model) move(t *testing.T, s PlaceStore, thing, to store.Ref) string {
	if to.Sort == store.SortMap || thing.Sort == store.SortOrg {
		return " nothing"
	}
	var err error
	if thing.Sort == store.SortMap {
		err = s.MoveMap(t.Context(), id.Map(thing.ID), to, 6)
	} else {
		err = s.MoveFolder(t.Context(), store.FolderID(thing.ID), to, bounds(), 6)
	}
	if err == nil {
		m.home[thing] = to
	}
	return ""
}

// out takes somebody out of the organisation, its teams, and every role in it.
func (m *model) out(a id.Account) {
	delete(m.in, a)
	for _, team := range m.teams {
		delete(team, a)
	}
	for ends := range m.grants {
		if ends[1] == store.OfAccount(a) {
			delete(m.grants, ends)
		}
	}
}
