package exchange

import (
	"errors"

	"plectica/internal/id"
	"plectica/internal/sysmap"
)

func asError[T error](err error, to *T) bool { return errors.As(err, to) }

func ident(k id.Object) string {
	if k == id.Root {
		return ""
	}
	return k.String()
}

func writeCard(op *sysmap.Op) card {
	c := card{ID: ident(op.ID), In: ident(op.Place.Parent), Order: op.Place.Order,
		X: px(int64(op.Place.X)), Y: px(int64(op.Place.Y)), Title: op.Title, Body: op.Body}
	for _, g := range op.Regs {
		switch g.Field {
		case sysmap.Colour:
			c.Colour = &g.Value.N
		case sysmap.Layout:
			c.Layout = layouts[g.Value.N]
		case sysmap.Collapsed:
			c.Folded = flag(g)
		case sysmap.Width:
			c.Width = length(g)
		case sysmap.Height:
			c.Height = length(g)
		case sysmap.Link:
			c.Link = &g.Value.S
		case sysmap.Media:
			keep(&c.Media, g)
		case sysmap.Attribute:
			keep(&c.Attributes, g)
		case sysmap.Placeholder:
			c.Placeholder = flag(g)
		default:
			c.More = append(c.More, raw(g))
		}
	}
	return c
}

func writeRelationship(op *sysmap.Op) relationship {
	l := relationship{ID: ident(op.ID), A: ident(op.A), B: ident(op.B)}
	for _, g := range op.Regs {
		switch g.Field {
		case sysmap.Direction:
			l.Direction = directions[g.Value.N]
		case sysmap.Action:
			l.Action = &g.Value.S
		case sysmap.Reaction:
			l.Reaction = &g.Value.S
		case sysmap.Polarity:
			l.Polarity = polarities[g.Value.N]
		case sysmap.Delay:
			l.Delay = flag(g)
		case sysmap.Weight:
			l.Weight = &g.Value.N
		case sysmap.Dash:
			l.Dash = dashes[g.Value.N]
		case sysmap.Curve:
			l.Bend = length(g)
		case sysmap.Colour:
			l.Colour = &g.Value.N
		default:
			l.More = append(l.More, raw(g))
		}
	}
	return l
}

func writePerspective(op *sysmap.Op) perspective {
	p := perspective{ID: ident(op.ID), Point: ident(op.A)}
	at := make(map[string]int)
	viewOf := func(card string) *view {
		i, known := at[card]
		if !known {
			i, at[card] = len(p.Views), len(p.Views)
			p.Views = append(p.Views, view{Card: ident(id.Object([]byte(card)))})
		}
		return &p.Views[i]
	}
	for _, g := range op.Regs {
		switch g.Field {
		case sysmap.Name:
			p.Name = &g.Value.S
		case sysmap.Mode:
			p.Mode = modes[g.Value.N]
		case sysmap.Open:
			p.Open = flag(g)
		case sysmap.View:
			viewOf(g.Entry).Emphasis = emphases[g.Value.N]
		case sysmap.ViewNote:
			viewOf(g.Entry).Note = &g.Value.S
		case sysmap.ViewOrder:
			viewOf(g.Entry).Order = &g.Value.S
		default:
			p.More = append(p.More, raw(g))
		}
	}
	return p
}

func writeDistinction(op *sysmap.Op) distinction {
	d := distinction{ID: ident(op.ID), Card: ident(op.A)}
	for _, g := range op.Regs {
		switch g.Field {
		case sysmap.Other:
			d.Others = append(d.Others, ident(id.Object([]byte(g.Entry))))
		case sysmap.Is:
			keep(&d.Is, g)
		case sysmap.IsNot:
			keep(&d.IsNot, g)
		default:
			d.More = append(d.More, raw(g))
		}
	}
	return d
}

func flag(g sysmap.Reg) *bool {
	on := g.Value.N != 0
	return &on
}

func length(g sysmap.Reg) *float64 {
	v := px(g.Value.N)
	return &v
}

func keep(to *map[string]string, g sysmap.Reg) {
	if *to == nil {
		*to = make(map[string]string)
	}
	(*to)[g.Entry] = g.Value.S
}

func raw(g sysmap.Reg) more {
	return more{Field: uint8(g.Field), Entry: g.Entry, Value: []byte(g.Value.S)}
}
