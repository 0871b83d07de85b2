package account

import (
	"fmt"
	"net/netip"
	"testing"

	"plectica/internal/fault"
)

func TestRateLimits(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.operator(t)
	slow := func(err error) bool {
		e, ok := err.(*SlowDown) //nolint:errorlint // exactly this
		return ok && e.RetryAfter() > 0 && fault.Is(err, fault.Limit)
	}
	// One account from many places, known or not.
	for _, email := range []string{"op@example.test", "nobody@example.test"} {
		n := 0
		for ; n < 1000; n++ {
			addr := netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 1})
			if _, err := b.SignIn(ctx, Client{Addr: addr}, email, other); slow(err) {
				break
			}
		}
		if n != signInPerAccount().Burst {
			t.Errorf("%s: %d attempts", email, n)
		}
	}
	// One place, many accounts; neighbours share the prefix, work is not done.
	n := 0
	for ; n < 1000; n++ {
		addr := netip.AddrFrom4([4]byte{203, 0, 113, byte(n)})
		if _, err := b.SignIn(ctx, Client{Addr: addr}, "x"+string('a'+rune(n%26))+string('a'+rune(n/26))+"@example.test", other); slow(err) {
			break
		}
	}
	if n != signInPerPrefix().Burst {
		t.Errorf("one prefix: %d attempts", n)
	}
	if work := b.worked(func() { _, _ = b.SignIn(ctx, from("203.0.113.9"), "z@example.test", other) }); work != 0 {
		t.Error("a refused attempt was hashed")
	}
	b.pass(signInPerPrefix().Every)
	if _, err := b.SignIn(ctx, from("203.0.113.9"), "z@example.test", other); !fault.Is(err, fault.Auth) {
		t.Errorf("after waiting: %v", err)
	}
	n = 0
	for ; n < 1000; n++ {
		if err := b.SignUp(ctx, from("2001:db8::"+string('a'+rune(n%6))), person("P"+string('a'+rune(n%26))+string('a'+rune(n/26))), ""); slow(err) {
			break
		}
	}
	if n != signUpPerPrefix().Burst {
		t.Errorf("sign-up: %d attempts", n)
	}
}

// TestEstimatesAreBounded: to look at a password costs as much as a hash. Strangers are
// counted before it is done, and it waits for its turn as hashes do.
func TestEstimatesAreBounded(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	weak := person("Ada")
	weak.Password = "passwordpassword"
	n := 0
	for ; n < 1000; n++ {
		if err := b.SignUp(ctx, from("203.0.113.9"), weak, ""); fault.Is(err, fault.Limit) {
			break
		}
	}
	if n != signUpPerPrefix().Burst {
		t.Errorf("%d estimates for one network", n)
	}
	if err := b.SignUp(ctx, from("192.0.2.1"), person("Ada"), ""); err != nil {
		t.Errorf("the address, from elsewhere: %v", err)
	}
	for range cap(b.hash.waiting) {
		b.hash.waiting <- struct{}{}
	}
	wantKind(t, "no place in the queue", b.SignUp(ctx, from("192.0.2.1"), weak, ""), fault.Busy)
}

// TestInvitingIsBounded: neither is one address written to again and again, by however
// many, nor the whole world by one account.
func TestInvitingIsBounded(t *testing.T) {
	b := newBench(t)
	ada, ben := b.ada(t), b.member(t, "Ben")
	for range invitePerAddress().Burst {
		if err := b.MayInvite(ada, "cy@example.test"); err != nil {
			t.Fatal(err)
		}
	}
	wantKind(t, "one address", b.MayInvite(ben, "cy@example.test"), fault.Limit)
	n := 0
	for ; n < 1000 && b.MayInvite(ben, fmt.Sprintf("p%d@example.test", n)) == nil; n++ {
	}
	if n != invitePerAccount().Burst-1 { // one went to Cy in vain
		t.Errorf("one account: %d", n)
	}
	if err := b.MayInvite(ada, "dan@example.test"); err != nil {
		t.Errorf("another account: %v", err)
	}
}

func TestGoodSignInsAreNotLimited(t *testing.T) {
	b := newBench(t)
	b.operator(t)
	for range 3 * signInPerPrefix().Burst {
		if _, err := b.SignIn(t.Context(), from("192.0.2.1"), "op@example.test", good); err != nil {
			t.Fatal(err)
		}
	}
}
