package storetest

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// MapStore is what the suite for maps needs: people to be members, and a log
// whose appends move a map's date.
type MapStore interface {
	store.Maps
	store.Access
	store.People
	store.Log
	store.Checker
}

// Maps checks maps and memberships. open returns an empty store.
func Maps(t *testing.T, open func(t *testing.T) MapStore) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s MapStore)
	}{
		{"create, list, rename", mapBasics},
		{"an edit moves the date", editMovesDate},
		{"members", members},
		{"the last owner stays", lastOwner},
		{"two owners cannot leave at once", ownersRace},
		{"delete and restore", deleteRestore},
		{"purge", purge},
		{"rooms in order", rooms},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

const maxMembers = 4

func addMap(t *testing.T, s MapStore, n byte, owner id.Account) store.Map {
	t.Helper()
	m := store.Map{ID: mapN(n), Title: "Map " + string('A'+rune(n)), Created: 10 + int64(n), Updated: 10 + int64(n)}
	if err := s.CreateMap(t.Context(), m, owner); err != nil {
		t.Fatal(err)
	}
	return m
}

// give gives an account a role in a map, take takes it.
func give(ctx context.Context, s store.Access, m id.Map, a id.Account, r authz.Role, now int64) error {
	return s.SetGrant(ctx, store.Grant{Object: store.OfMap(m), Subject: store.OfAccount(a), Role: r, Added: now}, maxMembers)
}

func take(ctx context.Context, s store.Access, m id.Map, a id.Account) error {
	return s.DropGrant(ctx, store.OfMap(m), store.OfAccount(a), 70)
}

// own is a map that lies in no organisation as its owner sees it.
func own(m store.Map, a store.Account) store.Membership {
	return store.Membership{Map: m, Role: authz.Own, Direct: authz.Own, Owner: a.Name, Rules: store.Rules{Passes: authz.Own, Guests: true}}
}

func mapBasics(t *testing.T, s MapStore) {
	ctx := t.Context()
	a, b := addAccount(t, s, 1), addAccount(t, s, 2)
	first, second := addMap(t, s, 1, a.ID), addMap(t, s, 2, a.ID)
	got, err := s.ListMaps(ctx, a.ID, false, 10)
	want := []store.Membership{own(second, a), own(first, a)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("list: %v\n%s", err, diff)
	}
	if n, err := s.CountMaps(ctx, a.ID); err != nil || n != len(got) {
		t.Errorf("%d maps counted, %d listed, %v", n, len(got), err)
	}
	if got, err := s.ListMaps(ctx, b.ID, false, 10); err != nil || len(got) != 0 {
		t.Errorf("a stranger's list: %v, %v", got, err)
	}
	if got, err := s.ListMaps(ctx, a.ID, false, 1); err != nil || len(got) != 1 {
		t.Errorf("a bounded list: %v, %v", got, err)
	}
	if err := s.SetTitle(ctx, first.ID, "Other", 99); err != nil {
		t.Error(err)
	}
	one, err := s.Membership(ctx, first.ID, a.ID)
	if err != nil || one.Map.Title != "Other" || one.Map.Updated != 99 {
		t.Errorf("renamed: %+v, %v", one, err)
	}
	if v, err := s.Membership(ctx, first.ID, b.ID); err != nil || v.Role != authz.None {
		t.Errorf("a stranger: %v, %v", v.Role, err)
	}
	_, err = s.Membership(ctx, mapN(9), a.ID)
	wantKind(t, err, fault.NotFound)
	wantKind(t, s.SetTitle(ctx, mapN(9), "x", 1), fault.NotFound)
	wantKind(t, s.CreateMap(ctx, first, a.ID), fault.Conflict)
}

func editMovesDate(t *testing.T, s MapStore) {
	a := addAccount(t, s, 1)
	m := addMap(t, s, 1, a.ID)
	r := row(1, 1, client(1))
	mustAppend(t, s, batch(m.ID, acquire(t, s, m.ID).Epoch, 0, r))
	got, err := s.Membership(t.Context(), m.ID, a.ID)
	if err != nil || got.Map.Updated != r.At {
		t.Errorf("updated %d, %v, want %d", got.Map.Updated, err, r.At)
	}
}

func members(t *testing.T, s MapStore) {
	ctx := t.Context()
	var people []store.Account
	for n := range byte(6) {
		people = append(people, addAccount(t, s, n))
	}
	m := addMap(t, s, 1, people[0].ID)
	for i, r := range []authz.Role{authz.View, authz.Edit, authz.Own} {
		if err := give(ctx, s, m.ID, people[i+1].ID, r, 50); err != nil {
			t.Fatal(err)
		}
	}
	wantKind(t, give(ctx, s, m.ID, people[4].ID, authz.View, 50), fault.Limit)
	// Changing a role is no new member.
	if err := give(ctx, s, m.ID, people[1].ID, authz.Edit, 60); err != nil {
		t.Error(err)
	}
	got, err := s.People(ctx, store.OfMap(m.ID), 10)
	var want []store.Person
	for i, r := range []authz.Role{authz.Own, authz.Edit, authz.Edit, authz.Own} {
		want = append(want, store.Person{Account: people[i].ID, Email: people[i].Email, Name: people[i].Name, Role: r})
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("members: %v\n%s", err, diff)
	}
	if err := take(ctx, s, m.ID, people[1].ID); err != nil {
		t.Error(err)
	}
	wantKind(t, take(ctx, s, m.ID, people[1].ID), fault.NotFound)
	if v, err := s.Membership(ctx, m.ID, people[1].ID); err != nil || v.Role != authz.None {
		t.Errorf("after leaving: %v, %v", v.Role, err)
	}
}

func lastOwner(t *testing.T, s MapStore) {
	ctx := t.Context()
	a, b := addAccount(t, s, 1), addAccount(t, s, 2)
	m := addMap(t, s, 1, a.ID)
	wantKind(t, take(ctx, s, m.ID, a.ID), fault.Conflict)
	wantKind(t, give(ctx, s, m.ID, a.ID, authz.Edit, 1), fault.Conflict)
	if got, err := s.Membership(ctx, m.ID, a.ID); err != nil || got.Role != authz.Own {
		t.Fatalf("the owner became %v, %v", got.Role, err)
	}
	if err := give(ctx, s, m.ID, b.ID, authz.Own, 1); err != nil {
		t.Fatal(err)
	}
	if err := take(ctx, s, m.ID, a.ID); err != nil {
		t.Errorf("with another owner: %v", err)
	}
	wantKind(t, take(ctx, s, m.ID, b.ID), fault.Conflict)
}

func ownersRace(t *testing.T, s MapStore) {
	a, b := addAccount(t, s, 1), addAccount(t, s, 2)
	m := addMap(t, s, 1, a.ID)
	if err := give(t.Context(), s, m.ID, b.ID, authz.Own, 1); err != nil {
		t.Fatal(err)
	}
	var errs [2]error
	var wg sync.WaitGroup
	for i, who := range []id.Account{a.ID, b.ID} {
		wg.Go(func() { errs[i] = take(t.Context(), s, m.ID, who) })
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("both or neither left: %v", errs)
	}
}

func deleteRestore(t *testing.T, s MapStore) {
	ctx := t.Context()
	a, b := addAccount(t, s, 1), addAccount(t, s, 2)
	m := addMap(t, s, 1, a.ID)
	if err := give(ctx, s, m.ID, b.ID, authz.Edit, 1); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.RestoreMap(ctx, m.ID, 0, 100), fault.NotFound)
	if err := s.DeleteMap(ctx, m.ID, 100); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.DeleteMap(ctx, m.ID, 200), fault.NotFound)
	wantKind(t, s.SetTitle(ctx, m.ID, "x", 200), fault.NotFound)
	for who, want := range map[id.Account]int{a.ID: 1, b.ID: 0} { // owners may bring it back
		live, err := s.ListMaps(ctx, who, false, 10)
		gone, err2 := s.ListMaps(ctx, who, true, 10)
		if n, err := s.CountMaps(ctx, who); err != nil || n != len(live) {
			t.Errorf("%d maps counted, %d not deleted, %v", n, len(live), err)
		}
		if err != nil || err2 != nil || len(live) != 0 || len(gone) != want {
			t.Errorf("after deletion: %d live, %d deleted, %v, %v", len(live), len(gone), err, err2)
		}
	}
	if got, err := s.Membership(ctx, m.ID, a.ID); err != nil || got.Map.Deleted != 100 {
		t.Errorf("deleted at %d, %v", got.Map.Deleted, err)
	}
	if err := s.RestoreMap(ctx, m.ID, 0, 300); err != nil {
		t.Fatal(err)
	}
	if live, err := s.ListMaps(ctx, b.ID, false, 10); err != nil || len(live) != 1 {
		t.Errorf("after restoring: %v, %v", live, err)
	}
}

func purge(t *testing.T, s MapStore) {
	ctx := t.Context()
	a := addAccount(t, s, 1)
	m, kept := addMap(t, s, 1, a.ID), addMap(t, s, 2, a.ID)
	var rows []store.Row
	for i := range uint64(5) {
		rows = append(rows, row(i+1, i+1, client(1)))
	}
	own := acquire(t, s, m.ID)
	mustAppend(t, s, batch(m.ID, own.Epoch, 0, rows...),
		batch(kept.ID, acquire(t, s, kept.ID).Epoch, 0, rows...))
	for _, v := range []store.Map{m, kept} {
		_, err := s.PurgeMap(ctx, v.ID, 1000, 2)
		wantKind(t, err, fault.NotFound) // not deleted
	}
	if err := s.DeleteMap(ctx, m.ID, 100); err != nil {
		t.Fatal(err)
	}
	if got, err := s.DeletedBefore(ctx, 100, 10); err != nil || len(got) != 0 {
		t.Errorf("too early: %v, %v", got, err)
	}
	_, err := s.PurgeMap(ctx, m.ID, 100, 2)
	wantKind(t, err, fault.NotFound)
	if got, err := s.DeletedBefore(ctx, 101, 10); err != nil || len(got) != 1 || got[0] != m.ID {
		t.Fatalf("deleted before: %v, %v", got, err)
	}
	steps := 0
	for done := false; !done; steps++ {
		if steps > 10 {
			t.Fatal("purging does not end")
		}
		if done, err = s.PurgeMap(ctx, m.ID, 101, 2); err != nil {
			t.Fatal(err)
		}
		wantKind(t, appendAll(t, s, batch(m.ID, own.Epoch, 5, row(6, 6, client(1))))[0], fault.Lost)
	}
	if steps != 4 {
		t.Errorf("%d steps for 5 rows, 2 at a time; want 4", steps)
	}
	wantRows(t, s, m.ID)
	wantRows(t, s, kept.ID, rows...)
	_, err = s.Membership(ctx, m.ID, a.ID)
	wantKind(t, err, fault.NotFound)
}

func rooms(t *testing.T, s MapStore) {
	for _, n := range []byte{3, 1, 2} {
		m := mapN(n)
		mustAppend(t, s, batch(m, acquire(t, s, m).Epoch, 0, row(1, 1, client(n))))
	}
	var got []byte
	var after id.Map
	for range 4 {
		page, err := s.Rooms(t.Context(), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			got = append(got, r.Map[15])
			after = r.Map
			if r.Room.Head != 1 || r.Room.Hash == ([16]byte{}) {
				t.Errorf("room %+v", r.Room)
			}
		}
	}
	if diff := cmp.Diff([]byte{1, 2, 3}, got); diff != "" {
		t.Errorf("rooms:\n%s", diff)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
}
