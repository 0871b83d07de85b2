// Package risk weighs a sign-in with a right password: how far it looks like the account's
// owner, by the device, the network and the browser they are known by. It is arithmetic over
// what it is given: it has no clock, keeps nothing, asks nobody, and knows neither accounts
// nor HTTP. It cannot tell an owner from somebody who looks like one, and does not claim to.
package risk

import (
	"net/netip"
)

// Attempt is a sign-in as it comes, with a password that is right.
type Attempt struct {
	Device  bool       // its cookie is one that the account was signed in with
	Addr    netip.Addr // the zero one: unknown, which counts as one network
	Browser string     // its family, as Firefox; a version would only look like news
	System  string     // as Linux
	At      int64      // milliseconds since 1970
}

// Verdict is what is thought of one. The zero Verdict is of a sign-in that is not risky.
type Verdict struct {
	Percent uint // 0 to 100, risky from 50; it is an order, and no probability
	Risky   bool // its owner should show more
}

const (
	// bar is how many times likelier an attempt has to be for a stranger than for the owner.
	// On the lives of testdata/tuning.txt a lower one asks hardly more owners, and a higher
	// one lets strangers in from networks that the account was never in.
	bar = 1
	// nearNetwork is what share of strangers comes from just where the owner does, however
	// sure that place seems; nearAgent how many have a browser as theirs, by luck or intent.
	nearNetwork = 0.005
	nearAgent   = 0.3
	// anyProvider is how likely a stranger's network lies in some one provider's range: there
	// are about 2^15 announced ranges as wide as counted here. anySystem and anyBrowser are
	// the same of the systems and browsers that have names here.
	anyProvider = 1.0 / (1 << 15)
	anySystem   = 1.0 / 8
	anyBrowser  = 1.0 / 4
	// anyNetwork is how likely a network is among those of its provider's range.
	anyNetwork = 1.0 / 256
)

// Weigh says what is thought of an attempt. A device that belongs to the account is enough.
// The first sign-in of an account has nothing to be compared with, and is not risky either.
func Weigh(h Habits, a Attempt) Verdict {
	switch {
	case h.Doubt:
		return Verdict{Percent: 100, Risky: true}
	case a.Device || h.Networks.total() == 0:
		return Verdict{}
	}
	ratio := h.ratio(a)
	return Verdict{Percent: uint(100 * ratio / (ratio + bar)), Risky: ratio >= bar}
}

// ratio is how many times likelier an attempt is for a stranger than for the owner, in the
// manner of Freeman et al., "Who Are You?" (NDSS 2016, doi 10.14722/ndss.2016.23240): the
// likelihoods of network and browser are multiplied as if they had nothing to do with each
// other, and what was never seen backs off to something wider, as there.
func (h Habits) ratio(a Attempt) float64 {
	s := signsOf(a)
	network := h.Networks.likely(s.network, h.Providers.likely(s.provider, anyProvider)*anyNetwork)
	agent := h.Agents.likely(s.agent, h.Systems.likely(s.system, anySystem)*anyBrowser)
	return against(anyProvider*anyNetwork, network, nearNetwork) * against(anySystem*anyBrowser, agent, nearAgent)
}

// against is a stranger's likelihood by the owner's, where a share of strangers does as the
// owner: so nothing that can be copied speaks for the owner without end.
func against(stranger, owner, near float64) float64 { return near + (1-near)*stranger/owner }
