package sysmap

import (
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
)

// Delta returns ops which, applied to a, give b: the same hash, so that living and
// dead are as in b, up to the stamps. What b does not hold is purged, which only a
// server may do. The error has kind fault.Internal: an object at the very limit of
// depth could not be put back, which ops cannot do either.
func Delta(a, b *Map) ([]Op, error) {
	t := turn{from: a, m: a.Overlay(), goal: b.Get}
	if t.exactly(b) {
		return t.ops, nil
	}
	t = turn{from: a, m: a.Overlay(), goal: b.Get} // an id stands for something else: all anew
	all := a.order()
	for _, k := range all {
		if t.m.Get(k).live {
			t.do(Op{Kind: OpDel, ID: k})
		}
	}
	if t.do(Op{Kind: OpPurge, IDs: all}) && t.exactly(b) {
		return t.ops, nil
	}
	return nil, fault.New(fault.Internal, "one state of the map cannot be reached from the other")
}

// turn brings a map from one state to another, op by op. What is changed has to be
// alive meanwhile, with all it depends on, and two cards on one relationship, or two
// perspectives of one card, cannot both be: one makes room and comes back in the end.
type turn struct {
	from  *Map
	m     *Map                      // how far it is
	goal  func(id.Object) *Object   // what an object shall be, dead or alive; nil: not there
	loose map[id.Object][]id.Object // by where they belong: what made room
	ops   []Op
}

// exactly takes all ways to b, and reports whether they led there.
func (t *turn) exactly(b *Map) bool {
	order := b.order()
	for _, k := range order {
		if !t.shape(b.Get(k)) {
			return false
		}
	}
	t.settle(order)
	var forget []id.Object
	for _, k := range t.m.order() {
		if b.Get(k) == nil {
			forget = append(forget, k)
		}
	}
	if len(forget) > 0 && !t.do(Op{Kind: OpPurge, IDs: forget}) {
		return false
	}
	return t.m.hash == b.hash
}

// settle sets the marks, once everything has its shape: who made room comes back,
// and what shall be dead or gone dies.
func (t *turn) settle(order []id.Object) {
	for _, k := range order {
		if g, o := t.goal(k), t.m.Get(k); g != nil && o != nil && !g.Dead && o.Dead {
			t.try(Op{Kind: OpUndel, ID: k}, g, footings(o))
		}
	}
	t.comeBack()
	all := t.m.order()
	for _, k := range slices.Backward(all) { // what was raised for a while, parts first, so that it can be undone
		g, was := t.goal(k), t.from.Get(k)
		if dead := g != nil && g.Dead || g == nil && was != nil && was.Dead; dead && !t.m.Get(k).Dead {
			t.do(Op{Kind: OpDel, ID: k})
		}
	}
	for _, k := range all {
		if t.goal(k) == nil && t.m.Get(k).live {
			t.do(Op{Kind: OpDel, ID: k})
		}
	}
}

// do applies one op, and keeps it if it applies.
func (t *turn) do(op Op) bool {
	if t.m.applyOne(&op, Stamp{}) != nil {
		return false
	}
	t.ops = append(t.ops, op)
	return true
}

// try brings what an op needs to life, makes room for what it is about, and does it.
// Who is in the way dies, if it shall be dead in the end; if that takes away what is
// needed, it goes to the map's own place instead.
func (t *turn) try(op Op, g *Object, needs [2]id.Object) bool {
	for _, hard := range [2]bool{false, true} {
		if op.Kind != OpPut && op.Kind != OpRelate && op.Kind != OpUndel {
			t.raise(g.ID, hard)
		}
		for _, k := range needs {
			t.raise(k, hard)
		}
		if op.Kind == OpPut || op.Kind == OpPlace || op.Kind == OpUndel {
			t.room(g, hard)
		}
		if t.do(op) {
			return true
		}
	}
	return false
}

// raise brings an object to life where it is, with all it depends on.
func (t *turn) raise(k id.Object, hard bool) bool {
	o := t.m.Get(k)
	switch {
	case k == id.Root:
		return true
	case o == nil:
		return false
	case o.live:
		return true
	}
	for _, f := range footings(o) {
		if !t.raise(f, hard) {
			return false
		}
	}
	if o = t.m.Get(k); !o.Dead {
		return o.live
	}
	t.room(o, hard)
	return t.do(Op{Kind: OpUndel, ID: k})
}

// room takes away what is where o, or what is to become of it, is to be alone.
func (t *turn) room(o *Object, hard bool) {
	at := seat(o)
	for _, k := range t.m.rivals(o.Type, at, o.ID) {
		g, r := t.goal(k), t.m.Get(k)
		stays := g != nil && !g.Dead
		aside := r.Type == Card && (hard || stays)
		if aside {
			p := r.Place
			p.Parent = id.Root
			aside = t.do(Op{Kind: OpPlace, ID: k, Place: p})
		}
		if !aside {
			t.do(Op{Kind: OpDel, ID: k})
		}
		if (aside || stays) && g != nil && seat(g) == at {
			if t.loose == nil {
				t.loose = make(map[id.Object][]id.Object)
			}
			t.loose[at] = append(t.loose[at], k)
		}
	}
}

// comeBack puts what made room where it belongs: what shall be dead first, since it
// dies there, and deeper places before those that hold them. Bringing a place to life
// may move what is further up, which then comes back later.
func (t *turn) comeBack() {
	for n := t.m.count; len(t.loose) > 0 && n > 0; n-- {
		at := t.deepest()
		list := t.loose[at]
		delete(t.loose, at)
		for _, dead := range [2]bool{true, false} {
			for _, k := range list {
				g := t.goal(k)
				if g.Dead != dead {
					continue
				}
				if o := t.m.Get(k); o.Type == Card && o.Place != g.Place {
					t.try(Op{Kind: OpPlace, ID: k, Place: g.Place}, g, footings(g))
				} else if o.Dead && !dead {
					t.try(Op{Kind: OpUndel, ID: k}, g, footings(g))
				}
				if dead {
					t.do(Op{Kind: OpDel, ID: k})
				}
			}
		}
	}
}

// deepest returns a place that something is to come back to, and under which no
// other such place will then be.
func (t *turn) deepest() (at id.Object) {
	places := make([]id.Object, 0, len(t.loose))
	for k := range t.loose {
		places = append(places, k)
	}
	slices.SortFunc(places, id.Compare[id.Object])
	for _, at = range places {
		holds := slices.ContainsFunc(places, func(other id.Object) bool {
			return other != at && slices.ContainsFunc(t.loose[at], func(k id.Object) bool { return t.m.dependsOn(other, k) })
		})
		if !holds {
			return at
		}
	}
	return at
}

// shape makes an object, or brings place, ends, texts and registers to what they
// shall be. The mark comes last.
func (t *turn) shape(g *Object) bool {
	o := t.m.Get(g.ID)
	if o == nil {
		return t.try(g.anew(), g, footings(g))
	}
	if !o.kin(g) {
		return false
	}
	ok := true
	if o.Place != g.Place {
		ok = t.try(Op{Kind: OpPlace, ID: g.ID, Place: g.Place}, g, footings(g))
	}
	if o.A != g.A || o.B != g.B {
		ok = t.try(Op{Kind: OpEnds, ID: g.ID, A: g.A, B: g.B}, g, footings(g)) && ok
	}
	for _, op := range o.rewrite(g) {
		ok = t.try(op, g, [2]id.Object{}) && ok
	}
	return ok
}

// kin reports whether ops can make one object of the other: what stands on something
// stands on it for ever.
func (o *Object) kin(g *Object) bool {
	return o.Type == g.Type && (o.Type == Card || o.Type == Relationship || o.A == g.A)
}

// anew returns the op that makes an object.
func (o *Object) anew() Op {
	if o.Type == Relationship {
		return Op{Kind: OpRelate, ID: o.ID, A: o.A, B: o.B, Regs: slices.Clone(o.regs)}
	}
	return Op{Kind: OpPut, ID: o.ID, Type: o.Type, Place: o.Place, A: o.A, Title: o.Title, Body: o.Body,
		Regs: slices.Clone(o.regs)}
}

// rewrite returns the ops that change an object's texts and registers to those of
// another: first what goes, so that there is always room for what comes.
func (o *Object) rewrite(g *Object) []Op {
	var ops []Op
	for _, f := range [2]Field{Title, Body} {
		ops = Diff(o.text(f), g.text(f)).Splices(ops, Where{o.ID, f})
	}
	for _, r := range o.regs {
		if g.GetEntry(r.Field, r.Entry).Kind == None {
			ops = append(ops, Op{Kind: OpSet, ID: o.ID, Reg: Reg{Field: r.Field, Entry: r.Entry}})
		}
	}
	for _, r := range g.regs {
		if o.GetEntry(r.Field, r.Entry) != r.Value {
			ops = append(ops, Op{Kind: OpSet, ID: o.ID, Reg: r})
		}
	}
	return ops
}

// footings returns what an object depends on, id.Root where there is less than two.
func footings(o *Object) [2]id.Object {
	switch o.Type {
	case Card:
		return [2]id.Object{o.Place.Parent}
	case Relationship:
		return [2]id.Object{o.A, o.B}
	case Perspective, Distinction, Stop, Thread, Message, Sheet:
	}
	return [2]id.Object{o.A}
}

// seat returns where an object may have to be the only one of its kind.
func seat(o *Object) id.Object { return footings(o)[0] }

// rivals returns the unmarked objects that leave no room for one of a type at a
// place: cards on a relationship, perspectives of a card.
func (m *Map) rivals(t Type, at, k id.Object) []id.Object {
	var out []id.Object
	switch p := m.Get(at); {
	case t == Card && p != nil && p.Type == Relationship:
		for _, d := range m.Kids(at) {
			if d != k && !m.Get(d).Dead {
				out = append(out, d)
			}
		}
	case t == Perspective:
		for _, d := range m.Deps(at) {
			if o := m.Get(d); d != k && o.Type == Perspective && !o.Dead {
				out = append(out, d)
			}
		}
	}
	return out
}

// order returns all objects, each after what it depends on.
func (m *Map) order() []id.Object {
	done := map[id.Object]bool{id.Root: true}
	out := make([]id.Object, 0, m.count)
	queue := slices.Concat(m.Kids(id.Root), m.Deps(id.Root))
	for i := 0; i < len(queue); i++ {
		k := queue[i]
		on := footings(m.Get(k))
		if done[k] || !done[on[0]] || !done[on[1]] {
			continue // a relationship comes again with its other end
		}
		done[k] = true
		out = append(out, k)
		queue = append(queue, m.Kids(k)...)
		queue = append(queue, m.Deps(k)...)
	}
	return out
}
