package life

import (
	"net/netip"
	"time"

	"plectica/internal/audit"
	"plectica/internal/id"
)

// day is one of somebody's days.
func (l *Life) day(p *person, d int) {
	at := l.midnight(d)
	weekday := at.Weekday()
	works := p.share
	if weekday == time.Saturday || weekday == time.Sunday {
		works = p.weekend
	}
	if p.away(d) || !l.chance(works) {
		return
	}
	if d == p.joins {
		l.joins(p, d)
	}
	city := p.city
	if p.travelling(d) {
		city = p.where
	}
	begin := p.start + p.spread*l.r.NormFloat64() - float64(cities[city].zone)
	at = at.Add(time.Duration(begin * float64(time.Hour)))
	if at.Before(l.midnight(d)) {
		at = at.Add(24 * time.Hour)
	}
	l.changes(p, d)
	atHome := l.chance(p.remote)
	sittings := l.between(2, 5)
	for i := range sittings {
		t := at.Add(time.Duration((float64(i) + 0.8*l.r.Float64()) * p.length / float64(sittings) * float64(time.Hour)))
		m := p.machines[0]
		if len(p.machines) > 1 && l.chance(0.25) {
			m = pick(l, p.machines)
		}
		l.sits(p, m, l.net(p, m, d, city, atHome), t, d)
	}
	if l.chance(0.06) { // once more, late
		l.sits(p, p.machines[len(p.machines)-1], l.net(p, p.machines[0], d, city, true), at.Add(time.Duration((p.length+1+3*l.r.Float64())*float64(time.Hour))), d)
	}
	l.odd(p, at.Add(time.Duration(p.length/2*float64(time.Hour))), d, city)
}

// net is from where somebody works.
func (l *Life) net(p *person, m *machine, d, city int, atHome bool) netip.Addr {
	switch {
	case m.phone && l.chance(0.7):
		return l.mobileNet(city)
	case p.travelling(d):
		if l.chance(0.3) {
			return l.mobileNet(city)
		}
		return address(city, hotel+int(p.id[0])%20, d/3+int(p.id[1]), 7)
	case p.vpn.IsValid() && l.chance(0.5):
		return p.vpn
	case atHome:
		if p.renews && l.chance(0.05) {
			p.home = l.homeNet(p.city)
		}
		return p.home
	}
	return address(p.city, office, p.org.office, 1+int(p.id[0])%250)
}

// changes are of what somebody works with.
func (l *Life) changes(p *person, d int) {
	switch {
	case l.chance(1.0 / 70): // a new machine
		m := &machine{agent: pick(l, browsers), signed: -1}
		if l.chance(0.4) {
			m.agent, m.phone = pick(l, phones), true
		}
		p.machines = append(p.machines, m)
		if len(p.machines) > 3 {
			p.machines = p.machines[1:]
		}
	case l.chance(1.0 / 80): // cookies cleared
		m := pick(l, p.machines)
		m.device, m.session = "", ""
	}
	if d%28 == 20 && l.chance(0.6) { // browsers are updated
		for _, m := range p.machines {
			m.agent += "."
		}
	}
}

// does is an act of somebody.
func (l *Life) does(p *person, m *machine, net netip.Addr, at time.Time, act audit.Act, on id.Map, counts []audit.Count) {
	l.say(at, audit.Event{Act: act, By: p.who(), On: audit.Of("map", on), Org: p.org.id, From: audit.From{Addr: net, Agent: m.agent, Device: m.device}, Session: m.session, Counts: counts})
}

// enters signs in, if that is needed, after some tries.
func (l *Life) enters(p *person, m *machine, net netip.Addr, at time.Time, d int) {
	if m.session != "" && d-m.signed < 14 && !(p.daily && m.signed != d) {
		return
	}
	tries := 0
	if l.chance(p.typos) {
		tries = l.between(1, 3)
		if l.chance(0.1) {
			tries = l.between(4, 7)
		}
	}
	for i := range tries {
		l.fails(net, m.agent, m.device, int(p.id[0])+int(p.id[1])<<8+int(p.id[2])<<16, at.Add(-time.Duration(20*(tries-i)+20)*time.Second))
	}
	l.signsIn(p, m, net, at, d)
}

func (l *Life) signsIn(p *person, m *machine, net netip.Addr, at time.Time, d int) {
	m.session, m.signed = l.name("s"), d
	prefix, _ := net.Prefix(24)
	key := m.agent + prefix.String()
	counts := n("proven", 1)
	if p.met[key] || m.device != "" && p.met[m.device] {
		counts = n("met", 1, "proven", 1)
	}
	e := audit.Event{Act: "signin", By: p.who(), Org: p.org.id, From: audit.From{Addr: net, Agent: m.agent, Device: m.device}}
	if p.second {
		e.Counts = n("waits", 1)
		l.say(at.Add(-9*time.Second), e)
		e.Act = "signin.second"
	}
	e.Session, e.Counts = m.session, counts
	l.say(at, e)
	if m.device == "" {
		m.device = l.name("d")
	}
	p.met[key], p.met[m.device] = true, true
}

// fails is a sign-in in vain.
func (l *Life) fails(net netip.Addr, agent, device string, target int, at time.Time) {
	l.say(at, audit.Event{
		Act: "signin", By: audit.Who{Kind: audit.Stranger}, On: audit.Object{Sort: "email", ID: at.Format("0102") + "-" + id.Format(id.Map{byte(target), byte(target >> 8), byte(target >> 16)})},
		From: audit.From{Addr: net, Agent: agent, Device: device}, Result: audit.Refused, Code: "permission", Counts: n("status", 403),
	})
}

// sits is a while at the maps.
func (l *Life) sits(p *person, m *machine, net netip.Addr, at time.Time, d int) {
	l.enters(p, m, net, at, d)
	rounds := 1 + int(l.r.ExpFloat64()*1.5*p.busy)
	for range min(rounds, 8) {
		on := pick(l, p.maps)
		if l.chance(0.15) {
			on = pick(l, p.org.maps)
		}
		at = at.Add(time.Duration(l.between(20, 900)) * time.Second)
		l.does(p, m, net, at, "map.open", on, n("times", 1))
		if l.chance(0.5) {
			l.edits(p, m, net, at, on, min(1+int(l.r.ExpFloat64()*4*p.busy), 30))
		}
		if l.chance(p.exports / 6) {
			l.does(p, m, net, at.Add(50*time.Second), "map.export", on, nil)
		}
		if l.chance(p.shares / 6) {
			l.does(p, m, net, at.Add(70*time.Second), pick(l, []audit.Act{"map.link.make", "map.invite", "map.access.give"}), on, nil)
		}
		if l.chance(0.02) {
			l.does(p, m, net, at.Add(80*time.Second), "map.history.read", on, nil)
		}
		if l.chance(0.015) {
			l.does(p, m, net, at.Add(90*time.Second), "map.delete", on, nil)
		}
	}
}

// edits are pushes.
func (l *Life) edits(p *person, m *machine, net netip.Addr, at time.Time, on id.Map, pushes int) {
	for range pushes {
		at = at.Add(time.Duration(l.between(2, 40)) * time.Second)
		c := 1 + int(l.r.ExpFloat64()*5)
		deleted := 0
		if l.chance(0.15) {
			deleted = 1 + int(l.r.ExpFloat64()*3)
		}
		l.does(p, m, net, at, audit.MapPush, on, n("changes", c, "deleted", deleted, "made", l.between(0, c), "ops", c+deleted+l.between(0, 2*c)))
	}
}
