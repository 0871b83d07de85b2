package room

import (
	"context"
	"slices"
	"sync"
	"time"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/wire"
)

const (
	// maxChecks is in how many rooms people's rights are looked up at once.
	maxChecks = 8
	// checkTimeout bounds one person's look-up; who cannot be looked up is out.
	checkTimeout = 3 * time.Second
	// maxHeld is how much of one connection waits for its look-up.
	maxHeld = 256
	// maxOrders is how many orders wait; with more, everybody is looked up instead.
	maxOrders = 4096
)

// check returns somebody's role now.
type check func(context.Context) (authz.Role, error)

// closeFor is the code with which somebody is turned away who could not be let in.
func closeFor(err error) int {
	switch {
	case fault.Is(err, fault.Auth), fault.Is(err, fault.NotFound):
		return wire.CloseAuth
	case fault.Is(err, fault.Permission):
		return wire.CloseForbidden
	}
	return closeRestart
}

// Recheck tells open maps whose rights may have changed, and where. What these people
// send from now on waits until their rights are known; nobody else waits.
func (rs *Rooms) Recheck(refs []store.Ref) {
	rs.each(func(r *room) {
		for _, ref := range refs {
			if ref.Sort != store.SortMap || ref.ID == r.id {
				r.orders.give(order{about: ref})
			}
		}
	})
}

// order is something a room must not put off: to look up somebody's rights, or what
// came of it.
type order struct {
	about store.Ref // none: the rest is an answer
	conn  seq.Conn
	check int
	role  authz.Role
	err   error
}

// orders is a room's list of them. It is safe for concurrent use.
type orders struct {
	mu   sync.Mutex
	list []order
	poke chan struct{} // capacity 1: something is there
}

func newOrders() *orders { return &orders{poke: make(chan struct{}, 1)} }

func (o *orders) give(v order) {
	o.mu.Lock()
	if len(o.list) >= maxOrders && v.check == 0 {
		// Everybody's look-up covers this one too.
		v = order{about: everybody}
		if o.list[len(o.list)-1].about == everybody {
			o.mu.Unlock()
			return
		}
	}
	o.list = append(o.list, v)
	o.mu.Unlock()
	select {
	case o.poke <- struct{}{}:
	default:
	}
}

// everybody stands for all who are in a room.
var everybody = store.Ref{Sort: store.SortOrg}

func (o *orders) take() []order {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := o.list
	o.list = nil
	return list
}

// obey takes the orders. They must not wait behind a full inbox.
func (r *room) obey() {
	var asked []seq.Conn
	for _, o := range r.orders.take() {
		if o.check != 0 {
			r.learn(o)
			continue
		}
		for c, m := range r.members {
			switch {
			case m.key == o.about: // it has ended, whoever may still do what
				m.peer.Close(wire.CloseAuth)
				r.leave(c)
			case m.concerns(o.about):
				asked = append(asked, c)
			}
		}
	}
	slices.Sort(asked)
	r.lookUp(slices.Compact(asked))
}

// concerns reports whether a change of a thing or party may be one of a member's
// rights. Which organisations, folders and teams stand behind a role is the store's to
// know: those concern everybody.
func (m *member) concerns(ref store.Ref) bool {
	switch ref.Sort {
	case store.SortAccount:
		return m.account == id.Account(ref.ID)
	case store.SortMap, store.SortFolder, store.SortOrg, store.SortTeam:
		return true
	}
	return ref == m.also // else a key that is somebody else's
}

// lookUp asks what members may do now.
func (r *room) lookUp(conns []seq.Conn) {
	type question struct {
		conn  seq.Conn
		check int
		ask   check
	}
	var all []question
	for _, c := range conns {
		m := r.members[c]
		if m == nil || m.recheck == nil {
			continue
		}
		r.checks++
		m.checking = r.checks
		all = append(all, question{c, m.checking, m.recheck})
	}
	if len(all) == 0 {
		return
	}
	go func() {
		r.rooms.checks <- struct{}{}
		defer func() { <-r.rooms.checks }()
		for _, q := range all {
			ctx, cancel := context.WithTimeout(r.rooms.ctx, checkTimeout)
			role, err := q.ask(ctx)
			cancel()
			r.orders.give(order{conn: q.conn, role: role, check: q.check, err: err})
		}
	}()
}

// learn takes in what a member may do now, and what they sent meanwhile.
func (r *room) learn(o order) {
	m := r.members[o.conn]
	if m == nil || m.checking != o.check {
		return // gone, or asked about anew
	}
	if o.err != nil {
		m.peer.Close(closeFor(o.err))
		r.leave(o.conn)
		return
	}
	held := m.held
	m.checking, m.held = 0, nil
	if m.role != o.role {
		r.takeSeq(event{Event: seq.Event{Kind: seq.Granted, Conn: o.conn, Role: o.role}})
	}
	for _, e := range held {
		r.takeSeq(e)
	}
}

// hold keeps what somebody sends whose rights are being looked up.
func (r *room) hold(e event) bool {
	if e.Kind != seq.Greet && e.Kind != seq.Pushed {
		return false
	}
	m := r.members[e.Conn]
	if m == nil || m.checking == 0 {
		return false
	}
	if len(m.held) >= maxHeld {
		m.peer.Close(closeRestart)
		r.leave(e.Conn)
		return true
	}
	m.held = append(m.held, e)
	return true
}
