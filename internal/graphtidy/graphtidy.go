// Package graphtidy arranges boxes in layers along the lines between them, with
// Graphviz's dot, compiled into the program. It knows sizes and lines alone, never what
// is written on a card. The same graph gives the same places. A Tidier works on one
// graph at a time.
package graphtidy

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-graphviz"

	"plectica/internal/fault"
)

// Bounds of one graph. At the largest it takes one to two seconds.
const (
	MaxBoxes = 1000
	MaxLines = 3000
	MaxSide  = 20_000 // px
)

// Distances between boxes, in px.
const (
	between = 28 // of one layer
	layers  = 80
	inch    = 72 // px as dot counts: 72 points
)

// Box is the size of a box in px.
type Box struct{ W, H int }

// Line leads from one box to another, by their ranks.
type Line struct{ From, To int }

// Place is the top left corner of a box in px, from that of all.
type Place struct{ X, Y int }

// Tidier arranges graphs. It is safe for concurrent use: who comes while it works is
// refused.
type Tidier struct{ busy sync.Mutex }

// Layers arranges boxes from left to right, or from the top down. The error has kind
// fault.Invalid or fault.Limit for what is no graph or too large, fault.Busy while
// another is arranged.
func (t *Tidier) Layers(ctx context.Context, boxes []Box, lines []Line, down bool) ([]Place, error) {
	if err := check(boxes, lines); err != nil {
		return nil, err
	}
	if !t.busy.TryLock() {
		return nil, fault.New(fault.Busy, "another map is being tidied up; try again in a moment")
	}
	defer t.busy.Unlock()
	out, err := render(ctx, source(boxes, lines, down))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "a graph could not be arranged", err)
	}
	return places(out, boxes)
}

func check(boxes []Box, lines []Line) error {
	if len(boxes) > MaxBoxes || len(lines) > MaxLines {
		return fault.New(fault.Limit, "this is too much to be tidied up at once: at most 1,000 cards with 3,000 relationships")
	}
	for _, b := range boxes {
		if b.W <= 0 || b.H <= 0 || b.W > MaxSide || b.H > MaxSide {
			return fault.New(fault.Invalid, "a box has no size, or is too large")
		}
	}
	for _, l := range lines {
		if l.From < 0 || l.To < 0 || l.From >= len(boxes) || l.To >= len(boxes) {
			return fault.New(fault.Invalid, "a line leads nowhere")
		}
	}
	return nil
}

// source writes a graph in dot's language. Everything in it is a number of ours.
func source(boxes []Box, lines []Line, down bool) []byte {
	var b bytes.Buffer
	way := "LR"
	if down {
		way = "TB"
	}
	fmt.Fprintf(&b, "digraph{rankdir=%s;nodesep=%.4f;ranksep=%.4f;node[shape=box,fixedsize=true,label=\"\"];\n",
		way, float64(between)/inch, float64(layers)/inch)
	for i, box := range boxes {
		fmt.Fprintf(&b, "n%d[width=%.4f,height=%.4f];\n", i, float64(box.W)/inch, float64(box.H)/inch)
	}
	for _, l := range lines {
		fmt.Fprintf(&b, "n%d->n%d;\n", l.From, l.To)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func render(ctx context.Context, source []byte) (out []byte, err error) {
	g, err := graphviz.New(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := g.Close(); err == nil {
			err = e
		}
	}()
	graph, err := graphviz.ParseBytes(source)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := graph.Close(); err == nil {
			err = e
		}
	}()
	g.SetLayout(graphviz.DOT)
	var b bytes.Buffer
	err = g.Render(ctx, graph, graphviz.Format("plain"), &b)
	return b.Bytes(), err
}

// places reads where dot put the boxes: it names their middles in inches, from below.
func places(plain []byte, boxes []Box) ([]Place, error) {
	out := make([]Place, len(boxes))
	seen := 0
	for line := range strings.Lines(string(plain)) {
		f := strings.Fields(line)
		if len(f) < 4 || f[0] != "node" || f[1] == "" {
			continue
		}
		n, err := strconv.Atoi(f[1][1:])
		if err != nil || n < 0 || n >= len(boxes) {
			return nil, fault.New(fault.Internal, "dot names a box there is not")
		}
		x, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "dot gives no place", err)
		}
		y, err := strconv.ParseFloat(f[3], 64)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "dot gives no place", err)
		}
		out[n] = Place{int(math.Round(x*inch)) - boxes[n].W/2, -int(math.Round(y*inch)) - boxes[n].H/2}
		seen++
	}
	if seen != len(boxes) {
		return nil, fault.New(fault.Internal, "dot forgot a box")
	}
	return fromCorner(out), nil
}

// fromCorner moves places so that the leftmost and the topmost are 0.
func fromCorner(list []Place) []Place {
	if len(list) == 0 {
		return list
	}
	left, top := list[0].X, list[0].Y
	for _, p := range list {
		left, top = min(left, p.X), min(top, p.Y)
	}
	for i := range list {
		list[i].X, list[i].Y = list[i].X-left, list[i].Y-top
	}
	return list
}
