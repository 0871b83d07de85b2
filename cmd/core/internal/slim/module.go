package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
)

// Of a WebAssembly module: https://webassembly.github.io/spec/core/binary/modules.html
const (
	preamble     = "\x00asm\x01\x00\x00\x00"
	sectionData  = 11
	opConstI32   = 0x41
	opEnd        = 0x0b
	mostMemory   = 64 << 20 // bytes of initial data that are believed
	leastGap     = 128      // zeros worth a segment of their own
	customModule = 0        // a section that nothing needs
)

var errModule = errors.New("not a module as Go's linker writes it")

// module is a WebAssembly module with its data laid out as in memory.
type module struct {
	before, after []byte // the sections around the data
	memory        []byte
}

func read(b []byte) (*module, error) {
	if !bytes.HasPrefix(b, []byte(preamble)) {
		return nil, errModule
	}
	m := &module{before: []byte(preamble)}
	r := reader{b: b[len(preamble):]}
	for len(r.b) > 0 && r.ok() {
		kind := r.byte()
		body := r.bytes(int(r.uint()))
		switch {
		case kind == customModule:
		case kind == sectionData:
			r.bad = r.bad || m.memory != nil || !m.load(body)
		case m.memory == nil:
			m.before = section(m.before, kind, body)
		default:
			m.after = section(m.after, kind, body)
		}
	}
	if !r.ok() || m.memory == nil {
		return nil, errModule
	}
	return m, nil
}

// load lays out the data section.
func (m *module) load(body []byte) bool {
	r := reader{b: body}
	for n := r.uint(); n > 0 && r.ok(); n-- {
		flags, op, at, end := r.byte(), r.byte(), r.int(), r.byte()
		data := r.bytes(int(r.uint()))
		if !r.ok() || flags != 0 || op != opConstI32 || end != opEnd || at < 0 || at > mostMemory {
			return false
		}
		if more := int(at) + len(data) - len(m.memory); more > 0 {
			m.memory = append(m.memory, make([]byte, more)...)
		}
		copy(m.memory[at:], data)
	}
	return r.ok() && len(r.b) == 0
}

// write returns the module with a segment for each run of data.
func (m *module) write() []byte {
	var segments []byte
	count := uint64(0)
	for at := 0; at < len(m.memory); {
		if m.memory[at] == 0 {
			at++
			continue
		}
		end := at
		for zeros, i := 0, at; i < len(m.memory) && zeros < leastGap; i++ {
			if zeros++; m.memory[i] != 0 {
				zeros, end = 0, i+1
			}
		}
		segments = append(segments, 0, opConstI32)
		segments = appendInt(segments, int64(at))
		segments = append(segments, opEnd)
		segments = binary.AppendUvarint(segments, uint64(end-at))
		segments = append(segments, m.memory[at:end]...)
		count++
		at = end
	}
	body := append(binary.AppendUvarint(nil, count), segments...)
	return slices.Concat(section(m.before, sectionData, body), m.after)
}

func section(b []byte, kind byte, body []byte) []byte {
	return append(binary.AppendUvarint(append(b, kind), uint64(len(body))), body...)
}

// appendInt encodes a signed LEB128.
func appendInt(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// reader takes apart what is encoded; after a mistake it gives zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) ok() bool { return !r.bad }

func (r *reader) bytes(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > mostMemory {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

// int decodes a signed LEB128 of 32 bits.
func (r *reader) int() int64 {
	v, shift := int64(0), 0
	for {
		c := r.byte()
		v |= int64(c&0x7f) << shift
		shift += 7
		if c&0x80 == 0 || r.bad || shift > 35 {
			if c&0x40 != 0 {
				v |= -1 << shift
			}
			return v
		}
	}
}
