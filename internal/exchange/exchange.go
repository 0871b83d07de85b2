// Package exchange turns maps into files and files into maps. A file is what
// sysmap.Copy makes of a map: docs/file.md has the format. Reading believes nothing:
// whether the ops hold is for Apply to say. It keeps nothing and looks at no clock.
package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// What a file says it is.
const (
	Format  = "plectica-map"
	Version = 1
)

// MaxFile is how many bytes of a file are read.
const MaxFile = 32 << 20

// unit is how many of the model's units a px has.
const unit = 64

// file is a map as JSON. Registers that are not set are not there, so that reading
// what was written gives the same map.
type file struct {
	Format        string         `json:"format"`
	Version       int            `json:"version"`
	Title         string         `json:"title"`
	Cards         []card         `json:"cards"`
	Relationships []relationship `json:"relationships"`
	Perspectives  []perspective  `json:"perspectives"`
	Distinctions  []distinction  `json:"distinctions"`
}

type card struct {
	ID          string            `json:"id"`
	In          string            `json:"in,omitempty"`
	Order       string            `json:"order"`
	X           float64           `json:"x"`
	Y           float64           `json:"y"`
	Title       string            `json:"title"`
	Body        string            `json:"body,omitempty"`
	Colour      *int64            `json:"colour,omitempty"`
	Layout      string            `json:"layout,omitempty"`
	Folded      *bool             `json:"folded,omitempty"`
	Width       *float64          `json:"width,omitempty"`
	Height      *float64          `json:"height,omitempty"`
	Link        *string           `json:"link,omitempty"`
	Media       map[string]string `json:"media,omitempty"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	Placeholder *bool             `json:"placeholder,omitempty"`
	More        []more            `json:"more,omitempty"`
}

type relationship struct {
	ID        string   `json:"id"`
	A         string   `json:"a"`
	B         string   `json:"b"`
	Direction string   `json:"direction,omitempty"`
	Action    *string  `json:"action,omitempty"`
	Reaction  *string  `json:"reaction,omitempty"`
	Polarity  string   `json:"polarity,omitempty"`
	Delay     *bool    `json:"delay,omitempty"`
	Weight    *int64   `json:"weight,omitempty"`
	Dash      string   `json:"dash,omitempty"`
	Bend      *float64 `json:"bend,omitempty"`
	Colour    *int64   `json:"colour,omitempty"`
	More      []more   `json:"more,omitempty"`
}

type perspective struct {
	ID    string  `json:"id"`
	Point string  `json:"point"`
	Name  *string `json:"name,omitempty"`
	Mode  string  `json:"mode,omitempty"`
	Open  *bool   `json:"open,omitempty"`
	Views []view  `json:"views,omitempty"`
	More  []more  `json:"more,omitempty"`
}

type view struct {
	Card     string  `json:"card"`
	Emphasis string  `json:"emphasis,omitempty"`
	Note     *string `json:"note,omitempty"`
	Order    *string `json:"order,omitempty"`
}

type distinction struct {
	ID     string            `json:"id"`
	Card   string            `json:"card"`
	Others []string          `json:"others,omitempty"`
	Is     map[string]string `json:"is,omitempty"`
	IsNot  map[string]string `json:"isNot,omitempty"`
	More   []more            `json:"more,omitempty"`
}

// more is a register that only a newer version understands.
type more struct {
	Field uint8  `json:"field"`
	Entry string `json:"entry,omitempty"`
	Value []byte `json:"value"`
}

// Names of numbers, in the order of the model's.
var ( //nolint:gochecknoglobals // tables
	layouts    = []string{"freehand", "list", "row", "grid", "left", "right"}
	directions = []string{"none", "ab", "ba", "both"}
	polarities = []string{"none", "plus", "minus"}
	dashes     = []string{"solid", "dashed", "dotted"}
	modes      = []string{"lines", "spotlight", "both"}
	emphases   = []string{"", "normal", "high", "dim", "hidden"}
)

// Write returns a map's file. Ops are those of sysmap.Copy.
func Write(title string, ops []sysmap.Op) ([]byte, error) {
	f := file{Format: Format, Version: Version, Title: title,
		Cards: []card{}, Relationships: []relationship{}, Perspectives: []perspective{}, Distinctions: []distinction{}}
	for i := range ops {
		op := &ops[i]
		switch {
		case op.Kind == sysmap.OpRelate:
			f.Relationships = append(f.Relationships, writeRelationship(op))
		case op.Type == sysmap.Card:
			f.Cards = append(f.Cards, writeCard(op))
		case op.Type == sysmap.Perspective:
			f.Perspectives = append(f.Perspectives, writePerspective(op))
		case op.Type == sysmap.Distinction:
			f.Distinctions = append(f.Distinctions, writeDistinction(op))
		default:
			return nil, fault.New(fault.Internal, "a map holds what a file cannot")
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(f); err != nil {
		return nil, fault.Wrap(fault.Internal, "a map could not be written", err)
	}
	return b.Bytes(), nil
}

// Read returns the title and ops of a file, what others stand on first. The error
// has kind fault.Invalid and says to a person what is wrong.
func Read(b []byte) (title string, ops []sysmap.Op, err error) {
	if len(b) > MaxFile {
		return "", nil, fault.New(fault.Limit, "the file is too large")
	}
	var f file
	if err := json.Unmarshal(b, &f); err != nil {
		return "", nil, fault.New(fault.Invalid, "the file is not JSON as a map has it: "+place(err))
	}
	if f.Format != Format {
		return "", nil, fault.New(fault.Invalid, `the file is not a map of Plectica: it has no "format": "`+Format+`"`)
	}
	if f.Version > Version {
		return "", nil, fault.New(fault.Invalid, "the file was written by a newer version of Plectica")
	}
	r := reader{}
	for i := range f.Cards {
		r.card(&f.Cards[i])
	}
	for i := range f.Relationships {
		r.relationship(&f.Relationships[i])
	}
	for i := range f.Perspectives {
		r.perspective(&f.Perspectives[i])
	}
	for i := range f.Distinctions {
		r.distinction(&f.Distinctions[i])
	}
	if r.wrong != "" {
		return "", nil, fault.New(fault.Invalid, r.wrong)
	}
	ops, err = ordered(r.ops)
	return f.Title, ops, err
}

// place says where a decoder stopped, without what was there.
func place(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case asError(err, &syntax):
		return fmt.Sprintf("character %d", syntax.Offset)
	case asError(err, &kind):
		return fmt.Sprintf("%s, character %d", kind.Field, kind.Offset)
	}
	return "it cannot be read"
}

// ordered puts ops so that each stands on what came before: wholes before parts, ends
// before relationships, those before the cards on them.
func ordered(ops []sysmap.Op) ([]sysmap.Op, error) {
	out := make([]sysmap.Op, 0, len(ops))
	made := map[id.Object]bool{id.Root: true}
	for rest := ops; len(rest) > 0; {
		var later []sysmap.Op
		for i := range rest {
			if op := &rest[i]; stands(op, made) {
				made[op.ID] = true
				out = append(out, *op)
			} else {
				later = append(later, *op)
			}
		}
		if len(later) == len(rest) {
			return nil, fault.New(fault.Invalid, "something in the file lies in, or ends at, what is not there: "+name(&later[0]))
		}
		rest = later
	}
	return out, nil
}

// stands reports whether all that an op needs has been made.
func stands(op *sysmap.Op, made map[id.Object]bool) bool {
	switch {
	case op.Kind == sysmap.OpRelate:
		return made[op.A] && made[op.B] && op.A != id.Root && op.B != id.Root
	case op.Type == sysmap.Card:
		return made[op.Place.Parent]
	}
	return made[op.A] && op.A != id.Root
}

func name(op *sysmap.Op) string {
	if op.Title != "" {
		return fmt.Sprintf("the card %q", op.Title)
	}
	return op.ID.String()
}

// px turns the model's units into px; both ways are exact.
func px(v int64) float64 { return float64(v) / unit }

// units turns px into the model's units.
func units(v float64) (int64, bool) {
	n := math.Round(v * unit)
	return int64(n), math.Abs(n) <= sysmap.MaxCoordinate
}
