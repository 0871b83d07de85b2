// Package seq orders one map's transactions. It decides what is admitted, under
// which number, and who is told what; it does nothing itself: no clock, no store,
// no socket, no randomness, no goroutine. Its owner feeds it events one after the
// other, makes the batch it cuts durable, and only then hands out what Durable
// returns. A Room belongs to one goroutine.
package seq

import (
	"cmp"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// Bounds of one room.
const (
	MaxBatch      = 512 // transactions of one append
	MaxBatchBytes = 256 << 10
	MaxDelta      = 512 << 10 // bytes of log above which a joiner gets a snapshot
	MaxSplices    = 4096      // committed text edits kept for late pushes
	MaxDead       = 50_000    // lifeless objects kept before the oldest are purged
	purgePart     = 5_000     // objects purged with one batch
	MaxObjects    = sysmap.MaxObjects / 4
	MaxWork       = 500_000 // steps of one transaction, see sysmap.ApplyWithin
	MaxTxnBytes   = 256 << 10
	MaxCarries    = 1 << 18 // edits of a push times committed edits it is carried past
	MaxTextBytes  = 4 << 20 // texts of the committed edits kept
	respaces      = 16      // places that get new order keys with one batch
	respaceParts  = 2_000   // siblings above which a place gets none: the frame would be too large
	DefaultCards  = 50_000  // living cards
	MaxRecent     = 4096    // committed transactions kept for those who come back
	MaxFresh      = 200     // head up to which a newcomer gets the log, not a snapshot
)

// Conn names one connection of a room; it is also the author number others see.
type Conn uint64

// Peer is what the room knows of one connection.
type Peer struct {
	Conn    Conn
	Account id.Account
	Role    authz.Role
	client  id.Client
	joined  bool
}

// client is what the room knows of one queue of edits.
type client struct {
	account id.Account
	used    bool   // something of it was decided here or is in the log
	last    uint64 // every csn up to here is decided
	at      int64  // of its last row in the log, when it was loaded
	conn    Conn   // 0: none
}

// splice is a committed text edit.
type splice struct {
	seq    uint64
	client id.Client
	at     sysmap.Where
	edit   sysmap.Edit
}

// recent is a committed transaction kept in memory.
type recent struct {
	client id.Client
	size   int // bytes of the row
	txn    wire.Txn
}

// Effect is something the owner has to do.
type Effect struct {
	To    Conn   // 0: every joined connection
	Frame []byte // nil: close
	Close int    // close code when Frame is nil
	// Nack says that the frame refuses a push, and Code why.
	Nack bool
	Code fault.Kind
}

// Config sets a room's limits.
type Config struct {
	Map   id.Map
	Cards int // limit of living cards; 0: DefaultCards
	Fresh int // head up to which a newcomer gets the log; 0: MaxFresh
	Delta int // bytes of log above which a joiner gets a snapshot; 0: MaxDelta

	Splices int // committed text edits kept; 0: MaxSplices
	Dead    int // lifeless objects kept; 0: MaxDead
	Crowded int // bytes above which an order key is too long; 0: sysmap.OrderCrowded
}

// Room is the state.
type Room struct {
	cfg     Config
	epoch   uint64
	head    uint64
	horizon uint64 // text edits up to here are forgotten
	state   *sysmap.Map
	clients map[id.Client]*client
	peers   map[Conn]*Peer
	splices []splice
	texts   int      // bytes put in by splices
	recent  []recent // the last ones, up to head
	bytes   int      // of recent

	recalled uint64 // the last row taken in again, while some before head are missing

	crowded  map[id.Object]bool   // places whose order keys have grown long
	respaced map[id.Object]uint64 // head when a place last got new keys

	open *batch
}

// batch is what has been admitted and is not yet durable.
type batch struct {
	next    *sysmap.Map // overlay over state
	rows    []store.Row
	txns    []wire.Txn
	splices []splice
	nacks   []Effect
	bytes   int
	cut     bool
}

// New returns the room of an empty log under an epoch.
func New(cfg Config, epoch uint64) *Room {
	cfg.Cards = cmp.Or(cfg.Cards, DefaultCards)
	cfg.Fresh = cmp.Or(cfg.Fresh, MaxFresh)
	cfg.Delta = cmp.Or(cfg.Delta, MaxDelta)
	cfg.Splices = cmp.Or(cfg.Splices, MaxSplices)
	cfg.Dead = cmp.Or(cfg.Dead, MaxDead)
	cfg.Crowded = cmp.Or(cfg.Crowded, sysmap.OrderCrowded)
	return &Room{
		cfg: cfg, epoch: epoch, state: sysmap.New(),
		clients: make(map[id.Client]*client), peers: make(map[Conn]*Peer),
		crowded: make(map[id.Object]bool), respaced: make(map[id.Object]uint64),
	}
}

// Load folds one row of the log into a room without connections. An error means
// that the log is damaged.
func (r *Room) Load(row store.Row) error {
	if row.Seq != r.head+1 || r.recalled != 0 {
		return fault.New(fault.Internal, "the log has a gap")
	}
	ops, err := DecodeRow(row.Data)
	if err != nil {
		return err
	}
	if err := r.state.Apply(ops, sysmap.Stamp{By: row.Actor, At: row.At}); err != nil {
		return fault.Wrap(fault.Internal, "a row of the log does not apply", err)
	}
	r.head = row.Seq
	r.note(row, ops)
	return nil
}

// Loaded compares what was folded with the record of the map. An error means that
// the log is damaged.
func (r *Room) Loaded(rec store.Room) error {
	if r.head != rec.Head || r.recalled != 0 {
		return fault.New(fault.Internal, "the log does not end at its head")
	}
	if r.state.Hash().Bytes() != rec.Hash && !(mutant.On && mutant.Is(mutant.LogHashUnchecked)) {
		return fault.New(fault.Internal, "the log folds to another state than the stored hash")
	}
	return nil
}

// Kept returns how many committed text edits and transactions are in memory.
func (r *Room) Kept() (splices, txns int) { return len(r.splices), len(r.recent) }

// Map returns which map it is.
func (r *Room) Map() id.Map { return r.cfg.Map }

// Head returns the last committed seq.
func (r *Room) Head() uint64 { return r.head }

// Epoch returns the epoch the room writes under.
func (r *Room) Epoch() uint64 { return r.epoch }

// State returns the committed state, which the caller must not change.
func (r *Room) State() *sysmap.Map { return r.state }

// Peer returns a connection, or nil.
func (r *Room) Peer(c Conn) *Peer { return r.peers[c] }

// Peers returns how many connections there are.
func (r *Room) Peers() int { return len(r.peers) }

// Joined reports whether a connection has been welcomed and not left.
func (r *Room) Joined(c Conn) bool {
	p := r.peers[c]
	return p != nil && p.joined
}

func (r *Room) clientOf(k id.Client, account id.Account) *client {
	c := r.clients[k]
	if c == nil {
		c = &client{account: account}
		r.clients[k] = c
	}
	return c
}

// remember keeps committed text edits: the newest, within Config.Splices and
// MaxTextBytes, and now and then as much again.
func (r *Room) remember(list []splice) {
	r.splices = append(r.splices, list...)
	for _, s := range list {
		r.texts += s.edit.Size()
	}
	if mutant.On && mutant.Is(mutant.WindowNotAdvanced) || len(r.splices) < 2*r.cfg.Splices && r.texts < 2*MaxTextBytes {
		return
	}
	drop := 0
	for drop < len(r.splices) && (len(r.splices)-drop > r.cfg.Splices || r.texts > MaxTextBytes) {
		r.texts -= r.splices[drop].edit.Size()
		drop++
	}
	r.horizon = r.splices[drop-1].seq
	r.splices = append([]splice(nil), r.splices[drop:]...)
}

// keep remembers committed transactions: the newest, within MaxRecent and
// MaxDelta, and now and then a few times that.
func (r *Room) keep(rows []store.Row, txns []wire.Txn) {
	for i := range rows {
		r.recent = append(r.recent, recent{rows[i].OpID.Client(), len(rows[i].Data), txns[i]})
		r.bytes += len(rows[i].Data)
	}
	if len(r.recent) < 2*MaxRecent && r.bytes < 4*MaxDelta {
		return
	}
	drop := 0
	for drop < len(r.recent) && (len(r.recent)-drop > MaxRecent || r.bytes > MaxDelta) {
		r.bytes -= r.recent[drop].size
		drop++
	}
	r.recent = append([]recent(nil), r.recent[drop:]...)
}

// Committed calls yield with the ops of each transaction after seq, if those are
// still in memory; what was committed last always is.
func (r *Room) Committed(seq uint64, yield func(ops []sysmap.Op)) {
	for _, k := range r.after(max(seq, r.Oldest())) {
		yield(k.txn.Ops)
	}
}

// Oldest returns the seq after which every transaction is in memory.
func (r *Room) Oldest() uint64 { return r.head - uint64(len(r.recent)) }

// Completes reports whether a snapshot at seq can be completed from memory, in
// few enough bytes.
func (r *Room) Completes(seq uint64) bool {
	return r.Oldest() <= seq && seq <= r.head && r.deltaSize(seq) <= r.cfg.Delta
}

// deltaSize returns how many bytes of log lie after seq, which is not before
// Oldest.
func (r *Room) deltaSize(seq uint64) int {
	n := 0
	for _, k := range r.after(seq) {
		n += k.size
	}
	return n
}

// after returns the transactions after seq, which is not before Oldest.
func (r *Room) after(seq uint64) []recent {
	return r.recent[uint64(len(r.recent))-(r.head-seq):]
}

// spliceList appends the text edits of committed ops.
func spliceList(list []splice, seq uint64, c id.Client, ops []sysmap.Op) []splice {
	for i := range ops {
		if op := &ops[i]; op.Kind == sysmap.OpSplice {
			at := sysmap.Where{Card: op.ID, Field: op.Field}
			list = append(list, splice{seq, c, at, sysmap.EditOf(op)})
		}
	}
	return list
}

func send(to Conn, f wire.Frame) Effect { return Effect{To: to, Frame: wire.Append(nil, f)} }

func closing(to Conn, code int) Effect { return Effect{To: to, Close: code} }
