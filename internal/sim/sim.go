// Package sim runs the sync code against faults: the real replicas, the real
// sequencer and its queue, a model store, a model browser storage, and links that
// delay, cut and swallow. One goroutine, one seed, virtual time: a run is a
// function of its seed. It never touches a clock, a disk or a socket.
package sim

import (
	"container/heap"
	"fmt"
	"math/rand/v2"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Bounds of one run. Times are virtual milliseconds.
const (
	minClients = 2
	maxClients = 6
	faultsEnd  = 20_000
	patience   = 120_000 // after the faults end, until all is at rest
	maxEvents  = 2_000_000
)

// Stats counts what a run did, so that one that tested little is seen.
type Stats struct {
	Txns, Refused, Crashes, Cuts, Reloads, Roles, StoreFaults, Undos, Snapshots int
}

// Add sums up.
func (s *Stats) Add(o Stats) {
	s.Txns += o.Txns
	s.Refused += o.Refused
	s.Crashes += o.Crashes
	s.Cuts += o.Cuts
	s.Reloads += o.Reloads
	s.Roles += o.Roles
	s.StoreFaults += o.StoreFaults
	s.Undos += o.Undos
	s.Snapshots += o.Snapshots
}

// weights are the faults and habits drawn for one seed: of 1000 chances.
type weights struct {
	cut, halfOpen, crash, storeFault, kill, freeze, role, dup int
	text, tree, undo, offline                                 int
	latency                                                   int64
	burst                                                     int
	fresh                                                     int // head up to which newcomers get the log
	delta                                                     int // bytes of log above which joiners get a snapshot
}

type event struct {
	at  int64
	seq int
	run func()
}

type events []event

func (h events) Len() int { return len(h) }
func (h events) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].seq < h[j].seq
}
func (h events) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *events) Push(x any)   { *h = append(*h, x.(event)) }
func (h *events) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*h = old[:len(old)-1]
	return e
}

type world struct {
	rng     *rand.Rand
	now     int64
	heap    events
	order   int
	w       weights
	calm    bool // no more faults, no more edits
	store   *Store
	server  *server
	clients []*client
	mapID   id.Map
	roles   map[id.Account]authz.Role
	acked   map[ack]uint64
	made    map[sysmap.Type][]id.Object
	stats   Stats
	failed  error
}

// ack is what a client was told is saved.
type ack struct {
	client id.Client
	csn    uint64
}

// Run runs one seed. The error names the first invariant that broke.
func Run(seed uint64) (Stats, error) {
	w := newWorld(seed)
	w.start()
	w.until(faultsEnd)
	w.settle()
	for w.failed == nil && w.now < faultsEnd+patience && !w.atRest() {
		w.until(w.now + 500)
	}
	if w.failed == nil {
		w.finalCheck()
	}
	return w.stats, w.failed
}

func newWorld(seed uint64) *world {
	w := &world{
		rng:   rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)),
		roles: make(map[id.Account]authz.Role),
		acked: make(map[ack]uint64),
		made:  make(map[sysmap.Type][]id.Object),
		store: NewStore(),
	}
	w.mapID = id.Map(w.id())
	chance := func(max int) int { // half of the seeds leave a fault out
		if w.rng.IntN(2) == 0 {
			return 0
		}
		return w.rng.IntN(max + 1)
	}
	w.w = weights{
		cut: chance(30), halfOpen: chance(10), crash: chance(8), storeFault: chance(60), kill: chance(10),
		freeze: chance(10), role: chance(10), dup: chance(10),
		text: 1 + w.rng.IntN(100), tree: 1 + w.rng.IntN(100), undo: chance(40), offline: chance(10),
		latency: 1 + w.rng.Int64N(120), burst: 1 + w.rng.IntN(4), fresh: 1 + w.rng.IntN(200), delta: 1 << (8 + w.rng.IntN(12)),
	}
	w.server = &server{w: w}
	for i := range minClients + w.rng.IntN(maxClients-minClients+1) {
		w.clients = append(w.clients, newClient(w, i))
	}
	return w
}

func (w *world) id() (v [16]byte) {
	for i := 0; i < 16; i += 8 {
		x := w.rng.Uint64()
		for j := range 8 {
			v[i+j] = byte(x >> (8 * j))
		}
	}
	return v
}

// chance reports true n times of 1000, while faults last.
func (w *world) chance(n int) bool { return !w.calm && n > 0 && w.rng.IntN(1000) < n }

// after runs f when d milliseconds have passed.
func (w *world) after(d int64, f func()) {
	w.order++
	heap.Push(&w.heap, event{w.now + max(d, 0), w.order, f})
}

func (w *world) start() {
	w.server.boot()
	for _, c := range w.clients {
		w.after(w.rng.Int64N(500), c.open)
	}
	w.after(100, w.mischief)
}

func (w *world) until(t int64) {
	for n := 0; w.failed == nil && len(w.heap) > 0 && w.heap[0].at <= t; n++ {
		if n > maxEvents {
			w.fail("the run does not come to an end")
			return
		}
		e := heap.Pop(&w.heap).(event)
		w.now = e.at
		e.run()
	}
	w.now = max(w.now, t)
}

// mischief draws faults that belong to nobody's own doing.
func (w *world) mischief() {
	if w.calm {
		return
	}
	if w.chance(w.w.crash) {
		w.stats.Crashes++
		w.server.crash()
	}
	if w.chance(w.w.role) {
		w.stats.Roles++
		c := w.clients[w.rng.IntN(len(w.clients))]
		w.server.grant(c.account, authz.Role(w.rng.IntN(int(authz.Own)+1)))
	}
	w.after(100, w.mischief)
}

// settle ends the faults: everyone may edit again, everything runs.
func (w *world) settle() {
	w.calm = true
	for _, c := range w.clients {
		w.server.grant(c.account, authz.Edit)
		c.wake()
	}
	if !w.server.up {
		w.server.boot()
	}
}

func (w *world) fail(format string, args ...any) {
	if w.failed == nil {
		w.failed = fmt.Errorf("at %d ms: "+format, append([]any{w.now}, args...)...)
	}
}
