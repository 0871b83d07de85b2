package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// LinkStore is what the suite for links needs: maps and their owners.
type LinkStore interface {
	MapStore
	store.Links
}

// Links checks what leads from map to map. open returns an empty store.
func Links(t *testing.T, open func(t *testing.T) LinkStore) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s LinkStore)
	}{
		{"set, replace, take away", linkBasics},
		{"only who takes part is told", linkRights},
		{"an old epoch writes nothing", linkEpochs},
		{"purging takes them along", linkPurge},
		{"bounds", linkBounds},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func cardN(n byte) id.Object { return id.Object{0: 3, 15: n} }

func setLinks(t *testing.T, s LinkStore, from id.Map, epoch uint64, links ...store.Link) {
	t.Helper()
	if err := s.SetLinks(t.Context(), from, epoch, links); err != nil {
		t.Fatal(err)
	}
}

func wantLinks(t *testing.T, s LinkStore, to id.Map, a id.Account, want ...store.Backlink) {
	t.Helper()
	got, err := s.LinksTo(t.Context(), to, a, 10)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("links to the map: %v\n%s", err, diff)
	}
}

func linkBasics(t *testing.T, s LinkStore) {
	a := addAccount(t, s, 1)
	from, second, to := addMap(t, s, 1, a.ID), addMap(t, s, 2, a.ID), addMap(t, s, 3, a.ID)
	e, e2 := acquire(t, s, from.ID).Epoch, acquire(t, s, second.ID).Epoch
	whole := store.Link{Card: cardN(2), Title: "whole", To: to.ID}
	one := store.Link{Card: cardN(1), Title: "to a card", To: to.ID, ToCard: cardN(9)}
	away := store.Link{Card: cardN(3), Title: "elsewhere", To: second.ID}
	setLinks(t, s, second.ID, e2, store.Link{Card: cardN(1), Title: "", To: to.ID})
	setLinks(t, s, from.ID, e, whole, one, away)
	of := func(l store.Link, m store.Map) store.Backlink {
		return store.Backlink{Link: l, From: m.ID, Title: m.Title, Role: authz.Own}
	}
	other := of(store.Link{Card: cardN(1), To: to.ID}, second)
	wantLinks(t, s, to.ID, a.ID, of(one, from), of(whole, from), other)
	wantLinks(t, s, second.ID, a.ID, of(away, from))
	wantLinks(t, s, from.ID, a.ID)
	whole.Title = "renamed"
	setLinks(t, s, from.ID, e, whole)
	wantLinks(t, s, to.ID, a.ID, of(whole, from), other)
	wantLinks(t, s, second.ID, a.ID)
	setLinks(t, s, from.ID, e)
	wantLinks(t, s, to.ID, a.ID, other)
	if got, err := s.LinksTo(t.Context(), to.ID, a.ID, 0); err != nil || len(got) != 0 {
		t.Errorf("a bounded list: %v, %v", got, err)
	}
}

// linkRights: FI-6.
func linkRights(t *testing.T, s LinkStore) {
	a, b := addAccount(t, s, 1), addAccount(t, s, 2)
	from, to := addMap(t, s, 1, a.ID), addMap(t, s, 2, a.ID)
	link := store.Link{Card: cardN(1), Title: "secret", To: to.ID}
	setLinks(t, s, from.ID, acquire(t, s, from.ID).Epoch, link)
	if err := give(t.Context(), s, to.ID, b.ID, authz.Edit, 1); err != nil {
		t.Fatal(err)
	}
	wantLinks(t, s, to.ID, b.ID)
	if err := give(t.Context(), s, from.ID, b.ID, authz.View, 1); err != nil {
		t.Fatal(err)
	}
	told := store.Backlink{Link: link, From: from.ID, Title: from.Title, Role: authz.View}
	wantLinks(t, s, to.ID, b.ID, told)
	if err := s.DeleteMap(t.Context(), from.ID, 100); err != nil {
		t.Fatal(err)
	}
	wantLinks(t, s, to.ID, b.ID)
	if err := s.RestoreMap(t.Context(), from.ID, 0, 200); err != nil {
		t.Fatal(err)
	}
	wantLinks(t, s, to.ID, b.ID, told)
	if err := take(t.Context(), s, from.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	wantLinks(t, s, to.ID, b.ID)
}

// linkEpochs: FI-7.
func linkEpochs(t *testing.T, s LinkStore) {
	ctx := t.Context()
	a := addAccount(t, s, 1)
	from, to := addMap(t, s, 1, a.ID), addMap(t, s, 2, a.ID)
	link := store.Link{Card: cardN(1), Title: "now", To: to.ID}
	wantKind(t, s.SetLinks(ctx, from.ID, 0, []store.Link{link}), fault.Lost) // nobody has it
	old := acquire(t, s, from.ID).Epoch
	setLinks(t, s, from.ID, old, link)
	now := acquire(t, s, from.ID).Epoch
	wantKind(t, s.SetLinks(ctx, from.ID, old, nil), fault.Lost)
	wantLinks(t, s, to.ID, a.ID, store.Backlink{Link: link, From: from.ID, Title: from.Title, Role: authz.Own})
	setLinks(t, s, from.ID, now)
	wantLinks(t, s, to.ID, a.ID)
}

func linkPurge(t *testing.T, s LinkStore) {
	a := addAccount(t, s, 1)
	from, to := addMap(t, s, 1, a.ID), addMap(t, s, 2, a.ID)
	setLinks(t, s, from.ID, acquire(t, s, from.ID).Epoch, store.Link{Card: cardN(1), To: to.ID})
	if err := s.DeleteMap(t.Context(), from.ID, 100); err != nil {
		t.Fatal(err)
	}
	for done, steps := false, 0; !done; steps++ {
		var err error
		if done, err = s.PurgeMap(t.Context(), from.ID, 101, 2); err != nil || steps > 5 {
			t.Fatalf("purging does not end: %v", err)
		}
	}
	// The same name again: nothing of the old one may come up.
	addMap(t, s, 1, a.ID)
	wantLinks(t, s, to.ID, a.ID)
}

func linkBounds(t *testing.T, s LinkStore) {
	a := addAccount(t, s, 1)
	from, to := addMap(t, s, 1, a.ID), addMap(t, s, 2, a.ID)
	links := make([]store.Link, store.MaxLinks+1)
	for i := range links {
		links[i] = store.Link{Card: id.Object{0: 3, 14: byte(i >> 8), 15: byte(i)}, To: to.ID}
	}
	e := acquire(t, s, from.ID).Epoch
	wantKind(t, s.SetLinks(t.Context(), from.ID, e, links), fault.Limit)
	setLinks(t, s, from.ID, e, links[1:]...)
	if got, err := s.LinksTo(t.Context(), to.ID, a.ID, store.MaxLinks+1); err != nil || len(got) != store.MaxLinks {
		t.Errorf("%d links, %v", len(got), err)
	}
}
