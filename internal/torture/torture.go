// Package torture kills the real server while clients type and checks that
// nothing it called saved is lost. It starts the server as a process of its own,
// ends it with SIGKILL at random moments, and compares every ack with the log on
// disk. It shares the log's reader with the server, nothing else.
package torture

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"plectica/internal/app"
	"plectica/internal/config"
	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/robot"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// Bounds of a run.
const (
	minRound   = 200 * time.Millisecond // from ready to the kill
	maxRound   = 1200 * time.Millisecond
	startLimit = 20 * time.Second
	restLimit  = 60 * time.Second
	cards      = 12 // that everyone types in
)

// Config says how hard.
type Config struct {
	Binary  string // the program to run
	Dir     string // an empty directory for its data
	Rounds  int
	Clients int
	Seed    uint64
	Out     io.Writer // progress
}

// Result is what a run found.
type Result struct {
	Rounds, Acked, Lost, Twice int
}

// run is the state of one torture.
type run struct {
	cfg    Config
	rng    *rand.Rand
	site   *site
	mapID  id.Map
	robots []*robot.Robot

	mu    sync.Mutex
	acks  map[store.OpID]uint64
	moved int // acks whose seq changed
}

// Run tortures. The error says what kept it from finishing; what it found so far
// is in the result.
func Run(ctx context.Context, c Config) (res Result, err error) {
	t := &run{cfg: c, rng: rand.New(rand.NewPCG(c.Seed, 1)), acks: make(map[store.OpID]uint64)}
	if t.site, err = newSite(ctx, c.Binary, c.Dir); err != nil {
		return res, err
	}
	defer t.site.kill()
	if t.mapID, err = t.site.setUp(ctx); err != nil {
		return res, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	typing, stop := context.WithCancel(ctx)
	defer stop()
	t.crew(ctx, typing)
	for res.Rounds < c.Rounds {
		time.Sleep(minRound + time.Duration(t.rng.Int64N(int64(maxRound-minRound))))
		t.site.kill()
		res.Rounds++
		if err := t.check(ctx, &res); err != nil {
			return res, err
		}
		if err := t.site.start(ctx); err != nil {
			return res, err
		}
		if c.Out != nil && res.Rounds%10 == 0 {
			_, _ = fmt.Fprintf(c.Out, "round %d: %d acked, %d lost\n", res.Rounds, res.Acked, res.Lost) // progress only
		}
	}
	stop()
	return res, t.rest(ctx, &res)
}

// crew starts the clients and their typing.
func (t *run) crew(ctx, typing context.Context) {
	for i := range t.cfg.Clients {
		r := robot.New(robot.Config{
			Account: t.site.account, Map: t.mapID,
			Dial:  func(ctx context.Context) (robot.Socket, error) { return t.site.server().Dial(ctx, t.mapID) },
			Fetch: func(ctx context.Context, url string) ([]byte, error) { return t.site.server().Fetch(ctx, url) },
			OnAck: t.acked,
		})
		t.robots = append(t.robots, r)
		go r.Run(ctx)
		go t.typist(typing, r, rand.New(rand.NewPCG(t.cfg.Seed, uint64(i)+2)))
	}
}

// acked notes what the server called saved.
func (t *run) acked(a robot.Ack) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := store.NewOpID(a.Client, a.CSN)
	if was, ok := t.acks[k]; ok && was != a.Seq {
		t.moved++
	}
	t.acks[k] = a.Seq
}

// maxWaiting is how many edits a client lets wait while the server is away.
const maxWaiting = 100

// typist does what a person does, faster.
func (t *run) typist(ctx context.Context, r *robot.Robot, rng *rand.Rand) {
	for ctx.Err() == nil {
		time.Sleep(time.Duration(5+rng.IntN(40)) * time.Millisecond)
		waiting := 0
		r.Replica(func(x *replica.Replica) { waiting = x.Status().Unsaved })
		if waiting > maxWaiting {
			continue
		}
		// A refusal is an answer: another client was faster.
		_ = r.Do(0, func(m *sysmap.Map) []sysmap.Op { return gesture(m, rng) })
	}
}

// gesture returns a random edit of a few shared cards.
func gesture(m *sysmap.Map, rng *rand.Rand) []sysmap.Op {
	k := id.Object{1, byte(rng.IntN(cards))}
	o := m.Get(k)
	place := sysmap.Place{Order: sysmap.Between("", "", rng.Uint64()), X: int32(rng.IntN(100_000)), Y: int32(rng.IntN(100_000))}
	switch {
	case o == nil:
		return []sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Card, ID: k, Place: place, Title: "card"}}
	case !o.Live():
		return []sysmap.Op{{Kind: sysmap.OpUndel, ID: k}}
	}
	switch rng.IntN(10) {
	case 0:
		if rng.IntN(8) == 0 {
			return []sysmap.Op{{Kind: sysmap.OpDel, ID: k}}
		}
		return []sysmap.Op{{Kind: sysmap.OpPlace, ID: k, Place: place}}
	case 1:
		return []sysmap.Op{{Kind: sysmap.OpSet, ID: k, Reg: sysmap.Reg{Field: sysmap.Colour, Value: sysmap.IntValue(rng.Int64N(16))}}}
	case 2:
		return []sysmap.Op{{Kind: sysmap.OpRelate, ID: robot.NewID[id.Object](), A: k, B: id.Object{1, byte(rng.IntN(cards))}}}
	}
	n := len([]rune(o.Body))
	op := sysmap.Op{Kind: sysmap.OpSplice, ID: k, Field: sysmap.Body, Pos: uint32(rng.IntN(n + 1)), Ins: "wörd "}
	if n > 2000 {
		op.Pos, op.Del = 0, uint32(n/2)
	}
	return []sysmap.Op{op}
}

// check compares the acks so far with the log on disk, while the server is dead.
func (t *run) check(ctx context.Context, res *Result) error {
	c := config.Default()
	c.Data = t.cfg.Dir
	at := make(map[store.OpID]uint64)
	twice := 0
	got, err := app.Verify(ctx, c, func(_ id.Map, row store.Row) {
		if _, ok := at[row.OpID]; ok {
			twice++
		}
		at[row.OpID] = row.Seq
	})
	if err != nil {
		return err
	}
	if len(got.Bad) > 0 {
		return fmt.Errorf("the log is damaged: %s", got.Bad[0])
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	res.Acked, res.Lost, res.Twice = len(t.acks), 0, twice+t.moved
	for k, seq := range t.acks {
		if at[k] != seq {
			res.Lost++
		}
	}
	return nil
}

// rest waits until all clients agree, and checks a last time.
func (t *run) rest(ctx context.Context, res *Result) error {
	deadline := time.Now().Add(restLimit)
	for !t.agreed() {
		if time.Now().After(deadline) {
			return fmt.Errorf("the clients do not come to rest")
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.site.kill()
	return t.check(ctx, res)
}

// agreed reports whether nothing waits anywhere and all have the same state.
func (t *run) agreed() bool {
	var hash sysmap.Hash
	var head uint64
	for i, r := range t.robots {
		if r.Err() != nil || !r.Settled() {
			return false
		}
		ok := true
		r.Replica(func(x *replica.Replica) {
			if i == 0 {
				hash, head = x.Hash(), x.Head()
			}
			ok = x.Head() == head && x.Hash() == hash
		})
		if !ok {
			return false
		}
	}
	return true
}
