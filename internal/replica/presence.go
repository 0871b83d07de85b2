package replica

import (
	"plectica/internal/wire"
)

// colours is how many colours tell people apart.
const colours = 12

// Peer is another connection to the map.
type Peer struct {
	Author   uint64
	Name     string
	Colour   uint8 // 1..12
	Presence wire.Presence
}

type presence struct {
	mine    wire.Presence
	dirty   bool
	sent    int64
	others  map[uint64]*Peer
	version uint64
}

func newPresence() presence { return presence{others: make(map[uint64]*Peer)} }

// SetPresence says where the person is; it goes out with a later Outbox, at most
// every wire.PresenceEveryMS.
func (r *Replica) SetPresence(p wire.Presence) {
	p.Selection = p.Selection[:min(len(p.Selection), wire.MaxSelection)]
	r.presence.mine, r.presence.dirty = p, true
}

// Peers returns the others in order of their numbers.
func (r *Replica) Peers() []Peer {
	out := make([]Peer, 0, len(r.presence.others))
	for _, p := range r.presence.others {
		out = append(out, *p)
	}
	sortPeers(out)
	return out
}

// sortPeers is Shell's sort: a generic one would cost the browser's core 20 KB.
func sortPeers(list []Peer) {
	for gap := len(list) / 2; gap > 0; gap /= 2 {
		for i := gap; i < len(list); i++ {
			for j := i; j >= gap && list[j].Author < list[j-gap].Author; j -= gap {
				list[j], list[j-gap] = list[j-gap], list[j]
			}
		}
	}
}

func (p *presence) send(msg []byte, now int64) []byte {
	if !p.dirty || now-p.sent < wire.PresenceEveryMS && now >= p.sent {
		return msg
	}
	p.dirty, p.sent = false, now
	return wire.Append(msg, &p.mine)
}

func (p *presence) take(f *wire.Presences, own uint64) {
	for _, e := range f.List {
		if e.Author == own {
			continue
		}
		if e.Gone {
			delete(p.others, e.Author)
			continue
		}
		o := p.others[e.Author]
		if o == nil {
			o = &Peer{Author: e.Author, Colour: uint8(1 + e.Author%colours)}
			p.others[e.Author] = o
		}
		if e.Name != "" {
			o.Name = e.Name
		}
		o.Presence = e.Presence
	}
	p.version++
}

// clear forgets the others; the own presence goes out again after a reconnect.
func (p *presence) clear() {
	clear(p.others)
	p.dirty, p.sent = true, 0
	p.version++
}
