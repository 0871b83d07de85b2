package sim

import (
	"fmt"
	"strconv"
	"strings"

	"plectica/internal/fault"
)

// maxShrinkRuns bounds how long a failing run is made shorter.
const maxShrinkRuns = 3000

// Trace is a run with some of its seed's decisions alone. It says what happens only
// to the program it was made by: a change of the simulator changes what it means.
type Trace struct {
	Seed uint64
	Keep []Decision
}

// String writes a trace as ParseTrace reads it.
func (t Trace) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d", t.Seed)
	for _, d := range t.Keep {
		fmt.Fprintf(&b, " %d.%d", d.Actor, d.N)
	}
	return b.String()
}

// ParseTrace reads a trace back, without lines that begin with #. The error has
// kind fault.Invalid.
func ParseTrace(s string) (Trace, error) {
	var words []string
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(line, "#") {
			words = append(words, strings.Fields(line)...)
		}
	}
	if len(words) < 2 || words[0] != "seed" {
		return Trace{}, fault.New(fault.Invalid, "a trace begins with its seed")
	}
	seed, err := strconv.ParseUint(words[1], 10, 64)
	if err != nil {
		return Trace{}, fault.Wrap(fault.Invalid, "the seed is not a number", err)
	}
	out := Trace{Seed: seed}
	for _, word := range words[2:] {
		var d Decision
		if _, err := fmt.Sscanf(word, "%d.%d", &d.Actor, &d.N); err != nil {
			return Trace{}, fault.Wrap(fault.Invalid, "not a decision: "+word, err)
		}
		out.Keep = append(out.Keep, d)
	}
	return out, nil
}

// Replay runs a trace. The error names the first invariant that broke.
func Replay(t Trace) error { return replay(t).failed }

func replay(t Trace) *world {
	w := newWorld(t.Seed)
	w.keep = make(map[Decision]bool, len(t.Keep))
	for _, d := range t.Keep {
		w.keep[d] = true
	}
	w.play()
	return w
}

// Shrink leaves out of a failing run whatever it fails without. Any failure
// counts: the smallest run that breaks an invariant says most. It returns false if
// the seed does not fail.
func Shrink(seed uint64) (Trace, bool) {
	w := newWorld(seed)
	if w.play(); w.failed == nil {
		return Trace{}, false
	}
	left := w.taken
	runs := 0
	for size := (len(left) + 1) / 2; size > 0 && runs < maxShrinkRuns; {
		shorter := false
		for at := 0; at < len(left) && runs < maxShrinkRuns; runs++ {
			some := append(append([]Decision(nil), left[:at]...), left[min(at+size, len(left)):]...)
			if w := replay(Trace{seed, some}); w.failed != nil {
				left, shorter = w.taken, true
			} else {
				at += size
			}
		}
		if !shorter || size > len(left) {
			size /= 2
		}
	}
	return Trace{seed, left}, true
}
