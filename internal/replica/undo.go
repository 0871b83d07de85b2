package replica

import (
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/sysmap"
)

// item is one thing to take back: a register, or an edit of a text.
type item struct {
	reg    sysmap.Register
	before sysmap.Op // brings the register back
	after  sysmap.Op // what the transaction left, to see whether it still stands
	lost   bool      // somebody else has written the register since

	isText  bool
	at      sysmap.Where
	inverse sysmap.Edit // right after the edit
}

// typed is one edit of a text to take back. Its inverse is for the text as it is
// once every later step of its stack is taken back, which is when it is needed:
// so later edits of one's own never wear it down, and those of others are carried
// down the stack, past each step's inverse in turn.
type typed struct {
	at      sysmap.Where
	inverse sysmap.Edit
}

// record is how to undo one transaction. While the transaction is pending the
// items follow from V; after its commit they are kept up to date here.
type record struct {
	items     []item
	typed     []typed
	committed bool
	dropped   bool
}

// step is what one undo takes back.
type step struct {
	group uint64
	recs  []*record
}

// noteItems lists what ops, about to be applied to m, will change.
func noteItems(items []item, m *sysmap.Map, ops []sysmap.Op) []item {
	made := make(map[id.Object]bool)
	last := make(map[sysmap.Register]*sysmap.Op)
	text := make(map[sysmap.Where]string)
	for i := range ops {
		op := &ops[i]
		if made[op.ID] {
			continue // it goes with the object
		}
		if op.Kind == sysmap.OpSplice {
			at := sysmap.Where{Card: op.ID, Field: op.Field}
			if _, ok := text[at]; !ok {
				text[at] = m.Text(at)
			}
			e := sysmap.EditOf(op)
			items = append(items, item{isText: true, at: at, inverse: e.Inverse(text[at])})
			text[at] = e.Apply(text[at])
			continue
		}
		reg, ok := op.Register()
		if !ok {
			continue
		}
		made[op.ID] = op.Kind == sysmap.OpPut || op.Kind == sysmap.OpRelate
		before := last[reg] // what is written twice is taken back twice: in between, others counted on it
		if before == nil {
			first := m.Restore(reg)
			before = &first
		}
		last[reg] = op
		items = append(items, item{reg: reg, before: *before})
	}
	return items
}

// noteTyped adds how to take back the text edits among new items. They go ways of
// their own: items are taken anew with every rebuild, what is typed is carried on.
func (c *record) noteTyped(items []item) {
	for _, it := range items {
		if it.isText {
			c.typed = append(c.typed, typed{it.at, slices.Clone(it.inverse)})
		}
	}
}

// inverse returns the edits that undo a pending record's typing in one text.
func (c *record) inverse(at sysmap.Where) []sysmap.Edit {
	var out []sysmap.Edit
	for _, it := range slices.Backward(c.items) {
		if it.isText && it.at == at {
			out = append(out, it.inverse)
		}
	}
	return out
}

// push puts a transaction on an undo or redo stack.
func (r *Replica) push(stack *[]*step, p *txn) {
	s := *stack
	if p.group != 0 && len(s) > 0 && s[len(s)-1].group == p.group {
		s[len(s)-1].recs = append(s[len(s)-1].recs, p.rec)
		return
	}
	if len(s) >= MaxUndo {
		s = slices.Delete(s, 0, 1)
	}
	*stack = append(s, &step{group: p.group, recs: []*record{p.rec}})
}

// drop forgets a refused transaction's record.
func (r *Replica) drop(c *record) { c.items, c.typed, c.dropped = nil, nil, true }

// yield carries the undo of typing past edits of one text of the view that are not
// part of what can be undone. They reach every step of both stacks, from the newest
// down, unless they are the going of one record: what lies below that never saw it.
func (r *Replica) yield(at sysmap.Where, theirs []sysmap.Edit, going *record) {
	if mutant.On && mutant.Is(mutant.TextUndoAtOldOffset) {
		return
	}
	for _, e := range theirs {
		carryDown(r.undo, at, e, going)
		carryDown(r.redo, at, e, going)
	}
}

func carryDown(stack []*step, at sysmap.Where, e sysmap.Edit, going *record) {
	e = slices.Clone(e) // it is moved along in place
	for _, s := range slices.Backward(stack) {
		for _, c := range slices.Backward(s.recs) {
			if c == going {
				return
			}
			for i := len(c.typed) - 1; i >= 0; i-- {
				if t := &c.typed[i]; t.at == at {
					t.inverse, e = cross(t.inverse, e)
				}
			}
		}
	}
}

// cross carries the undo of an edit and another's edit past each other. Both are
// moved in place where they are apart, as they mostly are.
func cross(undo, other sysmap.Edit) (sysmap.Edit, sysmap.Edit) {
	from, to, longer := undo.Site()
	otherFrom, otherTo, otherLonger := other.Site()
	if otherTo < from && undo.Shift(otherLonger) || to < otherFrom && other.Shift(longer) {
		return undo, other
	}
	return undo.Transform(other, false), other.Transform(undo, true)
}

// everyRecord calls f for every record on the stacks.
func (r *Replica) everyRecord(f func(*record)) {
	for _, stack := range [][]*step{r.undo, r.redo} {
		for _, s := range stack {
			for _, c := range s.recs {
				f(c)
			}
		}
	}
}

// records calls f for every committed record on the stacks.
func (r *Replica) records(f func(*record)) {
	r.everyRecord(func(c *record) {
		if c.committed {
			f(c)
		}
	})
}

// overtaken brings committed records up to date with one more committed
// transaction: own or another's.
func (r *Replica) overtaken(ops []sysmap.Op, own bool) {
	if len(r.undo) == 0 && len(r.redo) == 0 {
		return
	}
	for i := range ops {
		if reg, ok := ops[i].Register(); ok && !own {
			if mutant.On && mutant.Is(mutant.RedoFromStaleState) {
				for _, s := range r.undo {
					for _, c := range s.recs {
						c.lose(reg)
					}
				}
				continue
			}
			r.records(func(c *record) { c.lose(reg) })
		}
	}
}

func (c *record) lose(reg sysmap.Register) {
	for i := range c.items {
		if it := &c.items[i]; !it.isText && it.reg == reg {
			it.lost = true
		}
	}
}

// settle turns a pending record into a committed one: its items are taken anew
// from C just before its ops, as the server committed them, are applied to it.
func (c *record) settle(m *sysmap.Map, ops []sysmap.Op) {
	if c.dropped {
		return
	}
	c.committed = true
	c.items = noteItems(c.items[:0], m, ops)
}

// finish notes what the transaction left in C.
func (c *record) finish(m *sysmap.Map) {
	for i := range c.items {
		if it := &c.items[i]; !it.isText {
			it.after = m.Restore(it.reg)
		}
	}
}

// Step is what an undo or redo did.
type Step struct {
	Entry   []byte // for the journal
	N       uint64 // its number
	Done    int    // things taken back
	Skipped int    // things left alone, because somebody else changed them since
}

// Undo takes back the person's own last step, by a new transaction made from
// what is there now. What somebody else changed since is skipped. The error has
// kind NotFound when there is nothing to undo.
func (r *Replica) Undo() (Step, error) { return r.reverse(&r.undo, &r.redo) }

// Redo takes back the last undo in the same way.
func (r *Replica) Redo() (Step, error) { return r.reverse(&r.redo, &r.undo) }

func (r *Replica) reverse(from, to *[]*step) (Step, error) {
	if len(*from) == 0 {
		return Step{}, fault.New(fault.NotFound, "there is nothing to take back")
	}
	if len(r.pending) >= MaxPending {
		return Step{}, fault.New(fault.Limit, "too many changes wait to be saved")
	}
	if !r.edits() { // what is said is no step
		return Step{}, r.refusal()
	}
	s := (*from)[len(*from)-1]
	*from = (*from)[:len(*from)-1]
	ops, skipped := r.reversal(s)
	out := Step{Done: len(ops), Skipped: skipped}
	if len(ops) == 0 {
		return out, nil
	}
	r.keepRedo = true
	out.Entry = r.enter(0, ops, to)
	r.keepRedo = false
	out.N = r.journal
	return out, nil
}

// reversal is the making of a step back.
type reversal struct {
	r       *Replica
	trial   *sysmap.Map
	ops     []sysmap.Op
	skipped int
}

// reversal returns the ops that take a step back from the view as it is now.
func (r *Replica) reversal(s *step) (ops []sysmap.Op, skipped int) {
	v := reversal{r: r, trial: r.v.Overlay()}
	for _, c := range slices.Backward(s.recs) {
		for _, it := range slices.Backward(c.items) {
			switch {
			case it.lost && !(mutant.On && mutant.Is(mutant.UndoOverwritesOther)):
				v.skipped++
			case it.isText:
				v.untype(c, it.at)
			default:
				v.try(it.before)
			}
		}
	}
	return v.ops, v.skipped
}

func (v *reversal) try(op sysmap.Op) bool {
	if v.trial.Apply([]sysmap.Op{op}, v.r.stamp()) != nil {
		v.skipped++
		return false
	}
	v.ops = append(v.ops, op)
	return true
}

// untype takes back all that a record typed into one text, the last first.
func (v *reversal) untype(c *record, at sysmap.Where) {
	list := c.typed
	c.typed = nil
	for _, t := range slices.Backward(list) {
		if t.at != at {
			continue
		}
		for _, op := range t.inverse.Splices(nil, at) {
			if !v.try(op) { // the card is gone: what lies below counted on this
				v.r.forgetTyped(at)
				return
			}
		}
	}
	c.typed = slices.DeleteFunc(list, func(t typed) bool { return t.at == at })
}

// forgetTyped gives up the undo of typing in one text.
func (r *Replica) forgetTyped(at sysmap.Where) {
	r.everyRecord(func(c *record) {
		c.typed = slices.DeleteFunc(c.typed, func(t typed) bool { return t.at == at })
	})
}

// forgetText drops the undo of typing, whose path is not known any more, and
// gives up registers that are not as the person left them.
func (r *Replica) forgetText() (dropped bool) {
	r.everyRecord(func(c *record) {
		dropped = dropped || len(c.typed) > 0
		c.typed = nil
	})
	r.records(func(c *record) {
		for i := range c.items {
			it := &c.items[i]
			if it.isText {
				continue
			}
			if now := r.c.Restore(it.reg); !now.Same(&it.after) {
				it.lost = true
			}
		}
	})
	return dropped
}
