package desk

import (
	"math/rand/v2"
	"testing"

	"plectica/internal/gesture"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// contents is one who makes cards that hold files and addresses, good ones and what
// is none, and looks at them from near and far.
func contents(t *testing.T, seed uint64, turns int) trace {
	rng := rand.New(rand.NewPCG(seed, 9))
	p := newParty(t, 1)
	for n := range turns {
		b := []byte{cmdContent}
		for range gesture.EntropySize {
			b = append(b, byte(rng.Uint32()))
		}
		b = append(varint.Uint(b, uint64(rng.IntN(n+1))), 0)
		b = varint.Int(varint.Int(b, int64(rng.IntN(1<<16))), int64(rng.IntN(1<<16)))
		b = varint.String(b, []string{"", "rain", "a longer title than fits on one line of a card"}[rng.IntN(3)])
		b = varint.String(append(b, 3, byte(sysmap.Media)), hashOf("0123456789abcdef"[rng.IntN(16):][:1]))
		b = varint.String(b, []string{"image/png|640|480|9|3|a.png|", "image/jpeg|30|4000|9|2|b.jpg|a b", "no file"}[rng.IntN(3)])
		b = varint.String(append(b, byte(sysmap.Media)), hashOf("0123456789abcdef"[rng.IntN(16):][:1]))
		b = varint.String(b, []string{"image/gif|9|9|9|3|a.gif|", "video/webm|0|0|9|1|c|"}[rng.IntN(2)])
		b = varint.String(varint.String(append(b, byte(sysmap.Link)), ""), "https://example.org/")
		if a := p.desks[0].cmd(b); a.Fault != 0 {
			t.Fatalf("turn %d: fault %d", n, a.Fault)
		}
		p.desks[0].look(rng)
	}
	p.exchange()
	p.same()
	return p.desks[0].end("contents")
}
