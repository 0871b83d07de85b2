package risk

import (
	"math/rand/v2"
	"net/netip"
)

// A life is a made-up site: a year of people who sign in from offices, homes, carriers and
// hotels, with machines that they replace and cookies that they clear. Its numbers are
// guesses, by the hand that wrote what is measured with it.
type life struct {
	r       *rand.Rand
	offices []netip.Addr
	people  []*human
	lived   int // days of people with an account
}

const (
	lifeDays  = 365
	countries = 30
	day       = 24 * 3600_000 // milliseconds
	idle      = 30            // days until a sign-in that is not used ends
	oldest    = 90            // days until any ends
	privately = 0.04          // share of people who keep no cookies
	keepsNone = "keeps no cookies"
)

// machine is a browser on a device.
type machine struct {
	browser, system string
	cookie          bool // it was signed in with, and remembers
	fresh           bool // and this browser on it was not
	since, used     int  // of its sign-in, days; since -1: none
	at              netip.Addr
	phone           bool
}

// human is somebody with an account.
type human struct {
	country  int
	home     netip.Addr
	six      bool // at home by IPv6
	renews   float64
	office   netip.Addr
	carrier  int
	remote   float64
	private  bool // keeps no cookies
	daily    bool // signs out in the evening
	vpn      netip.Addr
	joins    int
	share    float64 // of days on which it is used
	tripLeft int
	abroad   int
	machines []*machine
	habits   Habits
}

// came is a sign-in of an owner.
type came struct {
	who *human
	Attempt
	how string
	day int
}

var desktops = [][2]string{
	{"Chrome", "Windows"}, {"Chrome", "Windows"}, {"Chrome", "Windows"}, {"Chrome", "Windows"}, {"Edge", "Windows"}, {"Edge", "Windows"},
	{"Firefox", "Windows"}, {"Chrome", "Mac"}, {"Chrome", "Mac"}, {"Safari", "Mac"}, {"Safari", "Mac"}, {"Firefox", "Linux"}, {"Chrome", "Linux"},
}

var handhelds = [][2]string{
	{"Safari", "iPhone"}, {"Safari", "iPhone"}, {"Safari", "iPhone"}, {"Chrome", "iPhone"}, {"Chrome", "Android"}, {"Chrome", "Android"},
	{"Chrome", "Android"}, {"Samsung Internet", "Android"}, {"Firefox", "Android"}, {"Safari", "iPad"},
}

// Networks: the first byte is the country, the second a provider's range of it.
const (
	offices0, homes0, carriers0, hotels0, rented0, end = 0, 40, 140, 160, 200, 256
)

func (l *life) within(a, b int) int       { return a + l.r.IntN(b-a) }
func (l *life) chance(p float64) bool     { return l.r.Float64() < p }
func pick[T any](l *life, from []T) (v T) { return from[l.r.IntN(len(from))] }

func (l *life) addr(country, a, b int) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(20 + country), byte(l.within(a, b)), byte(l.r.IntN(256)), byte(l.within(1, 255))})
}

// homeIn is a line at home; of a few providers of a country most people are.
func (l *life) homeIn(country int, six bool) netip.Addr {
	p := homes0 + int(l.r.Float64()*l.r.Float64()*(carriers0-homes0))
	if !six {
		return l.addr(country, p, p+1)
	}
	b := [16]byte{0x20, 0x01, byte(country), byte(p), byte(l.r.IntN(256)), byte(l.r.IntN(256))}
	for i := 8; i < 16; i++ {
		b[i] = byte(l.r.IntN(256))
	}
	return netip.AddrFrom16(b)
}

// mobile is a phone's: of a carrier's range any.
func (l *life) mobile(country, carrier int) netip.Addr {
	p := carriers0 + carrier*4 + l.r.IntN(2)
	return l.addr(country, p, p+1)
}

func newLife(seed uint64, people int) *life {
	l := &life{r: rand.New(rand.NewPCG(seed, 0x7269736b))}
	for range people / 25 {
		l.offices = append(l.offices, l.addr(min(l.r.IntN(8), l.r.IntN(8)), offices0, homes0))
	}
	for range people {
		l.people = append(l.people, l.human())
	}
	return l
}

func (l *life) human() *human {
	h := &human{share: 0.1 + 0.8*l.r.Float64(), remote: l.r.Float64(), carrier: l.r.IntN(4), joins: -1}
	if l.chance(0.6) {
		h.office = pick(l, l.offices)
		h.country = int(h.office.As4()[0]) - 20
	} else {
		h.country, h.remote = l.r.IntN(countries), 1
	}
	h.six, h.private, h.daily = l.chance(0.3), l.chance(privately), l.chance(0.12)
	h.home = l.homeIn(h.country, h.six)
	if l.chance(0.3) {
		h.renews = 1.0 / 60
	}
	if l.chance(0.08) {
		h.vpn = l.addr(h.country, rented0, end)
	}
	if l.chance(0.5) {
		h.joins = l.r.IntN(lifeDays - 30)
	}
	h.machines = []*machine{l.machine(desktops)}
	if l.chance(0.5) {
		h.machines = append(h.machines, l.machine(handhelds))
	}
	if l.chance(0.3) {
		h.machines = append(h.machines, l.machine(desktops))
	}
	return h
}

func (l *life) machine(of [][2]string) *machine {
	a := pick(l, of)
	return &machine{browser: a[0], system: a[1], since: -1, fresh: true, phone: len(of) == len(handhelds)}
}

// run lives the year, and gives each sign-in before it is learnt of.
func (l *life) run(yield func(c came)) {
	for d := range lifeDays {
		for _, h := range l.people {
			if d >= h.joins {
				l.today(h, d, yield)
			}
		}
	}
}

func (l *life) today(h *human, d int, yield func(c came)) {
	l.lived++
	l.changes(h)
	if !l.chance(h.share) {
		return
	}
	office := h.office.IsValid() && !l.chance(h.remote)
	for i, m := range h.machines {
		if i > 0 && !l.chance(0.3) {
			continue
		}
		at := l.where(h, m, office)
		if m.since < 0 || h.private || d-m.used >= idle || d-m.since >= oldest || h.daily && !m.phone && m.used != d {
			l.signsIn(h, m, at, d, yield)
		}
		m.at, m.used = at, d
	}
}

func (l *life) signsIn(h *human, m *machine, at netip.Addr, d int, yield func(c came)) {
	a := Attempt{Device: m.cookie && !h.private, Addr: at, Browser: m.browser, System: m.system, At: int64(d) * day}
	how := "cookie gone"
	switch {
	case a.Device:
		how = "cookie there"
	case h.private:
		how = keepsNone
	case h.tripLeft > 0:
		how = "no cookie, travelling"
	case m.fresh:
		how = "another machine or browser"
	}
	m.since = -1 // what it was signed in with is over
	yield(came{h, a, how, d})
	h.habits = h.habits.Learn(a)
	m.cookie, m.fresh, m.since = true, false, d
}

// where is from where somebody works.
func (l *life) where(h *human, m *machine, office bool) netip.Addr {
	switch {
	case h.tripLeft > 0 && m.phone && l.chance(0.4):
		return l.mobile(h.abroad, h.carrier)
	case h.tripLeft > 0:
		return l.addr(h.abroad, hotels0, rented0)
	case m.phone && l.chance(0.6):
		return l.mobile(h.country, h.carrier)
	case h.vpn.IsValid() && l.chance(0.4):
		return h.vpn
	case office:
		return h.office
	case l.chance(0.02): // a café, friends
		return l.homeIn(h.country, false)
	}
	return h.home
}

// changes are of what somebody has, on any day.
func (l *life) changes(h *human) {
	h.tripLeft--
	switch {
	case h.tripLeft <= 0 && l.chance(3.0/365):
		h.tripLeft, h.abroad = l.within(2, 15), l.r.IntN(countries)
	case l.chance(h.renews):
		h.home = l.homeLike(h)
	case l.chance(0.1 / 365): // moves, or another provider
		h.home = l.homeIn(h.country, h.six)
	}
	for i, m := range h.machines {
		switch {
		case l.chance(0.4 / 365): // another machine
			of := desktops
			if m.phone {
				of = handhelds
			}
			n := l.machine(of)
			if l.chance(0.6) {
				n.browser, n.system = m.browser, m.system
			}
			h.machines[i] = n
		case l.chance(0.8 / 365): // cleared
			m.cookie, m.since = false, -1
		case l.chance(0.1 / 365): // another browser
			m.cookie, m.fresh, m.since, m.browser = false, true, -1, pick(l, []string{"Firefox", "Chrome", "Edge"})
		}
	}
}

// homeLike is another address of the provider that somebody has.
func (l *life) homeLike(h *human) netip.Addr {
	if h.six {
		b := h.home.As16()
		b[4], b[5] = byte(l.r.IntN(256)), byte(l.r.IntN(256))
		return netip.AddrFrom16(b)
	}
	b := h.home.As4()
	b[2] = byte(l.r.IntN(256))
	return netip.AddrFrom4(b)
}

// known are the habits with where an account is signed in now.
func (h *human) known(d int) Habits {
	out := h.habits
	for _, m := range h.machines {
		if m.since >= 0 && m.at.IsValid() && d-m.used < idle && d-m.since < oldest {
			out = out.Also(Attempt{Addr: m.at, Browser: m.browser, System: m.system, At: int64(m.used) * day})
		}
	}
	return out
}

// attackers have a right password, and no cookie.
var attackers = []struct {
	name string
	make func(l *life, h *human) Attempt
}{
	{"elsewhere in the world, a browser of their own", func(l *life, h *human) Attempt {
		a := l.theirs()
		return Attempt{Addr: l.addr((h.country+1+l.r.IntN(countries-1))%countries, homes0, end), Browser: a[0], System: a[1]}
	}},
	{"by a VPN in the country, a browser of their own", func(l *life, h *human) Attempt {
		a := l.theirs()
		return Attempt{Addr: l.addr(h.country, rented0, end), Browser: a[0], System: a[1]}
	}},
	{"by a VPN in the country, the owner's browser", func(l *life, h *human) Attempt {
		return l.copies(h, l.addr(h.country, rented0, end))
	}},
	{"a home line in the country, the owner's browser", func(l *life, h *human) Attempt {
		return l.copies(h, l.homeIn(h.country, false))
	}},
	{"the owner's network, a browser of their own", func(l *life, h *human) Attempt {
		a := l.theirs()
		return Attempt{Addr: l.owners(h), Browser: a[0], System: a[1]}
	}},
	{"the owner's network and browser", func(l *life, h *human) Attempt { return l.copies(h, l.owners(h)) }},
	{"the carrier of the owner's phone, the owner's browser", func(l *life, h *human) Attempt {
		if !h.machines[min(1, len(h.machines)-1)].phone {
			return l.copies(h, l.owners(h))
		}
		return l.copies(h, l.mobile(h.country, h.carrier))
	}},
	{"the owner's cookie, stolen", func(l *life, h *human) Attempt {
		a := l.copies(h, l.addr(h.country, rented0, end))
		a.Device = true
		return a
	}},
}

// theirs is what attackers use: mostly what is common.
func (l *life) theirs() [2]string {
	if l.chance(0.2) {
		return pick(l, handhelds)
	}
	return pick(l, append([][2]string{{"Chrome", "Windows"}, {"Chrome", "Linux"}, {"Firefox", "Linux"}}, desktops...))
}

func (l *life) copies(h *human, to netip.Addr) Attempt {
	m := h.machines[0]
	return Attempt{Addr: to, Browser: m.browser, System: m.system}
}

func (l *life) owners(h *human) netip.Addr {
	if h.office.IsValid() && h.remote < 0.5 {
		return h.office
	}
	return h.home
}
