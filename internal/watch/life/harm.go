package life

import (
	"net/netip"
	"time"

	"plectica/internal/audit"
	"plectica/internal/id"
)

// hand is with what somebody does harm: a thief's machine, or, of an insider, their own.
func (l *Life) hand(p *person, variant string, at time.Time) (*machine, netip.Addr) {
	if variant == Targeted {
		return p.machines[0], p.home
	}
	m, net := l.thief(p, variant)
	l.enter(p, m, net, at)
	return m, net
}

// repeat does the same many times on many maps.
func (l *Life) repeat(p *person, m *machine, net netip.Addr, at time.Time, many int, each time.Duration, act audit.Act, counts []audit.Count) time.Time {
	for i := range many {
		at = at.Add(time.Duration(l.r.Float64() * float64(2*each)))
		l.does(p, m, net, at, act, p.org.maps[i%len(p.org.maps)], counts)
	}
	return at
}

func (l *Life) takesOut(d int, variant string) Attack {
	p := l.victim(d, func(p *person) bool { return p.exports < 1 })
	at := l.atWork(p, d)
	begin := at
	m, net := l.hand(p, variant, at)
	switch variant {
	case Naive:
		at = l.repeat(p, m, net, at, 300, 4*time.Second, "map.export", nil)
	case Careful:
		for range 3 {
			at = l.repeat(p, m, net, at, 20, 5*time.Minute, "map.export", nil).Add(21 * time.Hour)
		}
	case Targeted:
		for range 5 {
			at = l.repeat(p, m, net, at, 7, 10*time.Minute, "map.export", nil).Add(22 * time.Hour)
		}
	}
	return attack(p, begin, at)
}

func (l *Life) deletes(d int, variant string) Attack {
	p := l.victim(d, nil)
	at := l.atWork(p, d)
	begin := at
	m, net := l.hand(p, variant, at)
	switch variant {
	case Naive:
		at = l.repeat(p, m, net, at, 80, 5*time.Second, "map.delete", nil)
	case Careful:
		at = l.repeat(p, m, net, at, 15, 10*time.Minute, "map.delete", nil)
	case Targeted: // what is in them, not the maps
		at = l.repeat(p, m, net, at, 5, 10*time.Minute, audit.MapPush, n("changes", 2, "deleted", 70, "ops", 75))
	}
	return attack(p, begin, at)
}

func (l *Life) givesAway(d int, variant string) Attack {
	p := l.victim(d, nil)
	at := l.atWork(p, d)
	begin := at
	m, net := l.hand(p, variant, at)
	switch variant {
	case Naive:
		at = l.repeat(p, m, net, at, 60, 5*time.Second, "map.link.make", nil)
	case Careful:
		at = l.repeat(p, m, net, at, 14, 10*time.Minute, "map.link.make", nil)
	case Targeted:
		at = l.repeat(p, m, net, at, 4, 10*time.Minute, "map.link.make", nil)
	}
	return attack(p, begin, at)
}

// rises: by somebody who may and never did; by a thief in who does; by who does it anyway.
func (l *Life) rises(d int, variant string) Attack {
	p := l.victim(d, func(p *person) bool { return p.admin == (variant != Naive) })
	at := l.atWork(p, d)
	m, net := l.hand(p, variant, at)
	act := audit.Act("org.access.give")
	if variant == Naive {
		act = "people.operator"
	}
	l.say(at.Add(time.Minute), audit.Event{Act: act, By: p.who(), On: audit.OfAccount(pick(l, l.people).id), Org: p.org.id, From: audit.From{Addr: net, Agent: m.agent, Device: m.device}, Session: m.session})
	return attack(p, at, at.Add(2*time.Minute))
}

// wakes: an account that nobody uses; at last one whose owner is on a holiday.
func (l *Life) wakes(d int, variant string) Attack {
	var p *person
	if variant == Targeted || len(l.asleep) == 0 {
		p = l.victim(d, nil)
		for _, q := range l.people {
			if !q.taken && q.away(d) && q.away(d+1) {
				p = q
				break
			}
		}
		p.taken = true
	} else {
		p, l.asleep = l.asleep[0], l.asleep[1:]
	}
	at := l.when(p, d, 11)
	m, net := l.thief(p, variant)
	l.enter(p, m, net, at)
	end := l.repeat(p, m, net, at, 5, time.Minute, "map.open", nil)
	return attack(p, at, end)
}

func (l *Life) comesAtNight(d int, variant string) Attack {
	p := l.victim(d, func(p *person) bool { return p.start > 6 && p.start < 11 && p.spread < 1 })
	hour := 3.0
	switch variant {
	case Careful:
		hour = 21.5
	case Targeted:
		hour = p.start - 1
	}
	at := l.when(p, d, hour)
	m := p.machines[0] // somebody at the victim's own
	end := l.repeat(p, m, p.home, at, 6, 3*time.Minute, "map.open", nil)
	return attack(p, at, end)
}

// weakens: by somebody who never did; by a thief in who does; by who does it anyway.
func (l *Life) weakens(d int, variant string) Attack {
	p := l.victim(d, func(p *person) bool { return p.admin == (variant != Naive) })
	at := l.atWork(p, d)
	m, net := l.hand(p, variant, at)
	l.does(p, m, net, at.Add(time.Minute), "org.change", id.Map{}, nil)
	return attack(p, at, at.Add(2*time.Minute))
}

// hides: records that are cut out; that could not be written; a log that stands still.
func (l *Life) hides(d int, variant string) Attack {
	at := l.midnight(d).Add(time.Duration(l.between(1, 20)) * time.Hour)
	end := at.Add(time.Second)
	switch variant {
	case Naive:
		end = at.Add(20 * time.Minute)
		l.holes = append(l.holes, hole{at.UnixMilli(), end.UnixMilli(), 1000})
	case Careful:
		l.say(at, audit.Event{Act: audit.AuditGap, By: audit.Who{Kind: audit.Server}, Counts: n("records", 3)})
	case Targeted: // put together again, without a number missing
		end = at.Add(time.Duration(l.between(15, 90)) * time.Minute)
		l.holes = append(l.holes, hole{at.UnixMilli(), end.UnixMilli(), 0})
	}
	return Attack{From: at.UnixMilli(), To: end.Add(15 * time.Minute).UnixMilli(), Everywhere: true}
}

// scripts: changes by a program.
func (l *Life) scripts(d int, variant string) Attack {
	p := l.victim(d, nil)
	at := l.atWork(p, d)
	begin := at
	m := p.machines[0]
	changes, minutes := 2000, 5
	switch variant {
	case Careful:
		changes, minutes = 200, 10
	case Targeted:
		changes, minutes = 60, 60
	}
	on := pick(l, p.maps)
	for range minutes * 6 {
		at = at.Add(10 * time.Second)
		l.does(p, m, p.home, at, audit.MapPush, on, n("changes", changes/6, "made", changes/6, "ops", changes/3))
	}
	return attack(p, begin, at)
}
