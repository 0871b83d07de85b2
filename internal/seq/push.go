package seq

import (
	"cmp"
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// EncodeRow returns a row's bytes.
func EncodeRow(ops []sysmap.Op) []byte { return sysmap.AppendOps(nil, ops) }

// DecodeRow reads a row's bytes back.
func DecodeRow(b []byte) ([]sysmap.Op, error) {
	r := varint.NewReader(b)
	ops, err := sysmap.ReadOps(r, sysmap.MaxLargeOps)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "a row of the log is damaged", err)
	}
	if err := r.Done(); err != nil {
		return nil, fault.Wrap(fault.Internal, "a row of the log is damaged", err)
	}
	return ops, nil
}

// Full reports whether the open batch has to be cut before more is pushed.
func (r *Room) Full() bool {
	return r.open != nil && (len(r.open.rows) >= MaxBatch || r.open.bytes >= MaxBatchBytes ||
		len(r.open.nacks) >= MaxBatch)
}

// Open reports whether something was admitted or refused and not yet handed out.
func (r *Room) Open() bool { return r.open != nil }

// Push admits or refuses one transaction. Its answer comes with Durable. A batch
// that was cut must be durable before the next push.
func (r *Room) Push(c Conn, push *wire.Push, now int64) []Effect {
	p := r.peers[c]
	if p == nil {
		return nil // a late event of a connection that is gone
	}
	if !p.joined || push.BaseSeq > r.head {
		r.Leave(c)
		return []Effect{closing(c, wire.CloseProtocol)}
	}
	k := r.clients[p.client]
	if push.CSN > k.last+1 && !(mutant.On && mutant.Is(mutant.AcceptCSNGap)) {
		r.Leave(c)
		return []Effect{closing(c, wire.CloseProtocol)}
	}
	b := r.batch()
	if push.CSN <= k.last && !(mutant.On && mutant.Is(mutant.DropDedup)) {
		return r.repeated(b, c, p.client, push)
	}
	k.used, k.last = true, push.CSN
	row := store.Row{OpID: store.NewOpID(p.client, push.CSN), Actor: p.Account, At: now}
	if !r.may(p, push.Ops) {
		b.refuse(c, push, fault.Permission, id.Root)
		return nil
	}
	ops, err := r.merge(p.client, push)
	if err == nil {
		err = r.admit(row, uint64(c), ops)
	}
	if err != nil {
		b.refuse(c, push, fault.KindOf(err), r.nearest(b, push))
		if mutant.On && mutant.Is(mutant.RefusedCSNAppliedLate) {
			k.last = push.CSN - 1
		}
	}
	return nil
}

// repeated answers a push that was decided before: what is saved is told again, to
// this connection, anything else stays refused.
func (r *Room) repeated(b *batch, c Conn, k id.Client, push *wire.Push) []Effect {
	op := store.NewOpID(k, push.CSN)
	if slices.ContainsFunc(b.rows, func(row store.Row) bool { return row.OpID == op }) {
		return nil // its commit is on the way
	}
	for i := range r.recent {
		if t := r.recent[i].txn; !(mutant.On && mutant.Is(mutant.RepeatRefused)) && r.recent[i].client == k && t.CSN == push.CSN {
			t.Author = uint64(c)
			again := Commits(r.Oldest()+uint64(i)+1, []wire.Txn{t})
			again[0].To = c
			return again
		}
	}
	b.refuse(c, push, fault.Conflict, id.Root)
	return nil
}

func (b *batch) refuse(c Conn, push *wire.Push, code fault.Kind, at id.Object) {
	e := send(c, &wire.Nack{CSN: push.CSN, Code: code, At: at})
	e.Nack, e.Code = true, code
	b.nacks = append(b.nacks, e)
}

// nearest returns where a card could go that was placed under a deleted one.
func (r *Room) nearest(b *batch, push *wire.Push) id.Object {
	for i := range push.Ops {
		op := &push.Ops[i]
		isPlace := op.Kind == sysmap.OpPlace || op.Kind == sysmap.OpPut && op.Type == sysmap.Card
		if isPlace && op.Place.Parent != id.Root && b.next.GetLive(op.Place.Parent) == nil {
			return b.next.NearestLive(op.Place.Parent)
		}
	}
	return id.Root
}

func (r *Room) batch() *batch {
	if r.open == nil {
		r.open = &batch{next: r.state.Overlay()}
	}
	return r.open
}

// admit applies ops to the batch and gives them the next number.
func (r *Room) admit(row store.Row, author uint64, ops []sysmap.Op) error {
	b := r.batch()
	before := b.next.Living()
	trial := b.next.Overlay()
	if mutant.On && mutant.Is(mutant.CycleCheckIgnoresBatch) {
		trial = r.state.Overlay()
	}
	if err := trial.ApplyWithin(ops, sysmap.Stamp{By: row.Actor, At: row.At}, MaxWork); err != nil {
		return err
	}
	if !(mutant.On && mutant.Is(mutant.LimitUnchecked)) && trial.Living() > r.cfg.Cards && trial.Living() > before {
		return fault.New(fault.Limit, "the map has as many cards as it may have")
	}
	if trial.Len() > MaxObjects && trial.Len() > b.next.Len() {
		return fault.New(fault.Limit, "the map has as many objects as it may have")
	}
	if row.Data = EncodeRow(ops); len(row.Data) > MaxTxnBytes {
		return fault.New(fault.Limit, "the change is too large")
	}
	if mutant.On && mutant.Is(mutant.CycleCheckIgnoresBatch) {
		_ = b.next.Apply(ops, sysmap.Stamp{By: row.Actor, At: row.At})
	} else {
		trial.Merge()
	}
	row.Seq = r.head + uint64(len(b.rows)) + 1
	if mutant.On && mutant.Is(mutant.SeqGapAfterNack) {
		row.Seq += uint64(len(b.nacks))
	}
	if mutant.On && mutant.Is(mutant.AuthorLeftOut) {
		author = 0
	}
	b.rows = append(b.rows, row)
	b.bytes += len(row.Data)
	b.txns = append(b.txns, wire.Txn{Actor: row.Actor, Author: author, CSN: row.OpID.CSN(), At: row.At, Ops: ops})
	b.splices = spliceList(b.splices, row.Seq, row.OpID.Client(), ops)
	r.noteCrowded(ops)
	return nil
}

// merge checks a push and carries its text edits past those committed since its
// base.
func (r *Room) merge(c id.Client, push *wire.Push) ([]sysmap.Op, error) {
	if len(push.Ops) > wire.MaxPushOps {
		return nil, fault.New(fault.Limit, "the change is too large")
	}
	texts := make(map[sysmap.Where]int)
	var order []sysmap.Where
	for i := range push.Ops {
		op := &push.Ops[i]
		if op.Kind == sysmap.OpPurge {
			return nil, fault.New(fault.Schema, "only the server forgets objects")
		}
		if op.Kind != sysmap.OpSplice {
			continue
		}
		at := sysmap.Where{Card: op.ID, Field: op.Field}
		if texts[at]++; texts[at] == 1 {
			order = append(order, at)
		}
	}
	if len(order) > 0 && push.BaseSeq < r.horizon && !(mutant.On && mutant.Is(mutant.BeyondWindowApplied)) {
		return nil, fault.New(fault.Stale, "the edit is too old to be merged")
	}
	theirs, err := r.since(c, texts, push.BaseSeq)
	if err != nil {
		return nil, err
	}
	ops := push.Ops
	for _, at := range order {
		if list := theirs[at]; len(list) > 0 && !(mutant.On && mutant.Is(mutant.SpliceUntransformed)) {
			if len(list)*texts[at] > MaxCarries {
				return nil, fault.New(fault.Stale, "the edit has too much to be merged with")
			}
			ops, _ = sysmap.RebaseOps(ops, at, list, false)
		}
	}
	return ops, nil
}

// since returns the edits of some texts after seq, those of the open batch
// included. One of the pusher's own among them means that it did not wait for its
// answer.
func (r *Room) since(c id.Client, texts map[sysmap.Where]int, seq uint64) (map[sysmap.Where][]sysmap.Edit, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	if mutant.On && mutant.Is(mutant.WindowOffByOne) {
		seq++
	}
	i, _ := slices.BinarySearchFunc(r.splices, seq+1, func(s splice, seq uint64) int { return cmp.Compare(s.seq, seq) })
	out := make(map[sysmap.Where][]sysmap.Edit)
	for n, list := range [][]splice{r.splices[i:], r.batch().splices} {
		if mutant.On && mutant.Is(mutant.BatchNotMerged) && n == 1 {
			break
		}
		for _, s := range list {
			if mutant.On && mutant.Is(mutant.WrongFieldTransform) {
				s.at.Field = sysmap.Title + sysmap.Body - s.at.Field
			}
			if texts[s.at] == 0 {
				continue
			}
			if s.client == c {
				return nil, fault.New(fault.Conflict, "two edits of one text at once")
			}
			out[s.at] = append(out[s.at], s.edit)
		}
	}
	return out, nil
}

// Cut closes the open batch and returns what to append; ok is false when there is
// nothing to make durable, and Durable may be called at once.
func (r *Room) Cut(now int64) (store.Batch, bool) {
	b := r.batch()
	b.cut = true
	if len(b.rows) == 0 {
		return store.Batch{}, false
	}
	r.tend(now)
	return store.Batch{
		Map: r.cfg.Map, Epoch: r.epoch, Head: r.head, Rows: b.rows, Hash: r.hashOf(b),
	}, true
}

func (r *Room) hashOf(b *batch) [16]byte {
	if mutant.On && mutant.Is(mutant.HashOfStateBefore) {
		return r.state.Hash().Bytes()
	}
	return b.next.Hash().Bytes()
}

// Durable makes the batch part of the committed state and returns what everyone
// is told: first the commit, for all and as the author's answer, then refusals.
func (r *Room) Durable() []Effect {
	b := r.open
	r.open = nil
	if b == nil {
		return nil
	}
	out := make([]Effect, 0, 1+len(b.nacks))
	if len(b.rows) > 0 {
		from := r.head + 1
		b.next.Merge()
		r.head += uint64(len(b.rows))
		r.remember(b.splices)
		r.keep(b.rows, b.txns)
		out = append(out, Commits(from, b.txns)...)
	}
	return append(out, b.nacks...)
}

// Commits returns the frames that carry transactions to everyone, each within
// the limits of a frame and of about MaxTxnBytes.
func Commits(from uint64, txns []wire.Txn) []Effect {
	var out []Effect
	for len(txns) > 0 {
		n, size := 0, 0
		for n < len(txns) && n < wire.MaxTxnsInFrame && size < MaxTxnBytes {
			for i := range txns[n].Ops {
				size += sysmap.OpSize(&txns[n].Ops[i])
			}
			n++
		}
		out = append(out, Effect{Frame: wire.Append(nil, &wire.Commit{FromSeq: from, Txns: txns[:n]})})
		from, txns = from+uint64(n), txns[n:]
	}
	return out
}
