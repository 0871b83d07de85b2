package sim

import (
	"fmt"
	"strings"
)

// Fault is a kind of thing that goes wrong.
type Fault int

// The faults of SPEC's list, as far as one process and a model of two can have
// them.
const (
	FaultCut       Fault = iota // a socket broken in the middle of what it carried
	FaultHalfOpen               // a socket that carries nothing any more and tells nobody
	FaultLateClose              // a server that hears of a broken socket much later
	FaultSecond                 // a second socket of one tab, beside the first
	FaultSlow                   // a reader so slow that it is cut
	FaultLost                   // a message lost between two nodes
	FaultDoubled                // a message that came twice between two nodes
	FaultCrash                  // the server's process killed
	FaultThaw                   // the server's process frozen and thawed
	FaultTwoOwners              // frozen, replaced, and thawed again
	FaultLostWrite              // an append that failed, its rows gone
	FaultDoubt                  // an append that failed, its rows on disk
	FaultStall                  // a disk that took long, a server's or a tab's
	FaultRead                   // a log that could not be read
	FaultFlip                   // a bit flipped in the log or a snapshot
	FaultTorn                   // a log whose last writes are there in part
	FaultEvict                  // a map closed while nobody had it open
	FaultKill                   // a tab killed with what it had not stored
	FaultFreeze                 // a tab frozen for a while
	FaultAway                   // a cable pulled
	FaultClock                  // a clock that jumped
	FaultRole                   // rights given or taken
	FaultIntruder               // somebody speaks what they must not
	faults
)

var faultNames = [faults]string{
	"cut", "half-open", "late-close", "second-socket", "slow-reader", "lost-message", "doubled-message",
	"crash", "freeze-server", "two-owners", "lost-write", "doubtful-write", "stalled-disk", "read-error", "bit-flip", "torn-write", "evict",
	"kill-tab", "freeze-tab", "cable", "clock", "role", "intruder",
}

// Check is an invariant of SPEC.
type Check int

// The invariants, by their letters.
const (
	CheckAcked    Check = iota // a: what was said to be saved is in the log
	CheckOnce                  // b: nothing twice, seqs dense, epochs rise, refused stays refused
	CheckWhole                 // b: what was typed is in the log as it was typed, or not at all
	CheckEqual                 // c: at rest all clients, the server and the oracle are equal
	CheckTree                  // d: the model's own rules
	CheckRights                // e: nothing is taken from or told to who may not
	CheckView                  // f: V = C + P, and what was shown is what was saved
	CheckBounded               // f: lists stay within their bounds
	CheckUndo                  // g: undo leaves others' work alone, and is the identity alone
	CheckDecided               // h: everything pending is decided
	CheckRepeated              // a run is a function of its seed
	checks
)

var checkNames = [checks]string{
	"acked", "once", "whole", "equal", "tree", "rights", "view", "bounded", "undo", "decided", "repeated",
}

// Stats counts what a run did, so that one that tested little is seen.
type Stats struct {
	Events, Txns, Committed, Refused, Undos, Joins, Snapshots int
	Faults                                                    [faults]int
	Checks                                                    [checks]int
}

// Add sums up.
func (s *Stats) Add(o Stats) {
	s.Events += o.Events
	s.Txns += o.Txns
	s.Committed += o.Committed
	s.Refused += o.Refused
	s.Undos += o.Undos
	s.Joins += o.Joins
	s.Snapshots += o.Snapshots
	for i, n := range o.Faults {
		s.Faults[i] += n
	}
	for i, n := range o.Checks {
		s.Checks[i] += n
	}
}

// AllFaults returns how many faults there were.
func (s *Stats) AllFaults() int {
	n := 0
	for _, k := range s.Faults {
		n += k
	}
	return n
}

// String is a few lines for a person.
func (s *Stats) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "events %d, transactions %d, committed %d, refused %d, undos %d, joins %d, snapshots %d\n",
		s.Events, s.Txns, s.Committed, s.Refused, s.Undos, s.Joins, s.Snapshots)
	fmt.Fprintf(&b, "faults %d:", s.AllFaults())
	for i, n := range s.Faults {
		fmt.Fprintf(&b, " %s %d", faultNames[i], n)
	}
	b.WriteString("\nchecked:")
	for i, n := range s.Checks {
		fmt.Fprintf(&b, " %s %d", checkNames[i], n)
	}
	return b.String()
}
