package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"

	"plectica/internal/fault"
	"plectica/internal/keyfile"
	"plectica/internal/store"
)

const (
	// leastCost is bcrypt's cost below which nothing is made or kept.
	leastCost = 10
	// mostCost bounds what a calibration may choose.
	mostCost = 14
	// targetTime is how long one hash should take.
	targetTime = 250 * time.Millisecond
	// maxWaiting is how many wait at most for their turn to hash.
	maxWaiting = 32
)

// checkPassword says what is wrong with a new password. To estimate one can take longer
// than to hash it: it waits for its turn among the hashes.
func (s *Service) checkPassword(ctx context.Context, password, email, name string) error {
	err := s.hash.run(ctx, func() error { return CheckPassword(password, email, name, s.siteName()) })
	if err != nil {
		return err
	}
	return s.checkBreach(ctx, password)
}

// checkBreach refuses a password that is on others' lists. A list that does not answer
// keeps nobody out.
func (s *Service) checkBreach(ctx context.Context, password string) error {
	if s.c.Breached == nil {
		return nil
	}
	known, err := s.c.Breached(ctx, password)
	if err != nil {
		s.report(ctx, err)
		return nil
	}
	if known {
		return fault.New(fault.Invalid, "this password was stolen elsewhere and is on lists that others try; choose another")
	}
	return nil
}

// hasher makes and checks hashes, a few at a time.
type hasher struct {
	peppers keyfile.Keys
	cost    atomic.Int64
	slots   chan struct{} // held while hashing
	waiting chan struct{} // held while waiting for a slot, and meanwhile

	bcrypt Bcrypt
}

// Bcrypt is bcrypt's two halves. The zero value is the real one; tests that are
// about something else bring one that is cheap, see accounttest.
type Bcrypt struct {
	Compare  func(hash, input []byte) error
	Generate func(input []byte, cost int) ([]byte, error)
}

// orReal fills in what is missing.
func (b Bcrypt) orReal() Bcrypt {
	if b.Compare == nil {
		b.Compare = bcrypt.CompareHashAndPassword
	}
	if b.Generate == nil {
		b.Generate = bcrypt.GenerateFromPassword
	}
	return b
}

func newHasher(p keyfile.Keys, cost int, b Bcrypt) *hasher {
	slots := max(1, runtime.GOMAXPROCS(0)-1) // one core stays for maps
	h := &hasher{
		peppers: p,
		slots:   make(chan struct{}, slots),
		waiting: make(chan struct{}, slots+maxWaiting),
		bcrypt:  b.orReal(),
	}
	h.cost.Store(int64(min(max(cost, leastCost), mostCost)))
	return h
}

// run waits for a slot, if the queue is not full, and works in it.
func (h *hasher) run(ctx context.Context, work func() error) error {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return fault.New(fault.Busy, "too many people sign in at once; try again in a moment")
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return fault.Wrap(fault.Busy, "gave up waiting to check a password", ctx.Err())
	}
	return work()
}

// input is what bcrypt sees, on both paths: always 64 bytes, so that nothing is
// cut off at bcrypt's 72, and useless without the pepper.
func (h *hasher) input(password string, pepper int) ([]byte, bool) {
	secret, ok := h.peppers.Key(pepper)
	mac := hmac.New(sha512.New384, secret)
	_, _ = mac.Write([]byte(norm.NFC.String(password))) // a hash never fails
	return []byte(base64.StdEncoding.EncodeToString(mac.Sum(nil))), ok
}

// make hashes a password with the current pepper and cost.
func (h *hasher) make(ctx context.Context, password string) (store.Credential, error) {
	c := store.Credential{Pepper: h.peppers.Current()}
	err := h.run(ctx, func() error {
		in, _ := h.input(password, c.Pepper)
		out, err := h.bcrypt.Generate(in, int(h.cost.Load()))
		c.Hash = string(out)
		return err
	})
	if err == nil {
		return c, nil
	}
	if fault.Is(err, fault.Busy) {
		return store.Credential{}, err
	}
	return store.Credential{}, fault.Wrap(fault.Internal, "hash a password", err)
}

// check compares. It takes as long as the current cost even when the hash was
// made at a lower one and does not fit.
func (h *hasher) check(ctx context.Context, password string, c store.Credential) (ok bool, err error) {
	if len(password) > maxPasswordBytes {
		password = "" // fits nothing, and is not worth hashing
	}
	err = h.run(ctx, func() error {
		in, known := h.input(password, c.Pepper)
		ok = h.bcrypt.Compare([]byte(c.Hash), in) == nil && known
		if ok {
			return nil
		}
		// 2^c + 2^c + 2^(c+1) + … + 2^(now-1) = 2^now
		made, err := bcrypt.Cost([]byte(c.Hash))
		if err != nil {
			made = leastCost
		}
		for n := made; n < int(h.cost.Load()); n++ {
			_ = h.bcrypt.Compare(dummyHash(n), in) // for the time it takes
		}
		return nil
	})
	return ok, err
}

// outdated reports whether a password that fits should be hashed again.
func (h *hasher) outdated(c store.Credential) bool {
	cost, err := bcrypt.Cost([]byte(c.Hash))
	return err != nil || int64(cost) < h.cost.Load() || c.Pepper != h.peppers.Current()
}

// dummy is a credential that fits no password and costs as much as a real one.
func (h *hasher) dummy() store.Credential {
	return store.Credential{Hash: string(dummyHash(int(h.cost.Load()))), Pepper: h.peppers.Current()}
}

// dummyHash is well formed; nobody knows what would fit it.
func dummyHash(cost int) []byte {
	return fmt.Appendf(nil, "$2a$%02d$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", cost)
}

// calibrate raises the cost to what this machine does in about targetTime. It
// never lowers it: what was asked of older passwords is asked of all.
func (h *hasher) calibrate(ctx context.Context, clock func() time.Time) (cost int, err error) {
	const runs = 3
	best := time.Duration(1 << 62)
	in, _ := h.input("", h.peppers.Current())
	for range runs {
		if err := ctx.Err(); err != nil {
			return 0, fault.Wrap(fault.Busy, "stopped calibrating", err)
		}
		err := h.run(ctx, func() error {
			start := clock()
			_ = h.bcrypt.Compare(dummyHash(leastCost), in) // for the time it takes
			best = min(best, clock().Sub(start))
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	cost = leastCost
	for cost < mostCost && best<<(cost+1-leastCost) <= targetTime {
		cost++
	}
	cost = max(cost, int(h.cost.Load()))
	h.cost.Store(int64(cost))
	return cost, nil
}

// Hash makes what is kept of another password than an account's, such as a link's.
func (s *Service) Hash(ctx context.Context, password string) (store.Credential, error) {
	return s.hash.make(ctx, password)
}

// Fits reports whether a password fits what is kept of it.
func (s *Service) Fits(ctx context.Context, password string, c store.Credential) (bool, error) {
	return s.hash.check(ctx, password, c)
}
