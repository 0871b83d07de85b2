package sysmap

import "plectica/internal/id"

// Scope is what is brought back: the whole map (id.Root), or a card or relationship
// with what is said of it by registers, or, as a branch, that with all in it and the
// relationships at it.
type Scope struct {
	Object id.Object
	Branch bool
}

// Revert returns ops which bring what lies in scope to how it was then, as far as what
// lies outside allows, and how many objects they could not bring back whole. Nothing
// is purged: what was not there then is deleted. What is gone for good is made anew.
// Discussions are their authors', and stay.
func Revert(now, then *Map, s Scope) (ops []Op, left int) {
	return newRevert(now, then, s).run()
}

// newRevert takes what lies in scope into a revert.
func newRevert(now, then *Map, s Scope) *revert {
	r := &revert{now: now, then: then, goals: make(map[id.Object]*Object), gone: make(map[id.Object]bool)}
	switch {
	case s.Object == id.Root:
		r.all()
	case s.Branch:
		r.branch(s.Object)
	default:
		r.one(s.Object)
	}
	return r
}

// Both returns now with what it has lost since then beside what it has, for whoever
// compares. What is lost and has no room left, because another is in its place, is
// left out. Neither map may change while it is used.
func Both(now, then *Map) *Map {
	r := revert{now: now, then: then, goals: make(map[id.Object]*Object), gone: make(map[id.Object]bool)}
	for _, k := range then.order() {
		if o := then.Get(k); o.live && o.Type != Sheet && !talks(o) && now.GetLive(k) == nil && r.stands(o) {
			r.goals[k] = o
		}
	}
	now.Each(func(o *Object) {
		if !o.live && r.goals[o.ID] == nil { // it does not come along
			r.gone[o.ID] = true
		}
	})
	r.run()
	return r.t.m
}

// revert is the making of one.
type revert struct {
	now, then *Map
	goals     map[id.Object]*Object // what an object in scope shall be
	gone      map[id.Object]bool    // in scope, and not to be there
	left      int
	t         turn
}

// goal returns what an object shall be. What is not in scope stays as it is.
func (r *revert) goal(k id.Object) *Object {
	if g := r.goals[k]; g != nil {
		return g
	}
	if r.gone[k] {
		return nil
	}
	return r.now.Get(k)
}

// talks reports whether an object is somebody's word.
func talks(o *Object) bool { return o.Type == Thread || o.Type == Message }

// all takes the whole map into the scope.
func (r *revert) all() {
	r.then.Each(func(o *Object) { r.want(o) })
	r.now.Each(func(o *Object) { r.lose(o) })
}

// want asks for an object as it was.
func (r *revert) want(o *Object) {
	if o.live && !talks(o) {
		r.goals[o.ID] = o
	}
}

// lose asks that what is not wanted be gone. A map's sheet is left blank instead,
// because nothing else could take its place.
func (r *revert) lose(o *Object) {
	switch {
	case r.goals[o.ID] != nil || talks(o):
	case o.Type == Sheet:
		r.goals[o.ID] = &Object{ID: o.ID, Type: Sheet, live: true}
	default:
		r.gone[o.ID] = true
	}
}

// one takes a card or relationship into the scope, with its perspective and
// distinctions.
func (r *revert) one(k id.Object) {
	o := r.then.GetLive(k)
	if o == nil {
		return
	}
	r.want(o)
	r.traits(k)
}

// traits takes what a card looks at, is and is not into the scope.
func (r *revert) traits(k id.Object) {
	for _, d := range r.then.Deps(k) {
		if o := r.then.Get(d); trait(o) {
			r.want(o)
		}
	}
	for _, d := range r.now.Deps(k) {
		if o := r.now.Get(d); trait(o) {
			r.lose(o)
		}
	}
}

func trait(o *Object) bool { return o.Type == Perspective || o.Type == Distinction }

// branch takes a card and all in it into the scope, and the relationships at those:
// as it was then, and as it is now.
func (r *revert) branch(k id.Object) {
	if r.then.GetLive(k) == nil {
		return
	}
	was := r.then.reach([]id.Object{k}, (*Object).Live, func(id.Object) bool { return true })
	for _, d := range was {
		r.want(r.then.Get(d))
	}
	lives := func(o *Object) bool { return !o.Dead || r.goals[o.ID] != nil } // or will
	own := func(d id.Object) bool { return r.then.GetLive(d) == nil || r.goals[d] != nil }
	for _, d := range r.now.reach(was, lives, own) {
		r.visit(r.now.Get(d))
	}
	for _, d := range was {
		r.traits(d)
	}
}

// visit takes what the branch holds now into the scope. What belonged elsewhere goes
// back there, as it is.
func (r *revert) visit(o *Object) {
	was := r.then.GetLive(o.ID)
	switch {
	case was == nil:
		r.lose(o)
	case r.goals[o.ID] == nil && was.Type == o.Type:
		g := o.clone()
		g.Place, g.A, g.B = was.Place, was.A, was.B
		r.goals[o.ID] = g
	}
}

// reach returns some objects, all cards in them and the relationships at those with what
// lies on them, as far as they are in. What does not lead on is in it, but not what
// only that leads to.
func (m *Map) reach(from []id.Object, in func(*Object) bool, leads func(id.Object) bool) []id.Object {
	var out []id.Object
	seen := make(map[id.Object]bool)
	for _, k := range from {
		if m.Get(k) != nil {
			seen[k] = true
			out = append(out, k)
		}
	}
	for i := 0; i < len(out); i++ {
		k := out[i]
		if !leads(k) {
			continue
		}
		for _, list := range [2][]id.Object{m.Kids(k), m.Deps(k)} {
			for _, d := range list {
				if o := m.Get(d); !seen[d] && (o.Type == Card || o.Type == Relationship) && in(o) {
					seen[d] = true
					out = append(out, d)
				}
			}
		}
	}
	return out
}

// run returns the ops, and how much was left as it is.
func (r *revert) run() ([]Op, int) {
	r.t = turn{from: r.now, m: r.now.Overlay(), goal: r.goal}
	var order []id.Object
	for _, k := range r.then.order() {
		if r.goals[k] != nil {
			order = append(order, k)
		}
	}
	if g := r.goals[SheetID]; g != nil && r.then.GetLive(SheetID) == nil {
		order = append(order, SheetID)
	}
	for _, k := range order {
		r.place(k)
	}
	for _, k := range order {
		r.rescue(k)
	}
	r.t.settle(order)
	return r.t.ops, r.left
}

// place brings one object to its shape, or to the nearest that there is room for.
func (r *revert) place(k id.Object) {
	g := r.goals[k]
	stands := r.stands(g)
	if stands && r.t.shape(g) {
		return
	}
	r.left++
	o := r.now.GetLive(k)
	switch {
	case g.Type == Card:
		g = g.clone()
		g.Place = r.shelter(g)
	case stands && o != nil && g.Type == Relationship && r.stands(o): // only not between the same
		g = g.clone()
		g.A, g.B = o.A, o.B
	default:
		r.leave(k)
		return
	}
	r.goals[k] = g
	r.t.shape(g)
}

// leave lets what cannot be brought back stay as it is, dead too. A relationship goes
// with its ends; a card on it that is from elsewhere comes to the map's own place.
func (r *revert) leave(k id.Object) {
	delete(r.goals, k)
	o := r.now.GetLive(k)
	if o != nil && r.stands(o) {
		return
	}
	r.gone[k] = true
	c := r.now.CardOn(k)
	if c == nil || r.goals[c.ID] != nil || r.gone[c.ID] {
		return
	}
	g := c.clone()
	g.Place.Parent = id.Root
	r.goals[c.ID] = g
	r.t.shape(g)
}

// rescue takes a card out of what will not be there.
func (r *revert) rescue(k id.Object) {
	g, o := r.goals[k], r.t.m.Get(k)
	if g == nil || o == nil || o.Type != Card || !r.gone[o.Place.Parent] {
		return
	}
	g = g.clone()
	g.Place.Parent = id.Root
	r.goals[k] = g
	r.t.shape(g)
}

// stands reports whether all that an object depends on will be there, and no other
// in its place.
func (r *revert) stands(g *Object) bool {
	for _, k := range footings(g) {
		if k != id.Root && !r.stays(k) {
			return false
		}
	}
	for _, k := range r.now.rivals(g.Type, seat(g), g.ID) {
		if o := r.goal(k); o != nil && !o.Dead && seat(o) == seat(g) {
			return false
		}
	}
	return true
}

// shelter returns where a card is to lie whose place is no more: where it is, if that
// stays, else in the nearest card around its place that does.
func (r *revert) shelter(g *Object) Place {
	if o := r.now.GetLive(g.ID); o != nil && r.stands(o) {
		return o.Place
	}
	p := g.Place
	for p.Parent != id.Root {
		up := r.then.Get(p.Parent)
		if up.Type == Relationship {
			up = r.then.Get(up.A)
		} else if r.stays(up.ID) {
			break
		}
		p.Parent = up.Place.Parent
	}
	return p
}

// stays reports whether an object will be there.
func (r *revert) stays(k id.Object) bool {
	return r.goals[k] != nil || !r.gone[k] && r.now.GetLive(k) != nil
}
