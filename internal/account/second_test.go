package account

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/factor"
	"plectica/internal/fault"
	"plectica/internal/mail"
	"plectica/internal/store"
)

// TestSignInInSteps: SI-1. A password is not enough where there is a second factor,
// and the session comes with it alone.
func TestSignInInSteps(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	w := b.ada(t)
	secret, _, recovery := b.codes(t, w)
	letter[mail.FactorAdded](t, b, "ada@example.test")
	p := b.pendingOf(t, "ada")
	if diff := cmp.Diff([]Way{WayCode, WayRecovery}, p.Ways); diff != "" {
		t.Errorf("ways:\n%s", diff)
	}
	_, err := b.Authenticate(ctx, home(), p.Secret)
	wantKind(t, "what waits is no sign-in", err, fault.Auth)
	in, err := b.SecondCode(ctx, home(), p.Secret, b.code(t, secret))
	if err != nil {
		t.Fatal(err)
	}
	if w := b.who(t, in); w.Session.Proven != store.ByPassword|store.ByCode || !w.Session.Proven.Strong() {
		t.Errorf("proven %v", w.Session.Proven)
	}
	_, err = b.SecondCode(ctx, home(), p.Secret, b.code(t, secret))
	wantKind(t, "finished twice", err, fault.Gone)

	p = b.pendingOf(t, "ada")
	in, err = b.SecondRecovery(ctx, home(), p.Secret, strings.ToUpper(recovery[0]))
	if err != nil {
		t.Fatal(err)
	}
	if w := b.who(t, in); w.Session.Proven != store.ByPassword|store.ByRecovery {
		t.Errorf("proven %v", w.Session.Proven)
	}
	if l, _ := letter[mail.RecoveryCodeUsed](t, b, "ada@example.test"); l.Left != factor.RecoveryCodes-1 {
		t.Errorf("%d codes left", l.Left)
	}
	p = b.pendingOf(t, "ada")
	_, err = b.SecondRecovery(ctx, home(), p.Secret, recovery[0])
	wantKind(t, "a recovery code twice", err, fault.Invalid)
}

// TestPendingEnds: SI-1. What waits is one browser's, for a while, for so many tries.
func TestPendingEnds(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	secret, _, _ := b.codes(t, b.ada(t))
	fresh := func() string { return b.pendingOf(t, "ada").Secret }
	late := fresh()
	b.pass(SecondLife)
	flip := func(s string) string { return strings.Repeat("A", len(s)) }
	for what, s := range map[string]string{"late": late, "none": "", "cut": late[:20], "made up": flip(late)} {
		_, err := b.SecondCode(ctx, home(), s, b.code(t, secret))
		wantKind(t, what, err, fault.Gone)
	}
	tried := fresh()
	for range maxSecond {
		_, err := b.SecondCode(ctx, home(), tried, "000000")
		wantKind(t, "a wrong code", err, fault.Invalid)
	}
	_, err := b.SecondCode(ctx, home(), tried, b.code(t, secret))
	wantKind(t, "one time too many", err, fault.Gone)
	b.pass(codePerAccount().Every * 20)
	before := fresh()
	if _, err := b.SignIn(ctx, home(), "ada@example.test", good); err != nil {
		t.Fatal(err)
	}
	_, err = b.SecondCode(ctx, home(), before, b.code(t, secret))
	wantKind(t, "another has begun since", err, fault.Gone)
	locked := fresh()
	a, _, err := b.st.AccountByEmail(ctx, "ada@example.test")
	if err != nil {
		t.Fatal(err)
	}
	b.operator2(t)
	if err := b.st.SetLocked(ctx, a.ID, 1, 1); err != nil {
		t.Fatal(err)
	}
	_, err = b.SecondCode(ctx, home(), locked, b.code(t, secret))
	wantKind(t, "locked meanwhile", err, fault.Permission)
	_, err = b.SignIn(ctx, home(), "ada@example.test", good)
	wantKind(t, "locked", err, fault.Permission)
}

// operator2 makes an operator in the store, where others exist already.
func (b *bench) operator2(t testing.TB) {
	t.Helper()
	a := store.Account{ID: newID[[16]byte](), Email: "boss@example.test", Name: "Boss", Operator: true}
	if err := b.st.CreateAccount(t.Context(), store.NewAccount{Account: a}); err != nil {
		t.Fatal(err)
	}
}

// TestCodesCountOnce: SI-2. Of one step, one code counts, whoever is faster.
func TestCodesCountOnce(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	secret, w, _ := b.codes(t, b.ada(t))
	code := b.code(t, secret)
	p := b.pendingOf(t, "ada")
	const racers = 4 // fewer than the throttle lets through
	errs := make([]error, racers)
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			if i == 0 {
				_, errs[i] = b.SecondCode(ctx, home(), p.Secret, code)
				return
			}
			_, errs[i] = b.ConfirmCode(ctx, w, code)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	if won != 1 {
		t.Errorf("a code counted %d times: %v", won, errs)
	}
}

// TestCodesAreSlow: SI-2. Who has the password cannot guess codes, however many
// sign-ins they begin.
func TestCodesAreSlow(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	secret, _, _ := b.codes(t, b.ada(t))
	tries := 0
	for range 4 * codePerAccount().Burst {
		_, err := b.SecondCode(ctx, home(), b.pendingOf(t, "ada").Secret, "000000")
		if _, slow := err.(*SlowDown); slow {
			break
		}
		tries++
	}
	if tries > codePerAccount().Burst {
		t.Errorf("%d tries", tries)
	}
	_, err := b.SecondCode(ctx, home(), b.pendingOf(t, "ada").Secret, b.code(t, secret))
	wantKind(t, "the right one, too soon", err, fault.Limit)
	b.pass(codePerAccount().Every)
	if _, err := b.SecondCode(ctx, home(), b.pendingOf(t, "ada").Secret, b.code(t, secret)); err != nil {
		t.Error(err)
	}
}

func TestCodesSetUp(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	w := b.ada(t)
	v, err := b.BeginCodes(ctx, w)
	if err != nil || !strings.HasPrefix(v.URI, "otpauth://totp/Plectica:ada@example.test?") || !strings.Contains(v.URI, v.Secret) {
		t.Errorf("%+v, %v", v, err)
	}
	// Until a code was shown it is no factor.
	if in, err := b.SignIn(ctx, home(), "ada@example.test", good); err != nil || in.Pending != nil {
		t.Errorf("%+v, %v", in, err)
	}
	_, err = b.ConfirmCodes(ctx, home(), w, "000000")
	wantKind(t, "a wrong first code", err, fault.Invalid)
	_, err = b.ConfirmCode(ctx, w, "000000")
	wantKind(t, "a code that does not count yet", err, fault.Invalid)
	secret, w, recovery := b.codes(t, w) // anew
	if len(recovery) != factor.RecoveryCodes || !w.Session.Proven.Strong() {
		t.Errorf("%d codes, proven %v", len(recovery), w.Session.Proven)
	}
	_, err = b.BeginCodes(ctx, w)
	wantKind(t, "another one", err, fault.Conflict)
	_, err = b.ConfirmCodes(ctx, home(), w, b.code(t, secret))
	wantKind(t, "confirmed twice", err, fault.Conflict)
	b.letters(t)
	if err := b.DropCodes(ctx, home(), w); err != nil {
		t.Fatal(err)
	}
	letter[mail.FactorRemoved](t, b, "ada@example.test")
	if n, err := b.st.CountRecovery(ctx, w.Account.ID); err != nil || n != 0 {
		t.Errorf("%d codes for nothing, %v", n, err)
	}
	wantKind(t, "nothing to remove", b.DropCodes(ctx, home(), w), fault.NotFound)
	if in, err := b.SignIn(ctx, home(), "ada@example.test", good); err != nil || in.Pending != nil {
		t.Errorf("after it was removed: %+v, %v", in, err)
	}
}

// TestSealKey: SI-2. The key is made once; without it a server with authenticators
// does not start.
func TestSealKey(t *testing.T) {
	b := newBench(t)
	file := filepath.Join(b.dir, "pepper.seal")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info, err)
	}
	w := b.ada(t)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	b.Service = b.open(t) // nothing was sealed: another is as good
	secret, _, _ := b.codes(t, w)
	v, err := b.st.TOTP(t.Context(), w.Account.ID)
	if err != nil || strings.Contains(string(v.Secret), string(secret)) {
		t.Errorf("stored %x, %v", v.Secret, err)
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_, err = New(t.Context(), Config{Store: b.st, PepperFile: filepath.Join(b.dir, "pepper")})
	if err == nil || !strings.Contains(err.Error(), "no authenticator's code fits") {
		t.Errorf("without the key: %v", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("another key was made")
	}
	if err := os.WriteFile(file, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	b.Service = b.open(t)
	if _, err := b.SecondCode(t.Context(), home(), b.pendingOf(t, "ada").Secret, b.code(t, secret)); err != nil {
		t.Error(err)
	}
}

func TestRecoveryRenewed(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	w := b.ada(t)
	_, err := b.NewRecovery(ctx, home(), w)
	wantKind(t, "without a second factor", err, fault.Conflict)
	_, w, old := b.codes(t, w)
	b.letters(t)
	fresh, err := b.NewRecovery(ctx, home(), w)
	if err != nil || len(fresh) != factor.RecoveryCodes {
		t.Fatalf("%d codes, %v", len(fresh), err)
	}
	if l, _ := letter[mail.FactorAdded](t, b, "ada@example.test"); l.Factor != mail.RecoveryCodes {
		t.Errorf("letter %+v", l)
	}
	_, err = b.SecondRecovery(ctx, home(), b.pendingOf(t, "ada").Secret, old[0])
	wantKind(t, "a code of the set before", err, fault.Invalid)
	if _, err := b.SecondRecovery(ctx, home(), b.pendingOf(t, "ada").Secret, fresh[9]); err != nil {
		t.Error(err)
	}
}

// TestRecent: SI-3. What changes an account needs its owner to have just shown who
// they are, also a thief of the cookie; SI-4: and a second factor where there is one.
func TestRecent(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	w := b.ada(t)
	key := store.PasskeyID{1}
	token := func(w Who) error {
		_, _, err := b.NewToken(ctx, home(), w, "x", ScopeRead, 30*24*time.Hour)
		return err
	}
	acts := map[string]func(w Who) error{
		"begin codes":    func(w Who) error { _, err := b.BeginCodes(ctx, w); return err },
		"confirm codes":  func(w Who) error { _, err := b.ConfirmCodes(ctx, home(), w, "000000"); return err },
		"drop codes":     func(w Who) error { return b.DropCodes(ctx, home(), w) },
		"recovery":       func(w Who) error { _, err := b.NewRecovery(ctx, home(), w); return err },
		"begin passkey":  func(w Who) error { _, err := b.BeginPasskey(ctx, home(), w); return err },
		"finish passkey": func(w Who) error { _, err := b.FinishPasskey(ctx, home(), w, "", "x", nil); return err },
		"drop passkey":   func(w Who) error { return b.DropPasskey(ctx, home(), w, key) },
		"change e-mail":  func(w Who) error { return b.ChangeEmail(ctx, home(), w, "new@example.test") },
		"link":           func(w Who) error { return b.Link(ctx, home(), w, provided("x")) },
		"link pending":   func(w Who) error { return b.LinkPending(ctx, home(), w, "") },
		"unlink":         func(w Who) error { return b.Unlink(ctx, home(), w, provided("x").key(), "Google") },
		"token":          token,
		"delete":         func(w Who) error { return b.Delete(ctx, home(), w) },
	}
	old := b.stale(t, w)
	for what, act := range acts {
		wantNeed(t, what, act(old), Recent)
	}
	if p, err := b.Profile(ctx, old); err != nil || p.Recent {
		t.Errorf("profile %+v, %v", p, err)
	}
	in, err := b.ConfirmPassword(ctx, home(), old, good)
	if err != nil {
		t.Fatal(err)
	}
	w = b.who(t, in)
	if err := token(w); err != nil {
		t.Errorf("confirmed: %v", err)
	}
	// A sign-in from before the second factor, though it is recent, is not enough.
	other := b.in(t, "ada")
	_, w, _ = b.codes(t, w)
	for what, act := range acts {
		wantNeed(t, "before the factor, "+what, act(other), Recent)
	}
	_, err = b.ConfirmPassword(ctx, home(), other, good)
	wantNeed(t, "with the password alone", err, "second")
	if err := token(w); err != nil {
		t.Errorf("the sign-in that added it: %v", err)
	}
	// Which it was confirmed with before, the password is enough.
	if _, err := b.ConfirmPassword(ctx, home(), b.stale(t, w), good); err != nil {
		t.Error(err)
	}
	for what, act := range acts {
		wantKind(t, "a program, "+what, act(Who{Account: w.Account, Token: store.Token{ID: store.TokenID{1}}}), fault.Permission)
	}
}

// TestConfirmRotates: SI-3. Confirming gives the sign-in another secret; the one
// before is worth nothing, and it stays the same sign-in.
func TestConfirmRotates(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.ada(t)
	in, err := b.SignIn(ctx, home(), "ada@example.test", good)
	if err != nil {
		t.Fatal(err)
	}
	w := b.who(t, in)
	_, err = b.ConfirmPassword(ctx, home(), w, other)
	wantKind(t, "a wrong password", err, fault.Invalid)
	_, err = b.ConfirmPassword(ctx, home(), w, "")
	wantKind(t, "no password", err, fault.Invalid)
	b.who(t, in) // still
	again, err := b.ConfirmPassword(ctx, home(), w, good)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Authenticate(ctx, home(), in.Token)
	wantKind(t, "the secret before", err, fault.Auth)
	now := b.who(t, again)
	if now.Session.ID != w.Session.ID || now.Session.Proved != b.clock().UnixMilli() {
		t.Errorf("sign-in %+v", now.Session)
	}
	_, err = b.ConfirmPassword(ctx, home(), w, good)
	wantKind(t, "by what was rotated", err, fault.Auth)
	secret, w, _ := b.codes(t, now)
	if in, err = b.ConfirmCode(ctx, b.stale(t, w), b.code(t, secret)); err != nil {
		t.Fatal(err)
	}
	if w := b.who(t, in); !w.Session.Proven.Strong() || b.NeedRecent(ctx, w) != nil {
		t.Errorf("sign-in %+v", w.Session)
	}
	tries := 0
	for range 3 * signInPerAccount().Burst {
		if _, err := b.ConfirmPassword(ctx, home(), w, other); !fault.Is(err, fault.Invalid) {
			wantKind(t, "guessing", err, fault.Limit)
			break
		}
		tries++
	}
	if tries > signInPerAccount().Burst {
		t.Errorf("%d guesses", tries)
	}
}
