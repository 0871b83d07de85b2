package risk

import (
	"cmp"
	"net/netip"
	"slices"

	"plectica/internal/sketch"
)

const (
	// How much of an address is a network, and how much its provider's range, in bits: who
	// comes back has another address of the first, or of a carrier another of the second.
	network4, network6   = 24, 48
	provider4, provider6 = 16, 32
	// most is how many different ones are remembered; the one unused longest goes.
	most = 50
	// Memory is how long something is remembered that is not seen again, in milliseconds.
	Memory = 365 * 24 * 3600_000
	// fullness is how many sign-ins count at most: beyond, all count half, so that somebody
	// who has moved is not measured for years by where they lived.
	fullness = 64
	// novelty is what share of the sign-ins without a known cookie is at least taken to bring
	// something new, however much alike all before were: it may be a new device because of
	// which there is no cookie.
	novelty = 0.1
)

// Habits is what an account is known by: how often it came from where and with what. The
// zero Habits is of an account that never signed in. It can be kept as JSON.
type Habits struct {
	Networks  Uses `json:"networks,omitempty"`
	Providers Uses `json:"providers,omitempty"`
	Agents    Uses `json:"agents,omitempty"`
	Systems   Uses `json:"systems,omitempty"`
	// Doubt makes the next sign-in risky, whatever it looks like.
	Doubt bool `json:"doubt,omitempty"`
}

// Use is how often something was seen, and when last. Key is a hash to be short, not to hide.
type Use struct {
	Key uint64 `json:"k"`
	N   uint32 `json:"n"`
	At  int64  `json:"at"`
}

// Uses are those of one sort.
type Uses []Use

// signs are what is compared of an attempt.
type signs struct{ network, provider, agent, system uint64 }

func signsOf(a Attempt) signs {
	return signs{
		network:  sketch.Hash(prefix(a.Addr, network4, network6)),
		provider: sketch.Hash(prefix(a.Addr, provider4, provider6)),
		agent:    sketch.Hash(a.Browser + "\n" + a.System),
		system:   sketch.Hash(a.System),
	}
}

// prefix is so much of an address; empty for none.
func prefix(a netip.Addr, bits4, bits6 int) string {
	a = a.Unmap().WithZone("")
	bits := bits6
	if a.Is4() {
		bits = bits4
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// Learn is the habits after an attempt that got in. h stays as it is.
func (h Habits) Learn(a Attempt) Habits {
	s := signsOf(a)
	return Habits{
		Networks: h.Networks.learn(s.network, a.At), Providers: h.Providers.learn(s.provider, a.At),
		Agents: h.Agents.learn(s.agent, a.At), Systems: h.Systems.learn(s.system, a.At),
	}
}

// Also is the habits of an account that is in use from an address and with a browser as well.
// h stays as it is. Each counts once, however many sign-ins are used so.
func (h Habits) Also(a Attempt) Habits {
	s := signsOf(a)
	if !h.Networks.has(s.network) {
		h.Networks, h.Providers = h.Networks.learn(s.network, a.At), h.Providers.learn(s.provider, a.At)
	}
	if !h.Agents.has(s.agent) {
		h.Agents, h.Systems = h.Agents.learn(s.agent, a.At), h.Systems.learn(s.system, a.At)
	}
	return h
}

func (u Uses) has(key uint64) bool {
	return slices.ContainsFunc(u, func(v Use) bool { return v.Key == key })
}

func (u Uses) total() (n float64) {
	for _, v := range u {
		n += float64(v.N)
	}
	return n
}

// likely is how likely something is for whom these are: by how often it was seen, of all. For
// what is new something is left as by Witten and Bell: each that was new once speaks for
// another, and never less than novelty. Of that it has the share that it has anyway.
func (u Uses) likely(key uint64, anyway float64) float64 {
	all, sorts := u.total(), float64(len(u))
	if all == 0 {
		return anyway
	}
	n := 0.0
	if i := slices.IndexFunc(u, func(v Use) bool { return v.Key == key }); i >= 0 {
		n = float64(u[i].N)
	}
	left := max(sorts, novelty*all)
	return (n + left*anyway) / (all + left)
}

func (u Uses) learn(key uint64, at int64) Uses {
	out := make(Uses, 0, len(u)+1)
	now := Use{Key: key, N: 1, At: at}
	for _, v := range u {
		switch {
		case v.Key == key:
			now.N, now.At = v.N+1, max(v.At, at)
		case at-v.At < Memory:
			out = append(out, v)
		}
	}
	out = append(out, now)
	slices.SortStableFunc(out, func(a, b Use) int { return cmp.Compare(b.At, a.At) })
	out = out[:min(len(out), most)]
	if out.total() > fullness {
		for i := range out {
			out[i].N = (out[i].N + 1) / 2
		}
	}
	return out
}

// Sound reports whether habits that were read back can be ones that were written.
func (h Habits) Sound() bool {
	for _, u := range []Uses{h.Networks, h.Providers, h.Agents, h.Systems} {
		if len(u) > most || slices.ContainsFunc(u, func(v Use) bool { return v.N == 0 || v.N > fullness }) {
			return false
		}
	}
	return true
}
