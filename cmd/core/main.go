//go:build wasip1

// Command core carries the editing desk over the border to the browser, as
// docs/core.md says: numbers in, eight words out, bytes by address. It decides
// nothing itself. Every export recovers a panic into a negative status, after
// which the instance is not to be called again. It runs on one thread.
package main

import (
	"unsafe"

	"plectica/internal/desk"
	"plectica/internal/gesture"
	"plectica/internal/id"
)

func main() {}

// state is the instance. Exports are functions without a receiver, so it is the
// one variable of the program.
type state struct {
	desk *desk.Desk
	in   []byte
	res  [8]int32
	keep [3][]byte // what res points to
	list []int32
	id   id.Object
	seed [gesture.EntropySize]byte // of drops, which bring no randomness along
}

// stir mixes bytes from the page into the randomness of drops.
func (s *state) stir(b []byte) {
	k := gesture.NewRandom(s.seed).Object()
	for i, c := range k {
		s.seed[i] = c
	}
	for i, c := range b {
		s.seed[i%len(s.seed)] = s.seed[i%len(s.seed)]*31 + c
	}
}

var core state //nolint:gochecknoglobals // exports have no receiver

// dead is the status after a panic.
const dead = -1

// guard turns a panic into a status. It is deferred by every export.
func guard(status *int32) {
	if recover() != nil {
		*status = dead
	}
}

// bytes returns what was written to the buffer of alloc.
func bytes(ptr, n int32) []byte {
	if n == 0 {
		return nil
	}
	if len(core.in) == 0 || ptr != address(core.in) || int(n) > len(core.in) {
		panic("input is not where alloc put it")
	}
	return core.in[:n]
}

func address(b []byte) int32 {
	return int32(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}

// put points two words of the result at bytes and keeps them alive.
func put(word int, slot int, b []byte) {
	core.keep[slot] = b
	core.res[word], core.res[word+1] = 0, int32(len(b))
	if len(b) > 0 {
		core.res[word] = address(b)
	}
}

// words points the result at a list.
func words(list []int32) {
	core.list = list
	core.res[0], core.res[1] = 0, int32(len(list))
	if len(list) > 0 {
		core.res[0] = int32(uintptr(unsafe.Pointer(unsafe.SliceData(list))))
	}
}

//go:wasmexport alloc
func alloc(n int32) (ptr int32) {
	if int(n) > cap(core.in) || cap(core.in) > keepInput {
		core.in = make([]byte, max(n, minInput))
	}
	core.in = core.in[:max(n, minInput)]
	return address(core.in)
}

// Bounds of the input buffer that is kept, in bytes.
const (
	minInput  = 64
	keepInput = 1 << 20
)

//go:wasmexport result
func result() int32 { return int32(uintptr(unsafe.Pointer(&core.res))) }

//go:wasmexport open
func open(ptr, n int32) (status int32) {
	defer guard(&status)
	b := bytes(ptr, n)
	d, err := desk.New(b)
	if err != nil {
		panic(err)
	}
	core.desk = d
	core.stir(b)
	return 0
}

//go:wasmexport replay
func replay(ptr, n int32) (status int32) {
	defer guard(&status)
	return desk.Kind(core.desk.Replay(bytes(ptr, n)))
}

//go:wasmexport ready
func ready() (status int32) {
	defer guard(&status)
	core.desk.Ready()
	return 0
}

//go:wasmexport hello
func hello(ptr, n, now int32) (status int32) {
	defer guard(&status)
	b, err := core.desk.Hello(bytes(ptr, n), int64(now))
	if err != nil {
		panic(err)
	}
	put(0, 0, b)
	return 0
}

//go:wasmexport remote
func remote(ptr, n, now int32) (status int32) {
	defer guard(&status)
	return news(core.desk.Remote(bytes(ptr, n), int64(now)))
}

//go:wasmexport snapshot
func snapshot(ptr, n int32) (status int32) {
	defer guard(&status)
	return news(core.desk.Snapshot(bytes(ptr, n)))
}

func news(n desk.News) int32 {
	core.res[0] = n.Flags
	put(1, 0, n.Entry)
	put(3, 1, n.Notices)
	return 0
}

//go:wasmexport lost
func lost() (status int32) {
	defer guard(&status)
	core.desk.Lost()
	return 0
}

//go:wasmexport cmd
func cmd(ptr, n int32) (status int32) {
	defer guard(&status)
	b := bytes(ptr, n)
	core.stir(b)
	return answer(core.desk.Command(b))
}

func answer(a desk.Answer) int32 {
	core.res[0], core.res[1] = a.Fault, a.Made
	put(2, 0, a.Entry)
	put(4, 1, a.Reply)
	core.res[6] = int32(a.Number)
	return 0
}

//go:wasmexport persisted
func persisted(n int32) (status int32) {
	defer guard(&status)
	core.desk.Persisted(uint64(uint32(n)))
	return 0
}

//go:wasmexport outbox
func outbox(now int32) (status int32) {
	defer guard(&status)
	msg, gone := core.desk.Outbox(int64(now))
	put(0, 0, msg)
	if gone {
		return desk.FlagClose
	}
	return 0
}

//go:wasmexport status
func statusOf() (status int32) {
	defer guard(&status)
	s := core.desk.Status()
	core.res = [8]int32{int32(s.Unsaved), int32(s.Head), int32(s.Role), int32(s.Phase),
		int32(s.Undo), int32(s.Redo), int32(s.Version), int32(s.Presence)}
	return 0
}

//go:wasmexport checkpoint
func checkpoint() (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Checkpoint())
	return 0
}

//go:wasmexport stateHash
func stateHash() (status int32) {
	defer guard(&status)
	h := core.desk.Hash()
	core.res[0], core.res[1] = int32(h.Hi>>32), int32(h.Hi)
	core.res[2], core.res[3] = int32(h.Lo>>32), int32(h.Lo)
	return 0
}

//go:wasmexport ident
func ident(num int32) (status int32) {
	defer guard(&status)
	core.id = core.desk.Ident(num)
	core.res[0] = int32(uintptr(unsafe.Pointer(&core.id)))
	return 0
}

//go:wasmexport lookup
func lookup(ptr int32) (status int32) {
	defer guard(&status)
	return core.desk.Lookup(id.Object(bytes(ptr, id.Size)))
}

//go:wasmexport text
func text(num, field int32) (status int32) {
	defer guard(&status)
	s := core.desk.Text(num, field)
	put(0, 0, []byte(s))
	core.res[2] = desk.Rev(s)
	return 0
}

//go:wasmexport describe
func describe(num int32) (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Describe(num))
	return 0
}

//go:wasmexport tree
func tree(num, most int32) (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Tree(num, int(most)))
	return 0
}

//go:wasmexport peers
func peers() (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Peers())
	return 0
}

//go:wasmexport caretMark
func caretMark(num, field, start, end int32) (status int32) {
	defer guard(&status)
	core.desk.CaretMark(num, field, start, end)
	return 0
}

//go:wasmexport caret
func caret() (status int32) {
	defer guard(&status)
	core.res[0], core.res[1] = core.desk.Caret()
	return 0
}
