package life

import (
	"net/netip"

	"plectica/internal/audit"
	"plectica/internal/id"
)

// machine is a browser, or a program with a token.
type machine struct {
	agent   string
	device  string // its cookie; empty until it signed in
	session string
	signed  int // day of the sign-in
	phone   bool
}

// person is somebody with an account.
type person struct {
	id       id.Account
	org      *org
	admin    bool
	operator bool
	city     int
	home     netip.Addr
	renews   bool // the address at home changes
	machines []*machine
	met      map[string]bool // devices, and agents with networks, that signed in

	start, length     float64 // hours of the day, local
	spread            float64
	share             float64 // of working days
	weekend           float64
	remote            float64
	daily             bool // signs in each day
	second            bool
	typos             float64
	from, to          int // away: days
	trip, back, where int // travels: days, and the city
	joins             int // the day the account is made
	maps              []id.Map
	busy              float64
	exports, shares   float64 // a day
	vpn               netip.Addr
	taken             bool // by an attack
}

func (p *person) who() audit.Who {
	return audit.Who{Kind: audit.Person, ID: p.id, Alias: "p" + id.Format(p.id)}
}

// found makes the organisations and their people.
func (l *Life) found() {
	for len(l.people) < l.c.People {
		o := &org{city: l.r.IntN(offices), office: l.r.IntN(40)}
		o.id[0], o.id[1] = byte(len(l.orgs)+1), 9
		for range l.between(30, 120) {
			o.maps = append(o.maps, l.mapID())
		}
		size := min(l.between(15, 100), l.c.People-len(l.people))
		for i := range size {
			p := l.born(o)
			p.admin = i == 0 || i == 1 && size > 40
			o.staff = append(o.staff, p)
			l.people = append(l.people, p)
		}
		l.orgs = append(l.orgs, o)
	}
	l.people[0].operator, l.people[0].admin = true, true
	l.people[min(3, len(l.people)-1)].operator = true
	for range l.c.People/30 + 3*l.c.Each {
		p := l.born(pick(l, l.orgs))
		l.asleep = append(l.asleep, p)
	}
}

func (l *Life) born(o *org) *person {
	l.serial++
	p := &person{org: o, city: o.city, met: map[string]bool{}}
	p.id = id.Account{byte(l.serial), byte(l.serial >> 8), byte(l.serial >> 16), 1, 2, 3}
	p.home, p.renews = l.homeNet(p.city), l.chance(0.3)
	p.machines = []*machine{{agent: pick(l, browsers), signed: -1}}
	if l.chance(0.6) {
		p.machines = append(p.machines, &machine{agent: pick(l, phones), signed: -1, phone: true})
	}
	l.schedule(p)
	p.daily, p.second, p.typos = l.chance(0.15), l.chance(0.35), 0.02+0.1*l.r.Float64()*l.r.Float64()
	for range l.between(3, 14) {
		p.maps = append(p.maps, pick(l, o.maps))
	}
	p.busy = 0.4 + 1.6*l.r.Float64()
	if p.exports, p.shares = 0.08, 0.25*p.busy; l.chance(0.03) {
		p.exports = 1 + 4*l.r.Float64()
	}
	if l.chance(0.08) {
		p.vpn = address(l.r.IntN(offices), rented, o.office, 9)
	}
	return p
}

// schedule is when somebody works.
func (l *Life) schedule(p *person) {
	p.start, p.length, p.spread, p.share, p.weekend = 8.5+l.r.NormFloat64(), 8.5+l.r.NormFloat64()/2, 0.6, 0.97, 0.02
	switch x := l.r.Float64(); {
	case x < 0.12: // part of the time
		p.length, p.share = 4.5, 0.4+0.4*l.r.Float64()
	case x < 0.17: // at night
		p.start, p.length = 22, 8
		p.weekend = 0.3
	case x < 0.30: // as it comes
		p.start, p.length, p.spread, p.weekend = 10, 9, 2.5, 0.25
	case x < 0.36: // now and then
		p.share = 0.08
	}
	p.remote = l.r.Float64()
	p.from, p.to, p.trip, p.joins = -1, -1, -1, -1
	switch x := l.r.Float64(); {
	case x < 0.30: // a holiday
		p.from = l.between(1, 28)
		p.to = p.from + l.between(4, 15)
	case x < 0.32: // ill for long, or a child
		p.from = l.between(1, 8)
		p.to = p.from + l.between(16, 24)
	case x < 0.33:
		p.joins = l.between(2, 25)
	}
	if l.chance(0.10) {
		p.trip, p.where = l.between(4, 27), l.r.IntN(len(cities))
		p.back = p.trip + l.between(1, 5)
	}
}

// away reports whether somebody does nothing on a day.
func (p *person) away(d int) bool {
	return d >= p.from && d < p.to || d < p.joins || p.trip >= 0 && (d == p.trip-1 || d == p.back) // on the way
}

// travelling reports whether somebody is elsewhere.
func (p *person) travelling(d int) bool { return p.trip >= 0 && d >= p.trip && d < p.back }
