package watch

import (
	"math"

	"plectica/internal/audit"
	"plectica/internal/id"
)

// powers finds power given, and settings of sign-ins changed, by who rarely does so or is
// unlike itself.
func (w *Watch) powers(v *visit) {
	p := v.p
	switch e := v.e; e.Act {
	case "people.operator", "org.access.give":
		raw := rarely(p, p.powers) + p.warm(w.now)
		if e.Act == "people.operator" {
			raw++
		}
		if e.On.Sort == "account" && e.On.ID == id.Format(id.Account(e.By.ID)) {
			raw += 2 // to themselves
		}
		if lowly(e) {
			raw -= 2
		}
		w.find(v, PrivilegeRise, raw, Figure{figBefore, float64(p.powers), float64(p.days)}, Figure{figHeat, p.warm(w.now), 0})
		onceADay(&p.powers, &p.powerDay, v.day)
	case "org.change", "site.signup.change", "alert.settings.change", "alert.mute":
		raw := rarely(p, p.settings) + p.warm(w.now)
		if e.Act == "site.signup.change" {
			raw++
		}
		if e.N("weaker") > 0 {
			raw += 2
		}
		w.find(v, SettingsWeaken, raw, Figure{figBefore, float64(p.settings), float64(p.days)}, Figure{figHeat, p.warm(w.now), 0})
		onceADay(&p.settings, &p.setDay, v.day)
	}
}

// ownerRole is from which role on somebody has power; records say roles from 1 on, or not.
const ownerRole = 4

func lowly(e *audit.Event) bool {
	role := e.N("role")
	return role > 0 && role < ownerRole
}

// rarely is how seldom an account does such a thing, in doublings.
func rarely(p *person, did uint16) float64 {
	return max(0, math.Log2(float64(p.days+2)/float64(3*did+1))-1)
}

func onceADay(n *uint16, at *int32, today int32) {
	if *at != today {
		*n, *at = min(*n, math.MaxUint16-1)+1, today
	}
}
