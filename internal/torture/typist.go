package torture

import (
	"context"
	"math/rand/v2"
	"time"

	"plectica/internal/evidence"
	"plectica/internal/id"
	"plectica/internal/replica"
	"plectica/internal/robot"
	"plectica/internal/sysmap"
)

// Bounds of one typist.
const (
	cards      = 12  // that everyone at a map types in
	maxWaiting = 100 // edits that wait while the server is away
	maxText    = 2000
	minThought = 20 * time.Millisecond
	maxThought = 150 * time.Millisecond
)

// typist does what a person does, faster.
type typist struct {
	robot  *robot.Robot
	client evidence.ID
	rng    *rand.Rand
	words  uint64
}

func (t *typist) run(ctx context.Context) {
	for robot.Pause(ctx, between(t.rng, minThought, maxThought)) {
		waiting := 0
		t.robot.Replica(func(x *replica.Replica) { waiting = x.Status().Unsaved })
		if waiting > maxWaiting {
			continue
		}
		// A refusal is an answer: another client was faster.
		_ = t.robot.Do(0, t.gesture)
	}
}

// gesture returns a random edit of a few shared cards.
func (t *typist) gesture(m *sysmap.Map) []sysmap.Op {
	k := id.Object{1, byte(t.rng.IntN(cards))}
	o := m.Get(k)
	place := sysmap.Place{
		Order: sysmap.Between("", "", t.rng.Uint64()), X: int32(t.rng.IntN(100_000)), Y: int32(t.rng.IntN(100_000)),
	}
	switch {
	case o == nil:
		return []sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Card, ID: k, Place: place, Title: "card"}}
	case !o.Live():
		return []sysmap.Op{{Kind: sysmap.OpUndel, ID: k}}
	}
	switch t.rng.IntN(10) {
	case 0:
		if t.rng.IntN(8) == 0 {
			return []sysmap.Op{{Kind: sysmap.OpDel, ID: k}}
		}
		return []sysmap.Op{{Kind: sysmap.OpPlace, ID: k, Place: place}}
	case 1:
		return []sysmap.Op{{Kind: sysmap.OpSet, ID: k, Reg: sysmap.Reg{Field: sysmap.Colour, Value: sysmap.IntValue(t.rng.Int64N(16))}}}
	case 2:
		return []sysmap.Op{{Kind: sysmap.OpRelate, ID: robot.NewID[id.Object](), A: k, B: id.Object{1, byte(t.rng.IntN(cards))}}}
	}
	n := len([]rune(o.Body))
	t.words++
	op := sysmap.Op{Kind: sysmap.OpSplice, ID: k, Field: sysmap.Body, Pos: uint32(t.rng.IntN(n + 1)), Ins: evidence.Word(t.client, t.words) + " "}
	if n > maxText {
		op.Pos, op.Del = 0, uint32(n/2)
	}
	return []sysmap.Op{op}
}

// between returns a duration in a range.
func between(rng *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(rng.Int64N(int64(to-from)))
}
