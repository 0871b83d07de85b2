package seq

import (
	"strings"
	"testing"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// alone is a room with one editor.
type alone struct {
	t   *testing.T
	r   *Room
	csn uint64
}

func newAlone(t *testing.T) *alone {
	a := &alone{t: t, r: New(Config{}, 1)}
	a.r.Enter(1, id.Account{1}, authz.Edit)
	j := a.r.Hello(1, &wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Client: id.Client{1}, NextCSN: 1})
	a.r.Welcome(1, j.Welcome)
	return a
}

// push returns the kind of the refusal, or Internal when there was none.
func (a *alone) push(ops ...sysmap.Op) fault.Kind {
	a.t.Helper()
	a.csn++
	a.r.Push(1, &wire.Push{CSN: a.csn, BaseSeq: a.r.Head(), Ops: ops}, 0)
	a.r.Cut(0)
	for _, e := range a.r.Durable() {
		f, err := wire.Next(varint.NewReader(e.Frame))
		if err != nil {
			a.t.Fatal(err)
		}
		if n, ok := f.(*wire.Nack); ok {
			return n.Code
		}
	}
	return fault.Internal
}

func numbered(n int) id.Object { return id.Object{1, byte(n), byte(n >> 8), byte(n >> 16)} }

func card(n int, parent id.Object) sysmap.Op {
	return sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: numbered(n),
		Place: sysmap.Place{Parent: parent, Order: sysmap.Between("", "", uint64(n))}}
}

// TestWorkIsBounded: LM-2. A small push that makes the server walk a large whole
// again and again is refused; each step alone is not.
func TestWorkIsBounded(t *testing.T) {
	a := newAlone(t)
	a.push(card(0, id.Root), card(1, id.Root))
	for n := 2; n < 3000; n += 500 {
		var ops []sysmap.Op
		for i := range 500 {
			ops = append(ops, card(n+i, numbered(0)))
		}
		a.push(ops...)
	}
	var churn []sysmap.Op
	for range 250 {
		churn = append(churn, sysmap.Op{Kind: sysmap.OpDel, ID: numbered(0)}, sysmap.Op{Kind: sysmap.OpUndel, ID: numbered(0)})
	}
	before := a.r.State().Hash()
	if k := a.push(churn...); k != fault.Limit || a.r.State().Hash() != before {
		t.Errorf("refused as %v", k)
	}
	if k := a.push(churn[0]); k != fault.Internal {
		t.Errorf("deleting the whole once was refused as %v", k)
	}
}

// TestMemoryIsBounded: what a room keeps for those who come back is bounded by
// bytes, not by count alone.
func TestMemoryIsBounded(t *testing.T) {
	a := newAlone(t)
	a.push(card(0, id.Root))
	text := strings.Repeat("x", 60_000)
	for range 200 {
		a.push(sysmap.Op{Kind: sysmap.OpSplice, ID: numbered(0), Field: sysmap.Body, Ins: text})
		a.push(sysmap.Op{Kind: sysmap.OpSplice, ID: numbered(0), Field: sysmap.Body, Del: 60_000})
	}
	if a.r.bytes > 5*MaxDelta || a.r.texts > 2*MaxTextBytes+len(text) {
		t.Errorf("kept %d bytes of transactions and %d of texts", a.r.bytes, a.r.texts)
	}
	if a.r.Head() != 401 || a.r.Oldest() == 0 {
		t.Errorf("head %d, oldest %d", a.r.Head(), a.r.Oldest())
	}
}

// TestPurgeGoesInParts: OP-7. Too much that is dead is forgotten over several
// batches, and every row can be read back.
func TestPurgeGoesInParts(t *testing.T) {
	a := newAlone(t)
	a.push(card(0, id.Root))
	n := 1
	for n < MaxDead+2000 {
		var ops []sysmap.Op
		for range 500 {
			ops = append(ops, card(n, numbered(0)))
			n++
		}
		if k := a.push(ops...); k == fault.Limit { // as many living cards as may be
			a.push(sysmap.Op{Kind: sysmap.OpDel, ID: numbered(0)})
			a.push(sysmap.Op{Kind: sysmap.OpUndel, ID: numbered(0)})
			break
		}
	}
	a.push(sysmap.Op{Kind: sysmap.OpDel, ID: numbered(0)})
	extra := numbered(1 << 22)
	a.push(sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: extra, Place: sysmap.Place{Order: "V1"}})
	for i := range 500 {
		a.push(sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: id.Object{9, byte(i), byte(i >> 8)}, Place: sysmap.Place{Order: "V1"}},
			sysmap.Op{Kind: sysmap.OpDel, ID: id.Object{9, byte(i), byte(i >> 8)}})
	}
	if l := a.r.State().Lifeless(); l > MaxDead {
		t.Errorf("%d lifeless objects are left", l)
	}
	if err := a.r.State().Check(); err != nil {
		t.Error(err)
	}
}

// TestOrderKeysAreTendedInParts: LM-2. Long keys in many places cost a few new
// orders with each batch, and one place is not done again at once.
func TestOrderKeysAreTendedInParts(t *testing.T) {
	a := newAlone(t)
	var puts, moves []sysmap.Op
	for i := range 100 {
		puts = append(puts, card(i, id.Root), card(1000+i, numbered(i)))
		p := sysmap.Place{Parent: numbered(i), Order: strings.Repeat("V", sysmap.OrderCrowded+1)}
		moves = append(moves, sysmap.Op{Kind: sysmap.OpPlace, ID: numbered(1000 + i), Place: p})
	}
	a.push(puts...)
	head := a.r.Head()
	a.push(moves...)
	if got := a.r.Head() - head; got != 1+respaces {
		t.Errorf("%d rows, want one and %d of the server", got, respaces)
	}
}
