package throttle

import (
	"net/netip"
	"sync"
	"time"

	"plectica/internal/id"
)

// slowActs is how fast those may go on who are slowed down, about as fast as a person does;
// slowTries how often one address may try a sign-in that fails.
func slowActs() Rate  { return Rate{Burst: 20, Every: time.Second} }
func slowTries() Rate { return Rate{Burst: 3, Every: 20 * time.Second} }

// Brake slows down those who are named, for a while. A restart ends it. It is safe for
// concurrent use; a nil Brake slows nobody down.
type Brake struct {
	acts, tries *Limiter

	mu    sync.Mutex
	until map[string]time.Time
}

// NewBrake returns a brake that slows nobody down yet.
func NewBrake() *Brake {
	return &Brake{acts: New(slowActs()), tries: New(slowTries()), until: map[string]time.Time{}}
}

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
	return b.acts.Take(now, key)
}

// Try counts an attempt to sign in from an address whose network is slowed down, and says how
// long it has to wait. Neighbours do not slow each other down. Give takes back one that succeeded.
func (b *Brake) Try(now time.Time, a netip.Addr) time.Duration {
	if !b.Slowed(now, OfNetwork(a)) {
		return 0
	}
	return b.tries.Take(now, one(a))
}

// Give takes an attempt back.
func (b *Brake) Give(a netip.Addr) {
	if b != nil {
		b.tries.Give(one(a))
	}
}

// one names an address; of version 6 a network, in which one has all.
func one(a netip.Addr) string { return Prefix(a, 32, bits6) }

// Keys of a brake.

// bits4 and bits6 are how much of an address is one network.
const bits4, bits6 = 24, 64

// OfNetwork names the network of an address.
func OfNetwork(a netip.Addr) string { return "network " + Prefix(a, bits4, bits6) }

// OfAccount names an account, OfVisit a visit by a link.
func OfAccount(a id.Account) string  { return "account " + string(a[:]) }
func OfVisit(v [id.Size]byte) string { return "visit " + string(v[:]) }
