package watch

import (
	"plectica/internal/fault"
	"plectica/internal/varint"
)

// version is of the form of a watch that is written down.
const version = 2

// State writes the watch down. Of the same watch come the same bytes.
func (w *Watch) State() []byte {
	c := &coder{b: []byte{version}}
	w.walk(c)
	return c.b
}

// Restore makes the watch what State wrote down; it goes on with the record Next. The error
// has kind fault.Invalid, and the watch is then what it was.
func (w *Watch) Restore(b []byte) error {
	fresh := New(w.c)
	c := &coder{r: varint.NewReader(b)}
	if c.r.Byte() != version {
		return fault.New(fault.Invalid, "the watch was written down by another version")
	}
	fresh.walk(c)
	if fresh.now > latest {
		c.r.Fail()
	}
	if err := c.r.Done(); err != nil {
		return fault.Wrap(fault.Invalid, "read a watch", err)
	}
	*w = *fresh
	return nil
}

func (w *Watch) walk(c *coder) {
	num(c, &w.now)
	num(c, &w.began)
	num(c, &w.next)
	num(c, &w.alerts)
	num(c, &w.astray)
	w.people.walk(c, num, (*coder).person)
	w.visits.walk(c, num, (*coder).person)
	w.sessions.walk(c, num, (*coder).session)
	w.sources.walk(c, num, (*coder).source)
	w.targets.walk(c, num, (*coder).target)
	w.told.walk(c, func(c *coder, k *toldKey) { num(c, &k.kind); num(c, &k.subject) }, func(c *coder, t *told) {
		num(c, &t.id)
		num(c, &t.times)
		num(c, &t.since)
		c.float(&t.score)
	})
	c.site(&w.site)
}

func (c *coder) knowns(list []known) {
	for i := range list {
		num(c, &list[i].key)
		num(c, &list[i].last)
		num(c, &list[i].days)
	}
}

func (c *coder) person(p *person) {
	num(c, &p.last)
	num(c, &p.day)
	num(c, &p.days)
	c.knowns(p.nets[:])
	c.knowns(p.devs[:])
	c.knowns(p.agents[:])
	num(c, &p.newNets)
	num(c, &p.newDevs)
	num(c, &p.netsToday)
	num(c, &p.devToday)
	c.sketch(&p.usualNets)
	num(c, &p.longest)
	for i := range p.hours {
		num(c, &p.hours[i])
	}
	num(c, &p.hourAt)
	num(c, &p.odd)
	c.float(&p.heat)
	num(c, &p.heatAt)
	c.degrees(&p.lat)
	c.degrees(&p.lon)
	num(c, &p.placeAt)
	for i := range p.lands {
		num(c, &p.lands[i])
	}
	num(c, &p.lastNet)
	num(c, &p.lastDev)
	c.rate(&p.rate)
	for i := range p.volumes {
		maybe(c, &p.volumes[i], func(c *coder, x *volume) { x.walk(c) })
	}
	maybe(c, &p.removed, func(c *coder, r *removal) { r.walk(c) })
	num(c, &p.powers)
	num(c, &p.powerDay)
	num(c, &p.settings)
	num(c, &p.setDay)
}

func (c *coder) rate(r *rate) {
	num(c, &r.minute)
	num(c, &r.n)
	num(c, &r.peak)
	num(c, &r.running)
	num(c, &r.day)
	c.float(&r.usual)
}

func (x *volume) walk(c *coder) {
	num(c, &x.day)
	c.float(&x.n)
	c.float(&x.past)
	c.sketch(&x.maps)
	c.sketch(&x.usual)
	c.trail(&x.trail)
}

func (r *removal) walk(c *coder) {
	num(c, &r.at)
	num(c, &r.added)
	c.float(&r.raw)
	num(c, &r.acts)
}

func (c *coder) session(s *session) {
	num(c, &s.born)
	num(c, &s.dev)
	num(c, &s.agent)
	num(c, &s.net)
	num(c, &s.before)
	num(c, &s.changed)
	num(c, &s.changedToday)
	num(c, &s.day)
	num(c, &s.days)
	c.flag(&s.settled)
}

func (c *coder) source(s *source) {
	num(c, &s.day)
	num(c, &s.good)
	num(c, &s.goodAt)
	c.sketch(&s.failed)
	c.sketch(&s.let)
	num(c, &s.loose)
	c.sketch(&s.usual)
	c.trail(&s.trail)
}

func (c *coder) target(t *target) {
	c.sketch(&t.nets)
	num(c, &t.tries)
	c.trail(&t.trail)
}

func (c *coder) site(s *site) {
	c.sketch(&s.popular)
	for i := range s.spread {
		c.sketch(&s.spread[i])
	}
	s.hour.walk(c)
	s.today.walk(c)
	c.trail(&s.strays)
	num(c, &s.day)
	num(c, &s.pause)
	c.sketch(&s.pauses)
	num(c, &s.signed)
}
