package gesture

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Look makes a card look at others, or at them in another way; emphasis 0 makes it
// look away. A relationship stands for its card, which is made if there is none.
// The first view opens the eye for everybody, with a spotlight.
func (c *Context) Look(point id.Object, views []id.Object, emphasis int64) ([]sysmap.Op, error) {
	ops, point, err := c.cardOf(nil, point)
	if err != nil {
		return nil, err
	}
	var eye *sysmap.Object
	if c.Map.GetLive(point) != nil {
		eye = c.Map.PerspectiveOf(point)
	}
	at := -1 // the op that makes the perspective
	for _, k := range views {
		if ops, k, err = c.cardOf(ops, k); err != nil {
			return nil, err
		}
		v := sysmap.Value{}
		if emphasis != 0 {
			v = sysmap.IntValue(emphasis)
		}
		switch {
		case eye != nil:
			ops = addSet(ops, eye.ID, sysmap.View, string(k[:]), v)
		case emphasis == 0:
		case at < 0:
			ops = c.addPerspective(ops, point)
			at = len(ops) - 1
			fallthrough
		default:
			ops[at].Regs = append(ops[at].Regs, sysmap.Reg{Field: sysmap.View, Entry: string(k[:]), Value: v})
		}
	}
	if at >= 0 && at < len(ops)-1 { // cards of relationships come before what looks at them
		ops = append(append(ops[:at:at], ops[at+1:]...), ops[at])
	}
	return ops, nil
}

// addPerspective makes a card a point.
func (c *Context) addPerspective(ops []sysmap.Op, point id.Object) []sysmap.Op {
	ops, op := grow(ops, sysmap.OpPut, c.Random.Object())
	op.Type, op.A = sysmap.Perspective, point
	op.Regs = append(number(sysmap.Mode, sysmap.ModeBoth), number(sysmap.Open, 1)...)
	return ops
}

// cardOf returns a card, or the card of a relationship with the ops that make it.
func (c *Context) cardOf(ops []sysmap.Op, k id.Object) ([]sysmap.Op, id.Object, error) {
	o := c.Map.GetLive(k)
	if o == nil {
		return nil, id.Root, errGone
	}
	if o.Type == sysmap.Card {
		return ops, k, nil
	}
	for i := range ops { // it was made a moment ago
		if ops[i].Kind == sysmap.OpPut && ops[i].Type == sysmap.Card && ops[i].Place.Parent == k {
			return ops, ops[i].ID, nil
		}
	}
	more, card, err := c.CardOn(k, "")
	return append(ops, more...), card, err
}
