package watch

import (
	"math"

	"plectica/internal/audit"
	"plectica/internal/sketch"
)

// What is counted for each account and day.
const (
	exported = iota
	read
	deleted
	things
	shared
	volumes // how many sorts there are
)

// measure is how one of them is judged.
type measure struct {
	kind   Kind
	figure string
	floor  float64 // so many on a day are usual for anybody
	step   float64 // by so much days differ, at least
}

var measured = [volumes]measure{
	exported: {MassExport, figExported, 5, 1},
	read:     {MassExport, figRead, 25, 4},
	deleted:  {MassDeletion, figDeleted, 5, 1},
	things:   {MassDeletion, figThings, 60, 15},
	shared:   {MassSharing, figShared, 6, 1.5},
}

const (
	// cleared is how many things deleted at once make a map count as cleared; who clears one
	// alone begins it anew, which is less of a wonder by oneMap doublings.
	cleared, oneMap = 15, 1.5
	// fades is how much of what was too much yesterday counts today, if today is a day of
	// such as well: little each day is found by its sum (Page's CUSUM).
	fades = 0.85
)

// volume is how much of something an account did today, and usually does.
type volume struct {
	day   int32
	n     float32
	past  float32         // of the days before: what was more than usual, and fades
	maps  sketch.Distinct // of what is counted by map
	usual sketch.Usual
	trail trail
}

// counts is what an act adds to: how much, and whether each map counts once.
func counts(e *audit.Event) (what int, n float64, byMap bool) {
	switch e.Act {
	case "map.export", "map.duplicate", "map.history.read":
		return exported, 1, true
	case "map.open", "map.read", "map.state.read", "map.file.read":
		return read, 1, true
	case "map.delete", "folder.delete":
		return deleted, 1, false
	case audit.MapPush:
		return things, float64(e.N("deleted")), false
	case "map.link.make":
		return shared, 1 + float64(min(e.N("public"), 1)), false // one for everybody counts twice
	case "map.access.give", "map.invite", "folder.access.give", "folder.invite", "org.invite":
		return shared, 1, false
	}
	return volumes, 0, false
}

// measures finds more of something on one day than the account does, and than others do.
func (w *Watch) measures(v *visit) {
	if v.e.Act == audit.MapPush {
		w.paces(v)
	}
	what, n, byMap := counts(v.e)
	if what == volumes || n == 0 {
		return
	}
	x := v.p.volumes[what]
	if x == nil {
		x = &volume{day: v.day}
		for range min(v.p.days-1, knownAfter) {
			x.usual.Add(0) // on the days before
		}
		v.p.volumes[what] = x
	}
	if x.day != v.day {
		w.site.spread[what].Add(float64(x.n))
		x.past = fades * (x.past + max(0, x.n-float32(x.usual.High(1, measured[what].step))))
		x.usual.Add(float64(x.n))
		x.day, x.n = v.day, 0
		x.maps.Reset()
	}
	if what == things && n >= cleared {
		x.maps.Add(sketch.Hash(v.e.On.ID))
	}
	if byMap {
		x.maps.Add(sketch.Hash(v.e.On.ID))
		n = float64(x.maps.N()) - float64(x.n)
	}
	if n <= 0 {
		return
	}
	x.n = min(x.n+float32(n), math.MaxInt32)
	x.trail.add(v.e.Seq)
	w.tooMuch(v, x, what)
}

func (w *Watch) tooMuch(v *visit, x *volume, what int) {
	m := measured[what]
	value, usual := float64(x.n), max(m.floor, x.usual.High(3, m.step))
	if value > m.floor/2 {
		value += float64(x.past)
	}
	if x.usual.N() < knownAfter {
		usual = max(m.floor, min(w.site.spread[what].Quantile(0.9), 4*m.floor))
	}
	warm := v.p.warm(w.now)
	raw := doublings(value, usual) + warm/2
	if what == things && x.maps.N() <= 1 {
		raw -= oneMap
	}
	if value <= m.floor || raw <= 0 {
		return
	}
	rare := -math.Log2(w.site.spread[what].Tail(value)) / 6 // few others do as much either
	w.raise(v.e, found{kind: m.kind, subject: v.subject, raw: raw*0.7 + min(rare, 2)*0.3, who: v.e.By, evidence: x.trail.list(), figures: []Figure{
		{m.figure, float64(x.n), usual}, {figEarlier, value - float64(x.n), 0}, {figHeat, warm, 0},
	}})
}

const (
	// fastChanges in a minute are still a human's: holding a key down and dragging are
	// sent as few.
	fastChanges = 90
)

// rate is how fast an account changes maps.
type rate struct {
	minute  int64
	n, peak uint32 // in this minute; the highest of a minute today
	running uint32 // minutes in a row that were too fast
	day     int32
	usual   float32 // mean of the days' peaks
}

// paces finds changes that come faster than a human makes them.
func (w *Watch) paces(v *visit) {
	r := &v.p.rate
	at := w.now / minute
	if r.day != v.day {
		const share = 0.2
		r.usual += share * (float32(r.peak) - r.usual)
		r.day, r.peak = v.day, 0
	}
	if r.minute != at {
		if r.minute != at-1 || r.n <= fastChanges {
			r.running = 0
		}
		r.minute, r.n = at, 0
	}
	before := r.n
	r.n = uint32(min(uint64(r.n)+min(v.e.N("changes"), math.MaxUint32), math.MaxUint32))
	r.peak = max(r.peak, r.n)
	if r.n <= fastChanges {
		return
	}
	if before <= fastChanges {
		r.running = min(r.running, math.MaxUint32-1) + 1
	}
	usual := max(fastChanges, float64(r.usual)*2)
	raw := doublings(float64(r.n), usual) + math.Log2(float64(r.running))/2
	if raw > 0 {
		w.find(v, OpsRate, raw, Figure{figPerMinute, float64(r.n), usual}, Figure{figRepeatedly, float64(r.running), 1})
	}
}
