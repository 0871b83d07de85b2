package sim

import (
	"plectica/internal/authz"
)

// weights are the faults and habits drawn for one seed: of 1000 chances.
type weights struct {
	cut, halfOpen, late, slow, lose, twice   int // of messages
	crash, stop, role, evict, clock, intrude int // of ticks of the world
	storeFault, stall, readFault, flip       int // of appends, of loads
	kill, freeze, second, away               int // of ticks of a tab
	text, tree, undo                         int // habits
	latency                                  int64
	burst                                    int
	jitter                                   uint64 // how many different digits order keys draw
	nested                                   bool   // everybody writes at one place
	fresh, delta, splices, dead, cards       int    // limits of the server
	crowded                                  int
	bus                                      bool
}

// draw takes a subset of the faults: half of the seeds leave each one out.
func (w *world) draw() weights {
	chance := func(max int) int {
		if w.rng.IntN(2) == 0 {
			return 0
		}
		return 1 + w.rng.IntN(max)
	}
	some := func(n int) int { // a limit that is felt, in some seeds
		if w.rng.IntN(3) > 0 {
			return 0
		}
		return 1 + w.rng.IntN(n)
	}
	out := weights{
		cut: chance(30), halfOpen: chance(10), late: chance(300), slow: chance(4), lose: chance(30), twice: chance(30),
		crash: chance(12), stop: chance(12), role: chance(12), evict: chance(300), clock: chance(12), intrude: chance(40),
		storeFault: chance(60), stall: chance(60), readFault: chance(200), flip: chance(200),
		kill: chance(10), freeze: chance(10), second: chance(10), away: chance(10),
		text: 1 + w.rng.IntN(100), tree: 1 + w.rng.IntN(100), undo: chance(40),
		latency: 1 + w.rng.Int64N(120), burst: 1 + w.rng.IntN(4), jitter: 1 << (4 * w.rng.IntN(16)),
		nested: w.rng.IntN(8) == 0,
		fresh:  1 + w.rng.IntN(200), delta: 1 << (8 + w.rng.IntN(12)),
		splices: some(200), dead: some(100), cards: some(200), crowded: 4 * some(6), bus: w.rng.IntN(4) == 0,
	}
	if !out.bus {
		out.lose, out.twice = 0, 0
	}
	return out
}

const mischiefEvery = 100 // ms

// mischief draws faults that belong to nobody's own doing.
func (w *world) mischief() {
	if w.calm {
		return
	}
	w.turn(theWorld)
	if w.befalls(w.w.crash) {
		w.server.crash()
	}
	w.turn(theWorld)
	if w.befalls(w.w.stop) {
		w.server.stop()
	}
	w.turn(theWorld)
	if w.befalls(w.w.evict) {
		w.server.evict()
	}
	w.turn(theWorld)
	if w.befalls(w.w.clock) {
		w.fault(FaultClock)
		w.server.skew += w.rng.Int64N(2*clockJump) - clockJump
	}
	w.turn(theWorld)
	if w.befalls(w.w.role) {
		w.fault(FaultRole)
		c := w.clients[w.rng.IntN(len(w.clients))]
		w.server.grant(c.account, rolesGiven[w.rng.IntN(len(rolesGiven))])
	}
	w.turn(theWorld)
	if w.befalls(w.w.intrude) {
		w.fault(FaultIntruder)
		w.intrude()
	}
	w.after(mischiefEvery, w.mischief)
}

// rolesGiven are the roles that come upon people.
var rolesGiven = [...]authz.Role{authz.None, authz.View, authz.Edit, authz.Own}

// clockJump is how far a clock may jump, in milliseconds.
const clockJump = 3_600_000

// settle ends the faults: everyone may edit again, everything runs.
func (w *world) settle() {
	w.calm = true
	w.turn(theServer)
	w.server.wake()
	for _, c := range w.clients {
		w.server.grant(c.account, authz.Edit)
		c.wake()
	}
}
