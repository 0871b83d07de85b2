package seq

import (
	"testing"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// BenchmarkPush is one transaction from its push to the frame for everyone, disk
// and sockets left out.
func BenchmarkPush(b *testing.B) {
	r := New(Config{}, 1)
	r.Enter(1, id.Account{1}, authz.Edit)
	j := r.Hello(1, &wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Client: id.Client{1}, NextCSN: 1})
	r.Welcome(1, j.Welcome)
	push := func(csn uint64, op sysmap.Op) {
		r.Push(1, &wire.Push{CSN: csn, BaseSeq: r.Head(), Ops: []sysmap.Op{op}}, 0)
		r.Cut(0)
		r.Durable()
	}
	push(1, sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: id.Object{1}, Place: sysmap.Place{Order: "V1"}})
	b.ReportAllocs()
	for csn := uint64(2); b.Loop(); csn++ {
		push(csn, sysmap.Op{Kind: sysmap.OpSet, ID: id.Object{1}, Reg: sysmap.Reg{Field: sysmap.Colour, Value: sysmap.IntValue(int64(csn % 16))}})
	}
}
