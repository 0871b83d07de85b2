// Package clock tells whoever takes old things away what time it is. What they look at
// bears stamps of the wall clock, which may be set anywhere at any time, and what they do
// cannot be undone. So the wall clock is compared with how long the server ran, which
// nobody can set. It sets no clock, and stamps nothing.
package clock

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
	// setting names what is kept.
	setting = "history.clock"
)

// Settings keep a text by its name; one that was never set is empty.
type Settings interface {
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
}

// Config is what a Clock is made of.
type Config struct {
	// Wall is the clock by which things are stamped.
	Wall func() time.Time
	// Elapsed is how long the process runs, whatever happens to Wall; nil: as it knows.
	Elapsed func() time.Duration
	// Longest is how long at most anything is kept by its age.
	Longest time.Duration
	// Settings keep over a restart what is known; nil: it is forgotten.
	Settings Settings
	OnError  func(error)
}

// Clock tells the earliest time that the wall clock can have meant, since the oldest stamp
// that counts: an age by it is never more than what passed, but for what is granted for the
// time that the server was off. Safe for concurrent use.
type Clock struct {
	c Config

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

// New returns a clock, which reads what is kept of it when it is first asked.
func New(c Config) *Clock {
	if c.Elapsed == nil {
		began := time.Now()
		c.Elapsed = func() time.Duration { return time.Since(began) }
	}
	return &Clock{c: c}
}

// Now is the time by which something is old. It fails when what is kept cannot be read.
func (c *Clock) Now(ctx context.Context) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.look(ctx); err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(c.told()), nil
}

// Watch looks where the wall clock stands, which is to be done every few seconds, and keeps
// it if it was set back.
func (c *Clock) Watch(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.look(ctx); err != nil || c.saved-c.Lows[len(c.Lows)-1].Wall < saveSoon.Milliseconds() {
		return err
	}
	return c.save(ctx)
}

// Keep sees to it that a restart changes nothing.
func (c *Clock) Keep(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.look(ctx); err != nil {
		return err
	}
	return c.save(ctx)
}

// Lead is how the wall clock compares with the time told.
type Lead struct {
	// Ahead is by how much it is ahead: so much later is taken away what is old.
	Ahead time.Duration
	// CatchesUp is how long that lasts, if nobody sets the clock; 0: until somebody does,
	// or the server is started again.
	CatchesUp time.Duration
}

// Lead returns it; none, less than a minute, and what is not known yet are the zero value.
func (c *Clock) Lead() (l Lead) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.loaded {
		return l
	}
	c.step()
	ahead := time.Duration(c.c.Wall().UnixMilli()-c.told()) * time.Millisecond
	if ahead < grain {
		return l
	}
	l.Ahead = ahead
	if claim := time.Duration(c.claim) * time.Millisecond; claim > 0 && claim+grain >= ahead {
		l.CatchesUp = claim/catchUp + 1
	}
	return l
}

// told is the time told, in milliseconds. mu is held, here and below.
func (c *Clock) told() int64 { return c.Ran + c.Lows[0].Wall }

// look reads what was kept, at first, and then takes in what passed.
func (c *Clock) look(ctx context.Context) error {
	if !c.loaded {
		if err := c.load(ctx); err != nil {
			return err
		}
	}
	c.step()
	return nil
}

func (c *Clock) load(ctx context.Context) error {
	text := ""
	if c.c.Settings != nil {
		var err error
		if text, err = c.c.Settings.Setting(ctx, setting); err != nil {
			return err
		}
	}
	c.seen, c.loaded = c.c.Elapsed(), true
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
		c.stand = stand{Began: c.c.Wall().UnixMilli()} // there is nothing else to believe
		if text != "" && c.c.OnError != nil {
			c.c.OnError(fault.Wrap(fault.Internal, "what is kept of the clock is damaged; it begins anew", err))
		}
	}
	c.saved = c.stands()
	return nil
}

// stands returns where the wall clock stands against the time run.
func (c *Clock) stands() int64 { return c.c.Wall().UnixMilli() - c.Ran }

// step takes in what passed since it was last looked, and where the wall clock stands.
func (c *Clock) step() {
	e := c.c.Elapsed()
	passed := max(e-c.seen, 0).Milliseconds()
	c.seen += time.Duration(passed) * time.Millisecond
	granted := min(c.claim, catchUp*passed)
	c.Ran += passed + granted
	stands := c.stands()
	c.claim = min(c.claim-granted, max(stands-c.Began, 0)) // set back, the clock claims less
	c.sink(stands, c.c.Longest.Milliseconds())
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

func (c *Clock) save(ctx context.Context) error {
	if c.c.Settings == nil {
		return nil
	}
	text, err := json.Marshal(c.stand)
	if err != nil {
		return fault.Wrap(fault.Internal, "write where the clock stands", err)
	}
	if err := c.c.Settings.SetSetting(ctx, setting, string(text)); err != nil {
		return err
	}
	c.saved = c.Lows[len(c.Lows)-1].Wall
	return nil
}
