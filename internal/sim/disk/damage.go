package disk

import (
	"bytes"
	"math/rand/v2"

	"plectica/internal/store"
)

// Flip returns a copy with one bit flipped. b is not empty.
func Flip(rng *rand.Rand, b []byte) []byte {
	out := bytes.Clone(b)
	out[rng.IntN(len(out))] ^= 1 << rng.IntN(8)
	return out
}

// Tear leaves of the last writes what a torn one does: some rows at the end are not
// there, or the last one is only in part. It changes rows, of which there are some.
func Tear(rng *rand.Rand, rows []store.Row) []store.Row {
	const most = 3 // rows
	rows = rows[:len(rows)-rng.IntN(min(most, len(rows)))]
	last := &rows[len(rows)-1]
	if n := len(last.Data); rng.IntN(2) == 0 && n > 0 {
		last.Data = last.Data[:rng.IntN(n)]
	}
	return rows
}
