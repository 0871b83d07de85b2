// Package sim runs the sync code against faults: the real replicas, the real
// sequencer and its queue, a model store, a model browser storage, links that
// delay, cut and swallow, and a model of the bus between two nodes. One goroutine,
// one seed, virtual time: a run is a function of its seed. It never touches a
// clock, a disk or a socket.
package sim

import (
	"container/heap"
	"fmt"
	"math/rand/v2"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/sim/disk"
	"plectica/internal/sysmap"
)

// Bounds of one run. Times are virtual milliseconds.
const (
	minClients = 2
	maxClients = 6
	crowd      = 20     // clients of the few seeds that have many
	faultsEnd  = 12_000 // then everything works
	patience   = 180_000
	maxEvents  = 2_000_000
	repeatOne  = 64 // of so many seeds one is run twice, and each that had to choose an order
)

// GCPercent is what debug.SetGCPercent had better be for many runs: each is small
// and soon over, and with the usual 100 half the time goes into collecting it.
const GCPercent = 1000

// Decision is one thing that somebody, or chance, did in a run: whose, and the how
// manyeth of theirs. What a decision draws depends on nothing but the seed and
// itself, so that a run with some left out is much the same run.
type Decision struct{ Actor, N uint32 }

// Actors. Each client has two and each of its sockets one.
const (
	theWorld  = 1
	theServer = 2
	actorAct  = 100
	actorFate = 200
	actorLink = 10_000 // and so many sockets for each client
	linksEach = 10_000
)

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
	*h = old[:len(old)-1]
	return e
}

// world is one run.
type world struct {
	seed    uint64
	pcg     *rand.PCG
	rng     *rand.Rand
	turns   map[uint32]uint32
	current Decision
	keep    map[Decision]bool // nil: all
	taken   []Decision

	now    int64
	heap   events
	order  int
	w      weights
	calm   bool   // the faults are over
	told   uint64 // stands for all that servers said, in their order
	choice bool   // several were told something at once, each for itself
	failed error
	stats  Stats

	mapID   id.Map
	store   *disk.Store
	server  *server
	clients []*client
	roles   map[id.Account]authz.Role
	made    map[sysmap.Type][]id.Object
	wit     *witness
}

// Run runs one seed. The error names the first invariant that broke.
func Run(seed uint64) (Stats, error) {
	w := newWorld(seed)
	w.play()
	if w.failed == nil && (seed%repeatOne == 0 || w.choice) {
		w.stats.Checks[CheckRepeated]++
		again := newWorld(seed)
		if again.play(); again.digest() != w.digest() {
			w.fail("the same seed ran differently the second time")
		}
	}
	return w.stats, w.failed
}

// play runs it all.
func (w *world) play() {
	w.start()
	w.until(faultsEnd)
	w.settle()
	w.rest()
	if w.failed == nil {
		w.aloneCheck()
		w.rest()
	}
	if w.failed == nil {
		w.finalCheck()
	}
}

// rest runs until all is decided and everyone has caught up, or patience ends.
func (w *world) rest() {
	for end := w.now + patience; w.failed == nil && w.now < end && !w.atRest(); {
		w.until(w.now + 500)
	}
	w.stats.Checks[CheckDecided]++
	if w.failed == nil && !w.atRest() {
		w.fail("pending edits were not decided in time: %s", w.describe())
	}
}

func newWorld(seed uint64) *world {
	pcg := rand.NewPCG(0, 0)
	w := &world{
		seed: seed, pcg: pcg, rng: rand.New(pcg), turns: make(map[uint32]uint32),
		roles: make(map[id.Account]authz.Role),
		made:  make(map[sysmap.Type][]id.Object),
		store: disk.New(), wit: newWitness(),
	}
	w.turn(theWorld)
	w.mapID = id.Map(w.id())
	w.w = w.draw()
	w.server = &server{w: w}
	n := minClients + w.rng.IntN(maxClients-minClients+1)
	if w.rng.IntN(50) == 0 {
		n, w.w.burst = crowd, 1
	}
	for i := range n {
		w.turn(theWorld)
		w.clients = append(w.clients, newClient(w, i))
	}
	return w
}

// turn begins the next decision of an actor.
func (w *world) turn(actor uint32) {
	n := w.turns[actor]
	w.turns[actor] = n + 1
	w.current = Decision{actor, n}
	w.pcg.Seed(w.seed, mix(uint64(actor)<<32|uint64(n)))
}

// mix spreads the bits of x (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// takes reports whether the current decision is carried out, and notes it.
func (w *world) takes() bool {
	if w.keep != nil && !w.keep[w.current] {
		return false
	}
	w.taken = append(w.taken, w.current)
	return true
}

// befalls reports true n times of 1000, while faults last.
func (w *world) befalls(n int) bool {
	return !w.calm && n > 0 && w.rng.IntN(1000) < n && w.takes()
}

// fault counts one.
func (w *world) fault(f Fault) { w.stats.Faults[f]++ }

func (w *world) id() (v [16]byte) {
	for i := 0; i < 16; i += 8 {
		x := w.rng.Uint64()
		for j := range 8 {
			v[i+j] = byte(x >> (8 * j))
		}
	}
	return v
}

// after runs f when d milliseconds have passed.
func (w *world) after(d int64, f func()) {
	w.order++
	heap.Push(&w.heap, event{w.now + max(d, 0), w.order, f})
}

func (w *world) start() {
	w.server.load()
	for _, c := range w.clients {
		w.turn(theWorld)
		w.after(w.rng.Int64N(500), c.open)
	}
	w.after(100, w.mischief)
}

func (w *world) until(t int64) {
	for w.failed == nil && len(w.heap) > 0 && w.heap[0].at <= t {
		if w.stats.Events++; w.stats.Events > maxEvents {
			w.fail("the run does not come to an end")
			return
		}
		e := heap.Pop(&w.heap).(event)
		w.now = e.at
		e.run()
	}
	w.now = max(w.now, t)
}

func (w *world) fail(format string, args ...any) {
	if w.failed == nil {
		w.failed = fmt.Errorf("at %d ms: "+format, append([]any{w.now}, args...)...)
	}
}

// digest stands for all that a run did.
func (w *world) digest() string {
	return fmt.Sprintf("%d %d %+v %x %x", w.now, w.order, w.stats.Faults, w.store.Hash(w.mapID), w.told)
}
