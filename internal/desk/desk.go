// Package desk is the editing desk of one person at one map: the replica, what
// it looks like, what is selected and dragged, behind byte commands and numbers.
// It is what a page calls, and knows nothing of how: cmd/core carries it over the
// border to the browser, tests call it as it is. It starts no goroutine and looks
// at no clock. A Desk belongs to one goroutine; bytes and words it returns are
// valid until its next call.
package desk

import (
	"plectica/internal/fault"
	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/layout"
	"plectica/internal/picture"
	"plectica/internal/replica"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// Desk is the state.
type Desk struct {
	r       *replica.Replica
	layout  *layout.Layout
	scene   picture.Scene
	over    picture.Over
	laid    uint64 // version of the plan
	stale   bool   // the plan is older than the viewer's folds
	now     int64  // the page's clock at its last call that told
	typing  sysmap.Where
	group   uint64 // of the typing, 0 is none
	groups  uint64 // the last given
	caret   caret
	drag    drag
	editing id.Object
	cursor  cursor
	out     []byte
	nums    []int32
	looks   []int8 // by number of a point, of this viewer: 0 as the document says, 1 open, 2 shut
	blurred bool   // what the open eyes and the lens see is older than those
	lens    lens
	own     sight // folds and looks from before a stop was shown
	stop    id.Object

	following bool

	past     bool // it shows the past
	compared comparison
}

type cursor struct {
	on, laser bool
	x, y      int32
}

// caret is the marked selection of a text that is being edited.
type caret struct {
	on         bool
	where      sysmap.Where
	start, end uint32
}

// New returns a desk for what open bytes say: client, account, map, seed.
func New(open []byte) (*Desk, error) {
	rd := varint.NewReader(open)
	cfg := replica.Config{
		Client:  varint.ReadID[id.Client](rd),
		Account: varint.ReadID[id.Account](rd),
		Map:     varint.ReadID[id.Map](rd),
	}
	seed := rd.Uint()
	if err := rd.Done(); err != nil {
		return nil, err
	}
	const seedBits = 16 // groups of typing under one seed
	d := &Desk{r: replica.New(cfg), layout: layout.New(layout.NewNumbers(seed)), stale: true,
		groups: seed << seedBits & (1<<62 - 1)}
	d.scene.Plan = &d.layout.Plan
	d.scene.Titles = func(num int32) string {
		if o := d.object(num); o != nil {
			return o.Title
		}
		return ""
	}
	d.scene.Camera = picture.NewCamera(0, 0, 1, 1, 1)
	return d, nil
}

// numbers returns the numbers of objects.
func (d *Desk) numbers() *layout.Numbers { return d.layout.Numbers }

// object returns a living object by its number, or nil.
func (d *Desk) object(num int32) *sysmap.Object {
	k, ok := d.numbers().ID(num)
	if !ok || num == 0 {
		return nil
	}
	return d.shown().GetLive(k)
}

// fresh lays the map out if it changed since.
func (d *Desk) fresh() *layout.Plan {
	if v := d.r.Version(); d.stale || v != d.laid {
		d.layout.Update(d.shown())
		d.laid, d.stale, d.blurred = v, false, true
	}
	if d.blurred {
		d.focus()
	}
	return &d.layout.Plan
}

// context returns what gestures know.
func (d *Desk) context(seed [gesture.EntropySize]byte) *gesture.Context {
	plan := d.fresh()
	return &gesture.Context{
		Map:    d.shown(),
		Random: gesture.NewRandom(seed),
		Spot: func(k id.Object) (gesture.Spot, bool) {
			i := plan.Box(d.numbers().Find(k))
			if i < 0 {
				return gesture.Spot{}, false
			}
			b := &plan.Boxes[i]
			return gesture.Spot{X: b.AtX, Y: b.AtY, W: b.W, H: b.H, OX: b.OX, OY: b.OY,
				DX: b.AtX - b.X, DY: b.AtY - b.Y}, true
		},
		Inset: layout.Inset,
		Size:  layout.NewCard,
	}
}

// Replay takes in one entry of the journal.
func (d *Desk) Replay(entry []byte) error { return d.r.Replay(entry) }

// Ready ends the replay.
func (d *Desk) Ready() { d.r.Ready() }

// Hello returns the first message of a new connection.
func (d *Desk) Hello(nonce []byte, now int64) ([]byte, error) {
	n, err := id.FromBytes[id.Nonce](nonce)
	if err != nil {
		return nil, err
	}
	if now != 0 {
		d.now = now
	}
	return d.r.Hello(n, d.now), nil
}

// Lost tells that the connection is gone.
func (d *Desk) Lost() { d.r.Lost() }

// Flags of what a message did.
const (
	FlagChanged  = 1
	FlagPresence = 2
	FlagRole     = 4
	FlagNotices  = 8
	FlagClose    = 16
	FlagAcked    = 32
)

// News is what a message did.
type News struct {
	Flags   int32
	Entry   []byte
	Notices []byte
}

// Remote takes in one message of the socket.
func (d *Desk) Remote(msg []byte, now int64) News {
	d.now = now
	res, err := d.r.Remote(msg, now)
	return d.news(res, err)
}

// Snapshot takes in the bytes a notice asked for.
func (d *Desk) Snapshot(b []byte) News {
	res, err := d.r.Snapshot(b)
	return d.news(res, err)
}

func (d *Desk) news(res replica.Result, err error) News {
	n := News{Entry: res.Entry}
	for _, f := range [...]struct {
		on   bool
		flag int32
	}{
		{res.Changed, FlagChanged}, {res.Presence, FlagPresence}, {res.Role, FlagRole},
		{len(res.Notices) > 0, FlagNotices}, {res.Close || err != nil, FlagClose}, {res.Acked, FlagAcked},
	} {
		if f.on {
			n.Flags |= f.flag
		}
	}
	for _, t := range res.Texts {
		d.carry(t.Where, t.Edit)
	}
	if len(res.Notices) > 0 {
		n.Notices = d.notices(res.Notices)
	}
	return n
}

func (d *Desk) notices(list []replica.Notice) []byte {
	b := varint.Uint(nil, uint64(len(list)))
	for i := range list {
		n := &list[i]
		b = append(b, n.Kind)
		switch n.Kind {
		case replica.NoticeRefused:
			b = varint.Uint(b, uint64(n.Code))
			b = varint.Uint(b, uint64(d.numbers().Of(n.Object)))
			b = varint.String(b, n.Text)
		case replica.NoticeSnapshot:
			b = varint.String(b, n.URL)
		case replica.NoticeDrain:
			b = varint.Uint(varint.Uint(b, n.AfterMS), n.JitterMS)
		case replica.NoticeRole:
			b = varint.Uint(b, uint64(n.Role))
		}
	}
	return b
}

// Persisted tells up to which number the journal is durable.
func (d *Desk) Persisted(n uint64) { d.r.Persisted(n) }

// Outbox returns what to send now, and whether the connection is dead.
func (d *Desk) Outbox(now int64) (msg []byte, dead bool) {
	d.now = now
	return d.r.Outbox(now), d.r.Dead(now)
}

// Checkpoint returns one entry for all earlier ones, empty while there can't be
// one.
func (d *Desk) Checkpoint() []byte { return d.r.Checkpoint() }

// Status returns the state in numbers.
func (d *Desk) Status() replica.Status { return d.r.Status() }

// Hash returns the hash of the committed state.
func (d *Desk) Hash() sysmap.Hash { return d.r.Hash() }

// carry moves the marked selection along with an edit.
func (d *Desk) carry(where sysmap.Where, e sysmap.Edit) {
	if d.caret.on && d.caret.where == where {
		d.caret.start, d.caret.end = e.Caret(d.caret.start), e.Caret(d.caret.end)
	}
}

// CaretMark notes a selection in code points; number 0 ends it.
func (d *Desk) CaretMark(num, field, start, end int32) {
	k, ok := d.numbers().ID(num)
	d.caret = caret{on: ok && num != 0, where: sysmap.Where{Card: k, Field: sysmap.Field(field)},
		start: uint32(max(start, 0)), end: uint32(max(end, 0))}
}

// Caret returns the marked selection as others' typing moved it.
func (d *Desk) Caret() (start, end int32) { return int32(d.caret.start), int32(d.caret.end) }

// Kind returns an error's kind as a number for the page, 0 for nil.
func Kind(err error) int32 {
	if err == nil {
		return 0
	}
	if k := fault.KindOf(err); k != fault.Internal {
		return int32(k)
	}
	return int32(fault.Invalid)
}

// Rev returns the number under which a painter keeps a text.
func Rev(s string) int32 { return layout.Rev(s) }
