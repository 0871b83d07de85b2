package sysmap

import (
	"plectica/internal/id"
	"plectica/internal/varint"
)

// Field names a register. The numbers travel and must not change.
type Field uint8

// The fields. Title and Body change by splices only.
const (
	Title       Field = 1
	Body        Field = 2
	Colour      Field = 3  // token 0..15; cards and relationships
	Layout      Field = 4  // one of the Layout… values
	Collapsed   Field = 5  // saved default
	Width       Field = 6  // 1/64 px, 0 = by content
	Height      Field = 7  // 1/64 px, 0 = by content
	Link        Field = 8  // address, map, or map and card
	Media       Field = 9  // entries: content hash
	Attribute   Field = 10 // entries: text
	Placeholder Field = 11 // to be filled in

	Direction Field = 20 // one of the Direction… values
	Action    Field = 21 // what acts, at end a
	Reaction  Field = 22 // what reacts, at end b
	Polarity  Field = 23 // 0 none, 1 plus, 2 minus
	Delay     Field = 24 // 0 or 1
	Weight    Field = 25 // 0 default, 1..5
	Dash      Field = 26 // 0 solid, 1 dashed, 2 dotted
	Curve     Field = 27 // bend, 1/64 px, either sign

	Name      Field = 31
	Mode      Field = 32 // one of the Mode… values
	View      Field = 33 // entries by target: one of the Emphasis… values
	ViewNote  Field = 34 // entries by target: text
	ViewOrder Field = 35 // entries by target: order key
	Open      Field = 36 // saved default: 1 the eye is open

	Other Field = 41 // entries by card: 1
	Is    Field = 42 // entries: text
	IsNot Field = 43 // entries: text

	Notes     Field = 51 // of who presents
	StopOrder Field = 52 // order key among the stops
	Frame     Field = 53 // what is in sight: see FrameOf
	StopFold  Field = 54 // entries by card: 1 folded, 0 open
	StopEye   Field = 55 // entries by point: 1 open, 0 shut

	SpotX      Field = 61 // 1/64 px from the corner of what is discussed, or on the map
	SpotY      Field = 62
	Resolved   Field = 63 // 1 the discussion is closed
	Said       Field = 64 // a message's text
	Mention    Field = 65 // entries by account, as text: 1
	QuotedName Field = 66 // who said it, of a message that came with a file
	QuotedAt   Field = 67 // when, in milliseconds since 1970
	Turn       Field = 68 // how many messages there were before it, for those of one moment

	Routing Field = 71 // one of the Routing… values
)

// How a whole arranges its parts.
const (
	LayoutFreehand = 0
	LayoutList     = 1
	LayoutRow      = 2
	LayoutGrid     = 3
	LayoutLeft     = 4
	LayoutRight    = 5
)

// Which way a relationship points.
const (
	DirectionNone = 0
	DirectionAB   = 1
	DirectionBA   = 2
	DirectionBoth = 3
)

// How a perspective shows what it looks at.
const (
	ModeLines     = 0 // by lines from the eye
	ModeSpotlight = 1 // all else recedes
	ModeBoth      = 2
)

// How much a point makes of a view.
const (
	EmphasisNormal = 1
	EmphasisHigh   = 2
	EmphasisDim    = 3
	EmphasisHidden = 4
)

// How relationships run.
const (
	RoutingCurved     = 0
	RoutingOrthogonal = 1
)

// ValueKind says what a Value holds.
type ValueKind uint8

// The kinds of values. None clears a register.
const (
	None ValueKind = 0
	Int  ValueKind = 1
	Text ValueKind = 2
	Raw  ValueKind = 3 // of a field this version does not know
)

// Value is a register's content. Equal values are ==.
type Value struct {
	Kind ValueKind
	N    int64
	S    string
}

// IntValue returns a number value.
func IntValue(n int64) Value { return Value{Kind: Int, N: n} }

// TextValue returns a text value.
func TextValue(s string) Value { return Value{Kind: Text, S: s} }

type entryKind uint8

const (
	single entryKind = iota
	byKey            // any short key
	byCard           // 16 bytes of a card's id
)

// spec is what a field may hold and where.
type spec struct {
	types    [lastType + 1]bool
	entries  entryKind
	kind     ValueKind
	min, max int64 // of a number
}

// specOf returns the rule for a field; ok is false for a field of a newer version.
func specOf(f Field) (spec, bool) {
	card, line, view, dist := on(Card), on(Relationship), on(Perspective), on(Distinction)
	stop, thread, message := on(Stop), on(Thread), on(Message)
	switch f {
	case Colour:
		return number(on(Card, Relationship), 0, 15), true
	case Layout:
		return number(card, 0, LayoutRight), true
	case Collapsed, Placeholder:
		return number(card, 0, 1), true
	case Width, Height:
		return number(card, 0, MaxCoordinate), true
	case Link:
		return text(card, single), true
	case Media, Attribute:
		return text(card, byKey), true
	case Direction:
		return number(line, 0, DirectionBoth), true
	case Action, Reaction:
		return text(line, single), true
	case Polarity, Dash:
		return number(line, 0, 2), true
	case Delay:
		return number(line, 0, 1), true
	case Weight:
		return number(line, 0, 5), true
	case Curve:
		return number(line, -MaxCoordinate, MaxCoordinate), true
	case Name:
		return text(on(Perspective, Stop), single), true
	case Mode:
		return number(view, 0, ModeBoth), true
	case Open:
		return number(view, 0, 1), true
	case View:
		return spec{types: view, entries: byCard, kind: Int, min: EmphasisNormal, max: EmphasisHidden}, true
	case ViewNote, ViewOrder:
		return text(view, byCard), true
	case Other:
		return spec{types: dist, entries: byCard, kind: Int, min: 1, max: 1}, true
	case Is, IsNot:
		return text(dist, byKey), true
	case Notes, StopOrder, Frame:
		return text(stop, single), true
	case StopFold, StopEye:
		return spec{types: stop, entries: byCard, kind: Int, max: 1}, true
	case SpotX, SpotY:
		return number(thread, -MaxCoordinate, MaxCoordinate), true
	case Resolved:
		return number(thread, 0, 1), true
	case Said, QuotedName:
		return text(message, single), true
	case Mention:
		return spec{types: message, entries: byKey, kind: Int, min: 1, max: 1}, true
	case QuotedAt, Turn:
		return number(message, 0, MaxTime), true
	case Routing:
		return number(on(Sheet), 0, RoutingOrthogonal), true
	}
	return spec{}, false
}

func on(types ...Type) (set [lastType + 1]bool) {
	for _, t := range types {
		set[t] = true
	}
	return set
}

func number(types [lastType + 1]bool, min, max int64) spec {
	return spec{types: types, kind: Int, min: min, max: max}
}

func text(types [lastType + 1]bool, e entryKind) spec {
	return spec{types: types, entries: e, kind: Text}
}

// ByCard reports whether a field's entries are named by cards' ids, as their bytes.
func ByCard(f Field) bool {
	s, ok := specOf(f)
	return ok && s.entries == byCard
}

// reserved reports whether f is never written by set: the text fields, and the
// numbers that stand for registers which are not fields.
func reserved(f Field) bool { return f == 0 || f == Title || f == Body || f >= regFirst }

// fits reports whether a register may stand on an object of type t. A field of a
// newer version is kept as raw bytes, so that nothing is lost on the way.
func fits(t Type, r Reg) bool {
	if t > lastType || reserved(r.Field) || len(r.Entry) > MaxEntry {
		return false
	}
	s, known := specOf(r.Field)
	if !known {
		return r.Value.Kind == Raw || r.Value.Kind == None
	}
	if !s.types[t] || (s.entries == single) != (r.Entry == "") {
		return false
	}
	if s.entries == byCard && len(r.Entry) != id.Size {
		return false
	}
	switch r.Value.Kind {
	case None:
		return true
	case Int:
		return s.kind == Int && s.min <= r.Value.N && r.Value.N <= s.max
	case Text:
		return s.kind == Text && len(r.Value.S) <= MaxText && clean(r.Value.S, true)
	case Raw:
	}
	return false
}

// clean reports whether s has no control characters but, where allowed, line
// breaks and tabs: others can't be typed and would be drawn as nothing.
func clean(s string, lines bool) bool {
	for i := range len(s) {
		if s[i] < 0x20 && (!lines || s[i] != '\n' && s[i] != '\t') || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// appendValue encodes v.
func appendValue(b []byte, v Value) []byte {
	b = append(b, byte(v.Kind))
	switch v.Kind {
	case None:
	case Int:
		b = varint.Int(b, v.N)
	case Text, Raw:
		b = varint.String(b, v.S)
	}
	return b
}

// readValue decodes a value and fails on anything appendValue would not write.
func readValue(r *varint.Reader) Value {
	switch k := ValueKind(r.Byte()); k {
	case None:
		return Value{}
	case Int:
		return IntValue(r.Int())
	case Text:
		return TextValue(r.String(MaxBody))
	case Raw:
		return Value{Kind: Raw, S: string(r.Bytes(MaxText))}
	}
	r.Fail()
	return Value{}
}
