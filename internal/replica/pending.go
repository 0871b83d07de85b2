package replica

import (
	"slices"

	"plectica/internal/mutant"
	"plectica/internal/sysmap"
)

// TextChange says how a text of the view changed under the person, so that their
// caret can follow.
type TextChange struct {
	Where sysmap.Where
	Edit  sysmap.Edit
}

// play applies a pending transaction to the view and notes how to undo it. One
// that does not apply stays pending, without effect, until the server decides.
func (r *Replica) play(p *txn) {
	p.rec.items = noteItems(p.rec.items[:0], r.v, p.ops)
	p.inert = r.v.Apply(p.ops, r.stamp()) != nil
	if p.inert {
		p.rec.items = p.rec.items[:0]
	}
}

// rebuild makes V = C + replay(P) again. A transaction that lost its effect, or
// got it, is a change under what was typed on top of it; those are returned.
func (r *Replica) rebuild() (changed []TextChange) {
	r.v.Reset()
	for i, p := range r.pending {
		was := p.inert
		at := sysmap.Texts(nil, p.ops)
		before := make([]string, len(at))
		for j, w := range at {
			before[j] = r.v.Text(w)
		}
		r.play(p)
		if p.inert == was {
			continue
		}
		for j, w := range at {
			theirs := sysmap.Edits(nil, w, p.ops)
			going := (*record)(nil)
			if p.inert {
				theirs, going = inverses(theirs, before[j]), p.rec
			}
			changed = append(changed, r.carry(i+1, w, theirs, going)...)
		}
		p.rec.typed = nil // it came or went by itself, which is nobody's step
	}
	r.version++
	return changed
}

// inverses returns the edits that take a series of edits of one text back.
func inverses(list []sysmap.Edit, text string) []sysmap.Edit {
	out := make([]sysmap.Edit, len(list))
	for i, e := range list {
		out[len(list)-1-i] = e.Inverse(text)
		text = e.Apply(text)
	}
	return out
}

// carry takes the pending transactions from index from on past edits of one text
// that now come before them, and returns how the view's text changes; going is the
// record whose effect they take away, if they do.
func (r *Replica) carry(from int, at sysmap.Where, theirs []sysmap.Edit, going *record) []TextChange {
	for _, p := range r.pending[from:] {
		if mutant.On && mutant.Is(mutant.PendingSpliceNotRebased) {
			continue
		}
		ops, after := sysmap.RebaseOps(p.ops, at, theirs, mutant.On && mutant.Is(mutant.TieFlippedOnClient))
		if p.ops = ops; !p.inert { // without effect in the view it moves nothing there
			theirs = after
		}
	}
	r.yield(at, theirs, going)
	out := make([]TextChange, len(theirs))
	for i, e := range theirs {
		out[i] = TextChange{at, e}
	}
	return out
}

// find returns where a pending transaction is, or -1.
func (r *Replica) find(csn uint64) int {
	return slices.IndexFunc(r.pending, func(p *txn) bool { return p.csn == csn })
}

// withdraw takes a refused transaction out of P. What was typed after it, on top
// of it, is carried past its inverse.
func (r *Replica) withdraw(i int) []TextChange {
	p := r.pending[i]
	r.pending = slices.Delete(r.pending, i, i+1)
	var out []TextChange
	if !p.inert && !(mutant.On && mutant.Is(mutant.WithdrawnNotCarried)) {
		for _, at := range sysmap.Texts(nil, p.ops) {
			out = append(out, r.carry(i, at, p.rec.inverse(at), p.rec)...)
		}
	}
	r.drop(p.rec)
	return out
}

// Coherent reports whether the view is the committed state with the pending
// transactions on top, by making it anew.
func (r *Replica) Coherent() bool {
	v := r.c.Overlay()
	for _, p := range r.pending {
		if inert := v.Apply(p.ops, r.stamp()) != nil; inert != p.inert {
			return false
		}
	}
	return v.Hash() == r.View().Hash()
}

// PendingOps returns the ops that wait to be decided, in order.
func (r *Replica) PendingOps() []sysmap.Op {
	var out []sysmap.Op
	for _, p := range r.pending {
		out = append(out, p.ops...)
	}
	return out
}

// Pending returns the numbers of the transactions that wait to be decided.
func (r *Replica) Pending() []uint64 {
	out := make([]uint64, len(r.pending))
	for i, p := range r.pending {
		out[i] = p.csn
	}
	return out
}

// Waiting returns the numbers of the oldest transactions that wait to be decided
// and have effect in the view, in order, up to the first that has none.
func (r *Replica) Waiting() []uint64 {
	var out []uint64
	for _, p := range r.pending {
		if p.inert {
			break
		}
		out = append(out, p.csn)
	}
	return out
}
