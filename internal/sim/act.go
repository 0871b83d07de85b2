package sim

import (
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/sim/whim"
	"plectica/internal/sysmap"
)

// act does something a person would, or something no person could.
func (c *client) act() {
	w := c.w
	if w.calm {
		return
	}
	for range w.w.burst {
		if w.turn(actorAct + c.index); !w.takes() {
			continue
		}
		switch n := w.rng.IntN(w.w.text + w.w.tree + w.w.undo); {
		case n < w.w.undo:
			c.takeBack()
		case n < w.w.undo+w.w.text:
			c.typeText(true)
		default:
			c.do(0, c.whim().Change())
		}
	}
}

// do makes a transaction of ops; a refusal is an answer, not a failure.
func (c *client) do(group uint64, ops []sysmap.Op) {
	if len(ops) == 0 {
		return
	}
	entry, n, err := c.rep.Do(group, ops)
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			c.w.fail("a gesture met an internal error: %v", err)
		}
		return
	}
	c.w.stats.Txns++
	c.w.wit.noteEntry(c.queue, entry)
	c.write(entry, n)
}

// whim returns what makes random changes of what this tab sees.
func (c *client) whim() whim.Whim {
	w := c.w
	return whim.Whim{Rng: w.rng, ID: func() id.Object { return w.id() }, Made: w.made, View: c.rep.View(),
		Nested: w.w.nested, Jitter: w.w.jitter, Dead: !w.calm}
}

// takeBack undoes or redoes and checks invariant (g): no register is touched that
// somebody else wrote last.
func (c *client) takeBack() {
	pending := c.pendingRegisters()
	back, isUndo := c.rep.Undo, true
	if c.w.rng.IntN(3) == 0 {
		back, isUndo = c.rep.Redo, false
	}
	step, err := back()
	if err != nil || len(step.Entry) == 0 {
		return
	}
	c.w.stats.Undos++
	c.w.stats.Checks[CheckUndo]++
	c.write(step.Entry, step.N)
	for _, k := range c.w.wit.noteEntry(c.queue, step.Entry) {
		c.w.wit.undone[k] = isUndo && !c.catching // see lostWay
		for _, op := range c.w.wit.local[k] {
			reg, ok := op.Register()
			if !ok || pending[reg] || c.rep.Status().Phase != replica.Live { // what came while it joins is not yet known
				continue
			}
			if own, known := c.writer[reg]; known && !own {
				c.w.fail("undo touched what another wrote last")
			}
		}
	}
}

// pendingRegisters returns what the tab's own waiting edits write.
func (c *client) pendingRegisters() map[sysmap.Register]bool {
	out := make(map[sysmap.Register]bool)
	for _, op := range c.rep.PendingOps() {
		if reg, ok := op.Register(); ok {
			out[reg] = true
		}
	}
	return out
}

// typeText edits a title or body, gathering in one step of undo with what was
// typed before, or by itself.
func (c *client) typeText(gathers bool) {
	k := c.whim().Pick(sysmap.Card)
	if k == id.Root {
		c.do(0, c.whim().Change())
		return
	}
	at := sysmap.Where{Card: k, Field: sysmap.Field(1 + c.w.rng.IntN(2))}
	n := len([]rune(c.rep.View().Text(at)))
	op := sysmap.Op{Kind: sysmap.OpSplice, ID: at.Card, Field: at.Field, Pos: uint32(c.w.rng.IntN(n + 1)), Ins: c.whim().Words()}
	if rest := n - int(op.Pos); rest > 0 && c.w.rng.IntN(2) == 0 {
		op.Del = uint32(c.w.rng.IntN(min(rest, 5) + 1))
	}
	if op.Ins == "" && op.Del == 0 {
		return
	}
	var group uint64
	if gathers && c.w.rng.IntN(3) > 0 {
		group = uint64(k[0]) + 1
	}
	c.do(group, []sysmap.Op{op})
}

// alone takes in an undo or redo made while nobody else does anything.
func (c *client) alone(step replica.Step, err error) {
	if err != nil || step.Skipped > 0 {
		c.w.fail("something could not be taken back although nobody else did anything: %v", err)
		return
	}
	c.w.wit.noteEntry(c.queue, step.Entry)
	c.write(step.Entry, step.N)
}
