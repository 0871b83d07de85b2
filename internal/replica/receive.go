package replica

import (
	"slices"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// Kinds of notices.
const (
	NoticeRefused     uint8 = 1
	NoticeSnapshot    uint8 = 2
	NoticeUndoSkipped uint8 = 3
	NoticeDrain       uint8 = 4
	NoticeUndoDropped uint8 = 5
	NoticeRole        uint8 = 6
)

// Notice is something the person or the page has to know.
type Notice struct {
	Kind     uint8
	Code     fault.Kind // refused
	Object   id.Object  // refused: what it was about
	Text     string     // refused: what was typed
	URL      string     // snapshot wanted
	AfterMS  uint64     // drain
	JitterMS uint64     // drain
	Role     uint8
}

// Result says what a message changed.
type Result struct {
	Changed  bool // the view
	Presence bool
	Role     bool
	Acked    bool   // a pending transaction was decided
	Close    bool   // close the connection and make a new one
	Entry    []byte // for the journal, may be empty
	Notices  []Notice
	Texts    []TextChange
}

// Remote takes in one socket message; now is any millisecond clock. The error has
// kind Invalid or Schema: the message is not of this protocol and the connection
// is to be closed. Everything before the bad frame has been taken in.
func (r *Replica) Remote(msg []byte, now int64) (Result, error) {
	r.beat.heard(now)
	in := intake{r: r}
	rd := varint.NewReader(msg)
	for rd.Len() > 0 {
		f, err := wire.Next(rd)
		if err != nil {
			in.res.Close = true
			return in.done(msg), err
		}
		in.frame(f, len(msg))
		if in.res.Close {
			break
		}
	}
	return in.done(msg), nil
}

// Snapshot takes in the bytes a NoticeSnapshot asked for.
func (r *Replica) Snapshot(b []byte) (Result, error) {
	in := intake{r: r}
	if !r.loading {
		return in.res, nil
	}
	m, seq, err := ReadState(b)
	if err == nil && (seq != r.wantedSeq || !named(r.wanted, m.Hash())) && !(mutant.On && mutant.Is(mutant.SnapshotHashUnchecked)) {
		err = fault.New(fault.Invalid, "the snapshot is not the one that was asked for")
	}
	if err != nil {
		in.res.Close = true
		return in.res, err
	}
	r.loading = false
	r.startOver(m, seq)
	in.dirty = true
	waiting := r.waiting
	r.waiting, r.waitSize = nil, 0
	for _, f := range waiting {
		in.frame(f, 0)
	}
	in.joined()
	out := in.done(nil)
	out.Entry = appendSnapshot(nil, b)
	return out, nil
}

// named reports whether a snapshot's address ends with the hash of a state.
func named(url string, h sysmap.Hash) bool {
	name := id.Format(id.Object(h.Bytes()))
	return len(url) > len(name) && url[len(url)-len(name):] == name && url[len(url)-len(name)-1] == '/'
}

// intake is the taking in of one message.
type intake struct {
	r     *Replica
	res   Result
	dirty bool // V is to be made anew
	keep  bool // the message belongs in the journal
}

func (in *intake) done(msg []byte) Result {
	if in.dirty {
		in.res.Texts = append(in.res.Texts, in.r.rebuild()...)
		in.res.Changed = true
	}
	if in.keep {
		in.res.Entry = appendRemote(nil, msg)
	}
	if in.res.Acked {
		in.r.beat.asked = 0 // the next answer has its own time
	}
	return in.res
}

func (in *intake) frame(f wire.Frame, size int) {
	r := in.r
	switch f := f.(type) {
	case *wire.Presences:
		in.res.Presence = true
		r.presence.take(f, r.author)
		return
	case *wire.Pong:
		in.res.Close = r.pong(f)
		return
	case *wire.Drain:
		in.res.Notices = append(in.res.Notices, Notice{Kind: NoticeDrain, AfterMS: f.AfterMS, JitterMS: f.JitterMS})
		return
	case *wire.Resync:
		in.res.Close = true
		return
	case *wire.Hello, *wire.Push, *wire.Presence, *wire.Ping:
		in.res.Close = true // a client's frames
		return
	}
	in.keep = true
	if _, ok := f.(*wire.Welcome); ok { // a new connection: what the last one still waited for is off
		r.loading, r.waiting, r.waitSize = false, nil, 0
	}
	if r.loading {
		if r.waitSize += size; r.waitSize > MaxWaiting {
			in.res.Close = true
			return
		}
		r.waiting = append(r.waiting, f)
		return
	}
	switch f := f.(type) {
	case *wire.Welcome:
		in.welcome(f)
	case *wire.Commit:
		in.commit(f)
	case *wire.Nack:
		in.nack(f)
	case *wire.Role:
		r.role = f.Role
		in.res.Role = true
		in.res.Notices = append(in.res.Notices, Notice{Kind: NoticeRole, Role: f.Role})
	}
}

// commit takes in committed transactions in order. What is known already is
// skipped; after a gap the connection starts again.
func (in *intake) commit(f *wire.Commit) {
	r := in.r
	for i := range f.Txns {
		seq := f.FromSeq + uint64(i)
		if seq <= r.head {
			continue
		}
		if (mutant.On && (mutant.Is(mutant.HalfConnectedAfterBadDelta) || mutant.Is(mutant.BusGapIgnored))) && seq != r.head+1 {
			return
		}
		if seq != r.head+1 || !in.committed(&f.Txns[i]) {
			r.distrust = r.distrust || seq == r.head+1
			in.res.Close = true
			return
		}
	}
	in.joined()
}

// committed takes in one transaction; false means that it does not apply, so that
// this replica and the server have come apart.
func (in *intake) committed(t *wire.Txn) bool {
	r := in.r
	own := t.Author != 0 && t.Author == r.author
	var rec *record
	at := 0
	carry := true
	if own {
		if i := r.find(t.CSN); i >= 0 {
			p := r.pending[i]
			rec, at, carry = p.rec, i, p.inert
			r.pending = slices.Delete(r.pending, i, i+1)
			in.res.Acked = true
		}
	}
	if carry && r.old == nil {
		for _, w := range sysmap.Texts(nil, t.Ops) {
			in.res.Texts = append(in.res.Texts, r.carry(at, w, sysmap.Edits(nil, w, t.Ops), nil)...)
		}
	}
	r.overtaken(t.Ops, own)
	if rec != nil {
		rec.settle(r.c, t.Ops)
	}
	r.v.Reset()
	in.dirty = true
	if err := r.c.Apply(t.Ops, sysmap.Stamp{By: t.Actor, At: t.At}); err != nil {
		return false
	}
	r.head++
	if rec != nil {
		rec.finish(r.c)
	}
	return true
}

// nack takes a refused transaction back.
func (in *intake) nack(f *wire.Nack) {
	r := in.r
	i := r.find(f.CSN)
	if i < 0 {
		return
	}
	in.refused(i, f.Code)
}

func (in *intake) refused(i int, code fault.Kind) {
	r := in.r
	if in.dirty {
		in.res.Texts = append(in.res.Texts, r.rebuild()...) // the inverse is taken from the view
	}
	in.dirty = !(mutant.On && mutant.Is(mutant.NackedOpStaysInView))
	in.res.Acked = true
	n := Notice{Kind: NoticeRefused, Code: code}
	for j := range r.pending[i].ops {
		op := &r.pending[i].ops[j]
		n.Object = op.ID
		n.Text += written(op)
	}
	in.res.Notices = append(in.res.Notices, n)
	if !(mutant.On && mutant.Is(mutant.NackedOpStaysInView)) {
		r.v.Reset()
	}
	in.res.Texts = append(in.res.Texts, r.withdraw(i)...)
}

// written is what a person wrote in an op: it is given back with a refusal.
func written(op *sysmap.Op) string {
	text := op.Ins + op.Title
	for _, reg := range op.Regs {
		if reg.Field == sysmap.Said || reg.Field == sysmap.Notes {
			text += reg.Value.S
		}
	}
	return text
}

// pong compares states; it reports whether they have come apart. Commits and
// answers keep their order, so a head that is not known means that commits are lost.
func (r *Replica) pong(f *wire.Pong) bool {
	r.beat.ponged()
	if r.phase != Live {
		return false
	}
	if f.Head == r.head && uint32(f.CRC) != r.c.Hash().CRC() {
		r.distrust = true
		return true
	}
	return f.Head > r.head && !(mutant.On && mutant.Is(mutant.BusGapIgnored))
}
