package replica

import (
	"plectica/internal/fault"
	"plectica/internal/mutant"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// A journal entry is one or more of these, one after the other.
const (
	entryLocal      = 1
	entryExtend     = 2
	entryRemote     = 3
	entryCheckpoint = 4
	entrySnapshot   = 5
)

// Bounds of what is read back from a journal: more than what is ever written, or
// edits would be lost to the bound.
const (
	maxEntry    = 256 << 20 // bytes
	maxRestored = 1 << 20   // pending transactions
)

func appendLocal(b []byte, p *txn) []byte {
	b = varint.Uint(append(b, entryLocal), p.csn)
	return sysmap.AppendOps(varint.Uint(b, p.group), p.ops)
}

func appendExtend(b []byte, csn uint64, ops []sysmap.Op) []byte {
	return sysmap.AppendOps(varint.Uint(append(b, entryExtend), csn), ops)
}

func appendRemote(b, msg []byte) []byte { return varint.Bytes(append(b, entryRemote), msg) }

func appendSnapshot(b, snap []byte) []byte { return varint.Bytes(append(b, entrySnapshot), snap) }

// Checkpoint returns one entry that stands for all entries so far, or nil while
// the replica is catching up.
func (r *Replica) Checkpoint() []byte {
	if r.loading || r.old != nil {
		return nil
	}
	b := varint.Uint(append([]byte(nil), entryCheckpoint), r.head)
	nextCSN, pending := r.nextCSN, r.pending
	if mutant.On && mutant.Is(mutant.CheckpointForgetsCSN) {
		nextCSN = max(r.lastCSN, 1)
	}
	if mutant.On && mutant.Is(mutant.CheckpointForgetsPending) {
		pending = nil
	}
	b = varint.Uint(varint.Uint(append(b, r.role), r.epoch), nextCSN)
	b = varint.Uint(varint.Uint(b, r.author), uint64(len(pending)))
	for _, p := range pending {
		b = varint.Uint(varint.Uint(b, p.csn), p.group)
		b = sysmap.AppendOps(b, p.ops)
	}
	return varint.Bytes(b, r.c.AppendSnapshot(nil))
}

// Replay takes in one journal entry; all of them, in order, bring a new replica
// to where the old one was. An entry that is damaged is refused with
// fault.Invalid or fault.Schema, and what it held is not taken in.
func (r *Replica) Replay(entry []byte) error {
	rd := varint.NewReader(entry)
	for rd.Len() > 0 {
		if err := r.replayOne(rd); err != nil {
			return err
		}
	}
	return rd.Err()
}

func (r *Replica) replayOne(rd *varint.Reader) error {
	switch rd.Byte() {
	case entryLocal:
		csn, group := rd.Uint(), rd.Uint()
		ops, err := sysmap.ReadOps(rd, wire.MaxPushOps)
		if err != nil {
			return err
		}
		r.add(csn, group, ops)
	case entryExtend:
		csn := rd.Uint()
		ops, err := sysmap.ReadOps(rd, wire.MaxPushOps)
		if err != nil {
			return err
		}
		if i := len(r.pending) - 1; !(mutant.On && mutant.Is(mutant.ExtensionNotReplayed)) && i >= 0 && r.pending[i].csn == csn {
			r.extend(r.pending[i], ops)
		}
	case entryRemote:
		msg := rd.Bytes(maxEntry)
		if err := rd.Err(); err != nil {
			return err
		}
		_, _ = r.Remote(msg, 0) // what was wrong with it then ended that connection, not this replay
	case entrySnapshot:
		snap := rd.Bytes(maxEntry)
		if err := rd.Err(); err != nil {
			return err
		}
		_, _ = r.Snapshot(snap) // as above
	case entryCheckpoint:
		return r.restore(rd)
	default:
		return fault.New(fault.Invalid, "journal entry of an unknown kind")
	}
	return rd.Err()
}

// restore reads a checkpoint.
func (r *Replica) restore(rd *varint.Reader) error {
	head, role, epoch := rd.Uint(), rd.Byte(), rd.Uint()
	nextCSN, author := rd.Uint(), rd.Uint()
	pending := make([]*txn, rd.Count(maxRestored))
	for i := range pending {
		p := &txn{csn: rd.Uint(), group: rd.Uint(), rec: &record{}}
		var err error
		if p.ops, err = sysmap.ReadOps(rd, sysmap.MaxLargeOps); err != nil {
			return err
		}
		pending[i] = p
	}
	snap := rd.Bytes(maxEntry)
	if err := rd.Err(); err != nil {
		return err
	}
	in := varint.NewReader(snap)
	m, err := sysmap.ReadSnapshot(in)
	if err == nil {
		err = in.Done()
	}
	if err != nil {
		return err
	}
	r.c, r.v, r.old = m, m.Overlay(), nil
	r.head, r.role, r.epoch, r.nextCSN, r.author = head, role, epoch, nextCSN, author
	r.pending = pending
	r.undo, r.redo = nil, nil
	r.rebuild()
	return nil
}

// fillGaps puts empty transactions where numbers are missing from next on: the
// server closes on a gap, and what followed would not be saved.
func (r *Replica) fillGaps(next uint64) {
	var dense []*txn
	for _, p := range r.pending {
		for ; next < p.csn && len(dense) < maxRestored; next++ {
			dense = append(dense, &txn{csn: next, ops: []sysmap.Op{}, rec: &record{}})
		}
		dense = append(dense, p)
		next = p.csn + 1
	}
	r.pending = dense
}

// Ready ends the replay. What is pending may have been sent before, so it takes
// no more typing.
func (r *Replica) Ready() {
	r.Lost()
	if len(r.pending) > 0 { // entries may have been left out of the journal
		r.fillGaps(r.pending[0].csn)
	}
	for _, p := range r.pending {
		p.sealed = true
	}
	r.persisted = r.journal
}
