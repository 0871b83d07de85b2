package history

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"plectica/internal/fault"
)

const (
	// catchUp is how many days are granted for each that passes while a server runs that
	// was off, so that a clock which is wrong at the start does its harm slowly.
	catchUp = 8
	// grain is what a place of the clock has to differ by to be another: it always moves a
	// little.
	grain = time.Minute
	// maxLows bounds how many places of the clock are remembered.
	maxLows = 64
	// saveSoon is how far the clock is set back for that to be kept at once.
	saveSoon = time.Hour
	// maxMillis bounds the times that are kept, in milliseconds: thirty thousand years.
	maxMillis = 1 << 50
	// clockSetting names what is kept of it in the settings.
	clockSetting = "history.clock"
)

// Settings keep a text by its name; one that was never set is empty.
type Settings interface {
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
}

// clock tells whoever takes old things away what time it is. What they look at bears
// stamps of the wall clock, which may be set anywhere at any time, and they cannot be
// undone. So it is compared with how long the server ran, which nobody can set: the time
// told is the earliest that the wall clock can have meant since the oldest stamp that
// counts. An age by it is never more than what passed, but for what is granted for the
// time that the server was off. Safe for concurrent use.
type clock struct {
	wall     func() time.Time
	elapsed  func() time.Duration
	settings Settings // nil: nothing is kept over a restart
	report   func(error)
	longest  time.Duration // that anything is kept by its age

	mu     sync.Mutex
	loaded bool
	seen   time.Duration // elapsed, when it was last looked
	claim  int64         // for how long the server may have been off, as far as it is not granted yet
	saved  int64         // where the wall clock stood when that was kept last
	stand
}

// stand is what is kept of a clock, in milliseconds.
type stand struct {
	// Ran is how long the server ran in all, with what was granted.
	Ran int64 `json:"ran"`
	// Began is where the wall clock stood, against Ran, when the server was started.
	Began int64 `json:"began"`
	// Lows are where it stood lowest, then where it stood lowest since, and so on.
	Lows []low `json:"lows"`
}

// low is where the wall clock stood against the time run, and when it last stood so low.
type low struct {
	Wall int64 `json:"wall"`
	At   int64 `json:"at"`
}

func newClock(c Config) *clock {
	began := time.Now()
	k := &clock{wall: c.Now, elapsed: c.Elapsed, settings: c.Settings, report: func(error) {}}
	if c.OnError != nil {
		k.report = c.OnError
	}
	if k.elapsed == nil {
		k.elapsed = func() time.Duration { return time.Since(began) }
	}
	k.longest = max(c.Policy.All, c.Policy.Hourly, c.Policy.Daily, c.Policy.Log, orphanAge)
	return k
}

// now is the time by which something is old.
func (c *clock) now(ctx context.Context) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.look(ctx); err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(c.told()), nil
}

// watch looks where the wall clock stands, and keeps it if it was set back.
func (c *clock) watch(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.look(ctx); err != nil || c.saved-c.Lows[len(c.Lows)-1].Wall < saveSoon.Milliseconds() {
		return err
	}
	return c.save(ctx)
}

// keep sees to it that a restart changes nothing.
func (c *clock) keep(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.look(ctx); err != nil {
		return err
	}
	return c.save(ctx)
}

// ahead returns by how much the wall clock is ahead of the time told, and in how long that
// is made up for, if nobody sets the clock; 0 if not by itself.
func (c *clock) ahead() (by, catchesUp time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.loaded {
		return 0, 0
	}
	c.step()
	by = time.Duration(max(c.wall().UnixMilli()-c.told(), 0)) * time.Millisecond
	if by < grain {
		return 0, 0
	}
	if claim := time.Duration(c.claim) * time.Millisecond; claim > 0 && claim+grain >= by {
		catchesUp = claim/catchUp + 1
	}
	return by, catchesUp
}

// told is the time told, in milliseconds. mu is held, here and below.
func (c *clock) told() int64 { return c.Ran + c.Lows[0].Wall }

// look reads what was kept, at first, and then takes in what passed.
func (c *clock) look(ctx context.Context) error {
	if !c.loaded {
		if err := c.load(ctx); err != nil {
			return err
		}
	}
	c.step()
	return nil
}

func (c *clock) load(ctx context.Context) error {
	text := ""
	if c.settings != nil {
		var err error
		if text, err = c.settings.Setting(ctx, clockSetting); err != nil {
			return err
		}
	}
	c.seen, c.loaded = c.elapsed(), true
	var kept stand
	err := json.Unmarshal([]byte(text), &kept)
	if err == nil {
		err = kept.check()
	}
	if err == nil {
		c.stand = kept
		c.claim = max(c.stands()-kept.Began, 0)
		c.Began = min(c.Began, c.stands())
	} else {
		c.stand = stand{Began: c.wall().UnixMilli()} // there is nothing else to believe
		if text != "" {
			c.report(fault.Wrap(fault.Internal, "what is kept of the clock is damaged; it begins anew", err))
		}
	}
	c.saved = c.stands()
	return nil
}

// stands returns where the wall clock stands against the time run.
func (c *clock) stands() int64 { return c.wall().UnixMilli() - c.Ran }

// step takes in what passed since it was last looked, and where the wall clock stands.
func (c *clock) step() {
	e := c.elapsed()
	passed := max(e-c.seen, 0).Milliseconds()
	c.seen += time.Duration(passed) * time.Millisecond
	granted := min(c.claim, catchUp*passed)
	c.Ran += passed + granted
	stands := c.stands()
	c.claim = min(c.claim-granted, max(stands-c.Began, 0)) // set back, the clock claims less
	c.sink(stands, c.longest.Milliseconds())
}

// sink notes where the wall clock stands, and forgets what was longer ago than longest.
func (s *stand) sink(stands, longest int64) {
	higher := func(l low) bool { return l.Wall >= stands }
	if n := slices.IndexFunc(s.Lows, higher); n >= 0 {
		s.Lows = s.Lows[:n]
	}
	if n := len(s.Lows); n > 0 && stands-s.Lows[n-1].Wall < grain.Milliseconds() {
		s.Lows[n-1].At = s.Ran
	} else {
		s.Lows = append(s.Lows, low{stands, s.Ran})
	}
	for len(s.Lows) > 1 && s.Ran-s.Lows[0].At > longest {
		s.Lows = slices.Delete(s.Lows, 0, 1)
	}
	if n := len(s.Lows); n > maxLows { // the last two are one: the lower, for as long
		s.Lows[n-2].At = s.Ran
		s.Lows = s.Lows[:n-1]
	}
}

// check looks whether what was kept can be. The error has kind fault.Internal.
func (s *stand) check() error {
	damaged := fault.New(fault.Internal, "times that no clock shows")
	if s.Ran < 0 || s.Ran > maxMillis || max(s.Began, -s.Began) > maxMillis || len(s.Lows) == 0 || len(s.Lows) > maxLows {
		return damaged
	}
	for i, l := range s.Lows {
		if max(l.Wall, -l.Wall) > maxMillis || l.At < 0 || l.At > s.Ran || i > 0 && (l.Wall <= s.Lows[i-1].Wall || l.At < s.Lows[i-1].At) {
			return damaged
		}
	}
	return nil
}

func (c *clock) save(ctx context.Context) error {
	if c.settings == nil {
		return nil
	}
	text, err := json.Marshal(c.stand)
	if err != nil {
		return fault.Wrap(fault.Internal, "write where the clock stands", err)
	}
	if err := c.settings.SetSetting(ctx, clockSetting, string(text)); err != nil {
		return err
	}
	c.saved = c.Lows[len(c.Lows)-1].Wall
	return nil
}
