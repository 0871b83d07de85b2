package insight

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Bounds of what is told of attributes.
const (
	MaxKeys    = 64  // the first by name
	MaxValues  = 24  // of a key, the most frequent
	maxCounted = 256 // values of a key that are told apart, the first in the map
)

// Colours is how many colours a card can have.
const Colours = 16

// Filter says which cards are looked for: of one kind any of what is wanted, of
// several kinds each. Every attribute's key is a kind of its own. The zero value
// wants nothing and finds nothing.
type Filter struct {
	Colours    uint16 // a bit for each
	Attributes []Test
	Linked     bool // with an address
	Unlinked   bool // without one
	Untyped    bool // relationships without a word, at cards that are looked for
}

// Test is what an attribute is held against.
type Test struct {
	Key  string
	How  How
	Text string
}

// How a text is compared: case and accents make no difference. The numbers are
// known to pages.
type How uint8

// The ways to compare.
const (
	Has      How = 0 // whatever it says
	Contains How = 1
	Equals   How = 2
)

// Empty reports whether a filter wants nothing.
func (f *Filter) Empty() bool {
	return f.Colours == 0 && len(f.Attributes) == 0 && !f.Linked && !f.Unlinked && !f.Untyped
}

// Find returns the cards that a filter looks for, in the order of the map; with
// Untyped the relationships instead, of which at least one end is such a card.
func Find(m *sysmap.Map, f *Filter) []id.Object {
	if f.Empty() {
		return nil
	}
	tests := make([]Test, len(f.Attributes))
	for i, t := range f.Attributes {
		tests[i] = Test{t.Key, t.How, fold(t.Text)}
	}
	var out []id.Object
	m.Walk(func(o *sysmap.Object) bool {
		if !f.Untyped {
			if f.fits(o, tests) {
				out = append(out, o.ID)
			}
			return true
		}
		m.Lines(o.ID, func(l *sysmap.Object) bool {
			if untyped(m, l) && (f.fits(o, tests) || f.fits(m.Get(l.B), tests)) {
				out = append(out, l.ID)
			}
			return true
		})
		return true
	})
	return out
}

// fits reports whether a card is looked for.
func (f *Filter) fits(o *sysmap.Object, tests []Test) bool {
	if f.Colours != 0 && f.Colours>>uint(o.Int(sysmap.Colour))&1 == 0 {
		return false
	}
	if f.Linked != f.Unlinked && f.Linked != linked(o) {
		return false
	}
	for i := range tests {
		if !anyOf(o, tests, tests[i].Key) {
			return false
		}
	}
	return true
}

// anyOf reports whether a card passes one of the tests of a key.
func anyOf(o *sysmap.Object, tests []Test, key string) bool {
	v := o.GetEntry(sysmap.Attribute, key)
	if v.Kind != sysmap.Text {
		return false
	}
	text := fold(v.S)
	for i := range tests {
		t := &tests[i]
		if t.Key == key && (t.How == Has || t.How == Contains && contains(text, t.Text) || t.How == Equals && text == t.Text) {
			return true
		}
	}
	return false
}

func linked(o *sysmap.Object) bool { return o.Get(sysmap.Link).S != "" }

// untyped reports whether nothing says what a relationship is: it has no card, or one
// without a title.
func untyped(m *sysmap.Map, l *sysmap.Object) bool {
	card := m.CardOn(l.ID)
	return card == nil || card.Title == ""
}

// Facets are how many cards a map has of what can be filtered by.
type Facets struct {
	Cards   int
	Colours [Colours]int
	Linked  int
	Untyped int // relationships
	Keys    []Key
}

// Key is a name of attributes.
type Key struct {
	Name   string
	Cards  int
	Values []Value
}

// Value is what several cards say alike, as the first of them spells it.
type Value struct {
	Text   string
	Cards  int
	folded string
}

// Tally counts what a map can be filtered by. It sorts by hand: the library's sort
// and a map by texts would be a third of what the browser loads of this package.
func Tally(m *sysmap.Map) Facets {
	var f Facets
	m.Walk(func(o *sysmap.Object) bool {
		f.Cards++
		f.Colours[o.Int(sysmap.Colour)&(Colours-1)]++
		if linked(o) {
			f.Linked++
		}
		m.Lines(o.ID, func(l *sysmap.Object) bool {
			if untyped(m, l) {
				f.Untyped++
			}
			return true
		})
		o.Entries(sysmap.Attribute, func(key string, v sysmap.Value) bool {
			if k := f.key(key); k != nil {
				k.count(v.S)
			}
			return true
		})
		return true
	})
	for i := range f.Keys {
		f.Keys[i].rank()
	}
	return f
}

// key returns the counts of a key, nil when too many others come before it.
func (f *Facets) key(name string) *Key {
	i := 0
	for i < len(f.Keys) && f.Keys[i].Name < name {
		i++
	}
	if i < len(f.Keys) && f.Keys[i].Name == name {
		return &f.Keys[i]
	}
	if i == MaxKeys {
		return nil
	}
	if len(f.Keys) < MaxKeys {
		f.Keys = append(f.Keys, Key{})
	}
	copy(f.Keys[i+1:], f.Keys[i:])
	f.Keys[i] = Key{Name: name}
	return &f.Keys[i]
}

// count notes one card's value. An empty one is told by the key alone.
func (k *Key) count(text string) {
	k.Cards++
	if text == "" {
		return
	}
	folded := fold(text)
	for i := range k.Values {
		if k.Values[i].folded == folded {
			k.Values[i].Cards++
			return
		}
	}
	if len(k.Values) < maxCounted {
		k.Values = append(k.Values, Value{text, 1, folded})
	}
}

// rank puts the most frequent values first and drops the others.
func (k *Key) rank() {
	for i := range k.Values {
		for j := i; j > 0 && k.Values[j-1].Cards < k.Values[j].Cards; j-- {
			k.Values[j-1], k.Values[j] = k.Values[j], k.Values[j-1]
		}
	}
	k.Values = k.Values[:min(len(k.Values), MaxValues)]
}
