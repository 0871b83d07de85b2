package account

import (
	"net/netip"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/throttle"
)

// The rates. An attempt that succeeds is given back, so they bound guessing, not use.
const (
	// prefix4 and prefix6 are how much of an address counts as one client, in bits.
	prefix4, prefix6 = 24, 64
)

func signInPerAccount() throttle.Rate { return throttle.Rate{Burst: 20, Every: 15 * time.Second} }
func signInPerPrefix() throttle.Rate  { return throttle.Rate{Burst: 60, Every: 2 * time.Second} }
func signInGlobal() throttle.Rate     { return throttle.Rate{Burst: 600, Every: 50 * time.Millisecond} }
func signUpPerAccount() throttle.Rate { return throttle.Rate{Burst: 5, Every: time.Minute} }
func signUpPerPrefix() throttle.Rate  { return throttle.Rate{Burst: 30, Every: 20 * time.Second} }
func signUpGlobal() throttle.Rate     { return throttle.Rate{Burst: 200, Every: 500 * time.Millisecond} }

// Codes have six digits: so few tries keep who has only the password from guessing one
// within years.
func codePerAccount() throttle.Rate { return throttle.Rate{Burst: 10, Every: 5 * time.Minute} }
func mailPerAddress() throttle.Rate { return throttle.Rate{Burst: 3, Every: 10 * time.Minute} }
func mailPerPrefix() throttle.Rate  { return throttle.Rate{Burst: 20, Every: time.Minute} }
func mailGlobal() throttle.Rate     { return throttle.Rate{Burst: 200, Every: time.Second} }

// Invitations have names in them that their makers choose: nobody's mailbox is filled
// with them, and no account sends them to the whole world.
func invitePerAddress() throttle.Rate { return throttle.Rate{Burst: 5, Every: time.Hour} }
func invitePerAccount() throttle.Rate { return throttle.Rate{Burst: 200, Every: time.Minute} }

func askPerPrefix() throttle.Rate   { return throttle.Rate{Burst: 60, Every: 2 * time.Second} }
func askGlobal() throttle.Rate      { return throttle.Rate{Burst: 600, Every: 50 * time.Millisecond} }
func tokenPerPrefix() throttle.Rate { return throttle.Rate{Burst: 60, Every: 2 * time.Second} }

// SlowDown is the error of an attempt that came too soon.
type SlowDown struct {
	Err  *fault.Error
	Wait time.Duration
}

// Error returns the sentence.
func (e *SlowDown) Error() string { return e.Err.Error() }

// Unwrap makes the kind visible.
func (e *SlowDown) Unwrap() error { return e.Err }

// RetryAfter says how long to wait.
func (e *SlowDown) RetryAfter() time.Duration { return e.Wait }

type limits struct {
	inAccount, inPrefix, inGlobal       *throttle.Limiter
	inDevice                            *throttle.Limiter // of an account, in a browser it knows
	upAccount, upPrefix, upGlobal       *throttle.Limiter
	mailAddress, mailPrefix, mailGlobal *throttle.Limiter
	inviteAddress, inviteAccount        *throttle.Limiter
	askPrefix, askGlobal                *throttle.Limiter
	codeAccount, tokenPrefix            *throttle.Limiter
	codeMail, codeMailGlobal            *throttle.Limiter
}

func newLimits() limits {
	return limits{
		inAccount: throttle.New(signInPerAccount()), inPrefix: throttle.New(signInPerPrefix()), inGlobal: throttle.New(signInGlobal()),
		inDevice:  throttle.New(signInPerAccount()),
		upAccount: throttle.New(signUpPerAccount()), upPrefix: throttle.New(signUpPerPrefix()), upGlobal: throttle.New(signUpGlobal()),
		mailAddress: throttle.New(mailPerAddress()), mailPrefix: throttle.New(mailPerPrefix()), mailGlobal: throttle.New(mailGlobal()),
		inviteAddress: throttle.New(invitePerAddress()), inviteAccount: throttle.New(invitePerAccount()),
		askPrefix: throttle.New(askPerPrefix()), askGlobal: throttle.New(askGlobal()),
		codeAccount: throttle.New(codePerAccount()), tokenPrefix: throttle.New(tokenPerPrefix()),
		codeMail: throttle.New(mailPerAddress()), codeMailGlobal: throttle.New(mailGlobal()),
	}
}

// signIn counts an attempt before anything is looked up; refund takes it back. Where
// others have spent what an address has, a browser that was signed in to it before goes
// on with some of its own: nobody can shut an owner out by guessing.
func (l limits) signIn(now time.Time, from Client, email string, ours func() bool) (refund func(), err error) {
	all := []check{{l.inPrefix, prefix(from.Addr)}, {l.inAccount, email}, {l.inGlobal, ""}}
	if err := take(now, all[:1]); err != nil {
		return nil, err
	}
	err = take(now, all[1:2])
	if err != nil && ours() {
		all[1] = check{l.inDevice, email + " " + from.Device}
		err = take(now, all[1:2])
	}
	if err == nil {
		err = take(now, all[2:])
	}
	return giveBack(all), err
}

// second counts an attempt to finish a sign-in.
func (l limits) second(now time.Time, from Client) (refund func(), err error) {
	return takeBack(now, []check{{l.inPrefix, prefix(from.Addr)}, {l.inGlobal, ""}})
}

// code counts an attempt to guess a code of an account.
func (l limits) code(now time.Time, a id.Account) (refund func(), err error) {
	return takeBack(now, []check{{l.codeAccount, a.String()}})
}

// token counts an attempt to guess a token.
func (l limits) token(now time.Time, from Client) (refund func(), err error) {
	return takeBack(now, []check{{l.tokenPrefix, prefix(from.Addr)}})
}

// ask counts a challenge to a passkey that nobody knows yet.
func (l limits) ask(now time.Time, from Client) error {
	return take(now, []check{{l.askPrefix, prefix(from.Addr)}, {l.askGlobal, ""}})
}

// mail counts a mail that somebody asks for.
func (l limits) mail(now time.Time, from Client, to string) error {
	return take(now, []check{{l.mailPrefix, prefix(from.Addr)}, {l.mailAddress, to}, {l.mailGlobal, ""}})
}

// mailCode counts a code that is mailed to who has a right password. It is apart from the
// mails that anybody can ask for: they keep nobody from a code.
func (l limits) mailCode(now time.Time, a id.Account) error {
	return take(now, []check{{l.codeMail, a.String()}, {l.codeMailGlobal, ""}})
}

// invite counts an invitation of somebody's that is mailed.
func (l limits) invite(now time.Time, by id.Account, to string) error {
	return take(now, []check{{l.inviteAccount, by.String()}, {l.inviteAddress, to}})
}

// takeBack is take that can be taken back.
func takeBack(now time.Time, all []check) (refund func(), err error) {
	if err := take(now, all); err != nil {
		return nil, err
	}
	return giveBack(all), nil
}

func giveBack(all []check) func() {
	return func() {
		for _, c := range all {
			c.l.Give(c.key)
		}
	}
}

// signUp counts an attempt to create an account or to use a link.
func (l limits) signUp(now time.Time, from Client) error {
	return take(now, []check{{l.upPrefix, prefix(from.Addr)}, {l.upGlobal, ""}})
}

// signUpAs counts an attempt to create an account with an address.
func (l limits) signUpAs(now time.Time, email string) error {
	return take(now, []check{{l.upAccount, email}})
}

type check struct {
	l   *throttle.Limiter
	key string
}

// take counts in order and stops at the first that is spent.
func take(now time.Time, all []check) error {
	for _, c := range all {
		if wait := c.l.Take(now, c.key); wait > 0 {
			return tooMany(wait)
		}
	}
	return nil
}

func tooMany(wait time.Duration) error {
	return &SlowDown{Err: fault.New(fault.Limit, "too many attempts; wait a little"), Wait: wait}
}

// prefix is the part of an address that counts as one client.
func prefix(a netip.Addr) string { return throttle.Prefix(a, prefix4, prefix6) }
