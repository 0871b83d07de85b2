package account

import (
	"context"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"plectica/internal/account/accounttest"
	"plectica/internal/fault"
	"plectica/internal/notice"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

const (
	good  = "a few plain words"
	other = "some other plain words"
)

// bench is a service on a real store, with cheap hashes whose work is counted.
type bench struct {
	*Service
	st   *sqlstore.Store
	dir  string
	post *post

	mu   sync.Mutex
	now  time.Time
	work int         // bcrypt rounds so far
	told []store.Ref // what changed, as a running server hears it
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	st, err := sqlite.Open(t.Context(), filepath.Join(b.dir, "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	b.st = st
	b.post = newPost(t, b)
	b.Service = b.open(t)
	return b
}

func (b *bench) open(t testing.TB) *Service {
	t.Helper()
	cheap := accounttest.Bcrypt()
	board, err := notice.New(t.Context(), b.st, func(refs []store.Ref) { b.told = append(b.told, refs...) })
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Config{
		Store: b.st, PepperFile: filepath.Join(b.dir, "pepper"), SignUp: Open, Now: b.clock, Mail: b.post,
		Origins: func() []string { return []string{pageOrigin, "https://localhost:8443", "https://127.0.0.1:8443"} },
		Changed: board.Flush,
		OnError: func(err error) { t.Error(err) },
		// Billed at the cost that was asked for.
		Bcrypt: Bcrypt{
			Generate: func(in []byte, cost int) ([]byte, error) { b.bill(cost); return cheap.Generate(in, cost) },
			Compare: func(hash, in []byte) error {
				cost, err := bcrypt.Cost(hash)
				if err != nil {
					return err
				}
				b.bill(cost)
				return cheap.Compare(hash, in)
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) bill(cost int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.work += 1 << cost
}

// worked returns what f cost.
func (b *bench) worked(f func()) int {
	b.mu.Lock()
	before := b.work
	b.mu.Unlock()
	f()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.work - before
}

func from(addr string) Client { return Client{Addr: netip.MustParseAddr(addr)} }

func person(name string) Person {
	return Person{Email: name + "@example.test", Name: name, Password: good}
}

// operator makes the first account.
func (b *bench) operator(t testing.TB) Who {
	t.Helper()
	secret, err := b.NewFirst(t.Context())
	if err != nil || secret == "" {
		t.Fatalf("first secret %q, %v", secret, err)
	}
	in, err := b.First(t.Context(), from("192.0.2.1"), secret, person("Op"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := b.Authenticate(t.Context(), from("192.0.2.1"), in.Token)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func wantKind(t testing.TB, what string, err error, k fault.Kind) {
	t.Helper()
	if !fault.Is(err, k) {
		t.Errorf("%s: %v, want kind %v", what, err, k)
	}
}

func TestFirstAccount(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	if site, err := b.Site(ctx); err != nil || !site.First {
		t.Errorf("site %+v, %v", site, err)
	}
	old, _ := b.NewFirst(ctx)
	secret, _ := b.NewFirst(ctx)
	for _, s := range []string{"", "x", old, strings.Repeat("A", len(secret))} {
		_, err := b.First(ctx, from("192.0.2.1"), s, person("Eve"))
		wantKind(t, "secret "+s, err, fault.Permission)
	}
	b.pass(FirstLife)
	_, err := b.First(ctx, from("192.0.2.1"), secret, person("Eve"))
	wantKind(t, "after a day", err, fault.Permission)
	w := b.operator(t)
	if !w.Account.Operator {
		t.Error("the first account is not the operator's")
	}
	if s, err := b.NewFirst(ctx); s != "" || err != nil {
		t.Errorf("another first secret %q, %v", s, err)
	}
	if site, err := b.Site(ctx); err != nil || site.First {
		t.Errorf("site %+v, %v", site, err)
	}
}

// TestStrangersFirst: who signs up before the operator does not keep them out.
func TestStrangersFirst(t *testing.T) {
	b := newBench(t)
	secret, _ := b.NewFirst(t.Context())
	b.ada(t)
	if in, err := b.First(t.Context(), from("192.0.2.1"), secret, person("Op")); err != nil || !in.Account.Operator {
		t.Errorf("%+v, %v", in, err)
	}
	b = newBench(t)
	b.ada(t)
	if w := b.operator(t); !w.Account.Operator {
		t.Error("by a link from a later start")
	}
}

func TestFirstLinkWorksOnce(t *testing.T) {
	b := newBench(t)
	secret, _ := b.NewFirst(t.Context())
	if _, err := b.First(t.Context(), from("192.0.2.1"), secret, person("Op")); err != nil {
		t.Fatal(err)
	}
	_, err := b.First(t.Context(), from("192.0.2.1"), secret, person("Eve"))
	wantKind(t, "twice", err, fault.Permission)
}

func TestSignInAndOut(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.operator(t)
	in, err := b.SignIn(ctx, from("192.0.2.1"), " OP@Example.Test ", good)
	if err != nil {
		t.Fatal(err)
	}
	w, err := b.Authenticate(ctx, from("192.0.2.1"), in.Token)
	if err != nil || w.Account.Email != "op@example.test" {
		t.Errorf("who %+v, %v", w, err)
	}
	if err := b.SignOut(ctx, w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]store.Ref{w.Key()}, b.told); diff != "" {
		t.Errorf("told of:\n%s", diff)
	}
	_, err = b.Authenticate(ctx, from("192.0.2.1"), in.Token)
	wantKind(t, "after signing out", err, fault.Auth)
	_, err = b.SignIn(ctx, from("192.0.2.1"), "op@example.test", other)
	wantKind(t, "wrong password", err, fault.Auth)
	_, err = b.SignIn(ctx, from("192.0.2.1"), "op@example.test", good+strings.Repeat("x", maxPasswordBytes))
	wantKind(t, "an endless password", err, fault.Auth)
}

func TestForgedAndExpiredTokens(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.operator(t)
	in, err := b.SignIn(ctx, from("192.0.2.1"), "op@example.test", good)
	if err != nil {
		t.Fatal(err)
	}
	flipped := "A" + in.Token[1:]
	if in.Token[0] == 'A' {
		flipped = "B" + in.Token[1:]
	}
	for _, token := range []string{"", "x", flipped, in.Token + "=", in.Token[:42], strings.Repeat("A", 43), strings.Repeat("A", 4096)} {
		_, err := b.Authenticate(ctx, from("192.0.2.1"), token)
		wantKind(t, "token "+token[:min(8, len(token))], err, fault.Auth)
	}
	// Used now and then it lives on, to its absolute end.
	start := b.clock()
	for b.clock().Sub(start)+20*24*time.Hour < SessionLife {
		b.pass(20 * 24 * time.Hour)
		if _, err := b.Authenticate(ctx, from("192.0.2.1"), in.Token); err != nil {
			t.Fatalf("after %v: %v", b.clock().Sub(start), err)
		}
	}
	b.pass(SessionLife - b.clock().Sub(start))
	_, err = b.Authenticate(ctx, from("192.0.2.1"), in.Token)
	wantKind(t, "past its life", err, fault.Auth)
	idle, err := b.SignIn(ctx, from("192.0.2.1"), "op@example.test", good)
	if err != nil {
		t.Fatal(err)
	}
	b.pass(SessionIdle)
	_, err = b.Authenticate(ctx, from("192.0.2.1"), idle.Token)
	wantKind(t, "idle", err, fault.Auth)
	if err := b.sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if len(b.told) < 2 {
		t.Errorf("the sweep told of %d", len(b.told))
	}
}

// TestUnknownLooksKnown compares all that an asker sees, and the work done.
func TestUnknownLooksKnown(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.operator(t)
	for _, cost := range []int64{leastCost, leastCost + 2} { // the account's hash may be older and cheaper
		b.hash.cost.Store(cost)
		var errs [2]error
		var work [2]int
		for i, email := range []string{"op@example.test", "nobody@example.test"} {
			work[i] = b.worked(func() { _, errs[i] = b.SignIn(ctx, from("192.0.2.1"), email, other) })
		}
		if errs[0].Error() != errs[1].Error() || fault.KindOf(errs[0]) != fault.KindOf(errs[1]) {
			t.Errorf("sign-in: %v and %v", errs[0], errs[1])
		}
		if work[0] != work[1] || work[0] != 1<<cost {
			t.Errorf("sign-in at cost %d: work %d and %d, want %d", cost, work[0], work[1], 1<<cost)
		}
		for i, name := range []string{"Op", "New" + string('a'+rune(cost))} {
			work[i] = b.worked(func() { errs[i] = b.SignUp(ctx, from("192.0.2.1"), person(name), "") })
		}
		if errs[0] != nil || errs[1] != nil || work[0] != work[1] {
			t.Errorf("sign-up: %v and %v, work %d and %d", errs[0], errs[1], work[0], work[1])
		}
	}
	// The known account is untouched: its own password still fits, no other does.
	if _, err := b.SignIn(ctx, from("192.0.2.1"), "op@example.test", good); err != nil {
		t.Error(err)
	}
}

func TestNonsenseEmailCostsTheSame(t *testing.T) {
	b := newBench(t)
	b.operator(t)
	work := b.worked(func() {
		_, err := b.SignIn(t.Context(), from("192.0.2.1"), "no address", other)
		wantKind(t, "nonsense", err, fault.Auth)
	})
	if work != 1<<leastCost {
		t.Errorf("work %d", work)
	}
}

func TestRehash(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.operator(t)
	b.hash.cost.Store(12)
	if _, err := b.SignIn(ctx, from("192.0.2.1"), "op@example.test", good); err != nil {
		t.Fatal(err)
	}
	_, c, err := b.st.AccountByEmail(ctx, "op@example.test")
	if err != nil {
		t.Fatal(err)
	}
	if cost, _ := bcrypt.Cost([]byte(c.Hash)); cost != 12 {
		t.Errorf("cost %d after signing in, want 12", cost)
	}
	if _, err := b.SignIn(ctx, from("192.0.2.1"), "op@example.test", good); err != nil {
		t.Error(err)
	}
}

func TestPolicies(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	op := b.operator(t)
	if err := b.SetPolicy(ctx, op, Closed); err != nil {
		t.Fatal(err)
	}
	wantKind(t, "closed", b.SignUp(ctx, from("192.0.2.1"), person("A"), ""), fault.Permission)
	if err := b.SetPolicy(ctx, op, Invitation); err != nil {
		t.Fatal(err)
	}
	_, secret, err := b.Invite(ctx, op, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"", "x", strings.Repeat("A", 43)} {
		var errs [2]error
		var work [2]int
		for i, name := range []string{"Op", "A"} { // known and unknown
			work[i] = b.worked(func() { errs[i] = b.SignUp(ctx, from("192.0.2.1"), person(name), s) })
		}
		wantKind(t, "invitation "+s, errs[1], fault.Permission)
		if errs[0].Error() != errs[1].Error() || work != [2]int{} {
			t.Errorf("answers %v and %v, work %v", errs[0], errs[1], work)
		}
	}
	for _, name := range []string{"A", "B"} {
		if err := b.SignUp(ctx, from("192.0.2.1"), person(name), secret); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantKind(t, "used up", b.SignUp(ctx, from("192.0.2.1"), person("C"), secret), fault.Permission)

	v, secret, err := b.Invite(ctx, op, 1)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := b.Invitations(ctx, op); err != nil || len(list) != 1 || list[0] != v {
		t.Errorf("list %+v, %v", list, err)
	}
	b.pass(InvitationLife)
	wantKind(t, "expired", b.SignUp(ctx, from("192.0.2.1"), person("C"), secret), fault.Permission)
	if err := b.Uninvite(ctx, op, v.ID); err != nil {
		t.Error(err)
	}
	for _, n := range []int{-1, 0, MaxInvitationUses + 1} {
		_, _, err := b.Invite(ctx, op, n)
		wantKind(t, "uses", err, fault.Invalid)
	}
}

func TestOnlyTheOperator(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.operator(t)
	if err := b.SignUp(ctx, from("192.0.2.1"), person("A"), ""); err != nil {
		t.Fatal(err)
	}
	in, err := b.SignIn(ctx, from("192.0.2.1"), "a@example.test", good)
	if err != nil {
		t.Fatal(err)
	}
	w, err := b.Authenticate(ctx, from("192.0.2.1"), in.Token)
	if err != nil || w.Account.Operator {
		t.Fatalf("who %+v, %v", w, err)
	}
	_, _, err = b.Invite(ctx, w, 1)
	wantKind(t, "invite", err, fault.Permission)
	_, err = b.Invitations(ctx, w)
	wantKind(t, "list", err, fault.Permission)
	wantKind(t, "policy", b.SetPolicy(ctx, w, Open), fault.Permission)
	wantKind(t, "uninvite", b.Uninvite(ctx, w, store.InvitationID{}), fault.Permission)
}

func TestReset(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	op := b.operator(t)
	if _, err := b.NewReset(ctx, "nobody@example.test"); !fault.Is(err, fault.NotFound) {
		t.Errorf("for nobody: %v", err)
	}
	secret, err := b.NewReset(ctx, "Op@example.test")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]store.Ref{op.Key()}, b.told); diff != "" {
		t.Errorf("told of:\n%s", diff)
	}
	_, err = b.Reset(ctx, from("192.0.2.1"), secret, "short")
	wantKind(t, "a bad password", err, fault.Invalid)
	work := b.worked(func() {
		_, err = b.Reset(ctx, from("192.0.2.1"), strings.Repeat("A", 43), other)
		wantKind(t, "a wrong secret", err, fault.NotFound)
	})
	if work != 0 {
		t.Error("a stranger's guess cost a hash")
	}
	in, err := b.Reset(ctx, from("192.0.2.1"), secret, other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Authenticate(ctx, from("192.0.2.1"), in.Token); err != nil {
		t.Error(err)
	}
	_, err = b.Reset(ctx, from("192.0.2.1"), secret, good)
	wantKind(t, "twice", err, fault.NotFound)
	_, err = b.SignIn(ctx, from("192.0.2.1"), "op@example.test", good)
	wantKind(t, "the old password", err, fault.Auth)
	late, err := b.NewReset(ctx, "op@example.test")
	if err != nil {
		t.Fatal(err)
	}
	b.pass(ResetLife)
	_, err = b.Reset(ctx, from("192.0.2.1"), late, good)
	wantKind(t, "late", err, fault.NotFound)
}

func TestClean(t *testing.T) {
	for e, want := range map[string]string{
		" A@Example.Test ": "a@example.test", "ü@example.test": "ü@example.test",
		"": "", "a": "", "@b": "", "a@": "", "a@b@c": "", "a b@c": "", "a@b\n": "a@b", "a\u200b@b.c": "", "<a@b.c>": "",
		strings.Repeat("x", 251) + "@b.c": "",
	} {
		if got, err := CleanEmail(e); got != want || (err == nil) != (want != "") {
			t.Errorf("e-mail %q: %q, %v", e, got, err)
		}
	}
	for n, want := range map[string]string{
		"  Ada   Lovelace ": "Ada Lovelace", "": "", " ": "", "a\x00b": "", "a\u202eb": "", strings.Repeat("x", 101): "", "李": "李",
	} {
		if got, err := cleanName(n); got != want || (err == nil) != (want != "") {
			t.Errorf("name %q: %q, %v", n, got, err)
		}
	}
}

// fullDisk is a store that can be read and not written.
type fullDisk struct{ store.People }

func (fullDisk) TouchSession(context.Context, store.Hash, string, int64) error {
	return fault.New(fault.Internal, "database or disk is full")
}

// TestSignedInOnAFullDisk: who is signed in stays so when a sign-in's last use
// cannot be noted; the fault is told.
func TestSignedInOnAFullDisk(t *testing.T) {
	b := newBench(t)
	b.operator(t)
	in, err := b.SignIn(t.Context(), from("192.0.2.1"), "op@example.test", good)
	if err != nil {
		t.Fatal(err)
	}
	var told []error
	b.Service.st, b.c.OnError = fullDisk{b.st}, func(err error) { told = append(told, err) }
	b.pass(2 * time.Hour)
	w, err := b.Authenticate(t.Context(), from("192.0.2.1"), in.Token)
	if err != nil || w.Account.Email != "op@example.test" || len(told) != 1 {
		t.Errorf("%+v, %v; told %v", w, err, told)
	}
}
