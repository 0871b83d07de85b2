package account

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"plectica/internal/fault"
	"plectica/internal/mail"
	"plectica/internal/store"
)

// TestNobodyIsShutOut: whoever guesses at an account spends what strangers have there.
// Its owner goes on in a browser that it knows, and with a passkey anywhere.
func TestNobodyIsShutOut(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	w := b.ada(t)
	key, _ := b.passkey(t, w, "laptop")
	bob := b.member(t, "Bob")
	own, err := b.SignIn(ctx, home(), "bob@example.test", good)
	if err != nil || own.Device == "" {
		t.Fatalf("%+v, %v", own, err)
	}
	strange, _ := newSecret()
	spend := func(email, device string) (n int) {
		for ; n < 1000; n++ {
			c := Client{Addr: netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 1}), Device: device}
			if _, err := b.SignIn(ctx, c, email, other); fault.Is(err, fault.Limit) {
				break
			}
		}
		return n
	}
	for _, email := range []string{"ada@example.test", "bob@example.test", "nobody@example.test"} {
		if n := spend(email, strange); n != signInPerAccount().Burst {
			t.Errorf("%s: %d guesses", email, n)
		}
	}
	from := at("198.51.100.7", chrome)
	_, err = b.SignIn(ctx, from, bob.Account.Email, good)
	wantKind(t, "a browser that is not known", err, fault.Limit)
	from.Device = own.Device
	if _, err := b.SignIn(ctx, from, bob.Account.Email, good); err != nil {
		t.Errorf("a known browser: %v", err)
	}
	_, err = b.SignIn(ctx, from, "ada@example.test", good)
	wantKind(t, "another's browser", err, fault.Limit)
	if n := spend("bob@example.test", own.Device); n != signInPerAccount().Burst {
		t.Errorf("a known browser: %d guesses", n)
	}
	c, err := b.BeginPasskeySignIn(ctx, home(), "")
	if err != nil {
		t.Fatal(err)
	}
	in, err := b.PasskeySignIn(ctx, home(), c.Secret, key.Get(t, c.Options))
	if err != nil {
		t.Fatalf("a passkey: %v", err)
	}
	b.who(t, in)
}

// TestResetByMail: a forgotten password is set by a link in a mail, once, for an hour;
// strangers learn nothing, and a second factor is asked for as ever.
func TestResetByMail(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	_, w, _ := b.codes(t, b.ada(t))
	b.letters(t)
	if err := b.Forgot(ctx, home(), "nobody@example.test"); err != nil {
		t.Errorf("an unknown address: %v", err)
	}
	if n := len(b.letters(t)); n != 0 {
		t.Errorf("%d letters to nobody", n)
	}
	link := func() string {
		t.Helper()
		if err := b.Forgot(ctx, home(), "ada@example.test"); err != nil {
			t.Fatal(err)
		}
		_, sent := letter[mail.ResetPassword](t, b, "ada@example.test")
		return secretOf(t, sent, "/reset")
	}
	late := link()
	b.pass(ForgotLife)
	_, err := b.Reset(ctx, home(), late, other)
	wantKind(t, "after an hour", err, fault.NotFound)
	secret := link()
	in, err := b.Reset(ctx, home(), secret, other)
	if err != nil || in.Token != "" || in.Pending == nil {
		t.Fatalf("signed in without the second factor: %+v, %v", in, err)
	}
	_, err = b.Reset(ctx, home(), secret, good)
	wantKind(t, "twice", err, fault.NotFound)
	_, err = b.Still(ctx, w.Session.ID)
	wantKind(t, "a sign-in before", err, fault.Auth)
	if l := b.letters(t); len(l) == 0 {
		t.Error("nobody was told")
	}
}

// TestResetOfWhatOthersMade: somebody signs up with an address that is not theirs and
// leaves ways in for later. Who has the address sets the password, and is alone.
func TestResetOfWhatOthersMade(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	eve := b.ada(t) // with Ada's address, which nobody has proven
	v := provided("eve")
	if err := b.Link(ctx, home(), eve, v); err != nil {
		t.Fatal(err)
	}
	_, token, err := b.NewToken(ctx, home(), eve, "x", ScopeAdmin, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	b.letters(t)
	reset := func(password string) {
		t.Helper()
		if err := b.Forgot(ctx, home(), "ada@example.test"); err != nil {
			t.Fatal(err)
		}
		_, sent := letter[mail.ResetPassword](t, b, "ada@example.test")
		if in, err := b.Reset(ctx, home(), secretOf(t, sent, "/reset"), password); err != nil || in.Token == "" {
			t.Fatalf("%+v, %v", in, err)
		}
		b.letters(t)
	}
	reset(other)
	if in, err := b.ByProvider(ctx, home(), v, ""); err == nil && in.Account.ID == eve.Account.ID {
		t.Error("by what they linked")
	}
	_, err = b.ByToken(ctx, home(), token)
	wantKind(t, "by their token", err, fault.Auth)

	ada, err := b.SignIn(ctx, home(), "ada@example.test", other)
	if err != nil {
		t.Fatal(err)
	}
	own := provided("ada")
	if err := b.Link(ctx, home(), b.who(t, ada), own); err != nil {
		t.Fatal(err)
	}
	b.letters(t)
	reset(good)
	if in, err := b.ByProvider(ctx, home(), own, ""); err != nil || in.Account.ID != eve.Account.ID {
		t.Errorf("what its owner linked, once the address was proven: %+v, %v", in, err)
	}
}

// TestResetMeanwhile: a sign-in that is being checked while the password changes does
// not open by the one from before.
func TestResetMeanwhile(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	w := b.ada(t)
	real := b.hash.bcrypt.Compare
	b.hash.bcrypt.Compare = func(hash, in []byte) error {
		b.hash.bcrypt.Compare = real
		err := real(hash, in)
		if err := b.st.SetCredential(ctx, w.Account.ID, store.Credential{Hash: "another"}); err != nil {
			t.Error(err)
		}
		return err
	}
	in, err := b.SignIn(ctx, home(), "ada@example.test", good)
	wantKind(t, "with the old password", err, fault.Auth)
	if in.Token != "" {
		t.Error("somebody is signed in")
	}
	if _, cred, err := b.st.AccountByEmail(ctx, "ada@example.test"); err != nil || cred.Hash != "another" {
		t.Errorf("the old password is back: %+v, %v", cred, err)
	}
}

// TestNewPlacesAreMailed: who signs in from a device and network that were not seen
// before is told to the owner, once.
func TestNewPlacesAreMailed(t *testing.T) {
	b := newBench(t)
	b.ada(t)
	abroad := at("198.51.100.7", chrome)
	for i, want := range []int{1, 0} {
		if _, err := b.SignIn(t.Context(), abroad, "ada@example.test", good); err != nil {
			t.Fatal(err)
		}
		all := b.letters(t)
		if len(all) != want {
			t.Fatalf("sign-in %d: %d letters", i, len(all))
		}
		for _, l := range all {
			v, ok := l.Letter.(mail.NewSignIn)
			if !ok || string(v.Device) != "Chrome on Windows" || v.Address != abroad.Addr {
				t.Errorf("%+v", l.Letter)
			}
		}
	}
}

// TestOperatorsConfirm: what is done to others' accounts is an operator's alone, who has
// just shown who they are.
func TestOperatorsConfirm(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada, bob := b.ada(t), b.member(t, "Bob")
	if err := b.st.SetOperator(ctx, ada.Account.ID, true); err != nil {
		t.Fatal(err)
	}
	op := b.in(t, "ada")
	acts := map[string]func(w Who) error{
		"lock":     func(w Who) error { return b.Lock(ctx, w, bob.Account.ID) },
		"unlock":   func(w Who) error { return b.Unlock(ctx, w, bob.Account.ID) },
		"sign out": func(w Who) error { return b.SignOutOther(ctx, w, bob.Account.ID) },
		"reset":    func(w Who) error { _, err := b.ResetOther(ctx, home(), w, bob.Account.ID, true); return err },
		"step up":  func(w Who) error { return b.StepUp(ctx, w, bob.Account.ID) },
		"operator": func(w Who) error { return b.SetOperator(ctx, w, bob.Account.ID, false) },
	}
	late := b.stale(t, op)
	program, err := b.ByToken(ctx, home(), b.token(t, op, ScopeAdmin))
	if err != nil {
		t.Fatal(err)
	}
	for what, act := range acts {
		wantKind(t, what+", by anybody", act(b.in(t, "bob")), fault.Permission)
		wantKind(t, what+", by a program", act(program), fault.Permission)
		wantNeed(t, what+", late", act(late), Recent)
	}
	if _, err := b.Still(ctx, bob.Session.ID); err != nil {
		t.Errorf("what was refused was done: %v", err)
	}
	wantKind(t, "oneself", b.Lock(ctx, b.in(t, "ada"), ada.Account.ID), fault.Conflict)
	if v, err := b.st.Account(ctx, bob.Account.ID); err != nil || v.Locked != 0 || v.Operator || v == (store.Account{}) {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestStolenPasswords: one that is on others' lists is refused wherever one is chosen; a
// list that does not answer keeps nobody out.
func TestStolenPasswords(t *testing.T) {
	b := newBench(t)
	w := b.ada(t)
	asked, told := 0, 0
	b.c.OnError = func(error) { told++ }
	b.c.Breached = func(_ context.Context, p string) (bool, error) {
		asked++
		if p == good {
			return true, nil
		}
		return false, fault.New(fault.Busy, "away")
	}
	ctx := t.Context()
	if err := b.SignUp(ctx, home(), person("Eve"), ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("sign-up: %v", err)
	}
	if _, err := b.ChangePassword(ctx, home(), w, good, good); !fault.Is(err, fault.Invalid) {
		t.Errorf("change: %v", err)
	}
	secret, err := b.NewReset(ctx, "ada@example.test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Reset(ctx, home(), secret, good); !fault.Is(err, fault.Invalid) {
		t.Errorf("reset: %v", err)
	}
	if _, err := b.Reset(ctx, home(), secret, other); err != nil || asked != 4 {
		t.Errorf("a list that is away: %v, asked %d times", err, asked)
	}
	if told != 1 {
		t.Errorf("%d faults noted", told)
	}
}
