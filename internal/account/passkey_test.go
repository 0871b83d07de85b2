package account

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/factor"
	"plectica/internal/factor/factortest"
	"plectica/internal/fault"
	"plectica/internal/mail"
	"plectica/internal/store"
)

// signInBy signs in with a passkey alone.
func (b *bench) signInBy(t testing.TB, d *factortest.Device) (SignedIn, error) {
	t.Helper()
	c, err := b.BeginPasskeySignIn(t.Context(), home(), "")
	if err != nil {
		t.Fatal(err)
	}
	return b.PasskeySignIn(t.Context(), home(), c.Secret, d.Get(t, c.Options))
}

// TestPasskeys: SI-6. A passkey signs in alone, finishes a sign-in, and confirms.
func TestPasskeys(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	w := b.ada(t)
	d, w := b.passkey(t, w, "Laptop")
	if l, _ := letter[mail.FactorAdded](t, b, "ada@example.test"); l.Factor != mail.Passkey || l.Label != "Laptop" {
		t.Errorf("letter %+v", l)
	}
	if n, err := b.st.CountRecovery(ctx, w.Account.ID); err != nil || n != factor.RecoveryCodes {
		t.Errorf("%d recovery codes, %v", n, err)
	}
	in, err := b.signInBy(t, d)
	if err != nil {
		t.Fatal(err)
	}
	if w := b.who(t, in); w.Session.Proven != store.ByPasskey || w.Account.Email != "ada@example.test" {
		t.Errorf("%+v", w)
	}
	p := b.pendingOf(t, "ada")
	if diff := cmp.Diff([]Way{WayPasskey, WayRecovery}, p.Ways); diff != "" {
		t.Errorf("ways:\n%s", diff)
	}
	c, err := b.BeginPasskeySignIn(ctx, home(), p.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if in, err = b.SecondPasskey(ctx, home(), p.Secret, c.Secret, d.Get(t, c.Options)); err != nil {
		t.Fatal(err)
	}
	w = b.stale(t, b.who(t, in))
	if w.Session.Proven != store.ByPassword|store.ByPasskey {
		t.Errorf("proven %v", w.Session.Proven)
	}
	if c, err = b.BeginConfirmPasskey(ctx, home(), w); err != nil {
		t.Fatal(err)
	}
	if in, err = b.ConfirmPasskey(ctx, home(), w, c.Secret, d.Get(t, c.Options)); err != nil {
		t.Fatal(err)
	}
	if err := b.NeedRecent(ctx, b.who(t, in)); err != nil {
		t.Error(err)
	}
	if string(d.Handle()) == string(w.Account.ID[:]) || len(d.Handle()) < 16 {
		t.Errorf("the passkey knows its owner by %x", d.Handle())
	}
	// All of an account know it by the same.
	e, _ := b.passkey(t, b.who(t, in), "Phone")
	if string(e.Handle()) != string(d.Handle()) {
		t.Error("two passkeys of one account know it by two names")
	}
}

// TestPasskeyChallenges: SI-6. A challenge counts once, for a while, for what it was
// made for, and for who asked.
func TestPasskeyChallenges(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	d, ada := b.passkey(t, b.ada(t), "Laptop")
	e, eve := b.passkey(t, b.member(t, "Eve"), "Key")
	elsewhere, err := b.signInBy(t, d)
	if err != nil {
		t.Fatal(err)
	}
	otherSession := b.who(t, elsewhere)
	begin := func(pending string) Challenge {
		t.Helper()
		c, err := b.BeginPasskeySignIn(ctx, home(), pending)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	confirm := func(w Who) Challenge {
		t.Helper()
		c, err := b.BeginConfirmPasskey(ctx, home(), w)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := begin("")
	if _, err := b.PasskeySignIn(ctx, home(), c.Secret, d.Get(t, c.Options)); err != nil {
		t.Fatal(err)
	}
	for what, try := range map[string]func() error{
		"replayed": func() error {
			_, err := b.PasskeySignIn(ctx, home(), c.Secret, d.Get(t, c.Options))
			return err
		},
		"late": func() error {
			c := begin("")
			b.pass(factor.PasskeyTime)
			_, err := b.PasskeySignIn(ctx, home(), c.Secret, d.Get(t, c.Options))
			return err
		},
		"another browser's": func() error {
			c := begin("")
			_, err := b.PasskeySignIn(ctx, home(), strings.Repeat("A", len(c.Secret)), d.Get(t, c.Options))
			return err
		},
		"truncated": func() error {
			c := begin("")
			_, err := b.PasskeySignIn(ctx, home(), c.Secret[:20], d.Get(t, c.Options))
			return err
		},
		"to confirm, for signing in": func() error {
			c := confirm(ada)
			_, err := b.PasskeySignIn(ctx, home(), c.Secret, d.Get(t, c.Options))
			return err
		},
		"to sign in, for confirming": func() error {
			c := begin("")
			_, err := b.ConfirmPasskey(ctx, home(), ada, c.Secret, d.Get(t, c.Options))
			return err
		},
		"another account's": func() error {
			c := confirm(ada)
			_, err := b.ConfirmPasskey(ctx, home(), eve, c.Secret, e.Get(t, c.Options))
			return err
		},
		"another sign-in's": func() error {
			c := confirm(ada)
			_, err := b.ConfirmPasskey(ctx, home(), otherSession, c.Secret, d.Get(t, c.Options))
			return err
		},
		"to add, by another sign-in": func() error {
			c, err := b.BeginPasskey(ctx, home(), ada)
			if err != nil {
				t.Fatal(err)
			}
			_, err = b.FinishPasskey(ctx, home(), otherSession, c.Secret, "x", factortest.New(pageOrigin).Create(t, c.Options))
			return err
		},
	} {
		wantKind(t, what, try(), fault.Gone)
		if ada, err = b.Still(ctx, ada.Session.ID); err != nil {
			t.Fatal(err)
		}
	}
	// A second factor is the account's own.
	p := b.pendingOf(t, "ada")
	c = begin(p.Secret)
	_, err = b.SecondPasskey(ctx, home(), p.Secret, c.Secret, e.Get(t, c.Options))
	wantKind(t, "another's as second factor", err, fault.Invalid)
	c = begin(p.Secret)
	if _, err := b.SecondPasskey(ctx, home(), p.Secret, c.Secret, d.Get(t, c.Options)); err != nil {
		t.Error(err)
	}
	c = begin("")
	_, err = b.PasskeySignIn(ctx, home(), c.Secret, d.Forge(t, c.Options))
	wantKind(t, "another key", err, fault.Invalid)
	_, err = b.BeginPasskeySignIn(ctx, home(), strings.Repeat("A", 43))
	wantKind(t, "of nobody's sign-in", err, fault.Gone)
}

// TestPasskeyAddress: SI-6. Passkeys are for one name of the server; a number has none.
func TestPasskeyAddress(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	d, w := b.passkey(t, b.ada(t), "Laptop")
	at := func(origin string) Client { c := home(); c.Origin = origin; return c }
	for origin, want := range map[string]fault.Kind{"": fault.Permission, "https://evil.test": fault.Permission, "https://127.0.0.1:8443": fault.Invalid} {
		_, err := b.BeginPasskeySignIn(ctx, at(origin), "")
		wantKind(t, "sign-in at "+origin, err, want)
		_, err = b.BeginPasskey(ctx, at(origin), w)
		wantKind(t, "to add at "+origin, err, want)
	}
	p := b.pendingOf(t, "ada")
	_, err := b.BeginPasskeySignIn(ctx, at("https://localhost:8443"), p.Secret)
	wantKind(t, "at another name", err, fault.NotFound)
	in, err := b.SignIn(ctx, at("https://localhost:8443"), "ada@example.test", good)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Way{WayRecovery}, in.Pending.Ways); diff != "" {
		t.Errorf("ways at another name:\n%s", diff)
	}
	if err := b.st.SetRecovery(ctx, w.Account.ID, nil); err != nil {
		t.Fatal(err)
	}
	_, err = b.SignIn(ctx, at("https://localhost:8443"), "ada@example.test", good)
	wantKind(t, "no way at another name", err, fault.Permission)
	if !strings.Contains(err.Error(), "another address of this site") {
		t.Error(err)
	}
	c, err := b.BeginPasskeySignIn(ctx, at("https://localhost:8443"), "")
	if err != nil {
		t.Fatal(err)
	}
	d.Origin, d.RP = "https://localhost:8443", "localhost"
	_, err = b.PasskeySignIn(ctx, home(), c.Secret, d.Get(t, c.Options))
	wantKind(t, "one of another name", err, fault.Invalid)
}

// TestPasskeyCopy: SI-6. One that counts backwards is refused, and its owner told.
func TestPasskeyCopy(t *testing.T) {
	b := newBench(t)
	d, w := b.passkey(t, b.ada(t), "Laptop")
	d.Count = 7
	if _, err := b.signInBy(t, d); err != nil {
		t.Fatal(err)
	}
	b.letters(t)
	d.Count = 6
	_, err := b.signInBy(t, d)
	wantKind(t, "counting backwards", err, fault.Permission)
	if l, _ := letter[mail.PasskeyRefused](t, b, "ada@example.test"); l.Label != "Laptop" {
		t.Errorf("letter %+v", l)
	}
	d.Count = 8
	if _, err := b.signInBy(t, d); err != nil {
		t.Errorf("the next one: %v", err)
	}
	if list, err := b.st.Passkeys(t.Context(), w.Account.ID); err != nil || list[0].Used != b.clock().UnixMilli() {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestLastWayIn: SI-7. A password, a passkey or a provider stays.
func TestLastWayIn(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	in, err := b.ByProvider(ctx, home(), provided("ada"), "")
	if err != nil {
		t.Fatal(err)
	}
	w := b.who(t, in)
	wantKind(t, "the provider", b.Unlink(ctx, home(), w, provided("ada").key(), "Google"), fault.Conflict)
	d, w := b.passkey(t, w, "Laptop")
	e, w := b.passkey(t, w, "Phone")
	if err := b.Unlink(ctx, home(), w, provided("ada").key(), "Google"); err != nil {
		t.Fatal(err)
	}
	key := func(d *factortest.Device) store.PasskeyID {
		list, err := b.st.Passkeys(ctx, w.Account.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range list {
			if k.Name == map[*factortest.Device]string{d: "Laptop", e: "Phone"}[d] {
				return k.ID
			}
		}
		return store.PasskeyID{}
	}
	laptop, phone := key(d), key(e)
	// Both at once: one stays.
	errs := make(chan error, 2)
	for _, k := range []store.PasskeyID{laptop, phone} {
		go func() { errs <- b.DropPasskey(ctx, home(), w, k) }()
	}
	if one, two := <-errs, <-errs; (one == nil) == (two == nil) {
		t.Errorf("%v and %v", one, two)
	}
	w = b.who(t, first2(b.ChangePassword(ctx, home(), w, "", good)))
	list, err := b.st.Passkeys(ctx, w.Account.ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := b.DropPasskey(ctx, home(), w, list[0].ID); err != nil {
		t.Errorf("beside a password: %v", err)
	}
	_, err = b.signInBy(t, d)
	wantKind(t, "a passkey that was removed", err, fault.Invalid)
}

func first2(v SignedIn, _ error) SignedIn { return v }

func TestPasskeysOfOthers(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	_, ada := b.passkey(t, b.ada(t), "Laptop")
	_, eve := b.passkey(t, b.member(t, "Eve"), "Key")
	list, err := b.st.Passkeys(ctx, ada.Account.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, "another's name", b.NamePasskey(ctx, eve, list[0].ID, "x"), fault.NotFound)
	wantKind(t, "another's", b.DropPasskey(ctx, home(), eve, list[0].ID), fault.NotFound)
	if err := b.NamePasskey(ctx, ada, list[0].ID, " Work  laptop "); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", " ", strings.Repeat("x", maxLabelRunes+1), "a\u202eb"} {
		wantKind(t, "name "+name, b.NamePasskey(ctx, ada, list[0].ID, name), fault.Invalid)
	}
	p, err := b.Profile(ctx, ada)
	if err != nil || len(p.Passkeys) != 1 || p.Passkeys[0].Name != "Work laptop" || p.Passkeys[0].RP != "maps.example.test" || !p.Password || p.Codes {
		t.Errorf("profile %+v, %v", p, err)
	}
	for range maxPasskeys - 1 {
		_, ada = b.passkey(t, ada, "more")
	}
	c, err := b.BeginPasskey(ctx, home(), ada)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.FinishPasskey(ctx, home(), ada, c.Secret, "too many", factortest.New(pageOrigin).Create(t, c.Options))
	wantKind(t, "too many", err, fault.Limit)
}

// TestPasskeyOfDeleted: a passkey outlives its account on the device only.
func TestPasskeyOfDeleted(t *testing.T) {
	b := newBench(t)
	b.operator2(t)
	d, w := b.passkey(t, b.ada(t), "Laptop")
	c, err := b.BeginPasskeySignIn(t.Context(), home(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Delete(t.Context(), home(), w); err != nil {
		t.Fatal(err)
	}
	_, err = b.PasskeySignIn(t.Context(), home(), c.Secret, d.Get(t, c.Options))
	wantKind(t, "of nobody", err, fault.Invalid)
}
