package watch

import (
	"math"

	"plectica/internal/audit"
	"plectica/internal/sketch"
)

const (
	// quiet is how long no record comes at most, if the days before had no longer pause, and
	// quieter how many times as long as theirs, in ms.
	quiet, quieter = 15 * minute, 3
	// checkpointLate is how long after the last the next checkpoint is late, in ms.
	checkpointLate = hour
	// farAhead and farBehind are how far a record may be from those before, in ms, and
	// believed how many in a row have to be further.
	farAhead, farBehind = 120 * day, hour
	believed            = 50
	// agesEach is after how many days what is known of networks and numbers of the whole
	// site counts half.
	agesEach = 60
)

// Signed says when the log was signed last, in milliseconds since 1970.
func (w *Watch) Signed(at int64) { w.site.signed = max(w.site.signed, min(at, latest)) }

// Subjects of AuditGap.
const (
	gapHole = iota + 1
	gapSilence
	gapCheckpoint
)

// site is what is remembered of all together.
type site struct {
	popular     sketch.CountMin // how many accounts came from a network
	spread      [volumes]sketch.Spread
	hour, today window
	strays      trail // sign-ins in vain from networks that nobody gets in from
	day         int32
	pause       int64        // the longest of today, in ms
	pauses      sketch.Usual // in seconds
	signed      int64        // when the log was signed last; 0: that is not recorded
}

// heard is for every record: the time, its number, and whether it comes late.
func (w *Watch) heard(e *audit.Event) {
	at := min(max(e.At, 0), latest)
	first := w.began == 0
	if first {
		w.began, w.now = max(at, 1), max(at, 1)
	}
	at = w.believe(at)
	paused := max(at-w.now, 0)
	w.now = max(w.now, at)
	if !first && e.Seq > w.next {
		n := float64(e.Seq - w.next)
		w.raise(e, found{kind: AuditGap, subject: gapHole, raw: 4 + math.Log10(n), figures: []Figure{{figRecords, n, 0}}})
	}
	w.next = e.Seq
	if w.next < math.MaxUint64 {
		w.next++
	}
	if first || e.Act == audit.ServerStart { // that it was off is no secret
		paused = 0
	}
	w.silent(e, paused)
	s := &w.site
	if today := int32(w.now / day); s.day != today {
		if s.day != 0 {
			s.pauses.Add(float64(s.pause) / second)
		}
		s.day, s.pause = today, 0
		if today%agesEach == 0 {
			s.popular.Halve()
			for i := range s.spread {
				s.spread[i].Age(0.5)
			}
		}
	}
	s.pause = max(s.pause, paused)
}

// believe returns what time it is by a record. A clock that is far off is not followed until
// many records in a row say so: it is set wrong for a moment more often than everybody is away
// for months. One that was ahead is followed back in the same way.
func (w *Watch) believe(at int64) int64 {
	if off := at - w.now; off < farAhead && off > -farBehind {
		w.astray = 0
		return at
	}
	if w.astray++; w.astray < believed {
		return w.now
	}
	w.astray = 0
	w.now = min(w.now, at)
	w.site.signed = min(w.site.signed, w.now)
	return at
}

// silent finds a pause that is longer than any was lately.
func (w *Watch) silent(e *audit.Event, paused int64) {
	usual := max(quiet, quieter*second*w.site.pauses.High(1, minute/second))
	if w.site.pauses.N() < knownAfter || float64(paused) <= usual {
		return
	}
	w.raise(e, found{kind: AuditGap, subject: gapSilence, raw: 1 + 2*math.Log2(float64(paused)/usual),
		figures: []Figure{{figMinutes, float64(paused) / minute, usual / minute}}})
}

// lost is for a record that says that others could not be written.
func (w *Watch) lost(e *audit.Event) {
	n := 0.0
	for _, c := range e.Counts {
		n += float64(c.N)
	}
	w.raise(e, found{kind: AuditGap, subject: gapHole, raw: 3 + math.Log10(1+n), figures: []Figure{{figRecords, n, 0}}})
}

// Tick says what time it is where no record came, in milliseconds since 1970, and returns
// what is to be told of that. It moves nothing but that alerts were told.
func (w *Watch) Tick(at int64) []Alert {
	w.out = nil
	if w.began == 0 || at <= w.now {
		return nil
	}
	none := &audit.Event{}
	w.silent(none, at-w.now)
	if s := w.site.signed; s != 0 && w.now > s && at-s > checkpointLate {
		w.raise(none, found{kind: AuditGap, subject: gapCheckpoint, raw: 1 + math.Log2(float64(at-s)/checkpointLate),
			figures: []Figure{{figMinutes, float64(at-s) / minute, checkpointLate / minute}}})
	}
	for i := range w.out {
		w.out[i].At = at
	}
	return w.out
}
