package exchange

import (
	"maps"
	"slices"

	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// reader makes ops of a file and keeps the first thing that is wrong, as a sentence.
type reader struct {
	ops   []sysmap.Op
	at    string // what is being read, for the sentence
	wrong string
}

func (r *reader) fail(what string) {
	if r.wrong == "" {
		r.wrong = r.at + ": " + what
	}
}

// object reads an identifier.
func (r *reader) object(text, what string) id.Object {
	k, err := id.Parse[id.Object](text)
	if err != nil || k == id.Root {
		r.fail(what + " is not an identifier")
	}
	return k
}

// number returns the place of a name in a list; absent names set no register.
func (r *reader) number(list []string, text, what string) int64 {
	i := slices.Index(list, text)
	if i < 0 {
		r.fail(what + " is none of those there are")
	}
	return int64(i)
}

// regs collects an object's registers, in the order the model keeps them.
type regs struct {
	r    *reader
	list []sysmap.Reg
}

func (g *regs) add(f sysmap.Field, entry string, v sysmap.Value) {
	g.list = append(g.list, sysmap.Reg{Field: f, Entry: entry, Value: v})
}

func (g *regs) int(f sysmap.Field, v *int64) {
	if v != nil {
		g.add(f, "", sysmap.IntValue(*v))
	}
}

func (g *regs) flag(f sysmap.Field, v *bool) {
	if v == nil {
		return
	}
	n := int64(0)
	if *v {
		n = 1
	}
	g.add(f, "", sysmap.IntValue(n))
}

func (g *regs) text(f sysmap.Field, v *string) {
	if v != nil {
		g.add(f, "", sysmap.TextValue(*v))
	}
}

func (g *regs) name(f sysmap.Field, list []string, v, what string) {
	if v != "" {
		g.add(f, "", sysmap.IntValue(g.r.number(list, v, what)))
	}
}

func (g *regs) length(f sysmap.Field, v *float64, what string) {
	if v == nil {
		return
	}
	n, ok := units(*v)
	if !ok {
		g.r.fail(what + " is too large")
	}
	g.add(f, "", sysmap.IntValue(n))
}

func (g *regs) texts(f sysmap.Field, m map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		g.add(f, key, sysmap.TextValue(m[key]))
	}
}

func (g *regs) more(list []more) {
	for _, e := range list {
		g.add(sysmap.Field(e.Field), e.Entry, sysmap.Value{Kind: sysmap.Raw, S: string(e.Value)})
	}
}

func (r *reader) card(c *card) {
	r.at = "card " + c.ID
	op := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: r.object(c.ID, "its id"), Title: c.Title, Body: c.Body}
	if c.In != "" {
		op.Place.Parent = r.object(c.In, "where it lies")
	}
	x, okX := units(c.X)
	y, okY := units(c.Y)
	if !okX || !okY {
		r.fail("it lies too far away")
	}
	op.Place.Order, op.Place.X, op.Place.Y = c.Order, int32(x), int32(y)
	g := regs{r: r}
	g.int(sysmap.Colour, c.Colour)
	g.name(sysmap.Layout, layouts, c.Layout, "its layout")
	g.flag(sysmap.Collapsed, c.Folded)
	g.length(sysmap.Width, c.Width, "its width")
	g.length(sysmap.Height, c.Height, "its height")
	g.text(sysmap.Link, c.Link)
	g.texts(sysmap.Media, c.Media)
	g.texts(sysmap.Attribute, c.Attributes)
	g.flag(sysmap.Placeholder, c.Placeholder)
	g.more(c.More)
	op.Regs = g.list
	r.ops = append(r.ops, op)
}

func (r *reader) relationship(l *relationship) {
	r.at = "relationship " + l.ID
	op := sysmap.Op{Kind: sysmap.OpRelate, ID: r.object(l.ID, "its id"), A: r.object(l.A, "its first end"), B: r.object(l.B, "its second end")}
	g := regs{r: r}
	g.int(sysmap.Colour, l.Colour)
	g.name(sysmap.Direction, directions, l.Direction, "its direction")
	g.text(sysmap.Action, l.Action)
	g.text(sysmap.Reaction, l.Reaction)
	g.name(sysmap.Polarity, polarities, l.Polarity, "its polarity")
	g.flag(sysmap.Delay, l.Delay)
	g.int(sysmap.Weight, l.Weight)
	g.name(sysmap.Dash, dashes, l.Dash, "its dash")
	g.length(sysmap.Curve, l.Bend, "its bend")
	g.more(l.More)
	op.Regs = g.list
	r.ops = append(r.ops, op)
}

func (r *reader) perspective(p *perspective) {
	r.at = "perspective " + p.ID
	op := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Perspective, ID: r.object(p.ID, "its id"), A: r.object(p.Point, "its point")}
	g := regs{r: r}
	g.text(sysmap.Name, p.Name)
	g.name(sysmap.Mode, modes, p.Mode, "its mode")
	g.flag(sysmap.Open, p.Open)
	for _, v := range p.Views {
		k := r.object(v.Card, "a view")
		if v.Emphasis == "" && v.Note == nil && v.Order == nil {
			v.Emphasis = emphases[sysmap.EmphasisNormal] // what is no view any more has a note or an order
		}
		if v.Emphasis != "" {
			g.add(sysmap.View, string(k[:]), sysmap.IntValue(r.number(emphases, v.Emphasis, "an emphasis")))
		}
		if v.Note != nil {
			g.add(sysmap.ViewNote, string(k[:]), sysmap.TextValue(*v.Note))
		}
		if v.Order != nil {
			g.add(sysmap.ViewOrder, string(k[:]), sysmap.TextValue(*v.Order))
		}
	}
	g.more(p.More)
	op.Regs = g.list
	r.ops = append(r.ops, op)
}

func (r *reader) distinction(d *distinction) {
	r.at = "distinction " + d.ID
	op := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Distinction, ID: r.object(d.ID, "its id"), A: r.object(d.Card, "its card")}
	g := regs{r: r}
	for _, other := range d.Others {
		k := r.object(other, "what it is set against")
		g.add(sysmap.Other, string(k[:]), sysmap.IntValue(1))
	}
	g.texts(sysmap.Is, d.Is)
	g.texts(sysmap.IsNot, d.IsNot)
	g.more(d.More)
	op.Regs = g.list
	r.ops = append(r.ops, op)
}
