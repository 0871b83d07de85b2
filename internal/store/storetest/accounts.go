package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// AccountStore is what the suite for changes of accounts needs: maps and
// organisations that they own.
type AccountStore interface {
	MapStore
	store.Orgs
}

// Accounts checks how accounts change and end. open returns an empty store.
func Accounts(t *testing.T, open func(t *testing.T) AccountStore) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s AccountStore)
	}{
		{"name and address", changes},
		{"an address belongs to one account, whoever is faster", emailRace},
		{"locking", locking},
		{"operators", operators},
		{"the last operator stays, whoever is faster", operatorRace},
		{"list", listing},
		{"delete", deleting},
		{"what would be left without an owner", orphans},
		{"maps of nobody else go along", ownMaps},
		{"an invitation says nothing of who is known", invitationTells},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// addOperator makes an account that is the operator's.
func addOperator(t *testing.T, s store.People, n byte) store.Account {
	t.Helper()
	a := accountN(n)
	a.Operator = true
	if err := s.CreateAccount(t.Context(), store.NewAccount{Account: a, Credential: credential("h")}); err != nil {
		t.Fatal(err)
	}
	return a
}

func wantAccount(t *testing.T, s store.People, want store.Account) {
	t.Helper()
	got, err := s.Account(t.Context(), want.ID)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("account: %v\n%s", err, diff)
	}
}

func changes(t *testing.T, s AccountStore) {
	ctx := t.Context()
	a, b := addAccount(t, s, 1), addAccount(t, s, 2)
	if err := s.SetName(ctx, a.ID, "Ada"); err != nil {
		t.Error(err)
	}
	for _, at := range []int64{500, 600} { // when it was proven first
		if err := s.SetVerified(ctx, a.ID, at); err != nil {
			t.Error(err)
		}
	}
	a.Name, a.Verified = "Ada", 500
	wantAccount(t, s, a)
	wantKind(t, s.SetEmail(ctx, a.ID, b.Email, 700), fault.Conflict)
	wantAccount(t, s, a)
	if err := s.SetEmail(ctx, a.ID, "new@example.test", 700); err != nil {
		t.Error(err)
	}
	old := a.Email
	a.Email, a.Verified = "new@example.test", 700
	wantAccount(t, s, a)
	_, _, err := s.AccountByEmail(ctx, old)
	wantKind(t, err, fault.NotFound)
	wantAccount(t, s, b)
	nobody := accountN(9).ID
	for what, err := range map[string]error{
		"name": s.SetName(ctx, nobody, "x"), "address": s.SetEmail(ctx, nobody, "x@example.test", 1), "verified": s.SetVerified(ctx, nobody, 1),
		"locked": s.SetLocked(ctx, nobody, 1, 1), "operator": s.SetOperator(ctx, nobody, true), "delete": s.DeleteAccount(ctx, nobody, 1),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of nobody: %v", what, err)
		}
	}
	if n := last(t, s); n != 0 {
		t.Errorf("%d notices of nothing that ended", n)
	}
}

func emailRace(t *testing.T, s AccountStore) {
	accounts := make([]id.Account, 8)
	for n := range accounts {
		accounts[n] = addAccount(t, s, byte(n)).ID
	}
	won := race(t, fault.Conflict, func(n byte) error { return s.SetEmail(t.Context(), accounts[n], "same@example.test", 5) })
	if won != 1 {
		t.Errorf("%d accounts have one address", won)
	}
}

// signedIn gives an account two sign-ins and a token, and returns what names them.
func signedIn(t *testing.T, s store.People, a id.Account, n byte) []store.Ref {
	t.Helper()
	var refs []store.Ref
	for i := range byte(2) {
		v := sessionN(10*n+i, a)
		if err := s.CreateSession(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		refs = append(refs, store.OfSession(v.ID))
	}
	if err := s.CreateToken(t.Context(), tokenN(n, a), 9); err != nil {
		t.Fatal(err)
	}
	return append(refs, ofToken(tokenN(n, a)))
}

func wantNotices(t *testing.T, s store.Notices, after int64, want []store.Ref) {
	t.Helper()
	order := cmpopts.SortSlices(func(a, b store.Ref) bool {
		return a.Sort < b.Sort || a.Sort == b.Sort && slices.Compare(a.ID[:], b.ID[:]) < 0
	})
	if diff := cmp.Diff(want, since(t, s, after), order); diff != "" {
		t.Errorf("notices:\n%s", diff)
	}
}

func locking(t *testing.T, s AccountStore) {
	ctx := t.Context()
	addOperator(t, s, 1)
	a, b := addAccount(t, s, 2), addAccount(t, s, 3)
	ended := signedIn(t, s, a.ID, 2)
	signedIn(t, s, b.ID, 3)
	if err := s.SetLocked(ctx, a.ID, 500, 500); err != nil {
		t.Fatal(err)
	}
	a.Locked = 500
	wantAccount(t, s, a)
	wantNotices(t, s, 0, append(ended, store.OfAccount(a.ID)))
	_, _, err := s.Session(ctx, sessionN(20, a.ID).Hash)
	wantKind(t, err, fault.NotFound)
	_, _, err = s.Token(ctx, tokenN(2, a.ID).Hash)
	wantKind(t, err, fault.NotFound)
	if _, _, err := s.Session(ctx, sessionN(30, b.ID).Hash); err != nil {
		t.Errorf("the other's sign-in: %v", err)
	}
	// One made while it was being locked is told apart by its account.
	if err := s.CreateSession(ctx, sessionN(25, a.ID)); err != nil {
		t.Fatal(err)
	}
	if _, who, err := s.Session(ctx, sessionN(25, a.ID).Hash); err != nil || who.Locked != 500 {
		t.Errorf("a late sign-in of %+v, %v", who, err)
	}
	if err := s.SetLocked(ctx, a.ID, 0, 600); err != nil {
		t.Fatal(err)
	}
	a.Locked = 0
	wantAccount(t, s, a)
}

func operators(t *testing.T, s AccountStore) {
	ctx := t.Context()
	op, a := addOperator(t, s, 1), addAccount(t, s, 2)
	signedIn(t, s, op.ID, 1)
	wantKind(t, s.SetOperator(ctx, op.ID, false), fault.Conflict)
	wantKind(t, s.SetLocked(ctx, op.ID, 5, 5), fault.Conflict)
	wantKind(t, s.DeleteAccount(ctx, op.ID, 5), fault.Conflict)
	wantAccount(t, s, op)
	if _, _, err := s.Session(ctx, sessionN(10, op.ID).Hash); err != nil {
		t.Errorf("what was refused ended a sign-in: %v", err)
	}
	if n := last(t, s); n != 0 {
		t.Errorf("%d notices of what was refused", n)
	}
	if err := s.SetOperator(ctx, a.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := s.SetLocked(ctx, a.ID, 5, 5); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.SetOperator(ctx, op.ID, false), fault.Conflict) // the other is locked
	if err := s.SetLocked(ctx, a.ID, 0, 6); err != nil {
		t.Fatal(err)
	}
	if err := s.SetOperator(ctx, op.ID, false); err != nil {
		t.Fatal(err)
	}
	op.Operator, a.Operator = false, true
	wantAccount(t, s, op)
	wantAccount(t, s, a)
}

func operatorRace(t *testing.T, s AccountStore) {
	ops := make([]id.Account, 8)
	for n := range ops {
		ops[n] = addOperator(t, s, byte(n)).ID
	}
	won := race(t, fault.Conflict, func(n byte) error {
		switch n % 3 {
		case 0:
			return s.SetOperator(t.Context(), ops[n], false)
		case 1:
			return s.SetLocked(t.Context(), ops[n], 5, 5)
		}
		return s.DeleteAccount(t.Context(), ops[n], 5)
	})
	if won != len(ops)-1 {
		t.Errorf("%d of %d operators ended", won, len(ops))
	}
}

func listing(t *testing.T, s AccountStore) {
	ctx := t.Context()
	for n, v := range []struct{ email, name string }{
		{"ada@example.test", "Ada Lovelace"}, {"bob_1@example.test", "Bob 100%"}, {"carla@else.test", "Ärzte!"}, {"dora@else.test", "Dora"},
	} {
		a := accountN(byte(n))
		a.Email, a.Name = v.email, v.name
		if err := s.CreateAccount(ctx, store.NewAccount{Account: a}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		with, after string
		limit       int
		want        string
	}{
		{"", "", 10, "ada bob_1 carla dora"},
		{"", "", 2, "ada bob_1"},
		{"", "bob_1@example.test", 2, "carla dora"},
		{"else.TEST", "", 10, "carla dora"},
		{"lOVE", "", 10, "ada"},
		{"%", "", 10, "bob_1"},
		{"_", "", 10, "bob_1"},
		{"!", "", 10, "carla"},
		{"Ärz", "", 10, "carla"},
		{"ÄRZTE", "", 10, "carla"},
		{"nobody", "", 10, ""},
	} {
		list, err := s.ListAccounts(ctx, c.with, c.after, c.limit)
		got := ""
		for _, a := range list {
			name, _, _ := strings.Cut(a.Email, "@")
			got += " " + name
		}
		if err != nil || len(got) > 0 && got[1:] != c.want || got == "" && c.want != "" {
			t.Errorf("with %q after %q: %q, %v, want %q", c.with, c.after, got, err, c.want)
		}
	}
}

// fill gives an account one of everything that is its own.
func fill(t *testing.T, s AccountStore, a store.Account, n byte) {
	t.Helper()
	ctx := t.Context()
	inv := invitation(n, a.ID)
	for what, err := range map[string]error{
		"passkey":    s.AddPasskey(ctx, passkeyN(n, a.ID), 9),
		"totp":       s.SetTOTP(ctx, store.TOTP{Account: a.ID, Secret: []byte("x")}),
		"recovery":   s.SetRecovery(ctx, a.ID, codes(1, 2)),
		"identity":   s.AddIdentity(ctx, identityN(n, a.ID), 9),
		"ticket":     s.CreateTicket(ctx, ticketN(n, store.ForEmail, a.ID), 9),
		"kept":       s.Keep(ctx, a.ID, "x", []byte("1"), 9, 99, 1),
		"invitation": s.CreateInvitation(ctx, inv, 9),
	} {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

func deleting(t *testing.T, s AccountStore) {
	ctx := t.Context()
	addOperator(t, s, 1)
	a, b := addAccount(t, s, 2), addAccount(t, s, 3)
	for n, v := range []store.Account{a, b} {
		fill(t, s, v, byte(n))
	}
	ended := signedIn(t, s, a.ID, 2)
	signedIn(t, s, b.ID, 3)
	m := addMap(t, s, 1, b.ID)
	if err := give(ctx, s, m.ID, a.ID, authz.Own, 5); err != nil {
		t.Fatal(err)
	}
	before := last(t, s)
	if err := s.DeleteAccount(ctx, a.ID, 500); err != nil {
		t.Fatal(err)
	}
	wantNotices(t, s, before, append(ended, store.OfAccount(a.ID)))
	_, err := s.Account(ctx, a.ID)
	wantKind(t, err, fault.NotFound)
	_, err = s.Passkey(ctx, passkeyN(0, a.ID).ID)
	wantKind(t, err, fault.NotFound)
	_, err = s.TOTP(ctx, a.ID)
	wantKind(t, err, fault.NotFound)
	if n, err := s.CountRecovery(ctx, a.ID); err != nil || n != 0 {
		t.Errorf("%d codes of nobody, %v", n, err)
	}
	_, err = s.Identity(ctx, identityN(0, a.ID).IdentityKey)
	wantKind(t, err, fault.NotFound)
	_, err = s.Ticket(ctx, ticketN(0, store.ForEmail, a.ID).Hash, store.ForEmail, 1)
	wantKind(t, err, fault.NotFound)
	_, err = s.Kept(ctx, a.ID, "x")
	wantKind(t, err, fault.NotFound)
	_, err = s.Invitation(ctx, invitation(0, a.ID).Hash)
	wantKind(t, err, fault.NotFound)
	if v, err := s.Membership(ctx, m.ID, a.ID); err != nil || v.Role != authz.None || v.Map.Deleted != 0 {
		t.Errorf("membership of nobody %+v, %v", v, err)
	}
	wantKind(t, s.DeleteAccount(ctx, a.ID, 600), fault.NotFound)
	// The other has everything still.
	wantAccount(t, s, b)
	if _, err := s.Passkey(ctx, passkeyN(1, b.ID).ID); err != nil {
		t.Error(err)
	}
	if n, err := s.CountRecovery(ctx, b.ID); err != nil || n != 2 {
		t.Errorf("%d codes, %v", n, err)
	}
	// The address is free.
	again := a
	again.ID = accountN(7).ID
	if err := s.CreateAccount(ctx, store.NewAccount{Account: again}); err != nil {
		t.Error(err)
	}
}

func orphans(t *testing.T, s AccountStore) {
	ctx := t.Context()
	addOperator(t, s, 1)
	a, b := addAccount(t, s, 2), addAccount(t, s, 3)
	m := addMap(t, s, 1, a.ID)
	if err := give(ctx, s, m.ID, b.ID, authz.Edit, 5); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.DeleteAccount(ctx, a.ID, 500), fault.Conflict)
	if v, err := s.Membership(ctx, m.ID, a.ID); err != nil || v.Role != authz.Own {
		t.Errorf("a refusal took a role: %+v, %v", v, err)
	}
	if err := give(ctx, s, m.ID, b.ID, authz.Own, 6); err != nil {
		t.Fatal(err)
	}
	o := store.Org{ID: store.OrgID{9}, Name: "Org", Created: 1}
	if err := s.CreateOrg(ctx, o, a.ID); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.DeleteAccount(ctx, a.ID, 500), fault.Conflict)
	if err := s.AddBelonging(ctx, o.ID, b.ID, 9, 7); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.DeleteAccount(ctx, a.ID, 500), fault.Conflict)
	if err := s.SetGrant(ctx, store.Grant{Object: store.OfOrg(o.ID), Subject: store.OfAccount(b.ID), Role: authz.Own, Added: 8}, 9); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteAccount(ctx, a.ID, 500); err != nil {
		t.Errorf("with other owners everywhere: %v", err)
	}
	if list, err := s.Belongings(ctx, o.ID, 9); err != nil || len(list) != 1 || list[0].Account != b.ID {
		t.Errorf("who belongs: %+v, %v", list, err)
	}
}

func ownMaps(t *testing.T, s AccountStore) {
	ctx := t.Context()
	addOperator(t, s, 1)
	a, b := addAccount(t, s, 2), addAccount(t, s, 3)
	own, shared := addMap(t, s, 1, a.ID), addMap(t, s, 2, b.ID)
	if err := give(ctx, s, shared.ID, a.ID, authz.Own, 5); err != nil {
		t.Fatal(err)
	}
	before := last(t, s)
	if err := s.DeleteAccount(ctx, a.ID, 500); err != nil {
		t.Fatal(err)
	}
	// Who is there by a link hears of it too.
	wantNotices(t, s, before, []store.Ref{store.OfAccount(a.ID), store.OfMap(own.ID)})
	for m, want := range map[id.Map]bool{own.ID: true, shared.ID: false} {
		if v, err := s.Map(ctx, m); err != nil || v.Deleted != 0 != want {
			t.Errorf("map %v: deleted at %d, %v, want %v", m, v.Deleted, err, want)
		}
	}
	// Nobody could bring it back: it goes with the next that are purged.
	if list, err := s.DeletedBefore(ctx, 500, 9); err != nil || len(list) != 1 || list[0] != own.ID {
		t.Errorf("to be purged: %v, %v", list, err)
	}
}

// invitationTells: with an invitation that leads nowhere, an address that is taken and
// one that is not are answered alike.
func invitationTells(t *testing.T, s AccountStore) {
	ctx := t.Context()
	op, taken := addOperator(t, s, 1), addAccount(t, s, 2)
	v := invitation(0, op.ID)
	v.Party = store.OrgID{77} // never was, or is gone
	if err := s.CreateInvitation(ctx, v, 9); err != nil {
		t.Fatal(err)
	}
	for _, a := range []store.Account{accountN(5), {ID: id.Account{9}, Email: taken.Email}} {
		for _, h := range []store.Hash{v.Hash, {99}} {
			wantKind(t, s.CreateAccount(ctx, store.NewAccount{Account: a, Invitation: h, Now: 500}), fault.Permission)
		}
	}
	if got, err := s.Invitation(ctx, v.Hash); err != nil || got.Used != 0 {
		t.Errorf("a refusal counted: %+v, %v", got, err)
	}
}

// Somebody makes accounts for tests of what concerns them. The first there is runs the site.
func Somebody(t testing.TB, s store.Accounts, ids ...id.Account) {
	t.Helper()
	for _, v := range ids {
		others, err := s.AnyAccount(t.Context())
		if err == nil {
			err = s.CreateAccount(t.Context(), store.NewAccount{Account: store.Account{ID: v, Email: v.String() + "@example.org", Name: "Somebody", Operator: !others}, First: !others, Now: 1})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
