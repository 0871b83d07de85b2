package share

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/notice"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

type bench struct {
	*Service
	st      *sqlstore.Store
	now     time.Time
	told    []store.Ref // what changed, as a running server hears it
	copyErr error
	copied  int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	b := &bench{st: st, now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	board, err := notice.New(t.Context(), st, func(refs []store.Ref) { b.told = append(b.told, refs...) })
	if err != nil {
		t.Fatal(err)
	}
	b.Service = New(Config{
		Store: st, MapsPerAccount: 5, MembersPerMap: 3, Now: func() time.Time { return b.now },
		Passwords: plain{}, Changed: board.Flush, OnError: func(err error) { t.Error(err) },
		CopyLog: func(context.Context, id.Map, id.Map, id.Account) error {
			b.copied++
			return b.copyErr
		},
	})
	return b
}

// plain keeps passwords as they are.
type plain struct{}

func (plain) Hash(_ context.Context, password string) (store.Credential, error) {
	return store.Credential{Hash: password}, nil
}

func (plain) Fits(_ context.Context, password string, c store.Credential) (bool, error) {
	return password == c.Hash, nil
}

// me is an asker's own end of a grant.
func me(a gate.Asker) store.Ref { return store.OfAccount(a.Account) }

// SetMember gives somebody a role by their address.
func (b *bench) SetMember(ctx context.Context, a gate.Asker, m id.Map, email string, r authz.Role) error {
	who, err := b.Find(ctx, strings.ToLower(strings.TrimSpace(email)))
	if err != nil {
		return err
	}
	return b.Give(ctx, a, m, store.OfAccount(who.ID), r)
}

func (b *bench) account(t *testing.T, name string) gate.Asker {
	t.Helper()
	a := store.Account{ID: id.Account{name[0]}, Email: strings.ToLower(name) + "@example.test", Name: name}
	if err := b.st.CreateAccount(t.Context(), store.NewAccount{Account: a}); err != nil {
		t.Fatal(err)
	}
	return gate.Asker{Account: a.ID}
}

func (b *bench) create(t *testing.T, a gate.Asker, title string) id.Map {
	t.Helper()
	v, err := b.Create(t.Context(), a, title, store.Ref{})
	if err != nil {
		t.Fatal(err)
	}
	if v.Most() != authz.Own || v.Map.Title != title {
		t.Errorf("created %+v", v)
	}
	return v.Map.ID
}

func wantKind(t *testing.T, what string, err error, k fault.Kind) {
	t.Helper()
	if !fault.Is(err, k) {
		t.Errorf("%s: %v, want kind %v", what, err, k)
	}
}

// TestEveryRole tries every action in every role, and on no map at all.
func TestEveryRole(t *testing.T) {
	ctx := t.Context()
	actions := map[string]struct {
		least authz.Role
		do    func(b *bench, a gate.Asker, m id.Map) error
	}{
		"get":       {authz.View, func(b *bench, a gate.Asker, m id.Map) error { _, err := b.Get(ctx, a, m); return err }},
		"members":   {authz.View, func(b *bench, a gate.Asker, m id.Map) error { _, err := b.Members(ctx, a, m); return err }},
		"duplicate": {authz.View, func(b *bench, a gate.Asker, m id.Map) error { _, err := b.Duplicate(ctx, a, m, ""); return err }},
		"leave":     {authz.View, func(b *bench, a gate.Asker, m id.Map) error { return b.Take(ctx, a, m, me(a)) }},
		"rename":    {authz.Edit, func(b *bench, a gate.Asker, m id.Map) error { _, err := b.Rename(ctx, a, m, "x"); return err }},
		"share": {authz.Own, func(b *bench, a gate.Asker, m id.Map) error {
			return b.SetMember(ctx, a, m, "third@example.test", authz.View)
		}},
		"remove": {authz.Own, func(b *bench, a gate.Asker, m id.Map) error {
			return b.Take(ctx, a, m, store.OfAccount(id.Account{'O'}))
		}},
		"delete": {authz.Own, func(b *bench, a gate.Asker, m id.Map) error { return b.Delete(ctx, a, m) }},
	}
	for name, act := range actions {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			owner, who := b.account(t, "Owner"), b.account(t, "Who")
			b.account(t, "Third")
			unknown := act.do(b, who, id.Map{9})
			for _, r := range []authz.Role{authz.None, authz.View, authz.Comment, authz.Edit, authz.Own} {
				m := b.create(t, owner, "Map")
				if r != authz.None {
					if err := b.SetMember(ctx, owner, m, "who@example.test", r); err != nil {
						t.Fatal(err)
					}
				}
				err := act.do(b, who, m)
				switch {
				case r == authz.None:
					wantKind(t, "a stranger", err, fault.NotFound)
					if err.Error() != unknown.Error() {
						t.Errorf("forbidden %q differs from unknown %q", err, unknown)
					}
				case r < act.least:
					wantKind(t, r.String(), err, fault.Permission)
				case err != nil:
					t.Errorf("%v: %v", r, err)
				}
				_ = b.st.DeleteMap(ctx, m, 1) // keeps within the limit of maps; it may be deleted already
			}
		})
	}
}

func TestChangesAreTold(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	a, c := b.account(t, "Ada"), b.account(t, "Cy")
	m := b.create(t, a, "Map")
	steps := []error{
		b.SetMember(ctx, a, m, " CY@Example.test ", authz.Edit),
		b.SetMember(ctx, a, m, "cy@example.test", authz.View),
		b.Take(ctx, a, m, me(c)),
		b.SetMember(ctx, a, m, "cy@example.test", authz.Own),
		b.Delete(ctx, a, m),
	}
	for i, err := range steps {
		if err != nil {
			t.Errorf("step %d: %v", i, err)
		}
	}
	if diff := cmp.Diff([]store.Ref{me(c), me(c), me(c), me(c), store.OfMap(m)}, b.told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if r, err := b.Role(ctx, m, a); r != authz.None || err != nil {
		t.Errorf("role in a deleted map: %v, %v", r, err)
	}
}

func TestLastOwnerStays(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	a := b.account(t, "Ada")
	b.account(t, "Cy")
	m := b.create(t, a, "Map")
	wantKind(t, "leaving", b.Take(ctx, a, m, me(a)), fault.Conflict)
	wantKind(t, "stepping down", b.SetMember(ctx, a, m, "ada@example.test", authz.Edit), fault.Conflict)
	if len(b.told) != 0 {
		t.Errorf("told of what did not happen: %v", b.told)
	}
	wantKind(t, "an unknown person", b.SetMember(ctx, a, m, "nobody@example.test", authz.Edit), fault.NotFound)
	wantKind(t, "no role", b.SetMember(ctx, a, m, "cy@example.test", authz.None), fault.Invalid)
	wantKind(t, "an odd role", b.SetMember(ctx, a, m, "cy@example.test", 7), fault.Invalid)
}

func TestDeleteRestorePurge(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	a, c := b.account(t, "Ada"), b.account(t, "Cy")
	m := b.create(t, a, "Map")
	if err := b.SetMember(ctx, a, m, "cy@example.test", authz.Edit); err != nil {
		t.Fatal(err)
	}
	_, err := b.Restore(ctx, a, m)
	wantKind(t, "restoring what is there", err, fault.NotFound)
	if err := b.Delete(ctx, a, m); err != nil {
		t.Fatal(err)
	}
	_, err = b.Get(ctx, a, m)
	wantKind(t, "opening it", err, fault.NotFound)
	_, err = b.Restore(ctx, c, m)
	wantKind(t, "an editor restoring", err, fault.NotFound)
	if gone, err := b.List(ctx, a, true); err != nil || len(gone) != 1 {
		t.Errorf("deleted maps %v, %v", gone, err)
	}
	b.now = b.now.Add(KeepDeleted - time.Hour)
	if err := b.purge(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Restore(ctx, a, m); err != nil {
		t.Errorf("on the last day: %v", err)
	}
	if err := b.Delete(ctx, a, m); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(KeepDeleted + time.Hour)
	if err := b.purge(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = b.Restore(ctx, a, m)
	wantKind(t, "after the purge", err, fault.NotFound)
}

func TestDuplicate(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	a, c := b.account(t, "Ada"), b.account(t, "Cy")
	m := b.create(t, a, strings.Repeat("é", maxTitleRunes))
	if err := b.SetMember(ctx, a, m, "cy@example.test", authz.View); err != nil {
		t.Fatal(err)
	}
	v, err := b.Duplicate(ctx, c, m, "")
	if err != nil || v.Most() != authz.Own || v.Owner != "Cy" || !strings.HasSuffix(v.Map.Title, "é (copy)") || b.copied != 1 {
		t.Errorf("copy %+v, %v", v, err)
	}
	if v, err := b.Duplicate(ctx, a, m, "Mine"); err != nil || v.Map.Title != "Mine" {
		t.Errorf("named copy %+v, %v", v, err)
	}
	// One that fails leaves nothing in the list.
	b.copyErr = errors.New("disk")
	before, _ := b.List(ctx, a, false)
	if _, err := b.Duplicate(ctx, a, m, ""); err == nil {
		t.Error("a failed copy passed")
	}
	if after, _ := b.List(ctx, a, false); len(after) != len(before) {
		t.Errorf("%d maps, %d before", len(after), len(before))
	}
	b.c.CopyLog = nil
	_, err = b.Duplicate(ctx, a, m, "")
	wantKind(t, "without a way to copy", err, fault.Busy)
}

func TestLimitsAndTitles(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	a := b.account(t, "Ada")
	for title, ok := range map[string]bool{
		"A map": true, "": false, "  ": false, "a\x00b": false, "\xff": false,
		strings.Repeat("x", maxTitleRunes): true, strings.Repeat("x", maxTitleRunes+1): false, strings.Repeat("x", 1<<20): false,
	} {
		if _, err := b.Create(ctx, a, title, store.Ref{}); (err == nil) != ok {
			t.Errorf("title of %d: %v", len(title), err)
		}
	}
	m := b.create(t, a, "Third")
	for _, n := range []string{"Bo", "Cy"} {
		b.account(t, n)
		if err := b.SetMember(ctx, a, m, strings.ToLower(n)+"@example.test", authz.View); err != nil {
			t.Fatal(err)
		}
	}
	b.account(t, "Di")
	wantKind(t, "a fourth member", b.SetMember(ctx, a, m, "di@example.test", authz.View), fault.Limit)
	b.create(t, a, "Fourth")
	b.create(t, a, "Fifth")
	_, err := b.Create(ctx, a, "Sixth", store.Ref{})
	wantKind(t, "a sixth map", err, fault.Limit)
}

// TestFindTheProven: where addresses can be proven, nothing is given to who only says
// that one is theirs.
func TestFindTheProven(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	eve := b.account(t, "Ada") // with Ada's address
	if who, err := b.Find(ctx, "ada@example.test"); err != nil || who.ID != eve.Account {
		t.Errorf("on a site without mail: %+v, %v", who, err)
	}
	b.c.Proven = true
	_, err := b.Find(ctx, "ada@example.test")
	wantKind(t, "an address nobody has proven", err, fault.NotFound)
	if err := b.st.SetVerified(ctx, eve.Account, 1); err != nil {
		t.Fatal(err)
	}
	if who, err := b.Find(ctx, "ada@example.test"); err != nil || who.ID != eve.Account {
		t.Errorf("once it is proven: %+v, %v", who, err)
	}
}
