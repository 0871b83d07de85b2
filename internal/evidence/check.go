package evidence

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// maxBad is how many sentences a report holds.
const maxBad = 50

// Report is what a check found. All but Rows, Acked and Refused should be nothing.
type Report struct {
	Rows    int      // in the logs
	Acked   int      // transactions that clients were told are saved
	Refused int      // transactions that clients were told are not
	Lost    int      // acked, and not in the log under the number that was said
	Twice   int      // applied more than once
	Bad     []string // a sentence for each finding
}

// op names a client's transaction.
type op struct {
	client ID
	csn    uint64
}

// Checker compares tapes with the log in one database.
type Checker struct {
	file    string
	tapes   []*Tape
	views   map[*Tape]*view
	maps    map[ID]*ledger
	acks    map[op]place
	lost    map[op]bool
	refused map[op]ID // in which map
	report  Report
}

// place is a row of a map.
type place struct {
	in  ID
	seq uint64
}

// view is how far a tape has been looked at.
type view struct {
	conn     int
	welcomed bool
	welcome
	next uint64 // the seq that has to come
}

// ledger is one map's log as far as it was read, and what is known of its rows.
type ledger struct {
	id    ID
	epoch uint64
	rows  []row
	seen  []int64  // when anybody first saw the row; 0: nobody
	under []uint64 // the epoch it was shown under as news; 0: unknown
	at    map[op]uint64
	last  map[ID]uint64 // client: its highest csn
	words map[string]bool
	opens []opening
}

// opening is a welcome somebody got.
type opening struct {
	client ID
	welcome
	call, end int64
}

// New returns a checker of the database in a file and of what these tapes hold.
func New(file string, tapes []*Tape) *Checker {
	c := &Checker{
		file: file, tapes: tapes, views: make(map[*Tape]*view), maps: make(map[ID]*ledger),
		acks: make(map[op]place), lost: make(map[op]bool), refused: make(map[op]ID),
	}
	for _, t := range tapes {
		c.views[t] = &view{}
		c.ledger(t.Map)
	}
	return c
}

func (c *Checker) ledger(m ID) *ledger {
	l := c.maps[m]
	if l == nil {
		l = &ledger{id: m, at: make(map[op]uint64), last: make(map[ID]uint64), words: make(map[string]bool)}
		c.maps[m] = l
	}
	return l
}

// Report returns what was found so far.
func (c *Checker) Report() Report {
	r := c.report
	r.Acked, r.Refused, r.Lost, r.Rows = len(c.acks), len(c.refused), len(c.lost), 0
	for _, l := range c.maps {
		r.Rows += len(l.rows)
	}
	return r
}

func (c *Checker) bad(format string, args ...any) {
	if len(c.report.Bad) < maxBad {
		c.report.Bad = append(c.report.Bad, fmt.Sprintf(format, args...))
	}
}

// Check looks at what is new on the tapes and in the log. The server may run. An
// error says that it could not look.
func (c *Checker) Check(ctx context.Context) error {
	// The tapes first: what was shown by then has to be in the log by now.
	news := make([][]message, len(c.tapes))
	for i, t := range c.tapes {
		var err error
		if news[i], err = t.take(); err != nil {
			return err
		}
	}
	if err := c.read(ctx); err != nil {
		return err
	}
	for i, t := range c.tapes {
		for _, m := range news[i] {
			c.message(t, m)
		}
	}
	for k, m := range c.refused {
		if seq, ok := c.maps[m].at[k]; ok {
			c.bad("map %x: row %d was refused", m, seq)
		}
	}
	return nil
}

// read takes in the rows that are new.
func (c *Checker) read(ctx context.Context) (err error) {
	d, err := look(ctx, c.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	rooms, err := d.rooms(ctx)
	if err != nil {
		return err
	}
	for m, rec := range rooms {
		l := c.ledger(m)
		if rec.epoch < l.epoch {
			c.bad("map %x: the epoch fell from %d to %d", m, l.epoch, rec.epoch)
		}
		l.epoch = rec.epoch
		err := d.rows(ctx, m, uint64(len(l.rows)), func(seq uint64, r row) { c.row(l, seq, r) })
		if err != nil {
			return err
		}
		if uint64(len(l.rows)) != rec.head {
			c.bad("map %x: %d rows, but its head is %d", m, len(l.rows), rec.head)
		}
	}
	return nil
}

// row takes in one row.
func (c *Checker) row(l *ledger, seq uint64, r row) {
	if seq != uint64(len(l.rows))+1 {
		c.bad("map %x: row %d comes after row %d", l.id, seq, len(l.rows))
		return
	}
	k := op{r.client, r.csn}
	if first, ok := l.at[k]; ok {
		c.report.Twice++
		c.bad("map %x: rows %d and %d are the same transaction", l.id, first, seq)
	}
	if r.csn <= l.last[r.client] {
		c.bad("map %x: row %d goes back in its client's numbers", l.id, seq)
	}
	for _, w := range words(r.data) {
		if l.words[w] {
			c.report.Twice++
			c.bad("map %x: what row %d puts in was put in before", l.id, seq)
		}
		l.words[w] = true
	}
	l.at[k], l.last[r.client] = seq, r.csn
	l.rows, l.seen, l.under = append(l.rows, r), append(l.seen, 0), append(l.under, 0)
}

// message looks at what one client got.
func (c *Checker) message(t *Tape, m message) {
	v := c.views[t]
	if v.conn != m.conn {
		*v = view{conn: m.conn}
	}
	r := &reader{b: m.bytes}
	for len(r.b) > 0 && !r.bad {
		switch r.byte() {
		case kindWelcome:
			v.welcome, v.welcomed = r.welcome(), true
			v.next = v.from + 1
			l := c.ledger(t.Map)
			l.opens = append(l.opens, opening{t.Client, v.welcome, m.hello, m.at})
		case kindCommit:
			if !c.commit(t, v, r, m.at) {
				return // the rest cannot be read without the log's help
			}
		case kindNack:
			c.refused[op{t.Client, r.nack()}] = t.Map
		default:
			return // presence and the like come alone
		}
	}
	if r.bad {
		c.bad("map %x: a frame ends too early", t.Map)
	}
}

// commit compares one frame with the log.
func (c *Checker) commit(t *Tape, v *view, r *reader, at int64) bool {
	l := c.ledger(t.Map)
	from, n := r.uint(), r.uint()
	if !v.welcomed || from != v.next {
		c.bad("map %x: a client was shown row %d where %d was due", l.id, from, v.next)
	}
	for seq := from; seq < from+n; seq++ {
		s := r.shown()
		if r.bad {
			c.bad("map %x: a frame ends too early", l.id)
			return false
		}
		if s.author != 0 && s.author == v.author {
			c.ack(l, op{t.Client, s.csn}, seq)
		}
		if seq == 0 || seq > uint64(len(l.rows)) {
			c.bad("map %x: row %d was shown and is not in the log", l.id, seq)
			return false
		}
		w := l.rows[seq-1]
		if w.actor != s.actor || w.csn != s.csn || w.at != s.at || !r.cut(w.data) {
			c.bad("map %x: row %d was shown otherwise", l.id, seq)
			return false
		}
		c.saw(l, v, seq, at)
		v.next = seq + 1
	}
	return true
}

// saw notes when a row was first seen, and under which epoch it was news.
func (c *Checker) saw(l *ledger, v *view, seq uint64, at int64) {
	if i := seq - 1; l.seen[i] == 0 || at < l.seen[i] {
		l.seen[i] = at
	}
	if seq <= v.head {
		return // it was there before the connection
	}
	if e := l.under[seq-1]; e != 0 && e != v.epoch {
		c.bad("map %x: row %d was news under epochs %d and %d", l.id, seq, e, v.epoch)
	}
	l.under[seq-1] = v.epoch
}

// ack notes that a client was told that a transaction is saved.
func (c *Checker) ack(l *ledger, k op, seq uint64) {
	now := place{l.id, seq}
	if was, again := c.acks[k]; again && was != now {
		c.report.Twice++
		c.bad("map %x: rows %d and %d were called the same transaction", l.id, was.seq, seq)
	}
	c.acks[k] = now
	c.find(k, now)
}

// find looks for what was called saved.
func (c *Checker) find(k op, at place) {
	if c.maps[at.in].at[k] == at.seq || c.lost[k] {
		return
	}
	c.lost[k] = true
	c.bad("map %x: row %d was called saved and is not in the log", at.in, at.seq)
}

// Final looks at everything once more, at the end of a history.
func (c *Checker) Final(ctx context.Context) error {
	if err := c.Check(ctx); err != nil {
		return err
	}
	if err := c.reread(ctx); err != nil {
		return err
	}
	for _, l := range c.maps {
		c.welcomes(l)
		if err := c.order(l); err != nil {
			return err
		}
	}
	return nil
}

// reread compares the whole log with what was read of it bit by bit: what is
// written stays.
func (c *Checker) reread(ctx context.Context) error {
	again := New(c.file, nil)
	if err := again.read(ctx); err != nil {
		return err
	}
	c.report.Bad = append(c.report.Bad, again.report.Bad...)
	for k, at := range c.acks {
		if again.ledger(at.in).at[k] != at.seq && !c.lost[k] {
			c.lost[k] = true
			c.bad("map %x: row %d was called saved and has gone from the log", at.in, at.seq)
		}
	}
	for m, l := range c.maps {
		got := again.ledger(m).rows
		if len(got) < len(l.rows) {
			c.bad("map %x: %d rows became %d", m, len(l.rows), len(got))
		}
		for i := range min(len(got), len(l.rows)) {
			a, b := got[i], l.rows[i]
			if a.client != b.client || a.csn != b.csn || a.actor != b.actor || a.at != b.at || string(a.data) != string(b.data) {
				c.bad("map %x: row %d has changed", m, i+1)
			}
		}
	}
	d, err := look(ctx, c.file)
	if err != nil {
		return err
	}
	n, err := d.strays(ctx)
	if n > 0 {
		c.bad("%d rows belong to no map", n)
	}
	return errors.Join(err, d.close())
}

// welcomes checks that what a welcome called decided was decided by then, and
// nothing more.
func (c *Checker) welcomes(l *ledger) {
	own := make(map[ID][]uint64) // the seqs of a client's rows
	for i := range l.rows {
		own[l.rows[i].client] = append(own[l.rows[i].client], uint64(i)+1)
	}
	for _, o := range l.opens {
		if o.epoch > l.epoch {
			c.bad("map %x: a welcome under epoch %d, the record's is %d", l.id, o.epoch, l.epoch)
		}
		seqs := own[o.client]
		i, _ := slices.BinarySearch(seqs, o.head+1)
		if i > 0 && l.rows[seqs[i-1]-1].csn > o.last {
			c.bad("map %x: a welcome at %d did not know row %d", l.id, o.head, seqs[i-1])
		}
		if i < len(seqs) && l.rows[seqs[i]-1].csn <= o.last {
			c.bad("map %x: row %d was decided after a welcome had called it final", l.id, seqs[i])
		}
	}
}
