//go:build wasip1

package main

import "plectica/internal/desk"

//go:wasmexport state
func stateNow() (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.State())
	return 0
}

//go:wasmexport past
func past(ptr, n int32) (status int32) {
	defer guard(&status)
	core.res[0] = desk.Kind(core.desk.Past(bytes(ptr, n)))
	return 0
}

//go:wasmexport advance
func advance(ptr, n, to int32) (status int32) {
	defer guard(&status)
	answer, ok := core.desk.Advance(bytes(ptr, n), uint64(uint32(to)))
	core.res[0] = 0
	if ok {
		core.res[0] = 1
	}
	put(1, 0, answer)
	return 0
}

//go:wasmexport compare
func compare(ptr, n int32) (status int32) {
	defer guard(&status)
	core.res[0] = desk.Kind(core.desk.Compare(bytes(ptr, n)))
	return 0
}

//go:wasmexport changes
func changes() (status int32) {
	defer guard(&status)
	put(0, 0, core.desk.Changes())
	return 0
}
