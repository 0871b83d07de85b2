//go:build wasip1

package main

import (
	"plectica/internal/desk"
	"plectica/internal/varint"
)

//go:wasmexport fold
func fold(num, how int32) (status int32) {
	defer guard(&status)
	core.desk.Fold(num, int(how))
	return 0
}

// wordSize is the number of bytes of a number in a list.
const wordSize = 4

//go:wasmexport select
func selectObjects(ptr, n int32) (status int32) {
	defer guard(&status)
	core.desk.Select(numbers(ptr, n))
	return 0
}

// numbers reads a list of n numbers.
func numbers(ptr, n int32) []int32 {
	b := bytes(ptr, n*wordSize)
	nums := make([]int32, n)
	for i := range nums {
		w := b[i*wordSize:]
		nums[i] = int32(w[0]) | int32(w[1])<<8 | int32(w[2])<<16 | int32(w[3])<<24
	}
	return nums
}

//go:wasmexport presence
func presence(ptr, n int32) (status int32) {
	defer guard(&status)
	rd := varint.NewReader(bytes(ptr, n))
	flags := rd.Byte()
	p := desk.Pointing{On: flags&1 != 0, Laser: flags&2 != 0, Following: flags&4 != 0, X: rd.Int32(), Y: rd.Int32(),
		Editing: int32(rd.Uint()), Stop: int32(rd.Uint())}
	if rd.OK() {
		core.desk.Presence(p)
	}
	return 0
}

//go:wasmexport threads
func threads() (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Threads())
	return 0
}

//go:wasmexport stops
func stops() (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Stops())
	return 0
}

//go:wasmexport show
func show(num int32) (status int32) {
	defer guard(&status)
	core.res[0], core.res[1], core.res[2], core.res[3] = core.desk.Show(num)
	return 0
}

//go:wasmexport view
func view(x, y, w, h int32, zoom float32) (status int32) {
	defer guard(&status)
	core.desk.View(x, y, w, h, zoom)
	return 0
}

//go:wasmexport frame
func frame() (status int32) {
	defer guard(&status)
	words(core.desk.Frame())
	return 0
}

//go:wasmexport overlay
func overlay() (status int32) {
	defer guard(&status)
	words(core.desk.Overlay())
	return 0
}

//go:wasmexport hit
func hit(x, y, tol int32) (status int32) {
	defer guard(&status)
	h := core.desk.Hit(x, y, tol)
	core.res[0], core.res[1] = int32(h.Part), h.Handle
	return h.Num
}

//go:wasmexport lasso
func lasso(x1, y1, x2, y2 int32) (status int32) {
	defer guard(&status)
	words(core.desk.Lasso(x1, y1, x2, y2))
	return 0
}

//go:wasmexport drag
func drag(phase, x, y, mods int32) (status int32) {
	defer guard(&status)
	core.stir(nil)
	return answer(core.desk.Drag(phase, x, y, mods, core.seed))
}

//go:wasmexport bounds
func bounds(num int32) (status int32) {
	defer guard(&status)
	core.res[0], core.res[1], core.res[2], core.res[3] = core.desk.Bounds(num)
	return 0
}

//go:wasmexport titleBox
func titleBox(num int32) (status int32) {
	defer guard(&status)
	t := core.desk.TitleBox(num)
	core.res = [8]int32{t.X, t.Y, t.W, t.H, t.Size, t.LineHeight, t.Weight, 0}
	if t.Centred {
		core.res[7] = 1
	}
	return 0
}

//go:wasmexport merged
func merged(num int32) (status int32) {
	defer guard(&status)
	words(core.desk.Merged(num))
	return 0
}

//go:wasmexport near
func near(num, dir int32) (status int32) {
	defer guard(&status)
	return core.desk.Near(num, dir)
}

//go:wasmexport look
func look(num, how int32) (status int32) {
	defer guard(&status)
	core.desk.Look(num, int(how))
	return 0
}

//go:wasmexport points
func points() (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Points())
	return 0
}

//go:wasmexport loops
func loops(most int32) (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Loops(int(most)))
	return 0
}

//go:wasmexport gaps
func gaps() (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Gaps())
	return 0
}

//go:wasmexport counts
func counts(num int32) (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Counts(num))
	return 0
}

//go:wasmexport cards
func cards() (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Cards())
	return 0
}

//go:wasmexport back
func back(num int32) (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Back(num))
	return 0
}

//go:wasmexport sibling
func sibling(num, delta int32) (status int32) {
	defer guard(&status)
	return core.desk.Sibling(num, delta)
}

//go:wasmexport lens
func lens(ptr, n int32) (status int32) {
	defer guard(&status)
	core.res[0] = desk.Kind(core.desk.Lens(bytes(ptr, n)))
	return 0
}

//go:wasmexport found
func found() (status int32) {
	defer guard(&status)
	words(core.desk.Found())
	return 0
}

//go:wasmexport find
func find(ptr, n int32) (status int32) {
	defer guard(&status)
	list, err := core.desk.Find(bytes(ptr, n))
	words(list)
	core.res[2] = desk.Kind(err)
	return 0
}

//go:wasmexport facets
func facets() (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Facets())
	return 0
}

//go:wasmexport mini
func mini() (status int32) {
	defer guard(&status)
	words(core.desk.Mini())
	return 0
}
