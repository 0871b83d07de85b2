package account

import (
	"strings"
	"testing"
	"time"

	"plectica/internal/factor"
	"plectica/internal/fault"
	"plectica/internal/store"
)

// TestSignInEndsTheOneBefore: A browser has one sign-in; the secret of the one
// before is worth nothing, whoever signs in.
func TestSignInEndsTheOneBefore(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.ada(t)
	b.member(t, "Bob")
	sign := func(name, earlier string) SignedIn {
		t.Helper()
		from := home()
		from.Token = earlier
		in, err := b.SignIn(ctx, from, name+"@example.test", good)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	first, elsewhere := sign("ada", ""), sign("ada", "")
	second := sign("ada", first.Token)
	third := sign("bob", second.Token)
	sign("bob", strings.Repeat("A", 43)) // of nobody
	for _, gone := range []SignedIn{first, second} {
		_, err := b.Authenticate(ctx, home(), gone.Token)
		wantKind(t, "the sign-in before", err, fault.Auth)
	}
	b.who(t, elsewhere)
	b.who(t, third)
	from := home()
	from.Token = third.Token
	if _, err := b.SignIn(ctx, from, "ada@example.test", "not this one, no"); err == nil {
		t.Error("a wrong password fits")
	}
	b.who(t, third) // who fails to sign in stays who they were
}

// TestEndingOthers: People see where they are signed in and end it, when they have
// just shown who they are; never for somebody else.
func TestEndingOthers(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada, bob := b.ada(t), b.member(t, "Bob")
	two, three := b.in(t, "ada"), b.in(t, "ada")
	list, err := b.Devices(ctx, ada)
	if err != nil || len(list) != 3 || list[0].Name != "Firefox on Linux" {
		t.Fatalf("%+v, %v", list, err)
	}
	wantKind(t, "another's sign-in", b.EndDevice(ctx, bob, two.Session.ID), fault.NotFound)
	if err := b.EndDevice(ctx, ada, two.Session.ID); err != nil {
		t.Fatal(err)
	}
	late := b.stale(t, ada)
	wantNeed(t, "one of the others", b.EndDevice(ctx, late, three.Session.ID), Recent)
	wantNeed(t, "all others", b.EndOthers(ctx, late), Recent)
	in, err := b.ConfirmPassword(ctx, home(), late, good)
	if err != nil {
		t.Fatal(err)
	}
	now := b.who(t, in)
	if err := b.EndOthers(ctx, now); err != nil {
		t.Fatal(err)
	}
	for v, want := range map[store.SessionID]bool{ada.Session.ID: true, two.Session.ID: false, three.Session.ID: false, bob.Session.ID: true} {
		if _, err := b.Still(ctx, v); (err == nil) != want {
			t.Errorf("sign-in %v: %v, want %v", v, err, want)
		}
	}
	if err := b.EndDevice(ctx, b.stale(t, now), now.Session.ID); err != nil {
		t.Errorf("one's own: %v", err)
	}
}

// token is one of a program that acts for somebody.
func (b *bench) token(t *testing.T, w Who, s Scope) string {
	t.Helper()
	text, h, hint := factor.NewToken()
	v := store.Token{
		ID: newID[store.TokenID](), Hash: h, Account: w.Account.ID, Name: "sync", Hint: hint, Scopes: string(s),
		Created: b.clock().UnixMilli(), Expires: b.clock().Add(MaxTokenLife).UnixMilli(),
	}
	if err := b.st.CreateToken(t.Context(), v, maxTokens); err != nil {
		t.Fatal(err)
	}
	return text
}

// TestPutOut: Who is locked is out everywhere at once, tokens included; a new
// password, set by oneself or asked for by the operator, ends what was signed in.
func TestPutOut(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada := b.ada(t)
	if err := b.st.SetOperator(ctx, ada.Account.ID, true); err != nil {
		t.Fatal(err)
	}
	op, bob := b.in(t, "ada"), b.member(t, "Bob")
	out := func(what string, w Who) {
		t.Helper()
		_, err := b.Still(ctx, w.Session.ID)
		wantKind(t, what, err, fault.Auth)
	}
	token := b.token(t, bob, ScopeRead)
	if err := b.SignOutOther(ctx, op, bob.Account.ID); err != nil {
		t.Fatal(err)
	}
	out("signed out by the operator", bob)
	bob = b.in(t, "bob")
	if _, err := b.ResetOther(ctx, home(), op, bob.Account.ID, false); err != nil {
		t.Fatal(err)
	}
	out("reset by the operator", bob)
	bob = b.in(t, "bob") // the password holds until another is set
	twice := b.in(t, "bob")
	if _, err := b.ChangePassword(ctx, home(), bob, "not this one, no", other); err == nil {
		t.Error("changed without the password there was")
	}
	if _, err := b.ChangePassword(ctx, home(), bob, good, "plectica-and-2026"); err == nil {
		t.Error("changed to what others would try")
	}
	in, err := b.ChangePassword(ctx, home(), bob, good, other)
	if err != nil {
		t.Fatal(err)
	}
	out("another device after a change", twice)
	bob = b.who(t, in)
	if _, err := b.ByToken(ctx, home(), token); err != nil {
		t.Fatal(err)
	}
	wantKind(t, "somebody else locks", b.Lock(ctx, bob, ada.Account.ID), fault.Permission)
	if err := b.Lock(ctx, op, bob.Account.ID); err != nil {
		t.Fatal(err)
	}
	out("locked", bob)
	_, err = b.ByToken(ctx, home(), token)
	wantKind(t, "a token of who is locked", err, fault.Auth)
	_, err = b.SignIn(ctx, home(), "bob@example.test", other)
	wantKind(t, "a locked account", err, fault.Permission)
}

// TestExpiredTokensAreTold: what a program has open ends with its token, once.
func TestExpiredTokensAreTold(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	w := b.ada(t)
	v, _, err := b.NewToken(ctx, home(), w, "x", ScopeRead, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.NewToken(ctx, home(), w, "y", ScopeRead, 3*time.Hour); err != nil {
		t.Fatal(err)
	}
	since := b.Service.now()
	for _, want := range []int{0, 1, 0} {
		b.told = nil
		since = b.tellExpired(ctx, since)
		if len(b.told) != want || want == 1 && b.told[0] != (store.Ref{Sort: store.SortToken, ID: v.ID}) {
			t.Errorf("told of %v, want %d", b.told, want)
		}
		b.pass(time.Hour)
	}
}
