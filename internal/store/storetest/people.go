package storetest

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// People checks accounts, sessions, invitations and settings. open returns an
// empty store.
func People(t *testing.T, open func(t *testing.T) store.People) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, p store.People)
	}{
		{"accounts", accounts},
		{"the first account is one", firstOnce},
		{"sessions", sessions},
		{"stale sessions", staleSessions},
		{"a sign-in changes its secret", rotations},
		{"invitations", invitations},
		{"an invitation is used n times, whoever is faster", invitationRace},
		{"resets", resets},
		{"settings", settings},
		{"what is kept", keeps},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func accountN(n byte) store.Account {
	return store.Account{
		ID: id.Account{0: 3, 15: n}, Email: "p" + string('a'+rune(n)) + "@example.test",
		Name: "Person " + string('A'+rune(n)), Created: 1000 + int64(n),
	}
}

func credential(s string) store.Credential { return store.Credential{Hash: s, Pepper: 3} }

func addAccount(t *testing.T, p store.People, n byte) store.Account {
	t.Helper()
	a := accountN(n)
	if err := p.CreateAccount(t.Context(), store.NewAccount{Account: a, Credential: credential("h")}); err != nil {
		t.Fatal(err)
	}
	return a
}

func accounts(t *testing.T, p store.People) {
	ctx := t.Context()
	if any, err := p.AnyAccount(ctx); err != nil || any {
		t.Fatalf("an empty store: %v, %v", any, err)
	}
	a := accountN(1)
	a.Operator = true
	if err := p.CreateAccount(ctx, store.NewAccount{Account: a, Credential: credential("one")}); err != nil {
		t.Fatal(err)
	}
	addAccount(t, p, 2)
	got, err := p.Account(ctx, a.ID)
	if diff := cmp.Diff(a, got); err != nil || diff != "" {
		t.Errorf("account: %v\n%s", err, diff)
	}
	got, c, err := p.AccountByEmail(ctx, a.Email)
	if diff := cmp.Diff(a, got); err != nil || diff != "" || c != credential("one") {
		t.Errorf("by e-mail: %v, %+v\n%s", err, c, diff)
	}
	if err := p.SetCredential(ctx, a.ID, credential("two")); err != nil {
		t.Error(err)
	}
	if _, c, _ := p.AccountByEmail(ctx, a.Email); c != credential("two") {
		t.Errorf("credential %+v", c)
	}
	taken := accountN(3)
	taken.Email = a.Email
	wantKind(t, p.CreateAccount(ctx, store.NewAccount{Account: taken}), fault.Conflict)
	_, err = p.Account(ctx, accountN(9).ID)
	wantKind(t, err, fault.NotFound)
	_, _, err = p.AccountByEmail(ctx, "nobody@example.test")
	wantKind(t, err, fault.NotFound)
	wantKind(t, p.SetCredential(ctx, accountN(9).ID, credential("x")), fault.NotFound)
}

func firstOnce(t *testing.T, p store.People) {
	const racers = 8
	errs := make([]error, racers)
	var wg sync.WaitGroup
	addAccount(t, p, racers) // of a stranger who was faster
	if any, err := p.AnyOperator(t.Context()); any || err != nil {
		t.Errorf("a stranger is an operator: %v, %v", any, err)
	}
	for i := range racers {
		wg.Go(func() {
			a := accountN(byte(i))
			a.Operator = true
			errs[i] = p.CreateAccount(t.Context(), store.NewAccount{Account: a, First: true})
		})
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
			continue
		}
		wantKind(t, err, fault.Gone)
	}
	if made != 1 {
		t.Errorf("%d first accounts", made)
	}
	if any, err := p.AnyOperator(t.Context()); !any || err != nil {
		t.Errorf("an operator: %v, %v", any, err)
	}
}

func sessionN(n byte, a id.Account) store.Session {
	return store.Session{
		Hash: store.Hash{0: 9, 31: n}, ID: store.SessionID{0: 8, 15: n}, Account: a, Created: 5000, Seen: 5000,
		Proven: store.ByPassword, Proved: 5000, Agent: "a browser", Place: "192.0.2.0/24",
	}
}

// since returns what the notices after one are of.
func since(t *testing.T, p store.Notices, after int64) []store.Ref {
	t.Helper()
	list, err := p.NoticesSince(t.Context(), after, 100)
	if err != nil {
		t.Fatal(err)
	}
	var refs []store.Ref
	for i, v := range list {
		if v.Seq <= after || i > 0 && v.Seq <= list[i-1].Seq {
			t.Errorf("notice %d after %d", v.Seq, after)
		}
		refs = append(refs, v.Ref)
	}
	return refs
}

func last(t *testing.T, p store.Notices) int64 {
	t.Helper()
	n, err := p.LastNotice(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func sessions(t *testing.T, p store.People) {
	ctx := t.Context()
	a, b := addAccount(t, p, 1), addAccount(t, p, 2)
	for n := range byte(4) {
		of := a.ID
		if n == 3 {
			of = b.ID
		}
		if err := p.CreateSession(ctx, sessionN(n, of)); err != nil {
			t.Fatal(err)
		}
	}
	first := sessionN(0, a.ID)
	for what, read := range map[string]func() (store.Session, store.Account, error){
		"by secret": func() (store.Session, store.Account, error) { return p.Session(ctx, first.Hash) },
		"by id":     func() (store.Session, store.Account, error) { return p.SessionByID(ctx, first.ID) },
	} {
		if s, who, err := read(); err != nil || s != first || who != a {
			t.Errorf("%s: session %+v of %+v, %v", what, s, who, err)
		}
	}
	if err := p.TouchSession(ctx, first.Hash, "198.51.100.0/24", 6000); err != nil {
		t.Error(err)
	}
	if s, _, _ := p.Session(ctx, first.Hash); s.Seen != 6000 || s.Place != "198.51.100.0/24" {
		t.Errorf("touched: %+v", s)
	}
	if list, err := p.Sessions(ctx, a.ID, 2); err != nil || len(list) != 2 || list[0].ID != first.ID {
		t.Errorf("the last used first, at most two: %+v, %v", list, err)
	}
	if n := last(t, p); n != 0 {
		t.Errorf("a last notice %d before anything ended", n)
	}
	for range 2 { // the second time there is nothing to end
		if err := p.EndSession(ctx, first.ID, 7000); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]store.Ref{store.OfSession(first.ID)}, since(t, p, 0)); diff != "" {
		t.Errorf("notices:\n%s", diff)
	}
	_, _, err := p.Session(ctx, first.Hash)
	wantKind(t, err, fault.NotFound)
	before := last(t, p)
	kept := sessionN(1, a.ID)
	if err := p.EndSessions(ctx, a.ID, kept.ID, 8000); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]store.Ref{store.OfSession(sessionN(2, a.ID).ID)}, since(t, p, before)); diff != "" {
		t.Errorf("notices of all but one:\n%s", diff)
	}
	for _, s := range []store.Session{kept, sessionN(3, b.ID)} {
		if _, _, err := p.Session(ctx, s.Hash); err != nil {
			t.Errorf("session %v: %v", s.ID, err)
		}
	}
}

func rotations(t *testing.T, p store.People) {
	ctx := t.Context()
	a := addAccount(t, p, 1)
	old := sessionN(0, a.ID)
	if err := p.CreateSession(ctx, old); err != nil {
		t.Fatal(err)
	}
	now := old
	now.Hash, now.Seen, now.Proven, now.Proved = store.Hash{7}, 9000, store.ByPassword|store.ByCode, 9000
	if err := p.RotateSession(ctx, old.Hash, now); err != nil {
		t.Fatal(err)
	}
	_, _, err := p.Session(ctx, old.Hash)
	wantKind(t, err, fault.NotFound)
	if got, _, err := p.Session(ctx, now.Hash); err != nil || got != now {
		t.Errorf("rotated to %+v, %v", got, err)
	}
	wantKind(t, p.RotateSession(ctx, old.Hash, now), fault.NotFound)
}

func staleSessions(t *testing.T, p store.People) {
	ctx := t.Context()
	a := addAccount(t, p, 1)
	for n, at := range []struct{ created, seen int64 }{{100, 900}, {500, 500}, {500, 900}} {
		s := sessionN(byte(n), a.ID)
		s.Created, s.Seen = at.created, at.seen
		if err := p.CreateSession(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	for _, limit := range []int{1, 10} { // at most one, then the other
		if n, err := p.EndStaleSessions(ctx, 600, 200, 1000, limit); err != nil || n != 1 {
			t.Errorf("%d ended, %v", n, err)
		}
	}
	if _, _, err := p.Session(ctx, sessionN(2, a.ID).Hash); err != nil {
		t.Errorf("the fresh one: %v", err)
	}
	// Notices are forgotten in the end, but numbers are not given twice.
	before := last(t, p)
	if _, err := p.EndStaleSessions(ctx, 0, 5000, 6000, 10); err != nil {
		t.Error(err)
	}
	if after := last(t, p); after <= before {
		t.Errorf("the last notice fell from %d to %d", before, after)
	}
}

func invitation(n byte, by id.Account) store.Invitation {
	return store.Invitation{
		ID: store.InvitationID{15: n}, Hash: store.Hash{31: n + 1}, By: by,
		Created: 100 + int64(n), Expires: 1000, Uses: 2,
	}
}

func invitations(t *testing.T, p store.People) {
	ctx := t.Context()
	a := addOperator(t, p, 1)
	for n := range byte(3) {
		if err := p.CreateInvitation(ctx, invitation(n, a.ID), 10); err != nil {
			t.Fatal(err)
		}
	}
	got, err := p.ListInvitations(ctx, store.Ref{}, 500, 10)
	want := []store.Invitation{invitation(2, a.ID), invitation(1, a.ID), invitation(0, a.ID)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("list: %v\n%s", err, diff)
	}
	if got, err := p.ListInvitations(ctx, store.Ref{}, 1000, 10); err != nil || len(got) != 0 {
		t.Errorf("expired ones are listed: %v, %v", got, err)
	}
	use := func(n, account byte, now int64) error {
		return p.CreateAccount(ctx, store.NewAccount{Account: accountN(account), Invitation: invitation(n, a.ID).Hash, Now: now})
	}
	wantKind(t, use(0, 2, 1000), fault.Permission) // expired
	wantKind(t, use(7, 2, 500), fault.Permission)  // unknown
	wantKind(t, use(0, 1, 500), fault.Conflict)    // the account exists: no use is counted
	for _, account := range []byte{2, 3} {
		if err := use(0, account, 500); err != nil {
			t.Errorf("account %d: %v", account, err)
		}
	}
	wantKind(t, use(0, 4, 500), fault.Permission) // used up
	if _, err := p.Account(ctx, accountN(4).ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a refused account exists: %v", err)
	}
	if v, err := p.Invitation(ctx, invitation(0, a.ID).Hash); err != nil || v.Used != 2 {
		t.Errorf("used %d times, %v", v.Used, err)
	}
	if err := p.DeleteInvitation(ctx, invitation(1, a.ID).ID, store.Ref{}); err != nil {
		t.Error(err)
	}
	wantKind(t, p.DeleteInvitation(ctx, invitation(1, a.ID).ID, store.Ref{}), fault.NotFound)
	wantKind(t, use(1, 5, 500), fault.Permission)
	former := addAccount(t, p, 6)
	if err := p.CreateInvitation(ctx, invitation(7, former.ID), 10); err != nil {
		t.Fatal(err)
	}
	wantKind(t, use(7, 5, 500), fault.Permission) // of somebody who may not invite any more
}

func invitationRace(t *testing.T, p store.People) {
	a := addOperator(t, p, 20)
	v := invitation(0, a.ID)
	if err := p.CreateInvitation(t.Context(), v, 10); err != nil {
		t.Fatal(err)
	}
	const racers = 8
	errs := make([]error, racers)
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			errs[i] = p.CreateAccount(t.Context(), store.NewAccount{Account: accountN(byte(i)), Invitation: v.Hash, Now: 500})
		})
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		}
	}
	if made != v.Uses {
		t.Errorf("%d accounts by an invitation for %d", made, v.Uses)
	}
}

func resets(t *testing.T, p store.People) {
	ctx := t.Context()
	a, b := addAccount(t, p, 1), addAccount(t, p, 2)
	for n, of := range []id.Account{a.ID, b.ID} {
		if err := p.CreateSession(ctx, sessionN(byte(n), of)); err != nil {
			t.Fatal(err)
		}
	}
	old := store.Ticket{Hash: store.Hash{1}, Kind: store.ForReset, Account: a.ID, Data: []byte{}, Expires: 1000}
	now := store.Ticket{Hash: store.Hash{2}, Kind: store.ForReset, Account: a.ID, Data: []byte("x"), Expires: 1000}
	for _, r := range []store.Ticket{old, now} {
		if err := p.CreateTicket(ctx, r, 10); err != nil {
			t.Fatal(err)
		}
	}
	_, err := p.Ticket(ctx, old.Hash, store.ForReset, 500) // replaced
	wantKind(t, err, fault.NotFound)
	_, err = p.Ticket(ctx, now.Hash, store.ForReset, 1000) // expired
	wantKind(t, err, fault.NotFound)
	_, err = p.Ticket(ctx, now.Hash, store.ForVerify, 500) // for something else
	wantKind(t, err, fault.NotFound)
	got, err := p.Ticket(ctx, now.Hash, store.ForReset, 500)
	if diff := cmp.Diff(now, got); err != nil || diff != "" {
		t.Errorf("ticket: %v\n%s", err, diff)
	}
	for _, h := range []store.Hash{old.Hash, {3}} {
		_, err := p.UseReset(ctx, h, credential("new"), true, 500)
		wantKind(t, err, fault.NotFound)
	}
	who, err := p.UseReset(ctx, now.Hash, credential("new"), true, 500)
	if err != nil || who != a.ID {
		t.Errorf("use: %v, %v", who, err)
	}
	if diff := cmp.Diff([]store.Ref{store.OfSession(sessionN(0, a.ID).ID)}, since(t, p, 0)); diff != "" {
		t.Errorf("notices:\n%s", diff)
	}
	if v, c, _ := p.AccountByEmail(ctx, a.Email); c != credential("new") || v.Verified != 500 {
		t.Errorf("credential %+v, address proven at %d", c, v.Verified)
	}
	_, err = p.UseReset(ctx, now.Hash, credential("twice"), true, 500)
	wantKind(t, err, fault.NotFound)
	if _, _, err := p.Session(ctx, sessionN(1, b.ID).Hash); err != nil {
		t.Errorf("the other account's session: %v", err)
	}
}

func keeps(t *testing.T, p store.People) {
	ctx := t.Context()
	a, b := addAccount(t, p, 1).ID, addAccount(t, p, 2).ID
	kept := func(of id.Account, name, want string) {
		t.Helper()
		got, err := p.Kept(ctx, of, name)
		if want == "" {
			wantKind(t, err, fault.NotFound)
			return
		}
		if err != nil || string(got) != want {
			t.Errorf("kept %q, %v, want %q", got, err, want)
		}
	}
	keep := func(name, value string, most int) error {
		return p.Keep(ctx, a, name, []byte(value), most, 10, 5)
	}
	kept(a, "x", "")
	for _, v := range []string{"1", "2"} {
		if err := keep("x", v, 2); err != nil {
			t.Fatal(err)
		}
		kept(a, "x", v)
	}
	kept(b, "x", "")
	if err := keep("y", "3", 2); err != nil {
		t.Fatal(err)
	}
	wantKind(t, keep("z", "4", 2), fault.Limit)
	kept(a, "z", "")
	wantKind(t, keep("y", "more than ten bytes", 2), fault.Limit)
	if err := keep("x", "5", 2); err != nil {
		t.Errorf("what is there already: %v", err)
	}
	if err := keep("x", "", 2); err != nil {
		t.Fatal(err)
	}
	kept(a, "x", "")
	if err := keep("z", "4", 2); err != nil {
		t.Errorf("after something was forgotten: %v", err)
	}
}

func settings(t *testing.T, p store.People) {
	ctx := t.Context()
	for _, want := range []string{"", "open", "closed"} {
		if want != "" {
			if err := p.SetSetting(ctx, "signup", want); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := p.Setting(ctx, "signup"); err != nil || got != want {
			t.Errorf("setting %q, %v, want %q", got, err, want)
		}
	}
}
