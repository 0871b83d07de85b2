package replica

import (
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// Hello starts a connection and returns its first message.
func (r *Replica) Hello(nonce id.Nonce, now int64) []byte {
	r.Lost()
	r.phase = Joining
	r.beat.heard(now)
	if mutant.On && mutant.Is(mutant.ForwardWithNewCSN) {
		for _, p := range r.pending {
			p.csn, r.nextCSN = r.nextCSN, r.nextCSN+1
		}
	}
	h := wire.Hello{
		Proto: wire.Protocol, Schema: sysmap.Version, Map: r.cfg.Map, Client: r.cfg.Client,
		Nonce: nonce, LastSeq: r.head, Epoch: r.epoch, NextCSN: r.nextCSN,
	}
	if len(r.pending) > 0 {
		h.NextCSN = r.pending[0].csn
	}
	if r.distrust {
		h.LastSeq = 0
	}
	return wire.Append(nil, &h)
}

// Lost tells that the connection is gone.
func (r *Replica) Lost() {
	for _, p := range r.pending {
		p.sent = p.sent && mutant.On && mutant.Is(mutant.SentNotReset)
	}
	r.phase = Offline
	r.loading, r.waiting, r.waitSize = false, nil, 0
	r.presence.clear()
	r.beat = beat{}
}

// welcome takes in the server's answer to Hello. What was committed meanwhile
// follows it.
func (in *intake) welcome(f *wire.Welcome) {
	r := in.r
	r.epoch, r.role, r.author = f.Epoch, f.Role, f.Author
	r.joinHead, r.lastCSN = f.Head, f.LastCSN
	r.phase = Joining
	in.res.Role = true
	switch {
	case f.URL != "":
		r.loading, r.wanted, r.wantedSeq = true, f.URL, f.From
		in.res.Notices = append(in.res.Notices, Notice{Kind: NoticeSnapshot, URL: f.URL})
		return
	case f.From == 0 && (r.head != 0 || r.distrust):
		r.startOver(sysmap.New(), 0)
		in.dirty = true
	case f.From != r.head:
		in.res.Close = true
		return
	}
	in.joined()
}

// startOver takes m as the committed state. What was seen before is kept until
// the replica has caught up, so that pending edits can be carried over.
func (r *Replica) startOver(m *sysmap.Map, seq uint64) {
	if r.old == nil {
		r.old = r.c
	}
	r.distrust = false
	r.c, r.head = m, seq
	r.v = m.Overlay()
}

// joined ends the catching up, once the state is as new as the welcome: what the
// server has decided leaves P, the rest is to be sent again.
func (in *intake) joined() {
	r := in.r
	if r.phase != Joining || r.loading || r.head < r.joinHead {
		return
	}
	in.dirty = true
	if r.old != nil {
		in.carryOver()
	}
	for len(r.pending) > 0 && r.pending[0].csn <= r.lastCSN {
		in.refused(0, fault.Stale)
	}
	// A refusal may be known here and forgotten by the server.
	r.fillGaps(r.lastCSN + 1)
	for i := 0; i < len(r.pending); i++ {
		p := r.pending[i]
		p.sent, p.sealed = p.sent && mutant.On && mutant.Is(mutant.SentNotReset), true
		if len(p.ops) > wire.MaxPushOps || sizeOf(p.ops) > wire.MaxMessage {
			in.tooLarge(i)
		}
	}
	r.phase = Live
	r.nextCSN = max(r.nextCSN, r.lastCSN+1)
}

// tooLarge empties a transaction that merging has cut into more pieces than a
// frame holds: its number is still to be decided, what it would have done is given
// back to the person.
func (in *intake) tooLarge(i int) {
	r := in.r
	p := *r.pending[i]
	in.refused(i, fault.Limit)
	p.ops, p.rec = []sysmap.Op{}, &record{}
	r.pending = slices.Insert(r.pending, i, &p)
	in.res.Texts = append(in.res.Texts, r.rebuild()...)
}

// carryOver brings what is pending from the old committed state to the new one.
// The way between is not known: what was decided is part of the new state, and of
// the texts only the difference counts.
func (in *intake) carryOver() {
	r := in.r
	was := r.old.Overlay()
	r.pending = slices.DeleteFunc(r.pending, func(p *txn) bool {
		if p.csn > r.lastCSN {
			return false
		}
		_ = was.Apply(p.ops, r.stamp()) // one that does not apply changed nothing
		r.drop(p.rec)
		in.res.Acked = true
		return true
	})
	now := was.Overlay()
	var at []sysmap.Where
	for _, p := range r.pending {
		p.inert = now.Apply(p.ops, r.stamp()) != nil
		at = sysmap.Texts(at, p.ops)
	}
	for _, w := range at {
		if d := sysmap.Diff(was.Text(w), r.c.Text(w)); !d.Empty() {
			in.res.Texts = append(in.res.Texts, r.carry(0, w, []sysmap.Edit{d}, nil)...)
		}
	}
	r.old = nil
	if r.forgetText() {
		in.res.Notices = append(in.res.Notices, Notice{Kind: NoticeUndoDropped})
	}
}
