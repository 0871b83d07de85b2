package sim

// maxShrinkRuns bounds how long a failing run is made shorter.
const maxShrinkRuns = 3000

// Shrink leaves out of a failing run whatever it fails without, and returns the
// decisions that are left, in order. Any failure counts: the smallest run that
// breaks an invariant says most. It returns nil if the seed does not fail.
func Shrink(seed uint64) []Decision {
	w := newWorld(seed)
	if w.play(); w.failed == nil {
		return nil
	}
	left := w.taken
	runs := 0
	for size := (len(left) + 1) / 2; size > 0 && runs < maxShrinkRuns; {
		shorter := false
		for at := 0; at < len(left) && runs < maxShrinkRuns; runs++ {
			some := append(append([]Decision(nil), left[:at]...), left[min(at+size, len(left)):]...)
			if now := replay(seed, some); now != nil {
				left, shorter = now, true
			} else {
				at += size
			}
		}
		if !shorter || size > len(left) {
			size /= 2
		}
	}
	return left
}

// replay runs a seed with some decisions alone and returns those it came to, if it
// fails.
func replay(seed uint64, keep []Decision) []Decision {
	w := newWorld(seed)
	w.keep = make(map[Decision]bool, len(keep))
	for _, d := range keep {
		w.keep[d] = true
	}
	w.play()
	if w.failed == nil {
		return nil
	}
	return w.taken
}
