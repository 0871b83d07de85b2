package watch

import (
	"math"

	"plectica/internal/audit"
)

const (
	// fastest is how fast people travel, in km/h; nearest how far places have to be apart
	// to tell, in km: addresses are placed no better.
	fastest, nearest = 900, 300
	// manyNetworks and manyDevices on one day are still usual for anybody.
	manyNetworks, manyDevices = 3, 2
)

// arrives looks at where an account is and with what, when that is other than it was.
func (w *Watch) arrives(v *visit) {
	p, from := v.p, v.e.From
	net, dev := network(from.Addr), device(from)
	in := enters(v.e)
	if uint32(net) == p.lastNet && dev == p.lastDev && !in {
		return
	}
	p.lastNet, p.lastDev = uint32(net), dev
	newNet, netFirst := false, false
	surprise := 0.0
	if net != 0 {
		newNet, netFirst = use(p.nets[:], uint32(net), v.day)
		if newNet {
			surprise = w.unlike(p, net)
			p.newNets = min(p.newNets, math.MaxUint16-1) + 1
		}
	}
	newDev, devFirst := false, false
	if dev != 0 {
		newDev, devFirst = use(p.devs[:], dev, v.day)
	}
	if in && dev == 0 {
		devFirst = true // the cookie comes with the answer
	}
	newAgent, _ := use(p.agents[:], agent(from), v.day)
	if netFirst {
		p.netsToday = min(p.netsToday, math.MaxUint8-1) + 1
	}
	if devFirst && in {
		p.devToday = min(p.devToday, math.MaxUint8-1) + 1
	}
	speed, abroad := w.travels(v, newNet)
	if v.fresh || p.days <= knownAfter {
		return
	}
	if in && v.e.By.Kind == audit.Person {
		w.entersNew(v, arrival{newNet, newDev || dev == 0, newAgent, abroad, surprise, speed})
	} else if speed > fastest && newNet {
		w.find(v, NewPlace, 2+math.Log2(speed/fastest), Figure{figSpeed, speed, fastest})
	}
	w.manyPlaces(v)
}

// arrival is what is new about somebody who signs in.
type arrival struct {
	net, dev, agent, land bool
	surprise, speed       float64
}

// entersNew finds sign-ins from where the account never was, and with what it never had.
func (w *Watch) entersNew(v *visit, a arrival) {
	p := v.p
	isNew := a.dev && v.e.N("met") == 0
	raw := 0.0
	if a.net {
		raw = a.surprise
	}
	if a.land {
		raw += 2
	}
	if a.speed > fastest {
		raw += 2 + math.Log2(a.speed/fastest)
	}
	if isNew {
		rarely := math.Log2(float64(p.days+2) / float64(p.newDevs+1))
		p.newDevs = min(p.newDevs, math.MaxUint16-1) + 1
		odd := 0.0
		if a.agent {
			odd = 1
		}
		w.find(v, NewDevice, rarely+odd+raw/2,
			Figure{figDevices, 1, float64(p.newDevs-1) / float64(p.days)}, Figure{figSurprise, raw, 0}, Figure{figDays, float64(p.days), 0})
		raw += 1 + odd
		p.heats(w.now, (rarely+raw)/3)
	} else {
		raw -= 2
	}
	if a.net && raw > 0 {
		w.find(v, NewPlace, raw, Figure{figSurprise, a.surprise, 0}, Figure{figSpeed, a.speed, fastest}, Figure{figDays, float64(p.days), 0})
	}
}

// unlike is how little a network that is new to an account fits it, in bits: little, if it
// often comes from a new one, or if many others come from there. It counts the account
// among them.
func (w *Watch) unlike(p *person, net uint64) float64 {
	others := float64(w.site.popular.Count(net))
	w.site.popular.Add(net)
	return max(0, math.Log2(float64(p.days+2)/float64(p.newNets+1))-math.Log2(1+others)/2+1)
}

// manyPlaces finds an account that is in more networks on one day than one person is, by
// more devices.
func (w *Watch) manyPlaces(v *visit) {
	p := v.p
	nets, devs := float64(p.netsToday), float64(p.devToday)
	usual := max(manyNetworks, p.usualNets.High(3, 0.7))
	raw := max(0, doublings(nets, usual)) + max(0, doublings(devs, manyDevices))
	if devs < manyDevices { // one that moves, as phones do
		raw /= 2
	}
	if nets < 2 || raw <= 0 {
		return
	}
	w.find(v, ManyPlaces, raw, Figure{figNetworks, nets, usual}, Figure{figDevices, devs, manyDevices})
}

// travels is how fast the account came here, in km/h; 0 if that is not known or not far; and
// whether it never was in this country.
func (w *Watch) travels(v *visit, newNet bool) (speed float64, abroad bool) {
	if w.c.Places == nil {
		return 0, false
	}
	here, ok := w.c.Places(v.e.From.Addr)
	if !ok || !(math.Abs(here.Latitude) <= 90 && math.Abs(here.Longitude) <= 180) {
		return 0, false
	}
	p := v.p
	abroad = p.enters(here.Country)
	was, wasAt := Place{Latitude: float64(p.lat), Longitude: float64(p.lon)}, p.placeAt
	if wasAt != 0 && !newNet {
		p.placeAt = max(p.placeAt, w.now-hour) // where it often is says less of where it goes
	}
	p.lat, p.lon, p.placeAt = float32(here.Latitude), float32(here.Longitude), w.now
	km := distance(was, here)
	if wasAt == 0 || km < nearest {
		return 0, abroad
	}
	return km / (float64(max(w.now-wasAt, minute)) / hour), abroad
}

// enters reports whether an account was never in a country, and counts it.
func (p *person) enters(country string) bool {
	if country == "" {
		return false
	}
	land := uint16(short(country) >> 16)
	for i := range p.lands {
		if p.lands[i] == land {
			return false
		}
	}
	copy(p.lands[1:], p.lands[:])
	p.lands[0] = land
	return true
}

// distance is along the great circle, in km.
func distance(a, b Place) float64 {
	const radius = 6371
	const rad = math.Pi / 180
	sin := func(x float64) float64 { s := math.Sin(x / 2); return s * s }
	h := sin((b.Latitude-a.Latitude)*rad) + math.Cos(a.Latitude*rad)*math.Cos(b.Latitude*rad)*sin((b.Longitude-a.Longitude)*rad)
	return 2 * radius * math.Asin(math.Sqrt(min(h, 1)))
}
