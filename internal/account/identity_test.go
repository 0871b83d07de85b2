package account

import (
	"testing"

	"plectica/internal/fault"
	"plectica/internal/mail"
	"plectica/internal/store"
)

// provided is what a provider says of somebody.
func provided(name string) Identity {
	return Identity{
		Issuer: "https://id.example.test", Subject: "subject of " + name, Email: name + "@example.test", EmailVerified: true, Name: name, Provider: "Example",
	}
}

// TestByProvider: SI-8. Somebody new gets an account as the policy has it, and is known
// by issuer and subject from then on, whatever else changes.
func TestByProvider(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	op := b.operator(t)
	b.letters(t)
	v := provided("ada")
	in, err := b.ByProvider(ctx, home(), v, "")
	if err != nil {
		t.Fatal(err)
	}
	w := b.who(t, in)
	if w.Account.Email != "ada@example.test" || w.Account.Verified == 0 || w.Session.Proven != store.ByProvider || w.Account.Name != "ada" {
		t.Errorf("%+v", w)
	}
	v.Email, v.Name, v.EmailVerified = "op@example.test", "Somebody", false // the provider's business
	if in, err = b.ByProvider(ctx, home(), v, ""); err != nil || b.who(t, in).Account.ID != w.Account.ID {
		t.Errorf("again: %+v, %v", in, err)
	}
	_, err = b.SignIn(ctx, home(), "ada@example.test", "")
	wantKind(t, "no password", err, fault.Auth)
	unproven := provided("bob")
	unproven.EmailVerified = false
	_, err = b.ByProvider(ctx, home(), unproven, "")
	wantKind(t, "an address nobody verified", err, fault.Permission)
	for what, v := range map[string]Identity{"nobody": {}, "no subject": {Issuer: "x"}, "no issuer": {Subject: "x"}} {
		_, err := b.ByProvider(ctx, home(), v, "")
		wantKind(t, what, err, fault.Invalid)
	}
	if err := b.SetPolicy(ctx, op, Closed); err != nil {
		t.Fatal(err)
	}
	_, err = b.ByProvider(ctx, home(), provided("carla"), "")
	wantKind(t, "closed", err, fault.Permission)
	if err := b.SetPolicy(ctx, op, Invitation); err != nil {
		t.Fatal(err)
	}
	_, err = b.ByProvider(ctx, home(), provided("carla"), "")
	wantKind(t, "not invited", err, fault.Permission)
	_, secret, err := b.Invite(ctx, op, 1)
	if err != nil {
		t.Fatal(err)
	}
	if in, err = b.ByProvider(ctx, home(), provided("carla"), secret); err != nil || in.Token == "" {
		t.Errorf("invited: %+v, %v", in, err)
	}
	if _, err := b.ByProvider(ctx, home(), provided("ada"), ""); err != nil {
		t.Errorf("who is known needs no invitation: %v", err)
	}
}

// TestNeverLinkedByAddress: SI-8. A provider that says it is somebody with our
// address does not get into the account; its owner can let it.
func TestNeverLinkedByAddress(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	w, eve := b.ada(t), b.member(t, "Eve")
	v := provided("ada")
	v.Email = "ADA@Example.Test"
	in, err := b.ByProvider(ctx, home(), v, "")
	if err != nil || in.Token != "" || in.Linking == "" || in.Pending != nil {
		t.Fatalf("%+v, %v", in, err)
	}
	if list, err := b.st.Identities(ctx, w.Account.ID); err != nil || len(list) != 0 {
		t.Errorf("linked: %+v, %v", list, err)
	}
	wantKind(t, "another account", b.LinkPending(ctx, home(), eve, in.Linking), fault.Permission)
	for _, s := range []string{"", in.Linking[:10], in.Linking[:42] + "A"} {
		if s != in.Linking {
			wantKind(t, "secret "+s, b.LinkPending(ctx, home(), w, s), fault.Gone)
		}
	}
	if err := b.LinkPending(ctx, home(), w, in.Linking); err != nil {
		t.Fatal(err)
	}
	if l, _ := letter[mail.LoginAdded](t, b, "ada@example.test"); l.Provider != "Example" {
		t.Errorf("told of %q", l.Provider)
	}
	wantKind(t, "twice", b.LinkPending(ctx, home(), w, in.Linking), fault.Gone)
	if in, err = b.ByProvider(ctx, home(), v, ""); err != nil || b.who(t, in).Account.ID != w.Account.ID {
		t.Errorf("after linking: %+v, %v", in, err)
	}
	wantKind(t, "another's", b.Link(ctx, home(), eve, v), fault.Conflict)
	wantKind(t, "another's", b.Unlink(ctx, home(), eve, v.key(), "Google"), fault.NotFound)
	b.letters(t)
	if err := b.Unlink(ctx, home(), w, v.key(), "Google"); err != nil {
		t.Fatal(err)
	}
	if l, _ := letter[mail.LoginRemoved](t, b, "ada@example.test"); l.Provider != "Google" {
		t.Errorf("told of %q", l.Provider)
	}
	late, err := b.ByProvider(ctx, home(), v, "")
	if err != nil {
		t.Fatal(err)
	}
	b.pass(LinkingLife)
	wantKind(t, "late", b.LinkPending(ctx, home(), b.in(t, "ada"), late.Linking), fault.Gone)
}

// TestProviderNeedsSecondFactor: SI-1, by a provider too.
func TestProviderNeedsSecondFactor(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	in, err := b.ByProvider(ctx, home(), provided("ada"), "")
	if err != nil {
		t.Fatal(err)
	}
	secret, _, _ := b.codes(t, b.who(t, in))
	if in, err = b.ByProvider(ctx, home(), provided("ada"), ""); err != nil || in.Pending == nil || in.Token != "" {
		t.Fatalf("%+v, %v", in, err)
	}
	if in, err = b.SecondCode(ctx, home(), in.Pending.Secret, b.code(t, secret)); err != nil {
		t.Fatal(err)
	}
	if w := b.who(t, in); w.Session.Proven != store.ByProvider|store.ByCode {
		t.Errorf("proven %v", w.Session.Proven)
	}
}

// TestNoPasswordLooksLikeOne: SI-9. An account without a password answers as any, after
// the same work.
func TestNoPasswordLooksLikeOne(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	if _, err := b.ByProvider(ctx, home(), provided("ada"), ""); err != nil {
		t.Fatal(err)
	}
	for _, cost := range []int64{leastCost, leastCost + 2} {
		b.hash.cost.Store(cost)
		var errs [2]error
		var work [2]int
		for i, email := range []string{"ada@example.test", "nobody@example.test"} {
			work[i] = b.worked(func() { _, errs[i] = b.SignIn(ctx, home(), email, good) })
		}
		if errs[0] == nil || errs[0].Error() != errs[1].Error() || work[0] != work[1] || work[0] != 1<<cost {
			t.Errorf("%v and %v, work %v", errs[0], errs[1], work)
		}
	}
	_, err := b.SignIn(ctx, home(), "ada@example.test", "")
	wantKind(t, "an empty password", err, fault.Auth)
	b.letters(t)
}
