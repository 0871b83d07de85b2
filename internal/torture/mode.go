package torture

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"plectica/internal/fault"
)

// Mode is a kind of fault.
type Mode string

// The modes.
const (
	Kill   Mode = "kill"   // SIGKILL, and a new start
	Freeze Mode = "freeze" // SIGSTOP and SIGCONT; a second server is refused meanwhile
	Full   Mode = "full"   // no space left on the disk
	Fsync  Mode = "fsync"  // appends that fail before or after the write, or late
	Cut    Mode = "cut"    // connections cut, held up, half open, late
	Clock  Mode = "clock"  // the clock steps
)

// AllModes returns every mode in the order of documentation.
func AllModes() []Mode { return []Mode{Kill, Freeze, Full, Fsync, Cut, Clock} }

// ParseModes reads a list with commas; an empty one means all.
func ParseModes(list string) ([]Mode, error) {
	if list == "" {
		return AllModes(), nil
	}
	var out []Mode
	for name := range strings.SplitSeq(list, ",") {
		m := Mode(strings.TrimSpace(name))
		if !slices.Contains(AllModes(), m) {
			return nil, fault.New(fault.Invalid, fmt.Sprintf("there is no mode %q; the modes are %v", name, AllModes()))
		}
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out, nil
}

// Tally is what happened in the rounds of one mode. A round of several modes
// counts for each.
type Tally struct {
	Rounds int `json:"rounds"`
	Faults int `json:"faults"` // that took effect
	Acked  int `json:"acked"`
}

// stage is what a leg is played on.
type stage struct {
	faulty bool // the program that can be broken inside; else the one that is shipped
	small  bool // a disk that can be filled
	modes  []Mode
}

// stages returns the stages that have something to play, in turn: the shipped
// program first.
func stages(modes []Mode, faulty, small bool) []stage {
	var out []stage
	for _, s := range []stage{{faulty: false, small: small}, {faulty: faulty, small: small}, {faulty: faulty}} {
		for _, m := range modes {
			if m == Full && !s.small || (m == Fsync || m == Clock) && !s.faulty {
				continue
			}
			s.modes = append(s.modes, m)
		}
		if len(s.modes) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// draw picks the modes of one round: mostly one, sometimes more at once.
func draw(rng *rand.Rand, from []Mode) []Mode {
	n := 1
	for n < len(from) && rng.IntN(10) < 3 {
		n++
	}
	var out []Mode
	for _, i := range rng.Perm(len(from))[:n] {
		out = append(out, from[i])
	}
	return out
}
