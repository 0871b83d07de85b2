package gesture

import (
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// MaxMentions is how many people one message can be addressed to.
const MaxMentions = 50

var errSilent = fault.New(fault.Invalid, "there is nothing in it")

// Discuss opens a discussion of a card, relationship or perspective, at x, y from its
// corner, or of a spot of the map (id.Root), with its first message. It returns the
// discussion.
func (c *Context) Discuss(on id.Object, x, y int32, text string, mentions []string) ([]sysmap.Op, id.Object, error) {
	if text == "" {
		return nil, id.Root, errSilent
	}
	if on != id.Root && c.Map.GetLive(on) == nil {
		return nil, id.Root, errGone
	}
	ops, op := grow(nil, sysmap.OpPut, c.Random.Object())
	op.Type, op.A = sysmap.Thread, on
	if x != 0 || y != 0 {
		op.Regs = append(number(sysmap.SpotX, int64(bounded(int64(x)))), number(sysmap.SpotY, int64(bounded(int64(y))))...)
	}
	thread := op.ID
	return c.addMessage(ops, thread, text, mentions), thread, nil
}

// Answer says something in a discussion, which opens it again if it was settled.
func (c *Context) Answer(thread id.Object, text string, mentions []string) ([]sysmap.Op, error) {
	o, err := c.living(thread, sysmap.Thread)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, errSilent
	}
	ops := c.addMessage(nil, thread, text, mentions)
	if o.Int(sysmap.Resolved) != 0 {
		ops = addSet(ops, thread, sysmap.Resolved, "", sysmap.IntValue(0))
	}
	return ops, nil
}

func (c *Context) addMessage(ops []sysmap.Op, thread id.Object, text string, mentions []string) []sysmap.Op {
	ops, op := grow(ops, sysmap.OpPut, c.Random.Object())
	op.Type, op.A = sysmap.Message, thread
	op.Regs = []sysmap.Reg{{Field: sysmap.Said, Value: sysmap.TextValue(text)}}
	if n := len(c.Map.Deps(thread)); n > 0 {
		op.Regs = append(op.Regs, number(sysmap.Turn, int64(n))...)
	}
	for _, who := range mentions[:min(len(mentions), MaxMentions)] {
		op.Regs = append(op.Regs, sysmap.Reg{Field: sysmap.Mention, Entry: who, Value: sysmap.IntValue(1)})
	}
	return ops
}

// Rephrase changes what a message says and whom it mentions.
func (c *Context) Rephrase(message id.Object, text string, mentions []string) ([]sysmap.Op, error) {
	o, err := c.living(message, sysmap.Message)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, errSilent
	}
	var ops []sysmap.Op
	if o.Get(sysmap.Said).S != text {
		ops = addSet(ops, message, sysmap.Said, "", sysmap.TextValue(text))
	}
	keep := make(map[string]bool, len(mentions))
	for _, who := range mentions[:min(len(mentions), MaxMentions)] {
		if keep[who] = true; o.GetEntry(sysmap.Mention, who).Kind == sysmap.None {
			ops = addSet(ops, message, sysmap.Mention, who, sysmap.IntValue(1))
		}
	}
	o.Entries(sysmap.Mention, func(who string, _ sysmap.Value) bool {
		if !keep[who] {
			ops = addSet(ops, message, sysmap.Mention, who, sysmap.Value{})
		}
		return true
	})
	return ops, nil
}

// Unsay takes a message away. Its discussion stays, for it may be another's, and an
// answer may be under way; without a word in it nobody is shown it.
func (c *Context) Unsay(message id.Object) ([]sysmap.Op, error) {
	if _, err := c.living(message, sysmap.Message); err != nil {
		return nil, err
	}
	ops, _ := grow(nil, sysmap.OpDel, message)
	return ops, nil
}

// Settle ends a discussion, or opens it again.
func (c *Context) Settle(thread id.Object, settled bool) ([]sysmap.Op, error) {
	if _, err := c.living(thread, sysmap.Thread); err != nil {
		return nil, err
	}
	n := int64(0)
	if settled {
		n = 1
	}
	return addSet(nil, thread, sysmap.Resolved, "", sysmap.IntValue(n)), nil
}
