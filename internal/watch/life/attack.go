package life

import (
	"net/netip"
	"time"

	"plectica/internal/id"
)

// assault is an attack to come.
type assault struct {
	kind, variant string
	day           int
}

// assaults are the attacks by the kind of what they should be found as.
var assaults = []struct {
	kind string
	run  func(*Life, int, string) Attack
}{
	{"stuffing", (*Life).stuffs},
	{"spraying", (*Life).sprays},
	{"many-places", (*Life).isShared},
	{"new-place", (*Life).comesFromElsewhere},
	{"new-device", (*Life).bringsDevice},
	{"shared-session", (*Life).copiesSession},
	{"factor-removed", (*Life).removesFactor},
	{"mass-export", (*Life).takesOut},
	{"mass-deletion", (*Life).deletes},
	{"mass-sharing", (*Life).givesAway},
	{"privilege-rise", (*Life).rises},
	{"dormant-awake", (*Life).wakes},
	{"unusual-hours", (*Life).comesAtNight},
	{"settings-weaken", (*Life).weakens},
	{"audit-gap", (*Life).hides},
	{"ops-rate", (*Life).scripts},
}

// plan sets the days of all attacks.
func (l *Life) plan() {
	l.planned = map[int][]assault{}
	span := l.c.Days - l.c.Quiet - 1
	if span <= 0 {
		return
	}
	for _, a := range assaults {
		for _, v := range Variants() {
			for range l.c.Each {
				d := l.c.Quiet + l.r.IntN(span)
				if a.kind == "dormant-awake" { // as late as there is: before, nobody slept for long
					d = l.c.Days - 2 - l.r.IntN(min(span, 5))
				}
				l.planned[d] = append(l.planned[d], assault{a.kind, v, d})
			}
		}
	}
}

// strike does the attacks of a day.
func (l *Life) strike(d int) {
	for _, x := range l.planned[d] {
		for _, a := range assaults {
			if a.kind == x.kind {
				got := a.run(l, d, x.variant)
				got.Kind, got.Variant = x.kind, x.variant
				l.attacks = append(l.attacks, got)
			}
		}
	}
}

// victim is somebody who works these days, and was not attacked yet.
func (l *Life) victim(d int, fits func(*person) bool) *person {
	for try := 0; ; try++ {
		p := pick(l, l.people)
		signed := p.machines[0].session != ""
		if try < 5000 && (p.taken || !signed || p.away(d) || p.away(d+2) || p.joins >= 0 || p.share < 0.5 || p.travelling(d) || fits != nil && !fits(p)) {
			continue
		}
		p.taken = true
		return p
	}
}

// when is an hour of somebody's day.
func (l *Life) when(p *person, d int, hour float64) time.Time {
	return l.midnight(d).Add(time.Duration((hour - float64(cities[p.city].zone)) * float64(time.Hour)))
}

// atWork is some time when somebody works.
func (l *Life) atWork(p *person, d int) time.Time {
	return l.when(p, d, p.start+p.length*(0.2+0.5*l.r.Float64()))
}

// thief is with what, and from where, somebody else comes into an account.
func (l *Life) thief(p *person, variant string) (*machine, netip.Addr) {
	switch variant {
	case Naive:
		return &machine{agent: "python-requests/2.40"}, l.rentedNet(l.between(far, len(cities)-1))
	case Careful:
		return &machine{agent: pick(l, browsers)}, l.homeNet((p.city + 1) % 3)
	}
	return &machine{agent: p.machines[0].agent}, l.homeNet(p.city)
}

// attack is one of an account, from when to when.
func attack(p *person, from, to time.Time) Attack {
	return Attack{From: from.UnixMilli(), To: to.UnixMilli(), Who: p.id}
}

// enter signs a thief in.
func (l *Life) enter(p *person, m *machine, net netip.Addr, at time.Time) {
	m.session = l.name("x")
	l.does(p, m, net, at, "signin", id.Map{}, n("proven", 1))
	m.device = l.name("y")
}

func prefix(a netip.Addr) netip.Prefix {
	p, err := a.Prefix(24)
	if err != nil {
		panic(err) // it was made here
	}
	return p
}

func (l *Life) stuffs(d int, variant string) Attack {
	at := l.midnight(d).Add(time.Duration(l.between(0, 10)) * time.Hour)
	got := Attack{From: at.UnixMilli()}
	try := func(net netip.Addr, many int, each time.Duration) {
		got.Nets = append(got.Nets, prefix(net))
		for range many {
			at = at.Add(time.Duration(l.r.Float64() * float64(2*each)))
			if l.chance(0.004) {
				p := pick(l, l.people)
				l.does(p, &machine{agent: "Chrome/160 Windows", session: l.name("x")}, net, at, "signin", id.Map{}, n("proven", 1))
				continue
			}
			l.fails(net, "Chrome/160 Windows", "", l.r.IntN(1<<20), at)
		}
	}
	switch variant {
	case Naive:
		try(l.rentedNet(l.between(far, len(cities)-1)), 500, time.Second)
	case Careful:
		try(l.homeNet(l.r.IntN(len(cities))), 60, 10*time.Minute)
	case Targeted:
		for range 40 { // a botnet in homes
			try(l.homeNet(l.r.IntN(offices)), 4, 3*time.Minute)
		}
	}
	got.To = at.UnixMilli()
	return got
}

func (l *Life) sprays(d int, variant string) Attack {
	at := l.midnight(d).Add(time.Duration(l.between(0, 12)) * time.Hour)
	got := Attack{From: at.UnixMilli(), Everywhere: true}
	many, each, net := 300, 12*time.Second, func() netip.Addr { return l.rentedNet(l.r.IntN(len(cities))) }
	switch variant {
	case Careful:
		many, each = 150, 10*time.Minute
	case Targeted:
		many, each, net = 25, time.Hour, func() netip.Addr { return l.homeNet(l.r.IntN(offices)) }
	}
	for range many {
		at = at.Add(time.Duration(l.r.Float64() * float64(2*each)))
		from := net()
		got.Nets = append(got.Nets, prefix(from))
		l.fails(from, pick(l, browsers), "", l.r.IntN(1<<20), at)
	}
	got.To = at.UnixMilli()
	return got
}

// isShared: an account whose password many have.
func (l *Life) isShared(d int, variant string) Attack {
	p := l.victim(d, nil)
	at := l.when(p, d, 8)
	many, each, city := 15, 20*time.Minute, func() int { return l.r.IntN(len(cities)) }
	switch variant {
	case Careful:
		many, each, city = 6, 2*time.Hour, func() int { return l.r.IntN(3) }
	case Targeted:
		many, each, city = 3, 3*time.Hour, func() int { return p.city }
	}
	begin := at
	for range many {
		at = at.Add(time.Duration(l.r.Float64() * float64(2*each)))
		m, net := &machine{agent: pick(l, browsers)}, l.homeNet(city())
		l.enter(p, m, net, at)
		l.does(p, m, net, at.Add(time.Minute), "map.open", pick(l, p.maps), n("times", 1))
	}
	return attack(p, begin, at.Add(2*time.Minute))
}

func (l *Life) comesFromElsewhere(d int, variant string) Attack {
	p := l.victim(d, nil)
	at := l.atWork(p, d)
	m, net := l.thief(p, variant)
	if variant == Targeted {
		net = l.mobileNet(p.city)
	}
	l.enter(p, m, net, at)
	l.does(p, m, net, at.Add(time.Minute), "map.open", pick(l, p.maps), n("times", 1))
	return attack(p, at, at.Add(2*time.Minute))
}

// bringsDevice: with a stolen password, from nearer each time; at last from the office.
func (l *Life) bringsDevice(d int, variant string) Attack {
	p := l.victim(d, nil)
	at := l.atWork(p, d)
	m, net := l.thief(p, variant)
	switch variant {
	case Careful:
		net = l.homeNet(p.city)
	case Targeted:
		net = address(p.city, office, p.org.office, 99)
	}
	l.enter(p, m, net, at)
	l.does(p, m, net, at.Add(time.Minute), "map.open", pick(l, p.maps), n("times", 1))
	return attack(p, at, at.Add(2*time.Minute))
}

// copiesSession: a cookie or a token in other hands.
func (l *Life) copiesSession(d int, variant string) Attack {
	p := l.victim(d, nil)
	at := l.atWork(p, d)
	m, net := l.thief(p, variant)
	m.session = p.machines[0].session
	acts := 20
	if variant == Targeted { // the device's cookie as well, and the same browser
		m.device = p.machines[0].device
		acts = 5
	}
	begin := at
	for range acts {
		at = at.Add(time.Minute)
		l.does(p, m, net, at, "map.read", pick(l, p.maps), nil)
	}
	return attack(p, begin, at.Add(time.Minute))
}

func (l *Life) removesFactor(d int, variant string) Attack {
	p := l.victim(d, nil)
	at := l.atWork(p, d)
	m, net := l.thief(p, variant)
	begin := at
	if variant == Targeted { // at a browser that was left open
		m, net = p.machines[0], p.home
	} else {
		l.enter(p, m, net, at)
	}
	l.does(p, m, net, at.Add(2*time.Minute), "factor.passkey.remove", id.Map{}, nil)
	at = at.Add(4 * time.Minute)
	switch variant {
	case Naive:
		l.does(p, m, net, at, "account.email.begin", id.Map{}, nil)
		l.does(p, m, net, at.Add(time.Minute), "account.password.change", id.Map{}, nil)
	case Careful:
		at = at.Add(9 * time.Hour)
		l.does(p, m, net, at, "token.make", id.Map{}, nil)
	case Targeted:
		l.does(p, m, net, at, "account.password.change", id.Map{}, nil)
	}
	return attack(p, begin, at.Add(2*time.Minute))
}
