package watch

import (
	"math"

	"plectica/internal/audit"
	"plectica/internal/sketch"
)

const (
	// settles is how long after a sign-in a browser may come with its new cookie, in ms.
	settles = day
	// passes is how long a sensitive act after a factor was removed belongs to that, and
	// replaces how long before or after a new one stands for the old, in ms.
	passes, replaces = day, 7 * day
)

// session is a sign-in, a visit or a token of a program, and from where it is used.
type session struct {
	born         int64
	dev, agent   uint32
	net, before  uint32 // its network, and the one before that
	changed      uint16 // how often it changed its network or program, before today
	changedToday uint16
	day          int32
	days         uint16
	settled      bool // the browser's cookie is known
}

// shares finds a sign-in or token that is used from more than one device, or of which a
// program changes its network or name.
func (w *Watch) shares(v *visit) {
	e := v.e
	if e.Session == "" {
		return
	}
	s, fresh := w.sessions.get(sketch.Hash(e.Session))
	dev, net, ag := device(e.From), uint32(network(e.From.Addr)), agent(e.From)
	if fresh {
		*s = session{born: w.now, dev: dev, net: net, agent: ag, settled: !enters(e) || dev != 0}
	}
	if s.day != v.day {
		s.day, s.days = v.day, min(s.days, math.MaxUint16-1)+1
		s.changed = min(s.changed, math.MaxUint16/2) + min(s.changedToday, math.MaxUint16/2)
		s.changedToday = 0
	}
	if dev == s.dev && net == s.net && ag == s.agent {
		return
	}
	if !s.settled && dev != 0 && s.dev == 0 && ag == s.agent && w.now-s.born < settles {
		s.dev, s.settled = dev, true
		use(v.p.devs[:], dev, v.day)
	}
	if dev != s.dev {
		w.moved(v, s, net, ag)
		if s.dev == 0 {
			s.dev = dev // else it stays that of the browser that signed in
		}
		return
	}
	if dev == 0 || e.N("program") > 0 {
		w.roams(v, s, net, ag)
	}
	if net != s.net {
		s.before, s.net = s.net, net
	}
	s.agent = ag
}

// moved is for a sign-in that is used by another browser than the one it was made with.
func (w *Watch) moved(v *visit, s *session, net, ag uint32) {
	s.changedToday = min(s.changedToday, math.MaxUint16-1) + 1
	raw := 2.0
	if ag != s.agent {
		raw++
	}
	if net != s.net && !knows(v.p.nets[:], net) {
		raw++
	}
	raw += math.Log2(float64(s.changedToday)) / 4
	w.find(v, SharedSession, raw, Figure{figDevices, 2, 1}, Figure{figChanged, float64(s.changedToday), 0})
	v.p.heats(w.now, raw/2)
}

// roams is for what has no browser's cookie, as programs. Those that always change say
// little by it.
func (w *Watch) roams(v *visit, s *session, net, ag uint32) {
	s.changedToday = min(s.changedToday, math.MaxUint16-1) + 1
	usual := float64(s.changed) / float64(s.days)
	raw := math.Log2(float64(s.days+1)/float64(s.changed+s.changedToday)) + max(0, doublings(float64(s.changedToday), 1+3*usual))
	if ag != s.agent {
		raw++
	}
	if net == s.before && net != s.net {
		raw += 0.5 // back and forth: two at a time
	}
	if raw > 0 {
		w.find(v, SharedSession, raw, Figure{figChanged, float64(s.changedToday), usual}, Figure{figDays, float64(s.days), 0})
	}
}

// removal is that an account became less guarded.
type removal struct {
	at    int64
	added int64 // when a factor was added last
	raw   float32
	acts  uint32
}

// guards finds an account that became less guarded, in ways unlike it, and is used for what
// matters.
func (w *Watch) guards(v *visit) {
	p := v.p
	switch {
	case adds(v.e.Act):
		if p.removed == nil {
			p.removed = &removal{}
		}
		p.removed.added = w.now
		if w.now-p.removed.at < replaces {
			p.removed.raw = 0 // one for the other
		}
	case removes(v.e.Act):
		if p.removed == nil {
			p.removed = &removal{}
		}
		raw := 1 + p.warm(w.now)
		if p.removed.added != 0 && w.now-p.removed.added < replaces {
			raw -= 1.5
		}
		if v.e.N("last") > 0 {
			raw++ // nothing is left to ask for
		}
		p.removed.at, p.removed.raw, p.removed.acts = w.now, float32(max(raw, 0)), 0
		w.lessGuarded(v)
	case p.removed != nil && p.removed.raw > 0 && w.now-p.removed.at < passes && sensitive(v.e.Act):
		p.removed.acts = min(p.removed.acts, math.MaxUint32-1) + 1
		w.lessGuarded(v)
	}
}

func (w *Watch) lessGuarded(v *visit) {
	r := v.p.removed
	if r.raw > 0 {
		w.find(v, FactorRemoved, float64(r.raw)+math.Log2(1+float64(r.acts))/2,
			Figure{figActs, float64(r.acts), 0}, Figure{figHeat, v.p.warm(w.now), 0})
	}
}

func adds(a audit.Act) bool {
	return a == "factor.code.add" || a == "factor.passkey.add" || a == "factor.recovery.make"
}

func removes(a audit.Act) bool {
	return a == "factor.code.remove" || a == "factor.passkey.remove" || a == "account.identity.remove"
}

// sensitive are acts that somebody in another's account would want.
func sensitive(a audit.Act) bool {
	switch a {
	case "account.password.change", "account.email.begin", "account.email.change", "account.identity.add", "token.make", "account.delete",
		"map.export", "map.delete", "map.link.make", "map.access.give", "map.invite", "org.access.give", "org.invite", "org.change",
		"people.operator", "site.signup.change":
		return true
	}
	return false
}
