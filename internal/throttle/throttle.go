// Package throttle is how often something may be done, by whom: a token bucket for
// each key, of as many keys as were used last; a brake for those who are to be slower;
// and how much at once. All is safe for concurrent use.
package throttle

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// MaxKeys bounds how many keys one limiter remembers. Who is forgotten starts anew.
const MaxKeys = 10_000

// Rate is how many come at once and how often one more may. The zero rate is no
// bound.
type Rate struct {
	Burst int
	Every time.Duration
}

// Limiter is a bucket of tokens for each key.
type Limiter struct {
	rate Rate

	mu   sync.Mutex
	keys map[string]*list.Element
	used *list.List // of *bucket, the latest in front
}

type bucket struct {
	key    string
	tokens float64
	at     time.Time
}

// New returns a limiter whose buckets are full.
func New(r Rate) *Limiter {
	return &Limiter{rate: r, keys: map[string]*list.Element{}, used: list.New()}
}

// Take takes a token, or says how long until there is one.
func (l *Limiter) Take(now time.Time, key string) time.Duration {
	if l.rate == (Rate{}) {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(now, key)
	passed := max(0, now.Sub(b.at)) // a clock that was set back takes nothing away
	b.tokens = min(float64(l.rate.Burst), b.tokens+float64(passed)/float64(l.rate.Every))
	b.at = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) * float64(l.rate.Every))
	}
	b.tokens--
	return 0
}

// Give puts a token back.
func (l *Limiter) Give(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.keys[key]; ok {
		b := e.Value.(*bucket)
		b.tokens = min(float64(l.rate.Burst), b.tokens+1)
	}
}

// bucket finds or makes a key's bucket; the one unused longest makes room.
func (l *Limiter) bucket(now time.Time, key string) *bucket {
	if e, ok := l.keys[key]; ok {
		l.used.MoveToFront(e)
		return e.Value.(*bucket)
	}
	if l.used.Len() >= MaxKeys {
		last := l.used.Back()
		delete(l.keys, last.Value.(*bucket).key)
		l.used.Remove(last)
	}
	b := &bucket{key: key, tokens: float64(l.rate.Burst), at: now}
	l.keys[key] = l.used.PushFront(b)
	return b
}

// Prefix is the part of an address that counts as one: so many bits of an address
// of version 4 or 6. All that are no address share a name.
func Prefix(a netip.Addr, bits4, bits6 int) string {
	a = a.Unmap().WithZone("")
	bits := bits6
	if a.Is4() {
		bits = bits4
	}
	p, err := a.Prefix(bits)
	if err != nil || !p.IsValid() {
		return "unknown"
	}
	return p.String()
}
