package watch

import (
	"math"

	"plectica/internal/audit"
	"plectica/internal/sketch"
)

const (
	// keptNets and so on are how many of each are known of an account: those
	// that were used latest.
	keptNets, keptDevs, keptAgents, keptLands = 8, 4, 3, 3
	// knownAfter is on how many days an account has to be seen before something can be
	// unlike it.
	knownAfter = 3
	// hourCells are the hours of a working day, and those of a weekend, in UTC.
	hourCells = 48
	// heatHalves is how long it takes until what was unlike an account counts half, in ms.
	heatHalves = 6 * hour
	// maxHeat bounds it.
	maxHeat = 4
)

// known is something that an account has used.
type known struct {
	key  uint32
	last uint16 // day, since the epoch
	days uint16 // on how many
}

// person is what is remembered of an account or visit.
type person struct {
	last int64
	day  int32
	days uint16 // on how many it was seen

	nets                [keptNets]known
	devs                [keptDevs]known
	agents              [keptAgents]known
	newNets, newDevs    uint16 // how often one was new
	netsToday, devToday uint8
	usualNets           sketch.Usual

	longest uint16           // days of silence that were no wonder before
	hours   [hourCells]uint8 // on how many days it was used at that hour
	hourAt  int32            // the latest hour counted, since the epoch

	odd uint16 // how often it was used at an hour that is not usual

	heat   float32
	heatAt int64

	lat, lon float32 // where it was last, if that is known
	placeAt  int64
	lands    [keptLands]uint16 // countries where it was
	lastNet  uint32            // the network of the latest record; saves looking it up
	lastDev  uint32

	rate     rate
	volumes  [volumes]*volume
	removed  *removal
	powers   uint16 // on how many days it gave power
	powerDay int32
	settings uint16 // on how many days it changed settings
	setDay   int32
}

// use counts a use of something, and reports whether it is new and whether it is the first
// today. What was used longest ago makes room.
func use(list []known, key uint32, today int32) (isNew, first bool) {
	d := uint16(today)
	oldest := 0
	for i := range list {
		if list[i].key == key {
			if first = list[i].last != d; first {
				list[i].last = d
				list[i].days = min(list[i].days, math.MaxUint16-1) + 1
			}
			return false, first
		}
		if list[i].last < list[oldest].last {
			oldest = i
		}
	}
	list[oldest] = known{key, d, 1}
	return true, true
}

// knows reports whether something was used, without counting it.
func knows(list []known, key uint32) bool {
	for i := range list {
		if list[i].key == key {
			return true
		}
	}
	return false
}

// warm is how unlike itself the account was lately, in doublings.
func (p *person) warm(now int64) float64 {
	if p.heat == 0 {
		return 0
	}
	return float64(p.heat) * math.Exp2(-float64(max(now-p.heatAt, 0))/heatHalves)
}

// heats adds to that.
func (p *person) heats(now int64, by float64) {
	p.heat, p.heatAt = float32(min(max(p.warm(now), by), maxHeat)), now
}

// newDay closes the account's day, once.
func (w *Watch) newDay(v *visit) {
	p := v.p
	if p.day == v.day {
		return
	}
	if p.day != 0 {
		p.usualNets.Add(float64(p.netsToday))
	}
	p.netsToday, p.devToday = 0, 0
	p.lastNet, p.lastDev = 0, 0
	p.day = v.day
	p.days = min(p.days, math.MaxUint16-1) + 1
}

const (
	// dormantDays of silence are remarkable, unless a holiday of that length is near.
	dormantDays = 17
	dayHours    = 24
	mondayShift = 3 // the epoch was a Thursday
	weekDays    = 7
	workDays    = 5
)

// awake finds an account used after a long silence. One that the watch never saw was silent
// at least as long as the watch is there, unless it begins just now, or may have been
// forgotten.
func (w *Watch) awake(v *visit) {
	since := v.p.last
	if v.fresh {
		if v.e.By.Kind != audit.Person || begins(v.e.Act) || w.people.full() {
			return
		}
		since = w.began
	}
	v.silent = w.now - since
	days := float64(v.silent) / day
	usual := max(dormantDays, 1.5*float64(v.p.longest))
	v.p.longest = max(v.p.longest, uint16(min(days, math.MaxUint16)))
	if days < usual {
		return
	}
	raw := 1 + 2*math.Log2(days/usual)
	if enters(v.e) && v.e.N("met") == 0 {
		raw += 2
	}
	w.find(v, DormantAwake, raw, Figure{figDays, days, usual})
	v.p.heats(w.now, 1)
}

func begins(a audit.Act) bool {
	return a == "account.create" || a == "account.first" || a == "invitation.accept" || a == "account.verify"
}

// cell is an hour of a working day or of a weekend.
func cell(now int64) int {
	days := now / day
	c := int(now % day / hour)
	if (days+mondayShift)%weekDays >= workDays {
		c += dayHours
	}
	return c
}

// hours finds an account used when it never is.
func (w *Watch) hours(v *visit) {
	p := v.p
	at := int32(w.now / hour)
	if p.hourAt == at {
		return
	}
	p.hourAt = at
	c := cell(w.now)
	if v.e.By.Kind == audit.Person && p.days > knownAfter && v.silent < day*dormantDays {
		seen, near, all := p.hourly(c)
		if bits := strange(near, all); bits > 1 {
			w.find(v, UnusualHours, bits-math.Log2(float64(1+p.odd))+p.warm(w.now),
				Figure{figHour, float64(c % dayHours), seen}, Figure{figHeat, p.warm(w.now), 0})
			p.heats(w.now, bits/4)
			p.odd = min(p.odd, math.MaxUint16-1) + 1
		}
	}
	if p.hours[c] == math.MaxUint8 {
		for i := range p.hours {
			p.hours[i] /= 2
		}
	}
	p.hours[c]++
}

// strange is how little an hour fits, in bits, by how often the account was used near it and
// at all. What is known of many weeks is no stranger than what is known of some.
func strange(near, all float64) float64 {
	const smooth, enough = 0.5, 80
	if all > enough {
		near, all = near*enough/all, enough
	}
	return math.Log2((all/dayHours*2 + smooth) / (near + smooth))
}

// hourly is how often the account was used at an hour, with those around it, which count
// less, and at all. Working days and weekends say something of each other.
func (p *person) hourly(c int) (seen, near, all float64) {
	const other = 0.25
	base, rest := c/dayHours*dayHours, (1-c/dayHours)*dayHours
	at := func(h int) float64 {
		h = (h + dayHours) % dayHours
		return float64(p.hours[base+h]) + other*float64(p.hours[rest+h])
	}
	h := c % dayHours
	for _, n := range p.hours {
		all += float64(n)
	}
	for i, weight := range []float64{1, 0.7, 0.45, 0.25} {
		near += weight * at(h-i)
		if i > 0 {
			near += weight * at(h+i)
		}
	}
	return float64(p.hours[c]), near, all
}
