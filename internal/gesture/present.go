package gesture

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Sight is what a stop shows: a card, or what is in a frame when that is not empty,
// and how this differs from what the map shows by itself.
type Sight struct {
	Card  id.Object // id.Root: none
	Frame string    // as sysmap.FrameText writes it, or empty
	Folds []Switch  // cards that are folded or not
	Eyes  []Switch  // points whose eye is open or not
}

// Switch is a card with something on or off.
type Switch struct {
	Card id.Object
	On   bool
}

// MaxStops is how many stops a presentation has at most.
const MaxStops = 500

// maxSwitches bounds what one stop remembers of each kind, so that it fits an object.
const maxSwitches = sysmap.MaxRegs / 4

// Stops returns the living stops of a map's presentation in their order: those of the
// map and those of its cards.
func Stops(m *sysmap.Map) []*sysmap.Object {
	if m.Count(sysmap.Stop) == 0 {
		return nil
	}
	var list []*sysmap.Object
	add := func(on id.Object) {
		for _, k := range m.Deps(on) {
			if o := m.GetLive(k); o != nil && o.Type == sysmap.Stop {
				list = append(list, o)
			}
		}
	}
	add(id.Root)
	m.Walk(func(o *sysmap.Object) bool { add(o.ID); return true })
	for i := 1; i < len(list) && i < MaxStops; i++ {
		for j := i; j > 0 && stopBefore(list[j], list[j-1]); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	return list
}

func stopBefore(a, b *sysmap.Object) bool {
	x, y := a.Get(sysmap.StopOrder).S, b.Get(sysmap.StopOrder).S
	return x < y || x == y && id.Compare(a.ID, b.ID) < 0
}

// AddStop makes a stop after another one, or at the end.
func (c *Context) AddStop(s *Sight, name string, after id.Object) ([]sysmap.Op, id.Object, error) {
	list := Stops(c.Map)
	if len(list) >= MaxStops {
		return nil, id.Root, errMany
	}
	at := len(list)
	for i, o := range list {
		if o.ID == after {
			at = i + 1
		}
	}
	ops, op := grow(nil, sysmap.OpPut, c.Random.Object())
	op.Type, op.A = sysmap.Stop, s.Card
	op.Regs = s.regs()
	if name != "" {
		op.Regs = append(op.Regs, sysmap.Reg{Field: sysmap.Name, Value: sysmap.TextValue(name)})
	}
	op.Regs = append(op.Regs, sysmap.Reg{Field: sysmap.StopOrder, Value: sysmap.TextValue(c.between(list, at))})
	return ops, op.ID, nil
}

// regs returns a sight as registers.
func (s *Sight) regs() []sysmap.Reg {
	var regs []sysmap.Reg
	if s.Frame != "" {
		regs = append(regs, sysmap.Reg{Field: sysmap.Frame, Value: sysmap.TextValue(s.Frame)})
	}
	return addSwitches(addSwitches(regs, sysmap.StopFold, s.Folds), sysmap.StopEye, s.Eyes)
}

func addSwitches(regs []sysmap.Reg, f sysmap.Field, list []Switch) []sysmap.Reg {
	for _, e := range list[:min(len(list), maxSwitches)] {
		n := int64(0)
		if e.On {
			n = 1
		}
		regs = append(regs, sysmap.Reg{Field: f, Entry: string(e.Card[:]), Value: sysmap.IntValue(n)})
	}
	return regs
}

// between returns an order key for place at among stops.
func (c *Context) between(list []*sysmap.Object, at int) string {
	low, high := "", ""
	if at > 0 {
		low = list[at-1].Get(sysmap.StopOrder).S
	}
	for _, o := range list[at:] { // no key fits between equals
		if high = o.Get(sysmap.StopOrder).S; high > low {
			break
		}
		high = ""
	}
	if !sysmap.ValidOrder(low) {
		low = ""
	}
	if !sysmap.ValidOrder(high) {
		high = ""
	}
	return sysmap.Between(low, high, c.Random.Jitter())
}

// RetakeStop gives a stop another sight. What it stands on stays.
func (c *Context) RetakeStop(stop id.Object, s *Sight) ([]sysmap.Op, error) {
	o, err := c.living(stop, sysmap.Stop)
	if err != nil {
		return nil, err
	}
	regs := s.regs()
	ops := make([]sysmap.Op, 0, len(regs))
	wanted := make(map[sysmap.Register]bool, len(regs))
	for _, g := range regs {
		wanted[sysmap.Register{Field: g.Field, Entry: g.Entry}] = true
		if o.GetEntry(g.Field, g.Entry) != g.Value {
			ops = addSet(ops, stop, g.Field, g.Entry, g.Value)
		}
	}
	for _, f := range [...]sysmap.Field{sysmap.Frame, sysmap.StopFold, sysmap.StopEye} {
		o.Entries(f, func(entry string, _ sysmap.Value) bool {
			if !wanted[sysmap.Register{Field: f, Entry: entry}] {
				ops = addSet(ops, stop, f, entry, sysmap.Value{})
			}
			return true
		})
	}
	return ops, nil
}

// MoveStop puts a stop before another one, or at the end.
func (c *Context) MoveStop(stop, before id.Object) ([]sysmap.Op, error) {
	if _, err := c.living(stop, sysmap.Stop); err != nil {
		return nil, err
	}
	if stop == before {
		return nil, nil
	}
	var rest []*sysmap.Object
	for _, o := range Stops(c.Map) {
		if o.ID != stop {
			rest = append(rest, o)
		}
	}
	at := len(rest)
	for i, o := range rest {
		if o.ID == before {
			at = i
		}
	}
	return addSet(nil, stop, sysmap.StopOrder, "", sysmap.TextValue(c.between(rest, at))), nil
}

// SetSheet sets what holds for the whole map.
func (c *Context) SetSheet(f sysmap.Field, v sysmap.Value) ([]sysmap.Op, error) {
	var ops []sysmap.Op
	switch o := c.Map.Get(sysmap.SheetID); {
	case o == nil:
		ops, op := grow(nil, sysmap.OpPut, sysmap.SheetID)
		op.Type, op.Regs = sysmap.Sheet, []sysmap.Reg{{Field: f, Value: v}}
		return ops, nil
	case !o.Live():
		ops, _ = grow(ops, sysmap.OpUndel, sysmap.SheetID)
	case o.Get(f) == v:
		return nil, nil
	}
	return addSet(ops, sysmap.SheetID, f, "", v), nil
}
