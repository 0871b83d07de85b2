package account

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"plectica/internal/factor"
	"plectica/internal/factor/factortest"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/mail"
)

const (
	pageOrigin = "https://maps.example.test"
	firefox    = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	chrome     = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

// post is the site's mail: written for real, and kept to be looked at.
type post struct {
	*mail.Service
	sent []sent
}

type sent struct {
	to, path string
	lang     mail.Language
	mail.Letter
}

// Send writes a letter and keeps it.
func (p *post) Send(ctx context.Context, lang mail.Language, to string, l mail.Letter) error {
	if err := p.Service.Send(ctx, lang, to, l); err != nil {
		return err
	}
	v := sent{to: to, lang: lang, Letter: l}
	switch l := l.(type) {
	case mail.ResetPassword:
		v.path = l.Path
	case mail.VerifyAddress:
		v.path = l.Path
	case mail.ChangeAddress:
		v.path = l.Path
	}
	p.sent = append(p.sent, v)
	return nil
}

// nowhere takes mail and loses it.
type nowhere struct{ mail.None }

// Enabled implements mail.Driver.
func (nowhere) Enabled() bool { return true }

func newPost(t testing.TB, b *bench) *post {
	t.Helper()
	m, err := mail.New(mail.Config{
		Outbox: b.st, Driver: nowhere{}, From: "maps@example.test", SiteName: "Plectica", Now: b.clock,
		Origin: func() string { return pageOrigin },
	})
	if err != nil {
		t.Fatal(err)
	}
	return &post{Service: m}
}

// settle does what waits beside the requests.
func (b *bench) settle(t testing.TB) {
	t.Helper()
	for {
		select {
		case f := <-b.jobs:
			if err := f(t.Context()); err != nil {
				t.Error(err)
			}
		default:
			return
		}
	}
}

// letters returns what was sent since the last call.
func (b *bench) letters(t testing.TB) []sent {
	t.Helper()
	b.settle(t)
	out := b.post.sent
	b.post.sent = nil
	return out
}

// letter returns the only letter since the last call, which must be of one type.
func letter[T mail.Letter](t testing.TB, b *bench, to string) (T, sent) {
	t.Helper()
	var none T
	all := b.letters(t)
	if len(all) != 1 {
		t.Fatalf("%d letters, want one %T: %+v", len(all), none, all)
	}
	l, ok := all[0].Letter.(T)
	if !ok || all[0].to != to {
		t.Fatalf("a %T to %s, want a %T to %s", all[0].Letter, all[0].to, none, to)
	}
	return l, all[0]
}

// secretOf is what a link in a mail ends with.
func secretOf(t testing.TB, v sent, path string) string {
	t.Helper()
	secret, ok := strings.CutPrefix(v.path, path+"#")
	if !ok {
		t.Fatalf("link %q", v.path)
	}
	return secret
}

// at is a client with a page of ours in a browser.
func at(addr, agent string) Client {
	return Client{Addr: netip.MustParseAddr(addr), Agent: agent, Origin: pageOrigin, Language: mail.English}
}

func home() Client { return at("192.0.2.1", firefox) }

// ada makes an account and signs in.
func (b *bench) ada(t testing.TB) Who { return b.member(t, "Ada") }

func (b *bench) member(t testing.TB, name string) Who {
	t.Helper()
	if err := b.SignUp(t.Context(), home(), person(name), ""); err != nil {
		t.Fatal(err)
	}
	w := b.in(t, strings.ToLower(name))
	b.letters(t)
	return w
}

// in signs in with the password alone.
func (b *bench) in(t testing.TB, name string) Who {
	t.Helper()
	in, err := b.SignIn(t.Context(), home(), name+"@example.test", good)
	if err != nil {
		t.Fatal(err)
	}
	return b.who(t, in)
}

// who is signed in by what was just given out.
func (b *bench) who(t testing.TB, in SignedIn) Who {
	t.Helper()
	if in.Token == "" {
		t.Fatalf("nobody is signed in: %+v", in)
	}
	w, err := b.Authenticate(t.Context(), home(), in.Token)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// codes gives an account an authenticator, and returns its secret.
func (b *bench) codes(t testing.TB, w Who) (secret []byte, now Who, recovery []string) {
	t.Helper()
	if _, err := b.BeginCodes(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	v, err := b.st.TOTP(t.Context(), w.Account.ID)
	if err != nil {
		t.Fatal(err)
	}
	if secret, err = b.sealer.Open(v.Secret, w.Account.ID[:]); err != nil {
		t.Fatal(err)
	}
	added, err := b.ConfirmCodes(t.Context(), home(), w, b.code(t, secret))
	if err != nil {
		t.Fatal(err)
	}
	return secret, b.who(t, added.SignedIn), added.Recovery
}

// code is the code of a later moment than any before.
func (b *bench) code(t testing.TB, secret []byte) string {
	t.Helper()
	b.pass(factor.Period)
	code, err := factor.Code(secret, b.clock())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// passkey gives an account a passkey.
func (b *bench) passkey(t testing.TB, w Who, name string) (*factortest.Device, Who) {
	t.Helper()
	d := factortest.New(pageOrigin)
	c, err := b.BeginPasskey(t.Context(), home(), w)
	if err != nil {
		t.Fatal(err)
	}
	added, err := b.FinishPasskey(t.Context(), home(), w, c.Secret, name, d.Create(t, c.Options))
	if err != nil {
		t.Fatal(err)
	}
	return d, b.who(t, added.SignedIn)
}

// pendingOf signs in with a password where more is asked for.
func (b *bench) pendingOf(t testing.TB, name string) *Pending {
	t.Helper()
	in, err := b.SignIn(t.Context(), home(), name+"@example.test", good)
	if err != nil {
		t.Fatal(err)
	}
	if in.Token != "" || in.Pending == nil || in.Pending.Secret == "" {
		t.Fatalf("a password was enough: %+v", in)
	}
	return in.Pending
}

func wantNeed(t testing.TB, what string, err error, n gate.Need) {
	t.Helper()
	l, ok := err.(*gate.Lacking)
	if !ok || l.Need != n || !fault.Is(err, fault.Permission) {
		t.Errorf("%s: %v, want what is lacking: %s", what, err, n)
	}
}

// stale is the same sign-in after somebody has last shown who they are too long ago.
func (b *bench) stale(t testing.TB, w Who) Who {
	t.Helper()
	b.pass(RecentFor)
	now, err := b.Still(t.Context(), w.Session.ID)
	if err != nil {
		t.Fatal(err)
	}
	return now
}
