package sysmap

import (
	"slices"

	"plectica/internal/id"
	"plectica/internal/mutant"
)

// Map is the state of one map, or an overlay over one: changes to an overlay
// stay in it until Merge, and dropping it undoes them. So a pending edit, a
// batch not yet on disk and a transaction that may yet fail cost what they
// touch, not what the map holds.
type Map struct {
	base   *Map
	objs   map[id.Object]*Object     // nil value: purged in this overlay
	kids   map[id.Object][]id.Object // by parent: cards in (order, id), dead ones too
	deps   map[id.Object][]id.Object // by object: relationships at it, what stands on it, by id
	living int                       // living cards
	alive  int                       // living objects of all types
	types  [lastType + 1]int         // living objects by type
	dead   int                       // objects with their own mark set
	count  int                       // all objects
	hash   Hash
	work   *int // steps taken so far, by this map and its overlays
}

// New returns an empty map.
func New() *Map {
	return &Map{
		objs: make(map[id.Object]*Object),
		kids: make(map[id.Object][]id.Object),
		deps: make(map[id.Object][]id.Object),
		work: new(int),
	}
}

// Overlay returns a map that reads through to m and keeps its own changes. m must
// not change while the overlay is used.
func (m *Map) Overlay() *Map {
	o := New()
	o.base, o.living, o.alive, o.dead, o.count, o.hash, o.work = m, m.living, m.alive, m.dead, m.count, m.hash, m.work
	o.types = m.types
	return o
}

// Merge moves an overlay's changes into its base. The overlay is empty after it.
func (m *Map) Merge() {
	b := m.base
	for k, o := range m.objs {
		if o == nil && b.base == nil {
			delete(b.objs, k)
			continue
		}
		b.objs[k] = o
	}
	mergeIndex(b, b.kids, m.kids)
	mergeIndex(b, b.deps, m.deps)
	b.living, b.alive, b.dead, b.count, b.hash, b.types = m.living, m.alive, m.dead, m.count, m.hash, m.types
	m.Reset()
}

func mergeIndex(b *Map, to, from map[id.Object][]id.Object) {
	for k, list := range from {
		if len(list) == 0 && b.base == nil {
			delete(to, k)
			continue
		}
		to[k] = list
	}
}

// Reset drops an overlay's changes.
func (m *Map) Reset() {
	b := m.base
	clear(m.objs)
	clear(m.kids)
	clear(m.deps)
	m.living, m.alive, m.dead, m.count, m.hash, m.types = b.living, b.alive, b.dead, b.count, b.hash, b.types
}

// Get returns an object, dead or alive, or nil.
func (m *Map) Get(k id.Object) *Object {
	for ; m != nil; m = m.base {
		if o, ok := m.objs[k]; ok {
			return o
		}
	}
	return nil
}

// GetLive returns an object if it is alive, else nil.
func (m *Map) GetLive(k id.Object) *Object {
	if o := m.Get(k); o != nil && o.live {
		return o
	}
	return nil
}

// Living returns the number of living cards, Dead the number of objects with
// their own mark set, Len the number of all objects.
func (m *Map) Living() int { return m.living }

// Count returns the number of living objects of a type.
func (m *Map) Count(t Type) int {
	if t > lastType {
		return 0
	}
	return m.types[t]
}

// Lifeless returns the number of objects that are not alive.
func (m *Map) Lifeless() int { return m.count - m.alive }

// Dead returns the number of objects with their own mark set.
func (m *Map) Dead() int { return m.dead }

// Len returns the number of all objects.
func (m *Map) Len() int { return m.count }

// Hash returns the state hash.
func (m *Map) Hash() Hash { return m.hash }

// Kids returns the cards placed in a card, on a relationship, or on the map
// (id.Root), in order, dead ones too. The slice must not be changed.
func (m *Map) Kids(parent id.Object) []id.Object {
	return lookup(m, parent, kidsOf)
}

// Deps returns the relationships that end at a card and all that stands on an
// object, or on the map (id.Root), by id, dead ones too. The slice must not be
// changed.
func (m *Map) Deps(k id.Object) []id.Object {
	return lookup(m, k, depsOf)
}

func lookup(m *Map, k id.Object, index func(*Map) map[id.Object][]id.Object) []id.Object {
	for ; m != nil; m = m.base {
		if list, ok := index(m)[k]; ok {
			return list
		}
	}
	return nil
}

// Parts calls yield for each living card in a place, in order.
func (m *Map) Parts(parent id.Object, yield func(*Object) bool) {
	for _, k := range m.Kids(parent) {
		if o := m.Get(k); o.live && !yield(o) {
			return
		}
	}
}

// CardOn returns the living card on a relationship, or nil.
func (m *Map) CardOn(line id.Object) *Object {
	var card *Object
	m.Parts(line, func(o *Object) bool { card = o; return false })
	return card
}

// PerspectiveOf returns the living perspective whose point is card, or nil.
func (m *Map) PerspectiveOf(card id.Object) *Object {
	for _, k := range m.Deps(card) {
		if o := m.Get(k); o.live && o.Type == Perspective {
			return o
		}
	}
	return nil
}

// Walk calls yield for every living card, wholes before their parts, siblings in
// order, a relationship's card after the card at the relationship's first end.
func (m *Map) Walk(yield func(*Object) bool) {
	m.walk(id.Root, yield)
}

func (m *Map) walk(parent id.Object, yield func(*Object) bool) bool {
	ok := true
	m.Parts(parent, func(o *Object) bool {
		ok = yield(o) && m.walk(o.ID, yield)
		if !ok {
			return false
		}
		m.Lines(o.ID, func(l *Object) bool {
			ok = m.walk(l.ID, yield)
			return ok
		})
		return ok
	})
	return ok
}

// Lines calls yield for each living relationship whose first end is card.
func (m *Map) Lines(card id.Object, yield func(*Object) bool) {
	for _, k := range m.Deps(card) {
		if o := m.Get(k); o.live && o.Type == Relationship && o.A == card && !yield(o) {
			return
		}
	}
}

// ids returns all objects' ids in order.
func (m *Map) ids() []id.Object {
	seen := make(map[id.Object]bool, m.count)
	out := make([]id.Object, 0, m.count)
	for l := m; l != nil; l = l.base {
		for k, o := range l.objs {
			if !seen[k] && o != nil {
				out = append(out, k)
			}
			seen[k] = true
		}
	}
	slices.SortFunc(out, id.Compare[id.Object])
	return out
}

// mut returns an object that this level of the map may change.
func (m *Map) mut(k id.Object) *Object {
	if o := m.objs[k]; o != nil || m.base == nil {
		return o
	}
	o := m.Get(k).clone()
	m.objs[k] = o
	return o
}

// own returns an index list that this level of the map may change.
func (m *Map) own(index func(*Map) map[id.Object][]id.Object, k id.Object) []id.Object {
	if list, ok := index(m)[k]; ok || m.base == nil {
		return list
	}
	return slices.Clone(lookup(m.base, k, index))
}

func kidsOf(m *Map) map[id.Object][]id.Object { return m.kids }
func depsOf(m *Map) map[id.Object][]id.Object { return m.deps }

// siblings orders two cards of one place.
func siblings(a, b *Object) int {
	if a.Place.Order != b.Place.Order {
		if a.Place.Order < b.Place.Order {
			return -1
		}
		return 1
	}
	if mutant.On && mutant.Is(mutant.NoIDTiebreak) {
		return 0
	}
	return id.Compare(a.ID, b.ID)
}

// rank returns where o is, or belongs, among its siblings.
func (m *Map) rank(list []id.Object, o *Object) int {
	i, _ := slices.BinarySearchFunc(list, o, func(k id.Object, o *Object) int {
		if k == o.ID {
			return 0
		}
		return siblings(m.Get(k), o)
	})
	return i
}

func (m *Map) addKid(o *Object) {
	list := m.own(kidsOf, o.Place.Parent)
	m.kids[o.Place.Parent] = slices.Insert(list, m.rank(list, o), o.ID)
}

func (m *Map) dropKid(o *Object) {
	list := m.own(kidsOf, o.Place.Parent)
	i := m.rank(list, o)
	m.kids[o.Place.Parent] = slices.Delete(list, i, i+1)
}

func (m *Map) addDep(card, dep id.Object) {
	list := m.own(depsOf, card)
	if i, ok := slices.BinarySearchFunc(list, dep, id.Compare[id.Object]); !ok {
		list = slices.Insert(list, i, dep)
	}
	m.deps[card] = list
}

func (m *Map) dropDep(card, dep id.Object) {
	list := m.own(depsOf, card)
	if i, ok := slices.BinarySearchFunc(list, dep, id.Compare[id.Object]); ok {
		list = slices.Delete(list, i, i+1)
	}
	m.deps[card] = list
}

// link adds an object to the indexes.
func (m *Map) link(o *Object) {
	if o.Type == Card {
		m.addKid(o)
		return
	}
	m.addDep(o.A, o.ID)
	if o.Type == Relationship {
		m.addDep(o.B, o.ID)
	}
}

// unlink takes an object out of the indexes.
func (m *Map) unlink(o *Object) {
	if o.Type == Card {
		m.dropKid(o)
		return
	}
	m.dropDep(o.A, o.ID)
	if o.Type == Relationship {
		m.dropDep(o.B, o.ID)
	}
}

// settle brings the derived live flags of an object and of what depends on it up
// to date. It ends because dependence is acyclic.
func (m *Map) settle(k id.Object) {
	stack := []id.Object{k}
	for len(stack) > 0 {
		k = stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		*m.work++
		o := m.Get(k)
		live := !o.Dead && m.footing(o)
		if live == o.live {
			continue
		}
		o = m.mut(k)
		o.live = live
		n := 1
		if !live {
			n = -1
		}
		m.alive += n
		m.types[o.Type] += n
		if o.Type == Card {
			m.living += n
		}
		if !(mutant.On && mutant.Is(mutant.DeleteLeavesOrphan)) {
			stack = append(stack, m.Kids(k)...)
		}
		stack = append(stack, m.Deps(k)...)
	}
}

// footing reports whether what o depends on is alive.
func (m *Map) footing(o *Object) bool {
	switch o.Type {
	case Card:
		return m.placeLives(o.Place.Parent)
	case Relationship:
		return m.GetLive(o.A) != nil && m.GetLive(o.B) != nil
	case Perspective, Distinction, Stop, Thread, Message, Sheet:
		return m.placeLives(o.A)
	}
	return false
}

// placeLives reports whether a place or subject is the map, or alive.
func (m *Map) placeLives(parent id.Object) bool {
	return parent == id.Root || m.GetLive(parent) != nil
}

// Each calls yield for every object, dead or alive, in order of ids.
func (m *Map) Each(yield func(*Object)) {
	for _, k := range m.ids() {
		yield(m.Get(k))
	}
}

// Regs returns the object's registers beyond title, body, place and ends, sorted.
// The slice must not be changed.
func (o *Object) Regs() []Reg { return o.regs }
