package gesture

import (
	"unicode/utf8"

	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Bounds and steps of an outline.
const (
	tabWidth    = 4
	maxOutDepth = 64
	lineRunes   = 20 // of a title, which is more or less what a line of a card holds
)

// entry is one line of an outline.
type entry struct {
	indent int
	title  string
}

// PasteOutline makes a card of each line; lines that are further in become parts.
func (c *Context) PasteOutline(place id.Object, x, y int32, text string) ([]sysmap.Op, []id.Object, error) {
	if place != id.Root {
		if _, err := c.card(place); err != nil {
			return nil, nil, err
		}
	}
	list := outline(text)
	if len(list) > MaxOutline {
		return nil, nil, errMany
	}
	if len(list) == 0 {
		return nil, nil, nil
	}
	ops := c.arrange(nil, place)
	_, height, gap := c.Size(place == id.Root)
	_, part, between := c.Size(false)
	type level struct {
		indent int
		op     int    // in ops
		last   string // order key of its last part
	}
	var stack []level
	var roots []id.Object
	rootKey := ""
	if kids := c.Map.Kids(place); len(kids) > 0 {
		rootKey = c.Map.Get(kids[len(kids)-1]).Place.Order
	}
	for _, e := range list {
		for len(stack) > 0 && (stack[len(stack)-1].indent >= e.indent || len(stack) >= maxOutDepth) {
			stack = stack[:len(stack)-1]
		}
		if len(stack) == 0 {
			rootKey = sysmap.Between(rootKey, "", c.Random.Jitter())
			p := sysmap.Place{Parent: place, Order: rootKey, X: bounded(int64(x)), Y: bounded(int64(y))}
			var k id.Object
			ops, k = c.addPut(ops, &p, e.title, nil)
			roots = append(roots, k)
			y = bounded(int64(y) + int64(height) + int64(gap))
		} else {
			in := &stack[len(stack)-1]
			in.last = sysmap.Between(in.last, "", c.Random.Jitter())
			whole := &ops[in.op]
			if len(whole.Regs) == 0 {
				whole.Regs = number(sysmap.Layout, sysmap.LayoutList)
				y = bounded(int64(y) + 2*int64(between)) // the room around its parts
			}
			p := sysmap.Place{Parent: whole.ID, Order: in.last}
			ops, _ = c.addPut(ops, &p, e.title, nil)
			y = bounded(int64(y) + int64(part) + int64(between))
		}
		// What stands below the next card at the top leaves room for what wraps.
		y = bounded(int64(y) + int64(utf8.RuneCountInString(e.title)/lineRunes)*int64(part)/2)
		stack = append(stack, level{indent: e.indent, op: len(ops) - 1})
	}
	return ops, roots, nil
}

// outline takes a text apart into lines that are not blank.
func outline(text string) []entry {
	var list []entry
	for len(text) > 0 && len(list) <= MaxOutline {
		line := text
		if i := indexByte(text, '\n'); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		if e, ok := readLine(line); ok {
			list = append(list, e)
		}
	}
	return list
}

func indexByte(s string, c byte) int {
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return -1
}

// readLine measures a line's indent and strips the signs of lists and headings.
func readLine(s string) (entry, bool) {
	indent := 0
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		if s[0] == '\t' {
			indent += tabWidth
		} else {
			indent++
		}
		s = s[1:]
	}
	if n := headingLevel(s); n > 0 {
		return entry{indent: n - maxHeading - 1, title: title(s[n+1:])}, title(s[n+1:]) != ""
	}
	t := title(s[bullet(s):])
	return entry{indent: indent, title: t}, t != ""
}

// maxHeading is the deepest heading of Markdown; headings lie above all lists.
const maxHeading = 6

func headingLevel(s string) int {
	n := 0
	for n < len(s) && s[n] == '#' {
		n++
	}
	if n > maxHeading || n >= len(s) || s[n] != ' ' {
		return 0
	}
	return n
}

// bullet returns the length of a list's sign at the start of s.
func bullet(s string) int {
	if len(s) >= 2 && (s[0] == '-' || s[0] == '*' || s[0] == '+') && s[1] == ' ' {
		return 2
	}
	n := 0
	for n < len(s) && n < 4 && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	if n > 0 && n+1 < len(s) && (s[n] == '.' || s[n] == ')') && s[n+1] == ' ' {
		return n + 2
	}
	if dot := "\u2022"; len(s) > len(dot) && s[:len(dot)] == dot {
		return len(dot)
	}
	return 0
}

// title makes a text fit to be one: no control characters, no space around it,
// not too long.
func title(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r < 0x20 || r == 0x7f {
			r = ' '
		}
		if r == ' ' && (len(out) == 0 || out[len(out)-1] == ' ') {
			continue
		}
		if len(out)+utf8.RuneLen(r) > sysmap.MaxTitle {
			break
		}
		out = utf8.AppendRune(out, r)
	}
	for len(out) > 0 && out[len(out)-1] == ' ' {
		out = out[:len(out)-1]
	}
	return string(out)
}
