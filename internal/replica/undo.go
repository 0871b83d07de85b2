package replica

import (
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
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
	inverse sysmap.Edit // on the text as it is in C, once committed; else right after the edit
}

// record is how to undo one transaction. While the transaction is pending the
// items follow from V; after its commit they are kept up to date here.
type record struct {
	items     []item
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
	seen := make(map[sysmap.Register]bool)
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
		if !ok || seen[reg] {
			continue
		}
		seen[reg] = true
		made[op.ID] = op.Kind == sysmap.OpPut || op.Kind == sysmap.OpRelate
		items = append(items, item{reg: reg, before: m.Restore(reg)})
	}
	return items
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
func (r *Replica) drop(c *record) { c.items, c.dropped = nil, true }

// records calls yield for every committed record on the stacks.
func (r *Replica) records(yield func(*record)) {
	for _, stack := range [][]*step{r.undo, r.redo} {
		for _, s := range stack {
			for _, c := range s.recs {
				if c.committed {
					yield(c)
				}
			}
		}
	}
}

// overtaken brings committed records up to date with one more committed
// transaction: own or another's.
func (r *Replica) overtaken(ops []sysmap.Op, own bool) {
	if len(r.undo) == 0 && len(r.redo) == 0 {
		return
	}
	for i := range ops {
		op := &ops[i]
		if op.Kind == sysmap.OpSplice {
			at := sysmap.Where{Card: op.ID, Field: op.Field}
			e := sysmap.EditOf(op)
			r.records(func(c *record) { c.shift(at, e) })
			continue
		}
		if reg, ok := op.Register(); ok && !own {
			r.records(func(c *record) { c.lose(reg) })
		}
	}
}

func (c *record) shift(at sysmap.Where, e sysmap.Edit) {
	for i := range c.items {
		if it := &c.items[i]; it.isText && it.at == at {
			it.inverse = it.inverse.Transform(e, false)
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
	for i := range c.items { // edits made later in the same transaction
		if it := &c.items[i]; it.isText {
			c.pass(it, i, ops)
		}
	}
}

// finish notes what the transaction left in C.
func (c *record) finish(m *sysmap.Map) {
	for i := range c.items {
		if it := &c.items[i]; !it.isText {
			it.after = m.Restore(it.reg)
		}
	}
}

// pass carries the inverse of one edit past the later edits of its transaction.
func (c *record) pass(it *item, i int, ops []sysmap.Op) {
	nth := 0
	for _, o := range c.items[:i] {
		if o.isText && o.at == it.at {
			nth++
		}
	}
	for _, e := range edits(nil, it.at, ops)[nth+1:] {
		it.inverse = it.inverse.Transform(e, false)
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
	if r.role != 0 && r.role < roleEdit {
		return Step{}, fault.New(fault.Permission, "you may look at this map, not change it")
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

// reversal returns the ops that take a step back from the view as it is now.
func (r *Replica) reversal(s *step) (ops []sysmap.Op, skipped int) {
	trial := r.v.Overlay()
	try := func(op sysmap.Op) {
		if err := trial.Apply([]sysmap.Op{op}, r.stamp()); err != nil {
			skipped++
			return
		}
		ops = append(ops, op)
	}
	for _, c := range slices.Backward(s.recs) {
		for i, it := range slices.Backward(c.items) {
			switch {
			case it.lost:
				skipped++
			case !it.isText:
				try(it.before)
			default:
				e := it.inverse
				for _, later := range r.laterEdits(c, i, it.at) {
					e = e.Transform(later, false)
				}
				for _, done := range edits(nil, it.at, ops) {
					e = e.Transform(done, false)
				}
				for _, op := range e.Splices(nil, it.at) {
					try(op)
				}
			}
		}
	}
	return ops, skipped
}

// laterEdits returns the edits between where item i of a record stands and the
// view: all pending ones if the record is committed, else those after the item.
func (r *Replica) laterEdits(c *record, i int, at sysmap.Where) []sysmap.Edit {
	var out []sysmap.Edit
	from := 0
	if !c.committed {
		from = slices.IndexFunc(r.pending, func(p *txn) bool { return p.rec == c })
		if from < 0 {
			return nil
		}
		nth := 0
		for _, o := range c.items[:i] {
			if o.isText && o.at == at {
				nth++
			}
		}
		own := edits(nil, at, r.pending[from].ops)
		out = append(out, own[min(nth+1, len(own)):]...)
		from++
	}
	for _, p := range r.pending[from:] {
		if !p.inert {
			out = edits(out, at, p.ops)
		}
	}
	return out
}

// forgetText drops the undo of typing, whose path is not known any more, and
// gives up registers that are not as the person left them.
func (r *Replica) forgetText() (dropped bool) {
	r.records(func(c *record) {
		n := len(c.items)
		c.items = slices.DeleteFunc(c.items, func(it item) bool { return it.isText })
		dropped = dropped || len(c.items) < n
		for i := range c.items {
			it := &c.items[i]
			if now := r.c.Restore(it.reg); !now.Same(&it.after) {
				it.lost = true
			}
		}
	})
	return dropped
}
