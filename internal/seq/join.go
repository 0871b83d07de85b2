package seq

import (
	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// Enter adds a connection. It is told nothing until its Hello.
func (r *Room) Enter(c Conn, account id.Account, role authz.Role) {
	r.peers[c] = &Peer{Conn: c, Account: account, Role: role}
}

// Leave forgets a connection. Pushes of it already admitted stay.
func (r *Room) Leave(c Conn) {
	p := r.peers[c]
	if p == nil {
		return
	}
	delete(r.peers, c)
	k := r.clients[p.client]
	if mutant.On && mutant.Is(mutant.LateCloseKillsNew) && k != nil && k.conn != c {
		delete(r.peers, k.conn)
	}
	if k == nil || k.conn != c {
		return
	}
	if k.conn = 0; !k.used { // it never did anything: nothing to remember
		delete(r.clients, p.client)
	}
}

// Join is the answer to a Hello: how to welcome, or closing effects only.
type Join struct {
	Effects []Effect
	OK      bool
	Welcome wire.Welcome
	// Snapshot says that the joiner needs the whole state: the owner sets the
	// welcome's From and URL.
	Snapshot bool
}

// Hello answers a connection's first frame. No batch may be open. The owner
// completes the welcome and calls Welcome.
func (r *Room) Hello(c Conn, h *wire.Hello) Join {
	p := r.peers[c]
	if p == nil {
		return Join{}
	}
	if code := r.refuse(p, h); code != 0 {
		r.Leave(c)
		return Join{Effects: []Effect{closing(c, code)}}
	}
	var out Join
	k := r.clientOf(h.Client, p.Account)
	if k.conn != 0 && k.conn != c && !(mutant.On && mutant.Is(mutant.OldNonceAccepted)) { // a newer connection of the same queue ends the older
		old := k.conn
		k.conn = c
		r.Leave(old)
		out.Effects = append(out.Effects, closing(old, wire.CloseNormal))
	}
	k.conn, p.client = c, h.Client
	if h.NextCSN > 0 {
		k.last = max(k.last, h.NextCSN-1) // decided as the client knows; if not in the log, refused
	}
	out.OK = true
	out.Welcome = wire.Welcome{
		Epoch: r.epoch, Head: r.head, From: h.LastSeq, Role: uint8(p.Role), Author: uint64(c),
		LastCSN: k.last, MaxOps: sysmap.MaxOps, Cards: uint64(r.cfg.Cards),
	}
	out.Snapshot = r.wantsSnapshot(h.LastSeq) || h.LastSeq > 0 && LineOf(h.Epoch) != LineOf(r.epoch)
	return out
}

// lineBits is how much of an epoch counts owners; above them is the line.
const lineBits = 32

// LineOf is the line of an epoch. After a restore maps go on in another: who saw changes that
// were not restored is given the whole state, since other changes have their numbers now.
func LineOf(epoch uint64) uint64 { return epoch >> lineBits }

// FirstOf is the first epoch of a line.
func FirstOf(line uint64) uint64 { return line << lineBits }

// wantsSnapshot reports whether a joiner at seq is better served with the whole
// state than with what it missed.
func (r *Room) wantsSnapshot(seq uint64) bool {
	fresh := seq == 0 && r.head > uint64(r.cfg.Fresh)
	return fresh || seq > r.head || seq < r.Oldest() || r.deltaSize(seq) > r.cfg.Delta
}

// Welcome returns the welcome and all that was committed after its From, which is
// not before Oldest, and starts live delivery.
func (r *Room) Welcome(c Conn, w wire.Welcome) []Effect {
	p := r.peers[c]
	if p == nil || w.From < r.Oldest() || w.From > r.head {
		return nil
	}
	p.joined = true
	txns := make([]wire.Txn, 0, r.head-w.From)
	for _, k := range r.after(w.From) {
		if mutant.On && mutant.Is(mutant.SnapshotWithoutTail) && w.URL != "" {
			break
		}
		t := k.txn
		t.Author = 0 // numbers of connections that are gone mean nothing
		if k.client == p.client {
			t.Author = uint64(c)
		}
		txns = append(txns, t)
	}
	out := []Effect{send(c, &w)}
	for _, e := range Commits(w.From+1, txns) {
		e.To = c
		out = append(out, e)
	}
	return out
}

// refuse returns a close code for a Hello that cannot be served, or 0.
func (r *Room) refuse(p *Peer, h *wire.Hello) int {
	switch {
	case p.joined || h.Map != r.cfg.Map || id.IsZero(h.Client):
		return wire.CloseProtocol
	case h.Proto != wire.Protocol || h.Schema != sysmap.Version:
		return wire.CloseTooOld
	case !authz.Allowed(p.Role, authz.OpenMap):
		return wire.CloseForbidden
	}
	if k := r.clients[h.Client]; k != nil && k.account != p.Account && !(mutant.On && mutant.Is(mutant.ForeignClientIDAccepted)) {
		return wire.CloseForbidden
	}
	return 0
}

// SetRole changes what a connection may do, from its next push on.
func (r *Room) SetRole(c Conn, role authz.Role) []Effect {
	p := r.peers[c]
	if p == nil || p.Role == role {
		return nil
	}
	if !(mutant.On && mutant.Is(mutant.RoleCheckedAtConnect)) {
		p.Role = role
	}
	if !authz.Allowed(role, authz.OpenMap) {
		r.Leave(c)
		return []Effect{closing(c, wire.CloseForbidden)}
	}
	if !p.joined {
		return nil
	}
	return []Effect{send(c, &wire.Role{Role: uint8(role)})}
}
