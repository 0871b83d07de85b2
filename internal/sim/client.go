package sim

import (
	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/sim/disk"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// client is one browser tab with its part of IndexedDB.
type client struct {
	w       *world
	index   uint32
	sockets uint32
	account id.Account
	queue   id.Client // the clientID, as long as the queue lives
	rep     *replica.Replica
	life    int
	link    *link
	old     *link // a socket left behind, as a duplicate
	frozen  bool
	away    bool  // the cable is out
	skew    int64 // of its clock

	disk     [][]byte // durable journal
	unsynced [][]byte
	syncAt   int64
	gave     []key // told as refused, not yet in the journal

	writer map[sysmap.Register]bool // who wrote last, in C: true = this queue
	author uint64
	seen   uint64

	catching bool // since a snapshot, until it has caught up
}

func newClient(w *world, i int) *client {
	c := &client{w: w, index: uint32(i), account: id.Account(w.id()), queue: id.Client(w.id())}
	if i > 0 && w.rng.IntN(4) == 0 {
		c.account = w.clients[w.rng.IntN(i)].account // a second tab
	}
	w.roles[c.account] = authz.Edit
	return c
}

// open starts a tab from what its storage holds.
func (c *client) open() {
	c.life++
	c.w.turn(actorFate + c.index)
	c.rep = replica.New(replica.Config{Client: c.queue, Account: c.account, Map: c.w.mapID})
	c.writer = make(map[sysmap.Register]bool)
	c.seen = 0
	c.w.wit.forgetEntries(c.queue, c.unsynced)
	c.unsynced, c.syncAt, c.gave, c.frozen = nil, 0, nil, false
	for _, e := range c.disk {
		if err := c.rep.Replay(e); err != nil {
			c.w.fail("replay: %v", err)
		}
	}
	c.rep.Ready()
	c.every(20+c.w.rng.Int64N(80), c.tick)
	c.every(50+c.w.rng.Int64N(400), c.act)
}

// every runs f again and again in this life of the tab.
func (c *client) every(d int64, f func()) {
	life := c.life
	var again func()
	again = func() {
		if c.life != life || c.w.failed != nil {
			return
		}
		if !c.frozen {
			f()
		}
		c.w.after(d, again)
	}
	c.w.after(d, again)
}

func (c *client) tick() {
	w := c.w
	if c.link == nil && !c.away {
		c.connect()
	}
	if c.link != nil {
		if c.rep.Dead(c.clock()) {
			c.checkSilence()
			c.link.cut()
			return
		}
		if msg := c.rep.Outbox(c.clock()); len(msg) > 0 {
			c.link.toServer(msg)
		}
	}
	for _, befall := range c.fates() {
		if w.turn(actorFate + c.index); w.befalls(befall.chance) {
			befall.f()
			return
		}
	}
}

func (c *client) clock() int64 { return c.w.now + c.skew }

// fate is something that may befall a tab, and how often of 1000 ticks.
type fate struct {
	chance int
	f      func()
}

func (c *client) fates() [6]fate {
	w := &c.w.w
	return [...]fate{
		{w.kill, c.kill}, {w.freeze, c.freeze}, {w.away, c.pull}, {w.second, c.again}, {w.clock, c.jump},
		{checkpoints, c.checkpoint},
	}
}

const checkpoints = 20

func (c *client) kill() {
	w := c.w
	w.fault(FaultKill)
	if c.link != nil {
		c.link.words = w.rng.IntN(2) == 0
		c.link.cut()
	}
	c.life++
	w.after(w.rng.Int64N(2000), c.open)
}

func (c *client) freeze() {
	c.w.fault(FaultFreeze)
	c.frozen = true
	life := c.life
	c.w.after(c.w.rng.Int64N(8000), func() {
		if c.life == life {
			c.frozen = false
		}
	})
}

func (c *client) pull() {
	c.w.fault(FaultAway)
	c.away = true
	if c.link != nil {
		c.link.dead = true
	}
	c.w.after(c.w.rng.Int64N(8000), func() { c.away = false })
}

// again makes a new socket while the old one lives.
func (c *client) again() {
	if c.link == nil {
		return
	}
	c.w.fault(FaultSecond)
	c.old, c.link = c.link, nil
	c.rep.Lost()
}

func (c *client) jump() {
	c.w.fault(FaultClock)
	c.skew += c.w.rng.Int64N(2*clockJump) - clockJump
}

func (c *client) checkpoint() {
	if cp := c.rep.Checkpoint(); cp != nil && len(c.unsynced) == 0 {
		c.disk = [][]byte{cp}
	}
}

func (c *client) wake() { c.frozen, c.away = false, false }

func (c *client) connect() {
	c.sockets++
	l := &link{w: c.w, c: c, account: c.account, actor: actorLink + linksEach*c.index + c.sockets%linksEach, since: c.w.now}
	c.w.turn(l.actor)
	l.remote = c.w.w.bus && c.w.rng.IntN(2) == 0
	if !c.w.server.accept(l) {
		return
	}
	c.link = l
	c.w.stats.Joins++
	l.toServer(c.rep.Hello(id.Nonce(c.w.id()), c.clock()))
}

func (c *client) lost(l *link) {
	if c.link == l {
		c.link = nil
		c.rep.Lost()
	}
	if c.old == l {
		c.old = nil
	}
}

// closedBy is a close with a code. A tab that may not see the map asks again
// later; in the product a person would.
func (c *client) closedBy(l *link, code int) {
	gap := code == wire.CloseProtocol && l.remote // the bus lost a push before this one
	if code == wire.CloseProtocol && !gap || code == wire.CloseTooOld {
		c.w.fail("the server closed with code %d", code)
	}
	c.lost(l)
	c.w.after(1, func() { l.srv.gone(l) })
}

func (c *client) receive(l *link, msg []byte) {
	if l != c.link || (c.frozen || len(l.held) > 0) && c.later(l, msg) {
		return
	}
	c.w.turn(actorFate + c.index)
	unsaved := c.rep.Status().Unsaved
	c.track(msg)
	same, gap := c.expected(msg), c.gap(msg)
	view := c.rep.View().Hash()
	was, waited := c.hotTexts(), c.rep.Pending()
	c.catching = c.catching && c.rep.Status().Phase != replica.Live
	catching := c.catching
	res, err := c.rep.Remote(msg, c.clock())
	c.w.stats.Checks[CheckView]++
	if same && c.rep.View().Hash() != view {
		c.w.fail("the server did not commit what the tab had shown")
	}
	if gap && !res.Close {
		c.w.fail("a commit was missing and the tab did not ask for it")
	}
	c.checkTexts(was, res)
	c.checkLeft(waited, res, catching)
	c.took(l, res, err)
	if res.Acked && c.rep.Status().Unsaved > unsaved {
		c.w.fail("an answer made more unsaved")
	}
}

// later keeps a message for a frozen tab, and those behind it.
func (c *client) later(l *link, msg []byte) bool {
	l.held = append(l.held, msg)
	if len(l.held) > 1 {
		return true
	}
	life := c.life
	var again func()
	again = func() {
		if c.life != life || l.closed {
			return
		}
		if c.frozen {
			c.w.after(200, again)
			return
		}
		held := l.held
		l.held = nil
		for _, msg := range held {
			c.receive(l, msg)
		}
	}
	c.w.after(200, again)
	return true
}

func (c *client) took(l *link, res replica.Result, err error) {
	if err != nil {
		c.w.fail("a server's message was refused: %v", err)
		return
	}
	c.write(res.Entry, 0)
	for _, n := range res.Notices {
		switch n.Kind {
		case replica.NoticeSnapshot:
			c.fetch(l, n.URL)
		case replica.NoticeRefused:
			c.w.stats.Refused++
		}
	}
	if res.Close {
		l.cut()
	}
	c.checkView()
}

// fetch gets a snapshot by a request of its own.
func (c *client) fetch(l *link, url string) {
	life := c.life
	c.w.after(1+c.w.rng.Int64N(c.w.w.latency*3), func() {
		if c.life != life || c.link != l {
			return
		}
		w := c.w
		w.turn(l.actor)
		b := l.srv.shelf
		if l.srv.down || l.srv.stopped || b == nil || url != l.srv.shelfURL {
			l.cut()
			return
		}
		damaged := w.befalls(w.w.flip)
		if damaged {
			w.fault(FaultFlip)
			b = disk.Flip(w.rng, b)
		}
		waited := c.rep.Pending()
		res, err := c.rep.Snapshot(b)
		c.checkLeft(waited, res, true)
		if damaged && (err != nil || res.Close) { // as it must be
			l.cut()
			return
		}
		if room := l.srv.room; damaged && c.rep.Head() == room.Head() && c.rep.Hash() != room.State().Hash() {
			w.fail("a damaged snapshot was taken in")
		}
		c.took(l, res, err)
	})
}

// write appends to the journal; a while later it is durable.
func (c *client) write(entry []byte, n uint64) {
	if len(entry) == 0 {
		return
	}
	c.unsynced = append(c.unsynced, entry)
	life, gave := c.life, c.gave
	c.gave = nil
	took := 1 + c.w.rng.Int64N(20)
	if c.w.befalls(c.w.w.stall) {
		c.w.fault(FaultStall)
		took = c.w.rng.Int64N(longestStall)
	}
	// Written in order, one transaction after the other.
	c.syncAt = max(c.syncAt, c.w.now+took)
	c.w.after(c.syncAt-c.w.now, func() {
		if c.life != life || len(c.unsynced) == 0 {
			return
		}
		c.disk = append(c.disk, c.unsynced[0])
		c.unsynced = c.unsynced[1:]
		for _, k := range gave {
			c.w.wit.givenUp[k] = true
		}
		c.rep.Persisted(n)
	})
}

// track notes what the server says about who wrote what, and which of the tab's
// own transactions are saved.
func (c *client) track(msg []byte) {
	rd := varint.NewReader(msg)
	for rd.Len() > 0 {
		f, err := wire.Next(rd)
		if err != nil {
			return
		}
		switch f := f.(type) {
		case *wire.Welcome:
			c.author = f.Author
			if f.URL != "" || f.From != c.rep.Head() {
				c.catching = true
				clear(c.writer)
				c.w.wit.lostWay(c.queue)
			}
			c.seen = f.From
		case *wire.Commit:
			c.trackCommit(f)
		case *wire.Nack:
			c.w.stats.Checks[CheckOnce]++
			if seq, ok := c.w.wit.acked[key{c.queue, f.CSN}]; ok {
				c.w.fail("csn %d was refused after it had been saved as %d", f.CSN, seq)
			}
		}
	}
}

// gap reports whether a message begins behind what the tab has.
func (c *client) gap(msg []byte) bool {
	f, err := wire.Next(varint.NewReader(msg))
	commit, ok := f.(*wire.Commit)
	return err == nil && ok && c.rep.Status().Phase == replica.Live && commit.FromSeq > c.rep.Head()+1
}

// expected reports whether a message brings nothing but the answer to the tab's
// oldest waiting edits, and nothing else is on its way: then what the person sees
// must not change, because the server and the tab merged alike.
func (c *client) expected(msg []byte) bool {
	if c.rep.Status().Phase != replica.Live {
		return false // the end of a join may bring an old refusal
	}
	rd := varint.NewReader(msg)
	f, err := wire.Next(rd)
	commit, ok := f.(*wire.Commit)
	if err != nil || !ok || rd.Len() > 0 || commit.FromSeq != c.rep.Head()+1 {
		return false
	}
	want := c.rep.Waiting()
	for i, t := range commit.Txns {
		if t.Author != c.author || i >= len(want) || want[i] != t.CSN {
			return false
		}
	}
	return true
}

func (c *client) trackCommit(f *wire.Commit) {
	if last := f.FromSeq + uint64(len(f.Txns)) - 1; last > c.w.store.Head(c.w.mapID) {
		c.w.fail("seq %d was told before it was on disk", last)
	}
	for i, t := range f.Txns {
		seq := f.FromSeq + uint64(i)
		own := t.Author == c.author && t.Author != 0
		if own {
			c.w.stats.Checks[CheckAcked]++
			a := key{c.queue, t.CSN}
			if was, ok := c.w.wit.acked[a]; ok && was != seq {
				c.w.fail("a transaction was committed twice, as %d and %d", was, seq)
			}
			c.w.wit.acked[a] = seq
		}
		if seq != c.seen+1 { // told again, or after a gap: the replica does not take it in
			continue
		}
		c.seen = seq
		for j := range t.Ops {
			if reg, ok := t.Ops[j].Register(); ok {
				c.writer[reg] = own
			}
		}
	}
}
