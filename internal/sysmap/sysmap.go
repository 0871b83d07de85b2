// Package sysmap is the map itself: cards in cards to any depth, relationships
// that carry cards, perspectives and distinctions, what is said about them and how
// they are presented, and the ops that change all this. Apply is total and deterministic: any op gives a new state or a typed
// refusal, the same natively and in the browser. The package never looks at a
// clock, a file, the network or a random source. A Map belongs to one goroutine;
// overlays of one base may be read side by side while the base does not change.
package sysmap

import (
	"plectica/internal/id"
)

// Type is what an object is. The numbers travel and must not change.
type Type uint8

// The types of objects.
const (
	Card         Type = 1
	Relationship Type = 2
	Perspective  Type = 3
	Distinction  Type = 4
	Stop         Type = 5 // of a presentation: what is shown, and what is said about it
	Thread       Type = 6 // a discussion of something, or of a spot
	Message      Type = 7 // in a thread
	Sheet        Type = 8 // what is said of the map itself: one object, SheetID

	lastType = Sheet
)

// SheetID is the id of a map's sheet.
var SheetID = id.Object{id.Size - 1: 1} //nolint:gochecknoglobals // a constant

// Bounds of the model. They hold for every op, wherever it came from.
const (
	MaxDepth      = 256     // places from the root, lines' cards included
	MaxTitle      = 4 << 10 // bytes of a title
	MaxBody       = 64 << 10
	MaxText       = 4 << 10 // bytes of any other text register
	MaxEntry      = 128     // bytes of an entry's key
	MaxRegs       = 4 << 10 // registers of one object
	MaxOrder      = 64      // bytes of an order key
	MaxCoordinate = 1 << 30 // 1/64 px, either sign
	MaxOps        = 500     // ops of a transaction in a frame
	MaxLargeOps   = 50_000  // ops of a transaction sent by HTTP
	MaxTime       = 1 << 53 // milliseconds since 1970 that a page can count
)

// Place says where a card lies: on the map (zero Parent), in a card, or on a
// relationship. It is one register: its parts never change apart.
type Place struct {
	Parent id.Object
	Order  string // fractional key among the siblings
	X, Y   int32  // 1/64 px relative to the place
}

// Stamp says who and when, in milliseconds since 1970.
type Stamp struct {
	By id.Account
	At int64
}

// Reg is a register beyond title, body, place and ends.
type Reg struct {
	Field Field
	Entry string // empty unless the field is a list or map
	Value Value
}

// Object is one object of a map, of any type. Readers get it
// from a Map and must not change it.
type Object struct {
	ID      id.Object
	Type    Type
	Dead    bool // its own mark; see Live
	live    bool
	Place   Place     // cards
	A, B    id.Object // ends of a relationship; A is what any other object stands on
	Title   string    // cards
	Body    string    // cards, Markdown source
	regs    []Reg     // sorted by field, then entry
	Created Stamp
	Updated Stamp
}

// Live reports whether the object and everything it depends on is undeleted.
func (o *Object) Live() bool { return o.live }

// Get returns a register's value, or the zero Value.
func (o *Object) Get(f Field) Value { return o.GetEntry(f, "") }

// GetEntry returns an entry's value, or the zero Value.
func (o *Object) GetEntry(f Field, entry string) Value {
	if i, ok := o.find(f, entry); ok {
		return o.regs[i].Value
	}
	return Value{}
}

// Int returns a number register, 0 when unset.
func (o *Object) Int(f Field) int64 { return o.Get(f).N }

// Entries calls yield for each entry of f in key order.
func (o *Object) Entries(f Field, yield func(entry string, v Value) bool) {
	for _, r := range o.regs {
		if r.Field == f && !yield(r.Entry, r.Value) {
			return
		}
	}
}

// find returns where the register is or would be.
func (o *Object) find(f Field, entry string) (int, bool) {
	lo, hi := 0, len(o.regs)
	for lo < hi {
		mid := (lo + hi) / 2
		if r := &o.regs[mid]; r.Field < f || r.Field == f && r.Entry < entry {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(o.regs) && o.regs[lo].Field == f && o.regs[lo].Entry == entry
}

// put writes a register into an object the caller owns; the zero Value clears it.
func (o *Object) put(f Field, entry string, v Value) {
	i, ok := o.find(f, entry)
	switch {
	case ok && v == Value{}:
		o.regs = append(o.regs[:i:i], o.regs[i+1:]...)
	case ok:
		o.regs[i].Value = v
	case v != Value{}:
		o.regs = append(o.regs, Reg{})
		copy(o.regs[i+1:], o.regs[i:])
		o.regs[i] = Reg{f, entry, v}
	}
}

// clone returns a copy that may be changed.
func (o *Object) clone() *Object {
	c := *o
	c.regs = append([]Reg(nil), o.regs...)
	return &c
}
