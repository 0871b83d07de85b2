//go:build mutant

package sim

import (
	"testing"

	"plectica/internal/mutant"
)

// TestShrink makes a failing run shorter and finds the same in it again.
func TestShrink(t *testing.T) {
	mutant.Plant(mutant.SplitPlaceRegister)
	defer mutant.Plant(mutant.None)
	w := newWorld(1)
	if w.play(); w.failed == nil {
		t.Fatal("the planted bug is not found")
	}
	short, ok := Shrink(1)
	if !ok || len(short.Keep) > len(w.taken)/10 {
		t.Fatalf("%d of %d decisions are left", len(short.Keep), len(w.taken))
	}
	again, err := ParseTrace(short.String())
	if err != nil {
		t.Fatal(err)
	}
	if Replay(again) == nil {
		t.Error("the short run does not fail")
	}
	mutant.Plant(mutant.None)
	if err := Replay(again); err != nil {
		t.Errorf("without the bug: %v", err)
	}
	t.Logf("%d of %d decisions: %s", len(short.Keep), len(w.taken), short)
}
