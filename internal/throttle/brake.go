package throttle

import (
	"net/netip"
	"sync"
	"time"

	"plectica/internal/id"
)

// slowRate is how fast those may go on who are slowed down: a person can still finish what
// they are at, a program gets nowhere.
func slowRate() Rate { return Rate{Burst: 5, Every: 2 * time.Second} }

// Brake slows down those who are named, for a while. A restart ends it. It is safe for
// concurrent use; a nil Brake slows nobody down.
type Brake struct {
	limit *Limiter

	mu    sync.Mutex
	until map[string]time.Time
}

// NewBrake returns a brake that slows nobody down yet.
func NewBrake() *Brake { return &Brake{limit: New(slowRate()), until: map[string]time.Time{}} }

// Slow slows a key down until a time, at most MaxKeys of them at once: who is slowed down
// until the earliest makes room.
func (b *Brake) Slow(now time.Time, key string, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.until[key]; !ok && len(b.until) >= MaxKeys {
		b.makeRoom(now)
	}
	b.until[key] = until
}

func (b *Brake) makeRoom(now time.Time) {
	var first string
	for key, until := range b.until {
		if !now.Before(until) {
			delete(b.until, key)
		} else if first == "" || until.Before(b.until[first]) {
			first = key
		}
	}
	if len(b.until) >= MaxKeys {
		delete(b.until, first)
	}
}

// Release ends it.
func (b *Brake) Release(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.until, key)
}

// Slowed reports whether a key is slowed down.
func (b *Brake) Slowed(now time.Time, key string) bool {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	until, ok := b.until[key]
	if ok && !now.Before(until) {
		delete(b.until, key)
		return false
	}
	return ok
}

// Take counts something that a key does, and says how long it has to wait; 0 for who is not
// slowed down.
func (b *Brake) Take(now time.Time, key string) time.Duration {
	if !b.Slowed(now, key) {
		return 0
	}
	return b.limit.Take(now, key)
}

// Keys of a brake.

// bits4 and bits6 are how much of an address is one network.
const bits4, bits6 = 24, 64

// OfNetwork names the network of an address.
func OfNetwork(a netip.Addr) string { return "network " + Prefix(a, bits4, bits6) }

// OfAccount names an account.
func OfAccount(a id.Account) string { return "account " + string(a[:]) }
