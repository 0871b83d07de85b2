package torture

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"plectica/internal/cable"
	"plectica/internal/fault"
	"plectica/internal/faulty"
	"plectica/internal/robot"
)

// How long faults last. Most are short, so that there are many; some outlast every
// timeout there is.
const (
	minFault   = 60 * time.Millisecond
	maxFault   = 350 * time.Millisecond
	minFreeze  = 200 * time.Millisecond
	maxFreeze  = 700 * time.Millisecond
	longFreeze = 8 * time.Second
	longFault  = 5500 * time.Millisecond // more than an append's or a silent connection's patience
	fullLimit  = 1500 * time.Millisecond // for a full disk to be felt
	feltEvery  = 5 * time.Millisecond
	maxDelay   = 80 * time.Millisecond // of one chunk or append
)

// inject does one mode's faults and undoes them. It returns how many took effect.
// An error is a finding, or says that it could not be done.
func (l *leg) inject(ctx context.Context, m Mode, with []Mode, rng *rand.Rand) (int, error) {
	switch m {
	case Kill:
		robot.Pause(ctx, between(rng, minFault, maxFault))
		l.site.process().kill()
		return 1, nil
	case Freeze:
		return l.freeze(ctx, with, rng)
	case Full:
		return l.fillUp(ctx)
	case Fsync:
		return l.breakAppends(ctx, rng)
	case Cut:
		return l.breakLinks(ctx, rng), nil
	case Clock:
		return l.stepClock(ctx, rng)
	}
	return 0, nil
}

// freeze stops the process and lets it go on. Meanwhile a second server must not
// get its data, unless the first may be killed too.
func (l *leg) freeze(ctx context.Context, with []Mode, rng *rand.Rand) (int, error) {
	long := between(rng, minFreeze, maxFreeze)
	switch rng.IntN(40) {
	case 0:
		long = between(rng, longFault, longFreeze)
	case 1, 2, 3:
		long = between(rng, maxFreeze, longFault/2)
	}
	second := rng.IntN(3) == 0 && !slices.Contains(with, Kill)
	p := l.site.process()
	if freeze(p.cmd.Process) != nil {
		return 0, nil // killed just now
	}
	defer func() { _ = thaw(p.cmd.Process) }() // it may have been killed
	until := time.NewTimer(long)
	defer until.Stop()
	if second {
		l.run.res.Seconds++
		if err := l.site.second(ctx); err != nil {
			return 1, err
		}
	}
	select {
	case <-until.C:
	case <-ctx.Done():
	}
	return 1, nil
}

// fillUp takes all space until a map was dropped for it, and gives it back.
func (l *leg) fillUp(ctx context.Context) (int, error) {
	p := l.site.process()
	before := p.drops.Load()
	err := fill(l.dir)
	deadline := time.Now().Add(fullLimit)
	for err == nil && p.alive() && p.drops.Load() == before && time.Now().Before(deadline) {
		if !robot.Pause(ctx, feltEvery) {
			break
		}
	}
	robot.Pause(ctx, minFault) // some more, for those who come back
	if ferr := free(l.dir); err == nil {
		err = ferr
	}
	return int(p.drops.Load() - before), err
}

// breakAppends makes the store fail for a while.
func (l *leg) breakAppends(ctx context.Context, rng *rand.Rand) (int, error) {
	plan := faulty.Plan{Seed: rng.Uint64(), DelayMS: between(rng, time.Millisecond, maxDelay).Milliseconds()}
	long := between(rng, minFault, maxFault)
	switch rng.IntN(16) {
	case 0, 1, 2:
		plan.Before = 0.5
	case 3, 4, 5:
		plan.After = 0.5
	case 6, 7, 8:
		plan.Late, plan.After = 0.5, 0.2
	case 9, 10, 11:
		plan.Acquire, plan.After = 0.5, 0.3
	case 12, 13, 14:
		plan.Before, plan.After, plan.Late, plan.Acquire = 0.2, 0.2, 0.2, 0.2
	case 15:
		plan.Late, plan.DelayMS = 1, longFault.Milliseconds()
		if rng.IntN(2) == 0 {
			plan.DelayMS /= 2 // written, and answered too late
		}
		long = longFault
	}
	if l.run.cfg.Forget {
		plan = faulty.Plan{Seed: plan.Seed, Forget: 0.5}
	}
	before, err := l.site.tell(ctx, func(p *faulty.Plan) { plan.ClockMS = p.ClockMS; *p = plan })
	if err != nil {
		return 0, err
	}
	robot.Pause(ctx, long)
	after, err := l.site.tell(ctx, func(p *faulty.Plan) { *p = faulty.Plan{ClockMS: p.ClockMS} })
	return int(max(after, before) - before), err // it may have been killed meanwhile
}

// stepClock sets the clock wrong, and sometimes right again.
func (l *leg) stepClock(ctx context.Context, rng *rand.Rand) (int, error) {
	steps := []time.Duration{40 * time.Millisecond, time.Second, time.Minute, time.Hour, 24 * time.Hour}
	off := steps[rng.IntN(len(steps))].Milliseconds()
	if rng.IntN(2) == 0 {
		off = -off
	}
	if _, err := l.site.tell(ctx, func(p *faulty.Plan) { p.ClockMS = off }); err != nil {
		return 0, err
	}
	robot.Pause(ctx, between(rng, minFault, maxFault))
	if rng.IntN(2) == 0 {
		return 1, nil // it stays wrong for the next rounds
	}
	_, err := l.site.tell(ctx, func(p *faulty.Plan) { p.ClockMS = 0 })
	return 2, err
}

// breakLinks does a few things to some connections.
func (l *leg) breakLinks(ctx context.Context, rng *rand.Rand) int {
	n := 0
	for range 1 + rng.IntN(3) {
		share := 0.2 + 0.8*rng.Float64()
		some := func() bool { return rng.Float64() < share }
		f := cable.Fault(rng.IntN(int(cable.Faults)))
		if f == cable.HalfOpen { // with bytes under way
			l.site.cable.Hurt(cable.HoldUp, func() bool { return true }, 0)
			robot.Pause(ctx, minFault)
		}
		n += l.site.cable.Hurt(f, some, between(rng, time.Millisecond, maxDelay))
		long := between(rng, minFault, maxFault)
		if rng.IntN(60) == 0 {
			long = longFault
		}
		robot.Pause(ctx, long)
		l.site.cable.Heal()
	}
	return n
}

// errEnded is what a server is told that ended though nobody killed it.
func errEnded(p *process) error {
	return fault.New(fault.Internal, "the server ended by itself: "+p.last())
}
