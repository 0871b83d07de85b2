package history

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strconv"

	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// maxTraces bounds the changes told of one object.
const maxTraces = 1000

// Trait is a property of an object.
type Trait struct {
	Name  string // "made", "deleted", "place", "ends", or as docs/file.md calls it
	Entry string // of a list or map
}

// Trace is the last change of one property.
type Trace struct {
	Trait
	Actor id.Account
	At    int64 // milliseconds since 1970
	Seq   uint64
}

// Traces returns who last changed each property of an object, as it was at a seq (0:
// now), newest first, as far back as the log goes.
func (s *Source) Traces(ctx context.Context, m id.Map, o id.Object, at uint64) ([]Trace, error) {
	rec, err := s.Store.Room(ctx, m)
	if err != nil {
		return nil, err
	}
	if at == 0 || at > rec.Head {
		at = rec.Head
	}
	last := make(map[Trait]Trace)
	err = s.steady(ctx, m, func(base store.Base) error {
		clear(last)
		return Fold(ctx, s.Store, m, base.Seq, max(at, base.Seq), func(row store.Row) error {
			if !bytes.Contains(row.Data, o[:]) {
				return nil // most rows, and reading them would be most of the work
			}
			return trace(last, row, o)
		})
	})
	if err != nil {
		return nil, err
	}
	out := make([]Trace, 0, len(last))
	for _, t := range last {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b Trace) int {
		return cmp.Or(cmp.Compare(b.Seq, a.Seq), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Entry, b.Entry))
	})
	return out[:min(len(out), maxTraces)], nil
}

// trace notes what a row changed of an object.
func trace(last map[Trait]Trace, row store.Row, o id.Object) error {
	ops, err := seq.DecodeRow(row.Data)
	if err != nil {
		return err
	}
	for i := range ops {
		if ops[i].ID != o {
			continue
		}
		for _, t := range traits(&ops[i]) {
			last[t] = Trace{t, row.Actor, row.At, row.Seq}
		}
	}
	return nil
}

// traits returns what an op changes.
func traits(op *sysmap.Op) []Trait {
	switch op.Kind {
	case sysmap.OpPut, sysmap.OpRelate:
		out := []Trait{{Name: "made"}}
		if op.Kind == sysmap.OpRelate {
			out = append(out, Trait{Name: "ends"})
		}
		if op.Type == sysmap.Card {
			out = append(out, Trait{Name: "place"}, Trait{Name: "title"})
		}
		if op.Body != "" {
			out = append(out, Trait{Name: "body"})
		}
		for _, g := range op.Regs {
			out = append(out, register(g))
		}
		return out
	case sysmap.OpDel, sysmap.OpUndel:
		return []Trait{{Name: "deleted"}}
	case sysmap.OpPlace:
		return []Trait{{Name: "place"}}
	case sysmap.OpEnds:
		return []Trait{{Name: "ends"}}
	case sysmap.OpSet:
		return []Trait{register(op.Reg)}
	case sysmap.OpSplice:
		return []Trait{{Name: fieldName(op.Field)}}
	case sysmap.OpPurge:
	}
	return nil
}

// register names a register. An entry that is a card is named by the card's id.
func register(g sysmap.Reg) Trait {
	t := Trait{Name: fieldName(g.Field), Entry: g.Entry}
	if sysmap.ByCard(g.Field) && len(g.Entry) == id.Size {
		t.Entry = id.Object([]byte(g.Entry)).String()
	}
	return t
}

// fieldNames are the names of fields in a map's file.
var fieldNames = map[sysmap.Field]string{ //nolint:gochecknoglobals // a table
	sysmap.Title: "title", sysmap.Body: "body", sysmap.Colour: "colour", sysmap.Layout: "layout", sysmap.Collapsed: "folded",
	sysmap.Width: "width", sysmap.Height: "height", sysmap.Link: "link", sysmap.Media: "media", sysmap.Attribute: "attributes",
	sysmap.Placeholder: "placeholder", sysmap.Direction: "direction", sysmap.Action: "action", sysmap.Reaction: "reaction",
	sysmap.Polarity: "polarity", sysmap.Delay: "delay", sysmap.Weight: "weight", sysmap.Dash: "dash", sysmap.Curve: "bend",
	sysmap.Name: "name", sysmap.Mode: "mode", sysmap.View: "views", sysmap.ViewNote: "notes", sysmap.ViewOrder: "order",
	sysmap.Open: "open", sysmap.Other: "others", sysmap.Is: "is", sysmap.IsNot: "isNot", sysmap.Notes: "notes",
	sysmap.StopOrder: "order", sysmap.Frame: "frame", sysmap.StopFold: "folds", sysmap.StopEye: "eyes", sysmap.Resolved: "resolved",
	sysmap.Said: "said", sysmap.Routing: "routing", sysmap.SpotX: "x", sysmap.SpotY: "y",
}

// fieldName is a field's name in a map's file.
func fieldName(f sysmap.Field) string {
	if name := fieldNames[f]; name != "" {
		return name
	}
	return "field-" + strconv.Itoa(int(f))
}
