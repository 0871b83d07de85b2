package life

import (
	"time"

	"plectica/internal/audit"
	"plectica/internal/id"
)

// odd is what does not happen every day, and is no attack.
func (l *Life) odd(p *person, at time.Time, d, city int) {
	m := p.machines[0]
	net := l.net(p, m, d, city, true)
	each := func(act audit.Act, many int, pause time.Duration) {
		l.enters(p, m, net, at.Add(-time.Minute), d)
		for range many {
			at = at.Add(time.Duration(l.r.Float64() * float64(2*pause)))
			l.does(p, m, net, at, act, pick(l, p.org.maps), nil)
		}
	}
	if l.chance(0.002) { // a project ends
		each("map.export", l.between(6, 25), 40*time.Second)
	}
	if l.chance(0.004) { // tidying
		each("map.delete", l.between(3, 12), 20*time.Second)
	}
	if l.chance(0.005) { // a workshop
		each(pick(l, []audit.Act{"map.invite", "map.link.make", "map.access.give"}), l.between(4, 15), 30*time.Second)
	}
	if l.chance(0.004) { // looking for something
		each("map.read", l.between(15, 50), 15*time.Second)
	}
	if l.chance(0.006) { // a map is begun anew
		l.enters(p, m, net, at.Add(-time.Minute), d)
		l.does(p, m, net, at, audit.MapPush, pick(l, p.maps), n("changes", l.between(1, 5), "deleted", l.between(40, 300), "ops", 400))
	}
	if l.chance(0.01) { // pasted, brought from elsewhere
		l.does(p, m, net, at, audit.MapPush, pick(l, p.maps), n("changes", l.between(1, 110), "made", 300, "ops", 900))
	}
	l.guards(p, m, at, d, city)
	if p.admin {
		l.manages(p, m, at, d, city)
	}
}

// guards is what people do with their factors.
func (l *Life) guards(p *person, m *machine, at time.Time, d, city int) {
	net := l.net(p, m, d, city, true)
	if l.chance(0.003) {
		l.enters(p, m, net, at.Add(-time.Minute), d)
		first, then := audit.Act("factor.passkey.add"), audit.Act("factor.passkey.remove")
		if l.chance(0.3) {
			first, then = then, first
		}
		l.does(p, m, net, at, first, id.Map{}, nil)
		if l.chance(0.85) {
			l.does(p, m, net, at.Add(3*time.Minute), then, id.Map{}, nil)
		}
	}
	if l.chance(0.003) {
		l.enters(p, m, net, at.Add(-time.Minute), d)
		l.does(p, m, net, at.Add(5*time.Minute), "account.password.change", id.Map{}, nil)
	}
}

// manages is what who runs an organisation or the site does.
func (l *Life) manages(p *person, m *machine, at time.Time, d, city int) {
	net := l.net(p, m, d, city, false)
	do := func(chance float64, act audit.Act, many int) {
		if !l.chance(chance) {
			return
		}
		l.enters(p, m, net, at.Add(-time.Minute), d)
		for range many {
			at = at.Add(time.Duration(l.between(20, 200)) * time.Second)
			l.say(at, audit.Event{Act: act, By: p.who(), On: audit.OfAccount(pick(l, p.org.staff).id), Org: p.org.id, From: audit.From{Addr: net, Agent: m.agent, Device: m.device}, Session: m.session})
		}
	}
	do(0.12, "org.access.give", l.between(1, 2))
	do(0.02, "org.invite", l.between(4, 12))
	do(0.07, "org.change", 1)
	if p.operator {
		do(0.03, "people.operator", 1)
		do(0.04, "site.signup.change", 1)
	}
}

func (l *Life) joins(p *person, d int) {
	l.say(l.midnight(d).Add(7*time.Hour), audit.Event{Act: "account.create", By: p.who(), Org: p.org.id, From: audit.From{Addr: p.home, Agent: p.machines[0].agent}})
}

// strangers are visitors by links, programs with tokens, and what the net is full of.
func (l *Life) strangers(d int) {
	at := l.midnight(d)
	for range l.c.People / 30 {
		t := at.Add(time.Duration(l.between(6*3600, 20*3600)) * time.Second)
		p := pick(l, l.people)
		visit := l.mapID()
		v := audit.Event{Act: "link.open", By: audit.Who{Kind: audit.Visitor, ID: visit, Alias: id.Format(visit)}, Org: p.org.id, From: audit.From{Addr: l.homeNet(l.r.IntN(len(cities))), Agent: pick(l, browsers)}, Session: l.name("v")}
		v.On = audit.Of("map", pick(l, p.org.maps))
		l.say(t, v)
		v.Act = "map.open"
		l.say(t.Add(time.Second), v)
		if l.chance(0.1) {
			v.Act = "map.export"
			l.say(t.Add(time.Minute), v)
		}
	}
	for range l.between(3, 25) { // who tries any site
		l.fails(l.rentedNet(l.r.IntN(len(cities))), "Mozilla/5.0", "", l.r.IntN(1<<20), at.Add(time.Duration(l.r.IntN(86400))*time.Second))
	}
	if l.chance(0.3) { // and one who tries a little longer
		net := l.rentedNet(l.r.IntN(len(cities)))
		for i := range l.between(3, 9) {
			l.fails(net, "Mozilla/5.0", "", l.r.IntN(1<<20), at.Add(time.Duration(40000+60*i)*time.Second))
		}
	}
	for i, p := range l.people {
		if i%40 == 7 {
			l.program(p, i, d)
		}
	}
}

// program is one with a token.
func (l *Life) program(p *person, i, d int) {
	m := &machine{agent: "sync/1.2", session: "token" + id.Format(p.id)}
	if d > 15+i%10 {
		m.agent = "sync/1.3"
	}
	at := l.midnight(d).Add(time.Duration(i%24) * time.Hour)
	net := address(p.city, rented, i%256, 20)
	for h := range 4 {
		if i%3 == 0 { // on machines of others, each time another
			net = l.rentedNet(p.city)
		}
		for range l.between(1, 4) {
			l.does(p, m, net, at.Add(time.Duration(h)*time.Hour), "map.read", pick(l, p.maps), nil)
		}
	}
	if i%5 == 2 { // takes all out each night
		for k, v := range p.org.maps {
			l.does(p, m, net, at.Add(time.Duration(k)*time.Second), "map.export", v, nil)
		}
	}
}

// server is what it says by itself.
func (l *Life) server(d int) {
	at := l.midnight(d)
	off := -1
	if l.chance(0.12) { // it is begun anew, or brought up to date
		off = l.between(0, 23)
	}
	for h := range 24 {
		for m := range 12 {
			t := at.Add(time.Duration(h)*time.Hour + time.Duration(m*300+l.r.IntN(60))*time.Second)
			if h == off && m > 2 && m < 5 {
				continue
			}
			act := audit.HealthRead
			if h == off && m == 5 {
				act, t = audit.ServerStart, at.Add(time.Duration(h)*time.Hour+25*time.Minute)
			}
			l.say(t, audit.Event{Act: act, By: audit.Who{Kind: audit.Server}})
		}
	}
	if off >= 0 {
		from := at.Add(time.Duration(off)*time.Hour + 14*time.Minute)
		l.holes = append(l.holes, hole{from: from.UnixMilli(), to: from.Add(11 * time.Minute).UnixMilli()})
	}
}
