// Package exchange turns maps into files and files into maps. A file is what
// sysmap.Map.CopyAll makes of a map: docs/file.md has the format. Reading believes nothing:
// whether the ops hold is for Apply to say. It keeps nothing and looks at no clock.
package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"plectica/internal/attach"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// What a file says it is.
const (
	Format  = "plectica-map"
	Version = 1
)

// Bounds of a file.
const (
	MaxFile    = 96 << 20 // bytes; what contents leave of it is a large map's
	MaxObjects = 262_144  // as many as a map holds
)

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
	Sheet         *sheet         `json:"sheet,omitempty"`
	Stops         []stop         `json:"stops,omitempty"`
	Threads       []thread       `json:"threads,omitempty"`

	Files map[string]content `json:"files,omitempty"` // by hash
	Left  []string           `json:"left,omitempty"`  // hashes of what did not come along
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
	routings   = []string{"curved", "orthogonal"}
	emphases   = []string{"", "normal", "high", "dim", "hidden"}
)

// Write returns a map's file with the contents that come along. Ops are those of
// sysmap.Map.CopyAll.
func Write(title string, ops []sysmap.Op, files []attach.Carried) ([]byte, error) {
	f := file{Format: Format, Version: Version, Title: title,
		Cards: []card{}, Relationships: []relationship{}, Perspectives: []perspective{}, Distinctions: []distinction{}}
	threads := make(map[id.Object]int)
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
		case op.Type == sysmap.Sheet:
			f.Sheet = writeSheet(op)
		case op.Type == sysmap.Stop:
			f.Stops = append(f.Stops, writeStop(op))
		case op.Type == sysmap.Thread:
			threads[op.ID] = len(f.Threads)
			f.Threads = append(f.Threads, writeThread(op))
		case op.Type == sysmap.Message:
			t := &f.Threads[threads[op.A]] // comes after its thread
			t.Messages = append(t.Messages, writeMessage(op))
		default:
			return nil, fault.New(fault.Internal, "a map holds what a file cannot")
		}
	}
	f.writeContents(ops, files)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(f); err != nil {
		return nil, fault.Wrap(fault.Internal, "a map could not be written", err)
	}
	return b.Bytes(), nil
}

// Read returns the title and ops of a file, what others stand on first, and the
// contents it carries. The error has kind fault.Invalid and says to a person what is wrong.
func Read(b []byte) (title string, ops []sysmap.Op, files []attach.Carried, err error) {
	if len(b) > MaxFile {
		return "", nil, nil, fault.New(fault.Limit, "the file is too large")
	}
	var f file
	if err := json.Unmarshal(b, &f); err != nil {
		return "", nil, nil, fault.New(fault.Invalid, "the file is not JSON as a map has it: "+place(err))
	}
	if f.Format != Format {
		return "", nil, nil, fault.New(fault.Invalid, `the file is not a map of Plectica: it has no "format": "`+Format+`"`)
	}
	if f.Version > Version {
		return "", nil, nil, fault.New(fault.Invalid, "the file was written by a newer version of Plectica")
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
	if f.Sheet != nil {
		r.sheet(f.Sheet)
	}
	for i := range f.Stops {
		r.stop(&f.Stops[i])
	}
	for i := range f.Threads {
		r.thread(&f.Threads[i])
	}
	if len(r.ops) > MaxObjects {
		return "", nil, nil, fault.New(fault.Limit, "the file holds more than a map can hold")
	}
	if r.wrong != "" {
		return "", nil, nil, fault.New(fault.Invalid, r.wrong)
	}
	if ops, err = ordered(r.ops); err != nil {
		return "", nil, nil, err
	}
	files, err = f.readContents(ops)
	return f.Title, ops, files, err
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
	q := queue{ops: ops, at: make(map[id.Object]int, len(ops)), state: make([]uint8, len(ops)), out: make([]sysmap.Op, 0, len(ops))}
	for i := range ops {
		q.at[ops[i].ID] = i
	}
	for i := range ops {
		if err := q.put(i, 0); err != nil {
			return nil, err
		}
	}
	return q.out, nil
}

// queue is ops on their way into order.
type queue struct {
	ops   []sysmap.Op
	at    map[id.Object]int
	state []uint8 // 0 waits, waiting for what it stands on, put
	out   []sysmap.Op
}

const (
	waiting = 1
	put     = 2
)

// maxChain is how many objects may stand on each other: relationships and the cards
// on them in turn.
const maxChain = 2 * sysmap.MaxDepth

// put appends an op after what it stands on.
func (q *queue) put(i, depth int) error {
	op := &q.ops[i]
	if q.state[i] == put {
		return nil
	}
	if q.state[i] == waiting || depth > maxChain {
		return fault.New(fault.Invalid, "something in the file lies in itself, or too deep: "+name(op))
	}
	q.state[i] = waiting
	needs := [2]id.Object{op.A, op.B}
	if op.Kind == sysmap.OpPut && op.Type == sysmap.Card {
		needs = [2]id.Object{op.Place.Parent}
	}
	for _, k := range needs {
		if k == id.Root {
			continue
		}
		j, ok := q.at[k]
		if !ok {
			return fault.New(fault.Invalid, "something in the file lies in, or ends at, what is not there: "+name(op))
		}
		if err := q.put(j, depth+1); err != nil {
			return err
		}
	}
	q.state[i] = put
	q.out = append(q.out, *op)
	return nil
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
