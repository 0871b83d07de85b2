package storetest

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Factors checks second factors, identities, tickets and tokens. open returns an
// empty store.
func Factors(t *testing.T, open func(t *testing.T) store.People) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, p store.People)
	}{
		{"passkeys", passkeys},
		{"codes that change", totps},
		{"a code counts once, whoever is faster", totpRace},
		{"recovery codes", recovery},
		{"a recovery code counts once, whoever is faster", recoveryRace},
		{"identities", identities},
		{"an identity belongs to one account, whoever is faster", identityRace},
		{"tickets", tickets},
		{"tickets are swept", sweepTickets},
		{"a ticket is taken once, whoever is faster", ticketRace},
		{"a reset is used once, whoever is faster", resetRace},
		{"tokens", tokens},
		{"no more tokens than there may be, whoever is faster", tokenRace},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// race runs f by several at once and returns how many had no error; all others had
// one of a kind.
func race(t *testing.T, k fault.Kind, f func(n byte) error) (won int) {
	t.Helper()
	const racers = 8
	errs := make([]error, racers)
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() { errs[i] = f(byte(i)) })
	}
	wg.Wait()
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wantKind(t, err, k)
	}
	return won
}

func passkeyN(n byte, a id.Account) store.Passkey {
	return store.Passkey{
		ID: store.PasskeyID{0: 5, 31: n}, Account: a, Data: []byte{1, n}, Name: "key " + string('a'+rune(n)), Created: 100 + int64(n),
	}
}

func passkeys(t *testing.T, p store.People) {
	ctx := t.Context()
	a, b := addAccount(t, p, 1).ID, addAccount(t, p, 2).ID
	for _, n := range []byte{2, 1} {
		if err := p.AddPasskey(ctx, passkeyN(n, a), 2); err != nil {
			t.Fatal(err)
		}
	}
	wantKind(t, p.AddPasskey(ctx, passkeyN(3, a), 2), fault.Limit)
	wantKind(t, p.AddPasskey(ctx, passkeyN(1, b), 2), fault.Conflict) // another's
	if err := p.AddPasskey(ctx, passkeyN(4, b), 2); err != nil {
		t.Fatal(err)
	}
	list := func(of id.Account, want ...store.Passkey) {
		t.Helper()
		got, err := p.Passkeys(ctx, of)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("passkeys: %v\n%s", err, diff)
		}
	}
	one, two := passkeyN(1, a), passkeyN(2, a)
	list(a, one, two)
	if err := p.UsePasskey(ctx, one.ID, []byte("used"), 500); err != nil {
		t.Error(err)
	}
	if err := p.NamePasskey(ctx, a, one.ID, "laptop"); err != nil {
		t.Error(err)
	}
	one.Data, one.Used, one.Name = []byte("used"), 500, "laptop"
	got, err := p.Passkey(ctx, one.ID)
	if diff := cmp.Diff(one, got); err != nil || diff != "" {
		t.Errorf("passkey: %v\n%s", err, diff)
	}
	// What is another's is as unknown as what is not there.
	wantKind(t, p.NamePasskey(ctx, b, one.ID, "mine"), fault.NotFound)
	wantKind(t, p.DropPasskey(ctx, b, one.ID), fault.NotFound)
	wantKind(t, p.UsePasskey(ctx, passkeyN(9, a).ID, nil, 500), fault.NotFound)
	_, err = p.Passkey(ctx, passkeyN(9, a).ID)
	wantKind(t, err, fault.NotFound)
	if err := p.DropPasskey(ctx, a, one.ID); err != nil {
		t.Error(err)
	}
	wantKind(t, p.DropPasskey(ctx, a, one.ID), fault.NotFound)
	list(a, two)
	list(b, passkeyN(4, b))
}

func totps(t *testing.T, p store.People) {
	ctx := t.Context()
	a := addAccount(t, p, 1).ID
	_, err := p.TOTP(ctx, a)
	wantKind(t, err, fault.NotFound)
	for _, secret := range []string{"old", "new"} {
		if err := p.SetTOTP(ctx, store.TOTP{Account: a, Secret: []byte(secret)}); err != nil {
			t.Fatal(err)
		}
	}
	want := store.TOTP{Account: a, Secret: []byte("new")}
	check := func() {
		t.Helper()
		got, err := p.TOTP(ctx, a)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("authenticator: %v\n%s", err, diff)
		}
	}
	check()
	if err := p.UseTOTP(ctx, a, 70, 5000); err != nil {
		t.Fatal(err)
	}
	want.Step, want.Confirmed = 70, 5000
	check()
	for _, step := range []int64{70, 69, 1} { // that one, and what came before it
		wantKind(t, p.UseTOTP(ctx, a, step, 6000), fault.Conflict)
	}
	check()
	if err := p.UseTOTP(ctx, a, 71, 5000); err != nil {
		t.Error(err)
	}
	if err := p.SetTOTP(ctx, store.TOTP{Account: a, Secret: []byte("third")}); err != nil {
		t.Fatal(err)
	}
	want = store.TOTP{Account: a, Secret: []byte("third")}
	check()
	for range 2 {
		if err := p.DropTOTP(ctx, a); err != nil {
			t.Error(err)
		}
	}
	_, err = p.TOTP(ctx, a)
	wantKind(t, err, fault.NotFound)
	wantKind(t, p.UseTOTP(ctx, a, 99, 1), fault.Conflict)
}

func totpRace(t *testing.T, p store.People) {
	a := addAccount(t, p, 1).ID
	if err := p.SetTOTP(t.Context(), store.TOTP{Account: a, Secret: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if won := race(t, fault.Conflict, func(byte) error { return p.UseTOTP(t.Context(), a, 70, 1) }); won != 1 {
		t.Errorf("a code counted %d times", won)
	}
}

func codes(n ...byte) []store.Hash {
	var out []store.Hash
	for _, b := range n {
		out = append(out, store.Hash{b})
	}
	return out
}

func recovery(t *testing.T, p store.People) {
	ctx := t.Context()
	a, b := addAccount(t, p, 1).ID, addAccount(t, p, 2).ID
	count := func(of id.Account, want int) {
		t.Helper()
		if n, err := p.CountRecovery(ctx, of); err != nil || n != want {
			t.Errorf("%d codes, %v, want %d", n, err, want)
		}
	}
	count(a, 0)
	if err := p.SetRecovery(ctx, a, codes(1, 2, 3)); err != nil {
		t.Fatal(err)
	}
	if err := p.SetRecovery(ctx, b, codes(1)); err != nil { // by chance the same
		t.Fatal(err)
	}
	if left, err := p.UseRecovery(ctx, a, store.Hash{1}); err != nil || left != 2 {
		t.Errorf("%d left, %v", left, err)
	}
	for _, h := range codes(1, 9) {
		_, err := p.UseRecovery(ctx, a, h)
		wantKind(t, err, fault.NotFound)
	}
	count(a, 2)
	count(b, 1)
	if err := p.SetRecovery(ctx, a, codes(4)); err != nil {
		t.Fatal(err)
	}
	_, err := p.UseRecovery(ctx, a, store.Hash{2}) // of the set before
	wantKind(t, err, fault.NotFound)
	count(a, 1)
	if err := p.SetRecovery(ctx, a, nil); err != nil {
		t.Error(err)
	}
	count(a, 0)
}

func recoveryRace(t *testing.T, p store.People) {
	a := addAccount(t, p, 1).ID
	if err := p.SetRecovery(t.Context(), a, codes(1, 2)); err != nil {
		t.Fatal(err)
	}
	won := race(t, fault.NotFound, func(byte) error {
		left, err := p.UseRecovery(t.Context(), a, store.Hash{1})
		if err == nil && left != 1 {
			return errors.New("another number of codes is left")
		}
		return err
	})
	if won != 1 {
		t.Errorf("a code counted %d times", won)
	}
}

func identityN(n byte, a id.Account) store.Identity {
	return store.Identity{
		IdentityKey: store.IdentityKey{Issuer: "https://id.example.test", Subject: "s" + string('a'+rune(n))},
		Account:     a, Email: "x@example.test", Created: 100 + int64(n), Used: 100,
	}
}

func identities(t *testing.T, p store.People) {
	ctx := t.Context()
	a, b := addAccount(t, p, 1).ID, addAccount(t, p, 2).ID
	one, two := identityN(1, a), identityN(2, a)
	two.Issuer, two.Subject = "https://other.example.test", one.Subject // another's of the same name
	for _, v := range []store.Identity{two, one} {
		if err := p.AddIdentity(ctx, v, 2); err != nil {
			t.Fatal(err)
		}
	}
	wantKind(t, p.AddIdentity(ctx, identityN(3, a), 2), fault.Limit)
	wantKind(t, p.AddIdentity(ctx, identityN(1, b), 2), fault.Conflict)
	wantKind(t, p.AddIdentity(ctx, identityN(1, a), 9), fault.Conflict)
	if err := p.UseIdentity(ctx, one.IdentityKey, "new@example.test", 700); err != nil {
		t.Error(err)
	}
	one.Email, one.Used = "new@example.test", 700
	if got, err := p.Identity(ctx, one.IdentityKey); err != nil || got != one {
		t.Errorf("identity %+v, %v", got, err)
	}
	got, err := p.Identities(ctx, a)
	if diff := cmp.Diff([]store.Identity{one, two}, got); err != nil || diff != "" {
		t.Errorf("identities: %v\n%s", err, diff)
	}
	wantKind(t, p.DropIdentity(ctx, b, one.IdentityKey), fault.NotFound)
	wantKind(t, p.UseIdentity(ctx, identityN(9, a).IdentityKey, "", 1), fault.NotFound)
	if err := p.DropIdentity(ctx, a, one.IdentityKey); err != nil {
		t.Error(err)
	}
	_, err = p.Identity(ctx, one.IdentityKey)
	wantKind(t, err, fault.NotFound)
	if err := p.AddIdentity(ctx, identityN(1, b), 2); err != nil {
		t.Errorf("what was given up is free: %v", err)
	}
}

func identityRace(t *testing.T, p store.People) {
	accounts := make([]id.Account, 8)
	for n := range accounts {
		accounts[n] = addAccount(t, p, byte(n)).ID
	}
	won := race(t, fault.Conflict, func(n byte) error { return p.AddIdentity(t.Context(), identityN(1, accounts[n]), 9) })
	if won != 1 {
		t.Errorf("an identity belongs to %d accounts", won)
	}
}

func ticketN(n byte, k store.TicketKind, a id.Account) store.Ticket {
	return store.Ticket{Hash: store.Hash{byte(k), n}, Kind: k, Account: a, Data: []byte{n}, Expires: 1000}
}

func tickets(t *testing.T, p store.People) {
	ctx := t.Context()
	a, b := addAccount(t, p, 1).ID, addAccount(t, p, 2).ID
	there := func(v store.Ticket, want bool) {
		t.Helper()
		got, err := p.Ticket(ctx, v.Hash, v.Kind, 999)
		if !want {
			wantKind(t, err, fault.NotFound)
			return
		}
		if diff := cmp.Diff(v, got); err != nil || diff != "" {
			t.Errorf("ticket: %v\n%s", err, diff)
		}
	}
	create := func(v store.Ticket, most int) store.Ticket {
		t.Helper()
		if err := p.CreateTicket(ctx, v, most); err != nil {
			t.Fatal(err)
		}
		return v
	}
	old := create(ticketN(1, store.ForEmail, a), 10)
	other, others := create(ticketN(2, store.ForVerify, a), 10), create(ticketN(3, store.ForEmail, b), 10)
	now := create(ticketN(4, store.ForEmail, a), 10)
	there(old, false) // one of a kind for each account
	for _, v := range []store.Ticket{other, others, now} {
		there(v, true)
	}
	// Of nobody there are several, and they count too.
	some := create(ticketN(5, store.ForPasskey, id.Account{}), 2)
	more := create(ticketN(6, store.ForPasskey, id.Account{}), 2)
	wantKind(t, p.CreateTicket(ctx, ticketN(7, store.ForPasskey, id.Account{}), 2), fault.Limit)
	there(some, true)
	there(more, true)
	// What is refused replaces nothing.
	wantKind(t, p.CreateTicket(ctx, ticketN(8, store.ForEmail, a), 1), fault.Limit)
	there(now, true)

	for _, c := range []struct {
		h    store.Hash
		kind store.TicketKind
		now  int64
	}{{now.Hash, store.ForEmail, 1000}, {now.Hash, store.ForVerify, 1}, {store.Hash{99}, store.ForEmail, 1}} {
		_, err := p.TakeTicket(ctx, c.h, c.kind, c.now)
		wantKind(t, err, fault.NotFound)
	}
	got, err := p.TakeTicket(ctx, now.Hash, store.ForEmail, 999)
	if diff := cmp.Diff(now, got); err != nil || diff != "" {
		t.Errorf("taken: %v\n%s", err, diff)
	}
	there(now, false)
	_, err = p.TakeTicket(ctx, now.Hash, store.ForEmail, 999)
	wantKind(t, err, fault.NotFound)

	if err := p.DropTickets(ctx, a, store.ForVerify); err != nil {
		t.Error(err)
	}
	there(other, false)
	there(others, true)
}

func sweepTickets(t *testing.T, p store.People) {
	ctx := t.Context()
	late := ticketN(9, store.ForProvider, id.Account{})
	late.Expires = 2000
	old := []store.Ticket{ticketN(1, store.ForPasskey, id.Account{}), ticketN(2, store.ForVerify, addAccount(t, p, 1).ID)}
	for _, v := range append(old, late) {
		if err := p.CreateTicket(ctx, v, 10); err != nil {
			t.Fatal(err)
		}
	}
	for left := len(old); left >= 0; left-- { // one after the other
		n := 0
		for _, v := range old {
			if _, err := p.Ticket(ctx, v.Hash, v.Kind, 999); err == nil {
				n++
			}
		}
		if n != left {
			t.Errorf("%d are left, want %d", n, left)
		}
		if err := p.SweepTickets(ctx, 1000, 1); err != nil {
			t.Error(err)
		}
	}
	if _, err := p.Ticket(ctx, late.Hash, late.Kind, 1500); err != nil {
		t.Errorf("the late one: %v", err)
	}
}

func ticketRace(t *testing.T, p store.People) {
	v := ticketN(1, store.ForSecond, addAccount(t, p, 1).ID)
	if err := p.CreateTicket(t.Context(), v, 10); err != nil {
		t.Fatal(err)
	}
	won := race(t, fault.NotFound, func(byte) error {
		_, err := p.TakeTicket(t.Context(), v.Hash, v.Kind, 500)
		return err
	})
	if won != 1 {
		t.Errorf("a ticket was taken %d times", won)
	}
}

func resetRace(t *testing.T, p store.People) {
	v := ticketN(1, store.ForReset, addAccount(t, p, 1).ID)
	if err := p.CreateTicket(t.Context(), v, 10); err != nil {
		t.Fatal(err)
	}
	won := race(t, fault.NotFound, func(n byte) error {
		_, err := p.UseReset(t.Context(), v.Hash, credential(string('a'+rune(n))), true, 500)
		return err
	})
	if won != 1 {
		t.Errorf("a reset was used %d times", won)
	}
}

func tokenN(n byte, a id.Account) store.Token {
	return store.Token{
		ID: store.TokenID{0: 4, 15: n}, Hash: store.Hash{4, n}, Account: a, Name: "t" + string('a'+rune(n)), Hint: "wxyz",
		Scopes: "read write", Created: 100 + int64(n), Expires: 5000,
	}
}

func ofToken(v store.Token) store.Ref { return store.Ref{Sort: store.SortToken, ID: v.ID} }

func tokens(t *testing.T, p store.People) {
	ctx := t.Context()
	a, b := addAccount(t, p, 1), addAccount(t, p, 2)
	one, two := tokenN(1, a.ID), tokenN(2, a.ID)
	for _, v := range []store.Token{one, two} {
		if err := p.CreateToken(ctx, v, 2); err != nil {
			t.Fatal(err)
		}
	}
	wantKind(t, p.CreateToken(ctx, tokenN(3, a.ID), 2), fault.Limit)
	if err := p.CreateToken(ctx, tokenN(4, b.ID), 2); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{300, 200} { // time goes forward
		if err := p.TouchToken(ctx, one.ID, at); err != nil {
			t.Error(err)
		}
	}
	one.Used = 300
	if v, who, err := p.Token(ctx, one.Hash); err != nil || v != one || who != a {
		t.Errorf("token %+v of %+v, %v", v, who, err)
	}
	got, err := p.ListTokens(ctx, a.ID)
	if diff := cmp.Diff([]store.Token{two, one}, got); err != nil || diff != "" {
		t.Errorf("the newest first: %v\n%s", err, diff)
	}
	before := last(t, p)
	wantKind(t, p.DropToken(ctx, b.ID, one.ID, 600), fault.NotFound)
	if err := p.DropToken(ctx, a.ID, one.ID, 600); err != nil {
		t.Error(err)
	}
	wantKind(t, p.DropToken(ctx, a.ID, one.ID, 600), fault.NotFound)
	if diff := cmp.Diff([]store.Ref{ofToken(one)}, since(t, p, before)); diff != "" {
		t.Errorf("notices:\n%s", diff)
	}
	_, _, err = p.Token(ctx, one.Hash)
	wantKind(t, err, fault.NotFound)
	if _, _, err := p.Token(ctx, two.Hash); err != nil {
		t.Errorf("the other: %v", err)
	}
}

func tokenRace(t *testing.T, p store.People) {
	a := addAccount(t, p, 1).ID
	if won := race(t, fault.Limit, func(n byte) error { return p.CreateToken(t.Context(), tokenN(n, a), 3) }); won != 3 {
		t.Errorf("%d tokens, of at most 3", won)
	}
}
