package watch

import (
	"math"

	"plectica/internal/audit"
	"plectica/internal/sketch"
)

const (
	// typos of different accounts are usual from one network on one day, beside one in
	// goodPerTypo of those who get in.
	typos, goodPerTypo = 4, 3
	// triesEach are tries in vain that count as one account, where records do not say whom
	// they were for.
	triesEach = 8
	// sprayEach is up to how many accounts a network that nobody ever got in from may try,
	// to count among those of a spray; from more it is stuffing.
	sprayEach = 12
	// fewStrangers are different accounts tried in an hour, manyStrangers in a day, in vain
	// and from networks that nobody gets in from: usual for any site.
	fewStrangers, manyStrangers = 6, 12
	// grows is by how much a spray goes on to be told again.
	grows = 1.2
	// targetNetworks tried in vain for one account on one day are still usual.
	targetNetworks = 3
)

// source is a network from which sign-ins are tried.
type source struct {
	day    int32
	good   uint16 // on how many days somebody got in
	goodAt int32
	failed sketch.Distinct // accounts tried in vain today
	let    sketch.Distinct // accounts that got in today
	loose  uint32          // tries in vain today that name no account
	usual  sketch.Usual
	trail  trail
}

// target is an address of mail that somebody gives in vain; its name lasts for a day.
type target struct {
	nets  sketch.Distinct
	tries uint32
	trail trail
}

// signIn looks at a sign-in, also one in vain, by where it comes from.
func (w *Watch) signIn(e *audit.Event) {
	net := network(e.From.Addr)
	if net == 0 {
		return
	}
	s, _ := w.sources.get(net)
	today := int32(w.now / day)
	if s.day != today {
		if s.day != 0 {
			s.usual.Add(float64(s.failed.N()))
		}
		s.day, s.loose = today, 0
		s.failed.Reset()
		s.let.Reset()
	}
	if e.Result == audit.OK {
		if enters(e) && e.By.Kind != audit.Stranger {
			s.let.Add(uint64(keyOf(e.By)))
			if s.goodAt != today {
				s.good, s.goodAt = min(s.good, math.MaxUint16-1)+1, today
			}
		}
		return
	}
	if e.Result != audit.Refused {
		return
	}
	s.trail.add(e.Seq)
	named := e.On.Sort == "email" || e.On.Sort == "account"
	if named {
		s.failed.Add(sketch.Hash(called(e.On)))
	} else {
		s.loose = min(s.loose, math.MaxUint32/2) + uint32(min(max(e.N("times"), 1), math.MaxUint32/2))
	}
	w.stuffed(e, s, net)
	if named {
		w.targeted(e, net)
		w.sprayed(e, s, net)
	}
}

// called is what records call something: of an account never its id.
func called(o audit.Object) string {
	if o.Alias != "" {
		return o.Alias
	}
	return o.ID
}

// stuffed finds a network that tries many accounts in vain, and gets into few.
func (w *Watch) stuffed(e *audit.Event, s *source, net uint64) {
	tried := float64(s.failed.N()) + float64(s.loose)/triesEach
	usual := max(typos, s.usual.High(3, 1)) + float64(s.let.N())/goodPerTypo
	if tried <= usual {
		return
	}
	w.raise(e, found{kind: Stuffing, subject: net, raw: doublings(tried, usual), evidence: s.trail.list(), figures: []Figure{
		{figAccounts, float64(s.failed.N()), usual}, {figTries, float64(s.loose), 0},
	}})
}

// targeted finds an account that is tried in vain from many networks.
func (w *Watch) targeted(e *audit.Event, net uint64) {
	subject := sketch.Hash(e.On.Sort + called(e.On))
	t, _ := w.targets.get(subject)
	t.nets.Add(net)
	t.tries = min(t.tries, math.MaxUint32-1) + 1
	t.trail.add(e.Seq)
	if n := float64(t.nets.N()); n > targetNetworks {
		w.raise(e, found{kind: ManyPlaces, subject: subject, raw: doublings(n, targetNetworks), evidence: t.trail.list(), figures: []Figure{
			{figNetworks, n, targetNetworks}, {figTries, float64(t.tries), 0},
		}})
	}
}

// window counts, for an hour or a day, who is tried in vain from networks that nobody gets
// in from.
type window struct {
	at       int32
	accounts sketch.Distinct
	networks sketch.Distinct
	usual    sketch.Usual
	said     int32 // how many accounts there were when that was too many the last time
}

// high is how many are still usual.
func (x *window) high(least float64) float64 { return max(least, x.usual.High(3, 2)) }

func (x *window) roll(at int32, least float64) {
	if x.at == at {
		return
	}
	if x.at != 0 {
		x.usual.Add(min(float64(x.accounts.N()), 2*x.high(least))) // a spray does not become usual
	}
	x.at, x.said = at, 0
	x.accounts.Reset()
	x.networks.Reset()
}

func (x *window) walk(c *coder) {
	num(c, &x.at)
	c.sketch(&x.accounts)
	c.sketch(&x.networks)
	c.sketch(&x.usual)
	num(c, &x.said)
}

// sprayed finds many accounts tried in vain from many networks, few from each.
func (w *Watch) sprayed(e *audit.Event, s *source, net uint64) {
	if s.good > 0 || s.failed.N() > sprayEach {
		return
	}
	w.site.strays.add(e.Seq)
	for _, x := range []struct {
		win   *window
		at    int64
		usual float64
	}{{&w.site.hour, w.now / hour, fewStrangers}, {&w.site.today, w.now / day, manyStrangers}} {
		x.win.roll(int32(x.at), x.usual)
		x.win.accounts.Add(sketch.Hash(called(e.On)))
		x.win.networks.Add(net)
		n, usual := float64(x.win.accounts.N()), x.win.high(x.usual)
		if n <= usual || x.win.networks.N() < 3 || n < grows*float64(x.win.said) {
			continue
		}
		x.win.said = int32(n)
		w.raise(e, found{kind: Spraying, raw: doublings(n, usual), evidence: w.site.strays.list(), figures: []Figure{
			{figAccounts, n, usual}, {figNetworks, float64(x.win.networks.N()), 0},
		}})
	}
}
