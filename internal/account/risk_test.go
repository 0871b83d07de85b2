package account

import (
	"strings"
	"testing"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/store"
)

func abroad() Client { return at("198.51.100.7", chrome) }

// settled is somebody whose address is proven, who signed up a while ago and works at home.
// The client has the browser's cookie.
func (b *bench) settled(t testing.TB, name string) (store.Account, Client) {
	t.Helper()
	w := b.member(t, name)
	if err := b.st.SetVerified(t.Context(), w.Account.ID, b.clock().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	b.pass(freshFor)
	in, err := b.SignIn(t.Context(), home(), w.Account.Email, good)
	if err != nil || in.Token == "" {
		t.Fatalf("%+v, %v", in, err)
	}
	from := home()
	from.Device = in.Device
	b.letters(t)
	return in.Account, from
}

// enters wants that a password is enough.
func (b *bench) enters(t testing.TB, what string, from Client, email string) SignedIn {
	t.Helper()
	in, err := b.SignIn(t.Context(), from, email, good)
	if err != nil || in.Token == "" {
		t.Fatalf("%s: %+v, %v", what, in, err)
	}
	return in
}

// waits wants that a password is not, and returns what waits and the code that was mailed.
func (b *bench) waits(t testing.TB, what string, from Client, email string) (secret, code string) {
	t.Helper()
	b.letters(t)
	in, err := b.SignIn(t.Context(), from, email, good)
	if err != nil || in.Token != "" || in.Pending == nil || len(in.Pending.Ways) != 1 || in.Pending.Ways[0] != WayMail || in.Pending.Life != MailCodeLife {
		t.Fatalf("%s: %+v, %v", what, in, err)
	}
	l, _ := letter[mail.SignInCode](t, b, email)
	return in.Pending.Secret, l.Code
}

// wrong is another code.
func wrong(code string) string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
}

// TestKnownDevice: SI-11. A browser in which an account was signed in before is enough,
// wherever it is and whatever it calls itself; another's is not.
func TestKnownDevice(t *testing.T) {
	b := newBench(t)
	ada, known := b.settled(t, "Ada")
	_, others := b.settled(t, "Bob")
	from := abroad()
	from.Device = known.Device
	b.enters(t, "known, elsewhere", from, ada.Email)
	from = at("203.0.113.9", chrome)
	from.Device = others.Device
	secret, _ := b.waits(t, "another's", from, ada.Email)
	from.Device = "nonsense"
	b.pass(mailPerAddress().Every)
	again, _ := b.waits(t, "none that is one", from, ada.Email)
	if secret == again {
		t.Error("two sign-ins have one secret")
	}
}

// TestNewDevice: SI-11. Without a cookie the network and the browser count, where a network
// that is known lets in and a browser that is known does not by itself.
func TestNewDevice(t *testing.T) {
	for _, c := range []struct {
		what string
		from Client
		asks bool
	}{
		{"network and browser known", home(), false},
		{"newer browser", at("192.0.2.77", strings.ReplaceAll(firefox, "140", "163")), false},
		{"network known", at("192.0.2.200", chrome), false},
		{"provider known", at("192.0.77.1", firefox), false},
		{"provider and another browser", at("192.0.77.1", chrome), false},
		{"browser known", at("198.51.100.7", firefox), true},
		{"nothing known", abroad(), true},
		{"nothing known, by IPv6", at("2001:db8::7", chrome), true},
		{"nothing known, and no name", at("198.51.100.7", ""), true},
	} {
		b := newBench(t)
		ada, _ := b.settled(t, "Ada")
		if c.asks {
			b.waits(t, c.what, c.from, ada.Email)
			continue
		}
		b.enters(t, c.what, c.from, ada.Email)
	}
}

// TestCodeByMail: SI-11. The code lets in and makes the browser known; the letter says from
// where, with what and when, and no second letter tells it again.
func TestCodeByMail(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada, _ := b.settled(t, "Ada")
	from := abroad()
	from.Language = mail.German
	in, err := b.SignIn(ctx, from, ada.Email, good)
	if err != nil || in.Pending == nil {
		t.Fatalf("%+v, %v", in, err)
	}
	l, sent := letter[mail.SignInCode](t, b, ada.Email)
	if len(l.Code) != MailCodeDigits || l.Address != from.Addr || string(l.Device) != "Chrome on Windows" || !l.When.Equal(b.clock()) ||
		!l.Until.Equal(b.clock().Add(MailCodeLife)) || sent.lang != mail.German {
		t.Errorf("letter %+v", sent)
	}
	ways, _, err := b.Waits(ctx, from, in.Pending.Secret, "")
	if err != nil || len(ways) != 1 || ways[0] != WayMail {
		t.Errorf("waits for %v, %v", ways, err)
	}
	_, err = b.Authenticate(ctx, from, in.Pending.Secret)
	wantKind(t, "what waits is no sign-in", err, fault.Auth)
	done, err := b.SecondMail(ctx, from, in.Pending.Secret, l.Apart())
	if err != nil || done.Device == "" {
		t.Fatalf("%+v, %v", done, err)
	}
	w := b.who(t, done)
	if w.Session.Proven != store.ByPassword|store.ByMail || w.Session.Proven.Strong() {
		t.Errorf("proven %v", w.Session.Proven)
	}
	if err := b.NeedRecent(ctx, w); err != nil {
		t.Errorf("recent: %v", err)
	}
	if more := b.letters(t); len(more) != 0 {
		t.Errorf("told twice: %+v", more)
	}
	_, err = b.SecondMail(ctx, from, in.Pending.Secret, l.Code)
	wantKind(t, "twice", err, fault.Gone)
	from.Device = done.Device
	b.enters(t, "known now", from, ada.Email)
	b.enters(t, "the place as well", at("198.51.100.8", firefox), ada.Email)
}

// TestCodeByMailIsBounded: SI-11. A code is one sign-in's, for ten minutes and eight tries,
// and takes the account's bound of guesses.
func TestCodeByMailIsBounded(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada, known := b.settled(t, "Ada")
	late, code := b.waits(t, "late", abroad(), ada.Email)
	b.pass(MailCodeLife)
	_, err := b.SecondMail(ctx, abroad(), late, code)
	wantKind(t, "late", err, fault.Gone)

	first, old := b.waits(t, "first", abroad(), ada.Email)
	b.pass(mailPerAddress().Every)
	secret, code := b.waits(t, "second", abroad(), ada.Email)
	_, err = b.SecondMail(ctx, abroad(), first, old)
	wantKind(t, "another has begun since", err, fault.Gone)
	_, err = b.SecondMail(ctx, abroad(), secret, old)
	wantKind(t, "the code of another sign-in", err, fault.Invalid)
	for range maxSecond - 1 {
		_, err = b.SecondMail(ctx, abroad(), secret, wrong(code))
		wantKind(t, "wrong", err, fault.Invalid)
	}
	_, err = b.SecondMail(ctx, abroad(), secret, code)
	wantKind(t, "one time too many", err, fault.Gone)

	b.pass(mailPerAddress().Every)
	b.pass(codePerAccount().Every * 20)
	tries := 0
	for range 4 {
		secret, code = b.waits(t, "guessing on", abroad(), ada.Email)
		for range maxSecond {
			_, err = b.SecondMail(ctx, abroad(), secret, wrong(code))
			if _, slow := err.(*SlowDown); slow {
				break
			}
			tries++
		}
		b.pass(mailPerAddress().Every)
	}
	if most := codePerAccount().Burst + int(4*mailPerAddress().Every/codePerAccount().Every); tries > most {
		t.Errorf("%d guesses", tries)
	}
	b.enters(t, "a known browser, meanwhile", known, ada.Email)
}

// TestCodeSum: SI-11. What is kept of a code is of no use to who reads the database: it is
// another for each sign-in, whose secret is not kept.
func TestCodeSum(t *testing.T) {
	one, two := codeSum("a", "12345678"), codeSum("b", "12345678")
	if one == two || one == codeSum("a", "12345679") || strings.Contains(one, "12345678") {
		t.Errorf("%s, %s", one, two)
	}
	if a, b := newCode(), newCode(); a == b || len(a) != MailCodeDigits {
		t.Errorf("codes %s, %s", a, b)
	}
}

// TestMailsAreBounded: SI-11. Who has the password fills nobody's mailbox, nor does who has
// none: that one gets no code sent, and uses up none either.
func TestMailsAreBounded(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada, known := b.settled(t, "Ada")
	for range mailPerAddress().Burst {
		if err := b.Forgot(ctx, home(), ada.Email); err != nil {
			t.Fatal(err)
		}
		_, err := b.SignIn(ctx, abroad(), ada.Email, other)
		wantKind(t, "a wrong password", err, fault.Auth)
	}
	for _, l := range b.letters(t) {
		if _, ok := l.Letter.(mail.ResetPassword); !ok {
			t.Errorf("%T", l.Letter)
		}
	}
	secret, _ := b.waits(t, "once", abroad(), ada.Email)
	for range mailPerAddress().Burst - 1 {
		if _, err := b.MailCodeAgain(ctx, abroad(), secret); err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.MailCodeAgain(ctx, abroad(), secret)
	wantKind(t, "again and again", err, fault.Limit)
	_, err = b.SignIn(ctx, abroad(), ada.Email, good)
	wantKind(t, "anew", err, fault.Limit)
	if n := len(b.letters(t)); n != mailPerAddress().Burst-1 {
		t.Errorf("%d letters", n)
	}
	b.enters(t, "a known browser, meanwhile", known, ada.Email)
}

// TestMailCodeAgain: SI-11. A code that was mailed again replaces the one before and waits as
// long; what was tried counts on. What waits for something else gets none.
func TestMailCodeAgain(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada, _ := b.settled(t, "Ada")
	secret, old := b.waits(t, "first", abroad(), ada.Email)
	for range maxSecond - 2 {
		_, err := b.SecondMail(ctx, abroad(), secret, wrong(old))
		wantKind(t, "wrong", err, fault.Invalid)
	}
	b.pass(MailCodeLife - time.Minute)
	in, err := b.MailCodeAgain(ctx, abroad(), secret)
	if err != nil || in.Token != "" || in.Pending == nil || in.Pending.Secret != secret {
		t.Fatalf("%+v, %v", in, err)
	}
	l, _ := letter[mail.SignInCode](t, b, ada.Email)
	b.pass(MailCodeLife - time.Minute)
	_, err = b.SecondMail(ctx, abroad(), secret, old)
	wantKind(t, "the one before", err, fault.Invalid)
	in, err = b.SecondMail(ctx, abroad(), secret, l.Code)
	if err != nil {
		t.Fatal(err)
	}
	b.who(t, in)
	_, err = b.MailCodeAgain(ctx, abroad(), secret)
	wantKind(t, "for nothing", err, fault.Gone)
	b.codes(t, b.member(t, "Bob"))
	p := b.pendingOf(t, "bob")
	_, err = b.MailCodeAgain(ctx, home(), p.Secret)
	wantKind(t, "where a second factor is asked for", err, fault.Conflict)
	_, err = b.SecondMail(ctx, home(), p.Secret, "00000000")
	wantKind(t, "a code that was not mailed", err, fault.Invalid)
}

// TestNoWayAroundTheFactor: SI-1. A code by mail does not count where the account has got a
// second factor since it was sent, nor when it is locked.
func TestNoWayAroundTheFactor(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada, known := b.settled(t, "Ada")
	secret, code := b.waits(t, "before", abroad(), ada.Email)
	b.codes(t, b.who(t, b.enters(t, "at home", known, ada.Email)))
	_, err := b.SecondMail(ctx, abroad(), secret, code)
	wantKind(t, "a factor since", err, fault.Gone)
	in, err := b.SignIn(ctx, abroad(), ada.Email, good)
	if err != nil || in.Pending == nil || in.Pending.Ways[0] == WayMail {
		t.Errorf("%+v, %v", in, err)
	}
	bob, _ := b.settled(t, "Bob")
	secret, code = b.waits(t, "locked", abroad(), bob.Email)
	b.operator2(t)
	if err := b.st.SetLocked(ctx, bob.ID, 1, 1); err != nil {
		t.Fatal(err)
	}
	_, err = b.SecondMail(ctx, abroad(), secret, code)
	wantKind(t, "locked", err, fault.Permission)
	_, err = b.MailCodeAgain(ctx, abroad(), secret)
	wantKind(t, "locked, again", err, fault.Gone)
}

// silent sends no mail.
type silent struct{ Mail }

func (silent) Enabled() bool { return false }

// TestNobodyIsLockedOutWithoutMail: SI-12. Where no mail goes out, or nobody has proven that
// the address is the account's, the password is enough as before.
func TestNobodyIsLockedOutWithoutMail(t *testing.T) {
	b := newBench(t)
	ada, _ := b.settled(t, "Ada")
	b.c.Mail = silent{b.post}
	b.enters(t, "no mail", abroad(), ada.Email)
	b.c.Mail = b.post
	b.waits(t, "mail", at("203.0.113.9", chrome), ada.Email)

	bob := b.member(t, "Bob") // with an address that may be anybody's
	b.pass(freshFor)
	b.enters(t, "an address that is not proven", abroad(), bob.Account.Email)
	for _, l := range b.letters(t) {
		if _, code := l.Letter.(mail.SignInCode); code {
			t.Error("a code went to who may be a stranger")
		}
	}
}

// TestFirstSignIns: SI-12. Neither the first sign-in of an account is asked, nor one within
// an hour of when it was made or its address proven.
func TestFirstSignIns(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	if err := b.SignUp(ctx, home(), person("Ada"), ""); err != nil {
		t.Fatal(err)
	}
	b.pass(30 * 24 * time.Hour)
	a := b.enters(t, "the first, a month later", abroad(), "ada@example.test").Account
	if err := b.st.SetVerified(ctx, a.ID, b.clock().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	b.enters(t, "just proven", at("203.0.113.9", firefox), a.Email)
	b.pass(freshFor)
	b.waits(t, "an hour later", at("192.0.2.1", chrome), a.Email)
}

// TestResetNeedsNoCode: SI-12. Who sets the password anew by a link has shown more already.
func TestResetNeedsNoCode(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada, _ := b.settled(t, "Ada")
	if err := b.Forgot(ctx, abroad(), ada.Email); err != nil {
		t.Fatal(err)
	}
	_, sent := letter[mail.ResetPassword](t, b, ada.Email)
	in, err := b.Reset(ctx, abroad(), secretOf(t, sent, "/reset"), other)
	if err != nil {
		t.Fatal(err)
	}
	if w := b.who(t, in); w.Session.Proven != store.ByPassword|store.ByMail {
		t.Errorf("by mail: proven %v", w.Session.Proven)
	}
	b.pass(freshFor)
	secret, err := b.NewReset(ctx, ada.Email)
	if err != nil {
		t.Fatal(err)
	}
	in, err = b.Reset(ctx, at("203.0.113.9", firefox), secret, good)
	if err != nil {
		t.Fatal(err)
	}
	if w := b.who(t, in); w.Session.Proven != store.ByPassword {
		t.Errorf("by the operator: proven %v", w.Session.Proven)
	}
}

// TestStrangersLearnNothingOfRisk: SI-9. With a wrong password the answer and the work are the
// same from anywhere, of an account that would be asked, one that would not, and none.
func TestStrangersLearnNothingOfRisk(t *testing.T) {
	b := newBench(t)
	ada, known := b.settled(t, "Ada")
	var want string
	var cost int
	for i, c := range []struct {
		from  Client
		email string
	}{{known, ada.Email}, {home(), ada.Email}, {abroad(), ada.Email}, {abroad(), "nobody@example.test"}} {
		var err error
		work := b.worked(func() { _, err = b.SignIn(t.Context(), c.from, c.email, other) })
		wantKind(t, "a wrong password", err, fault.Auth)
		if i == 0 {
			want, cost = err.Error(), work
		}
		if err.Error() != want || work != cost {
			t.Errorf("%v from %v: %q for %d, want %q for %d", c.email, c.from.Addr, err, work, want, cost)
		}
	}
	if n := len(b.letters(t)); n != 0 {
		t.Errorf("%d letters", n)
	}
}

// TestStepUp: SI-13. An operator's doubt ends an account's sign-ins and makes it forget what
// it is known by; the next sign-in shows more, also in the browser it knew.
func TestStepUp(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada, known := b.settled(t, "Ada")
	in := b.enters(t, "before", known, ada.Email)
	waiting, code := b.waits(t, "one that waits", abroad(), ada.Email)
	b.operator2(t)
	boss, err := b.st.ListAccounts(ctx, "boss@", "", 1)
	if err != nil || len(boss) != 1 {
		t.Fatalf("%v, %v", boss, err)
	}
	op := Who{Account: boss[0], Session: store.Session{Proved: b.clock().UnixMilli(), Proven: store.ByPassword}}
	wantKind(t, "nobody", b.StepUp(ctx, op, id.Account{1}), fault.NotFound)
	if err := b.StepUp(ctx, op, ada.ID); err != nil {
		t.Fatal(err)
	}
	_, err = b.Authenticate(ctx, known, in.Token)
	wantKind(t, "a sign-in before", err, fault.Auth)
	_, err = b.SecondMail(ctx, abroad(), waiting, code)
	wantKind(t, "what waited", err, fault.Gone)

	b.pass(mailPerAddress().Every)
	b.waits(t, "the browser that was known", known, ada.Email)
	b.pass(mailPerAddress().Every)
	secret, code := b.waits(t, "another one there", home(), ada.Email)
	done, err := b.SecondMail(ctx, home(), secret, code)
	if err != nil {
		t.Fatal(err)
	}
	b.who(t, done)
	b.enters(t, "once it was shown", home(), ada.Email)
	b.pass(mailPerAddress().Every)
	known.Addr = abroad().Addr
	b.waits(t, "the browser that was known before, elsewhere", known, ada.Email)
}

// TestInUseIsKnown: SI-11. Where an account is signed in now is known.
func TestInUseIsKnown(t *testing.T) {
	b := newBench(t)
	ada, known := b.settled(t, "Ada")
	in := b.enters(t, "at home", known, ada.Email)
	b.waits(t, "elsewhere", abroad(), ada.Email)
	b.pass(mailPerAddress().Every)
	if _, err := b.Authenticate(t.Context(), abroad(), in.Token); err != nil { // the laptop was taken along
		t.Fatal(err)
	}
	b.enters(t, "beside it", at("198.51.100.9", firefox), ada.Email)
}

// TestDoubtHolds: SI-13. A mark counts for an account without history and one just made, and
// for who comes by a provider; it stays until more was shown; a second factor is more; and it
// locks nobody out where no mail is sent.
func TestDoubtHolds(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	if err := b.SignUp(ctx, home(), person("Ada"), ""); err != nil {
		t.Fatal(err)
	}
	ada, _, err := b.st.AccountByEmail(ctx, "ada@example.test")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.st.SetVerified(ctx, ada.ID, b.clock().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	if err := b.Doubt(ctx, ada.ID); err != nil {
		t.Fatal(err)
	}
	for range 2 { // as long as nothing was shown
		b.waits(t, "never signed in", home(), ada.Email)
	}
	b.c.Mail = silent{b.post}
	b.enters(t, "no mail", home(), ada.Email)
	b.c.Mail = b.post
	b.enters(t, "it was the next one", home(), ada.Email)

	if err := b.Doubt(ctx, ada.ID); err != nil {
		t.Fatal(err)
	}
	link, err := b.NewReset(ctx, ada.Email)
	if err != nil {
		t.Fatal(err)
	}
	if in, err := b.Reset(ctx, home(), link, good); err != nil || in.Token == "" {
		t.Fatalf("the operator's link: %+v, %v", in, err)
	}
	b.pass(mailPerAddress().Every)
	b.waits(t, "nothing more was shown", home(), ada.Email)

	bob := b.member(t, "Bob")
	if err := b.st.SetVerified(ctx, bob.Account.ID, b.clock().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	v := provided("bob")
	if err := b.Link(ctx, home(), bob, v); err != nil {
		t.Fatal(err)
	}
	if in, err := b.ByProvider(ctx, abroad(), v, ""); err != nil || in.Token == "" {
		t.Fatalf("a provider, from elsewhere: %+v, %v", in, err)
	}
	if err := b.Doubt(ctx, bob.Account.ID); err != nil {
		t.Fatal(err)
	}
	in, err := b.ByProvider(ctx, home(), v, "")
	if err != nil || in.Pending == nil || in.Pending.Ways[0] != WayMail {
		t.Errorf("a provider, in doubt: %+v, %v", in, err)
	}

	secret, _, _ := b.codes(t, b.member(t, "Cleo"))
	cleo, _, err := b.st.AccountByEmail(ctx, "cleo@example.test")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Doubt(ctx, cleo.ID); err != nil {
		t.Fatal(err)
	}
	if in, err = b.SecondCode(ctx, home(), b.pendingOf(t, "cleo").Secret, b.code(t, secret)); err != nil {
		t.Fatal(err)
	}
	b.who(t, in)
	if h, err := b.habitsOf(ctx, cleo.ID); err != nil || h.Doubt || len(h.Networks) != 1 {
		t.Errorf("after the second factor: %+v, %v", h, err)
	}
}

// TestDamagedHabits: SI-11. What is kept and cannot be read counts as doubt, once, and keeps
// nobody out.
func TestDamagedHabits(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	ada, known := b.settled(t, "Ada")
	told := 0
	b.c.OnError = func(error) { told++ }
	for _, damaged := range []string{`{"networks":7}`, `{"networks":[{"k":1,"n":0,"at":1}]}`, `[]`} {
		if err := b.st.Keep(ctx, ada.ID, keptHabits, []byte(damaged), 9, 1<<20, 1); err != nil {
			t.Fatal(err)
		}
		secret, code := b.waits(t, damaged, known, ada.Email)
		if _, err := b.SecondMail(ctx, known, secret, code); err != nil {
			t.Fatal(err)
		}
		b.enters(t, "mended", known, ada.Email)
		b.pass(mailPerAddress().Every)
	}
	if told == 0 {
		t.Error("nobody was told")
	}
}
