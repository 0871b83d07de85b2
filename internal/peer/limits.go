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

// take takes a token, or says how long until there is one.
func (b *bucket) take(now time.Time) (wait time.Duration) {
	b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.at).Seconds())
	b.at = now
	if b.tokens >= 1 {
		b.tokens--
		return 0
	}
	return time.Duration((1 - b.tokens) / b.rate * float64(time.Second))
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
	if l.frames.take(now) > 0 {
		return false, false
	}
	switch f.(type) {
	case *wire.Push:
		if wait := l.txns.take(now); wait > 0 {
			time.Sleep(wait)
			l.txns.take(l.now())
		}
	case *wire.Presence:
		return true, l.pointer.take(now) > 0
	}
	return true, false
}
