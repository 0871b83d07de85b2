// Package watch finds anomalies in the records of the audit log: it is a fold over them, in
// their order. Time comes from the records, there is no randomness and nothing is asked of
// anybody, so that the same records give the same alerts, also if the watch was written down
// and read back between any two of them. What it remembers is bounded; who was not seen for
// longest is forgotten first. It does nothing about an alert, and is no proof of anything:
// docs/security/detections says what each kind was measured to find and to miss. A Watch
// belongs to one goroutine.
package watch

import (
	"net/netip"

	"plectica/internal/audit"
	"plectica/internal/sketch"
	"plectica/internal/store"
)

// How much is remembered. All together it stays below 100 MB: TestMemory.
const (
	maxPeople   = 100_000 // accounts
	maxVisits   = 5_000   // whoever opens links anew cannot make accounts forgotten
	maxSessions = 100_000 // sign-ins, visits and tokens
	maxSources  = 10_000  // networks from which sign-ins were tried
	maxTargets  = 10_000  // addresses of mail for which one was tried in vain
	maxTold     = 10_000  // alerts that may be joined by others
)

// Milliseconds.
const (
	second = 1000
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
	latest = 65_000 * day // in the year 2147; days are counted in 16 bits
)

// Place is where an address is.
type Place struct {
	Latitude, Longitude float64 // degrees
	Country             string
}

// Settings say what an organisation wants to hear of. The zero Settings are all kinds, with
// what scores at least 1.
type Settings struct {
	Off []Kind
	// Sensitivity divides the score that an alert must have: 2 tells of what scores 0.5.
	// 0 is 1.
	Sensitivity float64
}

// Least is the score that an alert must have.
func (s Settings) Least() float64 {
	if !(s.Sensitivity > 0) {
		return 1
	}
	return max(1/s.Sensitivity, leastScore)
}

// Config is what a Watch is made of. The zero Config is good.
type Config struct {
	// Settings of an organisation; the zero one stands for what belongs to none. nil: all
	// have the zero Settings. It must not wait.
	Settings func(store.OrgID) Settings
	// Places tells where an address is, if that is known. nil: a place is a network, and
	// how fast somebody travelled is not known. It must not wait.
	Places func(netip.Addr) (Place, bool)
}

// Watch is the state of the fold.
type Watch struct {
	c   Config
	out []Alert

	now, began int64  // of the latest and the first record
	next       uint64 // number of the record to come
	alerts     uint64 // how many were told
	astray     uint8  // how many records in a row had another time than is believed

	people   *table[personKey, person]
	visits   *table[personKey, person]
	sessions *table[uint64, session]
	sources  *table[uint64, source]
	targets  *table[uint64, target]
	told     *table[toldKey, told]
	site     site
}

// New returns a watch that has seen nothing.
func New(c Config) *Watch {
	return &Watch{
		c:        c,
		people:   newTable[personKey, person](maxPeople),
		visits:   newTable[personKey, person](maxVisits),
		sessions: newTable[uint64, session](maxSessions),
		sources:  newTable[uint64, source](maxSources),
		targets:  newTable[uint64, target](maxTargets),
		told:     newTable[toldKey, told](maxTold),
	}
}

func (w *Watch) settings(o store.OrgID) Settings {
	if w.c.Settings == nil {
		return Settings{}
	}
	return w.c.Settings(o)
}

// Next is the number of the record that the watch waits for: all before it were seen.
func (w *Watch) Next() uint64 { return w.next }

// Skip passes over the records before one, which are not there any more.
func (w *Watch) Skip(to uint64) { w.next = max(w.next, to) }

// See takes the next record and returns what is to be told. A record that was seen before is
// passed over. e is not kept.
func (w *Watch) See(e *audit.Event) []Alert {
	w.out = nil
	if e.Seq < w.next {
		return nil
	}
	w.heard(e)
	switch {
	case signsIn(e.Act):
		w.signIn(e)
	case e.Act == audit.AuditGap:
		w.lost(e)
	}
	// Who waits for the second factor has shown the password alone, and may be anybody.
	waits := signsIn(e.Act) && e.N("waits") > 0
	if e.Result == audit.OK && !waits && (e.By.Kind == audit.Person || e.By.Kind == audit.Visitor) {
		w.acted(e)
	}
	if e.Result == audit.OK && e.Act == "account.delete" {
		w.people.drop(keyOf(e.By)) // from which networks they came is nobody's business any more
	}
	return w.out
}

func signsIn(a audit.Act) bool {
	return a == "signin" || a == "signin.second" || a == "signin.provider" || a == "link.open" || a == "embed.open"
}

// enters reports whether a record is of somebody who got in.
func enters(e *audit.Event) bool { return signsIn(e.Act) && e.Result == audit.OK && e.N("waits") == 0 }

// acted is for all that somebody did who may.
func (w *Watch) acted(e *audit.Event) {
	k := keyOf(e.By)
	list := w.people
	if e.By.Kind == audit.Visitor {
		list = w.visits
	}
	p, fresh := list.get(k)
	v := visit{e: e, p: p, subject: uint64(k), day: int32(w.now / day), fresh: fresh}
	if fresh {
		p.last = w.now
	}
	w.awake(&v)
	w.newDay(&v)
	w.arrives(&v)
	w.hours(&v)
	w.shares(&v)
	w.measures(&v)
	w.powers(&v)
	w.guards(&v)
	p.last = w.now
}

// visit is a record with whom it is about.
type visit struct {
	e       *audit.Event
	p       *person
	subject uint64
	day     int32
	fresh   bool // never seen before
	silent  int64
}

func (w *Watch) find(v *visit, kind Kind, raw float64, figures ...Figure) {
	w.raise(v.e, found{kind: kind, subject: v.subject, raw: raw, who: v.e.By, figures: figures})
}

// personKey is who somebody is: a hash of what records call them. The id of an account is
// nowhere in a watch: with the key to its records goes who its memories are about.
type personKey uint64

func keyOf(w audit.Who) personKey { return personKey(sketch.Hash(string(w.Kind) + ":" + w.Alias)) }

// networkBits4 and networkBits6 are how much of an address is one place, if nothing better
// is known of it.
const networkBits4, networkBits6 = 24, 48

// network names where an address is; 0: there is none.
func network(a netip.Addr) uint64 {
	a = a.Unmap().WithZone("")
	bits := networkBits4
	if a.Is6() {
		bits = networkBits6
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return 0
	}
	b := p.Addr().As16()
	return sketch.Hash(string(b[:])) | 1
}

// device names a browser by its cookie; 0: it has none.
func device(f audit.From) uint32 { return short(f.Device) }

// agent names what a browser or program calls itself, whatever its version.
func agent(f audit.From) uint32 {
	const start, prime = 2166136261, 16777619 // FNV-1a
	h := uint32(start)
	for i := range len(f.Agent) {
		if c := f.Agent[i]; (c < '0' || c > '9') && c != '.' {
			h = (h ^ uint32(c)) * prime
		}
	}
	return h | 1
}

func short(s string) uint32 {
	if s == "" {
		return 0
	}
	return uint32(sketch.Hash(s)>>32) | 1
}
