package account

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"plectica/internal/fault"
)

// A rate is how many attempts come at once and how often one more is allowed.
type rate struct {
	burst int
	every time.Duration
}

// The rates. An attempt that succeeds is given back, so they bound guessing, not use.
const (
	// maxKeys bounds how many accounts and prefixes are remembered in each limit.
	maxKeys = 10_000
	// prefix4 and prefix6 are how much of an address counts as one client, in bits.
	prefix4, prefix6 = 24, 64
)

func signInPerAccount() rate { return rate{burst: 20, every: 15 * time.Second} }
func signInPerPrefix() rate  { return rate{burst: 60, every: 2 * time.Second} }
func signInGlobal() rate     { return rate{burst: 600, every: 50 * time.Millisecond} }
func signUpPerAccount() rate { return rate{burst: 5, every: time.Minute} }
func signUpPerPrefix() rate  { return rate{burst: 30, every: 20 * time.Second} }
func signUpGlobal() rate     { return rate{burst: 200, every: 500 * time.Millisecond} }

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
	inAccount, inPrefix, inGlobal *limiter
	upAccount, upPrefix, upGlobal *limiter
}

func newLimits() limits {
	return limits{
		inAccount: newLimiter(signInPerAccount()), inPrefix: newLimiter(signInPerPrefix()), inGlobal: newLimiter(signInGlobal()),
		upAccount: newLimiter(signUpPerAccount()), upPrefix: newLimiter(signUpPerPrefix()), upGlobal: newLimiter(signUpGlobal()),
	}
}

// signIn counts an attempt before anything is looked up; refund takes it back.
func (l limits) signIn(now time.Time, from Client, email string) (refund func(), err error) {
	p := prefix(from.Addr)
	all := []check{{l.inPrefix, p}, {l.inAccount, email}, {l.inGlobal, ""}}
	if err := take(now, all); err != nil {
		return nil, err
	}
	return func() {
		for _, c := range all {
			c.l.give(c.key)
		}
	}, nil
}

// signUp counts an attempt to create an account or to use a link.
func (l limits) signUp(now time.Time, from Client, email string) error {
	all := []check{{l.upPrefix, prefix(from.Addr)}, {l.upGlobal, ""}}
	if email != "" {
		all = append(all, check{l.upAccount, email})
	}
	return take(now, all)
}

type check struct {
	l   *limiter
	key string
}

// take counts in order and stops at the first that is spent.
func take(now time.Time, all []check) error {
	for _, c := range all {
		if wait := c.l.take(now, c.key); wait > 0 {
			return &SlowDown{Err: fault.New(fault.Limit, "too many attempts; wait a little"), Wait: wait}
		}
	}
	return nil
}

// prefix is the part of an address that counts as one client.
func prefix(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := prefix6
	if a.Is4() {
		bits = prefix4
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return "unknown" // all of those share one bucket
	}
	return p.String()
}

// limiter is a token bucket per key, for the keys used last.
type limiter struct {
	rate rate

	mu   sync.Mutex
	keys map[string]*list.Element
	used *list.List // of *bucket, the latest in front
}

type bucket struct {
	key    string
	tokens float64
	at     time.Time
}

func newLimiter(r rate) *limiter {
	return &limiter{rate: r, keys: map[string]*list.Element{}, used: list.New()}
}

// take takes a token, or says how long until there is one.
func (l *limiter) take(now time.Time, key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(now, key)
	b.tokens = min(float64(l.rate.burst), b.tokens+float64(now.Sub(b.at))/float64(l.rate.every))
	b.at = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) * float64(l.rate.every))
	}
	b.tokens--
	return 0
}

// give puts a token back.
func (l *limiter) give(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.keys[key]; ok {
		b := e.Value.(*bucket)
		b.tokens = min(float64(l.rate.burst), b.tokens+1)
	}
}

// bucket finds or makes a key's bucket; the one unused longest makes room.
func (l *limiter) bucket(now time.Time, key string) *bucket {
	if e, ok := l.keys[key]; ok {
		l.used.MoveToFront(e)
		return e.Value.(*bucket)
	}
	if l.used.Len() >= maxKeys {
		last := l.used.Back()
		delete(l.keys, last.Value.(*bucket).key)
		l.used.Remove(last)
	}
	b := &bucket{key: key, tokens: float64(l.rate.burst), at: now}
	l.keys[key] = l.used.PushFront(b)
	return b
}
