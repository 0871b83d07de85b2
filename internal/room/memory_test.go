package room

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/authz"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/peer"
	"plectica/internal/robot"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// live returns the bytes in use, after a collection.
func live() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools held goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// oneLog shows every map the same log and forgets what is appended, so that a test
// of many maps measures the rooms and not the store.
type oneLog struct {
	rows []store.Row
	hash [16]byte
}

func newOneLog(t *testing.T, n int) *oneLog {
	t.Helper()
	l, m := &oneLog{}, sysmap.New()
	for i := range n {
		op := card(0, "a card with a title")[0]
		op.ID = id.Object{1, byte(i), byte(i >> 8)}
		if err := m.Apply([]sysmap.Op{op}, sysmap.Stamp{}); err != nil {
			t.Fatal(err)
		}
		l.rows = append(l.rows, store.Row{Seq: uint64(i) + 1, OpID: store.NewOpID(id.Client{7}, uint64(i)+1), Data: seq.EncodeRow([]sysmap.Op{op})})
	}
	l.hash = m.Hash().Bytes()
	return l
}

func (l *oneLog) Acquire(context.Context, id.Map, string) (store.Room, error) {
	return store.Room{Epoch: 1, Head: uint64(len(l.rows)), Hash: l.hash}, nil
}

func (l *oneLog) Append(_ context.Context, b []store.Batch) []error { return make([]error, len(b)) }

func (l *oneLog) Read(_ context.Context, _ id.Map, after uint64, limit int) ([]store.Row, error) {
	rows := l.rows[after:]
	return rows[:min(limit, len(rows))], nil
}

// visit opens a map, fetches its snapshot, edits, points, and leaves.
func visit(t *testing.T, rs *Rooms, m id.Map) {
	t.Helper()
	s, c := robot.Pipe()
	g := Guest{Account: id.Account{m[0]}, Role: authz.Edit, Recheck: func(context.Context) (authz.Role, error) { return authz.Edit, nil }}
	go func() { _ = rs.Serve(m, g, peer.New(peer.Config{Conn: c})) }() // ends with the socket
	send(t, s, &wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: m, Client: id.Client{1}, NextCSN: 1})
	b, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	f, err := wire.Next(varint.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	w := f.(*wire.Welcome)
	if _, ok := rs.Snapshot(m, snapshotName(w.URL)); !ok {
		t.Fatalf("no snapshot at %q", w.URL)
	}
	send(t, s, &wire.Push{CSN: 1, BaseSeq: w.Head, Ops: card(9, "mine")})
	send(t, s, &wire.Presence{HasCursor: true})
	if n := acks(half(s)); n != 1 {
		t.Fatalf("%d transactions came back, want 1", n)
	}
}

// half is a socket that closes after its first answer.
func half(s robot.Socket) robot.Socket { return &closing{Socket: s} }

type closing struct {
	robot.Socket
	read bool
}

func (c *closing) Read() ([]byte, error) {
	if c.read {
		c.Close()
	}
	c.read = true
	return c.Socket.Read()
}

// TestManyMapsLeaveNothing: after thousands of maps were opened, edited and left,
// the memory in use is within a tenth of what it was.
func TestManyMapsLeaveNothing(t *testing.T) {
	maps := 2000
	if testing.Short() {
		maps = 400
	}
	if n, err := strconv.Atoi(os.Getenv("PLECTICA_TEST_MAPS")); err == nil {
		maps = n
	}
	const warm, wave = 200, 50
	log := newOneLog(t, seq.MaxFresh+1)
	synctest.Test(t, func(t *testing.T) {
		rs := New(Config{
			Store: log, Node: "test", Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Append: func(ctx context.Context, b store.Batch) error { return log.Append(ctx, []store.Batch{b})[0] },
		})
		var start, goroutines uint64
		most := 0
		for n := range warm + maps {
			visit(t, rs, id.Map{byte(n), byte(n >> 8), byte(n >> 16)})
			most = max(most, rs.Open())
			if (n+1)%wave == 0 {
				time.Sleep(3 * time.Minute) // idle ones are closed
			}
			if n+1 == warm {
				start, goroutines = live(), uint64(runtime.NumGoroutine())
			}
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		end := live()
		t.Logf("%d maps, %d open at once: %d KiB in use before, %d KiB after", maps, most, start>>10, end>>10)
		if end > start+start/10 {
			t.Errorf("%d KiB in use after %d maps, %d KiB before", end>>10, maps, start>>10)
		}
		if n := uint64(runtime.NumGoroutine()); n > goroutines || rs.Open() != 0 {
			t.Errorf("%d goroutines, before %d; %d maps open", n, goroutines, rs.Open())
		}
		if err := rs.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// churn is a log without end: a long text is typed into a card and deleted again, n
// times. It notes the largest page that was read, and what was in use meanwhile.
type churn struct {
	oneLog
	n          int
	put, out   []byte // rows
	page, most uint64 // bytes
	reads      int
}

const churnText = 30_000 // bytes

func newChurn(t *testing.T, n int) *churn {
	edit := sysmap.Op{Kind: sysmap.OpSplice, ID: id.Object{1, 0}, Field: sysmap.Body}
	ins, del := edit, edit
	ins.Ins, del.Del = strings.Repeat("x", churnText), churnText
	return &churn{oneLog: *newOneLog(t, 1), n: n, put: seq.EncodeRow([]sysmap.Op{ins}), out: seq.EncodeRow([]sysmap.Op{del})}
}

func (c *churn) Read(ctx context.Context, m id.Map, after uint64, limit int) ([]store.Row, error) {
	if after == 0 {
		return c.oneLog.Read(ctx, m, 0, limit)
	}
	var rows []store.Row
	page := uint64(0)
	for at := after + 1; len(rows) < limit && at <= uint64(c.n); at++ {
		row := store.Row{Seq: at, OpID: store.NewOpID(id.Client{8}, at), Data: c.put}
		if at%2 == 1 {
			row.Data = c.out
		}
		rows = append(rows, row)
		page += uint64(len(row.Data))
	}
	c.page = max(c.page, page)
	if c.reads++; c.reads%8 == 0 { // collecting takes time
		c.most = max(c.most, live())
	}
	return rows, nil
}

// TestLoadMemoryBounded: opening a map takes memory for what is in it and for what a
// room keeps, not for how long its history is; and never more than a page of the log
// at once.
func TestLoadMemoryBounded(t *testing.T) {
	const most, page = 48 << 20, 32 << 20 // bytes
	if history.Page*seq.MaxTxnBytes > page {
		t.Errorf("a page of the log may have %d bytes, want at most %d", history.Page*seq.MaxTxnBytes, page)
	}
	before := live()
	var took []uint64
	for _, n := range []int{2001, 8001} {
		log := newChurn(t, n)
		s := seq.New(seq.Config{}, 1)
		if err := history.Fold(t.Context(), log, id.Map{1}, 0, uint64(n), s.Load); err != nil {
			t.Fatal(err)
		}
		log.most = max(log.most, live())
		runtime.KeepAlive(s)
		t.Logf("%d rows, %d MiB of log: %d KiB in use at most, pages of %d KiB", n, n/2*churnText>>20, (log.most-before)>>10, log.page>>10)
		if log.most-before > most || log.page > page {
			t.Errorf("%d rows: %d KiB in use, pages of %d KiB", n, (log.most-before)>>10, log.page>>10)
		}
		took = append(took, log.most-before)
	}
	if took[1] > took[0]+took[0]/4 {
		t.Errorf("a history four times as long took %d KiB instead of %d", took[1]>>10, took[0]>>10)
	}
}

// snapshotName returns what a snapshot is called in its address.
func snapshotName(url string) string {
	_, name, _ := strings.Cut(url, "/snapshot/")
	return name
}

// TestStateThatComesBackHasItsOwnSnapshot: two snapshots of one state at two points
// of the log are two, or who was told of the second would get the first, refuse it
// and come back for the same again.
func TestStateThatComesBackHasItsOwnSnapshot(t *testing.T) {
	r := &room{id: id.Map{1}, snaps: &shelf{}}
	s := seq.New(seq.Config{Map: r.id}, 1)
	load := func(ops []sysmap.Op) {
		n := s.Head() + 1
		row := store.Row{Seq: n, OpID: store.NewOpID(id.Client{7}, n), Data: seq.EncodeRow(ops)}
		if err := s.Load(row); err != nil {
			t.Fatal(err)
		}
	}
	op := card(0, "a card")[0]
	op.ID = id.Object{1}
	load([]sysmap.Op{op})
	colour := func(n int64) []sysmap.Op {
		return []sysmap.Op{{Kind: sysmap.OpSet, ID: op.ID, Reg: sysmap.Reg{Field: sysmap.Colour, Value: sysmap.IntValue(n)}}}
	}
	load(colour(1))
	at, first := r.snapshot(s)
	state := s.State().Hash()
	for range snapshotAge {
		load(colour(2))
		load(colour(1))
	}
	later, second := r.snapshot(s)
	if at == later || s.State().Hash() != state {
		t.Fatalf("snapshots at %d and %d of states %v and %v: nothing is tested", at, later, state, s.State().Hash())
	}
	for n, url := range map[uint64]string{at: first, later: second} {
		kept := r.snaps.find(snapshotName(url))
		if kept == nil || kept.seq != n {
			t.Errorf("%s is not the snapshot at %d", url, n)
		}
	}
}
