package desk

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plectica/internal/authz"
	"plectica/internal/gesture"
	"plectica/internal/id"
	"plectica/internal/insight"
	"plectica/internal/seq"
	"plectica/internal/seq/seqtest"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// The calls of a trace. testdata/play.mjs makes the same of the exports.
const (
	callOpen       = 1
	callReady      = 2
	callHello      = 3
	callRemote     = 4
	callCmd        = 5
	callPersisted  = 6
	callOutbox     = 7
	callFrame      = 8
	callFold       = 9
	callSelect     = 10
	callDrag       = 11
	callDescribe   = 12
	callTree       = 13
	callCheckpoint = 14
	callHit        = 15
	callLost       = 16
	callBounds     = 17
	callLook       = 18
	callReads      = 19
	callShow       = 20
	callLens       = 45
	callFind       = 46
	callPast       = 47
	callAdvance    = 48
	callCompare    = 49
)

// The reads of the map as a whole, by what play.mjs calls them.
const (
	readPoints  = 0
	readLoops   = 1
	readGaps    = 2
	readCounts  = 3
	readCards   = 4
	readBack    = 5
	readThreads = 6
	readStops   = 7
	readFacets  = 8
	readMini    = 9
	lastRead    = readMini
)

// recorder is a desk that writes down what it is asked, and mixes what it answers
// into one sum.
type recorder struct {
	t     *testing.T
	d     *Desk
	calls []byte
	sum   uint32
	words int // of drawing lists
	now   int64
}

func newRecorder(t *testing.T, client byte) *recorder {
	t.Helper()
	open := varint.Uint(append([]byte{client, 1}, make([]byte, 3*id.Size-2)...), uint64(client))
	d, err := New(open)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{t: t, d: d, sum: fnvStart}
	r.call(callOpen, open)
	r.call(callReady, nil)
	d.Ready()
	return r
}

const fnvStart, fnvStep = 2166136261, 16777619

func (r *recorder) call(which byte, input []byte) {
	r.calls = append(append(r.calls, which), binary.LittleEndian.AppendUint32(nil, uint32(len(input)))...)
	r.calls = append(r.calls, input...)
}

func (r *recorder) callInts(which byte, args ...int32) { r.call(which, words(args)) }

func words(list []int32) []byte {
	var b []byte
	for _, v := range list {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}

// mix takes an answer into the sum, its length first.
func (r *recorder) mix(b []byte) {
	for _, c := range append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...) {
		r.sum = (r.sum ^ uint32(c)) * fnvStep
	}
}

func (r *recorder) mixInts(list ...int32) { r.mix(words(list)) }

func (r *recorder) hello() []byte {
	nonce := make([]byte, id.Size)
	r.call(callHello, append(words([]int32{int32(r.now)}), nonce...))
	b, err := r.d.Hello(nonce, r.now)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mix(b)
	return b
}

func (r *recorder) lost() {
	r.call(callLost, nil)
	r.d.Lost()
}

func (r *recorder) remote(msg []byte) News {
	r.call(callRemote, append(words([]int32{int32(r.now)}), msg...))
	n := r.d.Remote(msg, r.now)
	r.mixInts(n.Flags)
	r.mix(n.Entry)
	r.mix(n.Notices)
	return n
}

func (r *recorder) cmd(b []byte) Answer {
	r.call(callCmd, b)
	a := r.d.Command(b)
	r.mixInts(a.Fault, a.Made, int32(a.Number))
	r.mix(a.Entry)
	r.mix(a.Reply)
	if a.Number > 0 {
		r.callInts(callPersisted, int32(a.Number))
		r.d.Persisted(a.Number)
	}
	return a
}

func (r *recorder) outbox() []byte {
	r.callInts(callOutbox, int32(r.now))
	msg, gone := r.d.Outbox(r.now)
	if gone {
		r.t.Fatal("nobody answers")
	}
	r.mix(msg)
	return msg
}

func (r *recorder) list(l []int32) {
	r.mixInts(l...)
	r.words += len(l)
}

// look draws, folds, selects, drags, hits and describes.
func (r *recorder) look(rng *rand.Rand) {
	num := 1 + rng.Int32N(30)
	r.callInts(callBounds, 0)
	x, y, w, h := r.d.Bounds(0)
	r.mixInts(x, y, w, h)
	x, y = x-rng.Int32N(200*64), y-rng.Int32N(200*64)
	zoom := []float32{0.1, 0.3, 0.7, 1, 2.5}[rng.IntN(5)]
	fold := rng.Int32N(3) - 1
	r.callInts(callFold, num, fold)
	r.d.Fold(num, int(fold))
	r.callInts(callLook, num+1, fold)
	r.d.Look(num+1, int(fold))
	r.callInts(callFrame, x, y, 1400, 900, int32(math.Float32bits(zoom)))
	r.d.View(x, y, 1400, 900, zoom)
	r.list(r.d.Frame())
	r.callInts(callSelect, num, num+1)
	r.d.Select([]int32{num, num + 1})
	r.list(r.d.Overlay())
	for _, phase := range []int32{DragStart, DragMove, DragCancel} {
		x, y = x+rng.Int32N(300*64), y+rng.Int32N(200*64)
		r.callInts(callDrag, phase, x, y, 0)
		r.d.Drag(phase, x, y, 0, [gesture.EntropySize]byte{})
		r.list(r.d.Overlay())
	}
	r.callInts(callHit, x, y, 64)
	hit := r.d.Hit(x, y, 64)
	r.mixInts(hit.Num, int32(hit.Part), hit.Handle)
	r.callInts(callDescribe, num)
	r.mix(r.d.Describe(num))
	r.callInts(callTree, 0, 50)
	r.mix(r.d.Tree(0, 50))
	r.read(rng.Int32N(lastRead+1), num)
	if rng.IntN(4) == 0 {
		r.callInts(callShow, num)
		r.mixInts(ints(r.d.Show(num))...)
	}
	r.lens()
}

// lens singles something out, draws it, and looks for something else. Its randomness
// is its own, so that the gestures do not depend on it.
func (r *recorder) lens() {
	rng := rand.New(rand.NewPCG(uint64(len(r.calls)), 9))
	filter := filterOf(nil, insight.Filter{Colours: uint16(rng.IntN(1 << 6)), Untyped: rng.IntN(3) == 0, Unlinked: rng.IntN(2) == 0})
	b := []byte{byte(rng.IntN(8))}
	if b[0]&lensFocus != 0 {
		b = append(b, byte(rng.IntN(4)), byte(rng.IntN(3)), 1, byte(1+rng.IntN(30)))
	}
	if b[0]&lensFilter != 0 {
		b = append(b, filter...)
	}
	r.call(callLens, b)
	r.mixInts(Kind(r.d.Lens(b)))
	r.list(r.d.Found())
	r.list(r.d.Frame())
	r.call(callFind, filter)
	list, err := r.d.Find(filter)
	r.mixInts(Kind(err))
	r.list(list)
}

func ints(a, b, c, d int32) []int32 { return []int32{a, b, c, d} }

// read asks for one of what is read of the whole map.
func (r *recorder) read(which, num int32) {
	r.callInts(callReads, which, num)
	switch which {
	case readPoints:
		r.mix(r.d.Points())
	case readLoops:
		r.mix(r.d.Loops(8))
	case readGaps:
		r.mix(r.d.Gaps())
	case readCounts:
		r.mix(r.d.Counts(num))
	case readCards:
		r.mix(r.d.Cards())
	case readBack:
		r.mix(r.d.Back(num))
	case readThreads:
		r.mix(r.d.Threads())
	case readStops:
		r.mix(r.d.Stops())
	case readFacets:
		r.mix(r.d.Facets())
	case readMini:
		r.list(r.d.Mini())
	}
}

// end returns the trace, and what it comes to.
func (r *recorder) end(name string) trace {
	r.call(callCheckpoint, nil)
	r.mix(r.d.Checkpoint())
	h := r.d.Hash()
	return trace{name: name, calls: r.calls, want: fmt.Sprintf("%s %016x%016x %08x %d", name, h.Hi, h.Lo, r.sum, r.words)}
}

// trace is a recorded desk: the calls, and the line that stands for the answers:
// state hash, sum of all that was returned, words of drawing lists.
type trace struct {
	name  string
	calls []byte
	want  string
}

// pack writes traces as testdata/play.mjs reads them.
func pack(list []trace) (b []byte) {
	for _, t := range list {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(t.name)))
		b = append(b, t.name...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(t.calls)))
		b = append(b, t.calls...)
	}
	return b
}

func wants(list []trace) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString(t.want + "\n")
	}
	return b.String()
}

// party is desks around a real sequencer.
type party struct {
	*seqtest.Table
	t     *testing.T
	desks []*recorder
}

func newParty(t *testing.T, n int) *party {
	p := &party{Table: seqtest.New(t, seq.Config{Fresh: math.MaxInt, Delta: math.MaxInt}, n), t: t}
	for i := range n {
		p.desks = append(p.desks, newRecorder(t, byte(i+1)))
		p.connect(i)
	}
	return p
}

func (p *party) connect(i int) {
	c := seq.Conn(i + 1)
	p.In[i] = nil
	p.Queue.Add(seq.Event{Kind: seq.Leave, Conn: c})
	p.Queue.Add(seq.Event{Kind: seq.Enter, Conn: c, Role: authz.Edit})
	p.Upload(i, p.desks[i].hello())
	p.download(i)
}

func (p *party) download(i int) {
	for _, msg := range p.In[i] {
		if n := p.desks[i].remote(msg); n.Flags&FlagClose != 0 {
			p.t.Fatalf("desk %d refused a message", i)
		}
	}
	p.In[i] = nil
}

// exchange lets some desks, or all, send and receive until nothing moves.
func (p *party) exchange(who ...int) {
	if len(who) == 0 {
		for i := range p.desks {
			who = append(who, i)
		}
	}
	for moved := true; moved; {
		moved = false
		for _, i := range who {
			p.desks[i].now += 60
			p.download(i)
			msg := p.desks[i].outbox()
			p.Upload(i, msg)
			moved = moved || len(msg) > 0 && strings.IndexByte(string(msg[:1]), byte(wire.KindPush)) == 0 || len(p.In[i]) > 0
		}
	}
}

// same checks that all desks have come to the server's state.
func (p *party) same() {
	p.t.Helper()
	for i, r := range p.desks {
		if r.d.Hash() != p.Room.State().Hash() || r.d.Status().Unsaved != 0 {
			p.t.Fatalf("desk %d has another state, or %d unsaved", i, r.d.Status().Unsaved)
		}
	}
}

// randomCommand returns a gesture on some of the first objects; many are refused.
func randomCommand(rng *rand.Rand) []byte {
	kinds := []byte{cmdCreate, cmdCreate, cmdCreate, cmdMove, cmdMove, cmdSet, cmdSet, cmdSplice, cmdSplice, cmdSplice, cmdRelate, cmdRelate,
		cmdCardOn, cmdDelete, cmdUndo, cmdUndo, cmdRedo, cmdCopy, cmdDuplicate, cmdWrap, cmdUnwrap, cmdEnds, cmdReorder, cmdCreateNear, cmdPasteOutline,
		cmdLook, cmdLook, cmdSketch, cmdAlign, cmdTidy, cmdDiscuss, cmdAnswer, cmdRephrase, cmdUnsay, cmdSettle,
		cmdAddStop, cmdRetakeStop, cmdMoveStop, cmdSheet, cmdCreate, cmdCreate, cmdCreate, cmdPasteOutline, cmdCreateNear, cmdSplice}
	kind := kinds[rng.IntN(len(kinds))]
	b := []byte{kind}
	for range gesture.EntropySize {
		b = append(b, byte(rng.Uint32()))
	}
	num := func() { b = varint.Uint(b, uint64(1+rng.IntN(24))) }
	root := func() { b = varint.Uint(b, uint64(max(0, rng.IntN(40)-16))) }
	at := func() { b = varint.Int(b, int64(rng.IntN(1200*64)-300*64)) }
	word := func() {
		b = varint.String(b, []string{"", "é", "rain falls on the hills and on the sea", "水は循環する", "𝄞", "a\tb"}[rng.IntN(6)])
	}
	switch kind {
	case cmdCreate:
		root()
		b = append(b, 0)
		at()
		at()
		word()
	case cmdMove:
		b = append(b, 1)
		num()
		root()
		b = append(b, 0)
		at()
		at()
		b = append(b, byte(rng.IntN(2)))
	case cmdSet:
		b = append(b, 1)
		num()
		b = varint.String(append(b, byte(3+rng.IntN(42))), "")
		b = varint.Int(append(b, 1), int64(rng.IntN(6)))
	case cmdSplice:
		num()
		b = varint.Uint(varint.Uint(append(b, byte(1+rng.IntN(2))), uint64(rng.IntN(4))), uint64(rng.IntN(3)))
		word()
	case cmdRelate:
		num()
		num()
		b = append(b, byte(rng.IntN(4)))
	case cmdCardOn:
		num()
		word()
	case cmdDelete, cmdCopy, cmdDuplicate, cmdWrap:
		b = append(b, 2)
		num()
		num()
	case cmdUnwrap:
		num()
	case cmdEnds:
		num()
		num()
		num()
	case cmdReorder:
		num()
		b = varint.Int(b, int64(rng.IntN(5)-2))
	case cmdCreateNear:
		num()
		b = append(b, byte(rng.IntN(4)))
	case cmdLook:
		num()
		b = append(b, 1)
		num()
		b = append(b, byte(rng.IntN(5)))
	case cmdAlign, cmdTidy:
		b = append(b, 3)
		num()
		num()
		num()
		b = append(b, byte(rng.IntN(8)))
	case cmdDiscuss:
		root()
		at()
		at()
		word()
		b = append(b, 0)
	case cmdAnswer, cmdRephrase:
		num()
		word()
		b = varint.String(append(b, 1), "someone")
	case cmdUnsay:
		num()
	case cmdSettle:
		num()
		b = append(b, byte(rng.IntN(2)))
	case cmdAddStop, cmdRetakeStop:
		root()
		at()
		at()
		at()
		at()
		if kind == cmdAddStop {
			word()
			root()
		}
	case cmdMoveStop:
		num()
		root()
	case cmdSheet:
		b = varint.Int(append(b, byte(sysmap.Routing), 1), int64(rng.IntN(3)))
	case cmdSketch:
		b = sketch(b, rng)
	case cmdPasteOutline:
		root()
		at()
		at()
		b = varint.String(b, "# Water\n- rain\n  - snow\n\thail\n2. sea")
	}
	return b
}

// sketch appends a barbell whose first card may be there already.
func sketch(b []byte, rng *rand.Rand) []byte {
	item := func(kind gesture.ItemKind, a, to, n int) {
		b = varint.Int(varint.Uint(varint.Uint(append(b, byte(kind)), uint64(a)), uint64(to)), int64(n))
	}
	card := func(in, old, x int, title string) {
		item(gesture.ItemCard, in, 0, -1)
		b = varint.Bool(varint.Uint(b, uint64(old)), old == 0)
		b = varint.String(varint.Int(varint.Int(b, int64(x)), 0), title)
	}
	b = append(varint.Int(varint.Int(append(b, 0), 640), 640), 7)
	card(0, rng.IntN(20), 0, "A")
	card(0, 0, 16000, "B")
	item(gesture.ItemLine, 0, 1, rng.IntN(4))
	card(3, 0, 0, "relationship")
	item(gesture.ItemView, 1, rng.IntN(4), 1+rng.IntN(4))
	item(gesture.ItemOther, 0, 1, 0)
	item(gesture.ItemIs, 0, 0, 2)
	return b
}

// gestures is a party of three who gesture at random, lose the connection and come
// back; the first desk's trace is kept.
func gestures(t *testing.T, seed uint64, turns int) trace {
	rng := rand.New(rand.NewPCG(seed, 7))
	p := newParty(t, 3)
	worked := 0
	for range turns {
		who := rng.IntN(len(p.desks))
		if p.desks[who].cmd(randomCommand(rng)).Fault == 0 {
			worked++
		}
		switch rng.IntN(12) {
		case 0:
			p.desks[0].lost()
			p.connect(0)
		case 1, 2, 3:
			p.exchange(rng.IntN(len(p.desks)))
		case 4, 5:
			p.exchange()
		case 6, 7:
			p.desks[0].look(rng)
		}
	}
	p.exchange()
	p.same()
	p.desks[0].look(rng)
	if worked < turns/3 {
		t.Fatalf("%d of %d gestures worked: the trace tests little", worked, turns)
	}
	return p.desks[0].end(fmt.Sprintf("gestures-%d", seed))
}

// typing is two who type into one body, in each other's way.
func typing(t *testing.T, seed uint64, turns int) trace {
	rng := rand.New(rand.NewPCG(seed, 8))
	p := newParty(t, 2)
	p.desks[0].cmd(append(append([]byte{cmdCreate}, make([]byte, gesture.EntropySize)...), 0, 0, 0, 0, 0))
	p.exchange()
	for range turns {
		p.splice(rng.IntN(2), uint32(rng.IntN(200)), uint32(rng.IntN(5)), []string{"", "a", "né", "水 ", "two words"}[rng.IntN(5)])
		if rng.IntN(4) == 0 {
			p.exchange(rng.IntN(2))
		}
	}
	p.exchange()
	p.same()
	p.desks[0].look(rng)
	return p.desks[0].end(fmt.Sprintf("typing-%d", seed))
}

// splice types into the body of the first object, as far as it reaches.
func (p *party) splice(who int, pos, del uint32, ins string) {
	r := p.desks[who]
	num := r.d.Lookup(theCard(p))
	n := uint32(len([]rune(r.d.Text(num, int32(sysmap.Body)))))
	pos = min(pos, n)
	del = min(del, n-pos)
	b := append([]byte{cmdSplice}, make([]byte, gesture.EntropySize)...)
	b = append(varint.Uint(b, uint64(num)), byte(sysmap.Body))
	r.cmd(varint.String(varint.Uint(varint.Uint(b, uint64(pos)), uint64(del)), ins))
}

func theCard(p *party) id.Object { return p.Room.State().Kids(id.Root)[0] }

// recorded makes the traces that every place must answer alike.
func recorded(t *testing.T) []trace {
	return []trace{gestures(t, 1, 300), gestures(t, 2, 300), typing(t, 1, 400), contents(t, 1, 40), history(t, 1, 120)}
}

const (
	tracesFile = "testdata/traces.bin"
	wantsFile  = "testdata/traces.txt"
	maxTraces  = 200_000 // bytes of the file
)

// TestTracesAreUpToDate: the traces that Node and Chromium play are the ones that
// this code records, and the answers written down for them are its answers. After a
// change that is meant: go test ./internal/desk -run Traces -update.
func TestTracesAreUpToDate(t *testing.T) {
	list := recorded(t)
	calls, want := pack(list), wants(list)
	if len(calls) > maxTraces {
		t.Errorf("the traces have %d bytes, want at most %d", len(calls), maxTraces)
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{tracesFile, calls}, {wantsFile, []byte(want)}} {
		if *update {
			if err := os.WriteFile(filepath.FromSlash(f.name), f.data, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(filepath.FromSlash(f.name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(f.data) {
			t.Errorf("%s is not what this code records; if that is meant: go test ./internal/desk -run Traces -update", f.name)
		}
	}
	t.Logf("%d bytes of traces\n%s", len(calls), want)
}
