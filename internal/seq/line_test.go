package seq

import (
	"testing"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// TestRestoredMapIsGivenWhole: to whoever saw it before; within a line, what was missed is
// enough.
func TestRestoredMapIsGivenWhole(t *testing.T) {
	for _, c := range []struct {
		epoch, seen uint64
		whole       bool
	}{{FirstOf(7) + 3, FirstOf(7) + 2, false}, {FirstOf(7) + 1, 2, true}, {3, 2, false}, {3, FirstOf(7), true}} {
		m := id.Map{1}
		r := New(Config{Map: m, Delta: 1 << 20}, c.epoch)
		r.Start(10, sysmap.New(), nil)
		r.Enter(1, id.Account{1}, authz.Edit)
		j := r.Hello(1, &wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: m, Client: id.Client{1}, LastSeq: 10, Epoch: c.seen, NextCSN: 1})
		if !j.OK || j.Snapshot != c.whole {
			t.Errorf("%+v: %v, the whole %v", c, j.OK, j.Snapshot)
		}
	}
}
