package main

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// The header of the tables: magic, two zeros, the size of instructions and of
// pointers, then words of eight bytes.
const (
	magic     = "\xf1\xff\xff\xff\x00\x00\x01\x08"
	atCount   = 8
	atNames   = 32
	atUnits   = 40
	atSteps   = 56
	atFuncs   = 64
	headerEnd = 72
)

// A function's entry, in bytes.
const (
	funcName      = 4
	funcStack     = 16 // table of stack sizes
	funcFile      = 20
	funcLine      = 24
	funcStepCount = 28
	funcUnit      = 32
	funcStart     = 36
	funcEnd       = 44 // where its own tables are listed
)

// tableStackMap is the one of a function's own tables that the garbage collector
// reads. The others are for signals, which WebAssembly has none of, and traces.
const tableStackMap = 1

const mostTables = 16

var errTables = errors.New("the tables of functions are not as expected: a new Go version?")

// tables are those of Go's runtime in a module's memory.
type tables struct {
	b                          []byte // from the header on
	names, units, steps, funcs int
	count                      int
}

func find(memory []byte) (*tables, error) {
	at := bytes.Index(memory, []byte(magic))
	if at < 0 || bytes.Contains(memory[at+1:], []byte(magic)) {
		return nil, errTables
	}
	t := &tables{b: memory[at:]}
	word := func(off int) int { return int(binary.LittleEndian.Uint64(t.b[off:])) }
	if len(t.b) < headerEnd {
		return nil, errTables
	}
	t.count, t.names, t.units, t.steps, t.funcs = word(atCount), word(atNames), word(atUnits), word(atSteps), word(atFuncs)
	if t.count <= 0 || t.names < headerEnd || t.units < t.names || t.steps < t.units || t.funcs < t.steps ||
		t.funcs > len(t.b) || t.count > (len(t.b)-t.funcs)/8 {
		return nil, errTables
	}
	return t, nil
}

// strip forgets names, files and lines, and keeps the steps of those tables that
// the runtime goes on reading.
func (t *tables) strip() error {
	used := make([]bool, t.funcs-t.steps)
	for i := range t.count {
		at := t.funcs + int(t.u32(t.funcs+8*i+4))
		if at+funcEnd > len(t.b) {
			return errTables
		}
		n := int(t.u32(at + funcStepCount))
		if n > mostTables || at+funcEnd+4*n > len(t.b) {
			return errTables
		}
		for _, field := range [...]int{funcName, funcFile, funcLine, funcStart} {
			t.put(at+field, 0)
		}
		t.put(at+funcUnit, ^uint32(0))
		if !t.mark(used, t.u32(at+funcStack)) {
			return errTables
		}
		for k := range n {
			field := at + funcEnd + 4*k
			if k != tableStackMap {
				t.put(field, 0)
			} else if !t.mark(used, t.u32(field)) {
				return errTables
			}
		}
	}
	clear(t.b[t.names:t.steps])
	for i, keep := range used {
		if !keep {
			t.b[t.steps+i] = 0
		}
	}
	return nil
}

func (t *tables) u32(at int) uint32    { return binary.LittleEndian.Uint32(t.b[at:]) }
func (t *tables) put(at int, v uint32) { binary.LittleEndian.PutUint32(t.b[at:], v) }

// mark notes the bytes of one table of steps: pairs of numbers, ended by a zero
// that is not the first number. No table starts at 0.
func (t *tables) mark(used []bool, off uint32) bool {
	if off == 0 {
		return true
	}
	for i, first := int(off), true; i < len(used); first = false {
		if !first && t.b[t.steps+i] == 0 {
			used[i] = true
			return true
		}
		for range 2 {
			for more := true; more; i++ {
				if i >= len(used) {
					return false
				}
				used[i] = true
				more = t.b[t.steps+i]&0x80 != 0
			}
		}
	}
	return false
}
