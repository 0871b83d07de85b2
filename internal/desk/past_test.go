package desk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/picture"
	"plectica/internal/replica"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// listen lets the first desk of a party receive all that waits for it, and appends the
// commits among that, each with its length before it, as a server gives history.
func (p *party) listen(frames []byte) []byte {
	for moved := true; moved; {
		for _, msg := range p.In[0] {
			for rd := varint.NewReader(msg); rd.Len() > 0; {
				f, err := wire.Next(rd)
				if err != nil {
					p.t.Fatal(err)
				}
				if c, ok := f.(*wire.Commit); ok {
					frames = varint.Bytes(frames, wire.Append(nil, c))
				}
			}
		}
		p.download(0)
		p.Upload(0, p.desks[0].outbox())
		moved = len(p.In[0]) > 0
	}
	return frames
}

// pastDesk returns a desk that shows a state.
func pastDesk(t *testing.T, state []byte) *recorder {
	r := newRecorder(t, 9)
	r.past(state)
	return r
}

func (r *recorder) past(state []byte) {
	r.call(callPast, state)
	err := r.d.Past(state)
	r.mixInts(Kind(err))
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *recorder) advance(frames []byte, to uint64) {
	r.call(callAdvance, append(words([]int32{int32(to)}), frames...))
	b, ok := r.d.Advance(frames, to)
	if !ok {
		r.t.Fatalf("stopped at %d, wanted %d", r.d.Status().Head, to)
	}
	r.mixInts(1)
	r.mix(b)
}

func (r *recorder) compare(state []byte) {
	r.call(callCompare, state)
	err := r.d.Compare(state)
	r.mixInts(Kind(err))
	r.mix(r.d.Changes())
	r.mix(r.d.State())
}

// history is a desk that walks through what a party did, and compares.
func history(t *testing.T, seed uint64, turns int) trace {
	rng := rand.New(rand.NewPCG(seed, 10))
	p := newParty(t, 1)
	states := [][]byte{slices.Clone(p.desks[0].d.State())}
	var frames []byte
	for range turns {
		if p.desks[0].cmd(randomCommand(rng)).Fault == 0 {
			frames = p.listen(frames)
			states = append(states, slices.Clone(p.desks[0].d.State()))
		}
	}
	head := p.desks[0].d.Status().Head
	r := pastDesk(t, states[0])
	for at := uint64(0); at < head; {
		at = min(head, at+1+rng.Uint64N(9))
		r.advance(frames, at)
		if rng.IntN(6) == 0 {
			r.compare(states[rng.IntN(len(states))])
			r.look(rng)
		}
	}
	if r.d.Hash() != p.Room.State().Hash() {
		t.Fatal("the walk led elsewhere")
	}
	return r.end(fmt.Sprintf("history-%d", seed))
}

func restore(scope id.Object, branch bool, state []byte) []byte {
	b := append([]byte{cmdRestore}, make([]byte, gesture.EntropySize)...)
	return append(varint.Bool(varint.ID(b, scope), branch), state...)
}

// TestRestore: HY-5. A restore is a command like others: one step, which undo takes
// back, also where it takes many transactions.
func TestRestore(t *testing.T) {
	p := newParty(t, 2)
	r := p.desks[0]
	outline := func(prefix string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%s %d\n", prefix, i)
		}
		return b.String()
	}
	paste := func(text string) {
		b := append([]byte{cmdPasteOutline}, make([]byte, gesture.EntropySize)...)
		b[1] = text[0]
		if a := r.cmd(varint.String(append(b, 0, 0, 0), text)); a.Fault != 0 {
			t.Fatal(a.Fault)
		}
		p.exchange()
	}
	paste(outline("first", 700))
	then := slices.Clone(r.d.State())
	all := r.d.Lasso(-1<<29, -1<<29, 1<<29, 1<<29)
	b := varint.Uint(append([]byte{cmdDelete}, make([]byte, gesture.EntropySize)...), uint64(len(all)))
	for _, num := range all {
		b = varint.Uint(b, uint64(num))
	}
	if a := r.cmd(b); a.Fault != 0 {
		t.Fatal(a.Fault)
	}
	paste(outline("second", 3))
	was, undo := r.d.Status(), append([]byte{cmdUndo}, make([]byte, gesture.EntropySize)...)
	a := r.cmd(restore(id.Root, false, then))
	rd := varint.NewReader(a.Reply)
	if changes, left := rd.Uint(), rd.Uint(); a.Fault != 0 || changes != 703 || left != 0 {
		t.Fatalf("fault %d, %d changes, %d left", a.Fault, changes, left)
	}
	if s := r.d.Status(); s.Undo != was.Undo+1 || s.Unsaved < 2 {
		t.Errorf("%d steps of undo, %d transactions", s.Undo-was.Undo, s.Unsaved)
	}
	p.exchange()
	p.same()
	if n := p.Room.State().Living(); n != 700 {
		t.Errorf("%d cards after the restore", n)
	}
	if a := r.cmd(undo); a.Fault != 0 {
		t.Fatal(a.Fault)
	}
	p.exchange()
	p.same()
	if n := p.Room.State().Living(); n != 3 {
		t.Errorf("%d cards after its undo", n)
	}
	if a := r.cmd(restore(id.Object{99}, true, then)); a.Fault != int32(fault.Gone) {
		t.Errorf("what was never there: %d", a.Fault)
	}
	if a := r.cmd(restore(id.Root, false, then[:9])); a.Fault == 0 {
		t.Error("a state that is cut was taken")
	}
}

// TestCompare: HY-6. What was removed is shown beside what there is, each with its mark.
func TestCompare(t *testing.T) {
	state := func(seq uint64, ops ...sysmap.Op) []byte {
		m := sysmap.New()
		if err := m.Apply(ops, sysmap.Stamp{}); err != nil {
			t.Fatal(err)
		}
		return m.AppendSnapshot(varint.Uint(nil, seq))
	}
	card := func(n byte, on byte, title string) sysmap.Op {
		p := sysmap.Place{Order: "V", X: int32(n) * 64 * 300}
		if on != 0 {
			p.Parent = id.Object{on}
		}
		return sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: id.Object{n}, Place: p, Title: title}
	}
	line := func(n, a, b byte) sysmap.Op {
		return sysmap.Op{Kind: sysmap.OpRelate, ID: id.Object{n}, A: id.Object{a}, B: id.Object{b}}
	}
	then := state(3, card(1, 0, "one"), card(2, 0, "two"), card(3, 2, "in two"), line(10, 1, 3))
	now := state(7, card(1, 0, "uno"), card(4, 0, "four"), card(5, 1, "in one"), line(11, 1, 4))
	d := pastDesk(t, now).d
	if err := d.Compare(then); err != nil {
		t.Fatal(err)
	}
	d.View(-64*1000, -64*1000, 4000, 3000, 1)
	marks := make(map[byte]int32)
	d.Frame()
	list := d.Overlay()
	for i := 0; i < len(list); i += int(list[i] >> 8) {
		k := d.Ident(list[i+1])
		switch op := picture.Op(list[i] & 0xff); op {
		case picture.OpMark:
			marks[k[0]] = list[i+6]
		case picture.OpMarkLine:
			marks[k[0]] = list[i+10]
		}
	}
	// What went with its whole needs no mark of its own.
	want := map[byte]int32{1: picture.MarkChanged, 2: picture.MarkRemoved, 4: picture.MarkAdded,
		5: picture.MarkAdded, 10: picture.MarkRemoved, 11: picture.MarkAdded}
	if diff := cmp.Diff(want, marks); diff != "" {
		t.Error(diff)
	}
	type told struct {
		kind     sysmap.ChangeKind
		name     string
		count    uint64
		from, to string
	}
	rd := varint.NewReader(d.Changes())
	got := make([]told, rd.Count(100))
	for i := range got {
		x := &got[i]
		x.kind = sysmap.ChangeKind(rd.Byte())
		rd.Byte()
		rd.Uint()
		rd.Byte()
		rd.String(99)
		x.count, x.name = rd.Uint(), rd.String(99)
		x.from = rd.String(99)
		rd.Uint()
		x.to = rd.String(99)
		rd.Uint()
	}
	if err := rd.Done(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]told{
		{sysmap.Renamed, "uno", 0, "one", "uno"}, {sysmap.Added, "in one", 1, "", ""}, {sysmap.Added, "four", 1, "", ""},
		{sysmap.Removed, "two", 2, "", ""}, {sysmap.Related, "", 0, "uno", "four"}, {sysmap.Unrelated, "", 0, "one", "in two"},
	}, got, cmp.AllowUnexported(told{})); diff != "" {
		t.Error(diff)
	}
	if err := d.Compare(nil); err != nil || d.object(d.Lookup(id.Object{2})) != nil || d.Lookup(id.Object{2}) != 0 {
		t.Error("what was removed stayed after the comparison")
	}
	if a := d.Command(restore(id.Root, false, then)); a.Fault != int32(fault.Permission) {
		t.Errorf("the past was changed: %d", a.Fault)
	}
}

// TestDescribeSaysWhoLast: the stamp of a card's last change, or its perspective's.
func TestDescribeSaysWhoLast(t *testing.T) {
	m := sysmap.New()
	put := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: id.Object{1}, Place: sysmap.Place{Order: "V"}}
	eye := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Perspective, ID: id.Object{2}, A: id.Object{1}}
	for i, op := range []sysmap.Op{put, eye} {
		if err := m.Apply([]sysmap.Op{op}, sysmap.Stamp{By: id.Account{byte(i + 1)}, At: int64(i+1) * 1000}); err != nil {
			t.Fatal(err)
		}
	}
	d := pastDesk(t, m.AppendSnapshot(varint.Uint(nil, 2))).d
	b := d.Describe(d.Lookup(id.Object{1}))
	rd := varint.NewReader(b[len(b)-id.Size-3:]) // before no neighbours
	if by, at := varint.ReadID[id.Account](rd), rd.Int(); by != (id.Account{2}) || at != 2000 {
		t.Errorf("%v at %d", by, at)
	}
}

// FuzzPast: any bytes show a state that holds every invariant, or are refused.
func FuzzPast(f *testing.F) {
	m := sysmap.New()
	f.Add(m.AppendSnapshot(varint.Uint(nil, 2)), []byte{1, 2, 3}, uint64(4))
	f.Fuzz(func(t *testing.T, state, frames []byte, to uint64) {
		d, err := New(make([]byte, 3*id.Size+1))
		if err != nil {
			t.Fatal(err)
		}
		_ = d.Past(state) // a refusal is an answer
		_, _ = d.Advance(frames, to)
		_ = d.Compare(state)
		d.Frame()
		d.Overlay()
		if err := d.shown().Check(); err != nil {
			t.Fatal(err)
		}
		_, _, _ = replica.ReadState(frames)
	})
}
