// Package replica is the client's half of a map: the committed state C, the
// pending transactions P, and the view V = C + replay(P) that a person sees. It
// merges what the server sends, keeps the person's own undo, and says what to
// write to the journal and what to send. It never looks at a clock, storage or
// the network: the caller brings time and bytes. A Replica belongs to one
// goroutine.
package replica

import (
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// Bounds of one replica.
const (
	MaxPending   = 20_000  // transactions not yet decided
	MaxUndo      = 200     // undo steps
	MaxExtend    = 64      // ops typing may gather in one transaction
	MaxWaiting   = 8 << 20 // bytes of messages held back while a snapshot loads
	DefaultCards = 50_000
)

// Config says whose replica it is.
type Config struct {
	Client  id.Client
	Account id.Account
	Map     id.Map
}

// Phases of the connection.
const (
	Offline uint8 = 0
	Joining uint8 = 1
	Live    uint8 = 2
)

// txn is one pending transaction.
type txn struct {
	csn    uint64
	group  uint64
	ops    []sysmap.Op
	n      uint64 // journal number of its latest entry
	sent   bool   // in this connection
	sealed bool   // was sent once, or came from the journal: takes no more typing
	inert  bool   // does not apply to C plus what comes before it
	rec    *record
}

// Replica is the state.
type Replica struct {
	cfg     Config
	c       *sysmap.Map // committed
	v       *sysmap.Map // overlay: c plus pending
	old     *sysmap.Map // what was seen before a start from nothing, until caught up
	head    uint64
	epoch   uint64
	nextCSN uint64
	pending []*txn

	phase     uint8
	role      uint8
	author    uint64
	joinHead  uint64
	lastCSN   uint64
	distrust  bool   // the next Hello asks for everything
	loading   bool   // a snapshot was asked for
	wanted    string // its address
	wantedSeq uint64
	waiting   []wire.Frame // held back meanwhile
	waitSize  int

	undo, redo []*step
	journal    uint64 // number of the latest local entry
	persisted  uint64

	version  uint64
	presence presence
	beat     beat
	keepRedo bool // while redo itself makes a transaction
}

// New returns an empty replica.
func New(cfg Config) *Replica {
	c := sysmap.New()
	return &Replica{cfg: cfg, c: c, v: c.Overlay(), nextCSN: 1, presence: newPresence()}
}

// View returns what the person sees. It changes with every call that changes
// anything; fetch it anew.
func (r *Replica) View() *sysmap.Map {
	if len(r.pending) == 0 {
		return r.c // the same, a lookup shorter
	}
	return r.v
}

// Committed returns what the server has confirmed.
func (r *Replica) Committed() *sysmap.Map { return r.c }

// Head returns the seq of the committed state.
func (r *Replica) Head() uint64 { return r.head }

// Version rises when the view changed.
func (r *Replica) Version() uint64 { return r.version }

// Hash returns the committed state's hash.
func (r *Replica) Hash() sysmap.Hash { return r.c.Hash() }

// Status is what the page shows.
type Status struct {
	Unsaved    int    // transactions not yet decided by the server
	Head       uint64 // seq of the committed state
	Role       uint8
	Phase      uint8 // Offline, Joining or Live
	Undo, Redo int   // steps
	Version    uint64
	Presence   uint64 // version of what is known of others
}

// Status returns what the page shows.
func (r *Replica) Status() Status {
	unsaved := 0
	for _, p := range r.pending {
		if len(p.ops) > 0 { // the others only fill a gap in numbers
			unsaved++
		}
	}
	return Status{
		Unsaved: unsaved, Head: r.head, Role: r.role, Phase: r.phase,
		Undo: len(r.undo), Redo: len(r.redo), Version: r.version, Presence: r.presence.version,
	}
}

// Do makes one local transaction. A group other than 0 joins undo steps, and
// typing in one group gathers in the last transaction not yet sent. The entry is
// to be appended to the journal; what it holds is sent once Persisted covers n.
// The error is Apply's refusal, Schema for what is the server's to do, Permission
// for a viewer, or Limit when too much is pending.
func (r *Replica) Do(group uint64, ops []sysmap.Op) (entry []byte, n uint64, err error) {
	return r.do(group, ops, &r.undo)
}

// Say is Do for what is no step of undo, because others answer it: taking back an
// edit should not take back a word said in between.
func (r *Replica) Say(ops []sysmap.Op) (entry []byte, n uint64, err error) {
	return r.do(0, ops, nil)
}

// do makes a transaction, as one undo step of stack unless that is nil.
func (r *Replica) do(group uint64, ops []sysmap.Op, stack *[]*step) (entry []byte, n uint64, err error) {
	if len(r.pending) >= MaxPending {
		return nil, 0, fault.New(fault.Limit, "too many changes wait to be saved")
	}
	if len(ops) == 0 {
		return nil, 0, fault.New(fault.Schema, "nothing to change")
	}
	if slices.ContainsFunc(ops, func(op sysmap.Op) bool { return op.Kind == sysmap.OpPurge }) {
		return nil, 0, fault.New(fault.Schema, "only the server forgets objects")
	}
	if !r.edits() && !r.discusses(ops) {
		return nil, 0, r.refusal()
	}
	trial := r.v.Overlay()
	if err := trial.Apply(ops, r.stamp()); err != nil {
		return nil, 0, err
	}
	if trial.Living() > DefaultCards && trial.Living() > r.v.Living() {
		return nil, 0, fault.New(fault.Limit, "the map has as many cards as it may have")
	}
	return r.enter(group, ops, stack), r.journal, nil
}

// edits reports whether this person may change the map. Without a word of the server
// everything may be tried; what it would refuse is refused here to save the wait.
func (r *Replica) edits() bool { return r.role == wire.RoleUnknown || r.role >= wire.RoleEdit }

// discusses reports whether they may do ops because those only say something.
func (r *Replica) discusses(ops []sysmap.Op) bool {
	return r.role >= wire.RoleComment && !slices.ContainsFunc(ops, func(op sysmap.Op) bool { return !r.said(ops, op.ID) })
}

func (r *Replica) refusal() error {
	if r.role == wire.RoleComment {
		return fault.New(fault.Permission, "you may discuss this map, not change it")
	}
	return fault.New(fault.Permission, "you may look at this map, not change it")
}

// said reports whether an object is a discussion or a message, there or made by ops.
func (r *Replica) said(ops []sysmap.Op, k id.Object) bool {
	t := sysmap.Card
	if o := r.v.Get(k); o != nil {
		t = o.Type
	}
	for i := range ops {
		if ops[i].ID == k && ops[i].Kind == sysmap.OpPut {
			t = ops[i].Type
		}
	}
	return t == sysmap.Thread || t == sysmap.Message
}

// enter puts ops that apply into P, as one undo step of stack unless that is nil.
func (r *Replica) enter(group uint64, ops []sysmap.Op, stack *[]*step) (entry []byte) {
	r.journal++
	if p := r.extendable(group, ops); p != nil && stack == &r.undo {
		entry = appendExtend(entry, p.csn, ops)
		r.extend(p, ops)
	} else {
		chunks := split(ops)
		if len(chunks) > 1 && group == 0 {
			group = ownGroup | r.nextCSN
		}
		for _, chunk := range chunks {
			p := r.add(r.nextCSN, group, chunk)
			p.rec.noteTyped(p.rec.items)
			entry = appendLocal(entry, p)
			if stack != nil {
				r.push(stack, p)
			}
		}
	}
	if stack == &r.undo && !r.keepRedo {
		r.redo = nil
	}
	r.version++
	return entry
}

// ownGroup marks groups that the replica made, for edits too large for one frame.
const ownGroup = 1 << 63

// split cuts ops so that each part fits a frame.
func split(ops []sysmap.Op) [][]sysmap.Op {
	var out [][]sysmap.Op
	size, from := 0, 0
	for i := range ops {
		n := sysmap.OpSize(&ops[i])
		if i > from && (i-from >= sysmap.MaxOps || size+n > maxTxnSize) {
			out = append(out, ops[from:i:i])
			from, size = i, 0
		}
		size += n
	}
	return append(out, ops[from:])
}

// maxTxnSize is about how many bytes one transaction takes in a frame at most.
const maxTxnSize = wire.MaxMessage / 2

func sizeOf(ops []sysmap.Op) int {
	n := 0
	for i := range ops {
		n += sysmap.OpSize(&ops[i])
	}
	return n
}

// add appends a transaction to P and plays it.
func (r *Replica) add(csn, group uint64, ops []sysmap.Op) *txn {
	p := &txn{csn: csn, group: group, ops: ops, n: r.journal, rec: &record{}}
	r.nextCSN = csn + 1
	r.pending = append(r.pending, p)
	r.play(p)
	return p
}

// extendable returns the last pending transaction if typing may go on in it.
func (r *Replica) extendable(group uint64, ops []sysmap.Op) *txn {
	if group == 0 || len(r.pending) == 0 {
		return nil
	}
	p := r.pending[len(r.pending)-1]
	taken := (p.sent || p.sealed) && !(mutant.On && mutant.Is(mutant.TypedIntoSent))
	if p.group != group || taken || p.inert || len(p.ops)+len(ops) > MaxExtend {
		return nil
	}
	if sizeOf(p.ops)+sizeOf(ops) > maxTxnSize {
		return nil
	}
	for _, list := range [][]sysmap.Op{p.ops, ops} {
		for i := range list {
			if list[i].Kind != sysmap.OpSplice {
				return nil
			}
		}
	}
	return p
}

// extend lets the last transaction gather more typing. Only the new ops are
// played: whoever types after a large paste must not wait for it again.
func (r *Replica) extend(p *txn, ops []sysmap.Op) {
	p.ops = append(p.ops, ops...)
	p.n = r.journal
	known := len(p.rec.items)
	p.rec.items = noteItems(p.rec.items, r.v, ops)
	p.rec.noteTyped(p.rec.items[known:])
	if r.v.Apply(ops, r.stamp()) != nil {
		r.rebuild()
	}
}

func (r *Replica) stamp() sysmap.Stamp { return sysmap.Stamp{By: r.cfg.Account} }
