package sysmap

import (
	"slices"
	"unicode/utf8"

	"plectica/internal/id"
	"plectica/internal/mutant"
)

// span turns code points into byte offsets of s.
func span(s string, pos, del uint32) (from, to int, ok bool) {
	if from, ok = offset(s, 0, pos); !ok {
		return 0, 0, false
	}
	to, ok = offset(s, from, del)
	return from, to, ok
}

// offset returns the byte offset n code points after byte from.
func offset(s string, from int, n uint32) (int, bool) {
	i := from
	for ; n > 0; n-- {
		if i >= len(s) {
			return 0, false
		}
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, w := utf8.DecodeRuneInString(s[i:])
		i += w
	}
	return i, true
}

// Where names one text that merges by character.
type Where struct {
	Card  id.Object
	Field Field
}

// Edit is a change to one text: what to keep, take out and put in, from its
// start to its end. The text after the last part is kept.
type Edit []part

// part is one of: keep n code points, take out n, put in ins (n code points).
type part struct {
	n    uint32
	del  bool
	ins  string
	isIn bool
}

// EditOf returns a splice as an Edit.
func EditOf(op *Op) Edit {
	return Edit(nil).keep(op.Pos).insert(op.Ins).remove(op.Del)
}

func (e Edit) keep(n uint32) Edit {
	if n == 0 {
		return e
	}
	if l := len(e) - 1; l >= 0 && !e[l].del && !e[l].isIn {
		e[l].n += n
		return e
	}
	return append(e, part{n: n})
}

func (e Edit) remove(n uint32) Edit {
	if n == 0 {
		return e
	}
	if l := len(e) - 1; l >= 0 && e[l].del {
		e[l].n += n
		return e
	}
	return append(e, part{n: n, del: true})
}

// insert puts text in before a removal at the same place, so that equal changes
// have one form.
func (e Edit) insert(s string) Edit {
	if s == "" {
		return e
	}
	p := part{n: uint32(utf8.RuneCountInString(s)), ins: s, isIn: true}
	l := len(e) - 1
	if l >= 0 && e[l].isIn {
		e[l] = part{n: e[l].n + p.n, ins: e[l].ins + s, isIn: true}
		return e
	}
	if l >= 0 && e[l].del {
		if l >= 1 && e[l-1].isIn {
			e[l-1] = part{n: e[l-1].n + p.n, ins: e[l-1].ins + s, isIn: true}
			return e
		}
		e = append(e, e[l])
		e[l] = p
		return e
	}
	return append(e, p)
}

// cursor walks an Edit in pieces.
type cursor struct {
	e    Edit
	used uint32 // of the first part
}

// next returns the current part's rest; past the end everything is kept.
func (c *cursor) peek() part {
	if len(c.e) == 0 {
		return part{n: 1 << 31}
	}
	p := c.e[0]
	p.n -= c.used
	return p
}

// take moves on by n code points of the current part, or past an insertion.
func (c *cursor) take(n uint32) {
	if len(c.e) == 0 {
		return
	}
	if c.used += n; c.e[0].isIn || c.used == c.e[0].n {
		c.e, c.used = c.e[1:], 0
	}
}

// Transform returns e as it must be to follow over, where both were made on the
// same text. At equal places the earlier one stays left: wins says that e is it.
func (e Edit) Transform(over Edit, wins bool) Edit {
	a, b := cursor{e: e}, cursor{e: over}
	var out Edit
	for len(a.e) > 0 {
		p, q := a.peek(), b.peek()
		switch {
		case p.isIn && (wins || !q.isIn):
			if !(mutant.On && mutant.Is(mutant.InsertSwallowed) && q.del && b.used > 0) {
				out = out.insert(p.ins)
			}
			a.take(p.n)
		case q.isIn:
			out = out.keep(q.n)
			b.take(q.n)
		default:
			n := min(p.n, q.n)
			if !q.del && p.del {
				out = out.remove(n)
			} else if !q.del {
				out = out.keep(n)
			}
			a.take(n)
			b.take(n)
		}
	}
	return out.trim()
}

// Site returns which part of the text before it an edit touches, and by how much it
// makes the text longer.
func (e Edit) Site() (from, to uint32, longer int64) {
	for i, p := range e {
		switch {
		case p.isIn:
			longer += int64(p.n)
		case p.del:
			longer -= int64(p.n)
			to += p.n
		case i == 0:
			from, to = p.n, p.n
		default:
			to += p.n
		}
	}
	return from, to, longer
}

// Shift moves an edit along, in place, for a change of the text before its first
// part that is kept. It reports false, and does nothing, where there is none.
func (e Edit) Shift(by int64) bool {
	if len(e) == 0 || e[0].del || e[0].isIn || int64(e[0].n)+by < 1 {
		return false
	}
	e[0].n = uint32(int64(e[0].n) + by)
	return true
}

// trim drops a last part that only keeps.
func (e Edit) trim() Edit {
	if l := len(e) - 1; l >= 0 && !e[l].del && !e[l].isIn {
		return e[:l]
	}
	return e
}

// Splices appends the edit as ops, to be applied one after the other.
func (e Edit) Splices(ops []Op, at Where) []Op {
	var pos uint32
	for i := 0; i < len(e); i++ {
		p := e[i]
		if !p.isIn && !p.del {
			pos += p.n
			continue
		}
		op := Op{Kind: OpSplice, ID: at.Card, Field: at.Field, Pos: pos}
		if p.isIn {
			op.Ins = p.ins
			pos += p.n
			if i+1 < len(e) && e[i+1].del {
				i++
				op.Del = e[i].n
			}
		} else {
			op.Del = p.n
		}
		ops = append(ops, op)
	}
	return ops
}

// Inverse returns the edit that turns the text after e back into before.
func (e Edit) Inverse(before string) Edit {
	var out Edit
	at := 0
	for _, p := range e {
		switch {
		case p.isIn:
			out = out.remove(p.n)
		case p.del:
			to, ok := offset(before, at, p.n)
			if !ok {
				to = len(before)
			}
			out = out.insert(before[at:to])
			at = to
		default:
			to, ok := offset(before, at, p.n)
			if !ok {
				to = len(before)
			}
			out = out.keep(p.n)
			at = to
		}
	}
	return out.trim()
}

// Size returns how many bytes the edit puts in.
func (e Edit) Size() int {
	n := 0
	for _, p := range e {
		n += len(p.ins)
	}
	return n
}

// Empty reports whether the edit changes nothing.
func (e Edit) Empty() bool { return len(e.trim()) == 0 }

// Caret returns where a caret at code point pos stands after e. An insertion
// exactly at the caret stays on its right, so that two people who type at one
// place do not mix their letters.
func (e Edit) Caret(pos uint32) uint32 {
	at, moved := uint32(0), pos // at: in the text before e
	for _, p := range e {
		switch {
		case p.isIn:
			if at < pos {
				moved += p.n
			}
		case p.del:
			if at < pos {
				moved -= min(p.n, pos-at)
			}
			at += p.n
		default:
			at += p.n
		}
		if at >= pos && !p.isIn {
			break
		}
	}
	return moved
}

// Diff returns an edit from one text to another: what lies between their common
// start and end. It stands in for changes nobody can name any more.
func Diff(from, to string) Edit {
	a, b := []rune(from), []rune(to)
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	j := 0
	for j < len(a)-i && j < len(b)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	e := Edit(nil).keep(uint32(i)).insert(string(b[i : len(b)-j]))
	return e.remove(uint32(len(a) - i - j)).trim()
}

// Texts appends the texts that ops splice, each once.
func Texts(list []Where, ops []Op) []Where {
	for i := range ops {
		at := Where{ops[i].ID, ops[i].Field}
		if ops[i].Kind == OpSplice && !slices.Contains(list, at) {
			list = append(list, at)
		}
	}
	return list
}

// Edits appends the edits of one text among ops.
func Edits(list []Edit, at Where, ops []Op) []Edit {
	for i := range ops {
		if op := &ops[i]; op.Kind == OpSplice && op.ID == at.Card && op.Field == at.Field {
			list = append(list, EditOf(op))
		}
	}
	return list
}

// RebaseOps carries the splices of one text among ops past theirs, which came
// first, and returns the ops as they must be then, and theirs as they must be
// after ops. At equal places theirs stay left, unless wins says that ops do. A
// splice that has nothing left to do stays, empty, so that it still fails where
// its card is gone.
func RebaseOps(ops []Op, at Where, theirs []Edit, wins bool) ([]Op, []Edit) {
	if len(theirs) == 0 {
		return ops, theirs
	}
	theirs = append([]Edit(nil), theirs...)
	out := make([]Op, 0, len(ops))
	for i := range ops {
		op := &ops[i]
		if op.Kind != OpSplice || (Where{op.ID, op.Field}) != at {
			out = append(out, *op)
			continue
		}
		m := EditOf(op)
		for j, t := range theirs {
			m, theirs[j] = m.Transform(t, wins), t.Transform(m, !wins)
		}
		n := len(out)
		if out = m.Splices(out, at); len(out) == n {
			out = append(out, Op{Kind: OpSplice, ID: at.Card, Field: at.Field})
		}
	}
	return out, theirs
}

// Apply returns the text after e. Parts past the end change nothing.
func (e Edit) Apply(s string) string {
	var b []byte
	at := 0
	for _, p := range e {
		if p.isIn {
			b = append(b, p.ins...)
			continue
		}
		to, ok := offset(s, at, p.n)
		if !ok {
			to = len(s)
		}
		if !p.del {
			b = append(b, s[at:to]...)
		}
		at = to
	}
	return string(append(b, s[at:]...))
}
