package sim

import (
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/replica"
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
			c.do(0, c.change())
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

// pick returns a random object of a type, mostly living and often one of the
// first few, so that people meet; or the zero id.
func (c *client) pick(t sysmap.Type) id.Object {
	const tries = 12
	made := c.w.made[t]
	for range tries {
		n := len(made)
		if n == 0 {
			break
		}
		if c.w.rng.IntN(2) == 0 {
			n = min(n, hotObjects)
		}
		k := made[c.w.rng.IntN(n)]
		if o := c.rep.View().Get(k); o != nil && (o.Live() || !c.w.calm && c.w.rng.IntN(10) == 0) {
			return k
		}
	}
	return id.Root
}

// hotObjects is how many objects of each type get half of all edits.
const hotObjects = 4

// fresh returns a new id of a type and remembers it.
func (c *client) fresh(t sysmap.Type) id.Object {
	k := id.Object(c.w.id())
	c.w.made[t] = append(c.w.made[t], k)
	return k
}

func (c *client) place() sysmap.Place {
	w := c.w
	v := c.rep.View()
	p := sysmap.Place{X: int32(w.rng.IntN(1 << 20)), Y: int32(w.rng.IntN(1 << 20))}
	switch w.rng.IntN(4) {
	case 0:
	case 1:
		p.Parent = c.pick(sysmap.Relationship)
	default:
		p.Parent = c.pick(sysmap.Card)
	}
	kids := v.Kids(p.Parent)
	before, after := "", ""
	if len(kids) > 0 {
		i := w.rng.IntN(len(kids) + 1)
		if w.w.nested {
			i = min(1, len(kids)) // everybody at one place: keys grow long
		}
		if i > 0 {
			before = v.Get(kids[i-1]).Place.Order
		}
		if i < len(kids) {
			after = v.Get(kids[i]).Place.Order
		}
	}
	p.Order = sysmap.Between(before, after, w.rng.Uint64()%w.w.jitter)
	return p
}

// change returns one random change.
func (c *client) change() []sysmap.Op {
	w := c.w
	switch w.rng.IntN(12) {
	case 0, 1, 2:
		k := c.fresh(sysmap.Card)
		ops := []sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Card, ID: k, Place: c.place(), Title: c.words()}}
		if w.rng.IntN(3) == 0 {
			p := sysmap.Place{Parent: k, Order: sysmap.Between("", "", w.rng.Uint64())}
			ops = append(ops, sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: c.fresh(sysmap.Card), Place: p})
		}
		return ops
	case 3, 4:
		return []sysmap.Op{{Kind: sysmap.OpPlace, ID: c.pick(sysmap.Card), Place: c.place()}}
	case 5, 6:
		return []sysmap.Op{{Kind: sysmap.OpRelate, ID: c.fresh(sysmap.Relationship), A: c.pick(sysmap.Card), B: c.pick(sysmap.Card)}}
	case 7:
		return []sysmap.Op{{Kind: sysmap.OpEnds, ID: c.pick(sysmap.Relationship), A: c.pick(sysmap.Card), B: c.pick(sysmap.Card)}}
	case 8:
		t := sysmap.Type(1 + w.rng.IntN(4))
		return []sysmap.Op{{Kind: sysmap.OpDel, ID: c.pick(t)}}
	case 9:
		return []sysmap.Op{{Kind: sysmap.OpUndel, ID: c.pick(sysmap.Card)}}
	case 10:
		t := sysmap.Type(3 + w.rng.IntN(2))
		return []sysmap.Op{{Kind: sysmap.OpPut, Type: t, ID: c.fresh(t), A: c.pick(sysmap.Card)}}
	}
	return c.set()
}

// set returns a random register write.
func (c *client) set() []sysmap.Op {
	w := c.w
	var k id.Object
	var g sysmap.Reg
	switch w.rng.IntN(5) {
	case 4: // of a program newer than this one
		k, g = c.pick(sysmap.Card), sysmap.Reg{Field: newerField, Value: sysmap.Value{Kind: sysmap.Raw, S: c.words()}}
	case 0:
		k, g = c.pick(sysmap.Card), sysmap.Reg{Field: sysmap.Colour, Value: sysmap.IntValue(w.rng.Int64N(18))}
	case 1:
		key := string(rune('a' + w.rng.IntN(4)))
		k, g = c.pick(sysmap.Card), sysmap.Reg{Field: sysmap.Attribute, Entry: key, Value: sysmap.TextValue(c.words())}
	case 2:
		k, g = c.pick(sysmap.Relationship), sysmap.Reg{Field: sysmap.Direction, Value: sysmap.IntValue(w.rng.Int64N(4))}
	default:
		target := c.pick(sysmap.Card)
		k = c.pick(sysmap.Perspective)
		g = sysmap.Reg{Field: sysmap.View, Entry: string(target[:]), Value: sysmap.IntValue(1 + w.rng.Int64N(4))}
	}
	if w.rng.IntN(6) == 0 {
		g.Value = sysmap.Value{}
	}
	return []sysmap.Op{{Kind: sysmap.OpSet, ID: k, Reg: g}}
}

// newerField is one that this program does not know.
const newerField sysmap.Field = 200

func (c *client) words() string {
	const letters = "abcdefgh äöü€𝄞"
	r := []rune(letters)
	out := make([]rune, c.w.rng.IntN(6))
	for i := range out {
		out[i] = r[c.w.rng.IntN(len(r))]
	}
	return string(out)
}

// typeText edits a title or body, gathering in one step of undo with what was
// typed before, or by itself.
func (c *client) typeText(gathers bool) {
	k := c.pick(sysmap.Card)
	if k == id.Root {
		c.do(0, c.change())
		return
	}
	at := sysmap.Where{Card: k, Field: sysmap.Field(1 + c.w.rng.IntN(2))}
	n := len([]rune(c.rep.View().Text(at)))
	op := sysmap.Op{Kind: sysmap.OpSplice, ID: at.Card, Field: at.Field, Pos: uint32(c.w.rng.IntN(n + 1)), Ins: c.words()}
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
