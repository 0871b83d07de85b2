package peer

import (
	"time"

	"plectica/internal/wire"
)

// bucket is a token bucket. It belongs to one goroutine.
type bucket struct {
	tokens, burst, rate float64
	at                  time.Time
}

func newBucket(rate, burst float64, now time.Time) bucket {
	return bucket{tokens: burst, burst: burst, rate: rate, at: now}
}

func (b *bucket) fill(now time.Time) {
	b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.at).Seconds())
	b.at = now
}

// take takes a token if there is one.
func (b *bucket) take(now time.Time) bool {
	b.fill(now)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// reserve takes a token that may not be there yet and returns how long to wait.
func (b *bucket) reserve(now time.Time) time.Duration {
	b.fill(now)
	b.tokens--
	if b.tokens >= 0 {
		return 0
	}
	return time.Duration(-b.tokens / b.rate * float64(time.Second))
}

// limits are the rates of one connection.
type limits struct {
	now                   func() time.Time
	txns, frames, pointer bucket
}

func newLimits(now func() time.Time) *limits {
	t := now()
	return &limits{
		now:     now,
		txns:    newBucket(txnRate, txnBurst, t),
		frames:  newBucket(frameRate, frameBurst, t),
		pointer: newBucket(presenceRate, presenceBurst, t),
	}
}

// admit says whether the connection may go on, and whether this frame is to be
// dropped. A push beyond the rate waits here, which slows the sender.
func (l *limits) admit(f wire.Frame) (ok, drop bool) {
	now := l.now()
	if !l.frames.take(now) {
		return false, false
	}
	switch f.(type) {
	case *wire.Push:
		time.Sleep(l.txns.reserve(now))
	case *wire.Presence:
		return true, !l.pointer.take(now)
	}
	return true, false
}
